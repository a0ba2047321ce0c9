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
from activities.models.appraisals import BALLOTS, Appraisal, AppraisalGrade, Grade
from activities.models.attendance import EXPECTED, Attendance, AttendanceHow, AttendanceState, Guest
from activities.models.decisions import Resolution, Vote

__all__ = [
    "BALLOTS",
    "COMING",
    "EXPECTED",
    "HELD_STATES",
    "Act",
    "Activity",
    "ActivityEntry",
    "ActivityKind",
    "ActivityState",
    "Appraisal",
    "AppraisalGrade",
    "Attendance",
    "AttendanceHow",
    "AttendanceState",
    "Grade",
    "Guest",
    "JointHost",
    "Resolution",
    "Series",
    "Vote",
]
