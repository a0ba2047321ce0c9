"""Every list of activities asks the database as often for one row as for three, on its page and in the interface."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from activities.actions import activities as actions
from activities.actions import decisions, series, services, training
from activities.models import Activity
from orgs.models import User
from tests import builders
from tests.activities.test_bookings import always_open, book
from tests.activities.test_studies import study_of
from tests.activities.test_venues import shift_of

pytestmark = pytest.mark.django_db
LISTS = (
    "activities:activity-list", "activities:series-list", "activities:record", "api:activity-list",
    "api:resolution-list", "api:activity-series-list", "activities:training-list", "api:training-credit-list",
    "activities:participation-list", "activities:venue-list", "api:venue-list", "activities:study-list", "api:study-list-list",
    "activities:booking-list", "api:venue-booking-list", "activities:service-list", "api:service-record-list",
)  # fmt: skip


def plant(branch, partner):
    """One row more of everything that a list shows, and of everything that a record's page shows."""
    by = User.objects.system()
    brand = series.add_series(organisation=branch, values={"name": f"品牌{builders.next_number()}"}, by=by)
    member = builders.make_member(branch)
    stored = actions.record_activity(
        organisation=branch,
        kinds=("members_meeting", "theme_day"),
        values={
            "title": "党员大会",
            "starts_at": timezone.now() - dt.timedelta(days=1 + Activity.objects.count()),
            "series": brand,
        },
        joint_hosts=[partner],
        roll={member.pk: ("present", "")},
        guests=[("王工", "")],
        by=by,
    )
    decisions.add_resolution(activity=stored, text="整改", by=by)
    training.add_credits(members=[member], title="培训班", on=timezone.localdate(), hours=8, by=by)
    study_of(branch)
    values = {
        "on": timezone.localdate(),
        "kind": "policy",
        "title": "政策讲解",
        "enterprise": builders.make_enterprise(),
    }
    services.add_service(organisation=branch, values=values, members=[member], by=by)
    actions.submit_activity(activity=stored, by=by)
    book(always_open(branch))
    return stored


def asked(client, address) -> tuple[int, object]:
    client.get(address)  # what is asked once for a session
    with CaptureQueriesContext(connection) as queries:
        response = client.get(address)
    assert response.status_code == 200, address
    return len(queries), response


@pytest.mark.parametrize("role", ["officer", "secretary"])
def test_no_list_asks_more_often_for_more_rows(client_for, role):
    committee = builders.make_organisation()
    branch, partner = (builders.make_organisation(committee) for _ in range(2))
    client = client_for(builders.make_user(role, committee if role == "officer" else branch))
    plant(branch, partner)
    one = {name: asked(client, reverse(name))[0] for name in LISTS}
    for _ in range(2):
        plant(branch, partner)
    three = {name: asked(client, reverse(name)) for name in LISTS}
    assert {name: count for name, (count, _) in three.items()} == one
    assert all(len(three[name][1].json()["results"]) == 3 for name in LISTS if name.startswith("api:"))


def test_the_page_of_a_record_asks_as_often_for_more_people(client_for):
    committee = builders.make_organisation()
    branch, partner = (builders.make_organisation(committee) for _ in range(2))
    client, by = client_for(builders.make_user("secretary", branch)), User.objects.system()
    stored = plant(branch, partner)
    actions.return_activity(activity=stored, reason="补充", by=by)
    addresses = [
        reverse("activities:activity", args=[stored.pk]),
        reverse("api:activity-detail", args=[stored.pk]),
    ]
    addresses.append(reverse("activities:activity-edit", args=[stored.pk]))
    few = [asked(client, address)[0] for address in addresses]
    members = [builders.make_member(branch) for _ in range(3)]
    roll = {member.pk: ("present", "") for member in members}
    actions.change_activity(activity=stored, roll=roll, guests=[("甲", ""), ("乙", "")], by=by)
    decisions.add_resolution(activity=stored, text="再整改", by=by)
    decisions.add_vote(activity=stored, matter="计划", expected=4, present=3, yes=3, passed=True, by=by)
    assert [asked(client, address)[0] for address in addresses] == few


def test_the_pages_of_a_station_ask_as_often_for_a_fuller_rota(client_for):
    branch = builders.make_organisation(builders.make_organisation())
    client, venue = client_for(builders.make_user("secretary", branch)), always_open(branch)
    shift_of(venue)
    book(venue, start="07:00", end="08:00")
    addresses = [
        reverse(name, args=[venue.pk])
        for name in (
            "activities:venue",
            "activities:venue-rota",
            "activities:venue-calendar",
            "api:venue-detail",
        )
    ]
    few = [asked(client, address)[0] for address in addresses]
    for name in ("户籍办理", "法律援助"):
        shift_of(venue, name=name)
    for hour in (9, 12):
        book(venue, start=f"{hour}:00", end=f"{hour}:30")
    assert [asked(client, address)[0] for address in addresses] == few


@pytest.mark.parametrize("name", ["activities:participation-list", "activities:training-list"])
def test_a_long_list_comes_before_its_figures(client_for, monkeypatch, name):
    branch = builders.make_organisation(builders.make_organisation())
    members = [builders.make_member(branch) for _ in range(2)]
    training.add_credits(
        members=members, title="培训班", on=timezone.localdate(), hours=60, by=User.objects.system()
    )
    client, address = client_for(builders.make_user("secretary", branch)), reverse(name)
    at_once = client.get(address, {"q": members[0].name}).context["figures"]
    monkeypatch.setattr("activities.member_filters.MOST_COUNTED", 1)
    page = client.get(address)
    assert page.context["figures"] is None
    assert len(page.context["page"]) == 2
    assert f'hx-get="{address}?figures=1"' in page.content.decode()
    assert client.get(f"{address}?figures=1").context["figures"]["all"] == 2
    assert client.get(address, {"q": members[0].name}).context["figures"] == at_once
    wrong = client.get(address, {"organisation": "没有", "figures": 1}).context["figures"]
    assert set(wrong.values()) == {0}
