"""学习清单: the lists in sight, how far a branch has come, marks."""

from django.core.exceptions import ValidationError
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from activities import access, studies
from activities.actions import studies as actions
from activities.api.parts import MemberKey
from activities.models import MarkHow, StudyItem, StudyList
from activities.study_filters import StudyFilter
from orgs.access import require
from orgs.api.organisations import OrganisationRef
from orgs.api.views import SubjectViewSet


class StudyItemSerializer(serializers.ModelSerializer):
    class Meta:
        model = StudyItem
        fields = ["id", "title", "kind", "source", "link", "minutes", "is_required", "withdrawn_at"]


class StudyListSerializer(serializers.ModelSerializer):
    organisation = OrganisationRef()
    items = StudyItemSerializer(many=True)

    class Meta:
        model = StudyList
        fields = [
            "id", "organisation", "title", "about", "starts_on", "ends_on", "published_at", "withdrawn_at", "items",
        ]  # fmt: skip


class ProgressSerializer(serializers.Serializer):
    people = serializers.IntegerField(help_text="范围内的党员人数。")
    done = serializers.IntegerField(help_text="学完全部必学篇目的人数。")


class MarkInput(serializers.Serializer):
    items = serializers.ListField(child=serializers.IntegerField(min_value=1, max_value=2**53), max_length=60)
    members = MemberKey(many=True, help_text="党员编号，可以多人。")
    on = serializers.DateField(help_text="学习日期。")


class TakeBackInput(serializers.Serializer):
    item = serializers.IntegerField(min_value=1, max_value=2**53, help_text="篇目编号。")
    member = MemberKey(help_text="党员编号。")


class MarkedSerializer(serializers.Serializer):
    new = serializers.IntegerField(help_text="新增的学习标记数。")


@extend_schema_view(list=extend_schema(summary="学习清单"), retrieve=extend_schema(summary="一份学习清单"))
class StudyListViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, SubjectViewSet):
    model = StudyList
    serializer_class = StudyListSerializer
    filterset_class = StudyFilter
    may_list = staticmethod(access.can_view_activities)
    ordering = "-pk"

    def rows(self):
        rows = StudyList.objects.visible_to(self.request.user).select_related("organisation")
        return rows.prefetch_related("items")

    @extend_schema(summary="学习进度", responses={200: ProgressSerializer})
    @action(detail=True, methods=["get"])
    def progress(self, request, pk=None):
        found = self.get_object()
        return Response(studies.totals(studies.reached(request.user, found), found))

    @extend_schema(summary="为党员登记学习", request=MarkInput, responses={200: MarkedSerializer})
    @action(detail=True, methods=["post"])
    def marks(self, request, pk=None):
        found = self.get_object()
        require(access.can_change_activities(request.user))
        data = self.read(MarkInput)
        items = found.items.filter(pk__in=data.pop("items"))
        return Response({"new": actions.mark_read(items=items, how=MarkHow.TOGETHER, **data, **self.who)})

    @extend_schema(summary="撤销为党员登记的学习", request=TakeBackInput, responses={204: None})
    @action(detail=True, methods=["post"], url_path="take-back")
    def take_back(self, request, pk=None):
        found = self.get_object()
        require(access.can_change_activities(request.user))
        data = self.read(TakeBackInput)
        item = found.items.filter(pk=data["item"]).first()
        if item is None:
            raise ValidationError({"item": "篇目不属于该清单。"})
        actions.take_back_entered(item=item, member=data["member"], **self.who)
        return Response(status=204)
