"""Two hosts, each with web, worker and beat of its own, that share PostgreSQL, Redis and the folder of files – no more.

Collected with PostgreSQL and Redis alone (conftest.py).
"""

import contextlib
import http.cookiejar
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import psycopg2
import pytest
from celery import current_app
from django.utils import timezone

from portal import pulse
from tests import builders
from tests.processes import ROOT, own_servers
from tests.services import free_port

PEOPLE = """
import datetime as dt
from members.models import DuesBasis
from tests import builders
top = builders.make_organisation(name="两台主机的党委")
for branch in [top, *(builders.make_organisation(parent=top) for _ in range(3))]:
    DuesBasis.objects.create(
        member=builders.make_member(branch), effective_from=dt.date(2026, 1, 1), category="salaried",
        base="5000.00", standard_amount=50, monthly_amount=50,
    )
print(*(builders.make_user("officer", top).username for _ in range(2)))
"""


class Host:
    """Processes with a data folder of their own; only `files` in it leads to the common one."""

    def __init__(self, name, folder, files, servers, queues):
        self.name, self.queues, self.port = name, queues, free_port()
        self.var, self.log = folder / name, folder / f"{name}.log"
        self.var.mkdir()
        (self.var / "files").symlink_to(files)
        own = {"VAR_DIR": str(self.var), "WEB_BIND": f"127.0.0.1:{self.port}", "WEB_WORKERS": "1"}
        self.env = os.environ | servers | own | {"DJANGO_SETTINGS_MODULE": "portal.settings"}
        self.processes = []

    def start(self):
        worker = ["-A", "portal", "worker", "-B", "-c", "1", "-Q", self.queues, "-n", f"{self.name}@%h"]
        self._begin("gunicorn", "-c", "deploy/gunicorn.conf.py", "portal.wsgi")
        self._begin("celery", *worker, "-l", "WARNING")

    def _begin(self, *arguments):
        command = [sys.executable, "-m", *arguments]
        with self.log.open("a") as log:
            self.processes.append(
                subprocess.Popen(
                    command, cwd=ROOT, env=self.env, stdout=log, stderr=log, start_new_session=True
                )
            )

    def kill(self):
        """As a power cut would."""
        for process in self.processes:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self.processes = []

    def run(self, *arguments):
        command = [sys.executable, *arguments]
        return subprocess.run(command, cwd=ROOT, env=self.env, capture_output=True, text=True, check=False)

    def is_ready(self):
        address = f"http://127.0.0.1:{self.port}/readyz"
        with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=10) as answer:
            return answer.status == 200
        return False


class Browser:
    """One person's; the cookies go to whichever host is asked."""

    def __init__(self):
        self.cookies = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))

    def get(self, host, path):
        return self._open(f"http://127.0.0.1:{host.port}{path}", None, {})

    def post(self, host, path, *, file=None, **fields):
        token = next(cookie.value for cookie in self.cookies if cookie.name == "csrftoken")
        lines = []
        for name, value in {"csrfmiddlewaretoken": token, **fields}.items():
            lines += [
                b"--edge",
                f'Content-Disposition: form-data; name="{name}"'.encode(),
                b"",
                value.encode(),
            ]
        if file:
            said = f'Content-Disposition: form-data; name="file"; filename="{file.name}"'
            lines += [
                b"--edge",
                said.encode(),
                b"Content-Type: application/octet-stream",
                b"",
                file.read_bytes(),
            ]
        body = b"\r\n".join([*lines, b"--edge--", b""])
        headers = {"Content-Type": "multipart/form-data; boundary=edge"}
        return self._open(f"http://127.0.0.1:{host.port}{path}", body, headers)

    def _open(self, address, body, headers):
        """The last address and the page."""
        try:
            asked = urllib.request.Request(address, body, headers)  # noqa: S310
            with self.opener.open(asked, timeout=60) as answer:
                return answer.url, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.url, error.read().decode()

    def sign_in(self, host, username, password=builders.PASSWORD):
        """Whether it worked."""
        self.get(host, "/accounts/login/")
        address, _ = self.post(host, "/accounts/login/", login=username, password=password)
        return "/login/" not in address


@pytest.fixture
def hosts(tmp_path):
    """A, whose worker takes no imports, and B; with a function that waits until a statement gives a value."""
    files = tmp_path / "files"
    files.mkdir()
    with own_servers(tmp_path / "unused") as servers:
        a = Host("a", tmp_path, files, servers, "default,export")
        b = Host("b", tmp_path, files, servers, "default,import")

        def wait_for(statement, value, seconds=60):
            deadline = time.monotonic() + seconds
            with contextlib.closing(psycopg2.connect(servers["DATABASE_URL"])) as connection:
                connection.autocommit = True
                cursor = connection.cursor()
                while True:
                    cursor.execute(statement)
                    (found,) = cursor.fetchone()
                    if found == value:
                        return
                    assert time.monotonic() < deadline, (
                        statement,
                        found,
                        a.log.read_text(),
                        b.log.read_text(),
                    )
                    time.sleep(0.1)

        try:
            yield a, b, wait_for
        finally:
            a.kill()
            b.kill()


def test_two_hosts_are_one_portal(hosts):
    a, b, wait_for = hosts
    begun = timezone.now()
    for host in hosts[:2]:
        host.start()
    people = a.run("-c", f"import django; django.setup()\n{PEOPLE}")
    assert people.returncode == 0, people.stderr
    officer, other = people.stdout.split()
    deadline = time.monotonic() + 60
    while not (a.is_ready() and b.is_ready()):
        assert time.monotonic() < deadline, a.log.read_text() + b.log.read_text()
        time.sleep(0.2)

    # Who signed in on A is known on B.
    browser = Browser()
    assert browser.sign_in(a, officer)
    assert "/login/" not in browser.get(b, "/imports/")[0]

    # What A took in, B's worker compares and writes: A's takes no imports.
    address, page = browser.post(a, "/imports/new/?kind=parks", file=ROOT / "tests/samples/parks.xlsx")
    number = re.search(r"/imports/(\d+)/", address)
    assert number, page
    wait_for("SELECT state FROM imports_importrun", "staged")
    browser.post(b, f"/imports/{number[1]}/apply/")
    wait_for("SELECT state FROM imports_importrun", "applied")
    wait_for("SELECT count(*) > 10 FROM orgs_park", True)
    wait_for("SELECT max(attempts) FROM imports_job", 1)

    # Guesses on both count together.
    guesses = [Browser().sign_in(host, other, "falsch-geraten-1") for host in (a, a, a, b, b)]
    assert guesses == [False] * 5
    assert not Browser().sign_in(a, other)
    assert not Browser().sign_in(b, other)

    # Both beats send everything, and more comes at once: figures stand once, the chain is whole.
    for _ in range(3):
        for task in (
            "portal.tasks.refresh_snapshots",
            "portal.tasks.rebuild_snapshots",
            "orgs.tasks.seal_audit",
        ):
            current_app.send_task(task)
    wait_for("SELECT count(*) FROM orgs_auditevent WHERE seal = ''", 0)
    wait_for("SELECT count(*) FROM portal_mark", 0)
    wait_for("SELECT count(*) > 10 FROM portal_snapshot WHERE until IS NULL", True)
    standing = "SELECT organisation_id, area_id, cluster_id, park_id FROM portal_snapshot WHERE until IS NULL"
    wait_for(f"SELECT count(*) FROM ({standing} GROUP BY 1, 2, 3, 4 HAVING count(*) > 1) AS twice", 0)  # noqa: S608
    assert b.run("manage.py", "verify_audit").returncode == 0

    # The dues are written in parts, by whichever worker is free, and have ended with the last of them.
    for _ in range(2):
        current_app.send_task("members.tasks.write_dues")
    deadline = time.monotonic() + 60
    while (pulse.last_successes()["write-dues"] or begun) <= begun:
        assert time.monotonic() < deadline, a.log.read_text() + b.log.read_text()
        time.sleep(0.1)
    wait_for("SELECT count(*) FROM members_duescharge", 4 * 7)
    parts = [log.count("members.tasks.write_dues_of") for log in (a.log.read_text(), b.log.read_text())]
    assert sum(parts) >= 2 * 4
    assert all(parts)

    # What ended well on either is known on both, and B alone goes on.
    assert not list(Path(a.var).glob("pulse/*"))
    a.kill()
    assert "/login/" not in browser.get(b, "/imports/")[0]
    findings = json.loads(b.run("manage.py", "doctor", "--json").stdout)
    ill = {finding["name"] for finding in findings if finding["state"] == "异常"}
    assert ill == {"运行模式"}, findings
