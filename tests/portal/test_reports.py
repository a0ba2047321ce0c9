"""Reports: every number is that of the list behind it, page and workbook tell the same, nothing is left out of a sum."""

import datetime as dt
import io
import json
from urllib.parse import urlsplit

import openpyxl
import pytest
from django.core.management import call_command
from django.db import connection
from django.http import QueryDict
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import resolve, reverse
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from activities.actions import appraisals, training
from activities.appraisal_filters import AppraisalFilter
from activities.models import Appraisal
from activities.training_filters import TrainingFilter
from members import composition
from members.actions import register
from members.case_filters import CaseListFilter
from members.choices import Closing, Education, Membership, Occupation, Opening
from members.filters import MemberFilter
from members.models import Member, Posting, RecruitmentCase
from orgs.filters import EnterpriseFilter
from orgs.models import Appointment, AuditAction, AuditEvent, CoverageMethod, Enterprise, User
from orgs.terms import month_end
from portal.dashboards import Dashboard
from portal.reports import coverage, yearly
from portal.reports.kinds import COVERAGE, KINDS, YEARLY
from portal.reports.sheets import Unit
from tests import builders
from tests.portal.test_measures import USERS, World, units

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
LAST_YEAR = TODAY.year - 1

# Name of a list → its filter and the rows it is given, as its page does.
LISTS = {
    "orgs:enterprise-list": (EnterpriseFilter, Enterprise.objects.visible_to),
    "members:member-list": (MemberFilter, Member.objects.listed_to),
    "members:recruiting-list": (CaseListFilter, RecruitmentCase.objects.visible_to),
    "activities:appraisal-list": (AppraisalFilter, Appraisal.objects.visible_to),
    "activities:training-list": (
        TrainingFilter,
        lambda user: Member.objects.listed_to(user, "activities.view").in_register(),
    ),
}


def listed(user, url) -> int:
    """How many rows the list behind `url` has for `user`."""
    filter_class, rows = LISTS[resolve(urlsplit(url).path).view_name]
    request = RequestFactory().get(url)
    request.user = user
    filterset = filter_class(request.GET, queryset=rows(user), request=request)
    assert filterset.faults == [], url
    return filterset.qs.count()


def cells(report):
    for sheet in report.sheets:
        for grid in sheet.grids:
            for line in grid.lines:
                for column, cell in zip(grid.columns, line.cells, strict=True):
                    yield f"{sheet.name} {grid.title} {line.label} {column.title}", cell


def check_lists(user, report) -> int:
    """Every figure with a list is as long as the list; returns how many were looked at."""
    looked = 0
    for place, cell in cells(report):
        if cell.url:
            looked += 1
            assert listed(user, cell.url) == cell.value, (place, cell.url)
    return looked


def grid_of(report, title):
    return next(grid for sheet in report.sheets for grid in sheet.grids if grid.title == title)


def values_of(report, title, column=0):
    """Label → value of one column."""
    return {line.label: line.cells[column].value for line in grid_of(report, title).lines}


def book_of(answer):
    return openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))


# --- Both coverages -------------------------------------------------------------------------------------


class TestCoverage(TestCase):
    @given(
        drawn=units,
        name=st.sampled_from(USERS),
        by=st.sampled_from(list(coverage.BY)),
        last=st.booleans(),
    )
    @settings(max_examples=6, deadline=None, derandomize=True)
    def test_every_cell_is_a_list_and_the_total_is_the_dashboard(self, drawn, name, by, last):
        world = World()
        for unit in drawn:
            world.add(unit)
        user = world.users[name]
        month = TODAY.replace(day=1) - dt.timedelta(days=1) if last else TODAY
        organisation = user.current_appointments[0].organisation

        report = coverage.build(user, organisation, month, by)

        assert check_lists(user, report) > 20
        on = month_end(month) if last else None
        shown = Dashboard(user, organisation, on, QueryDict()).total.figures
        total = values_in(report)["合计"]
        assert total["实际运营（分母）"] == shown.active
        assert (total["组织覆盖"], total["工作覆盖"]) == (shown.organisation, shown.work)
        assert (total["应建未建"], total["派驻指导员"]) == (shown.should_found, shown.instructor)
        assert (total["组织覆盖率"], total["工作覆盖率"]) == (
            shown.organisation_coverage.value,
            shown.work_coverage.value,
        )
        lines = [line for label, line in values_in(report).items() if label != "合计"]
        for title in set(total) - {"组织覆盖率", "工作覆盖率", "指导员（人）"}:
            assert sum(line[title] for line in lines) == total[title], title


def values_in(report):
    """Of the first grid: label → column → value."""
    grid = report.sheets[0].grids[0]
    titles = [column.title for column in grid.columns]
    return {
        line.label: dict(zip(titles, (cell.value for cell in line.cells), strict=True)) for line in grid.lines
    }


@pytest.fixture
def place():
    """A top with an area committee, a park and four enterprises of it, one of them elsewhere."""
    top = builders.make_organisation()
    park = builders.make_park(area=builders.make_area(name="甲片区"), name="甲园")
    committee = builders.make_organisation(top, "area_committee", area=park.area)
    rows = [builders.make_enterprise(park=park, reported_members=n) for n in (0, 3, 5)]
    builders.make_enterprise(reported_members=9)
    builders.cover(rows[1], committee, CoverageMethod.OWN)
    for one in rows[:2]:
        builders.cover(one, None, CoverageMethod.INSTRUCTOR, instructor_name="甲")
    return top, committee, rows


def test_page_command_and_interface_say_the_same(place, client_for, capsys):
    top, committee, _ = place
    officer = builders.make_user("officer", top)

    call_command("statistics", "--organisation", committee.code, "--json")
    command = json.loads(capsys.readouterr().out)["measures"]
    page = client_for(officer).get(reverse("portal:report-coverage"), {"organisation": committee.code})
    total = values_in(page.context["report"])["合计"]

    assert total["实际运营（分母）"] == command["work_coverage"]["denominator"] == 3
    assert total["组织覆盖"] == command["organisation_coverage"]["numerator"] == 1
    assert total["工作覆盖"] == command["work_coverage"]["numerator"] == 2
    assert total["应建未建"] == command["should_found"]["numerator"] == 1
    assert (total["有党员"], total["达到组建人数"]) == (2, 2)
    assert (total["派驻指导员"], total["指导员（人）"]) == (2, 1)


def test_the_interface_gives_the_cells_of_the_page(place, client_for):
    top, committee, _ = place
    client = client_for(builders.make_user("officer", top))
    for code, query in (
        ("coverage", {"organisation": committee.code, "by": "park"}),
        ("yearly", {"year": LAST_YEAR}),
    ):
        report = client.get(reverse(f"portal:report-{code}"), query).context["report"]

        answer = client.get(reverse(f"api:report-{code}"), query).json()

        assert (answer["report"], answer["organisation"]) == (code, report.organisation.code)
        assert answer["as_of"] == report.on.isoformat()
        found = [
            value
            for sheet in answer["sheets"]
            for grid in sheet["grids"]
            for line in grid["lines"]
            for value in line["values"]
        ]
        wanted = [cell.value for _, cell in cells(report)]
        assert found == [None if value is None else pytest.approx(float(value), abs=1e-4) for value in wanted]
        assert len(answer["definitions"]) == len(report.definitions)


def test_the_interface_says_what_is_wrong_and_hides_what_is_not_theirs(place, client_for):
    _, committee, _ = place
    secretary = client_for(builders.make_user("secretary", builders.make_organisation(committee)))

    assert "month" in secretary.get(reverse("api:report-coverage"), {"month": "2026-13"}).json()
    above = secretary.get(reverse("api:report-yearly"), {"organisation": committee.code})
    assert above.status_code == 400
    unknown = secretary.get(reverse("api:report-yearly"), {"jahr": "2026"})
    assert unknown.status_code == 400
    assert (
        client_for(builders.make_user("administrator", committee))
        .get(reverse("api:report-yearly"))
        .status_code
        == 403
    )


def test_what_changed_since_last_month(client_for):
    top = builders.make_organisation()
    before = TODAY.replace(day=1) - dt.timedelta(days=1)
    old = builders.make_enterprise()
    builders.make_enterprise(since=TODAY)
    builders.cover(old, top, CoverageMethod.OWN)
    report = coverage.build(builders.make_user("officer", top), top, TODAY)

    grid = report.sheets[1].grids[0]
    changes = [cell.value for cell in grid.lines[0].cells]

    assert changes[:3] == [2, 1, 1]
    assert changes[6:9] == [0.5, 1.0, -0.5]
    assert [column.unit for column in grid.columns[6:9]] == [Unit.SHARE, Unit.SHARE, Unit.POINTS]
    assert f"右为{before}" in grid.note


def test_a_month_before_the_first_enterprise_says_that_there_was_none():
    """A zero there is no coverage of nought."""
    top = builders.make_organisation()
    officer = builders.make_user("officer", top)
    builders.make_enterprise(since=TODAY.replace(day=1))
    before = TODAY.replace(day=1) - dt.timedelta(days=1)

    def says(month):
        return [
            words for words in coverage.build(officer, top, month).notes if "还没有这个党组织的企业" in words
        ]

    assert says(before) == [f"截至{before}，登记册中还没有这个党组织的企业，各栏为零不表示没有覆盖。"]
    assert says(TODAY) == [f"截至{before}，登记册中还没有这个党组织的企业，“增减”即本月末的数。"]
    builders.make_enterprise(since=before)
    assert says(TODAY) == []


def test_the_workbook_holds_the_cells_of_the_page(place, client_for):
    top, committee, rows = place
    rows[2].name = "=HYPERLINK(1)公司"
    rows[2].save()
    client, query = (
        client_for(builders.make_user("officer", top)),
        {"organisation": committee.code, "by": "park"},
    )
    report = client.get(reverse("portal:report-coverage"), query).context["report"]

    book = book_of(client.get(reverse("portal:report-coverage-file"), query))

    assert [sheet.title for sheet in book] == ["覆盖情况", "较上月", "应建未建名单", "口径"]
    check_book(book, report)
    names = [row[0] for row in book["应建未建名单"].iter_rows(values_only=True)]
    assert names[names.index("企业名称") + 1 :] == ["=HYPERLINK(1)公司"]
    assert {cell.data_type for row in book["应建未建名单"].iter_rows() for cell in row} <= {"s", "n"}


def check_book(book, report):
    """Each grid stands in its sheet as it stands on the page; each definition on the last one."""
    for sheet in report.sheets:
        rows = [list(row) for row in book[sheet.name].iter_rows(values_only=True)]
        for grid in sheet.grids:
            head = [grid.head, *(column.title for column in grid.columns)]
            first = next(
                n for n, row in enumerate(rows) if row[: len(head)] == head and rows[n - 1][0] == grid.title
            )
            for line, row in zip(grid.lines, rows[first + 1 :], strict=False):
                assert row[0] == line.label
                for column, cell, value in zip(grid.columns, line.cells, row[1:], strict=False):
                    wanted = "—" if cell.value is None else float(cell.value)
                    if column.unit == Unit.POINTS and cell.value is not None:
                        wanted *= 100
                    assert value == (wanted if wanted == "—" else pytest.approx(wanted)), (
                        grid.title,
                        line.label,
                    )
    defined = [row[:2] for row in book["口径"].iter_rows(values_only=True)]
    assert [(title, one.subject) for title, one in report.definitions] == defined[-len(report.definitions) :]


def test_names_leave_only_with_the_right_to_export_and_on_record(place, client_for):
    top, committee, _ = place
    leader, officer = builders.make_user("leader", top), builders.make_user("officer", committee)
    address = reverse("portal:report-coverage-file")

    without = book_of(client_for(leader).get(address, {"organisation": committee.code}))

    assert "应建未建名单" not in without.sheetnames
    assert not AuditEvent.objects.filter(action=AuditAction.EXPORT).exists()
    within = book_of(client_for(officer).get(address, {"organisation": committee.code}))
    assert "应建未建名单" in within.sheetnames
    event = AuditEvent.objects.get(action=AuditAction.EXPORT)
    assert (event.actor, event.detail["rows"], event.detail["organisation"]) == (officer, 1, committee.code)
    assert str(event.pk) in within["覆盖情况"]["A2"].value


def test_too_many_files_in_an_hour_are_refused_with_a_sentence(place, client_for):
    _, committee, _ = place
    officer = builders.make_user("officer", committee)
    AuditEvent.objects.bulk_create(
        AuditEvent(at=timezone.now(), actor=officer, action=AuditAction.EXPORT) for _ in range(30)
    )

    answer = client_for(officer).get(reverse("portal:report-coverage-file"), follow=True)

    assert answer.redirect_chain
    assert "一小时内" in answer.content.decode()


# --- The year ---------------------------------------------------------------------------------------------

PEOPLE = st.lists(
    st.fixed_dictionaries(
        {
            "sex": st.sampled_from(["male", "female"]),
            "ethnicity": st.sampled_from(["", "汉族", "回族"]),
            "born_on": st.none() | st.dates(dt.date(1940, 1, 1), dt.date(2007, 1, 1)),
            "education": st.sampled_from(["", *Education.values]),
            "occupation": st.sampled_from(["", *Occupation.values]),
            "joined_on": st.none() | st.dates(dt.date(1948, 1, 1), dt.date(2020, 1, 1)),
            "since": st.sampled_from([None, dt.date(LAST_YEAR, 6, 1), dt.date(TODAY.year, 1, 5)]),
            "opened": st.sampled_from([how for how in Opening if how != Opening.MOVED]),
            "closed": st.none() | st.sampled_from(list(Closing)),
            "branch": st.integers(0, 2),
        }
    ),
    max_size=8,
)


class TestYear(TestCase):
    @given(drawn=PEOPLE, year=st.sampled_from([LAST_YEAR, TODAY.year]), low=st.booleans())
    @settings(max_examples=6, deadline=None, derandomize=True)
    def test_sums_hold_and_every_cell_is_a_list(self, drawn, year, low):
        top = builders.make_organisation()
        area = builders.make_organisation(top)
        branches = [
            builders.make_organisation(area),
            builders.make_organisation(area),
            builders.make_organisation(top),
        ]
        for person in drawn:
            enter(branches, **person)
        organisation = area if low else top
        user = builders.make_user("officer", organisation)

        report = yearly.build(user, organisation, year)

        check_lists(user, report)
        check_sums(report)
        changes = values_of(report, "年度增减")
        assert changes["推算与实际之差（应为0）"] == 0
        assert changes[f"{year - 1}-12-31党员数"] == count_on(organisation, dt.date(year - 1, 12, 31))
        total = count_on(organisation, min(dt.date(year, 12, 31), TODAY))
        assert changes[f"{report.on}党员数"] == total
        assert {values_of(report, title)["合计"] for title in ("性别", "入党时期", "职业")} >= {total}
        assert values_of(report, "达到规定学时的党员")["合计"] == total


def count_on(organisation, day):
    return composition.counted_on(organisation, day).count()


def enter(branches, *, branch, opened, closed, since, **values):
    """Somebody who came, and perhaps left on 20 January of this year or moved to the next branch."""
    member = builders.make_member(branches[branch], **values, confirmed_on=None)
    posting = member.postings.get()
    posting.since, posting.opened_how = since, opened
    if closed:
        posting.until, posting.closed_how = dt.date(TODAY.year, 1, 20), closed
    posting.save()
    if closed == Closing.MOVED:
        home = branches[(branch + 1) % 3]
        Posting.objects.create(
            member=member, organisation=home, since=posting.until, opened_how=Opening.MOVED
        )
        Member.objects.filter(pk=member.pk).update(organisation=home)
    elif closed:
        membership = Membership.ENDED if closed in yearly.EXIT_KINDS else Membership.FULL
        Member.objects.filter(pk=member.pk).update(
            relation="left", left_on=posting.until, membership=membership
        )


def check_sums(report):
    """In every grid of people the lines that are no headline add up to the last of them."""
    for sheet in report.sheets:
        for grid in sheet.grids:
            if grid.columns[:2] != yearly.PEOPLE and grid.head != "党组织类别":
                continue
            for place, column in enumerate(grid.columns):
                if column.unit == Unit.COUNT:
                    bands = [
                        line.cells[place].value for line in grid.lines if not line.is_total | line.is_extra
                    ]
                    totals = [line.cells[place].value for line in grid.lines if line.is_total]
                    assert [sum(bands)] == totals, grid.title


@pytest.fixture
def top():
    return builders.make_organisation()


@pytest.fixture
def branch(top):
    return builders.make_organisation(top)


@pytest.fixture
def secretary(branch):
    return builders.make_user("secretary", branch)


def test_cases_stand_where_their_steps_say(branch, secretary):
    for upto in (1, 2, 3, 6, 7, 12):
        builders.make_case(branch, upto=upto)

    report = yearly.build(secretary, branch, TODAY.year)

    stock = values_of(report, "申请人和积极分子")
    assert stock == {"入党申请人": 2, "入党积极分子": 2, "发展对象": 2, "合计": 6}
    assert check_lists(secretary, report) > 10
    then = yearly.stages_on(dt.date(2021, 3, 1))
    counts = {
        stage: RecruitmentCase.objects.filter(condition).count() for stage, (_, condition) in then.items()
    }
    assert counts == {"applicant": 6, "activist": 0, "candidate": 0}


def test_appraisals_and_hours_of_the_year(branch, secretary):
    one, other, third = (builders.make_member(branch) for _ in range(3))
    lines = {
        one.pk: {"grade": "excellent"},
        other.pk: {"grade": "competent"},
        third.pk: {"grade": "", "exempt_reason": "长期病休"},
    }
    appraisals.record_appraisal(
        organisation=branch, year=LAST_YEAR, held_on=dt.date(LAST_YEAR, 12, 20), grades=lines, by=secretary
    )
    training.add_credits(members=[one], title="党校培训", on=TODAY, hours=40, by=secretary)

    past, now = (yearly.build(secretary, branch, year) for year in (LAST_YEAR, TODAY.year))

    assert values_of(past, "民主评议党员") == {
        "优秀": 1, "合格": 1, "基本合格": 0, "不合格": 0, "不评定等次": 1, "合计": 3,
    }  # fmt: skip
    assert values_of(now, "达到规定学时的党员") == {"达到规定学时": 1, "未达到规定学时": 2, "合计": 3}
    assert values_of(now, "学时")["合计"] == 40
    check_lists(secretary, past)
    check_lists(secretary, now)


def test_organisations_by_the_unit_they_are_in(top, branch, secretary):
    host = builders.make_enterprise(kind="social_organisation")
    builders.make_organisation(top, host_unit=host)
    builders.make_organisation(top, founded_on=TODAY + dt.timedelta(days=1))
    builders.make_organisation(top, dissolved_on=dt.date(LAST_YEAR, 12, 31))
    builders.make_organisation(top, kind="functional_org")
    user = builders.make_user("officer", top)

    grid = grid_of(yearly.build(user, top, TODAY.year), "党组织")

    titles = [column.title for column in grid.columns]
    rows = {
        line.label: dict(zip(titles, (cell.value for cell in line.cells), strict=True)) for line in grid.lines
    }
    assert (rows["基层党委"]["合计"], rows["党总支"]["合计"], rows["党支部"]["合计"]) == (1, 0, 2)
    assert (rows["党支部"]["社会组织"], rows["党支部"]["未填"]) == (1, 1)
    assert rows["合计"]["合计"] == 3


def test_a_past_year_lists_who_counted_then(top, branch, secretary):
    """Who moved away since counts, but the secretary sees them no longer: then no list is offered as theirs."""
    member = builders.make_member(branch)
    builders.make_member(branch)
    other = builders.make_organisation(top)
    register.move_member(member=member, organisation=other, on=dt.date(TODAY.year, 1, 10), by=secretary)

    own, whole = (
        yearly.build(secretary, branch, LAST_YEAR),
        yearly.build(builders.make_user("officer", top), top, LAST_YEAR),
    )

    assert values_of(own, "性别")["合计"] == values_of(whole, "性别")["合计"] == 2
    assert not grid_of(own, "性别").lines[0].cells[0].url
    url = grid_of(whole, "性别").lines[0].cells[0].url
    assert f"counted_on={LAST_YEAR}-12-31" in url


def test_an_officer_of_one_top_organisation_does_not_see_who_moved_below_another(top, branch, secretary):
    """The short way, for whoever sees everybody, is not theirs."""
    member = builders.make_member(branch)
    elsewhere = builders.make_organisation(builders.make_organisation())
    member.organisation, member.root_id = elsewhere, None
    member.save()

    own = yearly.build(builders.make_user("officer", top), top, LAST_YEAR)

    assert values_of(own, "性别")["合计"] == 1
    assert not grid_of(own, "性别").lines[0].cells[0].url


def test_the_running_year_says_until_when(branch, secretary, client_for):
    page = client_for(secretary).get(reverse("portal:report-yearly"))

    assert page.context["report"].on == TODAY
    assert page.context["report"].organisation == branch
    if dt.date(TODAY.year, 12, 31) != TODAY:
        assert f"本年未结束，数据截至{TODAY}" in page.content.decode()
    past = client_for(secretary).get(reverse("portal:report-yearly"), {"year": LAST_YEAR})
    assert past.context["report"].on == dt.date(LAST_YEAR, 12, 31)
    assert "本年未结束" not in past.content.decode()


def test_the_workbook_of_the_year(branch, secretary, client_for):
    builders.make_member(branch, education="master")
    client = client_for(secretary)
    report = client.get(reverse("portal:report-yearly")).context["report"]

    book = book_of(client.get(reverse("portal:report-yearly-file")))

    assert book.sheetnames == [
        "党员基本情况", "发展党员", "党组织", "年度增减", "出党", "民主评议", "教育培训", "口径",
    ]  # fmt: skip
    check_book(book, report)


# --- Who, and what is asked ------------------------------------------------------------------------------------


def test_only_what_one_may_see(top, branch, secretary, client_for):
    administrator = builders.make_user("administrator", top)
    assert client_for(administrator).get(reverse("portal:report-coverage")).status_code == 200
    assert client_for(administrator).get(reverse("portal:report-yearly")).status_code == 403
    assert [
        kind.code for kind, _ in client_for(administrator).get(reverse("portal:report-list")).context["kinds"]
    ] == ["coverage"]
    above = {"organisation": top.code}
    for code in KINDS:
        page = client_for(secretary).get(reverse(f"portal:report-{code}"), above)
        assert page.context["report"] is None
        assert "找不到党组织" in page.content.decode()
        file = client_for(secretary).get(reverse(f"portal:report-{code}-file"), above)
        assert file.status_code == 302


def test_members_count_only_where_members_may_be_read(top, branch):
    """Reads statistics here and keeps accounts there: the year of there is not theirs to read."""
    elsewhere = builders.make_organisation(top)
    user = builders.make_user("secretary", branch)
    Appointment.objects.create(
        user=user, role="administrator", organisation=elsewhere, starts_on=builders.LONG_AGO
    )
    user = User.objects.get(pk=user.pk)

    assert COVERAGE.may_view_at(user, elsewhere)
    assert not YEARLY.may_view_at(user, elsewhere)
    assert YEARLY.may_view_at(user, branch)


def test_sheets_about_activities_need_that_right(branch, secretary, monkeypatch):
    monkeypatch.setattr(
        yearly, "has_at", lambda user, permission, organisation: permission != "activities.view"
    )

    report = yearly.build(secretary, branch, TODAY.year)

    assert report.left_out == ("民主评议", "教育培训")
    assert {sheet.name for sheet in report.sheets}.isdisjoint(report.left_out)


@pytest.mark.parametrize(
    ("code", "query", "words"),
    [
        ("coverage", {"month": "2026-13"}, "月份“2026-13”应写成"),
        ("coverage", {"month": "2999-01"}, "还没有到"),
        ("coverage", {"month": "1999-12"}, "早于2000年"),
        ("coverage", {"by": "building"}, "building"),
        ("coverage", {"organisation": "无此组织"}, "找不到党组织"),
        ("yearly", {"year": "1848"}, "1848"),
        ("yearly", {"year": "二"}, "二"),
    ],
)
def test_what_cannot_be_reported_is_said(secretary, client_for, code, query, words):
    page = client_for(secretary).get(reverse(f"portal:report-{code}"), query)

    assert page.status_code == 200
    assert page.context["report"] is None
    assert words in page.content.decode()


def test_a_portal_without_organisations_says_so(client_for):
    root = User.objects.create_superuser(username="root", password=builders.PASSWORD)

    for code in KINDS:
        page = client_for(root).get(reverse(f"portal:report-{code}"))
        assert page.context["report"] is None
        assert "还没有可以统计的党组织" in page.content.decode()


@pytest.mark.parametrize("code", list(KINDS))
def test_the_number_of_queries_is_fixed(top, branch, secretary, client_for, code):
    client, address = (
        client_for(builders.make_user("officer", top)),
        reverse(f"portal:report-{code}"),
    )
    builders.make_enterprise(park=builders.make_park())
    client.get(address)

    def asked():
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        return len(queries)

    before = asked()
    for _ in range(3):
        home = builders.make_organisation(top)
        builders.make_member(home)
        park = builders.make_park()
        builders.cover(builders.make_enterprise(park=park), home)
    assert asked() == before <= 30
