"""Where accepted files are kept: sealed, under generated names, each file bound to its row.

A row always points to a whole file: it is written before the row and renamed into place. A file without a row is
what a transaction left that was taken back: `keeping` removes it at once, `sweep` whatever it could not know of.
"""

import contextlib
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from cryptography.exceptions import InvalidTag
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header

from orgs.fields import ALGORITHM, key_ring, seal_bytes, unseal_bytes
from orgs.models.uploads import StoredUpload

FOLDER = "uploads"
ORPHAN_SECONDS = 24 * 3600
UNREADABLE = (OSError, InvalidTag, KeyError, ValueError)


class Files:
    """What one transaction writes."""

    def __init__(self):
        self.written = []

    def keep(self, row: StoredUpload, accepted, *, by) -> StoredUpload:
        """Fills in the row, writes its file and saves it."""
        row.stored_name = f"{FOLDER}/{timezone.localdate():%Y/%m}/{row.public_id.hex}"
        row.file_name, row.content_type = accepted.name, accepted.kind.content_type
        row.size, row.sha256, row.uploaded_by = len(accepted.content), accepted.sha256, by
        row.full_clean(exclude=["uploaded_by"])
        self.written.append(row.stored_name)
        write(row.stored_name, seal_bytes(accepted.content, row.seal_context))
        row.save(force_insert=True)
        return row


@contextlib.contextmanager
def keeping() -> Iterator[Files]:
    """A transaction; when it fails, its files go with its rows."""
    files = Files()
    try:
        with transaction.atomic():
            yield files
    except BaseException:
        for name in files.written:
            path_of(name).unlink(missing_ok=True)
        raise


def path_of(name: str) -> Path:
    return Path(settings.MEDIA_ROOT) / name


def write(name: str, sealed: bytes) -> None:
    """Whole or not at all: beside its place, onto the disk, then renamed."""
    path = path_of(name)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(sealed)
            file.flush()
            os.fsync(file.fileno())
        Path(beside).replace(path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise


def content_of(row: StoredUpload) -> bytes:
    """The file in clear. Raises ValidationError when it is gone or was exchanged."""
    try:
        return unseal_bytes(path_of(row.stored_name).read_bytes(), row.seal_context)
    except UNREADABLE as error:
        raise ValidationError("文件无法读取，可能已丢失或密钥已停用，请联系系统管理员从备份恢复。") from error


def reseal(row: StoredUpload) -> bool:
    """Brings the file to the first key of the ring; False when it is there already. Raises as `unseal_bytes`, or OSError.

    The head of the file says which key it is under, and the new file takes the place of the old one in one step, so
    this may stop anywhere and be run again.
    """
    sealed = path_of(row.stored_name).read_bytes()
    if sealed.startswith(current_head()):
        return False
    write(row.stored_name, seal_bytes(unseal_bytes(sealed, row.seal_context), row.seal_context))
    return True


def current_head() -> bytes:
    return f"{ALGORITHM}:{next(iter(key_ring(settings.FIELD_KEYS)))}:".encode()


def download(row: StoredUpload) -> HttpResponse:
    """Always as a file to save, never shown by the browser in our name."""
    return HttpResponse(
        content_of(row),
        content_type=row.content_type,
        headers={
            "Content-Disposition": content_disposition_header(True, row.file_name),
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store, private",
        },
    )


def models_of_uploads() -> list[type[StoredUpload]]:
    return [model for model in apps.get_models() if issubclass(model, StoredUpload)]


def sweep() -> int:
    """Removes files older than a day that no row knows; returns how many. Safe to run twice and in parallel."""
    removed = 0
    for folder, _, names in os.walk(path_of(FOLDER)):
        if not names:
            continue
        stored = {str((Path(folder) / name).relative_to(settings.MEDIA_ROOT)) for name in names}
        for name in stored - _known(stored):
            removed += _remove_old(path_of(name))
    return removed


def _known(names: set[str]) -> set[str]:
    """Read in one go: a month's folder may hold more names than a statement takes parameters."""
    month = min(names).rpartition("/")[0]
    known = set()
    for model in models_of_uploads():
        rows = model._base_manager.filter(stored_name__startswith=f"{month}/")
        known |= set(rows.values_list("stored_name", flat=True))
    return known


def _remove_old(path) -> int:
    try:
        if time.time() - path.stat().st_mtime < ORPHAN_SECONDS:
            return 0
        path.unlink()
    except FileNotFoundError:
        return 0
    return 1
