"""From cells to outcomes: clean, check, find duplicates, compare with the register. Writes nothing."""

import contextlib
import gc
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from imports.find import Found
from imports.models import Outcome
from imports.resources import Batch, Problem, StagedResource, Stored

Report = Callable[[str, int, int], None]


@dataclass
class Row:
    """The outcome of one row. `changed` names the attributes that differ; `before` holds their old values."""

    row_number: int
    outcome: str
    key: str
    label: str
    index: int
    stored: Stored | None = None
    changed: tuple[str, ...] = ()
    problems: list[Problem] = field(default_factory=list)


@contextlib.contextmanager
def without_collector():
    """Leave the cycle collector off: it would walk through all cells again and again, and cells make no circles."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def make_batch(found: Found) -> Batch:
    return Batch(
        rows=[number for number, _ in found.data],
        cells=[cells for _, cells in found.data],
        columns=found.columns,
        unit_line=found.unit_line,
        header_units={name: found.header_units.get(index, "") for name, index in found.columns.items()},
    )


def evaluate(resource: StagedResource, batch: Batch, report: Report) -> None:
    """Fill `values`, `keys` and `problems` of the batch: every fault of every row, not only the first."""
    columns = [column for column in resource.columns if column.name in batch.columns]
    for done, column in enumerate(columns):
        report("检查各列", done, len(columns))
        position = batch.columns[column.name]
        values, problems = column.widget.clean_column([cells[position] for cells in batch.cells])
        batch.values[column.name] = values
        for index, problem in problems.items():
            batch.reject(index, column, problem.code, problem.message)
        if column.required:
            for index, value in enumerate(values):
                if value is None and index not in problems:
                    batch.reject(index, column, column.missing_code, "为空，请补填。")
    resource.check(batch)
    batch.keys = resource.make_keys(batch)
    _find_duplicates(resource, batch)


def _find_duplicates(resource: StagedResource, batch: Batch) -> None:
    """Identical rows: the later ones are skipped. Differing rows with one key: all refused, each naming another."""
    positions = defaultdict(list)
    for index, key in enumerate(batch.keys):
        if key:
            positions[key].append(index)
    names = list(batch.values)
    column = resource.column(resource.key_columns[0])
    for indexes in positions.values():
        if len(indexes) < 2:
            continue
        contents = {tuple(batch.values[name][index] for name in names) for index in indexes}
        if len(contents) == 1:
            for index in indexes[1:]:
                batch.skipped[index] = f"与第{batch.rows[indexes[0]]}行完全相同，已跳过。"
            continue
        for index in indexes:
            others = "、".join(f"第{batch.rows[other]}行" for other in indexes if other != index)
            batch.reject(
                index, column, "duplicate_conflict", f"与{others}重复而内容不同，请选择保留其中一行。"
            )


def compare(resource: StagedResource, batch: Batch, *, blank_clears: bool = False) -> list[Row]:
    """The outcome of every row of an evaluated batch, in the order of the file."""
    good = {
        key
        for index, key in enumerate(batch.keys)
        if key and index not in batch.problems and index not in batch.skipped
    }
    stored = resource.stored(good)
    resource.check_stored(batch, stored)
    labels = batch.values.get(resource.label_column, [None] * len(batch))
    fallback = [""] * len(batch) if resource.is_about_people else batch.keys
    rows = []
    for index, number in enumerate(batch.rows):
        row = Row(number, Outcome.NEW, batch.keys[index], str(labels[index] or fallback[index]), index)
        if index in batch.problems:
            row.outcome, row.problems = Outcome.REJECTED, batch.problems[index]
        elif index in batch.skipped:
            row.outcome = Outcome.SKIPPED
        elif row.key in stored:
            row.stored = stored[row.key]
            values = {name: batch.values[name][index] for name in batch.values}
            row.changed = differences(resource, row.stored, values, blank_clears=blank_clears)
            row.outcome = Outcome.CHANGED if row.changed else Outcome.UNCHANGED
        rows.append(row)
    return rows


def differences(
    resource: StagedResource, stored: Stored, values: dict, *, blank_clears: bool = False
) -> tuple[str, ...]:
    """The attributes in which the file differs from the register; a blank cell keeps what is stored."""
    changed = []
    for name, new in values.items():
        old = stored.values.get(name)
        if new == old:
            continue
        if new is None and (not blank_clears or old in ("", None)):
            continue
        if not resource.same(name, old, new):
            changed.append(name)
    return tuple(changed)
