"""What holds for those who lead when a member moves or leaves: the one place that decides it.

Called by `members.actions.register` with every move and every way out. What is left without anybody responsible shows
up in `members.leading_todos`.
"""

from django.utils import timezone

from members.models.leading import LeadingService, PublicRole, RoleEnd, ServiceEnd


def end_all(member, on) -> None:
    """Whoever leaves the register serves nowhere any more."""
    _end_services(_open_services(member), on, ServiceEnd.LEFT)
    roles = PublicRole.objects.open().select_for_update().filter(member=member)
    for role in roles:
        role.ended_on, role.how, role.updated_at = max(on, role.since), RoleEnd.LEFT, timezone.now()
        role.save(update_fields=["ended_on", "how", "updated_at"])


def end_out_of_reach(member, on) -> None:
    """Whoever moves serves on where the new home lies in or below the unit's organisation; roles go along."""
    path = member.organisation.path
    _end_services(
        [s for s in _open_services(member) if not path.startswith(s.unit.organisation.path)],
        on,
        ServiceEnd.MOVED,
    )


def _open_services(member):
    rows = LeadingService.objects.filter(member=member, until__isnull=True)
    return rows.select_for_update(of=("self",)).select_related("unit__organisation")


def _end_services(services, on, how):
    for service in services:
        service.until, service.how = max(on, service.since), how
        service.save(update_fields=["until", "how"])
