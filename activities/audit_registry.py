"""Which models of this app django-auditlog watches; as in `orgs.audit_registry`. Rolls are written in bulk: the audit
entry of the action tells of them."""

from auditlog.registry import auditlog

from activities.models import Activity, Resolution, Series, Vote
from orgs.audit_registry import BOOKKEEPING

FIGURES = ["expected", "present", "on_leave", "absent", "guests"]

auditlog.register(Activity, exclude_fields=[*BOOKKEEPING, *FIGURES, "root_id", "entry_key"])
auditlog.register(Series, exclude_fields=[*BOOKKEEPING, "root_id"])
auditlog.register(Vote, exclude_fields=list(BOOKKEEPING))
auditlog.register(Resolution, exclude_fields=list(BOOKKEEPING))
