"""The settings of dues in force on a day, and the calendar of months."""

import datetime as dt

from django.utils import timezone

from members.dues.rates import Scale
from orgs.bands import amount, parse_bands, parse_range
from orgs.regulations import values_on


def scale_on(day: dt.date) -> Scale:
    """One query."""
    found = values_on(
        ["dues_salary_bands", "dues_retired_bands", "dues_fixed_amount", "dues_farmer_range"], day
    )
    return Scale(
        salary=parse_bands(found["dues_salary_bands"]),
        retired=parse_bands(found["dues_retired_bands"]),
        fixed=amount(found["dues_fixed_amount"]),
        farmer=parse_range(found["dues_farmer_range"]),
    )


def month_of(day: dt.date) -> dt.date:
    """The first day of the month."""
    return day.replace(day=1)


def this_month() -> dt.date:
    return month_of(timezone.localdate())


def months_between(first: dt.date, last: dt.date) -> int:
    """From 2026-01 to 2026-07 it is 6."""
    return (last.year - first.year) * 12 + last.month - first.month


def parse_month(text: str) -> dt.date | None:
    """“2026-03” → its first day; None for anything else and for years nobody keeps books of."""
    try:
        month = dt.datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007 - a month has no zone
    except ValueError:
        return None
    return month if 1950 <= month.year <= 2999 else None
