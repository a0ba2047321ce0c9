"""Celery tasks of this app: load, delegate, nothing else. Each can run twice, late, in parallel or be killed half-way."""

from celery import shared_task

from linkages.actions import order_clock, policies
from linkages.challenges import notices as challenge_notices
from linkages.commitments import notices as commitment_notices
from linkages.orders import notices
from linkages.policies import notices as policy_notices
from linkages.secondments import notices as secondment_notices


@shared_task
def tell_order(entry_id: int) -> int:
    return notices.tell_entry(entry_id)


@shared_task
def tell_orders() -> int:
    """Every ten minutes: steps whose commit could not reach the queue, and units that are late."""
    return notices.tell_recent() + notices.tell_late_calls()


@shared_task
def watch_orders() -> dict[str, int]:
    """Every ten minutes: what is late goes up, what nobody rates ends."""
    return order_clock.run()


@shared_task
def tell_challenge(entry_id: int) -> int:
    return challenge_notices.tell_entry(entry_id)


@shared_task
def tell_challenges() -> int:
    """Every ten minutes: steps of open bidding whose commit could not reach the queue."""
    return challenge_notices.tell_recent()


@shared_task
def tell_secondment(entry_id: int) -> int:
    return secondment_notices.tell_entry(entry_id)


@shared_task
def tell_secondments() -> int:
    """Every ten minutes: steps of secondments whose commit could not reach the queue."""
    return secondment_notices.tell_recent()


@shared_task
def remind_secondments() -> int:
    """Daily: terms that end in 60 and in 30 days."""
    return secondment_notices.tell_ends()


@shared_task
def tell_policy(policy_id: int) -> int:
    return policy_notices.tell_policy(policy_id)


@shared_task
def watch_policies() -> dict[str, int]:
    """Hourly: open policies reach who has come to match; contacts are told, and reminded before the last day."""
    return policies.reach_later() | {"told": policy_notices.tell_recent() + policy_notices.remind()}


@shared_task
def tell_commitment(entry_id: int) -> int:
    return commitment_notices.tell_entry(entry_id)


@shared_task
def tell_commitments() -> int:
    """Every ten minutes: steps of responsibility lists whose commit could not reach the queue."""
    return commitment_notices.tell_recent()
