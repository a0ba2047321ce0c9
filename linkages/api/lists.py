"""三张清单: resources, needs and projects with the pages' filters, what is done with them, and what fits them."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from linkages import access, list_states, matching
from linkages.actions import lists as actions
from linkages.actions import projects
from linkages.actions.orders import order_need
from linkages.api.agreements import PartnerSerializer
from linkages.api.orders import OrderInput
from linkages.list_filters import NeedFilter, ProjectFilter, ResourceFilter
from linkages.list_states import AVAILABLE, WANTED, ItemState, ProjectState
from linkages.models import Agreement, ItemKind, Need, Order, Partner, Project, ProjectNote, Resource
from orgs.access import require
from orgs.api.coverage import EnterpriseRef
from orgs.api.fields import Flag, Scoped, Text
from orgs.api.organisations import OrganisationRef, organisation_code
from orgs.api.views import SubjectViewSet
from orgs.models import Enterprise

LISTED = ["id", "organisation", "kind", "title", "description", "agreement", "activity"]
OFFERED = [
    *LISTED, "partner", "contact_office", "valid_from", "valid_until", "published_at", "withdrawn_at",
    "withdrawn_reason", "state", "created_at", "updated_at",
]  # fmt: skip


# --- What is shown -----------------------------------------------------------------------------------


class ResourceSerializer(serializers.ModelSerializer):
    """`organisation` keeps it; it is offered by `partner`, or where that is null by the organisation itself."""

    organisation = OrganisationRef()
    partner = PartnerSerializer(allow_null=True)
    state = serializers.ChoiceField(choices=ItemState.choices)

    class Meta:
        model = Resource
        fields = OFFERED


class NeedSerializer(ResourceSerializer):
    """Of `enterprise` or `partner`, or where both are null of the organisation that keeps it."""

    enterprise = EnterpriseRef(allow_null=True)

    class Meta:
        model = Need
        fields = [*OFFERED, "enterprise"]


class NeedOrderSerializer(serializers.ModelSerializer):
    class Meta:
        model = Order
        fields = ["id", "state", "rating"]


class NeedDetailSerializer(NeedSerializer):
    """`orders` it became, as far as the caller sees them."""

    orders = serializers.SerializerMethodField()

    class Meta(NeedSerializer.Meta):
        fields = [*NeedSerializer.Meta.fields, "orders"]

    @extend_schema_field(NeedOrderSerializer(many=True))
    def get_orders(self, need):
        rows = Order.objects.visible_to(self.context["request"].user).filter(need=need).order_by("pk")
        return NeedOrderSerializer(rows.only("state", "rating"), many=True).data


class ProjectNoteSerializer(serializers.ModelSerializer):
    by = serializers.CharField(allow_null=True)

    class Meta:
        model = ProjectNote
        fields = ["text", "at", "by"]


class ProjectSerializer(serializers.ModelSerializer):
    organisation = OrganisationRef()
    state = serializers.ChoiceField(choices=ProjectState.choices)

    class Meta:
        model = Project
        fields = [
            *LISTED, "need", "resource", "deadline", "done_on", "result", "withdrawn_at", "withdrawn_reason", "state",
            "created_at", "updated_at",
        ]  # fmt: skip


class ProjectDetailSerializer(ProjectSerializer):
    notes = ProjectNoteSerializer(many=True)

    class Meta(ProjectSerializer.Meta):
        fields = [*ProjectSerializer.Meta.fields, "notes"]


class ResourceMatchSerializer(serializers.Serializer):
    """A resource that fits the need, with the reasons in words; the higher the score the better."""

    resource = ResourceSerializer(source="other")
    reasons = serializers.ListField(child=serializers.CharField())
    score = serializers.IntegerField()


class NeedMatchSerializer(serializers.Serializer):
    """A need that the resource fits."""

    need = NeedSerializer(source="other")
    reasons = serializers.ListField(child=serializers.CharField())
    score = serializers.IntegerField()


# --- What is taken in --------------------------------------------------------------------------------


def _seen(model, **kwargs):
    def rows(user):
        return model.objects.visible_to(user) if user else model.objects.all()

    return Scoped(rows=rows, required=False, allow_null=True, **{"slug_field": "id"} | kwargs)


def _agreements(user):
    return Agreement.objects.permitted_to(user, "linkages.change") if user else Agreement.objects.all()


class ListedInput(serializers.Serializer):
    organisation = organisation_code("linkages.change", help_text="登记党组织代码。")
    kind = serializers.ChoiceField(choices=ItemKind.choices)
    title = Text(max_length=120)
    description = Text(max_length=1000, required=False, allow_blank=True, default="")
    agreement = Scoped(
        rows=_agreements, slug_field="id", required=False, allow_null=True, help_text="共建协议编号。"
    )


class ResourceInput(ListedInput):
    partner = _seen(Partner, help_text="提供的共建单位编号；本党组织提供的不填。")
    contact_office = Text(max_length=80, required=False, allow_blank=True, default="")
    valid_from = serializers.DateField(default=timezone.localdate, help_text="默认今天。")
    valid_until = serializers.DateField()
    publish = Flag(default=True, help_text="不发布的为草稿，只有本单位和上级看得到。")


class NeedInput(ResourceInput):
    partner = _seen(Partner, help_text="需求的共建单位编号。")
    enterprise = _seen(Enterprise, slug_field="credit_code", help_text="需求企业的统一社会信用代码。")


class ProjectInput(ListedInput):
    deadline = serializers.DateField()


class WithdrawItemInput(serializers.Serializer):
    reason = Text(max_length=200)


class MatchInput(serializers.Serializer):
    resource = Scoped(
        rows=lambda user: Resource.objects.visible_to(user).with_unit() if user else Resource.objects.all(),
        slug_field="id",
        help_text="资源编号。",
    )


class NeedOrderInput(OrderInput):
    enterprise = None  # that of the need


class DismissMatchInput(MatchInput):
    reason = Text(max_length=200)


class ProjectNoteInput(serializers.Serializer):
    text = Text(max_length=500)


class ProjectFinishInput(serializers.Serializer):
    on = serializers.DateField(default=timezone.localdate, help_text="默认今天。")
    result = Text(max_length=500)


# --- The views ---------------------------------------------------------------------------------------


class ListViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, SubjectViewSet):
    may_list = staticmethod(access.can_view_agreements)
    ordering = "-pk"

    def filter_queryset(self, queryset):
        """The filter leaves out what was withdrawn; one row is found in whatever state."""
        return super().filter_queryset(queryset) if self.action == "list" else queryset

    def changeable(self):
        found = self.get_object()
        require(access.can_change_item(self.request.user, found))
        return found


class OfferedViewSet(ListViewSet):
    input_class = ResourceInput
    wanted = AVAILABLE

    def rows(self):
        return list_states.with_item_state(self.model.objects.visible_to(self.request.user)).with_unit()

    def add(self, request):
        require(access.can_change_agreements(request.user))
        values = self.read(self.input_class)
        place = {name: values.pop(name) for name in ("organisation", "publish")}
        stored = actions.add_item(model=self.model, values=values, **place, **self.who)
        return self.shown(stored.pk, 201)

    def matched(self, serializer_class):
        """Nothing fits what is no longer looked for."""
        found, user = self.get_object(), self.request.user
        rows = matching.suggestions(found, user) if found.state in self.wanted else []
        context = self.get_serializer_context()
        return Response(serializer_class(rows, many=True, context=context).data)

    @extend_schema(summary="发布", request=None)
    @action(detail=True, methods=["post"])
    def publish(self, request, pk=None):
        found = self.changeable()
        actions.publish_item(item=found, **self.who)
        return self.shown(found.pk)

    @extend_schema(summary="撤回", request=WithdrawItemInput)
    @action(detail=True, methods=["post"])
    def withdraw(self, request, pk=None):
        found = self.changeable()
        actions.withdraw_item(item=found, **self.read(WithdrawItemInput), **self.who)
        return self.shown(found.pk)


@extend_schema_view(
    list=extend_schema(summary="资源清单", description="查询条件与网页列表相同。"),
    retrieve=extend_schema(summary="一项资源"),
)
class ResourceViewSet(OfferedViewSet):
    model = Resource
    serializer_class = ResourceSerializer
    filterset_class = ResourceFilter

    @extend_schema(summary="登记资源", request=ResourceInput, responses={201: ResourceSerializer})
    def create(self, request):
        return self.add(request)

    @extend_schema(summary="适合的需求", responses=NeedMatchSerializer(many=True), filters=False)
    @action(detail=True, pagination_class=None)
    def matches(self, request, pk=None):
        return self.matched(NeedMatchSerializer)


@extend_schema_view(
    list=extend_schema(summary="需求清单", description="查询条件与网页列表相同。"),
    retrieve=extend_schema(summary="一项需求", responses=NeedDetailSerializer),
)
class NeedViewSet(OfferedViewSet):
    model = Need
    serializer_class = NeedSerializer
    filterset_class = NeedFilter
    input_class = NeedInput
    wanted = WANTED

    def get_serializer_class(self):
        return NeedSerializer if self.action == "list" else NeedDetailSerializer

    @extend_schema(summary="登记需求", request=NeedInput, responses={201: NeedDetailSerializer})
    def create(self, request):
        return self.add(request)

    @extend_schema(summary="推荐的资源", responses=ResourceMatchSerializer(many=True), filters=False)
    @action(detail=True, pagination_class=None)
    def matches(self, request, pk=None):
        return self.matched(ResourceMatchSerializer)

    def _pair(self, input_class) -> dict:
        found, user = self.get_object(), self.request.user
        require(
            access.can_add_item(user, Resource._meta.model_name)
        )  # who keeps neither side may not name one
        data = self.read(input_class)
        require(access.can_match(user, found, data["resource"]))
        return {"need": found, **data}

    @extend_schema(summary="对接一项资源", request=MatchInput, responses={200: NeedDetailSerializer})
    @action(detail=True, methods=["post"])
    def match(self, request, pk=None):
        """The project is the caller's own side's, as on the page."""
        pair = self._pair(MatchInput)
        home = next(side for side in pair.values() if access.can_change_item(request.user, side))
        agreement = matching.agreement_for(*pair.values(), home.organisation)
        projects.take_match(**pair, organisation=home.organisation, agreement=agreement, **self.who)
        return self.shown(pair["need"].pk)

    @extend_schema(summary="转为点单", request=NeedOrderInput, responses={200: NeedDetailSerializer})
    @action(detail=True, methods=["post"])
    def order(self, request, pk=None):
        found = self.changeable()
        require(not found.enterprise_id or access.can_order_need(request.user, found))
        order_need(need=found, **self.read(NeedOrderInput), **self.who)
        return self.shown(found.pk)

    @extend_schema(
        summary="不再推荐一项资源", request=DismissMatchInput, responses={200: NeedDetailSerializer}
    )
    @action(detail=True, methods=["post"])
    def dismiss(self, request, pk=None):
        pair = self._pair(DismissMatchInput)
        projects.dismiss_match(**pair, **self.who)
        return self.shown(pair["need"].pk)


@extend_schema_view(
    list=extend_schema(summary="项目清单", description="查询条件与网页列表相同。"),
    retrieve=extend_schema(summary="一个项目", responses=ProjectDetailSerializer),
)
class ProjectViewSet(ListViewSet):
    model = Project
    filterset_class = ProjectFilter

    def get_serializer_class(self):
        return ProjectSerializer if self.action == "list" else ProjectDetailSerializer

    def rows(self):
        rows = list_states.with_project_state(Project.objects.visible_to(self.request.user))
        rows = rows.select_related("organisation")
        if self.action == "list":
            return rows
        return rows.select_related("need__organisation", "resource__organisation").prefetch_related(
            "notes__by"
        )

    @extend_schema(summary="立项", request=ProjectInput, responses={201: ProjectDetailSerializer})
    def create(self, request):
        require(access.can_change_agreements(request.user))
        values = self.read(ProjectInput)
        organisation = values.pop("organisation")
        stored = projects.start_project(organisation=organisation, values=values, **self.who)
        return self.shown(stored.pk, 201)

    @extend_schema(summary="登记进展", request=ProjectNoteInput, responses={200: ProjectDetailSerializer})
    @action(detail=True, methods=["post"])
    def note(self, request, pk=None):
        found = self.get_object()
        require(access.can_note_project(request.user, found))
        projects.add_note(project=found, **self.read(ProjectNoteInput), **self.who)
        return self.shown(found.pk)

    @extend_schema(summary="办结", request=ProjectFinishInput, responses={200: ProjectDetailSerializer})
    @action(detail=True, methods=["post"])
    def finish(self, request, pk=None):
        found = self.changeable()
        projects.finish_project(project=found, **self.read(ProjectFinishInput), **self.who)
        return self.shown(found.pk)

    @extend_schema(summary="终止", request=WithdrawItemInput, responses={200: ProjectDetailSerializer})
    @action(detail=True, methods=["post"], url_path="give-up", url_name="give-up")
    def give_up(self, request, pk=None):
        found = self.changeable()
        projects.give_up_project(project=found, **self.read(WithdrawItemInput), **self.who)
        return self.shown(found.pk)
