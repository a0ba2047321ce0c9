"""Newly registered and moved-in enterprises become visits to make (S42: founding synchronised with move-in).

Asked by the import, by the form and, for whatever passed by both, by a sweep; an arrival makes one task whoever asks.
"""

import datetime as dt
from collections.abc import Iterable

from django.db.models import Exists, Min, OuterRef, Q, Subquery
from django.utils import timezone

from orgs.models import (
    ACTIVE_STATUSES,
    Enterprise,
    EnterprisePeriod,
    EnterpriseStatus,
    UnitKind,
    Visit,
    VisitKind,
    VisitReason,
    VisitTask,
    VisitTaskState,
)
from orgs.ownership import owners_for
from orgs.periods import id_chunks
from orgs.regulations import value_on
from orgs.workdays import add_workdays

KIND = VisitKind.SERVICE
BACK = dt.timedelta(days=7)  # how long the sweep looks after an arrival that made no task
FOUNDING = dt.timedelta(days=1)  # what is entered on the register's first day was there before it


def arrival_due(today: dt.date) -> dt.date:
    """The last day of the visit; one that is no working day gives way to the next that is."""
    last = today + dt.timedelta(days=value_on("visit_task_days", today))
    return add_workdays(last - dt.timedelta(days=1), 1)


def open_arrivals(enterprise_ids: Iterable[int], *, run=None) -> list[int]:
    """A task for each that arrived with its present period and was not visited since; returns their enterprises.

    Set-based, and safe to run twice and in parallel: what stands already is left alone. An enterprise that somebody
    is to visit anyway needs no second task.
    """
    today = timezone.localdate()
    found = [row for ids in id_chunks(enterprise_ids) for row in _arrived(ids)]
    if not found:
        return []
    owners, due_on = owners_for(enterprise for enterprise, *_ in found), arrival_due(today)
    VisitTask.objects.bulk_create(
        [
            VisitTask(
                enterprise_id=enterprise,
                kind=KIND,
                reason=VisitReason.MOVED_IN if status == EnterpriseStatus.MOVED_IN else VisitReason.NEW,
                arrived_on=since,
                organisation_id=owners[enterprise],
                opened_on=today,
                due_on=due_on,
                run=run,
            )
            for enterprise, since, status in found
        ],
        ignore_conflicts=True,
        batch_size=500,
    )
    return [enterprise for enterprise, *_ in found]


def _arrived(ids) -> list[tuple]:
    """(enterprise, day, status) of those whose present stretch in the register is their first, or began by moving in."""
    earlier = EnterprisePeriod.objects.filter(enterprise=OuterRef("enterprise"), since__lt=OuterRef("since"))
    visited = Visit.objects.filter(enterprise=OuterRef("enterprise"), visited_on__gte=OuterRef("since"))
    known = VisitTask.objects.filter(
        Q(arrived_on=OuterRef("since")) | Q(state=VisitTaskState.OPEN), enterprise=OuterRef("enterprise")
    )
    rows = EnterprisePeriod.objects.filter(
        enterprise__in=ids,
        enterprise__kind=UnitKind.ENTERPRISE,
        until__isnull=True,
        status__in=ACTIVE_STATUSES,
        is_dormant=False,
    )
    rows = rows.alias(before=Subquery(earlier.order_by("-since", "-pk").values("status")[:1]))
    moved_in = Q(status=EnterpriseStatus.MOVED_IN) & ~Q(before=EnterpriseStatus.MOVED_IN)
    rows = rows.filter(Q(before__isnull=True) | moved_in).filter(~Exists(visited), ~Exists(known))
    return list(rows.order_by("enterprise").values_list("enterprise", "since", "status"))


def recent_arrivals() -> list[int]:
    """Enterprises that may have arrived lately, for the sweep; those with which the register began are none."""
    first = Enterprise.objects.aggregate(first=Min("created_at"))["first"]
    if first is None:
        return []
    since = timezone.now() - BACK
    new = Q(created_at__gte=since, created_at__gt=first + FOUNDING)
    rows = Enterprise.objects.filter(new | Q(status=EnterpriseStatus.MOVED_IN), updated_at__gte=since)
    return list(rows.values_list("pk", flat=True))
