"""Vendored front-end files are what vendor.lock says, and no file served to a browser names another host."""

import hashlib
import json
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.core.management import call_command

pytestmark = pytest.mark.once

STATIC = Path(__file__).resolve().parent.parent / "static"
LOCK = json.loads((STATIC / "vendor" / "vendor.lock").read_text())
# What makes a browser load something: CSS imports and url(), dynamic import, script or link addresses.
LOADS_FROM_OUTSIDE = re.compile(
    r"""@import\s+(url\()?["']?(https?:)?//|url\(["']?(https?:)?//|import\(["'](https?:)?//"""
    r"""|\b(src|href)\s*=\s*["'](https?:)?//(?!www\.w3\.org)|fetch\(["'](https?:)?//"""
)


@pytest.mark.parametrize("entry", LOCK, ids=lambda entry: entry["file"])
def test_vendored_file_matches_its_checksum(entry):
    content = (STATIC / entry["file"]).read_bytes()

    assert hashlib.sha256(content).hexdigest() == entry["sha256"], "Run `make vendor` after a change."


def test_vendor_folder_holds_nothing_the_lock_does_not_name():
    found = {p.relative_to(STATIC).as_posix() for p in (STATIC / "vendor").rglob("*") if p.is_file()}

    assert found - {"vendor/vendor.lock"} == {e["file"] for e in LOCK} - {"icons.svg"}


def test_every_vendored_package_brings_its_licence():
    packages = {p.name for p in (STATIC / "vendor").iterdir() if p.is_dir()}

    assert packages == {Path(e["file"]).parent.name for e in LOCK if e["file"].endswith("/LICENSE")}


@pytest.mark.parametrize("pattern", ["*.css", "*.js", "*.svg"])
def test_static_files_load_nothing_from_another_host(pattern):
    files = list(STATIC.rglob(pattern))

    assert files
    assert {f.name: m.group() for f in files if (m := LOADS_FROM_OUTSIDE.search(f.read_text()))} == {}


def test_production_storage_collects_every_static_file(settings, tmp_path):
    """The manifest storage fails on any reference to a file that is not there, source maps included.

    Without the compressing of production, which tests/portal/test_run_portal.py looks at.
    """
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"}
    }

    call_command("collectstatic", interactive=False, verbosity=0)

    manifest = json.loads((tmp_path / "staticfiles.json").read_text())["paths"]
    assert {e["file"] for e in LOCK} <= manifest.keys()
    assert finders.find("icons.svg")
