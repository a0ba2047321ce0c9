"""What every outbox has in common: a row that is to be sent, was sent, or was given up. See `orgs.outbox`."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone


class DeliveryState(models.TextChoices):
    WAITING = "waiting", "待发送"
    DELIVERED = "delivered", "已送达"
    GIVEN_UP = "given_up", "已放弃"
    EMPTY = "empty", "无内容，未发送"


class DeliveryFault(models.TextChoices):
    """Why an attempt failed."""

    UNLISTED = "unlisted", "地址不在许可名单内"
    PRIVATE = "private", "域名指向不许可的网络地址"
    UNKNOWN = "unknown", "域名无法解析"
    CONNECT = "connect", "无法连接或连接中断"
    CERTIFICATE = "certificate", "对方证书无效"
    TIMEOUT = "timeout", "对方未在时限内应答"
    REDIRECT = "redirect", "对方要求跳转，不跟随"
    STATUS = "status", "对方返回错误"
    GARBLED = "garbled", "对方应答无法识别"
    CLOSED = "closed", "已停用"
    REFUSED = "refused", "对方拒绝"
    EXPIRED = "expired", "已过当期，不再发送"
    INTERRUPTED = "interrupted", "发送中断，可能已送达，不再自动重发"


class SendingQuerySet(models.QuerySet):
    def due(self, now):
        return self.filter(state=DeliveryState.WAITING, due_at__lte=now)


class Sending(models.Model):
    """Whoever sends puts a `claim` on the row and moves `due_at` ahead: a killed sender leaves a row that comes due again.

    Of the answer only the `status` is kept.
    """

    uid = models.UUIDField("编号", default=uuid.uuid4, unique=True, editable=False)
    state = models.CharField("状态", max_length=10, choices=DeliveryState, default=DeliveryState.WAITING)
    attempts = models.PositiveSmallIntegerField("已尝试次数", default=0)
    claim = models.UUIDField("发送凭据", null=True, blank=True, editable=False)
    due_at = models.DateTimeField("下次发送", null=True, blank=True, default=timezone.now)
    tried_at = models.DateTimeField("最近发送", null=True, blank=True)
    status = models.PositiveIntegerField("应答状态码", null=True, blank=True)
    fault = models.CharField("未送达原因", max_length=12, choices=DeliveryFault, blank=True)
    created_at = models.DateTimeField("发生时间", default=timezone.now)

    objects = SendingQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self):
        return f"{self.uid}"

    @property
    def fault_words(self) -> str:
        words = self.get_fault_display()
        return f"{words}（{self.status}）" if words and self.status else words


def waiting_is_due(name: str) -> models.CheckConstraint:
    """What waits has a time, what is over has none."""
    return models.CheckConstraint(
        name=name,
        condition=Q(state=DeliveryState.WAITING, due_at__isnull=False)
        | ~Q(state=DeliveryState.WAITING) & Q(due_at__isnull=True),
    )
