"""Where one member leads or serves, and the public roles they hold; drawn on the member's page."""

from django import template

from members import access
from members.models import LeadingService, PublicRole

register = template.Library()


@register.inclusion_tag("members/_member_leading_body.html", takes_context=True)
def member_leading(context, member):
    """Two queries. What has ended is told by the history beside it."""
    user = context["request"].user
    services = LeadingService.objects.filter(member=member, until__isnull=True)
    services = list(services.select_related("unit__organisation"))
    for service in services:
        service.may_open = access.can_view_members_at(user, service.unit.organisation)
    return {
        "member": member,
        "services": services,
        "roles": list(PublicRole.objects.open().filter(member=member).order_by("since", "pk")),
        "may_change": member.is_counted and access.can_change_member(user, member),
    }
