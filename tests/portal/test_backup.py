"""Backup and restore as an operator runs them: in programs of their own, on databases of their own, on a real disk.

Starting a program costs more than what it does here, so each does several things, one after the other.
"""

import contextlib
import fcntl
import json
import os
import re
import secrets
import shutil
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import psycopg2
import pytest

from tests.processes import ROOT, Portal, own_servers

PRELUDE = """
import io, json, pathlib, resource
from django.core.management import CommandError, call_command
from django.test import override_settings

def attempt(*arguments, **settings):
    out = io.StringIO()
    with override_settings(**settings):
        try:
            call_command(*arguments, stdout=out)
        except CommandError as error:
            return [error.returncode, str(error)]
    return [0, out.getvalue()]
"""
FILL = """
from django.contrib.sessions.backends.db import SessionStore
from tests import builders
from orgs.models import Role
from orgs import audit
top = builders.make_organisation(name="备份党委")
branch = builders.make_organisation(top)
builders.make_user(Role.OFFICER, top)
member = builders.make_member(branch, name="测试备份", identity_number=builders.identity_number(77), mobile="19900000077")
for number in range(3):
    builders.add_document(builders.make_case(branch), content=builders.png(str(number)))
SessionStore().create()
audit.record(actor=None, action="update", obj=top)
audit.seal_pending()
"""
STATE = """
from django.contrib.sessions.models import Session
from members.models import CaseDocument, Member
from orgs import audit, uploads
print(json.dumps([said, {
    "numbers": [m.identity_number[:6] for m in Member.objects.filter(name="测试备份")],
    "documents": [len(uploads.content_of(d)) > 60 for d in CaseDocument.objects.all()],
    "sessions": Session.objects.count(),
    "chain": audit.verify_chain().reason,
}]))
"""
WHOLE = {"numbers": ["999902"], "documents": [True] * 3, "sessions": 0, "chain": ""}
RING = f"b1:{secrets.token_urlsafe(32)}="


@contextlib.contextmanager
def place(folder, *, migrated=True):
    """A data folder and a database of their own."""
    with own_servers(folder if migrated else None) as servers:
        folder.mkdir(exist_ok=True)
        yield Portal(folder, **servers)


def asked(portal, script):
    """What a program says that does all of `script`."""
    return json.loads(portal.python(PRELUDE + script).splitlines()[-1])


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """Only read by the tests; its archives lie in `folder`, what was said of them in `said`."""
    with place(tmp_path_factory.mktemp("filled") / "var") as portal:
        portal.folder = tmp_path_factory.mktemp("archives")
        portal.said = asked(
            portal,
            f"{FILL}\nfolder = pathlib.Path({str(portal.folder)!r})\n"
            "said = [attempt('backup', str(folder / 'plain')), "
            f"attempt('backup', str(folder / 'sealed'), BACKUP_KEYS={RING!r})]\n"
            "print(json.dumps(said))",
        )
        yield portal


@pytest.fixture
def empty(tmp_path):
    with place(tmp_path / "target", migrated=False) as portal:
        yield portal


@pytest.fixture
def used(tmp_path):
    """A portal with data that a restore may replace."""
    with place(tmp_path / "used") as portal:
        portal.python("from tests import builders\nbuilders.make_organisation(name='旧的党委')")
        yield portal


def rows(portal, query):
    """Asked without a program of ours in between."""
    with contextlib.closing(connect(portal)) as own:
        cursor = own.cursor()
        cursor.execute(query)
        return cursor.fetchall()


def connect(portal):
    url = portal.servers.get("DATABASE_URL")
    return psycopg2.connect(url) if url else sqlite3.connect(Path(portal.var_dir, "portal.sqlite3"))


def tables(portal):
    if "DATABASE_URL" in portal.servers:
        return len(rows(portal, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
    return len(rows(portal, "SELECT name FROM sqlite_master WHERE type = 'table'"))


def names(portal):
    return {name for (name,) in rows(portal, "SELECT name FROM orgs_organisation")}


def test_a_backup_says_what_it_holds_and_holds_no_key(filled):
    (plain, words), (sealed, others) = filled.said

    assert plain == sealed == 0
    assert "3 个文件" in words
    assert ("没有加密" in words, "没有加密" in others) == (True, False)
    marks = re.findall(r"  (\w+)(?: (\w+))?：([0-9a-f]{12})", words)
    assert [mark[:2] for mark in marks] == [("FIELD_KEYS", "dev"), ("INDEX_KEYS", "dev"), ("AUDIT_KEY", "")]
    for name in ("plain", "sealed"):
        assert oct((filled.folder / name).stat().st_mode)[-3:] == "600"
    content = (filled.folder / "plain").read_bytes()
    script = "from django.conf import settings as s\nprint(json.dumps([s.SECRET_KEY, s.FIELD_KEYS, s.INDEX_KEYS, s.AUDIT_KEY]))"
    for key in asked(filled, script):
        assert key.removeprefix("dev:").encode() not in content
    assert b"about.json" in content
    for word in (b"about.json", b"orgs_auditevent", b"PGDMP", b"uploads"):
        assert word not in (filled.folder / "sealed").read_bytes()


def test_everything_comes_back_but_who_was_signed_in(filled, empty):
    (status, words), now = asked(
        empty, f"said = attempt('restore', {str(filled.folder / 'plain')!r})\n{STATE}"
    )

    assert status == 0, words
    assert "3 个文件，逐项核对一致" in words
    assert "审计链完整" in words
    assert now == WHOLE
    files = [path for path in Path(empty.var_dir, "files").rglob("*") if path.is_file()]
    assert {oct(path.stat().st_mode)[-3:] for path in files} == {"600"}
    assert not Path(empty.var_dir, ".restore").exists()


def test_a_sealed_archive_opens_only_with_its_key_and_a_migrated_database_counts_as_empty(filled, tmp_path):
    path, other = str(filled.folder / "sealed"), f"b2:{secrets.token_urlsafe(32)}="
    with place(tmp_path / "fresh") as fresh:
        script = f"refused = attempt('restore', {path!r}, BACKUP_KEYS={other!r})\n"
        script += f"said = [refused, attempt('restore', {path!r}, BACKUP_KEYS={f'{other},{RING}'!r})]\n"
        ((status, words), (opened, _)), now = asked(fresh, script + STATE)

    assert (status, opened) == (1, 0)
    assert re.search(r"需要指纹为 [0-9a-f]{12} 的密钥", words)
    assert now == WHOLE


REFUSALS = """
from io import BytesIO
from portal.backups import archive
from portal.backups.make import Writer
from django.conf import settings
folder, own, said = pathlib.Path({folder!r}), pathlib.Path({own!r}), {{}}

for name in ("plain", "sealed"):
    whole = (folder / name).read_bytes()
    size, broken = len(whole), []
    for at in (600, 3000, size // 3, size // 2, size - 6000, size - 1400):
        at = next(n for n in range(at, size) if whole[n])  # not where tar fills up with zeros
        broken.append(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1:])
    broken += [whole[:length] for length in (0, 5, 700, size // 2, size - 2048)] + [b"PK" + whole]
    for number, content in enumerate(broken):
        (own / "x").write_bytes(content)
        said[f"damaged {{name}} {{number}}"] = attempt("restore", str(own / "x"), BACKUP_KEYS={ring!r})

plain, ring = str(folder / "plain"), "dev:" + "A" * 43 + "="
said["FIELD_KEYS"] = attempt("restore", plain, FIELD_KEYS=ring)
said["INDEX_KEYS"] = attempt("restore", plain, INDEX_KEYS=ring)
said["AUDIT_KEY"] = attempt("restore", plain, AUDIT_KEY="another")

def renewed(change):
    with archive.members(folder / "plain") as found, archive.new_file(own / "x") as file:
        writer = Writer(file)
        for name, source in found:
            data = source.read()
            if name == "about.json":
                about = json.loads(data)
                change(about)
                sha256 = writer.add_json(name, about)
            elif name == "sums.json":
                writer.add_json(name, json.loads(data) | {{"about": sha256}})
            else:
                writer.add(name, len(data), BytesIO(data))
        writer.finish()
    return str(own / "x")

said["newer"] = attempt("restore", renewed(lambda about: about["migrations"].append("orgs.9999_tomorrow")))
said["form"] = attempt("restore", renewed(lambda about: about.update(form=2)))
other = "postgresql" if settings.IS_SQLITE else "sqlite"
said["engine"] = attempt("restore", renewed(lambda about: about.update(engine=other)))
said["missing"] = attempt("restore", str(own / "none"))

stray = pathlib.Path(settings.MEDIA_ROOT) / "stray"
stray.parent.mkdir()
stray.touch()
said["stray"] = attempt("restore", plain)
"""


def test_what_cannot_be_restored_is_refused_before_anything_is_touched(filled, empty, tmp_path):
    script = REFUSALS.format(folder=str(filled.folder), own=str(tmp_path), ring=RING)
    said = asked(empty, script + "print(json.dumps(said))")

    damaged = {name: words for name, words in said.items() if name.startswith("damaged")}
    assert len(damaged) == 24
    # A changed letter may also name a migration, a key or an engine that is not there.
    sentences = "已损坏或不完整|不认识其中的|缺少读取|需要指纹为|请先升级|请在同一种"
    assert {
        name: words for name, words in damaged.items() if words[0] != 1 or not re.search(sentences, words[1])
    } == {}
    for name in ("FIELD_KEYS", "INDEX_KEYS", "AUDIT_KEY"):
        assert said[name][0] == 1
        assert re.search(rf"缺少读取这份备份所需的密钥：{name}.*指纹 [0-9a-f]{{12}}", said[name][1])
    for name, words in {
        "newer": "不认识其中的 1 项升级（orgs.9999_tomorrow",
        "form": "请先升级本系统",
        "engine": "请在同一种数据库上恢复",
        "missing": "读写失败",
        "stray": "--replace",
    }.items():
        assert said[name][0] == 1
        assert words in said[name][1]
    assert tables(empty) == 0
    assert not Path(empty.var_dir, ".restore").exists()
    assert Path(empty.var_dir, "files", "stray").exists()


DIFFERENCES = """
def change(about):
    about["tables"]["members_member"][0] += 1
    about["tables"]["orgs_organisation"][1] = "0" * 64
    about["tables"]["members_gone"] = [1, ""]
said = {"not asked": attempt("restore", plain), "changed": attempt("restore", renewed(change), "--replace")}
from django.db import connection
connection.cursor().execute("UPDATE orgs_auditevent SET actor_name = 'x' WHERE seal <> ''")
attempt("backup", str(own / "forged"))
said["forged"] = attempt("restore", str(own / "forged"), "--replace")
said["older"] = attempt("restore", renewed(lambda about: about["migrations"].pop()), "--replace")
"""


def test_data_is_replaced_when_asked_for_and_whatever_differs_is_named(filled, used, tmp_path):
    script = REFUSALS.format(folder=str(filled.folder), own=str(tmp_path), ring=RING)
    script = script[script.index("def renewed") :]
    start = (
        "from io import BytesIO\nfrom portal.backups import archive\nfrom portal.backups.make import Writer\n"
    )
    start += f"folder, own = pathlib.Path({str(filled.folder)!r}), pathlib.Path({str(tmp_path)!r})\n"
    start += "plain = str(folder / 'plain')\n"
    said, now = asked(used, start + script[: script.index("said[")] + DIFFERENCES + STATE)

    assert [said[name][0] for name in ("not asked", "changed", "forged", "older")] == [1, 1, 1, 0]
    assert "--replace" in said["not asked"][1]
    for words in (
        "表 members_member 应有 3 行，现有 2 行",
        "表 orgs_organisation 的内容与备份时不同",
        "缺少表 members_gone",
    ):
        assert words in said["changed"][1]
    assert len(said["changed"][1].splitlines()) == 5
    assert "审计链已断" in said["forged"][1]
    assert "请运行 manage.py migrate" in said["older"][1]
    assert now == WHOLE
    assert "旧的党委" not in names(used)


def test_nothing_is_restored_under_a_running_portal_or_beside_other_programs(filled, used):
    restore = f"print(json.dumps(attempt('restore', {str(filled.folder / 'plain')!r}, '--replace')))"
    with Path(used.var_dir, "run.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # as run_portal does
        status, words = asked(used, restore)
    assert status == 1
    assert "门户正在运行" in words

    with contextlib.closing(connect(used)) as other:
        other.cursor().execute("UPDATE orgs_organisation SET name = name")  # and does not commit
        status, words = asked(used, restore)
    assert status == 1
    assert re.search("先停止(网页服务和后台任务|门户的全部程序)", words)
    assert names(used) == {"旧的党委"}


WRITE = """
import itertools, sys
from django.db import transaction
from orgs import audit
from orgs.models import Notice, User
user = User.objects.first()
for number in itertools.count():
    with transaction.atomic():
        audit.record(actor=None, action="update", obj=user, label="对子")
        Notice.objects.create(user=user, key=f"对子{number}", title="对子", url="/")
    print(number, flush=True)
"""
PAIRS = """
from orgs.models import AuditEvent, Notice
pairs = [AuditEvent.objects.filter(object_label="对子").count(), Notice.objects.filter(title="对子").count()]
print(json.dumps([said, pairs]))
"""


def test_what_others_write_meanwhile_is_in_it_whole_or_not_at_all(filled, tmp_path):
    plain, taken = str(filled.folder / "plain"), str(tmp_path / "taken")
    with place(tmp_path / "busy", migrated=False) as busy:
        assert asked(busy, f"print(json.dumps(attempt('restore', {plain!r})))")[0] == 0
        command = [sys.executable, "-c", f"import django; django.setup()\n{WRITE}"]
        writer = subprocess.Popen(command, cwd=ROOT, env=busy.env, stdout=subprocess.PIPE, text=True)
        try:
            for _ in range(20):
                assert writer.stdout.readline()
            script = f"said = [attempt('backup', {taken!r}) for _ in range(3)]\nprint(json.dumps(said))"
            assert [status for status, _ in asked(busy, script)] == [0, 0, 0]
            assert writer.poll() is None
        finally:
            writer.kill()
            last = int(writer.communicate()[0].splitlines()[-1])
        (status, words), (events, notices) = asked(
            busy, f"said = attempt('restore', {taken!r}, '--replace')\n{PAIRS}"
        )

    assert status == 0, words
    assert 20 <= events == notices <= last + 1


def test_a_restore_that_is_killed_leaves_the_old_data_or_the_new(filled, used):
    plain, working = str(filled.folder / "plain"), Path(used.var_dir, ".restore")
    for pause in (0, 0.1, 0.4):
        command = [sys.executable, "manage.py", "restore", plain, "--replace"]
        killed = subprocess.Popen(
            command, cwd=ROOT, env=used.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        while not (working / "database").exists() and killed.poll() is None:
            time.sleep(0.01)
        time.sleep(pause)
        killed.kill()
        killed.wait()
        assert used.wait_until_gone()
        assert names(used) == {"旧的党委"} or "备份党委" in names(used)

    (status, _), now = asked(used, f"said = attempt('restore', {plain!r}, '--replace')\n{STATE}")
    assert status == 0
    assert now == WHOLE
    assert not working.exists()


FULL = """
folder, said = pathlib.Path({folder!r}), []
for limit in (4096, 60_000):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    said.append(attempt("backup", str(folder / "x")))
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
print(json.dumps(said))
"""


def test_a_full_disk_leaves_no_file(filled, tmp_path):
    """The system refuses to let any file of the program grow beyond the limit, as a full disk would."""
    said = asked(filled, FULL.format(folder=str(tmp_path)))

    assert [status for status, _ in said] == [1, 1]
    for _, words in said:
        assert len(words.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_backup_that_is_killed_leaves_no_file_and_nothing_in_the_way(filled, tmp_path):
    path = tmp_path / "x"
    command = [sys.executable, "manage.py", "backup", str(path)]
    killed = subprocess.Popen(command, cwd=ROOT, env=filled.env, stdout=subprocess.DEVNULL)
    while not (tmp_path / ".backup.part").exists():
        time.sleep(0.01)
    killed.kill()
    killed.wait()
    assert not path.exists()

    for day in ("20260101", "20260102", "20260103"):
        (tmp_path / f"portal-{day}-000000.backup").touch()
    script = f"folder = {str(tmp_path)!r}\nsaid = [attempt('backup', folder + '/x'), attempt('backup', folder, '--keep', '2')]\n"
    script += "said += [attempt('backup', folder, '--keep', '0'), attempt('backup', folder + '/x', '--keep', '2')]\n"
    script += "said += [attempt('backup', folder + '/none/x')]\n"
    script += f"said += [attempt('backup', {str(filled.folder)!r})]\nprint(json.dumps(said))"
    shutil.copy(filled.folder / "plain", filled.folder / ".backup.part")
    with (filled.folder / ".backup.part").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another backup into that folder
        made, kept, zero, file, nowhere, busy = asked(filled, script)

    assert (made[0], kept[0]) == (0, 0)
    assert "已删除旧备份 2 份" in kept[1]
    assert "--keep 须为 1" in zero[1]
    assert "--keep 只用于文件夹" in file[1]
    assert "不存在" in nowhere[1]
    assert "正有另一个备份在写" in busy[1]
    left = sorted(path.name for path in tmp_path.iterdir())
    assert len(left) == 3
    assert left[0] == "portal-20260103-000000.backup"
    assert left[2] == "x"


PROGRAM = """
from portal.backups.archive import Refused
from portal.backups.engines import program
said = []
for content in ("", "#!/bin/sh\\necho 'pg_dump (PostgreSQL) 9.6.1'\\n"):
    if content:
        path = pathlib.Path({folder!r}, "pg_dump_of_nobody")
        path.write_text(content)
        path.chmod(0o755)
    try:
        program("pg_dump_of_nobody")
    except Refused as refusal:
        said.append(str(refusal))
print(json.dumps(said))
"""


def test_a_program_of_another_version_than_the_server_is_not_used(filled, tmp_path, monkeypatch):
    if "DATABASE_URL" not in filled.servers:
        return  # SQLite needs no program
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    missing, other = asked(filled, PROGRAM.format(folder=str(tmp_path)))

    assert "请安装 postgresql-client-" in missing
    assert "找到的是“pg_dump (PostgreSQL) 9.6.1”" in other
