from imports.models.jobs import Job, JobState
from imports.models.runs import ColumnMapping, ImportRun, ImportRunQuerySet, Outcome, RunState, StagedRow

__all__ = [
    "ColumnMapping",
    "ImportRun",
    "ImportRunQuerySet",
    "Job",
    "JobState",
    "Outcome",
    "RunState",
    "StagedRow",
]
