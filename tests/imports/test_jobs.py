"""Jobs that were interrupted: by a worker that died, a database that went away, a clock that was set."""

import contextlib
import datetime as dt

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from imports import actions, jobs, sql
from imports.actions import applying
from imports.models import ImportRun, Job, JobState
from orgs.models import Area, Enterprise, User
from tests import builders
from tests.imports.helpers import stage, workbook

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def job(db, monkeypatch):
    """Waits; what it does is `job.work`, by default nothing."""
    job = jobs.enqueue(kind="test", payload={}, key="test")
    job.work = lambda progress: {}
    monkeypatch.setitem(jobs.HANDLERS, "test", lambda progress: job.work(progress))
    return job


def changed(job, **values) -> Job:
    Job.objects.filter(pk=job.pk).update(**values)
    job.refresh_from_db()
    return job


def fail_with(error):
    def work(progress):
        raise error

    return work


def test_what_the_database_interrupted_is_tried_again_by_itself(job):
    job.work = fail_with(OperationalError("server closed the connection unexpectedly"))
    jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.attempts, job.claim, job.error) == ("queued", 1, "", "")

    changed(job, created_at=timezone.now() - HOUR)
    assert jobs.sweep() == 1
    job.work = lambda progress: {"rows": 1}
    jobs.run(job.pk)

    job.refresh_from_db()
    assert (job.state, job.attempts, job.result) == ("done", 2, {"rows": 1})


def test_the_third_interruption_ends_it_with_a_sentence(job):
    job.work = fail_with(OperationalError("deadlock detected"))
    for _ in range(jobs.MAX_ATTEMPTS):
        jobs.run(job.pk)

    job.refresh_from_db()
    assert (job.state, job.attempts) == ("failed", jobs.MAX_ATTEMPTS)
    assert "未写入任何数据" in job.error


def test_a_fault_of_the_program_is_not_tried_again(job):
    job.work = fail_with(ZeroDivisionError())
    jobs.run(job.pk)

    job.refresh_from_db()
    assert (job.state, job.attempts) == ("failed", 1)


@pytest.mark.parametrize(("set_by", "taken_up"), [(-HOUR, 1), (HOUR, 1), (dt.timedelta(), 0)])
@pytest.mark.parametrize("state", ["running", "sent", "created"])
def test_a_clock_that_was_set_makes_no_dead_job_wait_and_no_living_one_start_twice(
    job, set_by, taken_up, state
):
    """What stands on the row was written before the clock was set back (or on) by an hour."""
    at = timezone.now() + set_by
    values = {
        "running": {"state": JobState.RUNNING, "claim": "dead", "attempts": 1, "heartbeat_at": at},
        "sent": {"sent_at": at},
        "created": {"sent_at": None, "created_at": at},
    }
    changed(job, **values[state])

    assert jobs.sweep() == taken_up
    job.refresh_from_db()
    if taken_up:
        assert job.state == JobState.QUEUED
        assert abs(timezone.now() - job.sent_at) < dt.timedelta(minutes=1)


def test_a_worker_whose_clock_is_wrong_shows_that_it_lives(job, monkeypatch):
    """Its own clock is an hour behind; the sweep of another machine must not take the job from it."""

    def work(progress):
        now = timezone.now()
        with monkeypatch.context() as patch:
            patch.setattr(timezone, "now", lambda: now - HOUR)
            progress.report("一半", 1, 2)
        assert jobs.sweep() == 0

    job.work = work
    jobs.run(job.pk)

    job.refresh_from_db()
    assert (job.state, job.attempts) == ("done", 1)


@pytest.mark.django_db(transaction=True)
def test_a_connection_lost_while_rows_are_copied_is_known_for_what_it_is():
    if not sql.is_postgresql():
        return  # SQLite has no connection to lose
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (ours,) = cursor.fetchone()
    with contextlib.closing(connection.copy()) as other, other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [ours])

    with pytest.raises(sql.AWAY):
        sql.insert_rows(Area, ("name",), [("测试片区",)])
    connection.close()


# --- An import whose worker dies where nobody expects it -------------------------------------------------


class Killed(BaseException):
    """As SIGKILL: nothing of ours runs any more."""


@pytest.fixture
def stale_apply():
    """An enterprise changed between preview and writing: the job compares again."""
    known = builders.make_enterprise(employees=1)
    content = workbook(("企业名称", "统一社会信用代码", "从业人数"), (known.name, known.credit_code, 50))
    run = stage("enterprises", content)
    Enterprise.objects.filter(pk=known.pk).update(employees=20, updated_at=timezone.now())
    actions.request_apply(run=run, by=User.objects.system())
    return ImportRun.objects.get(pk=run.pk)


def die(*args, **kwargs):
    raise Killed


def stage_and_die(*args, **kwargs):
    actions.stage_run(*args, **kwargs)
    raise Killed


@pytest.mark.parametrize("death", [die, stage_and_die])
def test_a_worker_killed_while_it_compares_again_leaves_no_run_that_waits_for_ever(
    stale_apply, death, monkeypatch
):
    with monkeypatch.context() as patch:
        patch.setattr(applying, "stage_run", death)
        with pytest.raises(Killed):
            jobs.run(stale_apply.job_id)
    changed(stale_apply.job, heartbeat_at=timezone.now() - HOUR)
    assert jobs.sweep() == 1

    jobs.run(stale_apply.job_id)

    stale_apply.refresh_from_db()
    assert stale_apply.state == "staged"
    assert "登记册有变动" in stale_apply.error
    assert stale_apply.job.error == stale_apply.error
    assert stale_apply.staged.get().before == {"employees": 20}


@pytest.mark.parametrize("act", ["apply", "undo"])
def test_an_import_that_the_database_interrupted_is_finished_by_the_next_attempt(act, monkeypatch):
    code = builders.credit_code()
    run = stage("enterprises", workbook(("企业名称", "统一社会信用代码"), ("测试企业", code)))
    by, expected = User.objects.system(), {"apply": "applied", "undo": "undone"}[act]
    actions.request_apply(run=run, by=by)
    if act == "undo":
        jobs.run(ImportRun.objects.get(pk=run.pk).job_id)
        actions.request_undo(run=run, by=by)
    job_id = ImportRun.objects.get(pk=run.pk).job_id
    with monkeypatch.context() as patch:
        patch.setattr("imports.sql.lock", fail_with(OperationalError("the connection is gone")))
        jobs.run(job_id)
    assert Job.objects.get(pk=job_id).state == "queued"

    jobs.run(job_id)

    run = ImportRun.objects.get(pk=run.pk)
    assert (run.state, run.error) == (expected, "")
    assert Enterprise.objects.filter(credit_code=code).exists() == (act == "apply")
