"""A visit to an enterprise, and the tasks that it does. Access is checked before."""

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from orgs.actions.enterprises import record
from orgs.guards import refuse_personal_numbers
from orgs.models import (
    AuditAction,
    Coverage,
    CoverageLine,
    Enterprise,
    Visit,
    VisitKind,
    VisitTask,
    VisitTaskState,
    VisitTeam,
)
from orgs.models.visits import ANY_KIND
from orgs.validators import validate_not_in_future

VISIT_FACTS = ("enterprise", "kind", "visited_on", "visitor_name", "gist")


@transaction.atomic
def record_visit(
    *,
    enterprise,
    kind: str,
    visited_on: dt.date,
    visitor_name: str,
    by,
    gist: str = "",
    needs: str = "",
    team: VisitTeam | None = None,
    task: VisitTask | None = None,
    request=None,
) -> Visit:
    """A visit; an instructor's is tied to the assignment in force on that day. Raises ValidationError.

    It does `task`, and at the enterprise every open task of its kind, or of any, that was there on the day.
    """
    validate_not_in_future(visited_on, "visited_on")
    for name, text in (("gist", gist), ("needs", needs)):
        refuse_personal_numbers(text, name)
    Enterprise.objects.select_for_update().get(pk=enterprise.pk)  # a form sent twice comes here one by one
    done = _answered(enterprise, kind, visited_on, task)
    visit = Visit(
        enterprise=enterprise,
        kind=kind,
        visited_on=visited_on,
        visitor_name=visitor_name,
        team=team,
        gist=gist,
        needs=needs,
        recorded_by=by,
    )
    visit.coverage = _assignment_of(visit)
    visit.full_clean()
    same = {name: getattr(visit, name) for name in VISIT_FACTS}
    if Visit.objects.filter(**same).exists():
        raise ValidationError(f"{visitor_name}{visited_on}的这次走访已经登记，无须重复登记。")
    visit.save()
    for one in done:
        one.state, one.visit, one.closed_by = VisitTaskState.DONE, visit, by
        one.updated_at = timezone.now()
        one.save(update_fields=["state", "visit", "closed_by", "updated_at"])
    detail = {"visit": visit.get_kind_display(), "visited_on": visited_on}
    if done:
        detail["tasks_done"] = len(done)
    record(enterprise, AuditAction.CREATE, by=by, detail=detail, request=request)
    return visit


def _answered(enterprise, kind, visited_on, task) -> list[VisitTask]:
    """The open tasks at the enterprise that a visit does, locked."""
    rows = VisitTask.objects.select_for_update().filter(enterprise=enterprise, state=VisitTaskState.OPEN)
    found = list(rows.order_by("pk"))
    does = {
        one for one in found if (one.kind == kind or one.reason in ANY_KIND) and _since(one) <= visited_on
    }
    if task is None:
        return [one for one in found if one in does]
    if task.pk not in {one.pk for one in found}:
        raise ValidationError("该任务刚由他人办结或撤销，请核对走访记录后再决定是否登记。")
    if visited_on < _since(task):
        raise ValidationError(
            {"visited_on": f"走访日期不能早于任务发起日期（{_since(task)}）；更早的走访请到企业页面登记。"}
        )
    return [one for one in found if one.pk == task.pk or one in does]


def _since(task) -> dt.date:
    """The first day whose visit does the task: a new enterprise may be met before a list names it."""
    return min(task.arrived_on or task.opened_on, task.opened_on)


def _assignment_of(visit) -> Coverage | None:
    """The assignment of the visiting instructor in force on the day."""
    if visit.kind != VisitKind.INSTRUCTOR:
        return None
    rows = Coverage.objects.current(visit.visited_on).filter(line=CoverageLine.INSTRUCTOR)
    return rows.filter(enterprise=visit.enterprise, instructor_name=visit.visitor_name).first()
