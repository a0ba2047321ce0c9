"""The home page: what each role is told to do, within its own scope, in a fixed number of queries."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from activities import todos as activity_todos
from imports.models import ImportRun, RunState
from orgs.kinds import OrganisationKind
from orgs.models import Coverage, CoverageMethod, DatedSetting, SurveyReason, SurveyRound, SurveyTask
from portal import home
from tests.builders import (
    LONG_AGO,
    cover,
    make_area,
    make_enterprise,
    make_member,
    make_organisation,
    make_park,
    make_user,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("without_duties")]

HOME = "portal:home"


@pytest.fixture
def without_duties(monkeypatch):
    """Organisation life is due by the day of the month; tests/activities asks for that."""
    monkeypatch.setattr(activity_todos, "SOURCES", {})


@pytest.fixture
def today():
    return timezone.localdate()


@pytest.fixture
def top():
    return make_organisation(name="科学城综合党委")


@pytest.fixture
def area():
    return make_area()


@pytest.fixture
def area_committee(top, area):
    return make_organisation(top, OrganisationKind.AREA_COMMITTEE, area=area, name="北片区党委")


def context_of(client, user):
    client.force_login(user)
    response = client.get(reverse(HOME))
    assert response.status_code == 200
    return response.context


def titles(client, user):
    return [to_do.title for to_do in context_of(client, user)["to_dos"]]


def open_task(enterprise, owner, due_on, name="轮次"):
    survey_round = SurveyRound.objects.create(name=name, as_of=due_on, due_on=due_on)
    return SurveyTask.objects.create(
        round=survey_round, enterprise=enterprise, owner=owner, reason=SurveyReason.NEW
    )


def staged_run(user, name="名单.xlsx"):
    return ImportRun.objects.create(
        kind="enterprises",
        state=RunState.STAGED,
        file_name=name,
        sha256="0",
        created_by=user,
        counts={"rows": 12},
    )


def test_greets_by_name_and_organisation(client, top):
    client.force_login(make_user("officer", top, display_name="江枫"))
    page = client.get(reverse(HOME)).content.decode()
    assert "好，江枫" in page
    assert "科学城综合党委" in page


def test_account_without_appointment_is_told_whom_to_ask(client):
    client.force_login(make_user())
    assert "您的账号还没有任用" in client.get(reverse(HOME)).content.decode()


# --- To-dos --------------------------------------------------------------------------------------


def test_open_survey_tasks_of_the_own_scope(client, top, area, area_committee, today):
    ours = make_enterprise(park=make_park(area=area))
    theirs = make_enterprise(park=make_park())  # the row that could leak
    open_task(ours, area_committee, today - dt.timedelta(days=2))
    open_task(theirs, None, today, name="另一轮")

    to_do = context_of(client, make_user("secretary", area_committee))["to_dos"][0]
    assert to_do.title == "摸排任务 1 项待办"
    assert to_do.reason == f"最早期限 {today - dt.timedelta(days=2)}，其中 1 项已超期"
    assert to_do.tone == "urgent"


@pytest.mark.parametrize(
    ("days", "announced"), [(-1, True), (0, True), (90, True), (180, True), (181, False)]
)
def test_terms_are_announced_within_the_notice_time(client, top, today, days, announced):
    make_organisation(top, name="甲支部", term_ends_on=today + dt.timedelta(days=days))
    found = titles(client, make_user("officer", top))
    assert ["甲支部" in title for title in found] == [True] * announced


def test_notice_time_is_a_dated_setting(client, top, today):
    make_organisation(top, name="甲支部", term_ends_on=today + dt.timedelta(days=120))
    DatedSetting.objects.create(code="term_notice_days", effective_on=today, value=100)
    assert titles(client, make_user("officer", top)) == []


def test_dissolved_and_unelected_terms_are_not_announced(client, top, today):
    past = today - dt.timedelta(days=10)
    make_organisation(top, term_ends_on=past, dissolved_on=today)
    make_organisation(top, OrganisationKind.FUNCTIONAL_ORG, term_ends_on=past)
    assert titles(client, make_user("officer", top)) == []


def test_terms_of_others_stay_hidden(client, top, today):
    ours = make_organisation(top, name="甲支部")
    make_organisation(top, name="乙支部", term_ends_on=today)  # the row that could leak
    assert titles(client, make_user("secretary", ours)) == []


def test_many_terms_are_summed_up(client, top, today):
    for days in range(8):
        make_organisation(top, term_ends_on=today + dt.timedelta(days=days))
    found = titles(client, make_user("officer", top))
    assert len(found) == home.SHOWN + 1
    assert found[-1] == "另有 3 个党组织已届满或即将届满"


def test_staged_imports_of_oneself_only(client, top):
    officer, colleague = make_user("officer", top), make_user("officer", top)
    staged_run(officer, "我的.xlsx")
    staged_run(colleague, "别人的.xlsx")
    assert titles(client, officer) == ["导入待确认：我的.xlsx"]


def test_instructors_whose_term_ends(client, top, area, area_committee, today):
    ours, theirs = make_enterprise(park=make_park(area=area)), make_enterprise(park=make_park())
    for enterprise in (ours, theirs):
        Coverage.objects.create(
            enterprise=enterprise,
            method=CoverageMethod.INSTRUCTOR,
            instructor_name="李四",
            since=today - dt.timedelta(days=300),
            term_ends_on=today + dt.timedelta(days=10),
        )
    (to_do,) = context_of(client, make_user("officer", area_committee))["to_dos"]
    assert to_do.title == "党建工作指导员派驻期满 1 家"
    assert [row.enterprise for row in client.get(to_do.url).context["page"]] == [ours]


def test_should_found_enterprises_are_counted(client, top):
    make_enterprise(reported_members=3)
    founded = make_enterprise(reported_members=9)
    cover(founded, top, CoverageMethod.OWN)
    assert titles(client, make_user("officer", top)) == ["应建未建企业 1 家"]


def test_ending_delegation_is_announced(client, top, today):
    officer = make_user("officer", top)
    deputy = make_user(
        "officer", top, delegated_by=officer, ends_on=today + dt.timedelta(days=3), starts_on=today
    )
    assert titles(client, deputy) == ["代办授权即将到期：科学城综合党委"]


def test_most_overdue_comes_first_and_undated_last(client, top, today):
    make_organisation(top, name="甲支部", term_ends_on=today + dt.timedelta(days=20))
    make_organisation(top, name="乙支部", term_ends_on=today - dt.timedelta(days=20))
    make_enterprise(reported_members=5)
    found = titles(client, make_user("officer", top))
    assert [title[:3] for title in found] == ["乙支部", "甲支部", "应建未"]


@pytest.mark.parametrize("role", ["leader", "administrator", "auditor", "contact", "member"])
def test_who_does_not_do_the_work_is_not_told_to(client, top, today, role):
    make_organisation(top, term_ends_on=today)
    make_enterprise(reported_members=5)
    assert titles(client, make_user(role, top)) == []


# --- Figures and lists ---------------------------------------------------------------------------


def test_rates_show_numerator_and_denominator_of_the_scope(client, top, area, area_committee):
    park = make_park(area=area)
    covered, instructed, neither = (make_enterprise(park=park) for _ in range(3))
    make_enterprise(park=make_park())  # outside the area
    make_enterprise(park=park, is_dormant=True)
    cover(covered, area_committee)
    Coverage.objects.create(
        enterprise=instructed, method="instructor", instructor_name="李四", since=dt.date(2026, 1, 1)
    )
    client.force_login(make_user("leader", area_committee))
    response = client.get(reverse(HOME))
    figures = response.context["figures"]
    assert (figures.organisation, figures.work, figures.active) == (1, 2, 3)
    assert "33.3%" in response.content.decode()
    assert "66.7%" in response.content.decode()
    assert neither.name not in response.content.decode()


def test_empty_scope_shows_a_dash(client, top):
    client.force_login(make_user("secretary", make_organisation(top)))
    response = client.get(reverse(HOME))
    assert response.context["figures"].active == 0
    assert '<div class="figure-value">—</div>' in response.content.decode()


def test_contact_sees_the_own_enterprise_only(client, top):
    own, other = make_enterprise(name="自己公司"), make_enterprise(name="别家公司")
    context = context_of(client, make_user("contact", top, enterprise=own))
    assert [e.name for e in context["own_enterprises"]] == ["自己公司"]
    assert other not in context["own_enterprises"]
    assert context["figures"] is None


def test_auditor_sees_the_day_and_no_business_figures(client, top):
    context = context_of(client, make_user("auditor", top))
    assert set(context["audit_figures"]) == {"count", "failed", "denied"}
    assert context["figures"] is None


# The figures are what was counted, so that one more query shows.
@pytest.mark.parametrize(("place", "most"), [("top", 53), ("area", 53), ("branch", 55), ("branches", 55)])
@pytest.mark.parametrize("count", [1, 8])
def test_query_count_does_not_grow(
    client, top, area_committee, today, place, most, count, django_assert_max_num_queries, monkeypatch
):
    monkeypatch.undo()  # organisation life included
    branches = [make_organisation(area_committee) for _ in range(2)]
    user = {
        "top": lambda: make_user("officer", top),
        "area": lambda: make_user("officer", area_committee),
        "branch": lambda: make_user("secretary", branches[0]),
        "branches": lambda: make_user("secretary", branches[0]),
    }[place]()
    if place == "branches":
        user.appointments.create(role="secretary", organisation=branches[1], starts_on=LONG_AGO)
    for index in range(count):
        enterprise = make_enterprise(reported_members=5)
        open_task(enterprise, area_committee, today, name=f"轮次{index}")
        make_organisation(area_committee, term_ends_on=today)
        make_member(branches[0])
        staged_run(user)
    client.force_login(user)
    client.get(reverse(HOME))  # the first request of a session notes the device
    with django_assert_max_num_queries(most):  # one of them the bell's
        client.get(reverse(HOME))


def test_my_account_shows_appointments(client, top):
    client.force_login(make_user("officer", top, display_name="江枫"))
    page = client.get(reverse("portal:my-account")).content.decode()
    assert "党务工作者" in page
    assert "未启用" in page


@pytest.mark.parametrize("hour", range(24))
def test_greeting_fits_the_hour(monkeypatch, hour):
    now = timezone.localtime().replace(hour=hour)
    monkeypatch.setattr(home.timezone, "localtime", lambda: now)
    expected = "早上好" if hour in range(5, 12) else "下午好" if hour in range(12, 18) else "晚上好"
    assert home.greeting() == expected
