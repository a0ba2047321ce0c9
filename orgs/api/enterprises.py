"""企业: the list with the page's filters, one enterprise, its upkeep, and the should-found list."""

from django.db.models import Prefetch
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from orgs import access
from orgs.actions import coverage as coverage_actions
from orgs.actions import enterprises as actions
from orgs.actions.reveals import reveal_phone
from orgs.actions.visit_tasks import Errand, add_task
from orgs.actions.visits import record_visit
from orgs.api.coverage import AssignmentInput, CoverageSerializer
from orgs.api.fields import Amount, Flag, Text, WholeNumber
from orgs.api.organisations import OrganisationRef, PhoneSerializer, PurposeInput, form_data, unit_code
from orgs.api.places import PlaceRef, chain_field, cluster_field, park_field
from orgs.api.views import SubjectViewSet, checked
from orgs.api.visits import ErrandInput, VisitInput, VisitSerializer, VisitTaskSerializer
from orgs.filters import EnterpriseFilter, with_permission
from orgs.forms.enterprises import EnterpriseForm
from orgs.models import (
    BuildingStage,
    Coverage,
    Enterprise,
    EnterpriseStatus,
    NotFoundedReason,
    Organisation,
    UnitKind,
)
from orgs.ownership import owner_paths, owners_for
from orgs.should_found import should_found_rule

STAFF_ONLY = ("building_stage", "not_founded_reason")
# Names of the form's fields → names of the API's.
FORM_NAMES = {"new_phone": "contact_phone", "clear_phone": "contact_phone", "confirm_code": "confirm_reason"}


# --- What is shown -----------------------------------------------------------------------------------


class CoverageBrief(serializers.ModelSerializer):
    organisation = OrganisationRef(allow_null=True)

    class Meta:
        model = Coverage
        fields = ["id", "method", "organisation", "instructor_name", "since", "term_ends_on"]


class ParkRef(PlaceRef):
    area = PlaceRef()


class EnterpriseSerializer(serializers.ModelSerializer):
    """`parent_unit` is the id of the unit it sits in; `coverages` are those of today."""

    park = ParkRef(allow_null=True)
    cluster = PlaceRef(allow_null=True)
    chain = PlaceRef(allow_null=True)
    parent_unit = serializers.IntegerField(source="parent_unit_id", allow_null=True)
    contact_phone = serializers.SerializerMethodField(help_text="已遮盖；完整号码须说明用途另行查看。")
    building_stage = serializers.ChoiceField(choices=BuildingStage.choices, allow_null=True)
    not_founded_reason = serializers.ChoiceField(
        choices=NotFoundedReason.choices, allow_null=True, allow_blank=True
    )
    coverages = CoverageBrief(source="current_coverages", many=True)
    old_names = serializers.SlugRelatedField(slug_field="name", many=True, read_only=True)

    class Meta:
        model = Enterprise
        fields = [
            "id", "credit_code", "name", "old_names", "kind", "status", "is_dormant", "legal_representative", "capital",
            "capital_text", "founded_on", "founded_precision", "industry", "park", "cluster", "chain", "is_chain_lead",
            "parent_unit", "address", "registered_address", "employees", "reported_members", "contact_name",
            "contact_phone", "is_high_tech", "is_key", "building_stage", "not_founded_reason", "coverages",
            "created_at", "updated_at",
        ]  # fmt: skip

    def get_contact_phone(self, enterprise) -> str:
        return enterprise.masked_phone

    def to_representation(self, enterprise):
        """How far founding is and why not yet are notes of the staff, not for the enterprise's own contact."""
        found = super().to_representation(enterprise)
        if not enterprise.may_read_notes:
            found |= dict.fromkeys(STAFF_ONLY)
        return found


class ShouldFoundSerializer(serializers.ModelSerializer):
    """`reason` says why it is on the list, `owner` who should act."""

    park = ParkRef(allow_null=True)
    cluster = PlaceRef(allow_null=True)
    reason = serializers.CharField()
    owner = OrganisationRef(allow_null=True)

    class Meta:
        model = Enterprise
        fields = [
            "id", "credit_code", "name", "park", "cluster", "reported_members", "building_stage", "not_founded_reason",
            "reason", "owner",
        ]  # fmt: skip


# --- What is taken in --------------------------------------------------------------------------------


class EnterpriseInput(serializers.Serializer):
    """What is not sent stays. `contact_phone` "" clears the number; `seen_at` is the `updated_at` that was looked at:
    a change made by somebody else since then is not overwritten.
    """

    name = Text(max_length=200, required=False)
    credit_code = Text(max_length=40, required=False, allow_blank=True)
    confirm_reason = Text(
        max_length=200, required=False, help_text="校验码不符而已对照营业执照核对无误时填写理由。"
    )
    kind = serializers.ChoiceField(choices=UnitKind.choices, required=False)
    status = serializers.ChoiceField(choices=EnterpriseStatus.choices, required=False)
    is_dormant = Flag(required=False)
    legal_representative = Text(max_length=50, required=False, allow_blank=True)
    capital = Amount(max_digits=16, decimal_places=4, required=False, allow_null=True, help_text="万元")
    founded_on = serializers.DateField(required=False, allow_null=True)
    industry = Text(max_length=60, required=False, allow_blank=True)
    park = park_field(required=False, allow_null=True)
    cluster = cluster_field(required=False, allow_null=True)
    chain = chain_field(required=False, allow_null=True)
    is_chain_lead = Flag(required=False)
    parent_unit = unit_code(required=False, allow_null=True, help_text="所属单位的统一社会信用代码。")
    address = Text(max_length=200, required=False, allow_blank=True)
    registered_address = Text(max_length=200, required=False, allow_blank=True)
    employees = WholeNumber(required=False, allow_null=True)
    reported_members = WholeNumber(required=False, allow_null=True)
    contact_name = Text(max_length=50, required=False, allow_blank=True)
    contact_phone = Text(max_length=30, required=False, allow_blank=True)
    is_high_tech = Flag(required=False, allow_null=True)
    is_key = Flag(required=False)
    seen_at = serializers.DateTimeField(required=False)


class NewEnterpriseInput(EnterpriseInput):
    name = Text(max_length=200)
    kind = serializers.ChoiceField(choices=UnitKind.choices, default=UnitKind.ENTERPRISE)
    status = serializers.ChoiceField(choices=EnterpriseStatus.choices, default=EnterpriseStatus.EXISTING)
    seen_at = None


def _form_data(values) -> dict:
    """For `EnterpriseForm`, which asks for a new phone and for the confirmation in two fields each."""
    data = form_data(values)
    if "contact_phone" in data:
        phone = data.pop("contact_phone")
        data |= {"new_phone": phone} if phone else {"clear_phone": True}
    if data.get("confirm_reason"):
        data["confirm_code"] = True
    return data


# --- The views ---------------------------------------------------------------------------------------


class _EnterpriseRows(SubjectViewSet):
    model = Enterprise
    filterset_class = EnterpriseFilter

    def rows(self):
        return Enterprise.objects.visible_to(self.request.user).select_related(
            "park__area", "cluster", "chain"
        )


@extend_schema_view(
    list=extend_schema(summary="企业列表", description="查询条件与网页企业名录相同。"),
    retrieve=extend_schema(summary="一家企业"),
)
class EnterpriseViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, _EnterpriseRows):
    serializer_class = EnterpriseSerializer
    http_method_names = ["get", "head", "post", "patch"]
    throttle_scopes = {"reveal": "reveal"}

    @staticmethod
    def may_list(user):
        return access.can_view_enterprises(user) or bool(user.contact_enterprise_ids)

    def rows(self):
        coverages = Coverage.objects.current().select_related("organisation")
        current = Prefetch("coverages", coverages, to_attr="current_coverages")
        rows = with_permission(super().rows(), self.request.user, "enterprises.view", "may_read_notes")
        return rows.prefetch_related(current, "old_names")

    @extend_schema(
        summary="登记企业", request=NewEnterpriseInput, responses={201: EnterpriseSerializer, 204: None}
    )
    def create(self, request):
        access.require(access.can_create_enterprise(request.user))
        data = _form_data(self.read(NewEnterpriseInput))
        form = checked(EnterpriseForm(data, user=request.user), FORM_NAMES)
        enterprise = actions.create_enterprise(
            values=form.values, confirm_reason=form.reason_given, **self.who
        )
        return self.shown(enterprise.pk, status=201)

    @extend_schema(
        summary="修改企业信息", request=EnterpriseInput, responses={200: EnterpriseSerializer, 204: None}
    )
    def partial_update(self, request, pk=None):
        enterprise = self.get_object()
        access.require(access.can_change_enterprise(request.user, enterprise))
        changes = _form_data(self.read(EnterpriseInput))
        stored = Enterprise.objects.select_related("parent_unit").get(pk=enterprise.pk)
        data = EnterpriseForm(instance=stored, user=request.user).initial | changes
        form = checked(EnterpriseForm(data, instance=stored, user=request.user), FORM_NAMES)
        actions.update_enterprise(
            enterprise=Enterprise(pk=enterprise.pk),  # the form's instance already carries the changes
            values=form.values,
            confirm_reason=form.reason_given,
            seen_at=form.cleaned_data["seen_at"],
            **self.who,
        )
        return self.shown(enterprise.pk)

    @extend_schema(
        summary="登记覆盖关系",
        description="同类的原覆盖关系自起始日期起终止。",
        request=AssignmentInput,
        responses={201: CoverageSerializer},
    )
    @action(detail=True, methods=["post"])
    def cover(self, request, pk=None):
        enterprise = self.get_object()
        access.require(access.can_change_coverage(request.user, enterprise))
        assignment = coverage_actions.Assignment(**self.read(AssignmentInput))
        coverage = coverage_actions.cover(enterprise=enterprise, assignment=assignment, **self.who)
        return Response(CoverageSerializer(coverage).data, status=201)

    @extend_schema(summary="登记走访", request=VisitInput, responses={201: VisitSerializer})
    @action(detail=True, methods=["post"])
    def visit(self, request, pk=None):
        enterprise = self.get_object()
        access.require(access.can_change_coverage(request.user, enterprise))
        visit = record_visit(enterprise=enterprise, **self.read(VisitInput), **self.who)
        return Response(VisitSerializer(visit).data, status=201)

    @extend_schema(summary="安排走访", request=ErrandInput, responses={201: VisitTaskSerializer})
    @action(detail=True, methods=["post"], url_path="visit-task")
    def visit_task(self, request, pk=None):
        enterprise = self.get_object()
        access.require(access.can_change_coverage(request.user, enterprise))
        task = add_task(enterprise=enterprise, errand=Errand(**self.read(ErrandInput)), **self.who)
        return Response(VisitTaskSerializer(task).data, status=201)

    @extend_schema(summary="查看完整联系电话", request=PurposeInput, responses={200: PhoneSerializer})
    @action(detail=True, methods=["post"])
    def reveal(self, request, pk=None):
        enterprise = self.get_object()
        access.require(access.can_reveal(request.user, enterprise))
        purpose = self.read(PurposeInput)["purpose"]
        path = owner_paths([enterprise.pk])[enterprise.pk]
        return Response(
            {"contact_phone": reveal_phone(obj=enterprise, path=path, purpose=purpose, **self.who)}
        )


class ShouldFoundFilter(EnterpriseFilter):
    """The same list as the page: today's, of those that should have an organisation."""

    def __init__(self, data=None, *args, **kwargs):
        data = data.copy() if data else {}
        data["should_found"] = "1"
        super().__init__(data, *args, **kwargs)


for _name in ("on", "active", "should_found"):
    del ShouldFoundFilter.base_filters[_name]


@extend_schema_view(
    list=extend_schema(summary="应建未建企业", description="按现行口径，附列入原因和责任党组织。")
)
class ShouldFoundViewSet(_EnterpriseRows):
    serializer_class = ShouldFoundSerializer
    filterset_class = ShouldFoundFilter

    def rows(self):
        """By office: somebody may besides be the contact of an enterprise elsewhere."""
        by_office = Enterprise.objects.permitted_to(self.request.user, "enterprises.view").order_by()
        return super().rows().filter(pk__in=by_office.values("pk"))

    def list(self, request):
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset().defer("contact_phone")))
        rule = should_found_rule()
        owners = owners_for(enterprise.pk for enterprise in page)
        organisations = Organisation.objects.in_bulk({owner for owner in owners.values() if owner})
        for enterprise in page:
            enterprise.reason = rule.reason(enterprise)
            enterprise.owner = organisations.get(owners[enterprise.pk])
        return self.get_paginated_response(self.get_serializer(page, many=True).data)
