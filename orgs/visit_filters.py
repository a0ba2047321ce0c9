"""The filters of visit tasks and visits: page, API and export read the same query string."""

import datetime as dt

import django_filters as filters
from django.forms import HiddenInput
from django.utils import timezone

from orgs.filters import (
    YES_NO,
    CountFilter,
    ListFilter,
    PlacedFilter,
    choice_filter,
    day_filter,
    hidden_organisation,
    place_filter,
    visible_areas,
    visible_parks,
)
from orgs.forms.styled import StyledForm
from orgs.models import (
    Chain,
    Cluster,
    Enterprise,
    Visit,
    VisitKind,
    VisitReason,
    VisitTask,
    VisitTaskState,
    VisitTeam,
)
from orgs.regulations import value_on
from orgs.tree import within_paths

MAX_KEY = 2**53
DUE = [("soon", "即将到期"), ("late", "已超期")]


def visible_teams(request):
    user = getattr(request, "user", None)
    return VisitTeam.objects.visible_to(user) if user else VisitTeam.objects.none()


class OfEnterpriseFilter(PlacedFilter):
    """Rows about an enterprise, by what it is called and where it lies."""

    q = filters.CharFilter(label="企业名称或代码", max_length=100, method="filter_text")
    area = place_filter(visible_areas, "片区", "未归片区", field_name="enterprise__park__area")
    park = place_filter(visible_parks, "园区", "未填园区", field_name="enterprise__park")
    cluster = place_filter(Cluster.objects.all(), "产业集群", "未归集群", field_name="enterprise__cluster")
    chain = filters.ModelChoiceFilter(
        queryset=Chain.objects.all(), field_name="enterprise__chain", label="产业链", empty_label="全部"
    )
    team = filters.ModelChoiceFilter(queryset=visible_teams, label="服务队", empty_label="全部")
    kind = choice_filter(VisitKind.choices, "类别")

    def filter_text(self, queryset, name, value):
        found = Enterprise.objects.search(value.strip()).order_by().values("pk")
        return queryset.filter(enterprise__in=found)


class VisitTaskFilter(OfEnterpriseFilter):
    reason = choice_filter(VisitReason.choices, "原因")
    state = choice_filter(VisitTaskState.choices, "状态")
    due = filters.ChoiceFilter(choices=DUE, label="期限", empty_label="不限", method="filter_due")
    due_from = day_filter("期限不早于", field_name="due_on", lookup_expr="gte")
    due_to = day_filter("期限不晚于", field_name="due_on", lookup_expr="lte")
    instructor = filters.CharFilter(field_name="instructor_name", label="指导员", max_length=50)
    mine = filters.ChoiceFilter(
        choices=[("1", "我的")], label="我的走访", empty_label="全部", method="filter_mine"
    )
    organisation = hidden_organisation("责任党组织")
    below = hidden_organisation("责任党组织（含下级）", method="filter_below")
    run = CountFilter(field_name="run", label="导入批次", min_value=1, max_value=MAX_KEY, widget=HiddenInput)

    MAIN = ("q", "state", "reason", "kind", "due", "area")
    TAGS = ("organisation", "below", "run")

    class Meta:
        model = VisitTask
        form = StyledForm
        fields: list[str] = []

    def filter_due(self, queryset, name, value):
        today = timezone.localdate()
        if value == "late":
            return queryset.overdue(today)
        until = today + dt.timedelta(days=value_on("visit_notice_days", today))
        return queryset.open().filter(due_on__gte=today, due_on__lte=until)

    def filter_below(self, queryset, name, value):
        return queryset.filter(within_paths([value.path], "organisation__path"))

    def filter_mine(self, queryset, name, value):
        return queryset.of_person(self.request.user)


class VisitListFilter(OfEnterpriseFilter):
    visitor = filters.CharFilter(field_name="visitor_name", label="走访人", max_length=50)
    since = day_filter("走访日期不早于", field_name="visited_on", lookup_expr="gte")
    until = day_filter("走访日期不晚于", field_name="visited_on", lookup_expr="lte")
    has_needs = filters.ChoiceFilter(
        choices=YES_NO, label="有企业诉求", empty_label="全部", method="filter_needs"
    )

    MAIN = ("q", "kind", "visitor", "since", "until", "has_needs")

    class Meta:
        model = Visit
        form = StyledForm
        fields: list[str] = []

    def filter_needs(self, queryset, name, value):
        return queryset.exclude(needs="") if value == "1" else queryset.filter(needs="")


class VisitTeamFilter(ListFilter):
    """Disbanded teams are left out unless asked for."""

    q = filters.CharFilter(field_name="name", lookup_expr="icontains", label="名称", max_length=60)
    chain = filters.ModelChoiceFilter(queryset=Chain.objects.all(), label="服务产业链", empty_label="全部")
    disbanded = filters.ChoiceFilter(
        choices=[("1", "已解散")], label="状态", empty_label="在任", method="filter_disbanded"
    )

    class Meta:
        model = VisitTeam
        form = StyledForm
        fields: list[str] = []

    def filter_queryset(self, queryset):
        found = super().filter_queryset(queryset)
        return found if self.chosen.get("disbanded") else found.standing()

    def filter_disbanded(self, queryset, name, value):
        return queryset.filter(disbanded_on__isnull=False)
