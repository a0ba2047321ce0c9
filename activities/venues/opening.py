"""When venues are open: special days first, then the working calendar, then the timetable in force on the day."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

from django.utils import timezone

from activities.models import RestDays, Timetable, VenueDay
from orgs.clock import DAY, joined, moment
from orgs.workdays import Calendar

MONDAY, FRIDAY = 0, 5


class Opening:
    """Of `venues` between two days, both included; three queries, whatever is asked afterwards."""

    def __init__(self, venues: Iterable, first: dt.date, last: dt.date):
        self.venues = {venue.pk: venue for venue in venues}
        self._calendar = Calendar(first, last)
        self._timetables = defaultdict(list)
        for row in Timetable.objects.filter(venue__in=self.venues, since__lte=last).order_by("since"):
            self._timetables[row.venue_id].append(row)
        rows = VenueDay.objects.filter(venue__in=self.venues, day__range=(first, last))
        self._special = {(row.venue_id, row.day): row for row in rows}

    def special(self, venue, day: dt.date) -> VenueDay | None:
        return self._special.get((venue.pk, day))

    def ranges(self, venue, day: dt.date) -> list[list[int]]:
        """In minutes of the day; none when it is closed."""
        if not venue.was_in_use(day):
            return []
        if special := self._special.get((venue.pk, day)):
            return special.ranges
        timetable = next((t for t in reversed(self._timetables[venue.pk]) if t.since <= day), None)
        return [] if timetable is None else self._usual(timetable, day)

    def _usual(self, timetable, day):
        """A make-up day at the weekend for which no time is given is as long as Monday."""
        ranges, is_weekend = timetable.week[day.weekday()], day.weekday() >= FRIDAY
        if self._calendar.is_workday(day):
            return ranges or (timetable.week[MONDAY] if is_weekend else [])
        if timetable.rest_days == RestDays.CLOSED:
            return []
        if timetable.rest_days == RestDays.WEEKENDS and self._calendar.is_holiday(day):
            return []
        return ranges

    def why_closed(self, venue, day: dt.date) -> str:
        """For a day without ranges."""
        if not venue.was_in_use(day):
            return "未启用或已停用"
        if special := self._special.get((venue.pk, day)):
            return special.note or "当日不开放"
        if not self._calendar.is_workday(day):
            return "节假日不开放" if self._calendar.is_holiday(day) else "休息日不开放"
        return "当日不开放"

    def minutes(self, venue, day: dt.date) -> int:
        return sum(last - first for first, last in self.ranges(venue, day))

    def is_open(self, venue, starts_at: dt.datetime, ends_at: dt.datetime) -> bool:
        """Open without a break between the two moments, which may lie on different days."""
        return any(
            first <= starts_at and ends_at <= last
            for first, last in self.stretches(
                venue, timezone.localtime(starts_at).date(), timezone.localtime(ends_at).date()
            )
        )

    def stretches(self, venue, first: dt.date, last: dt.date) -> list[tuple[dt.datetime, dt.datetime]]:
        """What is open from `first` to `last`; what lasts over midnight is one stretch."""
        found = []
        for number in range((last - first).days + 1):
            day = first + dt.timedelta(days=number)
            offset = number * DAY
            found += [[offset + opens, offset + closes] for opens, closes in self.ranges(venue, day)]
        return [(moment(first, opens), moment(first, closes)) for opens, closes in joined(found)]


def opening_of(venue, first: dt.date, last: dt.date | None = None) -> Opening:
    return Opening([venue], first, last or first)
