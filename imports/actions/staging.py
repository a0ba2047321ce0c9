"""Read, find, check, compare: from the file to the staged rows. Writes nothing into the register."""

import datetime as dt
import hashlib
import tempfile
import time
from collections.abc import Iterable
from dataclasses import replace

from django.utils import timezone

from imports import engine, jobs, sql
from imports.actions.runs import WRITTEN_OUTCOMES
from imports.find import (
    Found,
    apply_mapping,
    find_table,
    normalise_header,
    snippet,
    without_personal_numbers,
)
from imports.guard import UnusableFile
from imports.models import ColumnMapping, ImportRun, Outcome, RunState, StagedRow
from imports.reader import Workbook, read_open_workbook, read_workbook
from imports.resources import KINDS, Problem, StagedResource
from imports.widgets import CodeWidget, date_in_text, normalise

SELDOM_MISSING = 10  # more than one in ten


def no_report(step: str, done: int = 0, total: int = 0) -> None:
    """A run without an audience."""


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
    workbook = _workbook(run)
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


def _workbook(run: ImportRun) -> Workbook:
    """A sealed file is opened into one without a name, which no other process sees and nothing leaves behind."""
    resource = KINDS[run.kind]
    if not resource.seals_files:
        return read_workbook(run.file.path)
    with tempfile.TemporaryFile() as plain, run.file.open("rb") as sealed:
        plain.write(resource.unseal_file(sealed.read()))
        plain.seek(0)
        return read_open_workbook(plain)


def _samples(found: Found, resource: StagedResource) -> list[list[str]]:
    """The first three data rows, to tell the columns by; what may be a personal number is cut."""
    readable = {
        found.columns[column.name]
        for column in resource.columns
        if column.name in found.columns
        and not column.sensitive
        and (isinstance(column.widget, CodeWidget) or not resource.is_about_people)
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


def _doubts(run, resource, missing: int) -> list[str]:
    """A list that leaves out much of the register is seldom a full one."""
    known = resource.in_register(run.created_by)
    if missing * SELDOM_MISSING <= known:
        return []
    share = round(100 * missing / known)
    return [
        f"登记册中有{missing}条（{share}%）不在文件里，远多于平常。如果文件不是全量名单，请在选项中取消“全量名单”后重新比对。"
    ]


def _stage_rows(run: ImportRun, found: Found, report) -> None:
    resource = KINDS[run.kind](user=run.created_by)
    batch = engine.make_batch(found)
    engine.evaluate(resource, batch, report)
    report("与登记册比对", 0, len(batch))
    rows = engine.compare(resource, batch, blank_clears=run.blank_clears)
    missing = resource.missing(set(batch.keys)) if run.full_list else []
    resource.note_preview(batch)
    run.notes = [*run.notes, *resource.notes, *_doubts(run, resource, len(missing))]
    StagedRow.objects.filter(run=run).delete()
    prepared = Staging(run, resource, batch)
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


class Staging:
    """Turns engine rows into rows of the staging table."""

    def __init__(self, run, resource: StagedResource, batch):
        self.run_id = run.pk
        self.batch = batch
        self.dumps = resource.dumps
        self.hidden = {
            batch.columns[column.name]: column.widget.dump
            for column in resource.columns
            if column.sensitive and column.name in batch.columns
        }
        # A number typed into the wrong column, or in one that nobody asked for, must not lie about in the clear.
        self.cuts = resource.is_about_people
        self.whole = {
            batch.columns[column.name]
            for column in resource.columns
            if isinstance(column.widget, CodeWidget) and column.name in batch.columns
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
            problems = [self.problem(problem).as_json(row.row_number) for problem in row.problems]
            raw = self.seal(self.batch.cells[row.index])
        elif row.outcome == Outcome.SKIPPED:
            problems = [{"code": "duplicate", "text": self.batch.skipped[row.index]}]
        return (
            self.run_id,
            row.row_number,
            row.outcome,
            row.key[:100],
            (without_personal_numbers(row.label) if self.cuts else row.label)[:200],
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

    def problem(self, problem: Problem) -> Problem:
        if self.cuts and self.batch.columns.get(problem.column) not in self.whole:
            return replace(problem, value=without_personal_numbers(problem.value))
        return problem

    def seal(self, cells):
        """The raw cells as text, sensitive ones encrypted, so that they can be mended later."""
        return [self._sealed(position, normalise(cell)) for position, cell in enumerate(cells)]

    def _sealed(self, position, text):
        if position in self.hidden:
            return self.hidden[position](text)
        return without_personal_numbers(text) if self.cuts and position not in self.whole else text

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
