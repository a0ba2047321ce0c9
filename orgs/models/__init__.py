from orgs.models.accounts import Appointment, Role, SavedFilter, User
from orgs.models.audit import AuditAction, AuditEvent
from orgs.models.coverage import (
    ORGANISATION_METHODS,
    Coverage,
    CoverageLine,
    CoverageMethod,
    FoundingStep,
    Visit,
    VisitKind,
    line_of,
)
from orgs.models.enterprises import (
    ACTIVE_STATUSES,
    BuildingStage,
    Enterprise,
    EnterpriseName,
    EnterprisePeriod,
    EnterpriseStatus,
    NotFoundedReason,
    UnitKind,
)
from orgs.models.exports import ExportFile, ListExport
from orgs.models.notices import Notice
from orgs.models.organisations import Affiliation, AffiliationLine, Organisation, Post, PostTitle
from orgs.models.places import Area, Chain, Cluster, Park, ParkAlias
from orgs.models.reminders import Digest, Frequency, ReminderSetting, Robot, RobotKind, RobotMessage
from orgs.models.sendings import DeliveryFault, DeliveryState
from orgs.models.settings import CalendarDay, DatedSetting
from orgs.models.surveys import SurveyReason, SurveyRound, SurveyTask, TaskState
from orgs.models.uploads import StoredUpload
from orgs.models.visits import VisitReason, VisitTask, VisitTaskState, VisitTeam, VisitTeamMember
from orgs.models.webhooks import WebhookDelivery, WebhookSubscription

__all__ = [
    "ACTIVE_STATUSES",
    "ORGANISATION_METHODS",
    "Affiliation",
    "AffiliationLine",
    "Appointment",
    "Area",
    "AuditAction",
    "AuditEvent",
    "BuildingStage",
    "CalendarDay",
    "Chain",
    "Cluster",
    "Coverage",
    "CoverageLine",
    "CoverageMethod",
    "DatedSetting",
    "DeliveryFault",
    "DeliveryState",
    "Digest",
    "Enterprise",
    "EnterpriseName",
    "EnterprisePeriod",
    "EnterpriseStatus",
    "ExportFile",
    "FoundingStep",
    "Frequency",
    "ListExport",
    "NotFoundedReason",
    "Notice",
    "Organisation",
    "Park",
    "ParkAlias",
    "Post",
    "PostTitle",
    "ReminderSetting",
    "Robot",
    "RobotKind",
    "RobotMessage",
    "Role",
    "SavedFilter",
    "StoredUpload",
    "SurveyReason",
    "SurveyRound",
    "SurveyTask",
    "TaskState",
    "UnitKind",
    "User",
    "Visit",
    "VisitKind",
    "VisitReason",
    "VisitTask",
    "VisitTaskState",
    "VisitTeam",
    "VisitTeamMember",
    "WebhookDelivery",
    "WebhookSubscription",
    "line_of",
]
