"""The composition of the register: every table adds up, every figure opens a list of that many, movements balance."""

import datetime as dt
import io

import openpyxl
import pytest
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from members import composition
from members.actions import register
from members.choices import Closing, Education, Membership, Occupation, Opening, Relation, Title
from members.filters import MemberFilter
from members.models import Member, Posting
from orgs.models import Role
from tests import builders

pytestmark = pytest.mark.django_db
YEAR_END = dt.date(2025, 12, 31)


@pytest.fixture
def top():
    return builders.make_organisation()


@pytest.fixture
def branch(top):
    return builders.make_organisation(top)


@pytest.fixture
def officer(top):
    return builders.make_user(Role.OFFICER, top)


def counts(table):
    return {row.band.value: row.count for row in (*table.rows, *table.extra) if row.count}


def table(organisation, name, day=YEAR_END):
    (found,) = composition.tables(composition.counted_on(organisation, day), day, [composition.BY_NAME[name]])
    return found


@pytest.mark.parametrize(
    ("born_on", "day", "band"),
    [
        (dt.date(1995, 1, 1), YEAR_END, "to30"),
        (dt.date(1994, 12, 31), YEAR_END, "31to35"),
        (dt.date(1990, 1, 1), YEAR_END, "31to35"),
        (dt.date(1989, 12, 31), YEAR_END, "36to40"),
        (dt.date(1965, 1, 1), YEAR_END, "56to60"),
        (dt.date(1964, 12, 31), YEAR_END, "from61"),
        (dt.date(1996, 2, 29), dt.date(2027, 2, 27), "to30"),
        (dt.date(1996, 2, 29), dt.date(2027, 2, 28), "31to35"),
        (None, YEAR_END, "none"),
    ],
)
def test_age_at_the_cut_off(branch, born_on, day, band):
    builders.make_member(branch, born_on=born_on)

    found = counts(table(branch, "age", day))
    found.pop("to35", None)

    assert found == {band: 1}


@pytest.mark.parametrize(
    ("joined_on", "band"),
    [
        (dt.date(1949, 9, 30), "to1949"),
        (dt.date(1949, 10, 1), "to1978"),
        (dt.date(1978, 12, 17), "to1978"),
        (dt.date(1978, 12, 18), "to2012"),
        (dt.date(2012, 11, 7), "to2012"),
        (dt.date(2012, 11, 8), "from2012"),
        (None, "none"),
    ],
)
def test_joining_period(branch, joined_on, band):
    builders.make_member(branch, joined_on=joined_on, confirmed_on=None)

    assert counts(table(branch, "joined")) == {band: 1}


def test_the_day_decides_who_is_probationary(branch):
    builders.make_member(branch, joined_on=dt.date(2025, 3, 1), confirmed_on=dt.date(2026, 3, 1))

    assert counts(table(branch, "membership")) == {"probationary": 1}
    assert counts(table(branch, "membership", dt.date(2026, 3, 1))) == {"full": 1}


PEOPLE = st.fixed_dictionaries(
    {
        "sex": st.sampled_from(["male", "female"]),
        "ethnicity": st.sampled_from(["", "汉", "汉族", "回族", "满族"]),
        "born_on": st.none() | st.dates(dt.date(1930, 1, 1), dt.date(2007, 1, 1)),
        "education": st.sampled_from(["", *Education.values]),
        "title": st.sampled_from(["", *Title.values]),
        "occupation": st.sampled_from(["", *Occupation.values]),
        "is_research": st.sampled_from([None, True, False]),
        "joined_on": st.none() | st.dates(dt.date(1948, 1, 1), dt.date(2025, 1, 1)),
        "relation": st.sampled_from(Relation.values),
        "membership": st.sampled_from([Membership.FULL, Membership.PROBATIONARY]),
        "confirmed_on": st.none(),
    }
)


@given(people=st.lists(PEOPLE, max_size=6))
@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
def test_every_table_adds_up_and_every_figure_is_a_list(officer, top, people):
    here = builders.make_organisation(top)
    for person in people:
        builders.make_member(here, **person)
    today = timezone.localdate()

    tables = composition.tables(composition.counted_on(here, today), today)

    listed = Member.objects.visible_to(officer).filter(organisation=here)
    for found in tables:
        assert sum(row.count for row in found.rows) == found.total == listed.in_register().count()
        for row in (*found.rows, *found.extra):
            query = {found.dimension.name: row.band.value}
            if found.dimension.name != "membership" or row.count:
                assert MemberFilter(query, queryset=listed).qs.count() == row.count, query


def test_one_query_for_all_tables(branch, django_assert_num_queries):
    builders.make_member(branch)

    with django_assert_num_queries(1):
        composition.tables(composition.counted_on(branch, YEAR_END), YEAR_END)


def test_the_day_reads_the_postings_of_that_day(top, branch, officer):
    other = builders.make_organisation(top)
    member = builders.make_member(branch)
    register.move_member(member=member, organisation=other, on=dt.date(2026, 1, 1), by=officer)

    assert [table(o, "sex").total for o in (branch, other, top)] == [1, 0, 1]
    assert [table(o, "sex", dt.date(2026, 1, 1)).total for o in (branch, other, top)] == [0, 1, 1]


MOVES = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.dates(dt.date(2025, 1, 1), dt.date(2026, 11, 1)),
        st.dates(dt.date(2025, 1, 1), dt.date(2026, 11, 1)),
        st.sampled_from([way for way in Opening if way != Opening.MOVED]),
        st.sampled_from([way for way in Closing if way != Closing.MOVED]),
        st.booleans(),
    ),
    max_size=6,
)


@given(moves=MOVES, since=st.dates(dt.date(2025, 1, 1), dt.date(2026, 6, 1)))
@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
def test_who_came_and_went_explains_the_change(top, moves, since):
    """members(t) = members(t−1) + admitted + transferred in + restored − transferred out − died − exits."""
    area = builders.make_organisation(top)
    branches = [
        builders.make_organisation(area),
        builders.make_organisation(area),
        builders.make_organisation(top),
    ]
    until = dt.date(2026, 11, 1)
    for place, one, two, opened, closed, goes_on in moves:
        first, last = min(one, two), max(one, two)
        member = builders.make_member(branches[place])
        posting = member.postings.get()
        posting.since, posting.opened_how = first, opened
        posting.until, posting.closed_how = last, Closing.MOVED if goes_on else closed
        posting.save()
        if goes_on:
            target = branches[(place + 1) % 3]
            Posting.objects.create(member=member, organisation=target, since=last, opened_how=Opening.MOVED)

    for organisation in (area, *branches):
        found = composition.movement(organisation, since, until)
        assert found.start == composition.counted_on(organisation, since).count()
        assert found.end == composition.counted_on(organisation, until).count()
        assert found.start + found.arrived - found.departed == found.end
        assert min(count for _, count in (*found.arrivals, *found.departures)) >= 0


def test_moves_inside_are_no_change(top, branch, officer):
    other = builders.make_organisation(top)
    member = builders.make_member(branch)
    register.move_member(member=member, organisation=other, on=dt.date(2026, 3, 1), by=officer)

    whole = composition.movement(top, YEAR_END, dt.date(2026, 11, 1))
    left = composition.movement(branch, YEAR_END, dt.date(2026, 11, 1))

    assert (whole.arrived, whole.departed, whole.inside) == (0, 0, 1)
    assert dict(left.departures)["内部转接（转往本级范围以外）"] == 1


def test_page_and_workbook_tell_the_same(client_for, officer, top, branch):
    admitted = {"membership": "probationary", "joined_on": dt.date(2026, 3, 1), "since": dt.date(2026, 3, 1)}
    recruit = builders.make_member(branch, sex="female", **admitted)
    recruit.postings.update(opened_how=Opening.ADMITTED)
    builders.make_member(branch, education="college")
    client = client_for(officer)

    page = client.get(reverse("members:composition"), {"organisation": branch.code})
    report = page.context["report"]
    answer = client.get(reverse("members:composition-file"), {"organisation": branch.code})
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))

    assert (report.total, report.recruited, report.movement.start) == (2, 1, 1)
    assert f"organisation={branch.code}&amp;education=college_up" in page.content.decode()
    assert [sheet.title for sheet in book] == ["构成", "增减", "发展"]
    assert "党员2名" in book["构成"]["A1"].value
    past = client.get(reverse("members:composition"), {"organisation": branch.code, "on": "2025-12-31"})
    assert past.context["report"].total == 1
    assert "education=college_up" not in past.content.decode()


@pytest.mark.parametrize(
    "query", [{"on": "2999-01-01"}, {"on": "2025-01-01", "since": "2025-01-01"}, {"organisation": "ORG-无"}]
)
def test_what_cannot_be_counted_is_said(client_for, officer, branch, query):
    page = client_for(officer).get(reverse("members:composition"), query)

    assert page.context["form"].errors
    assert page.context["report"] is None


def test_a_secretary_counts_the_own_branch(client_for, top, branch):
    builders.make_member(branch)
    client = client_for(builders.make_user(Role.SECRETARY, branch))

    assert client.get(reverse("members:composition")).context["report"].organisation == branch
    assert client.get(reverse("members:composition"), {"organisation": top.code}).context["form"].errors
