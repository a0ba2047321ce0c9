"""组织生活的应完成事项: of one organisation, and rates of a subtree."""

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from activities import access
from activities.duties import board, calendar
from activities.duties.states import DutyState
from activities.forms.duties import EARLIEST_YEAR
from activities.kinds import Kind
from orgs.access import require
from orgs.api.filters import refuse_unknown
from orgs.api.organisations import OrganisationRef
from orgs.models import Organisation


class DutyQuery(serializers.Serializer):
    organisation = serializers.CharField(max_length=40, help_text="党组织代码。")
    year = serializers.IntegerField(
        min_value=EARLIEST_YEAR, max_value=2100, required=False, help_text="默认今年。"
    )


class DutySerializer(serializers.Serializer):
    """`records` met the duty, `late_records` after the period; both name activities. `last_day` is the last in time."""

    organisation = serializers.IntegerField(source="cell.organisation")
    kind = serializers.ChoiceField(choices=Kind.choices, source="cell.kind")
    period = serializers.CharField(source="cell.period.label")
    first_day = serializers.DateField(source="cell.slot.first")
    last_day = serializers.DateField()
    needed = serializers.IntegerField(source="cell.slot.needed")
    state = serializers.ChoiceField(choices=DutyState.choices)
    records = serializers.ListField(child=serializers.IntegerField(), source="cell.records")
    late_records = serializers.ListField(child=serializers.IntegerField(), source="cell.late")


class RateSerializer(serializers.Serializer):
    """Of the duties whose time is over."""

    due = serializers.IntegerField()
    met = serializers.IntegerField()
    late = serializers.IntegerField()
    rate = serializers.FloatField(allow_null=True)


class RateColumns(serializers.Serializer):
    three = RateSerializer(help_text="三会一课。")
    theme_day = RateSerializer()
    org_life_meeting = RateSerializer()
    appraisal = RateSerializer()


class RateLineSerializer(serializers.Serializer):
    organisation = OrganisationRef()
    figures = RateColumns()


class RateReportSerializer(serializers.Serializer):
    lines = RateLineSerializer(many=True)
    total = RateLineSerializer()


class _Asked(APIView):
    """What is outside the caller's scope is not found, whether it exists or not."""

    permission_classes = [IsAuthenticated]

    def asked(self, request):
        require(access.can_view_activities(request.user))
        refuse_unknown(request.query_params, DutyQuery().fields)
        query = DutyQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        seen = Organisation.objects.permitted_to(request.user, "activities.view")
        organisation = seen.filter(code=query.validated_data["organisation"]).first()
        if organisation is None:
            raise Http404
        today = timezone.localdate()
        return organisation, query.validated_data.get("year", today.year), today


class DutyView(_Asked):
    @extend_schema(
        summary="应完成的组织生活",
        description="一个党组织及其党小组在一年内各期应完成的组织生活和完成情况，不含下级党支部。",
        parameters=[DutyQuery],
        responses=DutySerializer(many=True),
    )
    def get(self, request):
        organisation, year, today = self.asked(request)
        cells = board.of_year(board.with_groups([organisation]), year, today)
        lines = [calendar.Line(cell, organisation, today) for cell in cells]
        return Response(DutySerializer(lines, many=True).data)


class DutyRateView(_Asked):
    @extend_schema(summary="组织生活完成率", parameters=[DutyQuery], responses=RateReportSerializer)
    def get(self, request):
        return Response(RateReportSerializer(calendar.rates(*self.asked(request))).data)
