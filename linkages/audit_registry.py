"""Which models of this app django-auditlog watches; as in `orgs.audit_registry`."""

from auditlog.registry import auditlog

from linkages.models import (
    Agreement,
    AgreementActivity,
    AgreementResult,
    Alliance,
    AllianceMember,
    Candidate,
    ChairTerm,
    Challenge,
    ChallengeMilestone,
    Claim,
    ClaimUnit,
    Commitment,
    Conference,
    ConferenceResolution,
    Dismissal,
    Evaluation,
    Need,
    Order,
    OrderCall,
    OrderKind,
    Partner,
    PartnerLiaison,
    Policy,
    PolicyDelivery,
    Project,
    Resource,
    Secondment,
    SecondmentOutcome,
)
from orgs.audit_registry import BOOKKEEPING

# What people wrote freely may hold names.
auditlog.register(Agreement, exclude_fields=[*BOOKKEEPING, "root_id", "aim", "end_reason"])
auditlog.register(Alliance, exclude_fields=[*BOOKKEEPING, "root_id", "aim", "end_reason"])
auditlog.register(AllianceMember)
auditlog.register(ChairTerm)
auditlog.register(Conference, exclude_fields=[*BOOKKEEPING, "title", "agenda", "gist", "cancel_reason"])
auditlog.register(ConferenceResolution, exclude_fields=["text", "result"])
auditlog.register(Partner, exclude_fields=list(BOOKKEEPING))
auditlog.register(PartnerLiaison, exclude_fields=[*BOOKKEEPING, "end_reason"])
auditlog.register(AgreementActivity, exclude_fields=[*BOOKKEEPING, "withdrawn_reason"])
auditlog.register(AgreementResult, exclude_fields=[*BOOKKEEPING, "what", "beneficiary", "withdrawn_reason"])
auditlog.register(Evaluation, exclude_fields=[*BOOKKEEPING, "words"])
for offered in (Resource, Need):
    auditlog.register(
        offered,
        exclude_fields=[
            *BOOKKEEPING,
            "root_id",
            "title",
            "description",
            "contact_office",
            "withdrawn_reason",
        ],
    )
auditlog.register(
    Project, exclude_fields=[*BOOKKEEPING, "root_id", "title", "description", "result", "withdrawn_reason"]
)
auditlog.register(Dismissal, exclude_fields=[*BOOKKEEPING, "reason", "withdrawn_reason"])
auditlog.register(OrderKind, exclude_fields=list(BOOKKEEPING))
# The clocks follow from the state; words, and a private kind beside a name, speak of health and family.
auditlog.register(
    Order,
    exclude_fields=[
        *BOOKKEEPING, "root_id", "kind", "member", "ticket", "stage", "due_at", "escalate_at", "text", "private_text", "result",
        "private_result", "rating_words", "private_rating_words",
    ],
)  # fmt: skip
auditlog.register(OrderCall, exclude_fields=list(BOOKKEEPING))
auditlog.register(
    Challenge,
    exclude_fields=[
        *BOOKKEEPING, "root_id", "title", "problem", "goal", "secrecy_notice", "secret_detail", "opinion", "review",
        "withdrawn_reason",
    ],
)  # fmt: skip
auditlog.register(Claim, exclude_fields=[*BOOKKEEPING, "leader_name", "member", "plan", "withdrawn_reason"])
auditlog.register(ClaimUnit, exclude_fields=list(BOOKKEEPING))
auditlog.register(ChallengeMilestone, exclude_fields=[*BOOKKEEPING, "title", "done_note"])
auditlog.register(
    Secondment,
    exclude_fields=[*BOOKKEEPING, "root_id", "post", "field", "tasks", "exit_reason", "withdrawn_reason"],
)
auditlog.register(Candidate, exclude_fields=[*BOOKKEEPING, "name", "title", "field", "withdrawn_reason"])
auditlog.register(SecondmentOutcome, exclude_fields=[*BOOKKEEPING, "what", "withdrawn_reason"])
auditlog.register(
    Policy,
    exclude_fields=[*BOOKKEEPING, "root_id", "title", "gist", "ended_reason"],
    m2m_fields={"areas", "parks", "clusters", "chains"},
)
auditlog.register(PolicyDelivery, exclude_fields=["answer_words", "result_words"])
auditlog.register(
    Commitment,
    exclude_fields=[
        *BOOKKEEPING, "root_id", "title", "leader_name", "aim", "measure", "report", "withdrawn_reason",
    ],
)  # fmt: skip
