"""科技副总和产业教授: the list with the page's filters, one of them, writing down a need, every step, and what came of it."""

from django.db.models import Prefetch, Q
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action

from linkages import access
from linkages.actions import secondments as actions
from linkages.forms.secondments import NEEDED_BY, act_form
from linkages.models import (
    Candidate,
    ExitKind,
    OutcomeKind,
    Partner,
    Secondment,
    SecondmentAct,
    SecondmentEntry,
    SecondmentKind,
    SecondmentOutcome,
)
from linkages.models.secondments import MOST_AT_ONCE, MOST_MONTHS
from linkages.secondment_filters import OutcomeFilter, SecondmentFilter
from linkages.secondments import transitions
from orgs.access import require
from orgs.api.fields import Flag, Scoped, Text, WholeNumber
from orgs.api.organisations import OrganisationRef, organisation_code, unit_code
from orgs.api.views import SubjectViewSet, checked

KEY = {"min_value": 1, "max_value": 2**53, "required": False}


# --- What is shown -----------------------------------------------------------------------------------


class CandidateSerializer(serializers.ModelSerializer):
    unit = serializers.CharField()

    class Meta:
        model = Candidate
        fields = [
            "id",
            "name",
            "title",
            "field",
            "unit",
            "put_forward_at",
            "withdrawn_at",
            "withdrawn_reason",
        ]


class SecondmentSerializer(serializers.ModelSerializer):
    """`needing` is the unit that asked; `days_left` counts to the end of a term that runs."""

    organisation = OrganisationRef()
    needing = serializers.CharField()
    chosen = CandidateSerializer(allow_null=True)
    days_left = serializers.IntegerField(allow_null=True)

    class Meta:
        model = Secondment
        fields = [
            "id", "kind", "state", "organisation", "needing", "post", "field", "tasks", "months", "chosen", "conditions",
            "signed_on", "starts_on", "ends_on", "days_left", "renewals", "exited_on", "exit_kind", "exit_reason",
            "withdrawn_reason", "created_at", "updated_at",
        ]  # fmt: skip


class SecondmentEntrySerializer(serializers.ModelSerializer):
    by = serializers.CharField(allow_null=True)

    class Meta:
        model = SecondmentEntry
        fields = ["act", "state", "at", "by", "note"]


class OwnOutcomeSerializer(serializers.ModelSerializer):
    class Meta:
        model = SecondmentOutcome
        fields = ["id", "kind", "on", "count", "what", "withdrawn_at", "withdrawn_reason"]


class SecondmentOutcomeSerializer(serializers.ModelSerializer):
    class Meta:
        model = SecondmentOutcome
        fields = ["id", "secondment", "kind", "on", "count", "what"]


class SecondmentDetailSerializer(SecondmentSerializer):
    """Candidates and history as far as the caller sees the candidates."""

    candidates = CandidateSerializer(many=True, source="seen_candidates")
    outcomes = OwnOutcomeSerializer(many=True)
    entries = serializers.SerializerMethodField()
    acts = serializers.SerializerMethodField()

    class Meta(SecondmentSerializer.Meta):
        fields = [*SecondmentSerializer.Meta.fields, "candidates", "outcomes", "entries", "acts"]

    def get_entries(self, secondment) -> SecondmentEntrySerializer(many=True):
        keys = [one.pk for one in secondment.seen_candidates]
        rows = secondment.entries.filter(Q(candidate__isnull=True) | Q(candidate__in=keys))
        return SecondmentEntrySerializer(rows.select_related("by"), many=True).data

    def get_acts(self, secondment) -> list[str]:
        """The steps that the caller may take now."""
        return transitions.acts_open_to(self.context["request"].user, secondment)


# --- What is taken in --------------------------------------------------------------------------------


def _partners(user):
    rows = Partner.objects.visible_to(user) if user else Partner.objects.all()
    return rows.current()


class SecondmentInput(serializers.Serializer):
    """A deputy is asked for by an `enterprise`, a professor by a `partner`."""

    organisation = organisation_code("linkages.change", help_text="统筹党组织代码。")
    kind = serializers.ChoiceField(choices=SecondmentKind.choices)
    enterprise = unit_code(
        required=False, allow_null=True, default=None, help_text="科技副总：需求企业的统一社会信用代码。"
    )
    partner = Scoped(
        rows=_partners, slug_field="id", required=False, allow_null=True, default=None,
        help_text="产业教授：需求院校在共建单位中的编号。",
    )  # fmt: skip
    post = Text(max_length=60)
    field = Text(max_length=80)
    tasks = Text(max_length=300)
    months = WholeNumber(min_value=1, max_value=MOST_MONTHS)

    def validate(self, attrs):
        name = NEEDED_BY[attrs["kind"]]
        units = {one: attrs.pop(one) for one in NEEDED_BY.values()}
        if units[name] is None:
            raise serializers.ValidationError({name: ["请填写需求单位。"]})
        return attrs | {"unit": units[name]}


class SecondmentActInput(serializers.Serializer):
    """Each step reads the fields that it asks for."""

    unit = Text(max_length=200, required=False, help_text="nominate：派出单位的名称或统一社会信用代码。")
    name = Text(max_length=50, required=False, help_text="nominate：姓名。")
    title = Text(max_length=60, required=False, help_text="nominate：职称或职务。")
    field = Text(max_length=80, required=False, help_text="nominate：专业领域。")
    candidate = WholeNumber(**KEY, help_text="select、drop：人选编号。")
    running = Flag(required=False, help_text="select：已核实企业运营时间（系统不掌握成立日期时）。")
    independent = Flag(required=False, help_text="select：已核实企业不是人选或其派出单位创办、控股。")
    contract = Flag(required=False, help_text="select：已核实与派出单位的聘用合同年限。")
    words = Text(max_length=300, required=False, allow_blank=True, help_text="select：选定理由。")
    on = serializers.DateField(required=False, help_text="sign、renew、outcome、exit：日期。")
    starts_on = serializers.DateField(required=False, help_text="sign：任期起。")
    ends_on = serializers.DateField(required=False, help_text="sign、renew：任期止。")
    outcome_kind = serializers.ChoiceField(choices=OutcomeKind.choices, required=False, help_text="outcome。")
    count = WholeNumber(required=False, min_value=1, max_value=MOST_AT_ONCE, help_text="outcome：数量。")
    what = Text(max_length=200, required=False, help_text="outcome：内容。")
    outcome = WholeNumber(**KEY, help_text="undo：成果编号。")
    exit_kind = serializers.ChoiceField(
        choices=ExitKind.choices, required=False, help_text="exit：退出方式。"
    )
    reason = Text(max_length=300, required=False, help_text="drop、release、undo、exit、withdraw。")


ACT = OpenApiParameter("act", str, OpenApiParameter.PATH, enum=[str(act) for act in actions.ACTIONS])


@extend_schema_view(
    list=extend_schema(summary="科技副总和产业教授", description="查询条件与网页相同。"),
    retrieve=extend_schema(summary="一项需求或聘任", responses=SecondmentDetailSerializer),
)
class SecondmentViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, SubjectViewSet):
    model = Secondment
    serializer_class = SecondmentSerializer
    filterset_class = SecondmentFilter
    may_list = staticmethod(access.can_view_secondments)
    ordering = "-pk"

    def get_serializer_class(self):
        return SecondmentSerializer if self.action == "list" else SecondmentDetailSerializer

    def rows(self):
        user = self.request.user
        rows = Secondment.objects.visible_to(user)
        if self.action == "list":
            return rows.with_units()
        seen = Candidate.objects.visible_to(user).with_units()
        rows = rows.with_candidates()
        return rows.prefetch_related("outcomes", Prefetch("candidates", seen, to_attr="seen_candidates"))

    @extend_schema(summary="登记需求", request=SecondmentInput, responses={201: SecondmentDetailSerializer})
    def create(self, request):
        require(access.can_change_agreements(request.user))
        data = self.read(SecondmentInput)
        given = {name: data.pop(name) for name in ("organisation", "kind", "unit")}
        stored = actions.draft_secondment(**given, values=data, **self.who)
        return self.shown(stored.pk, 201)

    @extend_schema(
        summary="办理一步",
        parameters=[ACT],
        request=SecondmentActInput,
        responses={200: SecondmentDetailSerializer, 204: None},
    )
    @action(detail=True, methods=["post"], url_path=f"acts/(?P<act>{'|'.join(actions.ACTIONS)})")
    def take(self, request, pk=None, act=None):
        found = self.get_object()
        require(transitions.may_take(request.user, found, act))
        form = checked(act_form(SecondmentAct(act), found, request.user, self.read(SecondmentActInput)))
        actions.ACTIONS[act](secondment=found, **form.cleaned_data, **self.who)
        return self.shown(found.pk)


@extend_schema_view(list=extend_schema(summary="聘任成果", description="查询条件与网页相同；不含已撤回的。"))
class SecondmentOutcomeViewSet(mixins.ListModelMixin, SubjectViewSet):
    model = SecondmentOutcome
    serializer_class = SecondmentOutcomeSerializer
    filterset_class = OutcomeFilter
    may_list = staticmethod(access.can_view_secondments)
    ordering = "-pk"

    def rows(self):
        return SecondmentOutcome.objects.visible_to(self.request.user).standing()
