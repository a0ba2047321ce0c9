"""The stations booked for an activity."""

from activities.models import COMING, Booking


def bookings_of(activity) -> list[Booking]:
    """Those that hold; each says in `differs` whether it no longer fits the planned time."""
    rows = list(activity.bookings.holding().select_related("venue").order_by("starts_at"))
    for row in rows:
        row.differs = activity.state in COMING and not row.covers(activity)
    return rows


def unused(organisation):
    """What the organisation booked without saying for which activity."""
    return Booking.objects.coming().filter(organisation=organisation, activity__isnull=True)
