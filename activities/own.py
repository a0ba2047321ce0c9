"""What the page of one's own record shows of activities."""

from django.utils import timezone

from activities import training
from activities.models import ServiceRecord
from members.own import OwnSection


def own_training(member):
    """The hours of this year, against what is asked."""
    if not member.is_counted:
        return None
    year = timezone.localdate().year
    found, lectures, courses = training.of_member(member, year)
    context = {"found": found, "year": year, "lectures": lectures[:10], "courses": courses[:10]}
    return OwnSection("activities/_own_training.html", context)


def own_services(member):
    """The services of this year in which the member took part; withdrawn ones count for nobody."""
    year = timezone.localdate().year
    rows = ServiceRecord.objects.standing().filter(parts__member=member, on__year=year)
    totals = rows.totals()
    if not totals["records"]:
        return None
    shown = rows.select_related("enterprise").defer("enterprise__contact_phone").order_by("-on", "-pk")[:10]
    return OwnSection("activities/_own_services.html", {"totals": totals, "year": year, "services": shown})
