"""Taking a written run back: old values return, created rows go, what people touched since stays and is named."""

import datetime as dt

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from imports import engine, jobs, sql
from imports.actions.applying import STAMP
from imports.actions.runs import is_abandoned, locked, queue
from imports.models import ImportRun, Outcome, RunState, StagedRow
from imports.resources import KINDS, Kept


@transaction.atomic
def request_undo(*, run: ImportRun, by) -> ImportRun:
    """Queue the undo."""
    run = mark_undoing(run=run, by=by)
    queue(run, "undo", by)
    return run


@transaction.atomic
def mark_undoing(*, run: ImportRun, by) -> ImportRun:
    """Let one caller in; ValidationError for everybody else and after the period for undoing."""
    fresh = ImportRun.objects.select_for_update().get(pk=run.pk)
    if fresh.state == RunState.UNDOING and is_abandoned(fresh):
        fresh.state = RunState.APPLIED
        fresh.save(update_fields=["state"])
    run = locked(run, RunState.APPLIED)
    if not run.is_undoable:
        raise ValidationError(f"写入已超过{settings.IMPORT_UNDO_DAYS}天，不能再整批撤销。")
    run.state, run.undone_by = RunState.UNDOING, by
    run.save(update_fields=["state", "undone_by"])
    return run


@jobs.handler("imports.undo")
def undo_job(progress: jobs.Progress) -> dict:
    run_id = progress.payload["run"]
    progress.report("撤销", 0, 0)
    try:
        return undo_run(run_id).undo_report
    except sql.AWAY:
        raise  # tried again, from where it is
    except Exception:
        ImportRun.objects.filter(pk=run_id, state=RunState.UNDOING).update(
            state=RunState.APPLIED, error="撤销时出错，数据保持写入后的状态，可再次撤销。"
        )
        raise


@engine.without_collector()
def undo_run(run_id: int) -> ImportRun:
    """Put the register back in one transaction; rows that somebody changed or uses since stay and are named."""
    with transaction.atomic():
        sql.lock("import")
        run = ImportRun.objects.select_for_update(of=("self",)).get(pk=run_id)
        if run.state != RunState.UNDOING:
            return run
        resource = KINDS[run.kind](user=run.undone_by)
        report = _revert(run, resource)
        run.undo_report = report
        run.state, run.undone_at = RunState.UNDONE, timezone.now()
        run.save()
        resource.record(
            action="undo", run=run, user=run.undone_by, detail={"run": run.pk, **report["counts"]}
        )
    return run


def _revert(run, resource) -> dict:
    rows = list(run.staged.filter(written=True).order_by("row_number"))
    stamps = _stamps(resource, [row.object_pk for row in rows])
    kept: list[Kept] = []
    untouched: dict[str, list[StagedRow]] = {Outcome.NEW: [], Outcome.CHANGED: []}
    for row in rows:
        stamp = stamps.get(row.object_pk)
        if stamp is None:
            kept.append(Kept(row.label, "已不在登记册中。"))
        elif stamp != run.applied_at:
            kept.append(Kept(row.label, f"{timezone.localtime(stamp):%Y-%m-%d %H:%M} 又被修改，保留现值。"))
        else:
            untouched[row.outcome].append(row)
    used = resource.in_use([row.object_pk for row in untouched[Outcome.NEW]], run)
    kept += [Kept(r.label, used[r.object_pk]) for r in untouched[Outcome.NEW] if r.object_pk in used]
    created = [row.object_pk for row in untouched[Outcome.NEW] if row.object_pk not in used]
    changed = [row.object_pk for row in untouched[Outcome.CHANGED]]
    kept += resource.before_revert(created, changed, run)
    loads = resource.loads
    resource.restore([_old_values(row, loads, resource) for row in untouched[Outcome.CHANGED]], run)
    resource.delete_created(created, run)
    counts = {"restored": len(changed), "removed": len(created), "kept": len(kept)}
    return {"counts": counts, "kept": [item.as_json() for item in kept]}


def _stamps(resource, pks) -> dict[int, dt.datetime]:
    stamps = {}
    for start in range(0, len(pks), sql.CHUNK):
        found = resource.model._default_manager.filter(pk__in=pks[start : start + sql.CHUNK])
        stamps.update(found.order_by().values_list("pk", resource.stamp_field))
    return stamps


def _old_values(row: StagedRow, loads, resource) -> tuple[int, dict]:
    before = dict(row.before)
    stamp = before.pop(STAMP, None)
    values = {name: loads[name](value) if name in loads else value for name, value in before.items()}
    if stamp:
        values[resource.stamp_field] = dt.datetime.fromisoformat(stamp)
    return row.object_pk, values
