"""What may be asked for below a top organisation. Changed limits hold for the stages that begin afterwards."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from linkages.models import OrderKind
from members.actions.register import record
from orgs.models import AuditAction
from orgs.tree import STEP

FIELDS = (
    "group", "name", "topic", "position", "triage_hours", "accept_hours", "finish_hours", "is_private", "last_resort",
)  # fmt: skip


@transaction.atomic
def add_kind(*, organisation, values: dict, by, request=None) -> OrderKind:
    if organisation.depth > 1:
        raise ValidationError("订单事项由顶层党组织设定。")
    return _save(OrderKind(organisation=organisation), values, AuditAction.CREATE, by, request)


@transaction.atomic
def change_kind(*, kind, values: dict, by, request=None) -> OrderKind:
    return _save(_locked(kind), values, AuditAction.UPDATE, by, request)


@transaction.atomic
def set_kind_open(*, kind, is_open: bool, by, request=None) -> OrderKind:
    """What is closed is offered no longer; orders that run go on."""
    stored = _locked(kind)
    stored.closed_at = None if is_open else stored.closed_at or timezone.now()
    stored.updated_at = timezone.now()
    stored.save(update_fields=["closed_at", "updated_at"])
    record(stored, AuditAction.UPDATE, by=by, detail={"open": is_open}, request=request)
    return stored


def _locked(kind) -> OrderKind:
    rows = OrderKind.objects.select_for_update(of=("self",)).select_related("organisation", "last_resort")
    return rows.get(pk=kind.pk)


def _save(kind, values, action, by, request):
    for name in FIELDS:
        setattr(kind, name, values[name])
    last = kind.last_resort
    if last is not None and (last.dissolved_on or last.path[:STEP] != kind.organisation.path):
        raise ValidationError({"last_resort": "请选择同一顶层组织下未撤销的党组织。"})
    kind.updated_at = timezone.now()
    kind.full_clean()
    kind.save()
    record(kind, action, by=by, detail={"group": kind.group, "private": kind.is_private}, request=request)
    return kind
