"""Which step is lawful from which state, and who may answer. Pages, API and actions ask it. Source: S33."""

from django.utils import timezone

from linkages.models import PolicyAct as Act
from linkages.models import PolicyState as State
from linkages.steps import Rule, rule

# The steps of those who keep a policy, beside drawing it up.
RULES: dict[str, Rule] = {
    Act.CHANGE: rule(sources=(State.DRAFT,), target=None, done="草稿已修改。"),
    Act.PUBLISH: rule(
        sources=(State.DRAFT,), target=State.OPEN, done="已发布并送达。", is_main=True,
        confirm="发布后不能再修改内容和推送范围。发布？",
    ),
    Act.PROLONG: rule(
        sources=(State.OPEN, State.CLOSED), target=State.OPEN, done="已延期，继续推送。", asks=("apply_by",)
    ),
    Act.CLOSE: rule(sources=(State.OPEN,), target=State.CLOSED, done="已结束推送，记录保留。", asks=("reason",)),
    Act.WITHDRAW: rule(
        sources=(State.DRAFT, State.OPEN, State.CLOSED), target=State.WITHDRAWN, done="已撤回，记录保留。",
        asks=("reason",), confirm="撤回后不能恢复，企业会看到已撤回。撤回？",
    ),
}  # fmt: skip


def is_lawful(policy, act: str) -> bool:
    if policy.state not in RULES[act].sources:
        return False
    over = policy.last_day is not None and policy.last_day < timezone.localdate()
    return not (act == Act.PUBLISH and over)


def takes_answers(policy) -> bool:
    """Who has applied in time may say so later; of a withdrawn policy nothing is said."""
    return policy.state in (State.OPEN, State.CLOSED)
