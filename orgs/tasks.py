"""Celery tasks of this app: load, delegate, nothing else."""

from celery import shared_task

from orgs import audit


@shared_task
def seal_audit() -> int:
    """Every minute. Safe to run twice and in parallel."""
    return audit.seal_pending()
