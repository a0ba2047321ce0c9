"""Enterprises and other units of a city, the branches they host, and how they came to be where they are."""

import datetime as dt
import random
from collections import defaultdict
from collections.abc import Iterator

from orgs.demo import sizes
from orgs.demo.dates import any_day, days, month_start
from orgs.demo.names import CLUSTER_WEIGHTS, CLUSTERS, INSTITUTES, OTHER_INDUSTRY, SUFFIXES, Vocabulary
from orgs.demo.shapes import City, Org, Park, Period, Place, Unit
from orgs.kinds import OrganisationKind as Kind
from orgs.models import EnterpriseStatus as Status
from orgs.models import UnitKind
from orgs.terms import month_end

PARK_WEIGHTS = {Kind.COMMITTEE: 3.0, Kind.GENERAL_BRANCH: 1.3, Kind.JOINT_BRANCH: 0.75, None: 0.5}
ACTIVE_STATUSES = ((Status.EXISTING, Status.OPERATING, Status.OPEN, Status.MOVED_IN), (820, 140, 35, 5))
CEASED = (
    [Status.REVOKED] * 38
    + [Status.DEREGISTERED] * 22
    + [Status.MOVED_OUT] * 12
    + [Status.SUSPENDED] * 10
    + [Status.LIQUIDATING] * 3
)  # the other inactive ones are dormant
EMPLOYEES = ((0, 4), (5, 12), (13, 40), (41, 160), (161, 600), (601, 3000))
EMPLOYEE_WEIGHTS = (16, 32, 30, 15, 6, 1)
CAPITAL = (10, 50, 100, 200, 500, 1000, 2000, 5000, 10000)


def settle(city: City, rng: random.Random, words: Vocabulary, codes: Iterator[str], day: dt.date) -> None:
    """Every enterprise has a park or a cluster, most have both."""
    clusters = rng.choices(city.clusters, CLUSTER_WEIGHTS, k=sizes.ENTERPRISES)
    parks = rng.choices(city.parks, _park_weights(city), k=sizes.ENTERPRISES)
    trades = dict(zip(city.clusters, CLUSTERS.values(), strict=True))
    for park, cluster in zip(parks, clusters, strict=True):
        if rng.random() < 0.4:
            cluster = park.main_cluster
        unit = _enterprise(rng, words, trades[cluster], park, cluster, day)
        unit.credit_code = next(codes)
        city.units.append(unit)
    for unit in rng.sample(city.units, 260):
        if rng.random() < 0.5:
            unit.park = None
        else:
            unit.cluster = None
    _join_chains(city, rng)


def _park_weights(city):
    kinds = {org.park: org.kind for org in city.orgs if org.jurisdiction == "park"}
    return [PARK_WEIGHTS[kinds.get(park)] for park in city.parks]


def _enterprise(rng, words, trade, park, cluster, day) -> Unit:
    (trade_words, industry, _), brand = trade, words.brand()
    trade_word = rng.choice(trade_words)
    employees = rng.randint(*rng.choices(EMPLOYEES, EMPLOYEE_WEIGHTS)[0]) if rng.random() < 0.97 else None
    return Unit(
        name=f"上海{brand}{trade_word}{rng.choice(SUFFIXES)}",
        short=brand + trade_word,
        status=rng.choices(*ACTIVE_STATUSES)[0],
        legal_representative=words.person(),
        capital=rng.choice(CAPITAL),
        founded_on=any_day(rng, dt.date(1996, 1, 1), day - days(760)),
        industry=industry if rng.random() < 0.8 else OTHER_INDUSTRY,
        cluster=cluster,
        park=park,
        address=f"{park.name}{rng.randrange(1, 40)}号{rng.randrange(1, 20)}楼",
        employees=employees,
        members=_members(rng, employees),
        contact_name=words.person(),
        contact_phone=words.mobile() if rng.random() < 0.96 else "",
        is_high_tech=rng.random() < 0.14,
    )


def _members(rng, employees):
    """Few have Party members, and few of those three or more."""
    if not employees:
        return employees
    return min(employees, rng.choices((0, 1, 2, 3, 4, 6), (700, 190, 85, 12, 8, 5))[0])


def _join_chains(city, rng):
    """The lead enterprise is the largest of its chain."""
    by_cluster = defaultdict(list)
    for unit in city.units:
        if unit.cluster:
            by_cluster[unit.cluster].append(unit)
    share, extra = divmod(sizes.CHAIN_ENTERPRISES, len(city.chains))
    for number, chain in enumerate(city.chains):
        free = [unit for unit in by_cluster[chain.cluster] if unit.chain is None]
        joined = rng.sample(free, share + (number < extra))
        for unit in joined:
            unit.chain = chain
        max(joined, key=lambda unit: unit.employees or 0).is_chain_lead = True


# --- Hosts: branches of one enterprise, laboratory or platform ------------------------------------------------


def host_branches(city: City, rng: random.Random, words: Vocabulary) -> list[Org]:
    """Gives every own branch its enterprise; the key ones come first in the list returned."""
    in_parks = [org for org in city.orgs if org.kind == Kind.BRANCH and org.park and not org.carrier]
    of_clusters = [org for org in city.orgs if org.kind == Kind.BRANCH and not org.park]
    hosted = of_clusters + rng.sample(in_parks, sizes.OWN - len(of_clusters))
    free, taken = _free_units(city, rng), set()
    for number, org in enumerate(hosted):
        unit = _take(free[org.park or org.cluster], taken)
        unit.is_key = number < sizes.KEY_ENTERPRISES
        unit.members = rng.choices((3, 4, 5, 7, 9, 12, 18, 26, 45), (20, 18, 16, 14, 10, 9, 7, 4, 2))[0]
        unit.employees = max(unit.employees or 0, unit.members * rng.randint(4, 14))
        org.host, org.name = unit, f"{unit.short}党支部"
    _other_hosts(city, rng, words)
    return hosted


def _free_units(city, rng):
    """Place → its enterprises in random order, chain leads last because they are taken from the end."""
    free = defaultdict(list)
    for unit in sorted(rng.sample(city.units, len(city.units)), key=lambda unit: unit.is_chain_lead):
        for place in (unit.park, unit.cluster):
            if place:
                free[place].append(unit)
    return free


def _take(units, taken) -> Unit:
    while (unit := units.pop()) in taken:
        pass
    taken.add(unit)
    return unit


def _other_hosts(city, rng, words):
    institutes = [
        Unit(
            f"{name}（筹）", name, kind=UnitKind.INSTITUTE, park=rng.choice(city.parks), employees=80 + 30 * n
        )
        for n, name in enumerate(INSTITUTES)
    ]
    city.units += institutes
    for org in city.orgs:
        if org.carrier == "实验室":
            kind, parent = UnitKind.LABORATORY, rng.choice(institutes)
        elif org.carrier == "科技平台":
            kind, parent = UnitKind.PLATFORM, None
        else:
            continue
        name = org.name.removesuffix("党支部")
        org.host = Unit(name, name, kind=kind, park=org.park, cluster=org.cluster, parent=parent)
        org.host.employees, org.host.members = rng.randint(30, 120), rng.randint(3, 24)
        org.host.contact_name, org.host.contact_phone = words.person(), words.mobile()
        city.units.append(org.host)


# --- History --------------------------------------------------------------------------------------------------


def list_days(day: dt.date) -> list[dt.date]:
    """The days of the monthly lists, the latest first."""
    return [month_start(day, back) for back in range(sizes.MONTHS)]


def live(city: City, rng: random.Random, day: dt.date) -> dict[Unit, int]:
    """Joins, moves and ends over the last months. Returns for each ended unit how many months ago it ended.

    A unit changes once at most after it joined, so its periods cannot contradict each other.
    """
    lists = list_days(day)
    start = month_start(day, 2 * sizes.MONTHS)
    enterprises = [unit for unit in city.units if unit.kind == UnitKind.ENTERPRISE]
    hosts = {org.host for org in city.orgs}
    others = [unit for unit in enterprises if unit not in hosts]
    order = rng.sample(others, len(others))
    for unit in city.units:
        unit.joined_on = start
        unit.founded_on = unit.founded_on or any_day(rng, dt.date(2008, 1, 1), start)
    joining = _join_months(order, rng, lists)
    settled = order[joining:]
    ceased = _cease(settled[: sizes.ENTERPRISES - sizes.ACTIVE], rng, lists, day)
    rest = settled[len(ceased) :]
    _move(rest[: sizes.MOVES], city, rng, lists)
    _rename(rest[sizes.MOVES : sizes.MOVES + sizes.OLD_NAMES], rng, day)
    for unit in city.units:
        if not unit.periods:
            unit.periods = [Period(unit.joined_on, unit.park, unit.cluster, unit.status, unit.is_dormant)]
    return ceased


def _join_months(order, rng, lists) -> int:
    taken = 0
    for number, listed in enumerate(lists):
        count = sizes.NEW_PER_MONTH if number else sizes.NEW_LAST_MONTH
        for unit in order[taken : taken + count]:
            unit.joined_on, unit.founded_on = listed, any_day(rng, listed - days(75), listed - days(12))
        taken += count
    return taken


def _cease(units, rng, lists, day) -> dict[Unit, int]:
    """Half of them the list showed, the others somebody found on the spot some days later."""
    months = {}
    for number, unit in enumerate(units):
        back = rng.randrange(sizes.MONTHS)
        on = lists[back] if number % 2 else min(any_day(rng, lists[back], month_end(lists[back])), day)
        before = {"status": unit.status, "is_dormant": False}
        if number < len(CEASED):
            unit.status = CEASED[number]
        else:
            unit.is_dormant = True
        _change(unit, on, before)
        months[unit] = back
    return months


def _move(units, city, rng, lists):
    """From another park, from none, or from another cluster."""
    for unit in units:
        before: dict[str, Park | Place | None] = {}
        chance = rng.random()
        if chance < 0.7 and unit.park:
            others = [park for park in rng.sample(city.parks, 2) if park is not unit.park]
            before["park"] = others[0]
        elif chance < 0.8 and unit.park and unit.cluster:
            before["park"] = None
        else:
            others = [cluster for cluster in rng.sample(city.clusters, 2) if cluster is not unit.cluster]
            before["cluster"] = others[0]
        _change(unit, rng.choice(lists), before)


def _change(unit, on, before):
    now = {"park": unit.park, "cluster": unit.cluster, "status": unit.status, "is_dormant": unit.is_dormant}
    unit.periods = [Period(unit.joined_on, **now | before, until=on), Period(on, **now)]


def _rename(units, rng, day):
    for unit in units:
        old = unit.name.replace("（上海）", "").replace("股份", "").replace("上海", "上海新", 1)
        unit.old_names.append((old, any_day(rng, day - days(1500), day - days(20))))
