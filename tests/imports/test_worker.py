"""Real workers over the real broker, killed without warning: nothing half written, nothing lost, nothing doubled."""

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import psycopg2
import pytest

from tests.processes import own_servers

ROOT = Path(__file__).resolve().parent.parent.parent
SAMPLES = ROOT / "tests" / "samples"
WORKER = [
    "-m",
    "celery",
    "-A",
    "portal",
    "worker",
    "-B",
    "-Q",
    "default,import,export",
    "-c",
    "1",
    "-l",
    "WARNING",
]

UPLOAD = """
import sys
from django.core.files import File
from imports import actions
from orgs.models import User
with open(sys.argv[1], "rb") as stream:
    run = actions.create_run(kind="enterprises", upload=File(stream, name="list.xlsx"), by=User.objects.system())
print(run.pk)
"""
APPLY = """
import sys
from imports import actions
from imports.models import ImportRun
run = ImportRun.objects.get(pk=sys.argv[1])
actions.request_apply(run=run, by=run.created_by)
"""

STAGE_AND_APPLY = """
import sys
from django.core.files import File
from imports import actions
from orgs.models import User
by = User.objects.system()
with open(sys.argv[1], "rb") as stream:
    run = actions.create_run(
        kind="enterprises", upload=File(stream, name="list.xlsx"), by=by, in_background=False
    )
run = actions.stage_run(run.pk)
print("staged", flush=True)
sys.stdin.readline()
actions.mark_applying(run=run, by=by)
print(actions.apply_run(run.pk).counts["new"])
"""


class Portal:
    """A portal of its own: database, queue and processes that only this test knows."""

    def __init__(self, folder: Path, database_url: str):
        self.database_url = database_url
        self.sqlite = folder / "var" / "portal.sqlite3"
        self.env = os.environ | {
            "DJANGO_SETTINGS_MODULE": "portal.settings",
            "VAR_DIR": str(folder / "var"),
            "JOB_STALE_SECONDS": "1",
            "PYTHONWARNINGS": "default",
        }
        self.env.pop("DATABASE_URL", None)
        if database_url:
            self.env["DATABASE_URL"] = database_url
        self.log = folder / "worker.log"
        self.process = None

    def manage(self, *arguments):
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.env,
            check=True,
            capture_output=True,
            text=True,
        ).stdout

    def python(self, script, *arguments):
        setup = "import django; django.setup()\n"
        return subprocess.run(
            [sys.executable, "-c", setup + script, *map(str, arguments)],
            cwd=ROOT,
            env=self.env,
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()

    def begin(self, script, *arguments):
        """The script in a process that is talked to line by line."""
        return subprocess.Popen(
            [sys.executable, "-c", "import django; django.setup()\n" + script, *map(str, arguments)],
            cwd=ROOT,
            env=self.env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def value(self, statement):
        """One value, read past the program."""
        connection = (
            psycopg2.connect(self.database_url) if self.database_url else sqlite3.connect(self.sqlite)
        )
        with contextlib.closing(connection), contextlib.closing(connection.cursor()) as cursor:
            cursor.execute(statement)
            return cursor.fetchone()[0]

    def wait_for(self, statement, value, seconds=60, every=0.02):
        end = time.monotonic() + seconds
        while (found := self.value(statement)) != value:
            assert time.monotonic() < end, (
                f"{statement}: {found!r} instead of {value!r}\n{self.log.read_text()[-2000:]}"
            )
            time.sleep(every)

    def start_worker(self):
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, *WORKER],
                cwd=ROOT,
                env=self.env,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill_worker(self):
        """The worker, its children and beat at once, as a power cut would."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.kill_worker()


@pytest.fixture
def portal(tmp_path):
    with own_servers(tmp_path / "var") as servers:
        portal = Portal(tmp_path, servers.get("DATABASE_URL", ""))
        portal.manage("import_workbook", "parks", str(SAMPLES / "parks.xlsx"), "--apply")
        yield portal
        portal.stop()


STAGED_ROWS = "SELECT COUNT(*) FROM imports_stagedrow WHERE run_id = (SELECT MAX(id) FROM imports_importrun)"
RUN_STATE = "SELECT state FROM imports_importrun ORDER BY id DESC LIMIT 1"
JOB_STATE = "SELECT state FROM imports_job ORDER BY id DESC LIMIT 1"
ENTERPRISES = "SELECT COUNT(*) FROM orgs_enterprise"


def test_a_killed_worker_leaves_nothing_half_done_and_its_successor_finishes(portal):
    run = portal.python(UPLOAD, SAMPLES / "enterprises-2026-10.xlsx")
    portal.start_worker()
    portal.wait_for(JOB_STATE, "running")
    portal.kill_worker()
    assert portal.value(RUN_STATE) == "staging"

    time.sleep(1.2)
    portal.start_worker()
    portal.wait_for(RUN_STATE, "staged")
    assert portal.value(STAGED_ROWS) == 9130

    # Asked for while nobody works, so that the next worker is caught in the act.
    portal.kill_worker()
    portal.python(APPLY, run)
    portal.start_worker()
    portal.wait_for(JOB_STATE, "running")
    time.sleep(0.2)
    portal.kill_worker()
    assert portal.value(ENTERPRISES) in (0, 9084)

    time.sleep(1.2)
    portal.start_worker()
    portal.wait_for(RUN_STATE, "applied")
    assert portal.value(ENTERPRISES) == 9084
    assert portal.value("SELECT COUNT(*) FROM orgs_enterpriseperiod") == 9084
    assert portal.value("SELECT COUNT(*) FROM orgs_surveyround") == 1
    assert portal.value("SELECT COUNT(*) FROM orgs_auditevent WHERE action = 'import'") == 2


def test_two_people_who_write_the_same_list_at_once_write_it_once(portal):
    people = [portal.begin(STAGE_AND_APPLY, SAMPLES / "enterprises-2026-10.xlsx") for _ in range(2)]
    for person in people:
        assert person.stdout.readline() == "staged\n"

    for person in people:
        person.stdin.write("go\n")
        person.stdin.flush()
    written = sorted(int(person.communicate()[0]) for person in people)

    assert written == [0, 9084]
    assert portal.value(ENTERPRISES) == 9084
    assert portal.value("SELECT COUNT(*) FROM orgs_surveyround") == 1
