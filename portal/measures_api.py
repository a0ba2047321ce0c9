"""Measures over the API: the numbers of `manage.py statistics`, for what the caller may see."""

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
from orgs.filters import visible_areas, visible_parks
from orgs.models import Cluster, Organisation
from orgs.statistics import Register
from portal import measures, work
from portal.dashboards import default_organisation, rows_for

PLACES = {
    "area": ("park__area", visible_areas),
    "cluster": ("cluster", lambda request: Cluster.objects.all()),
    "park": ("park", visible_parks),
}


class FigureSerializer(serializers.Serializer):
    """A figure that is no share has neither of the counts."""

    numerator = serializers.IntegerField(allow_null=True)
    denominator = serializers.IntegerField(allow_null=True)
    value = serializers.FloatField(allow_null=True, help_text="占比为四位小数；没有可统计的为null。")


class MeasuresSerializer(serializers.Serializer):
    organisation = serializers.CharField()
    as_of = serializers.DateField()
    measures = serializers.DictField(child=FigureSerializer())


class MeasuresQuery(serializers.Serializer):
    organisation = serializers.CharField(
        required=False, max_length=40, help_text="党组织代码，默认为本人的。"
    )
    on = serializers.DateField(required=False, help_text="截至日期，默认今天。")
    area = serializers.CharField(required=False, max_length=50, help_text="片区名称。")
    cluster = serializers.CharField(required=False, max_length=50, help_text="产业集群名称。")
    park = serializers.CharField(required=False, max_length=80, help_text="园区名称。")

    def validate_on(self, day: dt.date) -> dt.date:
        if day > timezone.localdate():
            raise ValidationError("日期不能晚于今天。")
        return day


class MeasuresView(APIView):
    """What is outside the caller's scope is not found, whether it exists or not."""

    permission_classes = [IsAuthenticated]

    @extend_schema(
        summary="两个覆盖率等指标；不按片区、集群、园区查询时，还有党员、活动、联建和订单的指标",
        parameters=[MeasuresQuery],
        responses=MeasuresSerializer,
    )
    def get(self, request):
        access.require(access.can_view_statistics(request.user))
        refuse_unknown(request.query_params, MeasuresQuery().fields)
        query = MeasuresQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        register = Register(asked.get("on"))
        organisation = organisation_for(request.user, asked.get("organisation"))
        rows = rows_for(request.user, organisation, register)
        for name, (field, visible) in PLACES.items():
            if name in asked:
                rows = rows.filter(**{field: _found(visible(request).filter(name=asked[name]))})
        found = measures.values(register.figures(rows)[0])
        if not asked.keys() & PLACES.keys():
            found |= work.values(work.Scope(request.user, organisation, register.on))
        return Response({"organisation": organisation.code, "as_of": register.on, "measures": found})


def organisation_for(user, code: str | None) -> Organisation:
    """The one of that code, or the person's own."""
    if code is None:
        return _found([default_organisation(user)])
    return _found(Organisation.objects.visible_to(user).filter(code=code))


def _found(rows):
    row = next(iter(rows), None)
    if row is None:
        raise Http404
    return row
