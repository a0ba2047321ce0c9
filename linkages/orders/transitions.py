"""The one table of the loop: which step is lawful from which state, by whom, with what. Pages, API and actions ask it.

Source: domain-rules “Order loop” (点单—派单—接单—办结—评单; the requester alone rates) and 吹哨报到 (all called report,
nobody leaves before it is done).
"""

import enum
from dataclasses import dataclass
from functools import partial

from linkages.models import OPEN, TRIAGE, OrderAct, OrderState, partner_ids
from linkages.steps import Rule, rule
from orgs.access import has_at

CHANGE = "linkages.change"
HELD = (OrderState.DISPATCHED, OrderState.WORKING)


class Part(enum.Enum):
    """What a person is to an order."""

    REQUESTER = "requester"
    OVERSEER = "overseer"
    HANDLER = "handler"
    CALLED = "called"


@dataclass(frozen=True)
class OrderRule(Rule):
    """Without a target the clock runs on, too."""

    keeps_clock: bool = False


_rule = partial(rule, kind=OrderRule)
REQUESTER, OVERSEER, HANDLER, CALLED = Part
RULES: dict[str, OrderRule] = {
    OrderAct.DISPATCH: _rule(
        OVERSEER, sources=TRIAGE, target=OrderState.DISPATCHED, done="已派单，等待接单。",
        asks=("unit", "agreement", "words"), is_main=True,
    ),
    # Taken into the loop: until it is dispatched the same clock runs.
    OrderAct.ADMIT: _rule(
        OVERSEER, sources=(OrderState.RAISED,), target=OrderState.ADMITTED, done="已受理，请派单。", keeps_clock=True
    ),
    OrderAct.REJECT: _rule(
        OVERSEER, sources=TRIAGE, target=OrderState.REJECTED, done="已答复不予受理。", asks=("reason",)
    ),
    OrderAct.ACCEPT: _rule(
        HANDLER, sources=(OrderState.DISPATCHED,), target=OrderState.WORKING, done="已接单，请按期办结。", is_main=True
    ),
    OrderAct.DECLINE: _rule(
        HANDLER, sources=(OrderState.DISPATCHED,), target=OrderState.ADMITTED, done="已退单，由统筹党组织重新派单。",
        asks=("reason",),
    ),
    OrderAct.FINISH: _rule(
        HANDLER, sources=(OrderState.WORKING,), target=OrderState.DONE, done="已办结，等待评价。",
        asks=("result", "amount_yuan", "persons", "patents", "contracts"), is_main=True,
    ),
    OrderAct.ARRIVE: _rule(
        CALLED, sources=(OrderState.WORKING,), target=None, done="已报到。", asks=("call", "words"), is_main=True
    ),
    OrderAct.RATE: _rule(
        REQUESTER, sources=(OrderState.DONE,), target=OrderState.RATED, done="感谢评价。",
        asks=("rating", "words"), is_main=True,
    ),
    OrderAct.REOPEN: _rule(
        REQUESTER, sources=(OrderState.DONE,), target=OrderState.WORKING, done="已退回重办。", asks=("reason",)
    ),
    OrderAct.NOTE: _rule(
        HANDLER, CALLED, REQUESTER, sources=OPEN, target=None, done="已登记。", asks=("note",)
    ),
    OrderAct.WHISTLE: _rule(
        OVERSEER, sources=OPEN, target=OrderState.WORKING, done="已吹哨，请各单位按时报到。",
        asks=("ground", "lead", "called", "words"),
    ),
    OrderAct.BIND: _rule(OVERSEER, sources=HELD, target=None, done="已更新所依协议。", asks=("agreement",)),
    OrderAct.RELEASE: _rule(
        OVERSEER, sources=(OrderState.WORKING,), target=None, done="已免予报到。", asks=("call", "reason")
    ),
    OrderAct.RECALL: _rule(
        OVERSEER, sources=HELD, target=OrderState.ADMITTED, done="已收回，请重新派单。", asks=("reason",)
    ),
    OrderAct.CANCEL: _rule(
        REQUESTER, sources=(*TRIAGE, OrderState.DISPATCHED), target=OrderState.CANCELLED, done="订单已取消。",
        asks=("words",),
    ),
}  # fmt: skip


def parts_of(user, order) -> frozenset[Part]:
    """What `user` is to `order`, whose units and calls were fetched (`Order.objects.with_units()`).

    What is private is handled only by those appointed at the unit itself, since only they read it.
    """
    found = set()
    if (
        order.enterprise_id in user.contact_enterprise_ids
        if order.enterprise_id
        else order.member.account_id == user.pk
    ):
        found.add(Part.REQUESTER)
    if has_at(user, CHANGE, order.organisation):
        found.add(Part.OVERSEER)
    if order.handler is not None and _works_at(user, order.handler, order.is_private):
        found.add(Part.HANDLER)
    if order.handler_partner_id in partner_ids(user):
        found.add(Part.HANDLER)
    if order.handler_partner_id and Part.OVERSEER in found and not order.is_private:
        found.add(Part.HANDLER)  # what a unit without an account says by telephone is written down for it
    if any(answers_call(user, order, call) for call in order.calls.all()):
        found.add(Part.CALLED)
    return frozenset(found)


def _works_at(user, organisation, private) -> bool:
    if private:
        return organisation.path in user.permission_paths.get(CHANGE, ())
    return has_at(user, CHANGE, organisation)


def answers_call(user, order, call) -> bool:
    """Whether the person stands for a unit that was called and not released; for a partner unit the overseer may."""
    if call.released_at:
        return False
    return call.partner_id in partner_ids(user) or has_at(
        user, CHANGE, call.organisation or order.organisation
    )


def is_lawful(order, act: str, parts) -> bool:
    rule = RULES[act]
    if order.state not in rule.sources or not parts & rule.by:
        return False
    if act in (OrderAct.ARRIVE, OrderAct.RELEASE):
        return any(call.waits for call in order.calls.all())
    if act == OrderAct.WHISTLE:
        return not order.is_private
    return True


def acts_open_to(user, order) -> list[str]:
    """The steps that the person may take now, in the order of the table."""
    parts = parts_of(user, order)
    return [act for act in RULES if is_lawful(order, act, parts)]


def may_take(user, order, act: str) -> bool:
    """Whether the step is the person's at all, in whatever state the order is; the state is the action's to judge."""
    return bool(parts_of(user, order) & RULES[act].by)


def reads_words(user, order) -> bool:
    """Of a private order: the requester, the people of the unit that handles it, and before it is dispatched those who
    decide where it goes. Everybody else who sees the order reads kind and state."""
    if not order.is_private:
        return True
    parts = parts_of(user, order)
    if parts & {Part.REQUESTER, Part.HANDLER}:
        return True
    return order.state in TRIAGE and Part.OVERSEER in parts and not user.sees_everything
