"""Celery tasks of the portal: load, delegate, nothing else. Each can run twice, late, in parallel or be killed half-way."""

from celery import shared_task

from portal import snapshots
from portal.reminders import digests, robots


@shared_task
def refresh_snapshots() -> int:
    """After a change, and every few seconds for what a commit could not send; on the first run of a day everything."""
    return snapshots.refresh()


@shared_task
def rebuild_snapshots() -> int:
    """Nightly: everything anew, so that whatever went wrong with a change is mended."""
    return snapshots.rebuild()


@shared_task
def send_reminders() -> dict[str, int]:
    """Every minute: digests and messages of robots whose time has come, or which are tried again. Each
    has its row, which is claimed first.
    """
    return {"digests": digests.send_due(), "robots": robots.send_due()}


@shared_task
def send_robot_message(uid: str) -> bool | None:
    """After the act. As `send_reminders`."""
    return robots.ROBOTS.send(uid)


@shared_task
def purge_reminders() -> int:
    """Nightly: what is over and old."""
    return digests.DIGESTS.purge() + robots.ROBOTS.purge()
