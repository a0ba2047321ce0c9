"""Party-building instructors (党建工作指导员) as people: how many enterprises each has, and whether they come."""

import datetime as dt

from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet
from django.utils import timezone

from orgs.models import Coverage, CoverageLine, Visit
from orgs.quarters import quarter_start


def instructors(coverages: QuerySet, on: dt.date | None = None) -> QuerySet:
    """One row per name among `coverages`: enterprises, unvisited this quarter, expired terms, last visit, next end.

    An enterprise counts as visited by whatever visit it had, not only by this instructor's own.
    """
    on = on or timezone.localdate()
    visited = Visit.objects.filter(
        enterprise=OuterRef("enterprise"), visited_on__range=(quarter_start(on), on)
    )
    return (
        coverages.filter(line=CoverageLine.INSTRUCTOR)
        .order_by()
        .values("instructor_name")
        .annotate(
            enterprises=Count("enterprise", distinct=True),
            unvisited=Count("enterprise", distinct=True, filter=~Exists(visited)),
            expired=Count("enterprise", distinct=True, filter=Q(term_ends_on__lt=on)),
            last_visit=Max("enterprise__visits__visited_on"),
            term_ends_on=Min("term_ends_on"),
        )
        .order_by("instructor_name")
    )


def current_instructors(enterprises: QuerySet) -> QuerySet:
    """The instructors of `enterprises` today."""
    return instructors(Coverage.objects.current().filter(enterprise__in=enterprises.order_by().values("pk")))
