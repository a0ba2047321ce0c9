"""The filter of the list of appraisals: page and API read the same query string."""

import django_filters as filters

from activities.models import Appraisal
from members.transfer_filters import below_filter, within
from orgs.filters import ListFilter
from orgs.forms.styled import StyledForm


class AppraisalFilter(ListFilter):
    year = filters.NumberFilter(label="年度", min_value=1949, max_value=9999)
    organisation = below_filter()
    TAGS = ("organisation",)

    class Meta:
        model = Appraisal
        form = StyledForm
        fields: list[str] = []

    def filter_organisation(self, queryset, name, value):
        return queryset.filter(organisation__in=within(value))
