"""Long lists as files: everything arrives, as text where it is text, and memory stays where it is."""

import csv
import datetime as dt
import io
import tracemalloc
from decimal import Decimal

import openpyxl
import pytest
from python_calamine import CalamineWorkbook

from orgs import writers
from orgs.exports import Sheet, write_book
from orgs.writers import WRITERS, Column, write_csv, write_xlsx

ITSELF = [Column("值", lambda row: row)]
HOSTILE = {
    "=cmd|'/c calc'!A1": "=cmd|'/c calc'!A1",
    "@SUM(A1)": "@SUM(A1)",
    "甲\x00\x01\x0b\x1f乙": "甲乙",
    "\ufffe\uffff丙": "丙",
    '<a href="b">&amp;]]>': '<a href="b">&amp;]]>',
    "半\ud800个": "半\ufffd个",
    " 前后 ": " 前后 ",
    "一行\r\n两行\r三行": "一行\n两行\n三行",
    "_x0041_": "_x0041_",
    "长" * 32_767: "长" * 32_767,
    "长" * 32_768: "长" * 32_766 + "…",
    "😀" * 16_384: "😀" * 16_383 + "…",
    "00123": "00123",
    "999901199001010015": "999901199001010015",
}


def workbook(rows, columns=ITSELF, title="题") -> bytes:
    file = io.BytesIO()
    write_xlsx(file, columns=columns, rows=rows, title=title)
    return file.getvalue()


def read(content: bytes) -> list[list]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return [row for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python()]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_stays_text(text):
    content = workbook([text], title=text)

    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    assert sheet["A3"].data_type == "s"
    assert [row[0] for row in read(content)] == [HOSTILE[text], "值", HOSTILE[text]]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_can_be_written_as_csv(text):
    file = io.BytesIO()
    write_csv(file, columns=ITSELF, rows=[text], title="题")

    (_, _, (cell,)) = csv.reader(io.StringIO(file.getvalue().decode("utf-8-sig"), newline=""))
    assert "\x00" not in cell
    assert not cell.startswith(writers.FORMULA_STARTS)
    assert cell.removeprefix("'").startswith(HOSTILE[text][0])


def test_a_sheet_looks_as_one_by_the_library():
    """Everything a reader of a workbook sees: values, kinds, formats, widths, the fixed and printed heads."""
    columns = [
        Column("日", lambda row: row[0], 12),
        Column("数", lambda row: row[1], 8),
        Column("率", lambda row: row[2], 10, is_share=True),
        Column("文", lambda row: row[3], 30),
    ]
    rows = [
        (dt.date(2020, 2, 29), 5, 0.25, "甲"),
        (dt.date(1900, 1, 2), Decimal("3.10"), 1, ""),
        (dt.date(1900, 3, 1), 0, None, None),
        (dt.date(1899, 12, 31), -1.5, 0, True),
        (dt.datetime(2026, 1, 2, 8, 0), 10**15, Decimal(1), "a & b"),  # noqa: DTZ001
    ]
    by_library = io.BytesIO()
    write_book(by_library, sheets=[Sheet("名单", columns, rows)], title="导出 & 用途")

    ours, theirs = (
        openpyxl.load_workbook(file)
        for file in (io.BytesIO(workbook(rows, columns, "导出 & 用途")), by_library)
    )

    assert ours.sheetnames == theirs.sheetnames
    assert [seen(cell) for row in ours.active for cell in row] == [
        seen(cell) for row in theirs.active for cell in row
    ]
    for sheet in (ours.active, theirs.active):
        assert (sheet.freeze_panes, sheet.print_title_rows) == ("A3", "$2:$2")
        assert sheet.oddFooter.center.text == "导出 && 用途"
    widths = [
        [sheet.column_dimensions[letter].width for letter in "ABCD"] for sheet in (ours.active, theirs.active)
    ]
    assert widths[0] == pytest.approx(widths[1], abs=0.01)
    assert ours.active.auto_filter.ref == "A2:D7"


def seen(cell):
    color = cell.font.color
    grey = color is not None and color.type == "rgb" and color.rgb
    look = cell.font.b, grey, cell.fill.fgColor.rgb, cell.border.left.style
    return cell.value, cell.data_type, cell.number_format, *(look if cell.value is not None else ())


def test_what_one_sheet_cannot_hold_goes_on_in_the_next(monkeypatch):
    monkeypatch.setattr(writers, "SHEET_ROWS", 12)
    monkeypatch.setattr(writers, "ROWS_AT_ONCE", 5)

    book = openpyxl.load_workbook(io.BytesIO(workbook(iter(range(22)))))

    sheets = [[cell for (cell,) in sheet.iter_rows(values_only=True)] for sheet in book]
    assert book.sheetnames == ["名单", "名单2", "名单3"]
    assert sheets == [
        ["题", "值", *range(10)],
        ["题", "值", *range(10, 20)],
        ["题", "值", 20, 21],
    ]
    assert [sheet.auto_filter.ref for sheet in book] == ["A2:A12", "A2:A12", "A2:A4"]


@pytest.mark.parametrize("count", [0, 10])
def test_no_empty_sheet_follows(monkeypatch, count):
    monkeypatch.setattr(writers, "SHEET_ROWS", 12)
    monkeypatch.setattr(writers, "ROWS_AT_ONCE", 5)

    book = openpyxl.load_workbook(io.BytesIO(workbook(range(count))))

    assert [sheet.max_row for sheet in book] == [count + 2]


def test_a_sheet_ends_before_an_entry_is_too_long_for_old_programs(monkeypatch):
    monkeypatch.setattr(writers, "SHEET_BYTES", 20_000)

    rows = ["长" * 100] * 600

    assert len(openpyxl.load_workbook(io.BytesIO(workbook(rows))).sheetnames) > 1
    assert [row[0] for row in read(workbook(rows))].count("长" * 100) == 600


class Nowhere:
    """A file that cannot be sought in and keeps nothing."""

    closed = False

    def __init__(self):
        self.size = 0

    def write(self, data):
        self.size += len(data)
        return len(data)

    def flush(self):
        pass

    def readable(self):
        return False

    def writable(self):
        return True

    def seekable(self):
        return False


@pytest.mark.parametrize("file_format", WRITERS)
def test_memory_does_not_grow_with_the_rows(file_format):
    columns = [Column(str(index), lambda row, index=index: f"{row}行{index}") for index in range(5)]

    def peak(count):
        target = Nowhere()
        tracemalloc.start()
        WRITERS[file_format](target, columns=columns, rows=iter(range(count)), title="题")
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most, target.size

    peak(10)
    (few, small), (many, large) = peak(1_000), peak(12_000)
    assert large > 9 * small
    assert many < few * 1.2 + 50_000
