"""What the page of a record shows beside the record. Later apps append to `SECTIONS` when they start."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class RecordSection:
    """A template below `templates/` that draws one card, and what it needs."""

    template: str
    context: dict


# Each returns a section about the activity for the user, or None when there is nothing to show.
SECTIONS: list[Callable[[object, object], RecordSection | None]] = []


def sections(activity, user) -> list[RecordSection]:
    return [found for source in SECTIONS if (found := source(activity, user))]
