"""People on the way into the Party: applicants, activists, candidates and those recruited this year."""

import datetime as dt
import random

from members.choices import Education, Membership, Opening, Precision, Relation
from members.demo import cases
from members.demo.moves import approver_of, shown_branch
from members.demo.people import invent_person
from members.demo.shapes import Course, Person
from orgs.demo.dates import any_day, days
from orgs.demo.names import Vocabulary
from orgs.demo.shapes import City
from orgs.terms import add_years

APPLICANTS, ACTIVISTS, CANDIDATES, RECRUITED = 420, 277, 130, 100
# Of the recruited: with a bachelor's degree or higher, and in research and development.
GRADUATES, RESEARCHERS = 0.75, 0.70
CONVERTED = 96  # this year, with their files closed
TO_APPROVAL = 20


def invent_courses(
    city: City, people: list[Person], rng: random.Random, words: Vocabulary, day: dt.date
) -> list[Course]:
    """`people` are changed where they were recruited this year: their posting begins with the approval."""
    full: dict = {}
    for person in people:
        if person.membership == Membership.FULL and person.relation == Relation.REGISTERED:
            full.setdefault(person.org, []).append(person)
    homes = [org for org, members in full.items() if len(members) >= 3]
    shown = shown_branch(city)
    courses = [
        Course(person, person.org, _until(cases.days(_applied(person.joined_on)) | {15: person.joined_on}, day),
               full[person.org][:2], approver_of(person.org), is_member=True)
        for person in _recruited(people, full, rng, day)
    ]  # fmt: skip
    courses += [
        Course(person, person.org, _until(_whole(person.joined_on), day),
               [other for other in full[person.org] if other is not person][:2], approver_of(person.org), is_member=True)
        for person in _converted(people, full, rng, day)
    ]  # fmt: skip
    for count, last, youngest, oldest in (
        # How far they are, and between how many days ago they applied.
        (APPLICANTS, 2, 1, 115),
        (ACTIVISTS, 6, 125, 520),
        (CANDIDATES, 14, 510, 558),
    ):
        for number in range(count):
            org = shown if number < 2 else rng.choice(homes)
            person = _newcomer(rng, words, org, day)
            plan = cases.days(any_day(rng, day - days(oldest), day - days(youngest)))
            taken = {step: on for step, on in _until(plan, day).items() if step <= last}
            if rng.random() < 0.06 and len(taken) > 1:
                # Somebody is behind with the last step.
                taken.pop(max(taken))
            courses.append(Course(person, org, taken, full[org][:2], approver_of(org)))
    return courses


def _recruited(people, full, rng, day):
    first = dt.date(day.year, 1, 1)
    eligible = [
        person
        for person in people
        if person.membership == Membership.PROBATIONARY
        and first <= person.joined_on + days(TO_APPROVAL) <= day
        and person.stays[0].opened_how == Opening.ADMITTED
        and len(full.get(person.org, ())) >= 3
    ]
    for number, person in enumerate(_mostly_high_tech(eligible, RECRUITED, rng)):
        person.stays[0].since = person.joined_on + days(TO_APPROVAL)
        person.is_research = number < RECRUITED * RESEARCHERS
        graduate = number % RECRUITED >= RECRUITED * (1 - GRADUATES)
        person.education = (
            rng.choice((Education.BACHELOR, Education.MASTER)) if graduate else Education.COLLEGE
        )
        yield person


def _mostly_high_tech(eligible, count, rng) -> list[Person]:
    """Two thirds of high-tech enterprises, as the plan of the year asks, where there are so many."""
    high, others = [], []
    for person in eligible:
        (high if person.employer and person.employer.is_high_tech else others).append(person)
    chosen = rng.sample(high, min(len(high), count * 2 // 3))
    chosen += rng.sample(others, min(len(others), count - len(chosen)))
    rng.shuffle(chosen)
    return chosen


def _converted(people, full, rng, day):
    """Members since this year, whose file is closed."""
    eligible = [
        person
        for person in people
        if person.membership == Membership.FULL
        and person.relation == Relation.REGISTERED
        and person.joined_precision == Precision.DAY
        and person.confirmed_on
        and dt.date(day.year, 1, 1) <= person.confirmed_on <= day - days(30)
        and len(person.stays) == 1
        and person.stays[0].opened_how == Opening.ADMITTED
        and len(full.get(person.org, ())) >= 4
    ]
    for person in rng.sample(eligible, min(len(eligible), CONVERTED)):
        person.stays[0].since = person.joined_on + days(TO_APPROVAL)
        yield person


def _whole(meeting) -> dict[int, dt.date]:
    """The days of all steps around a meeting on the day."""
    ends_on = add_years(meeting, 1)
    plan = {number: on for number, on in cases.days(_applied(meeting)).items() if number < 15}
    after = {15: 0, 16: 10, 17: TO_APPROVAL, 18: 25, 19: 25, 20: 30, 21: 180}
    plan |= {number: meeting + days(later) for number, later in after.items()}
    return plan | {number: ends_on + days(later) for number, later in {22: 0, 23: 12, 24: 20, 25: 25}.items()}


def _applied(meeting) -> dt.date:
    return add_years(meeting - days(80), -1) - days(120)


def _until(plan, day) -> dict[int, dt.date]:
    return {number: on for number, on in plan.items() if on <= day}


def _newcomer(rng, words, org, day) -> Person:
    person = invent_person(rng, words, org, day, name=words.person(), leads=False)
    person.born_on = any_day(rng, add_years(day, -42), add_years(day, -23))
    person.employer, person.employer_name = org.host, org.host.name if org.host else ""
    person.is_research = rng.random() < 0.6
    return person
