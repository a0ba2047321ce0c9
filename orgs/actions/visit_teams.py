"""Writes to the teams that visit. Access is checked before."""

import datetime as dt
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from orgs import audit
from orgs.guards import demand_reason, demand_words, refuse_long, refuse_personal_numbers, refuse_stale
from orgs.models import AuditAction, VisitTask, VisitTeam, VisitTeamMember
from orgs.models.visits import PLACES
from orgs.validators import validate_not_in_future

MOST_PEOPLE = 60


@dataclass(frozen=True)
class Person:
    name: str
    unit: str = ""
    leads: bool = False


def read_people(text: str) -> list[Person]:
    """Lines “姓名，单位”; the first one leads. Raises ValidationError that names the line."""
    people: list[Person] = []
    for number, line in enumerate(text.splitlines(), 1):
        parts = [part.strip() for part in line.replace("，", ",").replace("\t", ",").split(",", 1)]
        if not any(parts):
            continue
        name, unit = parts[0], parts[1] if len(parts) > 1 else ""
        if not name or len(name) > 50 or len(unit) > 80:
            raise ValidationError(
                {"people": f"第{number}行：请按“姓名，单位”填写，姓名最多50字，单位最多80字。"}
            )
        if any((one.name, one.unit) == (name, unit) for one in people):
            raise ValidationError({"people": f"第{number}行：{name}重复。"})
        people.append(Person(name, unit, leads=not people))
    return people


@transaction.atomic
def save_team(*, values: dict, people: list[Person], by, team=None, seen_at=None, request=None) -> VisitTeam:
    """A new team, or `team` as it shall be: who is not among `people` (the leader first) left today.

    `values`: organisation, name, founded_on and the places it serves. Raises ValidationError.
    """
    if not people:
        raise ValidationError({"people": "请至少填写队长。"})
    if len(people) > MOST_PEOPLE:
        raise ValidationError({"people": f"一支服务队最多{MOST_PEOPLE}人。"})
    for person in people:
        refuse_personal_numbers(f"{person.name} {person.unit}", "people")
    demand_words(values["name"], "name", "请填写服务队名称。")
    refuse_personal_numbers(values["name"], "name")
    validate_not_in_future(values["founded_on"], "founded_on")
    if values["organisation"].dissolved_on:
        raise ValidationError({"organisation": f"{values['organisation']}已撤销，不能组建服务队。"})
    stored = (
        VisitTeam(created_by=by) if team is None else VisitTeam.objects.select_for_update().get(pk=team.pk)
    )
    if team is not None:
        refuse_stale(stored, seen_at, "服务队")
        _refuse_disbanded(stored)
    for name in ("organisation", "name", "founded_on", *PLACES):
        setattr(stored, name, values[name])
    stored.updated_at = timezone.now()
    stored.full_clean()
    stored.save()
    _keep_people(stored, people)
    _record_team(
        stored, AuditAction.CREATE if team is None else AuditAction.UPDATE, by, request, people=len(people)
    )
    return stored


def _keep_people(team, people):
    """The leader's row ends first: two of one team may not lead at a time."""
    today = timezone.localdate()
    there = {Person(one.name, one.unit, one.leads): one for one in team.members.filter(until__isnull=True)}
    for person, row in there.items():
        if person not in people:
            row.until = today
            row.save(update_fields=["until"])
    for person in people:
        if person not in there:
            VisitTeamMember.objects.create(
                team=team, name=person.name, unit=person.unit, leads=person.leads, since=today
            )


@transaction.atomic
def disband_team(*, team, disbanded_on: dt.date, reason: str, by, request=None) -> None:
    """Its open tasks stay with the organisation that answers for them. Raises ValidationError."""
    stored = VisitTeam.objects.select_for_update().get(pk=team.pk)
    _refuse_disbanded(stored)
    reason = refuse_long(demand_reason(reason, "解散"), "reason", 200)
    refuse_personal_numbers(reason, "reason")
    validate_not_in_future(disbanded_on, "disbanded_on")
    if disbanded_on < stored.founded_on:
        raise ValidationError({"disbanded_on": f"解散日期不能早于成立日期（{stored.founded_on}）。"})
    stored.disbanded_on, stored.disbanded_reason = disbanded_on, reason
    stored.updated_at = timezone.now()
    stored.save(update_fields=["disbanded_on", "disbanded_reason", "updated_at"])
    freed = VisitTask.objects.open().filter(team=stored).update(team=None, updated_at=timezone.now())
    _record_team(stored, AuditAction.UPDATE, by, request, disbanded=reason, tasks_freed=freed)


def _refuse_disbanded(team):
    if team.disbanded_on:
        raise ValidationError(f"{team}已于{team.disbanded_on}解散。")


def _record_team(team, action, by, request, **detail):
    audit.record(
        actor=by,
        action=action,
        obj=team,
        path=team.organisation.path,
        detail={"team": team.name} | detail,
        request=request,
    )
