"""Append-only record of what people and imports did, chained so that removal shows."""

from django.conf import settings
from django.db import models

from orgs.tree import STEP, within_paths


class AuditAction(models.TextChoices):
    LOGIN = "login", "登录"
    LOGIN_FAILED = "login_failed", "登录失败"
    LOGOUT = "logout", "退出"
    CREATE = "create", "新建"
    UPDATE = "update", "修改"
    DELETE = "delete", "删除"
    IMPORT = "import", "导入"
    UNDO = "undo", "撤销导入"
    EXPORT = "export", "导出"
    REVEAL = "reveal", "查看完整信息"
    GRANT = "grant", "授权变更"
    SETTING = "setting", "设置变更"
    DENIED = "denied", "拒绝访问"


class AuditEventQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Events below the organisations where `user` audits; events without a scope go to the top auditors.

        Nobody reads events about their own doings here (三员分立): the auditor's own are left out.
        """
        if not user.is_authenticated:
            return self.none()
        if user.sees_everything:
            return self
        paths = user.permission_paths.get("audit.view", ())
        organisation = self.model._meta.apps.get_model("orgs", "Organisation")
        scope = models.Q(
            organisation_id__in=organisation.objects.filter(within_paths(paths, "path")).values("pk")
        )
        if any(len(path) == STEP for path in paths):
            scope |= models.Q(organisation_id=None)
        return self.filter(scope).exclude(actor=user)

    def update(self, **kwargs):
        raise TypeError("Audit events cannot be changed.")

    def delete(self):
        raise TypeError("Audit events cannot be deleted.")


class AuditEvent(models.Model):
    """One act. Written by `orgs.audit.record` in the transaction of the act; sealed into the chain a moment later."""

    at = models.DateTimeField("时间", db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="操作人",
    )
    actor_name = models.CharField("操作人姓名", max_length=50, blank=True)
    ip = models.GenericIPAddressField("地址", null=True, blank=True)
    action = models.CharField("动作", max_length=20, choices=AuditAction)
    object_type = models.CharField("对象类型", max_length=40, blank=True)
    object_id = models.CharField("对象编号", max_length=40, blank=True)
    object_label = models.CharField("对象", max_length=200, blank=True)
    # A number, not a foreign key: the entry outlives the organisation. Not a path either: branches move.
    organisation_id = models.BigIntegerField("党组织", null=True, blank=True, db_index=True)
    root_id = models.BigIntegerField("顶层组织", null=True, blank=True)
    detail = models.JSONField("内容", default=dict, blank=True)
    seal = models.CharField("校验链", max_length=64, blank=True, db_index=True)

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "审计记录"
        ordering = ["-pk"]
        indexes = [models.Index(fields=["object_type", "object_id"], name="audit_object")]

    def __str__(self):
        return f"{self.get_action_display()} {self.object_label}"

    def save(self, *args, **kwargs):
        if self.pk:
            raise TypeError("Audit events cannot be changed.")
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise TypeError("Audit events cannot be deleted.")
