"""What deputies and professors ask of a person: lines for the home page; one query."""

import datetime as dt
from collections.abc import Callable, Iterator

from django.db.models import Q

from linkages import access
from linkages.models import Secondment, SecondmentState
from linkages.secondments.notices import REMIND_DAYS
from linkages.waiting import Waiting, lines
from orgs.todos import ToDo

NEAR_DAYS = max(REMIND_DAYS)
CHOOSING = Waiting(
    Q(state=SecondmentState.MATCHING), None, "请选定人选：{row}", "已有推荐人选", "去选定", "state=matching"
)


def _kept(today) -> list[Waiting]:
    until = today + dt.timedelta(days=NEAR_DAYS)
    return [
        Waiting(
            Q(state=SecondmentState.SERVING, ends_on__lte=until), "ends_on", "聘期{day}届满：{row}",
            "请商议续聘，或办理退出", "去办理", f"ends_within={NEAR_DAYS}",
        ),
        Waiting(Q(state=SecondmentState.CHOSEN), None, "请登记签约：{row}", "人选已选定", "去登记", "state=chosen"),
        CHOOSING,
        Waiting(
            Q(state=SecondmentState.NEED), None, "请推荐人选：{row}", "需求已登记，还没有人选", "去推荐", "state=need"
        ),
    ]  # fmt: skip


def waiting(user, today):
    """Of those the person keeps, who is looked for, to be signed, and whose term ends; who asked for somebody chooses."""
    if not access.can_view_secondments(user):
        return
    if access.can_change_agreements(user):
        rows, situations = Secondment.objects.permitted_to(user, "linkages.change"), _kept(today)
    else:
        rows, situations = Secondment.objects.needed_by(user), [CHOOSING]
    rows = rows.select_related("enterprise", "partner").defer("enterprise__contact_phone")
    words = {"page": "linkages:secondment", "rest": "项科技副总、产业教授待办理", "query": "mine=1"}
    yield from lines(rows, situations, today, **words)


SOURCES: list[Callable[[object, dt.date], Iterator[ToDo]]] = [waiting]
