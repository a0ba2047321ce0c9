"""Pairings of one member and their place in the talent pool; drawn on the member's page."""

from django import template
from django.utils import timezone

from members import access, talent
from members.models import Member, Pairing

register = template.Library()


@register.inclusion_tag("members/_member_pairings_body.html", takes_context=True)
def member_pairings(context, member):
    """Three queries."""
    user = context["request"].user
    rule = talent.Rule.on(timezone.localdate())
    placed = talent.with_sources(Member.objects.filter(pk=member.pk), rule)
    return {
        "member": member,
        "csrf_token": context.get("csrf_token"),
        "pairings": Pairing.objects.visible_to(user)
        .of_member(member)
        .with_people()
        .order_by("ended_on", "-since"),
        "place": placed.only("pk").first(),
        "rule": rule,
        "may_change": access.can_change_member(user, member) and member.is_counted,
    }
