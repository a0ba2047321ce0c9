"""Writes invented agreements: one set-based insert per table, keys handed out before."""

import datetime as dt
import random
from collections import defaultdict
from dataclasses import dataclass, field

from activities.models import HELD_STATES, Activity
from imports import sql
from linkages.demo import alliances, challenges, commitments, lists, policies, secondments, words
from linkages.demo.orders import give_to_accounts, load_orders
from linkages.models import (
    Agreement,
    AgreementActivity,
    AgreementContent,
    AgreementEntry,
    AgreementResult,
    Content,
    Order,
    OrderEntry,
    Partner,
    PartnerLiaison,
    Party,
)
from orgs.demo.shapes import City, Org
from orgs.demo.write import insert, moment
from orgs.kinds import BRANCHES
from orgs.models import Appointment, Role
from orgs.terms import add_months

AGREEMENTS, DRAFTS, ENDED, EXPIRED = 60, 4, 3, 5
IDLE = 0.1  # signed, and nothing ever booked
LOADED = (
    Partner, Agreement, AgreementContent, Party, AgreementEntry, AgreementActivity, AgreementResult,
    Order, OrderEntry,
)  # fmt: skip


@dataclass(slots=True, eq=False)
class Pact:
    """What `Agreement` holds, with its parties and what was booked."""

    org: Org
    title: str
    starts_on: dt.date
    ends_on: dt.date
    signed_on: dt.date | None
    ended_on: dt.date | None
    number: str
    aim: str
    contents: list[str]
    meetings: int
    activities: int
    partners: list["Unit"] = field(default_factory=list)
    idle: bool = False
    pk: int = 0


@dataclass(slots=True, eq=False)
class Unit:
    """What `Partner` holds."""

    name: str
    kind: str
    office: str
    pk: int = 0


@dataclass(slots=True, eq=False)
class Side:
    """What `Party` holds."""

    pact: Pact
    org: Org | None
    unit: Unit | None
    leader: str
    liaison: str
    items: int
    resources: int
    pk: int = 0


def load_city(city: City, number: int, *, seed: int, day: dt.date) -> None:
    """City and activities have been written: their rows have their keys."""
    rng = random.Random(f"linkages:{seed}:{number}")  # noqa: S311 - invented agreements keep no secret
    top = city.orgs[0]
    root_id = (top.parent or top).pk
    # Names and numbers are told apart below one top organisation.
    prefix = f"{number + 1}-" if top.parent else ""
    suffix = f"（{number + 1}）" if top.parent else ""
    units = [Unit(f"{name}{suffix}", kind, office) for name, kind, office in words.PARTNERS]
    _write_units(units, root_id, day)
    held = _held(city)
    pacts = [_invent(index, city, units, held, rng, day, prefix) for index in range(AGREEMENTS)]
    _write_pacts(pacts, root_id, day)
    sides = _write_sides(pacts, city, rng)
    booked = _write_bookings(pacts, held, rng)
    _write_results(pacts, sides, rng, day)
    _write_entries(pacts, booked, day)
    load_orders(city, root_id, rng=random.Random(f"orders:{seed}:{number}"), day=day)  # noqa: S311
    alliances.load(city, units, rng, day, prefix)
    challenges.load(city, units, rng, day)
    commitments.load(city, random.Random(f"commitments:{seed}:{number}"), day)  # noqa: S311
    own = random.Random(f"secondments:{seed}:{number}")  # noqa: S311
    secondments.load(city, units, root_id, own, day, suffix)
    policies.load(city, random.Random(f"policies:{seed}:{number}"), day)  # noqa: S311
    lists.load(city, number, pacts, root_id, seed=seed, day=day)


def finish(day: dt.date) -> None:
    """The demonstration accounts are there by now, where there are any."""
    liaison = Appointment.objects.filter(role=Role.PARTNER).select_related("user").first()
    if liaison:
        units = Partner.objects.filter(
            organisation=liaison.organisation_id, parties__agreement__signed_on__isnull=False
        ).order_by("pk")
        unit = units.filter(alliance_memberships__isnull=False).first() or units.first()
        PartnerLiaison.objects.create(partner=unit, user=liaison.user, since=day)
    give_to_accounts()
    secondments.give_to_accounts()
    policies.leave_one_to_read()
    sql.analyse(
        (
            *LOADED,
            *alliances.LOADED,
            *challenges.LOADED,
            *commitments.LOADED,
            *policies.LOADED,
            *secondments.LOADED,
            *lists.LOADED,
        )
    )


def _held(city) -> dict[int, list]:
    """Organisation → (key, day, title) of the gatherings of kind 联建活动 that it held."""
    found = defaultdict(list)
    hosts = [org.pk for org in city.orgs if org.kind not in BRANCHES]
    rows = Activity.objects.filter(
        organisation__in=hosts, kinds__kind="linkage", state__in=HELD_STATES
    ).order_by("held_on", "pk")
    for org, *activity in rows.values_list("organisation", "pk", "held_on", "title"):
        found[org].append(tuple(activity))
    return found


def _invent(index, city, units, held, rng, day, prefix) -> Pact:
    """Two in three with a body that holds joint activities."""
    active = [org for org in city.orgs if org.pk in held]
    others = [org for org in city.orgs if org.kind in BRANCHES and org.task_ended_on is None]
    org = rng.choice(active if active and index % 3 else others)
    months = rng.choice((12, 24, 24, 36))
    starts_on = day - dt.timedelta(days=rng.randrange(20, min(months * 31, 700)))
    if DRAFTS + ENDED <= index < DRAFTS + ENDED + EXPIRED:
        starts_on = add_months(day, -months) - dt.timedelta(days=rng.randrange(10, 120))
    ends_on = add_months(starts_on, months)
    draft = index < DRAFTS
    if draft:
        starts_on = day + dt.timedelta(days=rng.randrange(5, 30))
        ends_on = add_months(starts_on, months)
    ended = DRAFTS <= index < DRAFTS + ENDED
    chosen = rng.sample(units, 2 if rng.random() < 0.2 else 1)
    return Pact(
        org=org,
        title=f"{org.name}与{chosen[0].name}{rng.choice(words.TITLES)}"[:120],
        starts_on=starts_on,
        ends_on=ends_on,
        signed_on=None if draft else starts_on,
        ended_on=starts_on + (min(day, ends_on) - starts_on) // 2 if ended else None,
        number=f"{prefix}GJ-{starts_on.year}-{index + 1:03d}",
        aim=rng.choice(words.AIMS),
        contents=rng.sample(Content.values, rng.randint(2, 4)),
        meetings=rng.choice((1, 2, 2, 4)),
        activities=rng.choice((2, 2, 4)),
        partners=chosen,
        idle=draft or rng.random() < IDLE,
    )


def _write_units(units, root_id, day):
    insert(
        Partner,
        units,
        organisation_id=lambda u: root_id,
        name=lambda u: u.name,
        kind=lambda u: u.kind,
        contact_office=lambda u: u.office,
        credit_code=lambda u: "",
        created_at=lambda u: moment(day),
        updated_at=lambda u: moment(day),
    )


def _write_pacts(pacts, root_id, day):
    insert(
        Agreement,
        pacts,
        organisation_id=lambda p: p.org.pk,
        root_id=lambda p: root_id,
        number=lambda p: p.number,
        title=lambda p: p.title,
        aim=lambda p: p.aim,
        starts_on=lambda p: p.starts_on,
        ends_on=lambda p: p.ends_on,
        meetings_per_year=lambda p: p.meetings,
        activities_per_year=lambda p: p.activities,
        signed_on=lambda p: p.signed_on,
        ended_on=lambda p: p.ended_on,
        end_reason=lambda p: words.END_REASON if p.ended_on else "",
        created_at=lambda p: moment(min(p.starts_on, day)),
        updated_at=lambda p: moment(min(p.starts_on, day)),
    )
    rows = ((pact.pk, content) for pact in pacts for content in pact.contents)
    sql.insert_rows(AgreementContent, ("agreement_id", "content"), rows)


def _write_sides(pacts, city, rng) -> dict[Pact, list[Side]]:
    chairs = {holder.org: holder.person for holder in city.holders if holder.until is None}

    def side(pact, org, unit):
        leader, liaison = rng.sample(words.NAMES, 2)
        leader = chairs.get(org, leader) if org else leader
        return Side(pact, org, unit, leader, liaison, rng.choice((0, 1, 1, 2)), rng.choice((0, 0, 1)))

    sides = []
    for pact in pacts:
        sides.append(side(pact, pact.org, None))
        sides += [side(pact, None, unit) for unit in pact.partners]
    insert(
        Party,
        sides,
        agreement_id=lambda s: s.pact.pk,
        organisation_id=lambda s: s.org and s.org.pk,
        partner_id=lambda s: s.unit and s.unit.pk,
        leader_name=lambda s: s.leader,
        liaison_name=lambda s: s.liaison,
        items_per_year=lambda s: s.items,
        resources_per_year=lambda s: s.resources,
    )
    found = defaultdict(list)
    for one in sides:
        found[one.pact].append(one)
    return found


def _write_bookings(pacts, held, rng) -> list[tuple[Pact, dt.date, str]]:
    """Each gathering under one of the agreements of its host that ran on the day."""
    rows, booked = [], []
    for org, gatherings in held.items():
        own = [pact for pact in pacts if pact.org.pk == org and not pact.idle]
        for key, on, title in gatherings:
            running = [p for p in own if p.starts_on <= on <= (p.ended_on or p.ends_on)]
            if running and rng.random() < 0.85:
                pact = rng.choice(running)
                booked_as = "meeting" if rng.random() < 0.3 else "activity"
                rows.append((pact.pk, key, booked_as, moment(on), ""))
                booked.append((pact, on, title))
    names = ("agreement_id", "activity_id", "booked_as", "booked_at", "withdrawn_reason")
    sql.insert_rows(AgreementActivity, names, rows)
    return booked


def _write_results(pacts, sides, rng, day):
    rows = []
    for pact in pacts:
        last = min(day, pact.ended_on or pact.ends_on)
        for _ in range(0 if pact.idle else rng.randrange(4)):
            kind, what, beneficiary = rng.choice(words.RESULTS)
            on = pact.starts_on + dt.timedelta(days=rng.randrange((last - pact.starts_on).days + 1))
            people = rng.randint(5, 30) if kind == "people" else 0
            party = rng.choice(sides[pact]).pk if kind in ("item", "resource") else None
            amount = rng.randrange(50, 900) if kind == "amount" else None
            rows.append(
                (
                    pact.pk, kind, on, what, party, beneficiary, people, people // 2, people // 3, amount,
                    moment(on), "",
                )
            )  # fmt: skip
    names = (
        "agreement_id", "kind", "on", "what", "party_id", "beneficiary", "people", "hired", "members", "amount",
        "recorded_at", "withdrawn_reason",
    )  # fmt: skip
    sql.insert_rows(AgreementResult, names, rows)


def _write_entries(pacts, booked, day):
    rows = []
    for pact in pacts:
        rows.append((pact.pk, "drafted", "", moment(min(pact.starts_on, day))))
        if pact.signed_on:
            rows.append((pact.pk, "signed", f"{pact.signed_on}签署", moment(pact.signed_on)))
        if pact.ended_on:
            rows.append((pact.pk, "ended", f"{pact.ended_on}：{words.END_REASON}", moment(pact.ended_on)))
    rows += [(pact.pk, "booked", f"{on} {title}", moment(on)) for pact, on, title in booked]
    rows.sort(key=lambda row: row[3])
    sql.insert_rows(AgreementEntry, ("agreement_id", "act", "note", "at"), rows)
