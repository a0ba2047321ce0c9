"""The register over the API: shapes, paging, scope, rules, what stays hidden and what is recorded."""

import base64
import datetime as dt
import json

import pytest
from auditlog.models import LogEntry
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from knox.models import AuthToken

from orgs.api.base import ActThrottle
from orgs.kinds import OrganisationKind
from orgs.models import (
    Appointment,
    AuditAction,
    AuditEvent,
    Coverage,
    CoverageMethod,
    Enterprise,
    Organisation,
    SurveyRound,
    SurveyTask,
    Visit,
)
from tests import builders

pytestmark = pytest.mark.django_db
PHONE = "19900001234"


@pytest.fixture
def world():
    """Two areas with a committee, a branch, a park and an enterprise each; `officer` works in the first."""

    class World:
        pass

    w = World()
    w.top = builders.make_organisation()
    w.area, w.far = builders.make_area(), builders.make_area()
    kind = OrganisationKind.AREA_COMMITTEE
    w.committee = builders.make_organisation(w.top, kind, area=w.area)
    w.other = builders.make_organisation(w.top, kind, area=w.far)
    w.branch = builders.make_organisation(w.committee, contact_phone=PHONE)
    w.far_branch = builders.make_organisation(w.other)
    w.park, w.far_park = builders.make_park(area=w.area), builders.make_park(area=w.far)
    w.ours = builders.make_enterprise(park=w.park, contact_phone=PHONE, employees=80, reported_members=5)
    w.theirs = builders.make_enterprise(park=w.far_park)
    w.officer = builders.make_user("officer", w.committee)
    w.leader = builders.make_user("leader", w.committee)
    w.chief = builders.make_user("officer", w.top)
    return w


class Api:
    """JSON in, JSON out, as one person with a token."""

    def __init__(self, user):
        self.client = Client(headers={"Authorization": f"Token {AuthToken.objects.create(user)[1]}"})

    def __call__(self, method, path, data=None):
        address = path if path.startswith("http") else f"/api/{path}"
        return self.client.generic(
            method, address, "" if data is None else json.dumps(data), content_type="application/json"
        )

    def get(self, path):
        response = self("GET", path)
        assert response.status_code == 200, response.content.decode()
        return response.json()


@pytest.fixture
def api(world):
    return Api(world.officer)


# --- Who calls -----------------------------------------------------------------------------------------


def test_nobody_and_a_damaged_token_are_refused():
    answers = [Client().get("/api/me/"), Client().get("/api/me/", headers={"Authorization": "Token ÿþ"})]

    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0].headers["WWW-Authenticate"] == "Token"


def test_me_names_appointments_and_rights(api, world):
    me = api.get("me/")

    assert [a["organisation"]["code"] for a in me["appointments"]] == [world.committee.code]
    assert "coverage.change" in me["permissions"]


def test_a_session_needs_the_csrf_token(world):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(world.officer)

    response = browser.post(f"/api/enterprises/{world.ours.pk}/visit/", {}, content_type="application/json")

    assert response.status_code == 403
    assert not Visit.objects.exists()


def test_the_change_log_names_the_owner_of_the_token(api, world):
    api("PATCH", f"enterprises/{world.ours.pk}/", {"industry": "集成电路"})

    assert LogEntry.objects.filter(object_pk=str(world.ours.pk)).latest("pk").actor == world.officer


def test_an_unknown_address_answers_in_json(api):
    response = api("GET", "no/such/thing")

    assert (response.status_code, response.headers["Content-Type"]) == (404, "application/json")


# --- Lists ---------------------------------------------------------------------------------------------


def add_rows(world):
    """One more of everything that has a list."""
    enterprise = builders.make_enterprise(
        park=world.park, cluster=builders.make_cluster(), reported_members=4, contact_phone=PHONE
    )
    branch = builders.make_organisation(world.committee, park=world.park)
    builders.cover(enterprise, branch, CoverageMethod.JOINT)
    Visit.objects.create(enterprise=enterprise, visited_on=timezone.localdate(), visitor_name="测试走访人")
    today = timezone.localdate()
    survey = SurveyRound.objects.create(name="一轮", as_of=today, due_on=today)
    SurveyTask.objects.create(round=survey, enterprise=enterprise, reason="new", owner=branch)
    world.park.aliases.create(name=f"别名{enterprise.pk}")


LISTS = (
    "organisations",
    "areas",
    "parks",
    "clusters",
    "chains",
    "enterprises",
    "should-found",
    "coverage",
    "visits",
    "survey-rounds",
    "survey-tasks",
)


@pytest.mark.parametrize("name", LISTS)
def test_list_query_count_does_not_grow(world, name, django_assert_max_num_queries):
    counts = []
    for rows in (1, 2):
        for _ in range(rows):
            add_rows(world)
        api = Api(world.officer)
        with django_assert_max_num_queries(14) as captured:
            api.get(f"{name}/")
        counts.append(len(captured))

    assert counts[0] == counts[1]


def test_children_query_count_does_not_grow(world, django_assert_max_num_queries):
    counts = []
    for rows in (1, 2):
        for _ in range(rows):
            builders.make_organisation(world.committee)
        api = Api(world.officer)
        with django_assert_max_num_queries(10) as captured:
            api.get(f"organisations/{world.committee.pk}/children/")
        counts.append(len(captured))

    assert counts[0] == counts[1]


def test_pages_cover_every_row_once_in_both_directions(api, world):
    expected = {world.ours.pk} | {builders.make_enterprise(park=world.park).pk for _ in range(4)}

    page = api.get("enterprises/?page_size=2")
    seen = [row["id"] for row in page["results"]]
    while page["next"]:
        page = api.get(page["next"])
        seen += [row["id"] for row in page["results"]]
    back = api.get(page["previous"])

    assert sorted(seen) == sorted(expected)
    assert len(seen) == len(expected)
    assert [row["id"] for row in back["results"]] == seen[2:4]


def cursor(text):
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "query",
    [
        "page_size=0",
        "page_size=501",
        "page_size=viele",
        "cursor=kaputt",
        f"cursor={cursor('p=abc')}",
        f"cursor={cursor('p=1&r=x')}",
        "park=keiner",
        "coverage=sometimes",
        "on=2026-13-01",
        "min_employees=-1",
        "employes=5",
        "organisation=",
        "q=%00",
    ],
)
def test_what_makes_no_sense_is_refused_in_chinese(api, query):
    response = api("GET", f"enterprises/?{query}")

    assert response.status_code == 400
    (sentences,) = response.json().values()
    assert not sentences[0].isascii()


def test_the_filters_are_those_of_the_page(api, world):
    covered = builders.make_enterprise(park=world.park)
    builders.cover(covered, world.branch, CoverageMethod.OWN)

    uncovered = api.get("enterprises/?coverage=none&active=1")["results"]
    own = api.get(f"enterprises/?coverage=own&organisation={world.branch.pk}")["results"]

    assert [row["id"] for row in uncovered] == [world.ours.pk]
    assert [row["id"] for row in own] == [covered.pk]


def test_a_foreign_organisation_as_a_filter_is_as_unknown_as_none(api, world):
    foreign = api("GET", f"enterprises/?organisation={world.other.pk}")
    nowhere = api("GET", "enterprises/?organisation=999999")

    assert foreign.status_code == nowhere.status_code == 400
    assert foreign.json() == nowhere.json()


def test_dissolved_organisations_are_listed_on_demand(api, world):
    Organisation.objects.filter(pk=world.branch.pk).update(dissolved_on=timezone.localdate())

    assert world.branch.code not in {row["code"] for row in api.get("organisations/")["results"]}
    assert world.branch.code in {row["code"] for row in api.get("organisations/?dissolved=1")["results"]}
    assert api.get(f"organisations/{world.branch.pk}/")["dissolved_on"]


def test_should_found_says_why_and_who(api, world):
    (row,) = api.get("should-found/")["results"]

    assert row["id"] == world.ours.pk
    assert "5人" in row["reason"]
    assert row["owner"]["code"] == world.committee.code


# --- What is shown -------------------------------------------------------------------------------------


def test_an_organisation_hides_its_superior_outside_the_scope(api, world):
    Organisation.objects.filter(pk=world.branch.pk).update(term_ends_on=dt.date(2028, 1, 1))

    committee = api.get(f"organisations/{world.committee.pk}/")
    branch = api.get(f"organisations/{world.branch.pk}/")

    assert (committee["parent"], branch["parent"]) == (None, world.committee.code)
    assert branch["capabilities"]["can_recruit"] is True
    assert branch["term"]["state"] == "running"


@pytest.mark.parametrize("path", ["enterprises/", "organisations/", "should-found/", "coverage/", "visits/"])
def test_no_list_shows_a_telephone_number(api, world, path):
    add_rows(world)

    assert PHONE not in api("GET", path).content.decode()


def test_phones_are_masked(api, world):
    assert api.get(f"enterprises/{world.ours.pk}/")["contact_phone"] == "199****1234"
    assert api.get(f"organisations/{world.branch.pk}/")["contact_phone"] == "199****1234"


@pytest.mark.parametrize(("path", "row"), [("enterprises", "ours"), ("organisations", "branch")])
def test_revealing_a_phone_takes_a_purpose_and_is_recorded(api, world, path, row):
    address = f"{path}/{getattr(world, row).pk}/reveal/"

    refused = api("POST", address, {})
    shown = api("POST", address, {"purpose": "联系走访"})

    assert refused.status_code == 400
    assert shown.json() == {"contact_phone": PHONE}
    event = AuditEvent.objects.get(action=AuditAction.REVEAL)
    assert (event.actor, event.detail["purpose"]) == (world.officer, "联系走访")
    assert PHONE not in json.dumps(event.detail)


def test_a_contact_reads_neither_visits_nor_the_notes_on_founding(world):
    contact = Api(builders.make_user("contact", world.branch, enterprise=world.ours))
    visit = Visit.objects.create(
        enterprise=world.ours, visited_on=dt.date(2026, 1, 1), visitor_name="测试走访人"
    )

    shown = contact.get(f"enterprises/{world.ours.pk}/")

    assert (shown["building_stage"], shown["not_founded_reason"]) == (None, None)
    assert contact("GET", f"visits/{visit.pk}/").status_code == 404


def test_staff_elsewhere_is_the_contact_of_their_enterprise_and_no_more(world):
    """Holding the right to read notes somewhere opens none about the enterprise that one speaks for."""
    both = builders.make_user("secretary", world.far_branch)
    Appointment.objects.create(user=both, organisation=world.branch, role="contact", enterprise=world.ours)
    visit = Visit.objects.create(
        enterprise=world.ours, visited_on=dt.date(2026, 1, 1), visitor_name="测试走访人"
    )
    api = Api(both)

    assert api.get(f"enterprises/{world.ours.pk}/")["building_stage"] is None
    assert api("GET", f"visits/{visit.pk}/").status_code == 404
    assert api.get("should-found/")["results"] == api.get("visits/")["results"] == []


# --- What is written -----------------------------------------------------------------------------------


def test_a_branch_is_founded_by_the_rules_of_the_page(api, world):
    data = {
        "kind": "branch",
        "code": "API-1",
        "name": "新支部",
        "founded_on": "2026-01-05",
        "approval_no": "批1",
    }
    address = f"organisations/{world.committee.pk}/children/"

    unsaid = api("POST", address, data)
    too_few = api("POST", address, data | {"full_members": 2})
    founded = api("POST", address, data | {"full_members": 4, "elected_on": "2026-01-05"})

    assert unsaid.json() == {"full_members": ["请填写正式党员人数。"]}
    assert "不足3人" in too_few.json()["full_members"][0]
    assert founded.status_code == 201
    assert (founded.json()["parent"], founded.json()["term"]["term_ends_on"]) == (
        world.committee.code,
        "2029-01-05",
    )
    assert founded.json()["area"]["id"] == world.area.pk


def test_where_an_organisation_answers_is_decided_at_the_top(api, world):
    response = api("PATCH", f"organisations/{world.branch.pk}/", {"jurisdiction": "all"})

    assert response.status_code == 403
    assert Organisation.objects.get(pk=world.branch.pk).jurisdiction == "none"


def test_an_organisation_is_changed_field_by_field(api, world):
    name = world.branch.name

    changed = api("PATCH", f"organisations/{world.branch.pk}/", {"carrier": "楼宇"})

    assert changed.status_code == 200
    world.branch.refresh_from_db()
    assert (world.branch.carrier, world.branch.name, world.branch.contact_phone) == ("楼宇", name, PHONE)


def test_moving_below_a_foreign_organisation_does_not_confirm_that_it_exists(api, world):
    where = f"organisations/{world.branch.pk}/move/"
    data = {"on": "2026-11-01", "evidence": "批2"}

    foreign = api("POST", where, data | {"new_parent": world.other.code})
    nowhere = api("POST", where, data | {"new_parent": "NOWHERE"})

    assert foreign.status_code == nowhere.status_code == 400
    assert foreign.content.replace(world.other.code.encode(), b"NOWHERE") == nowhere.content


def test_a_move_is_made_by_the_action(world):
    response = Api(world.chief)(
        "POST",
        f"organisations/{world.branch.pk}/move/",
        {"new_parent": world.other.code, "on": "2026-11-01", "evidence": "批3"},
    )

    assert response.json()["parent"] == world.other.code
    assert world.branch.affiliations.filter(until="2026-11-01").exists()


def test_an_enterprise_is_registered_and_changed(api, world):
    code = builders.credit_code()

    made = api("POST", "enterprises/", {"name": "新企业", "credit_code": code, "park": world.park.pk})
    key = made.json()["id"]
    changed = api("PATCH", f"enterprises/{key}/", {"employees": 12, "contact_phone": PHONE})

    assert (made.status_code, changed.status_code) == (201, 200)
    found = Enterprise.objects.get(pk=key)
    assert (found.employees, found.contact_phone, found.park) == (12, PHONE, world.park)
    assert found.periods.count() == 1


def test_fields_that_nobody_may_post_change_nothing(api, world):
    before = world.ours.updated_at

    response = api(
        "PATCH", f"enterprises/{world.ours.pk}/", {"id": 1, "building_stage": "founded", "root_id": 1}
    )

    assert response.status_code == 200
    world.ours.refresh_from_db()
    assert (world.ours.building_stage, world.ours.updated_at) == ("unsurveyed", before)


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"credit_code": "123"}, "credit_code"),
        ({"contact_phone": "keine"}, "contact_phone"),
        ({"founded_on": "2999-01-01"}, "founded_on"),
        ({"employees": 1, "reported_members": 2}, "non_field_errors"),
        ({"employees": "12"}, "employees"),
        ({"is_key": "yes"}, "is_key"),
        ({"name": 7}, "name"),
        ({"name": "\ud800"}, "name"),
    ],
)
def test_rules_of_the_form_hold_and_types_are_strict(api, world, data, field):
    response = api("PATCH", f"enterprises/{world.ours.pk}/", data)

    assert response.status_code == 400
    assert list(response.json()) == [field]


def test_an_enterprise_cannot_be_registered_in_a_foreign_park(api, world):
    data = {"name": "新企业", "credit_code": builders.credit_code()}

    foreign = api("POST", "enterprises/", data | {"park": world.far_park.pk})
    nowhere = api("POST", "enterprises/", data | {"park": 999_999})

    assert foreign.status_code == nowhere.status_code == 400
    assert list(foreign.json()) == list(nowhere.json()) == ["park"]
    assert not Enterprise.objects.filter(name="新企业").exists()


def test_a_change_by_somebody_else_is_not_overwritten(api, world):
    seen = api.get(f"enterprises/{world.ours.pk}/")["updated_at"]
    api("PATCH", f"enterprises/{world.ours.pk}/", {"industry": "一"})

    late = api("PATCH", f"enterprises/{world.ours.pk}/", {"industry": "二", "seen_at": seen})

    assert late.status_code == 400
    assert "已被他人修改" in late.json()["non_field_errors"][0]


def test_covering_and_ending_go_through_the_ledger(api, world):
    data = {"method": "joint", "organisation": world.branch.code, "since": "2026-01-01"}

    made = api("POST", f"enterprises/{world.ours.pk}/cover/", data)
    again = api("POST", f"enterprises/{world.ours.pk}/cover/", data)
    key = made.json()["id"]
    ended = api("POST", f"coverage/{key}/end/", {"until": "2026-05-01", "reason": "调整"})

    assert (made.status_code, again.status_code, ended.status_code) == (201, 400, 200)
    assert ended.json()["until"] == "2026-05-01"
    assert api.get("coverage/")["results"] == []
    assert [row["id"] for row in api.get("coverage/?ended=1")["results"]] == [key]


def test_covering_by_a_foreign_organisation_is_refused_as_unknown(api, world):
    response = api(
        "POST",
        f"enterprises/{world.ours.pk}/cover/",
        {"method": "joint", "organisation": world.far_branch.code},
    )

    assert response.json() == {"organisation": [f"在您的范围内找不到“{world.far_branch.code}”。"]}
    assert not Coverage.objects.exists()


def test_a_visit_and_a_finding_are_recorded(api, world):
    add_rows(world)
    task = SurveyTask.objects.get()

    visit = api(
        "POST", f"enterprises/{world.ours.pk}/visit/", {"kind": "service", "visitor_name": "测试走访人"}
    )
    done = api("POST", f"survey-tasks/{task.pk}/complete/", {"result": "suspended"})

    assert (visit.status_code, done.status_code) == (201, 200)
    assert visit.json()["visited_on"] == str(timezone.localdate())
    assert done.json()["state"] == "done"
    assert Enterprise.objects.get(pk=task.enterprise_id).status == "suspended"


def test_a_leader_reads_and_changes_nothing(world):
    leader = Api(world.leader)

    answers = [
        leader("PATCH", f"enterprises/{world.ours.pk}/", {"industry": "一"}),
        leader("POST", f"enterprises/{world.ours.pk}/reveal/", {"purpose": "好奇而已"}),
        leader("PATCH", f"organisations/{world.branch.pk}/", {"carrier": "一"}),
        leader("PATCH", f"enterprises/{world.theirs.pk}/", {"industry": "一"}),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403, 404]
    assert AuditEvent.objects.filter(action=AuditAction.DENIED, actor=world.leader).exists()


@pytest.mark.parametrize("body", ["{", "[" * 100_000, '{"purpose": NaN}', "7", "null", "[]"])
def test_a_body_that_is_no_object_is_refused(api, world, body):
    address = f"/api/enterprises/{world.ours.pk}/reveal/"

    response = api.client.generic("POST", address, body, content_type="application/json")

    assert response.status_code == 400


def test_acts_are_limited_and_reading_is_not(api, world, monkeypatch):
    cache.clear()
    monkeypatch.setattr(
        ActThrottle, "THROTTLE_RATES", {"write": "2/min", "reveal": "1/hour", "upload": "1/hour"}
    )
    reveal = f"enterprises/{world.ours.pk}/reveal/"

    revealed = [api("POST", reveal, {"purpose": "联系走访"}).status_code for _ in range(2)]
    written = [api("PATCH", f"enterprises/{world.ours.pk}/", {}).status_code for _ in range(3)]
    read = [api("GET", f"enterprises/{world.ours.pk}/").status_code for _ in range(5)]

    assert (revealed, written, read) == ([200, 429], [200, 200, 429], [200] * 5)
