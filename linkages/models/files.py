"""The signed paper."""

from django.db import models
from django.db.models import Q

from linkages.models.agreements import Agreement
from linkages.models.booked import BookedQuerySet, Withdrawable
from orgs.models import StoredUpload


class AgreementFile(Withdrawable, StoredUpload):
    """A scan of the signed agreement or of what belongs to it. Withdrawn with a reason; its file stays."""

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="files", verbose_name="协议")

    objects = BookedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "协议附件"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["agreement", "sha256"],
                condition=Q(withdrawn_at__isnull=True),
                name="agreement_file_once",
                violation_error_message="该协议已有相同的文件。",
            )
        ]

    def __str__(self):
        return f"{self.agreement} 附件"
