"""Days around the day for which the park is invented, so that it looks lived in whenever it is loaded."""

import datetime as dt
import random


def month_start(day: dt.date, back: int = 0) -> dt.date:
    """The first day of the month, `back` months earlier."""
    months = day.year * 12 + day.month - 1 - back
    return dt.date(months // 12, months % 12 + 1, 1)


def any_day(rng: random.Random, start: dt.date, end: dt.date) -> dt.date:
    """A day between the two, both included; `start` when they are the wrong way round."""
    days = (end - start).days
    return start + dt.timedelta(days=int(rng.random() * (days + 1))) if days > 0 else start


def days(count: int) -> dt.timedelta:
    return dt.timedelta(days=count)
