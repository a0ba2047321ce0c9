"""Stations that are free again because the activity they were booked for is off (practice S22)."""

from django.utils import timezone

from activities.models import CALLED_OFF, HOLDING, BookedSlot, Booking, BookingState
from members.actions.register import record
from orgs.models import AuditAction


def release_stations(activity, *, by, request=None) -> list[Booking]:
    """In the transaction that cancels `activity`, whose row is locked: no further booking can be made for it.

    Nobody is asked: a room that is held for nothing keeps others out. What is over stays, the room was in use.
    Those concerned are told by the history of the activity (`notices.acts`).
    """
    rows = Booking.objects.select_for_update(of=("self",)).select_related("venue", "organisation")
    found = list(rows.filter(activity=activity, state__in=HOLDING, ends_at__gt=timezone.now()).order_by("pk"))
    BookedSlot.objects.filter(booking__in=found).delete()
    for booking in found:
        booking.state, booking.reason = BookingState.CANCELLED, CALLED_OFF
        booking.decided_by, booking.decided_at = by, timezone.now()
        booking.updated_at = booking.decided_at
        booking.save()
        detail = {
            "venue": booking.venue.name,
            "when": booking.when_words,
            "state": booking.get_state_display(),
            "reason": CALLED_OFF,
        }
        record(booking, AuditAction.UPDATE, by=by, detail=detail, request=request)
    return found
