"""The register through the interface: the same rules, masks and refusals as on the pages."""

import datetime as dt

import pytest
from rest_framework.test import APIClient

from members.models import Member
from orgs.models import AuditAction, AuditEvent, Role
from tests import builders

pytestmark = pytest.mark.django_db
URL = "/api/members/"


@pytest.fixture
def top():
    return builders.make_organisation()


@pytest.fixture
def branch(top):
    return builders.make_organisation(top)


def api(user):
    client = APIClient()
    client.force_authenticate(user)
    return client


@pytest.fixture
def officer(top):
    return builders.make_user(Role.OFFICER, top)


@pytest.fixture
def client(officer):
    return api(officer)


def sent(branch, **kw):
    values = {
        "organisation": branch.code,
        "name": "测试人",
        "identity_number": builders.identity_number(),
        "sex": "male",
        "born_on": "1990-05-17",
        "joined_on": "2015-07-01",
        "joined_precision": "month",
        "confirmed_on": "2016-07-01",
    }
    return values | kw


def test_somebody_is_entered_and_changed(client, branch):
    created = client.post(URL, sent(branch, mobile="19900001234", employer_name="某大学"), format="json")

    assert created.status_code == 201, created.data
    assert (created.data["mobile"], created.data["joined_precision"]) == ("199****1234", "month")
    one = f"{URL}{created.data['id']}/"
    seen_at = created.data["updated_at"]
    changed = client.patch(one, {"education": "master", "seen_at": seen_at}, format="json")
    assert changed.status_code == 200, changed.data
    member = Member.objects.get()
    assert (member.education, member.mobile, member.employer_name) == ("master", "19900001234", "某大学")
    assert (member.joined_on, member.joined_precision) == (dt.date(2015, 7, 1), "month")

    late = client.patch(one, {"education": "doctor", "seen_at": seen_at}, format="json")
    assert late.status_code == 400
    assert "已被他人修改" in str(late.data)
    assert client.patch(one, {"mobile": ""}, format="json").data["mobile"] == ""


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"joined_on": "2008-05-16", "joined_precision": "day"}, "joined_on"),
        ({"confirmed_on": "2015-06-30"}, "confirmed_on"),
        ({"sex": "female"}, "sex"),
        ({"identity_number": "999902199005170010"}, "identity_number"),
        ({"employer_code": "91999901MA0000001X"}, "employer_code"),
        ({"organisation": "ORG-无"}, "organisation"),
        ({"membership": "stopped"}, "membership"),
        ({"joined_on": "1920-12-31", "joined_precision": "day"}, "joined_on"),
        ({"surname": "测"}, None),
    ],
)
def test_what_the_page_refuses_is_refused_here(client, branch, values, field):
    answer = client.post(URL, sent(branch, **values), format="json")

    if field is None:  # unknown names are passed over, as everywhere in the interface
        assert answer.status_code == 201
    else:
        assert answer.status_code == 400
        assert field in answer.data
        assert not Member.objects.exists()


def test_lists_hold_masks_and_no_numbers_are_asked_for_in_addresses(client, branch):
    member = builders.make_member(branch, name="单立新", mobile="19900001234")

    found = client.get(URL, {"q": "slx", "organisation": branch.code})
    asked = client.get(URL, {"q": member.identity_number})

    assert [row["identity_number"] for row in found.data["results"]] == [member.masked_identity]
    assert member.identity_number not in found.content.decode()
    assert asked.status_code == 400
    assert "不放在网址里" in str(asked.data)


@pytest.mark.parametrize("rows", [5, 50])
def test_list_query_count_does_not_grow(client, branch, rows, django_assert_max_num_queries):
    for _ in range(rows):
        builders.make_member(branch)

    with django_assert_max_num_queries(4):
        assert len(client.get(URL).data["results"]) == rows


def test_numbers_are_revealed_and_looked_up_by_post(client, officer, branch):
    member = builders.make_member(branch, mobile="19900001234")
    reveal = f"{URL}{member.pk}/reveal/"

    assert client.post(reveal, {"field": "mobile"}, format="json").status_code == 400
    shown = client.post(reveal, {"field": "mobile", "purpose": "核对名册"}, format="json")
    found = client.post(
        f"{URL}look-up/", {"field": "identity_number", "number": member.identity_number}, format="json"
    )

    assert shown.data == {"field": "mobile", "number": "19900001234"}
    assert [row["id"] for row in found.data] == [member.pk]
    assert member.identity_number not in found.content.decode()
    assert AuditEvent.objects.filter(actor=officer, action=AuditAction.REVEAL).count() == 2


def test_nobody_is_deleted(client, branch):
    member = builders.make_member(branch)

    answer = client.delete(f"{URL}{member.pk}/")

    assert answer.status_code == 405
    assert answer.data["detail"] == "党员信息不得删除，请登记去向（转出、出党、去世等）。"
    assert Member.objects.exists()


def test_history_is_verified(client, branch):
    member = builders.make_member(branch, legacy_unverified=True, legacy_reason="转正日期未填")
    url = f"{URL}{member.pk}/verify/"

    first = client.post(url, {"note": "已查档案"}, format="json")
    second = client.post(url, {"note": "已查档案"}, format="json")

    assert first.data["legacy_unverified"] is False
    assert second.status_code == 400


def test_members_elsewhere_are_not_found_and_leaders_only_read(top, branch):
    own, foreign = builders.make_member(branch), builders.make_member(builders.make_organisation(top))
    secretary = api(builders.make_user(Role.SECRETARY, branch))
    leader = api(builders.make_user(Role.LEADER, top))

    assert secretary.get(f"{URL}{foreign.pk}/").status_code == 404
    assert secretary.patch(f"{URL}{foreign.pk}/", {}, format="json").status_code == 404
    assert leader.get(f"{URL}{own.pk}/").status_code == 200
    assert leader.patch(f"{URL}{own.pk}/", {}, format="json").status_code == 403
    assert leader.post(URL, sent(branch), format="json").status_code == 403
