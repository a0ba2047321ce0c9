"""The talent pool by hand: enter with consent, take out for a reason, take back. One transaction and one audit event each.

Callers have checked access. Whoever fulfils the rule needs no entry (`members.talent`).
"""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from members import talent
from members.actions import outside, register
from members.actions.register import record
from members.models import TalentEnd, TalentEntry, TalentStance
from orgs.models import AuditAction


@transaction.atomic
def add_member(*, member, by, reason: str = "", request=None, **consent) -> TalentEntry:
    """A member whom the rule leaves out, with their consent (`outside.CONSENT`)."""
    stored = register.locked(member)
    if not stored.is_counted:
        raise ValidationError("该党员已离册，不能列入人才库。")
    entry = _open(member=stored)
    if entry:
        raise ValidationError(
            "该党员已手工列入。" if entry.stance == TalentStance.IN else "该党员已移出，请先恢复。"
        )
    if talent.Rule.on(timezone.localdate()).is_met_by(stored):
        raise ValidationError("该党员符合入库规则，已在人才库中，无须手工列入。")
    outside.validate_consent(consent)
    return _enter(stored, by, request, member=stored, stance=TalentStance.IN, reason=reason, **consent)


@transaction.atomic
def add_person(*, person, by, reason: str = "", request=None) -> TalentEntry:
    """Somebody outside the register, under the consent recorded with their particulars."""
    stored = outside.locked(person)
    if _open(person=stored):
        raise ValidationError("该人员已在人才库中。")
    return _enter(stored, by, request, person=stored, stance=TalentStance.IN, reason=reason)


@transaction.atomic
def enter_person(*, organisation, values: dict, by, reason: str = "", request=None) -> TalentEntry:
    """A new person outside the register, straight into the pool."""
    person = outside.enter(organisation=organisation, values=values, by=by, request=request)
    return add_person(person=person, by=by, reason=reason, request=request)


@transaction.atomic
def take_out(*, member, reason: str, by, request=None) -> None:
    """Out of the pool, whatever the rule says, until somebody takes it back."""
    stored = register.locked(member)
    _require_reason(reason)
    entry = _open(member=stored)
    if entry and entry.stance == TalentStance.OUT:
        raise ValidationError("该党员已移出人才库。")
    by_rule = talent.Rule.on(timezone.localdate()).is_met_by(stored)
    if not entry and not by_rule:
        raise ValidationError("该党员不在人才库中。")
    if entry:
        _end(entry, TalentEnd.REMOVED, reason)
    if by_rule:
        _enter(stored, by, request, member=stored, stance=TalentStance.OUT, reason=reason)
    else:
        record(
            stored, AuditAction.UPDATE, by=by, detail={"talent": "移出", "reason": reason}, request=request
        )


@transaction.atomic
def take_person_out(*, person, reason: str, by, request=None) -> None:
    stored = outside.locked(person)
    _require_reason(reason)
    entry = _open(person=stored)
    if entry is None:
        raise ValidationError("该人员不在人才库中。")
    _end(entry, TalentEnd.REMOVED, reason)
    record(stored, AuditAction.UPDATE, by=by, detail={"talent": "移出"}, request=request)


@transaction.atomic
def take_back(*, member, by, request=None) -> None:
    """The rule decides again."""
    stored = register.locked(member)
    entry = _open(member=stored)
    if entry is None or entry.stance != TalentStance.OUT:
        raise ValidationError("该党员没有移出记录，无须恢复。")
    _end(entry, TalentEnd.RESTORED)
    record(stored, AuditAction.UPDATE, by=by, detail={"talent": "恢复"}, request=request)


@transaction.atomic
def withdraw_consent(*, member, by, request=None) -> None:
    """A member entered by hand agrees no longer: the fact stays, what was written about it goes. People outside: `outside.withdraw`."""
    stored = register.locked(member)
    entry = _open(member=stored)
    if entry is None or entry.stance != TalentStance.IN:
        raise ValidationError("该党员没有手工列入的记录。")
    _end(entry, TalentEnd.WITHDRAWN)
    by_hand = TalentEntry.objects.filter(member=stored, stance=TalentStance.IN)
    by_hand.update(reason="", end_reason="", consent_scope="")
    record(stored, AuditAction.UPDATE, by=by, detail={"talent": "本人撤回同意"}, request=request)


def _open(**whose) -> TalentEntry | None:
    return TalentEntry.objects.open().select_for_update().filter(**whose).first()


def _enter(row, by, request, **values) -> TalentEntry:
    """`row` is whom the trail names: the member, or the number of the person outside."""
    entry = TalentEntry(**values, since=timezone.localdate(), created_by=by)
    entry.full_clean(exclude=["created_by"])
    entry.save()
    detail = {"talent": entry.get_stance_display()}
    if entry.stance == TalentStance.OUT:
        detail["reason"] = entry.reason
    record(row, AuditAction.UPDATE, by=by, detail=detail, request=request)
    return entry


def _end(entry, how, reason=""):
    entry.ended_on, entry.ended_how, entry.end_reason = timezone.localdate(), how, reason
    entry.save(update_fields=["ended_on", "ended_how", "end_reason"])


def _require_reason(reason):
    if not reason.strip():
        raise ValidationError({"reason": "请说明移出的理由。"})
