"""Celery tasks of the portal itself: load, delegate. Each can run twice, late, in parallel or be killed half-way."""

from celery import shared_task
from django.utils import timezone

from orgs.notices import hand_over
from portal.reports import subscriptions


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
