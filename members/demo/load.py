"""The part of the members in `manage.py demo_park`, city by city."""

import datetime as dt
import random
from dataclasses import dataclass

from imports import sql
from members.choices import Relation
from members.demo import sizes
from members.demo.courses import invent_courses
from members.demo.documents import add_documents
from members.demo.dues import invent_dues
from members.demo.leading import invent_leading
from members.demo.moves import Cases, invent_absences, invent_transfers, shown_branch
from members.demo.pairings import invent_hand_picked, invent_outsiders, invent_pairings
from members.demo.people import invent_members, number_people
from members.demo.plans import write_plans
from members.demo.points import write_points
from members.demo.shapes import Away, Course, Move, Person
from members.demo.write import write_absences, write_courses, write_dues, write_members, write_transfers
from members.demo.write_leading import write_leading
from members.demo.write_pairings import write_pairings, write_pool
from members.dues.scales import scale_on
from members.employers import refresh_full_members
from members.models import (
    Absence,
    DuesAllocation,
    DuesBasis,
    DuesCharge,
    DuesPayment,
    LeadingResult,
    LeadingService,
    LeadingUnit,
    Member,
    MemberEvent,
    NameKey,
    OutsidePerson,
    Pairing,
    PairingContact,
    PointEntry,
    Posting,
    PublicRole,
    RecruitmentCase,
    StepRecord,
    TalentEntry,
    Transfer,
)
from orgs.demo.dates import month_start
from orgs.demo.names import Vocabulary
from orgs.demo.shapes import City
from orgs.models import Role, User

LOADED = (
    Member, NameKey, Posting, MemberEvent, Absence, Transfer, RecruitmentCase, StepRecord, DuesBasis, DuesCharge,
    DuesPayment, DuesAllocation, LeadingUnit, LeadingService, LeadingResult, PublicRole,
    OutsidePerson, TalentEntry, Pairing, PairingContact, PointEntry,
)  # fmt: skip


@dataclass
class Register:
    """Everything about the members of one city."""

    people: list[Person]
    absences: list[Away]
    moves: list[Move]
    courses: list[Course]


def invent_register(city: City, number: int, *, seed: int, day: dt.date) -> Register:
    """The register of city `number`: the same arguments give the same. Writes nothing."""
    rng = random.Random(f"members:{seed}:{number}")  # noqa: S311 - an invented register keeps no secret
    words = Vocabulary(rng)
    people = invent_members(city, rng, words, day)
    cases = Cases(city, people, rng, words, day)
    moves = invent_transfers(cases)
    register = Register(people, invent_absences(cases), moves, invent_courses(city, people, rng, words, day))
    known = set(people)
    others = (case.person for case in (*moves, *register.courses) if case.person not in known)
    number_people([*people, *others], number)
    return register


def load_city(city: City, number: int, *, seed: int, day: dt.date) -> list[Person]:
    """The city has been written: its rows have their keys. Returns its people, who have theirs now."""
    root_id = (city.orgs[0].parent or city.orgs[0]).pk
    register = invent_register(city, number, seed=seed, day=day)
    rng = random.Random(f"dues:{seed}:{number}")  # noqa: S311 - as above
    dues = invent_dues(city, register.people, rng, scale_on(day), day)
    write_members(register.people, root_id=root_id, start=month_start(day, sizes.MONTHS))
    write_absences(register.absences, root_id=root_id)
    write_transfers(register.moves, root_id=root_id)
    write_courses(register.courses, root_id=root_id)
    write_plans(city, register.courses, root_id=root_id, day=day)
    scores = random.Random(f"points:{seed}:{number}")  # noqa: S311 - as above
    write_points(city, register.courses, root_id=root_id, day=day, rng=scores)
    write_dues(dues, root_id=root_id)
    chosen = random.Random(f"leading:{seed}:{number}")  # noqa: S311 - as above
    write_leading(invent_leading(city, register.people, chosen, day), root_id=root_id)
    _load_pairings(city, number, register, root_id, seed=seed, day=day)
    return register.people


def _load_pairings(city, number, register, root_id, *, seed, day):
    """Of rows that have their keys."""
    rng = random.Random(f"pairings:{seed}:{number}")  # noqa: S311 - as above
    homes = list({person.org: None for person in register.people})
    outsiders = invent_outsiders(homes, rng, Vocabulary(rng), day)
    write_pool(outsiders, invent_hand_picked(register.people, rng), root_id=root_id, day=day)
    pairs = invent_pairings(register.people, register.courses, outsiders, shown_branch(city), rng, day)
    write_pairings(pairs, root_id=root_id)


def finish() -> None:
    """After the last city: what is counted over all members, some documents, and the person behind the account of a member."""
    sql.analyse(LOADED)
    refresh_full_members()
    add_documents()
    for account in User.objects.filter(appointments__role=Role.MEMBER, member__isnull=True):
        branch = account.appointments.get(role=Role.MEMBER).organisation_id
        own = Member.objects.full().filter(organisation=branch, relation=Relation.REGISTERED)
        member = own.order_by("-pk").first()
        member.account, member.name = account, account.display_name
        member.save(update_fields=["account", "name"])
