"""What time does to orders: up the tree once a rung, to the last resort, and an end without an invented rating."""

import datetime as dt
import threading

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from linkages.actions import order_clock
from linkages.actions import orders as actions
from linkages.models import OrderEntry
from orgs.models import DatedSetting
from tests import builders
from tests.linkages.test_orders import World, done, working

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return World()


def rungs(order):
    rows = order.entries.filter(rung__isnull=False)
    return [(row.rung, row.act, row.organisation) for row in rows]


def test_an_order_goes_up_once_a_rung_and_then_to_the_last_resort(world):
    order = world.order()
    assert order_clock.run(order.due_at - dt.timedelta(minutes=1))["escalated"] == 0
    assert order_clock.run(order.due_at)["escalated"] == 1
    assert rungs(order) == [(1, "escalate", world.top)]
    assert order_clock.run(order.due_at)["escalated"] == 0
    order.refresh_from_db()
    assert order_clock.run(order.escalate_at)["escalated"] == 1
    order.refresh_from_db()
    assert rungs(order)[1] == (2, "fall_back", world.top)
    assert (order.state, order.handler, order.stage) == ("working", world.top, 2)
    assert actions.finish_order(order=order, result="已兜底办理", by=world.officer).state == "done"


def test_a_deeper_overseer_climbs_level_by_level_and_a_named_last_resort_is_taken(world):
    deep = builders.make_organisation(world.area)
    member = builders.make_member(deep, account=builders.make_user("member", deep))
    order = builders.make_order(member=member)
    order.kind.last_resort = world.branch
    order.kind.save()
    later = order.due_at + dt.timedelta(days=2)
    order_clock.run(later)
    assert rungs(order)[:3] == [
        (1, "escalate", world.area), (2, "escalate", world.top), (3, "fall_back", world.branch),
    ]  # fmt: skip
    # The last resort is late as well: it is told again by everybody above, and stays.
    order.refresh_from_db()
    order_clock.run(order.due_at + dt.timedelta(days=10))
    assert rungs(order)[3:] == [
        (1, "escalate", world.area), (2, "escalate", world.top), (3, "escalate", world.branch),
    ]  # fmt: skip
    order.refresh_from_db()
    assert (order.state, order.handler, order.escalate_at) == ("working", world.branch, None)


def test_days_without_a_run_lose_nothing_and_a_second_run_adds_nothing(world):
    late, early = world.order(), working(world)
    for _ in range(3):
        order_clock.run(late.due_at + dt.timedelta(days=1))
    assert [rung for rung, *_ in rungs(late)] == [1, 2]
    assert rungs(early) == []


def test_the_clock_starts_anew_with_each_hand(world):
    order = world.order()
    order_clock.run(order.due_at)
    actions.dispatch_order(order=order, unit=world.branch, by=world.overseer)
    order.refresh_from_db()
    order_clock.run(order.due_at)
    assert [(row.stage, row.rung) for row in order.entries.filter(rung__isnull=False)] == [(1, 1), (2, 1)]


def test_a_closed_last_resort_is_the_top_s(world):
    order = world.order()
    order.kind.last_resort = builders.make_organisation(world.top, dissolved_on=dt.date(2026, 1, 1))
    order.kind.save()
    order_clock.run(order.due_at + dt.timedelta(days=1))
    order.refresh_from_db()
    assert order.handler == world.top


def test_the_database_lets_a_rung_stand_once(world):
    order = world.order()
    order_clock.run(order.due_at)
    with pytest.raises(IntegrityError), transaction.atomic():
        OrderEntry.objects.create(order=order, act="escalate", state="raised", stage=1, rung=1)


def test_what_nobody_rates_ends_without_a_rating(world):
    DatedSetting.objects.create(code="order_rating_workdays", effective_on=dt.date(2026, 1, 1), value=1)
    order = done(world)
    assert order_clock.run(order.due_at - dt.timedelta(minutes=1))["closed"] == 0
    assert [order_clock.run(order.due_at)["closed"] for _ in range(2)] == [1, 0]
    order.refresh_from_db()
    assert (order.state, order.rating, order.due_at) == ("unrated", None, None)
    assert list(order.entries.filter(act__in=["close", "rate"]).values_list("act", "by")) == [("close", None)]


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_write_each_rung_once():
    world = World()
    orders = [world.order() for _ in range(3)]
    at, start, said = timezone.now() + dt.timedelta(days=30), threading.Barrier(2), []

    def run():
        try:
            start.wait()
            said.append(order_clock.run(at)["escalated"])
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(said) == 6
    assert all([rung for rung, *_ in rungs(order)] == [1, 2] for order in orders)
