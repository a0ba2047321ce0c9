"""A run from the upload on: its file, who may change its state, and when it is forgotten."""

import contextlib
import datetime as dt
import hashlib

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from imports import jobs, orphans, sql
from imports.models import ImportRun, Outcome, RunState
from imports.models.runs import FOLDER
from imports.resources import KINDS

WRITTEN_OUTCOMES = (Outcome.NEW, Outcome.CHANGED)


def create_run(
    *,
    kind: str,
    upload: File,
    by,
    full_list: bool = False,
    as_of: dt.date | None = None,
    all_or_nothing: bool = False,
    blank_clears: bool = False,
    in_background: bool = True,
) -> ImportRun:
    """Keep the file and start staging. Raises ValidationError for an empty or too large file.

    The caller has checked that `by` may import this kind.
    """
    resource = KINDS[kind]
    _check_size(upload)
    run = ImportRun(
        kind=kind,
        file_name=upload.name.replace("\\", "/").rsplit("/", 1)[-1][:200],
        file_size=upload.size,
        sha256=_sha256(upload),
        full_list=full_list and resource.full_list_allowed,
        as_of=as_of,
        all_or_nothing=all_or_nothing,
        blank_clears=blank_clears,
        created_by=by,
        state=RunState.STAGING,
    )
    kept = ContentFile(resource.seal_file(upload.read())) if resource.seals_files else upload
    with _file_of(run, kept), transaction.atomic():
        run.save()
        if in_background:
            queue(run, "stage", by)
    return run


@contextlib.contextmanager
def _file_of(run: ImportRun, content: File):
    """The file lies there before the row; it goes when the row does not come, or when the disk did not take all of it."""
    field = ImportRun.file.field
    name = field.generate_filename(run, run.file_name)
    try:
        run.file.name = field.storage.save(name, content)
        yield
    except sql.AWAY:
        raise  # the row may be there all the same; if it is not, `expire_runs` finds the file
    except BaseException:
        field.storage.delete(name)
        raise


def _check_size(upload):
    if not upload.size:
        raise ValidationError("文件是空的，请重新导出后再上传。")
    if upload.size > settings.IMPORT_MAX_BYTES:
        limit = settings.IMPORT_MAX_BYTES // 1024 // 1024
        raise ValidationError(f"文件超过{limit}MB，请拆分后分批上传。")


def _sha256(upload) -> str:
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    upload.seek(0)
    return digest.hexdigest()


def queue(run: ImportRun, step: str, by) -> None:
    """Queue `step` for the run; the key is new each time, because the state already lets only one caller in."""
    key = f"{step}:{run.pk}:{timezone.now():%Y%m%d%H%M%S%f}"
    run.job = jobs.enqueue(
        kind=f"imports.{step}", payload={"run": run.pk, "by": by.pk}, key=key, owner=by, root_id=run.root_id
    )
    run.save(update_fields=["job"])


def locked(run: ImportRun, *states: str) -> ImportRun:
    """The run's row, held until the transaction ends; ValidationError unless it is in one of `states`."""
    fresh = ImportRun.objects.select_for_update().get(pk=run.pk)
    if fresh.state not in states:
        raise ValidationError(f"该批次当前为“{fresh.get_state_display()}”，不能进行此操作，请刷新页面。")
    return fresh


def is_abandoned(run: ImportRun) -> bool:
    """Nobody works on it any more: its job ended, or it was begun from a command line that died.

    Should somebody work on it after all, the lock makes one wait, and the second finds the work done.
    """
    return run.job is None or run.job.is_finished


def recount(run: ImportRun) -> None:
    """Counts from the staged rows; call after a decision changed one."""
    found = dict(run.staged.values_list("outcome").annotate(Count("pk")).order_by())
    counts = {outcome: found.get(outcome, 0) for outcome in Outcome.values}
    counts["rows"] = sum(counts.values()) - counts["missing"]
    run.counts = counts
    run.save(update_fields=["counts"])


def expire_runs() -> int:
    """Delete files and previews that nobody needs any more; what an import changed stays as its record.

    Returns how many runs that were.
    """
    cutoff = timezone.now() - dt.timedelta(days=settings.IMPORT_UNDO_DAYS)
    waiting = (RunState.UPLOADED, RunState.STAGED, RunState.FAILED)
    old = ImportRun.objects.filter(created_at__lt=cutoff)
    old.filter(state__in=waiting).update(state=RunState.DISCARDED)
    orphans.sweep(FOLDER, _known)
    with_file = list(old.exclude(file="").exclude(Q(state=RunState.APPLIED, applied_at__gte=cutoff)))
    for run in with_file:
        run.staged.filter(written=False).delete()
        run.file.delete(save=False)
        run.save(update_fields=["file"])
    return len(with_file)


def _known(names: set[str]) -> set[str]:
    """The files that runs have in the folder of `names`."""
    folder = min(names).rpartition("/")[0]
    return set(ImportRun.objects.filter(file__startswith=f"{folder}/").values_list("file", flat=True))
