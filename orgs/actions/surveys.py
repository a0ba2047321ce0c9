"""Writes to survey rounds and tasks. What a survey finds changes the enterprise. Access is checked before."""

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from orgs import audit
from orgs.actions.enterprises import SURVEYED, readable_change, record
from orgs.models import (
    AuditAction,
    BuildingStage,
    Enterprise,
    EnterpriseStatus,
    FoundingStep,
    SurveyReason,
    SurveyRound,
    SurveyTask,
    TaskState,
)
from orgs.ownership import owner_paths, owners_for
from orgs.periods import id_chunks, refresh_periods
from orgs.regulations import value_on
from orgs.validators import validate_not_in_future


class SurveyResult(models.TextChoices):
    OPERATING = "operating", "正常经营"
    SUSPENDED = "suspended", "停业"
    DEREGISTERED = "deregistered", "已注销"
    REVOKED = "revoked", "已吊销"
    MOVED_OUT = "moved_out", "已迁出"
    SHELL = "shell", "查无此企业（空壳）"
    DORMANT = "dormant", "长期无经营（僵尸企业）"
    WRONG_DATA = "wrong_data", "信息有误"
    OTHER = "other", "其他"


R = SurveyResult
CONSEQUENCES: dict[str, dict] = {
    R.OPERATING: {"is_dormant": False},
    R.SUSPENDED: {"status": EnterpriseStatus.SUSPENDED},
    R.DEREGISTERED: {"status": EnterpriseStatus.DEREGISTERED},
    R.REVOKED: {"status": EnterpriseStatus.REVOKED},
    R.MOVED_OUT: {"status": EnterpriseStatus.MOVED_OUT},
    R.SHELL: {"is_dormant": True},
    R.DORMANT: {"is_dormant": True},
    R.WRONG_DATA: {},
    R.OTHER: {},
}
NEEDS_NOTE = (R.WRONG_DATA, R.OTHER)


def consequence_words(result: str) -> str:
    """What storing the result does to the enterprise, for the page."""
    words = {
        R.OPERATING: "企业信息不变；原标为空壳、僵尸的取消标记。",
        R.SHELL: "标记为空壳企业，不再计入覆盖率分母。",
        R.DORMANT: "标记为僵尸企业，不再计入覆盖率分母。",
        R.WRONG_DATA: "企业信息不变，请在说明中写明应更正的内容。",
        R.OTHER: "企业信息不变，请在说明中写明情况。",
    }
    status = CONSEQUENCES[result].get("status")
    return words.get(result) or f"登记状态改为“{status.label}”。"


def complete_task(*, task, result: str, by, done_on: dt.date, note: str = "", stage: str = "", request=None):
    """Store what was found at one enterprise; `stage` may say how many members were found."""
    complete_tasks(
        tasks=SurveyTask.objects.filter(pk=task.pk),
        result=result,
        by=by,
        done_on=done_on,
        note=note,
        stage=stage,
        request=request,
    )
    task.refresh_from_db()


@transaction.atomic
def complete_tasks(
    *, tasks, result: str, by, done_on: dt.date, note: str = "", stage: str = "", request=None
) -> int:
    """The same finding for all open ones of `tasks` (a queryset), set-based; returns how many were completed.

    Raises ValidationError. The enterprise follows at once: see `CONSEQUENCES`.
    """
    _validate_finding(result, done_on, note, stage)
    pairs = _lock_open(tasks)
    if not pairs:
        raise ValidationError("没有待摸排的任务，可能已被他人办理。")
    for chunk in id_chunks(pk for pk, _ in pairs):
        SurveyTask.objects.filter(pk__in=chunk).update(
            state=TaskState.DONE, result=result, note=note, done_on=done_on, done_by=by
        )
    enterprise_ids = [enterprise for _, enterprise in pairs]
    changes = _change_enterprises(enterprise_ids, CONSEQUENCES[result])
    if stage:
        _note_members(enterprise_ids, stage, done_on, by)
    _record_findings(enterprise_ids, result, changes, by, request)
    return len(pairs)


def _lock_open(tasks) -> list[tuple[int, int]]:
    """(task, enterprise) of the open ones. Locked by key: PostgreSQL cannot lock the outer joins of a scope."""
    pairs = []
    for ids in id_chunks(tasks.order_by().values_list("pk", flat=True)):
        locked = SurveyTask.objects.filter(pk__in=ids, state=TaskState.OPEN).select_for_update()
        pairs += locked.values_list("pk", "enterprise_id")
    return pairs


def _locked(task) -> SurveyTask:
    """As it is now; nobody else decides about it before this transaction ends."""
    return SurveyTask.objects.select_for_update().get(pk=task.pk)


def _validate_finding(result, done_on, note, stage):
    if result not in SurveyResult.values:
        raise ValidationError({"result": "请选择摸排结果。"})
    validate_not_in_future(done_on, "done_on")
    if result in NEEDS_NOTE and not note.strip():
        raise ValidationError({"note": f"结果为“{SurveyResult(result).label}”时须填写说明。"})
    if stage and stage not in SURVEYED:
        raise ValidationError({"stage": "党员情况只能选择摸排所见。"})


def _change_enterprises(enterprise_ids, values) -> dict[int, dict]:
    """Write `values` where they differ; returns enterprise id → changes as the audit trail shows them."""
    changes: dict[int, dict] = {}
    for ids in id_chunks(enterprise_ids if values else ()):
        for enterprise in Enterprise.objects.filter(pk__in=ids).only("pk", *values):
            different = {k: v for k, v in values.items() if getattr(enterprise, k) != v}
            if different:
                changes[enterprise.pk] = {
                    name: readable_change(enterprise, name, getattr(enterprise, name), value)
                    for name, value in different.items()
                }
    for ids in id_chunks(changes):
        Enterprise.objects.filter(pk__in=ids).update(updated_at=timezone.now(), **values)
    refresh_periods(changes, on=timezone.localdate())
    return changes


def _note_members(enterprise_ids, stage, done_on, by):
    """Enterprises not surveyed before enter the founding pipeline with what was found."""
    for ids in id_chunks(enterprise_ids):
        fresh = Enterprise.objects.filter(pk__in=ids, building_stage=BuildingStage.UNSURVEYED)
        fresh_ids = list(fresh.values_list("pk", flat=True))
        Enterprise.objects.filter(pk__in=fresh_ids).update(building_stage=stage, updated_at=timezone.now())
        FoundingStep.objects.bulk_create(
            FoundingStep(enterprise_id=pk, stage=stage, entered_on=done_on, note="摸排", recorded_by=by)
            for pk in fresh_ids
        )


def _record_findings(enterprise_ids, result, changes, by, request):
    paths = owner_paths(enterprise_ids)
    finding = {"survey": SurveyResult(result).label}
    for ids in id_chunks(enterprise_ids):
        audit.record_many(
            [
                {
                    "obj": enterprise,
                    "path": paths[enterprise.pk],
                    "detail": finding | {"changes": changes.get(enterprise.pk, {})},
                }
                for enterprise in Enterprise.objects.filter(pk__in=ids).only("name")
            ],
            actor=by,
            action=AuditAction.UPDATE,
            request=request,
        )


@transaction.atomic
def reopen_task(*, task, by, note: str, request=None) -> None:
    """Look again. What the first finding changed at the enterprise stays until the next one."""
    if _locked(task).state == TaskState.OPEN:
        raise ValidationError("该任务尚未办理，无须重新打开。")
    if not note.strip():
        raise ValidationError({"note": "重新打开须说明原因。"})
    task.state, task.result, task.done_on, task.done_by, task.note = TaskState.OPEN, "", None, None, note
    task.save(update_fields=["state", "result", "done_on", "done_by", "note"])
    record(
        task.enterprise,
        AuditAction.UPDATE,
        by=by,
        detail={"survey": "重新打开", "note": note},
        request=request,
    )


@transaction.atomic
def cancel_task(*, task, by, note: str, request=None) -> None:
    """Nobody needs to go; the reason stays on the task."""
    if _locked(task).state != TaskState.OPEN:
        raise ValidationError("只能取消待摸排的任务。")
    if not note.strip():
        raise ValidationError({"note": "取消任务须说明原因。"})
    task.state, task.note = TaskState.CANCELLED, note
    task.save(update_fields=["state", "note"])
    record(
        task.enterprise, AuditAction.UPDATE, by=by, detail={"survey": "取消", "note": note}, request=request
    )


@transaction.atomic
def reassign_task(*, task, owner, by, request=None) -> None:
    """Another organisation goes and looks."""
    if _locked(task).state != TaskState.OPEN:
        raise ValidationError("只能改派待摸排的任务。")
    if owner.dissolved_on:
        raise ValidationError({"organisation": f"{owner}已于{owner.dissolved_on}撤销。"})
    if owner.pk == task.owner_id:
        raise ValidationError({"organisation": f"该任务已由{owner}负责。"})
    old, task.owner = task.owner, owner
    task.save(update_fields=["owner"])
    detail = {"survey": "改派", "owner": [str(old or ""), str(owner)]}
    record(task.enterprise, AuditAction.UPDATE, by=by, detail=detail, request=request)


@transaction.atomic
def add_task(*, enterprise, by, note: str = "", round: SurveyRound | None = None, request=None) -> SurveyTask:
    """Send somebody to look at `enterprise`, in the latest round or, when there is none, in a new one."""
    survey_round = round or SurveyRound.objects.first() or _first_round()
    owner = owners_for([enterprise.pk])[enterprise.pk]
    try:
        with transaction.atomic():
            task = SurveyTask.objects.create(
                round=survey_round,
                enterprise=enterprise,
                reason=SurveyReason.MANUAL,
                owner_id=owner,
                note=note,
            )
    except IntegrityError as error:
        raise ValidationError(f"{enterprise}在“{survey_round}”中已有摸排任务。") from error
    record(
        enterprise, AuditAction.CREATE, by=by, detail={"survey": "人工发起", "note": note}, request=request
    )
    return task


def _first_round():
    today = timezone.localdate()
    due = today + dt.timedelta(days=value_on("survey_days"))
    return SurveyRound.objects.create(name=f"{today:%Y年%-m月}摸排", as_of=today, due_on=due)
