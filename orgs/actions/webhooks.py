"""Subscriptions to events, and what is sent to them by hand. One transaction and one audit event each.

Callers have checked access. The trail holds neither the secret nor the address, which may carry a key of the receiver's.
"""

import datetime as dt
import uuid

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from orgs.audit import record
from orgs.guards import demand_words, refuse_long, refuse_stale
from orgs.models import AuditAction, DeliveryState, WebhookDelivery, WebhookSubscription
from orgs.webhooks import outbox
from orgs.webhooks.events import EVENTS, TEST
from orgs.webhooks.signing import new_secret
from orgs.webhooks.transport import target_of

LONGEST_NAME, LONGEST_ADDRESS = 60, 300


@transaction.atomic
def add_subscription(*, organisation, name, address, events, by, request=None) -> WebhookSubscription:
    """With a new secret, which its page shows once."""
    if organisation.dissolved_on:
        raise ValidationError({"organisation": "该党组织已撤销。"})
    row = WebhookSubscription(organisation=organisation, secret=new_secret(), created_by=by)
    return _save(row, name, address, events, "新建", by, request)


@transaction.atomic
def change_subscription(
    *, subscription, name, address, events, by, seen_at: dt.datetime | None = None, request=None
) -> WebhookSubscription:
    stored = _locked(subscription)
    refuse_stale(stored, seen_at, "推送")
    return _save(stored, name, address, events, "修改", by, request)


def _save(row, name, address, events, act, by, request):
    row.name = refuse_long(demand_words(name, "name", "请填写名称。"), "name", LONGEST_NAME)
    row.address = refuse_long(address, "address", LONGEST_ADDRESS)
    try:
        target_of(row.address)
    except ValidationError as error:
        raise ValidationError({"address": error.messages}) from error
    row.events = [code for code in EVENTS if code in set(events)]
    if not row.events:
        raise ValidationError({"events": "请至少选择一种事件。"})
    row.updated_at = timezone.now()
    row.full_clean(exclude=["organisation", "created_by", "secret"])
    row.save()
    return _told(row, act, by, request, events=row.events)


@transaction.atomic
def renew_secret(*, subscription, by, request=None) -> WebhookSubscription:
    """The old one signs nothing any more, what waits included."""
    stored = _locked(subscription)
    stored.secret = new_secret()
    return _saved(stored, "更换密钥", by, request)


@transaction.atomic
def close_subscription(*, subscription, by, request=None) -> WebhookSubscription:
    """What still waits is not sent any more."""
    stored = _locked(subscription)
    if stored.closed_at:
        raise ValidationError("该推送已停用。")
    stored.closed_at = timezone.now()
    return _saved(stored, "停用", by, request)


@transaction.atomic
def open_subscription(*, subscription, by, request=None) -> WebhookSubscription:
    stored = _locked(subscription)
    if stored.closed_at is None:
        raise ValidationError("该推送已启用。")
    stored.closed_at = None
    return _saved(stored, "启用", by, request)


@transaction.atomic
def send_test(*, subscription, by, request=None) -> None:
    """One event that says nothing, sent like any other; one at a time."""
    stored = _open(subscription)
    if stored.deliveries.filter(event=TEST, state=DeliveryState.WAITING).exists():
        raise ValidationError("上一次测试还在发送，请稍后刷新。")
    outbox.write([stored], event=TEST, key=f"{TEST}-{uuid.uuid4()}", data={}, at=timezone.now())
    _told(stored, "测试", by, request)


@transaction.atomic
def send_again(*, delivery, by, request=None) -> WebhookDelivery:
    """From the first attempt on; the receiver knows it by the same id."""
    stored = WebhookDelivery.objects.select_for_update().get(pk=delivery.pk)
    subscription = _open(delivery.subscription)
    if stored.state == DeliveryState.WAITING and stored.claim:
        raise ValidationError("正在发送，请稍后刷新。")
    stored.state, stored.attempts, stored.claim = DeliveryState.WAITING, 0, None
    stored.due_at = timezone.now()
    stored.save(update_fields=["state", "attempts", "claim", "due_at"])
    outbox.send_after_commit(stored.uid)
    _told(subscription, "重新发送", by, request, delivery=str(stored.uid))
    return stored


def _locked(subscription) -> WebhookSubscription:
    rows = WebhookSubscription.objects.select_for_update(of=("self",)).select_related("organisation")
    return rows.get(pk=subscription.pk)


def _open(subscription) -> WebhookSubscription:
    stored = _locked(subscription)
    if stored.closed_at:
        raise ValidationError("该推送已停用，请先启用。")
    return stored


def _saved(row, act, by, request):
    row.updated_at = timezone.now()
    row.save()
    return _told(row, act, by, request)


def _told(row, act, by, request, **detail):
    record(
        actor=by, action=AuditAction.SETTING, obj=row, path=row.organisation.path, detail={"act": act} | detail,
        request=request,
    )  # fmt: skip
    return row
