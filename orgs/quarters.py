"""Calendar quarters."""

import datetime as dt


def quarter_start(day: dt.date) -> dt.date:
    """The first day of the quarter that `day` lies in."""
    return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
