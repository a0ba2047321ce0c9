"""Ways out and back (登记去向、恢复), and dated facts, with the guards of the regulations before the register's own.

Callers have checked access. `register.leave_register` and its kin do the writing.
"""

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from members import moving
from members.actions import register
from members.choices import DISCIPLINE, Closing, EventKind, Membership, Opening
from members.models import (
    Absence,
    AbsenceEnd,
    Disposal,
    DisposalState,
    MemberEvent,
    Posting,
    Transfer,
    TransferEntry,
    TransferState,
)
from members.standing import rights_suspended
from orgs.terms import add_years
from orgs.validators import validate_not_in_future

TRIAL_YEARS = 2
NEEDS_DOCUMENT = (Closing.STOPPED, Closing.EXPELLED, Closing.CANCELLED, Closing.WITHDREW)
BY_DISPOSAL = (Closing.DISMISSED, Closing.REMOVED)
# Decided by the committee above the branch; callers ask `access.can_decide_about` for these.
DECIDED_ABOVE = (Closing.EXPELLED,)
# What “登记去向” offers; the others have a procedure of their own.
OFFERED = (
    Closing.DIED,
    Closing.STOPPED,
    Closing.WITHDREW,
    Closing.CANCELLED,
    Closing.EXPELLED,
    Closing.MISTAKE,
)
# Dated facts that are noted here; the others come with a procedure.
NOTABLE = (*DISCIPLINE, EventKind.RIGHTS_RESTORED, EventKind.CORRECTED, EventKind.COMMENDED, EventKind.NOTE)


@transaction.atomic
def leave(*, member, how: str, on: dt.date, by, document_no: str = "", note: str = "", request=None):
    """A way out that needs no procedure of its own. Returns the member."""
    if how in BY_DISPOSAL:
        raise ValidationError({"how": "劝退、除名须按组织处置程序办理，请先登记组织处置。"})
    if how in (Closing.TRANSFERRED_OUT, Closing.MOVED):
        raise ValidationError({"how": "转出请办理组织关系转接，收到回执后自动离册。"})
    stored = register.locked(member)
    if how == Closing.STOPPED:
        absence = Absence.objects.open().filter(member=stored).first()
        moving.validate_stopping(absence, absence.contacts.count() if absence else 0, on)
    if how in NEEDS_DOCUMENT and not document_no.strip():
        raise ValidationError({"document_no": "请填写批复或决定文号。"})
    return close_out(
        member=member, how=how, on=on, by=by, document_no=document_no, note=note, request=request
    )


def close_out(*, member, how, on, by, document_no="", note="", request=None):
    """Leaves the register and ends what was still running: transfer, absence, disposal."""
    stored = register.leave_register(
        member=member, how=how, on=on, by=by, document_no=document_no, note=note, request=request
    )
    label = Closing(how).label
    for transfer in Transfer.objects.open().select_for_update().filter(member=stored):
        transfer.state, transfer.state_since = TransferState.WITHDRAWN, timezone.localdate()
        transfer.close_reason, transfer.updated_at = f"党员已离册：{label}", timezone.now()
        transfer.save()
        TransferEntry.objects.create(
            transfer=transfer,
            state=transfer.state,
            what="撤回",
            on=timezone.localdate(),
            organisation=transfer.from_organisation,
            by=by,
            note=transfer.close_reason,
        )
    for absence in Absence.objects.open().select_for_update().filter(member=stored):
        absence.closed_on, absence.closed_how = max(on, absence.since), AbsenceEnd.LEFT
        absence.save(update_fields=["closed_on", "closed_how"])
    drop_disposals(stored, on)
    return stored


def drop_disposals(member, on) -> None:
    """Nothing is left to decide here about somebody who is no longer counted."""
    Disposal.objects.filter(member=member, state=DisposalState.OPEN).update(
        state=DisposalState.DROPPED, decided_on=on
    )


@transaction.atomic
def remove_stopped(*, member, on: dt.date, by, document_no: str, request=None) -> MemberEvent:
    """除名 of somebody whose membership was stopped two years ago and who was never found."""
    stored = register.locked(member)
    if stored.membership != Membership.STOPPED:
        raise ValidationError("该人员未停止党籍。")
    validate_not_in_future(on, "on")
    moving.validate_removing_stopped(stored.left_on, on)
    if not document_no.strip():
        raise ValidationError({"document_no": "请填写批复文号。"})
    stored.membership = Membership.ENDED
    register.store(stored, "membership")
    event = register.add_event(
        member=stored, kind=EventKind.REMOVED, on=on, by=by, document_no=document_no, request=request
    )
    member.refresh_from_db()
    return event


@transaction.atomic
def come_back(
    *, member, organisation, on: dt.date, by, document_no: str, note: str = "", request=None
) -> Posting:
    """恢复党籍, by a decision with its number. Whoever was transferred out comes back by a transfer."""
    if not document_no.strip():
        raise ValidationError({"document_no": "请填写恢复党籍的批复文号。"})
    stored = register.locked(member)
    last = stored.postings.order_by("-until", "-pk").first()
    how = last.closed_how if last else ""
    if how == Closing.DIED:
        raise ValidationError("该党员登记为去世，登记有误的请联系技术支持更正。")
    if how in (Closing.TRANSFERRED_OUT, Closing.MOVED):
        raise ValidationError("该党员已转出，党籍未停止，请办理组织关系转入。")
    return register.return_to_register(
        member=member,
        organisation=organisation,
        how=Opening.RESTORED,
        on=on,
        by=by,
        document_no=document_no,
        note=note,
        request=request,
    )


@transaction.atomic
def note_event(
    *,
    member,
    kind: str,
    on: dt.date,
    by,
    until_on: dt.date | None = None,
    document_no: str = "",
    note: str = "",
    is_other_fact: bool = False,
    request=None,
) -> MemberEvent:
    """Discipline, its end, or a commendation. Discipline needs the decision's number."""
    stored = register.locked(member)
    if kind not in NOTABLE:
        raise ValidationError({"kind": "该事项请通过相应程序办理。"})
    if kind in (*DISCIPLINE, EventKind.RIGHTS_RESTORED) and not document_no.strip():
        raise ValidationError({"document_no": "请填写决定文号。"})
    if kind == EventKind.ON_TRIAL:
        _validate_trial(on, until_on)
    if kind == EventKind.RIGHTS_RESTORED and not rights_suspended(stored, on):
        raise ValidationError({"kind": "该党员没有尚未恢复权利的留党察看处分。"})
    if kind in DISCIPLINE and not is_other_fact:
        _validate_not_disposed(stored, on)
    return register.add_event(
        member=stored,
        kind=kind,
        on=on,
        until_on=until_on,
        by=by,
        document_no=document_no,
        note=note,
        request=request,
    )


def _validate_trial(on, until_on):
    """留党察看 lasts two years at most. Source: 党章 art. 41."""
    if until_on is None:
        raise ValidationError({"until_on": "请填写留党察看截止日期。"})
    if until_on > add_years(on, TRIAL_YEARS):
        raise ValidationError({"until_on": f"留党察看最长不超过{TRIAL_YEARS}年。"})


def _validate_not_disposed(member, on):
    """Nobody is punished twice for one fact. Source: 不合格党员组织处置办法."""
    in_force = member.events.in_force(on).filter(kind=EventKind.CORRECTION).exists()
    if in_force or Disposal.objects.filter(member=member, state=DisposalState.OPEN).exists():
        raise ValidationError(
            {"is_other_fact": "该党员正在接受组织处置，同一事实不重复处理；不是同一事实的请勾选确认。"}
        )
