"""Lists as files, row by row: whatever the length, memory holds a few rows. Nothing here knows who asks or why.

The workbook is written as text into a zip archive, several times as quick as by a library that must be ready for any
workbook; `orgs.exports.write_book` uses one for small workbooks of several tables. Cells do without their optional
addresses: half the file. The file is never sought in, so that it may be sealed on its way.
"""

import csv
import datetime as dt
import io
import itertools
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite
from xml.sax.saxutils import escape

from xlsxwriter.utility import xl_col_to_name

SHEET_NAME = "名单"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
# What a worksheet, one of its cells and an archive entry without the extensions that old programs refuse can hold.
SHEET_ROWS = 1_048_576
SHEET_BYTES = 2**31 - 2**24
CELL_CHARACTERS = 32_767
# Rows and text that are handed on together.
ROWS_AT_ONCE = 200
FASTEST = 1


@dataclass(frozen=True)
class Column:
    """A column of an export: its header and the value of a row (text, number, date or None).

    `is_share`: a number from 0 to 1, shown as per cent in a workbook.
    """

    header: str
    value: Callable[[object], object]
    width: int = 14
    is_share: bool = False


# --- Text ----------------------------------------------------------------------------------------------


NO_CHARACTER = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
HALF_CHARACTER = re.compile("[\ud800-\udfff]")


def clean(text: str) -> str:
    """Without what no file can hold: control characters go, half a character is replaced."""
    return HALF_CHARACTER.sub("\ufffd", NO_CHARACTER.sub("", text))


def neutral(value) -> object:
    """Text that a spreadsheet program would run gets a `'` in front, which the import takes off again."""
    if value is None:
        return ""
    if isinstance(value, str) and not value.isalnum():
        value = clean(value)
        return f"'{value}" if value.startswith(FORMULA_STARTS) else value
    return value


# --- CSV -----------------------------------------------------------------------------------------------


def write_csv(file, *, columns: list[Column], rows: Iterable, title: str) -> None:
    """UTF-8 with a byte-order mark, as spreadsheet programs expect it."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow([neutral(title)])
    writer.writerow([column.header for column in columns])
    values = [column.value for column in columns]
    writer.writerows([neutral(value(row)) for value in values] for row in rows)
    text.detach()


# --- XLSX ----------------------------------------------------------------------------------------------


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

# The order of `cellXfs` below.
PLAIN, HEADER, GREY, DAY, SHARE = range(5)
STYLES = (
    f'<styleSheet xmlns="{MAIN}">'
    '<numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy-mm-dd"/><numFmt numFmtId="165" formatCode="0.0%"/></numFmts>'
    '<fonts count="3"><font><sz val="11"/><name val="Calibri"/><family val="2"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/><family val="2"/></font>'
    '<font><sz val="11"/><color rgb="FF62666D"/><name val="Calibri"/><family val="2"/></font></fonts>'
    '<fills count="3"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '<fill><patternFill patternType="solid"><fgColor rgb="FFF3F3F3"/><bgColor indexed="64"/></patternFill></fill></fills>'
    '<borders count="2"><border><left/><right/><top/><bottom/><diagonal/></border><border>'
    + "".join(
        f'<{side} style="thin"><color rgb="FFD0D0D0"/></{side}>'
        for side in ("left", "right", "top", "bottom")
    )
    + "<diagonal/></border></borders>"
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="5"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="0" fontId="1" fillId="2" borderId="1" xfId="0" applyFont="1" applyFill="1" applyBorder="1"/>'
    '<xf numFmtId="0" fontId="2" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


def write_xlsx(file, *, columns: list[Column], rows: Iterable, title: str) -> None:
    """Row 1 is the watermark, row 2 the headers. Text stays text: nothing becomes a formula, a number or a link.

    What one sheet cannot hold goes on in the next, under the same two rows.
    """
    batches, lengths = _batches(rows), []
    batch = next(batches, None)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=FASTEST) as book:
        while batch or not lengths:
            with book.open(f"xl/worksheets/sheet{len(lengths) + 1}.xml", "w") as sheet:
                length, batch = _write_sheet(sheet, columns, batch, batches, title)
            lengths.append(length)
        for name, text in _frame(lengths, len(columns)).items():
            book.writestr(name, HEAD + text)


def _batches(rows: Iterable) -> Iterator[list]:
    rows = iter(rows)
    while batch := list(itertools.islice(rows, ROWS_AT_ONCE)):
        yield batch


def _write_sheet(sheet, columns, batch, batches, title) -> tuple[int, list | None]:
    """(the number of the last row, what found no room)."""
    written = sheet.write(_sheet_head(columns, title).encode())
    number = 2
    while batch and written < SHEET_BYTES and number + len(batch) <= SHEET_ROWS:
        lines = zip(*[_cells(column, batch) for column in columns], strict=True)
        text = "".join(
            [
                f'<row r="{index}">{"".join(cells)}</row>'
                for index, cells in enumerate(lines, start=number + 1)
            ]
        )
        written += sheet.write(text.encode())
        number += len(batch)
        batch = next(batches, None)
    sheet.write(_sheet_end(len(columns), number, title).encode())
    return number, batch


def _cells(column, batch) -> list[str]:
    """Column by column, because most cells of one need no look at their characters: letters and digits alone."""
    style = SHARE if column.is_share else PLAIN
    return [
        f'<c t="inlineStr"><is><t>{value}</t></is></c>'
        if type(value) is str and value.isalnum() and len(value) <= CELL_CHARACTERS
        else _cell(value, style)
        for value in map(column.value, batch)
    ]


def _cell(value, style) -> str:
    """Nothing for what is not known."""
    if value is None or value == "":
        return "<c/>"
    if isinstance(value, dt.date) and value.year >= 1900:  # before that a workbook knows no days
        return f'<c s="{DAY}"><v>{_day_number(value)}</v></c>'
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool) and isfinite(value):
        return f'<c s="{style}"><v>{value}</v></c>'
    return _text_cell(str(value))


# Zero days before 1900-01-01, were 1900 a leap year: as spreadsheet programs count up to its March.
FIRST_DAY = dt.date(1899, 12, 31).toordinal()
MARCH_1900 = dt.date(1900, 3, 1).toordinal()


def _day_number(day: dt.date) -> int:
    ordinal = day.toordinal()
    return ordinal - FIRST_DAY + (ordinal >= MARCH_1900)


def _text_cell(text, style=PLAIN) -> str:
    space = ""
    if TRICKY.search(text) or len(text) * 2 > CELL_CHARACTERS:
        text = _cut(clean(text).replace("\r\n", "\n").replace("\r", "\n"))
        space = ' xml:space="preserve"' if text != text.strip() else ""
        # What looks like an escape of the format itself (_x0041_) is escaped, too.
        text = escape(ESCAPED.sub(r"_x005F\1", text))
    return f'<c s="{style}" t="inlineStr"><is><t{space}>{text}</t></is></c>'


TRICKY = re.compile("[\x00-\x1f<>&_\ufffe\uffff\ud800-\udfff]|^\\s|\\s$")
ESCAPED = re.compile("(_x[0-9a-fA-F]{4}_)")


def _cut(text: str) -> str:
    """At what a cell holds, counted as spreadsheet programs do: a rare character is two."""
    if len(text) * 2 <= CELL_CHARACTERS:
        return text
    units = text.encode("utf-16-le")
    if len(units) <= CELL_CHARACTERS * 2:
        return text
    return units[: (CELL_CHARACTERS - 1) * 2].decode("utf-16-le", "ignore") + "…"


def _sheet_head(columns, title) -> str:
    widths = "".join(
        f'<col min="{index}" max="{index}" width="{column.width + 5 / 7:.4f}" customWidth="1"/>'
        for index, column in enumerate(columns, start=1)
    )
    headers = "".join(_text_cell(column.header, HEADER) for column in columns)
    return (
        f'{HEAD}<worksheet xmlns="{MAIN}"><sheetViews><sheetView workbookViewId="0">'
        '<pane ySplit="2" topLeftCell="A3" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
        f'<sheetFormatPr defaultRowHeight="15"/><cols>{widths}</cols><sheetData>'
        f'<row r="1">{_text_cell(title, GREY)}</row><row r="2">{headers}</row>'
    )


def _sheet_end(width, last_row, title) -> str:
    footer = escape(clean(f"&C{title.replace('&', '&&')}"[:202]))
    return (
        f'</sheetData><autoFilter ref="{_table(width, last_row)}"/>'
        '<pageMargins left="0.7" right="0.7" top="0.75" bottom="0.75" header="0.3" footer="0.3"/>'
        f"<headerFooter><oddFooter>{footer}</oddFooter></headerFooter></worksheet>"
    )


def _table(width, last_row, mark="") -> str:
    """The headers and what is below them."""
    last = xl_col_to_name(width - 1)
    return f"{mark}A{mark}2:{mark}{last}{mark}{last_row}"


def _frame(lengths: list[int], width: int) -> dict[str, str]:
    """What makes sheets a workbook: file → its text. The header row is repeated on every printed page."""
    numbers = range(1, len(lengths) + 1)
    names = [SHEET_NAME, *(f"{SHEET_NAME}{number}" for number in numbers[1:])]
    sheets = "".join(
        f'<sheet name="{name}" sheetId="{number}" r:id="rId{number}"/>'
        for number, name in zip(numbers, names, strict=True)
    )
    defined = "".join(
        f'<definedName name="_xlnm._FilterDatabase" localSheetId="{index}" hidden="1">'
        f"'{name}'!{_table(width, length, '$')}</definedName>"
        f'<definedName name="_xlnm.Print_Titles" localSheetId="{index}">\'{name}\'!$2:$2</definedName>'
        for index, (name, length) in enumerate(zip(names, lengths, strict=True))
    )
    relations = "".join(
        f'<Relationship Id="rId{number}" Type="{DOCUMENT}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        for number in numbers
    )
    types = "".join(
        f'<Override PartName="/xl/worksheets/sheet{number}.xml" ContentType="{KIND}.worksheet+xml"/>'
        for number in numbers
    )
    return {
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{DOCUMENT}"><bookViews><workbookView/></bookViews>'
        f"<sheets>{sheets}</sheets><definedNames>{defined}</definedNames></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{relations}'
        f'<Relationship Id="styles" Type="{DOCUMENT}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": STYLES,
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{DOCUMENT}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{KIND}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{KIND}.styles+xml"/>{types}</Types>',
    }


WRITERS = {"xlsx": write_xlsx, "csv": write_csv}
