"""The filters of the list of study lists; page and interface read the same query string."""

import django_filters as filters
from django.db.models import Q
from django.utils import timezone

from activities.models import StudyList
from members.filters import OrganisationFilter, of_organisation
from orgs.filters import ListFilter
from orgs.forms.styled import StyledForm

NOW, COMING, PAST, DRAFT, WITHDRAWN = "now", "coming", "past", "draft", "withdrawn"
STATES = [(NOW, "进行中"), (COMING, "未开始"), (PAST, "已结束"), (DRAFT, "草稿"), (WITHDRAWN, "已撤回")]


def in_state(state: str) -> Q:
    """As `StudyList.state_words` says."""
    today = timezone.localdate()
    is_open = Q(withdrawn_at__isnull=True, published_at__isnull=False)
    return {
        NOW: is_open & Q(starts_on__lte=today, ends_on__gte=today),
        COMING: is_open & Q(starts_on__gt=today),
        PAST: is_open & Q(ends_on__lt=today),
        DRAFT: Q(withdrawn_at__isnull=True, published_at__isnull=True),
        WITHDRAWN: Q(withdrawn_at__isnull=False),
    }[state]


class StudyFilter(ListFilter):
    q = filters.CharFilter(label="名称", max_length=80, field_name="title", lookup_expr="icontains")
    organisation = OrganisationFilter(
        label="发布党组织（含下级）", max_length=200, method="filter_organisation"
    )
    state = filters.ChoiceFilter(choices=STATES, label="状态", empty_label="全部", method="filter_state")

    class Meta:
        model = StudyList
        form = StyledForm
        fields: list[str] = []

    def filter_organisation(self, queryset, name, value):
        return queryset.filter(of_organisation(value))

    def filter_state(self, queryset, name, value):
        return queryset.filter(in_state(value))
