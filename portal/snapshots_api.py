"""Kept figures over the API: as they stood, from which day to which."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from orgs import access
from orgs.api.filters import refuse_unknown
from orgs.statistics import days_before
from portal import snapshots
from portal.measures_api import FigureSerializer, organisation_for

USUAL, LONGEST = 30, 366  # days


class SnapshotSerializer(serializers.Serializer):
    """The figures stood so at the end of each day from `since` up to the day before `until` (null: still)."""

    since = serializers.DateField()
    until = serializers.DateField(allow_null=True)
    measures = serializers.DictField(child=FigureSerializer())


class SnapshotsSerializer(serializers.Serializer):
    organisation = serializers.CharField()
    reckoned_on = serializers.DateField(allow_null=True, help_text="最近一次全量计算的日期。")
    snapshots = SnapshotSerializer(many=True)


class SnapshotsQuery(serializers.Serializer):
    organisation = serializers.CharField(
        required=False, max_length=40, help_text="党组织代码，默认为本人的。"
    )
    since = serializers.DateField(required=False, help_text="自哪一天，默认为截止日期前30天。")
    until = serializers.DateField(required=False, help_text="至哪一天，含当天，默认今天；一次最多366天。")

    def validate(self, asked):
        until = asked.setdefault("until", timezone.localdate())
        since = asked.setdefault("since", days_before(until, USUAL))
        if not 0 <= (until - since).days < LONGEST:
            raise ValidationError({"until": [f"截止日期不能早于起始日期，一次最多{LONGEST}天。"]})
        return asked


class SnapshotsView(APIView):
    """What is outside the caller's scope is not found, whether it exists or not."""

    permission_classes = [IsAuthenticated]

    @extend_schema(
        summary="一个党组织（含下级）逐日保存的指标：每次变化一行，过去的日子不再改动",
        parameters=[SnapshotsQuery],
        responses=SnapshotsSerializer,
    )
    def get(self, request):
        access.require(access.can_view_statistics(request.user))
        refuse_unknown(request.query_params, SnapshotsQuery().fields)
        query = SnapshotsQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        organisation = organisation_for(request.user, asked.get("organisation"))
        readable = snapshots.readable(request.user, organisation)
        reckoned = snapshots.reckoned_on(asked["until"])
        found = [
            {
                "since": row.since,
                "until": row.until,
                "measures": {c: numbers for c, numbers in snapshots.values(row).items() if c in readable},
            }
            for row in snapshots.between(organisation, asked["since"], asked["until"])
        ]
        return Response(
            {
                "organisation": organisation.code,
                "reckoned_on": reckoned and reckoned.day,
                "snapshots": found,
            }
        )
