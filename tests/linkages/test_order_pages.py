"""The pages of orders: three taps and one tap on a phone, the acts that are lawful, what is told, lists that ask little."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from linkages import tasks
from linkages.actions import order_clock
from linkages.actions import orders as actions
from linkages.models import Order, OrderKind
from linkages.orders import notices
from linkages.todos import to_dos
from orgs.models import Notice
from tests import builders
from tests.linkages.test_orders import World, done, working

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return World()


def test_an_enterprise_raises_an_order_with_kind_line_and_send(world, client_for):
    client = client_for(world.contact)
    assert reverse("linkages:own-order-new") in client.get(reverse("portal:home")).content.decode()
    page = client.get(reverse("linkages:own-order-new"))
    kinds = list(page.context["form"].fields["kind"].queryset)
    assert {kind.group for kind in kinds} == {"enterprise"}
    sent = {"kind": kinds[1].pk, "text": "缺口三百万元", "ticket": page.context["form"].initial["ticket"]}
    for _ in range(2):
        assert client.post(reverse("linkages:own-order-new"), sent).status_code == 302
    order = Order.objects.get()
    assert (order.enterprise, order.kind, order.on_behalf) == (world.enterprise, kinds[1], False)
    page = client.get(reverse("linkages:own-orders")).content.decode()
    assert "缺口三百万元" in page
    refused = client.post(reverse("linkages:own-order-new"), {"text": ""})
    assert set(refused.context["form"].errors) == {"kind", "text"}


def test_a_member_asks_about_themselves(world, client_for):
    account = builders.make_user("member", world.branch)
    client = client_for(account)
    assert "还没有关联" in client.get(reverse("linkages:own-orders")).content.decode()
    builders.make_member(world.branch, account=account)
    page = client.get(reverse("linkages:own-order-new"))
    kind = page.context["form"].fields["kind"].queryset.get(name="心理咨询")
    client.post(reverse("linkages:own-order-new"), {"kind": kind.pk, "text": "近来睡不好"})
    order = Order.objects.get()
    assert (order.member.account, order.organisation, order.is_private) == (account, world.branch, True)
    for user, reads in ((account, True), (world.handler, True), (world.leader, False)):
        page = client_for(user).get(reverse("linkages:order", args=[order.pk])).content.decode()
        assert ("近来睡不好" in page, order.member.name in page) == (reads, reads)
    listed = client_for(world.leader).get(reverse("linkages:order-list")).content.decode()
    assert "心理咨询（不公开）" in listed
    assert order.member.name not in listed
    found = client_for(world.officer).get(reverse("linkages:order-list"), {"q": "睡不好"})
    assert found.context["page"].items == []


def test_rated_with_one_tap(world, client_for):
    order, client = done(world), client_for(world.contact)
    assert "去评价" in client.get(reverse("portal:home")).content.decode()
    page = client.get(reverse("linkages:own-orders"))
    assert "已对接两家银行" in page.content.decode()
    sent = {"rating": 5, "stage": order.stage, "next": reverse("linkages:own-orders")}
    answer = client.post(reverse("linkages:order-rate", args=[order.pk]), sent)
    assert answer.url == reverse("linkages:own-orders")
    order.refresh_from_db()
    assert (order.state, order.rating) == ("rated", 5)


def test_the_page_offers_the_lawful_steps_and_no_others(world, client_for):
    order = world.order()
    address = reverse("linkages:order", args=[order.pk])

    def offered(user):
        page = client_for(user).get(address)
        return {str(form.act) for form in [*page.context["main"], *page.context["more"]]}

    assert offered(world.overseer) == {"dispatch", "admit", "reject", "whistle"}
    assert offered(world.contact) == {"note", "cancel"}
    assert offered(world.leader) == set()
    for user, status in ((world.handler, 404), (world.leader, 403), (world.contact, 403)):
        sent = client_for(user).post(f"{address}dispatch/", {"organisation": world.branch.code})
        assert sent.status_code == status
    client = client_for(world.overseer)
    refused = client.post(f"{address}dispatch/", {"organisation": ""})
    assert "请选择一个办理单位" in refused.content.decode()
    sent = client.post(f"{address}dispatch/", {"organisation": world.branch.code, "stage": 1})
    assert sent.status_code == 302
    assert offered(world.handler) == {"accept", "decline", "note"}
    late = client.post(f"{address}dispatch/", {"organisation": world.other.code, "stage": 1})
    assert "该订单刚办理了“派单”" in late.content.decode()
    left = client_for(world.handler).post(f"{address}decline/", {"reason": "不在职责内"})
    assert left.url == reverse("linkages:order-list")


def test_dispatch_proposes_the_parties_of_live_agreements_with_the_reason(world, client_for):
    builders.make_agreement(world.area, world.partner, signed_on=dt.date(2026, 1, 1), title="银企联建")
    order = world.order()
    page = client_for(world.overseer).get(reverse("linkages:order", args=[order.pk])).context
    form = next(form for form in page["main"] if form.act == "dispatch")
    proposed = {one.unit: one.reasons for one in form.proposed.values()}
    assert "银企联建" in "".join(proposed[world.partner])
    assert proposed[world.area] == ["负责或覆盖该企业"]
    key = next(key for key, one in form.proposed.items() if one.unit == world.partner)
    client_for(world.overseer).post(
        reverse("linkages:order-dispatch", args=[order.pk]), {"chosen": key, "stage": 1}
    )
    order.refresh_from_db()
    assert (order.handler_partner, order.agreement.title) == (world.partner, "银企联建")


def test_staff_raise_for_an_enterprise_of_theirs_only(world, client_for):
    kind = world.order().kind
    far = builders.make_enterprise(park=builders.make_park())
    client = client_for(world.overseer)
    sent = {"kind": kind.pk, "text": "代提", "enterprise": far.credit_code}
    assert "enterprise" in client.post(reverse("linkages:order-new"), sent).context["form"].errors
    sent["enterprise"] = world.enterprise.credit_code
    assert client.post(reverse("linkages:order-new"), sent).status_code == 302
    assert Order.objects.get(on_behalf=True).raised_by == world.overseer


def test_whistled_units_report_from_the_page(world, client_for):
    order, client = world.order(), client_for(world.overseer)
    address = reverse("linkages:order", args=[order.pk])
    sent = {"ground": "emergency", "organisation": world.branch.code, "partner": world.partner.name}
    assert client.post(f"{address}whistle/", sent).status_code == 302
    assert "待报到" in client.get(address).content.decode()
    board = client_for(world.handler).get(reverse("linkages:whistle-list")).content.decode()
    assert "还有" in board
    call = order.calls.get(organisation=world.branch)
    assert client_for(world.handler).post(f"{address}arrive/", {"call": call.pk}).status_code == 302
    other = order.calls.get(partner=world.partner)
    client.post(f"{address}release/", {"call": other.pk, "reason": "电话解决"})
    assert not any(one.waits for one in order.calls.all())


def test_a_liaison_answers_for_the_own_unit(world, client_for):
    order = world.order()
    actions.dispatch_order(order=order, unit=world.partner, by=world.overseer)
    liaison = builders.make_liaison(world.partner).user
    client = client_for(liaison)
    assert order.number in client.get(reverse("linkages:order-list")).content.decode()
    client.post(reverse("linkages:order-accept", args=[order.pk]), {"stage": 2})
    order.refresh_from_db()
    assert order.state == "working"
    other = world.order()
    assert client.get(reverse("linkages:order", args=[other.pk])).status_code == 404


# --- Told, and to be done --------------------------------------------------------------------------------


def told(user):
    return list(Notice.objects.filter(user=user).order_by("pk").values_list("title", flat=True))


def test_each_step_is_told_once_to_those_it_concerns(world):
    order = world.order(text="机密的诉求")
    actions.dispatch_order(order=order, unit=world.branch, by=world.overseer)
    for _ in range(2):
        tasks.tell_orders()
    kind = order.kind.name
    assert told(world.overseer) == [f"新订单待受理：{kind}"]
    assert told(world.handler) == told(world.contact) == [f"订单已派单：{kind}"]
    actions.decline_order(order=order, reason="不在职责内", by=world.handler)
    notices.tell_recent()
    assert told(world.overseer)[-1] == f"订单被退回，待重新派单：{kind}"
    assert told(world.stranger) == told(world.leader) == []
    assert "机密" not in str(list(Notice.objects.values()))


def test_what_is_late_is_told_upwards_and_late_units_too(world):
    order = world.order()
    order_clock.run(order.due_at)
    notices.tell_recent()
    assert told(world.officer) == told(world.overseer)[-1:] == [f"订单逾期未办：{order.kind.name}"]
    whistled = world.order()
    actions.whistle(order=whistled, ground="joint", called=[world.branch], by=world.overseer)
    whistled.calls.update(due_at=timezone.now() - dt.timedelta(minutes=1))
    assert [notices.tell_late_calls() for _ in range(2)] == [2, 0]


def test_telling_asks_the_same_for_one_step_and_many(world):
    def asked():
        Notice.objects.all().delete()
        with CaptureQueriesContext(connection) as queries:
            notices.tell_recent()
        return len(queries)

    working(world)
    few = asked()
    for _ in range(3):
        working(world)
    assert asked() == few


def test_the_home_page_says_what_waits(world):
    today = timezone.localdate()
    order = world.order()

    def titles(user):
        user.__dict__.pop("current_appointments", None)
        return [one.title for one in to_dos(user, today) if "订单" in one.title]

    assert titles(world.overseer) == [f"订单待受理派单：{order.kind.name}"]
    actions.dispatch_order(order=order, unit=world.branch, by=world.overseer)
    assert titles(world.handler) == [f"订单待接单：{order.kind.name}"]
    actions.accept_order(order=order, by=world.handler)
    assert titles(world.handler) == [f"订单待办结：{order.kind.name}"]
    actions.finish_order(order=order, result="好", by=world.handler)
    assert titles(world.contact) == [f"订单待评价：{order.kind.name}"]
    for _ in range(7):
        world.order()
    assert titles(world.overseer)[-1] == "另有 2 个订单待受理派单"


# --- Lists -----------------------------------------------------------------------------------------------


def test_lists_ask_as_often_for_one_row_as_for_three(world, client_for):
    def plant():
        working(world)
        order = world.order()
        actions.whistle(order=order, ground="joint", called=[world.branch, world.partner], by=world.overseer)
        done(world)

    names = ("linkages:order-list", "linkages:own-orders", "linkages:whistle-list", "api:order-list")
    clients = {"officer": client_for(world.officer), "contact": client_for(world.contact)}

    def asked(name):
        client = clients["contact" if "own" in name else "officer"]
        client.get(reverse(name))
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse(name)).status_code == 200
        return len(queries)

    plant()
    one = {name: asked(name) for name in names}
    for _ in range(2):
        plant()
    assert {name: asked(name) for name in names} == one


def test_the_list_filters_and_exports(world, client_for):
    client = client_for(world.officer)
    late, rated = world.order(text="甲事"), done(world, text="乙事")
    actions.rate_order(order=rated, rating=2, by=world.contact)
    Order.objects.filter(pk=late.pk).update(due_at=timezone.now() - dt.timedelta(hours=1))

    def found(**query):
        return [row.pk for row in client.get(reverse("linkages:order-list"), query).context["page"]]

    assert found(overdue="1") == found(state="open") == found(mine="triage") == found(q="甲事") == [late.pk]
    assert found(rating="low") == found(state="rated") == found(q=rated.number) == [rated.pk]
    assert found(q=world.enterprise.name) == found(group="enterprise") == [rated.pk, late.pk]
    assert found(group="talent") == []
    assert found(organisation=world.branch.code) == [rated.pk]
    answer = client.post(reverse("linkages:order-export"), {"purpose": "核对办理情况"})
    assert answer.status_code == 200, answer.content.decode()[:2000]
    assert client_for(world.handler).get(reverse("linkages:order-export")).status_code == 403


def test_an_enterprise_s_page_shows_its_orders(world, client_for):
    world.order(text="要一间会议室")
    page = client_for(world.officer).get(reverse("orgs:enterprise", args=[world.enterprise.pk]))
    assert "要一间会议室" in page.content.decode()


# --- Kinds -----------------------------------------------------------------------------------------------


def test_the_top_sets_what_may_be_asked_for(world, client_for):
    administrator = builders.make_user("administrator", world.top)
    client = client_for(administrator)
    assert client.get(reverse("linkages:order-kind-list")).status_code == 200
    kind = OrderKind.objects.filter(organisation=world.top).first()
    values = {
        "group": "enterprise", "name": "用电增容", "topic": "", "position": 1, "triage_hours": 4, "accept_hours": 4,
        "finish_hours": 30, "last_resort": world.area.code,
    }  # fmt: skip
    new = reverse("linkages:order-kind-new", args=[world.top.pk])
    assert client.post(new, values).status_code == 302
    assert "已有同名" in client.post(new, values).content.decode()
    edit = reverse("linkages:order-kind-edit", args=[kind.pk])
    client.post(edit, values | {"name": "政策", "is_private": "on"})
    kind.refresh_from_db()
    assert (kind.name, kind.finish_hours, kind.is_private, kind.last_resort) == ("政策", 30, True, world.area)
    client.post(reverse("linkages:order-kind-close", args=[kind.pk]))
    kind.refresh_from_db()
    assert kind.closed_at
    assert client_for(world.officer).get(edit).status_code == 403
    lower = builders.make_user("administrator", world.area)
    assert client_for(lower).get(reverse("linkages:order-kind-list")).status_code == 403


# --- The interface ---------------------------------------------------------------------------------------


def test_the_interface_goes_all_the_way_round(world, client_for):
    def post(user, name, data, *args):
        address = reverse(f"api:order-{name}", args=args)
        return client_for(user).post(address, data, content_type="application/json")

    world.order()
    kind = client_for(world.contact).get(reverse("api:order-kind-list")).json()["results"][0]
    made = post(
        world.contact, "list", {"kind": kind["id"], "enterprise": world.enterprise.pk, "text": "要场地"}
    )
    assert (made.status_code, made.json()["state"], made.json()["acts"]) == (
        201,
        "raised",
        ["note", "cancel"],
    )
    pk = made.json()["id"]
    assert (
        post(
            world.other_contact, "list", {"kind": kind["id"], "enterprise": world.enterprise.pk, "text": "x"}
        ).status_code
        == 400
    )
    assert post(world.overseer, "dispatch", {}, pk).status_code == 400
    assert post(world.leader, "dispatch", {"organisation": world.branch.code}, pk).status_code == 403
    assert post(world.stranger, "dispatch", {"organisation": world.branch.code}, pk).status_code == 404
    assert (
        post(world.overseer, "dispatch", {"organisation": world.branch.code}, pk).json()["state"]
        == "dispatched"
    )
    assert post(world.handler, "accept", {"stage": 1}, pk).status_code == 400
    assert post(world.handler, "accept", {"stage": 2}, pk).json()["state"] == "working"
    finished = post(world.handler, "finish", {"result": "已落实", "amount_yuan": 5000}, pk)
    assert finished.json()["amount_yuan"] == "5000.00"
    assert post(world.overseer, "rate", {"rating": 5}, pk).status_code == 403
    assert post(world.contact, "rate", {"rating": 5}, pk).json()["rating"] == 5
    whistled = post(
        world.contact, "list", {"kind": kind["id"], "enterprise": world.enterprise.pk, "text": "停电"}
    ).json()["id"]
    sent = {"ground": "emergency", "organisations": [world.branch.code], "partners": [world.partner.pk]}
    calls = post(world.overseer, "whistle", sent, whistled).json()["calls"]
    assert post(world.handler, "arrive", {"call": calls[0]["id"]}, whistled).json()["calls"][0]["arrived_at"]
    assert (
        post(world.overseer, "release", {"call": calls[1]["id"], "reason": "不必"}, whistled).status_code
        == 200
    )
    assert len(client_for(world.contact).get(reverse("api:order-list")).json()["results"]) == 3
