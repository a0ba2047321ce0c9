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


class Portal:
    """One `manage.py run_portal`. Its data folder marks every process that belongs to it."""

    def __init__(self, var_dir, **servers):
        self.var_dir, self.servers, self.port = str(var_dir), servers, str(free_port())
        self.log = Path(var_dir).with_suffix(".log")
        self.process = None

    def prepare(self):
        """Begins with a database that is migrated and empty, as after an earlier start: migrating takes longer than
        what most tests are about. A server's database is migrated by the start itself."""
        if self.servers:
            return
        shared = Path(os.environ["TEST_VAR_DIR"])
        with (shared / "migrated.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (shared / "migrated").exists():
                first = Portal(shared / "migrating")
                first.manage("migrate", "--verbosity=0")
                first.manage("createcachetable")
                (shared / "migrating").rename(shared / "migrated")
        shutil.copytree(shared / "migrated", self.var_dir)

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

    def wait_for(self, text, seconds=120):
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
def own_servers():
    """What the pass runs on: nothing for the embedded size, else a new database (and the pass's own Redis)."""
    if "DATABASE_URL" not in os.environ:
        yield {}
        return
    base, _, _ = os.environ["DATABASE_URL"].rpartition("/")
    name = f"portal_run_{secrets.token_hex(4)}"
    with contextlib.closing(psycopg2.connect(f"{base}/postgres")) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield {"DATABASE_URL": f"{base}/{name}"}
        cursor.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
