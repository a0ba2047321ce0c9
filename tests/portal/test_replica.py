"""Reports read from a real streaming replica while it keeps up, and from the primary when it does not.

Collected on PostgreSQL alone (conftest.py).
"""

import contextlib
import datetime as dt
import io
import json
import subprocess
import tempfile
import time
from pathlib import Path

import environ
import openpyxl
import pytest
from django.core.management import call_command
from django.db import connection, connections, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from members.models import Member
from orgs import replica, uploads
from orgs.models import Organisation
from portal import doctor, metrics
from portal.models import ReportFile
from portal.reports import subscriptions
from portal.tasks import write_report
from tests import builders, services

pytestmark = pytest.mark.django_db(transaction=True)
LAST_MONTH = timezone.localdate().replace(day=1) - dt.timedelta(days=1)
MONTH_BEFORE = LAST_MONTH.replace(day=1) - dt.timedelta(days=1)


@pytest.fixture(scope="module")
def servers(django_db_setup):
    """A primary and its replica with the tables of the test database."""
    programs, test = services.postgresql_programs(), connection.settings_dict
    place = f"{test['USER']}:{test['PASSWORD']}@{test['HOST']}:{test['PORT'] or 5432}"
    with (
        tempfile.TemporaryDirectory(prefix="portal-test-") as folder,
        services.replicated_postgresql(Path(folder)) as (primary, standby),
    ):
        url, dump = primary.env["DATABASE_URL"], Path(folder, "dump.sql")
        services.run_on(services.maintenance(url), "CREATE DATABASE portal")
        source = ["-d", f"postgres://{place}/{test['NAME']}", "--no-owner", "--no-privileges"]
        subprocess.run([programs / "pg_dump", *source, "-f", dump], check=True)
        command = [programs / "psql", "-q", "-d", url, "-v", "ON_ERROR_STOP=1", "-f", dump]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        yield url, standby


@pytest.fixture
def standby(servers, transactional_db, settings, monkeypatch):
    """The process works on the pair; the replica has everything that is there."""
    url, found = servers
    default, before = connection.settings_dict, dict(connection.settings_dict)
    connection.close()
    default.update(environ.Env.db_url_config(url))
    # Not among the settings: of those the test runner forbids to connect to more than one.
    connections["replica"] = connection.copy(alias="replica")
    connections["replica"].settings_dict |= environ.Env.db_url_config(found.url)
    settings.DATABASE_ROUTERS = ["orgs.replica.Router"]
    monkeypatch.setattr(replica, "is_configured", lambda: True)
    monkeypatch.setattr(replica, "REST_SECONDS", 0.0)
    monkeypatch.setattr(replica, "CATCH_UP_SECONDS", 5.0)
    yield found
    connections["replica"].close()
    connection.close()
    del connections["replica"]
    default.update(before)


@contextlib.contextmanager
def asked(alias):
    """The statements that a connection is asked."""
    found = []

    def note(execute, statement, *rest):
        found.append(statement)
        return execute(statement, *rest)

    with connections[alias].execute_wrapper(note):
        yield found


def lacks_nothing():
    """The replica's, measured."""
    standing = replica.look()
    assert standing == replica.Standing(0.0), standing


@pytest.fixture
def top(standby):
    top = builders.make_organisation()
    for number in range(3):
        unit = builders.make_enterprise(reported_members=5 * number)
        builders.cover(unit, builders.make_organisation(parent=top)) if number else None
    return top


@pytest.fixture
def officer(top):
    return builders.make_user("officer", top)


def statistics(top):
    printed = io.StringIO()
    call_command("statistics", organisation=top.code, json=True, stdout=printed)
    return json.loads(printed.getvalue())


def cells(file):
    book = openpyxl.load_workbook(io.BytesIO(uploads.content_of(file)))
    return [
        [cell.value for row in sheet for cell in row if "生成时间" not in str(cell.value)] for sheet in book
    ]


def finding():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(doctor, "CHECKS", [one for one in doctor.CHECKS if one.name in ("数据库", "只读副本")])
        return list(doctor.examine())[1]


def usable():
    return "portal_replica_usable 1" in metrics.text()


def test_reports_are_those_of_the_primary_and_really_read_from_the_replica(standby, top, officer):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(replica, "is_configured", lambda: False)
        subscription = subscriptions.subscribe(report="coverage", organisation=top, lines="park", by=officer)
        type(subscription).objects.update(covered_until=MONTH_BEFORE)
        assert write_report(subscription.pk) == 1
        of_primary, numbers = cells(ReportFile.objects.get()), statistics(top)
    ReportFile.objects.all().delete()
    type(subscription).objects.update(covered_until=MONTH_BEFORE)
    before = standby.log.stat().st_size

    with asked("default") as on_primary, asked("replica") as on_replica:
        assert write_report(subscription.pk) == 1
        assert statistics(top) == numbers

    assert cells(ReportFile.objects.get()) == of_primary
    assert len(of_primary[0]) > 20
    # What it was asked stands in its own log, and the primary was asked no figures.
    assert 'FROM "orgs_enterprise"' in standby.log.read_text()[before:]
    assert any('FROM "orgs_enterprise"' in statement for statement in on_replica)
    assert not any('FROM "orgs_enterprise"' in statement for statement in on_primary)
    assert not any(statement.startswith(("INSERT", "UPDATE", "DELETE")) for statement in on_replica)
    assert any(statement.startswith("INSERT") for statement in on_primary)


def test_what_a_person_sees_is_the_same_there(standby, top, officer):
    below = builders.make_organisation(parent=top)
    builders.make_member(below)
    builders.make_member(builders.make_organisation())  # another tree's
    secretary = builders.make_user("secretary", below)

    for user in (officer, secretary):
        rows = Member.objects.visible_to(user).order_by("pk")
        with asked("replica") as statements:
            found = replica.read(lambda rows=rows: list(rows.values_list("pk", flat=True)))
        assert len(statements) >= 2  # how it stands, and the rows
        assert found == list(Member.objects.visible_to(user).order_by("pk").values_list("pk", flat=True))
        assert len(found) == 1


def test_the_page_of_a_report_and_of_a_past_day(standby, top, officer):
    client = Client()
    client.force_login(officer)
    pages = (
        f"{reverse('portal:report-coverage')}?organisation={top.pk}&month={LAST_MONTH:%Y-%m}",
        f"{reverse('portal:work-figures')}?organisation={top.pk}&on={MONTH_BEFORE}",
    )
    for page in pages:
        with asked("replica") as statements:
            assert client.get(page).status_code == 200
        assert len(statements) > 2, page
    with asked("replica") as statements:
        assert client.get(reverse("portal:home")).status_code == 200
    assert statements == []


def test_whoever_writes_meanwhile_writes_to_the_primary(standby, top):
    def work():
        found = Organisation.objects.get(pk=top.pk)
        assert found._state.db == "replica"
        found.name = "改名后的党委"
        found.save()  # belongs to the primary, wherever it was read
        again, created = Organisation.objects.get_or_create(pk=found.pk)
        return again.name, created, builders.make_organisation(parent=found).pk

    name, created, child = replica.read(work)

    assert (name, created) == ("改名后的党委", False)
    assert Organisation.objects.get(pk=top.pk).name == "改名后的党委"
    assert Organisation.objects.get(pk=child).depth == top.depth + 1


def test_within_a_transaction_people_read_what_they_wrote(standby, top, monkeypatch):
    standby.run("SELECT pg_wal_replay_pause()")
    monkeypatch.setattr(replica, "CATCH_UP_SECONDS", 0.2)
    try:
        with transaction.atomic():
            Organisation.objects.filter(pk=top.pk).update(name="事务中的名称")
            with asked("replica") as statements:
                assert replica.read(work_of(top)) == "事务中的名称"
            assert not any("orgs_organisation" in statement for statement in statements)
    finally:
        standby.run("SELECT pg_wal_replay_resume()")


def test_who_is_late_or_gone_is_not_asked_until_it_is_back(standby, top, settings, monkeypatch, caplog):
    lacks_nothing()
    assert finding().state == doctor.State.WELL
    assert usable()
    monkeypatch.setattr(replica, "CATCH_UP_SECONDS", 0.2)
    settings.REPLICA_MAX_LAG_SECONDS = 1

    # Late: replay stands still, and the primary has more.
    standby.run("SELECT pg_wal_replay_pause()")
    Organisation.objects.filter(pk=top.pk).update(name="新的名称")
    assert replica.look().is_usable  # so little is borne
    time.sleep(1.2)
    Organisation.objects.filter(pk=top.pk).update(name="更新的名称")
    assert replica.read(lambda: Organisation.objects.get(pk=top.pk).name) == "更新的名称"
    assert "落后" in finding().detail
    assert finding().state == doctor.State.ILL
    assert not usable()
    assert "portal_replica_lag_seconds" in metrics.text()
    assert "is not read" in caplog.text
    standby.run("SELECT pg_wal_replay_resume()")
    monkeypatch.setattr(replica, "CATCH_UP_SECONDS", 5.0)
    lacks_nothing()

    # Gone between being looked at and being asked, then gone altogether.
    def work():
        if standby.process.poll() is None:
            standby.kill()
        return Organisation.objects.get(pk=top.pk).name

    assert replica.read(work) == "更新的名称"
    assert replica.read(work) == "更新的名称"
    assert finding().state == doctor.State.ILL
    assert not usable()
    assert "portal_replica_lag_seconds" not in metrics.text()

    # Back.
    standby.start()
    lacks_nothing()
    with asked("replica") as statements:
        assert replica.read(work_of(top)) == "更新的名称"
    assert any("orgs_organisation" in statement for statement in statements)
    assert usable()


def work_of(top):
    return lambda: Organisation.objects.get(pk=top.pk).name


def test_after_trouble_it_is_left_alone_for_a_while(standby, top, monkeypatch):
    monkeypatch.setattr(replica, "REST_SECONDS", 60.0)
    monkeypatch.setattr(replica, "_left_alone_until", 0.0)
    monkeypatch.setattr(replica, "look", lambda: replica.Standing(None, "gone"))
    assert replica.read(work_of(top)) == top.name
    monkeypatch.setattr(replica, "look", lambda: pytest.fail("asked again at once"))
    assert replica.read(work_of(top)) == top.name


def test_a_server_that_is_no_replica_is_refused(standby, top):
    """A replica that was made a primary no longer gets anything, and would answer for ever with what it had."""
    connections["replica"].close()
    there = connections["replica"].settings_dict
    port, there["PORT"] = there["PORT"], connections["default"].settings_dict["PORT"]
    try:
        assert "不是只读副本" in finding().detail
        assert replica.read(work_of(top)) == top.name
    finally:
        connections["replica"].close()
        there["PORT"] = port
