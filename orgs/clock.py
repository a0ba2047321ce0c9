"""Times of the day as minutes, and ranges of them: 09:00-12:00，13:30-24:00. Local time, which knows no summer time."""

import datetime as dt
import itertools
import re
from collections.abc import Iterable, Sequence

from django.core.exceptions import ValidationError
from django.utils import timezone

DAY = 24 * 60
HALF_HOUR = 30
MOST = 6  # ranges of one day

Range = Sequence[int]
_RANGE = re.compile(r"(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})")
_TIGHT = {re.compile(r"\s*[:：]\s*"): ":", re.compile(r"\s*[-–—－~～至到]+\s*"): "-"}
_BETWEEN = re.compile(r"[\s,，、;；]+")
HINT = "请按“09:00-12:00，13:30-17:00”填写，最晚到24:00；不开放的留空。"


def clock_words(minutes: int) -> str:
    """24:00 is the end of a day."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def range_words(ranges: Iterable[Range]) -> str:
    return "、".join(f"{clock_words(first)}–{clock_words(last)}" for first, last in ranges)


def parse_ranges(text: str) -> list[list[int]]:
    """In order, without overlap; ranges that touch become one. Raises ValidationError in Chinese."""
    for pattern, sign in _TIGHT.items():
        text = pattern.sub(sign, text)
    found = sorted(_parse_range(piece) for piece in _BETWEEN.split(text) if piece)
    for before, after in itertools.pairwise(found):
        if after[0] < before[1]:
            raise ValidationError(f"{range_words([before])}与{range_words([after])}重叠。")
    if len(found) > MOST:
        raise ValidationError(f"一天最多填写{MOST}段时间。")
    return joined(found)


def _parse_range(piece: str) -> list[int]:
    match = _RANGE.fullmatch(piece)
    if not match:
        raise ValidationError(f"看不懂“{piece[:20]}”。{HINT}")
    hours, minutes, last_hours, last_minutes = map(int, match.groups())
    first, last = hours * 60 + minutes, last_hours * 60 + last_minutes
    if minutes > 59 or last_minutes > 59 or last > DAY:
        raise ValidationError(f"“{piece}”不是一天内的时间。{HINT}")
    if last <= first:
        raise ValidationError(f"“{piece}”的结束时间须晚于开始时间；跨过零点的请分填两天。")
    return [first, last]


def joined(ranges: Iterable[Range]) -> list[list[int]]:
    """Sorted ranges, those that touch or overlap put together."""
    found: list[list[int]] = []
    for first, last in sorted(ranges):
        if found and first <= found[-1][1]:
            found[-1][1] = max(found[-1][1], last)
        else:
            found.append([first, last])
    return found


def minutes_of(clock: dt.time) -> int:
    return clock.hour * 60 + clock.minute


def moment(day: dt.date, minutes: int) -> dt.datetime:
    """Minute 1440 is the next day's beginning."""
    start = dt.datetime.combine(day, dt.time()) + dt.timedelta(minutes=minutes)
    return timezone.make_aware(start)
