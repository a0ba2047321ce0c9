"""Projects (项目清单) and the matches they come from. As `actions.lists`.

Source: S26 (owner, deadline, status), S34 (results carry amounts, booked on the agreement).
"""

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from linkages.actions.booking import add_result
from linkages.actions.lists import available, locked
from linkages.list_notices import tell_match
from linkages.models import Dismissal, Project, ProjectNote
from linkages.validators import refuse_personal_numbers, validate_listed
from members.actions.register import record
from orgs.actions.withdrawals import take_back
from orgs.guards import demand_reason, refuse_stale
from orgs.models import AuditAction
from orgs.terms import add_months
from orgs.validators import validate_not_in_future

FIELDS = ("kind", "title", "description", "agreement", "deadline")
MONTHS = 3  # a project begun with one tap gets so long, or until the need's own last day


@transaction.atomic
def start_project(
    *, organisation, values: dict, by, need=None, resource=None, activity=None, request=None
) -> Project:
    """`organisation` owns it. Two who take one need at once: the second is told."""
    if organisation.dissolved_on:
        raise ValidationError({"organisation": "该党组织已撤销。"})
    need, resource = (side and available(side) for side in (need, resource))
    if need is not None and need.projects.standing().exists():
        raise ValidationError(f"需求“{need.title}”已有对接项目。")
    if need is not None and need.orders.standing().exists():
        raise ValidationError(f"需求“{need.title}”已转为点单。")
    project = Project(
        organisation=organisation, need=need, resource=resource, activity=activity, created_by=by
    )
    project = _save(project, values, AuditAction.CREATE, by, request)
    if project.sides:
        tell_match(project, by=by)
    return project


@transaction.atomic
def take_match(*, need, resource, organisation, by, agreement=None, request=None) -> Project:
    """With one tap: what is needed, done with what is offered; both units are told."""
    today = timezone.localdate()
    values = {
        "kind": need.kind,
        "title": need.title,
        "description": f"由{resource.unit}提供“{resource.title}”。",
        "agreement": agreement,
        "deadline": min(need.valid_until, add_months(today, MONTHS)),
    }
    return start_project(
        organisation=organisation, values=values, need=need, resource=resource,
        activity=_same(need.activity, resource.activity), by=by, request=request,
    )  # fmt: skip


def _same(one, other):
    """The activity at which both were taken down."""
    return one if one is not None and one == other else None


@transaction.atomic
def dismiss_match(*, need, resource, reason: str, by, request=None) -> Dismissal:
    """The pair is proposed to nobody any more."""
    need, resource = locked(need), locked(resource)
    reason = demand_reason(reason, "不合适")
    if need.dismissals.standing().filter(resource=resource).exists():
        raise ValidationError("该推荐已标为不合适。")
    refuse_personal_numbers(reason)
    dismissal = Dismissal.objects.create(need=need, resource=resource, reason=reason[:200], by=by)
    record(need, AuditAction.UPDATE, by=by, detail={"dismissed": resource.pk}, request=request)
    return dismissal


@transaction.atomic
def restore_match(*, dismissal, by, request=None) -> Dismissal:
    kept = take_back(Dismissal.objects.select_related("need__organisation"), dismissal, "恢复推荐", by)
    record(kept.need, AuditAction.UPDATE, by=by, detail={"restored": kept.resource_id}, request=request)
    return kept


@transaction.atomic
def change_project(*, project, values: dict, by, seen_at: dt.datetime | None = None, request=None) -> Project:
    stored = underway(project)
    refuse_stale(stored, seen_at, "项目")
    return _save(stored, values, AuditAction.UPDATE, by, request)


@transaction.atomic
def add_note(*, project, text: str, by, request=None) -> ProjectNote:
    """进展: a line that stays."""
    stored = underway(project)
    if not text.strip():
        raise ValidationError({"text": "请填写进展。"})
    refuse_personal_numbers(text, "text")
    note = ProjectNote.objects.create(project=stored, text=text.strip()[:500], by=by)
    _told(stored, AuditAction.UPDATE, by, request, act="进展")
    return note


@transaction.atomic
def finish_project(
    *, project, on: dt.date, result: str, by, booked: dict | None = None, request=None
) -> Project:
    """With its result. `booked`: what of it is entered on the project's agreement, as `booking.add_result` takes it."""
    stored = underway(project)
    validate_not_in_future(on, "on")
    if on < timezone.localdate(stored.created_at):
        raise ValidationError({"on": f"不能早于立项日期{timezone.localdate(stored.created_at)}。"})
    if not result.strip():
        raise ValidationError({"result": "请填写办结情况。"})
    refuse_personal_numbers(result, "result")
    if booked:
        if stored.agreement is None:
            raise ValidationError({"booked": "项目没有关联共建协议，不能登记协议成效。"})
        add_result(
            agreement=stored.agreement, on=on, what=result.strip()[:200], by=by, request=request, **booked
        )
    stored.done_on, stored.result = on, result.strip()[:500]
    stored.updated_at = timezone.now()
    stored.save(update_fields=["done_on", "result", "updated_at"])
    return _told(stored, AuditAction.UPDATE, by, request, act="办结")


@transaction.atomic
def give_up_project(*, project, reason: str, by, request=None) -> Project:
    """Its need looks for another match again."""
    stored = underway(project)
    reason = demand_reason(reason, "终止")
    refuse_personal_numbers(reason, "reason")
    stored.withdrawn_at = stored.updated_at = timezone.now()
    stored.withdrawn_by, stored.withdrawn_reason = by, reason[:200]
    stored.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_reason", "updated_at"])
    return _told(stored, AuditAction.UPDATE, by, request, act="终止")


def underway(project) -> Project:
    """Under lock; refuses what is over."""
    rows = Project.objects.select_for_update(of=("self",)).select_related("organisation", "agreement")
    stored = rows.get(pk=project.pk)
    if stored.withdrawn_at or stored.done_on:
        raise ValidationError(f"该项目{'已终止' if stored.withdrawn_at else '已办结'}，不能再办理。")
    return stored


def _save(project, values, action, by, request):
    for name, value in values.items():
        if name not in FIELDS:
            raise TypeError(f"Not a field that people edit: {name}")
        setattr(project, name, value.strip() if name in ("title", "description") else value)
    if project.deadline is None:
        raise ValidationError({"deadline": "请填写办结期限。"})
    validate_listed(project)
    project.updated_at = timezone.now()
    project.full_clean(exclude=["organisation", "need", "resource", "created_by", "withdrawn_by", "activity"])
    project.save()
    return _told(project, action, by, request)


def _told(project, action, by, request, **detail):
    detail |= {"kind": project.kind, "deadline": project.deadline}
    record(project, action, by=by, detail=detail, request=request)
    return project
