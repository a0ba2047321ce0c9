"""Celery tasks of this app: load, delegate, nothing else. Each can run twice, late, in parallel or be killed half-way."""

from celery import shared_task

from activities.notices import acts, days


@shared_task
def tell_act(entry_id: int) -> int:
    return acts.tell_entry(entry_id)


@shared_task
def tell_acts() -> int:
    """Every ten minutes: acts whose commit could not reach the queue."""
    return acts.tell_recent()


@shared_task
def remind() -> int:
    return days.remind()
