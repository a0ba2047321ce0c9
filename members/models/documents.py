"""Documents of recruiting: what was uploaded for a step of a case."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from members.models.recruiting import RecruitmentCase
from orgs.fields import EncryptedTextField
from orgs.models import StoredUpload

OTHER = "其他"


class CaseDocumentQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Follows the case. Who reads the content is asked of `members.access.can_read_document`."""
        return self.filter(case__in=RecruitmentCase.objects.visible_to(user).order_by().values("pk"))

    def on_file(self):
        return self.filter(withdrawn_at__isnull=True)

    def delete(self):
        raise TypeError("材料不得删除，请登记撤回及原因。")


class CaseDocument(StoredUpload):
    """One file on record for a step. Never deleted: withdrawn with a reason, and its file stays.

    `kind` is one of the step's `documents` (`members.recruiting.steps`) or `OTHER`.
    """

    case = models.ForeignKey(
        RecruitmentCase, models.PROTECT, related_name="documents", verbose_name="发展党员"
    )
    number = models.PositiveSmallIntegerField("步骤")
    kind = models.CharField("材料", max_length=30)
    withdrawn_at = models.DateTimeField("撤回时间", null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="撤回人",
    )
    withdrawn_reason = EncryptedTextField("撤回原因")

    objects = CaseDocumentQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "发展党员材料"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "number", "sha256"],
                condition=Q(withdrawn_at__isnull=True),
                name="case_document_once",
                violation_error_message="这一步已有相同的文件。",
            )
        ]

    def __str__(self):
        return f"第{self.number}步 {self.kind}"

    def delete(self, *args, **kwargs):
        raise TypeError("材料不得删除，请登记撤回及原因。")
