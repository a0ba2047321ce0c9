"""Django admin for technical support (superusers): it reads, and never shows numbers."""

from django.contrib import admin, messages
from django.http import HttpResponseRedirect
from django.urls import reverse

from members.models import (
    NEVER_DELETED,
    Absence,
    CaseDocument,
    CorrectionRequest,
    Disposal,
    DuesBasis,
    DuesPayment,
    LeadingResult,
    LeadingService,
    LeadingUnit,
    Member,
    MemberEvent,
    OutsidePerson,
    Pairing,
    PairingContact,
    PointCriterion,
    PointEntry,
    Posting,
    PublicRole,
    RecruitmentCase,
    RecruitmentQuota,
    StepRecord,
    TalentEntry,
    Transfer,
    TransferLetter,
)
from orgs.admin import ReadOnlyAdmin


@admin.register(Member)
class MemberAdmin(ReadOnlyAdmin):
    exclude = ("identity_number", "mobile")
    list_display = ("name", "organisation", "membership", "relation", "updated_at")
    list_filter = ("membership", "relation", "legacy_unverified")
    list_select_related = ("organisation",)
    readonly_fields = ("masked_number", "masked_phone")
    search_fields = ("pinyin",)

    @admin.display(description="证件号码")
    def masked_number(self, obj):
        return obj.masked_identity

    @admin.display(description="手机号码")
    def masked_phone(self, obj):
        return obj.masked_mobile

    def delete_view(self, request, object_id, extra_context=None):
        """Says why, instead of a bare refusal."""
        if not self.has_view_permission(request):
            return super().delete_view(request, object_id, extra_context)
        messages.error(request, NEVER_DELETED)
        return HttpResponseRedirect(reverse("admin:members_member_change", args=[object_id]))


@admin.register(Posting)
class PostingAdmin(ReadOnlyAdmin):
    list_display = ("member", "organisation", "since", "until", "opened_how", "closed_how")
    list_filter = ("opened_how", "closed_how")
    list_select_related = ("member", "organisation")


@admin.register(MemberEvent)
class MemberEventAdmin(ReadOnlyAdmin):
    list_display = ("member", "kind", "on", "until_on", "withdrawn_at")
    exclude = ("note",)  # of disciplinary matters
    list_filter = ("kind",)
    list_select_related = ("member",)


@admin.register(Transfer)
class TransferAdmin(ReadOnlyAdmin):
    exclude = ("identity_number", "person")
    list_display = ("person_name", "direction", "state", "from_organisation", "to_organisation", "started_on")
    list_filter = ("direction", "state")
    list_select_related = ("from_organisation", "to_organisation")


@admin.register(TransferLetter)
class TransferLetterAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "issuer", "issued_on", "expires_on")
    list_select_related = ("issuer",)


@admin.register(Absence)
class AbsenceAdmin(ReadOnlyAdmin):
    exclude = ("guest_mobile",)
    list_display = ("__str__", "kind", "since", "host", "closed_on")
    list_filter = ("kind",)
    list_select_related = ("member", "host")


@admin.register(Disposal)
class DisposalAdmin(ReadOnlyAdmin):
    exclude = ("ground",)
    list_display = ("member", "kind", "state", "opened_on", "decided_on")
    list_filter = ("kind", "state")
    list_select_related = ("member",)


@admin.register(DuesBasis)
class DuesBasisAdmin(ReadOnlyAdmin):
    exclude = ("base", "standard_amount", "monthly_amount")
    list_display = ("member", "effective_from", "category", "fixed_at")
    list_filter = ("category",)
    list_select_related = ("member",)


@admin.register(DuesPayment)
class DuesPaymentAdmin(ReadOnlyAdmin):
    exclude = ("amount",)
    list_display = ("receipt_no", "organisation", "kind", "paid_on", "method")
    list_filter = ("kind", "method")
    list_select_related = ("organisation",)


@admin.register(RecruitmentCase)
class RecruitmentCaseAdmin(ReadOnlyAdmin):
    exclude = ("identity_number", "mobile")
    list_display = ("name", "organisation", "stage", "next_step", "due_on")
    list_filter = ("stage",)
    list_select_related = ("organisation",)
    search_fields = ("pinyin",)


@admin.register(StepRecord)
class StepRecordAdmin(ReadOnlyAdmin):
    exclude = ("note",)  # findings about a person
    list_display = ("case", "number", "on", "outcome", "organisation")
    list_filter = ("number", "outcome")
    list_select_related = ("case", "organisation")


@admin.register(RecruitmentQuota)
class RecruitmentQuotaAdmin(ReadOnlyAdmin):
    list_display = ("organisation", "year", "places", "high_tech_places", "document_no")
    list_filter = ("year",)
    list_select_related = ("organisation",)


@admin.register(PointCriterion)
class PointCriterionAdmin(ReadOnlyAdmin):
    list_display = ("name", "group", "organisation", "points", "points_max", "since", "until")
    list_filter = ("counting",)
    list_select_related = ("organisation",)


@admin.register(PointEntry)
class PointEntryAdmin(ReadOnlyAdmin):
    exclude = ("evidence",)  # findings about a person
    list_display = ("case", "criterion", "on", "points", "withdrawn_on")
    list_select_related = ("case", "criterion")


@admin.register(CaseDocument)
class CaseDocumentAdmin(ReadOnlyAdmin):
    exclude = ("file_name", "stored_name", "withdrawn_reason")  # may name people and what was found
    list_display = ("case", "number", "kind", "size", "uploaded_at", "withdrawn_at")
    list_filter = ("number",)
    list_select_related = ("case",)


@admin.register(CorrectionRequest)
class CorrectionRequestAdmin(ReadOnlyAdmin):
    exclude = ("claim", "reply")
    list_display = ("member", "field", "state", "asked_at")
    list_filter = ("state", "field")
    list_select_related = ("member",)


@admin.register(LeadingUnit)
class LeadingUnitAdmin(ReadOnlyAdmin):
    list_display = ("name", "kind", "organisation", "established_on", "ended_on")
    list_filter = ("kind",)
    list_select_related = ("organisation",)
    search_fields = ("name",)


@admin.register(LeadingService)
class LeadingServiceAdmin(ReadOnlyAdmin):
    list_display = ("unit", "member", "leads", "since", "until", "how")
    list_filter = ("leads", "how")
    list_select_related = ("unit", "member")


@admin.register(LeadingResult)
class LeadingResultAdmin(ReadOnlyAdmin):
    list_display = ("unit", "on", "what", "figure", "measure", "void_on")
    list_select_related = ("unit",)


@admin.register(PublicRole)
class PublicRoleAdmin(ReadOnlyAdmin):
    list_display = ("member", "kind", "level", "body", "since", "term_ends_on", "ended_on")
    list_filter = ("kind", "level")
    list_select_related = ("member",)


@admin.register(OutsidePerson)
class OutsidePersonAdmin(ReadOnlyAdmin):
    exclude = ("mobile",)
    list_display = ("__str__", "organisation", "consent_on", "withdrawn_on")
    list_select_related = ("organisation",)


@admin.register(TalentEntry)
class TalentEntryAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "stance", "since", "ended_on", "ended_how")
    list_filter = ("stance", "ended_how")
    list_select_related = ("member", "person")


@admin.register(Pairing)
class PairingAdmin(ReadOnlyAdmin):
    exclude = ("result_note",)  # findings about a person
    list_display = ("__str__", "organisation", "since", "due_on", "ended_on", "result")
    list_filter = ("kind", "result")
    list_select_related = ("leader", "organisation")


@admin.register(PairingContact)
class PairingContactAdmin(ReadOnlyAdmin):
    exclude = ("gist", "asked", "answered")  # what was talked about
    list_display = ("pairing", "on", "how", "withdraws")
    list_filter = ("how",)
    list_select_related = ("pairing__leader", "withdraws")
