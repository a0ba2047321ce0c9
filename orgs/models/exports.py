"""Lists that somebody asked for as a file and that take too long to wait for, and the files written of them."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from imports.models import Job, JobState
from orgs.fields import EncryptedTextField
from orgs.models.uploads import StoredUpload


class ListExportQuerySet(models.QuerySet):
    def visible_to(self, user):
        """One's own; nobody else's, whatever one may see."""
        return self.filter(user=user) if user.is_authenticated else self.none()

    def current(self):
        return self.filter(expires_on__gt=timezone.localdate())

    def unfinished(self):
        return self.filter(job__state__in=(JobState.QUEUED, JobState.RUNNING))


class ListExport(models.Model):
    """What was asked for: the address of the list's export page and what its form held, never the rows.

    A query string may hold a name, the form a reason: both are encrypted. `number` is the entry of the audit trail that
    the watermark names.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="list_exports",
        db_index=False,
        verbose_name="账号",
    )
    name = models.CharField("名单", max_length=100)
    file_format = models.CharField("格式", max_length=4)
    rows = models.PositiveIntegerField("行数")
    path = models.CharField("页面", max_length=200)
    query = EncryptedTextField("筛选条件")
    answers = EncryptedTextField("填写内容")
    number = models.BigIntegerField("编号", unique=True)
    job = models.ForeignKey(Job, models.PROTECT, related_name="+", verbose_name="后台任务")
    created_at = models.DateTimeField("导出时间", default=timezone.now)
    expires_on = models.DateField("删除日期", db_index=True)

    objects = ListExportQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "名单导出"
        ordering = ["-pk"]
        indexes = [models.Index(fields=["user", "created_at", "id"], name="list_export_page")]

    def __str__(self):
        return f"{self.name} {self.number}"

    @property
    def written(self):
        """The file, or None."""
        return getattr(self, "file", None)


class ExportFile(StoredUpload):
    export = models.OneToOneField(ListExport, models.CASCADE, related_name="file", verbose_name="名单导出")

    class Meta:
        verbose_name = verbose_name_plural = "导出文件"

    def __str__(self):
        return str(self.export)
