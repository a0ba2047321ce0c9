"""What every attachment has in common, whatever it is attached to."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone

from orgs.fields import EncryptedTextField


class StoredUpload(models.Model):
    """A file in `MEDIA_ROOT`, sealed for this row alone; written and read by `orgs.uploads` only.

    The name people gave it may hold anything, an identity number too: encrypted, and never a name on the disk.
    """

    public_id = models.UUIDField("公开编号", default=uuid.uuid4, unique=True, editable=False)
    stored_name = models.CharField("存储位置", max_length=100, editable=False)
    file_name = EncryptedTextField("文件名")
    content_type = models.CharField("类型", max_length=100, editable=False)
    size = models.PositiveIntegerField("大小", editable=False)
    sha256 = models.CharField("SHA-256", max_length=64, editable=False)
    uploaded_at = models.DateTimeField("上传时间", default=timezone.now)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="上传人"
    )

    class Meta:
        abstract = True

    @property
    def seal_context(self) -> str:
        return f"{self._meta.label_lower}.file:{self.public_id.hex}"
