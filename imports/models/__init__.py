from imports.models.jobs import Job, JobState
from imports.models.runs import ColumnMapping, ImportRun, Outcome, RunState, StagedRow

__all__ = [
    "ColumnMapping",
    "ImportRun",
    "Job",
    "JobState",
    "Outcome",
    "RunState",
    "StagedRow",
]
