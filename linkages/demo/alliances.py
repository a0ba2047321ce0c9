"""Invents alliances of industrial communities: members, turns of the chair, a year of conferences and what they resolved."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field

from imports import sql
from linkages.demo import words
from linkages.models import (
    Alliance,
    AllianceEntry,
    AllianceMember,
    ChairTerm,
    Conference,
    ConferenceResolution,
    ResolutionNote,
)
from orgs.demo.shapes import City, Org
from orgs.demo.write import insert, key, moment
from orgs.kinds import BRANCHES, OrganisationKind
from orgs.terms import add_months

ALLIANCES, FEWEST, MOST = 8, 4, 9
TERM_MONTHS, BETWEEN = 6, dt.timedelta(days=90)
LOADED = (
    Alliance, AllianceMember, ChairTerm, Conference, Conference.attending.through, ConferenceResolution,
    ResolutionNote, AllianceEntry,
)  # fmt: skip


@dataclass(slots=True, eq=False)
class League:
    """What `Alliance` holds, with its members."""

    home: Org
    name: str
    aim: str
    founded_on: dt.date
    per_year: int
    members: list["Seat"] = field(default_factory=list)
    pk: int = 0


@dataclass(slots=True, eq=False)
class Seat:
    """What `AllianceMember` holds; `unit` is an organisation or else a partner."""

    league: League
    org: Org | None
    unit: object
    pk: int = 0

    @property
    def name(self):
        return (self.org or self.unit).name


@dataclass(slots=True, eq=False)
class Meeting:
    """What `Conference` holds."""

    league: League
    kind: str
    title: str
    on: dt.date
    held: bool
    attending: list[Seat] = field(default_factory=list)
    pk: int = 0


@dataclass(slots=True, eq=False)
class Task:
    """What `ConferenceResolution` holds."""

    meeting: Meeting
    text: str
    owner: Seat
    due_on: dt.date
    done_on: dt.date | None
    result: str
    pk: int = 0


def load(city: City, units, rng, day: dt.date, prefix: str) -> None:
    """`units` are partner units with their keys."""
    leagues = _leagues(city, units, rng, day, prefix)
    root_id = (city.orgs[0].parent or city.orgs[0]).pk
    _write_leagues(leagues, root_id)
    terms = [term for league in leagues for term in _terms(league, rng, day)]
    sql.insert_rows(ChairTerm, ("alliance_id", "member_id", "starts_on", "ends_on"), terms)
    meetings = [meeting for league in leagues for meeting in _meetings(league, rng, day)]
    _write_meetings(meetings)
    tasks = [task for meeting in meetings if meeting.held for task in _tasks(meeting, rng, day)]
    _write_tasks(tasks)
    _write_entries(leagues, meetings)


def _leagues(city, units, rng, day, prefix):
    """Of the parks with most branches, kept by the committee of their area."""
    by_park = defaultdict(list)
    for org in city.orgs:
        if org.park and org.kind in BRANCHES and org.kind != OrganisationKind.TEMP_BRANCH:
            by_park[org.park].append(org)
    homes = {org.area: org for org in city.orgs if org.kind == OrganisationKind.AREA_COMMITTEE}
    parks = [park for park in by_park if park.area in homes and len(by_park[park]) >= FEWEST]
    parks.sort(key=lambda park: (-len(by_park[park]), park.name))
    found = []
    for park in parks[:ALLIANCES]:
        league = League(
            home=homes[park.area],
            name=f"{prefix}{park.name}产业社区党建联盟",
            aim=rng.choice(words.ALLIANCE_AIMS),
            founded_on=day - dt.timedelta(days=rng.randrange(400, 900)),
            per_year=rng.choice((2, 4, 4)),
        )
        branches = rng.sample(by_park[park], min(len(by_park[park]), rng.randint(FEWEST, MOST)))
        seats = [Seat(league, org, None) for org in (league.home, *branches)]
        league.members = seats + [Seat(league, None, unit) for unit in rng.sample(units, rng.randint(1, 3))]
        found.append(league)
    return found


def _write_leagues(leagues, root_id):
    insert(
        Alliance,
        leagues,
        organisation_id=lambda a: a.home.pk,
        root_id=lambda a: root_id,
        name=lambda a: a.name,
        aim=lambda a: a.aim,
        founded_on=lambda a: a.founded_on,
        conferences_per_year=lambda a: a.per_year,
        end_reason=lambda a: "",
        created_at=lambda a: moment(a.founded_on),
        updated_at=lambda a: moment(a.founded_on),
    )
    insert(
        AllianceMember,
        [seat for league in leagues for seat in league.members],
        alliance_id=lambda m: m.league.pk,
        organisation_id=lambda m: key(m.org),
        partner_id=lambda m: key(m.unit),
        joined_on=lambda m: m.league.founded_on,
    )


def _terms(league, rng, day):
    """Half a year each from the founding on; the next is planned three times in four."""
    starts_on, number = league.founded_on, 0
    reach = day + dt.timedelta(days=200 if rng.random() < 0.75 else 0)
    while starts_on <= reach:
        after = add_months(league.founded_on, (number + 1) * TERM_MONTHS)
        seat = league.members[number % len(league.members)]
        yield league.pk, seat.pk, starts_on, after - dt.timedelta(days=1)
        starts_on, number = after, number + 1


def _meetings(league, rng, day):
    """One a quarter; the next is called."""
    on, number = (
        max(league.founded_on, day - dt.timedelta(days=365)) + dt.timedelta(days=rng.randrange(20)),
        1,
    )
    while on <= day + BETWEEN:
        kind, titles = rng.choice(words.CONFERENCES)
        meeting = Meeting(league, kind, rng.choice(titles), on, held=on <= day)
        if meeting.held:
            meeting.attending = [seat for seat in league.members if rng.random() < 0.85] or league.members
        yield meeting
        on, number = on + BETWEEN + dt.timedelta(days=rng.randrange(-10, 11)), number + 1


def _write_meetings(meetings):
    insert(
        Conference,
        meetings,
        alliance_id=lambda m: m.league.pk,
        kind=lambda m: m.kind,
        title=lambda m: m.title,
        on=lambda m: m.on,
        place=lambda m: words.CONFERENCE_PLACE,
        agenda=lambda m: words.AGENDA,
        gist=lambda m: words.GIST if m.held else "",
        held_at=lambda m: moment(m.on) if m.held else None,
        cancel_reason=lambda m: "",
    )
    rows = ((meeting.pk, seat.pk) for meeting in meetings for seat in meeting.attending)
    sql.insert_rows(Conference.attending.through, ("conference_id", "alliancemember_id"), rows)


def _tasks(meeting, rng, day):
    """Nine in ten of those whose day has come are done."""
    for text, result in rng.sample(words.RESOLVED, rng.randint(1, 3)):
        due_on = meeting.on + dt.timedelta(days=rng.choice((30, 45, 60)))
        done = due_on <= day and rng.random() < 0.9
        done_on = min(day, due_on - dt.timedelta(days=rng.randrange(10))) if done else None
        yield Task(meeting, text, rng.choice(meeting.attending), due_on, done_on, result if done else "")


def _write_tasks(tasks):
    insert(
        ConferenceResolution,
        tasks,
        conference_id=lambda t: t.meeting.pk,
        text=lambda t: t.text,
        owner_id=lambda t: t.owner.pk,
        due_on=lambda t: t.due_on,
        done_on=lambda t: t.done_on,
        result=lambda t: t.result,
    )
    rows = (
        (task.pk, words.PROGRESS, moment(task.done_on - dt.timedelta(days=3)))
        for task in tasks
        if task.done_on
    )
    sql.insert_rows(ResolutionNote, ("resolution_id", "text", "at"), rows)


def _write_entries(leagues, meetings):
    rows = [
        (
            league.pk,
            "founded",
            "、".join(seat.name for seat in league.members)[:500],
            moment(league.founded_on),
        )
        for league in leagues
    ]
    rows += [
        (m.league.pk, "held", f"{m.on} “{m.title}”，到会{len(m.attending)}个单位", moment(m.on))
        for m in meetings
        if m.held
    ]
    rows.sort(key=lambda row: row[3])
    sql.insert_rows(AllianceEntry, ("alliance_id", "act", "note", "at"), rows)
