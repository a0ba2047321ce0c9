"""The open case of a member keeps to what happens to the member elsewhere: a move, a way out.

Called by `members.actions.register`; writes the columns that `members.recruiting.state.computed` would give.
"""

from django.utils import timezone

from members.models.recruiting import CaseStage, RecruitmentCase


def follow_home(member) -> None:
    """The case goes with the member: the new branch looks after what is left of the probation."""
    cases = RecruitmentCase.objects.open().filter(member=member)
    cases.update(organisation=member.organisation_id, root_id=member.root_id, updated_at=timezone.now())


def end_case(member, on, reason: str) -> None:
    """Whoever leaves the register is no longer being recruited."""
    RecruitmentCase.objects.open().filter(member=member).update(
        stage=CaseStage.STOPPED,
        next_step=None,
        opens_on=None,
        due_on=None,
        stopped_on=on,
        stopped_reason=reason[:200],
        closed_on=on,
        updated_at=timezone.now(),
    )
