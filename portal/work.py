"""Measures of the work of an organisation and all below it: members, activities, duties, agreements, orders.

Each is counted over the very lists that it opens: the list's own filter, given the query string of the link, over the rows
that the person sees. So a figure and its list cannot disagree. By the formal line; the period is the year or the month of
the day, up to it. Coverage is counted otherwise, see `portal.measures`.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from types import SimpleNamespace
from urllib.parse import urlencode

from django.db.models import Avg, Count, F, QuerySet, Sum
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from activities.duties import board, calendar
from activities.filters import HELD, ActivityFilter
from activities.models import Activity
from activities.participation_filters import ParticipationFilter
from linkages.filters import AgreementFilter
from linkages.models import Agreement, Order
from linkages.order_filters import OrderFilter
from linkages.states import SOON, with_state
from members.filters import MemberFilter
from members.models import Member
from orgs.access import has_at
from orgs.models import Organisation
from orgs.statistics import Rate
from portal.measures import as_numbers

A_DAY = dt.timedelta(days=1)


UNITS = {"year": "本年", "month": "本月"}


@dataclass(frozen=True)
class Scope:
    """Whose figures, as of which day, as far as `user` sees the rows; what has a period counts from the first day of the
    year or of the month (`unit`)."""

    user: object
    organisation: Organisation
    on: dt.date
    unit: str = "year"

    @property
    def is_of_month(self) -> bool:
        return self.unit == "month"

    @property
    def since(self) -> dt.date:
        return dt.date(self.on.year, self.on.month if self.is_of_month else 1, 1)

    @property
    def period_label(self) -> str:
        return f"{self.on.year}年{self.on.month}月" if self.is_of_month else f"{self.on.year}年"

    @property
    def is_today(self) -> bool:
        return self.on == timezone.localdate()

    @property
    def period(self) -> dict[str, dt.date]:
        return {"since": self.since, "until": self.on}

    @cached_property
    def activity_sums(self) -> dict[str, int]:
        """Three measures count the same activities."""
        sums = {name: Sum(name, default=0) for name in ("present", "expected", "guests")}
        return _activities(self).rows.aggregate(count=Count("pk"), **sums)


@dataclass(frozen=True)
class Page:
    """A list of the portal: its address, its filter, and the rows that it filters."""

    name: str
    filterset: type
    rows: Callable[[object], QuerySet]


MEMBERS = Page("members:member-list", MemberFilter, lambda user: Member.objects.listed_to(user))
PARTICIPATION = Page(
    "activities:participation-list",
    ParticipationFilter,
    lambda user: Member.objects.listed_to(user, "activities.view").in_register(),
)
ACTIVITIES = Page("activities:activity-list", ActivityFilter, Activity.objects.visible_to)
AGREEMENTS = Page(
    "linkages:agreement-list", AgreementFilter, lambda user: with_state(Agreement.objects.visible_to(user))
)
ORDERS = Page("linkages:order-list", OrderFilter, Order.objects.visible_to)


@dataclass(frozen=True)
class Behind:
    """What lies behind a figure: the list and what it is asked for."""

    page: Page
    scope: Scope
    query: dict

    @property
    def _asked(self) -> dict:
        return {"organisation": self.scope.organisation.code, **self.query}

    @property
    def url(self) -> str:
        return f"{reverse(self.page.name)}?{urlencode(self._asked)}"

    @property
    def rows(self) -> QuerySet:
        user = self.scope.user
        request = SimpleNamespace(user=user, GET=QueryDict(urlencode(self._asked)))
        filterset = self.page.filterset(request.GET, queryset=self.page.rows(user), request=request)
        return filterset.qs.order_by()


@dataclass(frozen=True)
class Figure:
    """`value` is None where nothing can be said (shown as “—”); a share has both its counts, each with its list."""

    value: float | None
    url: str
    numerator: int | None = None
    denominator: int | None = None
    denominator_url: str = ""

    @property
    def shown(self) -> str:
        """Of one that is no share."""
        if self.value is None:
            return "—"
        return f"{self.value:,}" if isinstance(self.value, int) else f"{self.value:,.1f}"


def _count(behind: Behind) -> Figure:
    return Figure(behind.rows.count(), behind.url)


def _share(part: Behind, whole: Behind) -> Figure:
    return _rate(Rate(part.rows.count(), whole.rows.count()), part.url, whole.url)


def _rate(rate: Rate, url: str, denominator_url: str) -> Figure:
    return Figure(rate.value, url, rate.numerator, rate.denominator, denominator_url)


def _activities(scope):
    return Behind(ACTIVITIES, scope, {"state": HELD[0], **scope.period})


def _participation_rate(scope) -> Figure:
    url, sums = _activities(scope).url, scope.activity_sums
    return _rate(Rate(sums["present"], sums["expected"]), url, url)


def _duty_rate(scope) -> Figure:
    """Of the duties whose time is over; meetings and lectures (三会一课)."""
    _, whole = calendar.by_month(scope.organisation, scope.on.year, scope.on, board.THREE)
    query = {"organisation": scope.organisation.code, "year": scope.on.year, "kind": board.THREE}
    rates = whole.year
    if scope.is_of_month:
        rates, query["month"] = whole.months[scope.on.month - 1], scope.on.month
    met, due = (
        f"{reverse('activities:duty-list')}?{urlencode(query | {'standing': standing})}"
        for standing in ("met", "due")
    )
    return _rate(Rate(rates.met, rates.due), met, due)


def orders(scope: Scope, **query) -> Behind:
    """Those raised in the period that the list shows for `query`."""
    return Behind(ORDERS, scope, {**query, **scope.period})


def _median_days(scope) -> Figure:
    behind = orders(scope, state="finished")
    took = behind.rows.filter(finished_at__isnull=False).annotate(took=F("finished_at") - F("raised_at"))
    count = took.count()
    middle = list(
        took.order_by("took").values_list("took", flat=True)[max(count - 1, 0) // 2 : count // 2 + 1]
    )
    return Figure(sum(middle, dt.timedelta()) / A_DAY / len(middle) if middle else None, behind.url)


def _mean_rating(scope) -> Figure:
    behind = orders(scope, rating="any")
    return Figure(behind.rows.aggregate(mean=Avg("rating"))["mean"], behind.url)


@dataclass(frozen=True)
class WorkMeasure:
    """A figure with its definition (口径). `only_today`: no history is kept of what it counts."""

    code: str
    name: str
    unit: str
    words: str
    source: str
    permission: str
    figure: Callable[[Scope], Figure]
    only_today: bool = False

    @property
    def is_rate(self) -> bool:
        return self.unit == "%"

    def of(self, scope: Scope) -> Figure | None:
        """None where the person may not see such rows, or of a past day of which nothing is known."""
        if self.only_today and not scope.is_today:
            return None
        return self.figure(scope) if has_at(scope.user, self.permission, scope.organisation) else None


REGISTER = "中国共产党党内统计年报口径（组织关系）"
LIFE = "《中国共产党支部工作条例（试行）》第五章"
LINKAGE = "管理需要：党建联建协议台账"
LOOP = "管理需要：点单、派单、接单、评单"

WORK: dict[str, WorkMeasure] = {
    measure.code: measure
    for measure in (
        WorkMeasure(
            "members", "党员", "名", "在册的正式党员和预备党员，按组织关系计", REGISTER, "members.view",
            lambda scope: _count(Behind(MEMBERS, scope, {})), only_today=True,
        ),
        WorkMeasure(
            "probationary", "预备党员", "名", "在册的预备党员，按组织关系计", REGISTER, "members.view",
            lambda scope: _count(Behind(MEMBERS, scope, {"membership": "probationary"})), only_today=True,
        ),
        WorkMeasure(
            "recruited", "本年发展党员", "名", "本年接收为预备党员（入党）且在册的党员", REGISTER, "members.view",
            lambda scope: _count(
                Behind(MEMBERS, scope, {"joined_from": scope.since, "joined_to": scope.on})
            ),
            only_today=True,
        ),
        WorkMeasure(
            "activities", "活动场次", "场", "本年由本组织及下级主办或联合主办、已召开的活动，联合主办的只计一次", LIFE,
            "activities.view", lambda scope: Figure(scope.activity_sums["count"], _activities(scope).url),
        ),
        WorkMeasure(
            "participations", "参与人次", "人次", "上述活动实到党员与列席、群众之和", LIFE, "activities.view",
            lambda scope: Figure(
                scope.activity_sums["present"] + scope.activity_sums["guests"], _activities(scope).url
            ),
        ),
        WorkMeasure(
            "participation_rate", "参与率", "%", "上述活动实到党员人次。分母：应到党员人次", LIFE, "activities.view",
            _participation_rate,
        ),
        WorkMeasure(
            "member_reach", "党员参与面", "%",
            "本年至少参加过一次活动的在册党员，按组织关系计，不论在哪里参加；只登记人数、没有名单的活动不计。分母：在册党员",
            LIFE, "activities.view",
            lambda scope: _share(
                Behind(PARTICIPATION, scope, {"attended": "some", **scope.period}),
                Behind(PARTICIPATION, scope, scope.period),
            ),
            only_today=True,
        ),
        WorkMeasure(
            "duty_rate", "三会一课完成率", "%", "本年时限已到且已完成（含补开）的三会一课。分母：时限已到的三会一课", LIFE,
            "activities.view", _duty_rate, only_today=True,
        ),
        WorkMeasure(
            "agreements", "联建协议", "份", "正在履行、本组织及下级为一方的共建协议", LINKAGE, "linkages.view",
            lambda scope: _count(Behind(AGREEMENTS, scope, {"term": "running"})), only_today=True,
        ),
        WorkMeasure(
            "agreements_expiring", "即将到期的协议", "份", f"上述协议中{SOON}日内到期的", LINKAGE, "linkages.view",
            lambda scope: _count(Behind(AGREEMENTS, scope, {"ends_within": SOON})), only_today=True,
        ),
        WorkMeasure(
            "orders_closed_rate", "订单办结率", "%",
            "本年点单、已办结的订单（统筹或办理单位在本组织及下级）。分母：本年点单的订单，不含不予受理和取消的", LOOP,
            "linkages.view",
            lambda scope: _share(orders(scope, state="finished"), orders(scope, state="taken")),
        ),
        WorkMeasure(
            "order_days_median", "办结天数中位数", "天", "上述已办结的订单，从点单到办结的自然天数，取中位数", LOOP,
            "linkages.view", _median_days,
        ),
        WorkMeasure(
            "order_rating", "诉求人满意度", "分", "本年点单、已评分的订单的平均分，满分5分", LOOP, "linkages.view",
            _mean_rating,
        ),
    )
}  # fmt: skip


def figures(scope: Scope) -> dict[str, Figure]:
    """By code, of what may be said to the person; a fixed number of queries."""
    found = {code: measure.of(scope) for code, measure in WORK.items()}
    return {code: figure for code, figure in found.items() if figure is not None}


@dataclass(frozen=True)
class Card:
    """A figure with what the measure is called in its period: definitions are written for the year."""

    measure: WorkMeasure
    figure: Figure
    name: str
    words: str


def in_period(words: str, scope: Scope) -> str:
    return words.replace(UNITS["year"], UNITS[scope.unit])


def cards(scope: Scope) -> list[Card]:
    found = ((WORK[code], figure) for code, figure in figures(scope).items())
    return [
        Card(measure, figure, in_period(measure.name, scope), in_period(measure.words, scope))
        for measure, figure in found
    ]


def values(scope: Scope) -> dict[str, dict]:
    """As `portal.measures.values`, for programs; a figure that is no share has no counts."""
    return {
        code: as_numbers(figure.numerator, figure.denominator, figure.value)
        for code, figure in figures(scope).items()
    }
