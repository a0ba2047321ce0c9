"""Long lists written in the background: each becomes one sealed file of the person's own, for a few days.

However often, late or parallel a job runs: the file's row is the proof that it is done, and there can be one only.
"""

import datetime as dt
from collections.abc import Callable, Iterator

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404
from django.http.response import HttpResponseBase
from django.urls import resolve, reverse
from django.utils import timezone

from imports import jobs
from orgs import notices, uploads
from orgs.exports import (
    CONTENT_TYPES,
    JOB,
    Again,
    Listing,
    file_name,
    record_export,
    watermark,
)
from orgs.models import AuditEvent, ExportFile, ListExport
from orgs.writers import WRITERS

CANCELLED = "已取消。"
NO_MORE = "您已没有导出这份名单的权限，请联系上级党组织的系统管理员。"
CHANGED = "筛选条件已不能使用，可能其中的组织、园区等已撤销。请回到名单重新筛选后导出。"


# --- In the background -----------------------------------------------------------------------------------


@jobs.handler(JOB, queue="export")
def write(progress: jobs.Progress) -> dict:
    """What the person may export by now; nothing where they removed the export meanwhile."""
    rows = ListExport.objects.select_related("user", "file")
    export = rows.filter(number=progress.payload["number"]).first()
    if export is None or export.written:
        return {}
    file, count = _written(export, progress)
    with uploads.keeping(file) as files:
        progress.hold()
        files.take(file)
        ListExport.objects.filter(pk=export.pk).update(rows=count)
        _tell(export, count)
    return {"rows": count}


def _written(export, progress) -> tuple[ExportFile, int]:
    """The file on the disk, without its row, and how many rows of the list it holds."""
    listing, event = listing_of(export), AuditEvent.objects.get(pk=export.number)
    file, count = ExportFile(export=export), 0
    named = {
        "name": file_name(export.name, event, export.file_format),
        "content_type": CONTENT_TYPES[export.file_format],
    }

    def counted(check: Callable[[], None]) -> Iterator:
        nonlocal count
        for row in listing.rows:
            check()
            count += 1
            yield row

    with (
        progress.beating("写入文件", lambda: count, export.rows) as check,
        uploads.written(file, **named, by=export.user) as target,
    ):
        WRITERS[export.file_format](
            target,
            columns=listing.columns,
            rows=counted(check),
            title=watermark(event, event.detail["purpose"]),
        )
    return file, count


def listing_of(export: ListExport) -> Listing:
    """The list as the person may export it now. Raises JobRefused."""
    if not export.user.is_active:
        raise jobs.JobRefused(NO_MORE)
    request = Again(export)
    try:
        view, args, kwargs = resolve(export.path)
        found = view(request, *args, **kwargs)
    except PermissionDenied as error:
        raise jobs.JobRefused(NO_MORE) from error
    except (Http404, ValidationError) as error:
        raise jobs.JobRefused(CHANGED) from error
    if not isinstance(found, Listing):
        raise jobs.JobRefused(CHANGED)
    return found


def _tell(export, count) -> None:
    until = export.expires_on - dt.timedelta(days=1)
    notices.deliver(
        [
            notices.Message(
                export.user_id,
                f"export:{export.number}",
                f"“{export.name}”已生成，可以下载",
                f"共{count}行，保存至{until}。",
                reverse("orgs:export", args=[export.pk]),
            )
        ]
    )


def sweep() -> int:
    """Forgets what is over its time; returns how many."""
    late = list(ListExport.objects.filter(expires_on__lte=timezone.localdate()).select_related("file"))
    for export in late:
        remove(export=export)
    return len(late)


# --- Acts of the person ----------------------------------------------------------------------------------


@transaction.atomic
def remove(*, export: ListExport, by=None, request=None) -> None:
    """Calls off what is being written, or deletes what was written. The caller has checked that it is the person's own."""
    jobs.cancel(export.job_id, error=CANCELLED)
    if file := export.written:
        path = uploads.path_of(file.stored_name)
        transaction.on_commit(lambda: path.unlink(missing_ok=True))
    export.delete()


@transaction.atomic
def read(*, file: ExportFile, by, request) -> HttpResponseBase:
    """On record and counted as an export, while the person may still make it. Raises ValidationError."""
    export = file.export
    try:
        listing_of(export)
    except jobs.JobRefused as refusal:
        raise ValidationError(str(refusal)) from refusal
    record_export(
        request=request,
        name=export.name,
        count=export.rows,
        file_format=export.file_format,
        purpose=AuditEvent.objects.get(pk=export.number).detail["purpose"],
        detail={"file": "下载", "number": export.number},
    )
    return uploads.download_in_pieces(file)
