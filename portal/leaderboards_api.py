"""Leaderboards over the API, as the page shows them."""

import datetime as dt

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from orgs import access
from orgs.api.filters import refuse_unknown
from orgs.kinds import OrganisationKind
from orgs.models import Organisation
from portal.dashboards import default_organisation
from portal.leaderboards import BOARDS, LEVELS, Leaderboard, at_level, days
from portal.measures import as_numbers


class LeaderboardEntrySerializer(serializers.Serializer):
    organisation = serializers.CharField(help_text="党组织代码。")
    name = serializers.CharField()
    rank = serializers.IntegerField(allow_null=True, help_text="不参加排名的为null；相同的并列。")
    rank_before = serializers.IntegerField(allow_null=True, help_text="上月末的名次。")
    numerator = serializers.IntegerField(allow_null=True)
    denominator = serializers.IntegerField(allow_null=True)
    value = serializers.FloatField(allow_null=True)
    score = serializers.FloatField(
        allow_null=True, help_text="排序所用的数：占比为置信下限，人均为每百名党员。"
    )
    cases = serializers.IntegerField(help_text="基数。")


class LeaderboardSerializer(serializers.Serializer):
    board = serializers.CharField()
    title = serializers.CharField()
    definition = serializers.CharField(help_text="口径和排序规则。")
    organisation = serializers.CharField()
    as_of = serializers.DateField()
    compared_with = serializers.DateField()
    least = serializers.IntegerField(help_text="参加排名的最小基数。")
    unnamed = serializers.IntegerField(help_text="按设置不公布的名次数。")
    without = serializers.IntegerField(help_text="没有可统计数据的组织数。")
    entries = LeaderboardEntrySerializer(many=True)


class LeaderboardQuery(serializers.Serializer):
    board = serializers.ChoiceField([(b.code, b.title) for b in BOARDS.values()], default=next(iter(BOARDS)))
    organisation = serializers.CharField(
        required=False, max_length=40, help_text="上级党组织代码，默认为本人的。"
    )
    level = serializers.ChoiceField(LEVELS, default=1, help_text="往下第几级的组织参加排名。")
    kind = serializers.ChoiceField(OrganisationKind.choices, required=False, help_text="只排这一类党组织。")
    on = serializers.DateField(required=False, help_text="今天（默认）或有数据的月末。")

    def validate_on(self, day: dt.date) -> dt.date:
        if day not in days():
            raise ValidationError("只能是今天，或保存了数据的最近12个月的月末。")
        return day


class LeaderboardView(APIView):
    """What is outside the caller's scope is not found, whether it exists or not."""

    permission_classes = [IsAuthenticated]

    @extend_schema(
        summary="榜单：一个党组织某级下级的排名，先列参加排名的，再列基数不足的",
        parameters=[LeaderboardQuery],
        responses=LeaderboardSerializer,
    )
    def get(self, request):
        access.require(access.can_view_statistics(request.user))
        refuse_unknown(request.query_params, LeaderboardQuery().fields)
        query = LeaderboardQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        organisation = self._organisation(asked.get("organisation"))
        access.require(BOARDS[asked["board"]].may_be_seen(request.user, organisation))
        rows = at_level(organisation, int(asked["level"]), asked.get("kind", ""))
        found = Leaderboard(BOARDS[asked["board"]], rows, asked.get("on") or timezone.localdate())
        return Response(
            {
                "board": found.board.code,
                "title": found.board.title,
                "definition": f"{found.board.definition}{found.board.rule}。",
                "organisation": organisation.code,
                "as_of": found.on,
                "compared_with": found.compared_with,
                "least": found.least,
                "unnamed": found.unnamed,
                "without": found.without,
                "entries": [_numbers(entry) for entry in [*found.shown, *found.small]],
            }
        )

    def _organisation(self, code) -> Organisation:
        user = self.request.user
        visible = Organisation.objects.visible_to(user)
        found = default_organisation(user) if code is None else visible.filter(code=code).first()
        if found is None:
            raise Http404
        return found


def _numbers(entry) -> dict:
    rate = entry.rate
    return {
        "organisation": entry.organisation.code,
        "name": entry.organisation.name,
        "rank": entry.rank,
        "rank_before": entry.rank_before,
        **as_numbers(rate and rate.numerator, rate and rate.denominator, entry.share),
        "score": entry.score,
        "cases": entry.cases,
    }
