"""Who is told of events over HTTP, and the outbox: what is to be sent, was sent, or was given up."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from orgs.fields import EncryptedTextField
from orgs.models.organisations import Organisation
from orgs.models.sendings import Sending, SendingQuerySet, waiting_is_due
from orgs.tree import ancestor_paths, within_paths

MANAGE = "settings.change"


class KeptWithSettingsQuerySet(models.QuerySet):
    """Rows with an `organisation`, that can be closed."""

    def visible_to(self, user):
        """Those of the organisations where the person keeps the settings."""
        if not user.is_authenticated:
            return self.none()
        if user.sees_everything:
            return self
        return self.filter(within_paths(user.permission_paths.get(MANAGE, ()), "organisation__path"))

    def open(self):
        return self.filter(closed_at__isnull=True)


class WebhookSubscriptionQuerySet(KeptWithSettingsQuerySet):
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


class WebhookDeliveryQuerySet(SendingQuerySet):
    def visible_to(self, user):
        seen = WebhookSubscription.objects.visible_to(user).order_by().values("pk")
        return self.filter(subscription__in=seen)


class WebhookDelivery(Sending):
    """One event for one subscription. `key` names the fact, so that it is never written twice."""

    subscription = models.ForeignKey(
        WebhookSubscription, models.PROTECT, related_name="deliveries", db_index=False, verbose_name="推送"
    )
    event = models.CharField("事件", max_length=40)
    key = models.CharField("事项", max_length=80)
    payload = models.JSONField("内容")

    objects = WebhookDeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "推送记录"
        constraints = [
            models.UniqueConstraint(fields=["subscription", "key"], name="webhook_delivery_once"),
            waiting_is_due("webhook_waiting_is_due"),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="webhook_due"),
            models.Index(fields=["subscription", "created_at", "id"], name="webhook_page"),
            models.Index(fields=["created_at"], name="webhook_age"),
        ]
