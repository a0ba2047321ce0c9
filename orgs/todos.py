"""One line of “what is to be done”: every app finds its own, the home page shows them together."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from django.db.models import Count, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

SHOWN = 5  # lines of one kind; more are summed up in one


@dataclass(frozen=True)
class ToDo:
    """What, why, and the button that does it. `days` (until due; None: no date) orders and colours it.

    `kind` says what it is about in words that name nobody: reminders that leave the portal say no more.
    `count` is how many a line sums up, `late` how many of them are overdue, where that is known.
    """

    title: str
    reason: str
    url: str
    action: str
    days: int | None = None
    kind: str = ""
    count: int = 1
    late: int | None = None

    @property
    def overdue(self) -> int:
        """Of what is summed up in one line only the first is known to be overdue."""
        return int(self.tone == "urgent") if self.late is None else self.late

    @property
    def tone(self):
        if self.days is None:
            return "calm"
        return "urgent" if self.days < 0 else "soon"

    @property
    def due_on(self) -> dt.date | None:
        return None if self.days is None else timezone.localdate() + dt.timedelta(days=self.days)

    @property
    def distance(self) -> str:
        if not self.days:
            return "" if self.days is None else "今天"
        return f"已超期 {-self.days:,} 天" if self.days < 0 else f"还有 {self.days:,} 天"


Source = Callable[[object, dt.date], Iterator[ToDo]]


def number(to_dos: Iterable[ToDo]) -> int:
    """How many things are to be done: a line may stand for many."""
    return sum(to_do.count for to_do in to_dos)


def gathered(sources: dict[str, Iterable[Source]], user, today: dt.date) -> list[ToDo]:
    """What the sources find, each line with its kind, the key of its source. Unordered."""
    return [
        replace(to_do, kind=kind)
        for kind, those in sources.items()
        for source in those
        for to_do in source(user, today)
    ]


def first_of(rows) -> tuple[list, object | None, int]:
    """The rows to show, the next one (None: there is none) and how many there are beyond; one query."""
    return _shown(list(rows.annotate(together=Window(Count("pk")))[: SHOWN + 1]))


def first_of_each(rows, by: str, order: tuple[str, ...]) -> dict[object, tuple[list, object | None, int]]:
    """As `first_of`, for each value of the field or annotation `by`; one query for all of them."""
    rows = rows.annotate(
        together=Window(Count("pk"), partition_by=[by]),
        place=Window(RowNumber(), partition_by=[by], order_by=order),
    )
    found: dict[object, list] = {}
    for row in rows.filter(place__lte=SHOWN + 1).order_by("place"):
        found.setdefault(getattr(row, by), []).append(row)
    return {value: _shown(of_value) for value, of_value in found.items()}


def _shown(found):
    rest = found[SHOWN] if len(found) > SHOWN else None
    return found[:SHOWN], rest, rest.together - SHOWN if rest else 0
