"""The filters of the list of service records; page, interface and export read the same query string."""

import django_filters as filters
from django.db.models import Q

from activities.filters import DayFilter
from activities.models import ServiceRecord, ServiceRecordKind
from members.filters import OrganisationFilter, of_organisation, refuse_numbers
from orgs.filters import ListFilter, choice_filter
from orgs.forms.lookups import enterprise_field
from orgs.forms.styled import StyledForm
from orgs.models import Enterprise

WITHDRAWN, ALL = "withdrawn", "all"
STATES = [(WITHDRAWN, "已撤销"), (ALL, "有效和已撤销")]


class EnterpriseFilter(filters.CharFilter):
    """An enterprise the person sees, by code or name."""

    field_class = staticmethod(enterprise_field)

    @property
    def field(self):
        field = super().field
        user = getattr(self.parent.request, "user", None)
        field.queryset = Enterprise.objects.visible_to(user) if user else Enterprise.objects.none()
        return field


class ServiceFilter(ListFilter):
    """Without `state` only what stands."""

    q = filters.CharFilter(
        label="事项或服务对象", max_length=100, method="filter_text", validators=[refuse_numbers]
    )
    kind = choice_filter(ServiceRecordKind.choices, "服务类型")
    organisation = OrganisationFilter(label="党组织（含下级）", max_length=200, method="filter_organisation")
    enterprise = EnterpriseFilter(label="服务企业", max_length=200)
    since = DayFilter(label="日期不早于", field_name="on", lookup_expr="gte")
    until = DayFilter(label="日期不晚于", field_name="on", lookup_expr="lte")
    state = filters.ChoiceFilter(choices=STATES, label="状态", empty_label="有效", method="filter_nothing")

    MAIN = ("q", "kind", "organisation", "since", "until", "state")
    UNSPOKEN = ("q",)

    class Meta:
        model = ServiceRecord
        form = StyledForm
        fields: list[str] = []

    def filter_queryset(self, queryset):
        state = self.chosen.get("state")
        if state != ALL:
            queryset = queryset.filter(withdrawn_at__isnull=state != WITHDRAWN)
        return super().filter_queryset(queryset)

    def filter_text(self, queryset, name, value):
        text = value.strip()
        named = Enterprise.objects.filter(name__icontains=text).order_by().values("pk")
        return queryset.filter(
            Q(title__icontains=text) | Q(beneficiary_name__icontains=text) | Q(enterprise__in=named)
        )

    def filter_organisation(self, queryset, name, value):
        return queryset.filter(of_organisation(value))

    def filter_nothing(self, queryset, name, value):
        return queryset
