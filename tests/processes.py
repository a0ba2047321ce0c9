"""A portal of a test's own: `manage.py run_portal` in real processes, with its own data folder and database."""

import contextlib
import fcntl
import http.client
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg2
from psycopg2 import sql

from tests.services import free_port

ROOT = Path(__file__).resolve().parent.parent
MIGRATED = "migrated.database"  # holds the name of the database that others are copied from


class Portal:
    """One `manage.py run_portal`. Its data folder marks every process that belongs to it."""

    def __init__(self, var_dir, **servers):
        self.var_dir, self.servers, self.port = str(var_dir), servers, str(free_port())
        self.log = Path(var_dir).with_suffix(".log")
        self.process = None

    def start(self, **env):
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "run_portal"],
                cwd=ROOT,
                env=self.env | env,
                stdout=log,
                stderr=log,
            )

    @property
    def env(self):
        own = {"DJANGO_SETTINGS_MODULE": "portal.settings", "PYTHONUNBUFFERED": "1", "DEMO": "0"}
        return os.environ | own | {"VAR_DIR": self.var_dir, "PORT": self.port} | self.servers

    @property
    def address(self):
        return f"http://127.0.0.1:{self.port}"

    def manage(self, *arguments) -> str:
        """What another `manage.py` on the same data prints."""
        return self._printed("manage.py", *arguments)

    def python(self, script) -> str:
        """What `script` prints, run with Django set up on the same data."""
        return self._printed("-c", f"import django; django.setup()\n{script}")

    def _printed(self, *arguments):
        command = [sys.executable, *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self.env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def get(self, path):
        """The status and the headers of the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", int(self.port), timeout=10)
        with contextlib.closing(connection):
            connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
            with connection.getresponse() as response:
                response.read()
                return response.status, response.headers

    def wait_for(self, text, seconds=900):
        deadline = time.monotonic() + seconds
        while text not in self.log.read_text():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.2)

    def processes(self, word=""):
        """Process numbers of this portal whose command line contains `word`."""
        mark, found = f"VAR_DIR={self.var_dir}".encode(), []
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                environment = (folder / "environ").read_bytes().split(b"\0")
                if mark in environment and word.encode() in (folder / "cmdline").read_bytes():
                    found.append(int(folder.name))
        return found

    def wait_until_gone(self, seconds=40):
        deadline = time.monotonic() + seconds
        while self.processes() and time.monotonic() < deadline:
            time.sleep(0.2)
        return not self.processes()

    def kill(self):
        self.process.kill()
        self.process.wait()
        for number in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)


@contextlib.contextmanager
def own_servers(migrated_into: Path | None = None):
    """What the pass runs on: nothing for the embedded size, else a new database (and the pass's own Redis).

    `migrated_into` is the data folder of a portal that begins with a migrated, empty database, as after an earlier start:
    migrating takes longer than what most tests are about.
    """
    if "DATABASE_URL" not in os.environ:
        if migrated_into:
            with _once() as shared:
                shutil.copytree(_migrated_folder(shared), migrated_into)
        yield {}
        return
    name = f"portal_run_{secrets.token_hex(4)}"
    if migrated_into:
        with _once() as shared:
            on_server("CREATE DATABASE {} TEMPLATE {}", name, _migrated_database(shared))
    else:
        on_server("CREATE DATABASE {}", name)
    try:
        yield {"DATABASE_URL": _address_of(name)}
    finally:
        on_server("DROP DATABASE {} WITH (FORCE)", name)


def on_server(statement: str, *names: str) -> None:
    with contextlib.closing(psycopg2.connect(_address_of("postgres"))) as connection:
        connection.autocommit = True
        connection.cursor().execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def _address_of(database):
    return f"{os.environ['DATABASE_URL'].rpartition('/')[0]}/{database}"


# --- Migrated once, then copied --------------------------------------------------------------------------


@contextlib.contextmanager
def _once():
    """The folder that all processes of this test run share, for one of them at a time."""
    shared = Path(os.environ["TEST_VAR_DIR"])
    with (shared / "migrated.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield shared


def _migrate(var_dir, **servers):
    first = Portal(var_dir, **servers)
    first.manage("migrate", "--verbosity=0")
    first.manage("createcachetable")


def _migrated_folder(shared) -> Path:
    if not (shared / "migrated").exists():
        _migrate(shared / "migrating")
        (shared / "migrating").rename(shared / "migrated")
    return shared / "migrated"


def _migrated_database(shared) -> str:
    known = shared / MIGRATED
    if not known.exists():
        name = f"portal_migrated_{secrets.token_hex(4)}"
        on_server("CREATE DATABASE {}", name)
        _migrate(shared / "migrating", DATABASE_URL=_address_of(name))
        known.write_text(name)
    return known.read_text()


def drop_migrated() -> None:
    """At the end of the test run."""
    known = Path(os.environ["TEST_VAR_DIR"], MIGRATED)
    if known.exists():
        on_server("DROP DATABASE IF EXISTS {} WITH (FORCE)", known.read_text())
