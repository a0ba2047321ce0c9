"""What Prometheus gets, asked over HTTP from the real programs."""

import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest
from django.db import connection

from imports.models import Job, JobState
from orgs.tasks import seal_audit
from portal import metrics, pulse
from tests import builders
from tests.processes import ROOT, Portal, own_servers
from tests.services import free_port

LINE = re.compile(r'(portal_\w+)(?:\{(\w+="[^"\n]*"(?:,\w+="[^"\n]*")*)\})? (-?[0-9.e+-]+)')


def parsed(text) -> dict[tuple, float]:
    """(name, label=value, …) → value; every line must be one that Prometheus reads, every name have its type before it."""
    found, types = {}, set()
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            types.add(line.split()[2])
            continue
        match = LINE.fullmatch(line)
        assert match, line
        assert any(match[1].removeprefix(name) in ("", "_bucket", "_sum", "_count") for name in types), line
        key = (match[1], *sorted((match[2] or "").replace('"', "").split(",")))
        assert key not in found
        found[key] = float(match[3])
    return found


@pytest.fixture
def var(settings, tmp_path, monkeypatch):
    settings.VAR_DIR = tmp_path
    monkeypatch.setattr(metrics, "requests", metrics.Requests())
    monkeypatch.setattr(pulse, "KEY", f"pulse of {tmp_path}")
    return tmp_path


@pytest.mark.django_db
def test_jobs_queues_and_periodic_tasks(var, settings):
    settings.REDIS_URL = ""
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {"data_folder_out": str(var)}
    for number in range(3):
        (var / f"{number}.msg").touch()
    Job.objects.create(kind="stage", idempotency_key="1")
    Job.objects.create(kind="stage", idempotency_key="2", state=JobState.FAILED)
    pulse.note(sender=seal_audit)

    found = parsed(metrics.text())

    assert found["portal_jobs", "state=queued"] == found["portal_jobs", "state=failed"] == 1
    assert found["portal_jobs", "state=running"] == 0
    assert found["portal_oldest_job_seconds", ""] >= 0
    assert found["portal_outbox_due", ""] == found["portal_audit_unsealed", ""] == 0
    assert found["portal_queue_length", ""] == 3
    last = found["portal_periodic_last_success_timestamp_seconds", "entry=seal-audit"]
    assert time.time() - last < 60
    assert {found["portal_part_up", f"part={part}"] for part in metrics.PARTS} == {1}
    connections = [key for key in found if key[0] == "portal_database_connections"]
    assert bool(connections) == (connection.vendor == "postgresql")


@pytest.mark.django_db
def test_a_part_that_is_away_leaves_the_others(var, settings, tmp_path):
    settings.REDIS_URL = ""
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {"data_folder_out": str(tmp_path / "gone")}

    found = parsed(metrics.text())

    assert found["portal_part_up", "part=queue"] == 0
    assert ("portal_queue_length", "") not in found
    assert found["portal_part_up", "part=database"] == 1


@pytest.mark.django_db
def test_requests_are_counted_by_route_and_never_by_what_was_typed(var, client, monkeypatch):
    monkeypatch.setattr(metrics, "WRITE_EVERY", -1)
    number = builders.identity_number(9)
    client.force_login(builders.make_user("officer", builders.make_organisation(name="机密党委")))
    for address in ("/livez", "/livez", f"/no/{number}/", f"/enterprises/?q={number}", "/members/"):
        client.get(address)
    client.generic("SP\nAM", "/livez")

    text = metrics.text()
    found = parsed(text)

    ok = ("method=GET", "route=portal:livez", "status=2xx")
    assert found["portal_request_seconds_count", *ok] == 2
    assert found["portal_request_seconds_bucket", "le=+Inf", *ok] == 2
    assert found["portal_request_seconds_count", "method=GET", "route=", "status=4xx"] == 1
    assert found["portal_request_seconds_count", "method=?", "route=portal:livez", "status=4xx"] == 1
    for word in (number, "/no/", "机密", "SP"):
        assert word not in text


def test_buckets_hold_what_is_below_them_and_processes_add_up(var, monkeypatch):
    monkeypatch.setattr(metrics, "WRITE_EVERY", -1)
    for seconds in (0.01, 0.05, 0.3, 99):
        metrics.requests.note("a", "GET", 200, seconds)
    (other,) = (var / "metrics").iterdir()
    (var / "metrics" / "web-other-1.json").write_text(other.read_text())
    (var / "metrics" / "web-other-2.json").write_text("half a fi")

    found = {key[1]: value for key, value in parsed("\n".join(metrics._with_types(list(metrics._requests())))).items()
             if key[0].endswith("_bucket")}  # fmt: skip

    assert [found[f"le={limit}"] for limit in (0.05, 0.1, 0.25, 0.5, 10.0, "+Inf")] == [4, 4, 4, 6, 6, 8]


def scrape(address):
    with urllib.request.urlopen(address, timeout=10) as answer:  # noqa: S310 - our own address
        assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        return parsed(answer.read().decode())


def test_a_running_portal_is_scraped_on_its_own_port_only(tmp_path):
    port = free_port()
    with own_servers(tmp_path / "var") as servers:
        portal = Portal(tmp_path / "var", **servers)
        portal.start()
        sidecar = subprocess.Popen(
            [sys.executable, "manage.py", "metrics"],
            cwd=ROOT, env=portal.env | {"METRICS_BIND": f"127.0.0.1:{port}"}, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            portal.wait_for("已启动", seconds=180)
            assert portal.get("/livez")[0] == 200
            time.sleep(2.1)
            assert portal.get("/livez")[0] == 200
            assert "运行指标" in sidecar.stdout.readline()
            found = scrape(f"http://127.0.0.1:{port}/metrics")
            livez = ("method=GET", "route=portal:livez", "status=2xx")
            assert found["portal_request_seconds_count", *livez] >= 1
            assert found["portal_part_up", "part=database"] == 1
            assert portal.get("/metrics")[0] in (302, 404)
            with pytest.raises(urllib.error.HTTPError):
                scrape(f"http://127.0.0.1:{port}/")
            sidecar.send_signal(signal.SIGTERM)
            assert sidecar.wait(20) == 0
        finally:
            sidecar.kill()
            sidecar.communicate()
            portal.kill()


@pytest.mark.parametrize("bind", ["8.8.8.8:9464", "9464", "127.0.0.1:x", "portal.example.cn:9464"])
def test_it_listens_inside_only(tmp_path, bind):
    env = Portal(tmp_path, METRICS_BIND=bind).env
    done = subprocess.run(
        [sys.executable, "manage.py", "metrics"],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "METRICS_BIND" in done.stderr
