"""活动: the list with the page's filters, one record, what may be done with it."""

from django.db.models import Prefetch
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.decorators import action

from activities import access
from activities.actions import activities as actions
from activities.actions import decisions
from activities.api.parts import (
    ActivityDetailSerializer,
    ActivityInput,
    ActivitySerializer,
    CloseInput,
    NothingInput,
    PatchInput,
    ReasonInput,
    RecordInput,
    ResolutionInput,
    ResolutionRowSerializer,
    RollInput,
    SeriesSerializer,
    VoteInput,
    attendance_of,
    plan_of,
    unseen_of,
)
from activities.filters import ActivityFilter, ResolutionFilter
from activities.models import Activity, Attendance, Resolution, Series
from orgs.access import require
from orgs.api.views import SubjectViewSet


@extend_schema_view(
    list=extend_schema(summary="活动列表", description="查询条件与网页活动列表相同。"),
    retrieve=extend_schema(summary="一次活动", responses=ActivityDetailSerializer),
)
class ActivityViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, SubjectViewSet):
    model = Activity
    serializer_class = ActivitySerializer
    filterset_class = ActivityFilter
    may_list = staticmethod(access.can_view_activities)
    ordering = "-pk"

    def get_serializer_class(self):
        return ActivitySerializer if self.action == "list" else ActivityDetailSerializer

    def rows(self):
        rows = Activity.objects.visible_to(self.request.user).select_related("organisation", "series")
        rows = rows.prefetch_related("kinds", "joint_hosts__organisation")
        if self.action == "list":
            return rows.defer("agenda", "gist")
        names = Attendance.objects.select_related("member").defer("member__identity_number", "member__mobile")
        return rows.prefetch_related(
            Prefetch("attendances", names), "guest_list", "votes", "resolutions", "entries__by"
        )

    # --- Entering --------------------------------------------------------------------------------------

    @extend_schema(
        summary="登记已召开的活动",
        description="同一entry_key重复提交只登记一次。",
        request=RecordInput,
        responses={201: ActivityDetailSerializer},
    )
    def create(self, request):
        require(access.can_change_activities(request.user))
        data = self.read(RecordInput)
        stored = actions.record_activity(
            organisation=data["organisation"],
            entry_key=data.get("entry_key"),
            **plan_of(data),
            **attendance_of(data),
            **self.who,
        )
        return self.shown(stored.pk, 201)

    @extend_schema(summary="制定计划", request=ActivityInput, responses={201: ActivityDetailSerializer})
    @action(detail=False, methods=["post"])
    def plan(self, request):
        require(access.can_change_activities(request.user))
        data = self.read(ActivityInput)
        stored = actions.plan_activity(organisation=data["organisation"], **plan_of(data), **self.who)
        return self.shown(stored.pk, 201)

    @extend_schema(summary="修改", request=PatchInput, responses={200: ActivityDetailSerializer})
    def partial_update(self, request, pk=None):
        """What is not sent stays."""
        data = self._changed(PatchInput)
        parts = {name: data.get(name) for name in ("kinds", "joint_hosts", "seen_at")}
        values = plan_of(data)["values"]
        return self._do(actions.change_activity, values=values, **parts)

    # --- Its life --------------------------------------------------------------------------------------

    def _changed(self, input_class):
        """The input, once the caller is known to be one who may change the record."""
        require(access.can_change_activity(self.request.user, self.get_object()))
        return self.read(input_class)

    def _do(self, act, status=200, **values):
        found = self.get_object()
        act(activity=Activity(pk=found.pk), **values, **self.who)
        return self.shown(found.pk, status)

    def _take(self, name, act, input_class=NothingInput):
        require(access.can_take(self.request.user, self.get_object(), name))
        return self._do(act, **self.read(input_class))

    @extend_schema(summary="计划的活动已召开", request=RollInput, responses={200: ActivityDetailSerializer})
    @action(detail=True, methods=["post"])
    def hold(self, request, pk=None):
        return self._do(actions.hold_activity, **self._attendance())

    def _attendance(self):
        given = attendance_of(self._changed(RollInput))
        if "roll" in given:
            given["roll"] |= unseen_of(self.request.user, self.get_object())
        return given

    @extend_schema(
        summary="登记到会",
        description="roll为完整名单，未列入的视为不应到会；guests整体替换。",
        request=RollInput,
        responses={200: ActivityDetailSerializer},
    )
    @action(detail=True, methods=["post"])
    def attendance(self, request, pk=None):
        given = self._attendance()
        if "guests" not in request.data:
            given["guests"] = None  # stay
        return self._do(actions.change_activity, **given)

    @extend_schema(summary="已通知", request=None, responses={200: ActivityDetailSerializer})
    @action(detail=True, methods=["post"])
    def notify(self, request, pk=None):
        return self._take("notify", actions.notify_activity)

    @extend_schema(summary="提交审核", request=None, responses={200: ActivityDetailSerializer})
    @action(detail=True, methods=["post"])
    def submit(self, request, pk=None):
        return self._take("submit", actions.submit_activity)

    @extend_schema(summary="审核归档", request=None, responses={200: ActivityDetailSerializer})
    @action(detail=True, methods=["post"])
    def archive(self, request, pk=None):
        return self._take("archive", actions.archive_activity)

    @extend_schema(summary="退回修改", request=ReasonInput, responses={200: ActivityDetailSerializer})
    @action(detail=True, methods=["post"], url_path="return", url_name="return")
    def send_back(self, request, pk=None):
        return self._take("return", actions.return_activity, ReasonInput)

    @extend_schema(summary="退回更正已归档的", request=ReasonInput, responses={200: ActivityDetailSerializer})
    @action(detail=True, methods=["post"])
    def reopen(self, request, pk=None):
        return self._take("reopen", actions.reopen_activity, ReasonInput)

    @extend_schema(summary="取消", request=ReasonInput, responses={200: ActivityDetailSerializer})
    @action(detail=True, methods=["post"])
    def cancel(self, request, pk=None):
        return self._take("cancel", actions.cancel_activity, ReasonInput)

    # --- What it decided -------------------------------------------------------------------------------

    @extend_schema(summary="登记表决", request=VoteInput, responses={201: ActivityDetailSerializer})
    @action(detail=True, methods=["post"])
    def votes(self, request, pk=None):
        return self._do(decisions.add_vote, 201, **self._changed(VoteInput))

    @extend_schema(summary="登记决议", request=ResolutionInput, responses={201: ActivityDetailSerializer})
    @action(detail=True, methods=["post"])
    def resolutions(self, request, pk=None):
        return self._do(decisions.add_resolution, 201, **self._changed(ResolutionInput))


@extend_schema_view(
    list=extend_schema(summary="决议和落实"),
    retrieve=extend_schema(summary="一项决议"),
)
class ResolutionViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, SubjectViewSet):
    model = Resolution
    serializer_class = ResolutionRowSerializer
    filterset_class = ResolutionFilter
    may_list = staticmethod(access.can_view_activities)
    ordering = "-pk"

    def rows(self):
        return Resolution.objects.visible_to(self.request.user).select_related("activity__organisation")

    @extend_schema(summary="办结决议", request=CloseInput, responses={200: ResolutionRowSerializer})
    @action(detail=True, methods=["post"])
    def close(self, request, pk=None):
        found = self.get_object()
        require(access.can_change_activity(request.user, found.activity))
        decisions.close_resolution(resolution=found, **self.read(CloseInput), **self.who)
        return self.shown(found.pk)


@extend_schema_view(list=extend_schema(summary="活动品牌"), retrieve=extend_schema(summary="一个活动品牌"))
class SeriesViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, SubjectViewSet):
    model = Series
    serializer_class = SeriesSerializer
    may_list = staticmethod(access.can_view_activities)

    def rows(self):
        return Series.objects.visible_to(self.request.user).select_related("organisation")
