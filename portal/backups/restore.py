"""Puts an archive in place: everything is unpacked and compared first, and only then anything is touched."""

import fcntl
import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader

from orgs.audit import ChainReport, record, verify_chain
from orgs.models import AuditAction
from portal.backups.archive import DAMAGED, Refused, copy, fingerprints, members
from portal.backups.engines import engine, quoted
from portal.backups.make import ABOUT, DATABASE, FILES, FORM, LISTING, SUMS

# A row in one of these, and the database is somebody's.
LIVED_IN = ("orgs.User", "orgs.Organisation", "orgs.Enterprise", "orgs.AuditEvent")
ENGINES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


@dataclass(frozen=True)
class Restored:
    """`differences` are sentences; `behind` says that migrations of this program are still to be run."""

    about: dict
    files: int
    differences: list[str]
    behind: bool
    chain: ChainReport | None

    @property
    def faults(self) -> list[str]:
        broken = self.chain and self.chain.reason
        return self.differences + ([f"审计链已断：{broken}"] if broken else [])


def restore(path: Path, *, replace: bool) -> Restored:
    """Raises Refused while nothing is changed yet; what differs afterwards is in the report.

    Killed half-way: the database is the old one or the new one whole; running it again with `replace` completes it.
    """
    folder = Path(settings.VAR_DIR) / ".restore"
    with _alone():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
        try:
            with members(path) as found:
                about, files = _unpack(found, folder, replace)
            engine().load(folder / "database")
            _put_files(folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    behind = bool(_known_migrations() - set(about["migrations"]))
    report = Restored(about, files, _differences(about["tables"]), behind, _chain(behind))
    if not report.faults and not behind:
        record(
            actor=None,
            action=AuditAction.IMPORT,
            detail={"list": "整库恢复", "taken_at": about["taken_at"], "files": files},
        )
    return report


def _alone():
    """The lock of `run_portal`: it must neither run now nor be started meanwhile."""
    lock = (Path(settings.VAR_DIR) / "run.lock").open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise Refused("门户正在运行：请先停止它再恢复。") from error
    return lock


# --- Before anything is touched -------------------------------------------------------------------------------


def _unpack(found, folder: Path, replace: bool) -> tuple[dict, int]:
    """Everything into `folder`, compared with its sums."""
    name, source = next(found, ("", None))
    if name != ABOUT:
        raise Refused(f"这不是本系统的备份文件。{DAMAGED}")
    text = source.read()
    about, sums = _json(text), {}
    try:
        _refuse_unfit(about)
    except (KeyError, TypeError, AttributeError) as error:
        raise Refused(DAMAGED) from error
    _refuse_occupied(replace)
    database, listed = hashlib.sha256(), None
    (folder / "files").mkdir(mode=0o700)
    with (folder / "database").open("wb") as dump, (folder / "listing").open("w+b") as listing:
        for name, source in found:
            if name.startswith(DATABASE):
                copy(source, lambda data: (database.update(data), dump.write(data)))
            elif name.startswith(FILES):
                own = name.removeprefix(FILES)
                target = folder / "files" / own
                target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                with target.open("xb") as file:
                    target.chmod(settings.FILE_UPLOAD_PERMISSIONS)
                    listing.write(f"{copy(source, file.write)}  {own}\n".encode())
            elif name == LISTING:
                listed = copy(source, len)
            elif name == SUMS:
                sums = _json(source.read())
        listing.seek(0)
        unpacked = copy(listing, len)
    seen = {"about": hashlib.sha256(text).hexdigest(), "database": database.hexdigest(), "files": unpacked}
    if listed != unpacked or seen != {name: sums.get(name) for name in seen}:
        raise Refused(DAMAGED)
    return about, sums.get("count", 0)


def _json(text: bytes) -> dict:
    try:
        return json.loads(text)
    except ValueError as error:
        raise Refused(DAMAGED) from error


def _refuse_unfit(about: dict) -> None:
    if about["form"] != FORM:
        raise Refused(f"备份由更新的版本（{about['version']}）写成，请先升级本系统。")
    if about["engine"] != connection.vendor:
        raise Refused(
            f"备份来自 {ENGINES[about['engine']]}，当前数据库是 {ENGINES[connection.vendor]}："
            "请在同一种数据库上恢复（设置 DATABASE_URL）。"
        )
    if newer := sorted(set(about["migrations"]) - _known_migrations()):
        raise Refused(
            f"备份由更新的版本（{about['version']}）写成，本系统不认识其中的 {len(newer)} 项升级（{newer[-1]} 等）："
            "请先升级本系统再恢复。"
        )
    present = {(setting, mark) for setting, keys in fingerprints().items() for mark in keys.values()}
    missing = [
        f"{setting}{f' 的“{key}”' if key else ''}（指纹 {mark}）"
        for setting, keys in about["keys"].items()
        for key, mark in keys.items()
        if (setting, mark) not in present
    ]
    if missing:
        raise Refused(f"缺少读取这份备份所需的密钥：{'、'.join(missing)}。请把它们放回设置后再运行。")


def _known_migrations() -> set[str]:
    return {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}


def _refuse_occupied(replace: bool) -> None:
    if others := engine().others_connected():
        raise Refused(f"还有 {others} 个连接在使用数据库：请先停止网页服务和后台任务，再恢复。")
    if not replace and (_lived_in() or any(p.is_file() for p in Path(settings.MEDIA_ROOT).rglob("*"))):
        raise Refused("数据库或文件夹中已有数据，未做任何改动。确要用备份整个替换，请加 --replace。")


def _lived_in() -> bool:
    present = set(connection.introspection.table_names())
    tables = {apps.get_model(label)._meta.db_table for label in LIVED_IN} & present
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"SELECT 1 FROM {quoted(table)} LIMIT 1")  # noqa: S608
            if cursor.fetchone():
                return True
    return False


# --- Afterwards -----------------------------------------------------------------------------------------------


def _put_files(folder: Path) -> None:
    root, before = Path(settings.MEDIA_ROOT), folder / "before"
    if root.exists():
        root.rename(before)
    (folder / "files").rename(root)


def _differences(tables: dict[str, list]) -> list[str]:
    now = {name: list(found) for name, found in engine().sums().items()}
    words = [f"多出表 {name}" for name in sorted(now.keys() - tables.keys())]
    for name, (rows, sha256) in tables.items():
        if name not in now:
            words.append(f"缺少表 {name}")
        elif now[name][0] != rows:
            words.append(f"表 {name} 应有 {rows} 行，现有 {now[name][0]} 行")
        elif now[name][1] != sha256:
            words.append(f"表 {name} 的内容与备份时不同")
    return words


def _chain(behind: bool) -> ChainReport | None:
    """None when this program cannot read the table before its migrations have run."""
    try:
        return verify_chain()
    except DatabaseError:
        if behind:
            return None
        raise
