"""Orders under agreements and from needs: what counts when, what wakes an agreement, and who sees the two links."""

import datetime as dt
import threading
import uuid

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection
from django.urls import reverse
from django.utils import timezone

from linkages.actions import lists, projects
from linkages.actions import orders as actions
from linkages.brought import Brought, brought_by
from linkages.list_states import with_item_state
from linkages.models import Agreement, Need, Order
from linkages.orders.pacts import counts_of
from linkages.states import AgreementState, with_state
from orgs.models import User
from tests import builders
from tests.activities.test_lists import asked
from tests.linkages.test_orders import World, refused

pytestmark = pytest.mark.django_db
RESULT = {"result": "签约", "amount_yuan": 2_000_000, "persons": 3, "patents": 1, "contracts": 2}


@pytest.fixture
def world():
    return World()


def pact(world, *units, **kw):
    """Between the overseer and a partner unit (or `units`), in force since January."""
    units = units or (world.partner,)
    return builders.make_agreement(world.area, *units, signed_on=dt.date(2026, 1, 1), **kw)


def stored(order):
    return Order.objects.get(pk=order.pk)


def taken(world, unit, **kw):
    order = world.order(**kw)
    actions.dispatch_order(order=order, unit=unit, by=world.overseer)
    return actions.accept_order(order=order, by=world.overseer if unit == world.partner else world.handler)


def sums(agreement):
    found = brought_by([agreement.pk]).get(agreement.pk, Brought())
    return counts_of(agreement)["taken"], found.orders, int(found.amount), found.served


# --- Under which agreement -----------------------------------------------------------------------------


def test_a_dispatch_carries_the_live_agreement_that_binds_the_unit(world):
    over = builders.make_agreement(
        world.area, world.partner, starts_on=dt.date(2024, 1, 1), ends_on=dt.date(2025, 1, 1), signed_on=dt.date(2024, 1, 1)
    )  # fmt: skip
    elsewhere = builders.make_agreement(world.other, world.branch, signed_on=dt.date(2026, 1, 1))
    assert taken(world, world.partner).agreement is None
    assert taken(world, world.branch).agreement is None, elsewhere
    live = pact(world)
    assert taken(world, world.partner).agreement == live != over
    above = builders.make_agreement(world.top, world.branch, signed_on=dt.date(2026, 1, 1))
    assert taken(world, world.branch).agreement == above


def test_another_agreement_may_be_named_until_the_order_is_done(world, client_for):
    live, order = pact(world), None
    order = taken(world, world.partner)
    late = pact(world, world.partner, world.branch)
    stranger = pact(world, world.branch)
    assert "不是该协议的一方" in refused(
        actions.bind_order, order=order, agreement=stranger, by=world.overseer
    )
    assert "没有变化" in refused(actions.bind_order, order=order, agreement=live, by=world.overseer)
    client = client_for(world.overseer)
    page = client.get(reverse("linkages:order", args=[order.pk]))
    (form,) = [form for form in page.context["more"] if form.act == "bind"]
    assert set(form.fields["agreement"].queryset) == {live, late}
    address = reverse("linkages:order-bind", args=[order.pk])
    assert client.post(address, {"agreement": late.pk}).status_code == 302
    assert stored(order).agreement == late
    assert client.post(address, {"agreement": ""}).status_code == 302
    assert stored(order).agreement is None
    assert late.title not in str(list(order.entries.values()))
    actions.finish_order(order=order, by=world.overseer, **RESULT)
    assert "不能再关联协议" in refused(actions.bind_order, order=order, agreement=live, by=world.overseer)


def test_without_an_agreement_to_choose_the_page_offers_none(world, client_for):
    order = taken(world, world.branch)
    page = client_for(world.overseer).get(reverse("linkages:order", args=[order.pk]))
    assert "bind" not in [form.act for form in page.context["more"]]


# --- What it brought -----------------------------------------------------------------------------------


def test_a_result_counts_once_it_is_rated_and_no_longer_when_reopened(world):
    agreement = pact(world)
    order = world.order()
    actions.dispatch_order(order=order, unit=world.partner, by=world.overseer)
    assert sums(agreement) == (0, 0, 0, 0)
    actions.accept_order(order=order, by=world.overseer)
    assert sums(agreement) == (1, 0, 0, 0)
    actions.finish_order(order=order, by=world.overseer, **RESULT)
    assert sums(agreement) == (1, 0, 0, 0)
    actions.reopen_order(order=order, reason="没有办好", by=world.contact)
    assert sums(agreement) == (1, 0, 0, 0)
    actions.finish_order(order=order, by=world.overseer, **RESULT)
    actions.rate_order(order=order, rating=5, by=world.contact)
    assert sums(agreement) == (1, 1, 200, 3)
    again = taken(world, world.partner)
    actions.recall_order(order=again, reason="改派", by=world.overseer)
    assert sums(agreement) == (1, 1, 200, 3)
    assert stored(again).agreement is None


def test_what_is_private_is_a_number_and_no_row(world, client_for):
    agreement = pact(world, world.branch)
    order = taken(world, world.branch, private=True)
    actions.finish_order(order=order, by=world.handler, **RESULT)
    actions.rate_order(order=order, rating=4, by=world.contact)
    assert counts_of(agreement) == {"taken": 1, "private": 1}
    assert brought_by([agreement.pk]) == {agreement.pk: Brought(orders=1)}
    client = client_for(world.handler)
    page = client.get(reverse("linkages:agreement", args=[agreement.pk]))
    assert "不公开的订单 1 单" in page.content.decode()
    assert page.context["orders"] == []
    listed = client.get(reverse("linkages:order-list"), {"agreement": agreement.pk})
    assert list(listed.context["page"]) == []


def test_the_agreement_lists_its_orders_to_those_who_see_them(world, client_for):
    agreement = pact(world, world.partner, world.other)
    order = taken(world, world.partner)
    actions.finish_order(order=order, by=world.overseer, **RESULT)
    actions.rate_order(order=order, rating=5, by=world.contact)
    address = reverse("linkages:agreement", args=[agreement.pk])
    seen = client_for(world.overseer).get(address)
    assert [row.pk for row in seen.context["orders"]] == [order.pk]
    assert "5 分" in seen.content.decode()
    # Another party reads what the agreement brought, and not the orders of an enterprise that is not its own.
    party = client_for(world.stranger).get(address)
    assert (party.context["orders"], party.context["brought"].orders) == ([], 1)
    found = (
        client_for(world.stranger).get(reverse("api:agreement-detail", args=[agreement.pk])).json()["brought"]
    )
    assert (found["orders"], found["patents"], found["amount"]) == (1, 1, "200.00")


def test_whoever_may_not_see_the_agreement_sees_no_link(world, client_for):
    agreement = pact(world)
    order = taken(world, world.partner)
    page, one = reverse("linkages:order", args=[order.pk]), reverse("api:order-detail", args=[order.pk])
    for user, sees in ((world.overseer, True), (world.contact, False)):
        client = client_for(user)
        assert (agreement.title in client.get(page).content.decode()) == sees
        assert client.get(one).json()["agreement"] == (agreement.pk if sees else None)
    listed = client_for(world.overseer).get(reverse("api:order-list"), {"agreement": agreement.pk}).json()
    assert [row["id"] for row in listed["results"]] == [order.pk]
    assert (
        client_for(world.contact).get(reverse("api:order-list"), {"agreement": agreement.pk}).status_code
        == 400
    )


def test_the_page_of_an_agreement_asks_as_often_for_more_orders(world, client_for):
    agreement = pact(world)
    taken(world, world.partner)
    client, address = client_for(world.overseer), reverse("linkages:agreement", args=[agreement.pk])
    few = asked(client, address)[0]
    for _ in range(2):
        taken(world, world.partner)
    assert asked(client, address)[0] == few


# --- Awake ---------------------------------------------------------------------------------------------


def test_a_taken_order_wakes_a_dormant_agreement(world):
    agreement = pact(world)

    def now():
        return with_state(Agreement.objects.all()).get()

    assert (now().state, now().last_on) == (AgreementState.DORMANT, None)
    order = world.order()
    actions.dispatch_order(order=order, unit=world.partner, by=world.overseer)
    assert now().state == AgreementState.DORMANT
    actions.accept_order(order=order, by=world.overseer)
    assert (now().state, now().last_on) == (AgreementState.ACTIVE, timezone.localdate())
    assert now().quiet_since == timezone.localdate()
    actions.recall_order(order=order, reason="改派", by=world.overseer)
    assert (now().state, now().last_on) == (AgreementState.DORMANT, None)
    assert agreement.pk


def test_an_older_result_and_a_younger_order_give_the_younger_day(world):
    agreement, today = pact(world), timezone.localdate()
    agreement.results.create(kind="problem", what="x", on=today - dt.timedelta(days=10))
    assert with_state(Agreement.objects.all()).get().last_on == today - dt.timedelta(days=10)
    taken(world, world.partner)
    assert with_state(Agreement.objects.all()).get().last_on == today


# --- From a need ---------------------------------------------------------------------------------------


def need_of(world, **kw):
    return builders.make_need(world.area, **{"enterprise": world.enterprise, "title": "需要检测设备"} | kw)


def order_need(world, need, **kw):
    kind = builders.make_order(world.enterprise, by=world.contact).kind
    values = {"kind": kind, "text": "需要检测设备", "by": world.overseer} | kw
    return actions.order_need(need=need, **values)


def state(need):
    return with_item_state(Need.objects.filter(pk=need.pk)).get().state


def test_a_need_becomes_an_order_and_shows_what_became_of_it(world, client_for):
    need, client = need_of(world), client_for(world.overseer)
    page = client.get(reverse("linkages:need", args=[need.pk]))
    address = reverse("linkages:need-order", args=[need.pk])
    assert address in page.content.decode()
    form = client.get(address).context["form"]
    kinds = form.fields["kind"].queryset
    assert form.initial["text"] == "需要检测设备"
    assert not kinds.filter(is_private=True).exists()
    sent = {"kind": kinds.first().pk, "text": "需要检测设备", "ticket": form.initial["ticket"]}
    for _ in range(2):
        assert client.post(address, sent).status_code == 302
    order = Order.objects.get()
    assert (order.need, order.enterprise, order.on_behalf) == (need, world.enterprise, True)
    assert state(need) == "matched"
    page = client.get(reverse("linkages:need", args=[need.pk])).content.decode()
    assert order.number in page
    assert address not in page
    assert need.title in client.get(reverse("linkages:order", args=[order.pk])).content.decode()
    found = client.get(reverse("linkages:need-list"), {"ordered": "1"}).context["page"]
    assert [row.pk for row in found] == [need.pk]
    found = client.get(reverse("linkages:order-list"), {"need": need.pk}).context["page"]
    assert [row.pk for row in found] == [order.pk]


def test_a_cancelled_order_gives_the_need_back(world):
    need = need_of(world)
    order = order_need(world, need)
    assert "已对接" in refused(order_need, world=world, need=need)
    assert "已转为点单" in refused(lists.withdraw_item, item=need, reason="误登", by=world.overseer)
    values = {"kind": "testing", "title": "项目", "deadline": timezone.localdate()}
    assert "已转为点单" in refused(
        projects.start_project, organisation=world.area, need=need, values=values, by=world.overseer
    )
    actions.cancel_order(order=order, by=world.contact)
    assert state(need) == "open"
    assert order_need(world, need).need == need
    with pytest.raises(IntegrityError):
        Order.objects.filter(pk=order.pk).update(state="raised")


def test_what_cannot_become_an_order(world):
    assert "只有企业的需求" in refused(order_need, world=world, need=need_of(world, enterprise=None))
    assert "草稿" in refused(order_need, world=world, need=need_of(world, publish=False, title="草稿"))
    private = builders.make_order(world.enterprise, by=world.contact, private=True).kind
    need = need_of(world, title="另一需求")
    assert "不公开" in refused(actions.order_need, need=need, kind=private, text="x", by=world.overseer)
    resource = builders.make_resource(world.branch)
    projects.take_match(need=need, resource=resource, organisation=world.area, by=User.objects.system())
    assert "已对接" in refused(order_need, world=world, need=need)


def test_only_the_keeper_of_a_need_turns_it_into_an_order(world, client_for):
    need = need_of(world)
    for user, status in ((world.stranger, 403), (world.leader, 403), (world.contact, 404)):
        assert client_for(user).get(reverse("linkages:need-order", args=[need.pk])).status_code == status
        sent = {"kind": 1, "text": "x"}
        answer = client_for(user).post(reverse("api:need-order", args=[need.pk]), sent, "application/json")
        assert answer.status_code == status
    # It is published, hence read by the stranger, who sees that it is matched and not with what.
    order = order_need(world, need)
    page = client_for(world.stranger).get(reverse("linkages:need", args=[need.pk])).content.decode()
    assert "已对接" in page
    assert order.number not in page
    assert client_for(world.stranger).get(reverse("api:need-detail", args=[need.pk])).json()["orders"] == []
    # Whoever asks sees the order and not the list of needs.
    mine = client_for(world.contact)
    assert need.title + "</a>" not in mine.get(reverse("linkages:order", args=[order.pk])).content.decode()
    assert mine.get(reverse("api:order-detail", args=[order.pk])).json()["need"] is None


def test_the_interface_turns_a_need_into_an_order(world, client_for):
    need = need_of(world)
    kind = world.order().kind
    client, address = client_for(world.overseer), reverse("api:need-order", args=[need.pk])
    sent = {"kind": kind.pk, "text": "需要检测设备", "ticket": str(uuid.uuid4())}
    for _ in range(2):
        found = client.post(address, sent, "application/json").json()
        assert [row["state"] for row in found["orders"]] == ["raised"]
        assert found["state"] == "matched"
    order = Order.objects.get(need=need)
    assert client.get(reverse("api:order-detail", args=[order.pk])).json()["need"] == need.pk


@pytest.mark.django_db(transaction=True)
def test_of_two_who_turn_one_need_into_an_order_one_wins():
    world = World()
    need = need_of(world)
    kind = world.order().kind
    said = []

    def run():
        try:
            actions.order_need(need=need, kind=kind, text="需要检测设备", by=world.overseer)
            said.append("")
        except ValidationError as error:
            said.append(str(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said)[0] == ""
    assert "已对接" in sorted(said)[1]
    assert Order.objects.filter(need=need).count() == 1
