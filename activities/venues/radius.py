"""10- and 15-minute circles (S22): which enterprises are within a walk of a station in use.

Assumptions of the design, said on the page: the way on foot is 1.3 times the straight line, people walk 80 metres a
minute, and an enterprise stands where its park stands. There are few parks and fewer stations, so distances are
reckoned here and enterprises are counted by park in the database.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Count, Q

from orgs.models import Enterprise, Park
from orgs.statistics import Rate, Register

EARTH_METRES = 6_371_008.8
DETOUR = 1.3
METRES_A_MINUTE = 80
CIRCLES = (10, 15)
UNKNOWN, BEYOND = "unknown", "beyond"


def straight_metres(one, other) -> float:
    """Between two (latitude, longitude) in degrees, by the haversine."""
    (lat1, lon1), (lat2, lon2) = (
        [math.radians(float(degrees)) for degrees in point] for point in (one, other)
    )
    half = math.sin((lat2 - lat1) / 2) ** 2
    half += math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_METRES * math.asin(min(1.0, math.sqrt(half)))


def walking_minutes(one, other) -> float:
    return straight_metres(one, other) * DETOUR / METRES_A_MINUTE


def point_of(place) -> tuple | None:
    """Of a station or a park."""
    return None if place.latitude is None else (place.latitude, place.longitude)


@dataclass
class Reach:
    """One station, or all together: how many active enterprises within each circle."""

    venue: object = None
    parks: dict[int, set] = field(default_factory=lambda: {minutes: set() for minutes in CIRCLES})
    rates: dict[int, Rate] = field(default_factory=dict)

    @property
    def circles(self):
        return list(self.rates.items())


class Walking:
    """What `user` sees: active enterprises by park, and the stations among `venues` with a known place."""

    def __init__(self, user, venues: Iterable):
        self.register = Register()
        self.enterprises = Enterprise.objects.visible_to(user).filter(self.register.active)
        grouped = self.enterprises.order_by().values_list("park").annotate(count=Count("pk"))
        self._counts = dict(grouped)
        self._points = {
            park.pk: point
            for park in Park.objects.filter(pk__in=[pk for pk in self._counts if pk])
            if (point := point_of(park))
        }
        self.venues = list(venues)
        self.reaches = [self._reach(venue) for venue in self.venues if point_of(venue)]
        self.without_place = [venue for venue in self.venues if not point_of(venue)]
        self.together = Reach()
        for reach in self.reaches:
            for minutes in CIRCLES:
                self.together.parks[minutes] |= reach.parks[minutes]
        self._rate(self.together)

    def _reach(self, venue) -> Reach:
        reach, here = Reach(venue), point_of(venue)
        for pk, point in self._points.items():
            distance = walking_minutes(here, point)
            for minutes in CIRCLES:
                if distance <= minutes:
                    reach.parks[minutes].add(pk)
        return self._rate(reach)

    def _rate(self, reach) -> Reach:
        reach.rates = {
            minutes: Rate(sum(self._counts[pk] for pk in reach.parks[minutes]), self.total)
            for minutes in CIRCLES
        }
        return reach

    @property
    def total(self) -> int:
        return sum(self._counts.values())

    @property
    def unknown(self) -> int:
        """Those in no park, or in one whose place nobody has entered: they count in the denominator."""
        return sum(count for pk, count in self._counts.items() if pk not in self._points)

    @property
    def beyond(self) -> int:
        """Of known place, farther than the widest circle."""
        return self.total - self.unknown - self.together.rates[CIRCLES[-1]].numerator

    def within(self, circle, venue=None):
        """Exactly the enterprises of a figure; `circle` is one of `CIRCLES`, `UNKNOWN` or `BEYOND`."""
        known = Q(park__in=list(self._points))
        if circle == UNKNOWN:
            return self.enterprises.exclude(known) if self._points else self.enterprises
        reach = self.together if venue is None else self._reach(venue)
        if circle == BEYOND:
            return self.enterprises.filter(known).exclude(park__in=reach.parks[CIRCLES[-1]])
        return self.enterprises.filter(park__in=reach.parks[circle])
