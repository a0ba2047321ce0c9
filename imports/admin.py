"""Django admin for technical support (superusers), read only: imports are run and undone in the portal."""

from django.contrib import admin

from imports.models import ColumnMapping, ImportRun, Job


class ReadOnlyAdmin(admin.ModelAdmin):
    show_full_result_count = False

    def has_module_permission(self, request):
        return request.user.is_active and request.user.is_superuser

    def has_view_permission(self, request, obj=None):
        return self.has_module_permission(request)

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(ImportRun)
class ImportRunAdmin(ReadOnlyAdmin):
    list_display = ("id", "kind", "file_name", "state", "created_by", "created_at", "applied_at", "undone_at")
    list_filter = ("kind", "state")
    list_select_related = ("created_by",)
    search_fields = ("file_name", "sha256")
    exclude = ("file",)  # files go out through the portal's own view, which asks who may read them


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    list_display = ("id", "kind", "state", "progress", "total", "attempts", "heartbeat_at", "error")
    list_filter = ("state", "kind")


@admin.register(ColumnMapping)
class ColumnMappingAdmin(ReadOnlyAdmin):
    list_display = ("kind", "used_by", "updated_at")
