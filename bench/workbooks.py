"""The sample workbooks whole, cut to some rows, or made longer with enterprises of new numbers."""

from pathlib import Path

import xlsxwriter
from python_calamine import CalamineWorkbook

from orgs.identifiers import credit_code_check

SAMPLES = Path(__file__).resolve().parent.parent / "tests" / "samples"
HEADER_ROWS = 3
CODE = {"enterprises": 2, "coverage": 0, "members": 1}


def sample(name: str) -> Path:
    return SAMPLES / f"{name}.xlsx"


def cut(name: str, folder: Path, rows: int, codes: set[str] | None = None) -> tuple[Path, set[str]]:
    """The first `rows` data rows (of the enterprises in `codes`, if given), and which enterprises they name."""
    column = CODE[name.partition("-")[0]]
    cells = CalamineWorkbook.from_path(sample(name)).get_sheet_by_index(0).to_python()
    data = [row for row in cells[HEADER_ROWS:] if codes is None or row[column] in codes][:rows]
    path = folder / f"{name}-{rows}.xlsx"
    _write(path, cells[:HEADER_ROWS], data)
    return path, {row[column] for row in data}


def lengthen(name: str, folder: Path, rows: int) -> Path:
    """The sample's rows again and again, each time with other credit codes and addresses."""
    column = CODE[name.partition("-")[0]]
    cells = CalamineWorkbook.from_path(sample(name)).get_sheet_by_index(0).to_python()
    data, source = [], cells[HEADER_ROWS:]
    for number in range(rows):
        row = list(source[number % len(source)])
        if number >= len(source):
            body = f"91999903MA{number:07d}"
            row[column] = body + credit_code_check(body)
        data.append(row)
    path = folder / f"{name}-{rows}.xlsx"
    _write(path, cells[:HEADER_ROWS], data)
    return path


def _write(path, header, data):
    options = {"constant_memory": True, "default_date_format": "yyyy-mm-dd", "strings_to_urls": False}
    with xlsxwriter.Workbook(path, options) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate([*header, *data]):
            for index, cell in enumerate(row):
                if cell != "":
                    sheet.write(number, index, cell)
