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


def test_without_scripts_the_tables_stand_open(browser, dashboard):
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies(dashboard.context.cookies())
    page = context.new_page()

    page.goto(dashboard.url)

    expect(page.get_by_role("rowheader", name="东片区").first).to_be_visible()
    expect(page.locator("[data-chart=areas]")).to_be_hidden()
    context.close()
