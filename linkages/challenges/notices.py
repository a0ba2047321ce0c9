"""What accounts are told about open bidding. Texts hold neither words of a claim nor names of people.

The history is what is still to be told: a line is written with its step, so nothing is lost with a queue.
"""

from django.urls import reverse
from django.utils import timezone

from linkages import people
from linkages.models import ChallengeAct, ChallengeEntry
from orgs.notices import BACK, Message, deliver, hand_over

HOME, CHOSEN, ALL = "home", "claim", "all claims"
# Act → (whom, what).
TOLD = {
    ChallengeAct.CLAIM: ((HOME, CHOSEN), "有单位揭榜"),
    ChallengeAct.UNCLAIM: ((HOME, CHOSEN), "揭榜已撤回"),
    ChallengeAct.CHOOSE: ((CHOSEN,), "已选定本单位揭榜，请签订责任书"),
    ChallengeAct.RELEASE: ((CHOSEN,), "选定已取消"),
    ChallengeAct.SIGN: ((CHOSEN,), "责任书已签订，开始攻关"),
    ChallengeAct.MILESTONE: ((CHOSEN, HOME), "攻关节点已增加"),
    ChallengeAct.ACHIEVE: ((HOME, CHOSEN), "攻关节点已完成"),
    ChallengeAct.NOTE: ((HOME, CHOSEN), "攻关有新进展"),
    ChallengeAct.INSPECT: ((CHOSEN, HOME), "验榜结果已登记"),
    ChallengeAct.RESUME: ((CHOSEN,), "限期整改"),
    ChallengeAct.REVIEW: ((CHOSEN, HOME), "已评榜"),
    ChallengeAct.WITHDRAW: ((ALL,), "榜单已撤"),
}
NOT_CHOSEN = "本次未选定本单位揭榜"


def send(entry_id: int) -> None:
    from linkages.tasks import tell_challenge  # noqa: PLC0415 - tasks imports what actions import

    hand_over(tell_challenge, entry_id)


def tell_entry(pk: int) -> int:
    return _tell(ChallengeEntry.objects.filter(pk=pk))


def tell_recent() -> int:
    """All steps of the last days; almost all of them were told, and are not told again."""
    return _tell(ChallengeEntry.objects.filter(at__gte=timezone.now() - BACK))


def _tell(entries) -> int:
    rows = list(
        entries.filter(act__in=TOLD)
        .select_related("challenge__organisation")
        .defer("challenge__secret_detail")
        .prefetch_related("challenge__claims__units__organisation")
    )
    units = [unit for row in rows for claim in row.challenge.claims.all() for unit in claim.units.all()]
    homes = {row.challenge.organisation for row in rows}
    keepers = people.keepers(homes | {unit.organisation for unit in units if unit.organisation_id})
    speakers = people.liaisons({unit.partner_id for unit in units if unit.partner_id})
    return deliver(
        Message(
            account,
            f"challenge-entry-{row.pk}",
            f"{title}：{row.challenge.title}"[:140],
            f"现为“{row.get_state_display()}”",
            reverse("linkages:challenge", args=[row.challenge_id]),
        )
        for row in rows
        for account, title in _messages(row, keepers, speakers).items()
        if account != row.by_id
    )


def _messages(entry, keepers, speakers) -> dict[int, str]:
    """Account → what it is told: of a person of several units that of the unit that is concerned most."""
    whom, title = TOLD[entry.act]
    challenge = entry.challenge

    def of(claim):
        return set().union(
            *(
                speakers.get(row.partner_id, ()) if row.partner_id else keepers[row.organisation_id]
                for row in claim.units.all()
            )
        )

    claims = [claim for claim in challenge.claims.all() if claim.withdrawn_at is None]
    found = {}
    if entry.act == ChallengeAct.CHOOSE:
        found |= {one: NOT_CHOSEN for claim in claims if claim.pk != entry.claim_id for one in of(claim)}
    if ALL in whom:
        found |= {one: title for claim in claims for one in of(claim)}
    if CHOSEN in whom:
        named = [claim for claim in challenge.claims.all() if claim.pk == entry.claim_id]
        found |= {one: title for claim in named for one in of(claim)}
    if HOME in whom:
        found |= dict.fromkeys(keepers[challenge.organisation_id], title)
    return found
