"""覆盖台账. New entries are made at the enterprise: `enterprises/{id}/cover/`."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action

from orgs import access
from orgs.actions import coverage as actions
from orgs.api.fields import Text
from orgs.api.filters import LedgerFilter
from orgs.api.organisations import OrganisationRef, organisation_code
from orgs.api.views import SubjectViewSet
from orgs.models import Coverage, CoverageMethod, Enterprise


class EnterpriseRef(serializers.ModelSerializer):
    class Meta:
        model = Enterprise
        fields = ["id", "credit_code", "name"]


class CoverageSerializer(serializers.ModelSerializer):
    """In force from `since` to the day before `until`."""

    enterprise = EnterpriseRef()
    organisation = OrganisationRef(allow_null=True)

    class Meta:
        model = Coverage
        fields = [
            "id", "enterprise", "method", "line", "organisation", "instructor_name", "since", "until", "term_ends_on",
            "evidence", "updated_at",
        ]  # fmt: skip


class AssignmentInput(serializers.Serializer):
    method = serializers.ChoiceField(choices=CoverageMethod.choices)
    organisation = organisation_code(
        "coverage.change", required=False, allow_null=True, help_text="覆盖党组织代码。"
    )
    instructor_name = Text(max_length=50, required=False, allow_blank=True)
    term_ends_on = serializers.DateField(required=False, allow_null=True, help_text="派驻期满日期。")
    since = serializers.DateField(default=timezone.localdate, help_text="默认今天。")
    evidence = Text(max_length=200, required=False, allow_blank=True, help_text="挂靠必填。")
    reason = Text(max_length=200, required=False, allow_blank=True, help_text="超数原因。")
    approval_no = Text(max_length=60, required=False, allow_blank=True)


class EndInput(serializers.Serializer):
    until = serializers.DateField(default=timezone.localdate, help_text="自这一天起不再覆盖；默认今天。")
    reason = Text(max_length=200)


@extend_schema_view(
    list=extend_schema(summary="覆盖台账", description="默认只含未终止的。"),
    retrieve=extend_schema(summary="一条覆盖关系"),
)
class CoverageViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, SubjectViewSet):
    model = Coverage
    serializer_class = CoverageSerializer
    filterset_class = LedgerFilter

    def rows(self):
        """For staff: an enterprise's contact finds what covers it at the enterprise."""
        by_office = Enterprise.objects.permitted_to(self.request.user, "enterprises.view").order_by()
        rows = Coverage.objects.filter(enterprise__in=by_office.values("pk"))
        rows = rows.select_related("enterprise", "organisation")
        return rows.defer("enterprise__contact_phone", "organisation__contact_phone")

    @extend_schema(summary="终止覆盖关系", request=EndInput, responses={200: CoverageSerializer, 204: None})
    @action(detail=True, methods=["post"])
    def end(self, request, pk=None):
        coverage = self.get_object()
        access.require(access.can_change_coverage(request.user, coverage.enterprise))
        actions.end_coverage(coverage=coverage, **self.read(EndInput), **self.who)
        return self.shown(coverage.pk)
