"""走访, 走访任务 and 服务队. New visits and tasks are made at the enterprise: `enterprises/{id}/visit/`, `…/visit-task/`."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from orgs import access
from orgs.actions import visit_tasks as actions
from orgs.actions.visits import record_visit
from orgs.api.coverage import EnterpriseRef
from orgs.api.fields import Scoped, Text
from orgs.api.filters import VisitFilter, VisitTaskFilter, VisitTeamFilter
from orgs.api.organisations import OrganisationRef, organisation_code
from orgs.api.views import SubjectViewSet
from orgs.models import Visit, VisitKind, VisitReason, VisitTask, VisitTeam, VisitTeamMember
from orgs.models.visits import CHOOSABLE


class TeamRef(serializers.ModelSerializer):
    class Meta:
        model = VisitTeam
        fields = ["id", "name"]


class VisitSerializer(serializers.ModelSerializer):
    enterprise = EnterpriseRef()
    team = TeamRef(allow_null=True)

    class Meta:
        model = Visit
        fields = [
            "id",
            "enterprise",
            "kind",
            "visited_on",
            "visitor_name",
            "team",
            "gist",
            "needs",
            "recorded_at",
        ]


class TeamMemberSerializer(serializers.ModelSerializer):
    class Meta:
        model = VisitTeamMember
        fields = ["name", "unit", "leads", "since"]


class TeamSerializer(serializers.ModelSerializer):
    """`people`: who is in it today."""

    organisation = OrganisationRef()
    people = TeamMemberSerializer(many=True)

    class Meta:
        model = VisitTeam
        fields = [
            "id", "name", "organisation", "chain", "cluster", "area", "park", "founded_on", "disbanded_on", "people",
        ]  # fmt: skip


class VisitTaskSerializer(serializers.ModelSerializer):
    enterprise = EnterpriseRef()
    organisation = OrganisationRef(allow_null=True)
    team = TeamRef(allow_null=True)

    class Meta:
        model = VisitTask
        fields = [
            "id", "enterprise", "kind", "reason", "arrived_on", "organisation", "team", "instructor_name", "opened_on",
            "due_on", "state", "note", "visit", "dropped_reason", "updated_at",
        ]  # fmt: skip


def _own_teams(user):
    """The standing teams that the caller may send."""
    return (
        VisitTeam.objects.permitted_to(user, "coverage.change").standing()
        if user
        else VisitTeam.objects.all()
    )


def team_field():
    return Scoped(rows=_own_teams, slug_field="id", required=False, allow_null=True, help_text="服务队编号。")


class VisitInput(serializers.Serializer):
    kind = serializers.ChoiceField(choices=VisitKind.choices)
    visited_on = serializers.DateField(default=timezone.localdate, help_text="默认今天。")
    visitor_name = Text(max_length=50)
    team = team_field()
    gist = Text(max_length=2000, required=False, allow_blank=True)
    needs = Text(max_length=1000, required=False, allow_blank=True, help_text="企业诉求。")


class GoerInput(serializers.Serializer):
    organisation = organisation_code(
        "coverage.change", required=False, allow_null=True, help_text="责任党组织代码。"
    )
    team = team_field()
    instructor_name = Text(max_length=50, required=False, allow_blank=True)


class ErrandInput(GoerInput):
    kind = serializers.ChoiceField(choices=VisitKind.choices, default=VisitKind.SERVICE)
    reason = serializers.ChoiceField(
        choices=[(str(one), VisitReason(one).label) for one in CHOOSABLE], default=VisitReason.MANUAL
    )
    due_on = serializers.DateField(help_text="期限。")
    note = Text(max_length=300, required=False, allow_blank=True)


class ReassignInput(GoerInput):
    due_on = serializers.DateField(required=False, allow_null=True, help_text="期限。")


class DropInput(serializers.Serializer):
    reason = Text(max_length=200, help_text="撤销原因。")


@extend_schema_view(list=extend_schema(summary="走访记录"), retrieve=extend_schema(summary="一次走访"))
class VisitViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, SubjectViewSet):
    model = Visit
    serializer_class = VisitSerializer
    filterset_class = VisitFilter

    def rows(self):
        """For staff: what was noted on a visit is not meant for the enterprise's contact."""
        return Visit.objects.permitted_to(self.request.user, "enterprises.view").for_list()


@extend_schema_view(list=extend_schema(summary="走访任务"), retrieve=extend_schema(summary="一项走访任务"))
class VisitTaskViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, SubjectViewSet):
    model = VisitTask
    serializer_class = VisitTaskSerializer
    filterset_class = VisitTaskFilter

    def rows(self):
        return VisitTask.objects.visible_to(self.request.user).for_list()

    def _workable(self):
        task = self.get_object()
        access.require(access.can_work_visit_task(self.request.user, task))
        return task

    @extend_schema(summary="登记走访，办结任务", request=VisitInput, responses={201: VisitSerializer})
    @action(detail=True, methods=["post"])
    def complete(self, request, pk=None):
        task = self._workable()
        visit = record_visit(enterprise=task.enterprise, task=task, **self.read(VisitInput), **self.who)
        return Response(VisitSerializer(visit).data, status=201)

    @extend_schema(
        summary="改派或改期", request=ReassignInput, responses={200: VisitTaskSerializer, 204: None}
    )
    @action(detail=True, methods=["post"])
    def assign(self, request, pk=None):
        return self._act(actions.assign_tasks, ReassignInput)

    @extend_schema(summary="撤销走访任务", request=DropInput, responses={200: VisitTaskSerializer, 204: None})
    @action(detail=True, methods=["post"])
    def drop(self, request, pk=None):
        return self._act(actions.drop_tasks, DropInput)

    def _act(self, act, given):
        task = self._workable()
        act(tasks=VisitTask.objects.filter(pk=task.pk), **self.read(given), **self.who)
        return self.shown(task.pk)


@extend_schema_view(list=extend_schema(summary="企业服务队"), retrieve=extend_schema(summary="一支服务队"))
class VisitTeamViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, SubjectViewSet):
    model = VisitTeam
    serializer_class = TeamSerializer
    filterset_class = VisitTeamFilter

    def rows(self):
        return VisitTeam.objects.visible_to(self.request.user).for_list()
