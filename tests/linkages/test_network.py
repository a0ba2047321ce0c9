"""The network of agreements: every figure opens exactly its agreements, whoever looks and wherever one has drilled to."""

import datetime as dt
import random
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from linkages.actions import agreements, booking
from linkages.brought import Brought, brought_by
from linkages.listing import agreement_columns
from linkages.models import Agreement
from linkages.network import MOST_UNITS, Key, roll_up
from linkages.states import with_state
from orgs.models import Appointment, User
from tests import builders

pytestmark = pytest.mark.django_db
ADDRESS = reverse("linkages:network")


@pytest.fixture
def by(db):
    return User.objects.system()


@pytest.fixture
def world(by):
    """A tree of three levels, partner units, and agreements of two or three sides, some booked, ended or run out."""
    dice, today = random.Random(7), timezone.localdate()  # noqa: S311
    top = builders.make_organisation()
    committees = [builders.make_organisation(top) for _ in range(3)]
    branches = [builders.make_organisation(committee) for committee in committees for _ in range(2)]
    units = [builders.make_partner(top, kind=kind) for kind in ("academic", "academic", "bank", "hospital")]
    for number in range(24):
        first = dice.choice([top, *committees, *branches])
        others = dice.sample(
            [unit for unit in (top, *committees, *branches, *units) if unit != first], dice.choice((1, 1, 2))
        )
        past = number % 6 == 0
        agreement = builders.make_agreement(
            first, *others, starts_on=today - dt.timedelta(days=300), signed_on=today - dt.timedelta(days=300),
            ends_on=today + dt.timedelta(days=-10 if past else 200),
        )  # fmt: skip
        if dice.random() < 0.5:
            on = today - dt.timedelta(days=dice.randrange(20, 200))
            booking.add_result(
                agreement=agreement, kind="people", on=on, what="招聘", people=4, hired=2, members=1, by=by
            )
    return {"top": top, "committees": committees, "branches": branches, "units": units}


def network(client, query=""):
    response = client.get(f"{ADDRESS}?{query}")
    assert response.status_code == 200
    return response.context["network"]


@pytest.mark.parametrize("term", ["running", "signed"])
def test_every_tie_and_figure_opens_exactly_its_agreements(client_for, world, term):
    some = world["committees"][0]
    twice = builders.make_user("secretary", world["branches"][0])
    Appointment.objects.create(
        user=twice, role="leader", organisation=world["committees"][2], starts_on=timezone.localdate()
    )
    looks = [
        (builders.make_user("officer", world["top"]), f"term={term}"),
        (builders.make_user("officer", world["top"]), f"term={term}&organisation={some.code}"),
        (builders.make_user("officer", world["top"]), f"term={term}&partner_kind=academic"),
        (builders.make_user("officer", some), f"term={term}"),
        (builders.make_user("secretary", world["branches"][0]), f"term={term}"),
        (twice, f"term={term}"),
    ]
    for user, query in looks:
        client = client_for(user)
        found = client.get(f"{ADDRESS}?{query}").context
        assert found["ties"], query
        for tie in found["ties"]:
            listed = client.get(tie.address).context
            assert not listed["filterset"].faults, tie.address
            assert {row.pk for row in listed["page"]} == tie.agreements, tie.address
            idle = client.get(f"{tie.address}&idle=1").context
            assert idle["matching"] == tie.idle
        assert client.get(found["all_address"]).context["matching"] == found["network"].agreements
        assert client.get(found["weak_address"]).context["matching"] == found["network"].idle
        for node in found["network"].nodes:
            page = client.get(node.address if node.address.startswith("/") else ADDRESS + node.address)
            assert page.status_code == 200, node.address
            assert not ("filterset" in page.context and page.context["filterset"].faults)


def test_drilling_adds_up(client_for, world):
    client = client_for(builders.make_user("officer", world["top"]))
    for node in network(client).nodes:
        if node.is_ours and node.key.of == "below":
            inside = network(client, node.address.removeprefix("?"))
            assert inside.agreements == node.count


def test_where_an_organisation_stands():
    top, other, leaf = "0001", "00010002", "000100020003"
    assert roll_up(leaf, top, []) == Key("below", other)
    assert roll_up(top, top, []) == Key("alone", top)
    assert roll_up(top, other, []) == Key("alone", top)
    assert roll_up("000100050001", leaf, []) == Key("below", "00010005")
    assert roll_up("000100020009", leaf, []) == Key("below", "000100020009")
    assert roll_up(leaf, None, [other]) == Key("below", other)
    assert roll_up(leaf, None, ["00010009"]) == Key("alone", leaf)


def test_what_was_brought_is_summed_and_withdrawn_counts_nowhere(client_for, by):
    top = builders.make_organisation()
    branch = builders.make_organisation(top)
    today = timezone.localdate()
    days = {"starts_on": today - dt.timedelta(days=100), "ends_on": today + dt.timedelta(days=300)}
    agreement = builders.make_agreement(branch, signed_on=today, **days)
    facts = {"agreement": agreement, "on": today, "by": by}
    booking.add_result(kind="people", what="招聘", people=30, hired=12, members=6, **facts)
    booking.add_result(kind="amount", what="订单", amount="12.50", **facts)
    wrong = booking.add_result(kind="problem", what="试产", **facts)
    booking.add_result(kind="problem", what="班车", **facts)
    booking.withdraw_result(result=wrong, reason="误登", by=by)
    found = network(client_for(builders.make_user("secretary", branch)))
    assert found.brought == Brought(people=30, hired=12, members=6, amount=found.brought.amount, problems=1)
    assert found.brought.amount == Decimal("12.5")
    assert found.ties[0].brought.words == [
        "解决难题1个", "引才30人（录用12，党员6）", "资金和订单12.50万元",
    ]  # fmt: skip
    assert found.idle == 0
    agreements.end_agreement(agreement=agreement, on=today, reason="搬迁", by=by)
    client = client_for(builders.make_user("secretary", branch))
    assert network(client).agreements == 0
    assert network(client, "term=signed").brought == found.brought


def test_many_partner_units_are_drawn_by_kind_until_one_is_asked_for(client_for, by):
    top = builders.make_organisation()
    branch = builders.make_organisation(top)
    today = timezone.localdate()
    for number in range(MOST_UNITS + 1):
        unit = builders.make_partner(top, kind="bank" if number % 2 else "hospital")
        builders.make_agreement(branch, unit, signed_on=today)
    client = client_for(builders.make_user("officer", top))
    found = network(client)
    assert found.by_kind
    assert {node.name for node in found.nodes if not node.key.is_inside} == {"银行", "医院"}
    banks = next(node for node in found.nodes if node.name == "银行")
    assert (
        len([node for node in network(client, banks.address[1:]).nodes if node.key.of == "unit"])
        == banks.count
    )


def test_queries_do_not_grow(client_for, world):
    client = client_for(builders.make_user("officer", world["top"]))
    client.get(ADDRESS)
    with CaptureQueriesContext(connection) as before:
        client.get(ADDRESS)
    for branch in world["branches"]:
        builders.make_agreement(branch, *world["units"][:2], signed_on=timezone.localdate())
    with CaptureQueriesContext(connection) as after:
        client.get(ADDRESS)
    assert len(after) == len(before) <= 26


def test_the_interface_says_the_same(client_for, world):
    client = client_for(builders.make_user("officer", world["committees"][0]))
    page, said = network(client), client.get(reverse("api:agreement-network")).json()
    assert (said["agreements"], said["idle"]) == (page.agreements, page.idle)
    assert [(tie["one"], tie["other"], tie["agreements"]) for tie in said["ties"]] == [
        (tie.one.place, tie.other.place, tie.count) for tie in page.ties
    ]
    assert {node["name"] for node in said["nodes"]} == {node.name for node in page.nodes}
    wrong = client.get(reverse("api:agreement-network"), {"organisation": "没有"})
    assert wrong.status_code == 400


def test_the_export_says_what_each_brought(world):
    rows = list(with_state(Agreement.objects.all()).with_parties().prefetch_related("contents"))
    brought = brought_by([row.pk for row in rows])
    for row in rows:
        row.brought = brought.get(row.pk, Brought())
    people = next(column for column in agreement_columns() if column.header == "引进人数")
    assert sum(people.value(row) for row in rows) == 4 * len(brought) > 0
