"""Showing a whole telephone number: who asked, when and what for stays in the audit trail."""

from django.db import transaction

from orgs.audit import record
from orgs.limits import refuse_excess
from orgs.models import AuditAction


@transaction.atomic
def reveal_phone(*, obj, purpose: str, by, path: str = "", request=None) -> str:
    """The number of `obj`; `path` files the entry where `obj` has no place of its own. Access is checked before.

    Raises ValidationError when the person has looked too often.
    """
    refuse_excess(actor=by, action=AuditAction.REVEAL)
    detail = {"field": "联系电话", "purpose": purpose}
    record(actor=by, action=AuditAction.REVEAL, obj=obj, path=path, detail=detail, request=request)
    return obj.contact_phone
