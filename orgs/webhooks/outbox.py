"""The outbox: an event is written with its act, sent after the commit, and again with growing pauses until it arrives.

Sending may run twice, late, beside another or be killed: a row is claimed by one conditional update, and the claim lapses.
A receiver may get a row twice (it is told by its id), never not at all without the page saying so.
"""

import datetime as dt
import json
import logging
import time
import uuid
from functools import partial

from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from orgs.models import DeliveryFault, DeliveryState, WebhookDelivery, WebhookSubscription
from orgs.notices import Message, deliver, hand_over
from orgs.webhooks import signing, transport
from orgs.webhooks.transport import Undelivered

PAUSES = tuple(dt.timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, 360))
MOST_ATTEMPTS = len(PAUSES) + 1
LEASE = dt.timedelta(
    minutes=2
)  # longer than an attempt can take (`transport.WHOLE_SECONDS` and looking up the name)
SWEEP_SECONDS, MOST_SWEPT = 50, 100
KEPT = dt.timedelta(days=90)
logger = logging.getLogger(__name__)


def publish(*, event: str, key: str, data: dict, paths, at: dt.datetime) -> None:
    """Within the transaction of the act. `data` holds no word that people wrote and nothing about a person; `paths` are of
    the organisations where it happened."""
    rows = WebhookSubscription.objects.open().told_of(paths).only("events")
    told = [row for row in rows if event in row.events]
    write(told, event=event, key=key, data=data, at=at)


def write(subscriptions, *, event: str, key: str, data: dict, at: dt.datetime) -> None:
    payload = {"event": event, "at": at.isoformat(), "data": data}
    rows = [
        WebhookDelivery(subscription=row, event=event, key=key, payload=payload, created_at=at)
        for row in subscriptions
    ]
    WebhookDelivery.objects.bulk_create(rows, ignore_conflicts=True)
    for row in rows:
        send_after_commit(row.uid)


def send_after_commit(uid: uuid.UUID) -> None:
    from orgs.tasks import send_webhook  # noqa: PLC0415 - tasks imports this module

    transaction.on_commit(partial(hand_over, send_webhook, str(uid)))


def body_of(delivery) -> bytes:
    """Always the same bytes for one row."""
    return json.dumps({"id": str(delivery.uid)} | delivery.payload, ensure_ascii=False).encode()


# --- Sending -----------------------------------------------------------------------------------------------


def send(uid: str) -> bool | None:
    """Whether it arrived; None where there was nothing to do, or another is at it."""
    delivery = _claimed(uid)
    if delivery is None:
        return None
    subscription, body = delivery.subscription, body_of(delivery)
    if subscription.closed_at:
        return _settle(delivery, state=DeliveryState.GIVEN_UP, due_at=None, fault=DeliveryFault.CLOSED)
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "portal-webhooks/1"}
    headers |= signing.signed_headers(subscription.secret, str(delivery.uid), int(time.time()), body)
    try:
        status = transport.post(subscription.address, body, headers)
    except Undelivered as error:
        return _put_off(delivery, error)
    return _settle(delivery, state=DeliveryState.DELIVERED, due_at=None, status=status, fault="")


def _claimed(uid) -> WebhookDelivery | None:
    """The row, ours for `LEASE`; no lock is held while the network is waited for."""
    now, claim = timezone.now(), uuid.uuid4()
    rows = WebhookDelivery.objects.due(now).filter(uid=uid, attempts__lt=MOST_ATTEMPTS)
    if not rows.update(claim=claim, due_at=now + LEASE, attempts=F("attempts") + 1, tried_at=now):
        return None
    return WebhookDelivery.objects.select_related("subscription__organisation").get(uid=uid)


def _put_off(delivery, error) -> bool:
    if delivery.attempts < MOST_ATTEMPTS:
        due_at, state = timezone.now() + PAUSES[delivery.attempts - 1], DeliveryState.WAITING
    else:
        due_at, state = None, DeliveryState.GIVEN_UP
    logger.warning("Webhook %s, attempt %s: %s.", delivery.uid, delivery.attempts, error.fault.value)
    settled = {"state": state, "due_at": due_at, "status": error.status, "fault": error.fault}
    _settle(delivery, **settled)
    if state == DeliveryState.GIVEN_UP:
        _tell([delivery.subscription])
    return False


def _settle(delivery, **values) -> bool:
    """Unless the claim has lapsed and another holds the row."""
    mine = WebhookDelivery.objects.filter(pk=delivery.pk, claim=delivery.claim)
    mine.update(claim=None, **values)
    return values["state"] == DeliveryState.DELIVERED


def _tell(subscriptions) -> None:
    """Whoever set it up, once a day."""
    today = timezone.localdate()
    deliver(
        Message(
            row.created_by_id,
            f"webhook-{row.pk}-{today}",
            f"事件推送未能送达：{row.name}",
            f"已尝试{MOST_ATTEMPTS}次，请核对接收方后重新发送",
            reverse("orgs:webhook", args=[row.pk]),
        )
        for row in subscriptions
        if row.created_by_id
    )


def sweep(seconds: float = SWEEP_SECONDS) -> int:
    """Sends what has come due: what a queue or a killed worker lost, and what is tried again. Returns how much arrived.

    After a failure the rest of a subscription waits for the next run, so that one dead receiver holds up nobody else.
    """
    until, now, count = time.monotonic() + seconds, timezone.now(), 0
    spent = WebhookDelivery.objects.due(now).filter(attempts__gte=MOST_ATTEMPTS)
    lost = WebhookSubscription.objects.filter(pk__in=list(spent.values_list("subscription", flat=True)))
    _tell(list(lost))
    spent.update(state=DeliveryState.GIVEN_UP, due_at=None, claim=None)
    due = WebhookDelivery.objects.due(now).order_by("due_at", "pk")
    for subscription in dict.fromkeys(due.order_by("subscription").values_list("subscription", flat=True)):
        for uid in due.filter(subscription=subscription).values_list("uid", flat=True)[:MOST_SWEPT]:
            if time.monotonic() > until:
                return count
            if (arrived := send(uid)) is False:
                break
            count += bool(arrived)
    return count


def purge() -> int:
    """What arrived or was given up long ago."""
    old = WebhookDelivery.objects.filter(created_at__lt=timezone.now() - KEPT)
    return old.exclude(state=DeliveryState.WAITING).delete()[0]
