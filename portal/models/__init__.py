"""What the portal itself keeps: figures as they stood."""

from portal.models.snapshots import Mark, Part, Reckoning, Snapshot, Tally

__all__ = ["Mark", "Part", "Reckoning", "Snapshot", "Tally"]
