"""One line of “what is to be done”: every app finds its own, the home page shows them together."""

from dataclasses import dataclass

from django.db.models import Count, Window

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
    found = list(rows.annotate(together=Window(Count("pk")))[: SHOWN + 1])
    rest = found[SHOWN] if len(found) > SHOWN else None
    return found[:SHOWN], rest, rest.together - SHOWN if rest else 0
