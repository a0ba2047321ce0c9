"""Every line of `manage.py doctor`, by really breaking what it looks at."""

import datetime as dt
import json
import os
import signal
import subprocess
import sys
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from imports.models import Job, JobState
from imports.spread import HANDED_OUT
from imports.tasks import end_spread, run_job, sweep_jobs
from members.tasks import write_dues
from orgs import audit, limits
from orgs.models import AuditAction, AuditEvent, Notice, WebhookDelivery, WebhookSubscription
from orgs.tasks import sweep_uploads
from portal import doctor, health, marks, pulse, snapshots
from portal.models import Reckoning
from tests import builders
from tests.processes import ROOT, Portal, own_servers

pytestmark = pytest.mark.django_db
LONG_AGO = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
ALL = list(doctor.CHECKS)
NAMES = [one.name for one in ALL]


@pytest.fixture
def look(monkeypatch):
    """The finding of one check alone."""

    def ask(name):
        monkeypatch.setattr(doctor, "CHECKS", [one for one in ALL if one.name == name])
        (finding,) = doctor.examine()
        return finding

    return ask


def ill(finding, words):
    assert finding.state == doctor.State.ILL
    assert words in finding.detail
    assert finding.cure


def well(finding):
    assert (finding.state, finding.cure) == (doctor.State.WELL, "")


@pytest.fixture
def var(settings, tmp_path, monkeypatch):
    """A data folder and a pulse of this test."""
    monkeypatch.setattr(pulse, "KEY", f"pulse of {tmp_path}")
    settings.VAR_DIR, settings.MEDIA_ROOT = tmp_path, tmp_path / "files"
    return tmp_path


def test_development_mode(look, settings):
    well(look("运行模式"))
    settings.DEBUG = True
    ill(look("运行模式"), "DEBUG=1")


@pytest.mark.parametrize("name", ["FIELD_KEYS", "INDEX_KEYS"])
def test_a_key_that_cannot_be_read(look, settings, name):
    well(look("密钥格式"))
    setattr(settings, name, "k1:c2hvcnQ=")
    ill(look("密钥格式"), f"{name}: key “k1”")


def test_weak_settings_are_named(look, settings):
    settings.SECRET_KEY = "short"
    ill(look("安全设置"), "security.W009")


def test_hosts_that_accept_anything(look, settings):
    well(look("域名"))
    settings.ALLOWED_HOSTS = ["*"]
    ill(look("域名"), "任何域名都会被接受")


def test_figures_that_nobody_reckons(look):
    assert look("数据快照").state == doctor.State.HINT
    snapshots.rebuild()
    well(look("数据快照"))
    Reckoning.objects.update(at=timezone.now() - dt.timedelta(days=2))
    ill(look("数据快照"), "2 天前")


def test_changes_that_nobody_marks(look):
    snapshots.rebuild()
    marks.remove(connection)
    ill(look("数据快照"), "触发器不完整")


def test_a_clock_that_runs_ahead(look):
    well(look("数据库时钟"))
    if connection.vendor == "sqlite":
        return  # it has none of its own
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql "
            "AS 'SELECT now() + interval ''1 minute'''"
        )
        cursor.execute("SET LOCAL search_path = public, pg_catalog")
        ill(look("数据库时钟"), "相差 60 秒")


def test_migrations_that_wait(look, settings):
    settings.MIGRATION_MODULES = {}
    recorder = MigrationRecorder(connection)
    if recorder.has_table():
        recorder.migration_qs.filter(app="linkages").delete()
    ill(look("数据库升级"), "项升级尚未执行")


def test_a_cache_without_its_table(look, settings):
    well(look("缓存"))
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "gone"}
    }
    finding = look("缓存")
    ill(finding, "gone")
    assert "createcachetable" in finding.cure


def test_a_queue_that_is_gone(look, settings, tmp_path):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    ill(look("任务队列"), "127.0.0.1:1")
    settings.REDIS_URL = ""
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {"data_folder_out": str(tmp_path / "gone")}
    ill(look("任务队列"), "gone")


def test_a_queue_that_grows(look, settings, tmp_path):
    count = doctor.MOST_WAITING + 1
    if settings.REDIS_URL:
        with health.redis_client() as client:
            client.delete(*doctor.QUEUES)  # what other tests sent, and nobody took
            client.rpush("export", *["x"] * count)
            finding = look("任务队列")
            client.delete("export")
    else:
        settings.CELERY_BROKER_TRANSPORT_OPTIONS = {"data_folder_out": str(tmp_path)}
        for number in range(count):
            (tmp_path / f"{number}.msg").touch()
        finding = look("任务队列")
    ill(finding, f"{count} 个任务在排队")


def test_no_worker(look):
    ill(look("后台任务"), "没有 worker 应答")


def note_ago(task, before):
    with pytest.MonkeyPatch.context() as patch:
        at = timezone.now() - before
        patch.setattr(timezone, "now", lambda: at)
        pulse.note(sender=task)


def test_beat_that_never_was_and_beat_that_fell_silent(look, var):
    ill(look("定时任务"), "从未运行过")
    pulse.note(sender=sweep_jobs)
    well(look("定时任务"))
    note_ago(sweep_jobs, dt.timedelta(hours=1))
    ill(look("定时任务"), "最近一次在 60 分钟前")


def test_a_periodic_task_that_fails_every_time(look, var):
    pulse.note(sender=sweep_jobs)
    note_ago(sweep_uploads, dt.timedelta(days=3))
    ill(look("定时任务"), "超时未完成：sweep-uploads（3 天前）")


def test_a_task_in_parts_has_ended_with_the_last_of_them(var):
    pulse.note(sender=write_dues, result=HANDED_OUT)
    assert pulse.last_successes()["write-dues"] is None
    pulse.note(sender=end_spread, result=write_dues.name)
    assert pulse.last_successes()["write-dues"]


def test_a_task_outside_the_beat_table_leaves_no_pulse(var):
    pulse.note(sender=run_job)
    assert set(pulse.last_successes().values()) == {None}
    assert not (var / "pulse").exists()


def test_work_that_waits_and_work_that_stands_still(look):
    long_ago = timezone.now() - dt.timedelta(hours=1)
    well(look("任务积压"))
    job = Job.objects.create(kind="stage", idempotency_key="1")
    well(look("任务积压"))
    Job.objects.update(created_at=long_ago)
    ill(look("任务积压"), "尚未开始")
    Job.objects.filter(pk=job.pk).update(state=JobState.RUNNING, heartbeat_at=long_ago)
    ill(look("任务积压"), "1 个任务（导入等）停在半途")


def test_an_outbox_that_nobody_empties(look):
    top = builders.make_organisation()
    row = WebhookSubscription.objects.create(
        organisation=top, name="x", address="https://hooks.example.cn/", events=[]
    )
    WebhookDelivery.objects.create(subscription=row, event="x", key="1", payload={})
    well(look("推送积压"))
    WebhookDelivery.objects.update(due_at=timezone.now() - dt.timedelta(minutes=11))
    ill(look("推送积压"), "1 条推送到时未发")


def test_old_messages_that_nobody_sweeps(look):
    user = builders.make_user()
    Notice.objects.create(
        user=user, key="1", title="x", url="/", read_at=timezone.now() - dt.timedelta(days=182)
    )
    well(look("通知清理"))
    Notice.objects.update(read_at=timezone.now() - dt.timedelta(days=184))
    ill(look("通知清理"), "1 条过期通知")


def test_data_under_a_key_that_is_gone(look, settings):
    branch = builders.make_organisation(builders.make_organisation())
    builders.make_member(branch, identity_number=builders.identity_number(5))
    well(look("密钥可用"))
    settings.FIELD_KEYS = f"dev:{'A' * 43}="
    finding = look("密钥可用")
    ill(finding, "无法解开")
    assert "FIELD_KEYS" in finding.cure


def test_a_document_whose_file_is_lost(look, var):
    document = builders.add_document(
        builders.make_case(builders.make_organisation(builders.make_organisation()))
    )
    well(look("密钥可用"))
    (var / "files" / document.stored_name).unlink()
    ill(look("密钥可用"), "最新的文件无法打开")


def test_an_audit_trail_that_was_changed_at_its_end(look):
    for number in range(5):
        audit.record(actor=None, action=AuditAction.UPDATE, detail={"n": number})
    audit.seal_pending()
    assert look("审计链").detail == "最近 5 条校验一致"
    last = AuditEvent.objects.order_by("-pk").first()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE orgs_auditevent SET actor_name = 'x' WHERE id = %s", [last.pk])
    ill(look("审计链"), f"第 {last.pk} 号记录对不上")


def test_the_newest_part_of_the_chain_hangs_on_what_was_before(look, monkeypatch):
    monkeypatch.setattr(doctor, "CHAIN_EVENTS", 2)
    for number in range(5):
        audit.record(actor=None, action=AuditAction.UPDATE, detail={"n": number})
    audit.seal_pending()
    keys = list(AuditEvent.objects.order_by("pk").values_list("pk", flat=True))
    assert look("审计链").detail == "最近 2 条校验一致"
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM orgs_auditevent WHERE id = %s", [keys[-2]])
    ill(look("审计链"), f"第 {keys[-1]} 号记录对不上")


def test_audit_events_that_nobody_seals(look):
    audit.record(actor=None, action=AuditAction.UPDATE)
    well(look("审计链"))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE orgs_auditevent SET at = %s", [timezone.now() - dt.timedelta(minutes=11)])
    ill(look("审计链"), "1 条审计记录超时未封存")


def test_many_failed_logins_and_much_taken_out(look):
    user = builders.make_user()
    audit.record_many([{}] * (doctor.FAILED_LOGINS - 1), actor=None, action=AuditAction.LOGIN_FAILED)
    well(look("异常操作"))
    audit.record(actor=None, action=AuditAction.LOGIN_FAILED)
    ill(look("异常操作"), f"登录失败 {doctor.FAILED_LOGINS} 次")
    AuditEvent.objects.all()._raw_delete("default")
    audit.record_many([{}] * limits.MOST_AN_HOUR[AuditAction.EXPORT], actor=user, action=AuditAction.EXPORT)
    ill(look("异常操作"), f"编号为 {user.pk} 的账号一小时内“导出”已达上限")


def test_a_folder_that_cannot_be_written(look, settings, var):
    well(look("文件夹"))
    (var / "file").touch()
    settings.MEDIA_ROOT = var / "file"
    ill(look("文件夹"), "不能写入")


def test_a_disk_that_fills(look, settings, var):
    settings.DISK_PERCENT = 0
    ill(look("文件夹"), "超过 0%")


def test_backups_that_are_not_watched_missing_or_old(look, settings, tmp_path):
    settings.BACKUP_DIR = ""
    assert look("备份").state == doctor.State.HINT
    settings.BACKUP_DIR = str(tmp_path)
    ill(look("备份"), "没有备份")
    newest = tmp_path / "portal-20260101-000000.backup"
    newest.touch()
    well(look("备份"))
    hours = time.time() - 27 * 3600
    os.utime(newest, (hours, hours))
    ill(look("备份"), "27 小时前")
    settings.BACKUP_DIR = str(tmp_path / "gone")
    ill(look("备份"), "没有备份")


def certificate(path, days):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "dangjian.example.cn")])
    now = timezone.now()
    built = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - dt.timedelta(days=90)).not_valid_after(now + dt.timedelta(days=days, hours=1))
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    path.write_bytes(built.public_bytes(serialization.Encoding.PEM))


def test_a_certificate_that_ends_soon(look, settings, tmp_path):
    settings.CERTIFICATE_FILE = str(tmp_path / "x.pem")
    certificate(tmp_path / "x.pem", doctor.CERTIFICATE_DAYS)
    well(look("证书"))
    certificate(tmp_path / "x.pem", 3)
    ill(look("证书"), "证书还有 3 天到期")
    (tmp_path / "x.pem").write_text("no certificate")
    ill(look("证书"), "")


def test_a_check_that_breaks_is_a_finding_and_what_hangs_on_it_is_not_looked_at():
    broken = {"sqlite": "sqlite:////proc/none/x.sqlite3", "postgresql": "postgres://x:x@127.0.0.1:1/x"}
    env = os.environ | {
        "DATABASE_URL": broken[connection.vendor],
        "DJANGO_SETTINGS_MODULE": "portal.settings",
    }
    done = subprocess.run(
        [sys.executable, "manage.py", "doctor", "--json"],
        cwd=ROOT, env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 1, done.stderr
    findings = {one["name"]: one for one in json.loads(done.stdout)}
    assert list(findings) == NAMES
    assert findings["数据库"]["state"] == "异常"
    assert "DATABASE_URL" in findings["数据库"]["cure"]
    hanging = [one.name for one in ALL if one.after == "数据库"]
    assert {findings[name]["state"] for name in hanging} == {"未查"}
    assert findings["文件夹"]["state"] == "正常"


def test_a_running_portal_is_well_and_then_is_not(tmp_path, settings):
    begun = timezone.now()
    with own_servers(tmp_path / "var") as servers:
        portal = Portal(tmp_path / "var", **servers)
        settings.VAR_DIR = portal.var_dir
        portal.start()
        try:
            portal.wait_for("已启动", seconds=120)
            deadline = time.monotonic() + 150
            while (pulse.last_successes()["sweep-jobs"] or LONG_AGO) < begun:
                assert time.monotonic() < deadline, portal.log.read_text()
                time.sleep(0.5)
            table = doctor_table(portal)
            assert {name for name, state in table.items() if state == "异常"} == {"运行模式"}
            portal.process.send_signal(signal.SIGTERM)
            portal.process.wait(60)
            assert doctor_table(portal)["后台任务"] == "异常"
        finally:
            portal.kill()


def doctor_table(portal):
    done = subprocess.run(
        [sys.executable, "manage.py", "doctor"],
        cwd=ROOT,
        env=portal.env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr  # these tests run with DEBUG=1
    lines = [line.split() for line in done.stdout.splitlines() if not line.startswith(" ")]
    assert [line[1] for line in lines] == NAMES
    return {line[1]: line[0] for line in lines}
