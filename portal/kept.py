"""Figures of units as they are kept: what pages of whoever answers for much show, at any size at once."""

from dataclasses import dataclass

from django.db.models import Q

from orgs.models import Organisation
from orgs.statistics import COUNTS, CoverageFigures, total
from portal import snapshots
from portal.models import Snapshot
from portal.models.snapshots import SCOPES, UNIT_COLUMNS


@dataclass(frozen=True)
class Kept:
    """By kind of scope and key; places without active units are left out, as where units are counted."""

    organisation: Organisation
    rows: dict[str, dict[int, CoverageFigures]]

    @property
    def total(self) -> CoverageFigures:
        return self.rows["organisation"][self.organisation.pk]

    def by(self, kind: str) -> dict[int | None, CoverageFigures]:
        """Of every `area`, `cluster` or `park`; None are the units without such a place."""
        found = {key: figures for key, figures in self.rows[kind].items() if figures.active}
        rest = _without(self.total, total(found.values()))
        return found | ({None: rest} if rest.active else {})


def kept(organisation: Organisation, others: list[Organisation]) -> Kept | None:
    """Of `organisation`, of `others` and of all places; None where something changed since they were reckoned.

    Two queries.
    """
    if not snapshots.is_fresh():
        return None
    wanted = [organisation.pk, *(other.pk for other in others)]
    standing = Snapshot.objects.filter(until=None).order_by()
    standing = standing.filter(Q(organisation=None) | Q(organisation__in=wanted))
    rows: dict[str, dict[int, CoverageFigures]] = {scope: {} for scope in SCOPES}
    size = len(SCOPES)
    for row in standing.values_list(*(f"{scope}_id" for scope in SCOPES), *UNIT_COLUMNS):
        scope, pk = snapshots.scope_of(row[:size])
        rows[scope][pk] = CoverageFigures(pk, *row[size:])
    return Kept(organisation, rows) if organisation.pk in rows["organisation"] else None


def kept_total(organisation: Organisation) -> CoverageFigures | None:
    """Of `organisation` alone; None as above."""
    row = snapshots.current(organisation) if snapshots.is_fresh() else None
    return row and CoverageFigures(None, *(getattr(row, column) for column in UNIT_COLUMNS))


def _without(one: CoverageFigures, other: CoverageFigures) -> CoverageFigures:
    return CoverageFigures(None, *(getattr(one, name) - getattr(other, name) for name in COUNTS))
