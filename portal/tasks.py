"""Celery tasks of this app: load, delegate, nothing else."""

from celery import shared_task

from portal.reminders import digests, robots


@shared_task
def send_reminders() -> dict[str, int]:
    """Every minute: digests and messages of robots whose time has come, or which are tried again. Safe to run twice, late,
    in parallel and to be killed: each has its row, which is claimed first.
    """
    return {"digests": digests.send_due(), "robots": robots.send_due()}


@shared_task
def send_robot_message(uid: str) -> bool | None:
    """After the act. As `send_reminders`."""
    return robots.ROBOTS.send(uid)


@shared_task
def purge_reminders() -> int:
    """Nightly: what is over and old. Safe to run twice and in parallel."""
    return digests.DIGESTS.purge() + robots.ROBOTS.purge()
