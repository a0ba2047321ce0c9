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
from activities.models.files import ActivityFile
from activities.models.signing import CalendarFeed, SignInDesk, SignUp, SignUpState

__all__ = [
    "BALLOTS",
    "COMING",
    "EXPECTED",
    "HELD_STATES",
    "Act",
    "Activity",
    "ActivityEntry",
    "ActivityFile",
    "ActivityKind",
    "ActivityState",
    "Appraisal",
    "AppraisalGrade",
    "Attendance",
    "AttendanceHow",
    "AttendanceState",
    "CalendarFeed",
    "Grade",
    "Guest",
    "JointHost",
    "Resolution",
    "Series",
    "SignInDesk",
    "SignUp",
    "SignUpState",
    "Vote",
]
