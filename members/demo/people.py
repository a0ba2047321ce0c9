"""Invents the members of a city: how many each branch has, who they are, where they work and how they came."""

import datetime as dt
import random
from collections import defaultdict
from collections.abc import Iterator

from members.choices import Closing, Education, Membership, Occupation, Opening, Precision, Relation, Title
from members.demo import sizes
from members.demo.shapes import Person, Stay
from members.validators import ADULT, PROBATION_YEARS, legacy_fault
from orgs.demo.dates import any_day, days, month_start
from orgs.demo.names import CLUSTERS, SUFFIXES, Vocabulary
from orgs.demo.shapes import City, Org, Unit
from orgs.identifiers import identity_check
from orgs.kinds import BRANCHES, RULES
from orgs.models import CoverageMethod, UnitKind
from orgs.terms import add_years

# Values with how many of a hundred (or more) have them; close to the workbook that branches hand in.
ETHNICITIES = (("汉族", "满族", "回族", "蒙古族", "壮族"), (941, 20, 20, 10, 9))
EDUCATIONS = (
    (Education.BACHELOR, Education.MASTER, Education.COLLEGE, Education.DOCTOR, Education.HIGH_SCHOOL),
    (463, 310, 116, 91, 20),
)
TITLES = (("", Title.INTERMEDIATE, Title.ASSOCIATE, Title.JUNIOR, Title.SENIOR), (40, 24, 17, 12, 7))
POSITIONS = ("工程师", "研究员", "主管", "经理", "总监", "职员")
LEADING = ("主管", "经理", "总监")
CLOSINGS = (
    (Closing.TRANSFERRED_OUT, Closing.DIED, Closing.STOPPED, Closing.REMOVED, Closing.CANCELLED, Closing.WITHDREW),
    (1000, 80, 16, 10, 6, 2),
)  # fmt: skip
MEMBERSHIP_AFTER = {
    Closing.STOPPED: Membership.STOPPED,
    Closing.REMOVED: Membership.ENDED,
    Closing.CANCELLED: Membership.ENDED,
    Closing.WITHDREW: Membership.ENDED,
}
RETIREMENT = 60
RESEARCH = 0.44


def invent_members(city: City, rng: random.Random, words: Vocabulary, day: dt.date) -> list[Person]:
    """The members of a city, those who left behind the others; without their identity numbers."""
    homes = [org for org in city.orgs if org.kind in BRANCHES and RULES[org.kind].keeps_membership]
    leaders = _leaders(city, homes)
    employers = _employers(city, homes)
    people = []
    for org, count in zip(homes, _head_counts(homes, rng), strict=True):
        names = leaders.get(org, [])
        for place in range(count):
            leads = place < len(names)
            person = invent_person(
                rng, words, org, day, name=names[place] if leads else words.person(), leads=leads
            )
            _employ(person, rng, words, next(employers[org], None))
            people.append(person)
    _on_probation(people, homes, rng, day)
    for person in people:
        _settle(person, rng, homes, day)
    return people + [_left(rng, words, rng.choice(homes), day) for _ in range(sizes.LEFT)]


# --- How many, and where they work ----------------------------------------------------------------------


def _head_counts(homes, rng) -> list[int]:
    """For each branch; they add up to the size of the register."""
    counts = [_head_count(org, rng) for org in homes]
    # Branches of no single enterprise take up what is missing or too much.
    flexible = [index for index, org in enumerate(homes) if not org.host]
    while missing := sizes.MEMBERS - sum(counts):
        step = 1 if missing > 0 else -1
        for index in rng.sample(flexible, min(abs(missing), len(flexible))):
            if sizes.SMALLEST_BRANCH <= counts[index] + step <= sizes.LARGEST_BRANCH or rng.random() < 0.01:
                counts[index] = max(counts[index] + step, sizes.SMALLEST_BRANCH)
    return counts


def _head_count(org, rng):
    if org.host is None:
        return rng.randint(8, 45)
    reported = org.host.members or sizes.SMALLEST_BRANCH
    grown = int(reported * rng.uniform(1.0, 1.9))
    return max(min(grown, (org.host.employees or reported) * 6 // 10), reported, sizes.SMALLEST_BRANCH)


def _leaders(city, homes) -> dict[Org, list[str]]:
    """Branch → the people in its posts, who are members of it."""
    found = defaultdict(list)
    for holder in city.holders:
        if holder.until is None and holder.person not in found[holder.org]:
            found[holder.org].append(holder.person)
    return {org: found[org] for org in homes}


def _employers(city, homes) -> dict[Org, Iterator[Unit]]:
    """Branch → the employer of each of its members, as long as they last.

    Enterprises without an organisation of their own have as many members as they reported, so that the register and
    the survey agree on who should found one.
    """
    seats = defaultdict(list)
    for org in homes:
        if org.park and not org.host:
            seats[org.park.parent or org.park].append(org)
    joint = {cover.unit: cover.org for cover in city.covers if cover.method == CoverageMethod.JOINT}
    work: dict[Org, list[Unit]] = defaultdict(list)
    hosts = {org.host for org in homes if org.host}
    for number, unit in enumerate(city.units):
        if unit in hosts or unit.kind != UnitKind.ENTERPRISE or not unit.is_active or not unit.members:
            continue
        near = seats.get(unit.park and (unit.park.parent or unit.park))
        org = joint.get(unit) or (near and near[number % len(near)])
        if org:
            work[org] += [unit] * unit.members
    return {org: iter([org.host] * 999 if org.host else work[org]) for org in homes}


def _employ(person, rng, words, unit):
    if unit:
        person.employer, person.employer_name = unit, unit.name
        person.is_research = rng.random() < RESEARCH
    elif person.occupation != Occupation.RETIRED:
        trade = rng.choice(rng.choice(tuple(CLUSTERS.values()))[0])
        person.employer_name = f"上海{words.brand()}{trade}{rng.choice(SUFFIXES)}"
        person.is_research = rng.random() < RESEARCH


# --- Who they are -----------------------------------------------------------------------------------------


def invent_person(rng, words, org, day, *, name, leads=False) -> Person:
    oldest, youngest = add_years(day, -66), add_years(day, -30 if leads else -27)
    born_on = any_day(rng, oldest, youngest)
    first = max(add_years(born_on, ADULT) + days(90), add_years(day, -45))
    last = day - days(1500 if leads else 400)
    # Most join young.
    joined_on = first + days(int((last - first).days * rng.betavariate(1.1, 1.9)))
    person = Person(name, org, rng.random() < 0.578, born_on, joined_on, mobile=words.mobile())
    person.ethnicity = rng.choices(*ETHNICITIES)[0]
    person.education = rng.choices(*EDUCATIONS)[0]
    person.title = rng.choices(*TITLES)[0]
    person.membership = Membership.FULL
    person.relation = Relation.REGISTERED
    person.joined_precision = Precision.DAY
    person.confirmed_on = add_years(joined_on, PROBATION_YEARS)
    if joined_on.year < 2012 and rng.random() < 0.3:
        person.joined_on, person.joined_precision = joined_on.replace(day=1), Precision.MONTH
    _occupy(person, rng, day, leads)
    return person


def _occupy(person, rng, day, leads):
    if not leads and person.born_on < add_years(day, -RETIREMENT) and rng.random() < 0.5:
        person.occupation = Occupation.RETIRED
        return
    person.position = rng.choice(POSITIONS)
    person.occupation = Occupation.MANAGER if person.position in LEADING else Occupation.SPECIALIST


def _on_probation(people, homes, rng, day):
    """Those of the last year; a few whose year is over and nobody has met about. Three of a branch stay full."""
    fixed = defaultdict(int)
    free = []
    for person in people:
        fixed[person.org] += 1
        if fixed[person.org] > max(sizes.SMALLEST_BRANCH, 6):
            free.append(person)
    chosen = rng.sample(free, sizes.PROBATIONARY)
    for number, person in enumerate(chosen):
        late = number % 40 == 0
        person.joined_on = (
            any_day(rng, day - days(420), day - days(367))
            if late
            else any_day(rng, add_years(day, -1) + days(1), day - days(3))
        )
        person.joined_precision = Precision.DAY
        person.born_on = any_day(rng, add_years(day, -40), add_years(day, -22))
        if person.occupation == Occupation.RETIRED:
            person.occupation, person.position = Occupation.SPECIALIST, POSITIONS[0]
        person.membership, person.confirmed_on = Membership.PROBATIONARY, None
        person.probation_ends_on = add_years(person.joined_on, PROBATION_YEARS)


def number_people(people: list[Person], number: int) -> None:
    """Identity numbers, every one different: the serial counts the people of one sex born on one day in a city."""
    division, first = 999900 + number % 100, number // 100 * 20
    serials = defaultdict(lambda: first)
    for person in people:
        key = person.born_on, person.is_male
        body = f"{division}{person.born_on:%Y%m%d}{serials[key] * 2 + person.is_male:03d}"
        serials[key] += 1
        person.identity_number = body + identity_check(body)


# --- How they came and went ---------------------------------------------------------------------------------


def _settle(person, rng, homes, day):
    """The stays of somebody who is counted, the standing of the relation, and what history left open."""
    start = month_start(day, sizes.MONTHS)
    earliest = max(start, person.org.founded_on)
    chance = rng.random()
    if person.joined_on > earliest:
        person.stays = [Stay(person.org, person.joined_on, Opening.ADMITTED)]
    elif chance < sizes.TRANSFERRED_IN:
        person.stays = [Stay(person.org, any_day(rng, earliest, day - days(2)), Opening.TRANSFERRED_IN)]
    elif chance < sizes.TRANSFERRED_IN + sizes.MOVED:
        _moved(person, rng, rng.choice(homes), earliest, day)
    else:
        since = person.org.founded_on if person.org.founded_on > start else None
        person.stays = [Stay(person.org, since, Opening.REGISTER)]
    if person.membership == Membership.FULL:
        chance = rng.random()
        if chance < sizes.FLOATING:
            person.relation = Relation.FLOATING_OUT
        elif chance < sizes.FLOATING + sizes.RESERVED:
            person.relation = Relation.RESERVED
        elif chance > 1 - sizes.UNVERIFIED:
            person.confirmed_on = None
    person.legacy_reason = legacy_fault(
        can_be_home=True,
        membership=person.membership,
        joined_on=person.joined_on,
        joined_is_month=person.joined_precision == Precision.MONTH,
        confirmed_on=person.confirmed_on,
    )


def _moved(person, rng, before, earliest, day):
    since = before.founded_on if before.founded_on > month_start(day, sizes.MONTHS) else None
    on = any_day(rng, max(earliest, before.founded_on) + days(1), day - days(2))
    if before is person.org or on > day:
        person.stays = [Stay(person.org, None, Opening.REGISTER)]
        return
    person.stays = [
        Stay(before, since, Opening.REGISTER, on, Closing.MOVED),
        Stay(person.org, on, Opening.MOVED),
    ]


def _left(rng, words, org, day) -> Person:
    person = invent_person(rng, words, org, day, name=words.person())
    start = month_start(day, sizes.MONTHS)
    how = rng.choices(*CLOSINGS)[0]
    since = max(person.joined_on, org.founded_on)
    on = any_day(rng, max(start, since) + days(1), day - days(1))
    if how == Closing.CANCELLED:
        person.confirmed_on = None
        person.joined_on, person.joined_precision = on - days(380), Precision.DAY
        person.born_on = min(person.born_on, add_years(person.joined_on, -22))
        since = max(person.joined_on, org.founded_on)
        on = max(on, since)
    person.membership = MEMBERSHIP_AFTER.get(how, Membership.FULL)
    person.relation, person.left_on = Relation.LEFT, on
    opened = Opening.ADMITTED if since > start and since == person.joined_on else Opening.REGISTER
    person.stays = [Stay(org, since if since > start else None, opened, on, how)]
    _employ(person, rng, words, None)
    return person
