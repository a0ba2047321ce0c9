"""A long list written by a real worker over the real broker: killed half-way, taken up, written once."""

import time

from tests.imports.test_worker import JOB_STATE, SAMPLES, portal

__all__ = ["portal"]
FILES = "SELECT COUNT(*) FROM orgs_exportfile"

ASK = """
from django.test import Client
from django.urls import reverse
from orgs.models import ListExport
from tests.builders import make_organisation, make_user
client = Client()
client.force_login(make_user("officer", make_organisation()))
client.post(reverse("orgs:enterprise-export"), {"file_format": "csv", "purpose": "季度核对"})
print(ListExport.objects.get().pk)
"""
READ = """
import sys
from orgs import uploads
from orgs.models import ListExport
lines = uploads.content_of(ListExport.objects.get(pk=sys.argv[1]).file).decode("utf-8-sig").splitlines()
print(len(lines), len(set(lines)))
"""


def stored(portal):
    folder = portal.sqlite.parent / "files" / "uploads"
    return sum(path.is_file() and path.suffix != ".part" for path in folder.rglob("*"))


def test_a_killed_worker_writes_nothing_and_its_successor_one_file(portal):
    portal.manage("import_workbook", "enterprises", str(SAMPLES / "enterprises-2026-10.xlsx"), "--apply")
    export = portal.python(ASK)
    portal.start_worker()
    portal.wait_for(JOB_STATE, "running", seconds=200, every=0.005)
    portal.kill_worker()
    assert portal.value(FILES) == 0
    orphans = stored(portal)  # written, and killed before the row that names it: the sweep removes it
    assert orphans <= 1

    time.sleep(1.2)
    portal.start_worker()
    portal.wait_for(JOB_STATE, "done", seconds=200)

    assert portal.value(FILES) == stored(portal) - orphans == 1
    assert portal.python(READ, export) == "9086 9086"
    assert portal.value("SELECT COUNT(*) FROM orgs_notice") == 1
    assert portal.value("SELECT COUNT(*) FROM orgs_auditevent WHERE action = 'export'") == 1
