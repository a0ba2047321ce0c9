"""The filters of policies and of what they reached: page, interface and export read the same query string."""

import datetime as dt

import django_filters as filters
from django.db.models import Q
from django.utils import timezone

from linkages.models import Policy, PolicyDelivery, PolicyKind, PolicyState
from linkages.policies.figures import STATES
from linkages.policies.notices import NEAR_DAYS
from members.filters import OrganisationFilter, of_organisation
from orgs.filters import ListFilter, choice_filter, place_filter, visible_areas
from orgs.forms.styled import StyledForm
from orgs.models import Cluster, Enterprise

MINE = [("kept", "本单位推送")]
DUE = [("near", f"{NEAR_DAYS}天内截止"), ("over", "已过截止")]


class PolicyFilter(ListFilter):
    q = filters.CharFilter(label="名称、文号或发文单位", max_length=100, method="filter_text")
    kind = choice_filter(PolicyKind.choices, "政策类别")
    state = choice_filter(PolicyState.choices, "状态")
    organisation = OrganisationFilter(
        label="推送党组织（含下级）", max_length=200, method="filter_organisation"
    )
    mine = filters.ChoiceFilter(choices=MINE, label="与本单位", empty_label="全部", method="filter_mine")
    due = filters.ChoiceFilter(choices=DUE, label="截止", empty_label="不限", method="filter_due")

    MAIN = ("q", "kind", "state", "organisation", "mine", "due")

    class Meta:
        model = Policy
        form = StyledForm
        fields: list[str] = []

    def filter_text(self, queryset, name, value):
        text = value.strip()
        return queryset.filter(
            Q(title__icontains=text) | Q(number__icontains=text) | Q(issuer__icontains=text)
        )

    def filter_organisation(self, queryset, name, value):
        return queryset.filter(of_organisation(value))

    def filter_mine(self, queryset, name, value):
        return queryset.permitted_to(self.request.user, "linkages.change")

    def filter_due(self, queryset, name, value):
        today = timezone.localdate()
        if value == "over":
            return queryset.filter(state=PolicyState.OPEN).ending_by(today - dt.timedelta(days=1))
        return queryset.open(today).ending_by(today + dt.timedelta(days=NEAR_DAYS))


class DeliveryFilter(ListFilter):
    """Rows of one policy, of one enterprise, or of all that the person sees."""

    q = filters.CharFilter(label="企业名称或代码", max_length=100, method="filter_text")
    state = filters.ChoiceFilter(
        choices=[(name, label) for name, (label, _) in STATES.items()], label="进展", empty_label="全部",
        method="filter_state",
    )  # fmt: skip
    area = place_filter(visible_areas, "片区", "未归片区", field_name="enterprise__park__area")
    cluster = place_filter(Cluster.objects.all(), "产业集群", "未归集群", field_name="enterprise__cluster")

    MAIN = ("q", "state", "area", "cluster")

    class Meta:
        model = PolicyDelivery
        form = StyledForm
        fields: list[str] = []

    def filter_text(self, queryset, name, value):
        found = Enterprise.objects.search(value.strip()).order_by().values("pk")
        return queryset.filter(enterprise__in=found)

    def filter_state(self, queryset, name, value):
        return queryset.filter(STATES[value][1])
