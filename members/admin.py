"""Reading for technical support. What is stored encrypted is shown to nobody here."""

from django.contrib import admin

from members.models import Absence, Disposal, DuesBasis, DuesPayment, Transfer, TransferLetter
from orgs.admin import ReadOnlyAdmin


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
