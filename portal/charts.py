"""Shapes of charts that are drawn as SVG by templates: numbers in, coordinates out.

Drawn here they need no script, print sharply and scale with any screen. Words and colours are in templates and style sheets.
"""

import math
from dataclasses import dataclass

METRES_A_DEGREE = 111_320  # of latitude
LEAST_METRES = 1_000  # across the map: one park alone is no point without surroundings
BAR_SHARE = 0.22  # of the map's width: the most that its scale bar takes
ROUND_LENGTHS = (1, 2, 5)


def funnel(counts: list[int], *, width: int, height: int, gap: int) -> list[str]:
    """The points of one trapezium for each count, as wide on top as its count and below as the next one."""
    most = max(counts, default=0)
    if not most:
        return []
    widths = [max(count / most * width, gap) for count in counts]
    step = height / len(counts)
    shapes = []
    for place, (top, bottom) in enumerate(zip(widths, [*widths[1:], widths[-1]], strict=True)):
        upper, lower = place * step, (place + 1) * step - gap
        middle = width / 2
        corners = (
            (middle - top / 2, upper),
            (middle + top / 2, upper),
            (middle + bottom / 2, lower),
            (middle - bottom / 2, lower),
        )
        shapes.append(_points(corners))
    return shapes


def _points(corners) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)


@dataclass(frozen=True)
class Projection:
    """Places on a plane whose units are equal both ways; right for an area of some tens of kilometres.

    Degrees of longitude are shortened by the cosine of the middle latitude.
    """

    latitude: float
    longitude: float
    metres_a_unit: float
    width: int
    height: int

    @classmethod
    def around(cls, points: list[tuple[float, float]], *, width: int, height: int, margin: int):
        """Shows all `points` (latitude, longitude), at least one, with `margin` units around them."""
        latitudes, longitudes = zip(*points, strict=True)
        middle = (min(latitudes) + max(latitudes)) / 2
        high = (max(latitudes) - min(latitudes)) * METRES_A_DEGREE
        wide = (max(longitudes) - min(longitudes)) * METRES_A_DEGREE * math.cos(math.radians(middle))
        metres_a_unit = max(
            wide / (width - 2 * margin), high / (height - 2 * margin), LEAST_METRES / (width - 2 * margin)
        )
        return cls(middle, (min(longitudes) + max(longitudes)) / 2, metres_a_unit, width, height)

    def at(self, latitude: float, longitude: float) -> tuple[float, float]:
        """From the left and from the top, in units."""
        east = (longitude - self.longitude) * METRES_A_DEGREE * math.cos(math.radians(self.latitude))
        north = (latitude - self.latitude) * METRES_A_DEGREE
        x = self.width / 2 + east / self.metres_a_unit
        y = self.height / 2 - north / self.metres_a_unit
        return round(x, 1), round(y, 1)

    @property
    def scale_bar(self) -> tuple[float, str]:
        """The length of a round distance in units, and what it is."""
        most = self.width * BAR_SHARE * self.metres_a_unit
        power = 10 ** math.floor(math.log10(most))
        metres = max(step * power for step in ROUND_LENGTHS if step * power <= most)
        words = f"{metres / 1000:g} 公里" if metres >= 1000 else f"{metres:g} 米"
        return round(metres / self.metres_a_unit, 1), words


def radius(count: int, most: int, *, least: float, largest: float) -> float:
    """Of a circle whose area stands for `count`."""
    return round(max(largest * math.sqrt(count / most), least) if most else least, 1)


@dataclass(frozen=True)
class Axis:
    """A scale from `low` to `high` on a height; `ticks` are (y, value) of its lines, lowest first."""

    low: float
    high: float
    height: int
    step: float

    @classmethod
    def over(
        cls,
        values: list[float | None],
        *,
        height: int,
        least_step: float = 0,
        most_ticks: int = 4,
        most: float = math.inf,
    ):
        """Round values around all of `values`, no closer to each other than `least_step`, itself a round one, and none
        above `most`, which no value exceeds."""
        known = [value for value in values if value is not None] or [0]
        low, high = min(known), max(known)
        span = (high - low) or abs(high) or 1
        power = 10 ** math.floor(math.log10(span / most_ticks))
        step = next(length * power for length in (*ROUND_LENGTHS, 10) if length * power * most_ticks >= span)
        step = max(step, least_step)
        first, last = math.floor(round(low / step, 6)), math.ceil(round(high / step, 6))
        last = max(last, first + 1)
        if last * step > most:
            last = math.floor(round(most / step, 6))
            first = min(first, last - 1)
        return cls(first * step, last * step, height, step)

    def y(self, value: float) -> float:
        return round(self.height * (1 - (value - self.low) / (self.high - self.low)), 1)

    @property
    def ticks(self) -> list[tuple[float, float]]:
        count = round((self.high - self.low) / self.step)
        return [(self.y(value), value) for value in (self.low + self.step * n for n in range(count + 1))]


def lines(values: list[float | None], axis: Axis, *, width: int) -> list[str]:
    """Points of the lines through `values`, spread evenly over `width`; what is unknown breaks them."""
    apart, found, open_line = width / max(len(values) - 1, 1), [], []
    for place, value in enumerate([*values, None]):
        if value is not None:
            open_line.append((place * apart, axis.y(value)))
        elif open_line:
            found.append(_points(open_line))
            open_line = []
    return found
