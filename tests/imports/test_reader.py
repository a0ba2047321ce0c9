import random
import re
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from imports import reader
from imports.reader import Limits, UnusableFile, read_workbook
from tests.imports.workbooks import (
    cell,
    measured_refusal,
    parts,
    row_xml,
    sheet_xml,
    write_package,
    write_workbook,
)

pytestmark = pytest.mark.once

FILES = Path(__file__).with_name("files")
SAMPLES = Path(__file__).resolve().parents[1] / "samples"
ROOT = Path(__file__).resolve().parent.parent.parent
ROWS = [["企业名称", "人数"], ["上海虚构甲有限公司", 5]]


def refusal(path, **options) -> UnusableFile:
    with pytest.raises(UnusableFile) as caught:
        read_workbook(path, **options)
    return caught.value


def csv_file(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "list.csv"
    path.write_bytes(text.encode(encoding))
    return path


def first_rows(path) -> list[list]:
    return read_workbook(path).sheets[0].rows


def types(row) -> list[type]:
    return [type(value) for value in row]


@pytest.fixture(scope="module")
def rich(tmp_path_factory):
    """A workbook written by a real library with one of each kind of cell."""
    path = tmp_path_factory.mktemp("rich") / "rich.xlsx"
    book = xlsxwriter.Workbook(str(path), {"date_1904": False})
    sheet = book.add_worksheet("名单")
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    length = book.add_format({"num_format": "[h]:mm"})
    sheet.write_row(2, 1, ["名称", 500, 0.5, 9.1310115e17, True])
    for column, serial in enumerate([45413, 45413.5625, 0.25]):
        sheet.write_number(3, column, serial, day)
    sheet.write_number(3, 3, 1.5, length)
    sheet.write_formula(4, 2, "=1/0", None, "#DIV/0!")
    sheet.write_string(5, 1, "  两边\u3000")
    sheet.set_row(5, None, None, {"hidden": True})
    sheet.write_blank(400, 0, None, day)
    other = book.add_worksheet("参数")
    other.hide()
    other.write(0, 0, "x")
    book.add_chartsheet("图")
    book.close()
    return path


def test_cells_come_as_plain_values_at_their_excel_row(rich):
    sheet = read_workbook(rich).sheets[0]

    assert sheet.rows == [
        ["", "", "", "", "", ""],
        ["", "", "", "", "", ""],
        ["", "名称", 500, 0.5, 913101150000000000, True],
        ["2024-05-01", "2024-05-01 13:30:00", "06:00:00", "36:00:00", "", ""],
        ["", "", "", "", "", ""],
        ["", "  两边\u3000", "", "", "", ""],
    ]
    assert types(sheet.rows[2]) == [str, str, int, float, int, bool]


def test_errors_hidden_rows_and_hidden_sheets_are_reported(rich):
    workbook = read_workbook(rich)

    assert workbook.format == "xlsx"
    assert [(sheet.name, sheet.hidden) for sheet in workbook.sheets] == [("名单", False), ("参数", True)]
    assert workbook.sheets[0].error_cells == {(5, 2)}
    assert workbook.sheets[0].hidden_rows == {6}
    assert workbook.sheets[0].formulas_without_value == set()


def test_formulas_without_value_are_blank_and_reported(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["企业名称", "人数"])
    book.active.append(["上海虚构甲有限公司", "=1+1"])
    book.save(tmp_path / "formula.xlsx")

    sheet = read_workbook(tmp_path / "formula.xlsx").sheets[0]

    assert sheet.formulas_without_value == {(2, 1)}
    assert sheet.rows[1] == ["上海虚构甲有限公司", ""]


def test_dates_of_the_1904_system(tmp_path):
    path = tmp_path / "mac.xlsx"
    book = xlsxwriter.Workbook(str(path), {"date_1904": True})
    book.add_worksheet().write_number(0, 0, 43951, book.add_format({"num_format": "yyyy-mm-dd"}))
    book.close()

    assert first_rows(path) == [["2024-05-01"]]


def test_numbers_of_16_digits_and_more_stay_numbers(tmp_path):
    rows = first_rows(
        write_workbook(tmp_path / "a.xlsx", [[1234567890123456, 9.1310115000000003e17, "913101150000000000"]])
    )

    assert types(rows[0]) == [int, int, str]


def test_trailing_rows_without_content_are_dropped(tmp_path):
    blank = '<row r="9"><c r="A9" t="str"><f>""</f><v></v></c></row>'

    assert len(first_rows(write_workbook(tmp_path / "a.xlsx", sheet_xml(ROWS, blank)))) == 2


def test_claimed_and_styled_emptiness_is_read_like_nothing(tmp_path):
    styled = "".join(f'<row r="{n}"><c r="A{n}" s="0"/></row>' for n in range(500_000, 500_500))
    path = write_workbook(tmp_path / "a.xlsx", sheet_xml(ROWS, styled, dimension="A1:P1048576"))

    assert first_rows(path) == ROWS


def test_xls_is_read_by_content(tmp_path):
    misnamed = shutil.copy(FILES / "list.xls", tmp_path / "list.xlsx")

    workbook = read_workbook(misnamed)

    assert workbook.format == "xls"
    assert [(sheet.name, sheet.hidden) for sheet in workbook.sheets] == [("名单", False), ("隐藏", True)]
    assert workbook.sheets[0].rows[2] == [
        "上海虚构甲科技有限公司",
        "91999999MAFAKE019F",
        "2024-05-01",
        12,
        True,
    ]
    assert types(workbook.sheets[0].rows[3])[1] is int


def test_xls_with_password_is_refused(tmp_path):
    data = bytearray((FILES / "list.xls").read_bytes())
    start = data.find(b"\x09\x08\x10\x00")
    following = start + 4 + 0x10
    data[following : following + 2] = b"\x2f\x00"  # FILEPASS takes the place of the record after the first
    path = tmp_path / "locked.xls"
    path.write_bytes(data)

    assert refusal(path).code == "encrypted"


def test_ods_is_read(tmp_path):
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    names = " ".join(
        f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{short}:1.0"'
        for short in ("office", "table", "text")
    )
    content = (
        f"<office:document-content {names}><office:body><office:spreadsheet>"
        '<table:table table:name="名单"><table:table-row><table:table-cell office:value-type="string">'
        "<text:p>企业名称</text:p></table:table-cell></table:table-row></table:table>"
        "</office:spreadsheet></office:body></office:document-content>"
    )
    manifest = (
        '<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<m:file-entry m:full-path="/" m:media-type="{kind}"/></m:manifest>'
    )
    path = tmp_path / "list.ods"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", kind)
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", manifest)

    workbook = read_workbook(path)

    assert (workbook.format, workbook.sheets[0].rows) == ("ods", [["企业名称"]])


@pytest.mark.parametrize(
    ("encoding", "named"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("utf-16", "utf-16"), ("gb18030", "gb18030")],
)
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_csv_in_every_encoding_and_separator(tmp_path, encoding, named, delimiter):
    text = "企业名称,信用代码\r\n上海虚构㐀公司,9.13E+17\r\n".replace(",", delimiter)

    workbook = read_workbook(csv_file(tmp_path, text, encoding))

    assert (workbook.format, workbook.encoding) == ("csv", named)
    assert workbook.sheets[0].rows == [["企业名称", "信用代码"], ["上海虚构㐀公司", "9.13E+17"]]


def test_csv_keeps_rows_quotes_and_digits(tmp_path):
    text = "名单\n\n名称,代码\n\"甲,乙\n公司\",0012345678901234567\n'=1+1,'-5\n'原文,=1\n\n\n"

    rows = first_rows(csv_file(tmp_path, text))

    assert rows == [
        ["名单", ""],
        ["", ""],
        ["名称", "代码"],
        ["甲,乙\n公司", "0012345678901234567"],
        ["=1+1", "-5"],
        ["'原文", "=1"],
    ]


def test_csv_that_cannot_be_decoded_names_the_line_and_byte(tmp_path):
    path = tmp_path / "list.csv"
    path.write_bytes("名称,人数\n甲,1\n".encode("gb18030") + b"\xff\xff,2\n")

    error = refusal(path)

    assert error.code == "encoding"
    assert "第 3 行" in str(error)
    assert "第 16 个字节" in str(error)


def test_csv_with_too_many_rows_costs_little(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("企业名称,代码,人数\n" + "上海虚构甲有限公司,91999999MAFAKE019F,5\n" * 1_048_577)

    code, text, seconds, megabytes = measured_refusal(path)

    assert (code, "100,000 行" in text) == ("too_many_rows", True)
    assert seconds < 2
    assert megabytes < 100


def test_csv_with_too_many_columns_or_an_open_quote_is_refused(tmp_path):
    assert refusal(csv_file(tmp_path, ",".join(["甲"] * 201))).code == "too_many_columns"
    assert refusal(csv_file(tmp_path, '甲,"' + "乙" * 200_000)).code == "damaged"


def test_sheets_without_any_cell_are_empty(tmp_path):
    assert refusal(write_workbook(tmp_path / "a.xlsx", [], [])).code == "empty"


def test_missing_file_is_a_refusal_too(tmp_path):
    assert refusal(tmp_path / "nothing.xlsx").code == "damaged"
    assert refusal(tmp_path).code == "damaged"


def test_one_text_repeated_everywhere_dies_in_the_child_alone(tmp_path):
    """100 kB of shared text in 20,000 cells asks the parser for 2 GB."""
    cells = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, 20_001))
    contents = parts(sheet_xml([], cells))
    contents["xl/sharedStrings.xml"] = f"<sst><si><t>{'甲' * 33_000}</t></si></sst>"
    contents["xl/_rels/workbook.xml.rels"] = contents["xl/_rels/workbook.xml.rels"].replace(
        "</Relationships>",
        '<Relationship Id="rId9" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
        'relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
    )

    code, text, seconds, megabytes = measured_refusal(write_package(tmp_path / "a.xlsx", contents))

    assert (code, "内存" in text) == ("memory", True)
    assert seconds < 2
    assert megabytes < 200


def test_cell_hidden_from_the_guard_dies_in_the_child_alone(tmp_path):
    far = '<row r="900000"><c\n\tr="XFD1048576" t="str"\n><v>x</v></c></row>'

    code, text, seconds, megabytes = measured_refusal(
        write_workbook(tmp_path / "a.xlsx", sheet_xml(ROWS, far.replace(" r=", "\tr=")))
    )

    assert (code, "内存" in text) == ("memory", True)
    assert seconds < 2
    assert megabytes < 200


@pytest.mark.parametrize(
    "cell", ['<c r="A3" t="z"><v>1</v></c>', '<c r="A3"><v>1</v><a></c>', '<c r="A3" t="s"><v>99</v></c>']
)
def test_what_the_parser_stumbles_over_is_said_without_its_own_words(tmp_path, cell):
    path = write_workbook(tmp_path / "a.xlsx", sheet_xml([["企业名称", "人数"]], f'<row r="3">{cell}</row>'))

    error = refusal(path)

    assert error.code == "damaged"
    assert "不合法）" in str(error)
    assert not re.search(r"error|exception", str(error), re.IGNORECASE)


def test_wide_sparse_area_within_the_limits_dies_in_the_child_alone(tmp_path):
    corner = f'<row r="100000">{cell("GR100000", "x")}</row>'

    code, _, seconds, megabytes = measured_refusal(
        write_workbook(tmp_path / "a.xlsx", sheet_xml(ROWS, corner))
    )

    assert code in {"memory", "too_large"}
    assert seconds < 2
    assert megabytes < 200


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("import time; time.sleep(60)", "timeout"),
        ("import os; os.abort()", "memory"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "memory"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "damaged"),
        ("print('[[\"表\", false]]')", "damaged"),
        ("print('no json')", "damaged"),
        ("print('[[1]]')", "damaged"),
        ("print('[]'); print('{\"sheet\": 5}')", "damaged"),
        ("print('[[\"表\", false]]'); print('[[1]]')", "damaged"),
        ("print('[' * 100000)", "damaged"),
        ("print('{\"unknown\": 1}')", "damaged"),
        ("import sys\nwhile True: sys.stdout.write('x' * 1000000)", "memory"),
    ],
)
def test_whatever_the_child_does_becomes_a_refusal(tmp_path, monkeypatch, script, code):
    child = tmp_path / "child.py"
    child.write_text(script)
    monkeypatch.setattr(reader, "CHILD", child)
    path = write_workbook(tmp_path / "a.xlsx", ROWS)

    assert refusal(path, limits=Limits(timeout=1.5)).code == code


def test_the_child_sees_nothing_of_our_environment(tmp_path, monkeypatch):
    child = tmp_path / "child.py"
    child.write_text(
        "import json, os\n"
        "print(json.dumps([['表', False]])); print('{\"sheet\": 0}')\n"
        "print(json.dumps([[' '.join(os.environ)]])); print('{\"end\": true}')"
    )
    monkeypatch.setattr(reader, "CHILD", child)
    monkeypatch.setenv("SECRET_KEY", "not for the parser")

    assert "SECRET" not in first_rows(write_workbook(tmp_path / "a.xlsx", ROWS))[0][0]


def test_the_parser_is_never_loaded_into_the_web_process(tmp_path):
    """In a process of its own: other tests may have loaded it into this one."""
    path = write_workbook(tmp_path / "a.xlsx", ROWS)
    script = (
        "import sys; from imports.reader import read_workbook; "
        f"book = read_workbook({str(path)!r}); print(len(book.sheets[0].rows), 'python_calamine' in sys.modules)"
    )

    out = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, cwd=ROOT)

    assert out.stdout.split() == [str(len(ROWS)), "False"]


def test_monthly_list_is_read_whole_and_fast():
    best = 9.0
    for _ in range(3):
        started = time.perf_counter()
        workbook = read_workbook(SAMPLES / "enterprises-2026-10.xlsx")
        best = min(best, time.perf_counter() - started)
    rows = workbook.sheets[0].rows

    assert len(rows) == 9135
    assert {len(row) for row in rows} == {16}
    assert rows[3][:6] == [
        1,
        "上海芯和润生物医药股份有限公司",
        "91999901MA0001181W",
        "钟波",
        500,
        "2002-05-21",
    ]
    assert rows[9132][2] == " 91999901MA000AGN4T\u3000" or rows[9131][2] == " 91999901MA000AGN4T\u3000"
    # The target is 0.45 s on a quiet machine; the limit leaves room for two busy cores.
    assert best < 1.5


def read_or_refuse(path) -> bool:
    """Whether the file gave sheets or a sentence; any other exception passes through."""
    try:
        return bool(read_workbook(path).sheets)
    except UnusableFile as error:
        return bool(error.code) and str(error).endswith("。")


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    path = tmp_path_factory.mktemp("small") / "small.xlsx"
    return write_workbook(path, ROWS * 20, [["甲"]], hidden=(2,)).read_bytes()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), changes=st.integers(1, 12), cut=st.integers(0, 3))
def test_random_damage_never_escapes(small, tmp_path, seed, changes, cut):
    source = random.Random(seed)  # noqa: S311 – damage, not a secret
    damaged = bytearray(small)
    for _ in range(changes):
        damaged[source.randrange(len(damaged))] = source.randrange(256)
    if cut == 0:
        damaged = damaged[: source.randrange(len(damaged))]
    path = tmp_path / "damaged.xlsx"
    path.write_bytes(damaged)

    assert read_or_refuse(path)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), changes=st.integers(1, 8))
def test_damaged_xml_inside_a_sound_package_never_escapes(tmp_path, seed, changes):
    source = random.Random(seed)  # noqa: S311 – damage, not a secret
    contents = parts(sheet_xml(ROWS, row_xml(9, ["x", 1e300, True])))
    name = source.choice(sorted(contents))
    text = bytearray(contents[name].encode())
    for _ in range(changes):
        text[source.randrange(len(text))] = source.choice(b"<>\"'/ =r0195AZ\0\xff&;")
    path = write_package(tmp_path / "damaged.xlsx", contents | {name: bytes(text)})

    assert read_or_refuse(path)
