"""Imports over the API: upload, look at the rows, write, take back; and the caller's own background jobs."""

import django_filters as filters
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.fields import empty
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from imports import actions
from imports.forms import UploadForm
from imports.models import ImportRun, Job, Outcome, RunState, StagedRow
from imports.preview import raw_text
from imports.resources import KINDS, visible_runs

REFUSED = "您没有导入此类名单的权限。"


# --- What is shown -----------------------------------------------------------------------------------


class JobSerializer(serializers.ModelSerializer):
    percent = serializers.IntegerField()

    class Meta:
        model = Job
        fields = [
            "id", "kind", "state", "step", "progress", "total", "percent", "error", "attempts", "created_at",
            "started_at", "finished_at",
        ]  # fmt: skip


class CountsSerializer(serializers.Serializer):
    """`rows` is the sum of the others without `missing`, which counts register rows that a full list lacks."""

    rows = serializers.IntegerField(default=0)

    def get_fields(self):
        counts = {o.value: serializers.IntegerField(default=0, help_text=o.label) for o in Outcome}
        return super().get_fields() | counts


class RunSerializer(serializers.ModelSerializer):
    counts = CountsSerializer()
    notes = serializers.ListField(child=serializers.CharField())
    undo_report = serializers.DictField(help_text="撤销后：计数，以及予以保留的行和原因。")
    job = JobSerializer(allow_null=True)
    created_by = serializers.CharField()
    applied_by = serializers.CharField(allow_null=True)
    undone_by = serializers.CharField(allow_null=True)
    is_undoable = serializers.BooleanField()

    class Meta:
        model = ImportRun
        fields = [
            "id", "kind", "state", "file_name", "file_size", "sha256", "full_list", "all_or_nothing", "blank_clears",
            "as_of", "sheet_name", "counts", "notes", "error", "seconds", "job", "created_by", "created_at",
            "applied_by", "applied_at", "undone_by", "undone_at", "is_undoable", "undo_report",
        ]  # fmt: skip


class ProblemSerializer(serializers.Serializer):
    code = serializers.CharField()
    column = serializers.CharField(required=False)
    text = serializers.CharField(required=False)


class RowSerializer(serializers.ModelSerializer):
    """Cells as people read them, by label of the column; identity and telephone numbers are masked."""

    problems = ProblemSerializer(many=True)
    key = serializers.SerializerMethodField(help_text="识别该行的代码；党员名册为空。")
    values = serializers.SerializerMethodField(help_text="新值；错误行为文件中的原文。")
    before = serializers.SerializerMethodField(help_text="变更行的原值。")

    class Meta:
        model = StagedRow
        fields = [
            "id", "row_number", "outcome", "key", "label", "values", "before", "problems", "selected", "written",
        ]  # fmt: skip

    def get_key(self, row) -> str:
        return "" if self.context["resource"].is_about_people else row.key

    @extend_schema_field(serializers.DictField(child=serializers.CharField()))
    def get_values(self, row):
        run, resource = self.context["run"], self.context["resource"]
        if row.outcome != Outcome.REJECTED:
            return self._shown(row.values)
        columns = [column for column in resource.file_columns if column.name in run.mapping]
        return {column.label: raw_text(run, row, column, masked=True) for column in columns}

    @extend_schema_field(serializers.DictField(child=serializers.CharField()))
    def get_before(self, row):
        return self._shown(row.before)

    def _shown(self, cells):
        columns = [column for column in self.context["resource"].file_columns if column.name in cells]
        return {c.label: c.widget.show(c.widget.load(cells[c.name])) for c in columns}


# --- What is taken in --------------------------------------------------------------------------------


class Day(serializers.DateField):
    """An empty field of a form is no day; it is refused like any other text that is none."""

    def get_value(self, dictionary):
        return dictionary.get(self.field_name, empty)


class UploadInput(serializers.Serializer):
    kind = serializers.ChoiceField(choices=sorted(KINDS))
    file = serializers.FileField(help_text="工作簿或CSV。")
    full_list = serializers.BooleanField(default=False, help_text="全量名单：未出现的列为缺失。")
    blank_clears = serializers.BooleanField(default=False, help_text="空白单元格清除原值。")
    as_of = Day(required=False, allow_null=True, help_text="数据日期。")


class ApplyInput(serializers.Serializer):
    all_or_nothing = serializers.BooleanField(
        default=False, help_text="有错误则全部不写入；否则只写入正确的行。"
    )


class RunFilter(filters.FilterSet):
    kind = filters.ChoiceFilter(choices=[(kind, r.title) for kind, r in sorted(KINDS.items())], label="类型")
    state = filters.ChoiceFilter(choices=RunState.choices, label="状态")

    class Meta:
        model = ImportRun
        fields: list[str] = []


class RowFilter(filters.FilterSet):
    outcome = filters.ChoiceFilter(choices=Outcome.choices, label="结果")

    class Meta:
        model = StagedRow
        fields: list[str] = []


# --- The views ---------------------------------------------------------------------------------------


class _RunView(GenericViewSet):
    """Runs that the caller sees; those of a kind that they may not import (any more) answer 403."""

    permission_classes = [IsAuthenticated]
    lookup_value_regex = "[^/]+"
    ordering = "-pk"

    def kinds(self) -> list[str]:
        kinds = [code for code, resource in KINDS.items() if resource.may_run(self.request.user)]
        if not kinds:
            raise PermissionDenied("您没有导入权限，请联系上级党组织的系统管理员。")
        return kinds

    def runs(self):
        related = ("created_by", "applied_by", "undone_by", "job")
        return visible_runs(self.request.user).filter(kind__in=KINDS).select_related(*related)

    def allowed(self, run) -> ImportRun:
        if not KINDS[run.kind].may_run(self.request.user):
            raise PermissionDenied(REFUSED)
        return run


@extend_schema_view(list=extend_schema(summary="导入历史"), retrieve=extend_schema(summary="一次导入"))
class RunViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, _RunView):
    serializer_class = RunSerializer
    filterset_class = RunFilter
    throttle_scopes = {"create": "upload"}

    def get_queryset(self):
        if getattr(self, "swagger_fake_view", False):
            return ImportRun.objects.none()
        return self.runs().filter(kind__in=self.kinds()) if self.action == "list" else self.runs()

    def get_object(self):
        return self.allowed(super().get_object())

    def get_parsers(self):
        upload = self.request is not None and self.request.method == "POST" and not self.kwargs
        return [MultiPartParser()] if upload else super().get_parsers()

    def _shown(self, run, status) -> Response:
        return Response(self.get_serializer(self.runs().get(pk=run.pk)).data, status=status)

    @extend_schema(
        summary="上传名单",
        description="保存文件并在后台比对；state变为staged后可查看各行并写入。",
        request={"multipart/form-data": UploadInput},
        responses={202: RunSerializer},
    )
    def create(self, request):
        self.kinds()
        upload = UploadInput(data=request.data)
        upload.is_valid(raise_exception=True)
        values = dict(upload.validated_data)
        resource = KINDS[values["kind"]]
        if not resource.may_run(request.user):
            raise PermissionDenied(REFUSED)
        form = UploadForm(values, {"file": values["file"]}, resource=resource)
        if not form.is_valid():
            raise ValidationError(dict(form.errors))
        run = actions.create_run(
            kind=values["kind"],
            upload=form.cleaned_data["file"],
            by=request.user,
            full_list=values["full_list"],
            blank_clears=values["blank_clears"],
            as_of=form.cleaned_data["as_of"],
        )
        return self._shown(run, 202)

    @extend_schema(summary="写入登记册", request=ApplyInput, responses={202: RunSerializer})
    @action(detail=True, methods=["post"])
    def apply(self, request, pk=None):
        run = self.get_object()
        choice = ApplyInput(data=request.data)
        choice.is_valid(raise_exception=True)
        return self._shown(actions.request_apply(run=run, by=request.user, **choice.validated_data), 202)

    @extend_schema(summary="撤销导入", request=None, responses={202: RunSerializer})
    @action(detail=True, methods=["post"])
    def undo(self, request, pk=None):
        return self._shown(actions.request_undo(run=self.get_object(), by=request.user), 202)


@extend_schema_view(list=extend_schema(summary="一次导入的各行"))
class RowViewSet(mixins.ListModelMixin, _RunView):
    serializer_class = RowSerializer
    filterset_class = RowFilter
    ordering = "pk"

    def get_queryset(self):
        return (
            StagedRow.objects.none() if getattr(self, "swagger_fake_view", False) else self._run.staged.all()
        )

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        try:
            key = int(kwargs["run_pk"])
        except ValueError:
            key = 0
        self._run = self.allowed(get_object_or_404(self.runs(), pk=key))

    def get_serializer_context(self):
        context = super().get_serializer_context()
        if hasattr(self, "_run"):
            context |= {"run": self._run, "resource": KINDS[self._run.kind](user=self._run.created_by)}
        return context


@extend_schema_view(
    list=extend_schema(summary="本人的后台任务"), retrieve=extend_schema(summary="一项后台任务")
)
class JobViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet):
    permission_classes = [IsAuthenticated]
    serializer_class = JobSerializer
    lookup_value_regex = "[^/]+"
    ordering = "-pk"

    def get_queryset(self):
        return (
            Job.objects.none() if getattr(self, "swagger_fake_view", False) else self.request.user.jobs.all()
        )
