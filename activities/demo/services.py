"""A year of invented services (S24): by branches, for enterprises and others, some withdrawn."""

import datetime as dt
from decimal import Decimal

from activities.demo import words
from activities.models import ServiceMember, ServiceRecord, ServiceRecordKind
from imports import sql
from orgs.demo.shapes import City
from orgs.demo.write import moment
from orgs.kinds import BRANCHES

SERVICES_A_YEAR, SERVING, DAYS = 500, 120, 360
FOR_ENTERPRISE, OFF = 0.8, 0.02
KINDS = [str(kind) for kind in ServiceRecordKind]
SHARES = (30, 20, 20, 15, 10, 5)  # of the kinds, in their order
FIELDS = (
    "id", "organisation_id", "root_id", "on", "kind", "enterprise_id", "beneficiary_name", "title", "detail",
    "result", "feedback", "problems_solved", "projects_matched", "amount", "hours", "recorded_at", "updated_at",
    "withdrawn_at", "withdrawn_reason",
)  # fmt: skip


def write_services(city: City, people: list, root_id: int, rng, day: dt.date) -> None:
    there = _people_of(people)
    branches = [org for org in city.orgs if org.kind in BRANCHES and org.pk in there]
    units = [unit for unit in city.units if unit.is_active]
    if not branches or not units:
        return
    near = _near(units)
    serving = _serving(branches)
    rows, parts = [], []
    for pk in sql.allocate_ids(ServiceRecord, SERVICES_A_YEAR):
        org, on = rng.choice(serving), day - dt.timedelta(days=rng.randrange(1, DAYS))
        on = max(on, org.founded_on or on)
        rows.append(_row(pk, org, root_id, rng.choice(_neighbours(org, near, units)), on, rng))
        # Only those who were in the branch on the day.
        here = [person for person in there[org.pk] if _since(person) <= on]
        parts += [(pk, person.pk) for person in rng.sample(here, min(len(here), rng.randint(1, 5)))]
    sql.insert_rows(ServiceRecord, FIELDS, rows)
    sql.insert_rows(ServiceMember, ("service_id", "member_id"), parts)


def _serving(branches) -> list:
    """Few enough branches that each has several records; among them the one whose secretary has an account."""
    own = [org for org in branches if org.host is not None and org.park is not None]
    first = sorted(own, key=lambda org: org.path)[:1]
    return first + branches[:: max(1, len(branches) // SERVING)]


def _near(units) -> dict:
    """Active units by park."""
    found = {}
    for unit in units:
        if unit.park is not None:
            found.setdefault(unit.park.pk, []).append(unit)
    return found


def _neighbours(org, near, units) -> list:
    """Of a branch in an enterprise that enterprise, else those of its park."""
    if org.host is not None and org.host.is_active:
        return [org.host]
    return (near.get(org.park.pk) if org.park is not None else None) or units


def _people_of(people) -> dict[int, list]:
    found = {}
    for person in people:
        if not person.left_on:
            found.setdefault(person.org.pk, []).append(person)
    return found


def _since(person) -> dt.date:
    return max((stay.since for stay in person.stays if stay.since), default=person.joined_on)


def _row(pk, org, root_id, unit, on, rng) -> tuple:
    kind = rng.choices(KINDS, SHARES)[0]
    title, result = rng.choice(words.SERVICES[kind])
    for_unit = kind != ServiceRecordKind.VOLUNTEERING or rng.random() < FOR_ENTERPRISE
    matched = rng.randint(0, 2) if kind == ServiceRecordKind.MATCHING else 0
    amount = Decimal(rng.randrange(10, 300)) if matched or kind == ServiceRecordKind.LEGAL_FINANCE else None
    at, off = moment(on), rng.random() < OFF
    return (
        pk, org.pk, root_id, on, kind, unit.pk if for_unit else None, "" if for_unit else rng.choice(words.SERVED),
        title, "", result, rng.choice(words.FEEDBACKS), rng.choice((0, 1, 1, 2)), matched, amount,
        Decimal(rng.randint(2, 16)) / 2, at, at, at if off else None, "重复登记" if off else "",
    )  # fmt: skip
