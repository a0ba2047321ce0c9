"""Pairings: begin, change, note a contact, withdraw one, end. One transaction and one audit event each.

Callers have checked access. Source: practice of “三培养”, 党员导师制, 党委委员联系专家, 支委联系青年人才.
"""

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import transaction

from members import pairing as rhythm
from members.actions import outside as people
from members.actions.register import locked, record
from members.models import Pairing, PairingContact, PairingKind, PairingResult, root_of
from orgs.guards import demand_reason
from orgs.models import AuditAction
from orgs.validators import validate_not_in_future

OF_MEMBERS = (PairingKind.TO_EXPERT, PairingKind.TO_MANAGER)


@transaction.atomic
def start_pairing(
    *,
    kind: str,
    organisation,
    leader,
    aim: str,
    since: dt.date,
    by,
    until: dt.date | None = None,
    member=None,
    case=None,
    person=None,
    outside: dict | None = None,
    request=None,
) -> Pairing:
    """`leader` leads one of `member`, `case`, `person`, or somebody new: `outside` as `outside.enter` takes it."""
    validate_not_in_future(since, "since")
    _require_aim(aim)
    if organisation.dissolved_on:
        raise ValidationError({"organisation": f"{organisation}已撤销。"})
    if not leader.is_counted:
        raise ValidationError({"leader": "带教（联系）人须是在册党员。"})
    _validate_led(kind, member, case, person, outside)
    _validate_led(kind, *_as_they_are(leader, member, case, person), outside)
    if outside:
        person = people.enter(organisation=organisation, values=outside, by=by, request=request)
    pairing = Pairing(
        kind=kind,
        organisation=organisation,
        root_id=root_of(organisation),
        leader=leader,
        member=member,
        case=case,
        person=person,
        aim=aim,
        since=since,
        until=until,
        created_by=by,
    )
    pairing.due_on = rhythm.due_on(pairing) if kind in PairingKind else None
    pairing.full_clean(exclude=["created_by"])
    pairing.save(force_insert=True)
    detail = {"since": since, "kind": pairing.get_kind_display()}
    record(pairing, AuditAction.CREATE, by=by, detail=detail, request=request)
    return pairing


def _as_they_are(leader, member, case, person):
    """Those led, under lock as the leader is: nobody leaves, closes or withdraws consent meanwhile."""
    rows = {row.pk: locked(row) for row in sorted(filter(None, (leader, member)), key=lambda one: one.pk)}
    if not rows[leader.pk].is_counted:
        raise ValidationError({"leader": "带教（联系）人须是在册党员。"})
    if case:
        case = type(case).objects.select_for_update(of=("self",)).get(pk=case.pk)
    return rows[member.pk] if member else None, case, people.locked(person) if person else None


def _validate_led(kind, member, case, person, outside):
    given = [led for led in (member, case, person, outside) if led]
    if len(given) != 1:
        raise ValidationError({"member": "请选择一名对象：党员、发展对象或册外人员。"})
    if member and not member.is_counted:
        raise ValidationError({"member": "该党员已离册，不能结对。"})
    if case and not case.is_open:
        raise ValidationError({"case": "该发展党员记录已办结，请选择党员。"})
    if person and person.withdrawn_on:
        raise ValidationError({"person": "本人已撤回同意，不能结对。"})
    if kind in OF_MEMBERS and not member:
        raise ValidationError({"member": "这一类培养的对象须是在册党员。"})
    if kind == PairingKind.TO_MEMBER and (member or (case and case.member_id)):
        raise ValidationError({"member": "“把骨干培养成党员”的对象不能是党员，请选择发展对象或册外人员。"})


def _require_aim(aim):
    if not aim.strip():
        raise ValidationError({"aim": "请填写目标。"})


@transaction.atomic
def update_pairing(*, pairing, aim: str, by, until: dt.date | None = None, request=None) -> Pairing:
    """The aim, and until when it is planned: earlier than what is on record it cannot end."""
    stored = _locked(pairing)
    _require_aim(aim)
    if until and stored.last_contact_on and until < stored.last_contact_on:
        raise ValidationError({"until": f"不能早于最近联系日期{stored.last_contact_on}。"})
    stored.aim, stored.until = aim, until
    stored.due_on = rhythm.due_on(stored)
    stored.full_clean(exclude=["created_by"])
    stored.save()
    return _done(pairing, stored, {"until": until}, by, request)


@transaction.atomic
def add_contact(
    *,
    pairing,
    on: dt.date,
    how: str,
    gist: str,
    by,
    asked: str = "",
    answered: str = "",
    request=None,
) -> PairingContact:
    """Within the time of the pairing; the next one is expected from the latest day on."""
    stored = _locked(pairing)
    validate_not_in_future(on, "on")
    if on < stored.since:
        raise ValidationError({"on": f"不能早于结对开始日期{stored.since}。"})
    if stored.until and on > stored.until:
        raise ValidationError({"on": f"结对已于{stored.until}期满，请先延长期限，或登记结果。"})
    if not gist.strip():
        raise ValidationError({"gist": "请填写主要内容。"})
    contact = PairingContact(
        pairing=stored, on=on, how=how, gist=gist, asked=asked, answered=answered, recorded_by=by
    )
    contact.full_clean(exclude=["recorded_by", "pairing"])
    contact.save()
    _refresh(stored)
    _done(pairing, stored, {"contact": on, "how": contact.get_how_display()}, by, request)
    return contact


@transaction.atomic
def withdraw_contact(*, contact, reason: str, by, request=None) -> PairingContact:
    """Taken back for a reason; both rows stay."""
    stored = _locked(contact.pairing)
    demand_reason(reason, "撤销")
    if not stored.contacts.effective().filter(pk=contact.pk).exists():
        raise ValidationError("该联系记录已撤销，不能再次撤销。")
    row = PairingContact(
        pairing=stored, on=contact.on, how=contact.how, withdraws=contact, reason=reason, recorded_by=by
    )
    row.full_clean(exclude=["recorded_by", "pairing"])
    row.save()
    _refresh(stored)
    _done(contact.pairing, stored, {"contact_withdrawn": contact.on}, by, request)
    return row


@transaction.atomic
def end_pairing(*, pairing, on: dt.date, result: str, by, note: str = "", request=None) -> Pairing:
    """With its result; what was not achieved is explained."""
    stored = _locked(pairing)
    validate_not_in_future(on, "on")
    first = max(stored.since, stored.last_contact_on or stored.since)
    if on < first:
        raise ValidationError({"on": f"不能早于{first}。"})
    if result not in PairingResult:
        raise ValidationError({"result": "请选择结果。"})
    if result != PairingResult.ACHIEVED and not note.strip():
        raise ValidationError({"note": "未达成或中止的，请说明情况。"})
    stored.ended_on, stored.result, stored.result_note, stored.due_on = on, result, note, None
    stored.full_clean(exclude=["created_by"])
    stored.save()
    return _done(pairing, stored, {"ended": on, "result": stored.get_result_display()}, by, request)


def _locked(pairing) -> Pairing:
    rows = Pairing.objects.select_for_update(of=("self",)).select_related("organisation", "leader")
    stored = rows.get(pk=pairing.pk)
    if stored.ended_on:
        raise ValidationError(f"该结对已于{stored.ended_on}结束，不能再办理。")
    return stored


def _refresh(stored):
    """Writes what follows from the log."""
    latest = stored.contacts.effective().order_by("-on").first()
    stored.last_contact_on = latest.on if latest else None
    stored.due_on = rhythm.due_on(stored)
    stored.save(update_fields=["last_contact_on", "due_on"])


def _done(pairing, stored, detail, by, request) -> Pairing:
    record(stored, AuditAction.UPDATE, by=by, detail=detail, request=request)
    pairing.refresh_from_db()
    return stored
