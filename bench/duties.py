"""A year of organisation life duties, all at once and the ways it is usually done. All give the same cells."""

import datetime as dt
from functools import cache

from django.utils import timezone

from activities.duties import engine
from activities.duties.periods import Unit
from orgs.models import Organisation
from tests.activities import reference_duties


def _year() -> tuple[dt.date, dt.date, dt.date]:
    """The twelve months that the demonstration park knows, as of today."""
    today = timezone.localdate()
    month = today.year * 12 + today.month - 12
    return dt.date(month // 12, month % 12 + 1, 1), today, today


def _plain(cells) -> dict:
    return {
        (cell.organisation, cell.kind, cell.slot.first, Unit(cell.period.unit).label): (
            cell.state, cell.records, cell.late
        )
        for cell in cells
    }  # fmt: skip


def in_one_pass() -> dict:
    first, last, as_of = _year()
    return _plain(engine.compute(first=first, last=last, as_of=as_of))


def per_organisation() -> dict:
    """The same engine, called for one organisation after the other."""
    first, last, as_of = _year()
    found = {}
    for pk in Organisation.objects.values_list("pk", flat=True):
        rows = Organisation.objects.filter(pk=pk)
        found |= _plain(engine.compute(rows, first=first, last=last, as_of=as_of))
    return found


def per_period() -> dict:
    """One question to the database for every organisation, kind and period; the settings are read once."""
    reference_duties.frequency = cache(reference_duties.frequency)
    return reference_duties.compute(*_year())


WAYS = {"one_pass": in_one_pass, "organisation": per_organisation, "period": per_period}
