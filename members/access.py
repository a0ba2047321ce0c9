"""Predicates about members: “may this person do that?”. Which members one sees is `Member.objects.visible_to`.

What a superior body decides (filing, pre-review, approval, reopening) is asked of that body: a branch secretary holds
nothing there, so no permission of its own is needed for it.
"""

from members.models import TransferDirection
from members.models.disposal import DECIDED_ABOVE
from members.standing import deciding_body
from orgs.access import has, has_at
from orgs.kinds import BRANCHES, COMMITTEES


def can_view_members(user) -> bool:
    return has(user, "members.view")


def can_view_members_at(user, organisation) -> bool:
    return has_at(user, "members.view", organisation)


def can_change_members(user) -> bool:
    """Somewhere; for the buttons that begin something."""
    return has(user, "members.change")


def can_change_members_at(user, organisation) -> bool:
    return has_at(user, "members.change", organisation)


def can_change_member(user, member) -> bool:
    return has_at(user, "members.change", member.organisation)


def can_reveal_member(user, member) -> bool:
    """Whole identity and mobile numbers: the staff of the home, and the person themselves."""
    return is_own(user, member) or (
        has_at(user, "members.view", member.organisation)
        and has_at(user, "sensitive.reveal", member.organisation)
    )


def can_export_members(user) -> bool:
    return has(user, "members.export")


# --- Transfers: who acts in which step ---------------------------------------------------------------

OF_HOME = ("submit", "withdraw", "receipt")
OF_COMMITTEE = ("send-back", "issue", "reissue", "letter")


def acting_organisation(transfer, act: str):
    """Where `members.change` must be held for a step: the home, the committee above it, or the receiver.

    None when the step belongs to a side outside the register. A receiver outside is spoken for by the home.
    """
    if act in OF_HOME:
        return transfer.from_organisation
    if act in OF_COMMITTEE:
        return deciding_body(transfer.from_organisation) if transfer.from_organisation_id else None
    if transfer.direction == TransferDirection.OUT:
        return transfer.from_organisation
    return transfer.to_organisation


def can_act_on_transfer(user, transfer, act: str) -> bool:
    place = acting_organisation(transfer, act)
    return place is not None and has_at(user, "members.change", place)


def can_change_absence(user, absence) -> bool:
    return has_at(user, "members.change", absence.keeper)


def can_report_absence(user, absence) -> bool:
    """The host confirms that somebody takes part there."""
    return absence.host_id is not None and has_at(user, "members.change", absence.host)


def can_decide_about(user, member) -> bool:
    """What the committee above a branch decides about its members: expulsion, removal, restoration."""
    return has_at(user, "members.change", deciding_body(member.organisation))


def can_take_step(user, disposal, stage) -> bool:
    """Review and approval of a disposal are the committee's, the other steps the branch's."""
    if stage in DECIDED_ABOVE:
        return can_decide_about(user, disposal.member)
    return can_change_member(user, disposal.member)


def can_decide_case(user, organisation) -> bool:
    """What bodies above `organisation` decide in recruiting: filing, pre-review, approval, corrections."""
    if user.sees_everything:
        return True
    held = user.permission_paths.get("members.change", ())
    return any(organisation.path != path and organisation.path.startswith(path) for path in held)


def can_give_places(user, organisation) -> bool:
    """Sets the plan of an organisation: bodies above it; a top organisation sets its own."""
    if organisation.depth == 1:
        return can_change_members_at(user, organisation)
    return can_decide_case(user, organisation)


def can_hand_down_places(user, organisation) -> bool:
    """Gives places to what is below: not branches, which have nobody below them."""
    return organisation.kind not in BRANCHES and can_change_members_at(user, organisation)


def can_change_criteria(user, organisation) -> bool:
    """Criteria of the points sheet: a committee's own affair, for itself and all below it."""
    return organisation.kind in COMMITTEES and can_change_members_at(user, organisation)


def can_change_points(user, case) -> bool:
    return can_change_members_at(user, case.organisation)


def can_read_findings(user, case) -> bool:
    """What was found about an applicant: notes, documents, and the prints in which it stands."""
    return has_at(user, "members.change", case.organisation)


def can_reveal_case(user, case) -> bool:
    """Whole numbers of an applicant: the staff of the branch and above."""
    return has_at(user, "members.view", case.organisation) and has_at(
        user, "sensitive.reveal", case.organisation
    )


def can_read_contacts(user, pairing) -> bool:
    """What was said in a contact is for those who keep the pairing; others see that there was one."""
    return can_change_pairing(user, pairing)


def can_change_pairing(user, pairing) -> bool:
    return has_at(user, "members.change", pairing.organisation)


def can_change_outside(user, person) -> bool:
    """Somebody outside the register: where their particulars are kept."""
    return has_at(user, "members.change", person.organisation)


def can_reveal_outside(user, person) -> bool:
    return can_reveal_case(user, person)


def can_take_case_step(user, case, step) -> bool:
    """`step` is one of `members.recruiting.steps.STEPS`."""
    if step.by_superior:
        return can_decide_case(user, case.organisation)
    return can_change_members_at(user, case.organisation)


def can_read_document(user, document) -> bool:
    """What was withdrawn is read by the bodies above only: to check what was taken off the file and why."""
    if document.withdrawn_at:
        return can_decide_case(user, document.case.organisation)
    return can_read_findings(user, document.case)


def can_change_unit(user, unit) -> bool:
    """A post or team belongs to the organisation that set it up."""
    return can_change_members_at(user, unit.organisation)


def is_own(user, member) -> bool:
    return member.account_id is not None and member.account_id == user.pk


def can_open_own_record(user) -> bool:
    return has(user, "self.view")


def can_report_mistake(user, member) -> bool:
    return can_open_own_record(user) and is_own(user, member)


def can_answer_correction(user, correction) -> bool:
    return can_change_member(user, correction.member)


def can_reveal_claim(user, correction) -> bool:
    """The whole number that a member says is right: whoever answers, with the right to see numbers."""
    member = correction.member
    return can_change_member(user, member) and has_at(user, "sensitive.reveal", member.organisation)


def menu(user) -> dict[str, bool]:
    """Entries of the side bar that concern members."""
    return {"members": can_view_members(user), "own_record": can_open_own_record(user)}
