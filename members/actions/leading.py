"""Posts, teams and experts: set up, staff, log results, end; public roles. One transaction and one audit event each.

Callers have checked access. Who leads is a full member with all rights: a model for others is not somebody on trial
or in probation (党章 art. 3 and 7; practice of 党员示范岗). Members of a team need only be counted.
"""

import datetime as dt
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from members.actions import register
from members.choices import Membership
from members.models import LeadingResult, LeadingService, LeadingUnit, Member, PublicRole
from members.models.leading import RoleEnd, RoleKind, ServiceEnd
from members.standing import rights_suspended
from orgs import audit
from orgs.models import AuditAction
from orgs.validators import validate_not_in_future

EDITABLE = ("name", "enterprise", "place", "task", "commitment", "established_on", "term_ends_on")
# How a person ends a service or a role; the other ways follow from what else is recorded.
SERVICE_ENDINGS = (ServiceEnd.ROTATED, ServiceEnd.RESIGNED, ServiceEnd.OTHER)
ROLE_ENDINGS = tuple(how for how in RoleEnd if how != RoleEnd.LEFT)
ELECTED_IN_PARTY = (RoleKind.PARTY_DELEGATE,)


# --- Units --------------------------------------------------------------------------------------------


@transaction.atomic
def establish(
    *,
    organisation,
    kind: str,
    name: str,
    established_on: dt.date,
    by,
    leader=None,
    enterprise=None,
    place: str = "",
    task: str = "",
    commitment: str = "",
    term_ends_on: dt.date | None = None,
    request=None,
) -> LeadingUnit:
    """Sets a unit up, with its leader where there is one already."""
    if organisation.dissolved_on:
        raise ValidationError({"organisation": f"{organisation}已撤销，不能设立。"})
    unit = LeadingUnit(
        organisation=organisation,
        kind=kind,
        name=name.strip(),
        enterprise=enterprise,
        place=place,
        task=task,
        commitment=commitment,
        established_on=established_on,
        term_ends_on=term_ends_on,
        created_by=by,
    )
    _check(unit)
    unit.save()
    if leader is not None:
        _begin(unit, leader, since=established_on, leads=True, by=by, field="leader")
    detail = {"kind": unit.get_kind_display(), "leader": str(leader or "")}
    _record(unit, AuditAction.CREATE, by, detail, request)
    return unit


@transaction.atomic
def update_unit(*, unit, values: dict, by, request=None) -> list[str]:
    """Stores what differs of `EDITABLE`; returns the names of what changed."""
    stored = _locked(unit)
    if unknown := set(values) - set(EDITABLE):
        raise TypeError(f"Not fields of a unit that people edit: {', '.join(sorted(unknown))}")
    changed = [name for name, value in values.items() if getattr(stored, name) != value]
    if not changed:
        return []
    before = {name: str(getattr(stored, name) or "") for name in changed}
    for name in changed:
        setattr(stored, name, values[name])
    first = stored.services.order_by("since").first()
    if first and stored.established_on > first.since:
        raise ValidationError({"established_on": f"不能晚于成员的任职日期{first.since}。"})
    _check(stored)
    stored.updated_at = timezone.now()
    stored.save()
    changes = {name: [before[name], str(getattr(stored, name) or "")] for name in changed}
    _record(stored, AuditAction.UPDATE, by, {"changes": changes}, request)
    unit.refresh_from_db()
    return sorted(changed)


def _check(unit):
    validate_not_in_future(unit.established_on, "established_on")
    if unit.term_ends_on and unit.term_ends_on < unit.established_on:
        raise ValidationError({"term_ends_on": f"届满日期不能早于设立日期{unit.established_on}。"})
    unit.full_clean(exclude=["created_by"])


@transaction.atomic
def join(*, unit, member, since: dt.date, by, request=None) -> LeadingService:
    """One more member of a team, or one more who keeps a post or zone."""
    stored = _locked(unit)
    service = _begin(stored, member, since=since, leads=False, by=by, field="member")
    _record(stored, AuditAction.UPDATE, by, {"joined": str(member), "on": since}, request)
    return service


@transaction.atomic
def appoint_leader(*, unit, member, on: dt.date, by, request=None) -> LeadingService:
    """The leader from `on`; the one before serves until then, and a member of the team moves up."""
    stored = _locked(unit)
    register.locked(member)  # before the services, as whoever leaves or moves locks them
    open_services = stored.services.select_for_update().filter(until__isnull=True)
    before = open_services.filter(leads=True).first()
    if before and before.member_id == member.pk:
        raise ValidationError({"member": f"{member}已是负责人，无须更换。"})
    for service in filter(None, (before, open_services.filter(member=member).first())):
        _finish(service, on, ServiceEnd.REPLACED if service.leads else ServiceEnd.PROMOTED)
    service = _begin(stored, member, since=on, leads=True, by=by, field="member")
    detail = {"leader": str(member), "before": str(before.member if before else ""), "on": on}
    _record(stored, AuditAction.UPDATE, by, detail, request)
    return service


@transaction.atomic
def leave(*, service, on: dt.date, how: str, by, request=None) -> LeadingService:
    """Somebody serves no longer; `on` is the first day without them."""
    unit = _locked(service.unit)
    stored = (
        LeadingService.objects.select_for_update(of=("self",)).select_related("member").get(pk=service.pk)
    )
    if stored.until:
        raise ValidationError(f"{stored.member}已于{stored.until}结束任职，不能再办理。")
    if how not in SERVICE_ENDINGS:
        raise ValidationError({"how": "请选择结束原因。"})
    validate_not_in_future(on, "on")
    _finish(stored, on, how)
    detail = {"left": str(stored.member), "on": on, "how": ServiceEnd(how).label}
    _record(unit, AuditAction.UPDATE, by, detail, request)
    return stored


@transaction.atomic
def add_result(
    *,
    unit,
    on: dt.date,
    what: str,
    by,
    figure: Decimal | None = None,
    measure: str = "",
    evidence: str = "",
    request=None,
) -> LeadingResult:
    """亮业绩: what was achieved; a figure always says of what."""
    stored = _locked(unit)
    validate_not_in_future(on, "on")
    if on < stored.established_on:
        raise ValidationError({"on": f"不能早于设立日期{stored.established_on}。"})
    if (figure is None) != (not measure.strip()):
        raise ValidationError({"measure": "数值和单位请同时填写，如 3 项、20 万元。"})
    result = LeadingResult(
        unit=stored, on=on, what=what, figure=figure, measure=measure, evidence=evidence, recorded_by=by
    )
    result.full_clean(exclude=["recorded_by"])
    result.save()
    _record(stored, AuditAction.UPDATE, by, {"result": what[:100], "on": on}, request)
    return result


@transaction.atomic
def void_result(*, result, reason: str, by, request=None) -> LeadingResult:
    """An entry made by mistake counts no longer; also after the unit has ended."""
    stored = LeadingResult.objects.select_for_update(of=("self",)).select_related("unit").get(pk=result.pk)
    if stored.void_on:
        raise ValidationError("该条业绩已作废，无须重复办理。")
    if not reason.strip():
        raise ValidationError({"reason": "请说明作废原因。"})
    stored.void_on, stored.void_reason = timezone.localdate(), reason
    stored.save(update_fields=["void_on", "void_reason"])
    _record(stored.unit, AuditAction.UPDATE, by, {"void": stored.what[:100], "reason": reason}, request)
    return stored


@transaction.atomic
def end_unit(*, unit, on: dt.date, reason: str, by, request=None) -> LeadingUnit:
    """Post or team is over, with all who served in it. Its results stay."""
    stored = _locked(unit)
    validate_not_in_future(on, "on")
    if not reason.strip():
        raise ValidationError({"reason": "请说明撤销原因。"})
    days = [stored.established_on]
    days += stored.services.filter(until__isnull=True).values_list("since", flat=True)
    days += stored.results.counting().values_list("on", flat=True)
    if on < max(days):
        raise ValidationError({"on": f"不能早于最近一次任职或业绩的日期{max(days)}。"})
    for service in stored.services.select_for_update().filter(until__isnull=True):
        _finish(service, on, ServiceEnd.UNIT_ENDED)
    stored.ended_on, stored.ended_reason, stored.updated_at = on, reason, timezone.now()
    stored.save(update_fields=["ended_on", "ended_reason", "updated_at"])
    _record(stored, AuditAction.UPDATE, by, {"ended": on, "reason": reason}, request)
    unit.refresh_from_db()
    return stored


# --- Who may serve ------------------------------------------------------------------------------------


def _begin(unit, member, *, since, leads, by, field) -> LeadingService:
    validate_not_in_future(since, "since")
    if since < unit.established_on:
        raise ValidationError({"since": f"不能早于设立日期{unit.established_on}。"})
    stored = _validate_serving(unit.organisation, member, field)
    if leads:
        _validate_model(stored, field, "担任负责人")
    service = LeadingService(unit=unit, member=stored, since=since, leads=leads, recorded_by=by)
    service.full_clean(exclude=["recorded_by"])
    service.save()
    return service


def _validate_serving(organisation, member, field) -> Member:
    """Counted, and at home in the organisation that set the unit up or below it."""
    stored = Member.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=member.pk)
    if not stored.is_counted:
        raise ValidationError({field: f"{stored}已离册，请选择在册党员。"})
    if not stored.organisation.path.startswith(organisation.path):
        raise ValidationError(
            {field: f"{stored}的组织关系不在{organisation}及其下级，跨支部的队伍请由上级党组织设立。"}
        )
    return stored


def _validate_model(member, field, what):
    if member.membership != Membership.FULL:
        raise ValidationError({field: f"{member}是预备党员，{what}的应为正式党员。"})
    if rights_suspended(member):
        raise ValidationError({field: f"{member}在留党察看期间，不能{what}。"})


def _finish(service, on, how):
    if on < service.since:
        raise ValidationError({"on": f"不能早于{service.member}的任职日期{service.since}。"})
    service.until, service.how = on, how
    service.save(update_fields=["until", "how"])


# --- Public roles -------------------------------------------------------------------------------------


@transaction.atomic
def take_role(
    *,
    member,
    kind: str,
    level: str,
    body: str,
    since: dt.date,
    by,
    term_ends_on: dt.date | None = None,
    request=None,
) -> PublicRole:
    """A member becomes a delegate, sits on a body or observes. Delegates of the Party are full members."""
    stored = Member.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=member.pk)
    if not stored.is_counted:
        raise ValidationError({"member": f"{stored}已离册，请选择在册党员。"})
    if kind in ELECTED_IN_PARTY:
        _validate_model(stored, "member", "当选党代表")
    validate_not_in_future(since, "since")
    if term_ends_on and term_ends_on < since:
        raise ValidationError({"term_ends_on": f"届满日期不能早于任职日期{since}。"})
    role = PublicRole(
        member=stored,
        kind=kind,
        level=level,
        body=body.strip(),
        since=since,
        term_ends_on=term_ends_on,
        created_by=by,
    )
    role.full_clean(exclude=["created_by"])
    role.save()
    _record_role(role, AuditAction.CREATE, by, {"body": role.body, "since": since}, request)
    return role


@transaction.atomic
def end_role(*, role, on: dt.date, how: str, by, request=None) -> PublicRole:
    """`on` is the first day without the role."""
    rows = PublicRole.objects.select_for_update(of=("self",)).select_related("member__organisation")
    stored = rows.get(pk=role.pk)
    if stored.ended_on:
        raise ValidationError(f"该任职已于{stored.ended_on}终止，不能再办理。")
    if how not in ROLE_ENDINGS:
        raise ValidationError({"how": "请选择终止原因。"})
    validate_not_in_future(on, "on")
    if on < stored.since:
        raise ValidationError({"on": f"不能早于任职日期{stored.since}。"})
    stored.ended_on, stored.how, stored.updated_at = on, how, timezone.now()
    stored.save(update_fields=["ended_on", "how", "updated_at"])
    _record_role(stored, AuditAction.UPDATE, by, {"ended": on, "how": RoleEnd(how).label}, request)
    role.refresh_from_db()
    return stored


# --- What all of them do ------------------------------------------------------------------------------


def _locked(unit) -> LeadingUnit:
    rows = LeadingUnit.objects.select_for_update(of=("self",)).select_related("organisation")
    stored = rows.get(pk=unit.pk)
    if stored.ended_on:
        raise ValidationError(f"{stored}已于{stored.ended_on}撤销，不能再办理。")
    return stored


def _record(unit, action, by, detail, request):
    register.record(unit, action, by=by, detail=detail, request=request)


def _record_role(role, action, by, detail, request):
    detail = {"kind": role.get_kind_display(), **detail}
    path = role.member.organisation.path
    audit.record(actor=by, action=action, obj=role, path=path, detail=detail, request=request)
