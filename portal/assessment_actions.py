"""Writes to assessment indices: draft, publish, next version, freeze a period. The caller has checked access."""

import datetime as dt
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from orgs.audit import record
from orgs.guards import refuse_stale
from orgs.models import AuditAction
from portal.assessments import ALL_MEASURES, HUNDRED, period_end, period_words, sheet
from portal.models import (
    Assessment,
    AssessmentItem,
    AssessmentPoint,
    AssessmentResult,
    AssessmentRound,
    AssessmentState,
)

FIELDS = ("name", "period", "level", "kind")


@transaction.atomic
def add_assessment(*, organisation, values: dict, items: list[dict], by, request=None) -> Assessment:
    """A draft. `values` as in `FIELDS`; `items`: measure, weight, zero_at, full_at, in their order."""
    assessment = Assessment(organisation=organisation, created_by=by)
    _fill(assessment, values, items)
    return _done(assessment, AuditAction.CREATE, by, request)


@transaction.atomic
def change_assessment(
    *, assessment, values: dict, items: list[dict], by, seen_at: dt.datetime | None = None, request=None
) -> Assessment:
    """Of a draft only."""
    stored = _locked(assessment)
    _refuse_published(stored)
    refuse_stale(stored, seen_at, "考核指数")
    _fill(stored, values, items)
    return _done(stored, AuditAction.UPDATE, by, request)


def _fill(assessment, values, items):
    for name in FIELDS:
        setattr(assessment, name, values[name])
    assessment.updated_at = timezone.now()
    assessment.full_clean()
    assessment.save()
    rows = [
        AssessmentItem(assessment=assessment, position=position, **item)
        for position, item in enumerate(items, start=1)
    ]
    for row in rows:
        if row.measure not in ALL_MEASURES:
            raise ValidationError(f"没有“{row.measure}”这个指标。")
        if row.zero_at == row.full_at:
            raise ValidationError(f"“{ALL_MEASURES[row.measure].name}”的零分值和满分值不能相同。")
        row.clean_fields(exclude=["assessment"])
    assessment.items.all().delete()
    AssessmentItem.objects.bulk_create(rows)


@transaction.atomic
def publish_assessment(*, assessment, by, request=None) -> Assessment:
    """From now on it is fixed, and the organisations assessed see it; the version before is closed."""
    stored = _locked(assessment)
    _refuse_published(stored)
    weights = sum(stored.items.values_list("weight", flat=True), Decimal(0))
    if weights != HUNDRED:
        raise ValidationError(f"各指标权重之和须为100，现为{weights.normalize():f}，请调整后再发布。")
    stored.state, stored.published_at = AssessmentState.PUBLISHED, timezone.now()
    stored.updated_at = stored.published_at
    stored.save(update_fields=["state", "published_at", "updated_at"])
    if stored.replaces_id:
        before = _locked(stored.replaces)
        before.state, before.updated_at = AssessmentState.CLOSED, timezone.now()
        before.save(update_fields=["state", "updated_at"])
    return _done(stored, AuditAction.UPDATE, by, request, published=True)


@transaction.atomic
def revise_assessment(*, assessment, by, request=None) -> Assessment:
    """A draft of the next version, with the same items. One at a time."""
    stored = _locked(assessment)
    if not stored.is_published:
        raise ValidationError("只有已发布的考核指数可以修订；草稿请直接修改。")
    if draft := Assessment.objects.filter(replaces=stored).first():
        raise ValidationError(f"第{draft.version}版正在修订中，请先发布或删除它。")
    items = list(stored.items.all())
    draft = Assessment.objects.create(
        organisation=stored.organisation,
        created_by=by,
        version=stored.version + 1,
        replaces=stored,
        **{name: getattr(stored, name) for name in FIELDS},
    )
    for item in items:
        item.pk, item._state.adding, item.assessment = None, True, draft
    AssessmentItem.objects.bulk_create(items)
    return _done(draft, AuditAction.CREATE, by, request)


@transaction.atomic
def delete_draft(*, assessment, by, request=None) -> None:
    stored = _locked(assessment)
    _refuse_published(stored)
    record(actor=by, action=AuditAction.DELETE, obj=stored, path=stored.organisation.path, request=request)
    stored.delete()


@transaction.atomic
def freeze_period(*, assessment, ends_on: dt.date, by, request=None) -> AssessmentRound:
    """Stores values, points and ranks of a period that is over. Once: a frozen period is never reckoned again."""
    stored = _locked(assessment)
    if stored.is_draft:
        raise ValidationError("考核指数尚未发布，不能冻结结果。")
    if ends_on != period_end(stored.period, ends_on) or ends_on >= timezone.localdate():
        raise ValidationError("考核期尚未结束，结束后才能冻结结果。")
    words = period_words(stored, ends_on)
    found = sheet(stored, ends_on)
    if found.round:
        raise ValidationError(f"{words}的结果已经冻结。")
    if not found.may_be_frozen:
        raise ValidationError(f"{words}没有保存数据或指数已停用，不能冻结结果。")
    frozen = AssessmentRound.objects.create(assessment=stored, ends_on=ends_on, frozen_by=by)
    results = AssessmentResult.objects.bulk_create(
        [
            AssessmentResult(
                round=frozen, organisation=result.organisation, points=result.points, rank=result.rank
            )
            for result in found.results
        ],
        batch_size=1000,
    )
    AssessmentPoint.objects.bulk_create(
        [
            AssessmentPoint(
                result=row,
                item=part.item,
                numerator=part.rate and part.rate.numerator,
                denominator=part.rate and part.rate.denominator,
                value=part.value,
                points=part.points,
            )
            for row, result in zip(results, found.results, strict=True)
            for part in result.parts
        ],
        batch_size=1000,
    )
    detail = {"period": words, "organisations": len(results)}
    record(
        actor=by,
        action=AuditAction.UPDATE,
        obj=stored,
        path=stored.organisation.path,
        detail=detail,
        request=request,
    )
    return frozen


def _locked(assessment):
    return (
        Assessment.objects.select_for_update(of=("self",))
        .select_related("organisation")
        .get(pk=assessment.pk)
    )


def _refuse_published(assessment):
    if not assessment.is_draft:
        raise ValidationError("已发布的考核指数不能修改，请修订为新版本。")


def _done(assessment, action, by, request, **detail):
    record(
        actor=by,
        action=action,
        obj=assessment,
        path=assessment.organisation.path,
        detail={"name": str(assessment), **detail},
        request=request,
    )
    return assessment
