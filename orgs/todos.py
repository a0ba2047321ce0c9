"""One line of “what is to be done”: every app finds its own, the home page shows them together."""

from dataclasses import dataclass

from django.db.models import Count, Window
from django.db.models.functions import RowNumber

SHOWN = 5  # lines of one kind; more are summed up in one


@dataclass(frozen=True)
class ToDo:
    """What, why, and the button that does it. `days` (until due; None: no date) orders and colours it."""

    title: str
    reason: str
    url: str
    action: str
    days: int | None = None

    @property
    def tone(self):
        if self.days is None:
            return "calm"
        return "urgent" if self.days < 0 else "soon"


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
