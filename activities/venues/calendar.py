"""The week of a station: what is booked and what is free, day by day."""

import datetime as dt
from dataclasses import dataclass, field

from django.utils import timezone

from activities.models import Booking, Weekday
from activities.venues.free import free_stretches
from activities.venues.opening import opening_of
from activities.venues.rota import WEEK
from orgs.clock import DAY, clock_words, minutes_of, moment, range_words
from orgs.regulations import value_on


@dataclass
class Block:
    """A stretch of one day, in minutes: a booking, or free time that may be booked."""

    first: int
    last: int
    booking: Booking | None = None
    is_shown: bool = False
    """Whether the person may read what it is booked for."""

    @property
    def words(self):
        return f"{clock_words(self.first)}–{clock_words(self.last)}"


@dataclass
class CalendarDay:
    day: dt.date
    is_today: bool
    hours: str
    closed: str
    blocks: list[Block] = field(default_factory=list)

    @property
    def label(self):
        return Weekday(self.day.isoweekday()).label


def week_of(user, venue, monday: dt.date, *, now: dt.datetime) -> list[CalendarDay]:
    """A fixed number of queries, whatever is booked."""
    sunday, today = monday + dt.timedelta(days=WEEK - 1), timezone.localtime(now).date()
    opening = opening_of(venue, monday, sunday)
    rows = venue.bookings.holding().filter(starts_at__lt=moment(sunday, DAY), ends_at__gt=moment(monday, 0))
    rows = list(rows.select_related("organisation").order_by("starts_at"))
    shown = set(
        Booking.objects.visible_to(user).filter(pk__in=[row.pk for row in rows]).values_list("pk", flat=True)
    )
    last = today + dt.timedelta(days=value_on("venue_booking_days"))
    found = []
    for number in range(WEEK):
        day = monday + dt.timedelta(days=number)
        ranges = opening.ranges(venue, day)
        free = free_stretches(venue, opening, rows, day, day, now=now) if day <= last else []
        blocks = [_block(day, *stretch) for stretch in free]
        blocks += [
            _block(day, row.starts_at, row.ends_at, row, row.pk in shown)
            for row in rows
            if row.starts_at < moment(day, DAY) and row.ends_at > moment(day, 0)
        ]
        found.append(
            CalendarDay(
                day,
                day == today,
                range_words(ranges),
                "" if ranges else opening.why_closed(venue, day),
                sorted(blocks, key=lambda block: block.first),
            )
        )
    return found


def _block(day, starts_at, ends_at, booking=None, is_shown=False):
    """The part of it that lies on the day."""
    start, end = timezone.localtime(starts_at), timezone.localtime(ends_at)
    first = minutes_of(start.time()) if start.date() == day else 0
    last = minutes_of(end.time()) if end.date() == day else DAY
    return Block(first, last, booking, is_shown)
