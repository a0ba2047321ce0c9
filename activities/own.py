"""What the page of one's own record shows of activities."""

from django.utils import timezone

from activities import training
from members.own import OwnSection


def own_training(member):
    """The hours of this year, against what is asked."""
    if not member.is_counted:
        return None
    year = timezone.localdate().year
    found, lectures, courses = training.of_member(member, year)
    context = {"found": found, "year": year, "lectures": lectures[:10], "courses": courses[:10]}
    return OwnSection("activities/_own_training.html", context)
