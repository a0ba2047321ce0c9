"""What a person decides between preview and writing: columns, options, rows."""

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import transaction

from imports import engine
from imports.actions.runs import WRITTEN_OUTCOMES, locked, queue, recount
from imports.actions.staging import STAGED_FIELDS, Staging, no_report, signature
from imports.find import header_unit
from imports.models import ColumnMapping, ImportRun, Outcome, RunState, StagedRow
from imports.resources import KINDS


@transaction.atomic
def remap(*, run: ImportRun, columns: dict[str, int], by) -> ImportRun:
    """Stage again with columns a person chose, and remember them for this header line."""
    run = locked(run, RunState.UPLOADED, RunState.STAGED, RunState.FAILED)
    required = {column.name: column.label for column in KINDS[run.kind]().columns if column.mandatory}
    lacking = [label for name, label in required.items() if name not in columns]
    if lacking:
        raise ValidationError(f"必需的列尚未指定：{'、'.join(lacking)}。")
    if len(set(columns.values())) < len(columns):
        raise ValidationError("同一列不能对应两个字段。")
    ColumnMapping.objects.update_or_create(
        kind=run.kind, signature=signature(run.headers), used_by=by, defaults={"columns": columns}
    )
    run.mapping, run.state, run.error = columns, RunState.STAGING, ""
    run.save(update_fields=["mapping", "state", "error"])
    queue(run, "stage", by)
    return run


@transaction.atomic
def set_options(*, run: ImportRun, by, full_list: bool, blank_clears: bool) -> ImportRun:
    """Change what the comparison does, and stage again."""
    run = locked(run, RunState.STAGED, RunState.UPLOADED)
    run.full_list = full_list and KINDS[run.kind].full_list_allowed
    run.blank_clears, run.state = blank_clears, RunState.STAGING
    run.save(update_fields=["full_list", "blank_clears", "state"])
    queue(run, "stage", by)
    return run


@transaction.atomic
def select_rows(
    *, run: ImportRun, selected: bool, ids: Iterable[int] | None = None, outcome: str = ""
) -> int:
    """Tick or untick new and changed rows: these ids, or all of an outcome. Returns how many."""
    run = locked(run, RunState.STAGED)
    rows = run.staged.filter(outcome__in=WRITTEN_OUTCOMES)
    rows = rows.filter(pk__in=list(ids)) if ids is not None else rows.filter(outcome=outcome)
    return rows.update(selected=selected)


@transaction.atomic
def mend_row(*, run: ImportRun, row: StagedRow, cells: dict[str, str]) -> StagedRow:
    """Check a rejected row again with the cells a person typed (attribute → text); it keeps its row number."""
    run = locked(run, RunState.STAGED)
    if row.outcome != Outcome.REJECTED:
        raise ValidationError("只能修改有错误的行。")
    resource = KINDS[run.kind](user=run.created_by)
    raw = _unsealed(resource, run, row.raw)
    for name, text in cells.items():
        if name in run.mapping:
            raw[run.mapping[name]] = text
    return _restage(run, resource, row, raw)


@transaction.atomic
def keep_duplicate(*, run: ImportRun, row: StagedRow) -> StagedRow:
    """Of several rows with one key keep this one and skip the others."""
    run = locked(run, RunState.STAGED)
    if row.outcome != Outcome.REJECTED or not row.key:
        raise ValidationError("该行没有重复冲突。")
    others = run.staged.filter(key=row.key).exclude(pk=row.pk).exclude(outcome=Outcome.MISSING)
    others.update(
        outcome=Outcome.SKIPPED,
        problems=[{"code": "duplicate", "text": f"已选择保留第{row.row_number}行。"}],
        values={},
        before={},
    )
    resource = KINDS[run.kind](user=run.created_by)
    return _restage(run, resource, row, _unsealed(resource, run, row.raw))


def _unsealed(resource, run, raw):
    cells = list(raw)
    for column in resource.columns:
        position = run.mapping.get(column.name)
        if column.sensitive and position is not None:
            cells[position] = column.widget.load(cells[position]) or ""
    return cells


def _restage(run, resource, row, raw) -> StagedRow:
    """Check a row again, and the rejected ones that it stood in the way of; the others keep their outcome."""
    rejected = run.staged.filter(outcome=Outcome.REJECTED).exclude(pk=row.pk).order_by("row_number")
    if not resource.looks_across:
        rejected = rejected.filter(key=row.key).exclude(key="")
    rows = [row, *rejected]
    cells = [raw, *(_unsealed(resource, run, other.raw) for other in rows[1:])]
    units = {name: header_unit(run.headers[position]) for name, position in run.mapping.items()}
    batch = engine.Batch([item.row_number for item in rows], cells, run.mapping, header_units=units)
    batch.others = _accepted(run, resource) if resource.looks_across else []
    engine.evaluate(resource, batch, no_report)
    _find_twins(run, resource, batch)
    staging = Staging(run, resource, batch)
    for item, result in zip(
        rows, engine.compare(resource, batch, blank_clears=run.blank_clears), strict=True
    ):
        for name, value in zip(STAGED_FIELDS, staging.row(result), strict=True):
            setattr(item, name, value)
    StagedRow.objects.bulk_update(rows, STAGED_FIELDS[2:], batch_size=500)
    keys = [item.key for item in rows if item.key and item.outcome != Outcome.REJECTED]
    run.staged.filter(key__in=keys, outcome=Outcome.MISSING).delete()
    recount(run)
    return row


def _accepted(run, resource) -> list[dict]:
    """Values of the rows that are to be written; unchanged ones stand in the register."""
    loads = resource.loads
    rows = run.staged.filter(outcome__in=WRITTEN_OUTCOMES).values_list("values", flat=True)
    return [{name: loads[name](v) if name in loads else v for name, v in row.items()} for row in rows]


def _find_twins(run, resource, batch) -> None:
    """Rows of the batch whose key a row outside of it has already."""
    column = resource.column(resource.key_columns[0])
    taken = run.staged.filter(key__in=[key for key in batch.keys if key]).exclude(row_number__in=batch.rows)
    taken = taken.exclude(outcome__in=(Outcome.MISSING, Outcome.SKIPPED))
    numbers = dict(taken.values_list("key", "row_number"))
    for index, key in enumerate(batch.keys):
        if key in numbers:
            message = f"与第{numbers[key]}行重复而内容不同，请选择保留其中一行。"
            batch.reject(index, column, "duplicate_conflict", message)


def _states_of_rest(run) -> tuple[str, ...]:
    """The states before writing in which nobody works on the run."""
    fresh = ImportRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
    states = (RunState.UPLOADED, RunState.STAGED, RunState.FAILED)
    return (*states, RunState.STAGING) if fresh.job and fresh.job.is_finished else states


@transaction.atomic
def restage(*, run: ImportRun, by) -> ImportRun:
    """Read the file and compare again; decisions made on the preview are lost."""
    run = locked(run, *_states_of_rest(run))
    run.state, run.error = RunState.STAGING, ""
    run.save(update_fields=["state", "error"])
    queue(run, "stage", by)
    return run


@transaction.atomic
def discard(*, run: ImportRun) -> None:
    """Throw the preview and the file away; the line in the history stays."""
    run = locked(run, *_states_of_rest(run))
    run.staged.all().delete()
    name = run.file.name
    run.state, run.file = RunState.DISCARDED, ""
    run.save(update_fields=["state", "file"])
    transaction.on_commit(lambda: ImportRun.file.field.storage.delete(name))
