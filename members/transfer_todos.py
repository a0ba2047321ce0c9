"""What transfers, absences, lost contact and disposals ask of a person: rows 40, 42 and 44 of the domain table.

Computed by query whenever the home page is drawn; nothing is stored, so nothing is reminded of twice. Five queries.
"""

import datetime as dt

from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Coalesce
from django.urls import reverse

from members import access, moving
from members.choices import EventKind, Membership
from members.deadlines import AbsenceClock, TransferClock, awaits_receipt
from members.models import (
    Absence,
    Member,
    MemberEvent,
    Transfer,
    TransferState,
)
from members.transfer_filters import MINE
from members.waiting import absences_waiting, transfers_waiting
from orgs.terms import add_years, latest_start
from orgs.todos import SHOWN, ToDo, first_of

S = TransferState
# What a committee's review may take before it is called late.
REVIEW_DAYS = 7


# --- Transfers ----------------------------------------------------------------------------------------


def transfers(user, today: dt.date):
    """Letters about to expire (row 40), what waits for this person's review or acceptance, receipts to send."""
    if not access.can_change_members(user):
        return
    clock = TransferClock(today)
    rows = Transfer.objects.filter(transfers_waiting(user, clock)).defer("identity_number", "person")
    found, rest, more = first_of(rows.order_by(Coalesce("expires_on", "state_since"), "pk"))
    for transfer in found:
        title, reason, action, days = _words(transfer, clock)
        yield ToDo(title, reason, reverse("members:transfer", args=[transfer.pk]), action, days)
    if rest:
        days = _words(rest, clock)[-1]
        url = reverse("members:transfer-list") + "?waiting=1"
        yield ToDo(f"另有 {more:,} 件组织关系转接需要办理", "按介绍信期限先后", url, "全部", days, count=more)


def _words(transfer, clock):
    """Title, reason, button and days until due."""
    name, expires, today = transfer.person_name, transfer.expires_on, clock.today
    if awaits_receipt(transfer):
        due = moving.receipt_due(transfer.accepted_on)
        return (
            f"请寄回{name}的组织关系介绍信回执",
            f"接收后1个月内寄回，最迟 {due}",
            "去登记",
            (due - today).days,
        )
    if transfer.state == S.SENDING_REVIEW:
        return (
            f"{name}的组织关系转出待审核",
            f"{transfer.state_since} 提交，审核后开具介绍信",
            "去审核",
            (transfer.state_since - today).days + REVIEW_DAYS,
        )
    left = (expires - today).days
    if left < 0:
        return (
            f"{name}的组织关系介绍信已于{expires}失效，请说明情况后重新开具；接收前仍由原党组织管理。",
            "介绍信过期不得接收（教育管理工作条例）",
            "去办理",
            left,
        )
    if expires <= clock.letter_notice_until:
        return (
            f"{name}的组织关系介绍信将于{expires}失效，请督促接转；接收前仍由原党组织管理。",
            "介绍信过期不得接收（教育管理工作条例）",
            "去督促",
            left,
        )
    return (
        f"{name}的组织关系待接收",
        f"介绍信有效期至 {expires}；无正当理由不得拒绝接收",
        "去接收",
        left,
    )


# --- Absences -----------------------------------------------------------------------------------------


def absences(user, today: dt.date):
    """Row 42 and the first half of row 44; contact abroad, graduates, overdue returns, guests to be confirmed."""
    if not access.can_change_members(user):
        return
    clock = AbsenceClock(today)
    rows = Absence.objects.open().with_last_contact()
    rows = rows.filter(absences_waiting(user, clock))
    found, rest, more = first_of(rows.select_related("member__organisation").order_by("since", "pk"))
    for absence in found:
        url = reverse("members:absence", args=[absence.pk])
        if clock.mark(absence) and access.can_change_member(user, absence.member):
            reason = f"{absence.get_kind_display()}，自 {absence.since} 起"
            days = (clock.due(absence) - today).days
            yield ToDo(clock.message(absence), reason, url, "去办理", days)
        else:
            reason = f"自 {absence.since} 起参加本组织活动"
            yield ToDo(f"{absence.name}流入本组织，请联系并确认报到", reason, url, "去确认")
    if rest:
        days = (clock.due(rest) - today).days if clock.mark(rest) else None
        url = f"{reverse('members:absence-list')}?due={MINE}"
        yield ToDo(
            f"另有 {more:,} 名外出党员需要办理", "超期、应联系、应转接或应报到", url, "全部", days, count=more
        )


# --- Stopped, corrected, on trial -----------------------------------------------------------------------


def standing(user, today: dt.date):
    """The second half of row 44, corrections whose time is over, trials whose rights wait for a decision."""
    if not access.can_change_members(user):
        return
    members = Member.objects.permitted_to(user, "members.change")
    since = latest_start(today, 12 * moving.REMOVE_STOPPED_YEARS)
    stopped = members.filter(membership=Membership.STOPPED, left_on__lte=since)
    for member in stopped.only("name", "left_on").order_by("left_on", "pk")[:SHOWN]:
        yield ToDo(
            f"{member.name}停止党籍满2年，请按规定研究除名。",
            f"{member.left_on} 停止党籍",
            reverse("members:member", args=[member.pk]),
            "查看",
            (add_years(member.left_on, moving.REMOVE_STOPPED_YEARS) - today).days,
        )
    for event in _ended(members, today):
        yield ToDo(
            f"{event.member.name}{ENDED[event.kind][1]}",
            f"{event.until_on} 期满",
            reverse("members:event-add", args=[event.member_id]),
            "去登记",
            (event.until_on - today).days,
        )


# What lasts for a time → what must follow it, and what is said until it does.
ENDED = {
    EventKind.CORRECTION: (EventKind.CORRECTED, "限期改正期满，请研究是否合格"),
    EventKind.ON_TRIAL: (EventKind.RIGHTS_RESTORED, "留党察看期满，请研究恢复党员权利"),
}


def _ended(members, today):
    """Corrections and trials whose time is over and that nothing has followed yet."""
    waiting = Q(pk__in=[])
    for kind, (follows, _) in ENDED.items():
        later = MemberEvent.objects.standing().filter(
            member=OuterRef("member"), kind=follows, on__gte=OuterRef("on")
        )
        waiting |= Q(~Exists(later), kind=kind)
    rows = MemberEvent.objects.standing().filter(
        waiting, until_on__lte=today, member__in=members.in_register().order_by().values("pk")
    )
    return rows.select_related("member").order_by("until_on", "pk")[:SHOWN]


SOURCES = (transfers, absences, standing)
