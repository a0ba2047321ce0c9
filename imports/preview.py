"""What the pages of a run show of its staged rows: counts, filters, and each row as cells. Reads only."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Count, Q
from django.http import QueryDict

from imports import sql
from imports.find import header_unit
from imports.models import ImportRun, Outcome, StagedRow
from imports.paging import KeysetPage, keyset_page
from imports.resources import Column, StagedResource, Stored

PER_PAGE = 50
ALL = "all"
# Where people look first: what needs a hand, then what will change.
FIRST_LOOK = (
    Outcome.REJECTED,
    Outcome.CHANGED,
    Outcome.NEW,
    Outcome.MISSING,
    Outcome.UNCHANGED,
    Outcome.SKIPPED,
)
TAB_ORDER = (
    Outcome.NEW,
    Outcome.CHANGED,
    Outcome.UNCHANGED,
    Outcome.MISSING,
    Outcome.REJECTED,
    Outcome.SKIPPED,
)


@dataclass(frozen=True)
class Tab:
    value: str
    label: str
    count: int
    active: bool


@dataclass(frozen=True)
class Choice:
    """A value of a filter, in words, with the number of rows that it leaves."""

    value: str
    label: str
    count: int


@dataclass
class Cell:
    """`old` is None unless the file changes it; `is_bad` marks what a problem names."""

    text: str
    old: str | None = None
    is_bad: bool = False
    label: str = ""


@dataclass
class Line:
    """A staged row as the table shows it; `notes` go into its last column."""

    row: StagedRow
    cells: list[Cell]
    notes: list[str]
    is_duplicate: bool = False


@dataclass
class Preview:
    tabs: list[Tab]
    outcome: str
    columns: list[Column]
    lines: list[Line]
    page: KeysetPage
    reasons: list[Choice] = field(default_factory=list)
    changed_columns: list[Choice] = field(default_factory=list)
    reason: str = ""
    changed_column: str = ""
    q: str = ""


def preview(run: ImportRun, resource: StagedResource, query: QueryDict) -> Preview:
    """One page of the rows that the tab and the filters in `query` ask for; nonsense there is ignored."""
    outcome = query.get("tab", "")
    if outcome not in (ALL, *Outcome.values):
        outcome = next((o for o in FIRST_LOOK if run.counts.get(o)), ALL)
    shown = Preview(tabs=_tabs(run, outcome), outcome=outcome, columns=[], lines=[], page=None)
    shown.q = query.get("q", "").replace("\0", "").strip()[:60]  # PostgreSQL takes no NUL in text
    _read_filters(shown, run, resource, query)
    shown.page = keyset_page(
        _rows(run, shown), query, sorts={"row": "row_number"}, default="row", per_page=PER_PAGE
    )
    shown.columns = _columns(resource, shown.page.items)
    shown.lines = _lines(run, resource, shown.columns, shown.page.items)
    return shown


def _tabs(run, active):
    labels = [(ALL, "全部", run.counts.get("rows", 0))]
    labels += [(o.value, o.label, run.counts.get(o.value, 0)) for o in TAB_ORDER]
    return [
        Tab(value, label, count, value == active)
        for value, label, count in labels
        if count or value in (ALL, active, Outcome.REJECTED)
    ]


def _read_filters(shown, run, resource, query):
    """Reasons are offered among rejected rows, changed columns among changed ones."""
    if shown.outcome == Outcome.REJECTED:
        counts = sql.rows_by_reason(run.pk)
        choices = [Choice(code, resource.reasons.get(code, code), n) for code, n in counts.items()]
        shown.reasons = sorted(choices, key=lambda choice: -choice.count)
        shown.reason = query.get("reason", "") if query.get("reason") in counts else ""
    elif shown.outcome == Outcome.CHANGED:
        labels = {column.name: column.label for column in resource.columns}
        counts = sql.rows_by_column(run.pk)
        choices = [Choice(name, labels[name], n) for name, n in counts.items() if name in labels]
        shown.changed_columns = sorted(choices, key=lambda choice: -choice.count)
        wanted = query.get("column", "")
        shown.changed_column = wanted if wanted in {choice.value for choice in choices} else ""


def _rows(run, shown):
    rows = run.staged.all()
    # Missing rows stand in no line of the file, so “all” is what the file holds.
    rows = rows.filter(row_number__gte=1) if shown.outcome == ALL else rows.filter(outcome=shown.outcome)
    if shown.reason:
        rows = rows.filter(sql.HasProblem(shown.reason))
    if shown.changed_column:
        rows = rows.filter(before__has_key=shown.changed_column)
    if shown.q:
        rows = rows.filter(Q(key__icontains=shown.q) | Q(label__icontains=shown.q))
    return rows


def _columns(resource, rows) -> list[Column]:
    """Key and name, then whatever changed or is wrong on this page, then what the kind always shows."""
    known = {column.name: column for column in resource.file_columns}
    concerned = {name for row in rows for name in row.before}
    concerned |= {problem.get("column") for row in rows for problem in row.problems}
    names = [*resource.key_columns, resource.label_column]
    names += [name for name in known if name in concerned]
    names += resource.preview_columns
    return [known[name] for name in dict.fromkeys(names) if name in known]


def _lines(run, resource, columns, rows) -> list[Line]:
    in_register = (Outcome.CHANGED, Outcome.UNCHANGED, Outcome.MISSING)
    stored = resource.stored({row.key for row in rows if row.outcome in in_register})
    return [
        Line(
            row,
            [_labelled(_cell(run, row, column, stored.get(row.key)), column) for column in columns],
            _notes(resource, row),
            any(problem.get("code") == "duplicate_conflict" for problem in row.problems),
        )
        for row in rows
    ]


def _labelled(cell: Cell, column: Column) -> Cell:
    """Narrow screens have no header line: each cell says there what it is."""
    cell.label = column.label
    return cell


def _cell(run, row: StagedRow, column: Column, stored: Stored | None) -> Cell:
    widget, name = column.widget, column.name
    if row.outcome == Outcome.REJECTED:
        bad = any(problem.get("column") == name for problem in row.problems)
        return Cell(raw_text(run, row, column, masked=True), is_bad=bad)
    if name in row.before:
        return Cell(*(widget.show(widget.load(part[name])) for part in (row.values, row.before)))
    if row.values.get(name) is not None:
        return Cell(widget.show(widget.load(row.values[name])))
    return Cell(widget.show(stored.values.get(name)) if stored else "")


def raw_text(run: ImportRun, row: StagedRow, column: Column, *, masked: bool) -> str:
    """What the file says in a cell of a rejected row."""
    position = run.mapping.get(column.name)
    if position is None or position >= len(row.raw):
        return ""
    if not column.sensitive:
        return row.raw[position]
    text = column.widget.load(row.raw[position]) or ""
    return column.widget.mask(text) if masked else text


def side_by_side(
    run: ImportRun, columns: list[Column], rows: Iterable[StagedRow]
) -> list[tuple[Column, list]]:
    """Per column the cells of all rows, marked where they differ."""
    lines = []
    rows = list(rows)
    for column in columns:
        cells = [_cell(run, row, column, None) for row in rows]
        for cell in cells:
            cell.is_bad = len({other.text for other in cells}) > 1
        lines.append((column, cells))
    return lines


def _notes(resource, row: StagedRow) -> list[str]:
    if row.outcome == Outcome.CHANGED:
        return ["、".join(column.label for column in resource.columns if column.name in row.before)]
    if row.outcome == Outcome.MISSING:
        return [f"本次名单未出现，{resource.missing_note or '登记册保留不变'}"]
    return [problem["text"] for problem in row.problems if problem.get("text")]


# --- Figures -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Plan:
    """What writing would do: ticked rows by outcome."""

    new: int
    changed: int

    @property
    def total(self):
        return self.new + self.changed


def plan(run: ImportRun) -> Plan:
    ticked = run.staged.filter(outcome__in=(Outcome.NEW, Outcome.CHANGED), selected=True).order_by()
    found = dict(ticked.values_list("outcome").annotate(Count("pk")))
    return Plan(found.get(Outcome.NEW, 0), found.get(Outcome.CHANGED, 0))


@dataclass(frozen=True)
class UndoOutlook:
    """What taking a run back would do, as far as it can be told without doing it."""

    removed: int
    restored: int
    touched: int


def undo_outlook(run: ImportRun, resource: StagedResource) -> UndoOutlook:
    rows = list(run.staged.filter(written=True).values_list("outcome", "object_pk"))
    stamps: dict[int, object] = {}
    keys = [pk for _, pk in rows]
    for start in range(0, len(keys), sql.CHUNK):
        found = resource.model._default_manager.filter(pk__in=keys[start : start + sql.CHUNK]).order_by()
        stamps.update(found.values_list("pk", resource.stamp_field))
    untouched = [outcome for outcome, pk in rows if stamps.get(pk) == run.applied_at]
    return UndoOutlook(
        removed=untouched.count(Outcome.NEW),
        restored=untouched.count(Outcome.CHANGED),
        touched=len(rows) - len(untouched),
    )


# --- Columns of the file -------------------------------------------------------------------------------


@dataclass(frozen=True)
class HeaderLine:
    """A column of the file: its header, first cells, and the field it fills ("" for none)."""

    position: int
    header: str
    unit: str
    samples: list[str]
    name: str


def header_lines(run: ImportRun, samples: Iterable[list[str]] = ()) -> list[HeaderLine]:
    fields = {position: name for name, position in run.mapping.items()}
    rows = list(samples)
    return [
        HeaderLine(
            position,
            header,
            header_unit(header),
            [row[position] for row in rows if position < len(row) and row[position]],
            fields.get(position, ""),
        )
        for position, header in enumerate(run.headers)
        if header or any(position < len(row) and row[position] for row in rows)
    ]
