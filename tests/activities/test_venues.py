"""Stations: opening times to the minute, the rota, who sees and who keeps them."""

import datetime as dt
import itertools
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from activities.actions import rota as rota_actions
from activities.actions import venues as actions
from activities.models import RestDays, ServiceShift, Venue
from activities.venues import rota
from activities.venues.opening import opening_of
from orgs import clock
from orgs.models import AuditEvent, CalendarDay, User
from tests import builders

pytestmark = pytest.mark.django_db
WORKING = [[[9 * 60, 12 * 60], [13 * 60 + 30, 17 * 60]]] * 5 + [[], []]
DAY_AND_NIGHT = [[[0, 1440]]] * 7
FIRST = dt.date(2026, 1, 1)
MONDAY = dt.date(2026, 11, 23)


def venue_of(organisation=None, *, week=WORKING, rest_days=RestDays.CLOSED, **values):
    values = {"name": f"测试服务站{builders.next_number()}", "since": FIRST} | values
    return actions.add_venue(
        organisation=organisation or builders.make_organisation(),
        values=values,
        week=week,
        rest_days=rest_days,
        by=User.objects.system(),
    )


def at(day, text):
    hours, minutes = map(int, text.split(":"))
    return clock.moment(day, hours * 60 + minutes)


def refused(error, field):
    return error.value.message_dict[field][0]


# --- Clock times ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "ranges"),
    [
        ("", []),
        ("09:00-12:00，13:30-17:00", [[540, 720], [810, 1020]]),
        ("9：00—12：00 13：30～24：00", [[540, 720], [810, 1440]]),
        ("13:30 至 17:00; 9:00 - 12:00", [[540, 720], [810, 1020]]),
        ("09:00-12:00、12:00-13:00", [[540, 780]]),
        ("0:00-24:00", [[0, 1440]]),
    ],
)
def test_ranges_are_read_as_people_write_them(text, ranges):
    assert clock.parse_ranges(text) == ranges


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("上午", "看不懂"),
        ("9-12", "看不懂"),
        ("09:00-24:01", "不是一天内的时间"),
        ("09:60-10:00", "不是一天内的时间"),
        ("22:00-02:00", "跨过零点的请分填两天"),
        ("09:00-09:00", "须晚于"),
        ("09:00-12:00，11:59-13:00", "重叠"),
        ("，".join(f"{hour}:00-{hour}:30" for hour in range(8, 15)), "最多"),
    ],
)
def test_wrong_ranges_are_told(text, words):
    with pytest.raises(ValidationError, match=words):
        clock.parse_ranges(text)


@settings(suppress_health_check=[HealthCheck.too_slow])  # the first example waits for a busy machine
@given(
    st.lists(st.tuples(st.integers(0, 1439), st.integers(1, 1440)).filter(lambda r: r[0] < r[1]), max_size=8)
)
def test_joined_ranges_cover_the_same_minutes(ranges):
    joined = clock.joined(ranges)
    assert {m for a, b in joined for m in range(a, b)} == {m for a, b in ranges for m in range(a, b)}
    assert all(before[1] < after[0] for before, after in itertools.pairwise(joined))
    assert clock.parse_ranges(clock.range_words(joined[: clock.MOST])) == joined[: clock.MOST]


# --- When it is open -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "end", "is_open"),
    [
        ("09:00", "12:00", True),
        ("08:59", "10:00", False),
        ("09:00", "12:01", False),
        ("11:00", "14:00", False),  # over the noon break
        ("12:30", "13:00", False),
        ("13:30", "17:00", True),
        ("16:30", "17:30", False),
    ],
)
def test_open_within_one_range(start, end, is_open):
    venue = venue_of()
    found = opening_of(venue, MONDAY)
    assert found.is_open(venue, at(MONDAY, start), at(MONDAY, end)) is is_open
    assert found.minutes(venue, MONDAY) == 390


def test_what_is_open_over_midnight_is_one_stretch():
    venue = venue_of(week=DAY_AND_NIGHT, rest_days=RestDays.OPEN)
    found = opening_of(venue, MONDAY, MONDAY + dt.timedelta(days=1))
    tomorrow = MONDAY + dt.timedelta(days=1)
    assert found.is_open(venue, at(MONDAY, "23:00"), at(tomorrow, "02:00"))
    assert found.is_open(venue, at(MONDAY, "23:30"), at(tomorrow, "00:00"))
    evenings = venue_of(week=[[[18 * 60, 1440]]] * 7, rest_days=RestDays.OPEN)
    assert not found.is_open(evenings, at(MONDAY, "23:00"), at(tomorrow, "01:00"))
    assert at(MONDAY, "24:00") - at(MONDAY, "00:00") == dt.timedelta(hours=24)  # no summer time


# 2026: National Day is a Thursday, 10 October a made-up Saturday, 1 March an ordinary Sunday.
@pytest.mark.parametrize(
    ("day", "rest_days", "minutes"),
    [
        ("2026-09-30", RestDays.CLOSED, 390),
        ("2026-10-01", RestDays.CLOSED, 0),
        ("2026-10-01", RestDays.WEEKENDS, 0),
        ("2026-10-01", RestDays.OPEN, 390),
        ("2026-10-10", RestDays.CLOSED, 390),  # made up: as on Monday
        ("2026-10-03", RestDays.WEEKENDS, 0),  # a Saturday within the holiday
        ("2026-10-17", RestDays.CLOSED, 0),
    ],
)
def test_rest_days_follow_the_working_calendar(day, rest_days, minutes):
    venue, day = venue_of(rest_days=rest_days), dt.date.fromisoformat(day)
    assert opening_of(venue, day).minutes(venue, day) == minutes


def test_an_open_weekend_keeps_its_own_time_and_still_rests_on_holidays():
    week = [*WORKING[:5], [[600, 960]], []]
    venue, saturday, holiday = (
        venue_of(week=week, rest_days=RestDays.WEEKENDS),
        dt.date(2026, 11, 28),
        dt.date(2026, 10, 3),
    )
    assert opening_of(venue, saturday).ranges(venue, saturday) == [[600, 960]]
    assert opening_of(venue, holiday).ranges(venue, holiday) == []
    CalendarDay.objects.create(day=saturday, is_workday=False, note="运动会")
    assert opening_of(venue, saturday).why_closed(venue, saturday) == "节假日不开放"


def test_special_days_win_and_use_ends():
    today = timezone.localdate()
    venue = venue_of(week=DAY_AND_NIGHT, rest_days=RestDays.OPEN)
    by = User.objects.system()
    shut, short, gone = (today + dt.timedelta(days=n) for n in (1, 2, 5))
    actions.set_special_days(venue=venue, first=shut, note="检修", by=by)
    (special,) = actions.set_special_days(venue=venue, first=short, ranges=[[600, 660]], by=by)
    actions.close_venue(venue=venue, until=gone, reason="搬迁", by=by)
    venue.refresh_from_db()
    found = opening_of(venue, today, gone)
    assert [found.minutes(venue, today + dt.timedelta(days=n)) for n in range(6)] == [
        1440,
        0,
        60,
        1440,
        1440,
        0,
    ]
    assert found.why_closed(venue, shut) == "检修"
    actions.remove_special_day(special=special, by=by)
    assert opening_of(venue, short).minutes(venue, short) == 1440


def test_a_new_timetable_leaves_the_old_days_as_they_were():
    venue, since = venue_of(), timezone.localdate() + dt.timedelta(days=7)
    since += dt.timedelta(days=(-since.weekday()) % 7)
    actions.set_hours(
        venue=venue, since=since, week=DAY_AND_NIGHT, rest_days=RestDays.OPEN, by=User.objects.system()
    )
    before = MONDAY
    found = opening_of(venue, before, since)
    assert (found.minutes(venue, before), found.minutes(venue, since)) == (390, 1440)


# --- Keeping one ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"latitude": Decimal(31)}, "longitude"),
        ({"latitude": Decimal(91), "longitude": Decimal(121)}, "latitude"),
        ({"latitude": Decimal(31), "longitude": Decimal("180.1")}, "longitude"),
        ({"phone": "19900001234"}, "phone"),
        ({"capacity": 0}, "capacity"),
        ({"name": ""}, "name"),
    ],
)
def test_what_a_station_cannot_be(values, field):
    with pytest.raises(ValidationError) as error:
        venue_of(**values)
    assert refused(error, field)


def test_a_name_stands_once_below_one_top_until_it_closes():
    top = builders.make_organisation()
    venue = venue_of(top, name="党群服务站")
    with pytest.raises(ValidationError, match="已有同名的阵地"):
        venue_of(builders.make_organisation(top), name="党群服务站")
    venue_of(name="党群服务站")
    actions.close_venue(venue=venue, until=timezone.localdate(), reason="搬迁", by=User.objects.system())
    assert venue_of(top, name="党群服务站").pk != venue.pk
    with pytest.raises(ValidationError, match="已经停用"):
        actions.keep_venue(venue=venue, by=User.objects.system())


def test_the_database_holds_the_rules_alone():
    venue = venue_of()
    for change in (
        {"latitude": 31},
        {"latitude": 95, "longitude": 121},
        {"until": FIRST - dt.timedelta(days=1)},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Venue.objects.filter(pk=venue.pk).update(**change)
    with pytest.raises(TypeError):
        venue.delete()


def test_who_looks_at_an_old_page_does_not_overwrite():
    venue, by = venue_of(), User.objects.system()
    seen = venue.updated_at
    actions.change_venue(venue=venue, values={"capacity": 30}, seen_at=seen, by=by)
    with pytest.raises(ValidationError, match="已被他人修改"):
        actions.change_venue(venue=venue, values={"capacity": 40}, seen_at=seen, by=by)


# --- Rota ----------------------------------------------------------------------------------------------


def shift_of(venue, **values):
    values = {
        "name": "税务咨询", "unit": "税务所", "weekday": 3, "opens": 540, "closes": 660, "since": FIRST,
    } | values  # fmt: skip
    return rota_actions.add_shift(venue=venue, values=values, by=User.objects.system())


def coming(weekday: int) -> dt.date:
    """In a week's time, on that weekday; an ordinary working day."""
    day = timezone.localdate() + dt.timedelta(days=7)
    return day + dt.timedelta(days=(weekday - day.isoweekday()) % 7)


@pytest.mark.parametrize(
    ("other", "fits"),
    [
        ({}, False),
        ({"opens": 660, "closes": 720}, True),  # follows at once
        ({"opens": 659, "closes": 720}, False),
        ({"weekday": 4}, True),
        ({"name": "户籍办理"}, True),
        ({"since": dt.date(2027, 1, 6)}, True),  # the first one has ended by then
        ({"since": dt.date(2026, 12, 30)}, False),  # a Wednesday, its last day
    ],
)
def test_the_same_service_is_not_arranged_twice_at_once(other, fits):
    venue = venue_of(week=DAY_AND_NIGHT, rest_days=RestDays.OPEN)
    shift_of(venue, until=dt.date(2026, 12, 30))
    if fits:
        assert shift_of(venue, **other)
        return
    with pytest.raises(ValidationError) as error:
        shift_of(venue, **other)
    assert "时间重叠" in refused(error, "name")


def test_a_single_day_meets_the_weekly_one():
    venue, day = venue_of(week=DAY_AND_NIGHT, rest_days=RestDays.OPEN), coming(3)
    shift_of(venue)
    with pytest.raises(ValidationError, match="时间重叠"):
        shift_of(venue, weekday=None, day=day)
    assert shift_of(venue, weekday=None, day=day, opens=840, closes=900).since is None


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"opens": 480}, "opens"),  # before it opens
        ({"opens": 690, "closes": 840}, "opens"),  # over noon
        ({"weekday": 6}, "opens"),
        ({"closes": 540}, "closes"),
        ({"weekday": None}, "weekday"),
        ({"day": dt.date(2999, 1, 1)}, "weekday"),  # both
        ({"until": dt.date(2025, 1, 1)}, "until"),
        ({"unit": ""}, "unit"),
    ],
)
def test_what_a_rota_refuses(values, field):
    with pytest.raises(ValidationError) as error:
        shift_of(venue_of(), **values)
    assert refused(error, field)


def test_what_is_over_leaves_the_page_and_what_served_stays_on_record(client_for):
    branch = builders.make_organisation(builders.make_organisation())
    venue = venue_of(branch, week=DAY_AND_NIGHT, rest_days=RestDays.OPEN)
    today = timezone.localdate()
    served = shift_of(venue, weekday=today.isoweekday(), person_name="王警官")
    never = shift_of(venue, name="法律援助", weekday=None, day=today)
    client = client_for(builders.make_user("secretary", branch))
    page = client.get(reverse("activities:venue-rota", args=[venue.pk])).content.decode()
    assert page.count("税务咨询") > 1
    assert "王警官" in page
    for shift in (served, never):
        client.post(reverse("activities:shift-end", args=[shift.pk]))
    page = client.get(reverse("activities:venue-rota", args=[venue.pk]))
    assert not [shift for day in page.context["week"] for shift in day.shifts if day.day >= today]
    assert list(page.context["standing"]) == []
    assert list(ServiceShift.objects.values_list("name", "until")) == [
        ("税务咨询", today - dt.timedelta(days=1))
    ]
    assert not [event for event in AuditEvent.objects.all() if "王警官" in str(event.detail)]


def test_a_weekly_service_on_a_holiday_is_said_to_be_off(client_for):
    branch = builders.make_organisation(builders.make_organisation())
    venue = venue_of(branch)
    shift_of(venue, weekday=4)
    (day,) = (d for d in rota.days_of_week(venue, dt.date(2026, 9, 28), MONDAY) if d.shifts)
    assert (day.day, day.closed) == (dt.date(2026, 10, 1), "节假日不开放")
    client = client_for(builders.make_user("secretary", branch))
    assert (
        "当日不开放"
        in client.get(
            reverse("activities:venue-rota", args=[venue.pk]), {"day": "2026-10-01"}
        ).content.decode()
    )


# --- Who ------------------------------------------------------------------------------------------------


def test_all_who_record_below_the_same_top_see_stations_in_use(client_for):
    top = builders.make_organisation()
    area, other = (builders.make_organisation(top, "area_committee") for _ in range(2))
    branch = builders.make_organisation(other)
    venue, closed = venue_of(area), venue_of(area)
    actions.close_venue(venue=closed, until=timezone.localdate(), reason="搬迁", by=User.objects.system())
    stranger = builders.make_user("secretary", builders.make_organisation(builders.make_organisation()))
    seen = {
        name: set(Venue.objects.visible_to(user))
        for name, user in {
            "own officer": builders.make_user("officer", area),
            "own leader": builders.make_user("leader", area),
            "secretary elsewhere": builders.make_user("secretary", branch),
            "leader elsewhere": builders.make_user("leader", branch),
            "administrator": builders.make_user("administrator", top),
            "stranger": stranger,
        }.items()
    }
    assert seen == {
        "own officer": {venue, closed},
        "own leader": {venue, closed},
        "secretary elsewhere": {venue},
        "leader elsewhere": set(),
        "administrator": set(),
        "stranger": set(),
    }
    client = client_for(builders.make_user("secretary", branch))
    assert client.get(reverse("activities:venue", args=[venue.pk])).status_code == 200
    assert client.get(reverse("activities:venue-edit", args=[venue.pk])).status_code == 403


def test_a_station_is_entered_and_changed_on_its_pages(client_for):
    branch = builders.make_organisation(builders.make_organisation())
    client = client_for(builders.make_user("secretary", branch))
    sent = {
        "organisation": branch.pk, "name": "芯谷服务站", "kind": "station", "since": "2026-01-01",
        "latitude": "31.2037", "longitude": "121.5943", "capacity": "40", "phone": "021-50000001",
        "monday": "09:00-12:00，13:30-24:00", "rest_days": "closed",
    }  # fmt: skip
    wrong = client.post(reverse("activities:venue-new"), sent | {"saturday": "09:00-12:00"})
    assert "请选择双休日开放" in wrong.content.decode()
    assert client.post(reverse("activities:venue-new"), sent).status_code == 302
    venue = Venue.objects.get()
    assert venue.timetables.get().week == [[[540, 720], [810, 1440]], *[[]] * 6]
    form = client.get(reverse("activities:venue-edit", args=[venue.pk])).context["form"]
    sent = {name: form[name].value() or "" for name in form.fields} | {"capacity": "50"}
    assert client.post(reverse("activities:venue-edit", args=[venue.pk]), sent).status_code == 302
    venue.refresh_from_db()
    assert (venue.capacity, venue.latitude) == (50, Decimal("31.2037"))
    hours = client.get(reverse("activities:venue-hours", args=[venue.pk])).context["form"]
    assert hours["monday"].value() == "09:00-12:00、13:30-24:00"
    shown = client.get(reverse("api:venue-detail", args=[venue.pk])).json()
    assert shown["timetables"][0]["week"][0][1] == {"opens": "13:30", "closes": "24:00"}
