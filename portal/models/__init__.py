"""What the portal itself keeps: figures as they stood, and the reports that somebody wants regularly."""

from portal.models.reports import ReportCode, ReportFile, ReportSubscription
from portal.models.snapshots import Mark, Part, Reckoning, Snapshot, Tally

__all__ = [
    "Mark",
    "Part",
    "Reckoning",
    "ReportCode",
    "ReportFile",
    "ReportSubscription",
    "Snapshot",
    "Tally",
]
