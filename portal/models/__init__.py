"""What the portal itself keeps: figures as they stood, assessments by them, reports that somebody wants regularly."""

from portal.models.assessments import (
    Assessment,
    AssessmentItem,
    AssessmentPoint,
    AssessmentResult,
    AssessmentRound,
    AssessmentState,
    Period,
)
from portal.models.reports import ReportCode, ReportFile, ReportSubscription
from portal.models.snapshots import Mark, Part, Reckoning, Snapshot, Tally

__all__ = [
    "Assessment",
    "AssessmentItem",
    "AssessmentPoint",
    "AssessmentResult",
    "AssessmentRound",
    "AssessmentState",
    "Mark",
    "Part",
    "Period",
    "Reckoning",
    "ReportCode",
    "ReportFile",
    "ReportSubscription",
    "Snapshot",
    "Tally",
]
