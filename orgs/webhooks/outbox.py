"""The outbox of events: written with the act, sent after the commit, and again until they arrive.

A receiver may get a row twice (it is told by its id), never not at all without the page saying so.
"""

import datetime as dt
import json
import time
import uuid
from functools import partial

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from orgs.models import DeliveryFault, WebhookDelivery, WebhookSubscription
from orgs.notices import Message, deliver, hand_over
from orgs.outbox import Outbox, Undelivered
from orgs.webhooks import signing, transport


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


class WebhookOutbox(Outbox):
    model, lane, related = WebhookDelivery, "subscription", ("subscription__organisation",)

    def content(self, row) -> bytes:
        """Always the same bytes for one row."""
        if row.subscription.closed_at:
            raise Undelivered(DeliveryFault.CLOSED)
        return json.dumps({"id": str(row.uid)} | row.payload, ensure_ascii=False).encode()

    def transmit(self, row, content) -> int:
        headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "portal-webhooks/1"}
        headers |= signing.signed_headers(row.subscription.secret, str(row.uid), int(time.time()), content)
        return transport.post(row.subscription.address, content, headers).status

    def tell(self, rows) -> None:
        """Whoever set it up, once a day."""
        today = timezone.localdate()
        deliver(
            Message(
                one.created_by_id,
                f"webhook-{one.pk}-{today}",
                f"事件推送未能送达：{one.name}",
                f"已尝试{self.most_attempts}次，请核对接收方后重新发送",
                reverse("orgs:webhook", args=[one.pk]),
            )
            for one in dict.fromkeys(row.subscription for row in rows)
            if one.created_by_id
        )


WEBHOOKS = WebhookOutbox()
