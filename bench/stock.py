"""The alternative: django-import-export and the Django admin as their documentation sets them up."""

import os

from auditlog.registry import auditlog
from django.contrib import admin
from django.urls import path
from import_export.admin import ImportExportModelAdmin
from import_export.fields import Field
from import_export.resources import ModelResource
from import_export.widgets import ForeignKeyWidget

from members.models import Member, Posting
from orgs.models import Cluster, Coverage, Enterprise, Organisation, Park

if not os.environ.get("BENCH_CHANGE_LOG"):
    # The bare alternative keeps no record of old values, so it could take nothing back.
    for model in (Enterprise, Coverage, Member, Posting):
        auditlog.unregister(model)

PLAIN = (
    "name", "credit_code", "legal_representative", "capital", "capital_text", "founded_on", "founded_precision",
    "status", "industry", "address", "employees", "reported_members", "contact_name", "contact_phone", "is_high_tech",
)  # fmt: skip


MEMBER_PLAIN = (
    "identity_hash", "identity_number", "name", "sex", "ethnicity", "born_on", "education", "title", "position",
    "is_research", "employer_code", "employer_name", "mobile", "membership", "relation", "joined_on",
    "joined_precision", "confirmed_on", "confirmed_precision", "probation_ends_on", "legacy_unverified",
    "legacy_reason",
)  # fmt: skip


class StockEnterprises(ModelResource):
    park = Field("park", "park", ForeignKeyWidget(Park, "name"))
    cluster = Field("cluster", "cluster", ForeignKeyWidget(Cluster, "name"))

    class Meta:
        model = Enterprise
        import_id_fields = ("credit_code",)
        fields = (*PLAIN, "park", "cluster")


class StockCoverage(ModelResource):
    enterprise = Field("enterprise", "enterprise", ForeignKeyWidget(Enterprise, "credit_code"))
    organisation = Field("organisation", "organisation", ForeignKeyWidget(Organisation, "code"))

    class Meta:
        model = Coverage
        import_id_fields = ("enterprise", "line")
        fields = ("enterprise", "line", "method", "organisation", "instructor_name", "since")


class StockMembers(ModelResource):
    """The fields of the model encrypt and hash, and its `save()` keeps pinyin and search keys."""

    organisation = Field("organisation", "organisation", ForeignKeyWidget(Organisation, "code"))

    class Meta:
        model = Member
        import_id_fields = ("identity_hash",)
        fields = (*MEMBER_PLAIN, "organisation")

    def after_save_instance(self, instance, row, **kwargs):
        Posting.objects.get_or_create(
            member=instance,
            until=None,
            defaults={"organisation": instance.organisation, "opened_how": "register"},
        )


class EnterpriseAdmin(ImportExportModelAdmin):
    """The columns of the portal's own list."""

    resource_classes = [StockEnterprises]
    list_display = (
        "name",
        "credit_code",
        "park",
        "cluster",
        "status",
        "employees",
        "reported_members",
        "building_stage",
    )
    list_filter = ("status", "cluster", "building_stage")
    search_fields = ("name", "credit_code")
    list_per_page = 50


class CoverageAdmin(ImportExportModelAdmin):
    resource_classes = [StockCoverage]


class MemberAdmin(ImportExportModelAdmin):
    """The columns, filters and page length of the portal's own list; the search covers the name only."""

    resource_classes = [StockMembers]
    list_display = (
        "name", "sex", "born_on", "education", "membership", "relation", "organisation", "employer_name", "joined_on",
    )  # fmt: skip
    list_filter = ("membership", "relation", "education", "sex", "title", "occupation", "is_research")
    list_select_related = ("organisation",)
    search_fields = ("name", "pinyin")
    ordering = ("pinyin",)
    list_per_page = 50

    def lookup_allowed(self, lookup, value, request=None):
        """The bench asks for everybody below an organisation, which no filter of the page offers."""
        return True


site = admin.AdminSite(name="admin")
site.register(Enterprise, EnterpriseAdmin)
site.register(Coverage, CoverageAdmin)
site.register(Member, MemberAdmin)
urlpatterns = [path("admin/", site.urls)]
