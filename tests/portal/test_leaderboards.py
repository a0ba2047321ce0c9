"""榜单: ranking with small numbers, ties, the month before, who is named, and who sees what."""

import datetime as dt
import io

import openpyxl
import pytest
from django.urls import reverse
from django.utils import timezone

from orgs.models import AuditEvent, DatedSetting
from orgs.statistics import Rate
from portal.leaderboards import BOARDS, Leaderboard, at_level, days, month_before, standings, wilson
from portal.models import Reckoning, Snapshot
from tests.builders import make_organisation, make_user

pytestmark = pytest.mark.django_db
PAGE, EXPORT = reverse("portal:leaderboards"), reverse("portal:leaderboard-export")
API = reverse("api:leaderboards")
DUTIES = BOARDS["duty_rate"]


@pytest.fixture
def today():
    return timezone.localdate()


@pytest.fixture
def top(today):
    Reckoning.objects.create(day=month_before(month_before(today)))
    return make_organisation(name="科学城综合党委")


@pytest.fixture
def officer(top, client):
    user = make_user("officer", top)
    client.force_login(user)
    return user


def keep(organisation, *, since=None, until=None, **values):
    since = since or month_before(timezone.localdate()) + dt.timedelta(days=1)
    return Snapshot.objects.create(organisation=organisation, since=since, until=until, **values)


def branch(top, name, met, due, **kw):
    made = make_organisation(top, name=name)
    keep(made, duties_met=met, duties_due=due, **kw)
    return made


def setting(code, value):
    DatedSetting.objects.create(code=code, value=value, effective_on=dt.date(2020, 1, 1))


def board_of(top, board=DUTIES, **kw):
    return Leaderboard(board, at_level(top, 1), timezone.localdate(), **kw)


def ranks(entries):
    return [(entry.rank, entry.organisation.name) for entry in entries]


@pytest.mark.parametrize(
    ("numerator", "denominator", "bound"),
    # Computed from the formula by hand: e.g. 98 of 100 gives 0.9300, 2 of 2 gives 0.3424.
    [(0, 0, 0.0), (0, 10, 0.0), (2, 2, 0.3424), (10, 10, 0.7225), (98, 100, 0.9300), (50, 100, 0.4038)],
)
def test_the_lower_end_of_a_share(numerator, denominator, bound):
    assert wilson(Rate(numerator, denominator)) == pytest.approx(bound, abs=5e-5)


def test_many_cases_beat_a_few_and_too_few_have_no_rank(top):
    branch(top, "甲支部", 98, 100)
    branch(top, "乙支部", 6, 6)
    branch(top, "丙支部", 4, 4)
    branch(top, "丁支部", 0, 0)
    make_organisation(top, name="戊支部")  # nothing was kept of it

    board = board_of(top)

    assert ranks(board.ranked) == [(1, "甲支部"), (2, "乙支部")]
    assert ranks(board.small) == [(None, "丙支部")]
    assert board.without == 2


@pytest.mark.parametrize(("cases", "is_ranked"), [(4, False), (5, True)])
def test_the_smallest_number_itself_is_enough(top, cases, is_ranked):
    branch(top, "甲支部", cases, cases)

    assert bool(board_of(top).ranked) == is_ranked


def test_the_smallest_number_is_a_dated_setting(top):
    branch(top, "甲支部", 4, 4)
    setting("leaderboard_least", 3)

    assert ranks(board_of(top).ranked) == [(1, "甲支部")]


def test_equal_figures_share_a_rank_and_the_next_one_is_skipped(top):
    for name, met in (("甲支部", 90), ("乙支部", 95), ("丙支部", 90), ("丁支部", 80)):
        branch(top, name, met, 100)

    assert ranks(board_of(top).ranked) == [(1, "乙支部"), (2, "丙支部"), (2, "甲支部"), (4, "丁支部")]


def test_places_won_and_lost_since_the_month_before(top, today):
    last = month_before(today)
    first = last + dt.timedelta(days=1)
    up, down, new = (make_organisation(top, name=name) for name in ("甲支部", "乙支部", "丙支部"))
    for organisation, before, now in ((up, 60, 90), (down, 80, 70)):
        keep(organisation, since=last, until=first, duties_met=before, duties_due=100)
        keep(organisation, since=first, duties_met=now, duties_due=100)
    keep(new, since=first, duties_met=50, duties_due=100)

    board = board_of(top)

    changes = [(entry.organisation, entry.rank, entry.rank_before, entry.change) for entry in board.ranked]
    assert changes == [(up, 1, 2, 1), (down, 2, 1, -1), (new, 3, None, None)]
    assert board.compared_with == last


def test_nobody_is_new_where_the_month_before_had_no_places(client, top, officer, today):
    ours = branch(top, "甲支部", 9, 10)
    page = client.get(PAGE, {"board": "duty_rate"}).content.decode()
    assert "新上榜" not in page
    assert f"{month_before(today)}没有可比的名次" in page

    peer = make_organisation(top, name="乙支部")
    keep(peer, since=month_before(today), until=today, duties_met=5, duties_due=10)
    keep(peer, since=today, duties_met=5, duties_due=10)
    assert "新上榜" in client.get(PAGE, {"board": "duty_rate"}).content.decode()
    assert [
        one.entry.is_compared for one in standings(officer, ours, today) if one.board.code == "duty_rate"
    ] == [True]


def test_counts_are_ranked_per_hundred_members_and_days_upwards(top):
    small, large = make_organisation(top, name="小支部"), make_organisation(top, name="大支部")
    keep(small, activities=10, members=20, order_days_median=3.5, orders_finished=5)
    keep(large, activities=30, members=100, order_days_median=9.0, orders_finished=50)

    activities, speed = board_of(top, BOARDS["activities"]), board_of(top, BOARDS["order_days_median"])

    assert [(e.organisation, e.score) for e in activities.ranked] == [(small, 50.0), (large, 30.0)]
    assert [e.organisation for e in speed.ranked] == [small, large]


@pytest.mark.parametrize("code", BOARDS)
def test_every_board_ranks_a_row_that_has_everything(top, code):
    values = {
        field.name: 10 for field in Snapshot._meta.fields if field.get_internal_type() == "IntegerField"
    }
    keep(make_organisation(top, name="甲支部"), order_days_median=2.0, **values)

    board = board_of(top, BOARDS[code])

    assert ranks(board.ranked) == [(1, "甲支部")]
    assert board.board.definition().endswith("。")


def test_only_one_level_and_kind_is_ranked_and_dissolved_ones_are_not(top):
    committee = make_organisation(top, "area_committee", name="片区党委")
    keep(committee, duties_met=9, duties_due=10)
    below = branch(committee, "下级支部", 9, 10)
    branch(top, "甲支部", 9, 10)
    branch(top, "旧支部", 10, 10)
    type(top).objects.filter(name="旧支部").update(dissolved_on=timezone.localdate())

    assert {o.name for o in at_level(top, 1)} == {"片区党委", "甲支部"}
    assert list(at_level(top, 1, "area_committee")) == [committee]
    assert list(at_level(top, 2)) == [below]


def test_only_the_first_are_named(client, top, officer):
    for number, name in enumerate(("甲支部", "乙支部", "丙支部")):
        branch(top, name, 90 - number * 10, 100)
    setting("leaderboard_named", 2)

    page = client.get(PAGE, {"board": "duty_rate"})
    whole = client.get(PAGE, {"board": "duty_rate", "all": "1"}).content.decode()
    interface = client.get(API, {"board": "duty_rate"}).json()

    text = page.content.decode()
    assert "乙支部" in text
    assert "丙支部" not in text
    assert "其余1个不列出" in text
    assert "丙支部" in whole
    assert [entry["name"] for entry in interface["entries"]] == ["甲支部", "乙支部"]
    assert interface["unnamed"] == 1


def test_who_only_reads_is_not_shown_the_others_either(client, top):
    branch(top, "甲支部", 90, 100)
    branch(top, "乙支部", 80, 100)
    setting("leaderboard_named", 1)
    client.force_login(make_user("leader", top))

    page = client.get(PAGE, {"board": "duty_rate", "all": "1"}).content.decode()

    assert "乙支部" not in page
    assert "查看全部" not in page


def test_a_branch_learns_its_own_place_and_nothing_of_the_others(client, top):
    ours, theirs = branch(top, "甲支部", 80, 100), branch(top, "乙支部", 97, 101)  # the row that could leak
    client.force_login(make_user("secretary", ours))

    page = client.get(PAGE)
    standing = next(s for s in page.context["standings"] if s.board is DUTIES)

    assert (standing.entry.rank, standing.count) == (2, 2)
    text = page.content.decode()
    assert theirs.name not in text
    assert "97/101" not in text
    other = client.get(PAGE, {"organisation": theirs.code})
    assert other.context["form"].errors
    assert theirs.name not in other.content.decode()
    assert client.get(API, {"organisation": theirs.code}).status_code == 404
    assert client.get(API, {"organisation": top.code}).status_code == 404


def test_a_top_organisation_has_no_peers(top, officer):
    assert standings(officer, top, timezone.localdate()) == []


def test_an_administrator_sees_no_board_about_people(client, top):
    branch(top, "甲支部", 90, 100)
    client.force_login(make_user("administrator", top))

    page = client.get(PAGE)
    wrong = client.get(PAGE, {"board": "duty_rate"})

    assert [board.code for board in BOARDS.values() if board.title in page.content.decode()] == [
        "organisation_coverage",
        "work_coverage",
        "survey_rate",
    ]
    assert wrong.context["form"].faults == ["“榜单”：您没有查看这项数据的权限。"]
    assert "甲支部" not in wrong.content.decode()
    assert client.get(API, {"board": "duty_rate"}).status_code == 403


@pytest.mark.parametrize("count", [1, 4])
def test_the_query_count_does_not_grow(client, top, officer, count, django_assert_max_num_queries):
    for number in range(count):
        branch(top, f"支部{number}", 5 + number, 20)
    client.get(PAGE)

    with django_assert_max_num_queries(17):
        assert len(client.get(PAGE, {"board": "duty_rate"}).context["rows"]) == count


def test_the_page_says_how_it_ranks_and_what_is_missing(client, top, officer):
    text = client.get(PAGE, {"board": "duty_rate"}).content.decode()
    assert "三会一课" in text
    assert "置信区间下限" in text
    assert "没有参加排名的党组织" in text
    Reckoning.objects.all().delete()
    assert "这一天还没有数据" in client.get(PAGE).content.decode()


@pytest.mark.parametrize(
    "query", [{"board": "x"}, {"level": "9"}, {"on": "2020-01-01"}, {"organisation": "不存在"}, {"kind": "x"}]
)
def test_nonsense_is_told_and_ranks_nobody(client, top, officer, query):
    branch(top, "甲支部", 90, 100)

    page = client.get(PAGE, query)

    assert page.status_code == 200
    assert page.context["form"].faults
    assert "甲支部" not in page.content.decode()
    assert client.get(API, query).status_code in (400, 404)


def test_days_are_today_and_the_ends_of_months_since_figures_are_kept(top, today):
    last = month_before(today)

    assert days() == [today, last, month_before(last)]


def test_the_end_of_a_month_is_ranked_as_it_was(client, top, officer, today):
    last = month_before(today)
    made = make_organisation(top, name="甲支部")
    keep(made, since=last, until=today, duties_met=7, duties_due=10)
    keep(made, since=today, duties_met=9, duties_due=10)

    then = client.get(API, {"board": "duty_rate", "on": str(last)}).json()
    now = client.get(API, {"board": "duty_rate"}).json()

    assert [entry["numerator"] for entry in (*then["entries"], *now["entries"])] == [7, 9]


def test_the_file_holds_what_the_page_names(client, top, officer):
    branch(top, "甲支部", 90, 100)
    branch(top, "乙支部", 3, 3)

    answer = client.post(f"{EXPORT}?board=duty_rate", {"file_format": "xlsx", "purpose": "季度讲评"})

    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    rows = [row[:6] for row in sheet.iter_rows(min_row=3, values_only=True)]
    codes = dict(type(top).objects.values_list("name", "code"))
    assert rows == [
        (1, "甲支部", codes["甲支部"], 0.9, 90, 100),
        ("不排名", "乙支部", codes["乙支部"], 1, 3, 3),
    ]
    assert AuditEvent.objects.filter(action="export").get().detail["list"] == "组织生活榜"
