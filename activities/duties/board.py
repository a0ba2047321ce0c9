"""Duties as pages show them: whose they are, folded into a cell of the map, counted into rates."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from activities.duties.engine import Cell, compute
from activities.duties.periods import Unit, index_of, quarter_words
from activities.duties.rules import KINDS, MEETINGS_AND_LECTURE
from activities.duties.standing import Duty, Standing, standings
from activities.duties.states import DONE, PENDING, SIGNS, TONES, DutyState, worst
from activities.kinds import Kind
from orgs.kinds import BRANCHES, OrganisationKind
from orgs.models import Organisation
from orgs.tree import children_of, parent_path

CARRIED_MONTHS = 6  # the most that `duty_year_extension_months` may be
LONGEST_GRACE = dt.timedelta(days=31)
THREE = "three"
GROUPED = {THREE: MEETINGS_AND_LECTURE} | {kind: (kind,) for kind in KINDS}
GROUP_LABELS = {THREE: "三会一课"} | {kind: Kind(kind).label for kind in KINDS}


def kinds_of(choice: str) -> tuple[str, ...]:
    return GROUPED.get(choice, KINDS)


# --- Whose ----------------------------------------------------------------------------------------------


def branches(organisations):
    return organisations.filter(kind__in=BRANCHES)


def with_groups(found: Iterable[Organisation]):
    """The branches in `found` and their groups, as a query set."""
    own = list(found)
    groups = children_of([one.path for one in own])
    kinds = Organisation.objects.filter(groups, kind=OrganisationKind.PARTY_GROUP).order_by().values("pk")
    return Organisation.objects.filter(pk__in=[*(one.pk for one in own), *(row["pk"] for row in kinds)])


def homes(organisations) -> dict[int, int]:
    """Key of each branch and group in `organisations` → key of the branch on whose line it is shown."""
    rows = list(organisations.order_by().values_list("pk", "path", "kind"))
    by_path = {path: pk for pk, path, _ in rows}
    return {
        pk: by_path.get(parent_path(path), pk) if kind == OrganisationKind.PARTY_GROUP else pk
        for pk, path, kind in rows
    }


# --- When -----------------------------------------------------------------------------------------------


def of_year(organisations, year: int, as_of: dt.date, kinds=KINDS) -> list[Cell]:
    return compute(organisations, **days_of(year), as_of=as_of, kinds=kinds)


def standings_of_year(organisations, year: int, as_of: dt.date, kinds=KINDS) -> list[Standing]:
    """As `of_year`, of very many."""
    return standings(organisations, **days_of(year), as_of=as_of, kinds=kinds)


def days_of(year: int) -> dict[str, dt.date]:
    return {"first": dt.date(year, 1, 1), "last": dt.date(year, 12, 31)}


def since(as_of: dt.date) -> dt.date:
    """Far enough back for whatever may still be open or made up for."""
    return dt.date(as_of.year - 1, 12, 31) if as_of.month <= CARRIED_MONTHS else as_of - LONGEST_GRACE


def can_be_done(cell: Cell, as_of: dt.date) -> bool:
    return cell.state in PENDING or (cell.state == DutyState.MISSED and as_of < cell.slot.grace_end)


def last_day(duty: Cell | Duty) -> dt.date:
    return duty.slot.deadline - dt.timedelta(days=1)


def days_left(duty: Cell | Duty, as_of: dt.date) -> int:
    return (last_day(duty) - as_of).days


# --- Figures ----------------------------------------------------------------------------------------------


@dataclass
class Figures:
    """Of the duties whose time is over: how many there were and how many were met; of the others what is open."""

    due: int = 0
    met: int = 0
    late: int = 0
    open: int = 0
    done_early: int = 0

    def add(self, duty: Cell | Duty, as_of: dt.date, times: int = 1) -> None:
        if is_over(duty, as_of):
            self.due += times
            self.met += times * (duty.state in DONE)
            self.late += times * (duty.state == DutyState.LATE)
        else:
            self.open += times * (duty.state in PENDING)
            self.done_early += times * (duty.state in DONE)

    @property
    def missed(self) -> int:
        return self.due - self.met

    @property
    def rate(self) -> float | None:
        return self.met / self.due if self.due else None


def is_over(duty: Cell | Duty, as_of: dt.date) -> bool:
    return as_of >= duty.slot.deadline


def figures(cells: Iterable[Cell], as_of: dt.date) -> Figures:
    found = Figures()
    for cell in cells:
        found.add(cell, as_of)
    return found


STANDINGS = {
    "due": "应完成（时限已到）",
    "met": "已完成（时限已到）",
    "missed": "未完成",
    "late": "补开完成",
    "open": "进行中（未到时限）",
    "soon": "即将到期",
    "fortnight": "14天内到期",
}
FORTNIGHT = 14


BY_DAY = ("", "due")  # whatever was held


def stands(duty: Cell | Duty, standing: str, as_of: dt.date) -> bool:
    """Whether the duty belongs into the list of that name; figures link to these lists."""
    if standing in ("due", "met"):
        return is_over(duty, as_of) and (standing == "due" or duty.state in DONE)
    if standing == "open":
        return duty.state in PENDING
    if standing == "fortnight":
        return duty.state in PENDING and days_left(duty, as_of) <= FORTNIGHT
    return not standing or duty.state == standing


# --- The map ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Column:
    """A month, quarter or year of the map; `months` are those whose ending duties stand in it."""

    label: str
    unit: int
    index: int


def columns(year: int, kinds) -> list[Column]:
    """Months, unless every chosen duty is one of quarters or of years."""
    unit = _coarsest(kinds)
    first = index_of(unit, dt.date(year, 1, 1))
    return [Column(_label(unit, index), unit, index) for index in range(first, first + 12 // unit)]


def _label(unit, index):
    if unit == Unit.MONTH:
        return f"{index % 12 + 1}月"
    return quarter_words(index) if unit == Unit.QUARTER else f"{index}年"


def _coarsest(kinds) -> int:
    quarterly = {Kind.MEMBERS_MEETING, Kind.PARTY_LECTURE}
    yearly = {Kind.ORG_LIFE_MEETING, Kind.APPRAISAL}
    if set(kinds) <= yearly:
        return Unit.YEAR
    return Unit.QUARTER if set(kinds) <= quarterly | yearly else Unit.MONTH


@dataclass
class Field:
    """One square of the map: all duties of a branch and its groups that end in a column."""

    column: Column
    states: Counter = field(default_factory=Counter)

    @property
    def state(self) -> str:
        return worst(self.states)

    @property
    def sign(self) -> str:
        return SIGNS[self.state] if self.states else "–"

    @property
    def tone(self) -> str:
        return TONES[self.state] if self.states else "none"

    @property
    def words(self) -> str:
        """未完成1项，已完成2项."""
        if not self.states:
            return "无应完成事项"
        parts = (f"{state.label}{self.states[state]}项" for state in DutyState if self.states[state])
        return "，".join(parts)

    @property
    def count(self) -> int:
        """How many stand as badly as the sign says; shown beside it when there are several."""
        return self.states[self.state] if self.states else 0


def board(cells: Iterable[Cell], home: dict[int, int], cols: list[Column]) -> dict[int, list[Field]]:
    """Key of a branch → its squares."""
    rows = defaultdict(lambda: {column.index: Field(column) for column in cols})
    unit = cols[0].unit
    for cell in cells:
        last = cell.slot.end - dt.timedelta(days=1)
        square = rows[home[cell.organisation]].get(index_of(unit, last))
        if square:
            square.states[cell.state] += 1
    return {pk: list(row.values()) for pk, row in rows.items()}
