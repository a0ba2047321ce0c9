"""Assessment indices over the API: the rules, and the points of a period as far as the caller sees them."""

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from orgs import access
from orgs.api.organisations import OrganisationRef
from orgs.api.views import SubjectViewSet
from portal.assessments import period_asked_for, period_words, seen_by
from portal.models import Assessment, AssessmentItem


class ItemSerializer(serializers.ModelSerializer):
    class Meta:
        model = AssessmentItem
        fields = ["measure", "weight", "zero_at", "full_at"]


class AssessmentSerializer(serializers.ModelSerializer):
    organisation = OrganisationRef()
    items = ItemSerializer(many=True)

    class Meta:
        model = Assessment
        fields = [
            "id", "organisation", "name", "period", "level", "kind", "version", "replaces", "state", "published_at",
            "items", "updated_at",
        ]  # fmt: skip


class PartSerializer(serializers.Serializer):
    measure = serializers.CharField()
    numerator = serializers.IntegerField(allow_null=True)
    denominator = serializers.IntegerField(allow_null=True)
    value = serializers.DecimalField(16, 4, allow_null=True, help_text="占比为百分数。")
    points = serializers.DecimalField(5, 2, allow_null=True)


class ResultSerializer(serializers.Serializer):
    organisation = serializers.CharField(help_text="党组织代码。")
    name = serializers.CharField()
    rank = serializers.IntegerField(allow_null=True)
    points = serializers.DecimalField(5, 2, allow_null=True)
    parts = PartSerializer(many=True)


class SheetSerializer(serializers.Serializer):
    period = serializers.CharField()
    ends_on = serializers.DateField()
    as_of = serializers.DateField()
    frozen_at = serializers.DateTimeField(allow_null=True, help_text="未冻结的为null，得分仅供参考。")
    results = ResultSerializer(many=True)


@extend_schema_view(list=extend_schema(summary="考核指数"), retrieve=extend_schema(summary="一个考核指数"))
class AssessmentViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, SubjectViewSet):
    """Read only: drafting, publishing and freezing are decided on the page."""

    model = Assessment
    serializer_class = AssessmentSerializer
    may_list = staticmethod(access.can_view_statistics)
    ordering = "-pk"

    def rows(self):
        rows = Assessment.objects.visible_to(self.request.user)
        return rows.select_related("organisation").prefetch_related("items")

    @extend_schema(
        summary="一个考核期的得分：考核党组织看全部，考核对象看自己",
        parameters=[
            OpenApiParameter("period", str, description="考核期末，如2026-09-30，默认最近结束的考核期。")
        ],
        responses=SheetSerializer,
        filters=False,
    )
    @action(detail=True, pagination_class=None)
    def results(self, request, pk=None):
        assessment = self.get_object()
        ends_on = period_asked_for(assessment, request.query_params.get("period", ""))
        if ends_on is None:
            raise ValidationError({"period": ["没有这个考核期，请写考核期的最后一天，如2026-09-30。"]})
        found = seen_by(request.user, assessment, ends_on)
        return Response(
            {
                "period": period_words(assessment, ends_on),
                "ends_on": ends_on,
                "as_of": found.on,
                "frozen_at": found.round and found.round.frozen_at,
                "results": [_result(result) for result in found.results],
            }
        )


def _result(result) -> dict:
    return {
        "organisation": result.organisation.code,
        "name": result.organisation.name,
        "rank": result.rank,
        "points": result.points,
        "parts": [
            {
                "measure": part.item.measure,
                "numerator": part.rate and part.rate.numerator,
                "denominator": part.rate and part.rate.denominator,
                "value": part.value,
                "points": part.points,
            }
            for part in result.parts
        ],
    }
