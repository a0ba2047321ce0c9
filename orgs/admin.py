"""Django admin for technical support (superusers). It reads; business goes through the portal's own pages.

A save here would pass by periods, affiliations and audit events, so only accounts can be edited, and little of them.
"""

from django.contrib import admin
from django.contrib.auth.models import Group

from orgs.fields import mask_phone
from orgs.models import (
    Affiliation,
    Appointment,
    Area,
    AuditEvent,
    CalendarDay,
    Chain,
    Cluster,
    Coverage,
    DatedSetting,
    Digest,
    Enterprise,
    EnterpriseName,
    EnterprisePeriod,
    FoundingStep,
    Organisation,
    Park,
    ParkAlias,
    Post,
    ReminderSetting,
    Robot,
    RobotMessage,
    SavedFilter,
    SurveyRound,
    SurveyTask,
    User,
    Visit,
    VisitTask,
    VisitTeam,
    WebhookDelivery,
    WebhookSubscription,
)

admin.site.unregister(Group)  # roles are appointments


class SuperuserAdmin(admin.ModelAdmin):
    """Seen by superusers alone: staff without that flag has no business here."""

    def has_module_permission(self, request):
        return request.user.is_active and request.user.is_superuser

    def has_view_permission(self, request, obj=None):
        return self.has_module_permission(request)


class ReadOnlyAdmin(SuperuserAdmin):
    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class MaskedPhoneAdmin(ReadOnlyAdmin):
    exclude = ("contact_phone",)

    @admin.display(description="联系电话")
    def phone(self, obj):
        return mask_phone(obj.contact_phone)

    def get_readonly_fields(self, request, obj=None):
        return ("phone",)


@admin.register(Organisation)
class OrganisationAdmin(MaskedPhoneAdmin):
    list_display = ("name", "code", "kind", "jurisdiction", "area", "cluster", "park", "dissolved_on")
    list_filter = ("kind", "jurisdiction", "area", "cluster")
    list_select_related = ("area", "cluster", "park")
    search_fields = ("name", "code")


@admin.register(Enterprise)
class EnterpriseAdmin(MaskedPhoneAdmin):
    list_display = ("name", "credit_code", "status", "park", "cluster", "employees", "reported_members")
    list_filter = ("status", "is_dormant", "kind", "cluster")
    list_select_related = ("park", "cluster")
    search_fields = ("name", "credit_code")


@admin.register(User)
class UserAdmin(SuperuserAdmin):
    """Accounts come from the portal (invitation); here support may switch them off and make superusers."""

    list_display = ("username", "display_name", "is_active", "is_superuser", "last_login")
    list_filter = ("is_active", "is_superuser")
    search_fields = ("username", "display_name")
    fields = (
        "username",
        "display_name",
        "email",
        "is_active",
        "is_staff",
        "is_superuser",
        "last_login",
        "date_joined",
    )
    readonly_fields = ("username", "last_login", "date_joined")

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return self.has_module_permission(request)

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(Appointment)
class AppointmentAdmin(ReadOnlyAdmin):
    list_display = ("user", "organisation", "role", "starts_on", "ends_on", "delegated_by")
    list_filter = ("role",)
    list_select_related = ("user", "organisation", "delegated_by")
    search_fields = ("user__username", "user__display_name", "organisation__name")


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    list_display = ("at", "actor_name", "action", "object_type", "object_label", "ip")
    list_filter = ("action",)
    search_fields = ("actor_name", "object_label")


@admin.register(DatedSetting)
class DatedSettingAdmin(ReadOnlyAdmin):
    list_display = ("code", "effective_on", "value", "basis")
    list_filter = ("code",)


@admin.register(CalendarDay)
class CalendarDayAdmin(ReadOnlyAdmin):
    list_display = ("day", "is_workday", "note", "source")
    list_filter = ("is_workday",)


@admin.register(Coverage)
class CoverageAdmin(ReadOnlyAdmin):
    list_display = ("enterprise", "method", "organisation", "instructor_name", "since", "until")
    list_filter = ("method",)
    list_select_related = ("enterprise", "organisation")
    search_fields = ("enterprise__name", "enterprise__credit_code", "organisation__name")


@admin.register(Affiliation)
class AffiliationAdmin(ReadOnlyAdmin):
    list_display = ("organisation", "superior", "line", "since", "until")
    list_filter = ("line",)
    list_select_related = ("organisation", "superior")
    search_fields = ("organisation__name", "superior__name")


@admin.register(Post)
class PostAdmin(ReadOnlyAdmin):
    list_display = ("person_name", "title", "organisation", "since", "until")
    list_filter = ("title",)
    list_select_related = ("organisation",)
    search_fields = ("person_name", "organisation__name")


@admin.register(EnterprisePeriod, EnterpriseName, Visit, FoundingStep)
class OfEnterpriseAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "enterprise")
    list_select_related = ("enterprise",)
    search_fields = ("enterprise__name", "enterprise__credit_code")


@admin.register(SurveyRound)
class SurveyRoundAdmin(ReadOnlyAdmin):
    list_display = ("name", "as_of", "due_on")


@admin.register(SurveyTask)
class SurveyTaskAdmin(ReadOnlyAdmin):
    list_display = ("enterprise", "reason", "state", "owner", "round")
    list_filter = ("state", "reason")
    list_select_related = ("enterprise", "owner", "round")
    search_fields = ("enterprise__name",)


@admin.register(VisitTask)
class VisitTaskAdmin(ReadOnlyAdmin):
    list_display = ("enterprise", "kind", "reason", "state", "organisation", "due_on")
    list_filter = ("state", "reason", "kind")
    list_select_related = ("enterprise", "organisation")
    search_fields = ("enterprise__name",)


@admin.register(VisitTeam)
class VisitTeamAdmin(ReadOnlyAdmin):
    list_display = ("name", "organisation", "chain", "cluster", "area", "park", "disbanded_on")
    list_select_related = ("organisation", "chain", "cluster", "area", "park")
    search_fields = ("name", "organisation__name")


@admin.register(Area, Cluster, Chain, Park, ParkAlias, SavedFilter)
class NamedAdmin(ReadOnlyAdmin):
    search_fields = ("name",)


@admin.register(WebhookSubscription)
class WebhookSubscriptionAdmin(ReadOnlyAdmin):
    """Without the secret, and without the address, which may carry a key of the receiver's."""

    list_display = ("name", "organisation", "created_at", "closed_at")
    list_select_related = ("organisation",)
    exclude = ("secret", "address")


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(ReadOnlyAdmin):
    list_display = ("uid", "subscription", "event", "state", "attempts", "status", "fault", "due_at")
    list_filter = ("state", "fault", "event")
    list_select_related = ("subscription",)


@admin.register(ReminderSetting)
class ReminderSettingAdmin(ReadOnlyAdmin):
    list_display = ("user", "frequency", "hour", "quiet_from", "quiet_to")
    list_filter = ("frequency",)
    list_select_related = ("user",)


@admin.register(Digest)
class DigestAdmin(ReadOnlyAdmin):
    list_display = ("uid", "user", "period", "state", "attempts", "status", "fault", "due_at")
    list_filter = ("state", "fault")
    list_select_related = ("user",)


@admin.register(Robot)
class RobotAdmin(ReadOnlyAdmin):
    """Without address and secret: either lets anybody write to the group."""

    list_display = ("name", "kind", "organisation", "frequency", "closed_at")
    list_filter = ("kind", "frequency")
    list_select_related = ("organisation",)
    exclude = ("address", "secret")


@admin.register(RobotMessage)
class RobotMessageAdmin(ReadOnlyAdmin):
    list_display = ("uid", "robot", "period", "state", "attempts", "status", "fault", "due_at")
    list_filter = ("state", "fault")
    list_select_related = ("robot",)
