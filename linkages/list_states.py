"""How a row of the three lists stands on a day: reckoned from its dates and projects, never stored.

`item_state` and `project_state` say it of one row, `with_item_state` and `with_project_state` annotate a queryset with
the same; tests hold them against each other.
"""

import datetime as dt

from django.db import models
from django.db.models import Case, Exists, OuterRef, Q, Value, When
from django.utils import timezone

from linkages.models import Need, Order, Project

NEAR_DAYS = 30
PROJECT_NEAR_DAYS = 14


class ItemState(models.TextChoices):
    DRAFT = "draft", "草稿"
    OPEN = "open", "待对接"
    NEAR = "near", f"{NEAR_DAYS}日内到期"
    MATCHED = "matched", "已对接"
    EXPIRED = "expired", "已过期"
    WITHDRAWN = "withdrawn", "已撤回"


class ProjectState(models.TextChoices):
    RUNNING = "running", "进行中"
    NEAR = "near", f"{PROJECT_NEAR_DAYS}日内到期"
    OVERDUE = "overdue", "已逾期"
    DONE = "done", "已办结"
    GIVEN_UP = "given_up", "已终止"


AVAILABLE = (ItemState.OPEN, ItemState.NEAR, ItemState.MATCHED)  # a resource serves several needs
WANTED = (ItemState.OPEN, ItemState.NEAR)
UNDERWAY = (ProjectState.RUNNING, ProjectState.NEAR, ProjectState.OVERDUE)
TONES = {
    ItemState.DRAFT: "plain",
    ItemState.OPEN: "plain",
    ItemState.NEAR: "warn",
    ItemState.MATCHED: "good",
    ItemState.EXPIRED: "plain",
    ItemState.WITHDRAWN: "bad",
}
PROJECT_TONES = {
    ProjectState.RUNNING: "good",
    ProjectState.NEAR: "warn",
    ProjectState.OVERDUE: "bad",
    ProjectState.DONE: "plain",
    ProjectState.GIVEN_UP: "plain",
}


def item_state(item, today: dt.date, *, matched: bool) -> ItemState:
    """A need that is in a project or became an order (`matched`) needs its date no more; a resource ends with its date
    whatever it serves."""
    if item.withdrawn_at:
        return ItemState.WITHDRAWN
    if item.published_at is None:
        return ItemState.DRAFT
    if matched and isinstance(item, Need):
        return ItemState.MATCHED
    left = (item.valid_until - today).days
    if left < 0:
        return ItemState.EXPIRED
    if left <= NEAR_DAYS:
        return ItemState.NEAR
    return ItemState.MATCHED if matched else ItemState.OPEN


def with_item_state(items, today: dt.date | None = None):
    """Adds `matched` and `state` to needs or resources; as `item_state` says it."""
    today = today or timezone.localdate()
    served = Q(Exists(Project.objects.standing().filter(**{items.model._meta.model_name: OuterRef("pk")})))
    if items.model is Need:
        served |= Q(Exists(Order.objects.standing().filter(need=OuterRef("pk"))))
    matched = When(matched=True, then=Value(ItemState.MATCHED))
    dates = [
        When(valid_until__lt=today, then=Value(ItemState.EXPIRED)),
        When(valid_until__lte=today + dt.timedelta(days=NEAR_DAYS), then=Value(ItemState.NEAR)),
    ]
    return items.annotate(matched=served).annotate(
        state=Case(
            When(withdrawn_at__isnull=False, then=Value(ItemState.WITHDRAWN)),
            When(published_at__isnull=True, then=Value(ItemState.DRAFT)),
            *([matched, *dates] if items.model is Need else [*dates, matched]),
            default=Value(ItemState.OPEN),
            output_field=models.CharField(),
        )
    )


def project_state(project, today: dt.date) -> ProjectState:
    if project.withdrawn_at:
        return ProjectState.GIVEN_UP
    if project.done_on:
        return ProjectState.DONE
    left = (project.deadline - today).days
    if left < 0:
        return ProjectState.OVERDUE
    return ProjectState.NEAR if left <= PROJECT_NEAR_DAYS else ProjectState.RUNNING


def with_project_state(projects, today: dt.date | None = None):
    """Adds `state`; as `project_state` says it."""
    today = today or timezone.localdate()
    return projects.annotate(
        state=Case(
            When(withdrawn_at__isnull=False, then=Value(ProjectState.GIVEN_UP)),
            When(done_on__isnull=False, then=Value(ProjectState.DONE)),
            When(deadline__lt=today, then=Value(ProjectState.OVERDUE)),
            When(deadline__lte=today + dt.timedelta(days=PROJECT_NEAR_DAYS), then=Value(ProjectState.NEAR)),
            default=Value(ProjectState.RUNNING),
            output_field=models.CharField(),
        )
    )
