"""发展党员材料: what is on file for a case; upload, download, withdrawal."""

from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser

from members import access
from members.actions import documents as actions
from members.api.recruiting import CaseReasonInput
from members.models import CaseDocument, RecruitmentCase
from members.recruiting.steps import LAST, STEPS
from orgs.access import require
from orgs.api.views import SubjectViewSet
from orgs.numbers import is_key
from orgs.uploads.kinds import HEIC, KINDS

CASE = OpenApiParameter("case_pk", OpenApiTypes.INT, OpenApiParameter.PATH, description="发展党员记录编号。")
DOCUMENT = OpenApiParameter("public_id", OpenApiTypes.UUID, OpenApiParameter.PATH, description="材料编号。")


class CaseDocumentSerializer(serializers.ModelSerializer):
    """`file_name` and `withdrawn_reason` may say something about the person: empty for whoever may not read it."""

    id = serializers.UUIDField(source="public_id")
    file_name = serializers.SerializerMethodField(help_text="无权查阅内容的为空。")
    withdrawn_reason = serializers.SerializerMethodField(help_text="无权查阅内容的为空。")

    class Meta:
        model = CaseDocument
        fields = [
            "id", "number", "kind", "file_name", "content_type", "size", "uploaded_at", "withdrawn_at",
            "withdrawn_reason",
        ]  # fmt: skip

    def _of_reader(self, document, text) -> str:
        return text if access.can_read_findings(self.context["request"].user, document.case) else ""

    def get_file_name(self, document) -> str:
        return self._of_reader(document, document.file_name)

    def get_withdrawn_reason(self, document) -> str:
        return self._of_reader(document, document.withdrawn_reason)


class CaseDocumentInput(serializers.Serializer):
    """A part of a form is text, so the number of the step is too."""

    number = serializers.IntegerField(min_value=1, max_value=LAST, help_text="第几步。")
    kind = serializers.CharField(max_length=30, help_text="该步骤要求的材料名称，或“其他”。")
    file = serializers.FileField(allow_empty_file=True, help_text="PDF、图片、Word 或 Excel 文件。")


@extend_schema(parameters=[CASE])
@extend_schema_view(list=extend_schema(summary="发展党员材料"))
class CaseDocumentViewSet(mixins.ListModelMixin, SubjectViewSet):
    model = CaseDocument
    serializer_class = CaseDocumentSerializer
    lookup_field = "public_id"
    lookup_value_regex = "[0-9a-f-]{36}"

    @staticmethod
    def may_list(user) -> bool:
        """Whoever sees the case sees what is on file for it."""
        return True

    def rows(self):
        return CaseDocument.objects.filter(case=self.case()).select_related("case__organisation")

    def case(self) -> RecruitmentCase:
        key = self.kwargs["case_pk"]
        if not is_key(key):
            raise Http404
        rows = RecruitmentCase.objects.visible_to(self.request.user).select_related("organisation")
        return get_object_or_404(rows, pk=key)

    def get_parsers(self):
        upload = self.request is not None and self.request.method == "POST" and "public_id" not in self.kwargs
        return [MultiPartParser()] if upload else super().get_parsers()

    @extend_schema(
        summary="上传材料",
        request={"multipart/form-data": CaseDocumentInput},
        responses={201: CaseDocumentSerializer},
    )
    def create(self, request, case_pk=None):
        case = self.case()
        require(access.can_change_members(request.user))
        values = self.read(CaseDocumentInput)
        require(access.can_take_case_step(request.user, case, STEPS[values["number"]]))
        upload = values.pop("file")
        document = actions.add_document(case=case, upload=upload, **values, **self.who)
        return self.shown(document.pk, 201)

    @extend_schema(
        summary="下载材料",
        parameters=[DOCUMENT],
        description="每次下载记入审计。",
        responses={(200, kind.content_type): OpenApiTypes.BINARY for kind in KINDS if kind != HEIC},
    )
    @action(detail=True, methods=["get"])
    def file(self, request, case_pk=None, public_id=None):
        document = self.get_object()
        require(access.can_read_document(request.user, document))
        return actions.read_document(document=document, **self.who)

    @extend_schema(
        summary="撤回材料",
        parameters=[DOCUMENT],
        request=CaseReasonInput,
        responses={200: CaseDocumentSerializer},
    )
    @action(detail=True, methods=["post"])
    def withdraw(self, request, case_pk=None, public_id=None):
        document = self.get_object()
        require(access.can_take_case_step(request.user, document.case, STEPS[document.number]))
        actions.withdraw_document(document=document, **self.read(CaseReasonInput), **self.who)
        return self.shown(document.pk)
