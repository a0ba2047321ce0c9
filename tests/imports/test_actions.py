"""What an import may and may not do to the register, on small workbooks of the real kinds."""

import datetime as dt
from collections import Counter
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from imports import actions, jobs
from imports.models import ColumnMapping, ImportRun, Job, RunState
from orgs.models import (
    Affiliation,
    Area,
    Cluster,
    Coverage,
    Enterprise,
    EnterpriseName,
    EnterprisePeriod,
    Organisation,
    Park,
    Post,
    SurveyRound,
    SurveyTask,
    Visit,
)
from orgs.resources import ParkResource
from portal import snapshots
from tests import builders
from tests.imports.helpers import apply, contents, problem_codes, stage, undo, workbook

ENTERPRISE = ("企业名称", "统一社会信用代码", "登记状态", "所属园区", "从业人数", "党员人数", "联系电话")
REGISTER = (Enterprise, EnterprisePeriod, EnterpriseName, Coverage, SurveyRound, SurveyTask)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def enterprises(*rows, **options):
    return stage("enterprises", workbook(ENTERPRISE, *rows), **options)


def row(
    code, name="上海甲科技有限公司", status="存续", park="", employees=10, members=1, phone="021-55550000"
):
    return (name, code, status, park, employees, members, phone)


@pytest.fixture
def known():
    """An enterprise that an earlier list brought."""
    code = builders.credit_code()
    apply(enterprises(row(code)))
    return Enterprise.objects.get(credit_code=code)


def test_a_blank_cell_keeps_the_value_and_clears_it_only_on_demand(known):
    blank = (known.name, known.credit_code, "", "", "", "", "")

    kept = enterprises(blank)
    cleared = enterprises(blank, blank_clears=True)

    assert kept.counts["unchanged"] == 1
    assert set(cleared.staged.get().before) == {"status", "employees", "reported_members", "contact_phone"}


def test_columns_that_the_file_lacks_are_left_alone(known):
    run = apply(stage("enterprises", workbook(ENTERPRISE[:2], ("新名称", known.credit_code))))

    known.refresh_from_db()
    assert run.counts["changed"] == 1
    assert (known.name, known.employees, known.contact_phone) == ("新名称", 10, "021-55550000")


def test_a_new_name_keeps_the_old_one_and_undo_takes_it_back(known):
    before = contents(*REGISTER)

    run = apply(enterprises(row(known.credit_code, name="上海乙科技有限公司")))
    assert EnterpriseName.objects.get().name == "上海甲科技有限公司"

    undo(run)
    assert contents(*REGISTER) == before


def test_a_move_to_another_park_closes_and_opens_a_period(known):
    park = builders.make_park()

    run = apply(enterprises(row(known.credit_code, park=park.name)))

    closed, opened = EnterprisePeriod.objects.filter(enterprise=known).order_by("pk")
    assert (closed.park, closed.until, closed.closed_by) == (None, opened.since, run)
    assert (opened.park, opened.until, opened.opened_by) == (park, None, run)


def test_an_alias_finds_the_park(known):
    park = builders.make_park()
    park.aliases.create(name="老名字产业园")

    run = enterprises(row(known.credit_code, park="老名字产业园"))

    assert run.staged.get().values["park"] == park.pk


def test_every_fault_of_a_row_is_told_with_row_column_value_and_cure():
    run = enterprises(row("91999901MA", name="", park="不存在的园", employees="约五十", members=3))

    (staged,) = run.staged.all()
    assert {problem["code"] for problem in staged.problems} == {
        "credit_code_length",
        "name_missing",
        "park_unknown",
        "employees_invalid",
    }
    assert "第3行“从业人数”“约五十”不是整数，请填写阿拉伯数字，例如 50。" in [
        p["text"] for p in staged.problems
    ]


def test_a_number_that_lost_its_last_digits_is_refused():
    run = enterprises(row(9.19999010000001e17))

    assert problem_codes(run) == {3: ["precision_lost"]}


def test_identical_rows_are_skipped_and_differing_ones_refused():
    same, other = builders.credit_code(), builders.credit_code()

    run = enterprises(row(same), row(same), row(other), row(other, employees=11))

    assert run.counts | {"unchanged": 0} == {
        "rows": 4, "new": 1, "changed": 0, "unchanged": 0, "missing": 0, "rejected": 2, "skipped": 1,
    }  # fmt: skip
    assert problem_codes(run) == {5: ["duplicate_conflict"], 6: ["duplicate_conflict"]}


def test_one_of_two_conflicting_rows_can_be_kept():
    code = builders.credit_code()
    run = enterprises(row(code), row(code, employees=99))

    kept = actions.keep_duplicate(run=run, row=run.staged.get(row_number=4))

    run.refresh_from_db()
    assert (kept.outcome, kept.values["employees"]) == ("new", 99)
    assert (run.counts["new"], run.counts["skipped"], run.counts["rejected"]) == (1, 1, 0)


def test_a_rejected_row_can_be_mended_and_its_telephone_survives():
    code = builders.credit_code()
    run = enterprises(row(code, employees="约五十"))
    (staged,) = run.staged.all()
    assert "55550000" not in str(staged.raw)

    actions.mend_row(run=run, row=staged, cells={"employees": "50"})
    apply(run)

    enterprise = Enterprise.objects.get(credit_code=code)
    assert (enterprise.employees, enterprise.contact_phone) == (50, "021-55550000")


def test_a_mended_row_may_not_take_the_key_of_another():
    first, second = builders.credit_code(), builders.credit_code()
    run = enterprises(row(first), row(second, employees="约五十"))

    staged = actions.mend_row(
        run=run, row=run.staged.get(row_number=4), cells={"employees": "50", "credit_code": first}
    )

    assert [problem["code"] for problem in staged.problems] == ["duplicate_conflict"]


def test_no_telephone_stands_in_the_staging_table_in_clear():
    run = enterprises(row(builders.credit_code()), row("bad"))

    assert "55550000" not in str(list(run.staged.values_list("values", "raw", "problems", "before")))


def test_unticked_rows_are_skipped_and_the_sum_stays(known):
    new = builders.credit_code()
    run = enterprises(row(known.credit_code, employees=11), row(new))

    actions.select_rows(run=run, selected=False, outcome="new")
    run = apply(run)

    assert not Enterprise.objects.filter(credit_code=new).exists()
    assert (run.counts["changed"], run.counts["skipped"], run.counts["rows"]) == (1, 1, 2)


def test_all_or_nothing_refuses_a_file_with_faults():
    run = enterprises(row(builders.credit_code()), row("bad"))

    with pytest.raises(ValidationError, match="1行错误"):
        actions.mark_applying(run=run, by=run.created_by, all_or_nothing=True)

    assert not Enterprise.objects.exists()


def test_two_people_with_the_same_file_write_it_once():
    code = builders.credit_code()
    first, second = enterprises(row(code)), enterprises(row(code))

    apply(first)
    late = apply(second)

    assert Enterprise.objects.filter(credit_code=code).count() == 1
    assert (late.counts["new"], late.counts["unchanged"]) == (0, 1)


def test_a_preview_that_went_stale_is_refused_and_compared_again(known):
    run = enterprises(row(known.credit_code, employees=50))
    Enterprise.objects.filter(pk=known.pk).update(employees=20, updated_at=timezone.now())

    actions.mark_applying(run=run, by=run.created_by)
    with pytest.raises(actions.StalePreview):
        actions.apply_run(run.pk)
    known.refresh_from_db()
    assert known.employees == 20

    again = actions.compare_again(run.pk, 1)
    assert (again.state, again.staged.get().before) == (RunState.STAGED, {"employees": 20})


def test_a_list_fills_in_what_the_register_lacks_and_an_undo_empties_it_again():
    code = builders.credit_code()
    apply(enterprises(row(code, employees="", phone="")))
    before = contents(*REGISTER)

    run = apply(enterprises(row(code)))
    enterprise = Enterprise.objects.get()
    assert (run.state, enterprise.employees, enterprise.contact_phone) == ("applied", 10, "021-55550000")

    undo(run)
    assert contents(*REGISTER) == before


def test_an_organisation_founded_by_hand_is_completed_by_the_register():
    top = builders.make_organisation(code="ZJ-0001", founded_on=None)
    headers = ("党组织代码", "党组织名称", "党组织类别", "上级党组织代码", "成立日期", "书记", "联系电话")
    before = contents(Organisation, Post)

    run = apply(
        stage(
            "organisations",
            workbook(headers, (top.code, top.name, "综合党委", "", "2015-10-17", "陈新", "021-55550000")),
        )
    )
    top.refresh_from_db()
    assert (run.state, top.contact_phone, top.founded_on) == (
        "applied",
        "021-55550000",
        dt.date(2015, 10, 17),
    )

    undo(run)
    assert contents(Organisation, Post) == before


def test_a_double_submit_makes_one_job_and_one_write():
    run = enterprises(row(builders.credit_code()))

    actions.request_apply(run=run, by=run.created_by)
    with pytest.raises(ValidationError, match="写入中"):
        actions.request_apply(run=run, by=run.created_by)

    job = Job.objects.get(kind="imports.apply")
    jobs.run(job.pk)
    jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.attempts, Enterprise.objects.count()) == ("done", 1, 1)


def test_the_first_list_makes_no_tasks_and_the_next_one_does(known):
    new, owner = builders.credit_code(), builders.make_organisation()
    assert SurveyRound.objects.count() == 1
    assert not SurveyTask.objects.exists()

    apply(enterprises(row(new), full_list=True))

    tasks = set(SurveyTask.objects.values_list("enterprise__credit_code", "reason", "owner"))
    assert tasks == {(new, "new", owner.pk), (known.credit_code, "missing", owner.pk)}


def test_a_full_list_that_leaves_out_much_is_doubted(known):
    run = enterprises(row(builders.credit_code()), full_list=True)

    assert run.notes == [
        "登记册中有1条（100%）不在文件里，远多于平常。如果文件不是全量名单，请在选项中取消“全量名单”后重新比对。"
    ]


def test_a_rejected_row_is_not_missing(known):
    run = enterprises(row(known.credit_code, employees="约五十"), full_list=True)

    assert run.counts["missing"] == 0


def test_an_enterprise_in_use_survives_the_undo(known):
    run = ImportRun.objects.get()
    Visit.objects.create(enterprise=known, visited_on=dt.date(2026, 11, 1), visitor_name="某人")

    report = undo(run).undo_report

    assert Enterprise.objects.filter(pk=known.pk).exists()
    assert report["kept"] == [{"label": known.name, "reason": "已有走访，予以保留。"}]


def test_a_survey_that_somebody_did_survives_the_undo(known):
    run = apply(enterprises(row(builders.credit_code()), full_list=True))
    SurveyTask.objects.filter(reason="missing").update(state="done")

    report = undo(run).undo_report

    assert SurveyTask.objects.get().enterprise == known
    assert report["counts"] == {"restored": 0, "removed": 1, "kept": 1}


def test_an_undo_is_refused_after_thirty_days(known):
    run = ImportRun.objects.get()
    ImportRun.objects.update(applied_at=timezone.now() - dt.timedelta(days=31))

    with pytest.raises(ValidationError, match="超过30天"):
        actions.mark_undoing(run=run, by=run.created_by)


def test_a_chosen_mapping_is_remembered_for_the_same_headers():
    code = builders.credit_code()
    content = workbook(("企业全称呼", "统一社会信用代码", "从业人数"), ("甲公司", code, 5))
    run = stage("enterprises", content)
    assert (run.state, "企业名称" in run.error) == (RunState.UPLOADED, True)

    actions.remap(run=run, columns={"name": 0, "credit_code": 1, "employees": 2}, by=run.created_by)
    assert actions.stage_run(run.pk).counts["new"] == 1

    assert stage("enterprises", content).counts["new"] == 1
    assert ColumnMapping.objects.count() == 1


def test_a_required_column_cannot_be_unmapped():
    run = enterprises(row(builders.credit_code()))

    with pytest.raises(ValidationError, match="统一社会信用代码"):
        actions.remap(run=run, columns={"name": 0}, by=run.created_by)


# --- coverage ---------------------------------------------------------------------------------------------

COVERAGE = ("统一社会信用代码", "企业名称", "覆盖方式", "覆盖党组织代码", "党建工作指导员", "起始日期")


def test_another_organisation_ends_the_old_link_and_undo_restores_it(known):
    top = builders.make_organisation()
    old, new = builders.make_organisation(top), builders.make_organisation(top)
    line = (known.credit_code, "", "联合组建", old.code, "", "2026-01-01")
    apply(stage("coverage", workbook(COVERAGE, line)))
    before = contents(Coverage)

    run = apply(stage("coverage", workbook(COVERAGE, (*line[:3], new.code, "", "2026-06-01"))))

    first, second = Coverage.objects.order_by("since")
    assert (first.organisation, first.until) == (old, dt.date(2026, 6, 1))
    assert (second.organisation, second.since, second.until) == (new, dt.date(2026, 6, 1), None)
    undo(run)
    assert contents(Coverage) == before


def test_a_corrected_start_date_changes_the_link_in_place(known):
    branch = builders.make_organisation(builders.make_organisation())
    apply(
        stage(
            "coverage", workbook(COVERAGE, (known.credit_code, "", "联合组建", branch.code, "", "2026-01-01"))
        )
    )

    apply(
        stage("coverage", workbook(COVERAGE, (known.credit_code, "", "联建", branch.code, "", "2025-12-01")))
    )

    assert Coverage.objects.get().since == dt.date(2025, 12, 1)


def test_coverage_says_who_is_unknown_or_not_named(known):
    run = stage(
        "coverage",
        workbook(
            COVERAGE,
            (known.credit_code, "", "联合组建", "ZJ-404", "", "2026-01-01"),
            (known.credit_code, "", "派驻指导员", "", "", "2026-01-01"),
            (builders.credit_code(), "", "派驻指导员", "", "某人", "2026-01-01"),
            (known.credit_code, "", "随便", "", "", "2026-01-01"),
        ),
    )

    assert problem_codes(run) == {
        3: ["organisation_unknown"],
        4: ["required_missing"],
        5: ["enterprise_unknown"],
        6: ["method_unknown"],
    }


def test_an_officer_covers_only_what_they_see():
    area, foreign = builders.make_area(), builders.make_area()
    top = builders.make_organisation()
    committee = builders.make_organisation(top, "area_committee", area=area)
    ours = builders.make_enterprise(park=builders.make_park(area=area))
    theirs = builders.make_enterprise(park=builders.make_park(area=foreign))
    officer = builders.make_user("officer", committee)
    rows = [(e.credit_code, "", "派驻指导员", "", "某人", "2026-01-01") for e in (ours, theirs)]

    run = stage("coverage", workbook(COVERAGE, *rows), by=officer)

    assert (run.counts["new"], problem_codes(run)) == (1, {4: ["enterprise_unknown"]})


# --- organisations and parks --------------------------------------------------------------------------------

ORGANISATION = ("党组织代码", "党组织名称", "党组织类别", "上级党组织代码", "书记")


def organisations(*rows, **options):
    return stage("organisations", workbook(ORGANISATION, *rows), **options)


TREE = (
    ("T-3", "某支部", "党支部", "T-2", "王某"),
    ("T-1", "综合党委", "综合党委", "", "张某"),
    ("T-2", "某党委", "党委", "T-1", "李某"),
    ("T-4", "另一党委", "党委", "T-1", ""),
)


def test_a_subordinate_may_stand_before_its_superior():
    apply(organisations(*TREE))

    assert [o.code for o in Organisation.objects.all()] == ["T-1", "T-2", "T-3", "T-4"]
    assert [list(problems) for problems in Organisation.objects.find_problems()] == [[]] * 5
    assert Affiliation.objects.filter(line="formal", until=None).count() == 3


def test_a_move_and_a_new_secretary_are_dated_and_can_be_taken_back():
    apply(organisations(*TREE))
    before = contents(Affiliation, Post)

    run = apply(organisations(("T-3", "某支部", "党支部", "T-4", "赵某")))

    moved = Organisation.objects.get(code="T-3")
    assert moved.parent_path == Organisation.objects.get(code="T-4").path
    assert Post.objects.get(organisation=moved, until=None).person_name == "赵某"
    assert [list(problems) for problems in Organisation.objects.find_problems()] == [[]] * 5
    undo(run)
    moved.refresh_from_db()
    assert moved.parent_path == Organisation.objects.get(code="T-2").path
    assert contents(Affiliation, Post) == before


def test_the_tree_refuses_strangers_circles_and_wrong_places():
    run = organisations(
        ("T-1", "综合党委", "综合党委", "", ""),
        ("T-2", "甲", "党委", "T-404", ""),
        ("T-3", "乙", "党委", "T-4", ""),
        ("T-4", "丙", "党委", "T-3", ""),
        ("T-5", "丁", "党小组", "T-1", ""),
        ("T-6", "戊", "俱乐部", "T-1", ""),
        ("T-7", "己", "党支部", "", ""),
    )

    assert problem_codes(run) == {
        4: ["parent_unknown"],
        5: ["parent_invalid"],
        6: ["parent_invalid"],
        7: ["parent_invalid"],
        8: ["kind_unknown"],
        9: ["parent_invalid"],
    }


def test_undoing_organisations_keeps_those_in_use_and_their_superiors():
    run = apply(organisations(*TREE))
    builders.make_user("secretary", Organisation.objects.get(code="T-3"))

    undo(run)

    assert [o.code for o in Organisation.objects.all()] == ["T-1", "T-2", "T-3"]
    assert [list(problems) for problems in Organisation.objects.find_problems()] == [[]] * 5


def test_figures_that_were_kept_meanwhile_keep_no_row_back():
    runs = [
        apply(organisations(*TREE)),
        apply(stage("parks", workbook(PARK, ("甲园", "东区", "机器人", ""), title=""))),
    ]
    snapshots.rebuild()

    for run in runs:
        assert undo(run).undo_report["kept"] == []
    left = [model.objects.count() for model in (Organisation, Park, Area, Cluster)]
    assert left == [0, 0, 0, 0]


PARK = ("园区名称", "所属片区", "主导产业集群", "上级园区")


def test_parks_announce_the_areas_they_create_and_undo_removes_them():
    run = stage(
        "parks", workbook(PARK, ("甲园", "东区", "机器人", ""), ("乙园", "西区", "", "甲园"), title="")
    )
    assert run.notes == ["写入时将新建片区2个：东区、西区。", "写入时将新建产业集群1个：机器人。"]

    apply(run)
    assert Park.objects.get(name="乙园").parent.name == "甲园"

    undo(run)
    assert (Park.objects.count(), Area.objects.count(), Cluster.objects.count()) == (0, 0, 0)


def test_a_park_inside_a_park_inside_a_park_is_refused():
    run = stage(
        "parks",
        workbook(PARK, ("甲", "东区", "", ""), ("乙", "东区", "", "甲"), ("丙", "东区", "", "乙"), title=""),
    )

    assert problem_codes(run) == {4: ["parent_invalid"]}


PLACE = ("园区名称", "所属片区", "东经", "纬度")


def outcomes(run):
    return Counter(run.staged.values_list("outcome", flat=True))


def test_a_park_list_brings_the_place_and_the_same_list_again_changes_nothing():
    rows = (
        ("甲园", "东区", 121.5943, "31.203700"),
        ("乙园", "东区", "121.6°E", "北纬31.2"),
        ("丙园", "东区", "", ""),
    )
    apply(stage("parks", workbook(PLACE, *rows, title="")))

    places = list(Park.objects.order_by("pk").values_list("longitude", "latitude"))
    assert places == [
        (Decimal("121.5943"), Decimal("31.2037")),
        (Decimal("121.6"), Decimal("31.2")),
        (None, None),
    ]
    assert outcomes(stage("parks", workbook(PLACE, *rows, title=""))) == {"unchanged": 3}
    columns = [ParkResource().column(name) for name in ("longitude", "latitude")]
    shown = [
        [one.widget.render(getattr(park, one.name)) for one in columns]
        for park in Park.objects.order_by("pk")
    ]
    again = [("甲园", "东区", *shown[0]), ("乙园", "东区", *shown[1]), ("丙园", "东区", *shown[2])]
    assert outcomes(stage("parks", workbook(PLACE, *again, title=""))) == {"unchanged": 3}


def test_a_moved_park_is_put_back_by_undo():
    apply(stage("parks", workbook(PLACE, ("甲园", "东区", "121.5943", "31.2037"), title="")))

    run = stage("parks", workbook(PLACE, ("甲园", "东区", "121.60", "31.2037"), title=""))
    apply(run)
    park = Park.objects.get()
    assert (park.longitude, park.latitude) == (Decimal("121.6"), Decimal("31.2037"))

    undo(run)
    park.refresh_from_db()
    assert (park.longitude, park.latitude) == (Decimal("121.5943"), Decimal("31.2037"))


def test_a_place_out_of_range_or_by_halves_is_refused():
    rows = (
        ("甲", "东区", "121.6", "90.000001"),
        ("乙", "东区", "180.1", "31"),
        ("丙", "东区", "121.6", ""),
        ("丁", "东区", "", "31"),
        ("戊", "东区", "东经一百二十一度", "31"),
        ("己", "东区", "-180", "90"),
        ("庚", "东区", "NaN", "31"),
    )
    run = stage("parks", workbook(PLACE, *rows, title=""))

    invalid, half = ["place_invalid"], ["place_half"]
    assert problem_codes(run) == {2: invalid, 3: invalid, 4: half, 5: half, 6: invalid, 8: invalid}
    texts = [row.problems[0]["text"] for row in run.staged.filter(outcome="rejected").order_by("row_number")]
    assert texts[0] == "第2行“纬度”“90.000001”超出范围，应在 -90 至 90 之间，请核对经度和纬度是否填反。"
    assert texts[2] == "第4行“纬度”为空，经度和纬度须同时填写。"
