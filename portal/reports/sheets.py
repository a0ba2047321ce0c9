"""What a report is made of: sheets of grids, and what each of their columns means (口径)."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from orgs.exports import Column as ListColumn
from orgs.models import Organisation

Value = int | float | Decimal | str | None


class Unit(StrEnum):
    """How the values of a column are shown; `POINTS` is a difference of shares, 0.012 → “+1.2”."""

    COUNT = "count"
    SHARE = "share"
    POINTS = "points"
    CHANGE = "change"
    HOURS = "hours"


WORDS = {
    Unit.COUNT: lambda value: f"{value:,}",
    Unit.SHARE: lambda value: f"{value * 100:.1f}%",
    Unit.POINTS: lambda value: f"{value * 100:+.1f}",
    Unit.CHANGE: lambda value: f"{value:+,}" if value else "0",
    Unit.HOURS: lambda value: f"{value:,.1f}",
}


@dataclass(frozen=True)
class Column:
    title: str
    unit: Unit = Unit.COUNT


@dataclass(frozen=True)
class Cell:
    """`value` None is shown as “—”; `url` is the list with exactly the rows counted, "" where there is none."""

    value: Value
    url: str = ""


@dataclass(frozen=True)
class Line:
    """A `total` closes or opens a grid; an `extra` is a headline over several of the other lines."""

    label: str
    cells: tuple[Cell, ...]
    is_total: bool = False
    is_extra: bool = False


@dataclass(frozen=True)
class Definition:
    """What a column or grid counts, on which source it rests, which query or filter of the program says so, and where the
    list with these rows is.
    """

    subject: str
    words: str
    source: str
    query: str
    url: str = ""


@dataclass(frozen=True)
class Grid:
    """`head` names what the lines are."""

    title: str
    head: str
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    definitions: tuple[Definition, ...]
    note: str = ""

    @property
    def rows(self) -> Iterable[tuple[Line, list[tuple[Cell, str]]]]:
        """Each line with its cells and how they are shown."""
        for line in self.lines:
            shown = [words_of(cell, column) for cell, column in zip(line.cells, self.columns, strict=True)]
            yield line, list(zip(line.cells, shown, strict=True))


def words_of(cell: Cell, column: Column) -> str:
    return "—" if cell.value is None else WORDS[column.unit](cell.value)


@dataclass(frozen=True)
class Sheet:
    name: str
    grids: tuple[Grid, ...]


@dataclass(frozen=True)
class Listing:
    """A sheet of the workbook alone: the names behind a figure."""

    name: str
    columns: list[ListColumn]
    rows: list


@dataclass(frozen=True)
class Report:
    """`notes` are said above everything else; `left_out` names sheets that the person may not see."""

    code: str
    title: str
    organisation: Organisation
    on: dt.date
    sheets: tuple[Sheet, ...]
    notes: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def definitions(self) -> list[tuple[str, Definition]]:
        """Each with the title of its grid."""
        return [
            (grid.title, one) for sheet in self.sheets for grid in sheet.grids for one in grid.definitions
        ]

    @property
    def file_name(self) -> str:
        return f"{self.title}-{self.organisation.code}-{self.on:%Y%m%d}.xlsx"
