"""Writes an invented city into the database: one set-based insert per table, keys handed out before."""

import datetime as dt
import functools
from collections.abc import Iterable
from decimal import Decimal

from django.utils import timezone

from imports import sql
from orgs.demo.shapes import City, Org, Round
from orgs.kinds import CAPABILITIES, RULES
from orgs.models import (
    Affiliation,
    Area,
    Chain,
    Cluster,
    Coverage,
    Enterprise,
    EnterpriseName,
    EnterprisePeriod,
    FoundingStep,
    Organisation,
    Park,
    ParkAlias,
    Post,
    SurveyTask,
    Visit,
    VisitTask,
    VisitTaskState,
    VisitTeam,
    VisitTeamMember,
    line_of,
)
from orgs.models.enterprises import enterprise_pairs
from orgs.models.organisations import organisation_pairs
from orgs.tree import STEP


def write_city(city: City, rounds: dict[int, int]) -> None:
    """`rounds`: number of a survey round → its key."""
    _write_places(city)
    _write_units(city)
    _write_organisations(city.orgs)
    _write_links(city)
    _write_coverage(city)
    _write_surveys(city.rounds, rounds)


def write_root(root: Org) -> None:
    _write_organisations([root])


def key(row) -> int | None:
    return row.pk if row is not None else None


@functools.cache
def moment(day: dt.date) -> dt.datetime:
    """Nine in the morning of the day."""
    return timezone.make_aware(dt.datetime.combine(day, dt.time(9)))


def insert(model, rows: list, **columns) -> None:
    """`columns`: attribute of the model → function of a row. Rows with a `pk` get theirs first."""
    if rows and hasattr(rows[0], "pk"):
        for row, pk in zip(rows, sql.allocate_ids(model, len(rows)), strict=True):
            row.pk = pk
        columns = {"id": lambda row: row.pk, **columns}
    values = list(columns.values())
    sql.insert_rows(model, list(columns), ([value(row) for value in values] for row in rows))


def _write_places(city):
    insert(Area, city.areas, name=lambda a: a.name)
    insert(Cluster, city.clusters, name=lambda c: c.name)
    insert(Chain, city.chains, name=lambda c: c.name, cluster_id=lambda c: c.cluster.pk)
    now = timezone.now()
    insert(
        Park,
        sorted(city.parks, key=lambda park: park.parent is not None),
        name=lambda p: p.name,
        area_id=lambda p: p.area.pk,
        main_cluster_id=lambda p: p.main_cluster.pk,
        parent_id=lambda p: key(p.parent),
        address=lambda p: p.address,
        latitude=lambda p: p.spot and Decimal(str(p.spot[0])),
        longitude=lambda p: p.spot and Decimal(str(p.spot[1])),
        updated_at=lambda p: now,
    )
    aliases = [(park.pk, name) for park in city.parks for name in park.aliases]
    sql.insert_rows(ParkAlias, ("park_id", "name"), aliases)


def _write_units(city):
    insert(
        Enterprise,
        city.units,
        kind=lambda u: str(u.kind),
        credit_code=lambda u: u.credit_code,
        name=lambda u: u.name,
        status=lambda u: str(u.status),
        is_dormant=lambda u: u.is_dormant,
        legal_representative=lambda u: u.legal_representative,
        capital=lambda u: u.capital,
        capital_text=_nothing,
        founded_on=lambda u: u.founded_on,
        founded_precision=lambda u: "day",
        industry=lambda u: u.industry,
        cluster_id=lambda u: key(u.cluster),
        chain_id=lambda u: key(u.chain),
        is_chain_lead=lambda u: u.is_chain_lead,
        park_id=lambda u: key(u.park),
        parent_unit_id=lambda u: key(u.parent),
        address=lambda u: u.address,
        registered_address=lambda u: u.address,
        employees=lambda u: u.employees,
        reported_members=lambda u: u.members,
        registered_members=lambda u: 0,
        contact_name=lambda u: u.contact_name,
        contact_phone=lambda u: u.contact_phone,
        is_high_tech=lambda u: u.is_high_tech,
        is_key=lambda u: u.is_key,
        building_stage=lambda u: str(u.stage),
        not_founded_reason=lambda u: str(u.reason),
        created_at=lambda u: moment(u.joined_on),
        updated_at=lambda u: moment(u.periods[-1].since),
        search_pairs=lambda u: enterprise_pairs(u.name, u.credit_code, [name for name, _ in u.old_names]),
    )
    periods = [
        (u.pk, key(p.park), key(p.cluster), str(p.status), p.is_dormant, p.since, p.until)
        for u in city.units
        for p in u.periods
    ]
    fields = ("enterprise_id", "park_id", "cluster_id", "status", "is_dormant", "since", "until")
    sql.insert_rows(EnterprisePeriod, fields, periods)
    names = [(u.pk, name, until) for u in city.units for name, until in u.old_names]
    sql.insert_rows(EnterpriseName, ("enterprise_id", "name", "until"), names)


def _nothing(row) -> str:
    return ""


def _write_organisations(orgs: list[Org]):
    capabilities = {kind: rule.capabilities() for kind, rule in RULES.items()}
    able = {name: (lambda o, name=name: capabilities[o.kind][name]) for name in CAPABILITIES}
    insert(
        Organisation,
        orgs,
        code=lambda o: o.code,
        name=lambda o: o.name,
        kind=lambda o: str(o.kind),
        path=lambda o: o.path,
        depth=lambda o: len(o.path) // STEP,
        numchild=lambda o: o.children,
        jurisdiction=lambda o: str(o.jurisdiction),
        area_id=lambda o: key(o.area),
        cluster_id=lambda o: key(o.cluster),
        park_id=lambda o: key(o.park),
        carrier=lambda o: o.carrier,
        host_unit_id=lambda o: key(o.host),
        founded_on=lambda o: o.founded_on,
        approval_no=lambda o: o.approval_no,
        elected_on=lambda o: o.elected_on,
        term_ends_on=lambda o: o.term_ends_on,
        extended_to=lambda o: o.extended_to,
        extension_no=lambda o: o.extension_no,
        task_ended_on=lambda o: o.task_ended_on,
        contact_phone=lambda o: o.phone,
        created_at=lambda o: moment(o.founded_on),
        updated_at=lambda o: moment(o.elected_on or o.founded_on),
        search_pairs=lambda o: organisation_pairs(o.name, o.code, o.approval_no),
        **able,
    )


def _write_links(city):
    insert(
        Affiliation,
        city.links,
        organisation_id=lambda a: a.org.pk,
        superior_id=lambda a: a.superior.pk,
        line=lambda a: str(a.line),
        since=lambda a: a.since,
        until=lambda a: a.until,
        evidence=lambda a: a.evidence,
    )
    insert(
        Post,
        city.holders,
        organisation_id=lambda p: p.org.pk,
        title=lambda p: str(p.title),
        person_name=lambda p: p.person,
        since=lambda p: p.since,
        until=lambda p: p.until,
        approval_no=_nothing,
    )


def _write_coverage(city):
    insert(
        Coverage,
        city.covers,
        enterprise_id=lambda c: c.unit.pk,
        method=lambda c: str(c.method),
        line=lambda c: str(line_of(c.method)),
        organisation_id=lambda c: key(c.org),
        instructor_name=lambda c: c.instructor,
        since=lambda c: c.since,
        until=lambda c: c.until,
        term_ends_on=lambda c: c.term_ends_on,
        evidence=lambda c: c.evidence,
        updated_at=lambda c: moment(c.until or c.since),
    )
    insert(
        VisitTeam,
        city.teams,
        organisation_id=lambda t: t.org.pk,
        name=lambda t: t.name,
        chain_id=lambda t: t.chain.pk,
        founded_on=lambda t: t.founded_on,
        disbanded_reason=_nothing,
        created_at=lambda t: moment(t.founded_on),
        updated_at=lambda t: moment(t.founded_on),
    )
    people = (
        (team.pk, name, unit, number == 0, team.founded_on)
        for team in city.teams
        for number, (name, unit) in enumerate(team.people)
    )
    sql.insert_rows(VisitTeamMember, ("team_id", "name", "unit", "leads", "since"), people)
    insert(
        Visit,
        city.visits,
        enterprise_id=lambda v: v.unit.pk,
        coverage_id=lambda v: key(v.cover),
        kind=lambda v: str(v.kind),
        visited_on=lambda v: v.visited_on,
        visitor_name=lambda v: v.visitor,
        team_id=lambda v: key(v.team),
        gist=lambda v: v.gist,
        needs=lambda v: v.needs,
        recorded_at=lambda v: moment(v.visited_on),
    )
    insert(
        VisitTask,
        city.errands,
        enterprise_id=lambda e: e.unit.pk,
        kind=lambda e: str(e.kind),
        reason=lambda e: str(e.reason),
        arrived_on=lambda e: e.arrived_on,
        organisation_id=lambda e: e.org.pk,
        team_id=lambda e: key(e.team),
        instructor_name=_nothing,
        opened_on=lambda e: e.opened_on,
        due_on=lambda e: e.due_on,
        note=_nothing,
        state=_state,
        visit_id=lambda e: key(e.visit),
        dropped_reason=lambda e: e.dropped,
        updated_at=lambda e: moment(e.visit.visited_on if e.visit else e.opened_on),
    )
    insert(
        FoundingStep,
        city.steps,
        enterprise_id=lambda s: s.unit.pk,
        stage=lambda s: str(s.stage),
        entered_on=lambda s: s.entered_on,
        document_no=lambda s: s.document_no,
        note=lambda s: s.note,
    )


def _state(errand) -> str:
    if errand.visit:
        return VisitTaskState.DONE.value
    return (VisitTaskState.DROPPED if errand.dropped else VisitTaskState.OPEN).value


def _write_surveys(survey_rounds: Iterable[Round], keys):
    tasks = [
        (keys[r.number], t.unit.pk, str(t.reason), t.owner.pk, str(t.state), str(t.result), t.note, t.done_on)
        for r in survey_rounds
        for t in r.tasks
    ]
    fields = ("round_id", "enterprise_id", "reason", "owner_id", "state", "result", "note", "done_on")
    sql.insert_rows(SurveyTask, fields, tasks)
