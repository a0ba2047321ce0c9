"""Telling accounts things, each once: whoever tells may run twice, late, at the same time as another, or be killed."""

import datetime as dt
import logging
from collections.abc import Iterable
from typing import NamedTuple

from django.utils import timezone

from orgs.models import Notice

logger = logging.getLogger(__name__)

KEPT = dt.timedelta(days=180)  # a message that was read
BACK = dt.timedelta(days=2)  # how long an act is looked after whose telling failed
MOST_COUNTED = 100
BATCH = 500


class Message(NamedTuple):
    """`key` says what is told, and to whom it was told once it is not told again."""

    user: int
    key: str
    title: str
    detail: str
    url: str


def hand_over(task, entry_id: int | str) -> None:
    """After the commit of an act: `task` tells it. A queue that is down is no error, the sweep finds it in its history."""
    try:
        task.delay(entry_id)
    except Exception:
        logger.exception("Entry %s could not be sent; the sweep will.", entry_id)


def deliver(messages: Iterable[Message]) -> int:
    """Writes those that were not written before; returns how many those were.

    Each batch is kept by itself, so that a run that ends half-way leaves the rest to the next. The order is the same
    for all, so that two at once wait for each other instead of standing in each other's way.
    """
    count, ordered = 0, sorted(messages)
    for start in range(0, len(ordered), BATCH):
        batch = ordered[start : start + BATCH]
        told = set(
            Notice.objects.filter(
                user__in={one.user for one in batch}, key__in={one.key for one in batch}
            ).values_list("user_id", "key")
        )
        new = [_row(one) for one in batch if (one.user, one.key) not in told]
        Notice.objects.bulk_create(new, ignore_conflicts=True)
        count += len(new)
    return count


def _row(message: Message) -> Notice:
    return Notice(
        user_id=message.user, key=message.key, title=message.title, detail=message.detail, url=message.url
    )


def unread(user) -> str:
    """For the bell, as of the beginning of the request: "" where there is nothing."""
    count = next((one.unread or 0 for one in user.current_appointments), 0)
    return "99+" if count >= MOST_COUNTED else str(count or "")


def read(rows) -> int:
    return rows.unread().update(read_at=timezone.now())


def sweep() -> int:
    """Deletes what was read and is older than `KEPT`; what nobody read stays."""
    old = Notice.objects.filter(read_at__isnull=False, created_at__lt=timezone.now() - KEPT)
    return old.delete()[0]
