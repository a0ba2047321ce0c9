"""Builds small workbooks byte by byte, so that each may be wrong in exactly one way."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

from imports.guard import column_letters

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
ROOT = Path(__file__).resolve().parents[2]


def cell(reference: str, value) -> str:
    if isinstance(value, bool):
        return f'<c r="{reference}" t="b"><v>{value:d}</v></c>'
    if isinstance(value, int | float):
        return f'<c r="{reference}"><v>{value!r}</v></c>'
    return f'<c r="{reference}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'


def row_xml(number: int, values, attributes: str = "") -> str:
    cells = [cell(f"{column_letters(i)}{number}", value) for i, value in enumerate(values) if value != ""]
    return f'<row r="{number}"{attributes}>{"".join(cells)}</row>'


def sheet_xml(rows, extra: str = "", dimension: str = "A1") -> str:
    """Worksheet of `rows` from row 1 on; `extra` is further XML for the end of sheetData."""
    body = "".join(row_xml(number, values) for number, values in enumerate(rows, 1))
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="{MAIN}">'
        f'<dimension ref="{dimension}"/><sheetData>{body}{extra}</sheetData></worksheet>'
    )


def parts(*sheets: str, hidden: tuple[int, ...] = (), book_properties: str = "") -> dict[str, str]:
    """Part name → text of a package whose sheets are called 表1, 表2 …"""
    numbers = range(1, len(sheets) + 1)
    state = {number: ' state="hidden"' if number in hidden else "" for number in numbers}
    types = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType='
        '"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
        for n in numbers
    )
    relation = f'<Relationship Id="rId{{n}}" Type="{RELATIONS}/{{kind}}" Target="{{target}}"/>'
    of_sheets = "".join(
        relation.format(n=n, kind="worksheet", target=f"worksheets/sheet{n}.xml") for n in numbers
    )
    named = "".join(f'<sheet name="表{n}" sheetId="{n}"{state[n]} r:id="rId{n}"/>' for n in numbers)
    return {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Override PartName="/xl/workbook.xml" ContentType='
        f'"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>{types}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
        f"{relation.format(n=1, kind='officeDocument', target='xl/workbook.xml')}</Relationships>",
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}">{book_properties}'
        f"<sheets>{named}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
        f"{of_sheets}</Relationships>",
        **{f"xl/worksheets/sheet{n}.xml": text for n, text in enumerate(sheets, 1)},
    }


def write_package(path: Path, contents: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in contents.items():
            archive.writestr(name, text)
    return path


def write_workbook(path: Path, *sheets, **options) -> Path:
    """Each sheet is its XML or a list of rows."""
    texts = [sheet if isinstance(sheet, str) else sheet_xml(sheet) for sheet in sheets]
    return write_package(path, parts(*texts, **options))


MEASURE = """
import json, re, resource, sys, time
from imports.reader import UnusableFile, read_workbook
started = time.perf_counter()
try:
    read_workbook(sys.argv[1])
    code, text = "", ""
except UnusableFile as error:
    code, text = error.code, str(error)
# ru_maxrss of a process counts the memory of its parent from before exec, so it serves for children only.
own = int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1])
peak = max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
print(json.dumps([code, text, time.perf_counter() - started, peak / 1024]))
"""


def measured_refusal(path: Path) -> tuple[str, str, float, float]:
    """(code, sentence, seconds, peak MB of reader or its child), in a process of its own."""
    command = [sys.executable, "-c", MEASURE, str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, timeout=60)
    return tuple(json.loads(done.stdout))
