"""What transfers, absences, lost contact and disposals ask of a person: rows 40, 42 and 44 of the domain table.

Computed by query whenever the home page is drawn; nothing is stored, so nothing is reminded of twice.
"""

import datetime as dt

from django.db.models import Count, Exists, OuterRef, Q, Window
from django.urls import reverse

from members import access, moving
from members.choices import EventKind, Membership
from members.deadlines import AbsenceClock, TransferClock
from members.models import (
    Absence,
    Disposal,
    DisposalKind,
    DisposalState,
    Member,
    MemberEvent,
    Transfer,
    TransferDirection,
    TransferState,
    within_homes,
)
from members.models.transfers import UNDER_WAY
from members.transfer_filters import due_absences
from orgs.kinds import COMMITTEES
from orgs.terms import add_years, latest_start
from orgs.todos import SHOWN, ToDo
from orgs.tree import within_paths

S = TransferState


def some(rows):
    """The first rows with `together`, how many there are in all; one query."""
    return list(rows.annotate(together=Window(Count("pk")))[: SHOWN + 1])


def lines(rows, line, rest):
    """A line each for the first, one for the others."""
    for row in rows[:SHOWN]:
        yield line(row)
    if len(rows) > SHOWN:
        title, url, days = rest(rows[SHOWN].together - SHOWN)
        yield ToDo(title, "按期限先后，最急的已列在上面", url, "全部", days)


def transfers(user, today: dt.date):
    """Letters about to expire (row 40), what waits for this person's review or acceptance, receipts to send."""
    if not access.can_change_members(user):
        return
    clock = TransferClock(today)
    yield from _letters(user, today, clock)
    yield from _reviews(user, today)
    yield from _arrivals(user, today, clock)
    yield from _receipts(user, today)


def _own(user, side):
    """The person may act for this side of a case."""
    if user.sees_everything:
        return Q()
    return within_homes(user, "members.change", home=f"{side}_organisation", root=f"{side}_root_id")


def _letters(user, today, clock):
    last = today + dt.timedelta(days=clock.days["letter_notice_days"])
    rows = Transfer.objects.filter(state__in=UNDER_WAY, expires_on__lte=last)
    rows = rows.filter(_own(user, "from") | _own(user, "to")).order_by("expires_on", "pk")

    def line(transfer):
        return ToDo(
            f"{transfer.person_name}的组织关系介绍信将于{transfer.expires_on}失效，请督促接转；接收前仍由原党组织管理。"
            if transfer.expires_on >= today
            else f"{transfer.person_name}的组织关系介绍信已于{transfer.expires_on}失效，请说明情况后重新开具；接收前仍由原党组织管理。",
            "介绍信过期不得接收（教育管理工作条例）",
            reverse("members:transfer", args=[transfer.pk]),
            "去督促",
            (transfer.expires_on - today).days,
        )

    url = reverse("members:transfer-list") + "?state=open"
    yield from lines(some(rows), line, lambda n: (f"另有 {n:,} 封介绍信即将或已经失效", url, 0))


def _reviews(user, today):
    """Cases that wait for a committee at which the person acts."""
    committees = [
        a.organisation.path
        for a in user.current_appointments
        if "members.change" in a.permissions
        and a.organisation.kind in COMMITTEES
        and a.organisation.can_approve_members
    ]
    if not committees:
        return
    rows = Transfer.objects.filter(
        within_paths(committees, "from_organisation__path"), state=S.SENDING_REVIEW
    ).order_by("state_since", "pk")

    def line(transfer):
        return ToDo(
            f"{transfer.person_name}的组织关系转出待审核",
            f"{transfer.state_since} 提交，审核后开具介绍信",
            reverse("members:transfer", args=[transfer.pk]),
            "去审核",
            (transfer.state_since - today).days + 7,
        )

    url = reverse("members:transfer-list") + f"?state={S.SENDING_REVIEW}"
    yield from lines(some(rows), line, lambda n: (f"另有 {n:,} 件转出待审核", url, 7))


def _arrivals(user, today, clock):
    """What can still wait; `_letters` names the others."""
    after = today + dt.timedelta(days=clock.days["letter_notice_days"])
    rows = Transfer.objects.filter(_own(user, "to"), state__in=UNDER_WAY, expires_on__gt=after)
    rows = rows.order_by("expires_on", "pk")

    def line(transfer):
        return ToDo(
            f"{transfer.person_name}的组织关系待接收",
            f"介绍信有效期至 {transfer.expires_on}；无正当理由不得拒绝接收",
            reverse("members:transfer", args=[transfer.pk]),
            "去接收",
            (transfer.expires_on - today).days,
        )

    url = reverse("members:transfer-list") + "?state=open"
    yield from lines(some(rows), line, lambda n: (f"另有 {n:,} 件转接待接收", url, 7))


def _receipts(user, today):
    rows = Transfer.objects.filter(
        _own(user, "to"), direction=TransferDirection.IN, state=S.ACCEPTED, receipt_on__isnull=True
    ).order_by("accepted_on", "pk")

    def line(transfer):
        due = moving.receipt_due(transfer.accepted_on)
        return ToDo(
            f"请寄回{transfer.person_name}的组织关系介绍信回执",
            f"接收后1个月内寄回，最迟 {due}",
            reverse("members:transfer", args=[transfer.pk]),
            "去登记",
            (due - today).days,
        )

    url = reverse("members:transfer-list") + "?direction=in"
    yield from lines(some(rows), line, lambda n: (f"另有 {n:,} 份回执待寄回", url, 7))


def absences(user, today: dt.date):
    """Row 42 and the first half of row 44; contact abroad, graduates, overdue returns, guests to be confirmed."""
    if not access.can_change_members(user):
        return
    mine = (
        Q()
        if user.sees_everything
        else within_homes(user, "members.change", home="member__organisation", root="member__root_id")
    )
    clock = AbsenceClock(today)
    rows = Absence.objects.filter(mine, member__isnull=False)
    due = {
        pk
        for what in ("long", "contact", "return")
        for pk in due_absences(rows, what, today).order_by("since", "pk").values_list("pk", flat=True)[:50]
    }
    found = list(
        Absence.objects.filter(pk__in=due)
        .with_last_contact()
        .select_related("member")
        .order_by("since", "pk")
    )

    def line(absence):
        return ToDo(
            clock.message(absence),
            f"{absence.get_kind_display()}，自 {absence.since} 起",
            reverse("members:absence", args=[absence.pk]),
            "去办理",
            min((clock.due(absence) - today).days, 0),
        )

    for absence in found[:SHOWN]:
        yield line(absence)
    if len(found) > SHOWN:
        yield ToDo(
            f"另有 {len(found) - SHOWN:,} 名外出党员需要办理",
            "超期、应联系或应转接",
            reverse("members:absence-list") + "?due=long",
            "全部",
            0,
        )
    yield from _guests(user)


def _guests(user):
    mine = (
        Q()
        if user.sees_everything
        else within_homes(user, "members.change", home="host", root="host_root_id")
    )
    rows = Absence.objects.open().filter(mine, host__isnull=False, member__isnull=False, reported_on=None)
    for absence in rows.select_related("member").order_by("since", "pk")[:SHOWN]:
        yield ToDo(
            f"{absence.name}流入本组织，请联系并确认报到",
            f"自 {absence.since} 起参加本组织活动",
            reverse("members:absence", args=[absence.pk]),
            "去确认",
        )


def standing(user, today: dt.date):
    """The second half of row 44, corrections whose time is over, trials whose rights wait for a decision."""
    if not access.can_change_members(user):
        return
    members = Member.objects.permitted_to(user, "members.change")
    yield from _stopped(members, today)
    yield from _corrections(members, today)
    yield from _trials(members, today)


def _stopped(members, today):
    since = latest_start(today, 12 * moving.REMOVE_STOPPED_YEARS)
    rows = members.filter(membership=Membership.STOPPED, left_on__lte=since).order_by("left_on", "pk")
    for member in rows.only("name", "left_on")[:SHOWN]:
        yield ToDo(
            f"{member.name}停止党籍满2年，请按规定研究除名。",
            f"{member.left_on} 停止党籍",
            reverse("members:member", args=[member.pk]),
            "查看",
            (add_years(member.left_on, moving.REMOVE_STOPPED_YEARS) - today).days,
        )


def _corrections(members, today):
    after = MemberEvent.objects.filter(
        member=OuterRef("member"), kind=EventKind.CORRECTED, on__gte=OuterRef("decided_on")
    )
    rows = Disposal.objects.filter(
        ~Exists(after),
        kind=DisposalKind.CORRECTION,
        state=DisposalState.APPROVED,
        correct_until__lte=today,
        member__in=members.in_register().order_by().values("pk"),
    )
    for disposal in rows.select_related("member").order_by("correct_until", "pk")[:SHOWN]:
        yield ToDo(
            f"{disposal.member.name}限期改正期满，请研究是否合格",
            f"改正期限至 {disposal.correct_until}",
            reverse("members:event-add", args=[disposal.member_id]),
            "去登记",
            (disposal.correct_until - today).days,
        )


def _trials(members, today):
    restored = MemberEvent.objects.filter(
        member=OuterRef("member"), kind=EventKind.RIGHTS_RESTORED, on__gte=OuterRef("on")
    )
    rows = MemberEvent.objects.filter(
        ~Exists(restored),
        kind=EventKind.ON_TRIAL,
        until_on__lte=today,
        member__in=members.in_register().order_by().values("pk"),
    )
    for event in rows.select_related("member").order_by("until_on", "pk")[:SHOWN]:
        yield ToDo(
            f"{event.member.name}留党察看期满，请研究恢复党员权利",
            f"{event.until_on} 期满；恢复前没有表决权、选举权和被选举权",
            reverse("members:event-add", args=[event.member_id]),
            "去登记",
            (event.until_on - today).days,
        )


SOURCES = (transfers, absences, standing)
