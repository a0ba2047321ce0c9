"""Figures of units as they are kept: what pages about an organisation show, at any size at once.

Whoever answers for everything has the figures kept of each area, cluster and park; of others the pieces of all below them
are added up (`portal.UnitPiece`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Count, Q, Sum

from orgs.kinds import Jurisdiction
from orgs.models import Organisation
from orgs.statistics import COUNTS, CoverageFigures, total
from portal import marks, snapshots
from portal.models import Snapshot
from portal.models.snapshots import UNIT_COLUMNS, UnitPiece

PLACES = ("area", "cluster")  # few, and read with the organisations
NAMES = tuple(f"{place}__name" for place in PLACES)
SUMS = {f"sum_{column}": Sum(column, default=0) for column in UNIT_COLUMNS}


@dataclass(frozen=True)
class KeptPark:
    key: int
    name: str
    area: str
    figures: CoverageFigures


@dataclass(frozen=True)
class Kept:
    """`organisations` and, of whoever answers for everything, `places` by kind and key. Places without active units are
    left out, as where units are counted.
    """

    organisation: Organisation
    organisations: dict[int, CoverageFigures]
    places: dict[str, dict[int, CoverageFigures]]
    names: dict[str, dict[int, str]]

    @property
    def has_places(self) -> bool:
        return self.organisation.jurisdiction == Jurisdiction.ALL

    @property
    def total(self) -> CoverageFigures:
        return self.organisations[self.organisation.pk]

    @cached_property
    def cells(self) -> list[CoverageFigures]:
        """Of the smallest groups, keyed (park, cluster); one query."""
        below = Organisation.objects.within(self.organisation).order_by()
        rows = UnitPiece.objects.filter(scope="organisation", key__in=below.values("pk")).order_by()
        rows = rows.values("park_id", "cluster_id").annotate(**SUMS)
        found = rows.filter(sum_units_active__gt=0).values_list("park_id", "cluster_id", *SUMS)
        return [CoverageFigures((park or None, cluster or None), *values) for park, cluster, *values in found]

    def by(self, kind: str) -> dict[int | None, CoverageFigures]:
        """Of every `area`, `cluster` or `park`, of whoever has places; None are the units without such a place."""
        found = {park.key: park.figures for park in self.parks()} if kind == "park" else self.places[kind]
        rest = self._without(found.values())
        return found | ({None: rest} if rest.active else {})

    def parks(self, order=("park__name",), start: int = 0, end: int | None = None) -> list[KeptPark]:
        names = ("park_id", "park__name", "park__area__name", *UNIT_COLUMNS)
        rows = self._park_rows.order_by(*order, "pk")
        if end is not None:
            # The order first: with names the database would fetch those of every park.
            chosen = list(rows.values_list("pk", flat=True)[start:end])
            rows = rows.filter(pk__in=chosen)
        found = rows.values_list(*names)
        return [KeptPark(pk, name, area, CoverageFigures(pk, *values)) for pk, name, area, *values in found]

    @cached_property
    def parks_together(self) -> tuple[int, CoverageFigures]:
        """How many parks there are, and what the units without one come to."""
        count, *sums = self._park_rows.aggregate(count=Count("pk"), **SUMS).values()
        return count, self._without([CoverageFigures(None, *sums)])

    @property
    def _park_rows(self):
        return Snapshot.objects.filter(until=None, park__isnull=False, units_active__gt=0)

    def _without(self, others: Iterable[CoverageFigures]) -> CoverageFigures:
        other = total(others)
        return CoverageFigures(None, *(getattr(self.total, name) - getattr(other, name) for name in COUNTS))


def kept(organisation: Organisation, others: list[Organisation]) -> Kept | None:
    """Of `organisation`, of `others` and of places; None where something changed since they were reckoned.

    One query.
    """
    wanted = Q(organisation__in=[organisation.pk, *(other.pk for other in others)])
    if organisation.jurisdiction == Jurisdiction.ALL:
        wanted |= Q(area__isnull=False) | Q(cluster__isnull=False)
    rows = _standing(wanted)
    organisations, places, names = {}, {place: {} for place in PLACES}, {place: {} for place in PLACES}
    for pk, area, cluster, area_name, cluster_name, *values in rows.values_list(
        "organisation_id", "area_id", "cluster_id", *NAMES, *UNIT_COLUMNS
    ):
        figures = CoverageFigures(pk or area or cluster, *values)
        if pk:
            organisations[pk] = figures
        elif figures.active:
            kind, name = ("area", area_name) if area else ("cluster", cluster_name)
            places[kind][figures.key], names[kind][figures.key] = figures, name
    if organisation.pk not in organisations:
        return None
    return Kept(organisation, organisations, places, names)


def kept_total(organisation: Organisation) -> CoverageFigures | None:
    """Of `organisation` alone; None as above. One query."""
    values = _standing(Q(organisation=organisation)).values_list(*UNIT_COLUMNS).first()
    return values and CoverageFigures(None, *values)


def _standing(wanted: Q):
    """The rows of today, none where something changed since they were reckoned."""
    return Snapshot.objects.filter(snapshots.is_fresh_of(marks.UNITS), wanted, until=None).order_by()
