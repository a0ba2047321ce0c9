"""培训学时: courses taken elsewhere."""

from decimal import Decimal

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from activities import access
from activities.actions import training as actions
from activities.api.parts import MemberKey
from activities.models import TrainingCredit
from orgs.access import require
from orgs.api.fields import Text
from orgs.api.views import SubjectViewSet


class TrainingCreditSerializer(serializers.ModelSerializer):
    name = serializers.CharField(source="member.name")

    class Meta:
        model = TrainingCredit
        fields = [
            "id", "member", "name", "title", "organiser", "on", "hours", "certificate_no", "recorded_at",
            "withdrawn_at", "withdrawn_reason",
        ]  # fmt: skip


class TrainingCreditInput(serializers.Serializer):
    members = MemberKey(many=True, help_text="党员编号，可以多人。")
    title = Text(max_length=100)
    organiser = Text(max_length=100, required=False, allow_blank=True)
    on = serializers.DateField(help_text="结束日期。")
    hours = serializers.DecimalField(max_digits=4, decimal_places=1, min_value=Decimal("0.5"), max_value=400)
    certificate_no = Text(max_length=60, required=False, allow_blank=True)


class CreditWithdrawInput(serializers.Serializer):
    reason = Text(max_length=200)


@extend_schema_view(list=extend_schema(summary="培训学时"), retrieve=extend_schema(summary="一条培训学时"))
class TrainingCreditViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, SubjectViewSet):
    model = TrainingCredit
    serializer_class = TrainingCreditSerializer
    may_list = staticmethod(access.can_view_activities)
    ordering = "-pk"

    def rows(self):
        rows = TrainingCredit.objects.visible_to(self.request.user)
        return rows.select_related("member__organisation").defer("member__identity_number", "member__mobile")

    @extend_schema(
        summary="登记培训", request=TrainingCreditInput, responses={201: TrainingCreditSerializer(many=True)}
    )
    def create(self, request):
        require(access.can_change_activities(request.user))
        rows = actions.add_credits(**self.read(TrainingCreditInput), **self.who)
        return Response(self.get_serializer(rows, many=True).data, 201)

    @extend_schema(summary="撤销登记", request=CreditWithdrawInput, responses={200: TrainingCreditSerializer})
    @action(detail=True, methods=["post"])
    def withdraw(self, request, pk=None):
        credit = self.get_object()
        require(access.can_change_activities_at(request.user, credit.member.organisation))
        actions.withdraw_credit(credit=credit, **self.read(CreditWithdrawInput), **self.who)
        return self.shown(credit.pk)
