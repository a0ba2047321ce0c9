"""Agreements over the interface: the same rules and the same sight as on the pages; lists ask as often for more rows."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from activities.actions import activities
from linkages.actions import booking
from linkages.models import Agreement
from orgs.models import User
from tests import builders

pytestmark = pytest.mark.django_db


def test_from_the_draft_to_the_end(client_for):
    top = builders.make_organisation()
    branch, partner = builders.make_organisation(top), builders.make_partner(top)
    client = client_for(builders.make_user("secretary", branch))

    def post(name, data, *args, status=200):
        response = client.post(reverse(f"api:{name}", args=args), data, content_type="application/json")
        assert response.status_code == status, response.json()
        return response.json()

    party = {"leader_name": "甲", "liaison_name": "乙"}
    data = {
        "organisation": branch.code,
        "title": "医企共建",
        "starts_on": "2026-01-01",
        "ends_on": "2029-01-02",
        "contents": ["talent"],
        "parties": [{"organisation": branch.code, **party}, {"partner": partner.pk, **party}],
    }
    assert "long_term_confirmed" in str(post("agreement-list", data, status=400))
    stored = post("agreement-list", data | {"long_term_confirmed": True}, status=201)
    assert (stored["state"], [bool(row["partner"]) for row in stored["parties"]]) == ("draft", [False, True])
    key = stored["id"]
    post("agreement-result", {"kind": "problem", "what": "班车"}, key, status=400)
    post("agreement-sign", {"on": "2026-01-05"}, key)
    activity = activities.record_activity(
        organisation=branch, kinds=("linkage",), by=User.objects.system(),
        values={"title": "联建", "starts_at": timezone.now() - dt.timedelta(days=2)},
    )  # fmt: skip
    shown = post("agreement-book", {"activity": activity.pk, "booked_as": "meeting"}, key)
    assert [row["booked_as"] for row in shown["bookings"]] == ["meeting"]
    other = builders.make_agreement(branch, partner)
    item = {"kind": "item", "what": "义诊", "beneficiary": "职工"}
    post("agreement-result", item | {"party": other.parties.first().pk}, key, status=400)
    shown = post("agreement-result", item | {"party": stored["parties"][1]["id"]}, key)
    assert shown["results"][0]["party"] == stored["parties"][1]["id"]
    assert post("agreement-end", {"reason": "搬迁"}, key)["state"] == "ended"
    assert Agreement.objects.get(pk=key).entries.count() == 5
    found = client.get(reverse("api:agreement-list"), {"state": "ended"}).json()["results"]
    assert [row["id"] for row in found] == [key]


def test_a_foreign_party_is_unknown(client_for):
    branch = builders.make_organisation(builders.make_organisation())
    stranger = builders.make_organisation()
    client = client_for(builders.make_user("secretary", branch))
    foreign = builders.make_agreement(stranger)
    assert client.get(reverse("api:agreement-detail", args=[foreign.pk])).status_code == 404
    data = {
        "organisation": branch.code, "title": "x", "starts_on": "2026-01-01", "ends_on": "2027-01-01",
        "contents": ["talent"], "parties": [{"organisation": branch.code}, {"organisation": stranger.code}],
    }  # fmt: skip
    response = client.post(reverse("api:agreement-list"), data, content_type="application/json")
    assert response.status_code == 400
    assert not Agreement.objects.filter(organisation=branch).exists()


LISTS = ("linkages:agreement-list", "linkages:partner-list", "api:agreement-list", "api:partner-list")


def plant(branch):
    by = User.objects.system()
    agreement = builders.make_agreement(
        branch, contents=("talent", "activities"), signed_on=dt.date(2026, 1, 2)
    )
    activity = activities.record_activity(
        organisation=branch, kinds=("linkage",), by=by,
        values={"title": "联建", "starts_at": timezone.now() - dt.timedelta(days=builders.next_number() % 90)},
    )  # fmt: skip
    booking.book_activity(agreement=agreement, activity=activity, by=by)
    booking.add_result(agreement=agreement, kind="problem", on=dt.date(2026, 2, 1), what="班车", by=by)
    return agreement


@pytest.mark.parametrize("role", ["officer", "secretary"])
def test_no_list_and_no_page_asks_more_often_for_more_rows(client_for, role):
    top = builders.make_organisation()
    branch = builders.make_organisation(top)
    client = client_for(builders.make_user(role, top if role == "officer" else branch))
    first = plant(branch)
    addresses = [
        *(reverse(name) for name in LISTS),
        reverse("linkages:agreement", args=[first.pk]),
        reverse("api:agreement-detail", args=[first.pk]),
    ]

    def asked(address):
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    few = {address: asked(address) for address in addresses}
    for _ in range(2):
        activity = plant(branch).bookings.get().activity
        booking.book_activity(agreement=first, activity=activity, by=User.objects.system())
        booking.add_result(
            agreement=first, kind="problem", on=dt.date(2026, 2, 1), what="x", by=User.objects.system()
        )
    assert {address: asked(address) for address in addresses} == few


def test_the_list_knows_which_promises_are_behind(client_for):
    branch = builders.make_organisation(builders.make_organisation())
    agreement = builders.make_agreement(branch, signed_on=dt.date(2026, 1, 1), activities_per_year=99)
    agreement.results.create(kind="problem", what="x", on=timezone.localdate())
    client = client_for(builders.make_user("secretary", branch))
    found = client.get(reverse("api:agreement-list"), {"behind": "1"}).json()["results"]
    assert [row["id"] for row in found] == [agreement.pk]
