"""`manage.py statistics`: the measures of a scope as JSON, for schedulers and other programs."""

import datetime as dt
import json
import re

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from orgs import replica
from orgs.models import Area, Cluster, Organisation, Park, User
from orgs.statistics import Register
from orgs.terms import month_end
from portal import measures, work

PLACES = {
    "area": (Area, "park__area", "片区"),
    "cluster": (Cluster, "cluster", "产业集群"),
    "park": (Park, "park", "园区"),
}


class Command(BaseCommand):
    help = "Prints both coverage rates and the other measures of an organisation or place as JSON; of a place coverage only."

    def add_arguments(self, parser):
        parser.add_argument("--organisation", metavar="CODE", help="default: the first top organisation")
        parser.add_argument("--area", metavar="NAME")
        parser.add_argument("--cluster", metavar="NAME")
        parser.add_argument("--park", metavar="NAME")
        parser.add_argument("--month", metavar="YYYY-MM", help="as of its last day, if that is past")
        parser.add_argument("--json", action="store_true", help="on one line")

    def handle(self, *args, **options):
        result = replica.read(figures, options)
        self.stdout.write(json.dumps(result, ensure_ascii=False, indent=None if options["json"] else 2))


def figures(options) -> dict[str, object]:
    register = Register(as_of(options["month"]))
    organisation = organisation_of(options["organisation"])
    rows = register.of_organisation(organisation) if organisation else register.rows()
    for name in PLACES:
        if options[name] is not None:
            rows = rows.filter(**in_place(name, options[name]))
    found = measures.values(register.figures(rows)[0])
    if organisation and not any(options[name] for name in PLACES):
        found |= work.values(work.Scope(User.objects.system(), organisation, register.on))
    return {
        "organisation": organisation.code if organisation else None,
        "as_of": register.on.isoformat(),
        "measures": found,
    }


def fault(message):
    """Unusable input: one line, exit status 2."""
    return CommandError(message, returncode=2)


def as_of(month: str | None) -> dt.date:
    """Today, or the last day of `month` if that is past."""
    today = timezone.localdate()
    if month is None:
        return today
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", month) or month.startswith("0000"):
        raise fault(f"月份“{month}”应写成2026-11的样子。")
    year, number = map(int, month.split("-"))
    if (year, number) > (today.year, today.month):
        raise fault(f"月份“{month}”还没有到。")
    return min(today, month_end(dt.date(year, number, 1)))


def organisation_of(code: str | None) -> Organisation | None:
    if code is None:
        return Organisation.objects.filter(depth=1).first()
    found = Organisation.objects.filter(code=code).first()
    if found is None:
        raise fault(f"没有代码为“{code}”的党组织。")
    return found


def in_place(name: str, value: str) -> dict[str, object]:
    model, field, label = PLACES[name]
    found = model.objects.filter(name=value).first()
    if found is None:
        raise fault(f"没有名为“{value}”的{label}。")
    return {field: found}
