"""Django admin for technical support (superusers): it reads, and never shows findings about people."""

from django.contrib import admin

from activities.models import (
    Activity,
    ActivityEntry,
    ActivityFile,
    Appraisal,
    AppraisalGrade,
    Attendance,
    Guest,
    Resolution,
    Series,
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
