"""What every page knows: the product's name and what the person may open."""

from django.conf import settings
from django.utils.functional import SimpleLazyObject

from activities import access as activity_access
from linkages import access as linkage_access
from members import access as member_access
from orgs import access, notices
from portal.search import PATTERN


def portal(request):
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"product_name": settings.PRODUCT_NAME}
    return {
        "product_name": settings.PRODUCT_NAME,
        "may": access.menu(user)
        | member_access.menu(user)
        | activity_access.menu(user)
        | linkage_access.menu(user),
        "appointments": user.current_appointments,
        "search_pattern": PATTERN,
        # Asked by the frame only: parts of pages have no bell.
        "unread": SimpleLazyObject(lambda: notices.unread(user)),
    }
