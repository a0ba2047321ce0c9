"""docker-compose.yml, .env.example and the images keep the promises that no server is needed to check."""

import os
import re
import secrets
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE = yaml.safe_load(TEXT)
SERVICES = COMPOSE["services"]
ONCE = ("migrate", "backup")


def test_all_parts_of_the_production_size_are_there():
    assert set(SERVICES) == {"proxy", "web", "worker", "beat", "redis", "db", "metrics", *ONCE}


@pytest.mark.parametrize("name", SERVICES)
def test_service_is_hardened(name):
    service = SERVICES[name]

    assert service["read_only"] is True
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", service["user"])
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["mem_limit"]
    assert service["cpus"]
    assert service["pids_limit"]


@pytest.mark.parametrize("name", [name for name in SERVICES if name not in ONCE])
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


def test_backups_are_sealed_and_made_by_the_programs_of_the_server():
    version = re.search(r"postgres:(\d+)", SERVICES["db"]["image"])[1]

    assert SERVICES["backup"]["environment"]["BACKUP_KEYS"].startswith("${BACKUP_KEYS:?")
    assert SERVICES["backup"]["profiles"] == ["tools"]
    assert f"postgresql-client-{version}" in (ROOT / "Dockerfile").read_text()


def production(tmp_path, **env) -> dict:
    keys = {name: f"k1:{secrets.token_urlsafe(32)}=" for name in ("FIELD_KEYS", "INDEX_KEYS", "BACKUP_KEYS")}
    keys |= {name: secrets.token_urlsafe(48) for name in ("SECRET_KEY", "AUDIT_KEY")}
    own = {"DEBUG": "0", "ALLOWED_HOSTS": "dangjian.example.cn", "VAR_DIR": str(tmp_path)}
    # What browser tests of the same process set for themselves is no part of production.
    outside = {name: value for name, value in os.environ.items() if name != "DJANGO_ALLOW_ASYNC_UNSAFE"}
    return outside | {"DJANGO_SETTINGS_MODULE": "portal.settings"} | own | keys | env


def manage(env, *arguments):
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)


def test_the_deployment_check_finds_nothing_in_the_production_settings(tmp_path):
    done = manage(production(tmp_path), "check", "--deploy", "--fail-level", "INFO")

    assert done.returncode == 0, done.stderr
    assert "no issues (0 silenced)" in done.stdout


@pytest.mark.parametrize("name", ["SECRET_KEY", "FIELD_KEYS", "INDEX_KEYS", "AUDIT_KEY", "ALLOWED_HOSTS"])
def test_production_does_not_start_without_a_secret_of_its_own(tmp_path, name):
    done = manage(production(tmp_path, **{name: ""}), "check")

    assert done.returncode == 1
    assert f"{name} must be set to a value of its own when DEBUG=0." in done.stderr


def test_cookies_of_production_are_bound_to_the_host_and_to_https(tmp_path):
    names = ("COOKIE_NAME", "COOKIE_SECURE", "COOKIE_SAMESITE")
    show = "from django.conf import settings as s; "
    show += f"print(*(getattr(s, f'{{kind}}_{{name}}') for kind in ('SESSION', 'CSRF') for name in {names}))"
    command = [
        sys.executable,
        "-c",
        show + "; print(s.SESSION_COOKIE_HTTPONLY, s.SECURE_HSTS_SECONDS >= 31536000)",
    ]
    done = subprocess.run(
        command, cwd=ROOT, env=production(tmp_path), capture_output=True, text=True, check=True
    )

    assert done.stdout.split() == [
        "__Host-sessionid", "True", "Lax", "__Host-csrftoken", "True", "Lax", "True", "True",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("server", "words"),
    [
        ("", "DATABASE_REPLICA_URL needs a PostgreSQL server in DATABASE_URL."),
        ("postgres://x@127.0.0.1/x", ""),
    ],
)
def test_a_replica_goes_with_a_server(tmp_path, server, words):
    env = production(tmp_path, DATABASE_URL=server, DATABASE_REPLICA_URL="postgres://x@127.0.0.2/x")
    if not server:
        del env["DATABASE_URL"]
    show = "from django.conf import settings as s; print(s.DATABASES['replica']['HOST'], s.DATABASE_ROUTERS)"
    command = [sys.executable, "-c", show]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)

    assert (words in done.stderr) if words else not done.stderr
    assert done.stdout == ("" if words else "127.0.0.2 ['orgs.replica.Router']\n")


STARTED = "import os; from pathlib import Path; exec(Path('deploy/gunicorn.conf.py').read_text()); "
SHOWN = "from django.conf import settings; print(settings.DATABASES['default']['OPTIONS']['options'])"


@pytest.mark.parametrize(
    ("before", "env", "milliseconds"),
    [
        (STARTED, {}, 30_000),
        (STARTED, {"WEB_STATEMENT_TIMEOUT_MS": "5000", "STATEMENT_TIMEOUT_MS": "9000"}, 5000),
        ("", {}, 1_800_000),
        ("", {"WEB_STATEMENT_TIMEOUT_MS": "5000", "STATEMENT_TIMEOUT_MS": "9000"}, 9000),
    ],
)
def test_a_page_may_take_less_time_than_a_task(tmp_path, before, env, milliseconds):
    env = production(tmp_path, DATABASE_URL="postgres://x@127.0.0.1/x", **env)
    command = [sys.executable, "-c", before + SHOWN]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True)

    assert f"statement_timeout={milliseconds} " in done.stdout


def test_every_test_that_the_security_checklist_names_exists():
    named = set(re.findall(r"`(test_\w+)`", (ROOT / "docs" / "security.md").read_text()))
    files = list((ROOT / "tests").rglob("test_*.py"))
    existing = {path.stem for path in files} | {
        name for path in files for name in re.findall(r"^def (test_\w+)", path.read_text(), re.MULTILINE)
    }

    assert len(named) > 80
    assert named - existing == set()


def test_the_security_checklist_is_whole():
    numbers = re.findall(r"^\| (\d+) \|", (ROOT / "docs" / "security.md").read_text(), re.MULTILINE)

    assert list(map(int, numbers)) == list(range(1, 67))
