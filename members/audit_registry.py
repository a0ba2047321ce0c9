"""Which models of this app django-auditlog watches; as in `orgs.audit_registry`."""

from auditlog.registry import auditlog

from members.models import (
    DuesBasis,
    LeadingResult,
    LeadingService,
    LeadingUnit,
    Member,
    Posting,
    PublicRole,
    RecruitmentCase,
)
from orgs.audit_registry import BOOKKEEPING

DERIVED = ["pinyin", "identity_hash", "mobile_hash", "root_id"]

auditlog.register(Member, exclude_fields=[*BOOKKEEPING, *DERIVED], mask_fields=["identity_number", "mobile"])
auditlog.register(
    RecruitmentCase, exclude_fields=[*BOOKKEEPING, *DERIVED], mask_fields=["identity_number", "mobile"]
)
auditlog.register(Posting, exclude_fields=list(BOOKKEEPING))
auditlog.register(
    DuesBasis, exclude_fields=list(BOOKKEEPING), mask_fields=["base", "standard_amount", "monthly_amount"]
)
for model in (LeadingUnit, LeadingService, LeadingResult, PublicRole):
    auditlog.register(model, exclude_fields=[*BOOKKEEPING, "pinyin", "root_id"])
