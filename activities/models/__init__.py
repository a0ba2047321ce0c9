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
from activities.models.attendance import EXPECTED, HERE, Attendance, AttendanceHow, AttendanceState, Guest
from activities.models.bookings import CALLED_OFF, HOLDING, BookedSlot, Booking, BookingState
from activities.models.decisions import Resolution, Vote
from activities.models.files import ActivityFile
from activities.models.services import ServiceMember, ServiceRecord, ServiceRecordKind
from activities.models.signing import CalendarFeed, SignInDesk, SignUp, SignUpState
from activities.models.studies import MarkHow, StudyItem, StudyKind, StudyList, StudyMark
from activities.models.training import TrainingCredit
from activities.models.venues import (
    RestDays,
    ServiceShift,
    Timetable,
    Venue,
    VenueDay,
    VenueKind,
    Weekday,
    in_use_on,
)

__all__ = [
    "BALLOTS",
    "CALLED_OFF",
    "COMING",
    "EXPECTED",
    "HELD_STATES",
    "HERE",
    "HOLDING",
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
    "BookedSlot",
    "Booking",
    "BookingState",
    "CalendarFeed",
    "Grade",
    "Guest",
    "JointHost",
    "MarkHow",
    "Resolution",
    "RestDays",
    "Series",
    "ServiceMember",
    "ServiceRecord",
    "ServiceRecordKind",
    "ServiceShift",
    "SignInDesk",
    "SignUp",
    "SignUpState",
    "StudyItem",
    "StudyKind",
    "StudyList",
    "StudyMark",
    "Timetable",
    "TrainingCredit",
    "Venue",
    "VenueDay",
    "VenueKind",
    "Vote",
    "Weekday",
    "in_use_on",
]
