"""Writing down the result of a yearly appraisal: all grades of a branch in one go."""

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from activities import roster
from activities.kinds import Kind
from activities.models import BALLOTS, Activity, Appraisal, AppraisalGrade, Grade
from activities.validators import validate_excellent, validate_organisation
from members.actions.register import record
from orgs.kinds import BRANCHES
from orgs.models import AuditAction
from orgs.validators import validate_not_in_future

FIELDS = ("self_grade", *BALLOTS, "grade", "exempt_reason")
LONGEST_REASON = 200


@transaction.atomic
def record_appraisal(
    *,
    organisation,
    year: int,
    held_on: dt.date,
    grades: dict[int, dict],
    by,
    activity: Activity | None = None,
    excess_reason: str = "",
    approval_no: str = "",
    seen_at: dt.datetime | None = None,
    request=None,
) -> Appraisal:
    """Makes the appraisal of `year` say `grades`: key of the member → values of `FIELDS`. Row 25.

    Once more for the same year changes it; `seen_at` is the `updated_at` that the person saw, None where they saw none.
    Source: 支部工作条例 art. 17.
    """
    _validate_day(organisation, year, held_on)
    if activity is not None:
        _validate_activity(activity, organisation, year)
    full = set(roster.full_on([organisation], held_on).values_list("pk", flat=True))
    rows = {pk: _clean(values) for pk, values in grades.items()}
    _validate_members(rows, full, roster.members_on([organisation], held_on))
    excellent = sum(1 for values in rows.values() if values["grade"] == Grade.EXCELLENT)
    validate_excellent(excellent, len(full), excess_reason.strip(), approval_no.strip())
    appraisal = _locked(organisation, year) or Appraisal(organisation=organisation, year=year, recorded_by=by)
    is_new = appraisal.pk is None
    if not is_new and seen_at is not None and appraisal.updated_at != seen_at:
        raise ValidationError("在您填写期间，该年度的评议结果已被他人修改，请刷新后核对最新内容。")
    appraisal.held_on, appraisal.activity = held_on, activity
    appraisal.excess_reason, appraisal.approval_no = excess_reason.strip(), approval_no.strip()
    appraisal.updated_at = timezone.now()
    appraisal.full_clean(exclude=["recorded_by"])
    appraisal.save()
    _write(appraisal, rows)
    action = AuditAction.CREATE if is_new else AuditAction.UPDATE
    detail = {"year": year, "graded": len(rows), "excellent": excellent, "full members": len(full)}
    record(appraisal, action, by=by, detail=detail, request=request)
    return appraisal


def _locked(organisation, year):
    return Appraisal.objects.select_for_update().filter(organisation=organisation, year=year).first()


def _validate_day(organisation, year, held_on):
    if organisation.kind not in BRANCHES or not organisation.keeps_membership:
        raise ValidationError({"organisation": "民主评议由接转组织关系的党支部开展。"})
    validate_not_in_future(held_on, "held_on")
    validate_organisation(organisation, held_on)
    if not dt.date(year, 1, 1) <= held_on <= dt.date(year + 1, 12, 31):
        raise ValidationError({"held_on": f"{year}年度的民主评议应在当年或次年开展，请核对评议日期。"})


def meetings_of(organisation, year: int):
    """The meetings whose result the appraisal of `year` may be: of that year, or held in the next one for it."""
    rows = Activity.objects.held().of_kind(Kind.APPRAISAL).hosted_by(organisation)
    said = Q(belongs_to_year=year) | Q(belongs_to_year__isnull=True, held_on__year__in=(year, year + 1))
    return rows.filter(said)


def _validate_activity(activity, organisation, year):
    if not meetings_of(organisation, year).filter(pk=activity.pk).exists():
        raise ValidationError({"activity": f"请选择本支部{year}年度已召开的民主评议会议。"})


def _clean(values) -> dict:
    row = {name: values.get(name) if name in BALLOTS else (values.get(name) or "") for name in FIELDS}
    row["exempt_reason"] = row["exempt_reason"].strip()
    for name in ("grade", "self_grade"):
        if row[name] and row[name] not in Grade:
            raise ValidationError({"grades": f"没有这种等次：{row[name]}。"})
    if row["grade"] and row["exempt_reason"]:
        raise ValidationError({"grades": "评定等次和不评定的原因只能填写一项。"})
    if not row["grade"] and not row["exempt_reason"]:
        raise ValidationError({"grades": "请评定等次，或说明不评定的原因。"})
    if len(row["exempt_reason"]) > LONGEST_REASON:
        raise ValidationError({"grades": f"不评定的原因不超过{LONGEST_REASON}字。"})
    return row


def _validate_members(rows, full, at_home):
    """Only full members of the branch are given a grade or excused from one."""
    others = set(rows) - full
    if not others:
        return
    if at_home.filter(pk__in=others).exists():
        raise ValidationError({"grades": "预备党员不评定等次，请从名单中剔除。"})
    raise ValidationError({"grades": "名单中有人在评议日期不是本支部的党员，请核对。"})


def _write(appraisal, rows):
    stored = {row.member_id: row for row in appraisal.grades.select_for_update()}
    AppraisalGrade.objects.filter(appraisal=appraisal, member__in=set(stored) - set(rows)).delete()
    new = [
        AppraisalGrade(appraisal=appraisal, member_id=pk, **values)
        for pk, values in rows.items()
        if pk not in stored
    ]
    changed = []
    for pk in set(rows) & set(stored):
        for name, value in rows[pk].items():
            setattr(stored[pk], name, value)
        changed.append(stored[pk])
    for row in (*new, *changed):
        row.clean_fields(exclude=["appraisal", "member"])
    AppraisalGrade.objects.bulk_create(new)
    AppraisalGrade.objects.bulk_update(changed, FIELDS, batch_size=100)
