"""`make run` as a person meets it: real processes, on a free port, with a data folder of their own.

In the pass over PostgreSQL and Redis the same tests run against those, in a database of their own.
"""

import base64
import json
import os
import re
import secrets
import signal
import socket
import time
from pathlib import Path

import pytest

from tests.processes import Portal, own_servers
from tests.services import free_port


@pytest.fixture
def fresh(tmp_path):
    """Nothing there yet."""
    with own_servers() as servers:
        portal = Portal(tmp_path / "var", **servers)
        yield portal
        portal.kill()


@pytest.fixture
def portal(tmp_path):
    with own_servers(tmp_path / "var") as servers:
        portal = Portal(tmp_path / "var", **servers)
        yield portal
        portal.kill()


def master_of(portal, word):
    """The process directly below the supervisor among those whose command line contains `word`."""
    for number in portal.processes(word):
        if f"\nPPid:\t{portal.process.pid}\n" in Path(f"/proc/{number}/status").read_text():
            return number
    return None


def test_serves_then_stops_on_ctrl_c_without_leaving_a_process(portal):
    portal.start()
    portal.wait_for(f"http://127.0.0.1:{portal.port}/")

    assert portal.get("/static/icons.svg")[0] == 200
    assert portal.processes("gunicorn")
    assert portal.processes("celery")
    portal.process.send_signal(signal.SIGINT)

    assert portal.process.wait(90) == 0
    assert portal.processes() == []
    assert portal.log.read_text().rstrip().endswith("已停止。")


@pytest.mark.once
def test_first_start_loads_the_demonstration_park_and_every_start_prints_its_accounts(fresh):
    portal = fresh
    portal.start(DEMO="1")
    portal.wait_for("已启动")
    first = portal.log.read_text()
    portal.kill()

    portal.start(DEMO="1")
    portal.wait_for("已启动")
    second = portal.log.read_text()

    accounts = re.findall(r"^  (\w+) +\S+  .+$", first, re.MULTILINE)
    assert {"admin", "officer", "secretary"} <= set(accounts)
    assert "已载入虚构的演示园区" in first
    assert "已载入虚构的演示园区" not in second
    assert re.findall(r"^  (\w+) +\S+  .+$", second, re.MULTILINE) == accounts


def test_production_serves_compressed_lasting_static_files_and_no_demonstration(portal):
    key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    portal.start(
        DEBUG="0",
        HTTPS="0",
        SECRET_KEY=key,
        FIELD_KEYS=f"one:{key}",
        INDEX_KEYS=f"one:{key}",
        AUDIT_KEY=key,
        ALLOWED_HOSTS="127.0.0.1",
    )
    portal.wait_for("已启动")
    assert "演示" not in portal.log.read_text()
    manifest = json.loads((Path(portal.var_dir) / "static" / "staticfiles.json").read_text())

    status, headers = portal.get(f"/static/{manifest['paths']['icons.svg']}")

    assert status == 200
    assert headers["Content-Encoding"] == "gzip"
    assert "immutable" in headers["Cache-Control"]


@pytest.mark.once
def test_restarts_a_killed_web_server_and_says_so(portal):
    portal.start()
    portal.wait_for("已启动")

    os.kill(master_of(portal, "gunicorn"), signal.SIGKILL)

    portal.wait_for("网页服务意外退出（退出码 -9），1 秒后重新启动。")
    assert portal.get("/static/icons.svg")[0] == 200


@pytest.mark.once
def test_restarts_a_killed_worker_and_a_killed_beat_and_says_so(portal):
    portal.start()
    portal.wait_for("已启动")
    for name, word in (("后台任务", "--queues"), ("定时任务", "beat")):
        killed = master_of(portal, word)

        os.kill(killed, signal.SIGKILL)

        portal.wait_for(f"{name}意外退出（退出码 -9），1 秒后重新启动。")
        deadline = time.monotonic() + 40
        while (new := master_of(portal, word)) is None and time.monotonic() < deadline:
            time.sleep(0.2)
        assert new not in (None, killed)


@pytest.mark.once
def test_nothing_survives_a_killed_supervisor(portal):
    portal.start()
    portal.wait_for("已启动")

    portal.process.kill()
    portal.process.wait()

    assert portal.wait_until_gone()


@pytest.mark.once
def test_a_taken_port_is_one_clear_line(portal):
    with socket.socket() as other:
        other.bind(("127.0.0.1", int(portal.port)))
        other.listen()
        portal.start()

        assert portal.process.wait(90) == 1

    expected = f"端口 {portal.port} 已被占用：请先停止占用它的程序，或换一个端口，例如 make run PORT=\\d+。\n"
    assert re.fullmatch(expected, portal.log.read_text())


@pytest.mark.parametrize("port", ["0", "65536", "web", "８０００"])
@pytest.mark.once
def test_a_senseless_port_is_one_clear_line(portal, port):
    portal.start(PORT=port)

    assert portal.process.wait(90) == 1
    assert portal.log.read_text() == (
        f"端口“{port}”无效：请用 1 到 65535 之间的数字，例如 make run PORT=8001。\n"
    )


@pytest.mark.once
def test_a_second_start_on_the_same_data_folder_is_refused(portal):
    second = Portal(portal.var_dir, **portal.servers)
    portal.start()
    portal.wait_for("已启动")
    second.log = portal.log.with_name("second.log")

    second.start()

    assert second.process.wait(90) == 1
    assert second.log.read_text().startswith("门户已经在运行")
    assert portal.process.poll() is None


def test_an_unreachable_database_is_one_clear_line(portal):
    portal.start(DATABASE_URL=f"postgres://nobody:none@127.0.0.1:{free_port()}/nothing")

    assert portal.process.wait(90) == 1
    lines = portal.log.read_text().splitlines()
    assert lines[-1].startswith("数据库不可用：")
    assert "Traceback" not in lines


@pytest.mark.once
def test_a_program_that_cannot_start_ends_the_portal_with_an_error(portal):
    portal.start(WEB_WORKERS="none")

    assert portal.process.wait(90) == 1
    assert "网页服务无法启动" in portal.log.read_text()
    assert portal.processes() == []
