"""活动附件: list, upload, download, withdrawal."""

from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser

from activities import access
from activities.actions import files as actions
from activities.models import Activity, ActivityFile
from orgs.access import require
from orgs.api.fields import Text
from orgs.api.views import SubjectViewSet
from orgs.numbers import is_key
from orgs.uploads.kinds import HEIC, KINDS

ACTIVITY = OpenApiParameter("activity_pk", OpenApiTypes.INT, OpenApiParameter.PATH, description="活动编号。")
FILE = OpenApiParameter("public_id", OpenApiTypes.UUID, OpenApiParameter.PATH, description="附件编号。")


def activity_of(view) -> Activity:
    """The activity that the address names; 404 where the caller does not see it."""
    key = view.kwargs["activity_pk"]
    if not is_key(key):
        raise Http404
    rows = Activity.objects.visible_to(view.request.user).select_related("organisation")
    return get_object_or_404(rows, pk=key)


class ActivityFileSerializer(serializers.ModelSerializer):
    """Of what was withdrawn, only the body that reviews the record learns name and reason."""

    id = serializers.UUIDField(source="public_id")
    file_name = serializers.SerializerMethodField(help_text="已撤回的，无权查阅时为空。")
    withdrawn_reason = serializers.SerializerMethodField(help_text="无权查阅时为空。")

    class Meta:
        model = ActivityFile
        fields = [
            "id", "file_name", "content_type", "size", "uploaded_at", "withdrawn_at", "withdrawn_reason",
        ]  # fmt: skip

    def _of_reader(self, file, text) -> str:
        return text if access.can_read_file(self.context["request"].user, file) else ""

    def get_file_name(self, file) -> str:
        return self._of_reader(file, file.file_name)

    def get_withdrawn_reason(self, file) -> str:
        return self._of_reader(file, file.withdrawn_reason)


class ActivityFileInput(serializers.Serializer):
    file = serializers.FileField(allow_empty_file=True, help_text="PDF、图片、Word 或 Excel 文件。")


class FileReasonInput(serializers.Serializer):
    reason = Text(max_length=200)


@extend_schema(parameters=[ACTIVITY])
@extend_schema_view(list=extend_schema(summary="活动附件"))
class ActivityFileViewSet(mixins.ListModelMixin, SubjectViewSet):
    model = ActivityFile
    serializer_class = ActivityFileSerializer
    lookup_field = "public_id"
    lookup_value_regex = "[0-9a-f-]{36}"

    @staticmethod
    def may_list(user) -> bool:
        """Whoever sees the activity sees what is on file for it."""
        return True

    def rows(self):
        return ActivityFile.objects.filter(activity=activity_of(self)).select_related(
            "activity__organisation"
        )

    def get_parsers(self):
        upload = self.request is not None and self.request.method == "POST" and "public_id" not in self.kwargs
        return [MultiPartParser()] if upload else super().get_parsers()

    @extend_schema(
        summary="上传附件",
        description="照片去除拍摄位置和设备信息；提交审核后不能上传。",
        request={"multipart/form-data": ActivityFileInput},
        responses={201: ActivityFileSerializer},
    )
    def create(self, request, activity_pk=None):
        activity = activity_of(self)
        require(access.can_change_activity(request.user, activity))
        upload = self.read(ActivityFileInput)["file"]
        file = actions.add_file(activity=activity, upload=upload, **self.who)
        return self.shown(file.pk, 201)

    @extend_schema(
        summary="下载附件",
        description="文档每次下载记入审计，照片不记。",
        parameters=[FILE],
        responses={(200, kind.content_type): OpenApiTypes.BINARY for kind in KINDS if kind != HEIC},
    )
    @action(detail=True, methods=["get"])
    def file(self, request, activity_pk=None, public_id=None):
        file = self.get_object()
        require(access.can_read_file(request.user, file))
        return actions.read_file(file=file, **self.who)

    @extend_schema(
        summary="撤回附件",
        parameters=[FILE],
        request=FileReasonInput,
        responses={200: ActivityFileSerializer},
    )
    @action(detail=True, methods=["post"])
    def withdraw(self, request, activity_pk=None, public_id=None):
        file = self.get_object()
        require(access.can_change_activity(request.user, file.activity))
        actions.withdraw_file(file=file, **self.read(FileReasonInput), **self.who)
        return self.shown(file.pk)
