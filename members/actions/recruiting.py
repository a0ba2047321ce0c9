"""Recruiting: begin a case, take a step, take one back, stop, move. One transaction and one audit event each.

Callers have checked access (`members.access.can_take_case_step`); guards are in `members.recruiting.guards`.
"""

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from members import validators
from members.actions import exits, register
from members.actions.register import record
from members.choices import Closing, EventKind, Membership, Opening
from members.models import Member, RecruitmentCase, StepOutcome, StepRecord, root_of
from members.recruiting import guards, state
from members.recruiting.steps import STEPS
from members.standing import deciding_body
from orgs import audit
from orgs.guards import demand_reason
from orgs.identifiers import normalise_identity_number
from orgs.kinds import BRANCHES, OrganisationKind
from orgs.models import AuditAction, Organisation
from orgs.terms import add_years
from orgs.validators import validate_not_in_future, validate_temporary_branch

PERSON = (
    "name", "identity_type", "identity_number", "mobile", "sex", "ethnicity", "born_on", "education", "title",
    "occupation", "position", "is_research", "employer_code", "employer_name",
)  # fmt: skip
PEOPLE = ("contacts", "introducers")
VOTES = (15, 23)


@transaction.atomic
def open_case(
    *,
    organisation,
    values: dict,
    on: dt.date,
    by,
    confirm_reason: str = "",
    approval_no: str = "",
    note: str = "",
    request=None,
) -> RecruitmentCase:
    """Step 1: somebody applies to a branch. `values` are any of `PERSON`."""
    _refuse_unknown(values)
    validate_not_in_future(on, "on")
    _validate_branch(organisation, approval_no)
    number = normalise_identity_number(values.get("identity_number", ""))
    case = RecruitmentCase(
        **values | {"identity_number": number},
        organisation=organisation,
        root_id=root_of(organisation),
        applied_on=on,
        created_by=by,
    )
    validators.validate_identity(case.identity_type, number, sex=case.sex, born_on=case.born_on)
    if case.born_on is None:
        raise ValidationError({"born_on": "请填写出生日期。"})
    guards.validate_applicant(number=number, born_on=case.born_on, on=on, user=by, organisation=organisation)
    case.full_clean(exclude=["created_by"], validate_constraints=False)
    case.save(force_insert=True)
    _append(case, 1, on, organisation, by, note=note, confirm_reason=confirm_reason, approval_no=approval_no)
    _refresh(case)
    record(case, AuditAction.CREATE, by=by, detail={"on": on}, request=request)
    return case


def _refuse_unknown(values):
    if unknown := set(values) - set(PERSON):
        raise TypeError(f"Not particulars of an applicant: {', '.join(sorted(unknown))}")


def _validate_branch(organisation, approval_no):
    """To the organisation where one works or studies. Source: 发展党员工作细则 art. 5."""
    if organisation.dissolved_on or organisation.kind not in BRANCHES:
        raise ValidationError({"organisation": "请选择接收申请的党支部。"})
    validate_temporary_branch(organisation.kind, True, approval_no)
    if not organisation.can_recruit and organisation.kind != OrganisationKind.TEMP_BRANCH:
        raise ValidationError({"organisation": f"{organisation}不承担发展党员工作，请选择其他党支部。"})


@transaction.atomic
def adopt_members(*, members, by, request=None) -> int:
    """Cases for probationary members whose recruiting was recorded elsewhere; returns how many.

    They begin at the probation: what came before stays on paper. Whoever has a case already is left out.
    """
    found = list(
        members.filter(membership=Membership.PROBATIONARY, recruitment_case=None, born_on__isnull=False)
        .in_register()
        .exclude(joined_on=None)
        .select_related("organisation")
        .select_for_update(of=("self",))
    )
    cases = [
        RecruitmentCase(
            **{name: getattr(member, name) for name in PERSON},
            pinyin=member.pinyin,
            organisation=member.organisation,
            root_id=member.root_id,
            member=member,
            created_by=by,
        )
        for member in found
    ]
    records = [
        StepRecord(
            case=case,
            number=20,
            on=case.member.joined_on,
            outcome=StepOutcome.TAKEN_OVER,
            organisation=case.organisation,
            data={
                "probation_ends_on": (
                    case.member.probation_ends_on
                    or add_years(case.member.joined_on, validators.PROBATION_YEARS)
                ).isoformat()
            },
            recorded_by=by,
        )
        for case in cases
    ]
    for case, step_record in zip(cases, records, strict=True):
        _compute(case, state.replay([step_record]))
    RecruitmentCase.objects.bulk_create(cases, batch_size=500)
    StepRecord.objects.bulk_create(records, batch_size=500)
    entries = [
        {"obj": case, "path": case.organisation.path, "detail": {"taken_over": True}} for case in cases
    ]
    audit.record_many(entries, actor=by, action=AuditAction.CREATE, request=request)
    return len(cases)


@transaction.atomic
def take_step(
    *,
    case,
    number: int,
    on: dt.date,
    by,
    organisation=None,
    outcome: str = "",
    document_no: str = "",
    note: str = "",
    confirm_reason: str = "",
    approval_no: str = "",
    request=None,
    **values,
) -> StepRecord:
    """The next step, with all its guards; admission, conversion and cancellation are carried out in the register.

    `organisation` is who takes it (default: the branch, or the approving committee given as `approver`).
    `values` are the step's own fields; people are given by key.
    """
    stored = _locked(case)
    if number in VOTES:
        # Two votes of one meeting entered at once must see each other.
        Organisation.objects.select_for_update().get(pk=stored.organisation_id)
    now = state.state_of(stored)
    step = STEPS.get(number)
    if step is None:
        raise ValidationError({"number": "没有这个步骤。"})
    outcome = outcome or StepOutcome.DONE
    if outcome not in (step.outcomes or (StepOutcome.DONE,)):
        raise ValidationError({"outcome": "请选择这一步的结果。"})
    attempt = guards.Attempt(stored, now, number, on, outcome, values, confirm_reason, approval_no)
    guards.check(attempt)
    acting = _acting(stored, step, values.get("approver") or organisation)
    step_record = _append(
        stored,
        number,
        on,
        acting,
        by,
        outcome=outcome,
        data=_data(step, values),
        document_no=document_no,
        note=note,
        late=guards.is_late(attempt, state.window(now)[1] if number == now.next_step else None),
        confirm_reason=confirm_reason,
        approval_no=approval_no,
    )
    _carry_out(stored, now, step_record, by, request)
    _refresh(stored)
    detail = {"step": f"{number} {step}", "outcome": step_record.get_outcome_display(), "on": on}
    record(stored, AuditAction.UPDATE, by=by, detail=detail, request=request)
    case.refresh_from_db()
    return step_record


def _acting(case, step, organisation):
    """Who takes the step: the branch, or for what is decided above it a body above it."""
    if not step.by_superior:
        return case.organisation
    return _superior(case, organisation or deciding_body(case.organisation))


def _superior(case, organisation):
    if organisation.path not in case.organisation.ancestor_paths:
        raise ValidationError("这一步应由该党支部的上级党组织办理。")
    return organisation


def _data(step, values) -> dict:
    """What of `values` the step asks for, as JSON; people with their names as they were."""
    data = {}
    for name in step.fields:
        value = values.get(name)
        if name == "approver" or value in (None, "", []):
            continue
        if name in PEOPLE:
            names = dict(Member.objects.filter(pk__in=value).values_list("pk", "name"))
            value = [{"id": key, "name": names[key]} for key in value]
        data[name] = value.isoformat() if isinstance(value, dt.date) else value
    return data


def _carry_out(case, before, step_record, by, request):
    """What steps 17 and 24 do in the register."""
    if step_record.outcome == StepOutcome.FAILED:
        return
    if step_record.number == 17:
        values = {name: getattr(case, name) for name in PERSON}
        case.member = register.admit_member(
            organisation=case.organisation,
            values=values,
            joined_on=before.days[15],
            since=step_record.on,
            by=by,
            request=request,
        )
        case.save(update_fields=["member"])
    if step_record.number == 24:
        _conclude(case, before, step_record, by, request)


def _conclude(case, before, step_record, by, request):
    common = {"member": case.member, "by": by, "request": request}
    document_no = step_record.document_no
    if before.conclusion == StepOutcome.CANCELLED:
        exits.close_out(**common, how=Closing.CANCELLED, on=step_record.on, document_no=document_no)
        case.refresh_from_db()
    elif before.conclusion == StepOutcome.EXTENDED:
        until = dt.date.fromisoformat(before.data[23]["extended_until"])
        register.set_probation(**common, ends_on=until)
        register.add_event(
            **common, kind=EventKind.EXTENDED, on=step_record.on, until_on=until, document_no=document_no
        )
    else:
        register.confirm_full_member(**common, on=before.probation_ends_on, document_no=document_no)


@transaction.atomic
def reverse_step(*, case, by, reason: str, organisation, request=None) -> StepRecord:
    """The superior body takes back the last effective record; what it did in the register is undone with it.

    `organisation` is that body. One record after another: an earlier one only after all that came later.
    """
    demand_reason(reason, "退回更正")
    stored = _locked(case, closed=True)
    if stored.stopped_on and not state.state_of(stored).cancelled:
        raise ValidationError("该记录已终止，不能更正步骤。")
    _superior(stored, organisation)
    last = stored.records.effective().last()
    if last.number == 1 or last.outcome == StepOutcome.TAKEN_OVER:
        raise ValidationError("入党申请登记有误的，请登记终止并说明原因。")
    undone = _append(
        stored,
        last.number,
        timezone.localdate(),
        organisation,
        by,
        outcome=StepOutcome.REVERSED,
        note=reason,
        reverses=last,
    )
    _undo(stored, last, by, reason, request)
    _refresh(stored)
    record(
        stored,
        AuditAction.UPDATE,
        by=by,
        detail={"reversed": f"{last.number} {STEPS[last.number]}"},
        request=request,
    )
    case.refresh_from_db()
    return undone


def _undo(case, last, by, reason, request):
    if last.outcome == StepOutcome.FAILED or last.number not in (17, 24):
        return
    member, common = case.member, {"by": by, "request": request}
    if last.number == 17:
        case.member = None
        case.save(update_fields=["member"])
        exits.close_out(
            member=member, how=Closing.MISTAKE, on=last.on, note=f"退回更正：{reason}"[:300], **common
        )
        return
    # The state before the step says what it concluded; the reversing record is written already.
    before = state.state_of(case)
    if before.conclusion == StepOutcome.CANCELLED:
        case.stopped_on, case.stopped_reason = None, ""
        register.return_to_register(
            member=member,
            organisation=case.organisation,
            how=Opening.RESTORED,
            on=last.on,
            note="退回更正",
            **common,
        )
    elif before.conclusion == StepOutcome.EXTENDED:
        register.withdraw_events(member=member, kind=EventKind.EXTENDED, on=last.on, by=by, reason=reason)
        register.set_probation(member=member, ends_on=before.probation_ends_on, **common)
    else:
        register.take_back_confirmation(member=member, reason=reason, **common)


@transaction.atomic
def stop_case(*, case, on: dt.date, reason: str, by, request=None) -> RecruitmentCase:
    """Nobody is recruited against their will or without end: closed for a reason, before admission only."""
    stored = _locked(case)
    validate_not_in_future(on, "on")
    demand_reason(reason, "终止")
    now = state.state_of(stored)
    if on < now.last_on:
        raise ValidationError({"on": f"不能早于上一步骤的日期{now.last_on}。"})
    if stored.member_id:
        raise ValidationError("已接收为预备党员的，请按程序讨论转正、延长或取消资格。")
    stored.stopped_on, stored.stopped_reason = on, reason
    _refresh(stored)
    record(stored, AuditAction.UPDATE, by=by, detail={"stopped": on, "reason": reason}, request=request)
    case.refresh_from_db()
    return stored


@transaction.atomic
def update_case(*, case, values: dict, by, seen_at: dt.datetime | None = None, request=None) -> list[str]:
    """Particulars of somebody who is not a member yet; returns the names of what changed. As `register.update_member`."""
    stored = _locked(case)
    if stored.member_id:
        raise ValidationError("已接收为预备党员的，请在党员页面修改个人信息。")
    register.refuse_stale(stored, seen_at, values, "该发展记录")
    _refuse_unknown(values)
    if "identity_number" in values:
        values = values | {"identity_number": normalise_identity_number(values["identity_number"])}
    changes = register.apply_changes(stored, values)
    if not changes:
        return []
    validators.validate_identity(
        stored.identity_type, stored.identity_number, sex=stored.sex, born_on=stored.born_on
    )
    if {"identity_number", "born_on"} & set(changes):
        guards.validate_applicant(
            number=stored.identity_number,
            born_on=stored.born_on,
            on=stored.applied_on,
            user=by,
            organisation=stored.organisation,
            apart_from=stored,
        )
    stored.full_clean(exclude=["created_by"], validate_constraints=False)
    stored.updated_at = timezone.now()
    stored.save()
    detail = {"changes": register.readable_changes(changes)}
    record(stored, AuditAction.UPDATE, by=by, detail=detail, request=request)
    case.refresh_from_db()
    return sorted(changes)


@transaction.atomic
def move_case(*, case, organisation, by, request=None) -> RecruitmentCase:
    """The materials pass to the new unit and the time of cultivation counts on. Source: 发展党员工作细则 art. 12.

    From the admission on the case goes with the member's relation instead.
    """
    stored = _locked(case)
    if stored.member_id:
        raise ValidationError("已接收为预备党员的，请办理组织关系转接，发展记录随之转接。")
    if organisation.pk == stored.organisation_id:
        raise ValidationError({"organisation": "已在该党支部，无须转接。"})
    _validate_branch(organisation, "")
    old = stored.organisation
    stored.organisation, stored.root_id = organisation, root_of(organisation)
    _refresh(stored)
    record(
        stored, AuditAction.UPDATE, by=by, detail={"from": str(old), "to": str(organisation)}, request=request
    )
    case.refresh_from_db()
    return stored


def _locked(case, *, closed=False) -> RecruitmentCase:
    rows = RecruitmentCase.objects.select_for_update(of=("self",)).select_related("organisation")
    stored = rows.get(pk=case.pk)
    if stored.closed_on and not closed:
        raise ValidationError("该发展党员记录已办结，不能再办理。")
    return stored


def _append(case, number, on, organisation, by, **values) -> StepRecord:
    step_record = StepRecord(
        case=case, number=number, on=on, organisation=organisation, recorded_by=by, **values
    )
    step_record.full_clean(exclude=["recorded_by", "case"])
    step_record.save()
    return step_record


def _refresh(case):
    """Writes what follows from the records."""
    _compute(case, state.state_of(case))
    case.updated_at = timezone.now()
    case.save()


def _compute(case, now):
    for name, value in state.computed(case, now).items():
        setattr(case, name, value)
