"""How often the two of a pairing should meet, and how urgent the next contact is.

Source: practice; the rhythm of each kind is a dated setting (`pairing_months_…`), by default once a quarter. What was in
force on the day of the last contact decides about the next one.
"""

import datetime as dt

from members.deadlines import Mark
from members.models import Pairing, PairingKind
from orgs.regulations import value_on
from orgs.terms import add_months

SOON = 14  # days


def due_on(pairing: Pairing) -> dt.date | None:
    """The day by which the next contact, or the result of one that is over, is expected."""
    if pairing.ended_on:
        return None
    last = pairing.last_contact_on or pairing.since
    months = value_on(f"pairing_months_{pairing.kind}", last)
    expected = [add_months(last, months)] if months else []
    return min([*expected, *([pairing.until] if pairing.until else [])], default=None)


def is_over(pairing: Pairing, today: dt.date) -> bool:
    """Its time has passed and nobody has noted the result."""
    return not pairing.ended_on and pairing.until is not None and pairing.until < today


def mark(pairing: Pairing, today: dt.date) -> Mark:
    if pairing.ended_on:
        return Mark(pairing.get_result_display(), "plain")
    if not pairing.leader.is_counted:
        return Mark("带教人已离册", "bad")
    if is_over(pairing, today):
        return Mark("已期满，待登记结果", "bad")
    if pairing.due_on is None:
        return Mark("不限联系时间", "plain")
    left = (pairing.due_on - today).days
    if left < 0:
        return Mark(f"逾期 {-left} 天未联系", "bad")
    if left <= SOON:
        return Mark(f"{left} 天内应联系" if left else "今日应联系", "warn")
    return Mark("按期联系", "good")


def short_kind(kind: str) -> str:
    """Without the word that three kinds begin with."""
    return PairingKind(kind).label.rpartition("：")[2]
