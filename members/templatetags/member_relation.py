"""Where the relation of one member stands and what may be done about it; drawn on the member's page."""

from django import template

from members import access
from members.choices import Membership
from members.models import Absence, Disposal, DisposalState, Transfer
from members.standing import rights_suspended

register = template.Library()


@register.inclusion_tag("members/_member_relation_body.html", takes_context=True)
def member_relation(context, member):
    """Reads the open transfer, absence and disposal, and the state of rights: a fixed number of queries."""
    user = context["request"].user
    may_change = access.can_change_member(user, member)
    may_view = access.can_view_members_at(user, member.organisation)
    return {
        "member": member,
        "may_change": may_change,
        "may_view": may_view,
        "may_restore": not member.is_counted and access.can_decide_about(user, member),
        "is_stopped": member.membership == Membership.STOPPED,
        "transfer": Transfer.objects.open()
        .filter(member=member)
        .select_related("from_organisation", "to_organisation")
        .first(),
        "absence": Absence.objects.open().filter(member=member).first(),
        "disposal": Disposal.objects.filter(member=member, state=DisposalState.OPEN).first()
        if may_change
        else None,
        "suspended": may_view and rights_suspended(member),
    }
