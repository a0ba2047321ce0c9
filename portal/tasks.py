"""Celery tasks of the portal: load, delegate, nothing else. Each can run twice, late, in parallel or be killed half-way."""

from celery import shared_task

from portal import snapshots


@shared_task
def refresh_snapshots() -> int:
    """After a change, and every few seconds for what a commit could not send; on the first run of a day everything."""
    return snapshots.refresh()


@shared_task
def rebuild_snapshots() -> int:
    """Nightly: everything anew, so that whatever went wrong with a change is mended."""
    return snapshots.rebuild()
