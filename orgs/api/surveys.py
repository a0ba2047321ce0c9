"""摸排轮次 and 摸排任务."""

from django.db.models import Count, Q
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action

from orgs import access
from orgs.actions import surveys as actions
from orgs.actions.enterprises import SURVEYED
from orgs.actions.surveys import SurveyResult
from orgs.api.coverage import EnterpriseRef
from orgs.api.fields import Text
from orgs.api.filters import TaskFilter
from orgs.api.organisations import OrganisationRef
from orgs.api.views import SubjectViewSet
from orgs.models import BuildingStage, SurveyRound, SurveyTask, TaskState


class RoundSerializer(serializers.ModelSerializer):
    """The counts are those of the caller's part of the round."""

    total = serializers.IntegerField()
    open = serializers.IntegerField()
    done = serializers.IntegerField()

    class Meta:
        model = SurveyRound
        fields = ["id", "name", "as_of", "due_on", "total", "open", "done", "created_at"]


class TaskSerializer(serializers.ModelSerializer):
    enterprise = EnterpriseRef()
    owner = OrganisationRef(allow_null=True)
    result = serializers.ChoiceField(choices=SurveyResult.choices, allow_blank=True)

    class Meta:
        model = SurveyTask
        fields = ["id", "round", "enterprise", "reason", "owner", "state", "result", "note", "done_on"]


class FindingInput(serializers.Serializer):
    result = serializers.ChoiceField(choices=SurveyResult.choices)
    done_on = serializers.DateField(default=timezone.localdate, help_text="默认今天。")
    stage = serializers.ChoiceField(
        choices=[(stage, BuildingStage(stage).label) for stage in SURVEYED],
        required=False,
        allow_blank=True,
        help_text="所见党员情况。",
    )
    note = Text(max_length=500, required=False, allow_blank=True)


@extend_schema_view(list=extend_schema(summary="摸排轮次"), retrieve=extend_schema(summary="一个轮次"))
class RoundViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, SubjectViewSet):
    model = SurveyRound
    serializer_class = RoundSerializer
    ordering = "-pk"

    def rows(self):
        """Rounds are of the whole park; the tasks in them belong to somebody."""
        user = self.request.user
        if not access.can_view_enterprises(user):
            return SurveyRound.objects.none()
        mine = Q(tasks__in=SurveyTask.objects.visible_to(user).order_by().values("pk"))
        return SurveyRound.objects.annotate(
            total=Count("tasks", filter=mine),
            open=Count("tasks", filter=mine & Q(tasks__state=TaskState.OPEN)),
            done=Count("tasks", filter=mine & Q(tasks__state=TaskState.DONE)),
        )


@extend_schema_view(list=extend_schema(summary="摸排任务"), retrieve=extend_schema(summary="一项摸排任务"))
class TaskViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, SubjectViewSet):
    model = SurveyTask
    serializer_class = TaskSerializer
    filterset_class = TaskFilter

    def rows(self):
        rows = SurveyTask.objects.visible_to(self.request.user).select_related("enterprise", "owner")
        return rows.defer("enterprise__contact_phone", "owner__contact_phone")

    @extend_schema(summary="登记摸排结果", request=FindingInput, responses={200: TaskSerializer})
    @action(detail=True, methods=["post"])
    def complete(self, request, pk=None):
        task = self.get_object()
        access.require(access.can_work_survey_task(request.user, task))
        actions.complete_task(task=task, **self.read(FindingInput), **self.who)
        return self.shown(task.pk)
