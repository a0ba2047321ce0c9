"""Working days with the long holidays and their make-up days.

The package `holidays` knows the official calendar up to the year its release has seen; later years, and whatever a
place does differently, are `CalendarDay` rows, which win.
"""

import datetime as dt
import functools

import holidays

from orgs.models import CalendarDay

LONGEST = 400  # days to look ahead before giving up: no stretch of holidays is longer


@functools.lru_cache(maxsize=16)
def _official(year: int) -> holidays.HolidayBase:
    return holidays.country_holidays("CN", years=year)


class Calendar:
    """The days between `first` and `last`; one query, whatever is asked about them."""

    def __init__(self, first: dt.date, last: dt.date):
        rows = CalendarDay.objects.filter(day__range=(first, last))
        self._own = dict(rows.values_list("day", "is_workday"))

    def is_workday(self, day: dt.date) -> bool:
        own = self._own.get(day)
        return _official(day.year).is_working_day(day) if own is None else own


def is_workday(day: dt.date) -> bool:
    return Calendar(day, day).is_workday(day)


def add_workdays(start: dt.date, count: int) -> dt.date:
    """The `count`-th working day after `start`; `start` itself does not count. Raises ValueError when that is too far."""
    calendar = Calendar(start, start + dt.timedelta(days=LONGEST))
    day, left = start, count
    while left > 0:
        day += dt.timedelta(days=1)
        if (day - start).days > LONGEST:
            raise ValueError(f"{count} working days are too many to count.")
        left -= calendar.is_workday(day)
    return day


def workdays_between(first: dt.date, last: dt.date) -> int:
    """How many working days lie in the stretch, both ends included; 0 when `last` is before `first`."""
    calendar = Calendar(first, last)
    days = (last - first).days + 1
    return sum(calendar.is_workday(first + dt.timedelta(days=n)) for n in range(max(days, 0)))
