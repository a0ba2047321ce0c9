"""Figures for Prometheus. Web processes leave their counters in `VAR_DIR/metrics`; `manage.py metrics` adds them up and
asks database and queue, on an address of its own that is never the public one.

Labels are names of routes, methods, classes of status, names of states and of periodic tasks: nothing a person typed.
"""

import bisect
import contextlib
import json
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from django.conf import settings
from django.db import close_old_connections, connection
from django.db.models import Count, Min
from django.utils import timezone

from imports.models import Job, JobState
from orgs import replica
from orgs.models import AuditEvent, WebhookDelivery
from portal import doctor, pulse

SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
WRITE_EVERY = 2.0
KEPT_DAYS = 7


def _folder() -> Path:
    return Path(settings.VAR_DIR) / "metrics"


# --- Counting, in each web process ----------------------------------------------------------------------------


class Requests:
    """Counters of this process, written to its file every few seconds while requests come."""

    def __init__(self):
        self.lock, self.counts, self.written, self.pid = threading.Lock(), {}, 0.0, 0

    def note(self, route: str, method: str, status: int, seconds: float) -> None:
        key = f"{route} {method} {status // 100}xx"
        with self.lock:
            if self.pid != os.getpid():  # a child of the process that counted before
                self.pid, self.counts = os.getpid(), {}
            buckets = self.counts.setdefault(key, {"sum": 0.0, "buckets": [0] * (len(SECONDS) + 1)})
            buckets["buckets"][bisect.bisect_left(SECONDS, seconds)] += 1
            buckets["sum"] += seconds
            now = time.monotonic()
            text = json.dumps(self.counts) if now - self.written > WRITE_EVERY else None
            if text:
                self.written = now
                self._write(text)

    def _write(self, text: str) -> None:
        """A full disk must not break a page."""
        with contextlib.suppress(OSError):
            _folder().mkdir(exist_ok=True)
            path = _folder() / f"web-{socket.gethostname()}-{os.getpid()}.json"
            beside = path.with_suffix(".part")
            beside.write_text(text)
            beside.replace(path)


requests = Requests()


def _counted() -> dict[str, dict]:
    total: dict[str, dict] = {}
    for path in _folder().glob("web-*.json"):
        with contextlib.suppress(OSError, ValueError):
            if time.time() - path.stat().st_mtime > KEPT_DAYS * 86400:
                path.unlink()
                continue
            for key, own in json.loads(path.read_text()).items():
                found = total.setdefault(key, {"sum": 0.0, "buckets": [0] * (len(SECONDS) + 1)})
                found["sum"] += own["sum"]
                found["buckets"] = [a + b for a, b in zip(found["buckets"], own["buckets"], strict=True)]
    return total


# --- Telling --------------------------------------------------------------------------------------------------


def text() -> str:
    """Everything in the text format of Prometheus 0.0.4. A part that does not answer is left out, and said so."""
    lines: list[str] = []
    lines += _requests()
    for part, tell in PARTS.items():
        try:
            found, up = list(tell()), 1
        except Exception:  # noqa: BLE001 - whatever the part throws, its figures are missing
            found, up = [], 0
        lines += [*found, _line("portal_part_up", up, part=part)]
    close_old_connections()
    return "\n".join([*_with_types(lines), ""])


TYPES = {
    "portal_request_seconds": "histogram",
    "portal_jobs": "gauge",
    "portal_oldest_job_seconds": "gauge",
    "portal_outbox_due": "gauge",
    "portal_audit_unsealed": "gauge",
    "portal_database_connections": "gauge",
    "portal_replica_usable": "gauge",
    "portal_replica_lag_seconds": "gauge",
    "portal_queue_length": "gauge",
    "portal_periodic_last_success_timestamp_seconds": "gauge",
    "portal_part_up": "gauge",
}


def _with_types(lines: list[str]) -> Iterator[str]:
    """All lines of a metric together, below its type."""
    for name, kind in TYPES.items():
        own = [line for line in lines if line.startswith((f"{name}{{", f"{name} ", f"{name}_"))]
        if own:
            yield f"# TYPE {name} {kind}"
            yield from own


def _line(name: str, value: float, **labels: str) -> str:
    words = ",".join(f'{label}="{_escaped(word)}"' for label, word in labels.items())
    return f"{name}{{{words}}} {value}" if words else f"{name} {value}"


def _escaped(word: str) -> str:
    return word.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _requests() -> Iterator[str]:
    for key, found in sorted(_counted().items()):
        route, method, status = key.rsplit(" ", 2)
        labels, below = {"route": route, "method": method, "status": status}, 0
        for limit, count in zip((*SECONDS, "+Inf"), found["buckets"], strict=True):
            below += count
            yield _line("portal_request_seconds_bucket", below, **labels, le=str(limit))
        yield _line("portal_request_seconds_sum", round(found["sum"], 6), **labels)
        yield _line("portal_request_seconds_count", below, **labels)


def _jobs() -> Iterator[str]:
    counts = dict(Job.objects.order_by().values_list("state").annotate(n=Count("pk")))
    for state in JobState:
        yield _line("portal_jobs", counts.get(state, 0), state=state.value)
    oldest = Job.objects.filter(state=JobState.QUEUED).aggregate(at=Min("created_at"))["at"]
    yield _line(
        "portal_oldest_job_seconds", round((timezone.now() - oldest).total_seconds()) if oldest else 0
    )
    yield _line("portal_outbox_due", WebhookDelivery.objects.due(timezone.now()).count())
    yield _line("portal_audit_unsealed", AuditEvent.objects.filter(seal="").count())
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT coalesce(state, 'unknown'), count(*) FROM pg_stat_activity "
                "WHERE datname = current_database() AND backend_type = 'client backend' GROUP BY 1 ORDER BY 1"
            )
            for state, count in cursor.fetchall():
                yield _line("portal_database_connections", count, state=state)
    if replica.is_configured():
        standing = replica.look()
        yield _line("portal_replica_usable", int(standing.is_usable))
        if standing.lag is not None:
            yield _line("portal_replica_lag_seconds", round(standing.lag, 1))


def _queue() -> Iterator[str]:
    yield _line("portal_queue_length", doctor.queue_length())


def _periodic() -> Iterator[str]:
    for entry, last in pulse.last_successes().items():
        if last:
            yield _line("portal_periodic_last_success_timestamp_seconds", int(last.timestamp()), entry=entry)


PARTS: dict[str, Callable[[], Iterator[str]]] = {"database": _jobs, "queue": _queue, "periodic": _periodic}
