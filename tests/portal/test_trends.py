"""Trends from kept figures: each month's own share of what is kept by year, breaks where nothing is known."""

import datetime as dt

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from portal import charts, snapshots
from portal.models import Snapshot
from portal.trends import MONTHS, NAME_HEIGHT, Change, changes, trend
from portal.wall import Wall
from portal.work import Scope
from tests import builders

pytestmark = pytest.mark.django_db


@pytest.fixture
def top():
    return builders.make_organisation()


def keep(organisation, day, until=None, **columns):
    """A row as `portal.snapshots` writes it."""
    kept = {
        "units_active": 10,
        "units_organisation": 5,
        "units_work": 8,
        "units_own": 1,
        "units_should_found": 2,
    }
    return Snapshot.objects.create(
        organisation=organisation, since=day, until=until, **kept | {"units_surveyed": 0} | columns
    )


def keep_every_month(organisation):
    """From a month before the trend until today; of each year 3 activities a month, with 4 of 5 present."""
    days = [*snapshots.month_ends(MONTHS + 1), timezone.localdate()]
    for place, (day, until) in enumerate(zip(days, [*days[1:], None], strict=True)):
        keep(
            organisation, day, until, units_organisation=place % 11, members=100 + place,
            activities=3 * day.month, present=12 * day.month, expected=15 * day.month,
        )  # fmt: skip
    return days[1:]


def scope(user, organisation):
    return Scope(user, organisation, timezone.localdate())


def test_a_trend_shows_each_months_end_and_today(top):
    days = keep_every_month(top)

    found = trend(scope(builders.make_user("leader", top), top))

    assert found.days == days
    assert len(days) == MONTHS + 1
    coverage, work = found.coverage
    assert coverage.values == [(place % 11) / 10 for place in range(1, MONTHS + 2)]
    assert work.values == [0.8] * (MONTHS + 1)
    assert [line.measured.code for line in found.others] == ["members", "activities", "participation_rate"]
    assert found.others[0].last == 100 + MONTHS + 1


def test_what_is_kept_by_year_is_shown_by_month(top):
    days = keep_every_month(top)

    _, activities, rate = trend(scope(builders.make_user("leader", top), top)).others

    # Today's month is the last whole one's successor: it has its three as well, the year beginning anew in January.
    assert activities.values == [3] * len(days)
    assert rate.values == [pytest.approx(0.8)] * len(days)


def test_what_is_not_known_breaks_the_line(top):
    days = [*snapshots.month_ends(MONTHS), timezone.localdate()]
    keep(top, days[2], days[4])
    keep(top, days[6], None)

    line = trend(scope(builders.make_user("leader", top), top)).coverage[0]

    assert [value is None for value in line.values[:7]] == [True, True, False, False, True, True, False]
    assert len(line.shapes) == 2


def test_only_what_one_may_see(top):
    keep_every_month(top)

    found = trend(scope(builders.make_user("administrator", top), top))

    assert found.others == []
    assert found.is_known


def test_without_history_the_part_says_so(client_for, top):
    keep(top, timezone.localdate())
    client = client_for(builders.make_user("leader", top))

    page = client.get(reverse("portal:dashboard-part", args=["trend"])).content.decode()

    assert "还没有足够的历史数据" in page
    assert "<polyline" not in page


def test_cards_say_what_changed_since_the_last_month_ended(client_for, top):
    (last,) = snapshots.month_ends(1)
    keep(top, last, timezone.localdate(), units_organisation=4, units_should_found=3, members=7)
    park = builders.make_park()
    for _ in range(2):
        builders.make_enterprise(park=park)
    client = client_for(builders.make_user("leader", top))

    page = client.get(reverse("portal:dashboard")).content.decode()
    past = client.get(reverse("portal:dashboard"), {"on": last.isoformat()}).content.decode()

    assert "▼ 40.0个百分点 较上月末" in page
    assert "▼ 3 较上月末" in page
    assert "较上月末" not in past
    cache.clear()
    shown = {card.label: card for card in Wall(top).headlines}
    assert shown["组织覆盖率"].change.short == "▼ 40.0"
    assert shown["党员"].change.short == "▼ 7"


def test_nothing_changed_is_said_in_words(top):
    (last,) = snapshots.month_ends(1)
    keep(top, last, None, members=7)

    assert changes(top, {"members": 7})["members"].words == "持平"
    assert Change(0.0004, is_rate=True).words == "持平"
    assert Change(-0.0006, is_rate=True).words == "▼ 0.1个百分点"
    assert Change(-10, is_rate=False).words == "▼ 10"
    assert changes(top, {"activities": 7}) == {}


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ([0.626, 0.929], [0.6, 0.7, 0.8, 0.9, 1.0]),
        ([0.451, 0.458], [0.45, 0.46]),
        ([71, None, 93], [70, 80, 90, 100]),
        ([5, 5], [4, 6]),
        ([None], [0, 0.5]),
    ],
)
def test_an_axis_has_a_few_round_lines_around_all_values(values, ticks):
    axis = charts.Axis.over(values, height=100, least_step=0.01)

    assert [value for _, value in axis.ticks] == pytest.approx(ticks)
    assert (axis.ticks[0][0], axis.ticks[-1][0]) == (100, 0)


@pytest.mark.parametrize(
    ("values", "ticks"), [([1, 1], [0.5, 1]), ([0.97, 1], [0.97, 0.98, 0.99, 1]), ([0, 0], [0, 0.5])]
)
def test_an_axis_of_shares_ends_with_all(values, ticks):
    axis = charts.Axis.over(values, height=100, least_step=0.01, most=1.0)

    assert [value for _, value in axis.ticks] == pytest.approx(ticks)


def test_names_of_lines_that_meet_stand_apart(top):
    keep(top, dt.date(2020, 1, 1), None, units_active=10, units_organisation=10, units_work=10)
    found = trend(scope(builders.make_user("leader", top), top))

    (_, organisation), (_, work) = found.named

    assert [line.end[1] for line in found.coverage] == [0, 0]
    assert organisation - work == -NAME_HEIGHT or work - organisation == -NAME_HEIGHT


def test_lines_run_from_edge_to_edge():
    axis = charts.Axis(0, 10, 100, 5)

    assert charts.lines([0, 5, 10], axis, width=200) == ["0.0,100.0 100.0,50.0 200.0,0.0"]
    assert charts.lines([0, None, 10, 5], axis, width=300) == ["0.0,100.0", "200.0,0.0 300.0,50.0"]
    assert charts.lines([None], axis, width=300) == []
