"""The import in the browser, from choosing a file to taking it back."""

import io
import re
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from imports import actions, jobs
from imports.models import ColumnMapping, ImportRun, Job, JobState, Outcome, RunState
from orgs.models import AuditAction, AuditEvent, Enterprise, Organisation, Park, Role, SurveyRound
from tests import builders
from tests.imports.helpers import apply, stage, workbook

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
HEADERS = ("企业名称", "统一社会信用代码", "登记状态", "从业人数", "党员人数", "联系电话")
PHONE = "19900001234"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def top():
    return builders.make_organisation()


@pytest.fixture
def clerk(top):
    return builders.make_user(Role.ADMINISTRATOR, top)


@pytest.fixture
def client(client_for, clerk):
    return client_for(clerk)


def line(name, code=None, employees=10, members=1, phone=PHONE):
    return (name, code or builders.credit_code(), "存续", employees, members, phone)


def upload(client, kind, content, name="名单.xlsx", **data):
    upload = SimpleUploadedFile(name, content)
    return client.post(f"{reverse('imports:upload')}?kind={kind}", {"file": upload, **data})


def newest() -> ImportRun:
    return ImportRun.objects.order_by("-pk").first()


def work(run) -> ImportRun:
    """What the worker would do."""
    run.refresh_from_db()
    jobs.run(run.job_id)
    run.refresh_from_db()
    return run


def staged_through_browser(client, kind, content, **data) -> ImportRun:
    response = upload(client, kind, content, **data)
    assert response.status_code == 302, response.content.decode()
    return work(newest())


def url(run, name="run", *args):
    return reverse(f"imports:{name}", args=[run.pk, *args])


def text(response) -> str:
    return response.content.decode()


def words(response) -> str:
    """Without tags and line breaks, so that sentences can be looked for."""
    return re.sub(r"\s+", "", re.sub(r"<[^>]+>", "", text(response)))


# --- The whole way with the real lists ------------------------------------------------------------------


def test_two_months_from_upload_to_undo(client):
    for kind, name in (("parks", "parks"), ("organisations", "organisations")):
        run = staged_through_browser(client, kind, (SAMPLES / f"{name}.xlsx").read_bytes())
        client.post(url(run, "run-apply"))
        assert work(run).state == RunState.APPLIED, run.error
    october = staged_through_browser(
        client, "enterprises", (SAMPLES / "enterprises-2026-10.xlsx").read_bytes(), full_list="on"
    )
    page = client.get(url(october))
    assert "写入9,084条：新增9,084，变更0；缺失0条转为摸排任务；错误46行不写入。" in words(page)
    assert len(page.content) < 200_000
    assert "园区不存在（" in text(page)

    client.post(url(october, "run-apply"), {"mode": "valid"})
    assert "正在写入登记册" in text(client.get(url(october)))
    work(october)
    result = client.get(url(october))
    assert "读取9,130行=新增9,084+变更0+未变0+跳过0+错误46" in words(result)
    round_ = SurveyRound.objects.get(run=october)
    assert reverse("orgs:survey-round", args=[round_.pk]) in text(result)

    november = staged_through_browser(
        client, "enterprises", (SAMPLES / "enterprises-2026-11.xlsx").read_bytes(), full_list="on"
    )
    page = client.get(url(november))
    assert "写入1,250条：新增214，变更1,036；缺失57条转为摸排任务" in words(page)
    assert "<del>" in text(page)
    assert len(page.content) < 200_000
    client.post(url(november, "run-apply"))
    work(november)
    someone = Enterprise.objects.filter(
        pk__in=november.staged.filter(outcome=Outcome.CHANGED).values("object_pk")
    ).first()
    Enterprise.objects.filter(pk=someone.pk).update(employees=7777, updated_at=timezone.now())

    question = words(client.get(url(november, "run-undo")))
    assert "移除本次新增的214条" in question
    assert "把本次变更的1,035条恢复" in question
    assert "1条在写入之后又有改动" in question
    client.post(url(november, "run-undo"))
    work(november)
    undone = client.get(url(november))
    assert "恢复1,035条变更前的内容，移除214条新增，保留1条" in words(undone)
    assert someone.name in text(undone)
    assert "又被修改，保留现值" in text(undone)
    assert Enterprise.objects.count() == 9084


# --- Upload ---------------------------------------------------------------------------------------------


def test_upload_page_shows_the_order_and_what_is_there(client):
    builders.make_park()

    page = client.get(reverse("imports:upload"))

    assert "园区名录→党组织名册→企业名单→覆盖台账" in words(page)
    assert "已有1条" in words(page)
    assert 'href="?kind=enterprises"\n' in text(page).replace("\r", "")


def test_only_enterprises_offer_a_full_list(client):
    assert 'name="full_list"' in text(client.get(reverse("imports:upload") + "?kind=enterprises"))
    assert 'name="full_list"' not in text(client.get(reverse("imports:upload") + "?kind=parks"))


def test_the_same_form_sent_twice_starts_one_import(client):
    content = workbook(HEADERS, line("上海甲科技有限公司"))
    token = "7d1f8f5a-9d0c-4f5e-9a55-3c2f3f0f5a11"

    first = upload(client, "enterprises", content, token=token)
    second = upload(client, "enterprises", content, token=token)

    assert ImportRun.objects.count() == 1
    assert first.url == second.url == url(newest())


def test_an_upload_without_file_or_with_a_future_date_is_explained(client):
    tomorrow = timezone.localdate() + timezone.timedelta(days=1)

    empty = client.post(reverse("imports:upload") + "?kind=parks", {})
    late = upload(client, "parks", b"x", as_of=tomorrow.isoformat())

    assert empty.status_code == late.status_code == 422
    assert "请选择要导入的文件" in text(empty)
    assert "数据日期晚于今天" in text(late)
    assert not ImportRun.objects.exists()


def test_a_file_over_the_limit_is_refused_before_it_is_kept(client, settings):
    settings.IMPORT_MAX_BYTES = 1024 * 1024

    response = upload(client, "parks", b"x" * (1024 * 1024 + 1))

    assert "文件超过1MB" in text(response)
    assert not ImportRun.objects.exists()


def test_the_same_file_written_before_is_announced(client, clerk):
    content = workbook(HEADERS, line("上海甲科技有限公司"))
    before = apply(stage("enterprises", content, by=clerk))

    again = staged_through_browser(client, "enterprises", content)

    page = client.get(url(again))
    assert f"同一个文件已由{clerk}于" in words(page)
    assert url(before) in text(page)
    assert "没有要写入的行，登记册不会改动" in words(page)


# --- Waiting --------------------------------------------------------------------------------------------


def waiting(client) -> ImportRun:
    upload(client, "enterprises", workbook(HEADERS, line("上海甲科技有限公司")))
    return newest()


def htmx(client, address):
    return client.get(address, headers={"HX-Request": "true"})


def test_progress_is_shown_while_the_job_runs_and_the_page_reloads_at_its_end(client):
    run = waiting(client)
    Job.objects.filter(pk=run.job_id).update(
        state=JobState.RUNNING, heartbeat_at=timezone.now(), step="检查各列", progress=3, total=12
    )

    during = htmx(client, url(run, "run-progress"))
    Job.objects.filter(pk=run.job_id).update(state=JobState.QUEUED)
    work(run)
    after = htmx(client, url(run, "run-progress"))

    assert "检查各列3/12" in words(during)
    assert 'hx-trigger="every 700ms"' in text(during)
    assert "未响应" not in text(during)
    assert after.headers["HX-Refresh"] == "true"
    assert client.get(url(run, "run-progress")).url == url(run)


def test_a_silent_worker_is_named(client):
    run = waiting(client)
    long_ago = timezone.now() - timezone.timedelta(seconds=30)
    Job.objects.filter(pk=run.job_id).update(state=JobState.RUNNING, heartbeat_at=long_ago)

    assert "后台程序未响应，正在等待重新启动" in text(client.get(url(run)))


def test_a_failed_job_says_why_and_can_be_tried_again(client):
    run = waiting(client)
    Job.objects.filter(pk=run.job_id).update(state=JobState.FAILED, error="后台程序多次中断，请重新提交。")

    page = htmx(client, url(run, "run-progress"))
    shown = client.get(url(run))
    client.post(url(run, "run-retry"))
    run = work(run)

    assert page.headers["HX-Refresh"] == "true"
    assert "后台程序多次中断" in text(shown)
    assert "hx-get" not in text(shown).split('id="progress"')[1].split(">")[0]
    assert url(run, "run-retry") in text(shown)
    assert run.state == RunState.STAGED


def test_a_run_whose_job_still_works_is_not_started_again(client):
    run = waiting(client)

    response = client.post(url(run, "run-retry"), follow=True)

    assert "不能进行此操作" in text(response)
    assert Job.objects.count() == 1


# --- Columns --------------------------------------------------------------------------------------------

STRANGE = ("企业名称", "代码（18位）号", "登记状态", "人手", "党员人数", "联系电话")


def test_columns_that_nobody_knows_are_assigned_by_hand_and_remembered(client):
    rows = [line("上海甲科技有限公司"), line("上海乙科技有限公司")]
    run = staged_through_browser(client, "enterprises", workbook(STRANGE, *rows))
    assert run.state == RunState.UPLOADED
    page = client.get(url(run), follow=True)
    assert "缺少必需的列：统一社会信用代码" in words(page)
    assert "上海甲科技有限公司" in text(page)
    assert PHONE not in text(page)

    chosen = {f"column-{p}": name for name, p in run.mapping.items()}
    response = client.post(url(run, "run-columns"), chosen | {"column-1": "credit_code"})
    assert response.url == url(run)
    run = work(run)
    assert (run.state, run.counts["new"]) == (RunState.STAGED, 2)

    again = staged_through_browser(client, "enterprises", workbook(STRANGE, line("上海丙科技有限公司")))
    assert again.state == RunState.STAGED
    assert ColumnMapping.objects.count() == 1


def test_one_field_for_two_columns_and_a_lacking_one_are_refused(client):
    run = staged_through_browser(client, "enterprises", workbook(HEADERS, line("上海甲科技有限公司")))

    twice = client.post(url(run, "run-columns"), {"column-0": "name", "column-1": "name"})
    lacking = client.post(url(run, "run-columns"), {"column-0": "name"})

    assert "“企业名称”对应了不止一列" in text(twice)
    assert "必需的列尚未指定：统一社会信用代码" in text(lacking)


# --- Preview --------------------------------------------------------------------------------------------


def preview_of(client, *rows, **data) -> ImportRun:
    return staged_through_browser(client, "enterprises", workbook(HEADERS, *rows), **data)


def test_old_and_new_stand_in_the_cell_and_telephones_are_masked(client):
    code = builders.credit_code()
    Enterprise.objects.bulk_create(
        [Enterprise(name="上海甲科技有限公司", credit_code=code, employees=10, updated_at=timezone.now())]
    )

    run = preview_of(client, line("上海甲科技有限公司", code, employees=25))

    page = text(client.get(url(run)))
    assert "<del>10</del>" in page
    assert "<ins>25</ins>" in page
    assert PHONE not in page
    assert "199****1234" in page


def test_tabs_search_reasons_and_changed_columns_narrow_the_rows(client):
    run = preview_of(
        client,
        line("上海甲科技有限公司"),
        line("上海乙科技有限公司", employees="很多"),
        line("上海丙科技有限公司", members=99),
        line("上海丁科技有限公司", "错"),
    )

    def names(**query):
        return set(re.findall("上海.科技", text(client.get(url(run), query))))

    assert names() == {"上海乙科技", "上海丙科技", "上海丁科技"}  # errors first
    assert names(tab="new") == {"上海甲科技"}
    assert len(names(tab="all")) == 4
    assert names(reason="employees_invalid") == {"上海乙科技"}
    assert names(reason="members_over_employees") == {"上海丙科技"}
    assert names(tab="all", q="丁科") == {"上海丁科技"}
    assert len(names(reason="'; DROP TABLE", after="zzz", tab="nonsense")) == 3


def test_changed_columns_are_counted_and_filtered(client, clerk):
    codes = [builders.credit_code() for _ in range(3)]
    first = [line(f"上海{n}科技有限公司", code) for n, code in zip("甲乙丙", codes, strict=True)]
    apply(stage("enterprises", workbook(HEADERS, *first), by=clerk))

    run = preview_of(
        client,
        line("上海甲科技有限公司", codes[0], employees=11),
        line("上海乙科技有限公司", codes[1], employees=12, members=2),
        line("上海丙科技有限公司", codes[2], members=3),
    )

    page = client.get(url(run))
    assert "从业人数（2）" in words(page)
    assert "党员人数（2）" in words(page)
    shown = text(client.get(url(run), {"tab": "changed", "column": "employees"}))
    assert "上海甲科技" in shown
    assert "上海丙科技" not in shown


def test_rows_are_paged_and_the_page_stays_small(client):
    run = preview_of(client, *(line(f"上海第{n}号虚构科技有限公司") for n in range(120)))

    first = client.get(url(run), {"tab": "new"})
    following = re.search(r'href="\?([^"]*)" rel="next"', text(first))[1].replace("&amp;", "&")
    second = client.get(f"{url(run)}?{following}")

    assert text(first).count("data-tick") == 50
    assert "上海第0号" in text(first)
    assert "上海第50号" in text(second)
    assert "上海第0号" not in text(second)
    assert len(first.content) < 200_000


def test_htmx_gets_the_table_alone(client):
    run = preview_of(client, line("上海甲科技有限公司"))

    response = htmx(client, f"{url(run)}?tab=new")

    assert text(response).lstrip().startswith('<div id="rows">')
    assert "HX-Request" in response.headers["Vary"]


def test_unticked_rows_are_not_written(client):
    run = preview_of(client, line("上海甲科技有限公司"), line("上海乙科技有限公司"))
    first, second = run.staged.order_by("row_number")

    reply = client.post(
        url(run, "run-select"),
        {"shown": [first.pk, second.pk], "ticked": [second.pk]},
        headers={"HX-Request": "true"},
    )
    assert "写入1条：新增1，变更0" in words(reply)
    client.post(url(run, "run-apply"))
    work(run)

    assert list(Enterprise.objects.values_list("name", flat=True)) == ["上海乙科技有限公司"]
    assert "跳过1" in words(client.get(url(run)))


def test_a_whole_class_is_ticked_and_unticked(client):
    run = preview_of(client, line("上海甲科技有限公司"), line("上海乙科技有限公司"))

    client.post(url(run, "run-select"), {"outcome": "new", "tick": "none"})
    assert run.staged.filter(selected=True, outcome="new").count() == 0
    response = client.post(url(run, "run-select"), {"outcome": "new", "tick": "all", "back": "tab=new"})

    assert run.staged.filter(selected=True, outcome="new").count() == 2
    assert response.url == f"{url(run)}?tab=new"


def test_way_back_never_leaves_the_page_of_the_run(client):
    run = preview_of(client, line("上海甲科技有限公司"))

    response = client.post(url(run, "run-select"), {"back": "//evil.example/?x=1", "outcome": "new"})

    assert response.url.startswith(url(run) + "?")


# --- Mending --------------------------------------------------------------------------------------------


def test_a_rejected_row_is_mended_in_place(client):
    run = preview_of(client, line("上海甲科技有限公司", employees="很多"))
    row = run.staged.get()

    form = htmx(client, url(run, "run-row", row.pk) + "?back=tab%3Drejected")
    assert text(form).lstrip().startswith("<tr")
    assert "第4行“从业人数”" in text(form) or "从业人数" in text(form)
    still = client.post(
        url(run, "run-row", row.pk), cells_of(run, row) | {"employees": "更多", "back": "tab=rejected"}
    )
    assert still.url.startswith(url(run, "run-row", row.pk))
    done = client.post(
        url(run, "run-row", row.pk), cells_of(run, row) | {"employees": "25", "back": "tab=rejected"}
    )

    assert done.url == f"{url(run)}?tab=rejected"
    row.refresh_from_db()
    assert row.outcome == Outcome.NEW
    client.post(url(run, "run-apply"))
    work(run)
    enterprise = Enterprise.objects.get()
    assert (enterprise.employees, enterprise.contact_phone) == (25, PHONE)


def cells_of(run, row) -> dict:
    return {name: row.raw[position] for name, position in run.mapping.items() if name != "contact_phone"} | {
        "contact_phone": PHONE
    }


def test_telephones_are_shown_to_who_uploaded_and_survive_a_colleague(client, client_for, top):
    run = preview_of(client, line("上海甲科技有限公司", employees="很多"))
    row = run.staged.get()
    colleague = client_for(builders.make_user(Role.ADMINISTRATOR, top))

    own = text(client.get(url(run, "run-row", row.pk)))
    others = text(colleague.get(url(run, "run-row", row.pk)))
    colleague.post(url(run, "run-row", row.pk), cells_of(run, row) | {"employees": "25", "contact_phone": ""})
    client.post(url(run, "run-apply"))
    work(run)

    assert PHONE in own
    assert PHONE not in others
    assert "留空则不改" in others
    assert Enterprise.objects.get().contact_phone == PHONE


def test_of_two_rows_with_one_code_a_person_keeps_one(client):
    code = builders.credit_code()
    run = preview_of(client, line("上海甲科技有限公司", code), line("上海乙科技有限公司", code, employees=20))
    first, second = run.staged.order_by("row_number")

    page = text(client.get(url(run, "run-row", first.pk)))
    assert "保留这一行" in page
    assert "上海乙科技有限公司" in page
    client.post(url(run, "run-row-keep", second.pk))

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.outcome, second.outcome) == (Outcome.SKIPPED, Outcome.NEW)


def test_mending_one_of_two_rows_frees_the_other(client):
    code = builders.credit_code()
    run = preview_of(client, line("上海甲科技有限公司", code), line("上海乙科技有限公司", code))
    second = run.staged.get(row_number=4)

    cells = cells_of(run, second) | {"credit_code": builders.credit_code()}
    client.post(url(run, "run-row", second.pk), cells)

    assert [r.outcome for r in run.staged.order_by("row_number")] == [Outcome.NEW, Outcome.NEW]
    run.refresh_from_db()
    assert (run.counts["new"], run.counts["rejected"]) == (2, 0)


ORGANISATION = ("党组织代码", "党组织名称", "党组织类别", "上级党组织代码", "成立日期")


def test_a_mended_superior_lets_its_subordinates_through(client, top):
    run = staged_through_browser(
        client,
        "organisations",
        workbook(
            ORGANISATION,
            ("NEW-1", "测试甲党委", "党委", top.code, "2020-13-45"),
            ("NEW-2", "测试甲一支部", "党支部", "NEW-1", "2021-01-01"),
            ("NEW-3", "测试乙支部", "党支部", "NEW-9", "2021-01-01"),
        ),
    )
    faulty = run.staged.get(row_number=3)
    client.post(
        url(run, "run-row", faulty.pk),
        {name: faulty.raw[p] for name, p in run.mapping.items()} | {"founded_on": "2020-12-31"},
    )
    orphan = run.staged.get(row_number=5)
    client.post(
        url(run, "run-row", orphan.pk),
        {name: orphan.raw[p] for name, p in run.mapping.items()} | {"parent": "NEW-1"},
    )

    client.post(url(run, "run-apply"))
    assert work(run).state == RunState.APPLIED
    assert Organisation.objects.get(code="NEW-3").parent_path == Organisation.objects.get(code="NEW-1").path


def test_a_branch_whose_superior_was_unticked_is_refused_in_words(client, top):
    run = staged_through_browser(
        client,
        "organisations",
        workbook(
            ORGANISATION,
            ("NEW-1", "测试甲党委", "党委", top.code, "2020-01-01"),
            ("NEW-2", "测试甲一支部", "党支部", "NEW-1", "2021-01-01"),
        ),
    )
    actions.select_rows(run=run, selected=False, ids=[run.staged.get(row_number=3).pk])

    client.post(url(run, "run-apply"))
    run = work(run)

    assert run.state == RunState.STAGED
    assert "上级党组织“NEW-1”没有勾选或有错误" in text(client.get(url(run)))
    assert not Organisation.objects.filter(code="NEW-2").exists()


# --- Writing --------------------------------------------------------------------------------------------


def test_all_or_nothing_waits_for_the_last_error(client):
    run = preview_of(client, line("上海甲科技有限公司"), line("上海乙科技有限公司", employees="很多"))

    response = client.post(url(run, "run-apply"), {"mode": "all"}, follow=True)

    run.refresh_from_db()
    assert run.state == RunState.STAGED
    assert "尚有1行错误" in text(response)


def test_applying_twice_queues_one_job(client):
    run = preview_of(client, line("上海甲科技有限公司"))

    client.post(url(run, "run-apply"))
    client.post(url(run, "run-apply"))
    work(run)
    client.post(url(run, "run-apply"))

    assert Job.objects.filter(kind="imports.apply").count() == 1
    assert Enterprise.objects.count() == 1


def test_discarded_run_stays_in_the_history_without_its_file(client):
    run = preview_of(client, line("上海甲科技有限公司"))

    response = client.post(url(run, "run-discard"), follow=True)

    run.refresh_from_db()
    assert (run.state, run.staged.count()) == (RunState.DISCARDED, 0)
    assert "已放弃" in text(response)
    assert "登记册没有改动" in text(client.get(url(run)))


def test_options_compare_anew(client, clerk):
    apply(stage("enterprises", workbook(HEADERS, line("上海甲科技有限公司")), by=clerk))
    run = preview_of(client, line("上海乙科技有限公司"))
    assert run.counts["missing"] == 0

    client.post(url(run, "run-options"), {"full_list": "on"})

    assert work(run).counts["missing"] == 1
    assert "本次名单未出现，转为摸排任务" in text(client.get(url(run), {"tab": "missing"}))


def test_an_undo_after_its_time_is_not_offered(client, clerk):
    run = apply(stage("enterprises", workbook(HEADERS, line("上海甲科技有限公司")), by=clerk))
    ImportRun.objects.filter(pk=run.pk).update(applied_at=timezone.now() - timezone.timedelta(days=31))

    page = client.get(url(run))
    response = client.post(url(run, "run-undo"), follow=True)

    assert url(run, "run-undo") not in text(page)
    assert "不能再整批撤销" in text(response)
    assert Enterprise.objects.count() == 1


# --- Error workbook -------------------------------------------------------------------------------------


def test_downloads_of_rejected_rows_are_audited_and_masked_for_others(client, client_for, top, clerk):
    run = preview_of(client, line("上海甲科技有限公司", employees="很多"))
    colleague = client_for(builders.make_user(Role.ADMINISTRATOR, top))

    own = client.get(url(run, "run-errors"))
    others = colleague.get(url(run, "run-errors"))

    def cells(response):
        sheet = load_workbook(io.BytesIO(b"".join(response.streaming_content))).active
        return [cell.value for row in sheet.iter_rows(min_row=2) for cell in row]

    assert PHONE in cells(own)
    masked = cells(others)
    assert PHONE not in masked
    assert "199****1234" in masked
    event = AuditEvent.objects.filter(action=AuditAction.EXPORT, actor=clerk).get()
    assert event.detail["rows"] == 1
    assert event.ip
    assert PHONE not in str(event.detail)


def test_without_rejected_rows_there_is_no_error_workbook(client):
    run = preview_of(client, line("上海甲科技有限公司"))

    assert client.get(url(run, "run-errors")).status_code == 404


# --- History --------------------------------------------------------------------------------------------


def test_history_filters_by_kind_and_state(client, clerk):
    apply(stage("enterprises", workbook(HEADERS, line("上海甲科技有限公司")), by=clerk, name="写入的.xlsx"))
    stage("enterprises", workbook(HEADERS, line("上海乙科技有限公司")), by=clerk, name="等待的.xlsx")
    stage("parks", workbook(("园区名称", "所属片区"), ("虚构园", "虚构片区")), by=clerk, name="园区的.xlsx")

    def names(**query):
        return set(re.findall(r"(..的)\.xlsx</a>", text(client.get(reverse("imports:run-list"), query))))

    assert names() == {"写入的", "等待的", "园区的"}
    assert names(kind="parks") == {"园区的"}
    assert names(state="applied") == {"写入的"}
    assert names(state="nonsense") == names()


def test_empty_history_says_what_to_do(client):
    assert "还没有导入过名单" in text(client.get(reverse("imports:run-list")))


# --- Who may --------------------------------------------------------------------------------------------

VIEWS = ("run", "run-progress", "run-columns", "run-errors", "run-undo")
ACTS = ("run-options", "run-select", "run-apply", "run-retry", "run-discard", "run-undo", "run-columns")


def coverage_run(user) -> ImportRun:
    return stage(
        "coverage",
        workbook(("统一社会信用代码", "覆盖方式"), ("错", "联合组建")),
        by=user,
        name="外单位.xlsx",
    )


@pytest.fixture
def officer(top):
    """Imports coverage for a branch of the tree, not the registers of the whole."""
    branch = builders.make_organisation(top, "committee")
    return builders.make_user(Role.OFFICER, branch)


def test_officers_import_coverage_only(client_for, officer):
    client = client_for(officer)

    page = text(client.get(reverse("imports:upload")))

    assert "导入覆盖台账" in page
    assert "kind=enterprises" not in page
    assert client.get(reverse("imports:template", args=["enterprises"])).status_code == 403
    assert client.get(reverse("imports:template", args=["coverage"])).status_code == 200
    assert client.get(reverse("imports:template", args=["nothing"])).status_code == 404


def test_a_foreign_run_is_not_found_by_any_address(client_for, officer, top):
    foreign = coverage_run(builders.make_user(Role.OFFICER, builders.make_organisation(top, "committee")))
    row = foreign.staged.first()
    client = client_for(officer)

    assert "外单位" not in text(client.get(reverse("imports:run-list")))
    assert {client.get(url(foreign, name)).status_code for name in VIEWS} == {404}
    assert {client.post(url(foreign, name)).status_code for name in ACTS} == {404}
    assert client.get(url(foreign, "run-row", row.pk)).status_code == 404
    assert client.post(url(foreign, "run-row-keep", row.pk)).status_code == 404
    foreign.refresh_from_db()
    assert foreign.state == RunState.STAGED


def test_a_row_of_a_foreign_run_is_not_reached_through_an_own_run(client_for, officer, top):
    foreign = coverage_run(builders.make_user(Role.OFFICER, builders.make_organisation(top, "committee")))
    own = coverage_run(officer)
    client = client_for(officer)
    row = foreign.staged.first()

    assert client.get(url(own, "run-row", row.pk)).status_code == 404
    assert client.post(url(own, "run-row-keep", row.pk)).status_code == 404
    client.post(url(own, "run-select"), {"shown": [row.pk]})
    row.refresh_from_db()
    assert row.selected


def test_an_own_run_of_a_kind_one_may_not_import_any_more_is_forbidden(client_for, officer):
    run = stage("parks", workbook(("园区名称", "所属片区"), ("虚构园", "虚构片区")), by=officer)

    client = client_for(officer)

    assert client.get(url(run)).status_code == 403
    assert client.post(url(run, "run-apply")).status_code == 403
    assert not Park.objects.exists()


def test_without_the_permission_nothing_opens(client_for, top):
    client = client_for(builders.make_user(Role.LEADER, top))

    assert client.get(reverse("imports:run-list")).status_code == 403
    assert client.get(reverse("imports:upload")).status_code == 403
    assert upload(client, "enterprises", b"x").status_code == 403


def test_state_changes_refuse_get(client):
    run = preview_of(client, line("上海甲科技有限公司"))

    for name in ("run-options", "run-select", "run-apply", "run-retry", "run-discard"):
        assert client.get(url(run, name)).status_code == 405


# --- Cost -----------------------------------------------------------------------------------------------


def queries(client, address) -> int:
    client.get(address)  # once for what a session does first
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_history_costs_the_same_for_one_and_three_runs(client, clerk):
    def count():
        return queries(client, reverse("imports:run-list"))

    stage("enterprises", workbook(HEADERS, line("上海甲科技有限公司")), by=clerk)
    one = count()
    for name in ("上海乙科技有限公司", "上海丙科技有限公司"):
        stage("enterprises", workbook(HEADERS, line(name)), by=builders.make_user())

    assert count() == one <= 12


@pytest.mark.parametrize("tab", ["new", "changed", "rejected", "all"])
def test_preview_costs_the_same_for_one_and_sixty_rows(client, clerk, tab):
    def rows(count):
        codes = [builders.credit_code() for _ in range(count)]
        old = [line(f"上海{n}号科技有限公司", code) for n, code in enumerate(codes)]
        apply(stage("enterprises", workbook(HEADERS, *old), by=clerk))
        changed = [line(f"上海{n}号科技有限公司", code, employees=99) for n, code in enumerate(codes)]
        new = [line(f"上海新{n}号科技有限公司") for n in range(count)]
        bad = [line(f"上海坏{n}号科技有限公司", employees="很多") for n in range(count)]
        return preview_of(client, *changed, *new, *bad)

    one, many = (queries(client, f"{url(rows(n))}?tab={tab}") for n in (1, 60))

    assert many == one <= 14
