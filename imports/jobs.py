"""Running background work safely: claim, heartbeat, finish, and the sweep that takes back what a dead worker held.

Whether somebody is still alive is told by the clock of the database alone: those of several machines differ.
"""

import contextlib
import datetime as dt
import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from functools import partial

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from imports import sql
from imports.models import Job, JobState

logger = logging.getLogger(__name__)

UNSENT_AFTER = dt.timedelta(seconds=60)
MAX_ATTEMPTS = 3
BEAT_SECONDS = 0.4

BEAT_WHILE_BUSY = 1.0

HANDLERS: dict[str, Callable[["Progress"], dict]] = {}
QUEUES: dict[str, str] = {}


class JobRefused(Exception):
    """The work cannot be done and trying again is no use; the text is for people."""


def handler(kind: str, *, queue: str = "import"):
    """Decorator: the function that does jobs of `kind`. It gets a `Progress` and returns a JSON-able result.

    It may be called again for the same job after a crash and must then finish or do nothing.
    """

    def add(function):
        HANDLERS[kind], QUEUES[kind] = function, queue
        return function

    return add


class Progress:
    """What a handler sees of its job. `report` also is the heartbeat; it writes outside the work's transaction."""

    def __init__(self, job: Job):
        self.job = job
        self._last = time.monotonic()

    @property
    def payload(self):
        return self.job.payload

    def report(self, step: str, done: int = 0, total: int = 0) -> None:
        """Cheap to call often: writes at most every 0.4 s, and never inside a transaction."""
        now = time.monotonic()
        if now - self._last < BEAT_SECONDS and step == self.job.step:
            return
        if transaction.get_connection().in_atomic_block:
            return
        self._last = now
        self.job.step = step
        updated = _held(self.job).update(step=step, progress=done, total=total, heartbeat_at=Now())
        if not updated:
            raise JobLost

    def hold(self) -> None:
        """Within a transaction: until it ends nobody takes the job over or calls it off."""
        if not _held(self.job).update(heartbeat_at=Now()):
            raise JobLost

    @contextlib.contextmanager
    def beating(self, step: str, done: Callable[[], int], total: int = 0) -> Iterator[Callable[[], None]]:
        """Reports every second, from a thread and a connection of its own: for work that reads from an open cursor or
        waits for one long statement. Yields a function to call often: it raises JobLost once the job is lost.
        """
        if transaction.get_connection().in_atomic_block:
            yield lambda: None
            return
        lost, over = threading.Event(), threading.Event()
        thread = threading.Thread(target=self._beat, args=(step, done, total, lost, over), daemon=True)
        thread.start()
        try:
            yield partial(_raise_when, lost)
        finally:
            over.set()
            thread.join()

    def _beat(self, step, done, total, lost, over):
        try:
            while not over.wait(BEAT_WHILE_BUSY):
                try:
                    self.report(step, done(), total)
                except DatabaseError:
                    logger.warning("Job %s could not report; it tries again.", self.job.pk, exc_info=True)
                    connection.close()
        except JobLost:
            lost.set()
        finally:
            connection.close()


def _raise_when(lost: threading.Event) -> None:
    if lost.is_set():
        raise JobLost


class JobLost(Exception):
    """Another worker took the job over, or somebody called it off; stop without a trace."""


def enqueue(*, kind: str, payload: dict, key: str, owner=None, root_id=None) -> Job:
    """Create the job and send it when the transaction commits. The same `key` gives the same job, sent once."""
    job, created = Job.objects.get_or_create(
        idempotency_key=key, defaults={"kind": kind, "payload": payload, "owner": owner, "root_id": root_id}
    )
    if created:
        transaction.on_commit(partial(send, job.pk))
    return job


def send(job_id: int) -> None:
    """Put the id on the queue. A broker that is down is no error: the sweep sends again."""
    from imports.tasks import run_job  # noqa: PLC0415 - tasks imports this module

    Job.objects.filter(pk=job_id).update(sent_at=Now())
    try:
        kind = Job.objects.values_list("kind", flat=True).get(pk=job_id)
        run_job.apply_async([job_id], queue=QUEUES.get(kind, "import"))
    except Exception:
        logger.exception("Job %s could not be sent; the sweep will.", job_id)


def run(job_id: int) -> None:
    """Do the job unless it is done, failed or somebody else's. Safe to call any number of times."""
    claim = str(uuid.uuid4())
    taken = Job.objects.filter(pk=job_id, state=JobState.QUEUED).update(
        state=JobState.RUNNING,
        claim=claim,
        started_at=Now(),
        heartbeat_at=Now(),
        attempts=F("attempts") + 1,
        step="",
        progress=0,
        total=0,
    )
    if not taken:
        return
    job = Job.objects.get(pk=job_id)
    try:
        result = HANDLERS[job.kind](Progress(job))
    except JobLost:
        logger.warning("Job %s was taken over.", job_id)
    except JobRefused as refusal:
        _finish(job, JobState.FAILED, error=str(refusal))
    except Exception as error:
        logger.exception("Job %s (%s) failed.", job_id, job.kind)
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
        if isinstance(error, sql.AWAY) and job.attempts < MAX_ATTEMPTS:
            _put_back(job)
            return
        _finish(
            job, JobState.FAILED, error=f"系统处理时出错，未写入任何数据。请联系管理员，任务编号 {job_id}。"
        )
    else:
        _finish(job, JobState.DONE, result=result or {})


def cancel(job_id: int, *, error: str) -> None:
    """Calls the job off: a worker that is at it notices at its next sign of life and leaves nothing behind."""
    Job.objects.filter(pk=job_id, state__in=(JobState.QUEUED, JobState.RUNNING)).update(
        state=JobState.FAILED, claim="", error=error, finished_at=Now()
    )


def _held(job):
    return Job.objects.filter(pk=job.pk, claim=job.claim, state=JobState.RUNNING)


def _finish(job, state, *, error="", result=None):
    _held(job).update(state=state, error=error[:500], result=result or {}, finished_at=Now())


def _put_back(job):
    """For the next sweep; what was just in the way is likely to be gone by then."""
    _held(job).update(state=JobState.QUEUED, claim="", sent_at=None)


def _not_within(field: str, span: dt.timedelta) -> Q:
    """Longer ago than `span`, or as far ahead: then the clock was set back meanwhile."""
    return Q(**{f"{field}__lt": Now() - span}) | Q(**{f"{field}__gt": Now() + span})


def sweep() -> int:
    """Send again what was never picked up and what a dead worker left; give up after three attempts.

    Returns how many jobs were sent. Two sweeps at once do no harm: a job is claimed by one worker only.
    """
    stale = Job.objects.filter(
        _not_within("heartbeat_at", dt.timedelta(seconds=settings.JOB_STALE_SECONDS)), state=JobState.RUNNING
    )
    stale.filter(attempts__gte=MAX_ATTEMPTS).update(
        state=JobState.FAILED,
        finished_at=Now(),
        error="后台程序多次中断，任务已停止，未写入任何数据。请重新提交。",
    )
    left = list(stale.filter(attempts__lt=MAX_ATTEMPTS).values_list("pk", flat=True))
    stale.filter(pk__in=left).update(state=JobState.QUEUED, claim="", sent_at=None)
    unsent = _not_within("sent_at", UNSENT_AFTER)
    unsent |= Q(sent_at__isnull=True) & _not_within("created_at", UNSENT_AFTER)
    waiting = Job.objects.filter(unsent | Q(pk__in=left), state=JobState.QUEUED)
    ids = list(waiting.order_by("pk").values_list("pk", flat=True)[:200])
    for job_id in ids:
        send(job_id)
    return len(ids)
