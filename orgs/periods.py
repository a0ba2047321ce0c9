"""What an enterprise's park, cluster, status and dormancy were when: the one writer of `EnterprisePeriod`.

Called by the page actions for one enterprise and by the import for thousands, hence set-based.
"""

import datetime as dt
from collections.abc import Iterable, Iterator

from django.db import transaction
from django.db.models.functions import Greatest

from imports import sql
from orgs.models import Enterprise, EnterprisePeriod

CHUNK = 5000  # ids per statement; SQLite limits the parameters of one
STATE = ("park_id", "cluster_id", "status", "is_dormant")


def id_chunks(ids: Iterable[int]) -> Iterator[list[int]]:
    """The distinct ids, sorted, at most `CHUNK` at a time."""
    ordered = sorted(set(ids))
    for start in range(0, len(ordered), CHUNK):
        yield ordered[start : start + CHUNK]


@transaction.atomic
def refresh_periods(enterprise_ids: Iterable[int], *, on: dt.date, run=None) -> int:
    """Make the open period of each enterprise equal the enterprise; returns how many periods were opened.

    A period that differs ends on `on` and a new one begins there (never before the old one began: a list dated
    earlier than a later edit takes effect on the day of the edit). A period closed on its first day stays as an
    empty one, so that an undo can reopen it. Calling it again changes nothing.
    """
    return sum(_refresh(ids, on, run) for ids in id_chunks(enterprise_ids))


def begin_periods(rows: Iterable[tuple], *, on: dt.date, run=None) -> int:
    """The first period of units that have none yet; `rows` are (key of the unit, *`STATE`)."""
    return _open(((pk, on, run and run.pk, *state) for pk, *state in rows))


def _open(rows) -> int:
    return sql.insert_rows(EnterprisePeriod, ("enterprise_id", "since", "opened_by_id", *STATE), rows)


def _refresh(ids, on, run):
    open_periods = {
        enterprise: (since, pk, state)
        for enterprise, since, pk, *state in EnterprisePeriod.objects.filter(
            enterprise__in=ids, until__isnull=True
        ).values_list("enterprise_id", "since", "pk", *STATE)
    }
    closing, opening = [], []
    for enterprise, *state in Enterprise.objects.filter(pk__in=ids).values_list("pk", *STATE):
        since, pk, old_state = open_periods.get(enterprise, (on, None, None))
        if state == old_state:
            continue
        if pk is not None:
            closing.append(pk)
        opening.append((enterprise, max(since, on), run and run.pk, *state))
    if closing:
        EnterprisePeriod.objects.filter(pk__in=closing).update(until=Greatest("since", on), closed_by=run)
    return _open(opening)
