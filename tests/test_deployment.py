"""docker-compose.yml, .env.example and the images keep the promises that no server is needed to check."""

import re
from pathlib import Path

import pytest
import yaml

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE = yaml.safe_load(TEXT)
SERVICES = COMPOSE["services"]
PORTAL = ("web", "worker", "beat", "migrate")


def test_all_parts_of_the_production_size_are_there():
    assert set(SERVICES) == {"proxy", "web", "worker", "beat", "redis", "db", "migrate"}


@pytest.mark.parametrize("name", SERVICES)
def test_service_is_hardened(name):
    service = SERVICES[name]

    assert service["read_only"] is True
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", service["user"])
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("name", [name for name in SERVICES if name != "migrate"])
def test_lasting_service_restarts_and_has_a_health_check(name):
    assert SERVICES[name]["restart"] == "unless-stopped"
    assert SERVICES[name]["healthcheck"]["test"]


def test_only_the_proxy_is_published_and_data_cannot_reach_out():
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    assert {name for name in SERVICES if SERVICES[name]["networks"] == ["inside"]} >= {"redis", "db", "beat"}


def test_every_secret_is_required_and_named_empty_in_the_example():
    required = set(re.findall(r"\$\{(\w+):\?", TEXT))
    secrets = {name for name in re.findall(r"\$\{(\w+)", TEXT) if re.search("PASSWORD|KEY", name)}
    example = dict(re.findall(r"^(\w+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE))

    assert secrets <= required
    assert example == dict.fromkeys(required, "")


def test_no_password_has_a_value_in_the_file():
    values = [value for service in SERVICES.values() for value in service.get("environment", {}).items()]

    assert [(k, v) for k, v in values if re.search("PASSWORD|KEY|SECRET", k) and not v.startswith("${")] == []


def test_beat_cannot_be_scaled_and_the_worker_leaves_periodic_tasks_to_it():
    assert SERVICES["beat"]["container_name"]
    assert " beat " in SERVICES["beat"]["command"]
    assert not re.search(r"--beat|-B\b", SERVICES["worker"]["command"])


def test_redis_keeps_its_data_and_refuses_instead_of_forgetting():
    command = SERVICES["redis"]["command"][-1]

    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command
    assert "requirepass" in command


def test_web_worker_and_beat_wait_for_the_migration():
    for name in ("web", "worker", "beat"):
        assert SERVICES[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


def test_the_image_runs_without_root_and_takes_only_the_product():
    dockerfile = (ROOT / "Dockerfile").read_text()
    ignored = (ROOT / ".dockerignore").read_text().splitlines()

    assert re.findall(r"^USER (.+)$", dockerfile, re.MULTILINE) == ["10001:10001", "10001:10001"]
    assert "--require-hashes" in dockerfile
    assert "*" in ignored
    assert not {"!tests", "!.git", "!.env", "!."} & set(ignored)
