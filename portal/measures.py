"""The registry of measures: everything that shows a number takes its name, words and list from here.

What counts is decided in `orgs.statistics.Register`; a measure names the count and the query string of
`orgs:enterprise-list` that filters by the same condition.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from orgs.models import CoverageMethod, DatedSetting
from orgs.regulations import CoverageRule
from orgs.statistics import CoverageFigures, Rate

DENOMINATOR_SETTINGS = (
    "coverage_denominator_name",
    "coverage_statuses",
    "coverage_exclude_dormant",
    "coverage_min_employees",
)
COVERAGE_ARTICLE = "两个覆盖统计口径；中办发〔2012〕11号"
FOUNDING_ARTICLE = "《中国共产党支部工作条例（试行）》第四条"

# Name of a count in CoverageFigures → the list filter with exactly its rows.
LISTS: dict[str, dict[str, str]] = {
    "active": {},
    "organisation": {"coverage": "organisation"},
    "work": {"coverage": "work"},
    "uncovered": {"coverage": "none"},
    "should_found": {"should_found": "1"},
    "surveyed": {"surveyed": "1"},
    **{str(method): {"coverage": str(method)} for method in CoverageMethod},
}

_QUERIES = {count: urlencode(query) for count, query in LISTS.items()}


@dataclass(frozen=True)
class Measure:
    """A figure with its definition (口径). `count` names its numerator among the `CoverageFigures`.

    Its denominator is always the active units of the scope. `settings` are the dated settings it depends on.
    """

    code: str
    name: str
    unit: str
    count: str
    words: Callable[[CoverageRule], str]
    source: str
    settings: tuple[str, ...]

    @property
    def is_rate(self) -> bool:
        return self.unit == "%"

    def of(self, figures: CoverageFigures) -> Rate:
        return Rate(getattr(figures, self.count), figures.active)

    def definition(self, rule: CoverageRule) -> str:
        if self.is_rate:
            return f"分子：{self.words(rule)}的企业。分母：{rule.words}。"
        return f"{self.words(rule)}的企业。只计{rule.words}。"

    def version(self, settings: list[DatedSetting]) -> dt.date | None:
        """The day its definition took effect, going by `settings` in force; None while all have their defaults."""
        return max((s.effective_on for s in settings if s.code in self.settings), default=None)


def _should_found_words(rule):
    return f"正式党员{rule.should_found_members}名及以上而没有单独组建党组织"


def _survey_words(_rule):
    return "最近一轮名单比对后没有待摸排任务（无需核查，或已摸排）"


MEASURES: dict[str, Measure] = {
    measure.code: measure
    for measure in (
        Measure(
            "organisation_coverage",
            "组织覆盖率",
            "%",
            "organisation",
            lambda rule: rule.organisation_words,
            COVERAGE_ARTICLE,
            (*DENOMINATOR_SETTINGS, "coverage_counts_attached"),
        ),
        Measure(
            "work_coverage",
            "工作覆盖率",
            "%",
            "work",
            lambda rule: rule.work_words,
            COVERAGE_ARTICLE,
            (*DENOMINATOR_SETTINGS, "coverage_counts_attached", "instructor_visit_days"),
        ),
        Measure(
            "own_organisation_rate",
            "单独组建率",
            "%",
            "own",
            lambda _rule: "当前有单独组建的党组织",
            COVERAGE_ARTICLE,
            DENOMINATOR_SETTINGS,
        ),
        Measure(
            "should_found",
            "应建未建",
            "家",
            "should_found",
            _should_found_words,
            FOUNDING_ARTICLE,
            (*DENOMINATOR_SETTINGS, "should_found_members"),
        ),
        Measure(
            "uncovered",
            "未覆盖企业",
            "家",
            "uncovered",
            lambda _rule: "既没有组织覆盖、也没有工作覆盖",
            COVERAGE_ARTICLE,
            (*DENOMINATOR_SETTINGS, "coverage_counts_attached", "instructor_visit_days"),
        ),
        Measure(
            "survey_rate",
            "摸排率",
            "%",
            "surveyed",
            _survey_words,
            "管理需要：每份应用的企业名单为一轮摸排",
            DENOMINATOR_SETTINGS,
        ),
    )
}


def list_url(count: str, scope: dict[str, object], lists: dict[str, dict[str, str]] = LISTS) -> str:
    """The list of exactly the rows that `count` counts. `scope` is `organisation`, `area`, `cluster`, `park`, `on`."""
    query = {**scope, "active": "1", **lists[count]}
    return f"{reverse('orgs:enterprise-list')}?{urlencode(query)}"


def list_urls(scope: dict[str, object]) -> dict[str, str]:
    """`list_url` of every count of a scope."""
    head = list_url("active", scope)
    return {count: f"{head}&{query}" if query else head for count, query in _QUERIES.items()}


def place(kind: str, key: int | None) -> dict[str, object]:
    """The part of a scope that names a group; None are the units without such a place."""
    return {kind: "none" if key is None else key}


def as_numbers(numerator: int | None, denominator: int | None, value: float | None) -> dict:
    return {
        "numerator": numerator,
        "denominator": denominator,
        "value": None if value is None else round(value, 4),
    }


def values(figures: CoverageFigures) -> dict[str, dict]:
    """Every measure as numbers, for programs: the share rounded to four digits, None without a denominator."""
    rates = {code: measure.of(figures) for code, measure in MEASURES.items()}
    return {code: as_numbers(rate.numerator, rate.denominator, rate.value) for code, rate in rates.items()}
