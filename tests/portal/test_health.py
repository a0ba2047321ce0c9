"""What the load balancer asks."""

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from portal import health


def test_livez_answers_without_a_database(client, django_db_blocker):
    with django_db_blocker.block():
        response = client.get("/livez")
    assert (response.status_code, response.content) == (200, b"ok")


@pytest.mark.django_db
def test_readyz_names_every_part(client):
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {"database": True, "migrations": True, "cache": True, "broker": True}


@pytest.mark.django_db
def test_readyz_is_not_ready_before_the_migrations(client, settings):
    settings.MIGRATION_MODULES = {}  # where the test database was built without them, they count here
    recorder = MigrationRecorder(connection)
    if recorder.has_table():
        recorder.migration_qs.filter(app="orgs").delete()
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["migrations"] is False


@pytest.mark.django_db
def test_readyz_is_not_ready_without_its_broker(client, settings, tmp_path):
    settings.REDIS_URL = ""
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {"data_folder_out": str(tmp_path / "gone")}
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["broker"] is False
    assert "gone" not in response.content.decode()


@pytest.mark.django_db
def test_readyz_is_not_ready_when_redis_does_not_answer(client, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert client.get("/readyz").json()["broker"] is False


def test_robots_are_kept_out(client):
    response = client.get("/robots.txt")
    assert response.content == b"User-agent: *\nDisallow: /\n"


def test_checks_cover_what_a_request_needs():
    assert set(health.CHECKS) == {"database", "migrations", "cache", "broker"}
