"""The filters of the three lists: page, interface and export read the same query string."""

import datetime as dt

import django_filters as filters
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from activities.models import Activity
from linkages.list_states import UNDERWAY, WANTED, ItemState, ProjectState
from linkages.models import Agreement, ItemKind, Need, Order, Partner, Project, Resource
from members.filters import OrganisationFilter, of_organisation
from orgs.filters import YES, CountFilter, ListFilter, choice_filter
from orgs.forms.styled import StyledForm
from orgs.models import Enterprise

ALL = "all"
STANDING = "未撤回"


def linked(model, label, **kwargs):
    """Set by links from other pages; shown as a tag that can be taken off."""
    return filters.ModelChoiceFilter(
        queryset=lambda request: model.objects.visible_to(request.user) if request else model.objects.none(),
        label=label,
        **kwargs,
    )


class ListedFilter(ListFilter):
    """Without `state` everything but what was withdrawn. Its rows come annotated by `list_states`."""

    q = filters.CharFilter(label="名称、说明或单位", max_length=100, method="filter_text")
    kind = choice_filter(ItemKind.choices, "类别")
    organisation = OrganisationFilter(label="党组织（含下级）", max_length=200, method="filter_organisation")
    mine = filters.ChoiceFilter(
        choices=YES, label="本单位和下级登记", empty_label="全部", method="filter_mine"
    )
    agreement = linked(Agreement, "共建协议")
    activity = linked(Activity, "登记时的活动")

    TAGS = ("agreement", "activity")

    def filter_queryset(self, queryset):
        if not self.chosen.get("state"):
            queryset = queryset.filter(withdrawn_at__isnull=True)
        return super().filter_queryset(queryset)

    def filter_state(self, queryset, name, value):
        return queryset if value == ALL else queryset.filter(state=value)

    def filter_mine(self, queryset, name, value):
        return queryset.filter(
            pk__in=queryset.model.objects.kept_by(self.request.user).order_by().values("pk")
        )

    def filter_organisation(self, queryset, name, value):
        return queryset.filter(of_organisation(value))

    def filter_text(self, queryset, name, value):
        return queryset.filter(self.text(value.strip()))

    def text(self, text) -> Q:
        words = Q(title__icontains=text) | Q(description__icontains=text)
        return words | Q(organisation__name__icontains=text)


def states(choices):
    return filters.ChoiceFilter(
        choices=[*choices, (ALL, "全部，含已撤回")], label="状态", empty_label=STANDING, method="filter_state"
    )


class OfferedFilter(ListedFilter):
    state = states(ItemState.choices)
    ends_within = CountFilter(label="多少天内到期", min_value=0, max_value=3660, method="filter_ends_within")
    partner = linked(Partner, "共建单位")

    MAIN = ("q", "kind", "state", "organisation", "mine")
    TAGS = ("partner", "agreement", "activity")

    class Meta:
        form = StyledForm
        fields: list[str] = []

    def text(self, text) -> Q:
        return super().text(text) | Q(partner__name__icontains=text)

    def filter_ends_within(self, queryset, name, value):
        """Published and not past; of needs those without a project: the others are served."""
        today = timezone.localdate()
        rows = queryset.published().filter(valid_until__range=(today, today + dt.timedelta(days=value)))
        return rows.filter(matched=False) if queryset.model is Need else rows


class ResourceFilter(OfferedFilter):
    class Meta(OfferedFilter.Meta):
        model = Resource


class NeedFilter(OfferedFilter):
    waiting = CountFilter(label="待对接满多少天", min_value=0, max_value=3660, method="filter_waiting")
    ordered = filters.ChoiceFilter(
        choices=YES, label="已转为点单", empty_label="全部", method="filter_ordered"
    )

    class Meta(OfferedFilter.Meta):
        model = Need

    def text(self, text) -> Q:
        named = Enterprise.objects.filter(name__icontains=text).order_by().values("pk")
        return super().text(text) | Q(enterprise__in=named)

    def filter_ordered(self, queryset, name, value):
        return queryset.filter(Exists(Order.objects.standing().filter(need=OuterRef("pk"))))

    def filter_waiting(self, queryset, name, value):
        before = timezone.now() - dt.timedelta(days=value)
        return queryset.filter(state__in=WANTED, published_at__lte=before)


class ProjectFilter(ListedFilter):
    state = states(ProjectState.choices)
    due_within = CountFilter(label="多少天内到期", min_value=0, max_value=3660, method="filter_due_within")

    MAIN = ("q", "kind", "state", "organisation", "mine")

    class Meta:
        model = Project
        form = StyledForm
        fields: list[str] = []

    def filter_due_within(self, queryset, name, value):
        """With what is late already."""
        until = timezone.localdate() + dt.timedelta(days=value)
        return queryset.filter(state__in=UNDERWAY, deadline__lte=until)
