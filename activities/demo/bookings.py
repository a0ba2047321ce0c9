"""A year of invented bookings: gatherings that were held at stations, some to come, some cancelled."""

import datetime as dt
import random
from dataclasses import dataclass

from activities.demo.invent import Gathering
from activities.models import BookedSlot, Booking, BookingState
from activities.models.bookings import slots_between
from activities.venues.opening import Opening
from imports import sql
from orgs.demo.dates import days
from orgs.demo.shapes import City, Org
from orgs.demo.write import key, moment
from orgs.kinds import BRANCHES

BOOKINGS_A_YEAR = 600
OFF = 0.05  # how many were cancelled
WAITING = 0.6  # of those to come at the centre, which confirms each
WISHES, AHEAD = 6, 15  # each station, in so many days
STATION = "党群服务站"
TITLES = ("读书会", "支部联建座谈", "政策宣讲", "入党积极分子谈话", "青年党员沙龙")


@dataclass
class _Wish:
    """Who wants which station when; `gathering` None: for something that is not planned yet."""

    venue: object
    org: Org
    starts_at: dt.datetime
    ends_at: dt.datetime
    title: str
    persons: int
    gathering: Gathering | None = None

    @property
    def slots(self):
        return [(self.venue.pk, at) for at in slots_between(self.starts_at, self.ends_at)]


def write_bookings(
    city: City, venues: list, gatherings: list[Gathering], rng: random.Random, day: dt.date
) -> None:
    """`venues`: the centre first."""
    wishes = [*_to_come(city, venues, rng, day), *_held(venues, gatherings, rng)]
    opening = Opening(venues, min(wish.starts_at for wish in wishes).date(), day + days(AHEAD))
    taken, found = set(), []
    for wish in wishes:
        if len(found) == BOOKINGS_A_YEAR:
            break
        if taken.intersection(wish.slots) or not opening.is_open(wish.venue, wish.starts_at, wish.ends_at):
            continue
        state = _state(wish, rng, day)
        found.append((wish, state))
        if state != BookingState.CANCELLED:
            taken.update(wish.slots)
    found.sort(key=lambda pair: pair[0].starts_at)
    _write(found, rng, day)


def _held(venues, gatherings, rng):
    """What took place at a station, as its place says."""
    centre, by_area = venues[0], {venue.organisation.area_id: venue for venue in venues[1:]}
    there = [g for g in gatherings if g.place == STATION]
    rng.shuffle(there)
    for g in there:
        venue = by_area.get(key(g.org.area), centre)
        yield _Wish(venue, g.org, g.starts_at, g.ends_at, g.title, _persons(g, rng), g)


def _to_come(city, venues, rng, day):
    """A few a week at each station, by branches of its area."""
    branches = [org for org in city.orgs if org.kind in BRANCHES]
    for venue in venues:
        near = [org for org in branches if key(org.area) == venue.organisation.area_id] or branches
        for _ in range(WISHES):
            start = moment(day + days(rng.randrange(1, AHEAD))) + dt.timedelta(hours=rng.choice((0, 5, 6, 9)))
            yield _Wish(
                venue, rng.choice(near), start, start + dt.timedelta(minutes=rng.choice((60, 90, 120))),
                rng.choice(TITLES), rng.randint(6, 28),
            )  # fmt: skip


def _write(found, rng, day):
    fields = (
        "id", "venue_id", "organisation_id", "activity_id", "title", "persons", "starts_at", "ends_at", "state",
        "reason", "booked_at", "decided_at", "updated_at",
    )  # fmt: skip
    values, slots = [], []
    for pk, (wish, state) in zip(sql.allocate_ids(Booking, len(found)), found, strict=True):
        booked_at = min(moment(wish.starts_at.date() - days(rng.randrange(3, 15))), moment(day))
        off = state == BookingState.CANCELLED
        values.append((
            pk, wish.venue.pk, wish.org.pk, key(wish.gathering), wish.title, wish.persons, wish.starts_at,
            wish.ends_at, str(state), "活动改在企业举行" if off else "", booked_at, booked_at if off else None,
            booked_at,
        ))  # fmt: skip
        if not off:
            slots += [(pk, *slot) for slot in wish.slots]
    sql.insert_rows(Booking, fields, values)
    sql.insert_rows(BookedSlot, ("booking_id", "venue_id", "starts_at"), slots)


def _state(wish, rng, day):
    if rng.random() < OFF:
        return BookingState.CANCELLED
    if wish.venue.needs_approval and wish.starts_at.date() > day and rng.random() < WAITING:
        return BookingState.PENDING
    return BookingState.CONFIRMED


def _persons(gathering, rng) -> int:
    came = sum(state == "present" for _, state, _ in gathering.roll) or sum(gathering.counts)
    return came or rng.randint(8, 30)
