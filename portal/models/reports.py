"""Reports that somebody wants regularly, and the workbooks written for them."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from orgs.models import Organisation, StoredUpload


class ReportCode(models.TextChoices):
    COVERAGE = "coverage", "两个覆盖月报"
    YEARLY = "yearly", "党内统计年报"


class OwnQuerySet(models.QuerySet):
    def visible_to(self, user):
        """One's own; nobody else's, whatever one may see."""
        return self.filter(user=user) if user.is_authenticated else self.none()


class ReportSubscription(models.Model):
    """That an account is sent a report about an organisation once its month or year is over.

    `covered_until` is the last day of the last period that was written, or was over when the person subscribed.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="report_subscriptions",
        db_index=False,
        verbose_name="账号",
    )
    organisation = models.ForeignKey(
        Organisation, models.CASCADE, related_name="report_subscriptions", verbose_name="党组织"
    )
    report = models.CharField("报表", max_length=10, choices=ReportCode)
    by = models.CharField("分行", max_length=10, blank=True)
    covered_until = models.DateField("已生成至")
    created_at = models.DateTimeField("订阅时间", default=timezone.now)

    objects = OwnQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "报表订阅"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "report", "organisation", "by"],
                name="report_subscribed_once",
                violation_error_message="您已订阅这份报表。",
            )
        ]
        indexes = [models.Index(fields=["report", "covered_until"], name="report_due")]

    def __str__(self):
        return f"{self.get_report_display()} {self.organisation}"


class ReportFileQuerySet(OwnQuerySet):
    def current(self):
        return self.filter(expires_on__gt=timezone.localdate())


class ReportFile(StoredUpload):
    """The workbook of one period. `names` is how many enterprises it names; null where it holds figures alone."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="report_files",
        db_index=False,
        verbose_name="账号",
    )
    organisation = models.ForeignKey(
        Organisation, models.CASCADE, related_name="report_files", verbose_name="党组织"
    )
    report = models.CharField("报表", max_length=10, choices=ReportCode)
    by = models.CharField("分行", max_length=10, blank=True)
    on = models.DateField("数据截至")
    names = models.PositiveIntegerField("名单行数", null=True, blank=True)
    expires_on = models.DateField("删除日期", db_index=True)

    objects = ReportFileQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "报表文件"
        ordering = ["-on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "report", "organisation", "by", "on"], name="report_file_once"
            )
        ]

    def __str__(self):
        return f"{self.get_report_display()} {self.on}"
