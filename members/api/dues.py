"""党费: what is owed for which month, receipts, what members pay by, the summary upward."""

from decimal import Decimal

import django_filters as filters
from django.http import Http404
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from members import access as members_access
from members.actions import dues as actions
from members.dues import ledger
from members.dues.choices import DuesCategory, PaymentMethod
from members.dues.scales import months_between, parse_month
from members.models import DuesAllocation, DuesBasis, DuesCharge, DuesPayment, Member
from orgs import access
from orgs.api.fields import Amount, Numbers, Scoped, Text
from orgs.api.filters import YES_NO, by_code, refuse_unknown
from orgs.api.organisations import OrganisationRef, organisation_code
from orgs.api.views import SubjectViewSet
from orgs.models import Organisation

LONGEST_SUMMARY = 24  # months


@extend_schema_field({"type": "string", "pattern": r"^\d{4}-(0[1-9]|1[0-2])$", "example": "2026-03"})
class MonthField(serializers.Field):
    """A month as 2026-03."""

    def to_internal_value(self, data):
        month = parse_month(data) if isinstance(data, str) and len(data) == 7 else None
        if month is None:
            raise serializers.ValidationError("请填写月份，如2026-03。")
        return month

    def to_representation(self, value):
        return f"{value:%Y-%m}"


class Money(Amount):
    def __init__(self, **kwargs):
        super().__init__(**{"max_digits": 10, "decimal_places": 2, "min_value": Decimal(0)} | kwargs)


def member_field():
    """A member at whose home the caller may change members, by id."""

    def rows(user):
        return Member.objects.permitted_to(user, "members.change") if user else Member.objects.all()

    return Scoped(rows=rows, slug_field="id")


# --- What is shown ----------------------------------------------------------------------------------------


class MemberRef(serializers.ModelSerializer):
    class Meta:
        model = Member
        fields = ["id", "name"]


class ChargeSerializer(serializers.ModelSerializer):
    member = MemberRef()
    organisation = OrganisationRef()
    month = MonthField()

    class Meta:
        model = DuesCharge
        fields = ["id", "member", "organisation", "month", "amount_due", "amount_paid"]


class AllocationSerializer(serializers.ModelSerializer):
    class Meta:
        model = DuesAllocation
        fields = ["charge", "amount"]


class DuesPaymentSerializer(serializers.ModelSerializer):
    """`reverses` is the id of the receipt that this one takes back."""

    organisation = OrganisationRef()
    receipt_no = serializers.CharField()
    allocations = AllocationSerializer(many=True)

    class Meta:
        model = DuesPayment
        fields = [
            "id", "receipt_no", "organisation", "kind", "member", "payer_name", "amount", "paid_on", "method",
            "passed_whole", "reason", "approval_no", "reverses", "allocations", "recorded_at",
        ]  # fmt: skip


class BasisSerializer(serializers.ModelSerializer):
    """Without the base, which is shown for a stated purpose only, on the member's page."""

    effective_from = MonthField()
    reduced_until = MonthField(allow_null=True)

    class Meta:
        model = DuesBasis
        fields = [
            "id", "member", "effective_from", "category", "standard_amount", "monthly_amount", "reduced_until", "reason",
            "approval_no", "fixed_at",
        ]  # fmt: skip


# --- What is written --------------------------------------------------------------------------------------


class PaymentInput(serializers.Serializer):
    organisation = organisation_code("members.change", help_text="收款党组织代码。")
    charges = Numbers(min_length=1, max_length=500, help_text="应交党费编号。")
    paid_on = serializers.DateField()
    method = serializers.ChoiceField(choices=PaymentMethod.choices)
    proxy_name = Text(
        max_length=50, required=False, allow_blank=True, help_text="代交人；填写时合开一张收据。"
    )
    reason = Text(max_length=200, required=False, allow_blank=True)
    approval_no = Text(max_length=60, required=False, allow_blank=True)


class ReversalInput(serializers.Serializer):
    reason = Text(max_length=200)


class BasisInput(serializers.Serializer):
    member = member_field()
    effective_from = MonthField()
    category = serializers.ChoiceField(choices=DuesCategory.choices)
    base = Money(required=False, allow_null=True, help_text="计算基数（元/月），加密保存。")
    agreed = Money(required=False, allow_null=True, help_text="农民每月交纳（元）。")
    reduced_to = Money(required=False, allow_null=True, help_text="减免后每月交纳（元），免交为0。")
    reduced_until = MonthField(required=False, allow_null=True)
    reason = Text(max_length=200, required=False, allow_blank=True)
    approval_no = Text(max_length=60, required=False, allow_blank=True)


# --- Views ------------------------------------------------------------------------------------------------


class ChargeFilter(filters.FilterSet):
    organisation = by_code("党支部代码")
    month = filters.CharFilter(label="月份，如2026-03", max_length=7, method="filter_month")
    unpaid = filters.ChoiceFilter(choices=YES_NO, label="未交", method="filter_unpaid")

    class Meta:
        model = DuesCharge
        fields: list[str] = []

    def filter_month(self, queryset, name, value):
        if (month := parse_month(value)) is None:
            raise ValidationError({"month": "请填写月份，如2026-03。"})
        return queryset.filter(month=month)

    def filter_unpaid(self, queryset, name, value):
        return queryset.unpaid() if value == "1" else queryset.settled()


@extend_schema_view(list=extend_schema(summary="应交党费"), retrieve=extend_schema(summary="一笔应交党费"))
class DuesChargeViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, SubjectViewSet):
    model = DuesCharge
    serializer_class = ChargeSerializer
    filterset_class = ChargeFilter
    may_list = staticmethod(members_access.can_view_members)

    def rows(self):
        rows = DuesCharge.objects.visible_to(self.request.user).select_related("member", "organisation")
        return rows.only(
            "month", "amount_due", "amount_paid", "member__name", "organisation__code", "organisation__name"
        )


@extend_schema_view(list=extend_schema(summary="党费收据"), retrieve=extend_schema(summary="一张收据"))
class DuesPaymentViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, SubjectViewSet):
    model = DuesPayment
    serializer_class = DuesPaymentSerializer
    ordering = "-pk"
    may_list = staticmethod(members_access.can_view_members)

    def rows(self):
        rows = DuesPayment.objects.visible_to(self.request.user).select_related("organisation")
        return rows.defer("organisation__contact_phone").prefetch_related("allocations")

    @extend_schema(
        summary="登记交纳", request=PaymentInput, responses={201: DuesPaymentSerializer(many=True)}
    )
    def create(self, request):
        access.require(members_access.can_change_members(request.user))
        values = self.read(PaymentInput)
        asked = set(values.pop("charges"))
        charges = DuesCharge.objects.payable_by(request.user).filter(pk__in=asked)
        found = list(charges.values_list("pk", flat=True))
        if missing := asked - set(found):
            raise ValidationError({"charges": f"在您的范围内找不到{min(missing)}。"})
        payments = actions.take_payments(charges=found, **values, **self.who)
        rows = self.rows().filter(pk__in=[payment.pk for payment in payments])
        return Response(self.get_serializer(rows, many=True).data, status=201)

    @extend_schema(summary="冲正", request=ReversalInput, responses={200: DuesPaymentSerializer})
    @action(detail=True, methods=["post"])
    def reverse(self, request, pk=None):
        payment = self.get_object()
        access.require(members_access.can_change_members_at(request.user, payment.organisation))
        reversal = actions.reverse_payment(payment=payment, **self.read(ReversalInput), **self.who)
        return self.shown(reversal.pk)


@extend_schema_view(list=extend_schema(summary="党费核定"))
class DuesBasisViewSet(mixins.ListModelMixin, SubjectViewSet):
    model = DuesBasis
    serializer_class = BasisSerializer
    may_list = staticmethod(members_access.can_view_members)

    def rows(self):
        seen = Member.objects.permitted_to(self.request.user, "members.view").order_by().values("pk")
        return DuesBasis.objects.filter(member__in=seen).defer("base").order_by()

    @extend_schema(summary="核定", request=BasisInput, responses={201: BasisSerializer})
    def create(self, request):
        access.require(members_access.can_change_members(request.user))
        basis = actions.fix_basis(**self.read(BasisInput), **self.who)
        return self.shown(basis.pk, 201)


class SummaryQuery(serializers.Serializer):
    organisation = serializers.CharField(max_length=40, help_text="党组织代码。")
    first = MonthField(help_text="起始月份。")
    last = MonthField(help_text="截止月份。")

    def validate(self, attrs):
        if not 0 <= months_between(attrs["first"], attrs["last"]) < LONGEST_SUMMARY:
            raise ValidationError({"last": f"截止月份应不早于起始月份，最多{LONGEST_SUMMARY}个月。"})
        return attrs


class SummaryLineSerializer(serializers.Serializer):
    """`members` counts charges, one for each member and month."""

    organisation = OrganisationRef()
    members = serializers.IntegerField(source="figures.members")
    unpaid = serializers.IntegerField(source="figures.unpaid")
    due = serializers.DecimalField(source="figures.due", max_digits=14, decimal_places=2)
    paid = serializers.DecimalField(source="figures.paid", max_digits=14, decimal_places=2)
    arrears = serializers.IntegerField()
    gifts = serializers.DecimalField(max_digits=14, decimal_places=2)
    returned = serializers.DecimalField(max_digits=14, decimal_places=2)


class SummarySerializer(serializers.Serializer):
    lines = SummaryLineSerializer(many=True)
    total = SummaryLineSerializer()


class DuesSummaryView(APIView):
    """What is outside the caller's scope is not found, whether it exists or not."""

    permission_classes = [IsAuthenticated]

    @extend_schema(
        summary="党费汇总",
        parameters=[SummaryQuery],
        responses=SummarySerializer,
    )
    def get(self, request):
        access.require(members_access.can_view_members(request.user))
        refuse_unknown(request.query_params, SummaryQuery().fields)
        query = SummaryQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        seen = Organisation.objects.permitted_to(request.user, "members.view")
        organisation = seen.filter(code=asked["organisation"]).first()
        if organisation is None:
            raise Http404
        found = ledger.summary(organisation, asked["first"], asked["last"])
        return Response(SummarySerializer(found).data)
