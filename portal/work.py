"""Measures of the work of an organisation and all below it: members, recruiting, dues, activities, agreements, orders.

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

from django.db.models import Avg, F, QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from activities import training
from activities.duties import board, calendar
from activities.filters import HELD, ActivityFilter
from activities.models import Activity, Booking
from activities.participation_filters import ParticipationFilter
from activities.training_filters import TrainingFilter
from activities.venue_filters import BookingFilter
from linkages.filters import AgreementFilter
from linkages.models import Agreement, Order
from linkages.order_filters import OrderFilter
from linkages.states import SOON, with_state
from members.case_filters import CaseListFilter
from members.dues import ledger
from members.dues_filters import ChargeListFilter
from members.filters import MemberFilter, of_organisation
from members.models import DuesCharge, Member, RecruitmentCase
from orgs.access import has_at
from orgs.models import Organisation
from orgs.statistics import Rate
from portal.measures import as_numbers

A_DAY = dt.timedelta(days=1)


UNITS = {"year": "本年", "month": "本月"}
WHOLE_YEAR = "全年"  # also among the figures of a month


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

    @cached_property
    def activity_sums(self) -> dict[str, int]:
        """Three measures count the same activities."""
        return _held(self).rows.sums()


@dataclass(frozen=True)
class Page:
    """A list of the portal: its address, its filter, and the rows that it filters."""

    name: str
    filterset: type
    rows: Callable[[object], QuerySet]
    key: str = "code"
    """By which its filter names organisations."""


def _in_register(user) -> QuerySet:
    return Member.objects.listed_to(user, "activities.view").in_register()


MEMBERS = Page("members:member-list", MemberFilter, lambda user: Member.objects.listed_to(user))
CASES = Page("members:recruiting-list", CaseListFilter, RecruitmentCase.objects.visible_to, key="pk")
CHARGES = Page("members:dues-charges", ChargeListFilter, DuesCharge.objects.visible_to)
PARTICIPATION = Page("activities:participation-list", ParticipationFilter, _in_register)
TRAINING = Page("activities:training-list", TrainingFilter, _in_register)
BOOKINGS = Page("activities:booking-list", BookingFilter, Booking.objects.visible_to)
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
        return {"organisation": getattr(self.scope.organisation, self.page.key), **self.query}

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


@dataclass(frozen=True)
class Way:
    """How a measure is counted, and the addresses of the lists behind it: of a share two."""

    count: Callable[[Scope], Rate | float | None]
    links: Callable[[Scope], tuple[str, ...]]


def _count(behind: Callable[[Scope], Behind]) -> Way:
    return Way(lambda scope: behind(scope).rows.count(), lambda scope: (behind(scope).url,))


def _share(part: Callable[[Scope], Behind], whole: Callable[[Scope], Behind]) -> Way:
    return Way(
        lambda scope: Rate(part(scope).rows.count(), whole(scope).rows.count()),
        lambda scope: (part(scope).url, whole(scope).url),
    )


def _listed(page: Page, **query) -> Callable[[Scope], Behind]:
    return lambda scope: Behind(page, scope, query)


def _in_period(page: Page, since: str = "since", until: str = "until", **query) -> Callable[[Scope], Behind]:
    return lambda scope: Behind(page, scope, {**query, since: scope.since, until: scope.on})


_held = _in_period(ACTIVITIES, state=HELD[0])


def _of_activities(count: Callable[[dict[str, int]], Rate | int]) -> Way:
    return Way(lambda scope: count(scope.activity_sums), lambda scope: (_held(scope).url,) * 2)


def _duty_count(scope) -> Rate:
    """Of the duties whose time is over; meetings and lectures (三会一课)."""
    _, whole = calendar.by_month(scope.organisation, scope.on.year, scope.on, board.THREE)
    rates = whole.months[scope.on.month - 1] if scope.is_of_month else whole.year
    return Rate(rates.met, rates.due)


def _duty_links(scope) -> tuple[str, ...]:
    query = {"organisation": scope.organisation.code, "year": scope.on.year, "kind": board.THREE}
    if scope.is_of_month:
        query["month"] = scope.on.month
    address = reverse("activities:duty-list")
    return tuple(f"{address}?{urlencode(query | {'standing': standing})}" for standing in ("met", "due"))


def _training(**query) -> Callable[[Scope], Behind]:
    return lambda scope: Behind(TRAINING, scope, {"year": scope.on.year, **query})


def _trained(scope) -> Rate:
    """The list adds up the hours of one member after the other; of all at once it is said quickly."""
    rows = _in_register(scope.user).filter(of_organisation(scope.organisation))
    return Rate(training.reached_by_home(rows, scope.on.year).total(), rows.count())


def _in_arrears(scope) -> int:
    homes = Organisation.objects.within(scope.organisation).order_by()
    return ledger.behind(homes, scope.on).count()


def _arrears_links(scope) -> tuple[str, ...]:
    return (f"{reverse('members:dues-arrears')}?{urlencode({'organisation': scope.organisation.pk})}",)


def orders(scope: Scope, **query) -> Behind:
    """Those raised in the period that the list shows for `query`."""
    return _in_period(ORDERS, **query)(scope)


_finished, _rated = _in_period(ORDERS, state="finished"), _in_period(ORDERS, rating="any")


def _median_days(scope) -> float | None:
    rows = _finished(scope).rows
    took = rows.filter(finished_at__isnull=False).annotate(took=F("finished_at") - F("raised_at"))
    count = took.count()
    middle = list(
        took.order_by("took").values_list("took", flat=True)[max(count - 1, 0) // 2 : count // 2 + 1]
    )
    return sum(middle, dt.timedelta()) / A_DAY / len(middle) if middle else None


def _mean_rating(scope) -> float | None:
    return _rated(scope).rows.aggregate(mean=Avg("rating"))["mean"]


@dataclass(frozen=True)
class WorkMeasure:
    """A figure with its definition (口径). `only_today`: no history is kept of what it counts."""

    code: str
    name: str
    unit: str
    words: str
    source: str
    permission: str
    way: Way
    only_today: bool = False

    @property
    def is_rate(self) -> bool:
        return self.unit == "%"

    @property
    def is_of_period(self) -> bool:
        """It adds up from the first day of a year or month, and begins anew with the next."""
        return UNITS["year"] in self.words or WHOLE_YEAR in self.words

    def of(self, scope: Scope) -> Figure | None:
        """None where the person may not see such rows, or of a past day of which nothing is known."""
        return self.figure(scope, self.way.count(scope)) if self.may_be_said(scope) else None

    def may_be_said(self, scope: Scope) -> bool:
        if self.only_today and not scope.is_today:
            return False
        return has_at(scope.user, self.permission, scope.organisation)

    def figure(self, scope: Scope, value: Rate | float | None) -> Figure:
        """`value`, however it was found out, with what lies behind it."""
        links = self.way.links(scope)
        if isinstance(value, Rate):
            return Figure(value.value, links[0], value.numerator, value.denominator, links[-1])
        return Figure(value, links[0])


REGISTER = "中国共产党党内统计年报口径（组织关系）"
RECRUITING = "《中国共产党发展党员工作细则》"
DUES = "《关于中国共产党党费收缴、使用和管理的规定》"
TEACHING = "《中国共产党党员教育管理工作条例》；2019—2023年全国党员教育培训工作规划"
LIFE = "《中国共产党支部工作条例（试行）》第五章"
VENUE = "管理需要：阵地预订台账"
LINKAGE = "管理需要：党建联建协议台账"
LOOP = "管理需要：点单、派单、接单、评单"

WORK: dict[str, WorkMeasure] = {
    measure.code: measure
    for measure in (
        WorkMeasure(
            "members", "党员", "名", "在册的正式党员和预备党员，按组织关系计", REGISTER, "members.view",
            _count(_listed(MEMBERS)), only_today=True,
        ),
        WorkMeasure(
            "probationary", "预备党员", "名", "在册的预备党员，按组织关系计", REGISTER, "members.view",
            _count(_listed(MEMBERS, membership="probationary")), only_today=True,
        ),
        WorkMeasure(
            "recruited", "本年发展党员", "名", "本年接收为预备党员（入党）且在册的党员", REGISTER, "members.view",
            _count(_in_period(MEMBERS, "joined_from", "joined_to")), only_today=True,
        ),
        WorkMeasure(
            "converted", "本年转正党员", "名", "本年转为正式党员且在册的党员", REGISTER, "members.view",
            _count(_in_period(MEMBERS, "confirmed_from", "confirmed_to")), only_today=True,
        ),
        WorkMeasure(
            "applicants", "入党申请人", "名", "已递交入党申请书、未列为积极分子的发展记录，按所在党支部计",
            f"{RECRUITING}第二章", "members.view", _count(_listed(CASES, stage="applicant")), only_today=True,
        ),
        WorkMeasure(
            "activists", "入党积极分子", "名", "已确定为入党积极分子、未列为发展对象的发展记录", f"{RECRUITING}第二章",
            "members.view", _count(_listed(CASES, stage="activist")), only_today=True,
        ),
        WorkMeasure(
            "candidates", "发展对象", "名", "已确定为发展对象、未接收为预备党员的发展记录", f"{RECRUITING}第三章",
            "members.view", _count(_listed(CASES, stage="candidate")), only_today=True,
        ),
        WorkMeasure(
            "cases_overdue", "逾期的发展步骤", "名", "办理中的发展记录，下一步已过应办日期的", RECRUITING, "members.view",
            _count(_listed(CASES, due="overdue")), only_today=True,
        ),
        WorkMeasure(
            "dues_rate", "党费收缴率", "%",
            "本年列账的应交党费中已交清（含无须交纳）的，按人按月计，归当月所在党支部。分母：本年列账的应交党费", DUES,
            "members.view", _share(_in_period(CHARGES, state="paid"), _in_period(CHARGES)), only_today=True,
        ),
        WorkMeasure(
            "in_arrears", "欠交党费党员", "名", "连续未交党费达到提醒月数（系统设置）的在册党员，按已结束的月份计", DUES,
            "members.view", Way(_in_arrears, _arrears_links), only_today=True,
        ),
        WorkMeasure(
            "activities", "活动场次", "场", "本年由本组织及下级主办或联合主办、已召开的活动，联合主办的只计一次", LIFE,
            "activities.view", _of_activities(lambda sums: sums["count"]),
        ),
        WorkMeasure(
            "participations", "参与人次", "人次", "本年已召开活动的实到党员与列席、群众之和", LIFE, "activities.view",
            _of_activities(lambda sums: sums["present"] + sums["guests"]),
        ),
        WorkMeasure(
            "participation_rate", "参与率", "%", "本年已召开活动的实到党员人次。分母：应到党员人次", LIFE, "activities.view",
            _of_activities(lambda sums: Rate(sums["present"], sums["expected"])),
        ),
        WorkMeasure(
            "member_reach", "党员参与面", "%",
            "本年至少参加过一次活动的在册党员，按组织关系计，不论在哪里参加；只登记人数、没有名单的活动不计。分母：在册党员",
            LIFE, "activities.view",
            _share(_in_period(PARTICIPATION, attended="some"), _in_period(PARTICIPATION)), only_today=True,
        ),
        WorkMeasure(
            "duty_rate", "三会一课完成率", "%", "本年时限已到且已完成（含补开）的三会一课。分母：时限已到的三会一课", LIFE,
            "activities.view", Way(_duty_count, _duty_links), only_today=True,
        ),
        WorkMeasure(
            "training_rate", "学时达标率", "%",
            "全年累计学时已达到规定（党员和书记、委员各有规定，见系统设置）的在册党员。分母：在册党员", TEACHING,
            "activities.view",
            Way(_trained, lambda scope: (_training(reached="yes")(scope).url, _training()(scope).url)),
            only_today=True,
        ),
        WorkMeasure(
            "bookings", "场地使用", "次", "本年在本组织及下级管理的阵地、已确认的预订，按开始日期计，不计以后日期的", VENUE,
            "activities.view", _count(_in_period(BOOKINGS, state="confirmed")),
        ),
        WorkMeasure(
            "agreements", "联建协议", "份", "正在履行、本组织及下级为一方的共建协议", LINKAGE, "linkages.view",
            _count(_listed(AGREEMENTS, term="running")), only_today=True,
        ),
        WorkMeasure(
            "agreements_expiring", "即将到期的协议", "份", f"上述协议中{SOON}日内到期的", LINKAGE, "linkages.view",
            _count(_listed(AGREEMENTS, ends_within=SOON)), only_today=True,
        ),
        WorkMeasure(
            "orders_closed_rate", "订单办结率", "%",
            "本年点单、已办结的订单（统筹或办理单位在本组织及下级）。分母：本年点单的订单，不含不予受理和取消的", LOOP,
            "linkages.view", _share(_finished, _in_period(ORDERS, state="taken")),
        ),
        WorkMeasure(
            "order_days_median", "办结天数中位数", "天", "本年点单、已办结的订单，从点单到办结的自然天数，取中位数", LOOP,
            "linkages.view", Way(_median_days, lambda scope: (_finished(scope).url,)),
        ),
        WorkMeasure(
            "order_rating", "诉求人满意度", "分", "本年点单、已评分的订单的平均分，满分5分", LOOP, "linkages.view",
            Way(_mean_rating, lambda scope: (_rated(scope).url,)),
        ),
    )
}  # fmt: skip


def figures(scope: Scope) -> dict[str, Figure]:
    """By code, of what may be said to the person; a fixed number of queries."""
    found = {code: measure.of(scope) for code, measure in WORK.items()}
    return {code: figure for code, figure in found.items() if figure is not None}


def in_period(words: str, scope: Scope) -> str:
    return words.replace(UNITS["year"], UNITS[scope.unit])


def values(scope: Scope) -> dict[str, dict]:
    """As `portal.measures.values`, for programs; a figure that is no share has no counts."""
    return {
        code: as_numbers(figure.numerator, figure.denominator, figure.value)
        for code, figure in figures(scope).items()
    }
