"""Kept figures are what the lists count: after a rebuild, after every change, whoever made it and however."""

import datetime as dt
import itertools
import os
import subprocess
import sys

import pytest
from django.db import connection
from django.http import QueryDict
from django.utils import timezone

from activities.actions import activities
from activities.models import Attendance
from imports import sql
from orgs.models import Enterprise, Organisation, User
from orgs.statistics import COUNTS, Register
from portal import dashboards, marks, snapshots, tasks
from portal.dashboards import Dashboard
from portal.models import Mark, Snapshot
from tests import builders
from tests.portal.snapshot_world import (
    HAPPENINGS,
    World,
    assert_as_rebuilt,
    assert_counts_as_lists_do,
    standing,
)
from tests.processes import ROOT, own_servers

pytestmark = pytest.mark.django_db


SEEDS = range(int(os.environ.get("SNAPSHOT_SEEDS", "3")))


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_kept_is_what_the_lists_count(seed):
    world = World(seed)
    world.happen(40)
    snapshots.rebuild()
    assert_counts_as_lists_do(world)
    world.happen(6)
    snapshots.refresh()
    assert_counts_as_lists_do(world)
    assert_as_rebuilt()


@pytest.mark.parametrize("seed", SEEDS)
def test_each_change_is_noticed(seed):
    """One at a time, so that a change that nothing marks cannot hide behind another."""
    world = World(seed)
    world.happen(25)
    snapshots.refresh()
    for name in HAPPENINGS:
        getattr(world, name)()
        snapshots.refresh()
        before = standing()
        snapshots.rebuild()
        assert standing() == before, name


def shown(page) -> dict:
    lines = {"total": [page.total], "children": page.children, "parks": page.park_lines}
    lines |= {"areas": page.areas, "clusters": page.clusters}
    return {
        name: {line.label: [getattr(line.figures, count) for count in COUNTS] for line in found}
        for name, found in lines.items()
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_the_dashboard_shows_what_is_kept_or_counts_the_same(seed):
    world = World(seed)
    world.happen(30)

    def pages():
        found = Organisation.objects.order_by("path")
        return [Dashboard(world.system, organisation, None, QueryDict()) for organisation in found]

    assert not any(page.kept for page in pages())
    counted = [shown(page) for page in pages()]
    snapshots.rebuild()
    assert all(page.kept for page in pages())
    assert [shown(page) for page in pages()] == counted
    Enterprise.objects.filter(pk=world.contact_enterprise.pk).update(employees=77)
    assert not any(page.kept for page in pages()), "something changed since"


def test_parks_that_are_kept_are_sorted_and_turned_as_counted_ones(monkeypatch):
    monkeypatch.setattr(dashboards, "PARKS_PER_PAGE", 2)
    top = builders.make_organisation(jurisdiction="all")
    parks = [builders.make_park() for _ in range(3)]
    for number, park in enumerate([*parks, None], 1):
        for nth in range(number):
            unit = builders.make_enterprise(park=park, reported_members=3 * (nth % 2))
            if nth < number - 1:
                builders.cover(unit, top, "own" if number % 2 else "area")

    def pages():
        found = {}
        for sort, after in itertools.product(dashboards.SORTS, ("", "2", "9")):
            for sign in ("", "-"):
                page = Dashboard(None, top, None, QueryDict(f"sort={sign}{sort}&after={after}")).parks
                lines = [(line.label, line.note, line.figures.active, line.scope) for line in page.items]
                found[sign + sort, after] = lines, page.count, page.next_query, page.previous_query
        return found

    monkeypatch.setattr(Dashboard, "answering_children", [])
    counted = pages()
    snapshots.rebuild()
    assert Dashboard(None, top, None, QueryDict()).kept
    assert pages() == counted
    assert [label for label, *_ in counted["-active", ""][0]] == [parks[2].name, parks[1].name]
    assert counted["active", "2"][0][-1][0] == "未填园区"


def test_very_many_marks_are_answered_by_one_rebuild(monkeypatch):
    branch = builders.make_organisation(builders.make_organisation())
    snapshots.rebuild()
    monkeypatch.setattr(snapshots, "MOST_MARKS", 5)
    Mark.objects.bulk_create(Mark(family=marks.MEMBERS, place=branch.pk) for _ in range(12))
    snapshots.refresh()
    assert not Mark.objects.exists()


# --- Days -------------------------------------------------------------------------------------------------


def on(monkeypatch, day):
    monkeypatch.setattr("django.utils.timezone.now", lambda: at(day))


def at(day):
    return timezone.make_aware(dt.datetime.combine(day, dt.time(10)))


def test_a_day_that_is_over_never_changes(monkeypatch):
    branch = builders.make_organisation()  # owes no meetings, whose time would come
    builders.make_member(branch)
    today = timezone.localdate()
    snapshots.rebuild()
    on(monkeypatch, today + dt.timedelta(days=1))
    builders.make_member(branch)
    snapshots.refresh()
    builders.make_member(branch)
    snapshots.refresh()
    on(monkeypatch, today + dt.timedelta(days=40))
    snapshots.rebuild()
    days = [today - dt.timedelta(days=1), today, *(today + dt.timedelta(days=days) for days in (1, 2, 40))]
    rows = snapshots.series(branch, days)
    assert [row and row.members for row in rows] == [None, 1, 3, 3, 3]
    branches = Organisation.objects.filter(pk=branch.pk)
    assert [found.members for found in snapshots.as_of(today, branches).values()] == [1]
    assert snapshots.as_of(days[0], branches) == {}
    # Forty quiet days are one row.
    assert Snapshot.objects.filter(organisation=branch.pk).count() == 2


def test_time_alone_changes_figures(monkeypatch):
    """An agreement comes near its end, a year begins: the first run of a day reckons everything."""
    top = builders.make_organisation()
    one, other = builders.make_organisation(top), builders.make_organisation(top)
    today = timezone.localdate()
    builders.make_agreement(
        one, other, signed_on=today, starts_on=today, ends_on=today + dt.timedelta(days=70)
    )
    snapshots.rebuild()
    assert snapshots.current(top).agreements_expiring == 0
    on(monkeypatch, today + dt.timedelta(days=10))
    assert not snapshots.is_fresh()
    snapshots.refresh()
    assert snapshots.current(top).agreements_expiring == 1
    assert snapshots.is_fresh()


def test_months_of_before_are_reckoned_afterwards_once():
    top = builders.make_organisation()
    enterprise = builders.make_enterprise()
    builders.cover(enterprise, top, since=snapshots.month_ends(3)[1])
    assert snapshots.backfill() == 0, "there is nothing yet to go back from"
    snapshots.rebuild()
    assert snapshots.backfill(3) > 0
    rows = snapshots.series(top, [*snapshots.month_ends(3), timezone.localdate()])
    assert [row.units_organisation for row in rows] == [0, 1, 1, 1]
    assert [row.members for row in rows] == [None, None, None, 0], "the register does not say how it was"
    assert snapshots.figure(rows[0], "members") is None
    before = list(Snapshot.objects.order_by("pk").values())
    assert snapshots.backfill(3) == 0
    assert list(Snapshot.objects.order_by("pk").values()) == before


def test_what_comes_later_gets_its_own_months_of_before():
    """As an import of organisations some days after that of the parks."""
    first = builders.make_organisation()
    snapshots.rebuild()
    snapshots.backfill(3)
    before = list(Snapshot.objects.order_by("pk").values())
    days = snapshots.month_ends(3)
    old = builders.make_organisation(first, founded_on=days[0])
    new = builders.make_organisation(first, founded_on=days[1] + dt.timedelta(days=1))
    builders.cover(builders.make_enterprise(), old, since=days[1])
    snapshots.refresh()
    assert snapshots.backfill(3) > 0
    units = {
        found: [row and row.units_organisation for row in snapshots.series(found, days)]
        for found in (old, new)
    }
    assert units == {old: [0, 1, 1], new: [None, None, 0]}, "who was not founded yet has no past"
    kept = Snapshot.objects.filter(organisation=first.pk, since__lt=timezone.localdate())
    assert list(kept.order_by("pk").values()) == [
        row for row in before if row["since"] < timezone.localdate() and row["organisation_id"] == first.pk
    ]
    assert snapshots.backfill(3) == 0


def test_the_first_night_reckons_the_months_of_before():
    top = builders.make_organisation()
    builders.cover(builders.make_enterprise(), top)
    assert tasks.rebuild_snapshots() > 0
    assert [row.units_organisation for row in snapshots.series(top, snapshots.month_ends())] == [1] * 12
    assert tasks.rebuild_snapshots() == 0


def test_a_unit_that_is_removed_has_no_figures_any_more():
    """As by an import that is taken back."""
    top = builders.make_organisation()
    branch = builders.make_organisation(top)
    snapshots.rebuild()
    Snapshot.objects.filter(organisation=branch.pk).update(since=timezone.localdate() - dt.timedelta(days=3))
    branch.affiliations.all().delete()
    sql.delete_rows(Organisation, "pk", [branch.pk])
    snapshots.refresh()
    assert snapshots.current(branch) is None
    assert Snapshot.objects.get(organisation=branch.pk).until == timezone.localdate()


# --- Triggers ---------------------------------------------------------------------------------------------


def test_triggers_survive_migrations():
    assert marks.are_installed(connection)
    marks.before_migrations(connection.alias)
    assert marks.installed(connection) == set()
    Mark.objects.all().delete()
    marks.after_migrations(connection.alias)
    assert marks.are_installed(connection)
    assert Mark.objects.filter(family=marks.ALL).exists(), "what was changed without triggers is not known"
    Mark.objects.all().delete()
    marks.after_migrations(connection.alias)
    assert not Mark.objects.exists()


def test_what_does_not_count_leaves_no_mark():
    branch = builders.make_organisation(builders.make_organisation())
    member, enterprise = builders.make_member(branch), builders.make_enterprise()
    Mark.objects.all().delete()
    member.position, enterprise.name = "经理", "改名"
    member.save()
    enterprise.save()
    Organisation.objects.filter(pk=branch.pk).update(name="改名")
    assert not Mark.objects.exists()
    member.membership = "probationary"
    member.save()
    families = (marks.MEMBERS, marks.TRAINING, marks.DUES)
    assert set(Mark.objects.values_list("family", "place")) == {(family, branch.pk) for family in families}


def test_one_attendance_asks_few_questions(django_assert_max_num_queries):
    """However large the park: only its own path is summed up."""
    top = builders.make_organisation()
    branches = [builders.make_organisation(builders.make_organisation(top)) for _ in range(3)]
    member = builders.make_member(branches[0])
    activity = activities.record_activity(
        organisation=branches[0], kinds=("theme_day",), roll={member.pk: ("absent", "")}, by=User.objects.system(),
        values={"title": "主题党日", "starts_at": at(timezone.localdate().replace(month=1, day=1))},
    )  # fmt: skip
    snapshots.rebuild()
    Attendance.objects.filter(activity=activity).update(state="present")
    with django_assert_max_num_queries(17):
        snapshots.refresh()
    assert snapshots.current(top).reached == snapshots.current(branches[0]).reached == 1
    assert snapshots.current(branches[1]).reached == 0


def test_one_covered_unit_is_counted_with_its_park_alone(django_assert_max_num_queries, monkeypatch):
    top = builders.make_organisation(jurisdiction="all")
    branches = [builders.make_organisation(top) for _ in range(2)]
    parks = [builders.make_park() for _ in range(3)]
    units = [builders.make_enterprise(park=park) for park in [*parks, None] for _ in range(2)]
    snapshots.rebuild()
    for branch, unit in zip(branches, (units[0], units[-1]), strict=True):
        builders.cover(unit, branch)
    asked = []
    by_holder = Register.by_holder
    monkeypatch.setattr(
        Register, "by_holder", lambda self, parks=None: asked.append(parks) or by_holder(self, parks)
    )
    with django_assert_max_num_queries(30):
        snapshots.refresh()
    assert asked == [{parks[0].pk, 0}]
    assert [snapshots.current(one).units_organisation for one in (top, *branches)] == [2, 1, 1]
    assert_as_rebuilt()


@pytest.mark.django_db(transaction=True)
def test_whoever_reckons_already_is_not_waited_for():
    """Else a change kept every worker waiting while everything is counted; SQLite has one writer at a time."""
    branch = builders.make_organisation(builders.make_organisation())
    snapshots.rebuild()
    builders.make_member(branch)
    other = connection.copy()
    if sql.is_postgresql():
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [sql._lock_number(snapshots.LOCK)])
        assert snapshots.refresh() == 0
        assert Mark.objects.exists()
    other.close()
    snapshots.refresh()
    assert snapshots.current(branch).members == 1


# --- Killed half-way --------------------------------------------------------------------------------------


def test_killed_at_any_moment_while_records_are_written(tmp_path):
    """Fifty rebuilds and fifty refreshes; afterwards everything is what a rebuild makes of the records."""
    with own_servers(tmp_path / "var") as servers:
        env = os.environ | {"DJANGO_SETTINGS_MODULE": "portal.settings", "VAR_DIR": str(tmp_path / "var")}
        command = [sys.executable, "-m", "tests.portal.snapshot_kills", "50"]
        done = subprocess.run(
            command, cwd=ROOT, env=env | servers, capture_output=True, text=True, check=False
        )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "100 killed\n"
