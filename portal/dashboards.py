"""What the dashboard shows of one organisation on one day: a few queries, everything else is addition."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple
from urllib.parse import urlencode

from django.db.models import Exists, F, FloatField, OuterRef, Q, QuerySet
from django.db.models.functions import Cast
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from orgs import access
from orgs.kinds import Jurisdiction
from orgs.models import Cluster, CoverageMethod, Enterprise, Organisation, Park
from orgs.statistics import CoverageFigures, Rate, Register, by_key, total
from orgs.tree import below, children_of
from portal import measures
from portal.kept import Kept, kept
from portal.measures import MEASURES, Measure
from portal.trends import Change, changes

A_DAY = dt.timedelta(days=1)
PARKS_PER_PAGE = 20
MOST_BARS = 20  # of a chart
DEFAULT_SORT = "-uncovered"
NO_PLACE = {"area": "未归片区", "cluster": "未归集群", "park": "未填园区"}


@dataclass(frozen=True)
class Line:
    """A row of a table or a bar of a chart: figures, and the scope of the lists behind them."""

    label: str
    figures: CoverageFigures
    scope: dict
    url: str = ""
    note: str = ""

    @cached_property
    def lists(self) -> dict[str, str]:
        """Name of a count → the list with exactly the rows counted."""
        return measures.list_urls(self.scope)

    @property
    def coverage(self) -> float:
        """What lines are put in order by."""
        return self.figures.organisation_coverage.value or 0

    def as_bar(self) -> dict:
        f = self.figures
        return {
            "label": self.label,
            "active": f.active,
            "organisation": f.organisation,
            "work": f.work,
            "url": self.lists["organisation"],
            "work_url": self.lists["work"],
        }


@dataclass(frozen=True)
class Card:
    """A headline figure. `change` since the end of last month, where that was kept."""

    measure: Measure
    rate: Rate
    words: str
    url: str
    change: Change | None = None


@dataclass(frozen=True)
class Chart:
    """Of many lines those with most enterprises; `count` is how many there are."""

    lines: list[Line]
    count: int

    @property
    def is_cut(self) -> bool:
        return len(self.lines) < self.count


@dataclass(frozen=True)
class MethodLine:
    label: str
    count: int
    share: float | None
    url: str


class ParkRow(NamedTuple):
    """What the page needs of a park; the one around it and its area by key."""

    name: str
    parent: int | None
    area: int
    area_name: str


@dataclass(frozen=True)
class ParkPage:
    """Some of the parks; the names are those that `shared/_pager.html` and `sort_header` read."""

    items: list[Line]
    count: int
    sort: str
    next_query: str
    previous_query: str


def _share(column: str):
    return Cast(F(column), FloatField()) / F("units_active")


# Of a line, and of a row that is kept of a park.
SORTS = {
    "name": (lambda line: line.label, F("park__name")),
    "area": (lambda line: line.note, F("park__area__name")),
    "active": (lambda line: line.figures.active, F("units_active")),
    "organisation": (lambda line: line.figures.organisation, F("units_organisation")),
    "organisation_rate": (lambda line: line.coverage, _share("units_organisation")),
    "work": (lambda line: line.figures.work, F("units_work")),
    "work_rate": (lambda line: line.figures.work_coverage.value or 0, _share("units_work")),
    "uncovered": (lambda line: line.figures.uncovered, F("units_active") - F("units_work")),
    "should_found": (lambda line: line.figures.should_found, F("units_should_found")),
}


def default_organisation(user) -> Organisation | None:
    """Where the person reads statistics; for those who see everything, the first top organisation."""
    found = [a.organisation for a in user.current_appointments if "organisations.view" in a.permissions]
    statistics = [a.organisation for a in user.current_appointments if "statistics.view" in a.permissions]
    if statistics or found:
        return (statistics or found)[0]
    return Organisation.objects.filter(depth=1).first() if user.sees_everything else None


def rows_for(user, organisation, register: Register) -> QuerySet:
    """The rows of `organisation` on the day of `register`, as far as they show in the lists of `user`."""
    rows = register.of_organisation(organisation)
    if register.is_today or access.has_at_top(user, "enterprises.view"):
        return rows
    # Who was in scope then but is no longer shows in no list of this person.
    return rows.filter(enterprise__in=Enterprise.objects.visible_to(user).order_by().values("pk"))


class Dashboard:
    """Figures of `organisation` and all below it, as `user` may see them."""

    def __init__(
        self, user, organisation: Organisation, on: dt.date | None, query: QueryDict, unit: str = "year"
    ):
        self.user = user
        self.organisation = organisation
        self.register = Register(on)
        self.query = query
        self.unit = unit

    @property
    def rule(self):
        return self.register.rule

    @property
    def scope(self) -> dict:
        """What every list link carries."""
        scope = {"organisation": self.organisation.pk}
        if not self.register.is_today:
            scope["on"] = self.register.on.isoformat()
        return scope

    # --- Queries -----------------------------------------------------------------------------------------

    @cached_property
    def kept(self) -> Kept | None:
        """Where units are counted as they are today and nothing changed since."""
        return kept(self.organisation, self.answering_children) if self.register.is_today else None

    @property
    def _keeps_places(self) -> bool:
        return bool(self.kept and self.kept.has_places)

    @cached_property
    def cells(self) -> list[CoverageFigures]:
        if self.kept:
            return self.kept.cells
        return self.register.cells(self.organisation, rows_for(self.user, self.organisation, self.register))

    def by_place(self, kind: str) -> dict[int | None, CoverageFigures]:
        """Of every `area`, `cluster` or `park` with active units; None are those without such a place."""
        if self._keeps_places:
            return self.kept.by(kind)
        keys = {
            "area": lambda cell: self._area_of(cell.key[0]),
            "cluster": lambda cell: cell.key[1],
            "park": lambda cell: cell.key[0],
        }
        return by_key(self.cells, keys[kind])

    @cached_property
    def park_rows(self) -> dict[int, ParkRow]:
        """Of the cells."""
        keys = {cell.key[0] for cell in self.cells if cell.key[0]}
        rows = Park.objects.filter(pk__in=keys).order_by()
        return {
            pk: ParkRow(*row) for pk, *row in rows.values_list("pk", "name", "parent", "area", "area__name")
        }

    @cached_property
    def place_names(self) -> dict[str, dict[int, str]]:
        if self._keeps_places:
            return self.kept.names
        return {
            "area": {park.area: park.area_name for park in self.park_rows.values()},
            "cluster": dict(Cluster.objects.values_list("pk", "name")),
        }

    @cached_property
    def relatives(self) -> list[Organisation]:
        """Those above that the person may see, and those directly below that answer, themselves or through one below them,
        for some place."""
        own = self.organisation
        answers = ~Q(jurisdiction=Jurisdiction.NONE)
        through = Exists(Organisation.objects.filter(answers, below(OuterRef("path"))))
        children = children_of([own.path]) & Q(dissolved_on__isnull=True) & (answers | Q(through))
        rows = Organisation.objects.visible_to(self.user).filter(Q(path__in=own.ancestor_paths) | Q(children))
        return list(rows.only("path", "depth", "name"))

    # --- Sums --------------------------------------------------------------------------------------------

    @cached_property
    def total(self) -> Line:
        figures = self.kept.total if self.kept else total(self.cells)
        return Line(self.organisation.name, figures, self.scope)

    @property
    def cards(self) -> list[Card]:
        line = self.total
        rates = {code: m.of(line.figures) for code, m in MEASURES.items()}
        changed = self._changes(rates)
        return [
            Card(m, rates[code], m.words(self.rule), line.lists[m.count], changed.get(code))
            for code, m in MEASURES.items()
        ]

    def _changes(self, rates: dict[str, Rate]) -> dict[str, Change]:
        """Of today alone: figures of a past day are as one knows them today, kept ones as one knew them then."""
        if not self.register.is_today:
            return {}
        now = {code: rate if MEASURES[code].is_rate else rate.numerator for code, rate in rates.items()}
        return changes(self.organisation, now)

    @property
    def methods(self) -> list[MethodLine]:
        figures, lists = self.total.figures, self.total.lists
        counts = [(method, getattr(figures, method)) for method in CoverageMethod]
        return [
            MethodLine(method.label, count, Rate(count, figures.active).value, lists[method])
            for method, count in counts
        ]

    @cached_property
    def area_chart(self) -> Chart:
        return Chart(largest(self.areas, MOST_BARS), len(self.areas))

    @cached_property
    def cluster_chart(self) -> Chart:
        return Chart(largest(self.clusters, MOST_BARS), len(self.clusters))

    def _lines(self, kind) -> list[Line]:
        found, names = self.by_place(kind), self.place_names[kind]
        lines = [
            Line(
                NO_PLACE[kind] if pk is None else names.get(pk),
                figures,
                self.scope | measures.place(kind, pk),
            )
            for pk, figures in found.items()
        ]
        return sorted(lines, key=lambda line: line.coverage, reverse=True)

    @cached_property
    def areas(self) -> list[Line]:
        return self._lines("area")

    @cached_property
    def clusters(self) -> list[Line]:
        return self._lines("cluster")

    def _area_of(self, park):
        return None if park is None else self.park_rows[park].area

    @cached_property
    def park_lines(self) -> list[Line]:
        """All of them, by name, the units without a park last."""
        if self._keeps_places:
            return self._kept_parks("name", 0, None)
        return _sorted(
            (self._park_line(pk, *self._names_of(pk), f) for pk, f in self.by_place("park").items()), "name"
        )

    @cached_property
    def parks(self) -> ParkPage:
        if self._keeps_places:
            count, rest = self.kept.parks_together
            return park_page(self.query, count + bool(rest.active), self._kept_parks)
        lines = self.park_lines
        return park_page(self.query, len(lines), lambda sort, start, end: _sorted(lines, sort)[start:end])

    def _kept_parks(self, sort: str, start: int, end: int | None) -> list[Line]:
        by = SORTS[sort.removeprefix("-")][1]
        order = (by.desc() if sort.startswith("-") else by.asc(), "park__name")
        lines = [
            self._park_line(park.key, park.name, park.area, park.figures)
            for park in self.kept.parks(order, start, end)
        ]
        count, rest = self.kept.parks_together
        if rest.active and (end is None or start <= count < end):
            lines.append(self._park_line(None, *self._names_of(None), rest))
        return lines

    def _names_of(self, park: int | None) -> tuple[str, str]:
        if park is None:
            return NO_PLACE["park"], "—"
        row = self.park_rows[park]
        return row.name, row.area_name

    def _park_line(self, pk, name, area, figures) -> Line:
        return Line(name, figures, self.scope | measures.place("park", pk), note=area)

    # --- The tree ----------------------------------------------------------------------------------------

    @property
    def ancestors(self) -> list[Organisation]:
        return [o for o in self.relatives if o.depth < self.organisation.depth]

    @property
    def trail(self) -> list[tuple[Organisation, str]]:
        return [(organisation, self.url_of(organisation)) for organisation in self.ancestors]

    @cached_property
    def choices(self) -> list[tuple[str, list[Organisation]]]:
        """What the organisation switch offers: own appointments, those above, this one, those below with figures."""
        own = {
            a.organisation for a in self.user.current_appointments if "organisations.view" in a.permissions
        }
        near = [*self.ancestors, self.organisation]
        groups = [
            ("本级及上级", near),
            ("下级", self.answering_children),
            ("我的任用", sorted(own.difference(near, self.answering_children), key=lambda o: o.path)),
        ]
        return [(label, organisations) for label, organisations in groups if organisations]

    @cached_property
    def answering_children(self) -> list[Organisation]:
        """Those directly below that answer, themselves or through one below them, for some place."""
        return [o for o in self.relatives if o.depth > self.organisation.depth]

    @cached_property
    def children(self) -> list[Line]:
        """The `answering_children` with the figures of all below each.

        A unit counts for each that answers for it or covers it, so these do not add up to the whole.
        """
        figures = self._figures_of_children()
        return [
            Line(
                child.name,
                figures.get(child.path, CoverageFigures()),
                self.scope | {"organisation": child.pk},
                self.url_of(child),
            )
            for child in self.answering_children
        ]

    @property
    def choice(self) -> dict:
        """What the pages of the dashboard carry on: scope and period."""
        return self.scope if self.unit == "year" else self.scope | {"period": self.unit}

    def url_of(self, organisation) -> str:
        return f"{reverse('portal:dashboard')}?{urlencode(self.choice | {'organisation': organisation.pk})}"

    @property
    def choice_query(self) -> str:
        return urlencode(self.choice)

    @property
    def periods(self) -> list[tuple[str, str, bool]]:
        """The usual periods as (label, query, whether it is the one shown)."""
        today = timezone.localdate()
        last_month, last_year = today.replace(day=1) - A_DAY, dt.date(today.year - 1, 12, 31)
        usual = (
            ("本年", None, "year"),
            ("本月", None, "month"),
            ("上月", last_month, "month"),
            ("去年", last_year, "year"),
        )
        shown = (None if self.register.is_today else self.register.on, self.unit)
        found = []
        for label, on, unit in usual:
            query = {"organisation": self.organisation.pk, "period": unit}
            if on:
                query["on"] = on.isoformat()
            found.append((label, urlencode(query), (on, unit) == shown))
        return found

    def _figures_of_children(self) -> dict[str, CoverageFigures]:
        if self.kept:
            standing = self.kept.organisations
            return {
                child.path: standing[child.pk] for child in self.answering_children if child.pk in standing
            }
        if not self.answering_children:
            return {}
        own, answering = self.organisation, defaultdict(set)
        length = len(own.path) + own.steplen
        rows = Organisation.objects.within(own).exclude(jurisdiction=Jurisdiction.NONE)
        for o in rows.only("path", "jurisdiction", "area", "cluster", "park").order_by():
            answering[o.jurisdiction, _place_of(o)].add(o.path[:length])
        groups = defaultdict(list)
        for cell in self.cells:
            for child in self._children_of(cell, answering):
                groups[child].append(cell)
        return {child: total(cells) for child, cells in groups.items()}

    def _children_of(self, cell, answering) -> set[str]:
        park, cluster, *covering = cell.key
        enclosing = self.park_rows[park].parent if park else None
        children = {path for path in covering if path}
        children |= answering.get((Jurisdiction.ALL, None), set())
        for jurisdiction, place in (
            (Jurisdiction.AREA, self._area_of(park)),
            (Jurisdiction.CLUSTER, cluster),
            (Jurisdiction.PARK, park),
            (Jurisdiction.PARK, enclosing),
        ):
            if place is not None:
                children |= answering.get((jurisdiction, place), set())
        return children

    # --- Charts ------------------------------------------------------------------------------------------

    def chart_data(self) -> dict:
        """What static/js/dashboard.js draws."""
        figures = self.total.figures
        return {
            "average": figures.organisation_coverage.value,
            "areas": [line.as_bar() for line in self.area_chart.lines if line.figures.active],
            "clusters": [line.as_bar() for line in self.cluster_chart.lines if line.figures.active],
            "methods": [{"label": m.label, "count": m.count, "url": m.url} for m in self.methods],
        }


def _place_of(organisation):
    return {
        Jurisdiction.AREA: organisation.area_id,
        Jurisdiction.CLUSTER: organisation.cluster_id,
        Jurisdiction.PARK: organisation.park_id,
    }.get(organisation.jurisdiction)


def largest(lines: list[Line], most: int) -> list[Line]:
    """Those with most enterprises, best covered first."""
    shown = sorted(lines, key=lambda line: line.figures.active, reverse=True)[:most]
    return sorted(shown, key=lambda line: line.coverage, reverse=True)


def _sorted(lines: Iterable[Line], sort: str) -> list[Line]:
    """The line of units without a park stands last."""
    lines = sorted(lines, key=lambda line: line.label)
    lines.sort(key=SORTS[sort.removeprefix("-")][0], reverse=sort.startswith("-"))
    return sorted(lines, key=lambda line: line.label == NO_PLACE["park"])


def park_page(query: QueryDict, count: int, cut: Callable[[str, int, int], list[Line]]) -> ParkPage:
    """The parks that `sort` and `after` in `query` ask for, of `count`; nonsense means the first page. `cut` gives those of
    an order from a place to a place."""
    sort = query.get("sort", DEFAULT_SORT)
    if sort.removeprefix("-") not in SORTS:
        sort = DEFAULT_SORT
    after = query.get("after", "")
    start = min(int(after), count) if after.isdecimal() and len(after) < 9 else 0
    end = start + PARKS_PER_PAGE
    return ParkPage(
        cut(sort, start, end),
        count,
        sort,
        _position(query, end) if end < count else "",
        _position(query, max(start - PARKS_PER_PAGE, 0)) if start else "",
    )


def _position(query, after):
    copy = query.copy()
    copy["after"] = after
    return copy.urlencode()
