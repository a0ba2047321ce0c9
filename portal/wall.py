"""What a wall screen shows of an organisation: sums of all below it, the same for everybody who may see its statistics.

They are counted over all rows, not over those of whoever looks: the account of a screen sees no row at all. Nothing here
names a person.
"""

import datetime as dt
from dataclasses import dataclass
from functools import cached_property

from django.http import QueryDict
from django.utils import timezone

from orgs.models import Organisation, User
from portal import parts
from portal.cards import cards as work_cards
from portal.dashboards import Dashboard, Line, largest
from portal.templatetags.portal_ui import number, percent
from portal.trends import Change, Trend, trend
from portal.work import Scope

MOST_BARS = 15
FLAT_FUNNEL = {"width": 420, "height": 165, "gap": 4}
MOST_DUTY_LINES = 14
BOARDS = ("覆盖和需求", "阵地和组织生活")
# The measure on each card, and what stands below its figure: a measure, or None for its own counts.
COVERAGE = (("organisation_coverage", "should_found"), ("work_coverage", "uncovered"))
HEADLINES = (
    ("members", "probationary"),
    ("activities", "participations"),
    ("duty_rate", None),
    ("orders_closed_rate", "order_rating"),
)


@dataclass(frozen=True)
class Headline:
    label: str
    value: str
    unit: str
    note: str
    change: Change | None = None


@dataclass(frozen=True)
class Bar:
    """`share` in per cent of the whole width."""

    label: str
    share: float
    words: str
    is_low: bool


class Wall:
    def __init__(self, organisation: Organisation):
        self.organisation = organisation
        self.at: dt.datetime = timezone.localtime()
        everything = User.objects.system()
        self.scope = Scope(everything, organisation, self.at.date())
        self.dashboard = Dashboard(everything, organisation, None, QueryDict())

    @property
    def rule(self):
        return self.dashboard.rule

    @cached_property
    def headlines(self) -> list[Headline]:
        cards = {card.measure.code: card for card in self.dashboard.cards}
        of_work = {card.measure.code: card for card in work_cards(self.scope)}
        found = [self._coverage(cards[code], cards[below]) for code, below in COVERAGE]
        return found + [self._headline(of_work[code], of_work.get(below)) for code, below in HEADLINES]

    @staticmethod
    def _coverage(card, below) -> Headline:
        note = f"{below.measure.name} {number(below.rate.numerator)} {below.measure.unit}"
        return Headline(card.measure.name, percent(card.rate.value), "", note, card.change)

    @staticmethod
    def _headline(card, below) -> Headline:
        measure, figure = card.measure, card.figure
        if below:
            note = f"{below.name} {below.figure.shown} {below.unit}".rstrip()
        else:
            note = f"{number(figure.numerator)} / {number(figure.denominator)}"
        value, unit = (percent(figure.value), "") if measure.is_rate else (figure.shown, card.unit)
        return Headline(card.name, value, unit, note, card.change)

    @cached_property
    def bars_title(self) -> str:
        return "下级党组织覆盖率" if self.dashboard.children else "各片区覆盖率"

    @cached_property
    def bars(self) -> list[Bar]:
        """Highest first; of many those with most enterprises."""
        average = self.dashboard.total.figures.organisation_coverage.value or 0
        lines = [line for line in self.dashboard.children or self.dashboard.areas if line.figures.active]
        return [self._bar(line, average) for line in largest(lines, MOST_BARS)]

    def _bar(self, line: Line, average: float) -> Bar:
        return Bar(line.label, round(line.coverage * 100, 1), percent(line.coverage), line.coverage < average)

    @cached_property
    def trend(self) -> Trend:
        return trend(self.scope)

    @cached_property
    def steps(self) -> list[parts.Step]:
        return parts.funnel(self.scope, FLAT_FUNNEL)

    @property
    def funnel_box(self) -> dict:
        return FLAT_FUNNEL

    @cached_property
    def duties(self) -> parts.DutyMonths:
        return parts.duty_months(self.scope, most=MOST_DUTY_LINES)

    @cached_property
    def map(self) -> parts.ParkMap:
        return parts.park_map(self.scope)
