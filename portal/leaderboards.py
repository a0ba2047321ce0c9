"""比学赶超: organisations of one level ranked by a measure, from kept figures (`portal.snapshots`).

A share is ranked by the lower end of its 95 % confidence interval (Wilson 1927), so that two of two do not beat 98 of 100; a
count per hundred members; a mean as it is. Who has fewer cases than the dated setting asks for is shown apart, without a
rank. Figures that look the same share a rank.
"""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from math import sqrt

from django.db.models import Min, QuerySet
from django.utils import timezone

from orgs import access
from orgs.models import Organisation
from orgs.regulations import coverage_rule, value_on
from orgs.statistics import Rate
from orgs.terms import add_months, month_end
from portal import snapshots
from portal.measures import MEASURES
from portal.models import Reckoning, Snapshot
from portal.work import WORK

Z = 1.96  # of a two-sided interval of 95 %
MOST_RANKED = 5000  # of one level; a longer board would be no board
MONTHS = 12
LEVELS = [(1, "直接下级"), (2, "下两级"), (3, "下三级"), (4, "下四级")]


def wilson(rate: Rate) -> float:
    """The lower end of the 95 % interval of a share; 0 without cases. Wilson (1927), score interval."""
    if not rate.denominator:
        return 0.0
    n, p = rate.denominator, rate.numerator / rate.denominator
    middle = p + Z * Z / (2 * n)
    reach = Z * sqrt(p * (1 - p) / n + Z * Z / (4 * n * n))
    return max((middle - reach) / (1 + Z * Z / n), 0.0)


@dataclass(frozen=True)
class Board:
    """A measure to rank by. `cases` is what the smallest number is asked of; a score is shown with `digits`, under
    `score_words` where it is not the figure itself."""

    code: str
    title: str
    rule: str
    cases_words: str
    cases: Callable[[Snapshot], int | None]
    score: Callable[[object, int], float]
    score_words: str
    digits: int
    is_percent: bool = False
    is_lower_better: bool = False

    @property
    def measure(self):
        return MEASURES.get(self.code) or WORK[self.code]

    def may_be_seen(self, user, organisation) -> bool:
        """Whether the person may read there what the measure counts (administrators read no members and no activities)."""
        permission = "enterprises.view" if self.code in MEASURES else WORK[self.code].permission
        return access.has_at(user, permission, organisation)

    def definition(self) -> str:
        """口径 of the measure, as the page of all definitions has it."""
        if self.code in MEASURES:
            return MEASURES[self.code].definition(coverage_rule())
        words = WORK[self.code].words
        return f"分子：{words}。" if WORK[self.code].is_rate else f"{words}。"


def _share(code, title, cases_words, cases):
    return Board(
        code, title, "按95%置信区间下限排序，基数小的占比不会虚高", cases_words, cases, lambda value, _: wilson(value),
        "置信下限", 3, is_percent=True,
    )  # fmt: skip


def _per_hundred(code, title):
    return Board(
        code, title, "按每百名党员折算后排序", "在册党员", lambda row: row.members,
        lambda value, members: value * 100 / members, "每百名党员", 1,
    )  # fmt: skip


BOARDS: dict[str, Board] = {
    board.code: board
    for board in (
        _share("organisation_coverage", "组织覆盖榜", "企业", lambda row: row.units_active),
        _share("work_coverage", "工作覆盖榜", "企业", lambda row: row.units_active),
        _share("survey_rate", "摸排榜", "企业", lambda row: row.units_active),
        _share("duty_rate", "组织生活榜", "应完成的三会一课", lambda row: row.duties_due),
        _share("participation_rate", "参与榜", "应到人次", lambda row: row.expected),
        _share("member_reach", "党员参与面榜", "在册党员", lambda row: row.members),
        _share("training_rate", "教育培训榜", "在册党员", lambda row: row.members),
        _share("dues_rate", "党费收缴榜", "应交人次", lambda row: row.dues_charges),
        _share("orders_closed_rate", "办结榜", "应办理订单", lambda row: row.orders_taken),
        Board(
            "order_days_median", "办结速度榜", "按办结天数中位数排序，少的在前", "已办结订单",
            lambda row: row.orders_finished, lambda value, _: value, "", 1, is_lower_better=True,
        ),
        Board(
            "order_rating", "满意度榜", "按平均分排序", "已评分订单", lambda row: row.orders_rated,
            lambda value, _: value, "", 1,
        ),
        _per_hundred("activities", "活动榜"),
        _per_hundred("recruited", "发展党员榜"),
        _per_hundred("agreements", "联建榜"),
    )
}  # fmt: skip


@dataclass
class Entry:
    """An organisation on a board. `rank` is None for who has too few cases or no figure at all; `is_compared`: the month
    before had places."""

    organisation: Organisation
    value: Rate | float | None
    cases: int
    score: float | None = None
    rank: int | None = None
    rank_before: int | None = None
    is_compared: bool = False

    @property
    def rate(self) -> Rate | None:
        return self.value if isinstance(self.value, Rate) else None

    @property
    def share(self) -> float | None:
        return self.value.value if self.rate else self.value

    @property
    def change(self) -> int | None:
        """Places won (positive) or lost since the end of the month before; None for who was not ranked then."""
        return None if None in (self.rank, self.rank_before) else self.rank_before - self.rank

    @property
    def change_down(self) -> int:
        return -self.change


def ranked(board: Board, organisations: Iterable, kept: dict[int, Snapshot], least: int) -> list[Entry]:
    """Best first, ties share a rank (1, 2, 2, 4), those without a rank last, by name within."""
    entries = [
        _entry(board, organisation, kept.get(organisation.pk), least) for organisation in organisations
    ]
    sign = 1 if board.is_lower_better else -1
    entries.sort(
        key=lambda e: (e.score is None, sign * (e.score or 0), e.organisation.name, e.organisation.pk)
    )
    before = None
    for place, entry in enumerate(entries, start=1):
        if entry.score is None:
            break
        entry.rank = before.rank if before and before.score == entry.score else place
        before = entry
    return entries


def _entry(board, organisation, row, least):
    value = snapshots.figure(row, board.code)
    cases = (board.cases(row) if row else None) or 0
    known = value is not None and cases >= max(least, 1)
    return Entry(
        organisation, value, cases, round(board.score(value, cases), board.digits) if known else None
    )


def month_before(day: dt.date) -> dt.date:
    """The last day of the month before."""
    return month_end(add_months(day.replace(day=1), -1))


def at_level(organisation, level: int, kind: str = "") -> QuerySet:
    rows = Organisation.objects.active().within(organisation).filter(depth=organisation.depth + level)
    return rows.filter(kind=kind) if kind else rows


@dataclass
class Leaderboard:
    """One board: `board` of the `organisations` as of the day, today or the end of a month."""

    board: Board
    organisations: QuerySet
    on: dt.date
    show_all: bool = False
    named: int = field(init=False)
    least: int = field(init=False)

    def __post_init__(self):
        self.named, self.least = (
            value_on("leaderboard_named", self.on),
            value_on("leaderboard_least", self.on),
        )

    @cached_property
    def entries(self) -> list[Entry]:
        if self.is_too_long:
            return []
        organisations = list(self.organisations.only("name", "code", "kind", "path", "depth"))
        now = ranked(self.board, organisations, snapshots.as_of(self.on, self.organisations), self.least)
        kept = snapshots.as_of(month_before(self.on), self.organisations)
        before = {e.organisation.pk: e.rank for e in ranked(self.board, organisations, kept, self.least)}
        is_compared = any(before.values())
        for entry in now:
            entry.rank_before = before[entry.organisation.pk]
            entry.is_compared = is_compared
        return now

    @cached_property
    def is_too_long(self) -> bool:
        return self.organisations.count() > MOST_RANKED

    @property
    def ranked(self) -> list[Entry]:
        return [entry for entry in self.entries if entry.rank]

    @property
    def shown(self) -> list[Entry]:
        """Those that are named."""
        return [e for e in self.ranked if self.show_all or not self.named or e.rank <= self.named]

    @property
    def unnamed(self) -> int:
        return len(self.ranked) - len(self.shown)

    @property
    def small(self) -> list[Entry]:
        """Too few cases for a rank."""
        return [entry for entry in self.entries if not entry.rank and entry.cases]

    @property
    def without(self) -> int:
        return sum(1 for entry in self.entries if not entry.rank and not entry.cases)

    @property
    def compared_with(self) -> dt.date:
        return month_before(self.on)

    @property
    def is_compared(self) -> bool:
        return any(entry.is_compared for entry in self.entries)


@dataclass(frozen=True)
class Standing:
    """How an organisation stands on a board among those directly below the same superior, of whom it learns no more."""

    board: Board
    entry: Entry
    count: int


def standings(user, organisation, on: dt.date) -> list[Standing]:
    """On every board that the person may see; none for a top organisation. Two queries for the figures."""
    superior = Organisation.objects.filter(path=organisation.parent_path).first()
    if superior is None:
        return []
    peers = at_level(superior, 1)
    if peers.count() > MOST_RANKED:
        return []
    organisations, least = list(peers.only("name", "path")), value_on("leaderboard_least", on)
    boards = [board for board in BOARDS.values() if board.may_be_seen(user, organisation)]
    now, then = snapshots.as_of(on, peers), snapshots.as_of(month_before(on), peers)
    return [
        found
        for board in boards
        if (found := _standing(board, organisation, organisations, now, then, least))
    ]


def _standing(board, organisation, organisations, now, then, least):
    entries = ranked(board, organisations, now, least)
    own = next((entry for entry in entries if entry.organisation == organisation), None)
    if own is None:
        return None
    before = ranked(board, organisations, then, least)
    own.rank_before = next(entry.rank for entry in before if entry.organisation == organisation)
    own.is_compared = any(entry.rank for entry in before)
    return Standing(board, own, sum(1 for entry in entries if entry.rank))


def days() -> list[dt.date]:
    """Today and the ends of the last months, of which figures are kept; the latest first."""
    first, today = Reckoning.objects.aggregate(first=Min("day"))["first"], timezone.localdate()
    ends = reversed(snapshots.month_ends(MONTHS))
    return [today, *(day for day in ends if first and day >= first)]
