"""Courses taken elsewhere: entered for one member or many at once, withdrawn with a reason. Callers checked access."""

import datetime as dt
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from activities.models import TrainingCredit
from members.actions.register import record
from orgs import audit
from orgs.guards import demand_reason
from orgs.models import AuditAction
from orgs.validators import validate_not_in_future

MOST_AT_ONCE = 500


@transaction.atomic
def add_credits(
    *,
    members,
    title: str,
    on: dt.date,
    hours: Decimal,
    by,
    organiser: str = "",
    certificate_no: str = "",
    request=None,
) -> list[TrainingCredit]:
    """One course for all `members`. Refuses the whole when one of them has it already."""
    members = list(members)
    if not members:
        raise ValidationError({"members": "请选择参加培训的党员。"})
    if len(members) > MOST_AT_ONCE:
        raise ValidationError({"members": f"一次最多登记{MOST_AT_ONCE}人。"})
    validate_not_in_future(on, "on")
    if (hours * 2) % 1:
        raise ValidationError({"hours": "学时按半小时登记，如 1.5。"})
    known = TrainingCredit.objects.standing().filter(member__in=members, title=title.strip(), on=on)
    if found := known.select_related("member").first():
        raise ValidationError({"members": f"{found.member}的这次培训已登记，请勿重复。"})
    rows = []
    for member in members:
        row = TrainingCredit(
            member=member,
            title=title.strip(),
            organiser=organiser.strip(),
            on=on,
            hours=hours,
            certificate_no=certificate_no.strip(),
            recorded_by=by,
        )
        row.full_clean(exclude=["member", "recorded_by", "withdrawn_by"], validate_constraints=False)
        rows.append(row)
    TrainingCredit.objects.bulk_create(rows)
    audit.record_many(
        ({"obj": row.member, "path": row.member.organisation.path, "detail": _words(row)} for row in rows),
        actor=by,
        action=AuditAction.UPDATE,
        request=request,
    )
    return rows


@transaction.atomic
def withdraw_credit(*, credit, reason: str, by, request=None) -> TrainingCredit:
    stored = TrainingCredit.objects.select_for_update(of=("self",)).select_related("member__organisation")
    stored = stored.get(pk=credit.pk)
    if stored.withdrawn_at:
        raise ValidationError("该培训记录已撤销。")
    stored.withdrawn_reason = demand_reason(reason, "撤销")[:200]
    stored.withdrawn_at, stored.withdrawn_by = timezone.now(), by
    stored.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_reason"])
    detail = _words(stored) | {"withdrawn": stored.withdrawn_reason}
    record(stored.member, AuditAction.UPDATE, by=by, detail=detail, request=request)
    return stored


def _words(row):
    return {"training": row.title, "on": row.on, "hours": str(row.hours)}
