"""How many posts, teams, experts, results and public roles an organisation and those below it have."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field

from django.db.models import Count

from members.leading_groups import group_of
from members.models import LeadingKind, LeadingResult, LeadingUnit, PublicRole
from orgs.models import Organisation
from orgs.tree import STEP, children_of, within_paths


def short_label(kind) -> str:
    return kind.label.removeprefix("党员")


DELEGATES = ("party", "people", "cppcc", "seat")
COLUMNS = (
    *(
        (kind.value, kind.label, short_label(kind), f"members:leading-{group_of(kind)}", f"kind={kind}")
        for kind in LeadingKind
    ),
    ("results", "本年业绩", "业绩", "members:leading-all", ""),
    ("vacant", "无人负责", "无人负责", "members:leading-all", "gap=leader"),
    ("delegates", "代表、委员席位", "代表委员", "members:role-list", ""),
    ("observer", "营商环境观察员", "观察员", "members:role-list", "kind=observer"),
)
"""What is counted, its words, shorter ones for a table, and the list (URL name, query) that shows it."""


@dataclass
class Line:
    """One organisation with everything below it; `counts` by the keys of `COLUMNS`."""

    organisation: Organisation
    is_itself: bool = False
    counts: Counter = field(default_factory=Counter)

    @property
    def figures(self) -> list[int]:
        return [self.counts[key] for key, *_ in COLUMNS]


@dataclass(frozen=True)
class Summary:
    lines: list[Line]
    total: Line


def summary(organisation, year: int) -> Summary:
    """By the organisations directly below, those without anything left out; five queries.

    Open units and roles of today, results of the year. What dissolved organisations have counts for the one above.
    """
    children = Organisation.objects.filter(children_of([organisation.path])).active().order_by("path")
    own = Line(organisation, is_itself=True)
    lines = {organisation.path: own} | {child.path: Line(child) for child in children}
    depth = len(organisation.path) + STEP
    total = Line(organisation)
    for path, what, count in _counted(organisation, year):
        lines.get(path[:depth], own).counts[what] += count
        total.counts[what] += count
    return Summary([line for line in lines.values() if line.counts], total)


def _counted(organisation, year):
    """(path, what, how many)."""
    units = LeadingUnit.objects.filter(within_paths([organisation.path], "organisation__path")).order_by()
    roles = PublicRole.objects.filter(within_paths([organisation.path], "member__organisation__path"))
    results = LeadingResult.objects.counting().filter(unit__in=units.values("pk"))
    results = results.filter(on__range=(dt.date(year, 1, 1), dt.date(year, 12, 31)))
    yield from _grouped(units.open(), "organisation__path", "kind")
    for path, count in _grouped(units.without_leader(), "organisation__path"):
        yield path, "vacant", count
    for path, count in _grouped(results.order_by(), "unit__organisation__path"):
        yield path, "results", count
    for path, kind, count in _grouped(roles.open().order_by(), "member__organisation__path", "kind"):
        yield path, "delegates" if kind in DELEGATES else kind, count


def _grouped(rows, *names):
    return rows.values_list(*names).annotate(count=Count("pk")).values_list(*names, "count")
