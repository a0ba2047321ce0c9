"""Which models of this app django-auditlog watches; as in `orgs.audit_registry`. Rolls are written in bulk: the audit
entry of the action tells of them."""

from auditlog.registry import auditlog

from activities.models import (
    Activity,
    Booking,
    Resolution,
    Series,
    ServiceRecord,
    ServiceShift,
    StudyItem,
    StudyList,
    Timetable,
    Venue,
    VenueDay,
    Vote,
)
from orgs.audit_registry import BOOKKEEPING

FIGURES = ["expected", "present", "on_leave", "absent", "guests"]

# What may name people: the trail says that there was a change, the record says what it is now.
WORDS = ["agenda", "gist", "chair_name", "recorder_name", "lecturer_name"]

auditlog.register(
    Activity, exclude_fields=[*BOOKKEEPING, *FIGURES, *WORDS, "root_id", "entry_key", "search_pairs"]
)
auditlog.register(StudyList, exclude_fields=[*BOOKKEEPING, "root_id"])
auditlog.register(StudyItem, exclude_fields=list(BOOKKEEPING))
auditlog.register(
    ServiceRecord,
    exclude_fields=[
        *BOOKKEEPING, "root_id", "beneficiary_name", "title", "detail", "result", "feedback", "recorded_at",
        "withdrawn_reason",
    ],
)  # fmt: skip
auditlog.register(Series, exclude_fields=[*BOOKKEEPING, "root_id"])
auditlog.register(Vote, exclude_fields=[*BOOKKEEPING, "matter", "note", "withdrawn_reason"])
auditlog.register(Resolution, exclude_fields=[*BOOKKEEPING, "text", "owner_name", "result"])
auditlog.register(Venue, exclude_fields=[*BOOKKEEPING, "root_id", "closed_reason"])
auditlog.register(Timetable, exclude_fields=list(BOOKKEEPING))
auditlog.register(VenueDay, exclude_fields=[*BOOKKEEPING, "note"])
auditlog.register(ServiceShift, exclude_fields=[*BOOKKEEPING, "person_name"])
auditlog.register(Booking, exclude_fields=[*BOOKKEEPING, "title", "reason", "booked_at"])
