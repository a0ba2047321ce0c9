"""What the page of one's own record shows beside the facts. Later apps append to `SECTIONS` when they start."""

from collections.abc import Callable
from dataclasses import dataclass

from members.dues import ledger
from members.models import RecruitmentCase


@dataclass(frozen=True)
class OwnSection:
    """A template below `templates/` that draws one card, and what it needs."""

    template: str
    context: dict


def _dues(member):
    return OwnSection("members/_own_dues.html", {"dues": ledger.own_dues(member)})


def _recruiting(member):
    case = RecruitmentCase.objects.filter(member=member).select_related("organisation").first()
    return OwnSection("members/_own_case.html", {"case": case}) if case else None


# Each returns a section about the member given, or None when there is nothing to show.
SECTIONS: list[Callable[[object], OwnSection | None]] = [_dues, _recruiting]


def sections(member) -> list[OwnSection]:
    return [found for source in SECTIONS if (found := source(member))]
