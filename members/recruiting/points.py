"""The points sheet of a case: what was entered, capped by criterion, summed by group (S13)."""

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.utils import timezone

from members.models import PointCriterion, PointEntry


@dataclass
class Line:
    """A criterion with what was entered under it, across its versions. `points` are capped."""

    entries: list[PointEntry] = field(default_factory=list)

    @property
    def criterion(self) -> PointCriterion:
        return self.entries[-1].criterion

    @property
    def earned(self) -> int:
        return sum(entry.points for entry in self.entries)

    @property
    def cap(self) -> int:
        """The highest under which something was entered: a lower cap later takes nothing away."""
        return max(entry.criterion.points_max for entry in self.entries)

    @property
    def points(self) -> int:
        return min(self.earned, self.cap)


@dataclass
class Group:
    name: str
    lines: list[Line] = field(default_factory=list)

    @property
    def points(self) -> int:
        return sum(line.points for line in self.lines)

    @property
    def entries(self):
        return [entry for line in self.lines for entry in line.entries]


@dataclass
class Sheet:
    groups: list[Group]
    withdrawn: list[PointEntry]

    @property
    def total(self) -> int:
        return sum(group.points for group in self.groups)

    @property
    def words(self) -> str:
        """“科技贡献 12，成果转化 8”."""
        return "，".join(f"{group.name} {group.points}" for group in self.groups)


def sheet_of(case) -> Sheet:
    """One query."""
    rows = case.point_entries.select_related("criterion", "entered_by", "withdrawn_by").order_by("on", "pk")
    return sheet(rows)


def sheet(entries: Iterable[PointEntry]) -> Sheet:
    """`entries` are those of one case, with their criteria."""
    lines, withdrawn = {}, []
    for entry in entries:
        if entry.withdrawn_on:
            withdrawn.append(entry)
        else:
            lines.setdefault(entry.criterion.series, Line()).entries.append(entry)
    groups = {}
    for line in lines.values():
        name = line.criterion.group
        groups.setdefault(name, Group(name)).lines.append(line)
    return Sheet(sorted(groups.values(), key=lambda group: group.name), withdrawn)


def attach_sheets(cases) -> None:
    """Gives each case its `sheet`; one query for all. Evidence stays sealed."""
    found = {case.pk: [] for case in cases}
    rows = PointEntry.objects.effective().filter(case__in=found).select_related("criterion")
    for entry in rows.defer("evidence").order_by("on", "pk"):
        found[entry.case_id].append(entry)
    for case in cases:
        case.sheet = sheet(found[case.pk])


def with_sheets(cases: Iterable) -> Iterator:
    """The cases of a list of any length, each with its `sheet`; one query for so many at a time."""
    cases = iter(cases)
    while batch := list(itertools.islice(cases, 500)):
        attach_sheets(batch)
        yield from batch


def criteria_for(organisation, on=None):
    """The criteria in force for cases of the organisation, in the order of a form."""
    rows = PointCriterion.objects.applying_to(organisation).current(on or timezone.localdate())
    return rows.order_by("group", "pk")
