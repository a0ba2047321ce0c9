"""The rows of one invented city while it grows. They point at each other; keys are given when they are written."""

import datetime as dt
from dataclasses import dataclass, field

from orgs.kinds import OrganisationKind
from orgs.models import BuildingStage, EnterpriseStatus, UnitKind


@dataclass(slots=True, eq=False)
class Place:
    """An area, a cluster or a chain; a chain has a cluster."""

    name: str
    cluster: "Place | None" = None
    pk: int = 0


@dataclass(slots=True, eq=False)
class Park:
    name: str
    area: Place
    main_cluster: Place
    parent: "Park | None" = None
    address: str = ""
    aliases: list[str] = field(default_factory=list)
    spot: tuple[float, float] | None = None
    pk: int = 0


@dataclass(slots=True, eq=False)
class Org:
    """An organisation. `elected_on`, `term_ends_on` and the rest follow in `organisations.give_terms`."""

    code: str
    name: str
    kind: OrganisationKind
    parent: "Org | None"
    path: str
    jurisdiction: str
    area: Place | None = None
    cluster: Place | None = None
    park: Park | None = None
    carrier: str = ""
    host: "Unit | None" = None
    founded_on: dt.date | None = None
    approval_no: str = ""
    elected_on: dt.date | None = None
    term_ends_on: dt.date | None = None
    extended_to: dt.date | None = None
    extension_no: str = ""
    task_ended_on: dt.date | None = None
    phone: str = ""
    children: int = 0
    pk: int = 0


@dataclass(slots=True, eq=False)
class Period:
    """What `orgs.models.EnterprisePeriod` holds."""

    since: dt.date
    park: Park | None
    cluster: Place | None
    status: str
    is_dormant: bool
    until: dt.date | None = None


@dataclass(slots=True, eq=False)
class Unit:
    """An enterprise, institute, laboratory or platform. `joined_on` is the day it entered the register."""

    name: str
    short: str
    kind: str = UnitKind.ENTERPRISE
    credit_code: str | None = None
    status: str = EnterpriseStatus.EXISTING
    is_dormant: bool = False
    legal_representative: str = ""
    capital: int | None = None
    founded_on: dt.date | None = None
    industry: str = ""
    cluster: Place | None = None
    chain: Place | None = None
    is_chain_lead: bool = False
    park: Park | None = None
    parent: "Unit | None" = None
    address: str = ""
    employees: int | None = None
    members: int | None = None
    contact_name: str = ""
    contact_phone: str = ""
    is_high_tech: bool | None = None
    is_key: bool = False
    stage: str = BuildingStage.UNSURVEYED
    reason: str = ""
    joined_on: dt.date | None = None
    periods: list[Period] = field(default_factory=list)
    old_names: list[tuple[str, dt.date]] = field(default_factory=list)
    pk: int = 0

    @property
    def is_active(self) -> bool:
        return self.status in ACTIVE and not self.is_dormant


ACTIVE = frozenset(
    (EnterpriseStatus.EXISTING, EnterpriseStatus.OPERATING, EnterpriseStatus.OPEN, EnterpriseStatus.REGISTERED,
     EnterpriseStatus.MOVED_IN)
)  # fmt: skip


@dataclass(slots=True, eq=False)
class Cover:
    """A coverage, open unless `until` says otherwise."""

    unit: Unit
    method: str
    since: dt.date
    org: Org | None = None
    instructor: str = ""
    until: dt.date | None = None
    term_ends_on: dt.date | None = None
    evidence: str = ""
    pk: int = 0


@dataclass(slots=True, eq=False)
class VisitNote:
    unit: Unit
    kind: str
    visited_on: dt.date
    visitor: str
    gist: str
    cover: Cover | None = None
    team: "Team | None" = None
    needs: str = ""
    pk: int = 0


@dataclass(slots=True, eq=False)
class Team:
    """A service team. `people` are (name, unit), the leader first."""

    name: str
    org: Org
    chain: Place
    founded_on: dt.date
    people: list[tuple[str, str]]
    pk: int = 0


@dataclass(slots=True, eq=False)
class Errand:
    """A visit to make, done by `visit`."""

    unit: Unit
    kind: str
    reason: str
    org: Org
    opened_on: dt.date
    due_on: dt.date
    arrived_on: dt.date | None = None
    team: Team | None = None
    visit: VisitNote | None = None
    dropped: str = ""


@dataclass(slots=True, eq=False)
class Step:
    unit: Unit
    stage: str
    entered_on: dt.date
    document_no: str = ""
    note: str = ""


@dataclass(slots=True, eq=False)
class Task:
    unit: Unit
    reason: str
    owner: Org
    state: str
    result: str = ""
    note: str = ""
    done_on: dt.date | None = None


@dataclass(slots=True, eq=False)
class Round:
    """A survey round. `number` counts the months, 0 the latest; rounds are shared by all cities."""

    number: int
    as_of: dt.date
    tasks: list[Task] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Link:
    """An affiliation."""

    org: Org
    superior: Org
    line: str
    since: dt.date | None
    until: dt.date | None = None
    evidence: str = ""


@dataclass(slots=True, eq=False)
class Holder:
    """A person in a post."""

    org: Org
    title: str
    person: str
    since: dt.date
    until: dt.date | None = None


@dataclass
class City:
    """Everything of one science city."""

    number: int = 0
    areas: list[Place] = field(default_factory=list)
    clusters: list[Place] = field(default_factory=list)
    chains: list[Place] = field(default_factory=list)
    parks: list[Park] = field(default_factory=list)
    orgs: list[Org] = field(default_factory=list)
    units: list[Unit] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    holders: list[Holder] = field(default_factory=list)
    covers: list[Cover] = field(default_factory=list)
    visits: list[VisitNote] = field(default_factory=list)
    teams: list[Team] = field(default_factory=list)
    errands: list[Errand] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    rounds: list[Round] = field(default_factory=list)
