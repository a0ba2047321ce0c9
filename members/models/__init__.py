from members.models.absences import Absence, AbsenceEnd, AbsenceKind, ContactEntry, ContactMeans
from members.models.disposal import Disposal, DisposalKind, DisposalStage, DisposalState, DisposalStep
from members.models.dues import DuesAllocation, DuesBasis, DuesCharge, DuesPayment
from members.models.register import (
    HomeQuerySet,
    Member,
    MemberEvent,
    NameKey,
    Posting,
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
    "Absence",
    "AbsenceEnd",
    "AbsenceKind",
    "ContactEntry",
    "ContactMeans",
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
    "Posting",
    "Transfer",
    "TransferDirection",
    "TransferEntry",
    "TransferLetter",
    "TransferState",
    "date_words",
    "refresh_name_keys",
    "root_of",
    "sortable",
    "within_homes",
]
