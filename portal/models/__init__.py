"""What the portal itself keeps: figures as they stood, and assessments by them."""

from portal.models.assessments import (
    Assessment,
    AssessmentItem,
    AssessmentPoint,
    AssessmentResult,
    AssessmentRound,
    AssessmentState,
    Period,
)
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
    "Snapshot",
    "Tally",
]
