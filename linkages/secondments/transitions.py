"""The one table of secondments: which step is lawful from which state, by whom, with what. Pages, API and actions ask it.

Source: S30 (collect needs → match → select → contract → exit); domain-rules 科技副总, 产业教授.
"""

import enum
from dataclasses import dataclass
from functools import partial

from linkages.access import speaks_for
from linkages.models import SecondmentAct as Act
from linkages.models import SecondmentState as State
from linkages.steps import Rule, rule
from orgs.access import has_at

CHANGE = "linkages.change"


class Side(enum.Enum):
    """What a person is to a secondment."""

    KEEPER = "keeper"  # of the home, or above it
    NEEDING = "needing"  # speaks for the unit that asked: its contact or its liaison
    SENDING = "sending"  # speaks for the unit of a standing candidate; once one is chosen, of that


@dataclass(frozen=True)
class SecondmentRule(Rule):
    main_in: str = ""
    """The state that waits for this step: the page shows it open then."""


_rule = partial(rule, kind=SecondmentRule)
KEEPER, NEEDING, SENDING = Side
RULES: dict[str, SecondmentRule] = {
    Act.CHANGE: _rule(KEEPER, sources=(State.NEED, State.MATCHING), target=None, done="需求已修改。"),
    Act.SELECT: _rule(
        KEEPER, NEEDING, sources=(State.MATCHING,), target=State.CHOSEN, done="已选定，请与派出单位签约。",
        asks=("candidate", "conditions", "words"), main_in=State.MATCHING,
        confirm="选定后会通知各派出单位。选定？",
    ),
    Act.NOMINATE: _rule(
        KEEPER, sources=(State.NEED, State.MATCHING), target=State.MATCHING, done="人选已推荐。",
        asks=("unit", "name", "title", "field"), main_in=State.NEED,
    ),
    Act.SIGN: _rule(
        KEEPER, sources=(State.CHOSEN,), target=State.SERVING, done="签约已登记，请上传签署的协议。",
        asks=("on", "starts_on", "ends_on"), main_in=State.CHOSEN,
    ),
    # Also after the end: what came of it may be entered late.
    Act.OUTCOME: _rule(
        KEEPER, NEEDING, SENDING, sources=(State.SERVING, State.ENDED), target=None, done="成果已登记。",
        asks=("outcome_kind", "on", "count", "what"), main_in=State.SERVING,
    ),
    Act.UNDO: _rule(
        KEEPER, sources=(State.SERVING, State.ENDED), target=None, done="成果已撤回，记录保留。",
        asks=("outcome", "reason"),
    ),
    Act.RENEW: _rule(
        KEEPER, sources=(State.SERVING,), target=None, done="续聘已登记，请上传续签的协议。", asks=("on", "ends_on")
    ),
    Act.EXIT: _rule(
        KEEPER, sources=(State.SERVING,), target=State.ENDED, done="退出已登记，记录保留。",
        asks=("on", "exit_kind", "reason"),
        confirm="退出后不能恢复任职。办理退出？",
    ),
    # Without candidates it is a need again.
    Act.DROP: _rule(
        KEEPER, SENDING, sources=(State.MATCHING,), target=State.MATCHING, done="人选已撤回。",
        asks=("own_candidate", "reason"),
    ),
    Act.RELEASE: _rule(
        KEEPER, sources=(State.CHOSEN,), target=State.MATCHING, done="已取消选定，可以另选人选。", asks=("reason",)
    ),
    Act.WITHDRAW: _rule(
        KEEPER, sources=(State.NEED, State.MATCHING, State.CHOSEN), target=State.WITHDRAWN, done="需求已撤销，记录保留。",
        asks=("reason",),
        confirm="撤销后不能恢复。撤销？",
    ),
}  # fmt: skip


def own_candidates(user, secondment) -> list:
    """The standing candidates whom the person may take back: at home all of them, else those of their own unit."""
    found = secondment.standing_candidates
    if has_at(user, CHANGE, secondment.organisation):
        return found
    return [one for one in found if speaks_for(user, one)]


def sides_of(user, secondment) -> frozenset[Side]:
    """What `user` is to `secondment`, which was fetched `with_candidates`."""
    found = set()
    if has_at(user, CHANGE, secondment.organisation):
        found.add(KEEPER)
    if speaks_for(user, secondment):
        found.add(NEEDING)
    sent = [secondment.chosen] if secondment.chosen_id else secondment.standing_candidates
    if any(speaks_for(user, one) for one in sent):
        found.add(SENDING)
    return frozenset(found)


def is_lawful(secondment, act: str, sides) -> bool:
    rule = RULES[act]
    return secondment.state in rule.sources and bool(sides & rule.by)


def acts_open_to(user, secondment) -> list[str]:
    """The steps that the person may take now, in the order of the table."""
    sides = sides_of(user, secondment)
    return [act for act in RULES if is_lawful(secondment, act, sides)]


def may_take(user, secondment, act: str) -> bool:
    """Whether the step is the person's at all, in whatever state; the state is the action's to judge."""
    return bool(sides_of(user, secondment) & RULES[act].by)
