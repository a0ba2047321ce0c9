"""What agreements ask of a person: lines for the home page; a fixed number of queries each (row 52)."""

import datetime as dt
from collections.abc import Iterable

from django.urls import reverse

from linkages import (
    access,
    alliance_todos,
    challenge_todos,
    commitment_todos,
    list_todos,
    order_todos,
    policy_todos,
    secondment_todos,
)
from linkages.models import Agreement
from linkages.promises import behind_of
from linkages.states import QUIET_MONTHS, RUNNING, SOON, UNRENEWED, quiet_for, with_state
from orgs.todos import SHOWN, Source, ToDo, first_of, gathered


def _mine(user, today):
    return with_state(Agreement.objects.permitted_to(user, "linkages.change"), today).filter(
        state__in=RUNNING
    )


def _others(agreement, user) -> str:
    """The parties on the other side, as the sentence of the reminder names them."""
    inside = user.permission_paths.get("linkages.change", ())
    names = [
        str(party)
        for party in agreement.parties.all()
        if not (party.organisation_id and any(party.organisation.path.startswith(path) for path in inside))
    ]
    return "、".join(names) or agreement.title


def ending(user, today):
    """Ends within 60 days, and no renewal is signed."""
    if not access.can_change_agreements(user):
        return
    rows = _mine(user, today).filter(
        UNRENEWED,
        ends_on__lte=today + dt.timedelta(days=SOON),
    )
    found, rest, more = first_of(rows.with_parties().order_by("ends_on", "pk"))
    for row in found:
        yield ToDo(
            f"与{_others(row, user)}的共建协议将于{row.ends_on}到期。",
            f"{row.title}；请商议续签，或在到期后评价",
            reverse("linkages:agreement", args=[row.pk]),
            "去续签",
            (row.ends_on - today).days,
        )
    if rest:
        yield ToDo(
            f"另有 {more:,} 份共建协议即将到期",
            f"其中最早的 {rest.ends_on} 到期",
            f"{reverse('linkages:agreement-list')}?ends_within={SOON}&unrenewed=1&mine=1",
            "全部",
            (rest.ends_on - today).days,
            count=more,
        )


def quiet(user, today):
    """Half a year without anything booked."""
    if not access.can_change_agreements(user):
        return
    rows = _mine(user, today).filter(quiet_for(QUIET_MONTHS, today))
    found, _, more = first_of(rows.with_parties().order_by("quiet_since", "pk"))
    for row in found:
        yield ToDo(
            f"与{_others(row, user)}的共建协议已半年未开展共建活动。",
            f"{row.title}；最近一次 {row.last_on or '还没有'}",
            reverse("linkages:agreement", args=[row.pk]),
            "去登记",
            0,
        )
    if more:
        yield ToDo(
            f"另有 {more:,} 份共建协议半年未开展共建活动",
            "开展过的请把活动登记到协议上",
            f"{reverse('linkages:agreement-list')}?quiet_months={QUIET_MONTHS}&mine=1",
            "查看",
            0,
            count=more,
        )


def behind(user, today):
    """In the last quarter: what was promised for the year and is behind the calendar; not again what lies quiet."""
    if today.month < 10 or not access.can_change_agreements(user):
        return
    found = behind_of(_mine(user, today), today)
    left = (dt.date(today.year, 12, 31) - today).days
    for row, lines in found[:SHOWN]:
        words = "，".join(f"{line.label} {line.fulfilled}/{line.goal}" for line in lines)
        yield ToDo(
            f"与{_others(row, user)}的年度承诺落后",
            f"{row.title}：{words}",
            reverse("linkages:agreement", args=[row.pk]),
            "查看",
            left,
        )
    if len(found) > SHOWN:
        yield ToDo(
            f"另有 {len(found) - SHOWN:,} 份共建协议的年度承诺落后",
            f"年底前还有 {left} 天",
            f"{reverse('linkages:agreement-list')}?behind=1&mine=1",
            "查看",
            left,
            count=len(found) - SHOWN,
        )


SOURCES: dict[str, Iterable[Source]] = {
    "共建协议": (ending, quiet, behind),
    "党建联盟": alliance_todos.SOURCES,
    "揭榜挂帅": challenge_todos.SOURCES,
    "资源、需求和项目": list_todos.SOURCES,
    "订单": order_todos.SOURCES,
    "科技副总和产业教授": secondment_todos.SOURCES,
    "项目领办": commitment_todos.SOURCES,
    "政策直达": policy_todos.SOURCES,
}


def to_dos(user, today: dt.date) -> list[ToDo]:
    """Unordered."""
    return gathered(SOURCES, user, today)
