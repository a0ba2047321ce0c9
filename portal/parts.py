"""Parts of the dashboard that are fetched once it stands, each a page of its own where there are no scripts.

A part is worked out for a `Scope` and knows nothing of requests, so that the wall screen shows the same.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from activities.duties import board, calendar
from activities.forms.duties import YEARS_BACK
from activities.models import Venue
from linkages import drawing
from linkages.filters import NetworkFilter
from linkages.network import Network
from orgs.access import has_at
from orgs.models import Park
from orgs.regulations import values_on
from orgs.statistics import CoverageFigures, Rate
from orgs.tree import within_paths
from portal import charts, measures
from portal.dashboards import Dashboard
from portal.trends import trend
from portal.work import Scope, orders

# --- Orders ---------------------------------------------------------------------------------------------

STEPS = (
    ("点单", "全部点单", {}),
    ("派单", "已派给办理单位", {"state": "with_unit"}),
    ("接单", "办理单位已接单", {"state": "accepted"}),
    ("办结", "已办结", {"state": "finished"}),
    ("评单", "诉求人已评价", {"state": "rated"}),
)
FUNNEL = {"width": 300, "height": 260, "gap": 6}


@dataclass(frozen=True)
class Step:
    """`of_previous` and `of_all` are shares of the step before and of all that was raised; the others draw it."""

    label: str
    words: str
    count: int
    url: str
    of_previous: float | None
    of_all: float | None
    shape: str
    middle: float


def funnel(scope: Scope, box: dict = FUNNEL) -> list[Step]:
    """How far the orders raised in the period have come; each step opens exactly its orders."""
    behind = [orders(scope, **query) for _, _, query in STEPS]
    counts = [one.rows.count() for one in behind]
    shapes = charts.funnel(counts, **box) or [""] * len(counts)
    return [
        Step(
            label,
            words,
            counts[place],
            behind[place].url,
            Rate(counts[place], counts[place - 1]).value if place else None,
            Rate(counts[place], counts[0]).value,
            shapes[place],
            (place + 0.5) * box["height"] / len(STEPS),
        )
        for place, (label, words, _) in enumerate(STEPS)
    ]


def _order_part(scope: Scope) -> dict:
    return {"steps": funnel(scope), "box": FUNNEL}


# --- Duties ---------------------------------------------------------------------------------------------

MOST_LINES = 30
MONTHS = range(1, 13)


@dataclass(frozen=True)
class Bounds:
    """From which share on the rate of duties is good or fair; the sign says the same as the colour."""

    good: float
    fair: float

    @classmethod
    def on(cls, day: dt.date):
        found = values_on(["duty_good_percent", "duty_fair_percent"], day)
        return cls(found["duty_good_percent"] / 100, found["duty_fair_percent"] / 100)


@dataclass(frozen=True)
class Square:
    """The duties that ended in a month: how many of them were met, and the list of all of them."""

    month: int
    figures: board.Figures
    url: str
    bounds: Bounds

    @property
    def tone(self) -> str:
        rate = self.figures.rate
        if rate is None:
            return "none"
        return "green" if rate >= self.bounds.good else "amber" if rate >= self.bounds.fair else "red"


@dataclass(frozen=True)
class DutyLine:
    label: str
    squares: list[Square]
    year: Square
    url: str


@dataclass(frozen=True)
class DutyMonths:
    """`left_out`: how many of those below are not shown, their rate being higher."""

    year: int
    lines: list[DutyLine]
    total: DutyLine
    left_out: int
    bounds: Bounds
    months: range = MONTHS

    @property
    def has_total(self) -> bool:
        """A branch has its own line alone, which would be said twice."""
        return [line.url for line in self.lines] != [self.total.url]


def duty_months(scope: Scope, most: int | None = MOST_LINES) -> DutyMonths:
    """Meetings and lectures (三会一课) of the year of the day, as they stood on it; of more than `most` the lowest."""
    year = scope.on.year
    lines, total = calendar.by_month(scope.organisation, year, scope.on, board.THREE)
    if most and len(lines) > most:
        lowest = sorted(lines, key=lambda line: 1 if line.year.rate is None else line.year.rate)[:most]
        chosen = [line for line in lines if line in lowest]
    else:
        chosen = lines
    left_out = len(lines) - len(chosen)
    bounds = Bounds.on(scope.on)
    shown = [_duty_line(line, scope, bounds) for line in chosen]
    return DutyMonths(year, shown, _duty_line(total, scope, bounds), left_out, bounds)


def _duty_line(line: calendar.MonthLine, scope: Scope, bounds: Bounds) -> DutyLine:
    query = {"organisation": line.organisation.code, "year": scope.on.year, "kind": board.THREE}
    address, due = reverse("activities:duty-list"), query | {"standing": "due"}
    if not scope.is_today:
        due["on"] = scope.on.isoformat()
    squares = [
        Square(month, figures, f"{address}?{urlencode(due | {'month': month})}", bounds)
        for month, figures in zip(MONTHS, line.months, strict=True)
    ]
    whole = Square(0, line.year, f"{address}?{urlencode(due)}", bounds)
    return DutyLine(
        line.organisation.name, squares, whole, f"{reverse('activities:duty-map')}?{urlencode(query)}"
    )


def _duty_part(scope: Scope) -> dict:
    if scope.on.year <= timezone.localdate().year - YEARS_BACK:
        return {"duties": None, "years_kept": YEARS_BACK}
    return {"duties": duty_months(scope)}


# --- Linkages -------------------------------------------------------------------------------------------

NODES_A_SIDE = 10


def network(scope: Scope) -> tuple[Network, NetworkFilter]:
    """Of today, and the filter that asked for it."""
    query = QueryDict(urlencode({"organisation": scope.organisation.code}))
    filterset = drawing.filterset_of(SimpleNamespace(user=scope.user, GET=query), query)
    return drawing.drawn(scope.user, filterset), filterset


def _network_part(scope: Scope) -> dict:
    """The strongest ties; the page of the network has all."""
    whole, filterset = network(scope)
    ties = drawing.strongest(whole, NODES_A_SIDE)
    return {
        "network": whole,
        "ties": ties,
        "left_out": len(whole.ties) - len(ties),
        "graph": drawing.graph(drawing.nodes_of(whole, ties), ties),
        "all_address": drawing.agreements_url(filterset),
        "network_address": drawing.network_url({"organisation": scope.organisation.code}),
    }


# --- The map --------------------------------------------------------------------------------------------

MAP = {"width": 640, "height": 540, "margin": 36}
LEAST_RADIUS, LARGEST_RADIUS = 2.5, 11
LABEL_ABOVE = 8
# Bands of organisation coverage: up to which share (not including it), and what it is called.
BANDS = ((0.4, "40%以下"), (0.55, "40%至55%"), (0.7, "55%至70%"), (0.85, "70%至85%"), (None, "85%及以上"))


@dataclass(frozen=True)
class Spot:
    """A park on the map. `band` counts from the lowest coverage."""

    park: Park
    figures: CoverageFigures
    url: str
    x: float
    y: float
    radius: float

    @property
    def band(self) -> int:
        rate = self.figures.organisation_coverage.value or 0
        return next(place for place, (below, _) in enumerate(BANDS) if below is None or rate < below)


@dataclass(frozen=True)
class Station:
    venue: Venue
    url: str
    x: float
    y: float


@dataclass(frozen=True)
class AreaLabel:
    """The name of an area above its parks."""

    name: str
    x: float
    y: float


@dataclass(frozen=True)
class ParkMap:
    """`nowhere` are those whose place nobody has entered: parks with active enterprises, and stations in use."""

    spots: list[Spot] = field(default_factory=list)
    stations: list[Station] = field(default_factory=list)
    labels: list[AreaLabel] = field(default_factory=list)
    nowhere: list[Park] = field(default_factory=list)
    stations_nowhere: int = 0
    bar: float = 0
    bar_words: str = ""
    box: dict = field(default_factory=lambda: MAP)

    @property
    def bands(self):
        return [(place, words) for place, (_, words) in enumerate(BANDS)]


def park_map(scope: Scope) -> ParkMap:
    """The parks with active enterprises of the organisation on the day, and its stations in use today."""
    page = Dashboard(scope.user, scope.organisation, None if scope.is_today else scope.on, QueryDict())
    figures = page.by_place("park")
    parks = {
        park.pk: park for park in Park.objects.filter(pk__in=filter(None, figures)).select_related("area")
    }
    open_to = set(Park.objects.visible_to(scope.user).filter(pk__in=parks).values_list("pk", flat=True))
    venues = _stations(scope)
    placed = {pk: park for pk, park in parks.items() if park.latitude is not None}
    stations = [venue for venue in venues if venue.latitude is not None]
    nowhere = sorted((park for pk, park in parks.items() if pk not in placed), key=lambda park: park.name)
    unplaced = len(venues) - len(stations)
    if not placed and not stations:
        return ParkMap(nowhere=nowhere, stations_nowhere=unplaced)
    plane = charts.Projection.around([_point(place) for place in (*placed.values(), *stations)], **MAP)
    most = max((figures[pk].active for pk in placed), default=0)
    spots = [
        Spot(
            park,
            figures[pk],
            reverse("orgs:park", args=[pk])
            if pk in open_to
            else measures.list_url("active", page.scope | measures.place("park", pk)),
            *plane.at(*_point(park)),
            charts.radius(figures[pk].active, most, least=LEAST_RADIUS, largest=LARGEST_RADIUS),
        )
        for pk, park in placed.items()
    ]
    # The small ones on top, or the large ones would hide them.
    spots.sort(key=lambda spot: (-spot.radius, spot.park.name))
    marks = [
        Station(venue, reverse("activities:venue", args=[venue.pk]), *plane.at(*_point(venue)))
        for venue in stations
    ]
    return ParkMap(spots, marks, _labels(spots), nowhere, unplaced, *plane.scale_bar)


def _stations(scope: Scope) -> list[Venue]:
    rows = Venue.objects.visible_to(scope.user).in_use()
    rows = rows.filter(within_paths([scope.organisation.path], "organisation__path"))
    return list(rows.order_by("name").only("name", "latitude", "longitude", "kind"))


def _point(place) -> tuple[float, float]:
    return float(place.latitude), float(place.longitude)


def _labels(spots: list[Spot]) -> list[AreaLabel]:
    of_area: dict[str, list[Spot]] = {}
    for spot in spots:
        of_area.setdefault(spot.park.area.name, []).append(spot)
    return [
        AreaLabel(
            name,
            round(sum(spot.x for spot in found) / len(found), 1),
            round(min(spot.y - spot.radius for spot in found) - LABEL_ABOVE, 1),
        )
        for name, found in of_area.items()
    ]


def _map_part(scope: Scope) -> dict:
    return {"map": park_map(scope)}


# --- Trend ----------------------------------------------------------------------------------------------


def _trend_part(scope: Scope) -> dict:
    return {"trend": trend(scope)}


# --- All ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Part:
    """`permission` (at the organisation) is whose rows it counts. `only_today`: no history is kept of what it shows."""

    name: str
    title: str
    permission: str
    build: Callable[[Scope], dict]
    only_today: bool = False

    @property
    def template(self) -> str:
        return f"portal/_part_{self.name}.html"

    def is_open_to(self, user, organisation) -> bool:
        return has_at(user, self.permission, organisation)


PARTS: dict[str, Part] = {
    part.name: part
    for part in (
        Part("trend", "近12个月走势", "enterprises.view", _trend_part, only_today=True),
        Part("orders", "需求闭环", "linkages.view", _order_part),
        Part("duties", "三会一课", "activities.view", _duty_part),
        Part("network", "联建网络", "linkages.view", _network_part, only_today=True),
        Part("map", "园区和阵地一张图", "enterprises.view", _map_part),
    )
}
