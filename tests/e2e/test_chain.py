"""The first month of a new portal, as an administrator does it in the browser, against the real processes."""

import contextlib
import json
import re
from collections import Counter
from pathlib import Path

import pytest
from playwright.sync_api import Error, expect

from tests.builders import PASSWORD
from tests.processes import Portal, own_servers

from .conftest import watch

SAMPLES = Path(__file__).resolve().parent.parent / "samples"
EXPECTED = json.loads((SAMPLES / "expected.json").read_text())
JOB_SECONDS = 60
PREVIEW, STEP, RESULT = ".import-stats", ".import-progress-step", ".import-equation"


@pytest.fixture
def portal(tmp_path):
    with own_servers(tmp_path / "var") as servers:
        portal = Portal(tmp_path / "var", **servers)
        portal.start()
        portal.wait_for("已启动")
        yield portal
        portal.kill()


@pytest.fixture
def page(context, portal):
    page = context.new_page()
    page.set_default_timeout(15_000)
    foreign, breaches = watch(page, portal.address)
    yield page
    assert foreign == []
    assert breaches == []


def test_the_first_month_in_the_browser(page, portal):
    sign_in_by_invitation(page, portal)

    upload(page, portal, "parks")
    assert preview_figures(page) == {"文件行数": 145, "新增": 145}
    write(page)
    upload(page, portal, "organisations")
    organisations = EXPECTED["organisations"]["rows"]
    # The top organisation came with the administrator; the register fills in the rest of it.
    assert preview_figures(page) == {"文件行数": organisations, "新增": organisations - 1, "变更": 1}
    write(page)

    import_october(page, portal)
    upload(page, portal, "coverage-2026-10")
    assert preview_figures(page) == {"文件行数": 8441, "新增": 8441}
    write(page)
    october = dashboard(page, portal)
    check_against_the_agreed_figures(october)

    november = import_november(page, portal)
    assert dashboard(page, portal) != october
    undo(page, november)
    assert dashboard(page, portal) == october


# --- Signing in ----------------------------------------------------------------------------------------


def sign_in_by_invitation(page, portal):
    printed = portal.manage(
        "create_administrator", "first", "安管平", "--code", "ZJ-0001", "--name", "科学城综合党委",
        "--address", portal.address,
    )  # fmt: skip
    page.goto(re.search(r"http://\S+", printed)[0])
    page.locator("[name=new_password1]").fill(PASSWORD)
    page.locator("[name=new_password2]").fill(PASSWORD)
    page.locator("main [type=submit]").click()
    page.wait_for_url("**/accounts/login/")
    page.get_by_label("用户名").fill("first")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("heading", name="安管平")).to_be_visible()


# --- The wizard ----------------------------------------------------------------------------------------


def upload(page, portal, stem, *, full_list=False):
    """Ends on the preview; returns the steps that were seen on the way."""
    page.goto(f"{portal.address}/imports/new/?kind={stem.split('-')[0]}")
    page.locator("[type=file]").set_input_files(SAMPLES / f"{stem}.xlsx")
    if full_list:
        page.get_by_label("全量名单").check()
    page.get_by_role("button", name="上传并比对").click()
    return watch_progress(page, PREVIEW)


def watch_progress(page, end):
    """Waits for `end`; the page loads anew under way, which ends a question that is being asked."""
    seen = set()
    for _ in range(JOB_SECONDS * 20):
        with contextlib.suppress(Error):
            if page.locator(end).count():
                return seen
            seen |= {" ".join(text.split()) for text in page.locator(STEP).all_inner_texts()}
        page.wait_for_timeout(50)
    raise AssertionError(page.locator("main").inner_text())


def preview_figures(page):
    """Label → number of the cards above the rows, without noughts."""
    labels = page.locator(f"{PREVIEW} .stat-label").all_inner_texts()
    values = page.locator(f"{PREVIEW} .stat-value").all_inner_texts()
    figures = zip(labels, map(number, values), strict=True)
    return {label: value for label, value in figures if value}


def number(text):
    digits = re.sub(r"\D", "", text)
    return int(digits) if digits else None


def write(page):
    page.get_by_role("button", name=re.compile("写入 .* 条")).click()
    watch_progress(page, RESULT)


def import_october(page, portal):
    wanted = EXPECTED["enterprises-2026-10"]
    seen = upload(page, portal, "enterprises-2026-10")
    # How many of the named steps an eye catches depends on the machine; that it sees the work going on does not.
    assert seen
    assert preview_figures(page) == {"文件行数": 9130, "新增": wanted["valid"], "错误": 46}
    check_rejected_rows(page, wanted["errors"])
    write(page)
    assert equation(page) == "读取 9,130 行 = 新增 9,084 + 变更 0 + 未变 0 + 跳过 0 + 错误 46"


def equation(page):
    return " ".join(page.locator(RESULT).inner_text().split())


def check_rejected_rows(page, errors):
    """The tab with the faults opens first and holds all of them on one page."""
    rows = page.locator(".import-table tbody tr.outcome-rejected > td.num").all_inner_texts()
    assert [row.strip() for row in rows] == sorted(errors, key=int)
    options = page.locator("#rows-reason option").evaluate_all(
        "options => options.map(option => [option.value, option.text])"
    )
    offered = {code: number(text) for code, text in options if code}
    assert offered == Counter(errors.values())


def import_november(page, portal):
    """Returns the address of the result."""
    wanted = EXPECTED["enterprises-2026-11"]
    upload(page, portal, "enterprises-2026-11", full_list=True)
    assert preview_figures(page) == {
        "文件行数": wanted["rows"],
        "新增": wanted["new"],
        "变更": wanted["changed"],
        "未变": wanted["unchanged"],
        "缺失": wanted["missing"],
    }
    write(page)
    assert equation(page) == "读取 9,241 行 = 新增 214 + 变更 1,036 + 未变 7,991 + 跳过 0 + 错误 0"
    expect(page.locator(".alert-success")).to_contain_text("缺失 57 条转为摸排任务")
    return page.url


def undo(page, address):
    page.goto(address)
    page.get_by_role("link", name="撤销本次导入").click()
    expect(page.locator("main")).to_contain_text("移除本次新增的 214 条")
    page.get_by_role("button", name="确认撤销").click()
    watch_progress(page, ".alert-info")
    expect(page.locator(".alert-info")).to_contain_text(
        "恢复 1,036 条变更前的内容，移除 214 条新增，保留 0 条"
    )


# --- The dashboard -------------------------------------------------------------------------------------


def dashboard(page, portal):
    """Every number of the cards, and of the table by cluster."""
    page.goto(f"{portal.address}/dashboard/")
    cards = page.locator("[data-measure]").evaluate_all(
        "cards => cards.map(card => [card.dataset.measure, card.querySelector('.stat-note').textContent])"
    )
    rows = page.locator("section:has([data-chart=clusters]) .chart-table tbody tr").evaluate_all(
        "rows => rows.map(row => [...row.cells].map(cell => cell.textContent.trim()))"
    )
    return {
        "cards": {code: [number(part) for part in note.split("家")[0].split("/")] for code, note in cards},
        "clusters": {row[0]: [number(row[column]) for column in (1, 2, 4)] for row in rows},
    }


def check_against_the_agreed_figures(shown):
    wanted = EXPECTED["coverage"]
    active = wanted["active_enterprises"]
    assert shown["cards"]["organisation_coverage"] == [wanted["organisation_covered"], active]
    assert shown["cards"]["work_coverage"] == [wanted["work_covered"], active]
    assert shown["clusters"] == wanted["by_cluster_active_org_work"]
