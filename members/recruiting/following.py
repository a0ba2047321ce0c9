"""The open case of a member keeps to what happens to the member elsewhere: a move, a way out.

Called by `members.actions.register`; writes the columns that `members.recruiting.state.computed` would give.
"""

from django.utils import timezone

from members.choices import Membership
from members.models.recruiting import CaseStage, RecruitmentCase
from members.recruiting.state import computed, state_of


def follow_home(member) -> None:
    """The case goes with the member: the new branch looks after what is left of the probation."""
    cases = RecruitmentCase.objects.open().filter(member=member)
    cases.update(organisation=member.organisation_id, root_id=member.root_id, updated_at=timezone.now())


def end_case(member, on, reason: str) -> None:
    """Whoever leaves the register is no longer being recruited."""
    cases = RecruitmentCase.objects.open().filter(member=member).exclude(stage=CaseStage.FULL)
    cases.update(
        stage=CaseStage.STOPPED,
        next_step=None,
        opens_on=None,
        due_on=None,
        stopped_on=on,
        stopped_reason=reason[:200],
        closed_on=on,
        updated_at=timezone.now(),
    )


def resume_case(member) -> None:
    """A probationary member who comes back goes on where the case stood."""
    case = RecruitmentCase.objects.filter(member=member).exclude(stopped_on=None).first()
    if case is None or member.membership != Membership.PROBATIONARY:
        return
    case.stopped_on, case.stopped_reason = None, ""
    case.organisation, case.root_id = member.organisation, member.root_id
    for name, value in computed(case, state_of(case)).items():
        setattr(case, name, value)
    case.updated_at = timezone.now()
    case.save()
