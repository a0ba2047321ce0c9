"""What a robot says of an organisation and all below it: how many things wait, and where. Counts and links, nobody's name.

The counts are taken over the whole subtree; whoever follows a link sees what is theirs to see.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Count, Q
from django.urls import reverse

from activities.duties import board, calendar
from linkages.states import SOON
from orgs.models import SurveyTask, TaskState, User, VisitTask
from orgs.once import answers_once
from orgs.terms import PREPARE_DAYS, TermState, term_counts
from orgs.tree import within_paths
from portal.reminders.outbox import absolute
from portal.reminders.platforms import Line, Post
from portal.work import AGREEMENTS, ORDERS, Behind, Scope

FORTNIGHT = dt.timedelta(days=board.FORTNIGHT)


@dataclass(frozen=True)
class Topic:
    label: str
    lines: Callable[[Scope], Iterator[tuple[str, str]]]
    """(words, path and query of the page), nothing where nothing waits."""


def _to(name, *args, **query):
    return f"{reverse(name, args=args)}?{urlencode(query)}"


def _duties(scope):
    asked = {"organisation": scope.organisation, "as_of": scope.on, "year": scope.on.year}
    for standing, words in (
        ("fortnight", f"组织生活{board.FORTNIGHT}天内到期"),
        ("missed", "组织生活今年逾期未完成"),
    ):
        if count := len(calendar.listed(**asked, standing=standing)):
            query = {"organisation": scope.organisation.code, "year": scope.on.year, "standing": standing}
            yield f"{words} {count:,} 项", _to("activities:duty-list", **query)


def _orders(scope):
    behind = Behind(ORDERS, scope, {"state": "open"})
    if count := behind.rows.count():
        overdue = Behind(ORDERS, scope, {"state": "open", "overdue": "1"}).rows.count()
        yield f"订单未办结 {count:,} 个{_late(overdue, '个已逾期')}", behind.url


def _agreements(scope):
    behind = Behind(AGREEMENTS, scope, {"ends_within": SOON})
    if count := behind.rows.count():
        yield f"共建协议{SOON}天内到期 {count:,} 份", behind.url


def _surveys(scope):
    """Of each round its own line: they have a list each, and one day on which all tasks are due. No word that people wrote."""
    below = within_paths([scope.organisation.path], "owner__path")
    tasks = SurveyTask.objects.open().filter(below, round__due_on__lte=scope.on + FORTNIGHT)
    rounds = tasks.order_by("round__due_on", "round").values_list("round", "round__due_on")
    query = {"state": TaskState.OPEN.value, "below": scope.organisation.pk}
    for pk, due_on, count in rounds.annotate(count=Count("pk")):
        when = "已超期" if due_on < scope.on else f"{board.FORTNIGHT}天内到期"
        yield f"摸排{when}（期限{due_on}） {count:,} 项", _to("orgs:survey-round", pk, **query)


def _visits(scope):
    below = within_paths([scope.organisation.path], "organisation__path")
    rows = VisitTask.objects.open().filter(below, due_on__lte=scope.on + FORTNIGHT)
    found = rows.aggregate(count=Count("pk"), late=Count("pk", filter=Q(due_on__lt=scope.on)))
    if found["count"]:
        query = {"state": "open", "due_to": scope.on + FORTNIGHT, "below": scope.organisation.pk}
        url = _to("orgs:visit-task-list", **query)
        yield f"走访{board.FORTNIGHT}天内到期 {found['count']:,} 家{_late(found['late'], '家已超期')}", url


def _terms(scope):
    found = term_counts(type(scope.organisation).objects.within(scope.organisation).active(), scope.on)
    for state, words in (
        (TermState.OVERDUE, "任期已届满未换届"),
        (TermState.PREPARE, f"任期{PREPARE_DAYS}天内届满"),
    ):
        if count := found[state]:
            url = _to("orgs:term-list", below=scope.organisation.code, state=state.value)
            yield f"{words} {count:,} 个", url


def _late(count, words):
    return f"，其中 {count:,} {words}" if count else ""


TOPICS = {
    "duties": Topic("组织生活：14天内到期和逾期", _duties),
    "orders": Topic("订单：未办结和逾期", _orders),
    "agreements": Topic("共建协议：即将到期", _agreements),
    "surveys": Topic("摸排：14天内到期和超期", _surveys),
    "visits": Topic("走访：14天内到期和超期", _visits),
    "terms": Topic("换届：已届满和即将届满", _terms),
}


@answers_once()
def post_of(robot, today: dt.date) -> Post | None:
    """None where nothing waits."""
    scope = Scope(User.objects.system(), robot.organisation, today)
    found = [line for code, topic in TOPICS.items() if code in robot.topics for line in topic.lines(scope)]
    if not found:
        return None
    title = f"{settings.PRODUCT_NAME}提醒：{robot.organisation.name} {today:%m-%d}"
    return Post(title, tuple(Line(words, absolute(path)) for words, path in found))


def test_post(robot) -> Post:
    title = f"{settings.PRODUCT_NAME}提醒：测试"
    return Post(
        title, (Line(f"{robot.organisation.name}的提醒将发到这里", absolute(reverse("portal:home"))),)
    )
