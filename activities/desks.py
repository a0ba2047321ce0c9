"""What the screen in the room shows: who has signed in, and the address behind the code of this moment."""

from django.urls import reverse

from activities import codes
from activities.models import HERE

LAST = 12  # names on the screen, of those who came last


def signed_in(activity):
    """Attendances of those who signed in by code and are not said to have been away; who came last is first."""
    rows = activity.attendances.filter(state__in=HERE, signed_at__isnull=False)
    return rows.order_by("-signed_at", "-pk")


def code_address(request, desk) -> str:
    """Whole, for a telephone; it changes with the code."""
    path = reverse("activities:sign-in-code", args=[desk.public_id, codes.code_at(desk.secret)])
    return request.build_absolute_uri(path)
