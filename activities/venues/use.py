"""How much stations are used: hours booked against hours open, by month, and by whom."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Count, Sum
from django.db.models.functions import TruncMonth

from activities.models import BookedSlot, Booking, BookingState
from activities.venues.opening import Opening
from orgs.clock import moment
from orgs.statistics import Rate

ONE_DAY = dt.timedelta(days=1)
SLOTS_AN_HOUR, MINUTES_A_SLOT = 2, 30
MOST_USERS = 20


@dataclass(frozen=True)
class Use:
    """Of one station in one period; halves of hours as they are counted."""

    slots: int = 0
    open_minutes: int = 0
    bookings: int = 0
    persons: int = 0

    @property
    def hours(self) -> float:
        return self.slots / SLOTS_AN_HOUR

    @property
    def open_hours(self) -> float:
        return self.open_minutes / 60

    @property
    def rate(self) -> Rate:
        return Rate(self.slots * MINUTES_A_SLOT, self.open_minutes)

    def __add__(self, other):
        return Use(
            self.slots + other.slots,
            self.open_minutes + other.open_minutes,
            self.bookings + other.bookings,
            self.persons + other.persons,
        )


def confirmed(venues, first: dt.date, last: dt.date):
    """Bookings that begin in the period; pending and cancelled ones are no use."""
    return Booking.objects.filter(
        venue__in=[venue.pk for venue in venues],
        state=BookingState.CONFIRMED,
        starts_at__gte=moment(first, 0),
        starts_at__lt=moment(last + ONE_DAY, 0),
    )


def use_by_month(venues, first: dt.date, last: dt.date) -> dict[tuple[int, dt.date], Use]:
    """(station, first of the month) → use; a fixed number of queries. Hours count in the month they lie in."""
    venues = list(venues)
    found: dict[tuple[int, dt.date], dict] = defaultdict(dict)
    slots = BookedSlot.objects.filter(
        venue__in=[venue.pk for venue in venues],
        booking__state=BookingState.CONFIRMED,
        starts_at__gte=moment(first, 0),
        starts_at__lt=moment(last + ONE_DAY, 0),
    )
    for venue, month, count in (
        _monthly(slots).annotate(count=Count("pk")).values_list("venue", "month", "count")
    ):
        found[venue, month.date()]["slots"] = count
    rows = _monthly(confirmed(venues, first, last)).annotate(count=Count("pk"), came=Sum("persons"))
    for venue, month, count, persons in rows.values_list("venue", "month", "count", "came"):
        found[venue, month.date()] |= {"bookings": count, "persons": persons}
    opening = Opening(venues, first, last)
    for venue in venues:
        for number in range((last - first).days + 1):
            day = first + ONE_DAY * number
            values = found[venue.pk, day.replace(day=1)]
            values["open_minutes"] = values.get("open_minutes", 0) + opening.minutes(venue, day)
    return {key: Use(**values) for key, values in found.items()}


def _monthly(rows):
    return rows.order_by().annotate(month=TruncMonth("starts_at")).values("venue", "month")


def use_of(venues, first: dt.date, last: dt.date) -> dict[int, Use]:
    """The whole period, by station."""
    found: dict[int, Use] = defaultdict(Use)
    for (venue, _), use in use_by_month(venues, first, last).items():
        found[venue] += use
    return found


def users_of(venue, first: dt.date, last: dt.date):
    """Who booked how often, the most frequent first."""
    rows = confirmed([venue], first, last).order_by().values("organisation", "organisation__name")
    return rows.annotate(count=Count("pk"), came=Sum("persons")).order_by("-count", "organisation")[
        :MOST_USERS
    ]
