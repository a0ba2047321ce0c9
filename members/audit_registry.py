"""Which models of this app django-auditlog watches; as in `orgs.audit_registry`."""

from auditlog.registry import auditlog

from members.models import (
    DuesBasis,
    LeadingResult,
    LeadingService,
    LeadingUnit,
    Member,
    OutsidePerson,
    Pairing,
    PointCriterion,
    Posting,
    PublicRole,
    RecruitmentCase,
    RecruitmentQuota,
    TalentEntry,
)
from orgs.audit_registry import BOOKKEEPING

DERIVED = ["pinyin", "identity_hash", "mobile_hash", "root_id"]

auditlog.register(Member, exclude_fields=[*BOOKKEEPING, *DERIVED], mask_fields=["identity_number", "mobile"])
auditlog.register(
    RecruitmentCase, exclude_fields=[*BOOKKEEPING, *DERIVED], mask_fields=["identity_number", "mobile"]
)
auditlog.register(RecruitmentQuota, exclude_fields=[*BOOKKEEPING, "root_id", "entered_by"])
auditlog.register(PointCriterion, exclude_fields=[*BOOKKEEPING, "root_id", "series"])
auditlog.register(Posting, exclude_fields=list(BOOKKEEPING))
auditlog.register(
    DuesBasis, exclude_fields=list(BOOKKEEPING), mask_fields=["base", "standard_amount", "monthly_amount"]
)
for model in (LeadingUnit, LeadingService, LeadingResult, PublicRole):
    auditlog.register(model, exclude_fields=[*BOOKKEEPING, "pinyin", "root_id"])
# What is erased when consent is withdrawn must not live on in the change log.
auditlog.register(OutsidePerson, exclude_fields=[*BOOKKEEPING, "root_id", *OutsidePerson.PARTICULARS])
auditlog.register(TalentEntry, exclude_fields=[*BOOKKEEPING, "reason", "end_reason", "consent_scope"])
auditlog.register(Pairing, exclude_fields=[*BOOKKEEPING, "root_id", "aim", "result_note"])
