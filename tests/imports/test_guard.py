import io
import re
import struct
import time
import zipfile
from pathlib import Path

import pytest

from imports import guard
from imports.guard import Limits, UnusableFile, column_index, column_letters, inspect
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
ROWS = [["企业名称", "人数"], ["上海虚构甲有限公司", 5]]


def refusal(path, limits=guard.DEFAULT_LIMITS) -> UnusableFile:
    with open(path, "rb") as handle, pytest.raises(UnusableFile) as caught:
        inspect(handle, limits)
    return caught.value


def inspection(path, limits=guard.DEFAULT_LIMITS):
    with open(path, "rb") as handle:
        return inspect(handle, limits)


def written(tmp_path, content: bytes, name="list.xlsx"):
    path = tmp_path / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("content", "code", "word"),
    [
        (b"", "empty", "0 字节"),
        (b"\xef\xbb\xbf \r\n\r\n", "empty", "空白"),
        (b"%PDF-1.7\n%\xe2\xe3", "not_workbook", "PDF"),
        (b"\x89PNG\r\n\x1a\n\0\0", "not_workbook", "图片"),
        (b"MZ\x90\0\x03\0", "not_workbook", "程序"),
        (b"\x01\x02\x03\x04", "not_workbook", "无法识别"),
        ("你好，这不是表格".encode(), "not_workbook", "普通文字"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "html", "网页"),
        ("\n<!DOCTYPE html><html>".encode("utf-16"), "html", "网页"),
        (b'<?xml version="1.0"?><Workbook xmlns="urn:schemas"/>', "html", "另存为"),
        (b"MIME-Version: 1.0\nContent-Type: multipart/related", "html", "网页"),
        (
            b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>',
            "external_entity",
            "实体",
        ),
    ],
)
def test_content_that_is_no_table_is_refused_with_a_cure(tmp_path, content, code, word):
    error = refusal(written(tmp_path, content))

    assert error.code == code
    assert word in str(error)
    assert "再上传" in str(error)


def test_encrypted_workbook_asks_to_remove_the_password():
    error = refusal(FILES / "encrypted.xlsx")

    assert error.code == "encrypted"
    assert "删去密码" in str(error)


def test_ole_without_workbook_and_cut_ole_are_refused(tmp_path):
    genuine = (FILES / "list.xls").read_bytes()
    word = genuine.replace("Workbook".encode("utf-16-le"), "WordDocs".encode("utf-16-le"))

    assert inspection(FILES / "list.xls").format == "xls"
    assert refusal(written(tmp_path, word)).code == "not_workbook"
    assert refusal(written(tmp_path, genuine[:300])).code == "truncated"
    assert refusal(written(tmp_path, genuine[:600])).code == "truncated"


def test_ole_directory_that_loops_ends(tmp_path):
    loop = bytearray((FILES / "list.xls").read_bytes())
    directory = struct.unpack_from("<I", loop, 48)[0]
    table = struct.unpack_from("<I", loop, 76)[0]
    struct.pack_into("<I", loop, (table + 1) * 512 + directory * 4, directory)

    assert inspection(written(tmp_path, bytes(loop))).format == "xls"


def test_truncated_zip_is_called_incomplete(tmp_path):
    whole = write_workbook(tmp_path / "whole.xlsx", ROWS).read_bytes()

    for kept in (10, len(whole) // 2, len(whole) - 30):
        error = refusal(written(tmp_path, whole[:kept]))
        assert error.code == "truncated"
        assert "不完整" in str(error)


@pytest.mark.parametrize("place", [-9, 2**64 - 1])
def test_parts_outside_of_the_file_are_damage(tmp_path, place):
    with open(write_workbook(tmp_path / "whole.xlsx", ROWS), "rb") as handle:
        part = guard.parts_of(handle, (tmp_path / "whole.xlsx").stat().st_size, guard.DEFAULT_LIMITS)[0]
        part.header_offset = place

        with pytest.raises(UnusableFile, match="部件位置不合法"):
            list(guard.inflate(handle, part))


def test_changed_compressed_bytes_are_noticed(tmp_path):
    data = bytearray(write_workbook(tmp_path / "whole.xlsx", ROWS * 50).read_bytes())
    at = data.find(b"xl/worksheets/sheet1.xml") + 60
    data[at : at + 4] = bytes(byte ^ 0xFF for byte in data[at : at + 4])

    assert refusal(written(tmp_path, bytes(data))).code == "damaged"


@pytest.mark.parametrize(
    ("names", "word"),
    [
        (["[Content_Types].xml", "word/document.xml"], "Word"),
        (["[Content_Types].xml", "ppt/presentation.xml"], "PowerPoint"),
        (["photo.jpg"], "压缩包"),
        ([], "空的压缩包"),
    ],
)
def test_other_packages_are_named(tmp_path, names, word):
    error = refusal(write_package(tmp_path / "a.xlsx", dict.fromkeys(names, "x")))

    assert error.code == "not_workbook"
    assert word in str(error)


@pytest.mark.parametrize("name", ["evil.exe", "../xl/a.xml", "/etc/passwd", "xl\\..\\..\\a", "run/me.js"])
def test_unknown_parts_are_refused(tmp_path, name):
    path = write_package(tmp_path / "a.xlsx", parts(sheet_xml(ROWS)) | {name: "x"})

    assert refusal(path).code == "not_workbook"


def test_parts_of_wps_and_labels_are_accepted(tmp_path):
    extra = dict.fromkeys(
        ["customXml/item1.xml", "docMetadata/LabelInfo.xml", "customStorage/customStorage.xml"], "<a/>"
    )

    assert inspection(write_package(tmp_path / "a.xlsx", parts(sheet_xml(ROWS)) | extra)).format == "xlsx"


def test_many_entries_are_refused_before_they_become_objects(tmp_path):
    path = write_package(
        tmp_path / "a.xlsx", parts(sheet_xml(ROWS)) | {f"xl/media/{n}.png": "" for n in range(60_000)}
    )

    code, text, seconds, megabytes = measured_refusal(path)

    assert code == "zip_bomb"
    assert "200 个" in text
    assert seconds < 2
    assert megabytes < 100


def test_zip_bomb_of_1_5_gb_costs_nothing(tmp_path):
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts(sheet_xml(ROWS)).items():
            archive.writestr(name, text)
        with archive.open("xl/sharedStrings.xml", "w", force_zip64=True) as part:
            for _ in range(1500):
                part.write(b" " * 1_000_000)
    assert path.stat().st_size < 2_000_000

    code, text, seconds, megabytes = measured_refusal(path)

    assert (code, "压缩炸弹" in text) == ("zip_bomb", True)
    assert seconds < 2
    assert megabytes < 200


def test_bomb_that_lies_about_its_size_is_stopped_while_streaming(tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts(sheet_xml(ROWS)).items():
            archive.writestr(name, text)
        with archive.open("xl/sharedStrings.xml", "w") as part:
            for _ in range(300):
                part.write(b" " * 1_000_000)
    lying = buffer.getvalue().replace(struct.pack("<I", 300_000_000), struct.pack("<I", 3_000))
    path = written(tmp_path, lying)

    code, _, seconds, megabytes = measured_refusal(path)

    assert code == "zip_bomb"
    assert seconds < 2
    assert megabytes < 100


def test_well_compressed_real_sheet_passes_the_ratio(tmp_path):
    path = write_workbook(tmp_path / "a.xlsx", [["存续", "存续", "存续"]] * 20_000)

    assert inspection(path).unpacked > 2_000_000


@pytest.mark.parametrize("reference", ["XFD1048576", "A1048577", "A100021", "GS2", "AAA1"])
def test_cell_with_content_beyond_the_limits_is_refused(tmp_path, reference):
    row = re.sub("[A-Z]", "", reference)
    far = f'<row r="{row}">{cell(reference, "x")}</row>'
    path = write_workbook(tmp_path / "a.xlsx", sheet_xml(ROWS, far))

    code, text, seconds, megabytes = measured_refusal(path)

    assert code in {"too_many_rows", "too_many_columns"}
    assert reference in text
    assert seconds < 2
    assert megabytes < 100


def test_far_cells_are_seen_in_every_spelling(tmp_path):
    spellings = [
        "<row r='2'><c s='1' r='XFD2'><v>1</v></c></row>",
        '<row r="2"><c r="XFD2" s="1">\n <v>1</v></c></row>',
        '<row r="1048576"><c><v>1</v></c></row>',
        '<row r="1048576" spans="1:2"><c t="str"><v>1</v></c></row>',
    ]

    for far in spellings:
        error = refusal(write_workbook(tmp_path / "a.xlsx", sheet_xml(ROWS, far)))
        assert error.code in {"too_many_rows", "too_many_columns"}, far


def test_far_cells_are_seen_behind_the_first_segments(tmp_path):
    rows = [["上海虚构甲有限公司" * 5] * 3] * 12_000
    path = write_workbook(tmp_path / "a.xlsx", sheet_xml(rows, row_xml(200_000, ["x"])))
    assert inspection(write_workbook(tmp_path / "b.xlsx", rows)).unpacked > 3 * guard.MEGABYTE

    assert refusal(path).code == "too_many_rows"


@pytest.mark.parametrize("claim", ["A1:P1048577", "A1:XFE20", "A1:XFD1048576"])
def test_impossible_dimension_is_refused(tmp_path, claim):
    code, text, seconds, megabytes = measured_refusal(
        write_workbook(tmp_path / "a.xlsx", sheet_xml(ROWS, dimension=claim))
    )

    assert code in {"too_many_rows", "too_many_columns"}
    assert "声称" in text
    assert seconds < 2
    assert megabytes < 100


def test_wide_dimension_and_empty_styled_rows_are_harmless(tmp_path):
    styled = "".join(
        f'<row r="{n}"><c r="A{n}" s="1"/><c r="XFD{n}" s="1"></c></row>' for n in range(100_500, 101_500)
    )
    path = write_workbook(tmp_path / "a.xlsx", sheet_xml(ROWS, styled, dimension="A1:P1048576"))

    assert inspection(path).format == "xlsx"


def test_limits_are_settings(tmp_path):
    path = write_workbook(tmp_path / "a.xlsx", [["a", "b", "c"]] * 40)

    assert refusal(path, Limits(max_rows=10)).code == "too_many_rows"
    assert refusal(path, Limits(max_columns=2)).code == "too_many_columns"
    assert refusal(path, Limits(max_file=100)).code == "too_large"
    assert refusal(path, Limits(max_entries=3)).code == "zip_bomb"


@pytest.mark.parametrize(
    "declaration",
    [
        '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>',
    ],
)
@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml"])
def test_entities_are_refused_in_every_part(tmp_path, declaration, part):
    contents = {"xl/styles.xml": '<?xml version="1.0"?><styleSheet/>'} | parts(sheet_xml(ROWS))
    head, sep, rest = contents[part].partition("?>") if "?>" in contents[part] else ("", "", contents[part])
    contents[part] = f"{head}{sep}{declaration}{rest}"

    code, text, seconds, megabytes = measured_refusal(write_package(tmp_path / "a.xlsx", contents))

    assert code == "external_entity"
    assert "DOCTYPE" in text
    assert seconds < 2
    assert megabytes < 100


def test_utf_16_parts_cannot_hide_a_declaration(tmp_path):
    contents = parts(sheet_xml(ROWS))
    contents["xl/styles.xml"] = '<!DOCTYPE a [<!ENTITY b "c">]><a/>'.encode("utf-16")

    assert refusal(write_package(tmp_path / "a.xlsx", contents)).code == "damaged"


def test_formulas_without_value_errors_and_hidden_rows_are_noted(tmp_path):
    extra = (
        '<row r="3"><c r="A3"><f>SUM(B1:B2)</f></c><c r="B3"><f>1+1</f><v>2</v></c>'
        '<c r="C3"><f>X1</f><v></v></c><c r="D3" t="str"><f>""</f><v></v></c>'
        '<c r="E3"><f t="shared" si="0"/></c><c r="F3" t="str"><f>A1</f></c></row>'
        '<row r="4" hidden="1" ht="0"><c r="AB4" s="3" t="e"><v>#N/A</v></c></row>'
        '<row ht="0" hidden="true" r="6"/><row r="7" hidden="0"/>'
    )

    scan = inspection(write_workbook(tmp_path / "a.xlsx", sheet_xml(ROWS, extra))).scans["表1"]

    assert scan.formulas_without_value == {(3, 0), (3, 2), (3, 4), (3, 5)}
    assert scan.error_cells == {(4, 27)}
    assert scan.hidden_rows == {4, 6}


@pytest.mark.parametrize(
    "tag", ["<c ", '<c t="e" ', "<row ", "<row hidden='1' ", ' r="XFD1" ', "<dimension ", '<c r="A1"><f ']
)
def test_tags_that_never_end_cost_little(tmp_path, tag):
    endless = f'<row t="e" hidden="1"><f>{tag * (300_000 // len(tag))}'
    path = write_workbook(tmp_path / "a.xlsx", sheet_xml(ROWS, endless))
    started = time.process_time()

    inspection(path)

    assert time.process_time() - started < 2  # hours, when each tag was followed to the end of the part


def test_places_written_with_thousands_of_signs_are_refused(tmp_path):
    far = f'<row r="2"><c r="A{"9" * 5000}"><v>1</v></c></row>'
    error = refusal(write_workbook(tmp_path / "a.xlsx", sheet_xml(ROWS, far)))
    wide = refusal(write_workbook(tmp_path / "b.xlsx", sheet_xml(ROWS, dimension=f"A1:{'Z' * 900_000}5")))

    assert (error.code, wide.code) == ("too_many_rows", "too_many_columns")
    assert max(len(str(error)), len(str(wide))) < 200


def test_prefixed_xml_is_scanned_too(tmp_path):
    text = (
        f'<x:worksheet xmlns:x="{"http://schemas.openxmlformats.org/spreadsheetml/2006/main"}"><x:sheetData>'
        '<x:row r="1" hidden="1"><x:c r="A1"><x:f>B1</x:f></x:c><x:c r="B1" t="e"><x:v>#REF!</x:v></x:c></x:row>'
        "</x:sheetData></x:worksheet>"
    )

    scan = inspection(write_workbook(tmp_path / "a.xlsx", text)).scans["表1"]

    assert (scan.hidden_rows, scan.formulas_without_value, scan.error_cells) == ({1}, {(1, 0)}, {(1, 1)})


@pytest.mark.parametrize("name", ["表1", "表2"])
def test_a_sheet_listed_twice_is_refused(tmp_path, name):
    contents = parts(sheet_xml(ROWS))
    twice = f'<sheet name="{name}" sheetId="2" r:id="rId1"/></sheets>'
    contents["xl/workbook.xml"] = contents["xl/workbook.xml"].replace("</sheets>", twice)

    assert refusal(write_package(tmp_path / "a.xlsx", contents)).code == "damaged"


def test_workbook_without_sheets_is_refused(tmp_path):
    assert refusal(write_package(tmp_path / "a.xlsx", parts())).code == "no_sheet"


@pytest.mark.parametrize("index", [0, 25, 26, 199, 701, 702, 16_383])
def test_column_letters_and_index_are_inverse(index):
    assert column_index(column_letters(index)) == index


def test_column_letters_of_the_last_column():
    assert (column_letters(0), column_letters(26), column_letters(16_383)) == ("A", "AA", "XFD")


def test_guard_of_the_monthly_list_is_fast():
    best = 9.0
    for _ in range(3):
        started = time.process_time()
        found = inspection(SAMPLES / "enterprises-2026-10.xlsx")
        best = min(best, time.process_time() - started)

    assert found.unpacked > 6_000_000
    assert best < 0.15
