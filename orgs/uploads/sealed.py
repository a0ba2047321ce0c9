"""Where accepted files are kept: sealed, under generated names, each file bound to its row.

A row always points to a whole file: it is written before the row and renamed into place. A file without a row is
what a transaction left that was taken back: `keeping` removes it at once, `sweep` whatever it could not know of.
"""

import contextlib
import itertools
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from cryptography.exceptions import InvalidTag
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header

from imports import orphans, sql
from orgs.fields import ALGORITHM, key_ring, seal_bytes, unseal_bytes
from orgs.models.uploads import StoredUpload
from orgs.uploads import chunks
from orgs.uploads.chunks import Sealing

FOLDER = "uploads"
UNREADABLE = (OSError, InvalidTag, KeyError, ValueError)


class Files:
    """What one transaction writes, or keeps of what was `written` before it."""

    def __init__(self, rows):
        self.written = [row.stored_name for row in rows]

    def keep(self, row: StoredUpload, accepted, *, by) -> StoredUpload:
        """Fills in the row, writes its file and saves it."""
        row.stored_name = name_for(row)
        row.file_name, row.content_type = accepted.name, accepted.kind.content_type
        row.size, row.sha256, row.uploaded_by = len(accepted.content), accepted.sha256, by
        row.full_clean(exclude=["uploaded_by"])
        self.written.append(row.stored_name)
        write(row.stored_name, seal_bytes(accepted.content, row.seal_context))
        row.save(force_insert=True)
        return row

    def take(self, row: StoredUpload) -> StoredUpload:
        """Saves a row whose file `written` has written."""
        row.full_clean(exclude=["uploaded_by"])
        row.save(force_insert=True)
        return row


@contextlib.contextmanager
def keeping(*rows: StoredUpload) -> Iterator[Files]:
    """A transaction; when it fails, its files go with its rows, those of `rows` too."""
    files = Files(rows)
    try:
        with transaction.atomic():
            yield files
    except sql.AWAY:
        raise  # the rows may be there all the same; if they are not, `sweep` finds the files
    except BaseException:
        for name in files.written:
            path_of(name).unlink(missing_ok=True)
        raise


@contextlib.contextmanager
def written(row: StoredUpload, *, name: str, content_type: str, by) -> Iterator[Sealing]:
    """A file to write into of whatever length, outside of any transaction; fills in the row, for `Files.take` to save."""
    row.stored_name, row.file_name, row.content_type, row.uploaded_by = name_for(row), name, content_type, by
    with _beside(row.stored_name) as file:
        target = Sealing(file, row.seal_context)
        yield target
        target.finish()
    row.size, row.sha256 = target.size, target.sha256


def name_for(row: StoredUpload) -> str:
    return f"{FOLDER}/{timezone.localdate():%Y/%m}/{row.public_id.hex}"


def path_of(name: str) -> Path:
    return Path(settings.MEDIA_ROOT) / name


def write(name: str, sealed: bytes) -> None:
    with _beside(name) as file:
        file.write(sealed)


@contextlib.contextmanager
def _beside(name: str):
    """A file whole or not at all: beside its place, onto the disk, then renamed."""
    path = path_of(name)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(beside).replace(path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise


def content_of(row: StoredUpload) -> bytes:
    """The file in clear. Raises ValidationError when it is gone or was exchanged."""
    return b"".join(pieces_of(row))


def pieces_of(row: StoredUpload) -> Iterator[bytes]:
    """The file in clear, piece by piece if it was written so. Raises as `content_of`."""
    try:
        with path_of(row.stored_name).open("rb") as file:
            yield from _unsealed(file, row.seal_context)
    except UNREADABLE as error:
        raise ValidationError("文件无法读取，可能已丢失或密钥已停用，请联系系统管理员从备份恢复。") from error


def _unsealed(file, context) -> Iterator[bytes]:
    in_pieces = chunks.is_in_pieces(file.read(chunks.LONGEST_HEAD))
    file.seek(0)
    if in_pieces:
        yield from chunks.pieces_of(file, context)
    else:
        yield unseal_bytes(file.read(), context)


def reseal(row: StoredUpload) -> bool:
    """Brings the file to the first key of the ring; False when it is there already. Raises as `unseal_bytes`, or OSError.

    The head of the file says which key it is under, and the new file takes the place of the old one in one step, so
    this may stop anywhere and be run again.
    """
    with path_of(row.stored_name).open("rb") as file:
        head = file.read(chunks.LONGEST_HEAD)
        if head.startswith((current_head(ALGORITHM), current_head(chunks.ALGORITHM))):
            return False
        file.seek(0)
        if not chunks.is_in_pieces(head):
            write(row.stored_name, seal_bytes(unseal_bytes(file.read(), row.seal_context), row.seal_context))
            return True
        with _beside(row.stored_name) as renewed:
            target = Sealing(renewed, row.seal_context)
            for piece in chunks.pieces_of(file, row.seal_context):
                target.write(piece)
            target.finish()
    return True


def current_head(algorithm: str = ALGORITHM) -> bytes:
    return f"{algorithm}:{next(iter(key_ring(settings.FIELD_KEYS)))}:".encode()


def download(row: StoredUpload) -> HttpResponse:
    """Always as a file to save, never shown by the browser in our name."""
    return HttpResponse(content_of(row), content_type=row.content_type, headers=_headers(row))


def download_in_pieces(row: StoredUpload) -> StreamingHttpResponse:
    """The same of a file of any length. What cannot be read is said before anything is sent."""
    pieces = pieces_of(row)
    whole = itertools.chain([next(pieces)], pieces)
    headers = _headers(row) | {"Content-Length": str(row.size)}
    return StreamingHttpResponse(whole, content_type=row.content_type, headers=headers)


def _headers(row) -> dict[str, str]:
    return {
        "Content-Disposition": content_disposition_header(True, row.file_name),
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store, private",
    }


def models_of_uploads() -> list[type[StoredUpload]]:
    return [model for model in apps.get_models() if issubclass(model, StoredUpload)]


def sweep() -> int:
    """Removes files older than a day that no row knows; returns how many. Safe to run twice and in parallel."""
    return orphans.sweep(FOLDER, _known)


def _known(names: set[str]) -> set[str]:
    """Read in one go: a month's folder may hold more names than a statement takes parameters."""
    month = min(names).rpartition("/")[0]
    known = set()
    for model in models_of_uploads():
        rows = model._base_manager.filter(stored_name__startswith=f"{month}/")
        known |= set(rows.values_list("stored_name", flat=True))
    return known
