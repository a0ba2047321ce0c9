"""Workbooks that people download: the template of a kind, and the rejected rows with what is wrong in each."""

import io
from collections.abc import Iterable
from typing import BinaryIO

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from xlsxwriter import Workbook as WorkbookWriter

from imports import find, reader
from imports.find import header_unit
from imports.models import ImportRun, Outcome
from imports.preview import raw_text
from imports.resources import Column, StagedResource
from imports.widgets import AmountWidget, IntegerWidget

OPTIONS = "选项"
EXPLAINED = "填写说明"
LAST_ROW = 20_000  # as far as drop-downs reach; rows below are read all the same
REQUIRED_FILL = PatternFill("solid", fgColor="FBE3E4")
HEADER_FILL = PatternFill("solid", fgColor="F1F3F5")
NUMBERS = (AmountWidget, IntegerWidget)


# --- Template ------------------------------------------------------------------------------------------


def template(resource: StagedResource) -> bytes:
    """An empty list with drop-downs; examples stand on a sheet of their own and are never imported."""
    book = Workbook()
    sheet = book.active
    sheet.title = resource.title
    _write_header(sheet, resource.file_columns)
    _add_choices(book, sheet, resource.file_columns)
    _explain(book.create_sheet(EXPLAINED, 1), resource)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _write_header(sheet, columns: list[Column]) -> None:
    for number, column in enumerate(columns, 1):
        cell = sheet.cell(1, number, column.label)
        cell.font = Font(bold=True)
        cell.fill = REQUIRED_FILL if column.required else HEADER_FILL
        cell.alignment = Alignment(vertical="center")
        if column.required:
            cell.comment = Comment("必填", "")
        dimension = sheet.column_dimensions[get_column_letter(number)]
        dimension.width = max(12, 2 * len(column.label) + 4)
        if not isinstance(column.widget, NUMBERS):
            dimension.number_format = "@"  # as text, so that Excel keeps every digit of a code
    sheet.row_dimensions[1].height = 22
    sheet.freeze_panes = "A2"


def _add_choices(book, sheet, columns: list[Column]) -> None:
    """Drop-downs refer to a hidden sheet: a list inside the rule may have 255 characters only."""
    options = book.create_sheet(OPTIONS)
    options.sheet_state = "hidden"
    for number, column in enumerate(columns, 1):
        values = list(column.choices()) if column.choices else []
        if not values:
            continue
        for row, value in enumerate(values, 1):
            options.cell(row, number, value).data_type = "s"
        letter = get_column_letter(number)
        rule = DataValidation(
            type="list", formula1=f"'{OPTIONS}'!${letter}$1:${letter}${len(values)}", allow_blank=True
        )
        rule.error, rule.errorTitle = f"请从下拉列表中选择{column.label}。", "不在可选范围内"
        rule.showErrorMessage = True
        rule.add(f"{letter}2:{letter}{LAST_ROW}")
        sheet.add_data_validation(rule)


def _explain(sheet, resource: StagedResource) -> None:
    sheet.append(["栏目", "是否必填", "可选值", "示例", "也可写作"])
    for column in resource.file_columns:
        sheet.append(
            [
                column.label,
                "必填" if column.required else "选填",
                _allowed(column),
                column.example,
                "、".join(column.synonyms),
            ]
        )
    sheet.append([])
    sheet.append(["请只在第一张工作表中填写；本页仅供对照，不会导入。"])
    for cell in sheet[1]:
        cell.font, cell.fill = Font(bold=True), HEADER_FILL
    for letter, width in zip("ABCDE", (20, 10, 48, 28, 40), strict=True):
        sheet.column_dimensions[letter].width = width
        sheet.column_dimensions[letter].number_format = "@"
    for row in sheet.iter_rows(min_row=2):
        for cell in row:
            cell.number_format = "@"
            cell.alignment = Alignment(wrap_text=cell.column > 2, vertical="top")
    sheet.freeze_panes = "A2"


def _allowed(column: Column) -> str:
    values = list(column.choices()) if column.choices else []
    if not values:
        return ""
    return "、".join(values[:12]) + (f"等{len(values)}项，见下拉列表" if len(values) > 12 else "")


# --- Rejected rows -------------------------------------------------------------------------------------

REMARK = "错误说明"


def error_workbook(run: ImportRun, resource: StagedResource, target: BinaryIO, *, masked: bool) -> int:
    """The rejected rows as they stood in the file, faults in red with a comment; returns how many.

    The header is the file's own, or, where the engine would not know a column by it, the column's name, so that
    the mended workbook can be uploaded as it is.
    """
    book = WorkbookWriter(target, {"constant_memory": True, "strings_to_formulas": False})
    sheet = book.add_worksheet("错误行")
    formats = {
        "head": book.add_format({"bold": True, "bg_color": "#F1F3F5", "num_format": "@"}),
        "text": book.add_format({"num_format": "@"}),
        "bad": book.add_format({"num_format": "@", "bg_color": "#F8D7DA", "font_color": "#9C0006"}),
        "remark": book.add_format({"num_format": "@", "font_color": "#9C0006"}),
    }
    headers = error_headers(run, resource)
    width = len(headers)
    sheet.set_column(0, width - 1, 18, formats["text"])
    sheet.set_column(width, width, 70)
    sheet.freeze_panes(1, 0)
    for position, header in enumerate([*headers, REMARK]):
        sheet.write_string(0, position, header, formats["head"])
    count = 0
    rows = run.staged.filter(outcome=Outcome.REJECTED).order_by("row_number").iterator(chunk_size=500)
    for count, row in enumerate(rows, 1):
        _write_rejected(sheet, count, _cells(run, resource, row, width, masked), row, run.mapping, formats)
    book.close()
    return count


def _write_rejected(sheet, line: int, cells: list[str], row, mapping: dict, formats: dict) -> None:
    faults = _faults(row.problems, mapping)
    for position, text in enumerate(cells):
        if position in faults:
            sheet.write_string(line, position, text, formats["bad"])
            sheet.write_comment(line, position, faults[position], {"x_scale": 2})
        elif text:
            sheet.write_string(line, position, text, formats["text"])
    remark = "；".join(problem["text"].rstrip("。") for problem in row.problems)
    sheet.write_string(line, len(cells), remark[:32_000], formats["remark"])


def _faults(problems: Iterable[dict], mapping: dict[str, int]) -> dict[int, str]:
    """Column → what is wrong there; a fault in a column that the file lacks stands in the remark only."""
    faults: dict[int, str] = {}
    for problem in problems:
        position = mapping.get(problem.get("column", ""))
        if position is not None:
            faults[position] = (
                f"{faults[position]}\n{problem['text']}" if position in faults else problem["text"]
            )
    return faults


def _cells(run, resource, row, width, masked) -> list[str]:
    cells = [*row.raw, *[""] * (width - len(row.raw))]
    for column in resource.columns:
        position = run.mapping.get(column.name)
        if column.sensitive and position is not None:
            cells[position] = raw_text(run, row, column, masked=masked)
    return cells


def error_headers(run: ImportRun, resource: StagedResource) -> list[str]:
    if _finds_itself(run, resource):
        return run.headers
    headers = list(run.headers)
    for column in resource.file_columns:
        position = run.mapping.get(column.name)
        if position is not None:
            unit = header_unit(headers[position])
            headers[position] = f"{column.label}({unit})" if unit else column.label
    return headers


def _finds_itself(run: ImportRun, resource: StagedResource) -> bool:
    """Whether the header, on one line, leads to the columns that were used for this run."""
    rows = [[*run.headers, REMARK], ["1"] * (len(run.headers) + 1)]
    try:
        found = find.find_table(reader.Workbook([reader.Sheet("", rows)], "xlsx"), resource.specs())
    except reader.UnusableFile:
        return False
    return found.columns == run.mapping and found.header_rows == (1,)
