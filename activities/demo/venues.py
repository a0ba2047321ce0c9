"""The invented "1+9": a service centre at the top and a station of each area, with their hours and rotas."""

import datetime as dt
import random
from decimal import Decimal

from activities.models import RestDays, ServiceShift, Timetable, Venue, VenueDay, VenueKind
from orgs.demo.dates import days, month_start
from orgs.demo.names import PARKS
from orgs.demo.shapes import City
from orgs.demo.spots import spot
from orgs.demo.write import key, moment
from orgs.kinds import OrganisationKind
from orgs.models import Organisation

CENTRE_WEEK = [[[8 * 60 + 30, 20 * 60]]] * 5 + [[[9 * 60, 17 * 60]]] * 2
STATION_WEEK = [[[9 * 60, 12 * 60], [13 * 60, 20 * 60]]] * 5 + [[], []]
EQUIPMENT = ("投影、音响、白板", "LED屏、视频会议、无线话筒", "投影、可移动桌椅", "音响、党旗、书吧")
# Service, who offers it.
SERVICES = (
    ("税务咨询", "区税务局第二税务所"),
    ("户籍办理", "派出所户籍窗口"),
    ("知识产权咨询", "知识产权服务中心"),
    ("法律援助", "司法所"),
    ("人才落户咨询", "人才服务中心"),
    ("劳动人事调解", "劳动保障事务所"),
)
PEOPLE = ("李老师", "王警官", "陈律师", "周专员", "")
OPENED_MONTHS_AGO = 30


def write_venues(city: City, number: int, root_id: int, prefix: str, rng: random.Random, day: dt.date):
    """Returns the stations, the centre first."""
    venues = Venue.objects.bulk_create(_invent(city, number, root_id, prefix, rng, day))
    Timetable.objects.bulk_create(
        Timetable(
            venue=venue,
            since=venue.since,
            week=CENTRE_WEEK if venue.kind == VenueKind.CENTRE else STATION_WEEK,
            rest_days=RestDays.WEEKENDS if venue.kind == VenueKind.CENTRE else RestDays.CLOSED,
        )
        for venue in venues
    )
    ServiceShift.objects.bulk_create(shift for venue in venues for shift in _rota(venue, rng, day))
    VenueDay.objects.bulk_create(
        VenueDay(venue=venue, day=day + days(rng.randrange(5, 25)), note="设备检修") for venue in venues[:3]
    )
    return venues


def _invent(city, number, root_id, prefix, rng, day):
    since = month_start(day, OPENED_MONTHS_AGO)
    common = {"root_id": root_id, "since": since, "created_at": moment(since), "updated_at": moment(since)}
    top = city.orgs[0]
    areas = dict(zip(PARKS, city.areas, strict=True))
    committees = {org.area: org for org in city.orgs if org.kind == OrganisationKind.AREA_COMMITTEE}
    # The centre stands in another park of the first area than its station.
    places = [(top, VenueKind.CENTRE, f"{prefix}党群服务中心", next(iter(PARKS)), 4)]
    places += [
        (committees[areas[area]], VenueKind.STATION, f"{prefix}{area}党群服务站", area, -1) for area in PARKS
    ]
    for index, (organisation, kind, name, area, turn) in enumerate(places):
        latitude, longitude = spot(area, turn, number)
        park = next(park for park in city.parks if park.area is areas[area])
        yield Venue(
            organisation=Organisation(pk=organisation.pk, area_id=key(organisation.area)),
            kind=kind,
            name=name,
            park_id=None if kind == VenueKind.CENTRE else park.pk,
            address=f"{area}科学大道{100 + 8 * index}号1层",
            latitude=Decimal(str(latitude)),
            longitude=Decimal(str(longitude)),
            needs_approval=kind == VenueKind.CENTRE,
            capacity=200 if kind == VenueKind.CENTRE else rng.choice((30, 40, 60, 80)),
            equipment=rng.choice(EQUIPMENT),
            phone=f"021-5000{index:04d}",
            **common,
        )


def _rota(venue, rng, day):
    """Two or three services a week, one of them on a single day to come."""
    chosen = rng.sample(SERVICES, 3 if venue.kind == VenueKind.CENTRE else 2)
    for service, unit in chosen:
        opens = rng.choice((9, 10, 14)) * 60
        yield ServiceShift(
            venue=venue,
            name=service,
            unit=unit,
            weekday=rng.randint(1, 5),
            opens=opens,
            closes=opens + 120,
            person_name=rng.choice(PEOPLE),
            since=venue.since,
            updated_at=venue.updated_at,
        )
    yield ServiceShift(
        venue=venue,
        name="公积金专场",
        unit="公积金管理部",
        day=day + days(rng.randrange(1, 12)),
        opens=14 * 60,
        closes=16 * 60,
        updated_at=venue.updated_at,
    )
