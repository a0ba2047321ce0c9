"""No room on the disk for uploads: said in a sentence, nothing half kept, and well again once there is room.

As root the uploads lie on a small disk of their own, that something else has filled; else no file may grow beyond a limit.
"""

import contextlib
import datetime as dt
import os
import random
import resource
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from activities.actions import activities
from activities.models import ActivityFile
from imports import actions, sql
from imports.models import ImportRun
from members.demo.documents import pdf
from orgs.models import User
from portal.errors import FULL
from tests import builders

pytestmark = pytest.mark.django_db
SIZE = 512 * 1024  # what is uploaded is three times as large


class SmallDisk:
    """A real one that something else has filled."""

    def __init__(self, folder: Path):
        self.folder, self.ballast = folder, folder / "ballast"
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={8 * SIZE}", "tmpfs", folder], check=True)

    @contextlib.contextmanager
    def full(self):
        with self.ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(4096))
        yield
        self.ballast.unlink()

    def end(self):
        subprocess.run(["umount", self.folder], check=True)


class Limit:
    """What anybody may set: no file of this process grows beyond it."""

    def __init__(self, folder: Path):
        self.folder = folder

    @contextlib.contextmanager
    def full(self):
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2 * SIZE, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    def end(self):
        pass


@pytest.fixture
def disk(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path
    if os.geteuid() and not sql.is_postgresql():
        pytest.skip("only root may mount a small disk, and a limit would hold for the database of SQLite too")
    disk = Limit(tmp_path) if os.geteuid() else SmallDisk(tmp_path)
    yield disk
    disk.end()


@pytest.fixture
def park():
    park = SimpleNamespace(top=builders.make_organisation())
    park.branch = builders.make_organisation(park.top)
    park.activity = activities.record_activity(
        organisation=park.branch, kinds=("linkage",), by=User.objects.system(),
        values={"title": "联建", "starts_at": timezone.now() - dt.timedelta(hours=2)},
    )  # fmt: skip
    return park


def client_for(user):
    """Signed in, its session written: a full disk of the database is another matter."""
    client = Client(raise_request_exception=False)
    client.force_login(user)
    client.get(reverse("portal:home"))
    return client


def named(name, content):
    return SimpleUploadedFile(name, content)


def kept(disk):
    return [path for path in disk.folder.rglob("*") if path.is_file()]


def uploads(park):
    """Door → (who, address, form, what is stored)."""
    content = random.Random(1).randbytes(3 * SIZE)  # noqa: S311 - must repeat; nobody reads it here
    officer, secretary = builders.make_user("officer", park.top), builders.make_user("secretary", park.branch)
    files = f"/api/activities/{park.activity.pk}/files/"
    return {
        "page": (
            officer,
            f"{reverse('imports:upload')}?kind=enterprises",
            {},
            ("名单.xlsx", content),
            ImportRun,
        ),
        "api": (officer, "/api/import-runs/", {"kind": "enterprises"}, ("名单.xlsx", content), ImportRun),
        "attachment": (secretary, files, {}, ("说明.pdf", pdf("x" * 3 * SIZE)), ActivityFile),
    }


@pytest.mark.parametrize("door", ["page", "api", "attachment"])
def test_a_full_disk_is_said_keeps_nothing_half_and_is_over_once_there_is_room(disk, park, door):
    user, address, form, (name, content), model = uploads(park)[door]
    client = client_for(user)

    with disk.full():
        answer = client.post(address, form | {"file": named(name, content)})
        text = answer.content.decode()

    assert answer.status_code == 503
    assert (answer.json()["detail"] if address.startswith("/api/") else text).count(FULL) == 1
    assert "Traceback" not in text
    assert not model.objects.exists()
    assert kept(disk) == []

    assert client.post(address, form | {"file": named(name, content)}).status_code in (201, 202, 302)
    assert len(kept(disk)) == model.objects.count() == 1


def test_what_a_killed_process_left_without_a_row_goes_after_a_day(disk, park):
    user, address, form, (name, content), _ = uploads(park)["api"]
    client_for(user).post(address, form | {"file": named(name, content)})
    (listed,) = kept(disk)
    orphan = listed.with_name("orphan.xlsx")
    orphan.write_bytes(content)

    actions.expire_runs()
    assert sorted(kept(disk)) == sorted([listed, orphan])
    for path in (listed, orphan):
        os.utime(path, (0, 0))
    actions.expire_runs()

    assert kept(disk) == [listed]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("door", ["api", "attachment"])
def test_a_file_whose_row_may_have_been_committed_stays(disk, park, door, monkeypatch):
    """The connection breaks after the database has committed and before it could say so."""
    user, address, form, (name, content), model = uploads(park)[door]
    client = client_for(user)
    committed = connection._commit

    def commit_and_break():
        committed()
        if model.objects.exists():
            raise OperationalError("server closed the connection unexpectedly")

    with monkeypatch.context() as patch:
        patch.setattr(connection, "_commit", commit_and_break)
        assert client.post(address, form | {"file": named(name, content)}).status_code == 503

    assert len(kept(disk)) == model.objects.count() == 1
