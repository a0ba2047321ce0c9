"""Disposal of unfit members step by step. One transaction and one audit event each; callers have checked access.

Source: 不合格党员组织处置办法 (2024): 报备 → 调查 → 谈话 → 审核 → 支部大会 → 批准.
"""

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from members.actions import exits, register
from members.choices import DISCIPLINE, Closing, EventKind
from members.models import Disposal, DisposalKind, DisposalStage, DisposalState, DisposalStep
from members.models.disposal import DECIDED_ABOVE, ORDER
from members.standing import approving_committee, deciding_body
from orgs.kinds import COMMITTEES
from orgs.models import AuditAction
from orgs.terms import add_months
from orgs.validators import validate_not_in_future

CORRECTION_MONTHS = 6
CORRECTION_MONTHS_MAX = 12
ENDS = {DisposalKind.DISMISSAL: Closing.DISMISSED, DisposalKind.REMOVAL: Closing.REMOVED}


@transaction.atomic
def open_disposal(
    *,
    member,
    kind: str,
    ground: str,
    by,
    on: dt.date | None = None,
    is_other_fact: bool = False,
    request=None,
) -> Disposal:
    """A case begins. Refused while a discipline for the same fact is in force: nobody is punished twice."""
    on = on or timezone.localdate()
    validate_not_in_future(on, "on")
    stored = register.locked(member)
    if not stored.is_counted:
        raise ValidationError("该党员已离册，不能办理组织处置。")
    if kind not in DisposalKind:
        raise ValidationError({"kind": "请选择处置方式。"})
    if not ground.strip():
        raise ValidationError({"ground": "请填写事由。"})
    if Disposal.objects.filter(member=stored, state=DisposalState.OPEN).exists():
        raise ValidationError("该党员已有正在办理的组织处置。")
    if not is_other_fact and stored.events.in_force(on).filter(kind__in=DISCIPLINE).exists():
        raise ValidationError(
            {"is_other_fact": "该党员的党纪处分仍在影响期内，同一事实不重复处理；不是同一事实的请勾选确认。"}
        )
    disposal = Disposal(
        member=stored, kind=kind, ground=ground, opened_on=on, is_other_fact=is_other_fact, created_by=by
    )
    disposal.full_clean(exclude=["created_by"])
    disposal.save()
    _record(disposal, by, "立案", request)
    return disposal


def next_stage(disposal) -> DisposalStage | None:
    """The step that is due; None when the case is closed."""
    return stage_after(disposal.state, disposal.steps.count())


def stage_after(state: str, done: int) -> DisposalStage | None:
    """As `next_stage`, where the number of steps done is known."""
    return ORDER[done] if state == DisposalState.OPEN and done < len(ORDER) else None


@transaction.atomic
def record_step(
    *,
    disposal,
    stage: str,
    on: dt.date,
    by,
    document_no: str = "",
    note: str = "",
    expected_votes: int | None = None,
    present_votes: int | None = None,
    yes_votes: int | None = None,
    correct_until: dt.date | None = None,
    request=None,
) -> DisposalStep:
    """The next step, in order and not before the one before it. The last one carries the decision out."""
    stored = _locked(disposal)
    due = next_stage(stored)
    if stage != due:
        raise ValidationError(
            {"stage": f"处置程序须依次办理，下一步是“{due.label}”。" if due else "程序已经办结。"}
        )
    validate_not_in_future(on, "on")
    last = stored.steps.order_by("-pk").first()
    if on < (last.on if last else stored.opened_on):
        raise ValidationError({"on": "不能早于上一步骤的日期。"})
    home = stored.member.organisation
    place = _authority(home) if stage in DECIDED_ABOVE else home
    if stage == DisposalStage.MEETING:
        _validate_vote(expected_votes, present_votes, yes_votes)
    if stage == DisposalStage.APPROVED and not document_no.strip():
        raise ValidationError({"document_no": "请填写批复文号。"})
    step = DisposalStep(
        disposal=stored,
        stage=stage,
        on=on,
        document_no=document_no,
        note=note,
        expected_votes=expected_votes if stage == DisposalStage.MEETING else None,
        present_votes=present_votes if stage == DisposalStage.MEETING else None,
        yes_votes=yes_votes if stage == DisposalStage.MEETING else None,
        organisation=place,
        recorded_by=by,
    )
    step.full_clean(exclude=["recorded_by"])
    step.save()
    _record(stored, by, step.get_stage_display(), request)
    if stage == DisposalStage.APPROVED:
        _carry_out(stored, step, correct_until, by, request)
    disposal.refresh_from_db()
    return step


def _authority(home):
    """The committee that reviews and approves; a place that has none cannot dispose of anybody."""
    body = approving_committee(home) or deciding_body(home)
    if body.kind not in COMMITTEES or not body.can_approve_members:
        raise ValidationError("该党组织之上没有有审批权限的党委，不能审核和批准组织处置。")
    return body


def _validate_vote(expected, present, yes):
    """Rows 20 and 22: half present, more than half of those expected in favour. Source: 支部工作条例 art. 11."""
    if expected is None or present is None or yes is None:
        raise ValidationError({"expected_votes": "请填写应到、实到和赞成人数。"})
    if present > expected or yes > present:
        raise ValidationError({"present_votes": "应到、实到、赞成人数不一致，请核对。"})
    if 2 * present < expected:
        raise ValidationError({"present_votes": "到会有表决权的党员未达半数，不能进行表决。"})
    if 2 * yes <= expected:
        raise ValidationError({"yes_votes": "赞成人数未超过应到会有表决权党员的半数，不能通过。"})


def _carry_out(disposal, step, correct_until, by, request):
    disposal.state, disposal.decided_on = DisposalState.APPROVED, step.on
    disposal.document_no, disposal.decided_by = step.document_no, step.organisation
    if disposal.kind == DisposalKind.CORRECTION:
        disposal.correct_until = _correction_end(step.on, correct_until)
        register.add_event(
            member=disposal.member,
            kind=EventKind.CORRECTION,
            on=step.on,
            until_on=disposal.correct_until,
            document_no=step.document_no,
            by=by,
            request=request,
        )
    disposal.save()
    if how := ENDS.get(disposal.kind):
        exits.close_out(
            member=disposal.member, how=how, on=step.on, by=by, document_no=step.document_no, request=request
        )


def _correction_end(on, until) -> dt.date:
    """限期改正: six months unless said otherwise, a year at most."""
    if until is None:
        return add_months(on, CORRECTION_MONTHS)
    if until <= on:
        raise ValidationError({"correct_until": "改正期限应晚于批准日期。"})
    if until > add_months(on, CORRECTION_MONTHS_MAX):
        raise ValidationError({"correct_until": "限期改正一般为6个月，最长不超过1年。"})
    return until


@transaction.atomic
def drop_disposal(*, disposal, by, reason: str, on: dt.date | None = None, request=None) -> Disposal:
    """No disposal after all, for a reason that is said."""
    if not reason.strip():
        raise ValidationError({"reason": "请说明不予处置的理由。"})
    on = on or timezone.localdate()
    validate_not_in_future(on, "on")
    stored = _locked(disposal)
    stored.state, stored.decided_on = DisposalState.DROPPED, on
    stored.ground = f"{stored.ground}\n不予处置：{reason}"
    stored.save()
    _record(stored, by, "不予处置", request)
    disposal.refresh_from_db()
    return stored


def _locked(disposal) -> Disposal:
    stored = (
        Disposal.objects.select_for_update(of=("self",))
        .select_related("member__organisation")
        .get(pk=disposal.pk)
    )
    if stored.state != DisposalState.OPEN:
        raise ValidationError(f"该处置已“{stored.get_state_display()}”，不能再办理。")
    return stored


def _record(disposal, by, what, request):
    detail = {"disposal": disposal.get_kind_display(), "step": what}
    register.record(disposal.member, AuditAction.UPDATE, by=by, detail=detail, request=request)
