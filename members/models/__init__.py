from members.models.absences import Absence, AbsenceEnd, AbsenceKind, ContactEntry, ContactMeans
from members.models.disposal import Disposal, DisposalKind, DisposalStage, DisposalState, DisposalStep
from members.models.dues import DuesAllocation, DuesBasis, DuesCharge, DuesPayment
from members.models.own import CorrectionField, CorrectionRequest, CorrectionState
from members.models.plans import RecruitmentQuota
from members.models.points import Counting, PointCriterion, PointEntry
from members.models.recruiting import CaseStage, RecruitmentCase, StepOutcome, StepRecord
from members.models.register import (
    NEVER_DELETED,
    HomeQuerySet,
    Member,
    MemberEvent,
    NameKey,
    Posting,
    at_homes,
    date_words,
    refresh_name_keys,
    root_of,
    sortable,
    within_homes,
)
from members.models.transfers import (
    Transfer,
    TransferDirection,
    TransferEntry,
    TransferLetter,
    TransferState,
)

__all__ = [
    "NEVER_DELETED",
    "Absence",
    "AbsenceEnd",
    "AbsenceKind",
    "CaseStage",
    "ContactEntry",
    "ContactMeans",
    "CorrectionField",
    "CorrectionRequest",
    "CorrectionState",
    "Counting",
    "Disposal",
    "DisposalKind",
    "DisposalStage",
    "DisposalState",
    "DisposalStep",
    "DuesAllocation",
    "DuesBasis",
    "DuesCharge",
    "DuesPayment",
    "HomeQuerySet",
    "Member",
    "MemberEvent",
    "NameKey",
    "PointCriterion",
    "PointEntry",
    "Posting",
    "RecruitmentCase",
    "RecruitmentQuota",
    "StepOutcome",
    "StepRecord",
    "Transfer",
    "TransferDirection",
    "TransferEntry",
    "TransferLetter",
    "TransferState",
    "at_homes",
    "date_words",
    "refresh_name_keys",
    "root_of",
    "sortable",
    "within_homes",
]
