"""An agreement from its draft to its end. One transaction, one line of its history and one audit event each.

Callers have checked access. Source: S25; signing freezes parties, term and what is promised, what changes afterwards is
a line of the history (补充约定).
"""

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from linkages import validators
from linkages.models import (
    Act,
    Agreement,
    AgreementContent,
    AgreementEntry,
    Content,
    Evaluation,
    Party,
)
from members.actions.register import record
from orgs.guards import demand_reason, refuse_stale
from orgs.models import AuditAction
from orgs.validators import validate_not_in_future

FIELDS = ("number", "title", "aim", "starts_on", "ends_on", "meetings_per_year", "activities_per_year")
PARTY_FIELDS = (
    "organisation", "partner", "leader_name", "liaison_name", "items_per_year", "resources_per_year",
)  # fmt: skip


@transaction.atomic
def draft_agreement(
    *,
    organisation,
    values: dict,
    parties: list[dict],
    contents,
    by,
    predecessor=None,
    long_term_confirmed: bool = False,
    request=None,
) -> Agreement:
    """By a party in the tree; `parties` are dictionaries of `PARTY_FIELDS`."""
    agreement = Agreement(organisation=organisation, created_by=by)
    if predecessor is not None:
        agreement.predecessor = _renewable(predecessor, parties)
    _set(agreement, values, parties, contents, long_term_confirmed)
    _write(agreement, parties, contents)
    if predecessor is not None:
        AgreementEntry.objects.create(agreement=agreement.predecessor, act=Act.RENEWED, by=by)
    return done(agreement, Act.DRAFTED, by, request, action=AuditAction.CREATE)


def _renewable(predecessor, parties):
    stored = row(predecessor)
    if stored.signed_on is None:
        raise ValidationError("草拟中的协议还不能续签。")
    if Agreement.objects.filter(predecessor=stored).exists():
        raise ValidationError("该协议已有续签的协议。")
    before = set(stored.parties.values_list("organisation", "partner"))
    after = {
        (getattr(party.get("organisation"), "pk", None), getattr(party.get("partner"), "pk", None))
        for party in parties
    }
    if not before & after:
        raise ValidationError({"parties": "续签的协议至少有一方与原协议相同。"})
    return stored


@transaction.atomic
def change_agreement(
    *,
    agreement,
    values: dict,
    parties: list[dict],
    contents,
    by,
    long_term_confirmed: bool = False,
    seen_at: dt.datetime | None = None,
    request=None,
) -> Agreement:
    """While it is a draft. `seen_at` is the `updated_at` that the person saw; newer changes refuse theirs."""
    stored = row(agreement)
    if stored.signed_on:
        raise ValidationError("协议已签署，各方和期限不能修改，请登记补充约定。")
    refuse_stale(stored, seen_at, "协议")
    _set(stored, values, parties, contents, long_term_confirmed)
    stored.contents.all().delete()
    stored.parties.all().delete()
    _write(stored, parties, contents)
    return done(stored, Act.CHANGED, by, request, shown=agreement)


def _set(agreement, values, parties, contents, long_term_confirmed):
    for name, value in values.items():
        if name not in FIELDS:
            raise TypeError(f"Not a field of an agreement that people edit: {name}")
        setattr(agreement, name, value)
    if not contents:
        raise ValidationError({"contents": "请至少选择一项共建内容。"})
    if set(contents) - set(Content.values):
        raise ValidationError({"contents": "没有这样的共建内容。"})
    validators.validate_parties(agreement.organisation, parties)
    for name in ("starts_on", "ends_on"):
        if getattr(agreement, name) is None:
            raise ValidationError({name: "请填写协议期限。"})
    validators.validate_term(agreement.starts_on, agreement.ends_on, long_term_confirmed=long_term_confirmed)
    agreement.full_clean(exclude=["created_by"])


def _write(agreement, parties, contents):
    agreement.save()
    AgreementContent.objects.bulk_create(
        AgreementContent(agreement=agreement, content=content) for content in dict.fromkeys(contents)
    )
    rows = [
        Party(agreement=agreement, **{name: party[name] for name in PARTY_FIELDS if name in party})
        for party in parties
    ]
    for party in rows:
        party.clean_fields(exclude=["agreement"])
    Party.objects.bulk_create(rows)


@transaction.atomic
def sign_agreement(*, agreement, on: dt.date, by, request=None) -> Agreement:
    """登记签署. From here on parties and term stand."""
    stored = row(agreement)
    if stored.signed_on:
        raise ValidationError(f"该协议已于{stored.signed_on}签署。")
    validate_not_in_future(on, "on")
    if on > stored.ends_on:
        raise ValidationError({"on": f"签署日期不能晚于期限止{stored.ends_on}。"})
    missing = [str(party) for party in _parties(stored) if not party.leader_name or not party.liaison_name]
    if missing:
        raise ValidationError(f"请先填写各方的负责人和联络员：{'、'.join(missing)}。")
    for party in _parties(stored):
        if party.organisation and party.organisation.dissolved_on:
            raise ValidationError(f"{party.organisation}已撤销，请先修改协议各方。")
    stored.signed_on = on
    return done(stored, Act.SIGNED, by, request, note=f"{on}签署", shown=agreement)


def _parties(agreement):
    return agreement.parties.select_related("organisation", "partner")


@transaction.atomic
def amend_agreement(*, agreement, on: dt.date, text: str, by, request=None) -> Agreement:
    """补充约定: what the parties agreed upon after signing, as a line that stays."""
    stored = running(agreement)
    validate_not_in_future(on, "on")
    if on < stored.signed_on:
        raise ValidationError({"on": f"不能早于签署日期{stored.signed_on}。"})
    if not text.strip():
        raise ValidationError({"text": "请填写补充约定的内容。"})
    return done(stored, Act.AMENDED, by, request, note=f"{on}：{text.strip()}", shown=agreement)


@transaction.atomic
def evaluate_agreement(*, agreement, year: int, grade: str, words: str, by, request=None) -> Evaluation:
    """Once for a year in which the agreement ran."""
    stored = row(agreement)
    if stored.signed_on is None:
        raise ValidationError("协议尚未签署，不能评价。")
    if not stored.starts_on.year <= year <= min(stored.last_day.year, timezone.localdate().year):
        raise ValidationError({"year": "请填写协议履行过的年度。"})
    if stored.evaluations.filter(year=year).exists():
        raise ValidationError({"year": f"{year}年度已评价。"})
    evaluation = Evaluation(agreement=stored, year=year, grade=grade, words=words.strip(), by=by)
    evaluation.full_clean(exclude=["by", "agreement"])
    evaluation.save()
    note = f"{year}年度：{evaluation.get_grade_display()}"
    done(stored, Act.EVALUATED, by, request, note=note, shown=agreement)
    return evaluation


@transaction.atomic
def end_agreement(*, agreement, on: dt.date, reason: str, by, request=None) -> Agreement:
    """Before its time, with the reason."""
    stored = running(agreement)
    validate_not_in_future(on, "on")
    if on < stored.signed_on:
        raise ValidationError({"on": f"不能早于签署日期{stored.signed_on}。"})
    if on > stored.ends_on:
        raise ValidationError({"on": f"协议已于{stored.ends_on}到期，无须登记终止。"})
    stored.ended_on, stored.end_reason = on, demand_reason(reason, "终止")
    return done(stored, Act.ENDED, by, request, note=f"{on}：{stored.end_reason}", shown=agreement)


# --- What every act shares -----------------------------------------------------------------------------


def row(agreement) -> Agreement:
    rows = Agreement.objects.select_for_update(of=("self",)).select_related("organisation")
    return rows.get(pk=agreement.pk)


def running(agreement) -> Agreement:
    """Under lock; refuses drafts and what was ended."""
    stored = row(agreement)
    if stored.signed_on is None:
        raise ValidationError("协议尚未登记签署，请先登记签署。")
    if stored.ended_on:
        raise ValidationError(f"该协议已于{stored.ended_on}终止，不能再办理。")
    return stored


def done(stored, act, by, request, *, note="", detail=None, shown=None, action=AuditAction.UPDATE):
    """Saves the agreement, and writes the line of its history and its event (without words that may hold names)."""
    stored.updated_at = timezone.now()
    stored.save()
    AgreementEntry.objects.create(agreement=stored, act=act, note=note[:500], by=by)
    record(stored, action, by=by, detail={"act": Act(act).label, **(detail or {})}, request=request)
    if shown is not None:
        shown.refresh_from_db()
    return stored
