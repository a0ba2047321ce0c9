"""Hours of work added to a moment: over nights, weekends, the long holidays and their make-up days.

The hours of a day are a dated setting; which days are worked says `orgs.workdays`.
"""

import datetime as dt

from django.utils import timezone

from orgs.clock import minutes_of, moment, parse_ranges
from orgs.regulations import History
from orgs.workdays import LONGEST, Calendar

CODE = "working_hours"


class WorkingTime:
    """Reckons from any moment on or after `first`; two queries, however much is asked."""

    def __init__(self, first: dt.date, last: dt.date | None = None):
        self._last = (last or first) + dt.timedelta(days=LONGEST)
        self._calendar = Calendar(first, self._last)
        self._history = History([CODE])

    def ranges(self, day: dt.date) -> list[list[int]]:
        """Of the day, in minutes; none on a day off."""
        if not self._calendar.is_workday(day):
            return []
        return parse_ranges(self._history.at(CODE, day))

    def add(self, start: dt.datetime, hours: int) -> dt.datetime:
        """The moment at which `hours` have been worked after `start`. Raises ValueError when that is too far."""
        local, left = timezone.localtime(start), hours * 60
        if not left:
            return start
        day, now = local.date(), minutes_of(local.time())
        while day <= self._last:
            for first, last in self.ranges(day):
                begins = max(first, now)
                if begins + left <= last:
                    return moment(day, begins + left)
                left -= max(last - begins, 0)
            day, now = day + dt.timedelta(days=1), 0
        raise ValueError(f"{hours} working hours are too many to count.")

    def end_of_workday(self, start: dt.datetime, count: int) -> dt.datetime:
        """The end of the `count`-th working day after the day of `start`."""
        day, left = timezone.localtime(start).date(), count
        while left > 0 and day <= self._last:
            day += dt.timedelta(days=1)
            left -= self._calendar.is_workday(day)
        return moment(day + dt.timedelta(days=1), 0)


def add_working_hours(start: dt.datetime, hours: int) -> dt.datetime:
    return WorkingTime(timezone.localdate(start)).add(start, hours)
