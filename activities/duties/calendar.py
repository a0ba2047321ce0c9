"""What the pages and the interface ask of the engine: one branch, a subtree, its lists and its rates."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from activities.duties import board, words
from activities.duties.engine import Cell, compute
from activities.duties.periods import Period
from activities.duties.rules import Slot
from activities.duties.standing import Duty, Standing, counted, standings
from activities.duties.states import DONE, SIGNS, TONES, DutyState
from activities.kinds import Kind
from activities.models import Activity
from orgs.models import Organisation
from orgs.tree import STEP

# --- Lines ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """One duty with the words and the addresses that a page shows."""

    cell: Cell
    organisation: Organisation
    as_of: dt.date
    records: tuple[Activity, ...] = ()

    @property
    def label(self) -> str:
        return Kind(self.cell.kind).label

    @property
    def state(self) -> DutyState:
        return DutyState(self.cell.state)

    @property
    def sign(self) -> str:
        return SIGNS[self.state]

    @property
    def tone(self) -> str:
        return TONES[self.state]

    @property
    def is_done(self) -> bool:
        return self.state in DONE

    @property
    def last_day(self) -> dt.date:
        return board.last_day(self.cell)

    @property
    def days_left(self) -> int:
        return board.days_left(self.cell, self.as_of)

    @property
    def can_make_up(self) -> bool:
        return self.as_of < self.cell.slot.grace_end

    @property
    def advice(self) -> str:
        """The reminder where something can still be done."""
        urgent = self.state in (DutyState.SOON, DutyState.MISSED)
        return words.reminder(self.cell) if urgent and self.can_make_up else ""

    @property
    def progress(self) -> str:
        return words.progress(self.cell)

    @property
    def record_url(self) -> str:
        """Where it is still open or can be made up for."""
        return "" if self.is_done or not self.can_make_up else words.record_url(self.organisation, self.cell)


def lines_of(cells: list[Cell], as_of: dt.date, visible) -> list[Line]:
    """`visible` are the activities that the person may open. Two queries."""
    organisations = Organisation.objects.in_bulk({cell.organisation for cell in cells})
    keys = {pk for cell in cells for pk in (*cell.records, *cell.late)}
    records = visible.filter(pk__in=keys).only("title", "held_on").in_bulk()
    return [
        Line(
            cell,
            organisations[cell.organisation],
            as_of,
            tuple(records[pk] for pk in (*cell.records, *cell.late) if pk in records),
        )
        for cell in cells
    ]


# --- One branch -------------------------------------------------------------------------------------------


def of_branch(organisation, as_of: dt.date) -> list[Cell]:
    """What it and its groups owe this month, quarter and year, and what can still be made up for."""
    rows = board.with_groups([organisation])
    cells = compute(rows, first=board.since(as_of), last=as_of, as_of=as_of)
    return [cell for cell in cells if as_of < cell.slot.end or board.can_be_done(cell, as_of)]


def by_period(lines: list[Line]) -> list[tuple[str, list[Line]]]:
    """Under the name of their period: the running month, quarter and year, then older ones."""
    found = defaultdict(list)
    for line in lines:
        found[line.cell.period, line.cell.slot.end <= line.as_of].append(line)
    ordered = sorted(found, key=lambda key: (key[1], key[0].unit, -key[0].index))
    return [
        (f"{period.label}（可补开）" if over else period.label, found[period, over])
        for period, over in ordered
    ]


def life_meetings(organisation, since_year: int):
    """Keys of the organisation-life meetings from which a branch's list of rectification comes."""
    rows = Activity.objects.held().of_kind(Kind.ORG_LIFE_MEETING).hosted_by(organisation)
    return rows.filter(held_on__year__gte=since_year).order_by().values("pk")


# --- A subtree ----------------------------------------------------------------------------------------------


def branches_in(organisation, year: int):
    """Those that existed in the year."""
    rows = board.branches(Organisation.objects.within(organisation))
    return rows.exclude(founded_on__gte=dt.date(year + 1, 1, 1)).exclude(
        dissolved_on__lte=dt.date(year, 1, 1)
    )


def standing_so(organisation, year, as_of, kinds, standing) -> set[int]:
    """Keys of the branches with such a duty in the year, of their own or of a group's."""
    rows = Organisation.objects.within(organisation)
    home = board.homes(rows)
    found = board.standings_of_year(rows, year, as_of, kinds)
    return {home[pk] for one in found for pk in one.who(lambda duty: board.stands(duty, standing, as_of))}


def squares(branches: list, year, as_of, kinds, columns) -> dict[int, list[board.Field]]:
    rows = board.with_groups(branches)
    return board.board(board.of_year(rows, year, as_of, kinds), board.homes(rows), columns)


def last_month(column: board.Column) -> int:
    return Period(column.unit, column.index).last.month


class Listed:
    """Duties, those that end first at the top; their records are looked for only of those that are shown."""

    def __init__(self, standings: list[Standing], holds: Callable[[Duty], bool], asked: dict):
        self.asked = asked
        slots = [
            (standing, standing.slots[place], sorts)
            for standing in standings
            for place, sorts in sorted(standing.where(holds).items())
        ]
        self.slots = sorted(slots, key=lambda row: row[1].deadline)
        self.counts = [sum(standing.sizes[sort] for sort in sorts) for standing, _, sorts in self.slots]

    def __len__(self) -> int:
        return sum(self.counts)

    def __getitem__(self, part: slice) -> list[Cell]:
        """A few; what changed meanwhile is left out."""
        places = list(self._places(part.start, part.stop))
        rows = Organisation.objects.filter(pk__in={pk for pk, _ in places})
        cells = {(cell.organisation, cell.kind, cell.period): cell for cell in compute(rows, **self.asked)}
        found = (cells.get((pk, slot.rule.kind, slot.period)) for pk, slot in places)
        return [cell for cell in found if cell]

    def _places(self, start: int, stop: int) -> Iterator[tuple[int, Slot]]:
        for count, (standing, slot, sorts) in zip(self.counts, self.slots, strict=True):
            if start < count and stop > 0:
                those = (pk for pk, sort in standing.sorts.items() if sort in sorts)
                yield from ((pk, slot) for pk in islice(those, max(start, 0), stop))
            start, stop = start - count, stop - count


def listed(organisation, as_of, *, year, kind="", month="", standing="") -> Listed:
    """The duties behind a figure."""
    rows = Organisation.objects.within(organisation)
    days = {"first": board.since(as_of), "last": as_of} if standing == "fortnight" else board.days_of(year)
    asked = {**days, "as_of": as_of, "kinds": board.kinds_of(kind)}

    def holds(duty):
        is_then = not month or duty.slot.period.last.month == int(month)
        return is_then and board.stands(duty, standing, as_of)

    return Listed(standings(rows, **asked, records=standing not in board.BY_DAY), holds, asked)


# --- Rates --------------------------------------------------------------------------------------------------

RATED = (board.THREE, Kind.THEME_DAY, Kind.ORG_LIFE_MEETING, Kind.APPRAISAL)


@dataclass(frozen=True)
class RateLine:
    """An organisation with all below it: its figures by group of kinds, in the order of `RATED`."""

    organisation: Organisation
    figures: dict[str, board.Figures]

    @property
    def columns(self):
        return [(choice, self.figures[choice]) for choice in RATED]


@dataclass(frozen=True)
class Report:
    lines: list[RateLine]
    total: RateLine

    @property
    def headings(self):
        return [board.GROUP_LABELS[choice] for choice in RATED]


def rates(organisation, year: int, as_of: dt.date) -> Report:
    """Of what stands directly below `organisation`, and of all together."""
    rows = Organisation.objects.within(organisation)
    child_of = _children(organisation, rows)
    by_child = defaultdict(_no_figures)
    total = _no_figures()
    for child, duty, count in counted(board.standings_of_year(rows, year, as_of), child_of):
        for found in (by_child[child], total):
            for choice in RATED:
                if duty.slot.rule.kind in board.GROUPED[choice]:
                    found[choice].add(duty, as_of, count)
    lines = [RateLine(child, by_child[child.path]) for child in _in_order(by_child)]
    return Report(lines, RateLine(organisation, total))


def _children(organisation, rows) -> dict[int, str]:
    """Key of each of `rows` → the path of what stands directly below `organisation` and above it, or is it."""
    end = len(organisation.path) + STEP
    return {pk: path[:end] for pk, path in rows.order_by().values_list("pk", "path")}


def _in_order(paths):
    return Organisation.objects.filter(path__in=list(paths)).order_by("path")


@dataclass(frozen=True)
class MonthLine:
    """An organisation with all below it: the figures of what ends in each month, and of the year."""

    organisation: Organisation
    months: list[board.Figures]
    year: board.Figures


def by_month(organisation, year: int, as_of: dt.date, choice: str) -> tuple[list[MonthLine], MonthLine]:
    """Of what stands directly below `organisation`, and of all together; `choice` names one of `board.GROUPED`."""
    rows = Organisation.objects.within(organisation)
    child_of = _children(organisation, rows)
    by_child, total = defaultdict(_no_months), _no_months()
    for child, duty, count in counted(
        board.standings_of_year(rows, year, as_of, board.GROUPED[choice]), child_of
    ):
        for months in (by_child[child], total):
            for number in (0, duty.slot.period.last.month):
                months[number].add(duty, as_of, count)
    lines = [_month_line(child, by_child[child.path]) for child in _in_order(by_child)]
    return lines, _month_line(organisation, total)


def _month_line(organisation, months):
    return MonthLine(organisation, months[1:], months[0])


def _no_months() -> list[board.Figures]:
    """The year and its twelve months."""
    return [board.Figures() for _ in range(13)]


def _no_figures() -> dict[str, board.Figures]:
    return {choice: board.Figures() for choice in RATED}
