"""Open bidding from the first draft to the review. One transaction, one line of the history and one audit event each.

Every step locks the challenge and asks `challenges.transitions` again, under the lock: of two people at once one wins,
and the other reads what has happened. Callers have checked access. Source: S29, S16.
"""

import datetime as dt
from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from linkages.actions import booking
from linkages.challenges import notices
from linkages.challenges.transitions import RULES, is_lawful, own_claims, sides_of
from linkages.models import (
    SCORES,
    Agreement,
    Challenge,
    ChallengeAct,
    ChallengeEntry,
    ChallengeMilestone,
    ChallengeState,
    Claim,
    ClaimUnit,
    Party,
    ResultKind,
    SecrecyConfirmation,
)
from linkages.models.challenges import LONGEST_NOTE
from linkages.units import column
from linkages.validators import refuse_personal_numbers, validate_unit
from members.actions.register import record
from orgs.guards import demand_words, refuse_long, refuse_stale
from orgs.models import AuditAction
from orgs.tree import STEP, ancestor_paths
from orgs.validators import validate_not_in_future

FIELDS = (
    "kind", "title", "problem", "goal", "reward", "claims_until", "work_until", "secrecy_notice", "secret_detail",
    "enterprise",
)  # fmt: skip
PUBLIC_WORDS = ("title", "problem", "goal", "secrecy_notice")
MOST_UNITS = 10


# --- Drawing up and publishing ---------------------------------------------------------------------------


@transaction.atomic
def draft_challenge(*, organisation, values: dict, by, request=None) -> Challenge:
    """`values` as in `FIELDS`."""
    if organisation.dissolved_on:
        raise ValidationError({"organisation": "该党组织已撤销。"})
    challenge = Challenge(organisation=organisation, created_by=by)
    _fill(challenge, values)
    return _done(challenge, ChallengeAct.DRAFT, by, request)


@transaction.atomic
def change_challenge(
    *, challenge, values: dict, by, seen_at: dt.datetime | None = None, request=None
) -> Challenge:
    """A draft's. `seen_at` is the `updated_at` that the person saw; newer changes refuse theirs."""
    stored = _opened(challenge, ChallengeAct.CHANGE, by)
    refuse_stale(stored, seen_at, "榜单")
    _fill(stored, values)
    return _done(stored, ChallengeAct.CHANGE, by, request)


def _fill(challenge, values):
    for name in FIELDS:
        value = values[name]
        setattr(challenge, name, value.strip() if isinstance(value, str) else value)
    for name in PUBLIC_WORDS:
        refuse_personal_numbers(getattr(challenge, name), name)
    if challenge.secret_detail and not challenge.secrecy_notice:
        raise ValidationError({"secrecy_notice": "有保密内容的，请填写保密须知，揭榜单位确认后才能看到。"})
    _validate_days(challenge.claims_until, challenge.work_until)
    challenge.full_clean(
        exclude=["organisation", "created_by", "enterprise", "chosen", "result"], validate_constraints=False
    )


def _validate_days(claims_until, work_until):
    if claims_until < timezone.localdate():
        raise ValidationError({"claims_until": "揭榜截止不能早于今天。"})
    if work_until <= claims_until:
        raise ValidationError({"work_until": "攻关期限须晚于揭榜截止。"})


@transaction.atomic
def publish_challenge(*, challenge, by, request=None) -> Challenge:
    """From then on everybody below the same top organisation finds it, and the liaisons of its partner units."""
    stored = _opened(challenge, ChallengeAct.PUBLISH, by)
    if stored.claims_until < timezone.localdate():
        raise ValidationError("揭榜截止已过，请先修改。")
    stored.published_at = timezone.now()
    return _done(stored, ChallengeAct.PUBLISH, by, request)


@transaction.atomic
def repost_challenge(*, challenge, claims_until: dt.date, work_until: dt.date, by, request=None) -> Challenge:
    """Nobody claimed it in time: published anew, and counted."""
    stored = _opened(challenge, ChallengeAct.REPOST, by)
    _validate_days(claims_until, work_until)
    stored.claims_until, stored.work_until = claims_until, work_until
    stored.reposts += 1
    note = f"第{stored.reposts}次重新发榜，揭榜截止{claims_until}"
    return _done(stored, ChallengeAct.REPOST, by, request, note=note)


@transaction.atomic
def withdraw_challenge(*, challenge, reason: str, by, request=None) -> Challenge:
    stored = _opened(challenge, ChallengeAct.WITHDRAW, by)
    stored.withdrawn_reason = _demanded(reason, "reason", "请说明撤榜的原因。")
    return _done(stored, ChallengeAct.WITHDRAW, by, request, note=stored.withdrawn_reason)


# --- Claims ----------------------------------------------------------------------------------------------


@transaction.atomic
def claim_challenge(
    *,
    challenge,
    units,
    leader_name: str,
    is_member_led: bool,
    plan: str,
    by,
    member=None,
    secrecy_confirmed: bool = False,
    request=None,
) -> Claim:
    """By `units`, organisations or partner units of the same top, the leading one first. The caller has checked that
    `by` acts for the first; the others are told and see the claim."""
    stored = _opened(challenge, ChallengeAct.CLAIM, by)
    if stored.secrecy_notice and not secrecy_confirmed:
        raise ValidationError({"secrecy_confirmed": "请阅读并确认保密须知。"})
    units = list(dict.fromkeys(units))
    if not 1 <= len(units) <= MOST_UNITS:
        raise ValidationError({"units": f"请填写1至{MOST_UNITS}家揭榜单位。"})
    for unit in units:
        _validate_unit(stored, unit)
    plan = plan.strip()
    if not plan:
        raise ValidationError({"plan": "请填写攻关方案。"})
    claim = Claim(
        challenge=stored,
        leader_name=member.name if member else demand_words(leader_name, "leader_name", "请填写领衔人。"),
        is_member_led=is_member_led or member is not None,
        member=member,
        plan=plan,
        claimed_by=by,
    )
    claim.full_clean(exclude=["challenge", "member", "claimed_by"])
    claim.save()
    ClaimUnit.objects.bulk_create(
        ClaimUnit(challenge=stored, claim=claim, is_lead=place == 0, **column(unit))
        for place, unit in enumerate(units)
    )
    if stored.secrecy_notice:
        _confirm(stored, by)
    _done(stored, ChallengeAct.CLAIM, by, request, claim=claim, note=claim.unit_names)
    return claim


def _validate_unit(challenge, unit):
    validate_unit(unit, challenge.organisation.path[:STEP], "units")
    if unit == challenge.organisation:
        raise ValidationError({"units": "发榜单位不能揭自己的榜。"})
    if challenge.claim_units.filter(is_standing=True, **column(unit)).exists():
        raise ValidationError({"units": f"{unit}已揭本榜，每家单位只能揭榜一次。"})


@transaction.atomic
def confirm_secrecy(*, challenge, by, request=None) -> Challenge:
    """By a person of a claiming unit, who reads the confidential part from then on."""
    stored = _opened(challenge, ChallengeAct.CONFIRM, by)
    if not _confirm(stored, by):
        raise ValidationError("您已确认保密须知。")
    claim = own_claims(by, stored)[0]
    return _done(stored, ChallengeAct.CONFIRM, by, request, claim=claim)


def _confirm(stored, by) -> bool:
    if stored.confirmations.filter(user=by).exists():
        return False
    SecrecyConfirmation.objects.create(challenge=stored, user=by, notice=stored.secrecy_notice)
    return True


@transaction.atomic
def unclaim_challenge(*, challenge, claim, reason: str, by, request=None) -> Challenge:
    stored = _opened(challenge, ChallengeAct.UNCLAIM, by)
    own = next((one for one in own_claims(by, stored) if one.pk == claim.pk), None)
    if own is None:
        raise ValidationError({"own_claim": "只能撤回本单位的揭榜。"})
    own.withdrawn_at = timezone.now()
    own.withdrawn_reason = _demanded(reason, "reason", "请说明撤回的原因。")
    own.save(update_fields=["withdrawn_at", "withdrawn_reason"])
    own.units.update(is_standing=False)
    return _done(stored, ChallengeAct.UNCLAIM, by, request, claim=own, note=own.withdrawn_reason)


# --- Choice and letter of commitment ---------------------------------------------------------------------


@transaction.atomic
def choose_claim(*, challenge, claim, by, words: str = "", request=None) -> Challenge:
    """One claim; the people of the others are told that theirs was not chosen."""
    stored = _opened(challenge, ChallengeAct.CHOOSE, by)
    chosen = next((one for one in stored.standing_claims if one.pk == claim.pk), None)
    if chosen is None:
        raise ValidationError({"claim": "该揭榜已撤回，请另选。"})
    stored.chosen = chosen
    return _done(stored, ChallengeAct.CHOOSE, by, request, claim=chosen, note=words)


@transaction.atomic
def release_claim(*, challenge, reason: str, by, request=None) -> Challenge:
    """The chosen unit does not sign: all claims are open to choice again."""
    stored = _opened(challenge, ChallengeAct.RELEASE, by)
    before, stored.chosen = stored.chosen, None
    reason = _demanded(reason, "reason", "请说明取消选定的原因。")
    return _done(stored, ChallengeAct.RELEASE, by, request, claim=before, note=reason)


@transaction.atomic
def sign_commitment(*, challenge, on: dt.date, by, request=None) -> Challenge:
    """签责任书."""
    stored = _opened(challenge, ChallengeAct.SIGN, by)
    validate_not_in_future(on, "on")
    if on < timezone.localdate(stored.published_at):
        raise ValidationError({"on": "签订日期不能早于发榜日期。"})
    stored.signed_on = on
    return _done(stored, ChallengeAct.SIGN, by, request, claim=stored.chosen, note=f"{on}签订")


# --- The work --------------------------------------------------------------------------------------------


@transaction.atomic
def add_milestone(*, challenge, title: str, due_on: dt.date, by, request=None) -> Challenge:
    stored = _opened(challenge, ChallengeAct.MILESTONE, by)
    title = _demanded(title, "title", "请填写节点名称。")
    if due_on > stored.work_until:
        raise ValidationError({"due_on": f"节点期限不能晚于攻关期限{stored.work_until}。"})
    milestone = ChallengeMilestone(claim=stored.chosen, title=title, due_on=due_on)
    milestone.full_clean(exclude=["claim", "done_by"])
    milestone.save()
    note = f"{title}，期限{due_on}"
    return _done(stored, ChallengeAct.MILESTONE, by, request, claim=stored.chosen, note=note)


@transaction.atomic
def achieve_milestone(*, challenge, milestone, note: str, by, request=None) -> Challenge:
    stored = _opened(challenge, ChallengeAct.ACHIEVE, by)
    found = ChallengeMilestone.objects.filter(claim=stored.chosen, pk=milestone.pk).first()
    if found is None or found.done_on:
        raise ValidationError({"milestone": "该节点已完成，请核对最新情况。"})
    found.done_on, found.done_by = timezone.localdate(), by
    found.done_note = _demanded(note, "note", "请填写完成情况。")
    found.save(update_fields=["done_on", "done_by", "done_note"])
    line = f"{found.title}：{found.done_note}"
    return _done(stored, ChallengeAct.ACHIEVE, by, request, claim=stored.chosen, note=line)


@transaction.atomic
def note_challenge(*, challenge, note: str, by, request=None) -> Challenge:
    stored = _opened(challenge, ChallengeAct.NOTE, by)
    note = _demanded(note, "note", "请填写进展。")
    return _done(stored, ChallengeAct.NOTE, by, request, claim=stored.chosen, note=note)


# --- Inspection and review -------------------------------------------------------------------------------


@transaction.atomic
def inspect_challenge(*, challenge, passed: bool, opinion: str, by, request=None) -> Challenge:
    """验榜. Passing waits for all milestones; what did not pass is reviewed as it is, or resumed with a new day."""
    stored = _opened(challenge, ChallengeAct.INSPECT, by)
    if passed and stored.chosen.milestones.filter(done_on__isnull=True).exists():
        raise ValidationError({"passed": "还有未完成的攻关节点，完成后才能通过验榜。"})
    stored.passed, stored.inspected_on = passed, timezone.localdate()
    stored.opinion = _demanded(opinion, "opinion", "请填写验榜意见。")
    note = f"{'通过' if passed else '未通过'}：{stored.opinion}"
    target = ChallengeState.PASSED if passed else ChallengeState.FAILED
    return _done(stored, ChallengeAct.INSPECT, by, request, claim=stored.chosen, note=note, target=target)


@transaction.atomic
def resume_challenge(*, challenge, work_until: dt.date, reason: str, by, request=None) -> Challenge:
    stored = _opened(challenge, ChallengeAct.RESUME, by)
    if work_until <= timezone.localdate():
        raise ValidationError({"work_until": "新的攻关期限须晚于今天。"})
    stored.work_until, stored.passed, stored.inspected_on, stored.opinion = work_until, None, None, ""
    reason = _demanded(reason, "reason", "请说明整改要求。")
    note = f"期限{work_until}：{reason}"
    return _done(stored, ChallengeAct.RESUME, by, request, claim=stored.chosen, note=note)


@transaction.atomic
def review_challenge(*, challenge, score: int, words: str, by, request=None) -> Challenge:
    """评榜; it ends with it."""
    stored = _opened(challenge, ChallengeAct.REVIEW, by)
    if score not in SCORES:
        raise ValidationError({"score": f"请评{min(SCORES)}至{max(SCORES)}分。"})
    stored.score, stored.review = score, _demanded(words, "words", "请填写评语。")
    note = f"{score}分：{stored.review}"
    return _done(stored, ChallengeAct.REVIEW, by, request, claim=stored.chosen, note=note)


@transaction.atomic
def book_challenge(*, challenge, agreement, by, request=None) -> Challenge:
    """As a result of an agreement between the side that posted it and a unit that solved it; once."""
    stored = _opened(challenge, ChallengeAct.BOOK, by)
    if not matching(stored, Agreement.objects.filter(pk=agreement.pk)).exists():
        raise ValidationError({"agreement": "协议须同时有发榜方和揭榜单位。"})
    stored.result = booking.add_result(
        agreement=agreement,
        kind=ResultKind.PROBLEM,
        on=stored.inspected_on,
        what=f"揭榜挂帅：{stored.title}",
        beneficiary=str(stored.poster)[:120],
        by=by,
        request=request,
    )
    return _done(stored, ChallengeAct.BOOK, by, request, note=agreement.title[:LONGEST_NOTE])


def matching(challenge, agreements):
    """Those of which the home or a body above it, and on the other side a unit of the chosen claim, are parties."""
    if challenge.chosen is None:
        return agreements.none()
    ours = {*ancestor_paths(challenge.organisation.path), challenge.organisation.path}
    won = challenge.chosen.units.all()
    theirs = Q(partner__in=[row.partner_id for row in won if row.partner_id]) | Q(
        organisation__in=[
            row.organisation_id for row in won if row.organisation_id and row.organisation.path not in ours
        ]
    )
    parties = Party.objects.filter(agreement=OuterRef("pk"))
    return agreements.filter(
        Exists(parties.filter(organisation__path__in=ours)), Exists(parties.filter(theirs))
    )


ACTIONS = {
    ChallengeAct.PUBLISH: publish_challenge,
    ChallengeAct.REPOST: repost_challenge,
    ChallengeAct.WITHDRAW: withdraw_challenge,
    ChallengeAct.CONFIRM: confirm_secrecy,
    ChallengeAct.UNCLAIM: unclaim_challenge,
    ChallengeAct.CHOOSE: choose_claim,
    ChallengeAct.RELEASE: release_claim,
    ChallengeAct.SIGN: sign_commitment,
    ChallengeAct.MILESTONE: add_milestone,
    ChallengeAct.ACHIEVE: achieve_milestone,
    ChallengeAct.NOTE: note_challenge,
    ChallengeAct.INSPECT: inspect_challenge,
    ChallengeAct.RESUME: resume_challenge,
    ChallengeAct.REVIEW: review_challenge,
    ChallengeAct.BOOK: book_challenge,
}


# --- What every step shares ------------------------------------------------------------------------------


def _opened(challenge, act, by) -> Challenge:
    """Under lock; refuses what is not lawful now."""
    stored = Challenge.objects.select_for_update(of=("self",)).with_claims().get(pk=challenge.pk)
    if stored.state not in RULES[act].sources:
        last = stored.entries.last()
        raise ValidationError(
            f"该榜单刚办理了“{last.get_act_display()}”，现为“{stored.get_state_display()}”，"
            f"不能再{ChallengeAct(act).label}，请核对最新情况。"
        )
    if act == ChallengeAct.CLAIM and stored.claims_until < timezone.localdate():
        raise ValidationError(f"揭榜已于{stored.claims_until}截止。")
    if not is_lawful(stored, act, sides_of(by, stored)):
        raise ValidationError(f"现在不能{ChallengeAct(act).label}，请核对最新情况。")
    return stored


def _done(stored, act, by, request, *, claim=None, note="", target=None) -> Challenge:
    is_new = stored.pk is None
    if act in RULES:
        stored.state = target or RULES[act].target or stored.state
    stored.updated_at = timezone.now()
    stored.save()
    note = note.strip()
    if len(note) > LONGEST_NOTE:
        note = f"{note[: LONGEST_NOTE - 1]}…"
    entry = ChallengeEntry.objects.create(
        challenge=stored, claim=claim, act=act, state=stored.state, note=note, at=stored.updated_at, by=by
    )
    transaction.on_commit(partial(notices.send, entry.pk))
    record(
        stored,
        AuditAction.CREATE if is_new else AuditAction.UPDATE,
        by=by,
        detail={"act": ChallengeAct(act).label, "state": stored.get_state_display()},
        request=request,
    )
    return stored


def _demanded(words, field, fault) -> str:
    return refuse_long(demand_words(words, field, fault), field, LONGEST_NOTE)
