"""Every list of activities asks the database as often for one row as for three, on its page and in the interface."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from activities.actions import activities as actions
from activities.actions import decisions, series
from orgs.models import User
from tests import builders

pytestmark = pytest.mark.django_db
LISTS = (
    "activities:activity-list", "activities:series-list", "activities:record", "api:activity-list",
    "api:resolution-list", "api:activity-series-list",
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
            "starts_at": timezone.now() - dt.timedelta(days=builders.next_number()),
            "series": brand,
        },
        joint_hosts=[partner],
        roll={member.pk: ("present", "")},
        guests=[("王工", "")],
        by=by,
    )
    decisions.add_resolution(activity=stored, text="整改", by=by)
    actions.submit_activity(activity=stored, by=by)
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
