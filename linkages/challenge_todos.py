"""What open bidding asks of a person: lines for the home page; a fixed number of queries each."""

import datetime as dt
from collections.abc import Callable, Iterator

from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse

from linkages import access
from linkages.models import Challenge, ChallengeMilestone, ChallengeState, Claim, partner_ids
from linkages.waiting import Waiting, lines
from orgs.todos import ToDo, first_of

NEAR_DAYS = 7  # before a milestone or the end of the work


def _acts(user) -> bool:
    return access.can_change_agreements(user) or bool(partner_ids(user))


def _situations(today) -> list[Waiting]:
    past = Q(state=ChallengeState.OPEN, claims_until__lt=today)
    claimed = Exists(Claim.objects.standing().filter(challenge=OuterRef("pk")))
    ending = today + dt.timedelta(days=NEAR_DAYS)
    return [
        Waiting(
            past & Q(claimed), "claims_until", "请选定揭榜单位：{row}", "揭榜已于{day}截止", "去选定", "due=claims"
        ),
        Waiting(
            past & ~Q(claimed), "claims_until", "无人揭榜：{row}", "揭榜已于{day}截止，请重新发榜或撤榜", "去处理",
            "due=claims",
        ),
        Waiting(
            Q(state=ChallengeState.CHOSEN), "claims_until", "请签订责任书：{row}", "已选定揭榜单位", "去登记",
            "state=chosen",
        ),
        Waiting(
            Q(state=ChallengeState.WORKING, work_until__lte=ending), "work_until", "请验榜：{row}", "攻关期限{day}",
            "去验榜", "state=working",
        ),
        Waiting(
            Q(state=ChallengeState.PASSED), "inspected_on", "请评榜：{row}", "已于{day}通过验榜", "去评榜",
            "state=passed",
        ),
        Waiting(
            Q(state=ChallengeState.FAILED), "inspected_on", "验榜未通过：{row}", "请限期整改，或评榜结束", "去处理",
            "state=failed",
        ),
    ]  # fmt: skip


def deciding(user, today):
    """Of those the person keeps: what waits to be chosen, published anew, signed, inspected or reviewed; one query."""
    if not access.can_change_agreements(user):
        return
    rows = Challenge.objects.permitted_to(user, "linkages.change").defer("secret_detail")
    words = {"page": "linkages:challenge", "rest": "个榜单待办理", "query": "mine=kept"}
    yield from lines(rows, _situations(today), today, **words)


def milestones(user, today):
    """Of the person's units and of those they keep: open milestones that are late or due within a week."""
    if not _acts(user):
        return
    own = Challenge.objects.claimed_by(user).order_by().values("pk")
    kept = Challenge.objects.permitted_to(user, "linkages.change").order_by().values("pk")
    until = today + dt.timedelta(days=NEAR_DAYS)
    rows = ChallengeMilestone.objects.filter(
        done_on__isnull=True, due_on__lte=until, claim=F("claim__challenge__chosen"),
        claim__challenge__state=ChallengeState.WORKING,
    )  # fmt: skip
    rows = rows.filter(claim__challenge__in=own) | rows.filter(claim__challenge__in=kept)
    found, rest, more = first_of(rows.select_related("claim__challenge").order_by("due_on", "pk"))
    for row in found:
        yield ToDo(
            f"攻关节点{'已逾期' if row.due_on < today else '将到期'}：{row.title}",
            f"{row.claim.challenge.title}，期限{row.due_on}",
            reverse("linkages:challenge", args=[row.claim.challenge_id]),
            "去登记",
            (row.due_on - today).days,
        )
    if rest:
        yield ToDo(
            f"另有 {more:,} 个攻关节点到期",
            f"其中最早的 {rest.due_on} 到期",
            f"{reverse('linkages:challenge-list')}?state=working",
            "查看",
            (rest.due_on - today).days,
            count=more,
        )


SOURCES: list[Callable[[object, dt.date], Iterator[ToDo]]] = [deciding, milestones]
