"""Shapes of charts against distances and shares reckoned otherwise."""

import math

import pytest

from activities.venues.radius import straight_metres
from portal import charts

PARKS = [(31.2037, 121.5943), (31.1368, 121.5672), (31.2771, 121.6799)]
BOX = {"width": 640, "height": 540, "margin": 36}


def corners(shape):
    return [tuple(map(float, corner.split(","))) for corner in shape.split(" ")]


def test_a_funnel_is_as_wide_as_its_counts():
    shapes = [corners(shape) for shape in charts.funnel([400, 300, 100], width=200, height=90, gap=3)]

    tops = [right[0] - left[0] for left, right, _, _ in shapes]
    bottoms = [right[0] - left[0] for _, _, right, left in shapes]
    assert tops == pytest.approx([200, 150, 50])
    assert bottoms == pytest.approx([150, 50, 50])
    assert [shape[0][1] for shape in shapes] == [0, 30, 60]
    assert all(left[0] + right[0] == 200 for left, right, _, _ in shapes)


def test_a_step_without_orders_still_shows_as_a_line():
    *_, last = charts.funnel([5, 0], width=200, height=60, gap=4)

    assert corners(last)[1][0] - corners(last)[0][0] == 4


def test_a_funnel_of_nothing_is_empty():
    assert charts.funnel([0, 0], width=200, height=60, gap=4) == []


def test_distances_on_the_map_are_those_on_the_ground():
    plane = charts.Projection.around(PARKS, **BOX)

    for one in PARKS:
        for other in PARKS:
            drawn = math.dist(plane.at(*one), plane.at(*other)) * plane.metres_a_unit
            assert drawn == pytest.approx(straight_metres(one, other), rel=0.005, abs=plane.metres_a_unit)


def test_every_place_lies_within_the_margin_and_north_is_above():
    plane = charts.Projection.around(PARKS, **BOX)
    places = [plane.at(*park) for park in PARKS]

    assert all(36 <= x <= 604 and 36 <= y <= 504 for x, y in places)
    assert places[2][1] < places[0][1] < places[1][1]
    assert places[1][0] < places[0][0] < places[2][0]


def test_one_park_alone_stands_in_the_middle_of_a_kilometre():
    plane = charts.Projection.around(PARKS[:1], **BOX)

    assert plane.at(*PARKS[0]) == (320, 270)
    assert plane.metres_a_unit * (640 - 2 * 36) == pytest.approx(1000)


@pytest.mark.parametrize(
    ("points", "words"), [(PARKS, "2 公里"), (PARKS[:1], "200 米"), ([(20, 100), (50, 130)], "1000 公里")]
)
def test_the_scale_bar_is_a_round_length_of_at_most_a_quarter(points, words):
    plane = charts.Projection.around(points, **BOX)

    length, said = plane.scale_bar
    metres = float(said.split(" ")[0]) * (1000 if "公里" in said else 1)
    assert said == words
    assert length * plane.metres_a_unit == pytest.approx(metres, rel=0.01)
    assert length <= 640 / 4


def test_areas_of_circles_are_in_proportion():
    large, small = (charts.radius(count, 400, least=1, largest=20) for count in (400, 100))

    assert (large, small) == (20, 10)
    assert charts.radius(1, 10_000, least=2, largest=20) == charts.radius(0, 0, least=2, largest=20) == 2
