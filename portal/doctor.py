"""What an operator would look at, one line each: is it well, and if not, what is to be done.

Every check touches the real thing, briefly. `doctor` may be run at any time, beside a working portal.
"""

import datetime as dt
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from celery import current_app
from cryptography import x509
from django.conf import settings
from django.core.cache import cache
from django.core.checks import WARNING, run_checks
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.db import connection
from django.db.models import Count
from django.utils import timezone

from imports.models import Job, JobState
from orgs import audit, limits, notices, replica, uploads
from orgs.fields import index_keys, key_ring
from orgs.keys import models_with_keys, newest_is_readable
from orgs.models import AuditAction, AuditEvent, Notice, WebhookDelivery
from portal import health, marks, pulse
from portal.backups import newest_backup
from portal.models import Mark, Reckoning

LATE = dt.timedelta(minutes=10)
QUEUES = ("default", "import", "export")
MOST_WAITING = 1000
CLOCK_SECONDS = 5
CHAIN_EVENTS = 500
FAILED_LOGINS = 50
CERTIFICATE_DAYS = 21


class State(StrEnum):
    WELL = "正常"
    HINT = "提示"
    ILL = "异常"
    UNSEEN = "未查"


@dataclass(frozen=True)
class Finding:
    name: str
    state: State
    detail: str
    cure: str = ""


class Ill(Exception):
    """What is wrong, and the cure."""

    def __init__(self, detail: str, cure: str, state: State = State.ILL):
        super().__init__(detail)
        self.detail, self.cure, self.state = detail, cure, state


@dataclass(frozen=True)
class Check:
    """`look` says what it saw, or raises Ill. `after` names a check without which it can see nothing."""

    name: str
    look: Callable[[], str]
    cure: str
    after: str = ""


CHECKS: list[Check] = []


def check(name: str, cure: str, *, after: str = ""):
    """Registers a check; `cure` is for whatever it did not foresee."""

    def add(look):
        CHECKS.append(Check(name, look, cure, after))
        return look

    return add


def examine() -> Iterator[Finding]:
    """All checks in order. A check that breaks is a finding, never an end."""
    ill = set()
    for one in CHECKS:
        if one.after in ill:
            ill.add(one.name)
            yield Finding(one.name, State.UNSEEN, f"“{one.after}”异常，无从检查")
            continue
        try:
            finding = Finding(one.name, State.WELL, one.look())
        except Ill as error:
            finding = Finding(one.name, error.state, error.detail, error.cure)
        except Exception as error:  # noqa: BLE001 - whatever the part throws is what there is to say
            words = " ".join(str(error).split())[:200] or type(error).__name__
            finding = Finding(one.name, State.ILL, words, one.cure)
        if finding.state == State.ILL:
            ill.add(one.name)
        yield finding


def ago(moment: dt.datetime) -> str:
    minutes = int((timezone.now() - moment).total_seconds() // 60)
    if minutes < 120:
        return f"{minutes} 分钟前"
    return f"{minutes // 60} 小时前" if minutes < 48 * 60 else f"{minutes // 1440} 天前"


# --- What is set ----------------------------------------------------------------------------------------------


@check("运行模式", "检查环境变量")
def _mode():
    if settings.DEBUG:
        raise Ill(
            "DEBUG=1：使用公开的开发密钥，出错页会显示内部信息",
            "正式使用须设 DEBUG=0，并设置各密钥和 ALLOWED_HOSTS",
        )
    return f"版本 {settings.VERSION}，正式模式"


@check("密钥格式", "检查 FIELD_KEYS、INDEX_KEYS 的写法，见 docs/security.md")
def _keys():
    try:
        fields, hashes = key_ring(settings.FIELD_KEYS), index_keys(settings.INDEX_KEYS)
    except (ImproperlyConfigured, ValueError) as error:
        raise Ill(str(error), "按 docs/security.md 生成密钥，格式为“名称:base64”") from error
    return f"加密密钥 {len(fields)} 个，检索密钥 {len(hashes)} 个"


@check("安全设置", "运行 manage.py check --deploy 查看原因", after="运行模式")
def _deploy():
    found = [message for message in run_checks(include_deployment_checks=True) if message.level >= WARNING]
    if found:
        names = "、".join(sorted({message.id or "?" for message in found}))
        raise Ill(f"{len(found)} 项不符合要求：{names}", "运行 manage.py check --deploy，按其说明修改设置")
    return "check --deploy 无提示"


@check("域名", "设置 ALLOWED_HOSTS")
def _hosts():
    if "*" in settings.ALLOWED_HOSTS:
        raise Ill("ALLOWED_HOSTS 含有“*”，任何域名都会被接受", "只写用户使用的域名")
    return "、".join(settings.ALLOWED_HOSTS)


# --- The parts ------------------------------------------------------------------------------------------------

DATABASE = "数据库"


@check(DATABASE, "检查数据库是否启动、DATABASE_URL 是否正确")
def _database():
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    version = ".".join(map(str, connection.get_database_version()))
    return f"{connection.display_name} {version}"


@check("数据库时钟", "检查两台机器的时间同步（NTP）", after=DATABASE)
def _clock():
    if connection.vendor == "sqlite":
        return "与门户同一台机器"
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        skew = abs((cursor.fetchone()[0] - timezone.now()).total_seconds())
    if skew > CLOCK_SECONDS:
        raise Ill(f"与门户相差 {skew:.0f} 秒", "在两台机器上启用时间同步（NTP）")
    return f"相差 {skew:.1f} 秒"


@check("只读副本", "检查 DATABASE_REPLICA_URL", after=DATABASE)
def _replica():
    if not replica.is_configured():
        return "没有设置 DATABASE_REPLICA_URL，报表读主库"
    standing = replica.look()
    if not standing.is_usable:
        raise Ill(
            f"{standing.fault}；报表暂读主库",
            "检查副本是否启动、复制是否中断（主库 pg_stat_replication），恢复后自动使用",
        )
    return f"落后 {standing.lag:.0f} 秒"


@check("数据库升级", "运行 manage.py migrate", after=DATABASE)
def _migrations():
    if waiting := health.waiting_migrations():
        raise Ill(f"{waiting} 项升级尚未执行", "先备份，再运行 manage.py migrate")
    return "已是最新"


@check("缓存", "SQLite：运行 manage.py createcachetable；Redis：检查 REDIS_URL", after=DATABASE)
def _cache():
    cache.set("doctor", "ok", 10)
    if cache.get("doctor") != "ok":
        raise Ill("写入后读不回来", "SQLite：运行 manage.py createcachetable；Redis：检查 REDIS_URL")
    return "可读写"


BROKER = "任务队列"


@check(BROKER, "检查 Redis 是否启动、REDIS_URL 是否正确；单机：检查 VAR_DIR/queue 的写入权限")
def _broker():
    health.check_broker()
    waiting = queue_length()
    if waiting > MOST_WAITING:
        raise Ill(f"{waiting} 个任务在排队", "检查后台任务（worker）是否运行，必要时增加 worker")
    return f"{waiting} 个任务在排队"


def queue_length() -> int:
    """Messages that no worker has taken yet."""
    if settings.REDIS_URL:
        with health.redis_client() as client:
            return sum(client.llen(queue) for queue in QUEUES)
    folder = Path(settings.CELERY_BROKER_TRANSPORT_OPTIONS["data_folder_out"])
    return sum(1 for path in folder.iterdir() if path.suffix == ".msg")


@check("后台任务", "启动 celery worker（单机：manage.py run_portal）", after=BROKER)
def _workers():
    answers = current_app.control.ping(timeout=3)
    if not answers:
        raise Ill(
            "没有 worker 应答",
            "启动 celery worker（单机：manage.py run_portal；容器：docker compose up -d worker）",
        )
    return f"{len(answers)} 个 worker 应答"


@check("定时任务", "启动 celery beat", after=BROKER)
def _beat():
    cure = "启动 celery beat，只启动一个（单机：manage.py run_portal；容器：docker compose up -d beat）"
    last = pulse.beats()
    if last is None:
        raise Ill("从未运行过", cure)
    if timezone.now() - last > LATE:
        raise Ill(f"最近一次在 {ago(last)}", cure)
    if late := pulse.overdue():
        names = "、".join(f"{name}（{ago(when)}）" for name, when in late.items())
        raise Ill(f"超时未完成：{names}", "查看 worker 日志中该任务的报错")
    return f"最近一次在 {ago(last)}"


# --- What lies about ------------------------------------------------------------------------------------------


@check("任务积压", "查看 worker 日志", after=DATABASE)
def _jobs():
    now = timezone.now()
    stale = now - dt.timedelta(seconds=settings.JOB_STALE_SECONDS) - LATE
    stuck = Job.objects.filter(state=JobState.RUNNING, heartbeat_at__lt=stale).count()
    if stuck:
        raise Ill(
            f"{stuck} 个任务（导入等）停在半途", "检查 worker 和 beat 是否运行；它们会在一分钟内重新开始"
        )
    oldest = (
        Job.objects.filter(state=JobState.QUEUED)
        .order_by("created_at")
        .values_list("created_at", flat=True)
        .first()
    )
    if oldest and now - oldest > LATE:
        raise Ill(f"最早的任务提交于 {ago(oldest)}，尚未开始", "检查 worker 是否运行，必要时增加 worker")
    return "无"


@check("数据快照", "运行 manage.py migrate，再查看 worker 日志", after=DATABASE)
def _snapshots():
    if not marks.are_installed(connection):
        raise Ill("数据库中登记变更的触发器不完整，驾驶舱的数字可能过时", "运行 manage.py migrate")
    last = Reckoning.objects.filter(afterwards=False).first()
    cure = "检查 worker 和 beat 是否运行（每天 00:05 全量计算）"
    if last is None:
        raise Ill("尚未计算，worker 启动后的几秒内会计算", cure, State.HINT)
    if timezone.now() - last.at > dt.timedelta(days=1) + LATE:
        raise Ill(f"最近一次全量计算在 {ago(last.at)}", cure)
    return f"最近一次全量计算在 {ago(last.at)}，待更新 {Mark.objects.count()} 处"


@check("推送积压", "查看 worker 日志", after=DATABASE)
def _outbox():
    late = WebhookDelivery.objects.due(timezone.now() - LATE).count()
    if late:
        raise Ill(f"{late} 条推送到时未发", "检查 worker 和 beat 是否运行；网页“事件推送”显示对方的应答")
    return "无"


@check("通知清理", "查看 worker 日志", after=DATABASE)
def _notices():
    kept = notices.KEPT + dt.timedelta(days=3)
    old = Notice.objects.filter(read_at__lt=timezone.now() - kept).count()
    if old:
        raise Ill(f"{old} 条过期通知未清理", "检查 beat 是否运行（每天 04:30 清理）")
    return "无积压"


@check("密钥可用", "把备份中列出的密钥放回 FIELD_KEYS", after=DATABASE)
def _readable():
    cure = "把缺少的密钥放回 FIELD_KEYS（旧密钥在 reencrypt 完成前不得删除）"
    sealed = list(models_with_keys())
    for model, parts in sealed:
        if not newest_is_readable(model, parts):
            raise Ill(f"“{model._meta.verbose_name}”中的加密内容无法解开", cure)
    for model in uploads.models_of_uploads():
        newest = model._base_manager.order_by("-pk").first()
        if newest:
            try:
                for _ in uploads.pieces_of(newest):
                    pass
            except ValidationError as error:
                raise Ill(
                    f"“{model._meta.verbose_name}”最新的文件无法打开", "从备份恢复文件，或放回密钥"
                ) from error
    return f"{len(sealed)} 类加密数据各取一例，均可解开"


@check("审计链", "运行 manage.py verify_audit", after=DATABASE)
def _chain():
    report = audit.verify_latest(CHAIN_EVENTS)
    if report.reason:
        raise Ill(
            f"第 {report.broken_id} 号记录对不上：{report.reason}",
            "运行 manage.py verify_audit，保留现场并报告",
        )
    late = AuditEvent.objects.filter(seal="", at__lt=timezone.now() - LATE).count()
    if late:
        raise Ill(f"{late} 条审计记录超时未封存", "检查 worker 和 beat 是否运行（每分钟封存）")
    return f"最近 {report.sealed} 条校验一致"


@check("异常操作", "在“审计记录”中查看", after=DATABASE)
def _conspicuous():
    recent = AuditEvent.objects.filter(at__gte=timezone.now() - dt.timedelta(hours=1)).order_by()
    failed = recent.filter(action=AuditAction.LOGIN_FAILED).count()
    if failed >= FAILED_LOGINS:
        raise Ill(f"一小时内登录失败 {failed} 次", "在“审计记录”中查看来源地址，必要时在代理上封禁")
    for action, most in limits.MOST_AN_HOUR.items():
        many = (
            limits.counted(recent, action)
            .exclude(actor=None)
            .values("actor")
            .annotate(n=Count("pk"))
            .filter(n__gte=most)
        )
        if found := list(many.values_list("actor", flat=True)):
            accounts = "、".join(map(str, found))
            raise Ill(
                f"编号为 {accounts} 的账号一小时内“{action.label}”已达上限 {most} 次",
                "在“审计记录”中核实用途",
            )
    return f"一小时内登录失败 {failed} 次"


# --- Disk and backups -----------------------------------------------------------------------------------------


@check("文件夹", "检查 VAR_DIR 的写入权限")
def _folders():
    folders = dict.fromkeys(map(Path, (settings.VAR_DIR, settings.MEDIA_ROOT)))
    fullest = 0
    for folder in folders:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder) as file:
                file.write(b"doctor")
        except OSError as error:
            raise Ill(
                f"{folder} 不能写入（{error.strerror}）", "把文件夹交给运行门户的用户，检查磁盘是否已满"
            ) from error
        usage = shutil.disk_usage(folder)
        fullest = max(fullest, round(100 * usage.used / (usage.used + usage.free)))
    if fullest > settings.DISK_PERCENT:
        raise Ill(f"磁盘已用 {fullest}%，超过 {settings.DISK_PERCENT}%", "清理旧备份和日志，或扩大磁盘")
    return f"可写，磁盘已用 {fullest}%"


@check("备份", "检查 BACKUP_DIR")
def _backup():
    if not settings.BACKUP_DIR:
        raise Ill(
            "没有设置 BACKUP_DIR，无从检查",
            "每天运行 manage.py backup，并把其文件夹设为 BACKUP_DIR",
            State.HINT,
        )
    newest = newest_backup(Path(settings.BACKUP_DIR))
    if newest is None:
        raise Ill(f"{settings.BACKUP_DIR} 中没有备份", "每天运行 manage.py backup 文件夹 --keep 30")
    taken = dt.datetime.fromtimestamp(newest.stat().st_mtime, tz=dt.UTC)
    if timezone.now() - taken > dt.timedelta(hours=settings.BACKUP_HOURS):
        raise Ill(
            f"最近一份备份在 {ago(taken)}，超过 {settings.BACKUP_HOURS} 小时",
            "检查每天运行 manage.py backup 的计划任务",
        )
    return f"最近一份备份在 {ago(taken)}"


@check("证书", "检查 CERTIFICATE_FILE")
def _certificate():
    if not settings.CERTIFICATE_FILE:
        return "由代理管理（没有设置 CERTIFICATE_FILE）"
    content = Path(settings.CERTIFICATE_FILE).read_bytes()
    days = (x509.load_pem_x509_certificate(content).not_valid_after_utc - timezone.now()).days
    if days < CERTIFICATE_DAYS:
        raise Ill(f"证书还有 {days} 天到期", "向签发机构换发证书，放到 PORTAL_CERTS 后重启代理")
    return f"证书还有 {days} 天到期"
