"""The one table of open bidding: which step is lawful from which state, by whom, with what. Pages, API and actions ask it.

Source: domain-rules 揭榜挂帅 (发榜 → 揭榜 → 签责任书 → 推进 → 验榜 → 评榜; unclaimed: published anew or withdrawn), S29.
"""

import enum

from django.utils import timezone

from linkages.access import acts_for
from linkages.models import ChallengeAct as Act
from linkages.models import ChallengeState as State
from linkages.models import partner_ids
from linkages.steps import Rule, rule
from orgs.access import has, has_at

CHANGE = "linkages.change"


class Side(enum.Enum):
    """What a person is to a challenge."""

    KEEPER = "keeper"  # of the home, or above it
    ENTERPRISE = "enterprise"  # contact of the enterprise whose problem it is
    CLAIMANT = "claimant"  # of a unit of a standing claim; once one is chosen, of that
    CONFIDANT = (
        "confidant"  # of the claimants those at the unit itself: who may come to read the confidential part
    )
    BIDDER = "bidder"  # may act for a unit that could claim


KEEPER, ENTERPRISE, CLAIMANT, CONFIDANT, BIDDER = Side
RULES: dict[str, Rule] = {
    Act.PUBLISH: rule(
        KEEPER, sources=(State.DRAFT,), target=State.OPEN, done="已发榜，同一顶层组织下的单位都能看到。", is_main=True,
        confirm="发榜后不能再修改内容。发榜？",
    ),
    Act.CHANGE: rule(KEEPER, sources=(State.DRAFT,), target=None, done="草稿已修改。"),
    Act.CLAIM: rule(BIDDER, sources=(State.OPEN,), target=None, done="已揭榜，请等待发榜单位选定。"),
    Act.CONFIRM: rule(
        CONFIDANT, sources=(State.OPEN, State.CHOSEN, State.WORKING, State.FAILED), target=None,
        done="已确认保密须知，可以查看保密内容。",
        confirm="我已阅读保密须知，承诺遵守。确认？",
    ),
    Act.CHOOSE: rule(
        KEEPER, sources=(State.OPEN,), target=State.CHOSEN, done="已选定，并通知各揭榜单位。",
        asks=("claim", "words"), is_main=True,
        confirm="选定后会通知各揭榜单位。选定？",
    ),
    Act.SIGN: rule(
        KEEPER, sources=(State.CHOSEN,), target=State.WORKING, done="责任书已签订，开始攻关。", asks=("on",), is_main=True
    ),
    Act.ACHIEVE: rule(
        CLAIMANT, KEEPER, sources=(State.WORKING,), target=None, done="节点已完成。", asks=("milestone", "note"),
        is_main=True,
    ),
    Act.NOTE: rule(
        CLAIMANT, KEEPER, ENTERPRISE, sources=(State.CHOSEN, State.WORKING, State.FAILED), target=None,
        done="进展已登记。", asks=("note",),
    ),
    Act.MILESTONE: rule(
        KEEPER, CLAIMANT, sources=(State.CHOSEN, State.WORKING), target=None, done="节点已增加。",
        asks=("title", "due_on"),
    ),
    # Passed or not is the person's to say: `target` is what passing leads to.
    Act.INSPECT: rule(
        KEEPER, ENTERPRISE, sources=(State.WORKING,), target=State.PASSED, done="验榜结果已登记。",
        asks=("passed", "opinion"),
        confirm="登记验榜结果？",
    ),
    Act.RESUME: rule(
        KEEPER, sources=(State.FAILED,), target=State.WORKING, done="已限期整改，继续攻关。",
        asks=("work_until", "reason"), is_main=True,
    ),
    Act.REVIEW: rule(
        KEEPER, ENTERPRISE, sources=(State.PASSED, State.FAILED), target=State.CLOSED, done="已评榜，榜单结束。",
        asks=("score", "words"), is_main=True,
        confirm="评榜后榜单结束，不能再修改。评榜？",
    ),
    Act.BOOK: rule(
        KEEPER, sources=(State.PASSED, State.CLOSED), target=None, done="已登记为协议成效。", asks=("agreement",)
    ),
    Act.REPOST: rule(
        KEEPER, sources=(State.OPEN,), target=State.OPEN, done="已重新发榜。", asks=("claims_until", "work_until")
    ),
    Act.RELEASE: rule(
        KEEPER, sources=(State.CHOSEN,), target=State.OPEN, done="已取消选定，可以另选揭榜单位。", asks=("reason",)
    ),
    Act.UNCLAIM: rule(
        CLAIMANT, sources=(State.OPEN,), target=None, done="揭榜已撤回。", asks=("own_claim", "reason")
    ),
    Act.WITHDRAW: rule(
        KEEPER, sources=(State.DRAFT, State.OPEN, State.CHOSEN, State.WORKING, State.FAILED),
        target=State.WITHDRAWN, done="已撤榜，记录保留。", asks=("reason",),
        confirm="撤榜后不能恢复。撤榜？",
    ),
}  # fmt: skip


def own_claims(user, challenge) -> list:
    """The standing claims for whose units the person acts; once one is chosen, that alone."""
    claims = challenge.standing_claims
    if challenge.chosen_id:
        claims = [claim for claim in claims if claim.pk == challenge.chosen_id]
    return [claim for claim in claims if any(acts_for(user, row) for row in claim.units.all())]


def _is_at(user, claim) -> bool:
    """Made the claim, or is appointed at one of its units, not above it."""
    inside = user.permission_paths.get(CHANGE, ())
    return claim.claimed_by_id == user.pk or any(
        row.partner_id in partner_ids(user) if row.partner_id else row.organisation.path in inside
        for row in claim.units.all()
    )


def sides_of(user, challenge) -> frozenset[Side]:
    """What `user` is to `challenge`, which was fetched `with_claims`."""
    found = set()
    if has_at(user, CHANGE, challenge.organisation):
        found.add(KEEPER)
    if challenge.enterprise_id and challenge.enterprise_id in user.contact_enterprise_ids:
        found.add(ENTERPRISE)
    if claims := own_claims(user, challenge):
        found.add(CLAIMANT)
        if any(_is_at(user, claim) for claim in claims):
            found.add(CONFIDANT)
    if has(user, CHANGE) or partner_ids(user):
        found.add(BIDDER)
    return frozenset(found)


def is_lawful(challenge, act: str, sides) -> bool:
    """Beside state and side: what the days and the other rows allow."""
    rule = RULES[act]
    if challenge.state not in rule.sources or not sides & rule.by:
        return False
    past = challenge.claims_until < timezone.localdate()
    match act:
        case Act.CLAIM:
            return not past
        case Act.CHOOSE:
            return bool(challenge.standing_claims)
        case Act.REPOST:
            return past and not challenge.standing_claims
        case Act.CONFIRM:
            return bool(challenge.secrecy_notice)
        case Act.BOOK:
            return challenge.passed is True and challenge.result_id is None
    return True


def acts_open_to(user, challenge) -> list[str]:
    """The steps that the person may take now, in the order of the table."""
    sides = sides_of(user, challenge)
    return [act for act in RULES if is_lawful(challenge, act, sides)]


def may_take(user, challenge, act: str) -> bool:
    """Whether the step is the person's at all, in whatever state; the state is the action's to judge."""
    return bool(sides_of(user, challenge) & RULES[act].by)


def reads_secret(user, challenge, *, confirmed: bool) -> bool:
    """The people appointed at the home itself, the enterprise's contacts, and of claiming units who confirmed."""
    if challenge.organisation.path in user.permission_paths.get(CHANGE, ()):
        return True
    sides = sides_of(user, challenge)
    return ENTERPRISE in sides or (confirmed and CONFIDANT in sides)
