"""Celery wrappers: load, delegate."""

from celery import shared_task

from imports import actions, jobs


@shared_task
def run_job(job_id: int) -> None:
    jobs.run(job_id)


@shared_task
def sweep_jobs() -> None:
    jobs.sweep()


@shared_task
def end_spread(whole: str) -> str:
    """All parts of the task `whole` have ended well (`imports.spread`)."""
    return whole


@shared_task
def expire_imports() -> None:
    actions.expire_runs()
