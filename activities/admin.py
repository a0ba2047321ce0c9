"""Django admin for technical support (superusers): it reads, and never shows findings about people."""

from django.contrib import admin

from activities.models import (
    Activity,
    ActivityEntry,
    ActivityFile,
    Appraisal,
    AppraisalGrade,
    Attendance,
    Booking,
    Guest,
    Resolution,
    Series,
    ServiceRecord,
    ServiceShift,
    SignUp,
    StudyItem,
    StudyList,
    Timetable,
    TrainingCredit,
    Venue,
    VenueDay,
    Vote,
)
from orgs.admin import ReadOnlyAdmin


@admin.register(Activity)
class ActivityAdmin(ReadOnlyAdmin):
    list_display = ("title", "organisation", "held_on", "state", "expected", "present", "guests")
    list_filter = ("state", "kinds__kind")
    list_select_related = ("organisation",)
    search_fields = ("title", "number")


@admin.register(ActivityEntry)
class ActivityEntryAdmin(ReadOnlyAdmin):
    list_display = ("activity", "act", "at", "by")
    list_filter = ("act",)
    list_select_related = ("activity", "by")


@admin.register(Attendance)
class AttendanceAdmin(ReadOnlyAdmin):
    """Without the reasons, which may tell of somebody's health."""

    list_display = ("activity", "member", "state", "how")
    list_filter = ("state", "how")
    list_select_related = ("activity", "member")
    exclude = ("reason",)


@admin.register(Guest)
class GuestAdmin(ReadOnlyAdmin):
    list_display = ("activity", "name", "unit")
    list_select_related = ("activity",)


@admin.register(Vote)
class VoteAdmin(ReadOnlyAdmin):
    list_display = ("activity", "matter", "expected", "present", "yes", "passed")
    list_select_related = ("activity",)


@admin.register(Resolution)
class ResolutionAdmin(ReadOnlyAdmin):
    list_display = ("activity", "text", "owner_name", "due_on", "done_on")
    list_select_related = ("activity",)


@admin.register(Series)
class SeriesAdmin(ReadOnlyAdmin):
    list_display = ("name", "organisation", "started_on", "ended_on")
    list_select_related = ("organisation",)


@admin.register(SignUp)
class SignUpAdmin(ReadOnlyAdmin):
    list_display = ("activity", "member", "state", "since")
    list_filter = ("state",)
    list_select_related = ("activity", "member")


@admin.register(TrainingCredit)
class TrainingCreditAdmin(ReadOnlyAdmin):
    list_display = ("member", "title", "on", "hours", "withdrawn_at")
    list_select_related = ("member",)


@admin.register(ActivityFile)
class ActivityFileAdmin(ReadOnlyAdmin):
    """Without the name people gave the file, which may hold anything."""

    list_display = ("activity", "content_type", "size", "uploaded_at", "withdrawn_at")
    list_select_related = ("activity",)
    exclude = ("file_name",)


@admin.register(Appraisal)
class AppraisalAdmin(ReadOnlyAdmin):
    list_display = ("organisation", "year", "held_on", "recorded_at")
    list_filter = ("year",)
    list_select_related = ("organisation",)


@admin.register(AppraisalGrade)
class AppraisalGradeAdmin(ReadOnlyAdmin):
    list_display = ("appraisal", "member")
    list_select_related = ("appraisal__organisation", "member")
    exclude = ("exempt_reason",)


@admin.register(Venue)
class VenueAdmin(ReadOnlyAdmin):
    list_display = ("name", "kind", "organisation", "since", "until")
    list_filter = ("kind",)
    list_select_related = ("organisation",)
    search_fields = ("name",)


@admin.register(Timetable)
class TimetableAdmin(ReadOnlyAdmin):
    list_display = ("venue", "since", "rest_days")
    list_select_related = ("venue",)


@admin.register(VenueDay)
class VenueDayAdmin(ReadOnlyAdmin):
    list_display = ("venue", "day", "note")
    list_select_related = ("venue",)


@admin.register(ServiceShift)
class ServiceShiftAdmin(ReadOnlyAdmin):
    """Without who is on duty."""

    list_display = ("venue", "name", "unit", "weekday", "day")
    list_select_related = ("venue",)
    exclude = ("person_name",)


@admin.register(Booking)
class BookingAdmin(ReadOnlyAdmin):
    """Without what it is for, which may name people."""

    list_display = ("venue", "organisation", "starts_at", "ends_at", "state")
    list_filter = ("state",)
    list_select_related = ("venue", "organisation")
    exclude = ("title", "reason")


@admin.register(StudyList)
class StudyListAdmin(ReadOnlyAdmin):
    list_display = ("title", "organisation", "starts_on", "ends_on", "published_at")
    list_select_related = ("organisation",)
    search_fields = ("title",)


@admin.register(StudyItem)
class StudyItemAdmin(ReadOnlyAdmin):
    list_display = ("title", "study_list", "kind", "is_required")
    list_filter = ("kind",)
    list_select_related = ("study_list",)


@admin.register(ServiceRecord)
class ServiceRecordAdmin(ReadOnlyAdmin):
    """Without words, which may name people, and without who took part."""

    list_display = ("organisation", "on", "kind", "problems_solved", "projects_matched", "withdrawn_at")
    list_filter = ("kind",)
    list_select_related = ("organisation",)
    exclude = ("title", "beneficiary_name", "detail", "result", "feedback", "members")
