"""Import of the roll: what is refused and how it is said, what is written, who may, and the way back."""

import datetime as dt
import io
import json

import pytest
from django.core.exceptions import ValidationError
from django.test import override_settings
from django.urls import reverse
from openpyxl import load_workbook

from imports import engine
from imports.actions import keep_duplicate, mend_row, stage_run
from imports.models import ImportRun, Outcome
from members.actions import register
from members.actions.absences import start_absence
from members.models import Member, NameKey, Posting
from members.resources import MemberResource
from orgs.kinds import OrganisationKind
from orgs.models import AuditAction, AuditEvent, Role
from portal.settings import development_key
from tests import builders
from tests.imports.helpers import apply, contents, stage, undo, workbook

pytestmark = pytest.mark.django_db
HEADERS = (
    "姓名", "公民身份号码", "性别", "民族", "出生日期", "学历", "入党日期", "转正日期", "党员类别", "所在党支部代码",
    "工作单位信用代码", "职务", "专业技术职称", "是否研发人员", "手机号码", "是否流动党员",
)  # fmt: skip
REGISTER = (Member, Posting, NameKey)


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def top():
    return builders.make_organisation()


@pytest.fixture
def committee(top):
    return builders.make_organisation(top, OrganisationKind.AREA_COMMITTEE)


@pytest.fixture
def branch(committee):
    return builders.make_organisation(committee, code="B-1")


@pytest.fixture
def elsewhere(top):
    return builders.make_organisation(top, code="B-9", name="城南党支部")


@pytest.fixture
def officer(committee):
    return builders.make_user(Role.OFFICER, committee)


@pytest.fixture
def above(top):
    """An officer who sees every enterprise and every member."""
    return builders.make_user(Role.OFFICER, top)


def line(**kw) -> dict:
    """A row without a fault; `kw` by header."""
    return {
        "姓名": "单立新",
        "公民身份号码": builders.identity_number(),
        "性别": "男",
        "民族": "汉族",
        "出生日期": dt.date(1990, 5, 17),
        "学历": "大学本科",
        "入党日期": "2015-07-01",
        "转正日期": "2016-07-01",
        "党员类别": "正式党员",
        "所在党支部代码": "B-1",
        "工作单位信用代码": "",
        "职务": "工程师",
        "专业技术职称": "副高级",
        "是否研发人员": "是",
        "手机号码": "19900001234",
        "是否流动党员": "否",
    } | kw


def roll(*lines) -> bytes:
    return workbook(HEADERS, *([each[header] for header in HEADERS] for each in lines))


def judged(user, *lines):
    """The engine's rows without a file around them, first row 2."""
    resource = MemberResource(user=user)
    names = {column.label: column.name for column in resource.file_columns}
    headers = list(lines[0])
    batch = engine.Batch(
        list(range(2, 2 + len(lines))),
        [[each[header] for header in headers] for each in lines],
        {names[header]: position for position, header in enumerate(headers)},
    )
    engine.evaluate(resource, batch, lambda *progress: None)
    return engine.compare(resource, batch)


def said(user, *lines) -> list[tuple[str, str]]:
    """(code, sentence) of every problem."""
    rows = judged(user, *lines)
    return [(problem.code, problem.text(row.row_number)) for row in rows for problem in row.problems]


def member_with(number):
    return Member.objects.with_identity(number).get()


# --- Refusals -----------------------------------------------------------------------------------------------

NUMBER = "999902199005170018"  # of a man; its check character is right
THIRTY = dt.date(2008, 5, 17)  # 18 years after that birthday
BABY = {"公民身份号码": NUMBER, "出生日期": "1990-05-17", "转正日期": ""}


@pytest.mark.parametrize(
    ("change", "code", "sentence"),
    [
        ({"姓名": ""}, "name_missing", "“姓名”为空，请补填。"),
        ({"公民身份号码": ""}, "required_missing", "“公民身份号码”为空，请补填。"),
        (
            {"公民身份号码": NUMBER[:17]},
            "id_number_check",
            "“公民身份号码”“***************01”应为18位，请对照证件核对；15位旧号码请换用18位号码。",
        ),
        (
            {"公民身份号码": NUMBER[:17] + "5"},
            "id_number_check",
            "“公民身份号码”“999902**********15”校验位不正确，请对照证件核对。",
        ),
        ({"公民身份号码": "99990219900230001X"}, "id_number_check", "中的出生日期不存在，请对照证件核对。"),
        (
            {"公民身份号码": 999902199005170018},
            "precision_lost",
            "末几位已失真，请将该列设为文本后重新填写。",
        ),
        (
            {"公民身份号码": NUMBER, "出生日期": "1990-05-18"},
            "id_number_birthday",
            "“出生日期”“1990-05-18”与证件号码中的出生日期1990-05-17不一致，请核对。",
        ),
        (
            {"公民身份号码": NUMBER, "性别": "女"},
            "id_number_sex",
            "“性别”“女”与证件号码中的性别不一致，请核对。",
        ),
        ({"入党日期": "2015-02-29"}, "date_invalid", "不是真实存在的日期"),
        ({"入党日期": 2015.1, "转正日期": "2017-01-01"}, "precision_lost", "分不清1月和10月"),
        ({"出生日期": "1990.05"}, "date_invalid", "只有年月，请补全到日。"),
        ({"入党日期": "2999-01-01"}, "date_future", "晚于今天"),
        ({"入党日期": "1921.06"}, "date_invalid", "不能早于1921年7月，请核对。"),
        (
            BABY | {"入党日期": THIRTY - dt.timedelta(1)},
            "dates_order",
            "入党时未满18周岁，请核对出生日期和入党日期。",
        ),
        (BABY | {"入党日期": "2008.04"}, "dates_order", "入党时未满18周岁"),
        ({"转正日期": "2015-06-30"}, "dates_order", "“转正日期”“2015-06-30”不能早于入党日期，请核对。"),
        (
            {"党员类别": "预备党员"},
            "dates_order",
            "预备党员没有转正日期：请清空；已转正的，请将党员类别改为正式党员。",
        ),
        ({"党员类别": "停止党籍"}, "membership_unknown", "请改为：预备党员、正式党员。"),
        ({"所在党支部代码": "B-7"}, "organisation_unknown", "“B-7”不在党支部名录中，是否“B-1”？"),
        ({"所在党支部代码": "B-9"}, "organisation_unknown", "“B-9”不在党支部名录中"),
        ({"工作单位信用代码": "91999901MA00000010"}, "credit_code_check", "校验位不正确"),
        ({"工作单位信用代码": "9199990"}, "credit_code_length", "应为18位"),
        (
            {"手机号码": "1990000123"},
            "phone_invalid",
            "“手机号码”“**********”不是手机号码，请填写11位手机号码。",
        ),
        ({"学历": "高小"}, "choice_unknown", "不在可选范围内，请改为："),
    ],
)
def test_every_fault_names_row_column_value_and_cure(branch, elsewhere, officer, change, code, sentence):
    (found,) = said(officer, line(**change))

    assert found[0] == code
    assert found[1].startswith("第2行“")
    assert sentence in found[1]


@pytest.mark.parametrize(
    "change",
    [
        BABY | {"入党日期": THIRTY},
        BABY | {"入党日期": "2008.05"},
        {"入党日期": "2015.07", "转正日期": "2015.07"},
        {"入党日期": "2016-02-29", "转正日期": "2016-02-29"},
        {"性别": "", "出生日期": ""},
        {"民族": "", "学历": "", "职务": "", "专业技术职称": "无", "是否研发人员": "", "手机号码": ""},
        {"公民身份号码": " 999902 19900517 0018 ", "手机号码": "+86 199-0000-1234"},
        {"工作单位信用代码": builders.credit_code(77)},
    ],
)
def test_what_is_just_right_passes(branch, officer, change):
    (row,) = judged(officer, line(**change))

    assert (row.outcome, row.problems) == (Outcome.NEW, [])


def test_the_same_number_twice_names_both_rows_and_shows_it_masked(branch, officer):
    number = builders.identity_number()

    found = said(officer, line(公民身份号码=number), line(公民身份号码=number, 姓名="另一人"))

    assert [code for code, _ in found] == ["duplicate_conflict"] * 2
    masked = number[:6] + "*" * 10 + number[-2:]
    assert found[0][1] == f"第2行“公民身份号码”“{masked}”与第3行重复而内容不同，请选择保留其中一行。"
    assert "第3行“公民身份号码”" in found[1][1]
    assert "与第2行重复" in found[1][1]


def test_who_stands_elsewhere_is_refused_and_the_place_named_to_whom_may_see_it(
    branch, elsewhere, officer, above
):
    number = builders.identity_number()
    builders.make_member(elsewhere, identity_number=number)

    hidden, named = (said(user, line(公民身份号码=number)) for user in (officer, above))

    tail = "不能重复入册，请办理转接或登记为流动党员。"
    assert hidden == [("member_elsewhere", f"第2行“所在党支部代码”“B-1”该党员组织关系在其他党组织，{tail}")]
    assert named == [("member_elsewhere", f"第2行“所在党支部代码”“B-1”该党员组织关系在城南党支部，{tail}")]


def test_another_branch_of_the_same_officer_needs_a_transfer_all_the_same(committee, branch, officer):
    other = builders.make_organisation(committee, name="第二党支部")
    number = builders.identity_number()
    builders.make_member(other, identity_number=number)

    ((code, sentence),) = said(officer, line(公民身份号码=number))

    assert code == "member_elsewhere"
    assert "在第二党支部，" in sentence


def test_who_left_comes_back_by_the_procedure_only(branch, officer):
    number = builders.identity_number()
    builders.make_member(branch, identity_number=number, relation="left")

    assert said(officer, line(公民身份号码=number)) == [
        (
            "member_left",
            "第2行“所在党支部代码”“B-1”该人员已有离册记录，请从原记录办理恢复或转入，不能重复入册。",
        )
    ]


def test_a_list_confirms_nobody_and_calls_nobody_back_from_a_transfer(branch, officer):
    numbers = [builders.identity_number() for _ in range(3)]
    builders.make_member(
        branch, identity_number=numbers[0], membership="probationary", joined_on=dt.date(2015, 7, 1)
    )
    builders.make_member(branch, identity_number=numbers[1], relation="moving_out")
    away = builders.make_member(branch, identity_number=numbers[2])
    start_absence(member=away, kind="floating_out", since=dt.date(2026, 1, 1), place="外地", by=officer)
    back = line(公民身份号码=numbers[2], 是否流动党员="否")

    found = said(
        officer, line(公民身份号码=numbers[0]), line(公民身份号码=numbers[1], 是否流动党员="是"), back
    )

    assert found == [
        (
            "membership_differs",
            "第2行“党员类别”“正式党员”与登记册不同（登记册为预备党员），转正等变更请在登记册中办理。",
        ),
        (
            "relation_busy",
            "第3行“是否流动党员”“是”与登记册不同（已登记“转出在途”），请先在登记册中办结。",
        ),
        ("relation_busy", "第4行“是否流动党员”“否”与登记册不同（已登记“流出”），请先在登记册中办结。"),
    ]
    assert [row.outcome for row in judged(officer, line(公民身份号码=numbers[1]))] == [Outcome.CHANGED]


def test_a_dissolved_branch_takes_nobody(committee, officer):
    builders.make_organisation(committee, code="B-1", dissolved_on=dt.date(2025, 1, 1))

    assert said(officer, line()) == [
        ("organisation_dissolved", "第2行“所在党支部代码”“B-1”已撤销，不能接收党员。")
    ]


def test_a_list_of_dates_alone_must_fit_the_register(branch, officer):
    number = builders.identity_number()
    builders.make_member(branch, identity_number=number, joined_on=dt.date(2015, 7, 1))
    rest = {"姓名": "x", "公民身份号码": number, "党员类别": "正式党员", "所在党支部代码": "B-1"}

    ((code, sentence),) = said(officer, rest | {"转正日期": "2015-06-30"})

    assert code == "dates_order"
    assert sentence.endswith("不能早于入党日期，请核对。")


# --- Writing ------------------------------------------------------------------------------------------------


@pytest.fixture
def company():
    return builders.make_enterprise(name="测试企业甲有限公司")


def test_new_members_are_as_complete_as_those_entered_by_hand(top, branch, above, company):
    builders.make_organisation(branch, OrganisationKind.TEMP_BRANCH, code="B-2")
    lines = [
        line(入党日期="2015.10", 工作单位信用代码=company.credit_code, 手机号码="１９９００００１２３４"),
        line(
            党员类别="预备党员", 入党日期="2026-02-28", 转正日期="", 是否流动党员="是", 性别="", 出生日期=""
        ),
        line(所在党支部代码="B-2", 工作单位信用代码=builders.credit_code()),
        line(入党日期="", 转正日期=""),
    ]

    run = apply(stage("members", roll(*lines), by=above))

    assert run.counts["new"] == 4
    full, probationary, temp, undated = (member_with(each["公民身份号码"]) for each in lines)
    assert (full.pinyin, full.root_id, full.organisation) == ("shan li xin", top.pk, branch)
    assert (full.joined_on, full.joined_precision) == (dt.date(2015, 10, 1), "month")
    assert (full.confirmed_on, full.confirmed_precision) == (dt.date(2016, 7, 1), "day")
    assert (full.title, full.education, full.is_research) == ("associate", "bachelor", True)
    assert full.employer_name == company.name
    assert list(Member.objects.with_mobile("19900001234")) == [full, probationary, temp, undated]
    assert set(full.name_keys.values_list("key", flat=True)) == {"单立新", "立新", "新", "shanlixin", "slx"}
    posting = full.postings.get()
    assert (posting.organisation, posting.since, posting.until, posting.opened_how, posting.run) == (
        branch,
        None,
        None,
        "register",
        run,
    )
    assert (probationary.probation_ends_on, probationary.confirmed_on) == (dt.date(2027, 2, 28), None)
    assert (probationary.relation, probationary.sex, probationary.born_on) == (
        "floating_out",
        "male",
        dt.date(1990, 5, 17),
    )
    assert full.legacy_reason == "预备期不满1年"
    assert full.legacy_unverified
    assert not probationary.legacy_unverified
    assert temp.legacy_reason == "所在组织一般不保留党员组织关系"
    assert undated.legacy_reason == "入党日期未填；转正日期未填"
    company.refresh_from_db()
    assert company.registered_members == 1
    assert run.notes[0] == "可导入4名：正式党员3名，预备党员1名，其中流动党员1名。"
    assert run.notes[1].startswith("3名写入后标为“历史数据待核”：")
    assert run.notes[2] == "1名的工作单位不在您可见的企业名录中，保留信用代码，不影响导入。"
    event = AuditEvent.objects.get(action=AuditAction.IMPORT)
    assert event.detail["kind"] == "members"
    assert event.detail["new"] == 4
    for member in (full, probationary, temp, undated):
        member.full_clean()


def changes(numbers):
    """What a second list says about the first."""
    return [
        line(公民身份号码=numbers[0], 姓名="解立新", 手机号码="19900005678", 是否流动党员="是"),
        line(公民身份号码=numbers[1], 入党日期="2015.06", 转正日期="2016.05"),
    ]


def test_the_same_list_again_changes_nothing_and_another_can_be_taken_back(branch, above, company):
    numbers = [builders.identity_number() for _ in range(2)]
    first = [
        line(公民身份号码=numbers[0]),
        line(公民身份号码=numbers[1], 工作单位信用代码=company.credit_code),
    ]
    apply(stage("members", roll(*first), by=above))
    assert stage("members", roll(*first), by=above).counts["unchanged"] == 2
    before = contents(*REGISTER)

    second = changes(numbers)
    second[0]["工作单位信用代码"] = company.credit_code
    run = apply(stage("members", roll(*second), by=above))

    assert run.counts["changed"] == 2
    one, two = map(member_with, numbers)
    assert (one.name, one.pinyin, one.mobile) == ("解立新", "xie li xin", "19900005678")
    assert (one.relation, one.employer_name) == ("floating_out", company.name)
    assert {"解立新", "xlx"} <= set(one.name_keys.values_list("key", flat=True))
    assert not Member.objects.find("单立新").filter(pk=one.pk).exists()
    assert Member.objects.with_mobile("19900005678").get() == one
    assert (two.joined_on, two.joined_precision) == (dt.date(2015, 6, 1), "month")
    assert two.legacy_reason == "预备期不满1年"
    assert two.legacy_unverified
    company.refresh_from_db()
    assert company.registered_members == 2
    assert stage("members", roll(*second), by=above).counts["unchanged"] == 2

    report = undo(run).undo_report
    assert report["counts"] == {"restored": 2, "removed": 0, "kept": 0}
    company.refresh_from_db()
    assert company.registered_members == 1
    assert without_ciphers(contents(*REGISTER)) == without_ciphers(before)


def without_ciphers(found):
    """Encrypting twice never gives the same; the values are decrypted by the field. Keys of rewritten rows are new."""
    found[NameKey] = sorted(row[1:] for row in found[NameKey])
    return found


def test_a_month_in_the_list_does_not_blur_the_day_in_the_register(branch, officer):
    number = builders.identity_number()
    apply(stage("members", roll(line(公民身份号码=number)), by=officer))

    again = stage("members", roll(line(公民身份号码=number, 入党日期="2015.07")), by=officer)

    assert again.counts["unchanged"] == 1


def test_blanks_clear_what_may_be_blank_and_leave_what_a_procedure_holds(branch, officer):
    number = builders.identity_number()
    member = builders.make_member(branch, identity_number=number, name="单立新", position="总监")
    start_absence(member=member, kind="floating_out", since=dt.date(2026, 1, 1), place="外地", by=officer)
    row = line(公民身份号码=number, 手机号码="", 职务="", 性别="", 出生日期="", 是否流动党员="")

    apply(stage("members", roll(row), by=officer, blank_clears=True))

    member.refresh_from_db()
    assert (member.mobile, member.mobile_hash, member.position) == ("", "", "")
    assert (member.sex, member.relation, member.born_on) == ("male", "floating_out", dt.date(1990, 5, 17))


def test_another_day_of_joining_moves_the_end_of_probation_unless_it_was_extended(branch, officer):
    plain, extended = (builders.identity_number() for _ in range(2))
    for number, end in ((plain, dt.date(2027, 3, 1)), (extended, dt.date(2027, 9, 1))):
        builders.make_member(
            branch,
            identity_number=number,
            membership="probationary",
            joined_on=dt.date(2026, 3, 1),
            probation_ends_on=end,
        )
    rows = [
        line(公民身份号码=number, 党员类别="预备党员", 入党日期="2026-02-28", 转正日期="")
        for number in (plain, extended)
    ]

    run = apply(stage("members", roll(*rows), by=officer))

    ends = [member_with(number).probation_ends_on for number in (plain, extended)]
    assert ends == [dt.date(2027, 2, 28), dt.date(2027, 9, 1)]
    undo(run)
    assert member_with(plain).probation_ends_on == dt.date(2027, 3, 1)


def test_rows_are_mended_and_one_of_two_is_kept_in_the_browser(branch, officer):
    number = builders.identity_number()
    lines = [line(手机号码="123"), line(公民身份号码=number), line(公民身份号码=number, 职务="总监")]
    run = stage("members", roll(*lines), by=officer)
    bad, _, twin = run.staged.filter(outcome="rejected").order_by("row_number")

    mend_row(run=run, row=bad, cells={"mobile": "19900001111"})
    keep_duplicate(run=run, row=twin)
    run.refresh_from_db()
    run = apply(run)

    assert (run.counts["new"], run.counts["skipped"], run.counts["rejected"]) == (2, 1, 0)
    assert member_with(lines[0]["公民身份号码"]).mobile == "19900001111"
    assert member_with(number).position == "总监"


def test_a_verified_history_stays_verified(branch, officer):
    number = builders.identity_number()
    row = line(公民身份号码=number, 转正日期="2015-08-01")
    apply(stage("members", roll(row), by=officer))
    Member.objects.update(legacy_unverified=False, legacy_reason="")

    assert stage("members", roll(row), by=officer).counts["unchanged"] == 1
    apply(stage("members", roll(row | {"职务": "总监"}), by=officer))

    assert not member_with(number).legacy_unverified


def test_undo_removes_who_is_untouched_and_names_who_is_not(branch, officer, company):
    lines = [line(姓名=name, 工作单位信用代码=company.credit_code) for name in ("甲", "乙", "丙", "丁")]
    run = apply(stage("members", roll(*lines), by=officer))
    edited, noted, linked, _ = (member_with(each["公民身份号码"]) for each in lines)
    register.update_member(member=edited, values={"position": "总监"}, by=officer)
    register.add_event(member=noted, kind="commended", on=dt.date(2026, 1, 1), by=officer)
    Member.objects.filter(pk=linked.pk).update(account=builders.make_user())

    report = undo(run).undo_report

    assert report["counts"] == {"restored": 0, "removed": 1, "kept": 3}
    reasons = {item["label"]: item["reason"] for item in report["kept"]}
    assert "又被修改" in reasons["甲"]
    assert reasons["乙"] == "已有党员事项，予以保留。"
    assert reasons["丙"] == "已关联本人账号，予以保留。"
    assert {member.name for member in Member.objects.all()} == {"甲", "乙", "丙"}
    assert not Posting.objects.filter(member=None).exists()
    assert Posting.objects.count() == 3
    company.refresh_from_db()
    assert company.registered_members == 3


def test_writing_stops_when_a_branch_or_a_member_changed_since_the_preview(branch, officer):
    run = stage("members", roll(line()), by=officer)
    branch.dissolved_on = dt.date(2026, 1, 1)
    branch.save()

    with pytest.raises(ValidationError, match="被撤销"):
        apply(run)

    assert not Member.objects.exists()


def test_a_preview_from_before_a_change_of_keys_is_neither_written_nor_read_again(branch, officer, settings):
    run = stage("members", roll(line()), by=officer)

    with (
        override_settings(INDEX_KEYS=f"next:{development_key('next')}"),
        pytest.raises(ValidationError, match="密钥在预览之后已更换"),
    ):
        apply(run)
    run.refresh_from_db()
    ImportRun.objects.update(state="staging")
    with override_settings(FIELD_KEYS=f"next:{development_key('field')}"):
        failed = stage_run(run.pk)

    assert not Member.objects.exists()
    assert (failed.state, failed.error) == ("failed", "文件保存时所用的密钥已停用，无法读取，请重新上传。")


def test_rows_hashed_under_the_former_key_are_known_and_move_to_the_new_one(branch, officer, settings):
    number = builders.identity_number()
    former = settings.INDEX_KEYS
    apply(stage("members", roll(line(公民身份号码=number)), by=officer))

    with override_settings(INDEX_KEYS=f"next:{development_key('next')},{former}"):
        assert stage("members", roll(line(公民身份号码=number)), by=officer).counts["unchanged"] == 1
        run = apply(stage("members", roll(line(公民身份号码=number, 职务="总监")), by=officer))

        assert run.counts["changed"] == 1
        assert Member.objects.get().identity_hash.startswith("next:")
        assert member_with(number).position == "总监"


# --- Personal data ------------------------------------------------------------------------------------------


def test_no_number_lies_in_the_staging_table_or_in_what_is_shown(branch, officer, above, client_for):
    good, bad, swapped = (builders.identity_number() for _ in range(3))
    mobile = "19900007777"
    lines = [
        line(公民身份号码=good, 手机号码=mobile),
        line(公民身份号码=bad, 手机号码=mobile, 学历="高小", 民族=mobile),
        line(姓名=swapped, 公民身份号码="单立新", 手机号码=mobile),
    ]
    run = stage("members", roll(*lines), by=officer)
    numbers = (good, bad, swapped, mobile)

    at_rest = json.dumps(
        list(run.staged.values("key", "label", "values", "before", "problems", "raw")), ensure_ascii=False
    )
    assert not [number for number in numbers if number in at_rest + str(run.samples)]
    with run.file.open("rb") as kept:
        assert kept.read(3) == b"a1:"  # the workbook itself, sealed
    theirs, own = client_for(above), client_for(officer)
    addresses = [f"{reverse('imports:run', args=[run.pk])}?tab={tab}" for tab in ("new", "rejected", "all")]
    addresses.append(f"/api/import-runs/{run.pk}/rows/")
    for client in (theirs, own):
        for address in addresses:
            page = client.get(address)
            assert page.status_code == 200
            assert not [number for number in numbers if number in page.content.decode()]
    assert bad[:6] + "*" * 10 + bad[-2:] in page.content.decode()
    sheets = [error_cells(client, run) for client in (theirs, own)]
    assert not [number for number in numbers if number in sheets[0]]
    assert bad in sheets[1]  # their own file


def error_cells(client, run) -> str:
    response = client.get(reverse("imports:run-errors", args=[run.pk]))
    sheet = load_workbook(io.BytesIO(b"".join(response.streaming_content))).active
    return str([[cell.value for cell in row] for row in sheet.iter_rows()])


# --- Who may ------------------------------------------------------------------------------------------------


def test_only_officers_find_the_kind_and_its_template(top, branch, officer, client_for):
    template = reverse("imports:template", args=["members"])
    upload = reverse("imports:upload")
    for role, place, allowed in (
        (Role.OFFICER, branch, True),
        (Role.OFFICER, top, True),
        (Role.ADMINISTRATOR, top, False),
        (Role.SECRETARY, branch, False),
    ):
        client = client_for(builders.make_user(role, place))
        assert client.get(template).status_code == (200 if allowed else 403), role
        page = client.get(upload)
        assert (page.status_code == 200 and "kind=members" in page.content.decode()) == allowed, role


def test_runs_of_members_are_no_business_of_the_administrator(top, branch, officer, client_for):
    run = stage("members", roll(line()), by=officer)
    statuses = [
        client_for(builders.make_user(role, top)).get(reverse("imports:run", args=[run.pk])).status_code
        for role in (Role.ADMINISTRATOR, Role.OFFICER)
    ]

    assert statuses == [404, 200]


def test_the_template_reads_back_and_lists_what_may_be_chosen(branch, officer, client_for):
    response = client_for(officer).get(reverse("imports:template", args=["members"]))
    book = load_workbook(io.BytesIO(b"".join(response.streaming_content)))

    headers = [cell.value for cell in book["党员名册"][1]]
    assert set(HEADERS) <= set(headers)
    assert "待核原因" not in headers
    explained = {row[0].value: row[2].value for row in book["填写说明"].iter_rows()}
    assert explained["党员类别"] == "预备党员、正式党员"
