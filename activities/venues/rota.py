"""Who serves at a venue in a week (本周谁在)."""

import datetime as dt
from dataclasses import dataclass, field

from activities.models import ServiceShift, Weekday
from activities.venues.opening import Opening, opening_of
from orgs.clock import range_words

WEEK = 7


@dataclass
class RotaDay:
    day: dt.date
    is_today: bool
    hours: str
    """Opening times in words, "" when closed; then `closed` says why."""
    closed: str
    shifts: list[ServiceShift] = field(default_factory=list)

    @property
    def label(self):
        return Weekday(self.day.isoweekday()).label


def monday_of(day: dt.date) -> dt.date:
    return day - dt.timedelta(days=day.weekday())


def days_of_week(venue, monday: dt.date, today: dt.date, *, opening: Opening | None = None) -> list[RotaDay]:
    """Seven days with their opening times and the shifts of each, by time; a fixed number of queries."""
    days = [monday + dt.timedelta(days=number) for number in range(WEEK)]
    opening = opening or opening_of(venue, days[0], days[-1])
    shifts = list(venue.shifts.order_by("opens", "name", "pk"))
    return [_day(venue, day, today, opening, shifts) for day in days]


def _day(venue, day, today, opening, shifts):
    ranges = opening.ranges(venue, day)
    return RotaDay(
        day,
        day == today,
        range_words(ranges),
        "" if ranges else opening.why_closed(venue, day),
        [shift for shift in shifts if shift.serves_on(day)],
    )


def standing(venue, today: dt.date):
    """The shifts that are not over: to be kept or ended by whoever keeps the rota."""
    rows = venue.shifts.exclude(day__lt=today).exclude(until__lt=today)
    return rows.order_by("name", "weekday", "day", "opens", "pk")
