"""When each entry of the beat table last ended well.

With Redis one hash of it, which workers on all hosts write and `doctor` reads on any; embedded a file for each entry in
`VAR_DIR/pulse`, whose time is the answer. Not the cache, which forgets, and not a table, which every tick would write to.
"""

import datetime as dt
import os
from collections.abc import Iterable
from pathlib import Path

from celery import current_app
from celery.schedules import maybe_schedule
from django.conf import settings
from django.utils import timezone

from imports.spread import HANDED_OUT

GRACE = dt.timedelta(minutes=10)
# So often runs something that its silence says: beat or the worker stands still.
FREQUENT = dt.timedelta(minutes=2)
KEY = "portal:pulse"


def note(sender, result=None, **kwargs) -> None:
    """A worker ended the task `sender` well; one that was handed out in parts has ended with the last of them."""
    if result == HANDED_OUT:
        return
    task = result if sender.name == "imports.tasks.end_spread" else sender.name
    if entries := [name for name, entry in current_app.conf.beat_schedule.items() if entry["task"] == task]:
        _keep(entries, timezone.now())


def last_successes() -> dict[str, dt.datetime | None]:
    """Entry of the beat table → when its task last ended well, None when never yet."""
    kept = _kept()
    return {entry: kept.get(entry) for entry in sorted(current_app.conf.beat_schedule)}


def overdue() -> dict[str, dt.datetime]:
    """Entries whose next run should have ended by now, with the time of their last one."""
    return {
        entry: last
        for entry, last in last_successes().items()
        if last and _schedule(entry).remaining_estimate(last) < -GRACE
    }


def beats() -> dt.datetime | None:
    """The last sign of life of beat and worker together."""
    found = [
        last
        for entry, last in last_successes().items()
        if last and getattr(_schedule(entry), "run_every", GRACE) <= FREQUENT
    ]
    return max(found, default=None)


def _schedule(entry: str):
    return maybe_schedule(current_app.conf.beat_schedule[entry]["schedule"], app=current_app)


# --- Where it is kept ------------------------------------------------------------------------------------------


def _keep(entries: Iterable[str], at: dt.datetime) -> None:
    if settings.REDIS_URL:
        with redis_client() as client:
            client.hset(KEY, mapping=dict.fromkeys(entries, at.timestamp()))
        return
    for entry in entries:
        _folder().mkdir(exist_ok=True)
        (_folder() / entry).touch()
        os.utime(_folder() / entry, (at.timestamp(), at.timestamp()))


def _kept() -> dict[str, dt.datetime]:
    if settings.REDIS_URL:
        with redis_client() as client:
            times = {entry.decode(): float(at) for entry, at in client.hgetall(KEY).items()}
    else:
        times = {path.name: path.stat().st_mtime for path in _folder().glob("*")}
    return {entry: dt.datetime.fromtimestamp(at, tz=dt.UTC) for entry, at in times.items()}


def redis_client():
    from portal import health  # noqa: PLC0415 - the Celery application imports this module before Django is set up

    return health.redis_client()


def _folder() -> Path:
    return Path(settings.VAR_DIR) / "pulse"
