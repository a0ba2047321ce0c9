"""The life of an import: upload, stage, decide, apply, undo. Each function is one transaction or safe to repeat."""

import datetime as dt
import hashlib
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files import File
from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from imports import engine, jobs, sql
from imports.find import Found, apply_mapping, find_table, header_unit, normalise_header, snippet
from imports.guard import UnusableFile
from imports.models import ColumnMapping, ImportRun, Outcome, RunState, StagedRow
from imports.reader import read_workbook
from imports.resources import KINDS, Kept, StagedResource, Write
from imports.widgets import date_in_text, normalise

MANY_ROWS = 500
STAMP = "__stamp__"
WRITTEN_OUTCOMES = (Outcome.NEW, Outcome.CHANGED)


def no_report(step: str, done: int = 0, total: int = 0) -> None:
    """A run without an audience."""


# --- upload -------------------------------------------------------------------------------------------------


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
    run.file.save(run.file_name, upload, save=False)
    with transaction.atomic():
        run.save()
        if in_background:
            _start(run, "stage", by)
    return run


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


def _start(run: ImportRun, step: str, by) -> None:
    """Queue `step` for the run; the key is new each time, because the state already lets only one caller in."""
    key = f"{step}:{run.pk}:{timezone.now():%Y%m%d%H%M%S%f}"
    run.job = jobs.enqueue(
        kind=f"imports.{step}", payload={"run": run.pk, "by": by.pk}, key=key, owner=by, root_id=run.root_id
    )
    run.save(update_fields=["job"])


# --- stage --------------------------------------------------------------------------------------------------


@jobs.handler("imports.stage")
def stage_job(progress: jobs.Progress) -> dict:
    run = stage_run(progress.payload["run"], progress.report)
    return {**run.counts, "samples": run.samples}


@engine.without_collector()
def stage_run(run_id: int, report: engine.Report = no_report) -> ImportRun:
    """Read, find, check and compare; leaves the staged rows and counts. Writes nothing into the register.

    A file that cannot be used ends as `failed` with the sentence to show; one whose columns were not all found
    waits as `uploaded` for a person to map them. Running it again starts over.
    """
    run = ImportRun.objects.select_related("created_by").get(pk=run_id)
    if run.state not in (RunState.STAGING, RunState.UPLOADED):
        return run
    started = time.monotonic()
    try:
        found = _find(run, report)
    except UnusableFile as error:
        run.state, run.error = RunState.FAILED, str(error)
        run.save()
        return run
    if found is not None:
        _stage_rows(run, found, report)
        run.seconds = round(time.monotonic() - started, 2)
        run.save()
    return run


def _find(run: ImportRun, report) -> Found | None:
    """The table, by the run's own mapping, a remembered one, or synonyms; None when a person has to map it."""
    report("读取文件", 0, 0)
    workbook = read_workbook(run.file.path)
    specs = KINDS[run.kind]().specs()
    found, sentence = _locate(run, workbook, specs)
    sheet = workbook.sheets[found.sheet_index]
    run.sheet_index, run.sheet_name = found.sheet_index, sheet.name[:100]
    run.header_rows, run.headers = list(found.header_rows), found.headers
    run.mapping = found.columns
    run.samples = _samples(found, KINDS[run.kind]())
    run.ignored_rows = [list(row) for row in found.ignored[:200]]
    run.notes = _file_notes(found, sheet)
    run.as_of = run.as_of or _date_of(workbook, found)
    if found.missing:
        labels = "、".join(spec.label for spec in specs if spec.name in found.missing)
        run.state, run.error = RunState.UPLOADED, sentence or f"没有找到必需的列：{labels}。请指定对应的列。"
        run.save()
        return None
    if not found.data:
        raise UnusableFile("no_data", "表头已找到，但下面没有数据行。请在表头下方填写名单并保存，再上传。")
    run.error = ""
    return found


def _samples(found: Found, resource: StagedResource) -> list[list[str]]:
    """The first three data rows, to tell the columns by; what may be a personal number is cut."""
    readable = {
        found.columns[c.name] for c in resource.columns if c.name in found.columns and not c.sensitive
    }
    return [
        [
            normalise(cell)[:30] if index in readable else snippet(cell)[:30]
            for index, cell in enumerate(cells)
        ]
        for _, cells in found.data[:3]
    ]


def _locate(run, workbook, specs) -> tuple[Found, str]:
    """The table, and a sentence when nobody could tell the header."""
    if run.mapping:
        return apply_mapping(workbook, run.sheet_index, run.header_rows, run.mapping, specs), ""
    sentence = ""
    try:
        found = find_table(workbook, specs)
    except UnusableFile as error:
        found, sentence = _guess(workbook, specs), str(error)
        if error.code != "header_missing" or found is None:
            raise
    if remembered := _remembered(run, found.headers):
        found = apply_mapping(workbook, found.sheet_index, found.header_rows, remembered, specs)
    return found, sentence


def _guess(workbook, specs) -> Found | None:
    """Where no header is known: the fullest line of texts near the top, for a person to say what its columns are.

    None when there is nothing that could be a header.
    """
    rows = [
        (sum(isinstance(cell, str) and bool(cell.strip()) for cell in row), -number, index)
        for index, sheet in enumerate(workbook.sheets)
        for number, row in enumerate(sheet.rows[:15], 1)
        if not sheet.hidden
    ]
    filled, number, index = max(rows, default=(0, 0, 0))
    return apply_mapping(workbook, index, (-number,), {}, specs) if filled >= 2 else None


def signature(headers: list[str]) -> str:
    return hashlib.sha256("|".join(map(normalise_header, headers)).encode()).hexdigest()


def _remembered(run, headers) -> dict | None:
    memory = ColumnMapping.objects.filter(
        kind=run.kind, signature=signature(headers), used_by=run.created_by
    ).first()
    return memory.columns if memory else None


def _file_notes(found: Found, sheet) -> list[str]:
    notes = []
    hidden = sum(1 for number, _ in found.data if number in sheet.hidden_rows)
    if hidden:
        notes.append(f"有{hidden}行在表中被隐藏或筛选，仍会导入，请确认。")
    used = set(found.columns.values())
    lost = [row for row, column in sheet.formulas_without_value if column in used]
    if lost:
        numbers = "、".join(map(str, sorted(set(lost))[:5]))
        notes.append(
            f"第{numbers}行等{len(set(lost))}行有公式没有计算结果，按空白处理；请在Excel中重新计算并保存。"
        )
    errors = {row for row, column in sheet.error_cells if column in used}
    if errors:
        notes.append(f"有{len(errors)}行含有#N/A等错误值，按空白处理。")
    if found.other_sheets:
        notes.append(f"另有工作表未读取：{'、'.join(found.other_sheets)}。")
    return notes


def _date_of(workbook, found: Found) -> dt.date:
    """The day the list speaks of: named above the header, at most today; else today."""
    today = timezone.localdate()
    sheet = workbook.sheets[found.sheet_index]
    for row in sheet.rows[: found.header_rows[0] - 1]:
        for cell in row:
            if named := date_in_text(normalise(cell)):
                return min(named, today)
    return today


def _stage_rows(run: ImportRun, found: Found, report) -> None:
    resource = KINDS[run.kind](user=run.created_by)
    batch = engine.make_batch(found)
    engine.evaluate(resource, batch, report)
    report("与登记册比对", 0, len(batch))
    rows = engine.compare(resource, batch, blank_clears=run.blank_clears)
    missing = resource.missing(set(batch.keys)) if run.full_list else []
    resource.note_preview(batch)
    run.notes = [*run.notes, *resource.notes]
    StagedRow.objects.filter(run=run).delete()
    prepared = _Staging(run, resource, batch)
    total = len(rows) + len(missing)
    for start in range(0, len(rows), sql.CHUNK):
        report("保存比对结果", start, total)
        sql.insert_rows(StagedRow, STAGED_FIELDS, map(prepared.row, rows[start : start + sql.CHUNK]))
    sql.insert_rows(StagedRow, STAGED_FIELDS, map(prepared.missing, missing))
    run.counts = _counts(rows, len(missing))
    run.state = RunState.STAGED


STAGED_FIELDS = (
    "run_id",
    "row_number",
    "outcome",
    "key",
    "label",
    "object_pk",
    "values",
    "before",
    "problems",
    "raw",
    "selected",
    "written",
)


class _Staging:
    """Turns engine rows into rows of the staging table."""

    def __init__(self, run, resource: StagedResource, batch):
        self.run_id = run.pk
        self.batch = batch
        self.dumps = {column.name: column.widget.dump for column in resource.columns}
        self.hidden = {
            batch.columns[column.name]: column.widget.dump
            for column in resource.columns
            if column.sensitive and column.name in batch.columns
        }

    def row(self, row: engine.Row):
        values, before, problems, raw = {}, {}, [], []
        if row.outcome in WRITTEN_OUTCOMES:
            columns = self.batch.values
            values = {
                name: self.dumps[name](cells[row.index]) if name in self.dumps else cells[row.index]
                for name, cells in columns.items()
            }
            before = {name: self.dump(name, row.stored.values.get(name)) for name in row.changed}
        elif row.outcome == Outcome.REJECTED:
            problems = [problem.as_json(row.row_number) for problem in row.problems]
            raw = self.seal(self.batch.cells[row.index])
        elif row.outcome == Outcome.SKIPPED:
            problems = [{"code": "duplicate", "text": self.batch.skipped[row.index]}]
        return (
            self.run_id,
            row.row_number,
            row.outcome,
            row.key[:100],
            row.label[:200],
            row.stored.pk if row.stored else None,
            values,
            before,
            problems,
            raw,
            True,
            False,
        )

    def dump(self, name, value):
        return self.dumps[name](value) if name in self.dumps else value

    def seal(self, cells):
        """The raw cells as text, sensitive ones encrypted, so that they can be mended later."""
        return [
            self.hidden[position](normalise(cell)) if position in self.hidden else normalise(cell)
            for position, cell in enumerate(cells)
        ]

    def missing(self, item):
        key, pk, label = item
        return (self.run_id, 0, Outcome.MISSING, key, label[:200], pk, {}, {}, [], [], True, False)


def _counts(rows: Iterable[engine.Row], missing: int) -> dict[str, int]:
    counts = {"rows": 0, **dict.fromkeys(Outcome.values, 0)}
    for row in rows:
        counts["rows"] += 1
        counts[row.outcome] += 1
    counts["missing"] = missing
    return counts


def recount(run: ImportRun) -> None:
    """Counts from the staged rows; call after a decision changed one."""
    found = dict(run.staged.values_list("outcome").annotate(Count("pk")).order_by())
    counts = {outcome: found.get(outcome, 0) for outcome in Outcome.values}
    counts["rows"] = sum(counts.values()) - counts["missing"]
    run.counts = counts
    run.save(update_fields=["counts"])


# --- decide -------------------------------------------------------------------------------------------------


def _locked(run: ImportRun, *states: str) -> ImportRun:
    """The run's row, held until the transaction ends; ValidationError unless it is in one of `states`."""
    fresh = ImportRun.objects.select_for_update().get(pk=run.pk)
    if fresh.state not in states:
        raise ValidationError(f"该批次当前为“{fresh.get_state_display()}”，不能进行此操作，请刷新页面。")
    return fresh


@transaction.atomic
def remap(*, run: ImportRun, columns: dict[str, int], by) -> ImportRun:
    """Stage again with columns a person chose, and remember them for this header line."""
    run = _locked(run, RunState.UPLOADED, RunState.STAGED, RunState.FAILED)
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
    _start(run, "stage", by)
    return run


@transaction.atomic
def set_options(*, run: ImportRun, by, full_list: bool, blank_clears: bool) -> ImportRun:
    """Change what the comparison does, and stage again."""
    run = _locked(run, RunState.STAGED, RunState.UPLOADED)
    run.full_list = full_list and KINDS[run.kind].full_list_allowed
    run.blank_clears, run.state = blank_clears, RunState.STAGING
    run.save(update_fields=["full_list", "blank_clears", "state"])
    _start(run, "stage", by)
    return run


@transaction.atomic
def select_rows(
    *, run: ImportRun, selected: bool, ids: Iterable[int] | None = None, outcome: str = ""
) -> int:
    """Tick or untick new and changed rows: these ids, or all of an outcome. Returns how many."""
    run = _locked(run, RunState.STAGED)
    rows = run.staged.filter(outcome__in=WRITTEN_OUTCOMES)
    rows = rows.filter(pk__in=list(ids)) if ids is not None else rows.filter(outcome=outcome)
    return rows.update(selected=selected)


@transaction.atomic
def mend_row(*, run: ImportRun, row: StagedRow, cells: dict[str, str]) -> StagedRow:
    """Check a rejected row again with the cells a person typed (attribute → text); it keeps its row number."""
    run = _locked(run, RunState.STAGED)
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
    run = _locked(run, RunState.STAGED)
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
    staging = _Staging(run, resource, batch)
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
    loads = {column.name: column.widget.load for column in resource.columns}
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
    run = _locked(run, *_states_of_rest(run))
    run.state, run.error = RunState.STAGING, ""
    run.save(update_fields=["state", "error"])
    _start(run, "stage", by)
    return run


@transaction.atomic
def discard(*, run: ImportRun) -> None:
    """Throw the preview and the file away; the line in the history stays."""
    run = _locked(run, *_states_of_rest(run))
    run.staged.all().delete()
    name = run.file.name
    run.state, run.file = RunState.DISCARDED, ""
    run.save(update_fields=["state", "file"])
    transaction.on_commit(lambda: ImportRun.file.field.storage.delete(name))


# --- apply --------------------------------------------------------------------------------------------------


@transaction.atomic
def request_apply(*, run: ImportRun, by, all_or_nothing: bool | None = None) -> ImportRun:
    """Queue the writing. A second request finds the run already on its way and is refused."""
    run = mark_applying(run=run, by=by, all_or_nothing=all_or_nothing)
    _start(run, "apply", by)
    return run


@transaction.atomic
def mark_applying(*, run: ImportRun, by, all_or_nothing: bool | None = None) -> ImportRun:
    """Let one caller in; ValidationError for everybody else."""
    fresh = ImportRun.objects.select_for_update().get(pk=run.pk)
    if fresh.state == RunState.APPLYING and _is_abandoned(fresh):
        fresh.state = RunState.STAGED
        fresh.save(update_fields=["state"])
    run = _locked(run, RunState.STAGED)
    if all_or_nothing is not None:
        run.all_or_nothing = all_or_nothing
    if run.all_or_nothing and run.counts["rejected"]:
        raise ValidationError(
            f"已选择“有错误则全部不写入”，尚有{run.counts['rejected']}行错误，请先修正或改为只写入正确的行。"
        )
    run.state, run.applied_by, run.error = RunState.APPLYING, by, ""
    run.save(update_fields=["state", "applied_by", "error", "all_or_nothing"])
    return run


def _is_abandoned(run: ImportRun) -> bool:
    """Nobody works on it any more: its job ended, or it was begun from a command line that died.

    Should somebody work on it after all, the lock makes one wait, and the second finds the work done.
    """
    return run.job is None or run.job.is_finished


class StalePreview(Exception):
    """The register changed since the preview; `count` rows would no longer do what was shown."""

    def __init__(self, count: int):
        super().__init__(count)
        self.count = count


@jobs.handler("imports.apply")
def apply_job(progress: jobs.Progress) -> dict:
    run_id = progress.payload["run"]
    progress.report("写入", 0, 0)
    try:
        run = apply_run(run_id)
    except StalePreview as stale:
        run = compare_again(run_id, stale.count, progress.report)
        raise jobs.JobRefused(run.error) from None
    except ValidationError as refusal:
        sentence = refusal.messages[0]
        ImportRun.objects.filter(pk=run_id, state=RunState.APPLYING).update(
            state=RunState.STAGED, error=sentence[:500]
        )
        raise jobs.JobRefused(sentence) from None
    except Exception:
        ImportRun.objects.filter(pk=run_id, state=RunState.APPLYING).update(
            state=RunState.STAGED, error="写入时出错，未写入任何数据，可再次写入；仍然失败请联系管理员。"
        )
        raise
    return run.counts


def compare_again(run_id: int, count: int, report: engine.Report = no_report) -> ImportRun:
    """A fresh preview after a refused one; the run says why."""
    ImportRun.objects.filter(pk=run_id, state=RunState.APPLYING).update(state=RunState.STAGING)
    run = stage_run(run_id, report)
    run.error = f"预览之后登记册有变动（{count}行），未写入任何数据；已重新比对，请核对后再次写入。"
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
        staged = _ticked(run)
        plan = _plan(resource, staged, run)
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
        _mark(run, staged, plan, resource)
        run.state, run.seconds = RunState.APPLIED, round(run.seconds + time.monotonic() - started, 2)
        run.save()
        resource.record(action="import", run=run, user=run.applied_by, detail=run.counts)
    if len(plan.new) + len(plan.changed) >= MANY_ROWS:
        # Otherwise PostgreSQL plans the next pages for empty tables, until autovacuum comes by.
        sql.analyse((resource.model, *resource.derived))
    return run


def _ticked(run) -> list:
    """The new and changed rows to write, as plain tuples: thousands of model instances would take longer to build
    than to write."""
    rows = run.staged.filter(outcome__in=WRITTEN_OUTCOMES, selected=True).order_by("row_number")
    return list(
        rows.values_list("pk", "row_number", "outcome", "key", "label", "values", "before", named=True)
    )


def _applied_before(run) -> bool:
    """The same file again, with nothing left to write, must not even leave a second survey round."""
    same = ImportRun.objects.filter(kind=run.kind, sha256=run.sha256, state=RunState.APPLIED)
    return same.exclude(pk=run.pk).exists()


def _plan(resource, staged: list, run) -> _Plan:
    """What to write, judged against the register as it is now."""
    loads = {column.name: column.widget.load for column in resource.columns}
    stored = resource.stored({row.key for row in staged})
    plan = _Plan()
    for row in staged:
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


def _mark(run, staged, plan: _Plan, resource) -> None:
    """Remember on the staged rows what was written, with what an undo needs."""
    keys = {row.row_number: row.pk for row in staged}
    dumps = {column.name: column.widget.dump for column in resource.columns}
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


# --- undo ---------------------------------------------------------------------------------------------------


@transaction.atomic
def request_undo(*, run: ImportRun, by) -> ImportRun:
    """Queue the undo."""
    run = mark_undoing(run=run, by=by)
    _start(run, "undo", by)
    return run


@transaction.atomic
def mark_undoing(*, run: ImportRun, by) -> ImportRun:
    """Let one caller in; ValidationError for everybody else and after the period for undoing."""
    fresh = ImportRun.objects.select_for_update().get(pk=run.pk)
    if fresh.state == RunState.UNDOING and _is_abandoned(fresh):
        fresh.state = RunState.APPLIED
        fresh.save(update_fields=["state"])
    run = _locked(run, RunState.APPLIED)
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
    loads = {column.name: column.widget.load for column in resource.columns}
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


# --- retention ----------------------------------------------------------------------------------------------


def expire_runs() -> int:
    """Delete files and previews that nobody needs any more; what an import changed stays as its record."""
    cutoff = timezone.now() - dt.timedelta(days=settings.IMPORT_UNDO_DAYS)
    waiting = (RunState.UPLOADED, RunState.STAGED, RunState.FAILED)
    old = ImportRun.objects.filter(created_at__lt=cutoff)
    old.filter(state__in=waiting).update(state=RunState.DISCARDED)
    with_file = list(old.exclude(file="").exclude(Q(state=RunState.APPLIED, applied_at__gte=cutoff)))
    for run in with_file:
        run.staged.filter(written=False).delete()
        run.file.delete(save=False)
        run.save(update_fields=["file"])
    return len(with_file)
