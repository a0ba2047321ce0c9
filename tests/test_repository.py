"""What must not get into the repository or into the environment that runs it."""

import re
import subprocess
from importlib.metadata import distributions
from pathlib import Path

from django.db import connection

ROOT = Path(__file__).resolve().parent.parent
# Written in pieces, so that this file does not contain what it forbids.
FORBIDDEN = "|".join(
    (r"/wo" r"rk/", r"/ro" r"ot/", r"pypi" r"\.org", r"python" r"hosted", r"npm" r"js\.", r"deb\.deb" r"ian")
)
REAL_MOBILE = re.compile(r"(?<!\d)1(?!990000)[3-9]\d{9}(?!\d)")


def tracked(*patterns):
    names = subprocess.run(
        ["git", "ls-files", "-z", "--", *patterns], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    return [ROOT / name for name in names.split("\0") if name and (ROOT / name).is_file()]


def test_no_path_of_one_machine_and_no_registry_host_is_in_the_repository():
    found = subprocess.run(
        ["git", "grep", "-nIE", FORBIDDEN, "--", ".", ":!static/vendor"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout

    assert found == ""


def test_lock_files_pin_every_package_with_hashes():
    for lock in ("requirements/base.txt", "requirements/dev.txt"):
        text = (ROOT / lock).read_text()
        pins = re.findall(r"^[a-z0-9].*$", text, re.MULTILINE)

        assert pins
        assert [pin for pin in pins if not re.match(r"[a-z0-9._-]+==\S+ (; .+ )?\\$", pin)] == []
        assert len(re.findall(r"--hash=sha256:[0-9a-f]{64}", text)) >= len(pins)


def test_psycopg_3_is_absent_because_django_would_silently_prefer_it(db):
    assert {d.metadata["Name"] for d in distributions()} & {"psycopg", "psycopg-binary"} == set()
    if connection.vendor == "postgresql":
        assert type(connection.connection).__module__.startswith("psycopg2")


def test_no_plausible_mobile_number_is_in_the_sources():
    files = tracked("*.py", "*.html", "*.json", "*.md", "*.csv", "*.js", ":!static/vendor")

    assert {
        f.name: REAL_MOBILE.findall(f.read_text()) for f in files if REAL_MOBILE.search(f.read_text())
    } == {}
