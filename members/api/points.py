"""量化积分: criteria and entries."""

import django_filters as filters
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action

from members import access
from members.actions import points as actions
from members.forms.points import committees
from members.models import Counting, PointCriterion, PointEntry, RecruitmentCase
from orgs.access import require
from orgs.api.fields import Scoped, Text, WholeNumber
from orgs.api.filters import YES_NO
from orgs.api.organisations import OrganisationRef
from orgs.api.views import SubjectViewSet
from orgs.models import Organisation

MOST_POINTS = 32_767


class CriterionSerializer(serializers.ModelSerializer):
    """`series` is the same for all versions of a criterion; `until` is the first day on which it no longer holds."""

    organisation = OrganisationRef()

    class Meta:
        model = PointCriterion
        fields = [
            "id", "series", "organisation", "group", "name", "description", "counting", "points", "points_max", "since",
            "until",
        ]  # fmt: skip


class CriterionChangeInput(serializers.Serializer):
    """What is not sent stays."""

    group = Text(max_length=20, required=False)
    name = Text(max_length=60, required=False)
    description = Text(max_length=300, required=False, allow_blank=True)
    counting = serializers.ChoiceField(choices=Counting.choices, required=False)
    points = WholeNumber(min_value=1, max_value=MOST_POINTS, required=False)
    points_max = WholeNumber(min_value=1, max_value=MOST_POINTS, required=False)


class CriterionInput(CriterionChangeInput):
    organisation = Scoped(
        rows=lambda user: committees(user) if user else Organisation.objects.all(),
        slug_field="code",
        help_text="适用党委代码（含下级）。",
    )
    group = Text(max_length=20)
    name = Text(max_length=60)
    counting = serializers.ChoiceField(choices=Counting.choices, default=Counting.PER_ITEM)
    points = WholeNumber(min_value=1, max_value=MOST_POINTS)
    points_max = WholeNumber(min_value=1, max_value=MOST_POINTS)


class CriterionFilter(filters.FilterSet):
    ended = filters.ChoiceFilter(choices=YES_NO, label="已停用", method="filter_ended")

    class Meta:
        model = PointCriterion
        fields: list[str] = []

    def filter_ended(self, queryset, name, value):
        return queryset.filter(until__isnull=value != "1")


@extend_schema_view(list=extend_schema(summary="积分指标"), retrieve=extend_schema(summary="一项积分指标"))
class CriterionViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, SubjectViewSet):
    model = PointCriterion
    serializer_class = CriterionSerializer
    filterset_class = CriterionFilter
    may_list = staticmethod(access.can_view_members)

    def rows(self):
        return PointCriterion.objects.visible_to(self.request.user).select_related("organisation")

    def _changeable(self):
        criterion = self.get_object()
        require(access.can_change_criteria(self.request.user, criterion.organisation))
        return criterion

    @extend_schema(summary="新增积分指标", request=CriterionInput, responses={201: CriterionSerializer})
    def create(self, request):
        require(committees(request.user).exists())
        values = self.read(CriterionInput)
        organisation = values.pop("organisation")
        found = actions.create_criterion(organisation=organisation, values=values, **self.who)
        return self.shown(found.pk, 201)

    @extend_schema(
        summary="修改积分指标",
        description="自今日起执行，已登记的积分不变；已有登记的，返回新一版。",
        request=CriterionChangeInput,
        responses={200: CriterionSerializer},
    )
    def partial_update(self, request, pk=None):
        criterion = self._changeable()
        found = actions.change_criterion(
            criterion=criterion, values=self.read(CriterionChangeInput), **self.who
        )
        return self.shown(found.pk)

    @extend_schema(summary="停用积分指标", request=None, responses={200: CriterionSerializer})
    @action(detail=True, methods=["post"])
    def end(self, request, pk=None):
        return self.shown(actions.end_criterion(criterion=self._changeable(), **self.who).pk)


# --- Entries ----------------------------------------------------------------------------------------------


class PointEntrySerializer(serializers.ModelSerializer):
    """`points` are those before the criterion's cap. `evidence` is null for those who may only read."""

    criterion = CriterionSerializer()
    evidence = serializers.SerializerMethodField()

    class Meta:
        model = PointEntry
        fields = [
            "id", "case", "criterion", "on", "count", "points", "evidence", "entered_at", "withdrawn_on",
            "withdrawn_reason",
        ]  # fmt: skip

    def get_evidence(self, entry) -> str | None:
        user = self.context["request"].user
        return entry.evidence if access.can_read_findings(user, entry.case) else None


class PointEntryInput(serializers.Serializer):
    case = Scoped(
        rows=lambda user: (
            RecruitmentCase.objects.permitted_to(user, "members.change")
            if user
            else RecruitmentCase.objects.all()
        ),
        slug_field="id",
        help_text="发展记录编号。",
    )
    criterion = Scoped(
        rows=lambda user: PointCriterion.objects.visible_to(user) if user else PointCriterion.objects.all(),
        slug_field="id",
        help_text="积分指标编号。",
    )
    on = serializers.DateField(default=timezone.localdate, help_text="取得日期，默认今天。")
    count = WholeNumber(
        min_value=1, max_value=actions.MOST_ITEMS, required=False, help_text="按项计分的项数，默认1。"
    )
    given = WholeNumber(
        min_value=1, max_value=MOST_POINTS, required=False, help_text="一次计分的得分，默认最高分。"
    )
    evidence = Text(max_length=500)


class WithdrawInput(serializers.Serializer):
    reason = Text(max_length=200)


class PointEntryFilter(filters.FilterSet):
    case = filters.NumberFilter(label="发展记录编号", min_value=1, max_value=2**53)
    withdrawn = filters.ChoiceFilter(choices=YES_NO, label="已撤回", method="filter_withdrawn")

    class Meta:
        model = PointEntry
        fields: list[str] = []

    def filter_withdrawn(self, queryset, name, value):
        return queryset.filter(withdrawn_on__isnull=value != "1")


@extend_schema_view(list=extend_schema(summary="积分记录"), retrieve=extend_schema(summary="一条积分记录"))
class PointEntryViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, SubjectViewSet):
    model = PointEntry
    serializer_class = PointEntrySerializer
    filterset_class = PointEntryFilter
    may_list = staticmethod(access.can_view_members)

    def rows(self):
        rows = PointEntry.objects.visible_to(self.request.user)
        return rows.select_related("case__organisation", "criterion__organisation")

    @extend_schema(summary="登记积分", request=PointEntryInput, responses={201: PointEntrySerializer})
    def create(self, request):
        require(access.can_change_members(request.user))
        found = actions.enter_points(**self.read(PointEntryInput), **self.who)
        return self.shown(found.pk, 201)

    @extend_schema(summary="撤回积分", request=WithdrawInput, responses={200: PointEntrySerializer})
    @action(detail=True, methods=["post"])
    def withdraw(self, request, pk=None):
        entry = self.get_object()
        require(access.can_change_points(request.user, entry.case))
        actions.withdraw_points(entry=entry, **self.read(WithdrawInput), **self.who)
        return self.shown(entry.pk)
