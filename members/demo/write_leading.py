"""Writes the invented people who lead: one set-based insert per table."""

from imports import sql
from members.demo.leading import Leading
from members.demo.write import insert, moment
from members.models import LeadingResult, LeadingService, LeadingUnit, PublicRole
from members.names import sort_key


def write_leading(leading: Leading, *, root_id: int) -> None:
    """Members have been written."""
    insert(
        LeadingUnit,
        leading.teams,
        kind=lambda t: str(t.kind),
        name=lambda t: t.name,
        pinyin=lambda t: sort_key(t.name),
        organisation_id=lambda t: t.org.pk,
        root_id=lambda t: root_id,
        enterprise_id=lambda t: t.unit and t.unit.pk,
        place=lambda t: "",
        task=lambda t: t.task,
        commitment=lambda t: t.commitment,
        established_on=lambda t: t.since,
        term_ends_on=lambda t: t.term_ends_on,
        ended_reason=lambda t: "",
        created_at=lambda t: moment(t.since),
        updated_at=lambda t: moment(t.since),
    )
    sql.insert_rows(
        LeadingService,
        ("unit_id", "member_id", "leads", "since", "until", "how"),
        (
            (team.pk, person.pk, place == 0, team.since, *(_rotated(team) if team.vacant else (None, "")))
            for team in leading.teams
            for place, person in enumerate(team.people)
        ),
    )
    sql.insert_rows(
        LeadingResult,
        ("unit_id", "on", "what", "figure", "measure", "evidence", "void_reason", "recorded_at"),
        (
            (team.pk, on, what, figure, measure, "", "", moment(on))
            for team in leading.teams
            for on, what, figure, measure in team.results
        ),
    )
    sql.insert_rows(
        PublicRole,
        ("member_id", "kind", "level", "body", "since", "term_ends_on", "how", "created_at", "updated_at"),
        (
            (
                s.person.pk,
                str(s.kind),
                s.level,
                s.body,
                s.since,
                s.term_ends_on,
                "",
                moment(s.since),
                moment(s.since),
            )
            for s in leading.seats
        ),
    )


def _rotated(team):
    """The one before has left the post, nobody has followed."""
    return max([team.since, *(on for on, *_ in team.results)]), "rotated"
