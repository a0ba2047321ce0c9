"""When each entry of the beat table last ended well: a file in `VAR_DIR/pulse`, whose time is the answer.

Not the cache, which forgets, and not a table, which every tick would write to.
"""

import datetime as dt
from pathlib import Path

from celery import current_app
from celery.schedules import maybe_schedule
from django.conf import settings

GRACE = dt.timedelta(minutes=10)
# So often runs something that its silence says: beat or the worker stands still.
FREQUENT = dt.timedelta(minutes=2)


def _folder() -> Path:
    return Path(settings.VAR_DIR) / "pulse"


def note(sender, **kwargs) -> None:
    """A worker ended the task `sender` well."""
    for entry, values in current_app.conf.beat_schedule.items():
        if values["task"] == sender.name:
            _folder().mkdir(exist_ok=True)
            (_folder() / entry).touch()


def last_successes() -> dict[str, dt.datetime | None]:
    """Entry of the beat table → when its task last ended well, None when never yet."""
    return {entry: _time_of(_folder() / entry) for entry in sorted(current_app.conf.beat_schedule)}


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


def _time_of(path: Path) -> dt.datetime | None:
    try:
        return dt.datetime.fromtimestamp(path.stat().st_mtime, tz=dt.UTC)
    except FileNotFoundError:
        return None
