"""Working days with the long holidays and their make-up days.

The package `holidays` knows the official calendar up to the year its release has seen; later years, and whatever a
place does differently, are `CalendarDay` rows, which win.
"""

import datetime as dt
import functools
import itertools
from dataclasses import dataclass

import holidays

from orgs.models import CalendarDay

FIRST, LAST = 2001, 2099  # the years of the calendar: notices are known since 2001
LONGEST = 400  # days to look ahead before giving up: no stretch of holidays is longer


@functools.lru_cache(maxsize=16)
def _official(year: int) -> holidays.HolidayBase:
    return holidays.country_holidays("CN", years=year, language="zh_CN")


def is_announced(year: int) -> bool:
    """Whether the package knows the State Council's notice for the year; without it make-up days are missing."""
    return year <= max(_official(year).special_public_holidays)


class Calendar:
    """The days between `first` and `last`; one query, whatever is asked about them."""

    def __init__(self, first: dt.date, last: dt.date):
        rows = CalendarDay.objects.filter(day__range=(first, last))
        self._own = dict(rows.values_list("day", "is_workday"))

    def is_workday(self, day: dt.date) -> bool:
        own = self._own.get(day)
        return _official(day.year).is_working_day(day) if own is None else own

    def is_holiday(self, day: dt.date) -> bool:
        """Off for another reason than the weekend."""
        if self.is_workday(day):
            return False
        return day.weekday() < 5 or day in self._own or bool(_official(day.year).get(day))


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


@dataclass(frozen=True)
class Day:
    """One day as the calendar shows it. `own`: set here; `name` is empty for what every week has."""

    day: dt.date
    is_workday: bool
    own: bool = False
    name: str = ""
    source: str = ""

    @property
    def mark(self) -> str:
        """班 or 休 where the day differs from its week."""
        return ("班" if self.is_workday else "休") if self.name else ""

    @property
    def facts(self) -> tuple:
        return self.own, self.is_workday, self.name, self.source


@dataclass(frozen=True)
class Stretch:
    """Days in a row that have the same reason."""

    first: Day
    last: Day


def days_of(year: int) -> list[Day]:
    """All days of the year; one query."""
    own = {row.day: row for row in CalendarDay.objects.filter(day__year=year)}
    first = dt.date(year, 1, 1)
    days = (first + dt.timedelta(days=n) for n in range((dt.date(year, 12, 31) - first).days + 1))
    return [_own_day(own[day]) if day in own else _official_day(day) for day in days]


def _own_day(row) -> Day:
    words = row.note or ("上班" if row.is_workday else "休息")
    return Day(row.day, row.is_workday, own=True, name=words, source=row.source)


def _official_day(day) -> Day:
    official = _official(day.year)
    works = official.is_working_day(day)
    name = "调休上班" if works and day.weekday() >= 5 else official.get(day, "")
    return Day(day, works, name=name)


def stretches(days) -> list[Stretch]:
    """The days of `days` that have a name, those in a row with the same reason put together."""
    found = []
    for _, group in itertools.groupby(days, key=lambda day: day.facts):
        run = list(group)
        if run[0].name:
            found.append(Stretch(run[0], run[-1]))
    return found
