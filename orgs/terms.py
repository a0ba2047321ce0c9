"""Terms of office: when each ends and how urgent that is.

Source: 基层组织选举工作条例 art. 3 and 任期意见 (notice about six months ahead); see docs/regulations.md.
"""

import calendar
import datetime as dt
from dataclasses import dataclass

from django.db.models import Case, CharField, Count, F, Q, QuerySet, TextChoices, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from orgs.regulations import value_on

PREPARE_DAYS = 90


class TermState(TextChoices):
    OVERDUE = "overdue", "已届满"
    PREPARE = "prepare", f"{PREPARE_DAYS}天内届满"
    NOTICE = "notice", "临近届满"
    EXTENDED = "extended", "批准延期中"
    RUNNING = "running", "任期内"
    NONE = "none", "无任期"


URGENT = (TermState.OVERDUE, TermState.PREPARE, TermState.NOTICE, TermState.EXTENDED)
COLOURS = {TermState.OVERDUE: "red"} | dict.fromkeys(
    (TermState.PREPARE, TermState.NOTICE, TermState.EXTENDED), "amber"
)


def add_years(day: dt.date, years: int) -> dt.date:
    """The same day in another year; 29 February becomes 28 February where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def add_months(day: dt.date, months: int) -> dt.date:
    """The same day of another month; the last one where that month is shorter."""
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(years, month + 1)[1]
    return day.replace(year=years, month=month + 1, day=min(day.day, last))


def month_end(day: dt.date) -> dt.date:
    """The last day of its month."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def latest_start(day: dt.date, months: int) -> dt.date:
    """The last day from which `months` have passed on `day`: what a query compares a beginning with."""
    start = add_months(day, -months)
    while add_months(start + dt.timedelta(days=1), months) <= day:
        start += dt.timedelta(days=1)
    return start


def with_term(organisations: QuerySet, on: dt.date | None = None) -> QuerySet:
    """Adds `term_due` (an approved extension counts) and `term_state`; one query for the notice days.

    More than a year after the elected term no extension helps: the state is overdue regardless.
    """
    on = on or timezone.localdate()
    notice = on + dt.timedelta(days=value_on("term_notice_days", on))
    states = [
        (Q(elected=False) | Q(term_due__isnull=True) | Q(dissolved_on__isnull=False), TermState.NONE),
        (Q(term_due__lt=on) | Q(term_ends_on__lt=add_years(on, -1)), TermState.OVERDUE),
        (Q(extended_to__isnull=False), TermState.EXTENDED),
        (Q(term_due__lte=on + dt.timedelta(days=PREPARE_DAYS)), TermState.PREPARE),
        (Q(term_due__lte=notice), TermState.NOTICE),
    ]
    whens = [When(condition, then=Value(state.value)) for condition, state in states]
    return organisations.annotate(
        term_due=Coalesce(F("extended_to"), F("term_ends_on")),
        term_state=Case(*whens, default=Value(TermState.RUNNING.value), output_field=CharField()),
    )


def term_counts(organisations: QuerySet, on: dt.date | None = None) -> dict[str, int]:
    """How many of `organisations` are in each state, urgent states first; zeros included. Two queries."""
    rows = with_term(organisations, on).order_by().values("term_state").annotate(count=Count("pk"))
    found = {row["term_state"]: row["count"] for row in rows}
    return {state.value: found.get(state.value, 0) for state in TermState}


@dataclass(frozen=True)
class Term:
    """The term of one organisation in words. Reads what `with_term` added."""

    name: str
    due: dt.date | None
    state: str
    days: int
    """Days until the due day; negative once it is over."""

    @classmethod
    def of(cls, organisation, on: dt.date | None = None):
        due = organisation.term_due
        days = (due - (on or timezone.localdate())).days if due else 0
        return cls(organisation.name, due, organisation.term_state, days)

    @property
    def label(self) -> str:
        return TermState(self.state).label

    @property
    def colour(self) -> str:
        return COLOURS.get(self.state, "")

    @property
    def distance(self) -> str:
        if self.due is None:
            return ""
        if self.days < 0:
            return f"已超期 {-self.days:,} 天"
        return f"还有 {self.days:,} 天" if self.days else "今日届满"

    @property
    def message(self) -> str:
        """The reminder of the domain table (§10 rows 10 and 11), "" when nothing is due."""
        if self.state == TermState.OVERDUE and self.days < 0:
            return f"{self.name}已超期{-self.days}天未换届，请立即报上级党组织。"
        if self.state in (TermState.PREPARE, TermState.NOTICE):
            return f"{self.name}将于{self.due}任期届满，请提前做好换届准备。"
        if self.state == TermState.EXTENDED:
            return f"{self.name}经批准延期至{self.due}，请按期完成换届。"
        if self.state == TermState.OVERDUE:
            return f"{self.name}延期已超过1年，请立即报上级党组织。"
        return ""
