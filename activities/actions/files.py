"""Photos and documents of a gathering: put on file, withdraw, read. `orgs.uploads` strips what a camera noted down."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse
from django.utils import timezone

from activities.actions.activities import locked
from activities.models import ActivityFile
from members.actions.register import record
from orgs import uploads
from orgs.limits import refuse_excess
from orgs.models import AuditAction

MOST_FILES = 50


def add_file(*, activity, upload, by, request=None) -> ActivityFile:
    """Until the record goes to review."""
    accepted = uploads.accept(upload)  # before the lock: a scan may take its time
    with uploads.keeping() as files:
        stored = locked(activity)
        kept = stored.files.on_file()
        if kept.filter(sha256=accepted.sha256).exists():
            raise ValidationError(f"“{accepted.name}”与已有的附件内容相同，无须重复上传。")
        if kept.count() >= MOST_FILES:
            raise ValidationError(f"一次活动最多{MOST_FILES}个附件，请先撤回不需要的。")
        file = ActivityFile(activity=stored)
        files.keep(file, accepted, by=by)
        _record(file, AuditAction.UPDATE, by, request, "上传")
    return file


@transaction.atomic
def withdraw_file(*, file, reason: str, by, request=None) -> ActivityFile:
    """The row and the file stay, for the body above to look into."""
    locked(file.activity)
    stored = ActivityFile.objects.select_for_update(of=("self",)).select_related("activity__organisation")
    stored = stored.get(pk=file.pk)
    if stored.withdrawn_at:
        raise ValidationError("该附件已撤回。")
    if not reason.strip():
        raise ValidationError({"reason": "请说明撤回的原因。"})
    stored.withdrawn_at, stored.withdrawn_by, stored.withdrawn_reason = timezone.now(), by, reason.strip()
    stored.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_reason"])
    _record(stored, AuditAction.UPDATE, by, request, "撤回")
    return stored


@transaction.atomic
def read_file(*, file, by, request=None) -> HttpResponse:
    """Documents are on record, and counted among what a person may take out in an hour; photos show with the page."""
    response = uploads.download(file)
    if not file.is_photo:
        refuse_excess(actor=by, action=AuditAction.REVEAL)
        _record(file, AuditAction.REVEAL, by, request, "下载")
    return response


def _record(file, action, by, request, act):
    """Without the name of the file, which may hold anything."""
    activity = file.activity
    detail = {"file": act, "kind": file.kind_label, "id": file.pk, "sha256": file.sha256}
    record(activity, action, by=by, detail=detail, request=request)
