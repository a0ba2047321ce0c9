"""Who looks after an enterprise: the organisation that a survey task goes to."""

from collections.abc import Iterable
from typing import NamedTuple

from django.db.models import Q

from orgs.kinds import Jurisdiction
from orgs.models import Enterprise, Organisation
from orgs.periods import id_chunks


class Owner(NamedTuple):
    """What one needs to know of the organisation without loading it."""

    pk: int
    path: str
    name: str


def owners_for(enterprise_ids: Iterable[int]) -> dict[int, int | None]:
    """Enterprise id → id of the organisation that answers for it; None when not even a top one exists.

    The nearest one: of its park, of the park around that, of the area, of the cluster, the top. One query for the
    organisations and one per 5,000 enterprises.
    """
    return {pk: owner.pk if owner else None for pk, owner in _owners(enterprise_ids)}


def owner_paths(enterprise_ids: Iterable[int]) -> dict[int, str]:
    """The same with tree paths ("" without an owner): where the audit trail files an act on the enterprise."""
    return {pk: owner.path if owner else "" for pk, owner in _owners(enterprise_ids)}


def owners_of(enterprises: Iterable[Enterprise]) -> dict[int, Owner | None]:
    """As `owners_for` for a few rows at hand, their parks loaded; one query."""
    places = {row.pk: _places_of(row) for row in enterprises}
    parks, enclosing, areas, clusters = ({own[level] for own in places.values()} for level in range(4))
    answering = _answering_organisations(
        Q(jurisdiction=Jurisdiction.ALL)
        | Q(jurisdiction=Jurisdiction.PARK, park__in=parks | enclosing)
        | Q(jurisdiction=Jurisdiction.AREA, area__in=areas)
        | Q(jurisdiction=Jurisdiction.CLUSTER, cluster__in=clusters)
    )
    return {pk: _nearest(answering, *own) for pk, own in places.items()}


def _places_of(row):
    park = row.park if row.park_id else None
    return row.park_id, park and park.parent_id, park and park.area_id, row.cluster_id


def _owners(enterprise_ids):
    answering = _answering_organisations()
    for ids in id_chunks(enterprise_ids):
        rows = Enterprise.objects.filter(pk__in=ids).values_list(
            "pk", "park", "park__parent", "park__area", "cluster"
        )
        for pk, *places in rows:
            yield pk, _nearest(answering, *places)


def _answering_organisations(among: Q | None = None) -> dict[tuple[str, int | None], Owner]:
    """(jurisdiction, place) → organisation; where several answer for one place, the first in tree order."""
    found: dict[tuple[str, int | None], Owner] = {}
    rows = Organisation.objects.active().exclude(jurisdiction=Jurisdiction.NONE)
    rows = rows.filter(among) if among else rows
    for *owner, jurisdiction, park, area, cluster in rows.values_list(
        "pk", "path", "name", "jurisdiction", "park", "area", "cluster"
    ):
        place = {Jurisdiction.PARK: park, Jurisdiction.AREA: area, Jurisdiction.CLUSTER: cluster}
        found.setdefault((jurisdiction, place.get(jurisdiction)), Owner(*owner))
    return found


def _nearest(answering, park, enclosing_park, area, cluster) -> Owner | None:
    candidates = (
        (Jurisdiction.PARK, park),
        (Jurisdiction.PARK, enclosing_park),
        (Jurisdiction.AREA, area),
        (Jurisdiction.CLUSTER, cluster),
    )
    for jurisdiction, place in candidates:
        if place is not None and (jurisdiction, place) in answering:
            return answering[jurisdiction, place]
    return answering.get((Jurisdiction.ALL, None))
