"""Invents deputies and professors in the numbers of a real park (S30); one set-based insert per table."""

import datetime as dt
from dataclasses import dataclass, field
from itertools import product

from imports import sql
from linkages.demo import secondment_words as words
from linkages.models import (
    OUTCOMES,
    Candidate,
    OutcomeKind,
    Partner,
    Secondment,
    SecondmentAct,
    SecondmentEntry,
    SecondmentKind,
    SecondmentOutcome,
    SecondmentState,
)
from orgs.demo.names import Vocabulary
from orgs.demo.shapes import Org, Unit
from orgs.demo.write import insert, key, moment
from orgs.kinds import BRANCHES
from orgs.models import Appointment, Role, UnitKind
from orgs.terms import add_months

A, S, K = SecondmentAct, SecondmentState, SecondmentKind
LOADED = (Secondment, Candidate, SecondmentOutcome, SecondmentEntry)
INSTITUTES = 89
APPOINTED = {K.DEPUTY: 236, K.PROFESSOR: 84}
OPEN = {S.NEED: 9, S.MATCHING: 11, S.CHOSEN: 5, S.WITHDRAWN: 4}
# Kind → (how many in all, how many at once at most).
BROUGHT = {
    "problem": (48, 1), "product": (121, 1), "project": (71, 1), "textbook": (74, 1), "course": (178, 1), "student": (660, 12),
}  # fmt: skip
# Days before the contract.
ASKED, PUT_FORWARD, CHOSEN = 60, 40, 20
EARLY = 0.06  # leave before their time


@dataclass(slots=True, eq=False)
class Institute:
    """What `Partner` holds."""

    name: str
    pk: int = 0


@dataclass(slots=True, eq=False)
class Person:
    """What `Candidate` holds. `key` is handed out before the row it belongs to is written."""

    place: "Place"
    name: str
    title: str
    unit: Institute | Unit
    key: int = 0


@dataclass(slots=True, eq=False)
class Place:
    """What `Secondment` holds."""

    kind: str
    home: Org
    firm: Unit
    institute: Institute
    post: str
    field: str
    tasks: str
    months: int
    state: str
    since: dt.date
    """Of the contract, or of what would be its day."""
    ends_on: dt.date | None = None
    renewals: int = 0
    exited_on: dt.date | None = None
    is_early: bool = False
    people: list[Person] = field(default_factory=list)
    chosen: Person | None = None
    outcomes: list[tuple] = field(default_factory=list)
    pk: int = 0

    @property
    def is_signed(self):
        return self.state in (S.SERVING, S.ENDED)

    @property
    def is_deputy(self):
        return self.kind == K.DEPUTY


def load(city, partners, root_id: int, rng, day: dt.date, suffix: str) -> None:
    """Organisations, enterprises and `partners` have their keys; `suffix` tells the institutes of cities apart."""
    known = [Institute(one.name, one.pk) for one in partners if one.kind == "academic"]
    names = [
        f"{university}{college}{suffix}"
        for university, college in product(words.UNIVERSITIES, words.COLLEGES)
    ]
    new = [Institute(name) for name in names if name not in {one.name for one in known}]
    new = new[: INSTITUTES - len(known)]
    _write_institutes(new, root_id, day)
    places = _invent(city, [*known, *new], rng, day)
    _bring(places, rng, day)
    _write(places, root_id)
    _write_entries(places)


def give_to_accounts() -> None:
    """One that waits to be chosen and one that runs: of the demonstration contact's enterprise, kept by the secretary's branch."""
    contact, secretary = (
        Appointment.objects.filter(role=role).order_by("pk").first()
        for role in (Role.CONTACT, Role.SECRETARY)
    )
    if not contact or not secretary:
        return
    for state in (S.MATCHING, S.SERVING):
        row = Secondment.objects.filter(kind=K.DEPUTY, state=state).order_by("pk").first()
        Secondment.objects.filter(pk=row.pk).update(
            enterprise=contact.enterprise_id, organisation=secretary.organisation_id
        )


def _write_institutes(institutes, root_id, day):
    insert(
        Partner,
        institutes,
        organisation_id=lambda one: root_id,
        name=lambda one: one.name,
        kind=lambda one: "academic",
        contact_office=lambda one: "科研处",
        credit_code=lambda one: "",
        created_at=lambda one: moment(day),
        updated_at=lambda one: moment(day),
    )


# --- Inventing -------------------------------------------------------------------------------------------


def _invent(city, institutes, rng, day) -> list[Place]:
    """Every institute takes part; firms are the key and the high-tech ones, in business for years."""
    people = Vocabulary(rng)
    homes = [org for org in city.orgs if org.kind not in BRANCHES and org.task_ended_on is None]
    firms = [
        unit for unit in city.units
        if unit.kind == UnitKind.ENTERPRISE and unit.is_active and (unit.is_key or unit.is_high_tech)
        and unit.founded_on and unit.founded_on < day - dt.timedelta(days=5 * 365)
    ]  # fmt: skip
    kinds = [kind for kind, count in APPOINTED.items() for _ in range(count)]
    rng.shuffle(kinds)
    places = []
    for number, kind in enumerate(kinds):
        institute = institutes[number] if number < len(institutes) else rng.choice(institutes)
        place = _place(kind, S.SERVING, rng.choice(homes), rng.choice(firms), institute, rng, day)
        _run(place, rng, day)
        places.append(place)
    for state, count in OPEN.items():
        for _ in range(count):
            kind = rng.choice(kinds)
            place = _place(
                kind, state, rng.choice(homes), rng.choice(firms), rng.choice(institutes), rng, day
            )
            place.since = day + dt.timedelta(days=rng.randrange(0, CHOSEN))
            places.append(place)
    for place in places:
        _put_forward(place, people, institutes, firms, rng)
    return places


def _place(kind, state, home, firm, institute, rng, day) -> Place:
    is_deputy, subject = kind == K.DEPUTY, rng.choice(words.FIELDS)
    return Place(
        kind=kind,
        home=home,
        firm=firm,
        institute=institute,
        post=rng.choice(words.DEPUTY_POSTS) if is_deputy else f"{subject}产业教授",
        field=subject,
        tasks=rng.choice(words.DEPUTY_TASKS if is_deputy else words.PROFESSOR_TASKS),
        months=rng.choice((12, 24, 24, 36)),
        state=state,
        since=day - dt.timedelta(days=rng.randrange(30, 1100)),
    )


def _run(place, rng, day):
    """To this day: renewed or left when the term was over, some before."""
    place.ends_on = add_months(place.since, place.months)
    while place.ends_on < day:
        if rng.random() < 0.5:
            place.state, place.exited_on = S.ENDED, place.ends_on
            return
        place.ends_on, place.renewals = add_months(place.ends_on, place.months), place.renewals + 1
    if rng.random() < EARLY and place.since < day - dt.timedelta(days=200):
        place.state, place.is_early = S.ENDED, True
        place.exited_on = day - dt.timedelta(days=rng.randrange(10, 90))


def _put_forward(place, vocabulary, institutes, firms, rng):
    """One or several; where somebody serves, from the institute or firm that the place is drawn for."""
    if place.state in (S.NEED, S.WITHDRAWN):
        return
    own, others = (place.institute, institutes) if place.is_deputy else (place.firm, firms)
    titles = words.DEPUTY_TITLES if place.is_deputy else words.PROFESSOR_TITLES
    count = rng.choice((2, 3)) if place.state == S.MATCHING else rng.choice((1, 1, 2))
    for number, name in enumerate(vocabulary.people(count)):
        unit = own if number == 0 else rng.choice(others)
        place.people.append(Person(place, name, rng.choice(titles), unit))
    if place.state != S.MATCHING:
        place.chosen = place.people[0]


def _bring(places, rng, day):
    """Hands what was counted to the places that count it."""
    for kind, (total, most) in BROUGHT.items():
        counting = [place for place in places if place.is_signed and kind in OUTCOMES[place.kind]]
        while total:
            count, place = min(total, rng.randint(1, most)), rng.choice(counting)
            last = min(place.exited_on or day, day)
            on = place.since + dt.timedelta(days=rng.randrange((last - place.since).days + 1))
            place.outcomes.append((kind, on, count, rng.choice(words.OUTCOMES[kind])))
            total -= count


# --- Writing ---------------------------------------------------------------------------------------------


def _day(place, before: int) -> dt.datetime:
    return moment(place.since - dt.timedelta(days=before))


def _write(places, root_id):
    people = [person for place in places for person in place.people]
    for person, pk in zip(people, sql.allocate_ids(Candidate, len(people)), strict=True):
        person.key = pk
    insert(
        Secondment,
        places,
        organisation_id=lambda p: p.home.pk,
        root_id=lambda p: root_id,
        kind=lambda p: str(p.kind),
        enterprise_id=lambda p: p.firm.pk if p.is_deputy else None,
        partner_id=lambda p: None if p.is_deputy else p.institute.pk,
        post=lambda p: p.post,
        field=lambda p: p.field,
        tasks=lambda p: p.tasks,
        months=lambda p: p.months,
        state=lambda p: str(p.state),
        chosen_id=lambda p: p.chosen and p.chosen.key,
        conditions=lambda p: words.CONDITIONS if p.chosen and p.is_deputy else "",
        signed_on=lambda p: p.since if p.is_signed else None,
        starts_on=lambda p: p.since if p.is_signed else None,
        ends_on=lambda p: p.ends_on,
        renewals=lambda p: p.renewals,
        exited_on=lambda p: p.exited_on,
        exit_kind=lambda p: _exit(p)[0],
        exit_reason=lambda p: _exit(p)[1],
        withdrawn_reason=lambda p: words.WITHDRAWN if p.state == S.WITHDRAWN else "",
        created_at=lambda p: _day(p, ASKED),
        updated_at=lambda p: _day(p, 0 if p.is_signed else CHOSEN),
    )
    insert(
        Candidate,
        people,
        id=lambda one: one.key,
        secondment_id=lambda one: one.place.pk,
        name=lambda one: one.name,
        title=lambda one: one.title,
        field=lambda one: one.place.field,
        enterprise_id=lambda one: None if one.place.is_deputy else key(one.unit),
        partner_id=lambda one: key(one.unit) if one.place.is_deputy else None,
        put_forward_at=lambda one: _day(one.place, PUT_FORWARD),
        withdrawn_reason=lambda one: "",
    )
    rows = [
        (place.pk, kind, on, count, what, moment(on), "")
        for place in places
        for kind, on, count, what in place.outcomes
    ]
    names = ("secondment_id", "kind", "on", "count", "what", "recorded_at", "withdrawn_reason")
    sql.insert_rows(SecondmentOutcome, names, sorted(rows, key=lambda row: row[5]))


def _exit(place) -> tuple[str, str]:
    if place.state != S.ENDED:
        return "", ""
    return ("person", words.EARLY) if place.is_early else ("expired", words.EXPIRED)


def _write_entries(places):
    rows = [row for place in places for row in _history(place)]
    names = ("secondment_id", "candidate_id", "act", "state", "note", "at")
    sql.insert_rows(SecondmentEntry, names, sorted(rows, key=lambda row: row[5]))


def _history(place):
    def line(act, state, at, note="", person=None):
        return place.pk, person and person.key, str(act), str(state), note, at

    yield line(A.DRAFT, S.NEED, _day(place, ASKED))
    if place.state == S.WITHDRAWN:
        yield line(A.WITHDRAW, S.WITHDRAWN, _day(place, CHOSEN), words.WITHDRAWN)
    for person in place.people:
        named = f"{person.name}（{person.unit.name}）"
        yield line(A.NOMINATE, S.MATCHING, _day(place, PUT_FORWARD), named, person)
    if place.chosen:
        named = f"{place.chosen.name}（{place.chosen.unit.name}）"
        yield line(A.SELECT, S.CHOSEN, _day(place, CHOSEN), named, place.chosen)
    if not place.is_signed:
        return
    first = add_months(place.since, place.months)
    yield line(A.SIGN, S.SERVING, _day(place, 0), f"{place.since}签约，任期{place.since}至{first}")
    for number in range(1, place.renewals + 1):
        renewed = add_months(place.since, number * place.months)
        until = add_months(place.since, (number + 1) * place.months)
        yield line(A.RENEW, S.SERVING, moment(renewed), f"{renewed}续聘，任期至{until}")
    for kind, on, count, what in place.outcomes:
        yield line(A.OUTCOME, S.SERVING, moment(on), f"{on} {OutcomeKind(kind).label}{count}：{what}")
    if place.exited_on:
        yield line(A.EXIT, S.ENDED, moment(place.exited_on), f"{place.exited_on}：{_exit(place)[1]}")
