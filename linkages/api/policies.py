"""政策直达: policies with the page's filters, drawing up, every step, and what they reached at each enterprise."""

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action

from linkages import access
from linkages.actions import policies as actions
from linkages.forms.policies import MOST_EMPLOYEES, AnswerForm, ResultForm, act_form
from linkages.models import (
    Policy,
    PolicyAnswer,
    PolicyDelivery,
    PolicyEntry,
    PolicyKind,
    PolicyResult,
)
from linkages.models.policies import LONGEST_WORD
from linkages.policies import figures
from linkages.policies.target import PLACES
from linkages.policy_filters import DeliveryFilter, PolicyFilter
from orgs.access import require
from orgs.api.fields import Amount, Flag, Numbers, Text, WholeNumber
from orgs.api.organisations import OrganisationRef, organisation_code
from orgs.api.places import PlaceRef
from orgs.api.views import SubjectViewSet, checked
from orgs.models import Area, Chain, Cluster, EnterpriseStatus, Park

# --- What is shown -----------------------------------------------------------------------------------


class PolicySerializer(serializers.ModelSerializer):
    """`last_day` is the earlier of the last days for applications and of the policy; null where there is none."""

    organisation = OrganisationRef()
    last_day = serializers.DateField(allow_null=True)
    is_open = serializers.BooleanField()

    class Meta:
        model = Policy
        fields = [
            "id", "title", "kind", "state", "organisation", "issuer", "number", "gist", "link", "applies_from",
            "applies_until", "apply_by", "last_day", "is_open", "published_at", "ended_reason", "updated_at",
        ]  # fmt: skip


class PolicyEntrySerializer(serializers.ModelSerializer):
    by = serializers.CharField(allow_null=True)

    class Meta:
        model = PolicyEntry
        fields = ["act", "at", "by", "note", "reached"]


class PolicyCountsSerializer(serializers.Serializer):
    """Enterprises, of those that the caller sees; `amount` in 万元."""

    delivered = serializers.IntegerField()
    read = serializers.IntegerField()
    unread = serializers.IntegerField()
    unanswered = serializers.IntegerField()
    applied = serializers.IntegerField()
    not_needed = serializers.IntegerField()
    granted = serializers.IntegerField()
    refused = serializers.IntegerField()
    amount = serializers.DecimalField(max_digits=14, decimal_places=2, allow_null=True)


class PolicyDetailSerializer(PolicySerializer):
    areas = PlaceRef(many=True)
    parks = PlaceRef(many=True)
    clusters = PlaceRef(many=True)
    chains = PlaceRef(many=True)
    counts = serializers.SerializerMethodField()
    entries = PolicyEntrySerializer(many=True)

    class Meta(PolicySerializer.Meta):
        fields = [
            *PolicySerializer.Meta.fields, *PLACES, "status", "min_employees", "max_employees", "is_high_tech",
            "is_key", "counts", "entries",
        ]  # fmt: skip

    def get_counts(self, policy) -> PolicyCountsSerializer:
        rows = PolicyDelivery.objects.visible_to(self.context["request"].user).filter(policy=policy)
        return PolicyCountsSerializer(figures.totals(rows)).data


class PolicyRef(serializers.ModelSerializer):
    class Meta:
        model = Policy
        fields = ["id", "title", "kind", "state", "last_day"]

    last_day = serializers.DateField(allow_null=True)


class PolicyDeliverySerializer(serializers.ModelSerializer):
    """`amount` in 万元."""

    policy = PolicyRef()
    enterprise = serializers.CharField()
    credit_code = serializers.CharField(source="enterprise.credit_code", allow_null=True)

    class Meta:
        model = PolicyDelivery
        fields = [
            "id", "policy", "enterprise", "credit_code", "delivered_at", "read_at", "answer", "answer_words",
            "answered_at", "on_behalf", "result", "result_words", "amount", "result_at",
        ]  # fmt: skip


# --- What is taken in --------------------------------------------------------------------------------


OFFERED = {
    "areas": lambda user: Area.objects.all(),
    "parks": Park.objects.visible_to,
    "clusters": lambda user: Cluster.objects.all(),
    "chains": lambda user: Chain.objects.all(),
}


def _places(label):
    return Numbers(default=list, max_length=200, help_text=f"{label}编号。")


class PolicyInput(serializers.Serializer):
    """Each list of the target that is empty demands nothing; without `status` those in operation."""

    organisation = organisation_code("linkages.change", help_text="推送党组织代码。")
    kind = serializers.ChoiceField(choices=PolicyKind.choices)
    title = Text(max_length=120)
    issuer = Text(max_length=120, help_text="发文单位。")
    number = Text(max_length=60, allow_blank=True, default="")
    gist = Text(max_length=1000)
    link = Text(max_length=300, allow_blank=True, default="", help_text="以 https:// 开头。")
    applies_from = serializers.DateField()
    applies_until = serializers.DateField(allow_null=True, default=None)
    apply_by = serializers.DateField(allow_null=True, default=None, help_text="不填即常年受理。")
    areas = _places("片区")
    parks = _places("园区")
    clusters = _places("产业集群")
    chains = _places("产业链")
    status = serializers.ChoiceField(choices=EnterpriseStatus.choices, allow_blank=True, default="")
    min_employees = WholeNumber(allow_null=True, default=None, max_value=MOST_EMPLOYEES)
    max_employees = WholeNumber(allow_null=True, default=None, max_value=MOST_EMPLOYEES)
    is_high_tech = Flag(allow_null=True, default=None)
    is_key = Flag(allow_null=True, default=None)

    def validate(self, attrs):
        for name in PLACES:
            wanted = set(attrs[name])
            attrs[name] = list(OFFERED[name](self.context["request"].user).filter(pk__in=wanted))
            if len(attrs[name]) < len(wanted):
                raise serializers.ValidationError({name: ["在您的范围内找不到所填的编号。"]})
        return attrs


class PolicyActInput(serializers.Serializer):
    """Each step reads the fields that it asks for."""

    apply_by = serializers.DateField(required=False, help_text="prolong：新的申报截止。")
    reason = Text(max_length=LONGEST_WORD, required=False, help_text="close、withdraw：原因。")


class PolicyAnswerInput(serializers.Serializer):
    answer = serializers.ChoiceField(choices=PolicyAnswer.choices)
    words = Text(max_length=LONGEST_WORD, allow_blank=True, required=False)


class PolicyResultInput(serializers.Serializer):
    result = serializers.ChoiceField(choices=PolicyResult.choices)
    amount = Amount(
        max_digits=12, decimal_places=2, min_value=0, required=False, allow_null=True, help_text="万元。"
    )
    words = Text(max_length=LONGEST_WORD, allow_blank=True, required=False)


ACT = OpenApiParameter("act", str, OpenApiParameter.PATH, enum=[str(act) for act in actions.ACTIONS])


@extend_schema_view(
    list=extend_schema(summary="政策", description="查询条件与网页相同。"),
    retrieve=extend_schema(summary="一条政策和送达情况", responses=PolicyDetailSerializer),
)
class PolicyViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, SubjectViewSet):
    model = Policy
    serializer_class = PolicySerializer
    filterset_class = PolicyFilter
    may_list = staticmethod(access.can_view_policies)
    ordering = "-pk"

    def get_serializer_class(self):
        return PolicySerializer if self.action == "list" else PolicyDetailSerializer

    def rows(self):
        rows = Policy.objects.visible_to(self.request.user).select_related("organisation")
        return rows if self.action == "list" else rows.with_target().prefetch_related("entries__by")

    @extend_schema(summary="登记政策", request=PolicyInput, responses={201: PolicyDetailSerializer})
    def create(self, request):
        require(access.can_change_agreements(request.user))
        data = self.read(PolicyInput)
        home = data.pop("organisation")
        stored = actions.draft_policy(organisation=home, values=data, **self.who)
        return self.shown(stored.pk, 201)

    @extend_schema(
        summary="办理一步", parameters=[ACT], request=PolicyActInput, responses={200: PolicyDetailSerializer}
    )
    @action(detail=True, methods=["post"], url_path=f"acts/(?P<act>{'|'.join(actions.ACTIONS)})")
    def take(self, request, pk=None, act=None):
        found = self.get_object()
        require(access.can_keep_policy(request.user, found))
        form = checked(act_form(act, self.read(PolicyActInput)))
        actions.ACTIONS[act](policy=found, **form.cleaned_data, **self.who)
        return self.shown(found.pk)


@extend_schema_view(
    list=extend_schema(summary="政策送达", description="查询条件与网页相同；企业联系人只有本企业的。"),
    retrieve=extend_schema(summary="一家企业收到的一条政策"),
)
class PolicyDeliveryViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, SubjectViewSet):
    model = PolicyDelivery
    serializer_class = PolicyDeliverySerializer
    filterset_class = DeliveryFilter
    ordering = "-pk"

    @staticmethod
    def may_list(user) -> bool:
        return access.can_view_policies(user) or access.can_view_own_policies(user)

    def rows(self):
        rows = PolicyDelivery.objects.visible_to(self.request.user)
        return rows.select_related("policy__organisation", "enterprise").defer("enterprise__contact_phone")

    @extend_schema(summary="标为已读（企业联系人）", request=None, responses=PolicyDeliverySerializer)
    @action(detail=True, methods=["post"], url_path="read", url_name="read")
    def mark_read(self, request, pk=None):
        found = self.get_object()
        require(access.reads_as_contact(request.user, found))
        actions.read_policy(delivery=found, **self.who)
        return self.shown(found.pk)

    @extend_schema(summary="答复", request=PolicyAnswerInput, responses=PolicyDeliverySerializer)
    @action(detail=True, methods=["post"])
    def answer(self, request, pk=None):
        return self._say(PolicyAnswerInput, AnswerForm, actions.answer_policy)

    @extend_schema(summary="登记申请结果", request=PolicyResultInput, responses=PolicyDeliverySerializer)
    @action(detail=True, methods=["post"])
    def result(self, request, pk=None):
        return self._say(PolicyResultInput, ResultForm, actions.record_result)

    def _say(self, serializer, form_class, act):
        found = self.get_object()
        require(access.can_answer_policy(self.request.user, found))
        form = checked(form_class(self.read(serializer)))
        act(delivery=found, **form.cleaned_data, **self.who)
        return self.shown(found.pk)
