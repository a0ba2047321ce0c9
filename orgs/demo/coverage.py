"""Who covers which enterprise of a city since when, who visits it, and how far it is on the way to founding."""

import datetime as dt
import random
from collections import defaultdict

from orgs.demo import sizes
from orgs.demo.dates import any_day, days, month_start
from orgs.demo.names import VISIT_GISTS, Vocabulary
from orgs.demo.shapes import City, Cover, Org, Step, Unit, VisitNote
from orgs.kinds import OrganisationKind as Kind
from orgs.models import BuildingStage as Stage
from orgs.models import CoverageMethod as Method
from orgs.models import NotFoundedReason as Reason
from orgs.models import UnitKind, VisitKind
from orgs.terms import add_years


class Ledger:
    """Covers the active enterprises until the sizes are met; `open` holds those not yet covered."""

    def __init__(self, city: City, rng: random.Random, day: dt.date):
        self.city, self.rng, self.day = city, rng, day
        self.start = month_start(day, 2 * sizes.MONTHS)
        enterprises = [u for u in city.units if u.kind == UnitKind.ENTERPRISE and u.is_active]
        self.open = dict.fromkeys(enterprises)
        # Areas and clusters differ in how far they are.
        self.weight = {
            place: rng.uniform(0.5, 2.0) for place in (*city.areas, *city.clusters, *city.parks, None)
        }

    def add(self, unit: Unit, method: Method, org: Org | None, **kw) -> Cover:
        since = kw.pop("since", None) or self._since(unit, org)
        cover = Cover(unit, method, since, org, **kw)
        self.city.covers.append(cover)
        self.open.pop(unit, None)
        return cover

    def likeliest(self, units: list[Unit], count: int) -> list[Unit]:
        """`count` of `units`; those in places that are further on are likelier."""
        weight, chance = self.weight, self.rng.random
        keys = {
            unit: chance()
            ** (1 / (weight[unit.park] * weight[unit.park and unit.park.area] * weight[unit.cluster]))
            for unit in units
        }
        return sorted(units, key=keys.__getitem__, reverse=True)[:count]

    def _since(self, unit, org):
        """Old links began before the register, the others one by one over the last two years."""
        founded = org.founded_on if org else self.start
        if max(unit.joined_on, founded) <= self.start and self.rng.random() < 0.4:
            return any_day(self.rng, max(founded, self.start - days(900)), self.start)
        return any_day(self.rng, max(unit.joined_on, founded), self.day - days(2))


def cover(
    city: City,
    rng: random.Random,
    words: Vocabulary,
    hosted: list[Org],
    ceased: dict[Unit, int],
    day: dt.date,
) -> None:
    ledger = Ledger(city, rng, day)
    for org in hosted:
        ledger.add(org.host, Method.OWN, org, since=org.founded_on)
    _cover_jointly(ledger)
    _cover_by_trade(ledger)
    _cover_by_area(ledger)
    organised = list(city.covers)
    _attach(ledger)
    _send_instructors(ledger, words, organised)
    _end_some(ledger, words, organised, ceased)


def _cover_jointly(ledger):
    """Each joint branch covers up to five enterprises of its park (支部工作条例 art. 5)."""
    free = defaultdict(list)
    for unit in ledger.rng.sample(list(ledger.open), len(ledger.open)):
        if unit.park:
            free[unit.park.parent or unit.park].append(unit)
    branches = [org for org in ledger.city.orgs if org.kind == Kind.JOINT_BRANCH]
    smaller = set(ledger.rng.sample(range(len(branches)), 5 * len(branches) - sizes.JOINT))
    for number, org in enumerate(branches):
        for _ in range(4 if number in smaller else 5):
            ledger.add(free[org.park].pop(), Method.JOINT, org)


def _cover_by_trade(ledger):
    committees = {org.cluster: org for org in ledger.city.orgs if org.kind == Kind.CLUSTER_COMMITTEE}
    candidates = [unit for unit in ledger.open if unit.cluster]
    for unit in ledger.likeliest(candidates, sizes.TRADE):
        ledger.add(unit, Method.TRADE, committees[unit.cluster])


def _cover_by_area(ledger):
    """By the organisation of the park or one of the branches in it that belong to no single enterprise."""
    seats = defaultdict(list)
    for org in ledger.city.orgs:
        if org.jurisdiction == "park" or (org.kind == Kind.BRANCH and org.park and not org.host):
            seats[org.park].append(org)
    candidates = [unit for unit in ledger.open if unit.park]
    count = sizes.ORGANISATION_COVERED - sizes.OWN - sizes.JOINT - sizes.TRADE
    for unit in ledger.likeliest(candidates, count):
        ledger.add(unit, Method.AREA, ledger.rng.choice(seats[unit.park.parent or unit.park]))


def _attach(ledger):
    """A pledge is no founding: these stay uncovered in the statistics."""
    parks = [org for org in ledger.city.orgs if org.jurisdiction == "park"]
    for number, unit in enumerate(ledger.rng.sample(list(ledger.open), sizes.ATTACHED), 1):
        ledger.add(
            unit,
            Method.ATTACHED,
            ledger.rng.choice(parks),
            evidence=f"承诺书第{ledger.day.year}-{number:03d}号",
        )


def _send_instructors(ledger, words, organised):
    """Each looks after one to three enterprises of an area; most are sent for two years at a time."""
    count = sizes.WORK_COVERED - sizes.ORGANISATION_COVERED
    # The attached may have an instructor too, so those alone count.
    attached = [c.unit for c in ledger.city.covers if c.method == Method.ATTACHED]
    chosen = ledger.likeliest([*ledger.open, *attached], count)
    sent = set(chosen)
    expired = [unit for unit in ledger.open if unit not in sent][: sizes.EXPIRED_INSTRUCTORS]
    extra = [cover.unit for cover in ledger.rng.sample(organised, sizes.EXTRA_INSTRUCTORS)]
    offices = {org.park: org for org in ledger.city.orgs if org.jurisdiction == "park"}
    names = iter(words.people(count + len(expired) + len(extra)))
    for units, is_over in ((chosen, False), (extra, False), (expired, True)):
        order = {area: number for number, area in enumerate(ledger.city.areas)}
        units.sort(key=lambda unit: order.get(unit.park and unit.park.area, -1))
        left, name = 0, ""
        for unit in units:
            if not left:
                left, name = ledger.rng.choice((1, 2, 2, 3, 3)), next(names)
            left -= 1
            office = offices.get(unit.park and (unit.park.parent or unit.park))
            _send(ledger, unit, name, office, is_over)


def _send(ledger, unit, name, office, is_over):
    rng, day = ledger.rng, ledger.day
    sender = office if office and rng.random() < 0.6 else None
    cover = ledger.add(unit, Method.INSTRUCTOR, sender, instructor=name)
    if is_over:
        cover.term_ends_on = any_day(rng, max(cover.since, day - days(60)), day - days(1))
    elif rng.random() < 0.8:
        cover.term_ends_on = add_years(cover.since, 2)
        if cover.term_ends_on < day:
            cover.term_ends_on = day + days(rng.randrange(5, 700))
    _visit(ledger, cover)


def _visit(ledger, cover):
    rng, city = ledger.rng, ledger.city
    since = max(cover.since, ledger.day - days(365))
    for _ in range(rng.choice((0, 1, 1, 2, 3))):
        on = any_day(rng, since, (cover.until or ledger.day) - days(1))
        kind = (
            VisitKind.INSTRUCTOR if rng.random() < 0.85 else rng.choice((VisitKind.POLICY, VisitKind.SERVICE))
        )
        city.visits.append(VisitNote(cover.unit, kind, on, cover.instructor, rng.choice(VISIT_GISTS), cover))


def _end_some(ledger, words, organised, ceased):
    """Links of the past: instructors whom an organisation followed, organisations lost, units that ceased."""
    rng = ledger.rng
    with_instructor = {c.unit for c in ledger.city.covers if c.instructor}
    for cover in organised:
        since = cover.unit.joined_on
        if cover.since > since + days(60) and cover.unit not in with_instructor and rng.random() < 0.4:
            began = any_day(rng, since, cover.since - days(30))
            _past(ledger, cover.unit, Method.INSTRUCTOR, began, cover.since, instructor=words.person())
    parks = {org.park: org for org in ledger.city.orgs if org.jurisdiction == "park"}
    for unit in rng.sample([unit for unit in ledger.open if unit.park], 150):
        office = parks[unit.park.parent or unit.park]
        began = any_day(rng, max(unit.joined_on, office.founded_on), ledger.day - days(40))
        _past(ledger, unit, Method.AREA, began, any_day(rng, began, ledger.day - days(10)), org=office)
    for number, unit in enumerate(ceased):
        if unit.park and number % 3:
            # Every sixth is still open: somebody has to end it (reminder 49).
            office, ceased_on = parks[unit.park.parent or unit.park], unit.periods[-1].since
            began = any_day(rng, max(ledger.start, office.founded_on), ceased_on)
            until = max(began, ceased_on) if number % 6 > 1 else None
            _past(ledger, unit, Method.AREA, began, until, org=office)


def _past(ledger, unit, method, since, until, **who):
    ledger.city.covers.append(Cover(unit, method, since, until=until, **who))


# --- Founding -------------------------------------------------------------------------------------------------

PIPELINE = (Stage.PLANNED, Stage.APPLIED, Stage.APPROVED, Stage.ELECTED, Stage.FOUNDED)
DAYS_BEFORE = (110, 75, 40, 8, 0)
REASONS = (
    Reason.OWNER_UNWILLING,
    Reason.RELATIONS_ELSEWHERE,
    Reason.SHORT_LIVED,
    Reason.HEAD_OFFICE,
    Reason.OTHER,
)


def pursue_founding(city: City, rng: random.Random, day: dt.date) -> None:
    start = month_start(day, 2 * sizes.MONTHS)
    founded = {cover.unit: cover for cover in city.covers if cover.method == Method.OWN}
    for unit in city.units:
        if unit.kind != UnitKind.ENTERPRISE:
            continue
        if unit in founded:
            _founded(city, unit, founded[unit], start)
        elif unit.is_active and (unit.members or 0) >= 3 and rng.random() < 0.55:
            _on_the_way(city, rng, unit, day)
        elif rng.random() < 0.93:
            _surveyed(city, rng, unit, day)


def _founded(city, unit, cover, start):
    """The whole way for those founded since the register began, the last step for the others."""
    steps = zip(PIPELINE, DAYS_BEFORE, strict=True) if cover.since > start else ((Stage.FOUNDED, 0),)
    unit.stage = Stage.FOUNDED
    for stage, before in steps:
        number = cover.org.approval_no if stage in (Stage.APPROVED, Stage.FOUNDED) else ""
        city.steps.append(Step(unit, stage, cover.since - days(before), number))


def _on_the_way(city, rng, unit, day):
    reached = rng.choices(range(4), (40, 30, 20, 10))[0]
    unit.stage = PIPELINE[reached]
    entered = any_day(rng, day - days(60), day - days(1))
    for number in range(reached + 1):
        document = (
            f"科委组〔{day.year}〕{rng.randrange(1, 200)}号" if PIPELINE[number] == Stage.APPROVED else ""
        )
        on = entered - days(DAYS_BEFORE[number] - DAYS_BEFORE[reached])
        city.steps.append(Step(unit, PIPELINE[number], on, document))


def _surveyed(city, rng, unit, day):
    members = unit.members or 0
    unit.stage = (
        Stage.NO_MEMBERS if not members else Stage.FEW_MEMBERS if members < 3 else Stage.ENOUGH_MEMBERS
    )
    if not members:
        unit.reason = Reason.NO_MEMBERS
    elif members >= 3:
        unit.reason = rng.choice(REASONS)
    elif rng.random() < 0.3:
        unit.reason = rng.choice((Reason.RELATIONS_ELSEWHERE, Reason.SHORT_LIVED))
    city.steps.append(Step(unit, unit.stage, any_day(rng, unit.joined_on, day - days(1)), note="摸排"))
