"""Writes an archive: a snapshot of the database first, the files after it, so that every row finds its file."""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from orgs.audit import record
from orgs.models import AuditAction
from portal.backups.archive import Refused, Writer, fingerprints, new_file
from portal.backups.engines import engine

FORM = 1
ABOUT, DATABASE, FILES, LISTING, SUMS = "about.json", "database/", "files/", "files.sha256", "sums.json"
NAMES = "portal-*.backup"


@dataclass(frozen=True)
class Made:
    path: Path
    size: int
    tables: int
    rows: int
    files: int
    sealed: bool
    keys: dict[str, dict[str, str]]
    removed: list[Path]


def backup(target: Path, *, keep: int | None = None) -> Made:
    """Writes `target`, or a file named by the time into the folder `target`, of which the newest `keep` stay.

    Whatever goes wrong, nothing has the final name that is not whole. Raises Refused, or OSError of the disk.
    """
    path = target
    if target.is_dir():
        path = target / f"portal-{timezone.localtime():%Y%m%d-%H%M%S}.backup"
    elif keep is not None:
        raise Refused("--keep 只用于文件夹：请给出存放备份的文件夹。")
    elif not path.parent.is_dir():
        raise Refused(f"文件夹 {path.parent} 不存在。")
    with new_file(path) as file:
        writer = Writer(file)
        about, files = _write(writer, path.parent)
        writer.finish()
    rows = sum(count for count, _ in about["tables"].values())
    made = Made(
        path, path.stat().st_size, len(about["tables"]), rows, files, bool(writer.sealed), about["keys"],
        _remove_old(path.parent, keep) if keep is not None else [],
    )  # fmt: skip
    record(
        actor=None,
        action=AuditAction.EXPORT,
        detail={"list": "整库备份", "rows": rows, "files": files, "sealed": made.sealed},
    )
    return made


def _write(writer: Writer, folder: Path) -> tuple[dict, int]:
    source = engine()
    with source.snapshot(folder) as snapshot:
        about = {
            "form": FORM,
            "product": settings.PRODUCT_NAME,
            "version": settings.VERSION,
            "engine": source.name,
            "taken_at": timezone.localtime().isoformat(timespec="seconds"),
            "keys": fingerprints(),
            "migrations": snapshot.migrations(),
            "tables": snapshot.sums(),
        }
        sums = {"about": writer.add_json(ABOUT, about)}
        database = hashlib.sha256()
        for number, piece in enumerate(snapshot.pieces()):
            database.update(piece)
            writer.add(f"{DATABASE}{number:06}", len(piece), BytesIO(piece))
    # On the disk: there may be millions of files.
    with tempfile.TemporaryFile(dir=folder) as listing:
        count = 0
        for name, handle in _files():
            with handle:
                sha256 = writer.add(FILES + name, os.fstat(handle.fileno()).st_size, handle)
            listing.write(f"{sha256}  {name}\n".encode())
            count += 1
        size = listing.tell()
        listing.seek(0)
        listed = writer.add(LISTING, size, listing)
    writer.add_json(SUMS, sums | {"database": database.hexdigest(), "files": listed, "count": count})
    return about, count


def _files() -> Iterator[tuple[str, object]]:
    """What lies in MEDIA_ROOT. A file is replaced whole where it lies, so that an open one is whole too."""
    root = Path(settings.MEDIA_ROOT)
    for folder, _, names in os.walk(root):
        for name in names:
            path = Path(folder) / name
            if path.suffix == ".part":  # being written
                continue
            try:
                handle = path.open("rb")
            except FileNotFoundError:  # a sweep was quicker
                continue
            yield str(path.relative_to(root)), handle


def _remove_old(folder: Path, keep: int) -> list[Path]:
    old = sorted(folder.glob(NAMES))[:-keep]
    for path in old:
        path.unlink(missing_ok=True)
    return old


def newest_backup(folder: Path) -> Path | None:
    return max(folder.glob(NAMES), key=lambda path: path.stat().st_mtime, default=None)
