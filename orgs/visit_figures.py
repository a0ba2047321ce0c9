"""Who was visited: the condition that lists and figures share, and the shares by place."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from orgs.models import Visit
from orgs.statistics import Rate, Register

PLACES = {"area": "park__area", "park": "park", "cluster": "cluster", "chain": "chain"}
"""What figures go by → where an enterprise says it."""


def visited_between(first: dt.date | None = None, last: dt.date | None = None) -> Q:
    """“Had a visit from `first` to `last`, both counted”, of enterprises."""
    visits = Visit.objects.filter(enterprise=OuterRef("pk"))
    if first:
        visits = visits.filter(visited_on__gte=first)
    if last:
        visits = visits.filter(visited_on__lte=last)
    return Q(Exists(visits))


@dataclass(frozen=True)
class VisitShare:
    """Of the active enterprises of a place (`key`; None: of none), how many had a visit in the period."""

    key: int | None
    name: str
    rate: Rate

    @property
    def unvisited(self) -> int:
        return self.rate.denominator - self.rate.numerator


def visit_shares(enterprises: QuerySet, by: str, first: dt.date, last: dt.date) -> list[VisitShare]:
    """One for each place of `by` that has any; the fewest visited first. One query."""
    field = PLACES[by]
    rows = (
        enterprises.filter(Register().active)
        .order_by()
        .values(field, f"{field}__name")
        .annotate(active=Count("pk"), visited=Count("pk", filter=visited_between(first, last)))
    )
    shares = [
        VisitShare(row[field], row[f"{field}__name"] or "", Rate(row["visited"], row["active"]))
        for row in rows
    ]
    return sorted(shares, key=lambda one: (one.rate.value, one.name))


def visits_by_kind(visits: QuerySet) -> list[tuple[str, int]]:
    """(kind, how many) of those that occur, the most first."""
    return list(visits.order_by().values_list("kind").annotate(count=Count("pk")).order_by("-count", "kind"))
