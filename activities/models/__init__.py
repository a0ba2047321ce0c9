from activities.models.activity import (
    COMING,
    HELD_STATES,
    Act,
    Activity,
    ActivityEntry,
    ActivityKind,
    ActivityState,
    JointHost,
    Series,
)
from activities.models.attendance import EXPECTED, Attendance, AttendanceHow, AttendanceState, Guest
from activities.models.decisions import Resolution, Vote
from activities.models.files import ActivityFile

__all__ = [
    "COMING",
    "EXPECTED",
    "HELD_STATES",
    "Act",
    "Activity",
    "ActivityEntry",
    "ActivityFile",
    "ActivityKind",
    "ActivityState",
    "Attendance",
    "AttendanceHow",
    "AttendanceState",
    "Guest",
    "JointHost",
    "Resolution",
    "Series",
    "Vote",
]
