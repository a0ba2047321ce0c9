"""The numbers of the reports over the API: the same grids as the page, for what the caller may see."""

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from orgs.access import require
from orgs.api.filters import refuse_unknown
from portal.reports.coverage import BY
from portal.reports.kinds import COVERAGE, YEARLY
from portal.reports.sheets import Unit


class ReportColumnSerializer(serializers.Serializer):
    title = serializers.CharField()
    unit = serializers.ChoiceField(
        choices=[unit.value for unit in Unit],
        help_text="count为个数，change为个数之差，share为占比，points为占比之差，hours为学时。",
    )


class ReportLineSerializer(serializers.Serializer):
    label = serializers.CharField()
    is_total = serializers.BooleanField()
    is_extra = serializers.BooleanField(help_text="其中项，不参与合计。")
    values = serializers.SerializerMethodField(help_text="与columns一一对应；没有可统计的为null。")

    def get_values(self, line) -> list[float | None]:
        return [None if cell.value is None else round(float(cell.value), 4) for cell in line.cells]


class ReportGridSerializer(serializers.Serializer):
    title = serializers.CharField()
    head = serializers.CharField(help_text="各行是什么。")
    columns = ReportColumnSerializer(many=True)
    lines = ReportLineSerializer(many=True)
    note = serializers.CharField()


class ReportSheetSerializer(serializers.Serializer):
    name = serializers.CharField()
    grids = ReportGridSerializer(many=True)


class ReportDefinitionSerializer(serializers.Serializer):
    grid = serializers.CharField()
    subject = serializers.CharField()
    words = serializers.CharField()
    source = serializers.CharField()
    query = serializers.CharField()


class ReportSerializer(serializers.Serializer):
    report = serializers.CharField(source="code")
    title = serializers.CharField()
    organisation = serializers.CharField(source="organisation.code")
    as_of = serializers.DateField(source="on")
    notes = serializers.ListField(child=serializers.CharField())
    left_out = serializers.ListField(child=serializers.CharField(), help_text="无权查看的表。")
    sheets = ReportSheetSerializer(many=True)
    definitions = serializers.SerializerMethodField()

    def get_definitions(self, report) -> ReportDefinitionSerializer(many=True):
        return [
            ReportDefinitionSerializer({"grid": title, **vars(one)}).data for title, one in report.definitions
        ]


class ReportQuery(serializers.Serializer):
    organisation = serializers.CharField(
        required=False, max_length=200, help_text="党组织代码，默认为本人的。"
    )


class CoverageQuery(ReportQuery):
    month = serializers.CharField(required=False, max_length=20, help_text="如2026-10，默认本月。")
    by = serializers.ChoiceField(required=False, choices=list(BY), help_text="分行，默认按片区。")


class YearlyQuery(ReportQuery):
    year = serializers.IntegerField(required=False, help_text="默认本年。")


class ReportView(APIView):
    permission_classes = [IsAuthenticated]
    kind, query = COVERAGE, CoverageQuery

    def answer(self, request):
        """What is wrong with the query is said as the page says it."""
        require(self.kind.may_view(request.user))
        refuse_unknown(request.query_params, self.query().fields)
        form, report = self.kind.asked(request.user, request.query_params)
        if form.errors:
            raise ValidationError(form.errors)
        if report is None:
            raise Http404
        return Response(ReportSerializer(report).data)


class CoverageReportView(ReportView):
    @extend_schema(summary="两个覆盖月报的数据", parameters=[CoverageQuery], responses=ReportSerializer)
    def get(self, request):
        return self.answer(request)


class YearlyReportView(ReportView):
    kind, query = YEARLY, YearlyQuery

    @extend_schema(summary="党内统计年报的数据", parameters=[YearlyQuery], responses=ReportSerializer)
    def get(self, request):
        return self.answer(request)
