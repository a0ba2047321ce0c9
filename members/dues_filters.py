"""The filters of the list of charges; the figures of the dashboard count by the same query string."""

import django_filters as filters

from members.filters import OrganisationFilter, of_organisation
from members.models import DuesCharge
from orgs.filters import ListFilter
from orgs.forms.fields import DayField
from orgs.forms.styled import StyledForm

STATES = [("unpaid", "未交"), ("paid", "已交（含无须交纳）")]


class DayFilter(filters.DateFilter):
    field_class = DayField


class ChargeListFilter(ListFilter):
    """Charges by the branch of the month; any day names its month."""

    organisation = OrganisationFilter(label="党组织（含下级）", max_length=200, method="filter_organisation")
    since = DayFilter(label="月份不早于", method="filter_since")
    until = DayFilter(label="月份不晚于", field_name="month", lookup_expr="lte")
    state = filters.ChoiceFilter(choices=STATES, label="情况", empty_label="全部", method="filter_state")

    class Meta:
        model = DuesCharge
        form = StyledForm
        fields: list[str] = []

    def filter_organisation(self, queryset, name, value):
        return queryset.filter(of_organisation(value))

    def filter_since(self, queryset, name, value):
        return queryset.filter(month__gte=value.replace(day=1))

    def filter_state(self, queryset, name, value):
        return queryset.unpaid() if value == "unpaid" else queryset.settled()
