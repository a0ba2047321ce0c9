"""Who looks after an enterprise: the organisation that a survey task goes to."""

from collections.abc import Iterable
from typing import NamedTuple

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
    """As `owners_for` for rows at hand, their parks loaded; one query."""
    answering = _answering_organisations()
    return {
        row.pk: _nearest(
            answering,
            row.park_id,
            row.park.parent_id if row.park_id else None,
            row.park.area_id if row.park_id else None,
            row.cluster_id,
        )
        for row in enterprises
    }


def _owners(enterprise_ids):
    answering = _answering_organisations()
    for ids in id_chunks(enterprise_ids):
        rows = Enterprise.objects.filter(pk__in=ids).values_list(
            "pk", "park", "park__parent", "park__area", "cluster"
        )
        for pk, *places in rows:
            yield pk, _nearest(answering, *places)


def _answering_organisations() -> dict[tuple[str, int | None], Owner]:
    """(jurisdiction, place) → organisation; where several answer for one place, the first in tree order."""
    found: dict[tuple[str, int | None], Owner] = {}
    rows = Organisation.objects.active().exclude(jurisdiction=Jurisdiction.NONE)
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
