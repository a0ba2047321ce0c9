"""Quantified points: criteria are changed by date, entries are made and withdrawn. One audit event each.

Callers have checked access (`members.access`). Source: practice S13 (quantified indicators for recruiting).
"""

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from members.actions.register import apply_changes, record
from members.models import Counting, PointCriterion, PointEntry, RecruitmentCase
from members.recruiting import points
from members.recruiting.points_sample import SAMPLE
from orgs.guards import demand_reason
from orgs.kinds import COMMITTEES
from orgs.models import AuditAction
from orgs.validators import validate_not_in_future

CRITERION = ("group", "name", "description", "counting", "points", "points_max")
MOST_ITEMS = 100


@transaction.atomic
def create_criterion(*, organisation, values: dict, by, request=None) -> PointCriterion:
    """In force from today, for the organisation and all below it. `values` are those of `CRITERION`."""
    if organisation.kind not in COMMITTEES or organisation.dissolved_on:
        raise ValidationError({"organisation": "积分指标由党委一级制定，请选择党委。"})
    criterion = _stored(PointCriterion(organisation=organisation, **values))
    record(criterion, AuditAction.CREATE, by=by, detail=_words(criterion), request=request)
    return criterion


@transaction.atomic
def adopt_sample(*, organisation, by, request=None) -> int:
    """Takes the sample set over as the organisation's own, where it has none of that name; returns how many."""
    rows = PointCriterion.objects.filter(organisation=organisation, until__isnull=True)
    taken = set(rows.values_list("group", "name"))
    chosen = [values for values in SAMPLE if values[:2] not in taken]
    for group, name, counting, each, most, description in chosen:
        values = {
            "group": group,
            "name": name,
            "counting": counting,
            "points": each,
            "points_max": most,
            "description": description,
        }
        create_criterion(organisation=organisation, values=values, by=by, request=request)
    return len(chosen)


@transaction.atomic
def change_criterion(*, criterion, values: dict, by, request=None) -> PointCriterion:
    """From today; returns the row now in force. Entries keep the row they were made under."""
    stored = _current(criterion)
    changes = apply_changes(stored, values)
    if not changes:
        return stored
    if stored.entries.exists():
        stored = _next_version(criterion, values)
    stored = _stored(stored)
    detail = {"changes": {name: [str(part) for part in pair] for name, pair in changes.items()}}
    record(stored, AuditAction.UPDATE, by=by, detail=detail, request=request)
    return stored


def _next_version(criterion, values) -> PointCriterion:
    """Ends the row as it stands in the database and prepares the one that follows it."""
    old, today = (
        PointCriterion.objects.select_related("organisation").get(pk=criterion.pk),
        timezone.localdate(),
    )
    old.until = max(today, old.since)
    old.save(update_fields=["until"])
    kept = {name: getattr(old, name) for name in CRITERION}
    return PointCriterion(organisation=old.organisation, series=old.series, since=old.until, **kept | values)


@transaction.atomic
def end_criterion(*, criterion, by, request=None) -> PointCriterion:
    """Nothing more is entered under it; what was entered counts on."""
    stored = _current(criterion)
    stored.until = max(timezone.localdate(), stored.since)
    stored.save(update_fields=["until"])
    record(stored, AuditAction.UPDATE, by=by, detail={"ended": stored.until}, request=request)
    return stored


def _current(criterion) -> PointCriterion:
    rows = PointCriterion.objects.select_for_update(of=("self",)).select_related("organisation")
    stored = rows.get(pk=criterion.pk)
    if stored.until:
        raise ValidationError("该指标已停用或已修改，请刷新页面。")
    return stored


def _stored(criterion) -> PointCriterion:
    """Checked and saved; the first row of a series gives it its key."""
    is_first = criterion.series is None
    if is_first:
        criterion.series = 0
    criterion.full_clean(exclude=["root_id"])
    criterion.save()
    if is_first:
        criterion.series = criterion.pk
        criterion.save(update_fields=["series"])
    return criterion


def _words(criterion) -> dict:
    return {name: str(getattr(criterion, name)) for name in ("group", "name", "points", "points_max")}


@transaction.atomic
def enter_points(
    *,
    case,
    criterion,
    on: dt.date,
    by,
    count: int | None = None,
    given: int | None = None,
    evidence: str,
    request=None,
) -> PointEntry:
    """`count` items, or for a criterion that counts once the points `given` (default: all)."""
    stored = _locked(case)
    if stored.closed_on:
        raise ValidationError("该发展党员记录已办结，不能再登记积分。")
    validate_not_in_future(on, "on")
    if not evidence.strip():
        raise ValidationError({"evidence": "请填写依据，如文件名称、证书编号。"})
    # Under lock: while something is entered nobody rewrites what it is entered under.
    rows = points.criteria_for(stored.organisation).select_for_update(of=("self",))
    if (criterion := rows.filter(pk=criterion.pk).first()) is None:
        raise ValidationError({"criterion": "该指标已停用或不适用于该党支部，请重新选择。"})
    earned = _earned(stored, criterion, count, given)
    entry = PointEntry(
        case=stored,
        criterion=criterion,
        on=on,
        count=count or 1,
        points=earned,
        evidence=evidence,
        entered_by=by,
    )
    entry.full_clean(exclude=["case", "criterion", "entered_by"])
    entry.save()
    _refresh(stored)
    detail = {"points": f"{criterion.group}：{criterion.name}", "earned": earned, "total": stored.points}
    record(stored, AuditAction.UPDATE, by=by, detail=detail, request=request)
    case.points = stored.points
    return entry


def _earned(case, criterion, count, given) -> int:
    if criterion.counting == Counting.PER_ITEM:
        if given is not None:
            raise ValidationError({"given": "该指标按项计分，请填写项数。"})
        items = 1 if count is None else count
        if not 1 <= items <= MOST_ITEMS:
            raise ValidationError({"count": f"项数应为1至{MOST_ITEMS}。"})
        return items * criterion.points
    if count not in (None, 1):
        raise ValidationError({"count": "该指标一次计分，项数不填。"})
    given = criterion.points_max if given is None else given
    if not 1 <= given <= criterion.points_max:
        raise ValidationError({"given": f"得分应为1至{criterion.points_max}。"})
    if case.point_entries.effective().filter(criterion__series=criterion.series).exists():
        raise ValidationError({"criterion": f"“{criterion}”只计一次，已有登记；需要更正的先撤回。"})
    return given


@transaction.atomic
def withdraw_points(*, entry, reason: str, by, request=None) -> PointEntry:
    demand_reason(reason, "撤回")
    case = _locked(entry.case)
    stored = PointEntry.objects.select_related("criterion").get(pk=entry.pk)
    if stored.withdrawn_on:
        raise ValidationError("该积分记录已撤回。")
    stored.withdrawn_on, stored.withdrawn_reason, stored.withdrawn_by = timezone.localdate(), reason, by
    stored.save(update_fields=["withdrawn_on", "withdrawn_reason", "withdrawn_by"])
    _refresh(case)
    detail = {"points_withdrawn": str(stored.criterion), "total": case.points}
    record(case, AuditAction.UPDATE, by=by, detail=detail, request=request)
    return stored


def _locked(case) -> RecruitmentCase:
    rows = RecruitmentCase.objects.select_for_update(of=("self",)).select_related("organisation")
    return rows.get(pk=case.pk)


def _refresh(case):
    """The total that lists sort by is what the entries say."""
    case.points = points.sheet_of(case).total
    case.save(update_fields=["points"])
