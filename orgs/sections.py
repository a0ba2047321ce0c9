"""What later apps add to pages of this one: cards to that of an enterprise, ways on from a visit. They append when they start."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class EnterpriseSection:
    """A template below `templates/` that draws one card, and what it needs."""

    template: str
    context: dict


# Each returns a section about the enterprise for the user, or None when there is nothing to show.
SECTIONS: list[Callable[[object, object], EnterpriseSection | None]] = []


def sections(enterprise, user) -> list[EnterpriseSection]:
    return [found for source in SECTIONS if (found := source(enterprise, user))]


@dataclass(frozen=True)
class Step:
    """Where a visit leads on to: a page of a later app that reads the visit and fills its form with it."""

    label: str
    url: str


# Each returns what may follow from the visit for the user, or None. Later apps append when they start.
AFTER_VISIT: list[Callable[[object, object], Step | None]] = []


def after_visit(visit, user) -> list[Step]:
    return [found for source in AFTER_VISIT if (found := source(visit, user))]
