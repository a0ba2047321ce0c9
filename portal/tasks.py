"""Celery tasks of the portal: load, delegate, nothing else. Each can run twice, late, in parallel or be killed half-way."""

from celery import shared_task
from django.utils import timezone

from orgs.notices import hand_over
from portal import snapshots
from portal.reminders import digests, robots
from portal.reports import subscriptions


@shared_task
def refresh_snapshots() -> int:
    """After a change, and every few seconds for what a commit could not send; on the first run of a day everything."""
    return snapshots.refresh()


@shared_task
def rebuild_snapshots() -> int:
    """Nightly: everything anew, so that whatever went wrong with a change is mended; and once the months of before."""
    return snapshots.rebuild() + snapshots.backfill()


@shared_task
def write_report(subscription_id: int) -> int:
    return subscriptions.write_due(subscription_id)


@shared_task
def write_reports() -> int:
    """Every night; the later runs of the day take up what the first could not send or a killed worker left."""
    ids = list(subscriptions.due(timezone.localdate()).values_list("pk", flat=True))
    for subscription_id in ids:
        hand_over(write_report, subscription_id)
    return len(ids)


@shared_task
def sweep_reports() -> int:
    """Nightly: files that are over their time."""
    return subscriptions.sweep()


@shared_task
def send_reminders() -> dict[str, int]:
    """Every minute: digests and messages of robots whose time has come, or which are tried again. Each has
    its row, which is claimed first.
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
