"""Celery tasks of this app: load, delegate, nothing else."""

from celery import shared_task

from orgs import audit, uploads


@shared_task
def seal_audit() -> int:
    """Every minute. Safe to run twice and in parallel."""
    return audit.seal_pending()


@shared_task
def sweep_uploads() -> int:
    """Nightly: files that a transaction left which was taken back. Safe to run twice and in parallel."""
    return uploads.sweep()
