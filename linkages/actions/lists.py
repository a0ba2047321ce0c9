"""Resources and needs (S26, S43): entered, changed, published, withdrawn. One transaction and one audit event each.

Callers have checked access. What is entered is never deleted; the trail names no words, which may name people.
"""

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from linkages import words
from linkages.models import Need, Resource
from linkages.validators import validate_listed
from members.actions.register import record
from orgs.guards import demand_reason, refuse_stale
from orgs.models import AuditAction
from orgs.terms import add_months

FIELDS = {
    Resource: (
        "kind", "title", "description", "contact_office", "valid_from", "valid_until", "agreement", "partner",
    ),
    Need: (
        "kind", "title", "description", "contact_office", "valid_from", "valid_until", "agreement", "partner",
        "enterprise",
    ),
}  # fmt: skip
MONTHS = {Resource: 12, Need: 6}  # how long what is taken down on the spot stands
WORDS = ("title", "description", "contact_office")


@transaction.atomic
def add_item(*, model, organisation, values: dict, by, publish: bool, activity=None, request=None):
    """A `Resource` or `Need` kept by `organisation`. `activity` is the one at which it was taken down."""
    if organisation.dissolved_on:
        raise ValidationError({"organisation": "该党组织已撤销。"})
    item = model(organisation=organisation, created_by=by, activity=activity)
    if publish:
        item.published_at = timezone.now()
    return _save(item, values, AuditAction.CREATE, by, request)


@transaction.atomic
def take_down(*, model, organisation, activity, kind: str, title: str, by, request=None, **unit):
    """On the spot of a held matchmaking activity (S43): one line, published at once, valid from the day on."""
    if not activity.is_held:
        raise ValidationError("活动登记召开后，才能当场登记需求和资源。")
    values = {"kind": kind, "title": title, "valid_from": activity.held_on}
    # An activity entered late still begins a term that lasts from today.
    values["valid_until"] = add_months(max(activity.held_on, timezone.localdate()), MONTHS[model])
    return add_item(
        model=model, organisation=organisation, values=values | unit, activity=activity, publish=True, by=by,
        request=request,
    )  # fmt: skip


@transaction.atomic
def change_item(
    *, item, values: dict, by, publish: bool = False, seen_at: dt.datetime | None = None, request=None
):
    """`seen_at` is the `updated_at` that the person saw; newer changes refuse theirs."""
    stored = locked(item)
    refuse_stale(stored, seen_at, "条目")
    if publish and stored.published_at is None:
        stored.published_at = timezone.now()
    return _save(stored, values, AuditAction.UPDATE, by, request)


@transaction.atomic
def publish_item(*, item, by, request=None):
    """From then on everybody below the same top organisation finds it."""
    stored = locked(item)
    if stored.published_at:
        raise ValidationError("该条目已发布。")
    if stored.valid_until < timezone.localdate():
        raise ValidationError("有效期已过，请先修改有效期。")
    stored.published_at = stored.updated_at = timezone.now()
    stored.save(update_fields=["published_at", "updated_at"])
    return _told(stored, AuditAction.UPDATE, by, request, act="发布")


@transaction.atomic
def withdraw_item(*, item, reason: str, by, request=None):
    stored = locked(item)
    reason = demand_reason(reason, "撤回")
    if stored.projects.standing().filter(done_on__isnull=True).exists():
        raise ValidationError("有进行中的项目，请先办结或终止项目，再撤回。")
    if isinstance(stored, Need) and stored.orders.open().exists():
        raise ValidationError("已转为点单，订单办结或取消后才能撤回。")
    stored.withdrawn_at = stored.updated_at = timezone.now()
    stored.withdrawn_by, stored.withdrawn_reason = by, reason[:200]
    stored.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_reason", "updated_at"])
    return _told(stored, AuditAction.UPDATE, by, request, act="撤回")


def available(item):
    """Under lock; refuses what nobody may take up."""
    stored = locked(item)
    if stored.published_at is None:
        raise ValidationError(f"“{stored.title}”还是草稿，请先发布。")
    if stored.valid_until < timezone.localdate():
        raise ValidationError(f"“{stored.title}”有效期已过。")
    return stored


def locked(item):
    """The stored row under lock; refuses what was withdrawn."""
    rows = type(item).objects.select_for_update(of=("self",)).with_unit()
    stored = rows.get(pk=item.pk)
    if stored.withdrawn_at:
        raise ValidationError(f"“{stored.title}”已撤回，不能再办理。")
    return stored


def _save(item, values, action, by, request):
    for name, value in values.items():
        if name not in FIELDS[type(item)]:
            raise TypeError(f"Not a field that people edit: {name}")
        setattr(item, name, value.strip() if name in WORDS else value)
    for name in ("valid_from", "valid_until"):
        if getattr(item, name) is None:
            raise ValidationError({name: "请填写有效期。"})
    if item.valid_until < item.valid_from:
        raise ValidationError({"valid_until": "有效期止不能早于有效期起。"})
    validate_listed(item)
    _refuse_twin(item)
    item.updated_at = timezone.now()
    item.full_clean(exclude=["organisation", "created_by", "withdrawn_by", "activity"])
    item.save()
    words.index([item])
    return _told(item, action, by, request)


def _refuse_twin(item):
    """A unit has one row of a name; that is how an import knows it again."""
    unit = {
        name: getattr(item, f"{name}_id") for name in ("partner", "enterprise") if name in FIELDS[type(item)]
    }
    twins = type(item).objects.standing().filter(organisation=item.organisation, title=item.title, **unit)
    if twins.exclude(pk=item.pk).exists():
        raise ValidationError({"title": f"该单位已有同名的{item.what}，请直接修改原条目，或换一个名称。"})


def _told(item, action, by, request, **detail):
    detail |= {"kind": item.kind, "published": bool(item.published_at)}
    record(item, action, by=by, detail=detail, request=request)
    return item
