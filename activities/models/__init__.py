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
from activities.models.signing import CalendarFeed, SignInDesk, SignUp, SignUpState

__all__ = [
    "COMING",
    "EXPECTED",
    "HELD_STATES",
    "Act",
    "Activity",
    "ActivityEntry",
    "ActivityKind",
    "ActivityState",
    "Attendance",
    "AttendanceHow",
    "AttendanceState",
    "CalendarFeed",
    "Guest",
    "JointHost",
    "Resolution",
    "Series",
    "SignInDesk",
    "SignUp",
    "SignUpState",
    "Vote",
]
