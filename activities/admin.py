"""Django admin for technical support (superusers): it reads, and never shows findings about people."""

from django.contrib import admin

from activities.models import Appraisal, AppraisalGrade
from orgs.admin import ReadOnlyAdmin


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
