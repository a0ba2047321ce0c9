"""Who is told of events over HTTP, and the outbox: what is to be sent, was sent, or was given up."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from orgs.fields import EncryptedTextField
from orgs.models.organisations import Organisation
from orgs.tree import ancestor_paths, within_paths

MANAGE = "settings.change"


class WebhookSubscriptionQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those of the organisations where the person keeps the settings."""
        if not user.is_authenticated:
            return self.none()
        if user.sees_everything:
            return self
        return self.filter(within_paths(user.permission_paths.get(MANAGE, ()), "organisation__path"))

    def open(self):
        return self.filter(closed_at__isnull=True)

    def told_of(self, paths):
        """Those at or above one of `paths`, where something happened."""
        above = {up for path in paths for up in (*ancestor_paths(path), path)}
        return self.filter(organisation__path__in=above)


class WebhookSubscription(models.Model):
    """Who is told of `events` (codes of `webhooks.events`) at `organisation` and below it. `secret` signs what is sent."""

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="webhooks", verbose_name="党组织（含下级）"
    )
    name = models.CharField("名称", max_length=60)
    address = models.CharField("接收地址", max_length=300)
    secret = EncryptedTextField("签名密钥")
    events = models.JSONField("事件")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="设置人"
    )
    created_at = models.DateTimeField("设置时间", default=timezone.now)
    updated_at = models.DateTimeField("更新时间", default=timezone.now)
    closed_at = models.DateTimeField("停用时间", null=True, blank=True)

    objects = WebhookSubscriptionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "事件推送"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "name"],
                name="webhook_name_once",
                violation_error_message="该党组织已有同名的推送。",
            )
        ]

    def __str__(self):
        return self.name

    def delete(self, *args, **kwargs):
        raise TypeError("事件推送不得删除，请停用。")


class DeliveryState(models.TextChoices):
    WAITING = "waiting", "待发送"
    DELIVERED = "delivered", "已送达"
    GIVEN_UP = "given_up", "已放弃"


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
    CLOSED = "closed", "推送已停用"


class WebhookDeliveryQuerySet(models.QuerySet):
    def visible_to(self, user):
        seen = WebhookSubscription.objects.visible_to(user).order_by().values("pk")
        return self.filter(subscription__in=seen)

    def due(self, now):
        return self.filter(state=DeliveryState.WAITING, due_at__lte=now)


class WebhookDelivery(models.Model):
    """One event for one subscription. `key` names the fact, so that it is never written twice.

    Whoever sends puts a `claim` on the row and moves `due_at` ahead: a killed sender leaves a row that comes due again.
    Of the answer only the `status` is kept.
    """

    uid = models.UUIDField("编号", default=uuid.uuid4, unique=True, editable=False)
    subscription = models.ForeignKey(
        WebhookSubscription, models.PROTECT, related_name="deliveries", db_index=False, verbose_name="推送"
    )
    event = models.CharField("事件", max_length=40)
    key = models.CharField("事项", max_length=80)
    payload = models.JSONField("内容")
    state = models.CharField("状态", max_length=10, choices=DeliveryState, default=DeliveryState.WAITING)
    attempts = models.PositiveSmallIntegerField("已尝试次数", default=0)
    claim = models.UUIDField("发送凭据", null=True, blank=True, editable=False)
    due_at = models.DateTimeField("下次发送", null=True, blank=True, default=timezone.now)
    tried_at = models.DateTimeField("最近发送", null=True, blank=True)
    status = models.PositiveSmallIntegerField("应答状态码", null=True, blank=True)
    fault = models.CharField("未送达原因", max_length=12, choices=DeliveryFault, blank=True)
    created_at = models.DateTimeField("发生时间", default=timezone.now)

    objects = WebhookDeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "推送记录"
        constraints = [
            models.UniqueConstraint(fields=["subscription", "key"], name="webhook_delivery_once"),
            models.CheckConstraint(
                name="webhook_waiting_is_due",
                condition=Q(state=DeliveryState.WAITING, due_at__isnull=False)
                | ~Q(state=DeliveryState.WAITING) & Q(due_at__isnull=True),
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="webhook_due"),
            models.Index(fields=["subscription", "created_at", "id"], name="webhook_page"),
            models.Index(fields=["created_at"], name="webhook_age"),
        ]

    def __str__(self):
        return f"{self.uid}"

    @property
    def fault_words(self) -> str:
        words = self.get_fault_display()
        return f"{words}（{self.status}）" if words and self.status else words
