"""Files that belong to a row of another app (a gathering, an agreement): put on file, withdraw, read.

Callers have checked access. `orgs.uploads` judges and seals. One transaction and one audit event each, without the name
of the file, which may hold anything.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse

from orgs import audit, uploads
from orgs.actions.withdrawals import take_back
from orgs.limits import refuse_excess
from orgs.models import AuditAction, StoredUpload


@dataclass(frozen=True)
class Folder:
    """The files of one model. `owner` is the field with the row they belong to, which has an `organisation`."""

    model: type[StoredUpload]
    owner: str
    lock: Callable
    """Gives the owner under lock, or refuses where its files may not change."""
    most: int
    whole: str
    """What has at most so many, as in “一份协议最多20个附件”."""
    told: Callable[[StoredUpload], dict] = lambda file: {}
    """What the trail says of a file besides."""

    def add(self, owner, upload, *, by, request=None) -> StoredUpload:
        accepted = uploads.accept(upload)  # before the lock: a scan may take its time
        with uploads.keeping() as files:
            stored = self.lock(owner)
            kept = self.model.objects.filter(**{self.owner: stored}, withdrawn_at__isnull=True)
            if kept.filter(sha256=accepted.sha256).exists():
                raise ValidationError(f"“{accepted.name}”与已有的附件内容相同，无须重复上传。")
            if kept.count() >= self.most:
                raise ValidationError(f"{self.whole}最多{self.most}个附件，请先撤回不需要的。")
            file = self.model(**{self.owner: stored})
            files.keep(file, accepted, by=by)
            self._record(file, AuditAction.UPDATE, "上传", by, request)
        return file

    @transaction.atomic
    def withdraw(self, file, reason: str, *, by, request=None) -> StoredUpload:
        """The row and the file stay."""
        self.lock(getattr(file, self.owner))
        rows = self.model.objects.select_related(f"{self.owner}__organisation")
        kept = take_back(rows, file, reason, by, what="附件")
        self._record(kept, AuditAction.UPDATE, "撤回", by, request)
        return kept

    @transaction.atomic
    def read(self, file, *, by, request=None) -> HttpResponse:
        """On record, and counted among what a person may take out in an hour."""
        response = uploads.download(file)
        refuse_excess(actor=by, action=AuditAction.REVEAL)
        self._record(file, AuditAction.REVEAL, "下载", by, request)
        return response

    def _record(self, file, action, act, by, request):
        owner = getattr(file, self.owner)
        detail = {"file": act, **self.told(file), "id": file.pk, "sha256": file.sha256}
        audit.record(
            actor=by,
            action=action,
            obj=owner,
            path=owner.organisation.path,
            detail=detail,
            request=request,
        )
