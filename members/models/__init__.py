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
    within_homes,
)

__all__ = [
    "DuesAllocation",
    "DuesBasis",
    "DuesCharge",
    "DuesPayment",
    "HomeQuerySet",
    "Member",
    "MemberEvent",
    "NameKey",
    "Posting",
    "date_words",
    "refresh_name_keys",
    "root_of",
    "within_homes",
]
