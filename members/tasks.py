"""Celery tasks of this app: load, delegate, nothing else. Each can run twice, late or at the same time."""

from celery import shared_task

from imports.spread import spread
from members.actions import dues
from members.employers import refresh_full_members


@shared_task
def refresh_registered_members() -> None:
    """Nightly: enterprises that were entered after their members learn how many full members they have."""
    refresh_full_members()


@shared_task
def write_dues() -> str | None:
    """At the month's begin: what every member owes for it, and for the months before whose papers came late."""
    return spread("members.tasks.write_dues", write_dues_of, dues.subtrees())


@shared_task(ignore_result=False)  # the chord counts results
def write_dues_of(organisation_id: int, is_alone: bool) -> None:
    """Of one subtree, or of the organisation alone."""
    dues.write_due_months(organisation_id, is_alone=is_alone)
