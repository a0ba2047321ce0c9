"""Writes invented gatherings: one set-based insert per table, keys handed out before."""

import datetime as dt
import random
from collections import Counter

from activities.demo import words
from activities.demo.bookings import write_bookings
from activities.demo.invent import Gathering, invent_gatherings
from activities.demo.services import write_services
from activities.demo.studies import write_studies
from activities.demo.venues import write_venues
from activities.models import Activity, ActivityEntry, ActivityKind, Attendance, Series, TrainingCredit
from activities.models.activity import activity_pairs, hours_between
from activities.notices import days
from imports import sql
from orgs.demo.dates import month_start
from orgs.demo.shapes import City
from orgs.demo.write import insert, moment

LOADED = (Series, Activity, ActivityKind, ActivityEntry, Attendance, TrainingCredit)
COURSES_A_YEAR, MOST_IN_COURSE = 110, 25


def load_city(city: City, people: list, number: int, *, seed: int, day: dt.date) -> None:
    """City and people have been written: their rows have their keys."""
    rng = random.Random(f"activities:{seed}:{number}")  # noqa: S311 - an invented year keeps no secret
    top = city.orgs[0]
    root_id = (top.parent or top).pk
    gatherings = invent_gatherings(city, people, rng, day)
    # Activities are numbered below their top organisation.
    prefix = f"{number + 1}-" if top.parent else ""
    write_courses(people, rng, day)
    write_studies(city, people, root_id, random.Random(f"studies:{seed}:{number}"), day)  # noqa: S311 - as above
    write_services(city, people, root_id, random.Random(f"services:{seed}:{number}"), day)  # noqa: S311 - as above
    write_gatherings(gatherings, _write_brands(top, root_id, prefix, day), root_id=root_id, prefix=prefix)
    rng = random.Random(f"venues:{seed}:{number}")  # noqa: S311 - as above
    write_bookings(city, write_venues(city, number, root_id, prefix, rng, day), gatherings, rng, day)


def write_courses(people: list, rng, day: dt.date) -> None:
    """Courses taken elsewhere (S23): each by some neighbours in the register."""
    there = [person for person in people if not person.left_on]
    rows = []
    for number in range(COURSES_A_YEAR):
        start = rng.randrange(len(there) - MOST_IN_COURSE)
        on = day - dt.timedelta(days=rng.randrange(1, 320))
        title = f"{rng.choice(words.COURSES)}（第{number + 1}期）"
        hours = rng.choice((4, 8, 16, 24))
        taken = there[start : start + rng.randint(3, MOST_IN_COURSE)]
        rows += [(person.pk, title, words.SCHOOL, on, hours, "", moment(on), "") for person in taken]
    sql.insert_rows(
        TrainingCredit,
        (
            "member_id",
            "title",
            "organiser",
            "on",
            "hours",
            "certificate_no",
            "recorded_at",
            "withdrawn_reason",
        ),
        rows,
    )


def finish() -> None:
    sql.analyse(LOADED)
    days.remind()


def _write_brands(top, root_id, prefix, day) -> list[int]:
    keys = sql.allocate_ids(Series, len(words.BRANDS))
    start = month_start(day, 36)
    sql.insert_rows(
        Series,
        ("id", "organisation_id", "root_id", "name", "about", "started_on"),
        (
            (key, top.pk, root_id, f"{prefix}{name}", about, start)
            for key, (name, _, about) in zip(keys, words.BRANDS, strict=True)
        ),
    )
    return keys


def write_gatherings(
    gatherings: list[Gathering], brands: list[int], *, root_id: int, prefix: str = ""
) -> None:
    figures = {gathering: _figures(gathering) for gathering in gatherings}
    insert(
        Activity,
        gatherings,
        organisation_id=lambda g: g.org.pk,
        root_id=lambda g: root_id,
        number=lambda g: prefix + g.number if g.number else "",
        title=lambda g: g.title,
        search_pairs=lambda g: activity_pairs(g.title, prefix + g.number if g.number else "", g.place),
        series_id=lambda g: None if g.brand is None else brands[g.brand],
        held_on=lambda g: g.starts_at.date(),
        starts_at=lambda g: g.starts_at,
        ends_at=lambda g: g.ends_at,
        place=lambda g: g.place,
        is_online=lambda g: False,
        chair_name=lambda g: g.chair,
        recorder_name=lambda g: "",
        lecturer_name=lambda g: g.lecturer,
        agenda=lambda g: "",
        gist=lambda g: g.gist,
        belongs_to_year=lambda g: g.year,
        state=lambda g: g.state,
        hours=lambda g: hours_between(g.starts_at, g.ends_at),
        has_roster=lambda g: bool(g.roll),
        expected=lambda g: sum(figures[g][:3]),
        present=lambda g: figures[g][0],
        on_leave=lambda g: figures[g][1],
        absent=lambda g: figures[g][2],
        guests=lambda g: figures[g][3],
        recorded_at=lambda g: g.recorded_on and moment(g.recorded_on),
        archived_at=lambda g: moment(g.recorded_on) if g.state == "archived" else None,
        created_at=lambda g: moment(g.recorded_on or g.starts_at.date()),
        updated_at=lambda g: moment(g.recorded_on or g.starts_at.date()),
    )
    sql.insert_rows(
        ActivityKind, ("activity_id", "kind"), ((g.pk, str(kind)) for g in gatherings for kind in g.kinds)
    )
    sql.insert_rows(
        ActivityEntry,
        ("activity_id", "act", "reason", "at"),
        (
            (g.pk, act, "", moment(g.recorded_on or g.starts_at.date()))
            for g in gatherings
            for act in _acts(g)
        ),
    )
    sql.insert_rows(
        Attendance,
        ("activity_id", "member_id", "state", "reason", "how"),
        ((g.pk, person.pk, state, reason, "hand") for g in gatherings for person, state, reason in g.roll),
    )


def _figures(gathering) -> tuple[int, int, int, int]:
    """Present, on leave, absent, guests."""
    if not gathering.roll:
        return gathering.counts[0], 0, 0, gathering.counts[1]
    found = Counter(state for _, state, _ in gathering.roll)
    return found["present"], found["leave"], found["absent"], 0


def _acts(gathering) -> tuple[str, ...]:
    """How the record came to its state."""
    if gathering.state in ("planned", "notified"):
        return ("planned", "notified") if gathering.state == "notified" else ("planned",)
    return {
        "held": ("held",),
        "review": ("held", "submitted"),
        "archived": ("held", "submitted", "archived"),
    }[gathering.state]
