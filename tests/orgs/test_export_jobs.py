"""Long lists written in the background: once, for whom may have them by then, sealed, for a few days."""

import datetime as dt
import io
import time
from pathlib import Path

import openpyxl
import pytest
from django.conf import settings
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from imports import jobs
from imports.models import Job, JobState
from imports.tasks import run_job
from orgs import export_jobs, exports, tasks, uploads
from orgs.kinds import OrganisationKind
from orgs.models import Appointment, AuditAction, AuditEvent, ExportFile, ListExport, Notice
from orgs.uploads import chunks
from tests.builders import make_area, make_enterprise, make_organisation, make_park, make_user

pytestmark = pytest.mark.django_db
ASKED = {"file_format": "xlsx", "purpose": "季度核对"}


@pytest.fixture(autouse=True)
def _everything_is_long_and_the_folder_empty(monkeypatch, settings, tmp_path):
    monkeypatch.setattr(exports, "DIRECT_ROWS", 1)
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def top():
    return make_organisation()


@pytest.fixture
def committee(top):
    area = make_area()
    committee = make_organisation(top, OrganisationKind.AREA_COMMITTEE, area=area)
    for number in range(3):
        make_enterprise(name=f"第{number}公司", park=make_park(area=area), contact_phone="19900001234")
    make_enterprise(name="别处公司", park=make_park())
    return committee


@pytest.fixture
def officer(committee):
    return make_user("officer", committee)


@pytest.fixture
def client(client_for, officer):
    return client_for(officer)


def ask(client, query="", **answers):
    response = client.post(f"{reverse('orgs:enterprise-export')}?{query}", ASKED | answers)
    export = ListExport.objects.latest("pk")
    assert response.url == reverse("orgs:export", args=[export.pk])
    return export


def run(export):
    jobs.run(export.job_id)
    return ListExport.objects.select_related("job", "file").get(pk=export.pk)


def names_in(export):
    sheet = openpyxl.load_workbook(io.BytesIO(uploads.content_of(export.file))).active
    return [row[1] for row in sheet.iter_rows(min_row=3, values_only=True)]


def stored_files():
    return sum(path.is_file() for path in (Path(settings.MEDIA_ROOT) / "uploads").rglob("*"))


# --- From the question to the file ------------------------------------------------------------------------


def test_a_long_list_is_written_in_the_background_and_fetched(client, officer):
    export = ask(client, "q=公司", file_format="csv")
    event = AuditEvent.objects.get(action=AuditAction.EXPORT)
    assert (export.rows, export.number, export.user) == (3, event.pk, officer)
    assert (event.detail["rows"], event.detail["purpose"]) == (3, "季度核对")
    page = client.get(reverse("orgs:export", args=[export.pk])).content.decode()
    assert "排队中" in page
    assert client.get(reverse("orgs:export-file", args=[export.pk])).status_code == 404

    export = run(export)

    assert export.job.state == JobState.DONE
    told = Notice.objects.get(user=officer)
    assert told.title == "“企业名单”已生成，可以下载"
    assert "下载" in client.get(told.url).content.decode()
    response = client.get(reverse("orgs:export-file", args=[export.pk]))
    content = b"".join(response.streaming_content)
    assert content.decode("utf-8-sig").startswith(f"导出人：{officer}")
    assert content.decode().count("第") == 3
    assert f"编号：{event.pk}" in content.decode()
    assert response["Content-Length"] == str(len(content))
    assert "attachment" in response["Content-Disposition"]
    assert "no-store" in response["Cache-Control"]


def test_every_download_is_on_record_and_counted(client):
    export = run(ask(client))
    address = reverse("orgs:export-file", args=[export.pk])

    for _ in range(2):
        client.get(address)
    events = AuditEvent.objects.filter(action=AuditAction.EXPORT).order_by("pk")
    assert [event.detail.get("file") for event in events] == [None, "下载", "下载"]
    assert events[2].detail["number"] == export.number

    for _ in range(27):
        client.get(address)
    assert client.get(address).status_code == 302
    assert events.all().count() == 30


def test_the_file_lies_sealed_under_a_name_that_says_nothing(client):
    export = run(ask(client, file_format="csv"))

    stored = uploads.path_of(export.file.stored_name)
    assert chunks.is_in_pieces(stored.read_bytes()[:20])
    assert "公司".encode() not in stored.read_bytes()
    assert export.file.file_name == f"企业名单-{timezone.localdate():%Y%m%d}-{export.number}.csv"


def test_what_was_asked_is_kept_encrypted_without_the_token_of_the_form(
    client, officer, django_assert_num_queries
):
    export = ask(client, "q=公司", with_phones="on", phone_reason="逐家通知", csrfmiddlewaretoken="x")

    assert "csrfmiddlewaretoken" not in export.answers
    with connection.cursor() as cursor:
        cursor.execute("SELECT query, answers FROM orgs_listexport")
        assert all(value.startswith("a1:") for value in cursor.fetchone())
    assert list(export.job.payload) == ["number"]


def test_a_short_list_still_comes_at_once(client, monkeypatch):
    monkeypatch.setattr(exports, "DIRECT_ROWS", 3)

    response = client.post(reverse("orgs:enterprise-export"), ASKED)

    assert b"".join(response.streaming_content).startswith(b"PK")
    assert not ListExport.objects.exists()


def test_so_many_at_once(client, monkeypatch):
    monkeypatch.setattr(exports, "MOST_AT_ONCE", 1)
    ask(client)

    response = client.post(reverse("orgs:enterprise-export"), ASKED)

    assert "您已有1份名单正在生成" in response.content.decode()
    assert (ListExport.objects.count(), AuditEvent.objects.filter(action=AuditAction.EXPORT).count()) == (
        1,
        1,
    )


def test_the_queue_is_that_of_exports(client, monkeypatch, django_capture_on_commit_callbacks):
    sent = []
    monkeypatch.setattr(run_job, "apply_async", lambda args, queue: sent.append((args, queue)))
    with django_capture_on_commit_callbacks(execute=True):
        export = ask(client)

    assert sent == [([export.job_id], "export")]


# --- Who gets what ------------------------------------------------------------------------------------------


def test_scope_is_that_of_the_time_of_writing(client, officer, top):
    export = ask(client)
    Appointment.objects.filter(user=officer).update(
        organisation=make_organisation(top, OrganisationKind.AREA_COMMITTEE, area=make_area())
    )

    assert names_in(run(export)) == []


@pytest.mark.parametrize("how", ["appointment", "account"])
def test_who_lost_the_right_gets_nothing(client, officer, how):
    export = ask(client)
    if how == "account":
        officer.is_active = False
        officer.save()
    else:
        Appointment.objects.filter(user=officer).delete()

    export = run(export)

    assert (export.job.state, export.written) == (JobState.FAILED, None)
    assert "没有导出这份名单的权限" in export.job.error
    assert not stored_files()


def test_who_lost_the_right_does_not_get_what_was_written(client, officer, committee):
    export = run(ask(client))
    Appointment.objects.filter(user=officer).update(role="leader")

    response = client.get(reverse("orgs:export-file", args=[export.pk]), follow=True)

    assert "没有导出这份名单的权限" in response.content.decode()
    assert AuditEvent.objects.filter(action=AuditAction.EXPORT).count() == 1


def test_nobody_else_finds_it(client, client_for, committee, top):
    export = run(ask(client))
    for stranger in (make_user("officer", committee), make_user("administrator", top)):
        other = client_for(stranger)
        for name in ("export", "export-file", "export-progress"):
            assert other.get(reverse(f"orgs:{name}", args=[export.pk])).status_code == 404
        assert other.post(reverse("orgs:export-remove", args=[export.pk])).status_code == 404
        assert not other.get(reverse("orgs:export-list")).context["page"].items


def test_numbers_stay_masked_for_who_lost_the_right_to_them(client, officer, committee):
    export = ask(client, with_phones="on", phone_reason="逐家通知")
    Appointment.objects.filter(user=officer).update(role="administrator")

    sheet = openpyxl.load_workbook(io.BytesIO(uploads.content_of(run(export).file))).active

    assert {row[14] for row in sheet.iter_rows(min_row=3, values_only=True)} == {None}


def test_a_filter_that_has_gone_is_said(client):
    export = ask(client)
    ListExport.objects.filter(pk=export.pk).update(query="park=x")

    export = run(export)

    assert "筛选条件已不能使用" in export.job.error
    page = client.get(reverse("orgs:export", args=[export.pk])).content.decode()
    assert "重新导出" in page


# --- Twice, late, half-way -----------------------------------------------------------------------------------


def test_a_job_that_is_run_again_writes_nothing_anew(client):
    export = run(ask(client))
    Job.objects.filter(pk=export.job_id).update(state=JobState.QUEUED)

    again = run(export)

    assert again.file.pk == export.file.pk
    assert (stored_files(), Notice.objects.count()) == (1, 1)


def test_a_worker_that_lost_its_job_leaves_nothing(client, monkeypatch):
    export = ask(client)
    write = exports.WRITERS["xlsx"]

    def slow(*arguments, **options):
        write(*arguments, **options)
        Job.objects.filter(pk=export.job_id).update(claim="another")

    monkeypatch.setitem(export_jobs.WRITERS, "xlsx", slow)

    export = run(export)

    assert (export.written, stored_files(), Notice.objects.count()) == (None, 0, 0)


def test_a_fault_while_writing_leaves_no_file(client, monkeypatch):
    def broken(file, **options):
        file.write(b"x" * 10)
        raise OSError(28, "No space left on device")

    monkeypatch.setitem(export_jobs.WRITERS, "xlsx", broken)

    export = run(ask(client))

    assert export.job.state == JobState.FAILED
    assert not stored_files()
    assert "系统处理时出错" in client.get(reverse("orgs:export", args=[export.pk])).content.decode()


def test_it_can_be_called_off_before_and_while_it_is_written(client, monkeypatch):
    export = ask(client)
    client.post(reverse("orgs:export-remove", args=[export.pk]))
    jobs.run(export.job_id)
    assert (ListExport.objects.count(), ExportFile.objects.count()) == (0, 0)

    export = ask(client)
    write = exports.WRITERS["xlsx"]

    def called_off(*arguments, **options):
        write(*arguments, **options)
        client.post(reverse("orgs:export-remove", args=[export.pk]))

    monkeypatch.setitem(export_jobs.WRITERS, "xlsx", called_off)
    jobs.run(export.job_id)
    assert (ListExport.objects.count(), stored_files()) == (0, 0)
    assert Job.objects.get(pk=export.job_id).state == JobState.FAILED


def test_a_file_can_be_deleted_and_goes_by_itself(client, django_capture_on_commit_callbacks):
    removed, expired, kept = (run(ask(client)) for _ in range(3))
    assert stored_files() == 3

    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("orgs:export-remove", args=[removed.pk]))
    assert stored_files() == 2

    ListExport.objects.filter(pk=expired.pk).update(expires_on=timezone.localdate())
    assert client.get(reverse("orgs:export", args=[expired.pk])).status_code == 404
    with django_capture_on_commit_callbacks(execute=True):
        assert tasks.sweep_exports() == 1
    assert list(ListExport.objects.all()) == [kept]
    assert stored_files() == 1
    assert kept.expires_on == timezone.localdate() + dt.timedelta(days=7)


# --- The page that waits -----------------------------------------------------------------------------------


def test_progress_is_fetched_until_the_job_has_ended(client):
    export = ask(client)
    address = reverse("orgs:export-progress", args=[export.pk])
    Job.objects.filter(pk=export.job_id).update(
        state=JobState.RUNNING, progress=2, total=3, heartbeat_at=timezone.now()
    )
    page = client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "2 / 3 行" in page
    assert "<html" not in page

    Job.objects.filter(pk=export.job_id).update(heartbeat_at=timezone.now() - dt.timedelta(minutes=2))
    assert "后台程序未响应" in client.get(address).content.decode()

    Job.objects.filter(pk=export.job_id).update(state=JobState.DONE)
    assert client.get(address, headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    assert client.get(address).url == reverse("orgs:export", args=[export.pk])


# --- Sealed in pieces --------------------------------------------------------------------------------------


def sealed(content: bytes, context="甲") -> bytes:
    file = io.BytesIO()
    target = chunks.Sealing(file, context)
    for start in range(0, len(content), 7_000):
        target.write(content[start : start + 7_000])
    target.finish()
    assert target.size == len(content)
    return file.getvalue()


def unsealed(content: bytes, context="甲") -> bytes:
    return b"".join(chunks.pieces_of(io.BytesIO(content), context))


@pytest.mark.parametrize("size", [0, 1, 99, 100, 101, 200, 250])
def test_a_file_in_pieces_comes_back_whole(monkeypatch, size):
    monkeypatch.setattr(chunks, "PIECE", 100)
    content = bytes(range(250))[:size]

    assert unsealed(sealed(content)) == content


def test_a_file_in_pieces_cannot_be_changed_cut_or_put_elsewhere(monkeypatch):
    monkeypatch.setattr(chunks, "PIECE", 100)
    whole = sealed(bytes(350))
    head = len(whole) - 350 - 4 * chunks.TAG
    step = 100 + chunks.TAG
    pieces = [whole[head + step * number : head + step * (number + 1)] for number in range(4)]
    wrong = [
        whole[:-1],
        whole[: head + step * 3],
        whole[: head + step * 3] + pieces[0],
        whole[:head] + pieces[1] + pieces[0] + pieces[2] + pieces[3],
        whole[: head + 5] + bytes([whole[head + 5] ^ 1]) + whole[head + 6 :],
        whole[:head],
        whole[:5],
        b"",
    ]
    for content in wrong:
        with pytest.raises((chunks.InvalidTag, KeyError)):
            unsealed(content)
    with pytest.raises(chunks.InvalidTag):
        unsealed(whole, "乙")


def test_a_new_key_takes_over_files_in_pieces(client, settings):
    export = run(ask(client))
    content = uploads.content_of(export.file)
    new = "new:" + "QmVuY2ggb25seSwgbmV2ZXIgZGVwbG95ZWQgLS0tLS0="
    settings.FIELD_KEYS = f"{new},{settings.FIELD_KEYS}"

    assert [uploads.reseal(export.file), uploads.reseal(export.file)] == [True, False]

    settings.FIELD_KEYS = new
    assert uploads.content_of(export.file) == content


# --- Signs of life -----------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_job_at_one_long_piece_of_work_shows_signs_of_life_and_notices_that_it_is_called_off(monkeypatch):
    monkeypatch.setattr(jobs, "BEAT_WHILE_BUSY", 0.02)
    monkeypatch.setattr(jobs, "BEAT_SECONDS", 0)
    job = Job.objects.create(kind="export", idempotency_key="x", state=JobState.RUNNING, claim="mine")

    with jobs.Progress(job).beating("写入文件", lambda: 7, 9) as check:
        check()
        wait_until(lambda: Job.objects.get(pk=job.pk).progress == 7)
        jobs.cancel(job.pk, error="已取消。")
        with pytest.raises(jobs.JobLost):
            wait_until(check)

    job.refresh_from_db()
    assert (job.state, job.error, job.step, job.total) == (JobState.FAILED, "已取消。", "写入文件", 9)


def wait_until(condition):
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)
