"""Writes to the visits to come: by hand, for many at once, and by the calendar. Access is checked before."""

import datetime as dt
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from orgs import audit
from orgs.arrivals import open_arrivals, recent_arrivals
from orgs.guards import demand_reason, refuse_long, refuse_personal_numbers, refuse_stale
from orgs.models import (
    ACTIVE_STATUSES,
    AuditAction,
    Enterprise,
    Organisation,
    User,
    Visit,
    VisitKind,
    VisitReason,
    VisitTask,
    VisitTaskState,
    VisitTeam,
)
from orgs.models.visits import CHOOSABLE
from orgs.ownership import owner_paths, owners_for
from orgs.periods import id_chunks
from orgs.regulations import value_on


@dataclass(frozen=True)
class Errand:
    """What shall be visited how, by when and by whom. Without `organisation` whoever answers for the enterprise goes."""

    kind: str
    due_on: dt.date
    reason: str = VisitReason.MANUAL
    organisation: Organisation | None = None
    team: VisitTeam | None = None
    instructor_name: str = ""
    note: str = ""


@dataclass
class TaskPlan:
    """What was done: ids of enterprises that got a task, and of those that had one of the kind already."""

    opened: list[int] = field(default_factory=list)
    kept: list[int] = field(default_factory=list)


def validate_goer(organisation, team, instructor_name: str) -> None:
    """Who may be sent. Raises ValidationError keyed by field."""
    if organisation is not None and organisation.dissolved_on:
        raise ValidationError({"organisation": f"{organisation}已于{organisation.dissolved_on}撤销。"})
    if team is not None and team.disbanded_on:
        raise ValidationError({"team": f"{team}已于{team.disbanded_on}解散。"})
    if team is not None and instructor_name:
        raise ValidationError({"instructor_name": "服务队和指导员只选其一。"})


def validate_due(due_on: dt.date) -> None:
    if due_on < timezone.localdate():
        raise ValidationError({"due_on": "期限不能早于今天。"})


@transaction.atomic
def add_tasks(*, enterprises, errand: Errand, by, request=None) -> TaskPlan:
    """A task for each of `enterprises` (a queryset) that has no open one of the kind. Raises ValidationError."""
    if errand.reason not in CHOOSABLE:
        raise ValidationError({"reason": "新登记、新迁入由系统自动生成，请选择其他原因。"})
    validate_due(errand.due_on)
    validate_goer(errand.organisation, errand.team, errand.instructor_name)
    note = refuse_long(errand.note, "note", 300)
    refuse_personal_numbers(note, "note")
    plan = _plan(enterprises, errand.kind)
    owners = {} if errand.organisation else owners_for(plan.opened)
    today = timezone.localdate()
    try:
        with transaction.atomic():
            VisitTask.objects.bulk_create(
                [
                    VisitTask(
                        enterprise_id=pk,
                        kind=errand.kind,
                        reason=errand.reason,
                        organisation_id=errand.organisation.pk if errand.organisation else owners[pk],
                        team=errand.team,
                        instructor_name=errand.instructor_name,
                        opened_on=today,
                        due_on=errand.due_on,
                        note=note,
                        created_by=by,
                    )
                    for pk in plan.opened
                ],
                batch_size=500,
            )
    except IntegrityError as error:  # somebody else sent one between the comparison and the write
        raise ValidationError("刚有人为其中的企业安排了走访，请重新核对后提交。") from error
    _record(plan.opened, {"visit_task": "安排", "due_on": errand.due_on}, AuditAction.CREATE, by, request)
    return plan


def _plan(enterprises, kind) -> TaskPlan:
    plan = TaskPlan()
    for ids in id_chunks(enterprises.order_by().values_list("pk", flat=True)):
        open_ones = VisitTask.objects.open().filter(kind=kind, enterprise__in=ids)
        busy = set(open_ones.values_list("enterprise", flat=True))
        plan.kept += [pk for pk in ids if pk in busy]
        plan.opened += [pk for pk in ids if pk not in busy]
    return plan


def add_task(*, enterprise, errand: Errand, by, request=None) -> VisitTask:
    """One enterprise; refuses where one of the kind is open."""
    rows = Enterprise.objects.filter(pk=enterprise.pk)
    plan = add_tasks(enterprises=rows, errand=errand, by=by, request=request)
    if not plan.opened:
        raise ValidationError(f"{enterprise}已有待办的{VisitKind(errand.kind).label}任务，无须重复安排。")
    return VisitTask.objects.open().get(enterprise=enterprise, kind=errand.kind)


@transaction.atomic
def assign_tasks(
    *,
    tasks,
    by,
    organisation: Organisation | None = None,
    team: VisitTeam | None = None,
    instructor_name: str = "",
    due_on: dt.date | None = None,
    seen_at: dt.datetime | None = None,
    request=None,
) -> int:
    """Other people go, or by another day; what is left out stays. Returns how many open ones of `tasks` changed.

    `seen_at`: the `updated_at` of the one task that the person looked at.
    """
    values: dict = {}
    validate_goer(organisation, team, instructor_name)
    if organisation is not None:
        values["organisation"] = organisation
    if team is not None or instructor_name:
        values |= {"team": team, "instructor_name": instructor_name}
    if due_on is not None:
        validate_due(due_on)
        values["due_on"] = due_on
    if not values:
        raise ValidationError("请至少填写责任党组织、服务队、指导员、期限中的一项。")
    locked = _lock_open(tasks, seen_at)
    _write(locked, **values)
    detail = {"visit_task": "改派"} | {name: str(value) for name, value in values.items() if value}
    _record([task.enterprise_id for task in locked], detail, AuditAction.UPDATE, by, request)
    return len(locked)


@transaction.atomic
def drop_tasks(*, tasks, reason: str, by, seen_at: dt.datetime | None = None, request=None) -> int:
    """Nobody needs to go; the reason stays on the tasks. Returns how many of `tasks` were open."""
    reason = refuse_long(demand_reason(reason, "撤销"), "reason", 200)
    refuse_personal_numbers(reason, "reason")
    locked = _lock_open(tasks, seen_at)
    _write(locked, state=VisitTaskState.DROPPED, dropped_reason=reason, closed_by=by)
    detail = {"visit_task": "撤销", "reason": reason}
    _record([task.enterprise_id for task in locked], detail, AuditAction.UPDATE, by, request)
    return len(locked)


def _lock_open(tasks, seen_at) -> list[VisitTask]:
    """Locked by key: PostgreSQL cannot lock the outer joins of a scope."""
    found: list[VisitTask] = []
    for ids in id_chunks(tasks.order_by().values_list("pk", flat=True)):
        rows = VisitTask.objects.filter(pk__in=ids, state=VisitTaskState.OPEN).select_for_update()
        found += rows.order_by("pk").only("pk", "enterprise_id", "updated_at")
    if not found:
        raise ValidationError("没有待走访的任务，可能已被他人办理。")
    if seen_at is not None:
        refuse_stale(found[0], seen_at, "走访任务")
    return found


def _write(tasks, **values):
    for ids in id_chunks(task.pk for task in tasks):
        VisitTask.objects.filter(pk__in=ids).update(updated_at=timezone.now(), **values)


def _record(enterprise_ids, detail, action, by, request):
    paths = owner_paths(enterprise_ids)
    for ids in id_chunks(enterprise_ids):
        rows = Enterprise.objects.filter(pk__in=ids).only("name")
        entries = [{"obj": row, "path": paths[row.pk], "detail": detail} for row in rows]
        audit.record_many(entries, actor=by, action=action, request=request)


# --- What the calendar makes -----------------------------------------------------------------------


@transaction.atomic
def sweep_arrivals() -> int:
    """Arrivals that made no task when they were written; safe to run twice and in parallel."""
    opened = open_arrivals(recent_arrivals())
    _record(opened, {"visit_task": "新入驻企业走访"}, AuditAction.CREATE, User.objects.system(), None)
    return len(opened)


def sweep_periodic() -> int:
    """A task for each key enterprise that nobody visited, or was sent to visit, for the days that are set.

    A dropped task counts as sent, so that it does not come back the next hour.
    """
    days = value_on("visit_every_days")
    if not days:
        return 0
    since = timezone.localdate() - dt.timedelta(days=days)
    visits = Visit.objects.filter(enterprise=OuterRef("pk"), visited_on__gt=since)
    sent = VisitTask.objects.filter(enterprise=OuterRef("pk"))
    rows = Enterprise.objects.filter(
        ~Exists(visits),
        ~Exists(sent.open()),
        ~Exists(sent.filter(opened_on__gt=since)),
        is_key=True,
        status__in=ACTIVE_STATUSES,
        is_dormant=False,
    )
    if not rows.exists():
        return 0
    due_on = timezone.localdate() + dt.timedelta(days=value_on("visit_task_days"))
    errand = Errand(VisitKind.SERVICE, due_on, VisitReason.PERIODIC)
    return len(add_tasks(enterprises=rows, errand=errand, by=User.objects.system()).opened)
