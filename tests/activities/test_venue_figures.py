"""How much stations are used, and who has one within a walk: hours, months, zero, distances, unknown places."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from activities.actions import bookings
from activities.models import BookedSlot, Booking
from activities.models.bookings import slots_between
from activities.venues import radius
from activities.venues.use import Use, use_by_month, use_of
from orgs import clock
from orgs.actions import places
from orgs.kinds import Jurisdiction
from orgs.models import Enterprise, Park, User
from tests import builders
from tests.activities.test_bookings import always_open, book
from tests.activities.test_venues import WORKING, venue_of

pytestmark = pytest.mark.django_db
MAY = (dt.date(2026, 5, 1), dt.date(2026, 5, 31))
HERE = (Decimal("31.2"), Decimal("121.5"))
METRES_A_DEGREE = 6_371_008.8 * 3.141592653589793 / 180


def past(venue, organisation, day, start, end, *, state="confirmed", persons=10):
    """A booking of the past, which the actions would refuse to make now."""
    first, last = clock.moment(day, start * 60), clock.moment(day, int(end * 60))
    booking = Booking.objects.create(
        venue=venue,
        organisation=organisation,
        title="学习",
        persons=persons,
        starts_at=first,
        ends_at=last,
        state=state,
    )
    if booking.holds:
        BookedSlot.objects.bulk_create(
            BookedSlot(booking=booking, venue=venue, starts_at=at) for at in slots_between(first, last)
        )
    return booking


# --- Use -----------------------------------------------------------------------------------------------


def test_hours_booked_by_hours_open():
    top = builders.make_organisation()
    venue, idle, closed = (
        venue_of(top, week=WORKING),
        venue_of(top, week=WORKING),
        venue_of(top, since=dt.date(2026, 6, 1)),
    )
    branch = builders.make_organisation(top)
    past(venue, branch, dt.date(2026, 5, 11), 9, 11.5, persons=12)
    past(venue, top, dt.date(2026, 5, 12), 14, 16, persons=20)
    past(venue, branch, dt.date(2026, 5, 13), 9, 10, state="pending")
    past(venue, branch, dt.date(2026, 5, 14), 9, 10, state="cancelled")
    past(venue, branch, dt.date(2026, 4, 30), 9, 10)
    found = use_of([venue, idle, closed], *MAY)
    # May 2026: 21 weekdays, of which 1, 4 and 5 May are holidays, and Saturday 9 May made up.
    days = 19
    assert (found[venue.pk].hours, found[venue.pk].open_hours) == (4.5, 6.5 * days)
    assert (found[venue.pk].bookings, found[venue.pk].persons) == (2, 32)
    assert found[venue.pk].rate.value == pytest.approx(4.5 / (6.5 * days))
    assert (found[idle.pk].rate.value, found[idle.pk].hours) == (0, 0)
    assert found[closed.pk].rate.value is None  # shown as —


def test_what_lasts_over_the_end_of_a_month_counts_in_both():
    venue = always_open()
    past(venue, venue.organisation, dt.date(2026, 5, 31), 23, 25)
    found = use_by_month([venue], dt.date(2026, 5, 1), dt.date(2026, 6, 30))
    may, june = (found[venue.pk, dt.date(2026, month, 1)] for month in (5, 6))
    assert (may.hours, may.bookings, june.hours, june.bookings) == (1, 1, 1, 0)
    assert (may.open_hours, june.open_hours) == (31 * 24, 30 * 24)
    assert (may + june).hours == 2
    assert Use().rate.value is None


def test_the_page_switches_periods_and_says_who(client_for):
    top = builders.make_organisation()
    branch = builders.make_organisation(top)
    venue = always_open(top)
    past(venue, branch, dt.date(2026, 5, 11), 9, 11)
    client = client_for(builders.make_user("officer", top))
    for unit, label, hours in (
        ("month", "2026年5月", 2),
        ("quarter", "2026年第二季度", 2),
        ("year", "2026年", 2),
    ):
        page = client.get(reverse("activities:venue-use"), {"unit": unit, "day": "2026-05-20"})
        assert (page.context["period"].label, page.context["rows"][0][1].hours) == (label, hours)
    page = client.get(reverse("activities:venue-use"), {"unit": "month", "day": "2025-12-01"})
    assert page.context["rows"] == []  # not in use yet
    page = client.get(reverse("activities:venue-use"), {"unit": "x", "day": "9999-12-31"})
    assert page.status_code == 200
    page = client.get(reverse("activities:venue-months", args=[venue.pk]), {"year": "2026"})
    assert [row["organisation__name"] for row in page.context["users"]] == [branch.name]
    assert page.context["months"][4][1].bookings == 1
    assert (
        client.get(reverse("activities:venue-months", args=[venue.pk]), {"year": "20260000"}).status_code
        == 200
    )


# --- On foot -------------------------------------------------------------------------------------------


def north(metres):
    """A point so far north of the station."""
    return HERE[0] + Decimal(str(round(metres / METRES_A_DEGREE, 6))), HERE[1]


def test_distances_on_the_sphere():
    assert radius.straight_metres((0, 0), (0, 180)) == pytest.approx(20_015_115, abs=1)
    assert radius.straight_metres(HERE, HERE) == 0
    # Known: Shanghai People's Square to Lujiazui, about 3 km.
    assert radius.straight_metres((31.2304, 121.4737), (31.2397, 121.4998)) == pytest.approx(2690, abs=20)
    assert radius.walking_minutes(HERE, north(800)) == pytest.approx(13, abs=0.01)


def park_at(point=None, enterprises=1, **kw):
    place = dict(zip(("latitude", "longitude"), point, strict=True)) if point else {}
    park = builders.make_park(**place, **kw)
    for _ in range(enterprises):
        builders.make_enterprise(park=park)
    return park


@pytest.mark.parametrize(
    ("metres", "within"),
    [(0, {10, 15}), (615, {10, 15}), (616, {15}), (923, {15}), (924, set())],
)
def test_the_circles_end_at_ten_and_fifteen_minutes(metres, within):
    top = builders.make_organisation()
    always_open(top, latitude=HERE[0], longitude=HERE[1])
    park_at(north(metres))
    walking = radius.Walking(builders.make_user("officer", top), top.venues.all())
    assert {minutes for minutes, rate in walking.together.circles if rate.numerator} == within
    assert (walking.beyond, walking.unknown) == (0 if within else 1, 0)


@pytest.fixture
def town():
    """Two stations whose circles overlap, one without a place, one closed; enterprises near, far and of unknown place."""
    top = builders.make_organisation()
    first = always_open(top, latitude=HERE[0], longitude=HERE[1], name="甲站")
    second = always_open(top, latitude=north(700)[0], longitude=HERE[1], name="乙站")
    always_open(top, name="丙站")
    park_at(north(100), 2)
    park_at(north(400), 3)  # within ten minutes of both
    park_at(north(900), 4)
    park_at(north(5000), 5)
    park_at(None, 6)
    builders.make_enterprise(park=None)
    builders.make_enterprise(park=None, is_dormant=True)
    builders.make_enterprise(park=Park.objects.filter(latitude=north(100)[0]).get(), status="deregistered")
    return top, first, second


def test_each_enterprise_counts_once_and_none_is_dropped(town):
    top, *_ = town
    user = builders.make_user("officer", top)
    walking = radius.Walking(user, top.venues.order_by("pk"))
    assert walking.total == 21
    figures = {str(reach.venue): [rate.numerator for _, rate in reach.circles] for reach in walking.reaches}
    # From the second station 600, 300 and 200 metres.
    assert figures == {"甲站": [5, 9], "乙站": [9, 9]}
    assert [rate.numerator for _, rate in walking.together.circles] == [9, 9]
    assert (walking.beyond, walking.unknown) == (5, 7)
    assert [str(venue) for venue in walking.without_place] == ["丙站"]
    widest = walking.together.rates[15].numerator
    assert widest + walking.beyond + walking.unknown == walking.total


def test_every_figure_opens_exactly_its_enterprises(town, client_for):
    top, *_ = town
    client = client_for(builders.make_user("officer", top))
    walking = client.get(reverse("activities:venue-walking")).context["walking"]
    address = reverse("activities:venue-walking-list")
    wanted = {("unknown", None): walking.unknown, ("beyond", None): walking.beyond}
    wanted |= {(minutes, None): rate.numerator for minutes, rate in walking.together.circles}
    wanted |= {
        (minutes, reach.venue.pk): rate.numerator
        for reach in walking.reaches
        for minutes, rate in reach.circles
    }
    for (circle, venue), count in wanted.items():
        page = client.get(address, {"circle": circle} | ({"venue": venue} if venue else {}))
        assert (page.context["count"], len(list(page.context["page"]))) == (count, count), (circle, venue)
    for wrong in (
        {"circle": ""},
        {"circle": "12"},
        {"circle": "10", "venue": "x"},
        {"circle": "10", "venue": 10**15},
    ):
        assert client.get(address, wrong).status_code == 404


def test_only_the_enterprises_of_one_s_scope_are_counted(town):
    top, first, _ = town
    park = Park.objects.get(latitude=north(400)[0])
    area = builders.make_organisation(top, "area_committee", area=park.area)
    assert area.jurisdiction == Jurisdiction.AREA
    user = builders.make_user("officer", area)
    walking = radius.Walking(user, first._meta.model.objects.visible_to(user).in_use())
    assert walking.total == 3
    assert set(walking.within(10)) == set(Enterprise.objects.filter(park=park))
    empty = builders.make_organisation(top, "area_committee", area=builders.make_area())
    nobody = radius.Walking(builders.make_user("officer", empty), top.venues.all())
    assert {rate.value for _, rate in nobody.together.circles} == {None}
    assert nobody.within(radius.UNKNOWN).count() == 0


def test_a_closed_station_covers_nobody(town, client_for):
    top, first, second = town
    for venue in (first, second):
        type(venue).objects.filter(pk=venue.pk).update(until=dt.date(2026, 2, 1))
    walking = (
        client_for(builders.make_user("officer", top))
        .get(reverse("activities:venue-walking"))
        .context["walking"]
    )
    assert (walking.reaches, walking.together.rates[15].numerator, walking.beyond) == ([], 0, 14)


# --- Parks ---------------------------------------------------------------------------------------------


def test_a_park_has_both_coordinates_or_none(client_for):
    top, area = builders.make_organisation(), builders.make_area()
    client = client_for(builders.make_user("officer", top))
    sent = {"name": "芯谷产业园", "area": area.pk, "latitude": "31.2"}
    assert "经度和纬度须同时填写" in client.post(reverse("orgs:park-new"), sent).content.decode()
    assert client.post(reverse("orgs:park-new"), sent | {"longitude": "121.5"}).status_code == 302
    park = Park.objects.get()
    assert (
        "纬度 31.200000，经度 121.500000" in client.get(reverse("orgs:park", args=[park.pk])).content.decode()
    )
    with pytest.raises(ValidationError):
        places.update_park(park=park, latitude=Decimal(91), by=User.objects.system())
    for wrong in ({"latitude": None}, {"latitude": 95}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Park.objects.filter(pk=park.pk).update(**wrong)


# --- Lists ---------------------------------------------------------------------------------------------


def test_no_page_asks_more_often_for_more_stations_and_parks(client_for):
    top = builders.make_organisation()
    client = client_for(builders.make_user("officer", top))

    def plant(metres):
        venue = always_open(top, latitude=north(metres)[0], longitude=HERE[1])
        book(venue)
        park_at(north(metres), 2)
        park_at(None)
        return venue

    def asked():
        counts = []
        for address in addresses:
            client.get(address)
            with CaptureQueriesContext(connection) as queries:
                assert client.get(address).status_code == 200
            counts.append(len(queries))
        return counts

    venue = plant(0)
    addresses = [reverse(f"activities:venue-{name}") for name in ("use", "walking")]
    addresses += [
        f"{reverse('activities:venue-walking-list')}?circle={circle}" for circle in ("10", "unknown")
    ]
    addresses.append(reverse("activities:venue-months", args=[venue.pk]))
    one = asked()
    for metres in (100, 200, 300):
        plant(metres)
    assert asked() == one


def test_cancelled_time_is_no_use():
    venue = always_open()
    booking = book(venue)
    day = booking.starts_at.date()
    assert use_of([venue], day, day + dt.timedelta(days=1))[venue.pk].hours == 2
    bookings.cancel_booking(booking=booking, reason="改期", by=User.objects.system())
    assert use_of([venue], day, day + dt.timedelta(days=1))[venue.pk].hours == 0
