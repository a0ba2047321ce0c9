"""Twelve months of an organisation from kept figures (`portal.snapshots`), and what changed since the last month ended."""

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone

from orgs.access import has_at
from orgs.statistics import Rate
from portal import charts, snapshots
from portal.work import Scope

BOX = {"width": 520, "height": 170}
SMALL = {"width": 160, "height": 60}
MONTHS = 12
NAME_HEIGHT = 26  # what the name of a line needs for itself
A_PERCENT = 0.01  # ticks are written without a fraction


@dataclass(frozen=True)
class Measured:
    """A line of a trend. `value` is of a kept row and of the one a month before it."""

    code: str
    label: str
    unit: str
    permission: str

    @property
    def is_rate(self) -> bool:
        return self.unit == "%"


COVERAGE = (
    Measured("organisation_coverage", "组织覆盖率", "%", "enterprises.view"),
    Measured("work_coverage", "工作覆盖率", "%", "enterprises.view"),
)
OTHERS = (
    Measured("members", "党员", "名", "members.view"),
    Measured("activities", "当月活动", "场", "activities.view"),
    Measured("participation_rate", "当月参与率", "%", "activities.view"),
)
# Kept from the first day of the year: what a month adds is the difference of two of its ends.
OF_YEAR = {"activities", "participation_rate"}


@dataclass(frozen=True)
class Line:
    measured: Measured
    values: list[float | None]
    shapes: list[str]
    end: tuple[float, float] | None

    @property
    def last(self) -> float | None:
        return self.values[-1]


@dataclass(frozen=True)
class Trend:
    """`days` are ends of months, the last is today. `coverage` share one scale, each of `others` has its own."""

    days: list[dt.date]
    coverage: list[Line]
    axis: charts.Axis
    others: list[Line]
    box: dict
    small: dict

    @property
    def marks(self) -> list[tuple[float, str]]:
        """Where the months stand below the coverage, every second one."""
        apart = self.box["width"] / (len(self.days) - 1)
        return [
            (round(place * apart, 1), f"{day.month}月" if day.month > 1 else f"{day.year}年")
            for place, day in enumerate(self.days[:-1])
            if place % 2 == 0
        ]

    @property
    def named(self) -> list[tuple[Line, float]]:
        """The coverage with the height of each name: beside the end of its line, apart from the other where they meet."""
        heights = [line.end[1] if line.end else 0 for line in self.coverage]
        short = NAME_HEIGHT - abs(heights[0] - heights[1])
        if short > 0:
            lower = int(heights[1] >= heights[0])
            heights[lower] += short / 2
            heights[1 - lower] -= short / 2
        return list(zip(self.coverage, heights, strict=True))

    @property
    def rows(self) -> list[tuple[dt.date, list[tuple[Measured, float | None]]]]:
        """Of the table: newest first."""
        lines = [*self.coverage, *self.others]
        found = [
            (day, [(line.measured, line.values[place]) for line in lines])
            for place, day in enumerate(self.days)
        ]
        return found[::-1]

    @property
    def is_known(self) -> bool:
        return sum(value is not None for value in self.coverage[0].values) > 1


def trend(scope: Scope) -> Trend:
    """Of the twelve months before today; one query."""
    before, *days = [*snapshots.month_ends(MONTHS + 1), timezone.localdate()]
    first, *rows = snapshots.series(scope.organisation, [before, *days])
    pairs = list(zip([first, *rows], rows, days, strict=False))
    coverage = [_values(measured, pairs) for measured in COVERAGE]
    axis = charts.Axis.over(
        [value for values in coverage for value in values],
        height=BOX["height"],
        least_step=A_PERCENT,
        most=1.0,
    )
    others = [measured for measured in OTHERS if has_at(scope.user, measured.permission, scope.organisation)]
    return Trend(
        days,
        [_line(m, values, axis, BOX) for m, values in zip(COVERAGE, coverage, strict=True)],
        axis,
        [_small(measured, _values(measured, pairs)) for measured in others],
        BOX,
        SMALL,
    )


def _values(measured: Measured, pairs) -> list[float | None]:
    return [_of_month(measured, earlier, row, day) for earlier, row, day in pairs]


def _of_month(measured: Measured, earlier, row, day) -> float | None:
    value = snapshots.figure(row, measured.code)
    if value is not None and measured.code in OF_YEAR and day.month > 1:
        until = snapshots.figure(earlier, measured.code)
        value = None if until is None else _less(value, until)
    return value.value if isinstance(value, Rate) else value


def _less(value, until):
    if isinstance(value, Rate):
        return Rate(value.numerator - until.numerator, value.denominator - until.denominator)
    return value - until


def _line(measured, values, axis, box) -> Line:
    last = values[-1]
    end = None if last is None else (box["width"], axis.y(last))
    return Line(measured, values, charts.lines(values, axis, width=box["width"]), end)


def _small(measured, values) -> Line:
    return _line(measured, values, charts.Axis.over(values, height=SMALL["height"]), SMALL)


LEVEL = "持平"  # also of what is too little to be seen


@dataclass(frozen=True)
class Change:
    """Against the end of the last month: in percentage points of a share, else in numbers."""

    by: float
    is_rate: bool

    @property
    def short(self) -> str:
        """Without what it is measured in."""
        by = abs(self.by)
        shown = f"{by * 100:.1f}" if self.is_rate else f"{by:,}" if isinstance(by, int) else f"{by:,.1f}"
        return f"{'▲' if self.by > 0 else '▼'} {shown}" if shown.strip("0.") else LEVEL

    @property
    def words(self) -> str:
        return f"{self.short}个百分点" if self.is_rate and self.short != LEVEL else self.short


def changes(organisation, now: dict[str, Rate | float | None]) -> dict[str, Change]:
    """Of each code in `now` whose figure of the end of last month is known; one query."""
    (row,) = snapshots.series(organisation, snapshots.month_ends(1))
    found = {}
    for code, value in now.items():
        before = snapshots.figure(row, code)
        is_rate = isinstance(before, Rate)
        before, value = (one.value if isinstance(one, Rate) else one for one in (before, value))
        if before is not None and value is not None:
            found[code] = Change(value - before, is_rate)
    return found
