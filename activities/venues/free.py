"""What is taken and what is free at a station."""

import datetime as dt
from collections.abc import Iterable

from django.utils import timezone

from activities.models import Booking
from activities.models.bookings import SLOT
from activities.venues.opening import Opening, opening_of

NEAR_DAYS, NEAR = 7, 3
Stretch = tuple[dt.datetime, dt.datetime]


def in_the_way(venue, starts_at, ends_at, *, without=None) -> Booking | None:
    """The first booking that holds some of this time."""
    rows = venue.bookings.holding().filter(starts_at__lt=ends_at, ends_at__gt=starts_at)
    if without is not None:
        rows = rows.exclude(pk=without.pk)
    return rows.select_related("organisation").order_by("starts_at").first()


def free_stretches(
    venue, opening: Opening, bookings: Iterable, first: dt.date, last: dt.date, *, now: dt.datetime
) -> list[Stretch]:
    """Open, not booked and not past, in half hours; `bookings` are the holding ones, in order of time."""
    found, now = [], whole_half_hour(now)
    for opens, closes in opening.stretches(venue, first, last):
        start = whole_half_hour(max(opens, now))
        for booking in bookings:
            if booking.ends_at <= start or booking.starts_at >= closes:
                continue
            _append(found, start, booking.starts_at)
            start = booking.ends_at
        _append(found, start, closes)
    return found


def _append(found, start, end):
    """Only whole half hours."""
    if end > start and (halves := (end - start) // SLOT):
        found.append((start, start + SLOT * halves))


def whole_half_hour(at: dt.datetime) -> dt.datetime:
    """`at` or the next half hour."""
    rest = (at - at.replace(minute=0, second=0, microsecond=0)) % SLOT
    return at + (SLOT - rest) if rest else at


def near(venue, starts_at, ends_at, *, without=None) -> list[Stretch]:
    """Times of the same length that are free, nearest to the wanted one first; within a week before or after."""
    now, length = timezone.now(), ends_at - starts_at
    day = timezone.localtime(starts_at).date()
    first = max(day - dt.timedelta(days=NEAR_DAYS), timezone.localtime(now).date())
    last = max(day + dt.timedelta(days=NEAR_DAYS), first)
    rows = venue.bookings.coming(now).filter(starts_at__lt=ends_at + dt.timedelta(days=NEAR_DAYS + 1))
    rows = [row for row in rows.order_by("starts_at") if without is None or row.pk != without.pk]
    found = []
    for start, end in free_stretches(venue, opening_of(venue, first, last), rows, first, last, now=now):
        if end - start >= length:
            best = min(max(start, starts_at), end - length)
            found.append((best, best + length))
    found.sort(key=lambda stretch: abs(stretch[0] - starts_at))
    return found[:NEAR]


def stretch_words(stretch: Stretch) -> str:
    """11-27 09:00–11:00."""
    start, end = (timezone.localtime(moment) for moment in stretch)
    return f"{start:%m-%d %H:%M}–{'24:00' if end.date() > start.date() else f'{end:%H:%M}'}"


def near_words(venue, starts_at, ends_at, *, without=None) -> str:
    found = near(venue, starts_at, ends_at, without=without)
    if not found:
        return f"前后{NEAR_DAYS}天内没有同样长的空闲时间。"
    return f"临近的空闲时间：{'、'.join(map(stretch_words, found))}。"
