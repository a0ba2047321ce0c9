"""What stations ask for: bookings that wait to be confirmed."""

from django.urls import reverse
from django.utils import timezone

from activities import access
from activities.models import Booking, BookingState
from orgs.todos import ToDo, first_of


def bookings_to_confirm(user, today):
    if not access.can_change_activities(user):
        return
    rows = Booking.objects.at_venues_of(user).filter(state=BookingState.PENDING, ends_at__gt=timezone.now())
    found, rest, more = first_of(rows.select_related("venue", "organisation").order_by("starts_at", "pk"))
    for row in found:
        yield ToDo(
            f"场地预订待确认：{row.venue}",
            f"{row.organisation.name}，{row.when_words}，{row.persons}人",
            reverse("activities:booking", args=[row.pk]),
            "去确认",
            (timezone.localtime(row.starts_at).date() - today).days,
        )
    if rest:
        yield ToDo(
            f"另有 {more:,} 个场地预订待确认",
            f"其中最早的 {rest.when_words}",
            f"{reverse('activities:booking-list')}?state={BookingState.PENDING}&whose=here",
            "查看",
            (timezone.localtime(rest.starts_at).date() - today).days,
            count=more,
        )


SOURCES = [bookings_to_confirm]
