"""The API of what stands at an activity's door: files, signing up, signing in."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from activities import codes
from activities.actions import activities as actions
from activities.actions import signing, signup
from activities.models import ActivityFile, SignUp
from orgs.models import User
from tests import builders

pytestmark = pytest.mark.django_db
JSON = {"content_type": "application/json"}


@pytest.fixture
def committee(db):
    return builders.make_organisation()


@pytest.fixture
def branch(committee):
    return builders.make_organisation(committee)


@pytest.fixture
def secretary(branch, client_for):
    return client_for(builders.make_user("secretary", branch))


def coming(branch, *, minutes=60, **kw):
    values = {"title": "成果对接会", "starts_at": timezone.now() + dt.timedelta(minutes=minutes)}
    by = User.objects.system()
    return actions.plan_activity(organisation=branch, kinds=("theme_day",), values=values, by=by, **kw)


def url(name, *keys):
    return reverse(f"api:{name}", args=keys)


# --- Files ---------------------------------------------------------------------------------------------


def test_a_file_is_put_on_file_read_and_withdrawn(secretary, client_for, branch, committee):
    activity = coming(branch)
    file = SimpleUploadedFile("现场.png", builders.png("一"), "image/png")
    answer = secretary.post(url("activity-file-list", activity.pk), {"file": file})
    assert answer.status_code == 201, answer.content
    key = answer.json()["id"]
    assert answer.json()["file_name"] == "现场.png"
    assert secretary.get(url("activity-file-file", activity.pk, key))["Content-Type"] == "image/png"
    withdraw = url("activity-file-withdraw", activity.pk, key)
    assert secretary.post(withdraw, {"reason": " "}, **JSON).status_code == 400
    answer = secretary.post(withdraw, {"reason": "传错了"}, **JSON)
    assert (answer.status_code, answer.json()["file_name"], answer.json()["withdrawn_reason"]) == (
        200,
        "",
        "",
    )
    assert secretary.get(url("activity-file-file", activity.pk, key)).status_code == 403
    above = client_for(builders.make_user("officer", committee))
    listed = above.get(url("activity-file-list", activity.pk)).json()["results"]
    assert [(one["file_name"], one["withdrawn_reason"]) for one in listed] == [("现场.png", "传错了")]


def test_a_file_that_is_none_is_refused_in_a_sentence_and_nothing_is_kept(secretary, branch):
    where = url("activity-file-list", coming(branch).pk)
    for content in (b"", b"MZ program", b"%PDF-broken"):
        answer = secretary.post(where, {"file": SimpleUploadedFile("a.png", content)})
        assert answer.status_code == 400, content
    assert secretary.post(where, {}, **JSON).status_code == 415
    assert not ActivityFile.objects.exists()


def test_a_file_is_found_at_its_own_activity_only(secretary, branch):
    activity, other = coming(branch), coming(branch)
    file = SimpleUploadedFile("现场.png", builders.png("一"), "image/png")
    key = secretary.post(url("activity-file-list", activity.pk), {"file": file}).json()["id"]
    assert secretary.get(url("activity-file-file", other.pk, key)).status_code == 404
    assert secretary.get(url("activity-file-list", "x")).status_code == 404


# --- Signing up ------------------------------------------------------------------------------------------


def test_who_keeps_the_record_offers_places_and_signs_members_up(secretary, branch):
    activity = coming(branch)
    first, second = builders.make_member(branch), builders.make_member(branch)
    offer, where = url("activity-sign-up-offer", activity.pk), url("activity-sign-up-list", activity.pk)
    assert secretary.post(where, {"member": first.pk}, **JSON).status_code == 400  # not offered yet
    until = timezone.now() + dt.timedelta(minutes=30)
    answer = secretary.post(offer, {"until": until.isoformat(), "places": 1}, **JSON)
    assert (answer.status_code, answer.json()["places"]) == (200, 1)
    states = [secretary.post(where, {"member": one.pk}, **JSON).json()["state"] for one in (first, second)]
    assert states == ["going", "waiting"]
    again = secretary.post(where, {"member": first.pk}, **JSON)
    assert "不必重复报名" in again.content.decode()
    row = SignUp.objects.get(member=first)
    assert secretary.post(url("activity-sign-up-withdraw", activity.pk, row.pk)).status_code == 204
    listed = secretary.get(where).json()["results"]
    assert [(one["member"], one["state"]) for one in listed] == [(second.pk, "going")]
    assert secretary.post(url("activity-sign-up-withdraw", activity.pk, row.pk)).status_code == 404
    answer = secretary.post(offer, {"until": None}, **JSON)
    assert answer.json() == {"until": None, "places": None}
    assert secretary.post(offer, {"until": "gestern"}, **JSON).status_code == 400


def test_members_of_others_cannot_be_signed_up(secretary, branch, committee):
    activity = coming(branch)
    until = timezone.now() + dt.timedelta(minutes=30)
    signup.offer_signup(activity=activity, until=until, by=User.objects.system())
    stranger = builders.make_member(builders.make_organisation(committee))
    where = url("activity-sign-up-list", activity.pk)
    for key in (stranger.pk, 10**30, -1, "x", None):
        assert secretary.post(where, {"member": key}, **JSON).status_code == 400, key
    assert not SignUp.objects.exists()


def test_a_member_signs_up_and_withdraws_by_the_own_account(client_for, branch, committee):
    member = builders.make_member(branch)
    member.account = builders.make_user("member", branch)
    member.save()
    own = client_for(member.account)
    event, elsewhere = coming(committee), coming(builders.make_organisation(committee))
    until = timezone.now() + dt.timedelta(minutes=30)
    for one in (event, elsewhere):
        signup.offer_signup(activity=one, until=until, by=User.objects.system())
    listed = own.get(url("own-activity-list")).json()["results"]
    assert [(one["id"], one["mine"]) for one in listed] == [(event.pk, "")]
    sign_up, withdraw = (url(f"own-activity-{act}", event.pk) for act in ("sign-up", "withdraw"))
    assert own.post(withdraw).status_code == 404
    assert own.post(sign_up).json()["mine"] == "going"
    assert own.post(sign_up).status_code == 400
    assert own.post(withdraw).json()["mine"] == "withdrawn"
    assert own.post(url("own-activity-sign-up", elsewhere.pk)).status_code == 404
    assert own.get(url("activity-sign-up-list", event.pk)).status_code == 404


@pytest.mark.parametrize("name", ["own-activity-list", "activity-sign-up-list"])
def test_lists_ask_the_same_for_few_and_many(client_for, branch, name):
    member = builders.make_member(branch)
    member.account = builders.make_user("member", branch)
    member.save()
    by, until = User.objects.system(), timezone.now() + dt.timedelta(minutes=30)
    activity = coming(branch)
    signup.offer_signup(activity=activity, until=until, by=by)
    own = name == "own-activity-list"
    client = client_for(member.account if own else builders.make_user("secretary", branch))
    where = url(name) if own else url(name, activity.pk)

    def run():
        with CaptureQueriesContext(connection) as queries:
            found = client.get(where).json()["results"]
        return len(queries), len(found)

    def grow(count):
        for _ in range(count):
            if own:
                signup.offer_signup(activity=coming(branch), until=until, by=by)
            else:
                signup.sign_up(activity=activity, member=builders.make_member(branch), by=by)

    grow(2)
    run()
    few, rows = run()
    grow(10)
    assert run() == (few, rows + 10)


# --- Signing in ------------------------------------------------------------------------------------------


def test_the_desk_opens_shows_its_code_and_who_came_and_closes(secretary, branch):
    activity, member = coming(branch), builders.make_member(branch)
    desk, begin, end = (
        url(f"activity-sign-in-{act}", activity.pk) for act in ("desk", "desk-open", "desk-close")
    )
    assert secretary.get(desk).json() == {
        "is_open": False, "opened_at": None, "closed_at": None, "address": "", "came": 0, "last": [],
    }  # fmt: skip
    assert secretary.post(end).status_code == 404
    opened = secretary.post(begin).json()
    activity.refresh_from_db()
    assert opened["is_open"]
    assert opened["address"].endswith(
        reverse(
            "activities:sign-in-code", args=[activity.desk.public_id, codes.code_at(activity.desk.secret)]
        )
    )
    assert activity.desk.secret not in str(opened)
    signing.sign_in(desk=activity.desk, member=member, ticket=codes.issue_ticket(activity.desk))
    shown = secretary.get(desk).json()
    assert (shown["came"], [one["name"] for one in shown["last"]]) == (1, [member.name])
    closed = secretary.post(end).json()
    assert (closed["is_open"], closed["address"]) == (False, "")


def test_a_desk_far_from_its_time_does_not_open(secretary, branch):
    answer = secretary.post(url("activity-sign-in-desk-open", coming(branch, minutes=600).pk))
    assert answer.status_code == 400
    assert "开始前2小时" in answer.content.decode()
