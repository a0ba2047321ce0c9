"""Photos and documents of a gathering."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from activities.models.activity import Activity
from orgs.models import StoredUpload


class ActivityFileQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(activity__in=Activity.objects.visible_to(user).order_by().values("pk"))

    def delete(self):
        raise TypeError("附件不得删除，请登记撤回及原因。")


class ActivityFile(StoredUpload):
    """A photo or a document (sign-in sheet, minutes). Never deleted: withdrawn with a reason, and its file stays."""

    activity = models.ForeignKey(Activity, models.PROTECT, related_name="files", verbose_name="活动")
    withdrawn_at = models.DateTimeField("撤回时间", null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="撤回人",
    )
    withdrawn_reason = models.CharField("撤回原因", max_length=200, blank=True)

    objects = ActivityFileQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "活动附件"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["activity", "sha256"],
                condition=Q(withdrawn_at__isnull=True),
                name="activity_file_once",
                violation_error_message="该活动已有相同的文件。",
            )
        ]

    def __str__(self):
        return f"{self.activity} {self.kind_label}"

    def delete(self, *args, **kwargs):
        raise TypeError("附件不得删除，请登记撤回及原因。")

    @property
    def is_photo(self) -> bool:
        return self.content_type.startswith("image/")

    @property
    def kind_label(self) -> str:
        return "照片" if self.is_photo else "文件"
