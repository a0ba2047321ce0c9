"""The dashboard in a browser: charts under the strict content policy, bars that open lists, sorting in place."""

import re

import pytest
from django.conf import settings
from playwright.sync_api import expect

from orgs.models import CoverageMethod
from tests.builders import cover, make_area, make_enterprise, make_organisation, make_park, make_user

pytestmark = pytest.mark.once


@pytest.fixture
def dashboard(page, live_server, client_for):
    """The page as a leader sees it: two areas, covered to 100 and to 0 per cent."""
    root = make_organisation()
    for name in ("东片区", "西片区"):
        park = make_park(area=make_area(name=name))
        unit = make_enterprise(park=park, name=f"{name}企业")
        if name == "东片区":
            cover(unit, root, CoverageMethod.JOINT)
    session = client_for(make_user("leader", root)).cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}]
    )
    page.goto(f"{live_server.url}/dashboard/")
    return page


def test_charts_are_drawn_and_a_bar_opens_its_list(dashboard):
    chart = dashboard.locator("[data-chart=areas] svg")
    expect(chart).to_be_visible()
    expect(dashboard.locator("[data-chart] svg")).to_have_count(3)

    box = chart.bounding_box()
    dashboard.mouse.move(box["x"] + 150, box["y"] + 40)  # with the tooltip, which may not style itself inline
    dashboard.wait_for_timeout(300)
    dashboard.mouse.click(box["x"] + 150, box["y"] + 40)

    dashboard.wait_for_url(re.compile(r"/enterprises/\?.*coverage=organisation"))
    expect(dashboard.get_by_text("东片区企业").first).to_be_visible()


def test_sorting_parks_changes_the_table_alone(dashboard):
    dashboard.evaluate("window.untouched = true")

    dashboard.locator("#parks").get_by_role("link", name="组织覆盖率").click()

    dashboard.wait_for_url(re.compile(r"sort=organisation_rate"))
    expect(dashboard.locator("#parks tbody tr").first).to_contain_text("0.0%")
    assert dashboard.evaluate("window.untouched")
    expect(dashboard.locator("[data-chart] svg")).to_have_count(3)


def test_the_page_fits_a_phone(dashboard):
    dashboard.set_viewport_size({"width": 375, "height": 800})
    dashboard.reload()
    expect(dashboard.locator("[data-chart=areas] svg")).to_be_visible()

    assert dashboard.evaluate("document.documentElement.scrollWidth") == 375


def test_parts_come_without_moving_anything(dashboard):
    """The page is as tall before they have come as after."""
    dashboard.route("**/dashboard/parts/**", lambda route: route.abort())
    dashboard.reload()
    expect(dashboard.locator(".part-coming")).to_have_count(5)
    before = dashboard.locator(".parts").bounding_box()["height"]

    dashboard.unroute("**/dashboard/parts/**")
    dashboard.reload()
    expect(dashboard.locator(".part-coming")).to_have_count(0)

    assert dashboard.locator(".parts").bounding_box()["height"] == before
    expect(dashboard.locator("#part-duties")).to_be_visible()


def test_the_wall_turns_its_boards_and_keeps_the_last_figures(dashboard, live_server):
    dashboard.clock.install()
    dashboard.goto(f"{live_server.url}/dashboard/wall/")
    first, second = (dashboard.locator(f".board-{number}") for number in (1, 2))
    expect(first).to_be_visible()
    dashboard.clock.run_for(21_000)
    expect(second).to_be_visible()
    expect(first).to_be_hidden()
    for width, height in ((1920, 1080), (3840, 2160)):
        dashboard.set_viewport_size({"width": width, "height": height})
        assert dashboard.evaluate(
            "[document.scrollingElement.scrollWidth, document.scrollingElement.scrollHeight]"
        ) == [width, height]

    dashboard.context.set_offline(True)
    dashboard.clock.run_for(60_000)
    expect(dashboard.locator("#wall-state")).to_contain_text("连接中断，显示的是")
    expect(dashboard.locator(".wall-value").first).to_have_text("50.0%")

    dashboard.context.set_offline(False)
    dashboard.clock.run_for(60_000)
    expect(dashboard.locator("#wall-state")).to_have_text("")

    dashboard.context.clear_cookies()
    dashboard.clock.run_for(60_000)
    expect(dashboard.locator("#wall-state")).to_contain_text("登录已失效")
    expect(dashboard.locator(".wall-value").first).to_have_text("50.0%")


def test_without_scripts_the_tables_stand_open(browser, dashboard):
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies(dashboard.context.cookies())
    page = context.new_page()

    page.goto(dashboard.url)

    expect(page.get_by_role("rowheader", name="东片区").first).to_be_visible()
    expect(page.locator("[data-chart=areas]")).to_be_hidden()
    context.close()
