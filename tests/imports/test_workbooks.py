"""The workbooks people download, and that they come back in."""

import io

import pytest
from openpyxl import load_workbook

from imports import workbooks
from imports.models import RunState
from imports.resources import KINDS
from orgs.models import Enterprise
from tests import builders
from tests.imports.helpers import apply, stage, workbook

pytestmark = pytest.mark.django_db

HEADERS = ("企业名称", "统一社会信用代码", "从业人数", "党员人数", "联系电话", "备注栏")


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def errors(run, *, masked=False) -> bytes:
    target = io.BytesIO()
    workbooks.error_workbook(run, KINDS[run.kind](user=run.created_by), target, masked=masked)
    return target.getvalue()


def sheet_of(content: bytes):
    return load_workbook(io.BytesIO(content)).active


# --- Template -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_an_empty_template_sent_back_says_that_it_has_no_rows(kind):
    builders.make_park()

    run = stage(kind, workbooks.template(KINDS[kind]()), full_list=True)

    assert run.state == RunState.FAILED
    assert "没有数据行" in run.error


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_column_of_a_template_is_recognised(kind):
    resource = KINDS[kind]()
    book = load_workbook(io.BytesIO(workbooks.template(resource)))
    sheet = book.worksheets[0]
    for number, column in enumerate(resource.file_columns, 1):
        sheet.cell(2, number, column.example or "某")
    stream = io.BytesIO()
    book.save(stream)

    run = stage(kind, stream.getvalue())

    assert run.state == RunState.STAGED
    assert run.mapping == {column.name: n for n, column in enumerate(resource.file_columns)}
    assert run.counts["rows"] == 1
    assert not any("工作表" in note for note in run.notes)


def test_template_offers_parks_and_keeps_codes_as_text():
    park = builders.make_park(name="虚构园")
    builders.make_park(name="虚构子园", parent=park)

    book = load_workbook(io.BytesIO(workbooks.template(KINDS["enterprises"]())))

    sheet, options = book["企业名单"], book["选项"]
    assert options.sheet_state == "hidden"
    labels = [cell.value for cell in sheet[1]]
    park_letter = sheet.cell(1, labels.index("所属园区") + 1).column_letter
    assert [options[f"{park_letter}{row}"].value for row in (1, 2)] == ["虚构园", "虚构子园"]
    rules = {str(rule.sqref): rule.formula1 for rule in sheet.data_validations.dataValidation}
    assert rules[f"{park_letter}2:{park_letter}20000"] == f"'选项'!${park_letter}$1:${park_letter}$2"
    assert sheet.column_dimensions["B"].number_format == "@"
    assert sheet.freeze_panes == "A2"
    explained = {row[0].value: [cell.value for cell in row] for row in book["填写说明"].iter_rows(min_row=2)}
    assert explained["统一社会信用代码"][1] == "必填"
    assert "虚构园" in explained["所属园区"][2]


def test_names_that_look_like_formulas_stay_text_in_the_template():
    builders.make_park(name="=1+1园")

    book = load_workbook(io.BytesIO(workbooks.template(KINDS["enterprises"]())))

    cells = [cell for row in book["选项"].iter_rows() for cell in row if cell.value == "=1+1园"]
    assert [cell.data_type for cell in cells] == ["s"]


# --- Rejected rows --------------------------------------------------------------------------------------


def test_rejected_rows_come_back_with_their_faults_marked_and_are_read_again():
    good, bad = builders.credit_code(), builders.credit_code()
    content = workbook(
        HEADERS,
        ("上海甲科技有限公司", good, 10, 1, "19900001111", "不动"),
        ("'=cmd|甲", bad, "很多", 1, "19900001234", "原样"),
        ("", "0123", 5, 9, "", ""),
    )
    run = stage("enterprises", content)
    apply(run)

    sheet = sheet_of(errors(run))

    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[0] == [*HEADERS, "错误说明"]
    assert rows[1][:6] == ["=cmd|甲", bad, "很多", "1", "19900001234", "原样"]
    assert sheet["A2"].data_type == "s"
    assert "从业人数" in sheet["C2"].comment.text
    assert sheet["C2"].fill.fgColor.rgb == "FFF8D7DA"
    assert sheet["B2"].comment is None
    assert sheet["B2"].number_format == "@"
    assert rows[2][1] == "0123"
    assert {c.coordinate for c in sheet[3] if c.comment} == {"A3", "B3", "D3"}
    assert "第5行" in rows[2][6]

    sheet["C2"] = "25"
    sheet["A3"], sheet["B3"], sheet["D3"] = "上海丙科技有限公司", builders.credit_code(), 2
    stream = io.BytesIO()
    sheet.parent.save(stream)
    again = stage("enterprises", stream.getvalue())
    assert (again.state, again.counts["new"], again.counts["rejected"]) == (RunState.STAGED, 2, 0)
    apply(again)
    assert Enterprise.objects.get(credit_code=bad).contact_phone == "19900001234"


def test_telephones_are_masked_for_who_did_not_upload():
    run = stage(
        "enterprises",
        workbook(HEADERS, ("上海甲科技有限公司", builders.credit_code(), "很多", 1, "19900001234", "")),
    )

    row = [cell.value for cell in sheet_of(errors(run, masked=True))[2]]

    assert row[4] == "199****1234"


def test_a_header_of_two_lines_becomes_one_that_is_recognised():
    book = workbook(
        ("企业名称", "统一社会信用代码", "联系人", ""),
        ("", "", "姓名", "电话"),
        ("上海甲科技有限公司", builders.credit_code(), "某人", "没有"),
    )
    run = stage("enterprises", book)
    assert run.header_rows == [2, 3]

    again = stage("enterprises", errors(run))

    assert again.state == RunState.STAGED
    assert again.mapping == run.mapping
    assert again.counts["rejected"] == 1


def test_columns_assigned_by_hand_are_named_so_that_they_are_found():
    run = stage(
        "enterprises", workbook(("甲", "乙", "丙"), ("上海甲科技有限公司", builders.credit_code(), "很多"))
    )
    run.mapping = {"name": 0, "credit_code": 1, "employees": 2}

    headers = workbooks.error_headers(run, KINDS["enterprises"]())

    assert headers == ["企业名称", "统一社会信用代码", "从业人数"]


def test_capital_in_yuan_stays_capital_in_yuan():
    headers = ("企业名称", "统一社会信用代码", "注册资本（元）", "从业人数")
    code = builders.credit_code()
    run = stage("enterprises", workbook(headers, ("上海甲科技有限公司", code, 5_000_000, "很多")))
    sheet = sheet_of(errors(run))
    sheet["D2"] = "25"
    stream = io.BytesIO()
    sheet.parent.save(stream)

    apply(stage("enterprises", stream.getvalue()))

    assert Enterprise.objects.get(credit_code=code).capital == 500
