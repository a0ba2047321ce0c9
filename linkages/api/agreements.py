"""共建协议: the list with the page's filters, one agreement, what is done with it."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from activities.models import Activity
from linkages import access
from linkages.actions import agreements as actions
from linkages.actions import booking
from linkages.brought import Brought, brought_by
from linkages.filters import AgreementFilter, NetworkFilter, PartnerFilter
from linkages.models import (
    Agreement,
    AgreementActivity,
    AgreementEntry,
    AgreementResult,
    BookedAs,
    Content,
    Partner,
    Party,
    ResultKind,
)
from linkages.network import network_asked
from linkages.states import AgreementState, with_state
from linkages.units import organisations_for
from orgs.access import require
from orgs.api.errors import refusal
from orgs.api.fields import Amount, Flag, Scoped, Text, WholeNumber
from orgs.api.organisations import OrganisationRef, organisation_code
from orgs.api.views import SubjectViewSet

PER_YEAR = {"max_value": 99, "default": 0}


# --- What is shown -----------------------------------------------------------------------------------


class PartnerSerializer(serializers.ModelSerializer):
    class Meta:
        model = Partner
        fields = ["id", "name", "kind", "contact_office", "credit_code"]


class PartySerializer(serializers.ModelSerializer):
    """One of `organisation` and `partner` is filled."""

    organisation = OrganisationRef(allow_null=True)
    partner = PartnerSerializer(allow_null=True)

    class Meta:
        model = Party
        fields = [
            "id", "organisation", "partner", "leader_name", "liaison_name", "items_per_year", "resources_per_year",
        ]  # fmt: skip


class AgreementSerializer(serializers.ModelSerializer):
    """`state` is reckoned for today; `last_on` the latest day of anything booked."""

    organisation = OrganisationRef()
    parties = PartySerializer(many=True)
    contents = serializers.SerializerMethodField()
    state = serializers.ChoiceField(choices=AgreementState.choices)
    last_on = serializers.DateField(allow_null=True)

    class Meta:
        model = Agreement
        fields = [
            "id", "number", "title", "aim", "organisation", "parties", "contents", "starts_on", "ends_on",
            "meetings_per_year", "activities_per_year", "signed_on", "ended_on", "end_reason", "predecessor",
            "state", "last_on", "updated_at",
        ]  # fmt: skip

    def get_contents(self, agreement) -> list[str]:
        return [row.content for row in agreement.contents.all()]


class AgreementBookingSerializer(serializers.ModelSerializer):
    title = serializers.CharField(source="activity.title")
    held_on = serializers.DateField(source="activity.held_on")

    class Meta:
        model = AgreementActivity
        fields = ["id", "activity", "title", "held_on", "booked_as", "withdrawn_at", "withdrawn_reason"]


class AgreementResultSerializer(serializers.ModelSerializer):
    class Meta:
        model = AgreementResult
        fields = [
            "id", "kind", "on", "what", "party", "beneficiary", "people", "hired", "members", "amount",
            "withdrawn_at", "withdrawn_reason",
        ]  # fmt: skip


class AgreementEntrySerializer(serializers.ModelSerializer):
    by = serializers.CharField(allow_null=True)

    class Meta:
        model = AgreementEntry
        fields = ["act", "at", "by", "note"]


class BroughtSerializer(serializers.Serializer):
    """Standing activities and results, rated orders. `amount` in 万元."""

    activities = serializers.IntegerField()
    items = serializers.IntegerField()
    resources = serializers.IntegerField()
    problems = serializers.IntegerField()
    people = serializers.IntegerField()
    hired = serializers.IntegerField()
    members = serializers.IntegerField()
    orders = serializers.IntegerField()
    served = serializers.IntegerField()
    patents = serializers.IntegerField()
    contracts = serializers.IntegerField()
    amount = serializers.DecimalField(max_digits=16, decimal_places=2)


class AgreementDetailSerializer(AgreementSerializer):
    brought = serializers.SerializerMethodField()
    bookings = AgreementBookingSerializer(many=True)
    results = AgreementResultSerializer(many=True)
    entries = AgreementEntrySerializer(many=True)

    class Meta(AgreementSerializer.Meta):
        fields = [*AgreementSerializer.Meta.fields, "brought", "bookings", "results", "entries"]

    @extend_schema_field(BroughtSerializer)
    def get_brought(self, agreement):
        return BroughtSerializer(brought_by([agreement.pk]).get(agreement.pk, Brought())).data


# --- What is taken in --------------------------------------------------------------------------------


def _readable(model, **kwargs):
    def rows(user):
        return model.objects.visible_to(user) if user else model.objects.all()

    return Scoped(rows=rows, slug_field="id", **kwargs)


class PartyCode(Scoped):
    """Any active organisation at or below the caller's top organisations, by its whole code."""

    def __init__(self, **kwargs):
        super().__init__(rows=organisations_for, slug_field="code", **kwargs)


class PartyInput(serializers.Serializer):
    """One of `organisation` and `partner`."""

    organisation = PartyCode(required=False, allow_null=True, help_text="党组织代码。")
    partner = _readable(Partner, required=False, allow_null=True, help_text="共建单位编号。")
    leader_name = Text(max_length=50, required=False, allow_blank=True, default="")
    liaison_name = Text(max_length=50, required=False, allow_blank=True, default="")
    items_per_year = WholeNumber(**PER_YEAR)
    resources_per_year = WholeNumber(**PER_YEAR)


class AgreementInput(serializers.Serializer):
    organisation = organisation_code("linkages.change", help_text="起草党组织代码，须是协议一方。")
    title = Text(max_length=120)
    number = Text(max_length=40, required=False, allow_blank=True, default="")
    aim = Text(max_length=500, required=False, allow_blank=True, default="")
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()
    meetings_per_year = WholeNumber(**PER_YEAR)
    activities_per_year = WholeNumber(**PER_YEAR)
    contents = serializers.ListField(
        child=serializers.ChoiceField(choices=Content.choices), min_length=1, max_length=len(Content)
    )
    parties = serializers.ListField(child=PartyInput(), min_length=2, max_length=50)
    long_term_confirmed = Flag(default=False, help_text="期限超过一般年限的，须确认。")


class AgreementSignInput(serializers.Serializer):
    on = serializers.DateField(default=timezone.localdate, help_text="默认今天。")


class AgreementEndInput(serializers.Serializer):
    on = serializers.DateField(default=timezone.localdate, help_text="默认今天。")
    reason = Text(max_length=300)


class AgreementBookInput(serializers.Serializer):
    activity = _readable(Activity, help_text="活动编号。")
    booked_as = serializers.ChoiceField(choices=BookedAs.choices, default=BookedAs.ACTIVITY)


class AgreementResultInput(serializers.Serializer):
    kind = serializers.ChoiceField(choices=ResultKind.choices)
    on = serializers.DateField(default=timezone.localdate, help_text="默认今天。")
    what = Text(max_length=200)
    party = WholeNumber(
        min_value=1, max_value=2**53, required=False, allow_null=True, help_text="本协议一方的编号。"
    )
    beneficiary = Text(max_length=120, required=False, allow_blank=True, default="")
    people = WholeNumber(default=0)
    hired = WholeNumber(default=0)
    members = WholeNumber(default=0)
    amount = Amount(
        max_digits=12, decimal_places=2, min_value=0, required=False, allow_null=True, help_text="万元。"
    )


class NodeSerializer(serializers.Serializer):
    """`of` says what it stands for: an organisation with everything `below`, one `alone`, a partner `unit`, a `kind` of them;
    `value` is the code of the organisation, the id of the unit, or the kind."""

    of = serializers.ChoiceField(choices=["below", "alone", "unit", "kind"], source="key.of")
    value = serializers.SerializerMethodField()
    name = serializers.CharField()
    agreements = serializers.IntegerField(source="count")

    def get_value(self, node) -> str:
        return node.row.code if node.key.is_inside else str(node.key.value)


class TieSerializer(serializers.Serializer):
    """`one` and `other` are places in `nodes`; `idle` of the agreements run without anything booked."""

    one = serializers.IntegerField(source="one.place")
    other = serializers.IntegerField(source="other.place")
    agreements = serializers.IntegerField(source="count")
    idle = serializers.IntegerField()
    last_on = serializers.DateField(allow_null=True)
    brought = BroughtSerializer()


class NetworkSerializer(serializers.Serializer):
    agreements = serializers.IntegerField()
    partners = serializers.IntegerField()
    idle = serializers.IntegerField()
    brought = BroughtSerializer()
    nodes = NodeSerializer(many=True)
    ties = TieSerializer(many=True)


@extend_schema_view(
    list=extend_schema(summary="共建协议列表", description="查询条件与网页列表相同。"),
    retrieve=extend_schema(summary="一份共建协议", responses=AgreementDetailSerializer),
)
class AgreementViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, SubjectViewSet):
    model = Agreement
    serializer_class = AgreementSerializer
    filterset_class = AgreementFilter
    may_list = staticmethod(access.can_view_agreements)
    ordering = "-pk"

    def get_serializer_class(self):
        return AgreementSerializer if self.action == "list" else AgreementDetailSerializer

    def rows(self):
        rows = with_state(Agreement.objects.visible_to(self.request.user)).with_parties()
        rows = rows.prefetch_related("contents")
        if self.action == "list":
            return rows
        return rows.prefetch_related("bookings__activity", "results", "entries__by")

    def _changeable(self):
        found = self.get_object()
        require(access.can_change_agreement(self.request.user, found))
        return found

    @extend_schema(summary="起草", request=AgreementInput, responses={201: AgreementDetailSerializer})
    def create(self, request):
        require(access.can_change_agreements(request.user))
        data = self.read(AgreementInput)
        stored = actions.draft_agreement(
            organisation=data["organisation"],
            values={name: data[name] for name in actions.FIELDS},
            parties=data["parties"],
            contents=data["contents"],
            long_term_confirmed=data["long_term_confirmed"],
            **self.who,
        )
        return self.shown(stored.pk, 201)

    @extend_schema(summary="联建网络", responses={200: NetworkSerializer})
    @action(detail=False, filterset_class=NetworkFilter, pagination_class=None)
    def network(self, request):
        user = request.user
        require(access.can_view_partners(user))
        filterset = NetworkFilter(
            request.query_params, with_state(Agreement.objects.visible_to(user)), request=request
        )
        if not filterset.is_valid():
            raise refusal(filterset.errors)
        return Response(NetworkSerializer(network_asked(user, filterset)).data)

    @extend_schema(summary="登记签署", request=AgreementSignInput, responses={200: AgreementDetailSerializer})
    @action(detail=True, methods=["post"])
    def sign(self, request, pk=None):
        found = self._changeable()
        actions.sign_agreement(agreement=found, **self.read(AgreementSignInput), **self.who)
        return self.shown(found.pk)

    @extend_schema(summary="登记活动", request=AgreementBookInput, responses={200: AgreementDetailSerializer})
    @action(detail=True, methods=["post"])
    def book(self, request, pk=None):
        found = self._changeable()
        booking.book_activity(agreement=found, **self.read(AgreementBookInput), **self.who)
        return self.shown(found.pk)

    @extend_schema(
        summary="登记成效", request=AgreementResultInput, responses={200: AgreementDetailSerializer}
    )
    @action(detail=True, methods=["post"])
    def result(self, request, pk=None):
        found = self._changeable()
        data = self.read(AgreementResultInput)
        if key := data.pop("party", None):
            data["party"] = found.parties.filter(pk=key).first()
            if data["party"] is None:
                raise serializers.ValidationError({"party": ["请选择本协议的一方。"]})
        booking.add_result(agreement=found, **data, **self.who)
        return self.shown(found.pk)

    @extend_schema(summary="提前终止", request=AgreementEndInput, responses={200: AgreementDetailSerializer})
    @action(detail=True, methods=["post"])
    def end(self, request, pk=None):
        found = self._changeable()
        actions.end_agreement(agreement=found, **self.read(AgreementEndInput), **self.who)
        return self.shown(found.pk)


@extend_schema_view(list=extend_schema(summary="共建单位"), retrieve=extend_schema(summary="一个共建单位"))
class PartnerViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, SubjectViewSet):
    model = Partner
    serializer_class = PartnerSerializer
    filterset_class = PartnerFilter
    may_list = staticmethod(access.can_view_partners)

    def rows(self):
        return Partner.objects.visible_to(self.request.user).current()
