"""The one table of responsibility lists: which step is lawful from which state, by whom, with what. Pages, API and actions
ask it. Source: S41 (owner, deadline, evidence; the superior body confirms or sends back)."""

import enum

from linkages.models import CommitmentAct as Act
from linkages.models import CommitmentState as State
from linkages.steps import Rule, rule
from orgs.access import has_at
from orgs.tree import parent_path

CHANGE = "linkages.change"


class Side(enum.Enum):
    LEADER = "leader"  # of the unit that leads, or above it
    SUPERIOR = "superior"  # above it; a top organisation is its own


LEADER, SUPERIOR = Side
RULES: dict[str, Rule] = {
    Act.REPORT: rule(
        LEADER, sources=(State.OPEN,), target=State.REPORTED, done="已报完成，请等待上级确认。", asks=("report",),
        is_main=True,
    ),
    Act.CONFIRM: rule(
        SUPERIOR, sources=(State.REPORTED,), target=State.DONE, done="已确认完成。", asks=("words",), is_main=True,
        confirm="已核对佐证材料？确认后计为完成。",
    ),
    Act.SEND_BACK: rule(
        SUPERIOR, sources=(State.REPORTED,), target=State.OPEN, done="已退回，领办单位会收到意见。", asks=("reason",)
    ),
    Act.NOTE: rule(
        LEADER, sources=(State.OPEN, State.REPORTED), target=None, done="进展已登记。", asks=("note",)
    ),
    Act.CHANGE: rule(LEADER, sources=(State.OPEN,), target=None, done="已修改。"),
    Act.REOPEN: rule(
        SUPERIOR, sources=(State.DONE,), target=State.OPEN, done="已撤销确认，继续推进。", asks=("reason",)
    ),
    Act.WITHDRAW: rule(
        LEADER, sources=(State.OPEN, State.REPORTED), target=State.WITHDRAWN, done="已撤回，记录保留。",
        asks=("reason",), confirm="撤回后不能恢复。撤回？",
    ),
}  # fmt: skip


def is_superior(user, organisation) -> bool:
    """Appointed above it; a top organisation has nobody above."""
    if not user.is_authenticated or user.sees_everything:
        return user.is_authenticated
    above = parent_path(organisation.path) or organisation.path
    return any(above.startswith(path) for path in user.permission_paths.get(CHANGE, ()))


def sides_of(user, commitment) -> frozenset[Side]:
    found = set()
    if has_at(user, CHANGE, commitment.organisation):
        found.add(LEADER)
    if is_superior(user, commitment.organisation):
        found.add(SUPERIOR)
    return frozenset(found)


def may_take(user, commitment, act: str) -> bool:
    """Whether the step is the person's at all, in whatever state; the state is the action's to judge."""
    return bool(RULES[act].by & sides_of(user, commitment))


def acts_open_to(user, commitment) -> list[str]:
    """The steps that the person may take now, in the order of the table."""
    sides = sides_of(user, commitment)
    return [act for act, rule in RULES.items() if rule.by & sides and commitment.state in rule.sources]
