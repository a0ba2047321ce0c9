"""Policies from the draft to what became of each application. One transaction and one audit event each.

Every step locks the policy, or the delivery it is about, and asks the rules again. Callers have checked access. S33.
"""

import datetime as dt
from decimal import Decimal
from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from linkages.models import (
    Policy,
    PolicyAct,
    PolicyAnswer,
    PolicyDelivery,
    PolicyEntry,
    PolicyFile,
    PolicyState,
)
from linkages.models.policies import LONGEST_WORD
from linkages.policies import notices
from linkages.policies.rules import RULES, is_lawful, takes_answers
from linkages.policies.target import FACTS, PLACES, reach
from linkages.validators import refuse_personal_numbers
from members.actions.register import record
from orgs.actions.files import Folder
from orgs.guards import demand_reason, refuse_long, refuse_stale
from orgs.models import AuditAction, User

TEXTS = ("title", "issuer", "number", "gist", "link")
FIELDS = ("kind", *TEXTS, "applies_from", "applies_until", "apply_by", *FACTS)
LATE = "该政策已过截止日期，请先修改日期。"


# --- The policy --------------------------------------------------------------------------------------------


@transaction.atomic
def draft_policy(*, organisation, values: dict, by, request=None) -> Policy:
    """`values` as in `FIELDS`, and the lists of the target as in `PLACES`."""
    if organisation.dissolved_on:
        raise ValidationError({"organisation": "该党组织已撤销。"})
    policy = Policy(organisation=organisation, created_by=by)
    _fill(policy, values)
    stored = _done(policy, PolicyAct.DRAFT, by, request)
    _aim(stored, values)
    return stored


@transaction.atomic
def change_policy(*, policy, values: dict, by, seen_at: dt.datetime | None = None, request=None) -> Policy:
    """A draft's. `seen_at` is the `updated_at` that the person saw; newer changes refuse theirs."""
    stored = _opened(policy, PolicyAct.CHANGE)
    refuse_stale(stored, seen_at, "政策")
    _fill(stored, values)
    _aim(stored, values)
    return _done(stored, PolicyAct.CHANGE, by, request)


def _fill(policy, values):
    for name in FIELDS:
        value = values[name]
        setattr(policy, name, value.strip() if name in TEXTS else value)
    for name in TEXTS:
        refuse_personal_numbers(getattr(policy, name), name)
    if policy.applies_until and policy.applies_until < policy.applies_from:
        raise ValidationError({"applies_until": "执行期止不能早于执行期起。"})
    _validate_deadline(policy, policy.apply_by)
    if (
        None not in (policy.min_employees, policy.max_employees)
        and policy.max_employees < policy.min_employees
    ):
        raise ValidationError({"max_employees": "从业人数的上限不能小于下限。"})
    policy.full_clean(exclude=["organisation", "created_by"], validate_constraints=False)


def _validate_deadline(policy, apply_by):
    if apply_by is None:
        return
    if apply_by < timezone.localdate():
        raise ValidationError({"apply_by": "申报截止不能早于今天。"})
    if policy.applies_until and apply_by > policy.applies_until:
        raise ValidationError({"apply_by": f"申报截止不能晚于执行期止（{policy.applies_until}）。"})


def _aim(policy, values):
    for name in PLACES:
        getattr(policy, name).set(values[name])


@transaction.atomic
def publish_policy(*, policy, by, request=None) -> Policy:
    """Brings it to every enterprise that matches now; those that come to match later follow by `reach_later`."""
    stored = _opened(policy, PolicyAct.PUBLISH)
    stored.published_at = timezone.now()
    reached = reach(stored, stored.published_at)
    return _done(stored, PolicyAct.PUBLISH, by, request, reached=reached)


@transaction.atomic
def prolong_policy(*, policy, apply_by: dt.date, by, request=None) -> Policy:
    """A later last day for applications; one that had ended goes on."""
    stored = _opened(policy, PolicyAct.PROLONG)
    _validate_deadline(stored, apply_by)
    if stored.apply_by and apply_by <= stored.apply_by:
        raise ValidationError({"apply_by": f"新的申报截止须晚于现在的{stored.apply_by}。"})
    stored.apply_by, stored.ended_reason = apply_by, ""
    return _done(stored, PolicyAct.PROLONG, by, request, note=f"申报截止{apply_by}")


@transaction.atomic
def close_policy(*, policy, reason: str, by, request=None) -> Policy:
    """Nobody is reached or reminded any more; answers and results are still taken."""
    return _end(policy, PolicyAct.CLOSE, reason, by, request)


@transaction.atomic
def withdraw_policy(*, policy, reason: str, by, request=None) -> Policy:
    return _end(policy, PolicyAct.WITHDRAW, reason, by, request)


def _end(policy, act, reason, by, request):
    stored = _opened(policy, act)
    stored.ended_reason = _reason(reason, act)
    return _done(stored, act, by, request, note=stored.ended_reason)


def _reason(reason, act) -> str:
    reason = refuse_long(demand_reason(reason, PolicyAct(act).label), "reason", LONGEST_WORD)
    refuse_personal_numbers(reason, "reason")
    return reason


ACTIONS = {
    PolicyAct.PUBLISH: publish_policy,
    PolicyAct.PROLONG: prolong_policy,
    PolicyAct.CLOSE: close_policy,
    PolicyAct.WITHDRAW: withdraw_policy,
}


def reach_later() -> dict[str, int]:
    """Run by Celery: open policies are brought to enterprises that have come to match since. Safe to run twice and in
    parallel: each policy is one transaction under its lock."""
    keys = list(Policy.objects.open(timezone.localdate()).order_by("pk").values_list("pk", flat=True))
    return {"policies": len(keys), "reached": sum(_reach_one(pk) for pk in keys)}


@transaction.atomic
def _reach_one(pk: int) -> int:
    stored = _locked(pk)
    if not stored.is_open:
        return 0
    reached = reach(stored, timezone.now())
    if reached:
        _note(stored, PolicyAct.REACH, User.objects.system(), None, reached=reached)
    return reached


def _locked(pk) -> Policy:
    return Policy.objects.select_for_update(of=("self",)).with_target().get(pk=pk)


def _opened(policy, act) -> Policy:
    """Under lock; refuses what is not lawful now."""
    stored = _locked(policy.pk)
    if stored.state not in RULES[act].sources:
        last = stored.entries.last()
        raise ValidationError(
            f"该政策刚办理了“{last.get_act_display()}”，现为“{stored.get_state_display()}”，"
            f"不能再{PolicyAct(act).label}，请核对最新情况。"
        )
    if not is_lawful(stored, act):
        raise ValidationError(LATE)
    return stored


def _done(stored, act, by, request, *, note="", reached=None) -> Policy:
    is_new = stored.pk is None
    if act in RULES:
        stored.state = RULES[act].target or stored.state
    stored.updated_at = timezone.now()
    stored.save()
    _note(stored, act, by, request, note=note, reached=reached, is_new=is_new)
    return stored


def _note(stored, act, by, request, *, note="", reached=None, is_new=False):
    """The line of the history, its event, and what is told."""
    PolicyEntry.objects.create(policy=stored, act=act, note=note, reached=reached, by=by)
    detail = {"act": PolicyAct(act).label, "state": stored.get_state_display()}
    if reached is not None:
        detail["reached"] = reached
        transaction.on_commit(partial(notices.send, stored.pk))
    record(
        stored, AuditAction.CREATE if is_new else AuditAction.UPDATE, by=by, detail=detail, request=request
    )


# --- One enterprise ----------------------------------------------------------------------------------------


@transaction.atomic
def read_policy(*, delivery, by, request=None) -> PolicyDelivery:
    """Opened by a contact of the enterprise; the first time counts."""
    stored = _delivery(delivery)
    if stored.read_at is None:
        _read(stored, by)
        _kept(stored, "阅读", by, request)
    return stored


@transaction.atomic
def answer_policy(*, delivery, answer: str, words: str = "", by, request=None) -> PolicyDelivery:
    """By a contact, or by staff on behalf: what the enterprise said itself only the enterprise changes."""
    stored = _delivery(delivery)
    if not takes_answers(stored.policy):
        raise ValidationError(f"该政策{stored.policy.get_state_display()}，不能再答复。")
    own = stored.enterprise_id in by.contact_enterprise_ids
    if stored.answer and not stored.on_behalf and not own:
        raise ValidationError("企业已自行答复，以企业的答复为准，不能代为登记。")
    if stored.result and answer != PolicyAnswer.APPLIED:
        raise ValidationError("已登记申请结果，不能改为“不需要”，请先核对。")
    words = refuse_long(words, "words", LONGEST_WORD)
    refuse_personal_numbers(words, "words")
    stored.answer, stored.answer_words = PolicyAnswer(answer), words
    stored.answered_at, stored.answered_by, stored.on_behalf = timezone.now(), by, not own
    if own and stored.read_at is None:
        _read(stored, by)
    return _kept(stored, f"答复：{stored.get_answer_display()}", by, request, on_behalf=not own)


@transaction.atomic
def record_result(
    *, delivery, result: str, words: str = "", amount: Decimal | None = None, by, request=None
) -> PolicyDelivery:
    """What became of the application, by staff or the enterprise; a later word replaces the earlier one."""
    stored = _delivery(delivery)
    if stored.answer != PolicyAnswer.APPLIED:
        raise ValidationError("该企业尚未登记“已申请”，请先登记答复。")
    if stored.policy.state == PolicyState.WITHDRAWN:
        raise ValidationError("该政策已撤回，不能再登记结果。")
    words = refuse_long(words, "words", LONGEST_WORD)
    refuse_personal_numbers(words, "words")
    stored.result, stored.result_words, stored.amount = result, words, amount
    stored.result_at = timezone.now()
    stored.full_clean(exclude=["policy", "enterprise", "read_by", "answered_by"], validate_constraints=False)
    return _kept(stored, f"结果：{stored.get_result_display()}", by, request)


def _delivery(delivery) -> PolicyDelivery:
    rows = PolicyDelivery.objects.select_for_update(of=("self",))
    rows = rows.select_related("policy__organisation", "enterprise").defer("enterprise__contact_phone")
    return rows.get(pk=delivery.pk)


def _read(stored, by):
    stored.read_at, stored.read_by = timezone.now(), by


def _kept(stored, act, by, request, **detail) -> PolicyDelivery:
    stored.save()
    record(stored, AuditAction.UPDATE, by=by, detail={"act": act, **detail}, request=request)
    return stored


# --- The document ------------------------------------------------------------------------------------------


def _fileable(policy) -> Policy:
    stored = _locked(policy.pk)
    if stored.state == PolicyState.WITHDRAWN:
        raise ValidationError("该政策已撤回，附件不能再改。")
    return stored


FOLDER = Folder(PolicyFile, owner="policy", lock=_fileable, most=10, whole="一条政策")


def add_file(*, policy, upload, by, request=None) -> PolicyFile:
    return FOLDER.add(policy, upload, by=by, request=request)


def withdraw_file(*, file, reason: str, by, request=None) -> PolicyFile:
    return FOLDER.withdraw(file, reason, by=by, request=request)


def read_file(*, file, by, request=None):
    return FOLDER.read(file, by=by, request=request)
