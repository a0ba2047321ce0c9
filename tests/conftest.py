import http.server
import os
import sys
import threading

import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.test import Client, TransactionTestCase

from tests import builders, processes
from tests.receivers import Receiver


@pytest.fixture(scope="module", autouse=True)
def _numbers_restart():
    builders.restart_numbers()


@pytest.fixture
def client_for(db):
    """A browser in which `user` is signed in: `client_for(user).get(…)`."""

    def sign_in(user) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def receiver(settings):
    """Listed for webhooks; keeps in `got` what came, and answers as `answer` says."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.got, server.answer, server.daemon_threads = [], 200, True
    settings.WEBHOOK_HOSTS = [f"127.0.0.1:{server.server_port}"]
    settings.WEBHOOK_NETWORKS = ["127.0.0.0/8"]
    settings.WEBHOOK_PLAIN_HOSTS = ["127.0.0.1"]
    server.address = f"http://127.0.0.1:{server.server_port}/in?key=k1"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def django_db_use_migrations(worker_id):
    """The first of several processes builds its database by the migrations, all others from the models: the static checks
    say that both describe the same, and migrating takes three times as long."""
    return worker_id == "gw0"


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """A thread that still closes its connection must not keep the test database from being dropped."""
    yield
    if connection.vendor == "postgresql":
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


@pytest.fixture(scope="session", autouse=True)
def _quick_emptying():
    """After a test that committed, only tables that hold rows are emptied. Django would truncate all of them and then write
    the permissions of all models anew, half a second of work each time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda case: empty_tables())
        yield


def empty_tables():
    kept = {model._meta.db_table for model in (ContentType, Permission)}
    tables = sorted(set(connection.introspection.django_table_names()) - kept)
    looks = (f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {table})" for table in tables)  # noqa: S608
    filled = " UNION ALL ".join(looks)
    # In one transaction, at whose end the foreign keys are looked at: their order does not matter.
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(filled)
        while found := cursor.fetchall():  # again, since triggers write what was deleted
            for (table,) in found:
                cursor.execute(f"DELETE FROM {table}")  # noqa: S608
            cursor.execute(filled)


# Files that take minutes begin first, so that no process is left alone with one of them at the end.
LONGEST = (
    "tests/e2e/test_pages.py",
    "tests/test_schemathesis.py",
    "tests/test_access_walk.py",
    "tests/portal/test_run_portal.py",
    "tests/bench/test_bench_smoke.py",
    "tests/e2e/test_chain.py",
    "tests/imports/test_worker.py",
    "tests/members/test_demo.py",
    "tests/linkages/test_network.py",
    "tests/imports/test_chain.py",
)


def pytest_collection_modifyitems(items):
    for item in items:
        # With pytest 9.2 all operations of schemathesis have one id, and of those xdist runs only the last.
        if not item.nodeid.endswith(item.name):
            item._id = item.id.with_params(item.name.partition("[")[2].removesuffix("]"))
    assert len({item.nodeid for item in items}) == len(items)
    rank = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: rank.get(item.nodeid.partition("::")[0], len(rank)))


def pytest_sessionfinish(session):
    if not hasattr(session.config, "workerinput"):  # whoever started the others ends last
        processes.drop_migrated()


def pytest_runtest_logreport(report):
    """Says at once what failed: a whole run takes long, and its end tells it again."""
    if report.failed and "PYTEST_XDIST_WORKER" not in os.environ:
        sys.__stdout__.write(f"\nFAILED {report.nodeid}\n")
        sys.__stdout__.flush()
