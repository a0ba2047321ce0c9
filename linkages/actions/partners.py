"""The register of partner units: enter, change, merge. One transaction and one audit event each.

Callers have checked access. A unit is renamed or merged, never entered twice.
"""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from linkages.actions.liaisons import carry_over, locked_partner
from linkages.models import AllianceMember, Need, Order, OrderCall, Partner, Party, Resource
from members.actions.register import record
from orgs.identifiers import credit_code_fault
from orgs.models import AuditAction, Organisation
from orgs.tree import STEP

FIELDS = ("name", "kind", "contact_office", "credit_code")


@transaction.atomic
def add_partner(*, organisation, values: dict, by, request=None) -> Partner:
    """Below the top organisation of `organisation`."""
    top = Organisation.objects.get(path=organisation.path[:STEP])
    partner = Partner(organisation=top, created_by=by)
    _set(partner, values)
    partner.save(force_insert=True)
    record(partner, AuditAction.CREATE, by=by, detail={"kind": partner.kind}, request=request)
    return partner


@transaction.atomic
def change_partner(*, partner, values: dict, by, request=None) -> Partner:
    """A new name stays the same unit: agreements follow."""
    stored = locked_partner(partner)
    _set(stored, values)
    stored.updated_at = timezone.now()
    stored.save()
    record(stored, AuditAction.UPDATE, by=by, detail={"kind": stored.kind}, request=request)
    return stored


def _set(partner, values):
    for name in FIELDS:
        if name in values:
            setattr(partner, name, (values[name] or "").strip())
    partner.credit_code = partner.credit_code.upper()
    if partner.credit_code and credit_code_fault(partner.credit_code):
        raise ValidationError({"credit_code": "统一社会信用代码不正确，请核对18位代码。"})
    twins = Partner.objects.current().filter(organisation=partner.organisation).exclude(pk=partner.pk)
    if twins.filter(name__iexact=partner.name).exists():
        raise ValidationError({"name": f"已有共建单位“{partner.name}”，请直接选用。"})
    partner.full_clean(exclude=["created_by"])


@transaction.atomic
def merge_partner(*, partner, into, by, request=None) -> Partner:
    """All that is its – agreements, memberships, liaisons, resources, needs – becomes that of `into`; the row says so."""
    if partner.pk == into.pk:
        raise ValidationError({"into": "不能并入自身。"})
    rows = {row.pk: row for row in map(locked_partner, sorted((partner, into), key=lambda row: row.pk))}
    stored, target = rows[partner.pk], rows[into.pk]
    if stored.organisation_id != target.organisation_id:
        raise ValidationError({"into": "只能并入同一名录中的单位。"})
    shared = Party.objects.filter(partner=target).values("agreement")
    if Party.objects.filter(partner=stored, agreement__in=shared).exists():
        raise ValidationError({"into": "两个单位是同一协议的不同方，不能合并。"})
    together = AllianceMember.objects.filter(partner=target).values("alliance")
    if AllianceMember.objects.filter(partner=stored, alliance__in=together).exists():
        raise ValidationError({"into": "两个单位是同一联盟的不同成员，不能合并。"})
    AllianceMember.objects.filter(partner=stored).update(partner=target)
    moved = Party.objects.filter(partner=stored).update(partner=target)
    for model in (Resource, Need):
        model.objects.filter(partner=stored).update(partner=target)
    Order.objects.filter(handler_partner=stored).update(handler_partner=target)
    called = OrderCall.objects.filter(partner=target, released_at__isnull=True).values("order")
    OrderCall.objects.filter(partner=stored).exclude(order__in=called).update(partner=target)
    carry_over(stored, target, by)
    Partner.objects.filter(merged_into=stored).update(merged_into=target)
    stored.merged_into, stored.updated_at = target, timezone.now()
    stored.save(update_fields=["merged_into", "updated_at"])
    record(
        stored, AuditAction.UPDATE, by=by, detail={"merged_into": target.pk, "moved": moved}, request=request
    )
    partner.refresh_from_db()
    return target
