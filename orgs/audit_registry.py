"""Which models django-auditlog watches. It sees single saves; bulk writes are recorded by `orgs.audit.record`."""

from auditlog.registry import auditlog

from orgs.models import (
    Affiliation,
    Appointment,
    Area,
    CalendarDay,
    Chain,
    Cluster,
    Coverage,
    DatedSetting,
    Enterprise,
    FoundingStep,
    Organisation,
    Park,
    ParkAlias,
    Post,
    Robot,
    SurveyTask,
    User,
    Visit,
    VisitTask,
    VisitTeam,
    VisitTeamMember,
    WebhookSubscription,
)

BOOKKEEPING = ["id", "created_at", "updated_at", "run", "closed_by_run"]
TREE = ["path", "depth", "numchild"]  # a move is told by the affiliation

for model in (
    Affiliation, Appointment, Area, CalendarDay, Chain, Cluster, Coverage, DatedSetting, FoundingStep, Park, ParkAlias, Post,
    SurveyTask, Visit, VisitTask, VisitTeam, VisitTeamMember,
):  # fmt: skip
    auditlog.register(model, exclude_fields=list(BOOKKEEPING))

auditlog.register(Enterprise, exclude_fields=[*BOOKKEEPING, "search_pairs"], mask_fields=["contact_phone"])
auditlog.register(
    Organisation, exclude_fields=[*BOOKKEEPING, *TREE, "search_pairs"], mask_fields=["contact_phone"]
)
# An address may carry a key of the receiver's.
auditlog.register(WebhookSubscription, exclude_fields=[*BOOKKEEPING, "secret"], mask_fields=["address"])
auditlog.register(Robot, exclude_fields=[*BOOKKEEPING, "since", "secret"], mask_fields=["address"])
auditlog.register(User, exclude_fields=["id", "password", "last_login", "date_joined"], mask_fields=["email"])
