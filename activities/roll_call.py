"""The roll as a form shows and sends it: everybody is there until tapped; the reason is asked only of who is away."""

import datetime as dt
from dataclasses import dataclass

from django.core.exceptions import ValidationError

from activities import roster
from activities.kinds import expects_of
from activities.models import AttendanceState as S
from members.names import in_short
from orgs.access import has_at

OTHER, UNEXCUSED = "其他", "缺席"
REASONS = ("事假", "病假", "出差", OTHER, UNEXCUSED)


@dataclass
class Person:
    """A member on the roll; `why` is one of `REASONS` ("" not said), `text` what OTHER means.

    `signed_at` is when they signed in by code, None for whoever did not.
    """

    pk: int
    name: str
    is_here: bool = True
    why: str = ""
    text: str = ""
    signed_at: dt.datetime | None = None

    @property
    def entry(self) -> tuple[str, str]:
        """(state, reason) as it is stored."""
        if self.is_here:
            return S.PRESENT, ""
        if self.why == UNEXCUSED:
            return S.ABSENT, self.text
        return S.LEAVE, (self.text or OTHER) if self.why == OTHER else self.why


def circle_of(kinds) -> str:
    """Whom to expect: "members", "committee", or "anyone", of whom only those who came are noted down."""
    return expects_of(kinds)


def people(user, hosts, kinds, day) -> list[Person]:
    """Those expected, as far as the person may see them: of joint hosts elsewhere others call the roll."""
    seen = [one for one in hosts if roster.has_roster(one) and has_at(user, "activities.view", one)]
    here = circle_of(kinds) != "anyone"
    expected = roster.expected_at(seen, kinds, day) if seen else []
    return [Person(member.pk, member.name, is_here=here) for member in expected]


def keys_elsewhere(user, hosts, day) -> set[int]:
    """Members of those joint hosts whose roll others call."""
    elsewhere = _elsewhere(user, hosts)
    return roster.keys_between(elsewhere, day, day) if elsewhere else set()


def _elsewhere(user, hosts):
    return [one for one in hosts if not has_at(user, "activities.view", one)]


def hidden_reasons(user, activities) -> set[int]:
    """Members of whom `user` sees that they were away, and not why: those at home in joint hosts elsewhere."""
    elsewhere = {one.pk: one for activity in activities for one in _elsewhere(user, activity.hosts)}
    if not elsewhere:
        return set()
    days = [activity.held_on for activity in activities]
    return roster.keys_between(elsewhere.values(), min(days), max(days))


def mark_signed(found: list[Person], attendances) -> None:
    signed = {row.member_id: row.signed_at for row in attendances}
    for person in found:
        person.signed_at = signed.get(person.pk)


def fill(found: list[Person], attendances) -> list[Person]:
    """As it is stored."""
    stored = {row.member_id: row for row in attendances}
    for person in found:
        row = stored.get(person.pk)
        person.is_here = row is not None and row.state == S.PRESENT
        if row is None or person.is_here:
            continue
        known = row.reason if row.state == S.LEAVE and row.reason in REASONS else OTHER
        person.why = UNEXCUSED if row.state == S.ABSENT else known
        person.text = "" if row.reason in REASONS else row.reason
    return found


def read(found: list[Person], data) -> list[Person]:
    """As it was posted; whoever was not on the form that was sent stays as proposed."""
    shown, here = set(data.getlist("shown")), set(data.getlist("here"))
    for person in found:
        if str(person.pk) not in shown:
            continue
        person.is_here = str(person.pk) in here
        why = data.get(f"why-{person.pk}", "")
        person.why = why if why in REASONS else ""
        person.text = data.get(f"text-{person.pk}", "").strip()[:100]
    return found


def is_stale(found: list[Person], data, circle: str) -> bool:
    """The form was drawn for another day or circle than it was sent for."""
    return set(data.getlist("shown")) != {str(person.pk) for person in found} or data.get("circle") != circle


def roll_of(found: list[Person], circle: str) -> dict[int, tuple[str, str]]:
    """What `record_activity` takes. Raises where somebody is away and nobody said why."""
    if circle == "anyone":
        return {person.pk: person.entry for person in found if person.is_here}
    if silent := [person.name for person in found if not person.is_here and not person.why]:
        raise ValidationError(f"请选择{in_short(silent)}未到会的原因，没有请假的选“{UNEXCUSED}”。")
    return {person.pk: person.entry for person in found}
