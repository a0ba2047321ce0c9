"""What other systems are told of orders: each step once, without a word or a person; of private ones id and state."""

import json

import pytest

from linkages.actions import order_clock
from linkages.actions import orders as actions
from linkages.models import OrderAct, OrderEntry
from linkages.orders.events import EVENTS, PRIVATE, code_of
from orgs.models import WebhookDelivery, WebhookSubscription
from orgs.webhooks import events
from tests.linkages.test_orders import World, done

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    world = World()
    world.subscription = subscribe(world.area)
    return world


def subscribe(organisation, codes=tuple(EVENTS)):
    return WebhookSubscription.objects.create(
        organisation=organisation,
        name="平台",
        address="https://hooks.invalid/",
        secret="x",
        events=list(codes),
    )


def told(subscription):
    return list(subscription.deliveries.order_by("pk"))


def test_every_step_is_an_event():
    assert set(EVENTS) == {code_of(act) for act in OrderAct} | {PRIVATE}
    assert set(EVENTS) <= set(events.EVENTS)
    assert all(len(code) <= events.LONGEST_CODE for code in EVENTS)


def test_each_step_is_told_once_with_ids_kinds_states_and_times(world):
    order = done(world, text="机密诉求")
    actions.rate_order(order=order, rating=5, words="机密评语", by=world.contact)
    rows = told(world.subscription)
    assert [row.event for row in rows] == [
        "order.raise", "order.dispatch", "order.accept", "order.finish", "order.rate",
    ]  # fmt: skip
    entry = OrderEntry.objects.get(act="dispatch")
    payload = rows[1].payload
    assert payload["at"] == entry.at.isoformat()
    assert payload["data"] == {
        "entry": entry.pk,
        "step": "dispatch",
        "order": {
            "id": order.pk,
            "state": "dispatched",
            "number": order.number,
            "kind": {"id": order.kind_id, "name": order.kind.name, "group": "enterprise"},
            "stage": 2,
            "is_urgent": False,
            "organisation": world.area.code,
            "handler": world.branch.code,
            "handler_partner": None,
            "enterprise": world.enterprise.pk,
        },
    }
    words = json.dumps([row.payload for row in rows], ensure_ascii=False)
    for private in ("机密", world.enterprise.name, world.contact.display_name, world.handler.display_name):
        assert private not in words


def test_of_a_private_order_only_id_and_state_and_only_to_whoever_asked(world):
    steps = subscribe(world.top, [code for code in EVENTS if code != PRIVATE])
    order = done(world, private=True)
    assert told(steps) == []
    rows = told(world.subscription)
    assert {row.event for row in rows} == {PRIVATE}
    states = ("raised", "dispatched", "working", "done")
    assert [row.payload["data"] for row in rows] == [
        {"order": {"id": order.pk, "state": state}} for state in states
    ]


def test_whoever_handles_is_told_and_a_stranger_is_not(world):
    handler, stranger = subscribe(world.branch), subscribe(world.other)
    done(world)
    assert [row.event for row in told(handler)] == ["order.dispatch", "order.accept", "order.finish"]
    assert told(stranger) == []


def test_what_time_does_is_told_too_and_what_fails_is_not(world):
    order = done(world)
    before = WebhookDelivery.objects.count()
    with pytest.raises(Exception, match="不由您"):
        actions.rate_order(order=order, rating=5, by=world.stranger)
    assert WebhookDelivery.objects.count() == before
    for _ in range(2):
        order_clock.run(order.due_at)
    assert [row.event for row in told(world.subscription)].count("order.close") == 1
