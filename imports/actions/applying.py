"""Writing the ticked rows: one transaction, judged again under the lock."""

import time
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from imports import engine, jobs, sql
from imports.actions.runs import WRITTEN_OUTCOMES, is_abandoned, locked, queue, recount
from imports.actions.staging import no_report, stage_run
from imports.models import ImportRun, Outcome, RunState, StagedRow
from imports.resources import KINDS, Write

STAMP = "__stamp__"
MANY_ROWS = 500


@transaction.atomic
def request_apply(*, run: ImportRun, by, all_or_nothing: bool | None = None) -> ImportRun:
    """Queue the writing. A second request finds the run already on its way and is refused."""
    run = mark_applying(run=run, by=by, all_or_nothing=all_or_nothing)
    queue(run, "apply", by)
    return run


@transaction.atomic
def mark_applying(*, run: ImportRun, by, all_or_nothing: bool | None = None) -> ImportRun:
    """Let one caller in; ValidationError for everybody else."""
    fresh = ImportRun.objects.select_for_update().get(pk=run.pk)
    if fresh.state == RunState.APPLYING and is_abandoned(fresh):
        fresh.state = RunState.STAGED
        fresh.save(update_fields=["state"])
    run = locked(run, RunState.STAGED)
    if all_or_nothing is not None:
        run.all_or_nothing = all_or_nothing
    if run.all_or_nothing and run.counts["rejected"]:
        raise ValidationError(
            f"已选择“有错误则全部不写入”，尚有{run.counts['rejected']}行错误，请先修正或改为只写入正确的行。"
        )
    run.state, run.applied_by, run.error = RunState.APPLYING, by, ""
    run.save(update_fields=["state", "applied_by", "error", "all_or_nothing"])
    return run


class StalePreview(Exception):
    """The register changed since the preview; `count` rows would no longer do what was shown."""

    def __init__(self, count: int = 0):
        super().__init__(count)
        self.count = count


@jobs.handler("imports.apply")
def apply_job(progress: jobs.Progress) -> dict:
    run_id = progress.payload["run"]
    progress.report("写入", 0, 0)
    try:
        run = apply_run(run_id)
        if run.state in (RunState.STAGING, RunState.STAGED):
            # Killed while it compared again: the run is this job's until that is done and said.
            raise StalePreview
    except StalePreview as stale:
        run = compare_again(run_id, stale.count, progress.report)
        raise jobs.JobRefused(run.error) from None
    except ValidationError as refusal:
        sentence = refusal.messages[0]
        ImportRun.objects.filter(pk=run_id, state=RunState.APPLYING).update(
            state=RunState.STAGED, error=sentence[:500]
        )
        raise jobs.JobRefused(sentence) from None
    except sql.AWAY:
        raise  # tried again, from where it is
    except Exception:
        ImportRun.objects.filter(pk=run_id, state=RunState.APPLYING).update(
            state=RunState.STAGED, error="写入时出错，未写入任何数据，可再次写入；仍然失败请联系管理员。"
        )
        raise
    return run.counts


def compare_again(run_id: int, count: int, report: engine.Report = no_report) -> ImportRun:
    """A fresh preview after a refused one; the run says why. `count` is 0 where nobody knows it any more."""
    ImportRun.objects.filter(pk=run_id, state=RunState.APPLYING).update(state=RunState.STAGING)
    run = stage_run(run_id, report)
    rows = f"（{count}行）" if count else ""
    run.error = f"预览之后登记册有变动{rows}，未写入任何数据；已重新比对，请核对后再次写入。"
    run.save(update_fields=["error"])
    return run


@dataclass
class _Plan:
    new: list[Write] = field(default_factory=list)
    changed: list[Write] = field(default_factory=list)
    unchanged: list[int] = field(default_factory=list)
    stale: int = 0


@engine.without_collector()
def apply_run(run_id: int) -> ImportRun:
    """Write the ticked rows in one transaction. Runs of one kind wait for each other; a second call does nothing.

    Rows that meanwhile equal the register are counted as unchanged. Raises StalePreview, with nothing written,
    when the register says something else than the preview showed.
    """
    started = time.monotonic()
    with transaction.atomic():
        sql.lock("import")
        run = ImportRun.objects.select_for_update(of=("self",)).get(pk=run_id)
        if run.state != RunState.APPLYING:
            return run
        resource = KINDS[run.kind](user=run.created_by)
        plan = _plan(resource, run)
        if plan.stale:
            raise StalePreview(plan.stale)
        at = timezone.now()
        missing = list(run.staged.filter(outcome=Outcome.MISSING).values_list("object_pk", flat=True))
        if plan.new:
            resource.write_new(plan.new, run, at)
        if plan.changed:
            resource.write_changed(plan.changed, run, at)
        run.applied_at = at
        if plan.new or plan.changed or not _applied_before(run):
            resource.after_write(plan.new, plan.changed, missing, run)
        _mark(run, plan, resource)
        run.state, run.seconds = RunState.APPLIED, round(run.seconds + time.monotonic() - started, 2)
        run.save()
        resource.record(action="import", run=run, user=run.applied_by, detail=run.counts)
    if len(plan.new) + len(plan.changed) >= MANY_ROWS:
        # Otherwise PostgreSQL plans the next pages for empty tables, until autovacuum comes by.
        sql.analyse((resource.model, *resource.derived))
    return run


def _ticked(run):
    """The new and changed rows to write."""
    return run.staged.filter(outcome__in=WRITTEN_OUTCOMES, selected=True).order_by("row_number")


def _applied_before(run) -> bool:
    """The same file again, with nothing left to write, must not even leave a second survey round."""
    same = ImportRun.objects.filter(kind=run.kind, sha256=run.sha256, state=RunState.APPLIED)
    return same.exclude(pk=run.pk).exists()


def _plan(resource, run) -> _Plan:
    """What to write, judged against the register as it is now.

    Rows are read as plain tuples and not kept: model instances would take longer to build than to write.
    """
    loads = resource.loads
    ticked = _ticked(run)
    stored = resource.stored(set(ticked.values_list("key", flat=True)))
    plan = _Plan()
    rows = ticked.values_list("pk", "row_number", "outcome", "key", "label", "values", "before", named=True)
    for row in rows.iterator(chunk_size=sql.CHUNK):
        values = {name: loads[name](v) if name in loads else v for name, v in row.values.items()}
        write = Write(row.row_number, row.key, row.label, values, stored.get(row.key))
        if write.stored is None:
            if row.outcome == Outcome.NEW:
                plan.new.append(write)
            else:
                plan.stale += 1
            continue
        write.pk = write.stored.pk
        write.changed = engine.differences(resource, write.stored, values, blank_clears=run.blank_clears)
        if not write.changed:
            plan.unchanged.append(row.pk)
        elif _as_previewed(row, write, loads):
            plan.changed.append(write)
        else:
            plan.stale += 1
    return plan


def _as_previewed(row, write: Write, loads) -> bool:
    if row.outcome != Outcome.CHANGED or set(write.changed) != set(row.before):
        return False
    return all(
        (loads[name](old) if name in loads else old) == write.stored.values.get(name)
        for name, old in row.before.items()
    )


def _mark(run, plan: _Plan, resource) -> None:
    """Remember on the staged rows what was written, with what an undo needs."""
    keys = dict(_ticked(run).values_list("row_number", "pk"))
    dumps = resource.dumps
    updates = []
    for write in (*plan.new, *plan.changed):
        before = {
            name: dumps[name](value) if name in dumps else value
            for name, value in ((n, write.stored.values.get(n)) for n in write.changed)
        }
        if write.stored and write.stored.stamp:
            before[STAMP] = write.stored.stamp.isoformat()
        updates.append((keys[write.row_number], write.pk, before | write.before, True))
    if updates:
        sql.update_rows(StagedRow, ("object_pk", "before", "written"), updates)
    for start in range(0, len(plan.unchanged), sql.CHUNK):
        StagedRow.objects.filter(pk__in=plan.unchanged[start : start + sql.CHUNK]).update(
            outcome=Outcome.UNCHANGED, values={}, before={}
        )
    run.staged.filter(outcome__in=WRITTEN_OUTCOMES, selected=False).update(
        outcome=Outcome.SKIPPED, problems=[{"code": "deselected", "text": "写入时未勾选。"}]
    )
    recount(run)
