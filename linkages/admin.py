"""Django admin for technical support (superusers): it reads."""

from django.contrib import admin

from linkages.models import (
    Agreement,
    AgreementActivity,
    AgreementEntry,
    AgreementFile,
    AgreementResult,
    Alliance,
    AllianceEntry,
    AllianceMember,
    Candidate,
    ChairTerm,
    Challenge,
    ChallengeEntry,
    Claim,
    Commitment,
    CommitmentEntry,
    Conference,
    ConferenceResolution,
    Dismissal,
    Evaluation,
    Need,
    Order,
    OrderEntry,
    OrderKind,
    Partner,
    PartnerLiaison,
    Policy,
    PolicyDelivery,
    PolicyEntry,
    Project,
    ProjectNote,
    Resource,
    Secondment,
    SecondmentEntry,
    SecondmentFile,
    SecondmentOutcome,
)
from orgs.admin import ReadOnlyAdmin


@admin.register(Agreement)
class AgreementAdmin(ReadOnlyAdmin):
    list_display = ("title", "number", "organisation", "signed_on", "starts_on", "ends_on", "ended_on")
    list_select_related = ("organisation",)
    search_fields = ("title", "number")


@admin.register(Partner)
class PartnerAdmin(ReadOnlyAdmin):
    list_display = ("name", "kind", "organisation", "merged_into")
    list_filter = ("kind",)
    list_select_related = ("organisation", "merged_into")
    search_fields = ("name",)


@admin.register(PartnerLiaison)
class PartnerLiaisonAdmin(ReadOnlyAdmin):
    list_display = ("partner", "user", "since", "ended_on")
    list_select_related = ("partner", "user")


@admin.register(AgreementEntry)
class AgreementEntryAdmin(ReadOnlyAdmin):
    list_display = ("agreement", "act", "at", "by")
    list_filter = ("act",)
    list_select_related = ("agreement", "by")


@admin.register(AgreementActivity)
class BookingAdmin(ReadOnlyAdmin):
    list_display = ("agreement", "activity", "booked_as", "booked_at", "withdrawn_at")
    list_select_related = ("agreement", "activity")


@admin.register(AgreementResult)
class AgreementResultAdmin(ReadOnlyAdmin):
    list_display = ("agreement", "kind", "on", "people", "hired", "members", "amount", "withdrawn_at")
    list_filter = ("kind",)
    list_select_related = ("agreement",)


@admin.register(Evaluation)
class EvaluationAdmin(ReadOnlyAdmin):
    list_display = ("agreement", "year", "grade")
    list_select_related = ("agreement",)


@admin.register(AgreementFile)
class AgreementFileAdmin(ReadOnlyAdmin):
    """Without the name people gave the file, which may hold anything."""

    list_display = ("agreement", "content_type", "size", "uploaded_at", "withdrawn_at")
    list_select_related = ("agreement",)
    exclude = ("file_name",)


@admin.register(Resource, Need)
class OfferedAdmin(ReadOnlyAdmin):
    list_display = ("title", "kind", "organisation", "partner", "valid_until", "published_at", "withdrawn_at")
    list_filter = ("kind",)
    list_select_related = ("organisation", "partner")
    search_fields = ("title",)


@admin.register(Project)
class ProjectAdmin(ReadOnlyAdmin):
    list_display = ("title", "kind", "organisation", "deadline", "done_on", "withdrawn_at")
    list_filter = ("kind",)
    list_select_related = ("organisation",)
    search_fields = ("title",)


@admin.register(ProjectNote)
class ProjectNoteAdmin(ReadOnlyAdmin):
    list_display = ("project", "at", "by")
    list_select_related = ("project", "by")


@admin.register(Dismissal)
class DismissalAdmin(ReadOnlyAdmin):
    list_display = ("need", "resource", "at", "withdrawn_at")
    list_select_related = ("need", "resource")


@admin.register(OrderKind)
class OrderKindAdmin(ReadOnlyAdmin):
    list_display = ("name", "group", "organisation", "is_private", "last_resort", "closed_at")
    list_filter = ("group", "is_private")
    list_select_related = ("organisation", "last_resort")


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    """Without the words and without who asks: of private kinds not even technical support reads them."""

    list_display = ("number", "kind", "state", "organisation", "handler", "raised_at", "due_at")
    list_filter = ("state", "kind__group")
    list_select_related = ("kind", "organisation", "handler")
    exclude = (
        "text", "private_text", "result", "private_result", "rating_words", "private_rating_words", "member",
        "ticket",
    )  # fmt: skip


@admin.register(OrderEntry)
class OrderEntryAdmin(ReadOnlyAdmin):
    list_display = ("order_id", "act", "state", "at")
    list_filter = ("act",)
    exclude = ("note", "private_note", "by")


@admin.register(Challenge)
class ChallengeAdmin(ReadOnlyAdmin):
    """Without the confidential part."""

    list_display = ("title", "kind", "state", "organisation", "claims_until", "work_until")
    list_filter = ("kind", "state")
    list_select_related = ("organisation",)
    search_fields = ("title",)
    exclude = ("secret_detail",)


@admin.register(Claim)
class ClaimAdmin(ReadOnlyAdmin):
    """Without the plan, which may hold what is confidential."""

    list_display = ("challenge", "is_member_led", "claimed_at", "withdrawn_at")
    list_select_related = ("challenge",)
    exclude = ("plan", "leader_name", "member")


@admin.register(ChallengeEntry)
class ChallengeEntryAdmin(ReadOnlyAdmin):
    list_display = ("challenge", "act", "state", "at")
    list_filter = ("act",)
    list_select_related = ("challenge",)
    exclude = ("note",)


@admin.register(Secondment)
class SecondmentAdmin(ReadOnlyAdmin):
    list_display = ("post", "kind", "state", "organisation", "starts_on", "ends_on", "exited_on")
    list_filter = ("kind", "state")
    list_select_related = ("organisation",)
    search_fields = ("post",)


@admin.register(Candidate)
class CandidateAdmin(ReadOnlyAdmin):
    """Without the person."""

    list_display = ("pk", "secondment_id", "put_forward_at", "withdrawn_at")
    exclude = ("name", "title", "field")


@admin.register(SecondmentOutcome)
class SecondmentOutcomeAdmin(ReadOnlyAdmin):
    list_display = ("secondment_id", "kind", "on", "count", "withdrawn_at")
    list_filter = ("kind",)


@admin.register(SecondmentFile)
class SecondmentFileAdmin(ReadOnlyAdmin):
    """Without the name people gave the file, which may hold anything."""

    list_display = ("secondment_id", "content_type", "size", "uploaded_at", "withdrawn_at")
    exclude = ("file_name",)


@admin.register(SecondmentEntry)
class SecondmentEntryAdmin(ReadOnlyAdmin):
    list_display = ("secondment_id", "act", "state", "at")
    list_filter = ("act",)
    exclude = ("note",)


@admin.register(Policy)
class PolicyAdmin(ReadOnlyAdmin):
    list_display = ("title", "kind", "state", "organisation", "apply_by", "published_at")
    list_filter = ("kind", "state")
    list_select_related = ("organisation",)
    search_fields = ("title", "number")


@admin.register(PolicyDelivery)
class PolicyDeliveryAdmin(ReadOnlyAdmin):
    list_display = ("policy", "enterprise", "delivered_at", "read_at", "answer", "result")
    list_filter = ("answer", "result")
    list_select_related = ("policy", "enterprise")


@admin.register(PolicyEntry)
class PolicyEntryAdmin(ReadOnlyAdmin):
    list_display = ("policy", "act", "reached", "at", "by")
    list_filter = ("act",)
    list_select_related = ("policy", "by")


@admin.register(Commitment)
class CommitmentAdmin(ReadOnlyAdmin):
    list_display = ("title", "year", "state", "organisation", "due_on")
    list_filter = ("year", "state")
    list_select_related = ("organisation",)
    search_fields = ("title",)
    exclude = ("leader_name",)


@admin.register(CommitmentEntry)
class CommitmentEntryAdmin(ReadOnlyAdmin):
    list_display = ("commitment", "act", "state", "at")
    list_filter = ("act",)
    list_select_related = ("commitment",)
    exclude = ("note",)


@admin.register(Alliance)
class AllianceAdmin(ReadOnlyAdmin):
    list_display = ("name", "organisation", "founded_on", "ended_on")
    list_select_related = ("organisation",)
    search_fields = ("name",)


@admin.register(AllianceMember)
class AllianceMemberAdmin(ReadOnlyAdmin):
    list_display = ("alliance", "organisation", "partner", "joined_on", "left_on")
    list_select_related = ("alliance", "organisation", "partner")


@admin.register(ChairTerm)
class ChairTermAdmin(ReadOnlyAdmin):
    list_display = ("alliance", "member", "starts_on", "ends_on")
    list_select_related = ("alliance", "member__organisation", "member__partner")


@admin.register(Conference)
class ConferenceAdmin(ReadOnlyAdmin):
    list_display = ("alliance", "kind", "title", "on", "held_at", "cancelled_at")
    list_filter = ("kind",)
    list_select_related = ("alliance",)


@admin.register(ConferenceResolution)
class ConferenceResolutionAdmin(ReadOnlyAdmin):
    list_display = ("conference", "owner", "due_on", "done_on")
    list_select_related = ("conference", "owner__organisation", "owner__partner")


@admin.register(AllianceEntry)
class AllianceEntryAdmin(ReadOnlyAdmin):
    list_display = ("alliance", "act", "at", "by")
    list_filter = ("act",)
    list_select_related = ("alliance", "by")
