"""Without a mouse, without JavaScript, and on paper."""

import pytest
from playwright.sync_api import expect

from imports.models import ImportRun, RunState
from orgs.kinds import OrganisationKind
from orgs.models import Role
from tests.builders import (
    PASSWORD,
    cover,
    make_area,
    make_cluster,
    make_enterprise,
    make_organisation,
    make_park,
    make_user,
)
from tests.imports.helpers import stage, workbook

from .conftest import watch

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


@pytest.fixture
def officer():
    """Of a top organisation with an area committee and a branch, and two enterprises, one of them covered."""
    area, cluster = make_area(name="北片区"), make_cluster(name="机器人")
    park = make_park(area=area, name="北蔡智谷")
    top = make_organisation(name="科学城综合党委")
    committee = make_organisation(top, OrganisationKind.AREA_COMMITTEE, area=area, name="北片区党委")
    branch = make_organisation(committee, park=park, name="北蔡智谷党支部")
    make_organisation(branch, OrganisationKind.PARTY_GROUP, name="第一党小组")
    cover(make_enterprise(name="上海甲机器人有限公司", park=park, cluster=cluster), branch)
    make_enterprise(name="上海乙机器人有限公司", park=park, cluster=cluster)
    return make_user(Role.OFFICER, top, username="officer", display_name="江枫")


def sign_in(page, live_server):
    page.goto(f"{live_server.url}/accounts/login/")
    page.get_by_label("用户名").fill("officer")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_label("密码").press("Enter")
    expect(page.get_by_role("heading", name="江枫")).to_be_visible()
    page.wait_for_load_state()  # the scripts run last


# --- Keyboard ------------------------------------------------------------------------------------------


def test_slash_goes_to_the_search_and_enter_searches(page, live_server, officer):
    sign_in(page, live_server)

    page.keyboard.press("/")
    expect(page.get_by_role("combobox", name="搜索组织、企业")).to_be_focused()
    page.keyboard.type("甲机器人/")
    expect(page.get_by_role("combobox", name="搜索组织、企业")).to_have_value("甲机器人/")
    page.keyboard.press("Backspace")
    page.keyboard.press("Enter")

    expect(page.get_by_role("link", name="上海甲机器人有限公司")).to_be_visible()


def test_results_come_while_one_types_and_arrows_choose_one(page, live_server, officer):
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "/search/" in request.url else None)
    sign_in(page, live_server)
    page.keyboard.press("/")

    page.keyboard.type("bczg")

    box = page.get_by_role("combobox", name="搜索组织、企业")
    expect(page.get_by_role("option", name="北蔡智谷党支部")).to_be_visible()
    expect(box).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("option", name="全部结果")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("option", name="北蔡智谷党支部")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="北蔡智谷党支部", level=1)).to_be_visible()

    asked.clear()
    page.keyboard.press("/")
    page.keyboard.type("19900001234")
    page.wait_for_timeout(500)  # longer than the box waits for more letters
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="北蔡智谷党支部", level=1)).to_be_visible()
    assert asked == []


def test_the_first_tab_leads_past_the_menu(page, live_server, officer):
    sign_in(page, live_server)
    page.goto(f"{live_server.url}/enterprises/")

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="跳到正文")).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.locator("main")).to_be_focused()


def test_the_tree_opens_and_closes_with_the_keyboard(page, live_server, officer):
    sign_in(page, live_server)
    page.goto(f"{live_server.url}/organisations/")
    committee = page.get_by_role("link", name="北片区党委")
    branch = page.get_by_role("link", name="北蔡智谷党支部")
    expect(branch).to_be_hidden()

    committee.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(branch).to_be_visible()
    page.keyboard.press("Enter")
    expect(branch).to_be_hidden()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(branch).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="北蔡智谷党支部")).to_be_visible()


def test_the_menu_of_the_account_closes_with_escape(page, live_server, officer):
    sign_in(page, live_server)
    menu = page.locator(".user-menu summary")

    menu.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="登录设备")).to_be_visible()
    page.keyboard.press("Escape")

    expect(page.get_by_role("link", name="登录设备")).to_be_hidden()


def test_the_menu_of_a_phone_opens_with_the_keyboard(page, live_server, officer):
    page.set_viewport_size({"width": 375, "height": 812})
    sign_in(page, live_server)
    entry = page.get_by_role("link", name="覆盖台账").first

    page.get_by_role("link", name="菜单", exact=True).focus()
    page.keyboard.press("Enter")

    expect(page.locator(".sidebar")).to_be_in_viewport()
    expect(entry).to_be_visible()


# --- Without JavaScript --------------------------------------------------------------------------------


@pytest.fixture
def plain(browser, browser_context_args, live_server):
    """A browser that runs no script."""
    context = browser.new_context(**browser_context_args, java_script_enabled=False)
    page = context.new_page()
    foreign, _ = watch(page, live_server.url)
    yield page
    context.close()
    assert foreign == []


def test_signing_in_filtering_and_paging_need_no_script(plain, live_server, officer):
    for number in range(60):
        make_enterprise(name=f"上海丙{number:02}数据有限公司")
    sign_in(plain, live_server)
    plain.get_by_role("link", name="企业名录").click()

    plain.get_by_role("link", name="下一页").click()
    expect(plain.get_by_text("上海丙59数据有限公司")).to_be_visible()
    plain.get_by_label("名称、代码或曾用名").fill("甲机器人")
    plain.get_by_role("button", name="筛选", exact=True).click()

    expect(plain.get_by_role("link", name="上海甲机器人有限公司")).to_be_visible()
    expect(plain.get_by_text("上海丙59数据有限公司")).to_be_hidden()


def test_the_tree_and_the_dashboard_need_no_script(plain, live_server, officer):
    sign_in(plain, live_server)
    plain.goto(f"{live_server.url}/organisations/")
    plain.locator("summary[aria-label^=北片区党委]").click()
    plain.get_by_role("link", name="展开下级组织").first.click()
    expect(plain.get_by_role("link", name="北蔡智谷党支部")).to_be_visible()

    plain.goto(f"{live_server.url}/dashboard/")
    expect(plain.get_by_role("row", name="机器人 2 1 50.0%")).to_be_visible()


def test_the_wizard_needs_no_script(plain, live_server, officer, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    rows = [("东片智谷", "北片区", "机器人", ""), ("西片智谷", "北片区", "机器人", "")]
    run = stage("parks", workbook(("名称", "所属片区", "主导产业集群", "上级园区"), *rows), by=officer)
    sign_in(plain, live_server)
    plain.goto(f"{live_server.url}/imports/{run.pk}/")

    plain.get_by_role("link", name="列对应").click()
    expect(plain.locator("[aria-current=step]")).to_have_text("识别列")
    plain.get_by_role("link", name="返回预览").click()
    plain.get_by_label("写入第3行").uncheck()
    plain.get_by_role("button", name="保存本页勾选").click()
    expect(plain.locator("#decide")).to_contain_text("写入 1 条")
    plain.get_by_role("button", name="写入 1 条").click()

    expect(plain.locator("[aria-current=step]")).to_have_text("写入")
    expect(plain.get_by_role("link", name="刷新")).to_be_visible()
    assert ImportRun.objects.get().state == RunState.APPLYING


# --- On paper ------------------------------------------------------------------------------------------


def test_a_printed_dashboard_is_without_menus_and_with_the_tables(page, live_server, officer):
    sign_in(page, live_server)
    page.goto(f"{live_server.url}/dashboard/")

    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")

    for hidden in (".sidebar", ".topbar", ".page-actions", ".dashboard-choice"):
        expect(page.locator(hidden)).to_be_hidden()
    expect(page.locator("h1")).to_be_visible()
    expect(page.locator("[data-measure=organisation_coverage]")).to_contain_text("50.0%")
    expect(page.get_by_role("row", name="机器人 2 1 50.0%")).to_be_visible()
