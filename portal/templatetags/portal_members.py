"""Figures of members on pages of apps that know nothing of members."""

from django import template

from members.access import can_view_members_at
from members.filters import MOST_COUNTED, of_organisation
from members.models import Member

register = template.Library()


@register.inclusion_tag("portal/_member_figure.html", takes_context=True)
def member_figure(context, organisation):
    """How many members count at `organisation` and below; nothing for people who may not read members there."""
    user = context["request"].user
    if not can_view_members_at(user, organisation):
        return {"shown": False}
    rows = Member.objects.in_register().filter(of_organisation(organisation)).order_by()
    count = rows[: MOST_COUNTED + 1].count()
    return {
        "shown": True,
        "organisation": organisation,
        "count": min(count, MOST_COUNTED),
        "is_more": count > MOST_COUNTED,
    }
