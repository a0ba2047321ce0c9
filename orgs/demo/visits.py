"""The service teams of a city, the visits to its newly registered enterprises, and those that somebody asked for."""

import datetime as dt
import random

from orgs.demo import sizes
from orgs.demo.dates import any_day, days
from orgs.demo.names import VISIT_GISTS, VISIT_NEEDS, Vocabulary
from orgs.demo.shapes import City, Errand, Team, Unit, VisitNote
from orgs.demo.surveys import Owners
from orgs.kinds import OrganisationKind as Kind
from orgs.models import SurveyReason, UnitKind, VisitKind, VisitReason

UNITS = (
    "区税务局",
    "区市场监管局",
    "人才服务中心",
    "园区运营公司",
    "开发银行科创支行",
    "律师事务所党支部",
    "区科委",
)
MONTHS = 3  # of new enterprises whose visits are on record
KINDS = (VisitKind.POLICY, VisitKind.SERVICE, VisitKind.CULTURE)
ASKED = 60


def visit(city: City, rng: random.Random, words: Vocabulary, day: dt.date) -> None:
    """Of the latest month half are still to be visited, of those before nearly all were."""
    owners = Owners(city)
    met: dict[Unit, VisitNote] = {}
    for note in sorted(city.visits, key=lambda note: note.visited_on, reverse=True):
        met[note.unit] = note
    _form_teams(city, rng, words, day)
    by_chain = {team.chain: team for team in city.teams}
    sent: set[Unit] = set()
    for survey_round in city.rounds[:MONTHS]:
        for task in survey_round.tasks:
            if task.reason == SurveyReason.NEW and task.unit.is_active:
                sent.add(task.unit)
                known = met.get(task.unit)
                _add(
                    city, rng, words, day,
                    Errand(
                        task.unit, VisitKind.SERVICE, VisitReason.NEW, task.owner, survey_round.as_of,
                        survey_round.as_of + days(30), arrived_on=task.unit.joined_on,
                        team=by_chain.get(task.unit.chain),
                        visit=known if known and known.visited_on >= survey_round.as_of else None,
                    ),
                    share=0.95 if survey_round.number else 0.5,
                )  # fmt: skip
    settled = [u for u in city.units if u.kind == UnitKind.ENTERPRISE and u.is_active and u not in sent]
    for unit in rng.sample(settled, ASKED):
        opened = any_day(rng, max(unit.joined_on, day - days(40)), day)
        reason = rng.choice((VisitReason.ASKED, VisitReason.PERIODIC, VisitReason.MANUAL))
        errand = Errand(
            unit, rng.choice(KINDS), reason, owners.of(unit), opened, opened + days(rng.choice((14, 30))),
            team=by_chain.get(unit.chain),
        )  # fmt: skip
        _add(city, rng, words, day, errand, share=0.4)


def _form_teams(city, rng, words, day):
    committees = {org.cluster: org for org in city.orgs if org.kind == Kind.CLUSTER_COMMITTEE}
    for chain in city.chains[: sizes.SERVICE_TEAMS]:
        org = committees[chain.cluster]
        people = zip(words.people(rng.randrange(4, 7)), ("", *rng.sample(UNITS, 5)), strict=False)
        city.teams.append(
            Team(
                f"{chain.name}服务队",
                org,
                chain,
                any_day(rng, max(org.founded_on, day - days(700)), day - days(120)),
                [(name, unit or org.name) for name, unit in people],
            )
        )


def _add(city, rng, words, day, errand, *, share):
    city.errands.append(errand)
    chance = rng.random()
    if errand.visit:
        return  # somebody was there for another reason
    if chance < share:
        on = any_day(rng, errand.opened_on, min(errand.due_on, day))
        who = errand.team.people[0][0] if errand.team else words.person()
        needs = rng.choice(VISIT_NEEDS) if rng.random() < 0.3 else ""
        errand.visit = VisitNote(
            errand.unit, errand.kind, on, who, rng.choice(VISIT_GISTS), team=errand.team, needs=needs
        )
        city.visits.append(errand.visit)
    elif chance < share + 0.02:
        errand.dropped = "企业筹建中，尚未入驻，入驻后再走访。"
