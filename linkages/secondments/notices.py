"""What accounts are told about deputies and professors. Texts name units and posts, never people.

The history is what is still to be told: a line is written with its step, so nothing is lost with a queue.
"""

import datetime as dt

from django.urls import reverse
from django.utils import timezone

from linkages import people
from linkages.models import Secondment, SecondmentAct, SecondmentEntry, SecondmentState
from orgs.notices import BACK, Message, deliver, hand_over

REMIND_DAYS = (30, 60)  # before the end of a term; the nearest that was reached is told
HOME, NEEDING, SENDING, ALL = "home", "needing", "candidate", "all candidates"
# Act → (whom, what).
TOLD = {
    SecondmentAct.DRAFT: ((NEEDING,), "已登记本单位的需求"),
    SecondmentAct.NOMINATE: ((HOME, NEEDING, SENDING), "已推荐人选"),
    SecondmentAct.DROP: ((HOME, NEEDING, SENDING), "人选已撤回"),
    SecondmentAct.SELECT: ((HOME, NEEDING, SENDING), "已选定人选，请签约"),
    SecondmentAct.RELEASE: ((HOME, NEEDING, SENDING), "选定已取消"),
    SecondmentAct.SIGN: ((NEEDING, SENDING), "已签约"),
    SecondmentAct.OUTCOME: ((HOME,), "登记了新成果"),
    SecondmentAct.RENEW: ((NEEDING, SENDING), "已续聘"),
    SecondmentAct.EXIT: ((NEEDING, SENDING), "已退出"),
    SecondmentAct.WITHDRAW: ((NEEDING, ALL), "需求已撤销"),
}
NOT_CHOSEN = "本次未选定本单位人选"


def send(entry_id: int) -> None:
    from linkages.tasks import tell_secondment  # noqa: PLC0415 - tasks imports what actions import

    hand_over(tell_secondment, entry_id)


def tell_entry(pk: int) -> int:
    return _tell(SecondmentEntry.objects.filter(pk=pk))


def tell_recent() -> int:
    """All steps of the last days; almost all of them were told, and are not told again."""
    return _tell(SecondmentEntry.objects.filter(at__gte=timezone.now() - BACK))


def tell_ends(today: dt.date | None = None) -> int:
    """Once at 60 and once at 30 days before the end of a term, all sides. A renewed term is another one."""
    today = today or timezone.localdate()
    until = today + dt.timedelta(days=max(REMIND_DAYS))
    rows = list(
        Secondment.objects.filter(
            state=SecondmentState.SERVING, ends_on__range=(today, until)
        ).with_candidates()
    )
    accounts = _Accounts(rows)
    messages = []
    for row in rows:
        left = (row.ends_on - today).days
        days = next(days for days in REMIND_DAYS if left <= days)
        messages += [
            Message(
                account,
                f"secondment-end-{row.pk}-{row.ends_on}-{days}",
                f"{row.get_kind_display()}聘期将满：{row}"[:140],
                f"将于{row.ends_on}到期，请商议续聘或办理退出",
                reverse("linkages:secondment", args=[row.pk]),
            )
            for account in accounts.home(row) | accounts.of(row) | accounts.of(row.chosen)
        ]
    return deliver(messages)


class _Accounts:
    """Whose accounts stand for the homes and units of `secondments`; three queries for any number of them."""

    def __init__(self, secondments):
        units = [row for one in secondments for row in (one, *one.candidates.all())]
        self._keepers = people.keepers({one.organisation for one in secondments})
        self._contacts = people.contacts({row.enterprise_id for row in units if row.enterprise_id})
        self._liaisons = people.liaisons({row.partner_id for row in units if row.partner_id})

    def home(self, secondment) -> set[int]:
        return self._keepers[secondment.organisation_id]

    def of(self, row) -> set[int]:
        """Of the unit that stands in the row, a secondment or a candidate."""
        if row.partner_id:
            return self._liaisons.get(row.partner_id, set())
        return self._contacts.get(row.enterprise_id, set())


def _tell(entries) -> int:
    rows = list(entries.filter(act__in=TOLD).select_related("candidate"))
    found = Secondment.objects.with_candidates().in_bulk({row.secondment_id for row in rows})
    accounts = _Accounts(found.values())
    return deliver(
        Message(account, f"secondment-entry-{row.pk}", f"{title}：{secondment}"[:140], _detail(row, secondment), url)
        for row in rows
        for secondment in [found[row.secondment_id]]
        for account, (title, url) in _messages(row, secondment, accounts).items()
        if account != row.by_id
    )  # fmt: skip


def _detail(entry, secondment) -> str:
    return f"{secondment.get_kind_display()}，现为“{entry.get_state_display()}”"


def _messages(entry, secondment, accounts) -> dict[int, tuple[str, str]]:
    """Account → (what it is told, where that leads: to the list where the account sees the secondment no longer)."""
    whom, title = TOLD[entry.act]
    page, anywhere = reverse("linkages:secondment", args=[secondment.pk]), reverse("linkages:secondment-list")
    candidates = [one for one in secondment.candidates.all() if one.withdrawn_at is None]
    found = {}
    if entry.act == SecondmentAct.SELECT:
        others = [one for one in candidates if one.pk != entry.candidate_id]
        found |= {account: (NOT_CHOSEN, anywhere) for one in others for account in accounts.of(one)}
    if ALL in whom:
        found |= {account: (title, anywhere) for one in candidates for account in accounts.of(one)}
    if SENDING in whom and (one := entry.candidate or secondment.chosen):
        where = anywhere if one.withdrawn_at else page
        found |= dict.fromkeys(accounts.of(one), (title, where))
    if NEEDING in whom:
        found |= dict.fromkeys(accounts.of(secondment), (title, page))
    if HOME in whom:
        found |= dict.fromkeys(accounts.home(secondment), (title, page))
    return found
