"""Files that no row knows: what a process left that was killed between its file and its row."""

import os
import time
from collections.abc import Callable
from pathlib import Path

from django.conf import settings

ORPHAN_SECONDS = 24 * 3600
Names = set[str]


def sweep(folder: str, known: Callable[[Names], Names]) -> int:
    """Removes files below `folder` of the media root that are older than a day; returns how many.

    `known` is given the names of one folder and says which of them rows have. Safe to run twice and in parallel.
    """
    root, removed = Path(settings.MEDIA_ROOT), 0
    for place, _, names in os.walk(root / folder):
        if not names:
            continue
        stored = {str((Path(place) / name).relative_to(root)) for name in names}
        for name in stored - known(stored):
            removed += _remove_old(root / name)
    return removed


def _remove_old(path: Path) -> int:
    try:
        if time.time() - path.stat().st_mtime < ORPHAN_SECONDS:
            return 0
        path.unlink()
    except FileNotFoundError:
        return 0
    return 1
