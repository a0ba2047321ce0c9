"""Who is away, where guests take part, and the log of contacts. One transaction and one audit event each.

Callers have checked access. The relation of a member follows their absence. Source: 流动党员管理工作的意见.
"""

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import transaction

from members import moving
from members.actions import register
from members.choices import Relation
from members.models import Absence, AbsenceEnd, AbsenceKind, ContactEntry, Member, Transfer
from members.models.absences import RELATIONS
from orgs import audit
from orgs.models import AuditAction
from orgs.validators import validate_not_in_future

K = AbsenceKind
# What a present absence may turn into without the person having come back.
TURNS_INTO = {K.LOST: AbsenceEnd.LOST, K.FLOATING_OUT: AbsenceEnd.FLOATING}
# How a person ends it; the other ways follow from what else is recorded.
ENDINGS = (AbsenceEnd.RETURNED, AbsenceEnd.TRANSFERRED, AbsenceEnd.OTHER)


@transaction.atomic
def start_absence(
    *,
    member,
    kind: str,
    since: dt.date,
    by,
    place: str = "",
    host=None,
    host_name: str = "",
    contact_person: str = "",
    expected_return_on: dt.date | None = None,
    note: str = "",
    request=None,
) -> Absence:
    """A member is away. Being lost, or floating after a short absence, ends the absence before."""
    stored = register.locked(member)
    if not stored.is_counted:
        raise ValidationError("该党员已离册，不能登记外出。")
    if kind == K.FLOATING_IN or kind not in K:
        raise ValidationError({"kind": "流入党员请通过“登记流入党员”办理。"})
    validate_not_in_future(since, "since")
    if expected_return_on and expected_return_on < since:
        raise ValidationError({"expected_return_on": "预计返回日期不能早于开始日期。"})
    if kind == K.FLOATING_OUT:
        moving.validate_floating(since, expected_return_on)
    if host is not None and host.pk == stored.organisation_id:
        raise ValidationError({"host": "参加组织生活的党组织就是所在党支部，无须登记。"})
    _end_previous(stored, kind, since)
    absence = Absence(
        member=stored,
        kind=kind,
        since=since,
        place=place,
        host=host,
        host_name="" if host else host_name,
        contact_person=contact_person,
        expected_return_on=expected_return_on,
        note=note,
        recorded_by=by,
    )
    absence.full_clean(exclude=["recorded_by"])
    absence.save()
    set_natural_relation(stored, RELATIONS.get(kind, Relation.REGISTERED), by, request)
    _record(absence, AuditAction.CREATE, by, f"登记{absence.get_kind_display()}", request)
    return absence


def _end_previous(member, kind, since):
    previous = Absence.objects.open().select_for_update().filter(member=member).first()
    if previous is None:
        return
    how = TURNS_INTO.get(kind)
    if how is None or previous.kind == kind:
        raise ValidationError(f"该党员已登记“{previous.get_kind_display()}”，请先结束该登记。")
    previous.closed_on, previous.closed_how = max(since, previous.since), how
    previous.save(update_fields=["closed_on", "closed_how"])


@transaction.atomic
def register_guest(
    *,
    host,
    guest_name: str,
    home_name: str,
    since: dt.date,
    by,
    guest_mobile: str = "",
    place: str = "",
    contact_person: str = "",
    expected_return_on: dt.date | None = None,
    note: str = "",
    request=None,
) -> Absence:
    """Somebody whose relation stays outside the register takes part at `host`; counted nowhere here."""
    validate_not_in_future(since, "since")
    if host.dissolved_on:
        raise ValidationError({"host": f"{host}已撤销。"})
    if expected_return_on and expected_return_on < since:
        raise ValidationError({"expected_return_on": "预计返回日期不能早于开始日期。"})
    absence = Absence(
        kind=K.FLOATING_IN,
        host=host,
        guest_name=guest_name.strip(),
        guest_mobile=guest_mobile,
        home_name=home_name,
        since=since,
        place=place,
        contact_person=contact_person,
        expected_return_on=expected_return_on,
        reported_on=since,
        note=note,
        recorded_by=by,
    )
    absence.full_clean(exclude=["recorded_by"])
    absence.save()
    _record(absence, AuditAction.CREATE, by, "登记流入", request)
    return absence


@transaction.atomic
def report_in(*, absence, on: dt.date, by, request=None) -> Absence:
    """The host confirms that the member takes part there."""
    stored = _locked(absence)
    if stored.host_id is None or not stored.member_id or stored.reported_on:
        raise ValidationError("该登记无须报到。")
    validate_not_in_future(on, "on")
    if on < stored.since:
        raise ValidationError({"on": f"不能早于开始日期{stored.since}。"})
    stored.reported_on = on
    stored.save(update_fields=["reported_on"])
    return _done(absence, stored, by, "流入地报到", request)


@transaction.atomic
def end_absence(*, absence, on: dt.date, how: str, by, note: str = "", request=None) -> Absence:
    """The member came back, moved or turned up elsewhere."""
    stored = _locked(absence)
    validate_not_in_future(on, "on")
    if on < stored.since:
        raise ValidationError({"on": f"不能早于开始日期{stored.since}。"})
    if how not in ENDINGS:
        raise ValidationError({"how": "请选择结束方式。"})
    if how == AbsenceEnd.OTHER and not note.strip():
        raise ValidationError({"note": "请说明情况。"})
    stored.closed_on, stored.closed_how = on, how
    if note.strip():
        stored.note = f"{stored.note}；{note}"[:300] if stored.note else note
    stored.save(update_fields=["closed_on", "closed_how", "note"])
    if stored.member_id:
        member = register.locked(stored.member)
        if member.is_counted:
            set_natural_relation(member, Relation.REGISTERED, by, request)
    return _done(absence, stored, by, f"结束：{AbsenceEnd(how).label}", request)


@transaction.atomic
def add_contact(
    *,
    absence,
    on: dt.date,
    means: str,
    person: str,
    result: str,
    by,
    reached: bool = False,
    request=None,
) -> ContactEntry:
    """An attempt to reach the person; the log only grows."""
    stored = _locked(absence)
    validate_not_in_future(on, "on")
    if on < stored.since:
        raise ValidationError({"on": f"不能早于开始日期{stored.since}。"})
    entry = ContactEntry(
        absence=stored, on=on, means=means, person=person, result=result, reached=reached, recorded_by=by
    )
    entry.full_clean(exclude=["recorded_by"])
    entry.save()
    _done(absence, stored, by, f"联系记录：{entry.get_means_display()}", request)
    return entry


def set_natural_relation(member, relation, by, request):
    """The relation an absence leaves; for somebody on the way to another branch it waits behind the transfer."""
    if member.relation != Relation.MOVING_OUT:
        register.set_relation(member=member, relation=relation, by=by, request=request)
        return
    Transfer.objects.open().filter(member=member).update(relation_before=relation)


def _locked(absence) -> Absence:
    stored = Absence.objects.select_for_update(of=("self",)).select_related("host").get(pk=absence.pk)
    if stored.closed_on:
        raise ValidationError(f"该登记已于{stored.closed_on}结束，不能再办理。")
    if stored.member_id:
        stored.member = Member.objects.select_related("organisation").get(pk=stored.member_id)
    return stored


def _done(absence, stored, by, what, request) -> Absence:
    _record(stored, AuditAction.UPDATE, by, what, request)
    absence.refresh_from_db()
    return stored


def _record(absence, action, by, what, request):
    audit.record(
        actor=by,
        action=action,
        obj=absence,
        path=absence.keeper.path,
        detail={"absence": what, "since": absence.since, "kind": absence.get_kind_display()},
        request=request,
    )
