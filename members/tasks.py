"""Celery tasks of this app: load, delegate, nothing else. Each can run twice, late or at the same time."""

from celery import shared_task

from members.actions.dues import write_due_months
from members.employers import refresh_full_members


@shared_task
def refresh_registered_members() -> None:
    """Nightly: enterprises that were entered after their members learn how many full members they have."""
    refresh_full_members()


@shared_task
def write_dues() -> None:
    """At the month's begin: what every member owes for it, and for the months before whose papers came late."""
    write_due_months()
