"""One order through four hands: an enterprise on a phone, its committee, a partner unit, the enterprise again."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from linkages.models import Order
from linkages.orders.kinds import ensure_kinds
from orgs.models import Role
from tests import builders
from tests.builders import PASSWORD

from .conftest import watch

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]
PHONE = {"width": 375, "height": 812}
ASKED = "样机要做高低温测试，缺平台"


@pytest.fixture
def world():
    """A cluster committee with a live agreement with an institute that offers a test platform, and one it has not."""
    top = builders.make_organisation(name="科学城综合党委")
    cluster = builders.make_cluster(name="机器人")
    committee = builders.make_organisation(top, "cluster_committee", name="机器人集群党委", cluster=cluster)
    enterprise = builders.make_enterprise(name="灵犀机器人有限公司", cluster=cluster)
    institute = builders.make_partner(top, name="计量测试研究院", kind="academic")
    builders.make_partner(top, name="仁和医院")
    signed = timezone.localdate() - dt.timedelta(days=100)
    builders.make_agreement(
        committee, institute, title="院企共建协议", signed_on=signed, starts_on=signed,
        ends_on=signed + dt.timedelta(days=700), contents=("problems",),
    )  # fmt: skip
    builders.make_resource(
        committee, partner=institute, kind="testing", title="高低温测试平台", description="样机环境试验"
    )
    ensure_kinds(top.pk)
    builders.make_user(
        Role.CONTACT, committee, enterprise=enterprise, username="contact", display_name="林工"
    )
    builders.make_user(Role.OFFICER, committee, username="officer", display_name="周干事")
    builders.make_liaison(institute, username="liaison", display_name="连博士")
    builders.make_user(
        Role.SECRETARY, builders.make_organisation(top), username="outsider", display_name="外人"
    )


@pytest.fixture
def person(browser, live_server, browser_context_args):
    """`person("contact", phone)` → a page of a browser of its own in which that account has signed in."""
    watched, contexts = [], []

    def enter(name, viewport=None):
        context = browser.new_context(**browser_context_args | ({"viewport": viewport} if viewport else {}))
        contexts.append(context)
        page = context.new_page()
        watched.append(watch(page, live_server.url))
        page.goto(f"{live_server.url}/accounts/login/")
        page.get_by_label("用户名").fill(name)
        page.get_by_label("密码").fill(PASSWORD)
        page.get_by_role("button", name="登录").click()
        page.wait_for_url(lambda url: "/login/" not in url)
        return page

    yield enter
    assert watched == [([], [])] * len(watched)
    for context in contexts:
        context.close()


def step(page, name):
    """Sends the form of that step, which stands open or in a fold of the order's page."""
    page.locator(".order-act").get_by_role("button", name=name, exact=True).click()


def test_from_a_tap_to_a_rating(world, person, live_server):
    """S25, S27: asked on a phone in three taps, proposed by a live agreement, done, rated; nobody else finds it."""
    contact = person("contact", PHONE)
    contact.get_by_role("link", name="我要点单").first.click()
    contact.locator(".order-kind", has_text="检验检测").click()
    contact.get_by_label("一句话说明").fill(ASKED)
    contact.get_by_role("button", name="提交").click()
    expect(contact.get_by_text("已提交")).to_be_visible()
    order = Order.objects.get()
    address = live_server.url + reverse("linkages:order", args=[order.pk])

    officer = person("officer")
    expect(officer.get_by_text(order.number)).to_be_visible()
    officer.get_by_role("link", name="去派单").click()
    proposal = officer.get_by_role("radio", name="计量测试研究院")
    expect(officer.locator("#act-dispatch").locator("..").locator("..")).to_contain_text("院企共建协议")
    proposal.check()
    step(officer, "派单")
    order.refresh_from_db()
    assert (order.handler_partner.name, order.agreement.title) == ("计量测试研究院", "院企共建协议")

    liaison = person("liaison", PHONE)
    expect(liaison.get_by_text(order.number)).to_be_visible()
    liaison.get_by_role("link", name="去接单").click()
    step(liaison, "接单")
    liaison.locator("summary", has_text="登记进展").click()
    liaison.get_by_label("进展").fill("平台已排期，下周二入场")
    step(liaison, "登记进展")
    liaison.get_by_label("办理结果").fill("三轮测试完成，出具报告")
    liaison.get_by_label("涉及金额（元）").fill("120000")
    step(liaison, "办结")
    expect(liaison.get_by_text("等待评价").first).to_be_visible()

    contact.goto(live_server.url)
    contact.get_by_role("link", name="去评价").first.click()
    expect(contact.get_by_text("三轮测试完成，出具报告").first).to_be_visible()
    contact.goto(live_server.url + reverse("linkages:own-orders"))
    contact.get_by_role("button", name="5分").click()
    expect(contact.get_by_text("感谢评价")).to_be_visible()
    order.refresh_from_db()
    assert (order.state, order.rating) == ("rated", 5)

    for page in (contact, officer, liaison):
        page.goto(address)
        expect(page.get_by_text("5 分").first).to_be_visible()
        expect(page.get_by_text("平台已排期，下周二入场").first).to_be_visible()
    officer.goto(live_server.url + reverse("linkages:order-list"))
    expect(officer.get_by_text(ASKED).first).to_be_visible()

    outsider = person("outsider")
    assert outsider.goto(address).status == 404
    outsider.goto(live_server.url + reverse("linkages:order-list"))
    expect(outsider.get_by_text(ASKED)).to_have_count(0)
