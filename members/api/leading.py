"""先锋岗位与队伍、代表与观察员: units with their people and results, and public roles."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action

from members import access
from members.actions import leading as actions
from members.api.transfers import changeable_member
from members.leading_filters import LeadingFilter, RoleFilter
from members.models import (
    LeadingKind,
    LeadingResult,
    LeadingService,
    LeadingUnit,
    Member,
    PublicRole,
    RoleEnd,
    RoleKind,
    RoleLevel,
    ServiceEnd,
)
from orgs.access import require
from orgs.api.fields import Amount, Scoped, Text, WholeNumber
from orgs.api.organisations import OrganisationRef, organisation_code
from orgs.api.views import SubjectViewSet
from orgs.models import Enterprise


def readable(model, **kwargs):
    """A row of `model` that the caller reads as staff, named by key."""

    def rows(user):
        return model.objects.permitted_to(user, "members.view") if user else model.objects.all()

    return Scoped(rows=rows, slug_field="id", **kwargs)


def enterprise_key(**kwargs):
    def rows(user):
        return Enterprise.objects.visible_to(user) if user else Enterprise.objects.all()

    return Scoped(rows=rows, slug_field="id", **kwargs)


class LeadingServiceSerializer(serializers.ModelSerializer):
    name = serializers.CharField(source="member.name")

    class Meta:
        model = LeadingService
        fields = ["member", "name", "leads", "since", "until", "how"]


class LeadingResultSerializer(serializers.ModelSerializer):
    class Meta:
        model = LeadingResult
        fields = ["id", "on", "what", "figure", "measure", "evidence", "void_on", "void_reason"]


class LeadingUnitSerializer(serializers.ModelSerializer):
    """`leader` is null when nobody is responsible; `gaps` says what of 三亮 is missing."""

    organisation = OrganisationRef()
    leader = serializers.SerializerMethodField()
    gaps = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = LeadingUnit
        fields = [
            "id", "kind", "name", "organisation", "enterprise", "place", "task", "commitment", "established_on",
            "term_ends_on", "ended_on", "ended_reason", "leader", "gaps", "updated_at",
        ]  # fmt: skip

    def get_leader(self, unit) -> int | None:
        return unit.leader.pk if unit.leader else None


class LeadingUnitDetailSerializer(LeadingUnitSerializer):
    services = LeadingServiceSerializer(many=True)
    results = LeadingResultSerializer(many=True)

    class Meta(LeadingUnitSerializer.Meta):
        fields = [*LeadingUnitSerializer.Meta.fields, "services", "results"]


class LeadingUnitPatch(serializers.Serializer):
    """What is not sent stays."""

    name = Text(max_length=80, required=False)
    enterprise = enterprise_key(required=False, allow_null=True, help_text="所在企业编号。")
    place = Text(max_length=120, required=False, allow_blank=True)
    task = Text(max_length=300, required=False, allow_blank=True)
    commitment = Text(max_length=500, required=False, allow_blank=True)
    established_on = serializers.DateField(required=False)
    term_ends_on = serializers.DateField(required=False, allow_null=True)


class LeadingUnitInput(LeadingUnitPatch):
    organisation = organisation_code("members.change", help_text="设立党组织代码。")
    kind = serializers.ChoiceField(choices=LeadingKind.choices)
    name = Text(max_length=80)
    leader = readable(Member, required=False, allow_null=True, help_text="负责人的党员编号。")
    established_on = serializers.DateField(default=timezone.localdate, help_text="默认今天。")


class LeadingJoinInput(serializers.Serializer):
    member = readable(Member, help_text="党员编号。")
    since = serializers.DateField(default=timezone.localdate, help_text="默认今天。")


class LeadingLeaderInput(serializers.Serializer):
    member = readable(Member, help_text="党员编号。")
    on = serializers.DateField(default=timezone.localdate, help_text="默认今天。")


class LeadingLeaveInput(serializers.Serializer):
    member = WholeNumber(min_value=1, max_value=2**53, help_text="党员编号。")
    on = serializers.DateField(default=timezone.localdate, help_text="默认今天。")
    how = serializers.ChoiceField(choices=ServiceEnd.choices)


class LeadingResultInput(serializers.Serializer):
    on = serializers.DateField(default=timezone.localdate, help_text="默认今天。")
    what = Text(max_length=300)
    figure = Amount(max_digits=14, decimal_places=2, required=False, allow_null=True)
    measure = Text(max_length=20, required=False, allow_blank=True)
    evidence = Text(max_length=200, required=False, allow_blank=True)


class LeadingVoidInput(serializers.Serializer):
    result = WholeNumber(min_value=1, max_value=2**53, help_text="业绩编号。")
    reason = Text(max_length=200)


class LeadingEndInput(serializers.Serializer):
    on = serializers.DateField(default=timezone.localdate, help_text="默认今天。")
    reason = Text(max_length=200)


def act(summary, input_class):
    def decorate(method):
        method = action(detail=True, methods=["post"])(method)
        return extend_schema(
            summary=summary, request=input_class, responses={200: LeadingUnitDetailSerializer}
        )(method)

    return decorate


@extend_schema_view(
    list=extend_schema(summary="先锋岗位与队伍", description="默认不含已撤销的。"),
    retrieve=extend_schema(summary="一个岗位或队伍", responses=LeadingUnitDetailSerializer),
)
class LeadingUnitViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, SubjectViewSet):
    model = LeadingUnit
    serializer_class = LeadingUnitSerializer
    filterset_class = LeadingFilter
    may_list = staticmethod(access.can_view_members)
    ordering = "-pk"

    def get_serializer_class(self):
        return LeadingUnitSerializer if self.action == "list" else LeadingUnitDetailSerializer

    def rows(self):
        rows = LeadingUnit.objects.visible_to(self.request.user).for_list()
        return rows if self.action == "list" else rows.prefetch_related("services__member", "results")

    def _changeable(self):
        unit = self.get_object()
        require(access.can_change_unit(self.request.user, unit))
        return unit

    @extend_schema(summary="设立", request=LeadingUnitInput, responses={201: LeadingUnitDetailSerializer})
    def create(self, request):
        require(access.can_change_members(request.user))
        unit = actions.establish(**self.read(LeadingUnitInput), **self.who)
        return self.shown(unit.pk, 201)

    @extend_schema(summary="修改", request=LeadingUnitPatch, responses={200: LeadingUnitDetailSerializer})
    def partial_update(self, request, pk=None):
        unit = self._changeable()
        actions.update_unit(unit=unit, values=self.read(LeadingUnitPatch), **self.who)
        return self.shown(unit.pk)

    @act("增加成员", LeadingJoinInput)
    def join(self, request, pk=None):
        unit = self._changeable()
        actions.join(unit=unit, **self.read(LeadingJoinInput), **self.who)
        return self.shown(unit.pk)

    @act("确定负责人", LeadingLeaderInput)
    def leader(self, request, pk=None):
        unit = self._changeable()
        actions.appoint_leader(unit=unit, **self.read(LeadingLeaderInput), **self.who)
        return self.shown(unit.pk)

    @act("结束任职", LeadingLeaveInput)
    def leave(self, request, pk=None):
        unit = self._changeable()
        values = self.read(LeadingLeaveInput)
        service = unit.services.filter(member=values.pop("member"), until__isnull=True).first()
        if service is None:
            raise serializers.ValidationError({"member": "该党员不在其中。"})
        actions.leave(service=service, **values, **self.who)
        return self.shown(unit.pk)

    @act("登记业绩", LeadingResultInput)
    def results(self, request, pk=None):
        unit = self._changeable()
        actions.add_result(unit=unit, **self.read(LeadingResultInput), **self.who)
        return self.shown(unit.pk)

    @act("作废业绩", LeadingVoidInput)
    def void(self, request, pk=None):
        unit = self._changeable()
        values = self.read(LeadingVoidInput)
        result = unit.results.filter(pk=values.pop("result")).first()
        if result is None:
            raise serializers.ValidationError({"result": "没有这条业绩。"})
        actions.void_result(result=result, **values, **self.who)
        return self.shown(unit.pk)

    @act("撤销", LeadingEndInput)
    def end(self, request, pk=None):
        unit = self._changeable()
        actions.end_unit(unit=unit, **self.read(LeadingEndInput), **self.who)
        return self.shown(unit.pk)


class PublicRoleSerializer(serializers.ModelSerializer):
    name = serializers.CharField(source="member.name")
    organisation = OrganisationRef(source="member.organisation")

    class Meta:
        model = PublicRole
        fields = [
            "id", "member", "name", "organisation", "kind", "level", "body", "since", "term_ends_on", "ended_on",
            "how", "updated_at",
        ]  # fmt: skip


class PublicRoleInput(serializers.Serializer):
    member = changeable_member(help_text="党员编号。")
    kind = serializers.ChoiceField(choices=RoleKind.choices)
    level = serializers.ChoiceField(choices=RoleLevel.choices)
    body = Text(max_length=80)
    since = serializers.DateField(default=timezone.localdate, help_text="默认今天。")
    term_ends_on = serializers.DateField(required=False, allow_null=True)


class PublicRoleEndInput(serializers.Serializer):
    on = serializers.DateField(default=timezone.localdate, help_text="默认今天。")
    how = serializers.ChoiceField(choices=RoleEnd.choices)


@extend_schema_view(
    list=extend_schema(summary="代表与观察员", description="默认不含已终止的。"),
    retrieve=extend_schema(summary="一项任职"),
)
class PublicRoleViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, SubjectViewSet):
    model = PublicRole
    serializer_class = PublicRoleSerializer
    filterset_class = RoleFilter
    may_list = staticmethod(access.can_view_members)
    ordering = "-pk"

    def rows(self):
        return PublicRole.objects.visible_to(self.request.user).for_list()

    @extend_schema(summary="登记任职", request=PublicRoleInput, responses={201: PublicRoleSerializer})
    def create(self, request):
        require(access.can_change_members(request.user))
        role = actions.take_role(**self.read(PublicRoleInput), **self.who)
        return self.shown(role.pk, 201)

    @extend_schema(summary="终止任职", request=PublicRoleEndInput, responses={200: PublicRoleSerializer})
    @action(detail=True, methods=["post"])
    def end(self, request, pk=None):
        role = self.get_object()
        require(access.can_change_member(request.user, role.member))
        actions.end_role(role=role, **self.read(PublicRoleEndInput), **self.who)
        return self.shown(role.pk)
