"""党组织: the tree, one organisation, and what may be done to it."""

from django.db.models import OuterRef, Subquery
from django.db.models.functions import Length, Substr
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from orgs import access
from orgs.actions import organisations as actions
from orgs.actions.reveals import reveal_phone
from orgs.api.fields import Flag, Scoped, Text, WholeNumber
from orgs.api.filters import OrganisationFilter
from orgs.api.places import PlaceRef, area_field, cluster_field, park_field
from orgs.api.views import SubjectViewSet, checked
from orgs.fields import mask_phone
from orgs.forms.organisations import EditForm, FoundForm
from orgs.kinds import CAPABILITIES, Jurisdiction, OrganisationKind
from orgs.models import Enterprise, Organisation
from orgs.terms import TermState, with_term
from orgs.tree import STEP


def organisation_code(permission, **kwargs):
    """An active organisation at which the caller holds `permission`, named by its code."""

    def rows(user):
        found = Organisation.objects.permitted_to(user, permission) if user else Organisation.objects.all()
        return found.active()

    return Scoped(rows=rows, slug_field="code", **kwargs)


def unit_code(**kwargs):
    """A visible enterprise named by its credit code."""

    def rows(user):
        return Enterprise.objects.visible_to(user) if user else Enterprise.objects.all()

    return Scoped(rows=rows, slug_field="credit_code", **kwargs)


# --- What is shown -----------------------------------------------------------------------------------


class OrganisationRef(serializers.ModelSerializer):
    class Meta:
        model = Organisation
        fields = ["code", "name"]


class CapabilitiesSerializer(serializers.ModelSerializer):
    class Meta:
        model = Organisation
        fields = list(CAPABILITIES)


class TermSerializer(serializers.ModelSerializer):
    """An approved extension counts in `due`."""

    due = serializers.DateField(source="term_due", allow_null=True)
    state = serializers.ChoiceField(source="term_state", choices=TermState.choices)

    class Meta:
        model = Organisation
        fields = ["elected_on", "term_ends_on", "extended_to", "extension_no", "due", "state"]


class OrganisationSerializer(serializers.ModelSerializer):
    """`parent` is the code of the direct superior, null where that lies outside the caller's scope."""

    parent = serializers.CharField(source="parent_code", allow_null=True)
    area = PlaceRef(allow_null=True)
    cluster = PlaceRef(allow_null=True)
    park = PlaceRef(allow_null=True)
    secretary = serializers.CharField(source="secretary_name", allow_null=True)
    capabilities = CapabilitiesSerializer(source="*")
    term = TermSerializer(source="*")
    contact_phone = serializers.SerializerMethodField(help_text="已遮盖；完整号码须说明用途另行查看。")

    class Meta:
        model = Organisation
        fields = [
            "id", "code", "name", "kind", "parent", "depth", "jurisdiction", "area", "cluster", "park", "carrier",
            "founded_on", "approval_no", "task_ended_on", "dissolved_on", "secretary", "contact_phone",
            "capabilities", "term", "updated_at",
        ]  # fmt: skip

    def get_contact_phone(self, organisation) -> str:
        return mask_phone(organisation.contact_phone)


# --- What is taken in --------------------------------------------------------------------------------


class PlacesInput(serializers.Serializer):
    """Only whoever maintains the whole register may set these, except `park` of a new organisation."""

    area = area_field(required=False, allow_null=True)
    cluster = cluster_field(required=False, allow_null=True)
    park = park_field(required=False, allow_null=True)
    jurisdiction = serializers.ChoiceField(choices=Jurisdiction.choices, required=False)
    carrier = Text(max_length=40, required=False, allow_blank=True)
    host_unit = unit_code(required=False, allow_null=True, help_text="所在单位的统一社会信用代码。")
    contact_phone = Text(max_length=30, required=False, help_text="手机号或带区号的固定电话。")


class FoundInput(PlacesInput):
    kind = serializers.ChoiceField(choices=OrganisationKind.choices)
    code = Text(max_length=40)
    name = Text(max_length=120)
    founded_on = serializers.DateField()
    approval_no = Text(max_length=60)
    full_members = WholeNumber(max_value=10000, required=False, help_text="成立党支部时必填。")
    elected_on = serializers.DateField(required=False)


class EditInput(PlacesInput):
    """Every field is optional; what is not sent stays."""

    kind = serializers.ChoiceField(choices=OrganisationKind.choices, required=False)
    code = Text(max_length=40, required=False)
    name = Text(max_length=120, required=False)
    founded_on = serializers.DateField(required=False, allow_null=True)
    approval_no = Text(max_length=60, required=False, allow_blank=True)
    confirmation_no = Text(max_length=60, required=False, allow_blank=True, help_text="调整批复文号。")

    def get_fields(self):
        return super().get_fields() | {name: Flag(required=False) for name in CAPABILITIES}


class MoveInput(serializers.Serializer):
    new_parent = organisation_code("organisations.change", help_text="新的上级党组织代码。")
    on = serializers.DateField(help_text="调整日期，不晚于今天。")
    evidence = Text(max_length=120, help_text="依据（批复文号）。")


class PurposeInput(serializers.Serializer):
    purpose = Text(min_length=2, max_length=100, help_text="查看用途，记入审计日志。")


class PhoneSerializer(serializers.Serializer):
    contact_phone = serializers.CharField()


def form_data(values: dict) -> dict:
    """As a browser would send it: rows by key or code."""
    named = {
        "host_unit": lambda unit: unit.credit_code,
        "parent_unit": lambda unit: unit.credit_code,
    }
    data = {}
    for name, value in values.items():
        if name in named:
            data[name] = named[name](value) if value else ""
        else:
            data[name] = getattr(value, "pk", value)
    return data


# --- The views ---------------------------------------------------------------------------------------


@extend_schema_view(
    list=extend_schema(summary="党组织列表", description="默认不含已撤销的党组织。"),
    retrieve=extend_schema(summary="一个党组织"),
)
class OrganisationViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, SubjectViewSet):
    model = Organisation
    serializer_class = OrganisationSerializer
    filterset_class = OrganisationFilter
    http_method_names = ["get", "head", "post", "patch"]
    throttle_scopes = {"reveal": "reveal"}
    may_list = staticmethod(access.can_view_organisations)

    def rows(self):
        """Annotated once a page: term, secretary, and the code of the superior where the caller sees it."""
        visible = Organisation.objects.visible_to(self.request.user)
        superior = Substr(OuterRef("path"), 1, Length(OuterRef("path")) - STEP)
        parent = visible.filter(path=superior).order_by().values("code")
        rows = with_term(visible).with_secretary().annotate(parent_code=Subquery(parent[:1]))
        return rows.select_related("area", "cluster", "park")

    @extend_schema(summary="修改党组织资料", request=EditInput, responses={200: OrganisationSerializer})
    def partial_update(self, request, pk=None):
        organisation = self.get_object()
        access.require(access.can_change_organisation(request.user, organisation))
        values = self.read(EditInput)
        stored = Organisation.objects.get(pk=organisation.pk)
        form = EditForm(user=request.user, instance=stored)
        _require_fields(form, values)
        data = form.initial | form_data(values)
        form = checked(EditForm(data, user=request.user, instance=stored))
        actions.update_organisation(organisation=organisation, **form.values(), **self.who)
        return self.shown(organisation.pk)

    @extend_schema(summary="直接下级党组织", responses=OrganisationSerializer(many=True), filters=False)
    @action(detail=True)
    def children(self, request, pk=None):
        superior = self.get_object()
        below = self.rows().active().within(superior).filter(depth=superior.depth + 1)
        page = self.paginate_queryset(below)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(summary="成立下级党组织", request=FoundInput, responses={201: OrganisationSerializer})
    @children.mapping.post
    def found(self, request, pk=None):
        parent = self.get_object()
        access.require(access.can_change_organisation(request.user, parent))
        values = self.read(FoundInput)
        form = FoundForm(user=request.user, parent=parent)
        _require_fields(form, values)
        form = checked(FoundForm(form.initial | form_data(values), user=request.user, parent=parent))
        founded = actions.found_organisation(parent=parent, **form.values(), **self.who)
        return self.shown(founded.pk, status=201)

    @extend_schema(
        summary="调整隶属",
        description="连同全部下级组织一起移到新的上级之下。",
        request=MoveInput,
        responses={200: OrganisationSerializer},
    )
    @action(detail=True, methods=["post"])
    def move(self, request, pk=None):
        organisation = self.get_object()
        access.require(access.can_restructure_organisation(request.user, organisation))
        actions.move_organisation(organisation=organisation, **self.read(MoveInput), **self.who)
        return self.shown(organisation.pk)

    @extend_schema(summary="查看完整联系电话", request=PurposeInput, responses={200: PhoneSerializer})
    @action(detail=True, methods=["post"])
    def reveal(self, request, pk=None):
        organisation = self.get_object()
        access.require(access.can_reveal_organisation(request.user, organisation))
        phone = reveal_phone(obj=organisation, **self.read(PurposeInput), **self.who)
        return Response({"contact_phone": phone})


def _require_fields(form, values):
    """What the form does not offer this person, the API does not take either."""
    names = sorted(set(values) - set(form.fields))
    access.require(not names, f"您没有修改这些内容的权限：{'、'.join(names)}。")
