"""The monthly survey rounds of a city: what each list showed and what somebody found when he went there."""

import datetime as dt
import random

from orgs.actions.surveys import NEEDS_NOTE
from orgs.actions.surveys import SurveyResult as Result
from orgs.demo import sizes
from orgs.demo.dates import any_day, days
from orgs.demo.enterprises import list_days
from orgs.demo.names import NOT_FOUND_NOTES, VISIT_GISTS, Vocabulary
from orgs.demo.shapes import City, Org, Round, Task, Unit, VisitNote
from orgs.models import EnterpriseStatus as Status
from orgs.models import SurveyReason, TaskState, UnitKind, VisitKind

FOUND = {
    Status.REVOKED: Result.REVOKED,
    Status.DEREGISTERED: Result.DEREGISTERED,
    Status.MOVED_OUT: Result.MOVED_OUT,
    Status.SUSPENDED: Result.SUSPENDED,
    Status.LIQUIDATING: Result.OTHER,
}


def survey(city: City, rng: random.Random, words: Vocabulary, ceased: dict[Unit, int], day: dt.date) -> None:
    """A task for each new, missing or ceased enterprise of the month. Old rounds are done, the latest is under way."""
    owners = Owners(city)
    city.rounds = [Round(number, listed) for number, listed in enumerate(list_days(day))]
    covered = {cover.unit for cover in city.covers}
    active = [unit for unit in city.units if unit.kind == UnitKind.ENTERPRISE and unit.is_active]
    months = {survey_round.as_of: survey_round for survey_round in city.rounds}
    for unit in active:
        if unit.joined_on in months:
            _add(months[unit.joined_on], unit, SurveyReason.NEW, owners, rng, day)
    for unit, month in ceased.items():
        reason = SurveyReason.CLOSED if unit in covered else SurveyReason.MISSING
        _add(city.rounds[month], unit, reason, owners, rng, day)
    for survey_round in city.rounds:
        count = sizes.MISSING_PER_MONTH if survey_round.number else sizes.MISSING_LAST_MONTH
        settled = (unit for unit in rng.sample(active, 4 * count) if unit.joined_on < survey_round.as_of)
        for unit, _ in zip(settled, range(count), strict=False):
            _add(survey_round, unit, SurveyReason.MISSING, owners, rng, day)
    _visits(city, rng, words)


def _add(survey_round, unit, reason, owners, rng, day):
    task = Task(unit, reason, owners.of(unit), TaskState.DONE)
    survey_round.tasks.append(task)
    if not unit.is_active:
        changed = unit.periods[-1].since
        task.result = Result.DORMANT if unit.is_dormant else FOUND[unit.status]
        task.note = "清算中。" if task.result == Result.OTHER else ""
        task.done_on = max(changed, survey_round.as_of)
    elif survey_round.number == 0 and rng.random() < 0.42:
        task.state = TaskState.OPEN
    elif rng.random() < 0.02:
        task.state, task.note = TaskState.CANCELLED, "与上月任务重复。"
    else:
        task.result = Result.OPERATING if rng.random() < 0.93 else Result.WRONG_DATA
        task.note = rng.choice(NOT_FOUND_NOTES) if task.result in NEEDS_NOTE else ""
        task.done_on = min(any_day(rng, survey_round.as_of + days(1), survey_round.as_of + days(26)), day)


def _visits(city, rng, words):
    """A third of the tasks left a note of the visit."""
    for survey_round in city.rounds:
        for task in survey_round.tasks:
            if task.done_on and rng.random() < 0.34:
                gist = rng.choice(VISIT_GISTS)
                city.visits.append(VisitNote(task.unit, VisitKind.SURVEY, task.done_on, words.person(), gist))


class Owners:
    """Who goes: the organisation of the park, of the park around it, of the area, of the cluster, the top."""

    def __init__(self, city: City):
        self.top = city.orgs[0]
        self.by_place = {}
        for org in city.orgs:
            place = {"park": org.park, "area": org.area, "cluster": org.cluster}.get(org.jurisdiction)
            if place:
                self.by_place.setdefault(place, org)

    def of(self, unit: Unit) -> Org:
        park = unit.park
        places = (park, park and park.parent, park and park.area, unit.cluster)
        return next((self.by_place[place] for place in places if place in self.by_place), self.top)
