"""Requests that no page of the portal sends: odd cursors, numbers that fit no column, NUL, days at the edges."""

import base64
import json

import pytest
from django.urls import reverse

from imports.models import Outcome
from orgs.kinds import OrganisationKind
from orgs.models import Coverage, CoverageMethod, DatedSetting, Enterprise, Role
from tests import builders
from tests.imports.helpers import stage, workbook

pytestmark = pytest.mark.django_db
COVERAGE = ("统一社会信用代码", "企业名称", "覆盖方式", "覆盖党组织代码")
HUGE = "9" * 30


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def top():
    return builders.make_organisation()


@pytest.fixture
def chief(top):
    return builders.make_user(Role.OFFICER, top)


@pytest.fixture
def client(client_for, chief):
    builders.cover(builders.make_enterprise(), None, CoverageMethod.INSTRUCTOR, instructor_name="王指导")
    return client_for(chief)


def cursor(*position):
    return base64.urlsafe_b64encode(json.dumps(position).encode()).decode()


# --- Numbers, days, characters -----------------------------------------------------------------------

CURSORS = [
    cursor("0001-01-01T00:00:00+14:00", 1),
    cursor("9999-12-31T23:59:59-12:00", 1),
    cursor(float("inf"), 1),
    cursor(float("nan"), 1),
    cursor("\ud800", 1),
    cursor(10**40, 10**40),
    cursor("测试", 10**40),
]


@pytest.mark.parametrize("position", CURSORS)
@pytest.mark.parametrize("sort", ["name", "updated", "members"])
@pytest.mark.parametrize("direction", ["after", "before"])
def test_a_damaged_cursor_never_breaks_a_list(client, position, sort, direction):
    response = client.get(reverse("orgs:enterprise-list"), {direction: position, "sort": sort})

    assert response.status_code == 200


@pytest.mark.parametrize("position", CURSORS)
def test_a_damaged_cursor_never_breaks_the_ledger(client, position):
    response = client.get(reverse("orgs:coverage-list"), {"after": position, "sort": "since"})

    assert response.status_code == 200


def test_instructors_are_searched_for_text_with_nul(client):
    response = client.get(reverse("orgs:instructor-list"), {"q": "王\0"})

    assert [row["instructor_name"] for row in response.context["page"]] == ["王指导"]


@pytest.mark.parametrize("day", ["0001-01-01", "0001-01-02", "9999-12-31"])
def test_days_at_the_edges_break_no_figure(client, top, day):
    DatedSetting.objects.create(code="instructor_visit_days", value=90, effective_on="0001-01-01")

    for name in ("portal:dashboard", "orgs:enterprise-list", "api:measures", "api:enterprise-list"):
        response = client.get(reverse(name), {"on": day, "coverage": "work"} if "list" in name else {"on": day})
        assert response.status_code == (400 if name == "api:measures" and day.startswith("9") else 200), name


# --- Imports -----------------------------------------------------------------------------------------


@pytest.fixture
def run(chief, top):
    enterprise = Enterprise.objects.first() or builders.make_enterprise()
    return stage(
        "coverage", workbook(COVERAGE, (enterprise.credit_code, enterprise.name, "联合组建", top.code)), by=chief
    )


def test_preview_is_searched_for_text_with_nul(client, run):
    assert client.get(reverse("imports:run", args=[run.pk]), {"q": "测\0"}).status_code == 200


def test_row_keys_that_fit_no_column_tick_nothing(client, run):
    keys = {"shown": [HUGE, "9" * 5000, str(run.staged.get().pk)], "ticked": [HUGE, "٣" * 25]}

    response = client.post(reverse("imports:run-select", args=[run.pk]), keys)

    assert response.status_code == 302
    assert not run.staged.get().selected


def test_coverage_is_imported_only_where_the_right_to_import_holds(top):
    """The leader of the park who is also officer of one area reads all, and imports for the area alone."""
    area = builders.make_area()
    committee = builders.make_organisation(top, OrganisationKind.AREA_COMMITTEE, area=area)
    branch = builders.make_organisation(committee)
    ours = builders.make_enterprise(park=builders.make_park(area=area))
    theirs = builders.make_enterprise(park=builders.make_park())
    user = builders.make_user(Role.OFFICER, committee)
    user.appointments.create(role=Role.LEADER, organisation=top, starts_on=builders.LONG_AGO)

    rows = [(e.credit_code, e.name, "联合组建", branch.code) for e in (ours, theirs)]
    run = stage("coverage", workbook(COVERAGE, *rows), by=user)

    assert Enterprise.objects.visible_to(user).count() == 2
    outcomes = dict(run.staged.values_list("values__credit_code", "outcome"))
    assert run.counts["new"] == run.counts["rejected"] == 1, outcomes
    rejected = run.staged.get(outcome=Outcome.REJECTED)
    assert theirs.credit_code in rejected.raw
    assert not Coverage.objects.exists()
