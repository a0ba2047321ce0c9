"""The filters of responsibility lists, and of the units that lead nothing: page, interface and export read the same."""

import django_filters as filters
from django.db.models import Q
from django.utils import timezone

from linkages.models import Commitment, CommitmentState, units_without
from linkages.models.commitments import NEAR_DAYS, judged_by, late, led_by, near
from members.filters import OrganisationFilter, of_organisation
from orgs.filters import CountFilter, ListFilter, choice_filter
from orgs.forms.styled import StyledForm
from orgs.kinds import OrganisationKind
from orgs.models import Organisation

MINE = [("led", "本单位领办"), ("judged", "由本单位确认")]
DUE = [("late", "已逾期"), ("near", f"{NEAR_DAYS}天内到期")]


def year_filter(**kwargs):
    return CountFilter(label="年度", min_value=2000, max_value=2999, **kwargs)


class CommitmentFilter(ListFilter):
    q = filters.CharFilter(label="项目、领办人或单位", max_length=100, method="filter_text")
    year = year_filter()
    state = choice_filter(CommitmentState.choices, "状态")
    due = filters.ChoiceFilter(choices=DUE, label="期限", empty_label="不限", method="filter_due")
    organisation = OrganisationFilter(
        label="领办单位（含下级）", max_length=200, method="filter_organisation"
    )
    mine = filters.ChoiceFilter(choices=MINE, label="与本单位", empty_label="全部", method="filter_mine")

    MAIN = ("q", "year", "state", "due", "organisation", "mine")

    class Meta:
        model = Commitment
        form = StyledForm
        fields: list[str] = []

    def filter_text(self, queryset, name, value):
        text = value.strip()
        found = Q(title__icontains=text) | Q(leader_name__icontains=text)
        return queryset.filter(found | Q(organisation__name__icontains=text))

    def filter_due(self, queryset, name, value):
        condition = late if value == "late" else near
        return queryset.filter(condition(timezone.localdate()))

    def filter_organisation(self, queryset, name, value):
        return queryset.filter(of_organisation(value))

    def filter_mine(self, queryset, name, value):
        user = self.request.user
        return queryset.filter(led_by(user) if value == "led" else judged_by(user))


class MissingUnitFilter(ListFilter):
    """Organisations that lead nothing in `year`, which must be given."""

    q = filters.CharFilter(label="党组织名称或代码", max_length=100, method="filter_text")
    year = year_filter(method="filter_year")
    kind = choice_filter(OrganisationKind.choices, "党组织类别")
    organisation = OrganisationFilter(label="党组织（含下级）", max_length=200, method="filter_organisation")

    MAIN = ("q", "year", "kind", "organisation")

    class Meta:
        model = Organisation
        form = StyledForm
        fields: list[str] = []

    def filter_text(self, queryset, name, value):
        return queryset.search(value.strip())

    def filter_year(self, queryset, name, value):
        return units_without(queryset, int(value))

    def filter_organisation(self, queryset, name, value):
        return queryset.within(value)
