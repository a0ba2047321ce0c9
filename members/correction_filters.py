"""The filter of the list of corrections: page and API read the same query string."""

import django_filters as filters

from members.models import CorrectionField, CorrectionRequest, CorrectionState, Member
from members.transfer_filters import below_filter, within
from orgs.filters import ListFilter, choice_filter
from orgs.forms.styled import StyledForm


class CorrectionFilter(ListFilter):
    q = filters.CharFilter(label="姓名", max_length=50, method="filter_name")
    state = choice_filter(CorrectionState.choices, "状态")
    field = choice_filter(CorrectionField.choices, "项目")
    organisation = below_filter()
    TAGS = ("organisation",)

    class Meta:
        model = CorrectionRequest
        form = StyledForm
        fields: list[str] = []

    def filter_name(self, queryset, name, value):
        return queryset.filter(member__in=Member.objects.find(value.strip()).order_by().values("pk"))

    def filter_organisation(self, queryset, name, value):
        return queryset.filter(member__organisation__in=within(value))
