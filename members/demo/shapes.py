"""A person of the invented register while it grows."""

import datetime as dt
from dataclasses import dataclass, field

from orgs.demo.shapes import Org, Unit


@dataclass(slots=True, eq=False)
class Stay:
    """What `members.models.Posting` holds."""

    org: Org
    since: dt.date | None
    opened_how: str
    until: dt.date | None = None
    closed_how: str = ""


@dataclass(slots=True, eq=False)
class Person:
    """What `members.models.Member` holds, without what follows from it (hashes, pinyin, search keys)."""

    name: str
    org: Org
    is_male: bool
    born_on: dt.date
    joined_on: dt.date
    identity_number: str = ""
    mobile: str = ""
    ethnicity: str = ""
    education: str = ""
    title: str = ""
    occupation: str = ""
    position: str = ""
    is_research: bool = False
    employer: Unit | None = None
    employer_name: str = ""
    membership: str = ""
    relation: str = ""
    joined_precision: str = ""
    confirmed_on: dt.date | None = None
    probation_ends_on: dt.date | None = None
    left_on: dt.date | None = None
    legacy_reason: str = ""
    stays: list[Stay] = field(default_factory=list)
    pk: int = 0


@dataclass(slots=True, eq=False)
class Away:
    """What `members.models.Absence` holds; a guest from outside has no `person`. `contacts`: day, reached or not."""

    kind: str
    since: dt.date
    person: Person | None = None
    guest_name: str = ""
    guest_mobile: str = ""
    home_name: str = ""
    place: str = ""
    host: Org | None = None
    host_name: str = ""
    contact_person: str = ""
    expected_return_on: dt.date | None = None
    reported_on: dt.date | None = None
    contacts: list[tuple[dt.date, bool]] = field(default_factory=list)
    pk: int = 0


@dataclass(slots=True, eq=False)
class Move:
    """What `members.models.Transfer` holds; `steps` are its timeline: what, state, day, organisation."""

    direction: str
    state: str
    started_on: dt.date
    person: Person
    home: Org | None = None
    target: Org | None = None
    outside: str = ""
    reason: str = ""
    letter_no: str = ""
    issuer: Org | None = None
    issued_on: dt.date | None = None
    valid_days: int | None = None
    accepted_on: dt.date | None = None
    close_reason: str = ""
    steps: list[tuple[str, str, dt.date, Org | None]] = field(default_factory=list)
    pk: int = 0


@dataclass(slots=True, eq=False)
class Course:
    """A case of recruiting: `plan` holds the day of each step taken; `contacts` are two full members of the branch."""

    person: Person
    org: Org
    plan: dict[int, dt.date]
    contacts: list[Person]
    approver: Org
    is_member: bool = False
    pk: int = 0

    @property
    def name(self):
        return self.person.name


@dataclass(slots=True, eq=False)
class Outsider:
    """What `members.models.OutsidePerson` holds, in the talent pool since the day of consent."""

    name: str
    org: Org
    born_on: dt.date
    education: str
    unit_name: str
    field: str
    mobile: str
    consent_on: dt.date
    pk: int = 0


@dataclass(slots=True, eq=False)
class Pair:
    """What `members.models.Pairing` holds; `contacts`: day, means, gist, what was asked for and answered."""

    kind: str
    org: Org
    leader: Person
    led: Person | Course | Outsider
    aim: str
    since: dt.date
    until: dt.date | None = None
    ended_on: dt.date | None = None
    result: str = ""
    contacts: list[tuple[dt.date, str, str, str, str]] = field(default_factory=list)
    pk: int = 0
