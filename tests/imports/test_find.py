import time
from pathlib import Path

import pytest

from imports.find import FieldSpec, apply_mapping, find_table, header_unit, normalise_header, snippet
from imports.reader import Sheet, UnusableFile, Workbook, read_workbook

SAMPLES = Path(__file__).resolve().parents[1] / "samples"


def spec(name, label, *synonyms, required=False):
    return FieldSpec(name, label, synonyms, required)


ENTERPRISES = (
    spec("name", "企业名称", "单位名称", "公司名称", "市场主体名称", required=True),
    spec("code", "统一社会信用代码", "社会信用代码", "信用代码", required=True),
    spec("legal", "法定代表人", "负责人"),
    spec("capital", "注册资本", "注册资金"),
    spec("founded", "成立日期", "注册日期", "设立时间"),
    spec("status", "登记状态", "经营状态", "企业状态"),
    spec("park", "所属园区", "园区名称"),
    spec("staff", "从业人数", "员工人数"),
    spec("phone", "联系电话", "手机", "电话"),
)
PARKS = (
    spec("name", "园区名称", "名称", required=True),
    spec("area", "所属片区", "片区"),
    spec("cluster", "主导产业集群", "产业集群"),
    spec("parent", "上级园区"),
)
HEADER = ["序号", "企业名称", "统一社会信用代码", "从业人数"]
CODE = "91999999MAFAKE019F"


def book(*sheets, hidden=()) -> Workbook:
    made = []
    for index, rows in enumerate(sheets):
        width = max(map(len, rows), default=0)
        padded = [[*row, *[""] * (width - len(row))] for row in rows]
        made.append(Sheet(name=f"表{index + 1}", rows=padded, hidden=index in hidden))
    return Workbook(sheets=made, format="xlsx")


def data_row(number, name="上海虚构甲科技有限公司", code=CODE, staff=5):
    return [number, name, code, staff]


def reasons(found) -> dict[int, str]:
    return {row: reason for row, reason, _ in found.ignored}


def test_monthly_list_has_its_header_in_row_3_and_9130_rows():
    found = find_table(read_workbook(SAMPLES / "enterprises-2026-10.xlsx"), ENTERPRISES)

    assert (found.sheet_index, found.header_rows, found.missing) == (0, (3,), [])
    assert (len(found.data), found.data[0][0], found.data[-1][0]) == (9130, 4, 9133)
    assert reasons(found) == {1: "标题行", 2: "单位行", 9134: "合计行", 9135: "填表人行"}
    assert found.columns["name"] == 1
    assert found.columns["phone"] == 14
    assert found.unit_line.startswith("单位：万元、人")
    assert "序号" in [found.headers[index] for index in found.unmatched]


def test_other_samples_are_found():
    november = find_table(read_workbook(SAMPLES / "enterprises-2026-11.xlsx"), ENTERPRISES)
    parks = find_table(read_workbook(SAMPLES / "parks.xlsx"), PARKS)

    assert len(november.data) == 9241
    assert (parks.header_rows, len(parks.data)) == ((1,), 145)
    assert parks.columns == {"name": 0, "area": 1, "cluster": 2, "parent": 3}


def test_header_in_row_12_is_found():
    found = find_table(book([["说明"]] * 5 + [[""]] * 6 + [HEADER, data_row(1)]), ENTERPRISES)

    assert found.header_rows == (12,)
    assert found.data == [(13, data_row(1))]


def test_two_header_rows_are_joined_and_groups_inherited():
    rows = [
        ["企业名单"],
        ["序号", "企业名称", "登记信息", "", "", "法定代表人", "", "备注"],
        ["", "", "统一社会信用代码", "注册资本\n（万元）", "成立日期", "姓名", "联系电话", ""],
        [1, "上海虚构甲科技有限公司", CODE, 500, "2024-05-01", "张三", "021-00000000", ""],
    ]

    found = find_table(book(rows), ENTERPRISES)

    assert found.header_rows == (2, 3)
    assert found.headers == [
        "序号",
        "企业名称",
        "登记信息统一社会信用代码",
        "登记信息注册资本（万元）",
        "登记信息成立日期",
        "法定代表人姓名",
        "法定代表人联系电话",
        "备注",
    ]
    assert found.columns == {"name": 1, "code": 2, "capital": 3, "founded": 4, "legal": 5, "phone": 6}
    assert found.header_units == {3: "万元"}
    assert [row for row, _ in found.data] == [4]


def test_a_single_header_is_not_joined_with_its_first_data_row():
    found = find_table(book([HEADER, ["", "上海虚构甲科技有限公司", "", ""], data_row(2)]), ENTERPRISES)

    assert found.header_rows == (1,)
    assert [row for row, _ in found.data] == [2, 3]


def test_all_columns_renamed_to_synonyms():
    header = [
        "市场主体名称",
        "社会信用代码",
        "负责人",
        "注册资金",
        "设立时间",
        "企业状态",
        "园区名称",
        "员工人数",
        "手机",
    ]

    found = find_table(book([header, ["甲", CODE]]), ENTERPRISES)

    assert list(found.columns.values()) == list(range(9))
    assert list(found.columns) == [item.name for item in ENTERPRISES]


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("企业名称（全称）", "name"),
        ("*企业名称", "name"),
        ("1.企业名称", "name"),
        ("企业(机构)名称", "name"),
        ("企业全称名称", None),
        ("企业登记状态", "status"),
        ("法定代表人姓名", "legal"),
        ("代表人", "legal"),
        ("上级单位名称", None),
        ("法定代表人电话", None),
        ("紧急联系电话", None),
        ("企业联系电话", "phone"),
    ],
)
def test_similar_headers_match_only_when_the_meaning_is_the_same(header, field):
    rows = [["统一社会信用代码", "成立日期", "注册资本", header], [CODE, "2024-05-01", 5, "甲"]]

    found = find_table(book(rows), ENTERPRISES)

    assert {name for name, column in found.columns.items() if column == 3} == ({field} if field else set())


def test_exact_header_beats_similar_one_and_no_column_is_taken_twice():
    rows = [
        ["法定代表人电话", "企业联系电话", "联系电话", "企业名称", "信用代码", "单位名称"],
        [1, 2, 3, 4, 5, 6],
    ]

    found = find_table(book(rows), ENTERPRISES)

    assert found.columns == {"name": 3, "code": 4, "phone": 2}
    assert found.unmatched == [0, 1, 5]


def test_synonyms_are_preferred_in_their_order():
    rows = [["经营状态", "登记状态", "企业名称", "信用代码"], ["存续", "存续", "甲", CODE]]

    assert find_table(book(rows), ENTERPRISES).columns["status"] == 1


def test_missing_required_columns_are_reported_for_correction():
    found = find_table(book([["企业名称", "成立日期", "注册资本"], ["甲", "", 5]]), ENTERPRISES)

    assert found.missing == ["code"]


def test_required_headers_are_enough_when_there_are_fewer_than_three():
    assert find_table(book([["园区名称"], ["甲园"]]), PARKS).data == [(2, ["甲园"])]
    assert find_table(book([["企业名称", "信用代码"], ["甲", CODE]]), ENTERPRISES).header_rows == (1,)


def test_missing_header_says_what_was_looked_for_and_seen():
    rows = [["上海虚构甲科技有限公司", CODE, "19900001234", 999999190001010015], ["乙", CODE, "", ""]]

    with pytest.raises(UnusableFile) as caught:
        find_table(book(rows), ENTERPRISES)

    assert caught.value.code == "header_missing"
    assert "“企业名称”、“统一社会信用代码”" in str(caught.value)
    assert "第 1 行是：“上海虚构甲科技有限" in str(caught.value)
    assert "19900001234" not in str(caught.value)
    assert "999999190001010015" not in str(caught.value)


def test_header_beyond_the_first_15_filled_rows_is_not_found():
    with pytest.raises(UnusableFile, match="前 15 行"):
        find_table(book([["说明"]] * 15 + [HEADER, data_row(1)]), ENTERPRISES)


def test_best_visible_sheet_wins_and_others_are_named():
    partial = [["企业名称", "信用代码"], ["甲", CODE]]
    full = [HEADER, data_row(1)]

    found = find_table(book([["填写说明"]], partial, full, full), ENTERPRISES)

    assert found.sheet_index == 2
    assert found.other_sheets == ["表4"]


def test_hidden_sheet_is_used_only_without_a_visible_one():
    hidden_first = book([HEADER, data_row(1)], [["企业名称", "信用代码"], ["甲", CODE]], hidden=(0,))
    only_hidden = book([HEADER, data_row(1)], [["封面"]], hidden=(0,))

    assert find_table(hidden_first, ENTERPRISES).sheet_index == 1
    assert find_table(only_hidden, ENTERPRISES).sheet_index == 0


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (["", "", "", ""], "空行"),
        (["　", "\xa0", "", ""], "空行"),
        (["合 计", "9130家", "", 52_000], "合计行"),
        (["", "小计：", "", 300], "合计行"),
        ([3, "合计", "", 300], "合计行"),
        (["3", "总计", "", "300"], "合计行"),
        (["张江片区合计", "", "", 300], "合计行"),
        (["合计（9130家）", "", "", ""], "合计行"),
        (["填表人：张三", "", "审核人：", "李四"], "填表人行"),
        (["单位负责人（签字）：", "", "", ""], "填表人行"),
        (["填报日期：2026-10-31", "", "", ""], "填表人行"),
        (["", "制表：", "", "2026-10-31"], "填表人行"),
        (["2026年10月31日", "", "", ""], "日期行"),
        (["注：本表由市场监管部门提供", "", "", ""], "填表说明"),
        (["填表说明：1.企业名称按执照填写", "", "", ""], "填表说明"),
        (["2、从业人数按月末实有人数填写，不含外包人员", "", "", ""], "填表说明"),
        (["以上数据仅供内部使用。", "", "", ""], "填表说明"),
        (HEADER, "重复表头"),
        (["序 号", "企业\n名称", "统一社会信用代码", "从业人数"], "重复表头"),
        (["企业名单", "", "", ""], "重复标题"),
        (["单位：万元", "", "", ""], "重复标题"),
    ],
)
def test_rows_that_are_no_data_are_listed_with_their_reason(row, reason):
    found = find_table(book([["企业名单"], HEADER, data_row(1), data_row(2), row, data_row(3)]), ENTERPRISES)

    assert reasons(found) == {1: "标题行", 5: reason}
    assert [number for number, _ in found.data] == [3, 4, 6]


@pytest.mark.parametrize(
    "row",
    [
        ["", "合计", CODE, ""],
        ["", "合计（上海）科技有限公司", CODE, ""],
        ["合计", "上海虚构甲科技有限公司", "", 5],
        ["", "总计科技有限公司", "", 5],
        [5, "", CODE, ""],
        [5, "", "", 3],
        ["", "注册咨询有限公司", "", ""],
        ["", "日期科技有限公司", "", ""],
        ["说明：", "上海虚构甲科技有限公司", CODE, 5],
        ["填表人：", "", CODE, ""],
    ],
)
def test_a_row_that_looks_like_data_is_never_ignored(row):
    found = find_table(book([HEADER, data_row(1), data_row(2), data_row(3), row]), ENTERPRISES)

    assert [number for number, _ in found.data] == [2, 3, 4, 5]


def test_column_numbers_under_the_header_are_ignored():
    rows = [HEADER, ["甲", "乙", "1", "2"], [1, 2, 3, 4], data_row(1)]

    assert reasons(find_table(book(rows), ENTERPRISES)) == {2: "栏次行", 3: "栏次行"}


def test_numbers_in_the_ignored_texts_are_cut():
    found = find_table(book([HEADER, data_row(1), ["填表人：张三 19900001234"]]), ENTERPRISES)

    assert found.ignored == [(3, "填表人行", "填表人：张三 199…")]
    assert len(snippet("长" * 100)) == 60


def test_mapping_chosen_by_a_person_is_applied():
    rows = [["名单"], ["甲列", "乙列", "人数（人）"], ["上海虚构甲科技有限公司", CODE, 5], ["合计", "", 5]]
    columns = {"name": 0, "code": 1, "staff": 9}

    found = apply_mapping(book(rows), 0, (2,), columns, ENTERPRISES)

    assert found.columns == {"name": 0, "code": 1}
    assert (found.unmatched, found.missing, found.header_units) == ([2], [], {2: "人"})
    assert found.data == [(3, rows[2])]
    assert reasons(found) == {1: "标题行", 4: "合计行"}


def test_mapping_without_a_header_reads_from_the_first_row():
    found = apply_mapping(book([["上海虚构甲科技有限公司", CODE]]), 0, (), {"name": 0, "code": 1})

    assert (found.headers, found.data) == (["", ""], [(1, ["上海虚构甲科技有限公司", CODE])])


@pytest.mark.parametrize(("sheet", "rows"), [(3, (1,)), (0, (9,)), (0, (0,))])
def test_mapping_that_does_not_fit_the_file_is_refused(sheet, rows):
    with pytest.raises(UnusableFile, match="重新选择表头") as caught:
        apply_mapping(book([HEADER]), sheet, rows, {"name": 0})

    assert caught.value.code == "header_missing"


@pytest.mark.parametrize(
    ("text", "normal", "unit"),
    [
        ("注册资本（万元）", "注册资本", "万元"),
        ("注册资本(单位：万元)", "注册资本", "万元"),
        ("注册资本/万元", "注册资本", "万元"),
        ("注册资本万元", "注册资本", "万元"),
        ("注册资本（万）", "注册资本", "万"),
        ("从业人数【人】", "从业人数", "人"),
        ("占比(%)", "占比", "%"),
        ("* 企业　名称\n（必填）：", "企业名称", ""),
        ("（1）企业名称", "企业名称", ""),
        ("三、企业名称", "企业名称", ""),
        ("成立日期（格式：2024-05-01）", "成立日期", ""),
        ("ＵＳＣＣ", "uscc", ""),
        ("姓名（曾用名）", "姓名(曾用名)", ""),
        ("万元", "万元", ""),
        (2026, "2026", ""),
    ],
)
def test_headers_are_compared_without_decoration(text, normal, unit):
    assert (normalise_header(text), header_unit(text)) == (normal, unit)


def test_a_header_of_nothing_but_marks_costs_little():
    started = time.process_time()

    assert normalise_header("：" * 300_000 + "从业人数*：") == ":" * 300_000 + "从业人数"
    assert time.process_time() - started < 2
