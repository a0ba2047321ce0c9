"""Every figure equals the number of rows behind its link, whoever looks and whatever the day."""

import datetime as dt

import pytest
from django.http import QueryDict
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from orgs.kinds import OrganisationKind
from orgs.models import (
    CoverageMethod,
    EnterprisePeriod,
    EnterpriseStatus,
    Organisation,
    SurveyRound,
    SurveyTask,
)
from orgs.regulations import coverage_rule
from orgs.statistics import COUNTS, Register, total
from orgs.views.enterprises import filtered
from portal import measures
from portal.dashboards import Dashboard, default_organisation
from portal.measures import LISTS, MEASURES
from tests.builders import (
    cover,
    make_area,
    make_cluster,
    make_enterprise,
    make_organisation,
    make_park,
    make_user,
)

LATELY = dt.timedelta(days=30)
SHOWN = ("active", "organisation", "work", "uncovered", "should_found")
USERS = ("leader", "area_officer", "cluster_leader", "park_secretary", "branch_secretary")


class World:
    """Two areas, two clusters, three parks (one inside another) and somebody who reads statistics at each level."""

    def __init__(self):
        self.today = timezone.localdate()
        self.areas = [make_area(), make_area()]
        self.clusters = [make_cluster(), make_cluster()]
        outer = make_park(area=self.areas[0])
        self.parks = [outer, make_park(parent=outer), make_park(area=self.areas[1])]
        self.root = make_organisation()
        self.area_committee = self._below(OrganisationKind.AREA_COMMITTEE, area=self.areas[0])
        self._below(OrganisationKind.AREA_COMMITTEE, area=self.areas[1])
        self.cluster_committee = self._below(OrganisationKind.CLUSTER_COMMITTEE, cluster=self.clusters[0])
        self.park_committee = make_organisation(
            self.area_committee, OrganisationKind.COMMITTEE, area=self.areas[0], park=outer
        )
        self.branch = make_organisation(self.park_committee)
        self.coverers = [self.branch, make_organisation(self.cluster_committee), self.park_committee]
        self.round = SurveyRound.objects.create(name="名单", as_of=self.today - 2 * LATELY, due_on=self.today)
        self.users = {
            "leader": make_user("leader", self.root),
            "area_officer": make_user("officer", self.area_committee),
            "cluster_leader": make_user("leader", self.cluster_committee),
            "park_secretary": make_user("secretary", self.park_committee),
            "branch_secretary": make_user("secretary", self.branch),
        }

    def _below(self, kind, **kw):
        return make_organisation(self.root, kind, **kw)

    def add(self, unit):
        """An enterprise as `units` drew it."""
        enterprise = make_enterprise(
            park=self._place(self.parks, unit["park"]),
            cluster=self._place(self.clusters, unit["cluster"]),
            status=unit["status"],
            is_dormant=unit["is_dormant"],
            reported_members=unit["members"],
        )
        if unit["moved_from"] is not None:
            self._move(enterprise, self._place(self.parks, unit["moved_from"]))
        if unit["method"]:
            until = self.today - dt.timedelta(days=10) if unit["ended"] else None
            cover(enterprise, self.coverers[unit["coverer"]], unit["method"], until=until)
        if unit["instructor"]:
            ends = self.today - dt.timedelta(days=5) if unit["instructor"] == "expired" else None
            cover(enterprise, None, CoverageMethod.INSTRUCTOR, instructor_name="甲", term_ends_on=ends)
        if unit["task"]:
            SurveyTask.objects.create(round=self.round, enterprise=enterprise, reason="new", **unit["task"])

    @staticmethod
    def _place(places, index):
        return places[index] if index < len(places) else None

    def _move(self, enterprise, park):
        """It lay in `park` until twenty days ago."""
        moved_on = self.today - dt.timedelta(days=20)
        now = enterprise.periods.get()
        EnterprisePeriod.objects.create(
            enterprise=enterprise,
            park=park,
            cluster=enterprise.cluster,
            status=now.status,
            is_dormant=now.is_dormant,
            since=now.since,
            until=moved_on,
        )
        now.since = moved_on
        now.save()


METHODS = [None, *(m for m in CoverageMethod if m != CoverageMethod.INSTRUCTOR)]
TASKS = [None, {"state": "open"}, {"state": "done", "done_on": dt.date(2026, 1, 5)}]
units = st.lists(
    st.fixed_dictionaries(
        {
            "park": st.integers(0, 3),
            "cluster": st.integers(0, 2),
            "moved_from": st.sampled_from([None, None, 0, 2, 3]),
            "status": st.sampled_from(["existing", "existing", EnterpriseStatus.REVOKED]),
            "is_dormant": st.sampled_from([False, False, True]),
            "members": st.sampled_from([None, 0, 2, 3, 9]),
            "method": st.sampled_from(METHODS),
            "coverer": st.integers(0, 2),
            "ended": st.booleans(),
            "instructor": st.sampled_from([None, "running", "expired"]),
            "task": st.sampled_from(TASKS),
        }
    ),
    min_size=1,
    max_size=12,
)


def rows_behind(user, url) -> int:
    request = RequestFactory().get(url)
    request.user = user
    filterset = filtered(request)
    assert filterset.faults == []
    return filterset.counts()["total"]


def lines_of(dashboard):
    return [
        dashboard.total,
        *dashboard.areas,
        *dashboard.clusters,
        *dashboard.parks.items,
        *dashboard.children,
    ]


class FiguresAndLists(TestCase):
    """On random parks."""

    @settings(max_examples=5, deadline=None)
    @given(units=units, name=st.sampled_from(USERS), is_past=st.booleans())
    def test_every_figure_is_the_number_of_rows_behind_its_link(self, units, name, is_past):
        world = World()
        for unit in units:
            world.add(unit)
        user = world.users[name]
        on = world.today - LATELY if is_past else None

        dashboard = Dashboard(user, default_organisation(user), on, QueryDict(""))

        for line in lines_of(dashboard):
            for count in LISTS if line is dashboard.total else SHOWN:
                figure, rows = getattr(line.figures, count), rows_behind(user, line.lists[count])
                assert figure == rows, (line.label, count, line.lists[count])

    @settings(max_examples=5, deadline=None)
    @given(units=units, is_past=st.booleans())
    def test_areas_clusters_and_parks_each_add_up_to_the_whole(self, units, is_past):
        world = World()
        for unit in units:
            world.add(unit)
        on = world.today - LATELY if is_past else None

        dashboard = Dashboard(world.users["leader"], world.root, on, QueryDict(""))

        whole = counts_of(Register(on).figures(Register(on).rows())[0])
        for lines in (dashboard.areas, dashboard.clusters, dashboard.parks.items, [dashboard.total]):
            assert counts_of(total(line.figures for line in lines)) == whole

    @settings(max_examples=5, deadline=None)
    @given(units=units, is_past=st.booleans())
    def test_a_child_has_the_figures_it_shows_of_itself(self, units, is_past):
        world = World()
        for unit in units:
            world.add(unit)
        register = Register(world.today - LATELY if is_past else None)

        children = Dashboard(world.users["leader"], world.root, register.on, QueryDict("")).children

        assert len(children) == 3
        for child in children:
            organisation = Organisation.objects.get(pk=child.scope["organisation"])
            own = register.figures(register.of_organisation(organisation))[0]
            assert counts_of(child.figures) == counts_of(own)


def counts_of(figures):
    return [getattr(figures, name) for name in COUNTS]


@pytest.mark.django_db
def test_a_past_day_counts_what_was_true_then():
    today = timezone.localdate()
    organisation, park = make_organisation(), make_park()
    enterprise = make_enterprise(park=park, status="revoked")
    enterprise.periods.update(since=today - dt.timedelta(days=10))
    EnterprisePeriod.objects.create(
        enterprise=enterprise,
        park=park,
        status="existing",
        since=dt.date(2020, 1, 1),
        until=today - dt.timedelta(days=10),
    )
    cover(enterprise, organisation, until=today - dt.timedelta(days=15))

    then, between, now = (
        register.figures(register.rows())[0]
        for register in (
            Register(today - dt.timedelta(days=20)),
            Register(today - dt.timedelta(days=12)),
            Register(),
        )
    )

    assert (then.active, then.organisation) == (1, 1)
    assert (between.active, between.organisation) == (1, 0)
    assert now.active == 0


@pytest.mark.django_db
def test_overlapping_coverages_count_a_unit_once():
    organisation = make_organisation()
    enterprise = make_enterprise()
    tomorrow = timezone.localdate() + dt.timedelta(days=1)
    cover(enterprise, organisation, CoverageMethod.OWN)
    cover(enterprise, organisation, CoverageMethod.JOINT, until=tomorrow)

    figures = Register().figures(Register().rows())[0]

    assert (figures.active, figures.organisation, figures.own, figures.joint) == (1, 1, 1, 1)


@pytest.mark.django_db
def test_nothing_is_surveyed_before_the_first_round():
    make_enterprise()

    figures = Register().figures(Register().rows())[0]

    assert (figures.surveyed, figures.active) == (0, 1)


@pytest.mark.django_db
def test_an_empty_scope_has_zeros_and_no_rates():
    values = measures.values(Register().figures(Register().rows())[0])

    assert set(values) == set(MEASURES)
    assert all(v == {"numerator": 0, "denominator": 0, "value": None} for v in values.values())


@pytest.mark.django_db
def test_the_definitions_repeat_the_words_of_the_rule():
    rule = coverage_rule()

    definition = MEASURES["organisation_coverage"].definition(rule)

    assert rule.organisation_words in definition
    assert rule.words in definition
    assert "3名" in MEASURES["should_found"].definition(rule)


def test_links_name_scope_place_and_day():
    scope = {"organisation": 7, "on": "2026-10-31"} | measures.place("park", None)

    assert measures.list_url("should_found", scope) == (
        f"{reverse('orgs:enterprise-list')}?organisation=7&on=2026-10-31&park=none&active=1&should_found=1"
    )


@pytest.mark.django_db
def test_a_past_place_in_which_the_person_sees_nobody_today_still_opens():
    world = World()
    world.add(
        {
            "park": 0,
            "moved_from": 2,
            "cluster": 2,
            "status": "existing",
            "is_dormant": False,
            "members": 0,
            "method": CoverageMethod.JOINT,
            "coverer": 0,
            "ended": False,
            "instructor": None,
            "task": None,
        }
    )
    user = world.users["area_officer"]

    dashboard = Dashboard(user, world.area_committee, world.today - LATELY, QueryDict(""))

    (line,) = dashboard.areas
    assert line.label == world.areas[1].name
    assert rows_behind(user, line.lists["active"]) == line.figures.active == 1
    (line,) = dashboard.parks.items
    assert rows_behind(user, line.lists["active"]) == 1
