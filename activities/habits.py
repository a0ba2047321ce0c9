"""What a branch usually does, read from its last records: what the entry proposes before anything is typed."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils import timezone

from activities.kinds import Kind
from activities.models import Activity

LOOKED_AT = 24  # records
USUAL_START, USUAL_LENGTH = dt.time(15), dt.timedelta(minutes=90)
WEEK = dt.timedelta(days=7)
HALF_HOUR = dt.timedelta(minutes=30)


@dataclass(frozen=True)
class Past:
    """A record as far as habits go; times are local."""

    starts_at: dt.datetime
    kinds: tuple[str, ...]
    ends_at: dt.datetime | None = None
    title: str = ""
    place: str = ""
    chair: str = ""
    recorder: str = ""

    @property
    def length(self):
        return self.ends_at - self.starts_at if self.ends_at else None


@dataclass(frozen=True)
class Habits:
    kinds: tuple[str, ...]
    starts_at: dt.datetime
    ends_at: dt.datetime
    place: str = ""
    chair: str = ""
    recorder: str = ""
    titles: tuple[str, ...] = field(default=())


def recent(organisation) -> list[Past]:
    """The last records, newest first; two queries."""
    rows = Activity.objects.held().filter(organisation=organisation).prefetch_related("kinds")
    return [
        Past(
            starts_at=timezone.localtime(row.starts_at),
            ends_at=row.ends_at and timezone.localtime(row.ends_at),
            kinds=tuple(kind.kind for kind in row.kinds.all()),
            title=row.title,
            place=row.place,
            chair=row.chair_name,
            recorder=row.recorder_name,
        )
        for row in rows.order_by("-held_on", "-pk")[:LOOKED_AT]
    ]


def habits(past: list[Past], now: dt.datetime, *, due: Iterable[str] = (), kind: str = "") -> Habits:
    """What is proposed at `now` (local). `past` is newest first, `due` are the kinds that are owed, most urgent first.

    `kind` is one already chosen. Where the kind has no record of its own, all records tell.
    """
    kinds = (kind,) if kind else usual_kinds(past, due)
    alike = [one for one in past if one.kinds and one.kinds[0] == kinds[0]] or past
    length = most_common([one.length for one in alike]) or USUAL_LENGTH
    starts_at = usual_start(alike, now, length)
    return Habits(
        kinds=kinds,
        starts_at=starts_at,
        ends_at=starts_at + length,
        place=most_common([one.place for one in alike]) or "",
        chair=_first(one.chair for one in alike),
        recorder=_first(one.recorder for one in alike),
        titles=tuple(dict.fromkeys(one.title for one in alike if one.title))[:5],
    )


def usual_kinds(past, due) -> tuple[str, ...]:
    """What is owed first; else what there is most of; a branch without records begins with a theme day."""
    if first := next(iter(due), None):
        return (first,)
    return most_common([one.kinds for one in past]) or (Kind.THEME_DAY.value,)


def usual_start(past, now, length) -> dt.datetime:
    """The last usual weekday of this month at the usual time; else today, so early that it may be over.

    A day of this month that has its record is not proposed again.
    """
    weekday = most_common([one.starts_at.weekday() for one in past])
    clock = most_common([one.starts_at.time() for one in past]) or USUAL_START
    if weekday is not None:
        start = _at(now - dt.timedelta(days=(now.weekday() - weekday) % 7), clock)
        if start > now:
            start -= WEEK
        recorded = {one.starts_at.date() for one in past}
        if (start.year, start.month) == (now.year, now.month) and start.date() not in recorded:
            return start
    today = _at(now, clock)
    return today if today <= now else _just_over(now, length)


def _just_over(now, length):
    """So that it ended about now; never the day before."""
    start = max(now - length, _at(now, dt.time()))
    return start - (start - _at(start, dt.time())) % HALF_HOUR


def _at(day, clock):
    return day.replace(hour=clock.hour, minute=clock.minute, second=0, microsecond=0)


def most_common(values: list):
    """The value met most often, the newest of equals; None and "" do not count."""
    counts = Counter(value for value in values if value not in (None, "", ()))
    return max(counts, key=counts.get) if counts else None


def _first(values) -> str:
    return next(filter(None, values), "")
