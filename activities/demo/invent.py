"""Invents a year of organisation life: what each branch held, and what the committees offered to all."""

import datetime as dt
import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from activities.demo import words
from activities.kinds import Kind
from members.demo.shapes import Person
from orgs.demo.dates import days, month_start
from orgs.demo.shapes import City, Org
from orgs.kinds import BRANCHES, RULES

MONTHS = 12
DILIGENT = 0.93  # how many of the gatherings of a month a usual branch holds
EVENTS_A_YEAR = 192
AWAY = 0.13


@dataclass(slots=True, eq=False)
class Gathering:
    """What `activities.models.Activity` holds. `roll`: (person, state, reason)."""

    org: Org
    kinds: tuple[str, ...]
    title: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    place: str
    state: str
    number: str = ""
    brand: int | None = None
    gist: str = ""
    chair: str = ""
    lecturer: str = ""
    year: int | None = None
    recorded_on: dt.date | None = None
    roll: list[tuple[Person, str, str]] = field(default_factory=list)
    counts: tuple[int, int] = (0, 0)  # members and others who came, where nobody called the roll
    pk: int = 0


def invent_gatherings(city: City, people: list[Person], rng: random.Random, day: dt.date) -> list[Gathering]:
    """In the order of their days. The same arguments give the same."""
    homes = defaultdict(list)
    for person in people:
        for stay in person.stays:
            homes[stay.org].append((person, stay.since, stay.until))
    chairs = {holder.org: holder.person for holder in city.holders if holder.until is None}
    committees = defaultdict(set)
    for holder in city.holders:
        if holder.until is None:
            committees[holder.org].add(holder.person)
    found = []
    for org in city.orgs:
        if org.kind in BRANCHES and RULES[org.kind].keeps_membership and homes[org]:
            branch = _Branch(org, homes[org], committees[org], rng, day)
            found += branch.year()
    found += _events(city, rng, day)
    for gathering in found:
        gathering.chair = gathering.chair or chairs.get(gathering.org, "")
    found.sort(key=lambda g: (g.starts_at, g.org.path))
    return found


class _Branch:
    """One branch: its usual day, hour and place, and how reliable it is."""

    def __init__(self, org, home, committee, rng, day):
        self.org, self.home, self.rng, self.day = org, home, rng, day
        self.committee = committee if len(committee) > 1 else ()
        self.place = rng.choice(words.PLACES)
        self.hour, self.usual = rng.choice((9, 14, 15, 16)), rng.randint(5, 24)
        self.diligence = DILIGENT if rng.random() > 0.1 else 0.45

    def year(self) -> Iterator[Gathering]:
        for back in range(MONTHS, -1, -1):
            month = month_start(self.day, back)
            if self.org.founded_on and month < self.org.founded_on:
                continue
            if self.committee and self.rng.random() < self.diligence * 0.55:
                yield from self._hold(
                    month, 3, (Kind.BRANCH_COMMITTEE,), self.rng.choice(words.COMMITTEE_MATTERS)
                )
            if self.rng.random() < self.diligence:
                kinds, title = self._programme(month)
                yield from self._hold(month, self.usual, kinds, title)

    def _programme(self, month):
        """A theme day, which is a meeting or a lecture as well when one is due."""
        kinds, title = [Kind.THEME_DAY], self.rng.choice(words.THEMES)
        if month.month % 3 == 2:
            kinds.append(Kind.MEMBERS_MEETING)
            title = self.rng.choice(words.MEETINGS)
        if month.month % 3 == 0:
            kinds.append(Kind.PARTY_LECTURE)
            title = self.rng.choice(words.LECTURES)
        if month.month == 1:
            return (
                Kind.ORG_LIFE_MEETING,
                Kind.APPRAISAL,
                Kind.THEME_DAY,
            ), f"{month.year - 1}年度组织生活会和民主评议党员"
        return tuple(kinds), title

    def _hold(self, month, day, kinds, title):
        on = month.replace(day=max(1, min(28, day + self.rng.randint(-2, 3))))
        start = _moment(on, self.hour)
        if on > self.day:
            if on - self.day < days(25):
                yield Gathering(
                    self.org, kinds, title, start, start + dt.timedelta(hours=2), self.place,
                    self.rng.choice(("planned", "notified")),
                )  # fmt: skip
            return
        late = 9 if self.rng.random() < 0.06 else 1
        gathering = Gathering(
            self.org, kinds, title, start, start + dt.timedelta(minutes=90), self.place, _state(self.rng, on, self.day),
            gist=self.rng.choice(words.GISTS), recorded_on=min(self.day, on + days(late)),
        )  # fmt: skip
        if Kind.ORG_LIFE_MEETING in kinds:
            gathering.year = on.year - 1
        if Kind.PARTY_LECTURE in kinds:
            gathering.lecturer = next(iter(sorted(self.committee)), "")
        gathering.roll = self._roll(on, kinds)
        yield gathering

    def _roll(self, on, kinds):
        rng = self.rng
        expected = [
            person
            for person, since, until in self.home
            if (since is None or since <= on) and (until is None or until > on)
        ]
        if kinds == (Kind.BRANCH_COMMITTEE,):
            expected = [person for person in expected if person.name in self.committee] or expected[:3]
        roll = []
        for person in expected:
            if rng.random() >= AWAY:
                roll.append((person, "present", ""))
            elif rng.random() < 0.8:
                roll.append((person, "leave", rng.choice(words.REASONS)))
            else:
                roll.append((person, "absent", ""))
        return roll


def _events(city, rng, day):
    """What the committees hold for whoever comes: the ledger of the year (S20, S21)."""
    hosts = [org for org in city.orgs if org.kind not in BRANCHES][:25]
    for number in range(1, EVENTS_A_YEAR + 1):
        index = rng.randrange(len(words.BRANDS))
        name, kind, _ = words.BRANDS[index]
        on = day - days(rng.randrange(0, 330))
        start = _moment(on, rng.choice((9, 10, 14, 15, 18)))
        yield Gathering(
            rng.choice(hosts), (kind,), f"{name}{rng.choice(words.EVENTS).format(number=number)}", start,
            start + dt.timedelta(hours=2), rng.choice(words.PLACES), _state(rng, on, day),
            number=f"{on.year}-{number:03d}", brand=index, gist=rng.choice(words.GISTS),
            recorded_on=min(day, on + days(1)), counts=(rng.randint(8, 45), rng.randint(5, 35)),
        )  # fmt: skip


def _state(rng, on, day):
    """Old records are archived, young ones wait."""
    age = (day - on).days
    if age > 60:
        return "archived" if rng.random() < 0.9 else "review"
    if age > 14:
        return rng.choice(("archived", "review", "held"))
    return "held"


def _moment(on, hour):
    return dt.datetime.combine(on, dt.time(hour), CHINA)


CHINA = dt.timezone(dt.timedelta(hours=8))
