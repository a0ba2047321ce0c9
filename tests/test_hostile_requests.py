"""Requests that no page of the portal sends: odd cursors, numbers that fit no column, NUL, days at the edges."""

import base64
import datetime as dt
import json

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from imports.models import Outcome
from orgs.actions.surveys import add_task, cancel_task, complete_task, reopen_task
from orgs.api.errors import exception_handler
from orgs.forms.actions import OVERTAKEN, succeeded
from orgs.kinds import OrganisationKind
from orgs.limits import MOST_AN_HOUR
from orgs.models import (
    Area,
    AuditAction,
    AuditEvent,
    Coverage,
    CoverageMethod,
    DatedSetting,
    Enterprise,
    Role,
    SurveyTask,
    Visit,
)
from orgs.periods import refresh_periods
from tests import builders
from tests.imports.helpers import stage, workbook

pytestmark = pytest.mark.django_db
COVERAGE = ("统一社会信用代码", "企业名称", "覆盖方式", "覆盖党组织代码")
HUGE = "9" * 30
TODAY = timezone.localdate()


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
        query = {"on": day, "coverage": "work"} if "list" in name else {"on": day}
        response = client.get(reverse(name), query)
        assert response.status_code == (400 if name == "api:measures" and day.startswith("9") else 200), name


# --- Imports -----------------------------------------------------------------------------------------


@pytest.fixture
def run(chief, top):
    enterprise = Enterprise.objects.first() or builders.make_enterprise()
    return stage(
        "coverage",
        workbook(COVERAGE, (enterprise.credit_code, enterprise.name, "联合组建", top.code)),
        by=chief,
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


# --- The same form twice -----------------------------------------------------------------------------


@pytest.fixture
def twice(client_for):
    """Sends a form a second time; returns what the second answer tells the person."""

    def send(user, address, data):
        client = client_for(user)
        first = client.post(address, data)
        assert first.status_code in (200, 302), first.content.decode()
        second = client.post(address, data, follow=True)
        assert second.status_code == 200
        return second.content.decode()

    return send


def enterprise_url(name, enterprise):
    return reverse(f"orgs:{name}", args=[enterprise.pk])


def test_the_same_visit_is_stored_once(twice, chief):
    enterprise = builders.make_enterprise()
    visit = {"kind": "service", "visited_on": "2026-11-02", "visitor_name": "张三", "gist": "走访"}

    assert "已经登记" in twice(chief, enterprise_url("visit-create", enterprise), visit)
    assert Visit.objects.count() == 1


def test_a_unit_without_code_is_registered_once(twice, chief, top):
    park = builders.make_park()
    unit = {"name": "量子实验室", "kind": "laboratory", "status": "existing", "park": park.pk}

    assert "已经登记" in twice(chief, reverse("orgs:enterprise-create"), unit)
    assert Enterprise.objects.filter(name="量子实验室").count() == 1


def test_the_same_appointment_is_granted_once(twice, top):
    """Ending one of two equal ones would leave the right with the person."""
    account = builders.make_user(Role.MEMBER, top)
    administrator = builders.make_user(Role.ADMINISTRATOR, top)
    grant = {"role": "officer", "organisation": top.code, "starts_on": TODAY.isoformat()}

    words = twice(administrator, reverse("orgs:appointment-create", args=[account.pk]), grant)

    assert "无须重复办理" in words
    assert account.appointments.filter(role=Role.OFFICER).count() == 1


def test_the_same_appointment_is_lent_once(twice, chief, top):
    other = builders.make_user(Role.MEMBER, top)
    lend = {"appointment": chief.appointments.get().pk, "to": other.username, "ends_on": TODAY.isoformat()}

    assert "无须重复办理" in twice(chief, reverse("orgs:delegation-list"), lend)
    assert other.appointments.filter(delegated_by=chief).count() == 1


def test_the_same_person_takes_a_post_once(twice, chief, top):
    post = {"title": "committee_member", "person_name": "李四", "since": "2026-11-02"}

    assert "无须重复登记" in twice(chief, reverse("orgs:organisation-appoint", args=[top.pk]), post)
    assert top.posts.count() == 1


# --- Two people at once ------------------------------------------------------------------------------


@transaction.atomic
def add_area_noticed_too_late(*, by=None, request=None):
    """As an action whose check passed before somebody else's row was there."""
    Area.objects.create(name="甲片区")


def test_what_only_the_database_notices_becomes_a_sentence():
    Area.objects.create(name="甲片区")
    form = forms.Form({})

    assert not succeeded(form, add_area_noticed_too_late)
    assert form.non_field_errors() == [OVERTAKEN]
    with pytest.raises(IntegrityError) as caught:
        add_area_noticed_too_late()
    response = exception_handler(caught.value, {})
    assert (response.status_code, response.data) == (400, {"non_field_errors": [OVERTAKEN]})


def test_a_mark_that_breaks_a_rule_is_refused_in_words(client):
    """A row as an older list left it: what the form would refuse stands in the register."""
    enterprise = builders.make_enterprise(credit_code="9" * 18, name="")

    response = client.post(enterprise_url("enterprise-flag", enterprise), {"flag": "is_key", "value": "1"})

    assert response.status_code == 302
    assert not Enterprise.objects.get(pk=enterprise.pk).is_key


@pytest.mark.parametrize("decide", [reopen_task, cancel_task])
def test_who_decides_second_about_a_task_is_told_so(chief, top, decide):
    """Both had the page open; the object of the second still says what it was."""
    task = add_task(enterprise=builders.make_enterprise(), by=chief)
    stale = SurveyTask.objects.get(pk=task.pk)
    complete_task(task=task, result="operating", done_on=TODAY, by=chief)
    if decide is reopen_task:
        stale.refresh_from_db()
        reopen_task(task=task, note="有异议", by=chief)

    with pytest.raises(ValidationError):
        decide(task=stale, note="重复", by=chief)


# --- Taking personal data out ------------------------------------------------------------------------


def reveals(count, actor):
    AuditEvent.objects.bulk_create(
        AuditEvent(at=timezone.now(), actor=actor, action=AuditAction.REVEAL) for _ in range(count)
    )


def test_telephone_numbers_are_shown_so_many_times_an_hour_whatever_the_door(client, chief, top, caplog):
    enterprise = builders.make_enterprise(contact_phone="19900001234")
    organisation = builders.make_organisation(top, contact_phone="19900001235")
    reveals(MOST_AN_HOUR[AuditAction.REVEAL] - 1, chief)
    doors = [
        enterprise_url("enterprise-reveal", enterprise),
        reverse("orgs:organisation-reveal", args=[organisation.pk]),
        reverse("api:enterprise-reveal", args=[enterprise.pk]),
        reverse("api:organisation-reveal", args=[organisation.pk]),
    ]

    assert "19900001234" in client.post(doors[0], {"purpose": "核实"}).content.decode()
    for door in doors:
        kind = {"content_type": "application/json"} if door.startswith("/api/") else {"follow": True}
        answer = client.post(door, {"purpose": "核实"}, **kind)
        assert "已满60次" in answer.content.decode(), door
        assert "1990000123" not in answer.content.decode()
    assert f"Account {chief.pk} has reached the hourly limit" in caplog.text
    assert AuditEvent.objects.filter(action=AuditAction.REVEAL).count() == 60


def test_a_refused_number_does_not_put_a_whole_page_in_its_place(client, chief):
    enterprise = builders.make_enterprise(contact_phone="19900001234")

    answer = client.post(
        enterprise_url("enterprise-reveal", enterprise), {"purpose": ""}, headers={"HX-Request": "true"}
    )

    assert (answer.status_code, answer.headers["HX-Redirect"]) == (
        200,
        enterprise_url("enterprise", enterprise),
    )
    assert not AuditEvent.objects.filter(action=AuditAction.REVEAL).exists()


def test_exports_are_so_many_an_hour(client, chief, monkeypatch):
    monkeypatch.setitem(MOST_AN_HOUR, AuditAction.EXPORT, 1)
    form = {"file_format": "csv", "purpose": "核对"}

    first, second = (client.post(reverse("orgs:enterprise-export"), form) for _ in range(2))

    assert first.headers["Content-Disposition"].startswith("attachment")
    assert "一小时内导出已满1次" in second.content.decode()
    first.close()


@pytest.mark.parametrize("day", ["0001-01-01", "1899-12-31", "3000-01-01", "9999-12-31"])
def test_no_form_takes_a_day_outside_the_centuries(client, day):
    enterprise = builders.make_enterprise()
    visit = {"kind": "service", "visited_on": day, "visitor_name": "张三"}

    response = client.post(enterprise_url("visit-create", enterprise), visit)

    assert response.context["form"].errors["visited_on"]
    assert not Visit.objects.exists()


def test_a_past_day_gives_no_figure_of_what_has_left_the_scope(client_for, top):
    """The API counts what the page counts: a unit that moved away is not asked about by its former area."""
    area = builders.make_area()
    committee = builders.make_organisation(top, OrganisationKind.AREA_COMMITTEE, area=area)
    left = builders.make_enterprise(park=builders.make_park(area=area))
    left.park = builders.make_park()
    left.save()
    refresh_periods([left.pk], on=TODAY)
    officer = builders.make_user(Role.OFFICER, committee)

    answer = client_for(officer).get(reverse("api:measures"), {"on": TODAY - dt.timedelta(days=30)})

    assert answer.json()["measures"]["work_coverage"]["denominator"] == 0
    everything = client_for(builders.make_user(Role.OFFICER, top)).get(
        reverse("api:measures"), {"on": TODAY - dt.timedelta(days=30), "organisation": committee.code}
    )
    assert everything.json()["measures"]["work_coverage"]["denominator"] == 1


def test_nobody_lets_an_organisation_cover_that_they_only_read(client_for, top):
    """The leader of the park is also secretary of a branch: reading everything is not disposing of everything."""
    branch, other = (builders.make_organisation(top) for _ in range(2))
    enterprise = builders.make_enterprise()
    builders.cover(enterprise, branch, CoverageMethod.ATTACHED)
    user = builders.make_user(Role.SECRETARY, branch)
    user.appointments.create(role=Role.LEADER, organisation=top, starts_on=builders.LONG_AGO)
    client = client_for(user)
    assignment = {"method": "joint", "organisation": other.code, "since": TODAY.isoformat()}

    page = client.post(enterprise_url("coverage-create", enterprise), assignment)
    bulk = client.post(
        reverse("orgs:coverage-assign"), {"pk": enterprise.pk, "step": "preview", **assignment}
    )
    api = client.post(
        reverse("api:enterprise-cover", args=[enterprise.pk]), assignment, content_type="application/json"
    )

    for response in (page, bulk):
        assert "找不到党组织" in response.content.decode()
    assert (api.status_code, list(api.json())) == (400, ["organisation"])
    assert enterprise.coverages.count() == 1
    client.post(enterprise_url("coverage-create", enterprise), assignment | {"organisation": branch.code})
    assert enterprise.coverages.get(until=None).organisation == branch


def test_staff_elsewhere_are_no_staff_at_the_enterprise_whose_contact_they_are(client_for, top):
    enterprise = builders.make_enterprise(park=builders.make_park())
    Visit.objects.create(
        enterprise=enterprise, kind="policy", visited_on=TODAY, visitor_name="张三", gist="内部意见"
    )
    user = builders.make_user(Role.SECRETARY, builders.make_organisation(top))
    user.appointments.create(
        role=Role.CONTACT, organisation=top, enterprise=enterprise, starts_on=builders.LONG_AGO
    )

    page = client_for(user).get(enterprise_url("enterprise", enterprise)).content.decode()
    staff = client_for(builders.make_user(Role.LEADER, top)).get(enterprise_url("enterprise", enterprise))

    assert enterprise.name in page
    assert "内部意见" not in page
    assert "内部意见" in staff.content.decode()
