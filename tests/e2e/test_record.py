"""One minute on a phone: from the login page to a saved record, also without network, without a mouse, without a script."""

import datetime as dt
import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from activities.actions import activities as actions
from activities.models import Activity
from orgs.models import Role, User
from tests.builders import PASSWORD, make_member, make_organisation, make_user

from .conftest import watch

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]
PHONE = {"width": 375, "height": 812}
NAMES = [
    "张明", "李华", "王芳", "赵强", "陈静", "刘洋", "杨帆", "黄磊", "周敏", "吴昊", "徐丽", "孙凯", "朱琳", "马超",
    "胡斌", "郭涛", "何雪", "高翔", "罗兰", "梁宇", "宋佳",
]  # fmt: skip
AWAY = {"陈静": "出差", "孙凯": "病假", "高翔": "缺席"}
TITLE = "走进中试平台：卡点攻关现场会"


@pytest.fixture
def branch():
    """21 members, and a record of last month, from which the habits are."""
    branch = make_organisation(make_organisation(name="科学城综合党委"), name="机器人谷联合党支部")
    for name in NAMES:
        make_member(branch, name=name)
    make_user(Role.SECRETARY, branch, username="secretary", display_name="张明")
    start = timezone.localtime().replace(hour=9, minute=0, second=0, microsecond=0) - dt.timedelta(days=33)
    actions.record_activity(
        organisation=branch,
        kinds=("theme_day",),
        values={
            "title": "学习会",
            "starts_at": start,
            "ends_at": start + dt.timedelta(minutes=90),
            "place": "党群服务站",
            "chair_name": "张明",
            "recorder_name": "李华",
        },
        counts={"expected": 21, "present": 21},
        by=User.objects.system(),
    )
    return branch


class Taps:
    """Counts what a finger does."""

    def __init__(self):
        self.count = 0

    def on(self, locator):
        self.count += 1
        locator.click()


def sign_in(page, live_server, taps):
    page.goto(f"{live_server.url}/accounts/login/")
    taps.on(page.get_by_label("用户名"))
    page.keyboard.type("secretary")
    taps.on(page.get_by_label("密码"))
    page.keyboard.type(PASSWORD)
    taps.on(page.get_by_role("button", name="登录"))
    page.wait_for_url(lambda url: "/login/" not in url)


def person(page, name):
    return page.locator(".chip-person", has_text=name)


def reason(page, name, why):
    return page.get_by_role("radiogroup", name=f"{name}未到会的原因").locator(".chip", has_text=why)


def tap_away(page, taps, away=AWAY):
    for name, why in away.items():
        taps.on(person(page, name))
        taps.on(reason(page, name, why))


def stored():
    return Activity.objects.exclude(title="学习会").get()


def check(activity):
    assert (activity.expected, activity.present, activity.on_leave, activity.absent) == (21, 18, 2, 1)
    rows = activity.attendances.exclude(state="present").values_list("member__name", "state", "reason")
    assert set(rows) == {("陈静", "leave", "出差"), ("孙凯", "leave", "病假"), ("高翔", "absent", "")}


def open_entry(page, live_server, taps):
    sign_in(page, live_server, taps)
    taps.on(page.get_by_role("link", name="记活动").first)
    page.wait_for_url(re.compile("/record/"))


def test_twelve_taps_and_one_line(page, live_server, branch):
    """S19: 18 of 21 at a theme day, with why the three others were away."""
    page.set_viewport_size(PHONE)
    taps = Taps()
    open_entry(page, live_server, taps)
    expect(page.get_by_role("checkbox", name="主题党日")).to_be_checked()
    expect(page.get_by_label("地点")).to_have_value("党群服务站")

    taps.on(page.get_by_label("主题", exact=True))
    page.keyboard.type(TITLE)
    tap_away(page, taps)
    expect(page.locator("[data-here]")).to_have_text("18")
    expect(page.locator(".record-achieves")).to_contain_text("主题党日 完成")
    taps.on(page.get_by_role("button", name="保存", exact=True))

    expect(page.get_by_role("heading", name=TITLE)).to_be_visible()
    expect(page.locator(".alert-success")).to_contain_text("已保存")
    activity = stored()
    assert [kind.kind for kind in activity.kinds.all()] == ["theme_day"]
    assert (activity.place, activity.chair_name, activity.recorder_name) == ("党群服务站", "张明", "李华")
    check(activity)
    assert taps.count <= 12
    assert page.evaluate("document.scrollingElement.scrollWidth") <= PHONE["width"]


def test_what_a_lost_connection_interrupts_is_sent_once(page, live_server, branch, context):
    page.set_viewport_size(PHONE)
    taps = Taps()
    open_entry(page, live_server, taps)
    page.get_by_label("主题", exact=True).fill(TITLE)
    tap_away(page, taps)
    context.set_offline(True)
    page.get_by_role("button", name="保存", exact=True).click()

    expect(page.get_by_text("没有网络")).to_be_visible()
    expect(page.get_by_label("主题", exact=True)).to_have_value(TITLE)
    assert Activity.objects.count() == 1
    kept = page.evaluate(
        "async () => JSON.stringify([{...localStorage}, {...sessionStorage}, await indexedDB.databases()])"
    )
    assert kept == "[{},{},[]]"
    context.set_offline(False)

    expect(page.get_by_role("heading", name=TITLE)).to_be_visible()
    check(stored())


@pytest.mark.parametrize(
    ("status", "words"), [(500, "系统出错"), (429, "过于频繁"), (403, "没有为该党组织登记")]
)
def test_a_refusal_that_is_no_form_keeps_what_was_typed(page, live_server, branch, status, words):
    page.set_viewport_size(PHONE)
    taps = Taps()
    open_entry(page, live_server, taps)
    page.get_by_label("主题", exact=True).fill(TITLE)
    tap_away(page, taps)
    page.route("**/record/**", lambda route: route.fulfill(status=status, body="<main>refused</main>"))
    page.get_by_role("button", name="保存", exact=True).click()

    expect(page.get_by_text(words)).to_be_visible()
    expect(page.get_by_label("主题", exact=True)).to_have_value(TITLE)
    page.unroute("**/record/**")
    page.get_by_role("button", name="保存", exact=True).click()

    expect(page.get_by_role("heading", name=TITLE)).to_be_visible()
    check(stored())


def test_an_answer_that_is_lost_does_not_store_twice(page, live_server, branch):
    """The record arrives, its answer does not: the second sending finds what the first one stored."""
    page.set_viewport_size(PHONE)
    open_entry(page, live_server, Taps())
    page.get_by_label("主题", exact=True).fill(TITLE)
    lost = []

    def lose(route):
        if route.request.method == "POST" and not lost:
            lost.append(route.fetch().status)
            route.abort()
        else:
            route.continue_()

    page.route("**/activities/record/**", lose)
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_text("没有网络")).to_be_visible()
    assert lost == [200]
    page.evaluate("window.dispatchEvent(new Event('online'))")

    expect(page.locator(".alert-success").last).to_contain_text("此前已保存，未重复登记")
    assert stored().entries.count() == 1


def test_another_kind_draws_the_roll_anew_and_keeps_the_taps(page, live_server, branch):
    open_entry(page, live_server, Taps())
    person(page, "陈静").click()
    reason(page, "陈静", "其他").click()
    page.get_by_label("陈静未到会的原因，写明").fill("参加市里培训")
    with page.expect_response(re.compile("/record/roll/")):
        page.locator(".chip", has_text="党课").first.click()
    expect(page.locator("[data-here]")).to_have_text("20")
    expect(page.get_by_label("陈静未到会的原因，写明")).to_have_value("参加市里培训")
    expect(page.locator(".record-achieves")).to_contain_text("党课")
    page.get_by_role("button", name="保存", exact=True).click()

    page.wait_for_url(re.compile(r"/activities/\d+/"))
    rows = stored().attendances.exclude(state="present").values_list("state", "reason")
    assert list(rows) == [("leave", "参加市里培训")]


def test_without_a_reason_nothing_is_saved(page, live_server, branch):
    open_entry(page, live_server, Taps())
    person(page, "陈静").click()
    page.get_by_role("button", name="保存", exact=True).click()

    expect(page.get_by_text("请选择陈静未到会的原因")).to_be_visible()
    assert Activity.objects.count() == 1


def test_the_keyboard_alone_records(page, live_server, branch):
    open_entry(page, live_server, Taps())
    page.get_by_label("主题", exact=True).focus()
    page.keyboard.type(TITLE)
    page.get_by_role("checkbox", name="陈静").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(reason(page, "陈静", "事假").locator("input")).to_be_checked()
    page.keyboard.press("Control+Enter")

    page.wait_for_url(re.compile(r"/activities/\d+/"))
    assert stored().attendances.get(state="leave").reason == "事假"


def test_recording_needs_no_script(browser, browser_context_args, live_server, branch):
    context = browser.new_context(**browser_context_args | {"viewport": PHONE}, java_script_enabled=False)
    page = context.new_page()
    foreign, _ = watch(page, live_server.url)
    taps = Taps()
    open_entry(page, live_server, taps)
    page.get_by_label("主题", exact=True).fill(TITLE)
    tap_away(page, taps)
    page.get_by_role("button", name="保存", exact=True).click()

    expect(page.get_by_role("heading", name=TITLE)).to_be_visible()
    check(stored())
    context.close()
    assert foreign == []
