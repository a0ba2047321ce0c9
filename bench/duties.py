"""A year of organisation life duties, all at once and the ways it is usually done. All give the same cells."""

import datetime as dt
from functools import cache

from django.utils import timezone

from activities.duties import engine
from activities.duties.periods import Unit
from orgs.models import Organisation
from tests.activities import reference_duties

SAMPLE = 16  # of so many organisations one is asked in the slowest way; all would take a quarter of an hour


def _year() -> tuple[dt.date, dt.date, dt.date]:
    """The twelve months that the demonstration park knows, as of today."""
    today = timezone.localdate()
    month = today.year * 12 + today.month - 12
    return dt.date(month // 12, month % 12 + 1, 1), today, today


def _plain(cells) -> dict:
    return {
        (cell.organisation, str(cell.kind), cell.slot.first, Unit(cell.period.unit).label): (
            str(cell.state), cell.records, cell.late
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
    """One question to the database for every kind and period of each organisation of the sample; settings are read once."""
    reference_duties.frequency = cache(reference_duties.frequency)
    return reference_duties.compute(*_year(), Organisation.objects.filter(pk__in=_sample()))


def _sample() -> set[int]:
    return set(Organisation.objects.order_by("path").values_list("pk", flat=True)[::SAMPLE])


def of_sample(found: dict) -> dict:
    """What every way must say alike."""
    chosen = _sample()
    return {key: value for key, value in found.items() if key[0] in chosen}


WAYS = {"one_pass": in_one_pass, "organisation": per_organisation, "period": per_period}
