"""People outside the register: enter with consent, change, erase once consent is withdrawn.

Callers have checked access. Their particulars never go into the trail, which cannot be erased. Source: 个人信息保护法
art. 13, 14 (consent), 15, 47 (withdrawal and erasing).
"""

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils import timezone

from members.actions import register
from members.actions.register import record
from members.models import (
    OutsidePerson,
    Pairing,
    PairingContact,
    PairingResult,
    TalentEnd,
    TalentEntry,
    root_of,
)
from orgs.models import AuditAction
from orgs.validators import validate_not_in_future

PARTICULARS = (
    "name", "born_on", "education", "is_research", "unit_code", "unit_name", "field", "mobile",
)  # fmt: skip
CONSENT = ("consent_on", "consent_how", "consent_scope")


def validate_consent(values: dict) -> None:
    """Given by the person on a day that is not to come, in a way that can be shown, for a stated purpose."""
    missing = {name: ["请填写本人同意的情况。"] for name in CONSENT if not values.get(name)}
    if missing:
        raise ValidationError(missing)
    validate_not_in_future(values["consent_on"], "consent_on")


@transaction.atomic
def enter(*, organisation, values: dict, by, request=None) -> OutsidePerson:
    """`values` are any of `PARTICULARS` and all of `CONSENT`."""
    if unknown := set(values) - {*PARTICULARS, *CONSENT}:
        raise TypeError(f"Not particulars of a person outside: {', '.join(sorted(unknown))}")
    if organisation.dissolved_on:
        raise ValidationError({"organisation": f"{organisation}已撤销。"})
    validate_consent(values)
    validate_not_in_future(values.get("born_on"), "born_on")
    person = OutsidePerson(**values, organisation=organisation, root_id=root_of(organisation), created_by=by)
    _clean(person)
    person.save(force_insert=True)
    detail = {"consent_on": person.consent_on, "how": person.get_consent_how_display()}
    record(person, AuditAction.CREATE, by=by, detail=detail, request=request)
    return person


def _clean(person):
    if not person.name.strip():
        raise ValidationError({"name": "请填写姓名。"})
    person.full_clean(exclude=["created_by"])


@transaction.atomic
def update(*, person, values: dict, by, request=None) -> list[str]:
    """Changes particulars; returns the names of what changed. The consent stays as it was given."""
    stored = locked(person)
    if unknown := set(values) - set(PARTICULARS):
        raise TypeError(f"Not particulars of a person outside: {', '.join(sorted(unknown))}")
    validate_not_in_future(values.get("born_on"), "born_on")
    changed = [name for name, value in values.items() if getattr(stored, name) != value]
    for name in changed:
        setattr(stored, name, values[name])
    if changed:
        _clean(stored)
        stored.save()
        labels = [str(OutsidePerson._meta.get_field(name).verbose_name) for name in changed]
        record(stored, AuditAction.UPDATE, by=by, detail={"changed": labels}, request=request)
    person.refresh_from_db()
    return sorted(changed)


@transaction.atomic
def reveal_mobile(*, person, purpose: str, by, request=None) -> str:
    return register.reveal(person=locked(person), field="mobile", purpose=purpose, by=by, request=request)


@transaction.atomic
def withdraw(*, person, on: dt.date, by, request=None) -> OutsidePerson:
    """Consent withdrawn: whatever rests on it ends, and all that is known about the person is erased at once.

    What stays is the row's number, its organisation, and the days and way of the consent.
    """
    stored = locked(person)
    validate_not_in_future(on, "on")
    if on < stored.consent_on:
        raise ValidationError({"on": f"不能早于同意日期{stored.consent_on}。"})
    today = timezone.localdate()
    TalentEntry.objects.open().filter(person=stored).update(ended_on=today, ended_how=TalentEnd.WITHDRAWN)
    TalentEntry.objects.filter(person=stored).update(reason="", end_reason="", consent_scope="")
    _erase_pairings(stored, today)
    for name in OutsidePerson.PARTICULARS:
        setattr(stored, name, OutsidePerson._meta.get_field(name).get_default() if name != "pinyin" else "")
    stored.withdrawn_on = on
    stored.save()
    record(stored, AuditAction.UPDATE, by=by, detail={"consent_withdrawn": on}, request=request)
    person.refresh_from_db()
    return stored


def _erase_pairings(person, today):
    """What was written about the person goes too: the only change that a log of contacts knows."""
    pairings = Pairing.objects.filter(person=person)
    pairings.open().update(ended_on=today, result=PairingResult.STOPPED, due_on=None)
    pairings.update(aim="", result_note="")
    rows = models.QuerySet(PairingContact).filter(pairing__person=person)
    rows.update(**dict.fromkeys(PairingContact.TEXTS, ""), reason="")


def locked(person) -> OutsidePerson:
    rows = OutsidePerson.objects.select_for_update(of=("self",)).select_related("organisation")
    stored = rows.get(pk=person.pk)
    if stored.withdrawn_on:
        raise ValidationError(f"本人已于{stored.withdrawn_on}撤回同意，个人信息已删除，不能再办理。")
    return stored
