"""What the three lists ask of a person: lines for the home page; a fixed number of queries each."""

import datetime as dt
from collections.abc import Callable, Iterator
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone

from linkages import access
from linkages.list_states import (
    NEAR_DAYS,
    PROJECT_NEAR_DAYS,
    UNDERWAY,
    WANTED,
    with_item_state,
    with_project_state,
)
from linkages.models import Need, Project, Resource, partner_ids
from orgs.todos import ToDo, first_of

WAITING_DAYS = 30


def _keeps(user) -> bool:
    return access.can_change_agreements(user) or bool(partner_ids(user))


def _list(name, **query) -> str:
    """The page that shows exactly those rows."""
    return f"{reverse(f'linkages:{name}-list')}?{urlencode(query | {'mine': 1})}"


def expiring(user, today):
    """Published, ends within 30 days, and of needs: is in no project."""
    if not _keeps(user):
        return
    until = today + dt.timedelta(days=NEAR_DAYS)
    for model in (Need, Resource):
        name, what = model._meta.model_name, model._meta.verbose_name
        rows = (
            with_item_state(model.objects.kept_by(user), today)
            .published()
            .filter(valid_until__range=(today, until))
        )
        if model is Need:
            rows = rows.filter(matched=False)
        found, rest, more = first_of(rows.order_by("valid_until", "pk"))
        for row in found:
            yield ToDo(
                f"{what}“{row.title}”将于{row.valid_until}到期",
                "仍然有效的，请延长有效期；不再有效的，请撤回",
                reverse(f"linkages:{name}", args=[row.pk]),
                "去处理",
                (row.valid_until - today).days,
            )
        if rest:
            yield ToDo(
                f"另有 {more:,} 条{what}即将到期",
                f"其中最早的 {rest.valid_until} 到期",
                _list(name, ends_within=NEAR_DAYS),
                "全部",
                (rest.valid_until - today).days,
                count=more,
            )


def waiting(user, today):
    """Needs that were published 30 days ago and are in no project yet."""
    if not _keeps(user):
        return
    before = timezone.now() - dt.timedelta(days=WAITING_DAYS)
    rows = with_item_state(Need.objects.kept_by(user), today).filter(
        state__in=WANTED, published_at__lte=before
    )
    found, rest, more = first_of(rows.order_by("published_at", "pk"))
    for row in found:
        days = (today - timezone.localdate(row.published_at)).days
        yield ToDo(
            f"需求“{row.title}”已{days}天未对接",
            "请查看推荐的资源，或补充说明；已解决的请撤回",
            reverse("linkages:need", args=[row.pk]),
            "看推荐",
            0,
        )
    if rest:
        yield ToDo(
            f"另有 {more:,} 条需求满{WAITING_DAYS}天未对接",
            "请查看推荐的资源，或补充说明",
            _list("need", waiting=WAITING_DAYS),
            "全部",
            0,
            count=more,
        )


def due(user, today):
    """Projects that end within 14 days or are late."""
    if not access.can_change_agreements(user):
        return
    until = today + dt.timedelta(days=PROJECT_NEAR_DAYS)
    rows = with_project_state(Project.objects.kept_by(user), today)
    rows = rows.filter(state__in=UNDERWAY, deadline__lte=until)
    found, rest, more = first_of(rows.order_by("deadline", "pk"))
    for row in found:
        days = (row.deadline - today).days
        late = f"已逾期{-days}天" if days < 0 else f"{row.deadline}到期"
        yield ToDo(
            f"项目“{row.title}”{late}",
            "请登记进展；办成的请办结，办不成的请终止并说明原因",
            reverse("linkages:project", args=[row.pk]),
            "去办理",
            days,
        )
    if rest:
        yield ToDo(
            f"另有 {more:,} 个项目即将到期或已逾期",
            f"其中最早的期限为 {rest.deadline}",
            _list("project", due_within=PROJECT_NEAR_DAYS),
            "全部",
            (rest.deadline - today).days,
            count=more,
        )


SOURCES: list[Callable[[object, dt.date], Iterator[ToDo]]] = [expiring, waiting, due]
