"""订单: the list with the page's filters, one order with its timeline, raising, and every step of the table."""

from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action

from linkages import access
from linkages.actions import orders as actions
from linkages.api.agreements import PartnerSerializer, PartyCode
from linkages.forms.orders import requesters
from linkages.models import (
    STARS,
    Agreement,
    Ground,
    Order,
    OrderAct,
    OrderCall,
    OrderEntry,
    OrderGroup,
    OrderKind,
    Partner,
)
from linkages.models.orders import LONGEST_TEXT, MOST_COUNTED
from linkages.order_filters import OrderFilter
from linkages.orders.shown import mark
from linkages.orders.transitions import RULES, acts_open_to, may_take
from members.models import Member
from orgs.access import require
from orgs.api.fields import Amount, Flag, Scoped, Text, WholeNumber
from orgs.api.organisations import OrganisationRef
from orgs.api.views import SubjectViewSet
from orgs.models import Enterprise


class OrderKindSerializer(serializers.ModelSerializer):
    last_resort = OrganisationRef(allow_null=True)

    class Meta:
        model = OrderKind
        fields = [
            "id", "group", "name", "topic", "triage_hours", "accept_hours", "finish_hours", "is_private", "last_resort",
        ]  # fmt: skip


class OrderCallSerializer(serializers.ModelSerializer):
    organisation = OrganisationRef(allow_null=True)
    partner = PartnerSerializer(allow_null=True)

    class Meta:
        model = OrderCall
        fields = ["id", "organisation", "partner", "called_at", "due_at", "arrived_at", "released_at"]


class OrderSerializer(serializers.ModelSerializer):
    """Of a private order `text`, `requester`, `result` and `rating_words` are null for whoever may not read them; so are
    `agreement` and `need` for whoever may not see those."""

    kind = serializers.CharField(source="kind.name")
    group = serializers.ChoiceField(source="kind.group", choices=OrderGroup.choices)
    number = serializers.CharField()
    requester = serializers.SerializerMethodField()
    enterprise = serializers.SerializerMethodField()
    text = serializers.SerializerMethodField()
    result = serializers.SerializerMethodField()
    rating_words = serializers.SerializerMethodField()
    organisation = OrganisationRef()
    handler = OrganisationRef(allow_null=True)
    handler_partner = PartnerSerializer(allow_null=True)
    is_overdue = serializers.BooleanField()
    agreement = serializers.SerializerMethodField()
    need = serializers.SerializerMethodField()
    calls = OrderCallSerializer(many=True)

    class Meta:
        model = Order
        fields = [
            "id", "number", "kind", "group", "is_private", "requester", "enterprise", "text", "is_urgent", "on_behalf",
            "raised_at", "state", "stage", "due_at", "is_overdue", "organisation", "handler", "handler_partner",
            "agreement", "need", "ground", "whistled_at", "calls", "result", "amount_yuan", "persons", "patents", "contracts",
            "finished_at", "rating", "rating_words", "closed_at", "updated_at",
        ]  # fmt: skip

    def to_representation(self, order):
        return super().to_representation(mark(order, self.context["request"].user))

    def get_requester(self, order) -> str | None:
        return order.who if order.readable else None

    def get_enterprise(self, order) -> int | None:
        return order.enterprise_id if order.readable else None

    def get_agreement(self, order) -> int | None:
        return order.agreement_id if order.sees_agreement else None

    def get_need(self, order) -> int | None:
        return order.need_id if order.sees_need else None

    def get_text(self, order) -> str | None:
        return order.words if order.readable else None

    def get_result(self, order) -> str | None:
        return order.result_words if order.readable else None

    def get_rating_words(self, order) -> str | None:
        return order.rating_sentence if order.readable else None


class OrderEntrySerializer(serializers.ModelSerializer):
    unit = serializers.SerializerMethodField()

    class Meta:
        model = OrderEntry
        fields = ["act", "state", "stage", "rung", "unit", "at"]

    def get_unit(self, entry) -> str:
        return str(entry.unit or "")


class OrderLineSerializer(OrderEntrySerializer):
    note = serializers.CharField(source="words", allow_null=True)

    class Meta(OrderEntrySerializer.Meta):
        fields = [*OrderEntrySerializer.Meta.fields, "note"]


class OrderDetailSerializer(OrderSerializer):
    """`acts`: the steps that the caller may take now."""

    acts = serializers.SerializerMethodField()
    entries = serializers.SerializerMethodField()

    class Meta(OrderSerializer.Meta):
        fields = [*OrderSerializer.Meta.fields, "acts", "entries"]

    def get_acts(self, order) -> list[str]:
        return [str(act) for act in acts_open_to(self.context["request"].user, order)]

    @extend_schema_field(OrderLineSerializer(many=True))
    def get_entries(self, order):
        found = OrderLineSerializer(order.entries.select_related("organisation", "partner"), many=True).data
        return found if order.readable else [line | {"note": None} for line in found]


# --- What is taken in ------------------------------------------------------------------------------------


def _enterprises(user):
    """One's own as a contact, and those of one's scope."""
    if user is None:
        return Enterprise.objects.all()
    return Enterprise.objects.filter(pk__in=user.contact_enterprise_ids) | Enterprise.objects.permitted_to(
        user, "linkages.change"
    )


def _kinds(user):
    return OrderKind.objects.visible_to(user).open() if user else OrderKind.objects.open()


def _partners(user):
    return Partner.objects.visible_to(user).current() if user else Partner.objects.current()


def _agreements(user):
    return Agreement.objects.visible_to(user) if user else Agreement.objects.all()


def _id(rows, **kwargs):
    return Scoped(rows=rows, slug_field="id", **kwargs)


OPTIONAL = {"required": False, "allow_null": True, "default": None}
COUNTED = {"max_value": MOST_COUNTED, "default": 0}


class OrderInput(serializers.Serializer):
    """`enterprise` null: about the caller, who is a member."""

    kind = _id(_kinds, help_text="事项编号。")
    enterprise = _id(_enterprises, help_text="企业编号；党员本人点单时不填。", **OPTIONAL)
    text = Text(max_length=LONGEST_TEXT)
    is_urgent = Flag(default=False)
    ticket = serializers.UUIDField(help_text="同一凭据只生成一张订单。", **OPTIONAL)


# What a rule asks for → its fields.
FIELDS = {
    "reason": lambda: {"reason": Text(max_length=LONGEST_TEXT)},
    "words": lambda: {"words": Text(max_length=LONGEST_TEXT, required=False, allow_blank=True, default="")},
    "note": lambda: {"note": Text(max_length=LONGEST_TEXT)},
    "result": lambda: {"result": Text(max_length=LONGEST_TEXT)},
    "amount_yuan": lambda: {
        "amount_yuan": Amount(max_digits=14, decimal_places=2, min_value=0, help_text="元。", **OPTIONAL)
    },
    "persons": lambda: {"persons": WholeNumber(**COUNTED)},
    "patents": lambda: {"patents": WholeNumber(**COUNTED)},
    "contracts": lambda: {"contracts": WholeNumber(**COUNTED)},
    "rating": lambda: {"rating": WholeNumber(min_value=min(STARS), max_value=max(STARS))},
    "ground": lambda: {"ground": serializers.ChoiceField(choices=Ground.choices)},
    "lead": lambda: {"lead": PartyCode(**OPTIONAL)},
    "agreement": lambda: {"agreement": _id(_agreements, **OPTIONAL)},
    "unit": lambda: {"organisation": PartyCode(**OPTIONAL), "partner": _id(_partners, **OPTIONAL)},
    "called": lambda: {
        "organisations": serializers.ListField(
            child=PartyCode(), default=list, max_length=actions.MOST_CALLED
        ),
        "partners": serializers.ListField(child=_id(_partners), default=list, max_length=actions.MOST_CALLED),
    },
    "call": lambda: {"call": WholeNumber(min_value=1, max_value=2**53, help_text="本订单吹哨记录的编号。")},
}


def _input_of(act) -> type[serializers.Serializer]:
    fields = {"stage": WholeNumber(help_text="所见的环节序号；已变化时不办理。", **OPTIONAL)}
    for name in RULES[act].asks:
        fields |= FIELDS[name]()
    name = "".join(part.title() for part in str(act).split("_"))
    return type(f"Order{name}Input", (serializers.Serializer,), fields)


INPUTS = {act: _input_of(act) for act in RULES}


def _step(act):
    @extend_schema(summary=OrderAct(act).label, request=INPUTS[act], responses={200: OrderDetailSerializer})
    def take(self, request, pk=None):
        found = self.get_object()
        require(may_take(request.user, found, act))
        values = dict(self.read(INPUTS[act]))
        if "unit" in RULES[act].asks:
            values["unit"] = _one_of(values.pop("organisation"), values.pop("partner"))
        if "called" in RULES[act].asks:
            values["called"] = [*values.pop("organisations"), *values.pop("partners")]
        if "call" in values:
            values["call"] = OrderCall(pk=values["call"])
        actions.ACTIONS[act](order=found, **values, **self.who)
        return self.shown(found.pk)

    take.__name__ = f"step_{act}"  # “dispatch” is what every view is entered by
    return action(detail=True, methods=["post"], url_path=str(act), url_name=str(act))(take)


def _one_of(organisation, partner):
    if (organisation is None) == (partner is None):
        raise serializers.ValidationError({"organisation": ["请填写一个党组织或一个共建单位。"]})
    return organisation or partner


@extend_schema_view(
    list=extend_schema(
        summary="订单列表", description="查询条件与网页列表相同；诉求人只看到本企业或本人的。"
    ),
    retrieve=extend_schema(summary="一张订单", responses=OrderDetailSerializer),
)
class OrderViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, SubjectViewSet):
    model = Order
    serializer_class = OrderSerializer
    filterset_class = OrderFilter
    may_list = staticmethod(access.can_open_orders)
    ordering = "-pk"

    def get_serializer_class(self):
        return OrderSerializer if self.action == "list" else OrderDetailSerializer

    def rows(self):
        return Order.objects.visible_to(self.request.user).with_units().with_links(self.request.user)

    @extend_schema(summary="点单", request=OrderInput, responses={201: OrderDetailSerializer})
    def create(self, request):
        user = request.user
        require(access.can_raise_own_orders(user) or access.can_raise_on_behalf(user))
        data = dict(self.read(OrderInput))
        if data["enterprise"] is None:
            data["member"] = next((one for one in requesters(user) if isinstance(one, Member)), None)
            if data["member"] is None:
                raise serializers.ValidationError({"enterprise": ["请填写企业编号。"]})
        stored = actions.raise_order(**data, **self.who)
        return self.shown(stored.pk, 201)


for _act in RULES:
    setattr(OrderViewSet, f"step_{_act}", _step(_act))


@extend_schema_view(list=extend_schema(summary="订单事项"), retrieve=extend_schema(summary="一个订单事项"))
class OrderKindViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, SubjectViewSet):
    """What may be asked for where the caller belongs."""

    model = OrderKind
    serializer_class = OrderKindSerializer
    may_list = staticmethod(access.can_open_orders)
    ordering = "pk"

    def rows(self):
        return _kinds(self.request.user).select_related("last_resort")
