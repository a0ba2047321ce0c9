"""Calendar months, quarters and years as numbers, so that the next one is one more."""

import datetime as dt
from dataclasses import dataclass

from django.db import models


class Unit(models.IntegerChoices):
    """Its value is how many months it has."""

    MONTH = 1, "月"
    QUARTER = 3, "季度"
    YEAR = 12, "年"


def index_of(unit: int, day: dt.date) -> int:
    return (day.year * 12 + day.month - 1) // unit


def first_day(unit: int, index: int) -> dt.date:
    year, month = divmod(index * unit, 12)
    return dt.date(year, month + 1, 1)


@dataclass(frozen=True)
class Period:
    unit: int
    index: int

    @property
    def first(self) -> dt.date:
        return first_day(self.unit, self.index)

    @property
    def end(self) -> dt.date:
        """The first day no longer in it."""
        return first_day(self.unit, self.index + 1)

    @property
    def last(self) -> dt.date:
        return self.end - dt.timedelta(days=1)

    @property
    def label(self) -> str:
        """2026年3月, 2026年第一季度, 2026年."""
        if self.unit == Unit.MONTH:
            return f"{self.first.year}年{self.first.month}月"
        if self.unit == Unit.QUARTER:
            return f"{self.first.year}年{quarter_words(self.index)}"
        return f"{self.first.year}年"


def quarter_words(index: int) -> str:
    return f"第{'一二三四'[index % 4]}季度"


def overlapping(unit: int, first: dt.date, last: dt.date) -> range:
    """The numbers of the periods that share a day with `first` … `last`."""
    return range(index_of(unit, first), index_of(unit, last) + 1)
