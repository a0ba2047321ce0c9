"""How urgent an open transfer or absence is, for marks in lists and lines on the home page."""

import datetime as dt
from dataclasses import dataclass

from members import moving
from members.models import AbsenceKind, TransferDirection, TransferState
from orgs.regulations import values_on
from orgs.terms import add_months

SETTINGS = ("letter_notice_days", "transfer_notice_days", "transfer_overdue_days")
ABSENCE_SETTINGS = ("floating_months", "abroad_contact_months", "graduate_years")


@dataclass(frozen=True)
class Mark:
    """`tone` is a class of the mark: good, warn, bad, plain."""

    words: str
    tone: str


class TransferClock:
    """The settings of today, read once for a page of cases."""

    def __init__(self, today: dt.date):
        self.today, self.days = today, values_on(SETTINGS, today)

    @property
    def letter_notice_until(self) -> dt.date:
        """Letters that expire up to this day are reminded of."""
        return self.today + dt.timedelta(days=self.days["letter_notice_days"])

    def mark(self, transfer) -> Mark | None:
        """The most urgent thing about a case; None when nothing presses."""
        if transfer.is_under_way and transfer.expires_on:
            left = (transfer.expires_on - self.today).days
            if left < 0:
                return Mark(f"介绍信已失效 {-left} 天", "bad")
            if transfer.expires_on <= self.letter_notice_until:
                return Mark(f"介绍信 {left} 天后失效" if left else "介绍信今日失效", "warn")
        if transfer.is_open:
            waited = (self.today - transfer.state_since).days
            if waited >= self.days["transfer_overdue_days"]:
                return Mark(f"已停留 {waited} 天", "bad")
            if waited >= self.days["transfer_notice_days"]:
                return Mark(f"已停留 {waited} 天", "warn")
        if awaits_receipt(transfer):
            due = moving.receipt_due(transfer.accepted_on)
            return Mark(f"回执应于 {due} 前寄回", "bad" if due < self.today else "warn")
        return None


def awaits_receipt(transfer) -> bool:
    """Somebody from outside was accepted, and the old organisation has no receipt yet."""
    return (
        transfer.state == TransferState.ACCEPTED
        and transfer.direction == TransferDirection.IN
        and transfer.receipt_on is None
    )


class AbsenceClock:
    """As `TransferClock`, for absences with `last_contact_on` (`AbsenceQuerySet.with_last_contact`)."""

    def __init__(self, today: dt.date):
        self.today = today
        self.values = values_on(ABSENCE_SETTINGS, today)

    def due(self, absence) -> dt.date | None:
        """The day on which the regulations ask for something; None when they do not."""
        if absence.kind == AbsenceKind.AWAY:
            return add_months(absence.since, self.values["floating_months"])
        if absence.kind == AbsenceKind.ABROAD:
            return add_months(absence.last_contact_on, self.values["abroad_contact_months"])
        if absence.kind == AbsenceKind.GRADUATE:
            return add_months(absence.since, 12 * self.values["graduate_years"])
        if absence.kind == AbsenceKind.LOST:
            return add_months(absence.since, moving.LOST_MONTHS)
        returns = absence.expected_return_on
        return returns + dt.timedelta(days=1) if returns else None

    def mark(self, absence) -> Mark | None:
        due = self.due(absence)
        if absence.closed_on or due is None or due > self.today:
            return None
        return Mark(WORDS.get(absence.kind, "已过预计返回日期"), "bad" if due < self.today else "warn")

    def message(self, absence) -> str:
        """The reminder in full; rows 42 and 44 of the domain table among them."""
        months = self.values["floating_months"]
        name = absence.name
        return {
            AbsenceKind.AWAY: f"{name}已连续{months}个月未参加组织生活，请登记流动党员或办理组织关系转接。",
            AbsenceKind.ABROAD: f"{name}出国（境）期间已满{self.values['abroad_contact_months']}个月未联系，请联系并登记。",
            AbsenceKind.GRADUATE: f"{name}毕业生组织关系保留已满{self.values['graduate_years']}年，请办理转接。",
            AbsenceKind.LOST: f"{name}失联满6个月，请按规定研究停止党籍。",
        }.get(absence.kind, f"{name}已过预计返回日期，请核实去向，应转接的办理转接。")


WORDS = {
    AbsenceKind.AWAY: "外出超过规定时间",
    AbsenceKind.ABROAD: "应联系",
    AbsenceKind.GRADUATE: "保留期满",
    AbsenceKind.LOST: "失联满6个月",
}
