"""The filters of the list of activities: page, interface and export read the same query string."""

import django_filters as filters
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from activities.kinds import Kind
from activities.models import Activity, ActivityState, JointHost, Resolution, Series
from members.filters import OrganisationFilter, of_organisation
from orgs.filters import YES_NO, ListFilter, choice_filter
from orgs.forms.fields import DayField
from orgs.forms.styled import StyledForm

HELD = ("took_place", "已召开（含审核、归档）")


class DayFilter(filters.DateFilter):
    field_class = DayField


def visible_series(request):
    user = getattr(request, "user", None)
    return Series.objects.visible_to(user).order_by("name") if user else Series.objects.none()


class ActivityFilter(ListFilter):
    q = filters.CharFilter(label="名称、编号或地点", max_length=100, method="filter_text")
    kind = choice_filter(Kind.choices, "类型")
    organisation = OrganisationFilter(label="党组织（含下级）", max_length=200, method="filter_organisation")
    since = DayFilter(label="日期不早于", field_name="held_on", lookup_expr="gte")
    until = DayFilter(label="日期不晚于", field_name="held_on", lookup_expr="lte")
    state = filters.ChoiceFilter(
        choices=[HELD, *ActivityState.choices], label="状态", empty_label="全部", method="filter_state"
    )
    series = filters.ModelChoiceFilter(queryset=visible_series, label="活动品牌", empty_label="全部")

    resolutions = filters.ChoiceFilter(
        choices=[("open", "有未办结的"), ("due", "有到期未办结的")], label="决议", method="filter_resolutions"
    )

    MAIN = ("q", "kind", "organisation", "since", "until", "state")

    class Meta:
        model = Activity
        form = StyledForm
        fields: list[str] = []

    def filter_text(self, queryset, name, value):
        return queryset.search(value)

    def filter_organisation(self, queryset, name, value):
        """Alone or with others."""
        own = of_organisation(value)
        joint = JointHost.objects.filter(activity=OuterRef("pk"), organisation__path__startswith=value.path)
        return queryset.filter(own | Q(Exists(joint)))

    def filter_state(self, queryset, name, value):
        return queryset.held() if value == HELD[0] else queryset.filter(state=value)

    def filter_resolutions(self, queryset, name, value):
        found = Resolution.objects.filter(activity=OuterRef("pk"))
        found = found.near(timezone.localdate()) if value == "due" else found.open()
        return queryset.held().filter(Exists(found))

    def filter_queryset(self, queryset):
        if kind := self.chosen.get("kind"):
            queryset = queryset.of_kind(kind)
        for name, value in self.chosen.items():
            if name != "kind":
                queryset = self.filters[name].filter(queryset, value)
        return queryset

    @property
    def chosen_words(self) -> list[str]:
        """“类型：党课”, for the audit trail and the export's title."""
        return [f"{self.form.fields[name].label}：{self._words(name)}" for name in self.chosen]

    def _words(self, name):
        value, field = self.chosen[name], self.form.fields[name]
        return (
            str(value)
            if hasattr(field, "queryset")
            else dict(getattr(field, "choices", ())).get(value, value)
        )


class ResolutionFilter(ListFilter):
    """Resolutions of activities; `open` asks for those that are (not) carried out."""

    activity = filters.ModelChoiceFilter(
        queryset=lambda request: (
            Activity.objects.visible_to(request.user) if request else Activity.objects.none()
        ),
        label="活动编号",
    )
    open = filters.ChoiceFilter(choices=YES_NO, label="未办结", method="filter_open")
    due_until = DayFilter(label="期限不晚于", field_name="due_on", lookup_expr="lte")

    class Meta:
        model = Resolution
        form = StyledForm
        fields: list[str] = []

    def filter_open(self, queryset, name, value):
        return queryset.filter(done_on__isnull=value == "1")
