"""Reckoning of an assessment index: points of a value, totals, ranks; provisional from kept figures, or as frozen.

Points run in proportion from `zero_at` (none) to `full_at` (the whole weight) and not beyond; rounded half up to 0.01. An
item of which an organisation has nothing to count (no order, no duty due) is left out, and the total is scaled up to 100
from the weights that remain: nobody loses points for what nobody asked of them. With less than half of the weight left
there are points and no rank.
"""

import datetime as dt
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import F, Min
from django.utils import timezone

from orgs import access
from orgs.models import Organisation
from orgs.quarters import quarter_start
from orgs.statistics import Rate
from orgs.terms import add_months, month_end
from portal import measures, snapshots
from portal.leaderboards import at_level
from portal.measures import MEASURES
from portal.models import Assessment, AssessmentItem, AssessmentRound, Period, Reckoning
from portal.work import WORK, Scope

HUNDRED, CENT, LEAST_WEIGHT = Decimal(100), Decimal("0.01"), Decimal(50)
PERIODS = {Period.QUARTER: 8, Period.YEAR: 3}  # how many periods back are offered
ALL_MEASURES = MEASURES | WORK


def points(item: AssessmentItem, value: Decimal) -> Decimal:
    """0 … `weight`; `value` in the unit of the item, shares in percent."""
    share = (value - item.zero_at) / (item.full_at - item.zero_at)
    return (min(max(share, Decimal(0)), Decimal(1)) * item.weight).quantize(CENT, ROUND_HALF_UP)


@dataclass
class Part:
    """One item of one organisation."""

    item: AssessmentItem
    figure: Rate | float | None

    @property
    def measure(self):
        return ALL_MEASURES[self.item.measure]

    @property
    def rate(self) -> Rate | None:
        return self.figure if isinstance(self.figure, Rate) else None

    @property
    def value(self) -> Decimal | None:
        """In the unit of the item: a share in percent; None where nothing is counted."""
        if self.rate:
            share = self.rate
            return None if share.value is None else HUNDRED * share.numerator / share.denominator
        return None if self.figure is None else Decimal(str(self.figure))

    @property
    def points(self) -> Decimal | None:
        return None if self.value is None else points(self.item, self.value)


@dataclass
class Stored:
    """A part as it was frozen."""

    item: AssessmentItem
    rate: Rate | None
    value: Decimal | None
    points: Decimal | None

    @property
    def measure(self):
        return ALL_MEASURES[self.item.measure]


@dataclass
class Result:
    """Of an organisation: its parts in the order of the items, total and rank."""

    organisation: Organisation
    parts: list[Part | Stored]
    points: Decimal | None = None
    rank: int | None = None

    @property
    def is_ranked(self) -> bool:
        """Half of all weight must have been counted: one item alone says too little."""
        weights = sum((part.item.weight for part in self.parts if part.points is not None), Decimal(0))
        return self.points is not None and weights >= LEAST_WEIGHT


@dataclass
class Sheet:
    """An index in a period. `round` where it is frozen; else it is provisional."""

    assessment: Assessment
    ends_on: dt.date
    on: dt.date
    round: AssessmentRound | None = None
    items: list[AssessmentItem] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)

    @property
    def may_be_frozen(self) -> bool:
        return (
            self.round is None
            and self.assessment.is_published
            and self.ends_on < timezone.localdate()
            and snapshots.reckoned_on(self.ends_on) is not None
        )


def total(parts) -> Decimal | None:
    """Scaled up to 100 from the weights of what could be counted; None without any."""
    known = [part for part in parts if part.points is not None]
    weights = sum((part.item.weight for part in known), Decimal(0))
    if not weights:
        return None
    return (sum(part.points for part in known) * HUNDRED / weights).quantize(CENT, ROUND_HALF_UP)


def rank(results: list[Result]) -> list[Result]:
    """The most points first; equal points share a rank; last those without one."""
    results.sort(key=lambda r: (not r.is_ranked, -(r.points or 0), r.organisation.name, r.organisation.pk))
    before = None
    for place, result in enumerate(results, start=1):
        if not result.is_ranked:
            break
        result.rank = before.rank if before and before.points == result.points else place
        before = result
    return results


def period_end(period: str, day: dt.date) -> dt.date:
    """The last day of the quarter or year that `day` lies in."""
    if period == Period.YEAR:
        return dt.date(day.year, 12, 31)
    return month_end(add_months(quarter_start(day), 2))


def periods(assessment: Assessment) -> list[dt.date]:
    """The ends of the running period and of those before, the latest first."""
    months = 12 if assessment.period == Period.YEAR else 3
    last = period_end(assessment.period, timezone.localdate())
    first = Reckoning.objects.aggregate(first=Min("day"))["first"]
    ends = [last]
    for back in range(1, PERIODS[assessment.period] + 1):
        end = month_end(add_months(last.replace(day=1), -months * back))
        if first and end >= first:
            ends.append(end)
    return ends


def period_words(assessment: Assessment, ends_on: dt.date) -> str:
    if assessment.period == Period.YEAR:
        return f"{ends_on.year}年度"
    return f"{ends_on.year}年第{(ends_on.month - 1) // 3 + 1}季度"


def assessed(assessment: Assessment):
    return at_level(assessment.organisation, assessment.level, assessment.kind)


def sheet(assessment: Assessment, ends_on: dt.date) -> Sheet:
    """As frozen; else reckoned from the figures of the last day of the period, or of today while it runs."""
    found = Sheet(assessment, ends_on, min(ends_on, timezone.localdate()), items=list(assessment.items.all()))
    found.round = assessment.rounds.filter(ends_on=ends_on).first()
    found.results = _frozen(found) if found.round else reckon(found)
    return found


def period_asked_for(assessment: Assessment, wanted: str) -> dt.date | None:
    """The end of the period asked for, or "" for the last that is over; None for what is no period of it."""
    offered = periods(assessment)
    if not wanted:
        return offered[1] if len(offered) > 1 else offered[0]
    frozen = assessment.rounds.order_by().values_list("ends_on", flat=True)
    return next((day for day in (*offered, *frozen) if str(day) == wanted), None)


def seen_by(user, assessment: Assessment, ends_on: dt.date) -> Sheet:
    """Of the sheet, the rows that the person sees: the committee all, an organisation assessed its own."""
    found = sheet(assessment, ends_on)
    if not access.has_at(user, "statistics.view", assessment.organisation):
        own = Organisation.objects.permitted_to(user, "statistics.view").order_by()
        keys = set(own.filter(pk__in=[r.organisation.pk for r in found.results]).values_list("pk", flat=True))
        found.results = [result for result in found.results if result.organisation.pk in keys]
    return found


def reckon(found: Sheet) -> list[Result]:
    organisations = assessed(found.assessment)
    kept = snapshots.as_of(found.on, organisations)
    results = []
    for organisation in organisations.only("name", "code", "kind", "path", "depth"):
        row = kept.get(organisation.pk)
        parts = [Part(item, snapshots.figure(row, item.measure)) for item in found.items]
        results.append(Result(organisation, parts, total(parts)))
    return rank(results)


def _frozen(found: Sheet) -> list[Result]:
    stored = found.round.results.select_related("organisation").prefetch_related("parts")
    return [
        _stored(row, found.items)
        for row in stored.order_by(F("rank").asc(nulls_last=True), "organisation__name", "pk")
    ]


def _stored(row, items) -> Result:
    by_item = {part.item_id: part for part in row.parts.all()}
    parts = []
    for item in items:
        part = by_item[item.pk]
        share = None if part.denominator is None else Rate(part.numerator, part.denominator)
        parts.append(Stored(item, share, part.value, part.points))
    return Result(row.organisation, parts, row.points, row.rank)


def list_behind(user, organisation, item: AssessmentItem, on: dt.date) -> str:
    """The list that the figure counts; "" where the register does not say how it was then, or the person may not read it."""
    if item.measure in MEASURES:
        return measures.list_url(MEASURES[item.measure].count, {"organisation": organisation.pk, "on": on})
    figure = WORK[item.measure].of(Scope(user, organisation, on))
    return figure.url if figure else ""
