"""Where invented parks and stations lie: around the middles of nine real townships, at no real address."""

import math

MIDDLES = {
    "张江镇": (31.2037, 121.5943),
    "康桥": (31.1368, 121.5672),
    "周浦": (31.1172, 121.5846),
    "唐镇": (31.2145, 121.6553),
    "合庆": (31.2378, 121.7195),
    "川沙": (31.1921, 121.7004),
    "金桥": (31.2603, 121.6011),
    "曹路": (31.2771, 121.6799),
    "北蔡": (31.1836, 121.5562),
}
METRES_A_DEGREE = 111_320
NEAREST, STEP, TURN = 250, 130, 2.4  # metres from the middle, metres farther each, radians round
CITY_APART = 0.5  # degrees between the cities of a larger demonstration


def spot(area_name: str, number: int, city: int = 0) -> tuple[float, float]:
    """Latitude and longitude of the n-th park of an area, in a spiral outwards; number -1 is the middle itself."""
    latitude, longitude = MIDDLES[area_name]
    metres, angle = (0, 0) if number < 0 else (NEAREST + STEP * number, TURN * number)
    north = metres * math.cos(angle) / METRES_A_DEGREE
    east = metres * math.sin(angle) / (METRES_A_DEGREE * math.cos(math.radians(latitude)))
    return round(latitude + north, 6), round(longitude + CITY_APART * city + east, 6)
