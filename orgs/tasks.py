"""Celery tasks of this app: load, delegate, nothing else."""

from celery import shared_task

from orgs import audit, export_jobs, notices, uploads, visit_notices
from orgs.actions import visit_tasks
from orgs.webhooks.outbox import WEBHOOKS


@shared_task
def seal_audit() -> int:
    """Every minute. Safe to run twice and in parallel."""
    return audit.seal_pending()


@shared_task
def sweep_uploads() -> int:
    """Nightly: files that a transaction left which was taken back. Safe to run twice and in parallel."""
    return uploads.sweep()


@shared_task
def sweep_exports() -> int:
    """Nightly: lists written as files that are over their time. Safe to run twice and in parallel."""
    return export_jobs.sweep()


@shared_task
def sweep_notices() -> int:
    """Nightly: messages that were read and are old. Safe to run twice and in parallel."""
    return notices.sweep()


@shared_task
def watch_visits() -> dict[str, int]:
    """Every hour: enterprises that arrived, key ones that nobody visits, tasks that fall due. Safe to run twice and in
    parallel.
    """
    return {
        "arrived": visit_tasks.sweep_arrivals(),
        "periodic": visit_tasks.sweep_periodic(),
        "reminded": visit_notices.remind(),
    }


@shared_task
def send_webhook(uid: str) -> bool | None:
    """After the act. Safe to run twice, late, in parallel and to be killed: the row is claimed first."""
    return WEBHOOKS.send(uid)


@shared_task
def sweep_webhooks() -> int:
    """Every minute: what has come due again or was lost. As `send_webhook`."""
    return WEBHOOKS.sweep()


@shared_task
def purge_webhooks() -> int:
    """Nightly: deliveries that are over and old. Safe to run twice and in parallel."""
    return WEBHOOKS.purge()
