"""A long list written by a real worker over the real broker: killed half-way, taken up, written once; called off."""

import time

import pytest

from tests.imports.test_worker import JOB_STATE, SAMPLES, portal

__all__ = ["portal"]
FILES = "SELECT COUNT(*) FROM orgs_exportfile"

ASK = """
import sys
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from imports import jobs
from orgs.models import ListExport, Organisation, User
user, made = User.objects.get_or_create(username="keeper", defaults={"display_name": "导出人"})
if made:
    user.appointments.create(role="officer", organisation=Organisation.objects.get(depth=1), starts_on=timezone.localdate())
client = Client()
client.force_login(user)
client.post(reverse("orgs:enterprise-export"), {"file_format": sys.argv[1], "purpose": "季度核对"})
print(ListExport.objects.latest("pk").pk)
"""
REMOVE = """
import sys
from orgs import export_jobs
from orgs.models import ListExport
export_jobs.remove(export=ListExport.objects.get(pk=sys.argv[1]))
"""
READ = """
import sys
from orgs import uploads
from orgs.models import ListExport
lines = uploads.content_of(ListExport.objects.get(pk=sys.argv[1]).file).decode("utf-8-sig").splitlines()
print(len(lines), len(set(lines)))
"""


@pytest.fixture
def register(portal):
    for kind, file in (("organisations", "organisations"), ("enterprises", "enterprises-2026-10")):
        portal.manage("import_workbook", kind, str(SAMPLES / f"{file}.xlsx"), "--apply")
    return portal


def stored(portal):
    folder = portal.sqlite.parent / "files" / "uploads"
    return sum(path.is_file() and path.suffix != ".part" for path in folder.rglob("*"))


def test_a_killed_worker_writes_nothing_and_its_successor_one_file(register):
    portal = register
    export = portal.python(ASK, "csv")
    portal.start_worker()
    portal.wait_for(JOB_STATE, "running", every=0.005)
    portal.kill_worker()
    assert portal.value(FILES) == stored(portal) == 0

    time.sleep(1.2)
    portal.start_worker()
    portal.wait_for(JOB_STATE, "done")

    assert portal.value(FILES) == stored(portal) == 1
    assert portal.python(READ, export) == "9086 9086"
    assert portal.value("SELECT COUNT(*) FROM orgs_notice") == 1
    assert portal.value("SELECT COUNT(*) FROM orgs_auditevent WHERE action = 'export'") == 1


def test_what_is_called_off_while_nobody_works_is_never_written(register):
    portal = register
    portal.python(REMOVE, portal.python(ASK, "xlsx"))
    again = portal.python(ASK, "csv")
    portal.start_worker()

    portal.wait_for(JOB_STATE, "done")
    assert portal.python(READ, again) == "9086 9086"
    assert portal.value(FILES) == stored(portal) == 1
