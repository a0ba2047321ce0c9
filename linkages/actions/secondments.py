"""Sci-tech deputies and industry professors from the need to the exit. One transaction, one line of the history and one
audit event each.

Every step locks the secondment and asks `secondments.transitions` again, under the lock: of two people at once one wins,
and the other reads what has happened. Callers have checked access. Source: S30.
"""

import datetime as dt
from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from linkages.models import (
    Candidate,
    ExitKind,
    Secondment,
    SecondmentAct,
    SecondmentEntry,
    SecondmentKind,
    SecondmentOutcome,
    SecondmentState,
)
from linkages.models.secondments import LONGEST_NOTE
from linkages.secondments import notices
from linkages.secondments.conditions import validate_conditions, validate_term
from linkages.secondments.transitions import RULES, is_lawful, own_candidates, sides_of
from linkages.validators import refuse_personal_numbers, validate_unit
from members.actions.register import record
from orgs.actions.withdrawals import take_back
from orgs.guards import demand_words, refuse_long, refuse_stale
from orgs.models import AuditAction, Enterprise
from orgs.tree import STEP
from orgs.validators import validate_not_in_future

WORDS = {"post": "请填写岗位。", "field": "请填写专业领域。", "tasks": "请填写任务。"}
FIELDS = (*WORDS, "months")


# --- The need --------------------------------------------------------------------------------------------


@transaction.atomic
def draft_secondment(*, organisation, kind: str, unit, values: dict, by, request=None) -> Secondment:
    """`unit` asks for somebody: an enterprise for a deputy, a partner unit for a professor; `values` as in `FIELDS`."""
    if organisation.dissolved_on:
        raise ValidationError({"organisation": "该党组织已撤销。"})
    is_deputy = kind == SecondmentKind.DEPUTY
    if isinstance(unit, Enterprise) != is_deputy:
        raise ValidationError({"unit": "科技副总由企业提出需求，产业教授由院校提出需求。"})
    _validate_side(unit, organisation)
    secondment = Secondment(organisation=organisation, kind=kind, created_by=by, **_column(unit))
    _fill(secondment, values)
    return _done(secondment, SecondmentAct.DRAFT, by, request)


@transaction.atomic
def change_secondment(
    *, secondment, values: dict, by, seen_at: dt.datetime | None = None, request=None
) -> Secondment:
    """Until somebody is chosen; whose need it is stays. `seen_at` is the `updated_at` that the person saw."""
    stored = _opened(secondment, SecondmentAct.CHANGE, by)
    refuse_stale(stored, seen_at, "需求")
    _fill(stored, values)
    return _done(stored, SecondmentAct.CHANGE, by, request)


@transaction.atomic
def withdraw_secondment(*, secondment, reason: str, by, request=None) -> Secondment:
    stored = _opened(secondment, SecondmentAct.WITHDRAW, by)
    stored.withdrawn_reason = _demanded(reason, "reason", "请说明撤销的原因。")
    return _done(stored, SecondmentAct.WITHDRAW, by, request, note=stored.withdrawn_reason)


def _fill(secondment, values):
    for name, fault in WORDS.items():
        setattr(secondment, name, _demanded(values[name], name, fault))
    secondment.months = values["months"]
    secondment.full_clean(
        exclude=["organisation", "created_by", "enterprise", "partner", "chosen"], validate_constraints=False
    )


def _column(unit) -> dict:
    return {"enterprise" if isinstance(unit, Enterprise) else "partner": unit}


def _validate_side(unit, organisation):
    """An enterprise that is in business, or a partner unit of the own register."""
    if not isinstance(unit, Enterprise):
        validate_unit(unit, organisation.path[:STEP], "unit")
    elif not unit.is_active:
        raise ValidationError({"unit": f"{unit}已不在经营，请核对登记状态。"})


# --- Candidates and choice -------------------------------------------------------------------------------


@transaction.atomic
def nominate_candidate(*, secondment, unit, name: str, title: str, field: str, by, request=None) -> Candidate:
    """`unit` is of the other side: a partner unit for a deputy, an enterprise for a professor."""
    stored = _opened(secondment, SecondmentAct.NOMINATE, by)
    given = _column(unit)
    if stored.sent_from not in given:
        raise ValidationError({"unit": "科技副总由院校派出，产业教授由企业派出。"})
    _validate_side(unit, stored.organisation)
    candidate = Candidate(
        secondment=stored,
        name=_demanded(name, "name", "请填写姓名。"),
        title=_demanded(title, "title", "请填写职称或职务。"),
        field=_demanded(field, "field", "请填写专业领域。"),
        put_forward_by=by,
        **given,
    )
    if any(one.name == candidate.name and one.unit == unit for one in stored.standing_candidates):
        raise ValidationError({"name": f"{candidate.named}已推荐。"})
    candidate.full_clean(exclude=["secondment", "enterprise", "partner", "put_forward_by"])
    candidate.save()
    _done(stored, SecondmentAct.NOMINATE, by, request, candidate=candidate, note=candidate.named)
    return candidate


@transaction.atomic
def drop_candidate(*, secondment, candidate, reason: str, by, request=None) -> Secondment:
    stored = _opened(secondment, SecondmentAct.DROP, by)
    own = next((one for one in own_candidates(by, stored) if one.pk == candidate.pk), None)
    if own is None:
        raise ValidationError({"candidate": "只能撤回本单位推荐且未撤回的人选。"})
    own.withdrawn_at = timezone.now()
    own.withdrawn_reason = _demanded(reason, "reason", "请说明撤回的原因。")
    own.save(update_fields=["withdrawn_at", "withdrawn_reason"])
    target = SecondmentState.MATCHING if stored.standing_candidates else SecondmentState.NEED
    note = f"{own.named}：{own.withdrawn_reason}"
    return _done(stored, SecondmentAct.DROP, by, request, candidate=own, note=note, target=target)


@transaction.atomic
def select_candidate(
    *,
    secondment,
    candidate,
    by,
    words: str = "",
    running: bool = False,
    independent: bool = False,
    contract: bool = False,
    request=None,
) -> Secondment:
    """One of them. `running`, `independent` and `contract` are stated where `conditions.to_state` asks for them."""
    stored = _opened(secondment, SecondmentAct.SELECT, by)
    chosen = next((one for one in stored.standing_candidates if one.pk == candidate.pk), None)
    if chosen is None:
        raise ValidationError({"candidate": "该人选已撤回，请另选。"})
    given = {"running": running, "independent": independent, "contract": contract}
    stated = {name for name, is_stated in given.items() if is_stated}
    stored.conditions = validate_conditions(stored, stated, timezone.localdate())
    stored.chosen = chosen
    note = "：".join(filter(None, (chosen.named, _checked(words, "words"))))
    return _done(stored, SecondmentAct.SELECT, by, request, candidate=chosen, note=note)


@transaction.atomic
def release_candidate(*, secondment, reason: str, by, request=None) -> Secondment:
    """Nothing is signed: all candidates are open to choice again."""
    stored = _opened(secondment, SecondmentAct.RELEASE, by)
    reason = _demanded(reason, "reason", "请说明取消选定的原因。")
    before, stored.chosen, stored.conditions = stored.chosen, None, ""
    note = f"{before.named}：{reason}"
    return _done(stored, SecondmentAct.RELEASE, by, request, candidate=before, note=note)


# --- Contract, outcomes, exit ----------------------------------------------------------------------------


@transaction.atomic
def sign_secondment(
    *, secondment, on: dt.date, starts_on: dt.date, ends_on: dt.date, by, request=None
) -> Secondment:
    stored = _opened(secondment, SecondmentAct.SIGN, by)
    validate_not_in_future(on, "on")
    validate_term(starts_on, ends_on)
    if ends_on < on:
        raise ValidationError({"ends_on": "任期止不能早于签约日期。"})
    stored.signed_on, stored.starts_on, stored.ends_on = on, starts_on, ends_on
    note = f"{on}签约，任期{starts_on}至{ends_on}"
    return _done(stored, SecondmentAct.SIGN, by, request, note=note)


@transaction.atomic
def renew_secondment(*, secondment, on: dt.date, ends_on: dt.date, by, request=None) -> Secondment:
    """续聘: the same person goes on from the day on which the term ended."""
    stored = _opened(secondment, SecondmentAct.RENEW, by)
    validate_not_in_future(on, "on")
    if on < stored.signed_on:
        raise ValidationError({"on": f"不能早于签约日期{stored.signed_on}。"})
    validate_term(stored.ends_on, ends_on)
    stored.ends_on = ends_on
    stored.renewals += 1
    note = f"{on}续聘，任期至{ends_on}"
    return _done(stored, SecondmentAct.RENEW, by, request, note=note)


@transaction.atomic
def exit_secondment(*, secondment, on: dt.date, exit_kind: str, reason: str, by, request=None) -> Secondment:
    stored = _opened(secondment, SecondmentAct.EXIT, by)
    validate_not_in_future(on, "on")
    if on < stored.signed_on:
        raise ValidationError({"on": f"退出不能早于签约日期{stored.signed_on}。"})
    if exit_kind == ExitKind.EXPIRED and on < stored.ends_on:
        raise ValidationError({"exit_kind": f"任期到{stored.ends_on}届满，提前退出请选择由谁提出。"})
    if stored.outcomes.standing().filter(on__gt=on).exists():
        raise ValidationError({"on": "已登记的成果晚于退出日期，请核对日期或先撤回成果。"})
    stored.exited_on, stored.exit_kind = on, ExitKind(exit_kind)
    stored.exit_reason = _demanded(reason, "reason", "请填写退出说明。")
    note = f"{on}，{stored.get_exit_kind_display()}：{stored.exit_reason}"
    return _done(stored, SecondmentAct.EXIT, by, request, note=note)


@transaction.atomic
def add_outcome(
    *, secondment, outcome_kind: str, on: dt.date, count: int, what: str, by, request=None
) -> SecondmentOutcome:
    """On a day of the service; of the kinds that its own kind counts."""
    stored = _opened(secondment, SecondmentAct.OUTCOME, by)
    if outcome_kind not in stored.outcome_kinds:
        raise ValidationError({"outcome_kind": f"{stored.get_kind_display()}不登记这类成果。"})
    last = stored.exited_on or timezone.localdate()
    if last < stored.starts_on:
        raise ValidationError({"on": f"任期{stored.starts_on}开始，还不能登记成果。"})
    if not stored.starts_on <= on <= last:
        raise ValidationError({"on": f"日期须在任职期间（{stored.starts_on}至{last}）。"})
    outcome = SecondmentOutcome(
        secondment=stored, kind=outcome_kind, on=on, count=count, what=_demanded(what, "what", "请填写内容。"),
        recorded_by=by,
    )  # fmt: skip
    outcome.full_clean(exclude=["secondment", "recorded_by"])
    outcome.save()
    _done(stored, SecondmentAct.OUTCOME, by, request, note=outcome.line)
    return outcome


@transaction.atomic
def undo_outcome(*, secondment, outcome, reason: str, by, request=None) -> Secondment:
    stored = _opened(secondment, SecondmentAct.UNDO, by)
    reason = _demanded(reason, "reason", "请说明撤回的原因。", most=200)
    kept = take_back(stored.outcomes.all(), outcome, reason, by, what="成果")
    note = f"{kept.line}；{kept.withdrawn_reason}"
    return _done(stored, SecondmentAct.UNDO, by, request, note=note)


ACTIONS = {
    SecondmentAct.NOMINATE: nominate_candidate,
    SecondmentAct.DROP: drop_candidate,
    SecondmentAct.SELECT: select_candidate,
    SecondmentAct.RELEASE: release_candidate,
    SecondmentAct.SIGN: sign_secondment,
    SecondmentAct.OUTCOME: add_outcome,
    SecondmentAct.UNDO: undo_outcome,
    SecondmentAct.RENEW: renew_secondment,
    SecondmentAct.EXIT: exit_secondment,
    SecondmentAct.WITHDRAW: withdraw_secondment,
}


# --- What every step shares ------------------------------------------------------------------------------


def row(secondment) -> Secondment:
    """Under lock."""
    return Secondment.objects.select_for_update(of=("self",)).with_candidates().get(pk=secondment.pk)


def _opened(secondment, act, by) -> Secondment:
    """Under lock; refuses what is not lawful now."""
    stored = row(secondment)
    if stored.state not in RULES[act].sources:
        last = stored.entries.last()
        raise ValidationError(
            f"刚办理了“{last.get_act_display()}”，现为“{stored.get_state_display()}”，"
            f"不能再{SecondmentAct(act).label}，请核对最新情况。"
        )
    if not is_lawful(stored, act, sides_of(by, stored)):
        raise ValidationError(f"您不能{SecondmentAct(act).label}，请核对最新情况。")
    return stored


def _done(stored, act, by, request, *, candidate=None, note="", target=None) -> Secondment:
    is_new = stored.pk is None
    if act in RULES:
        stored.state = target or RULES[act].target or stored.state
    stored.updated_at = timezone.now()
    stored.save()
    entry = SecondmentEntry.objects.create(
        secondment=stored,
        candidate=candidate,
        act=act,
        state=stored.state,
        note=note if len(note) <= LONGEST_NOTE else f"{note[: LONGEST_NOTE - 1]}…",
        at=stored.updated_at,
        by=by,
    )
    transaction.on_commit(partial(notices.send, entry.pk))
    record(
        stored,
        AuditAction.CREATE if is_new else AuditAction.UPDATE,
        by=by,
        detail={"act": SecondmentAct(act).label, "state": stored.get_state_display()},
        request=request,
    )
    return stored


def _demanded(words, field, fault, most=LONGEST_NOTE) -> str:
    return _checked(demand_words(words, field, fault), field, most)


def _checked(words, field, most=LONGEST_NOTE) -> str:
    refuse_personal_numbers(words, field)
    return refuse_long(words, field, most)
