"""The filters of the list of stations; page and interface read the same query string."""

import django_filters as filters

from activities.filters import DayFilter
from activities.models import Booking, BookingState, Venue, VenueKind, in_use_on
from members.filters import OrganisationFilter, of_organisation
from orgs.filters import ListFilter, choice_filter
from orgs.forms.styled import StyledForm
from orgs.models import Organisation, Park

USE = [("1", "使用中"), ("0", "已停用或未启用")]


def visible_parks(request):
    user = getattr(request, "user", None)
    return Park.objects.visible_to(user).order_by("name") if user else Park.objects.none()


class VenueFilter(ListFilter):
    q = filters.CharFilter(label="名称、地址或设施", max_length=100, method="filter_text")
    kind = choice_filter(VenueKind.choices, "类别")
    organisation = OrganisationFilter(
        label="管理党组织（含下级）", max_length=200, method="filter_organisation"
    )
    park = filters.ModelChoiceFilter(queryset=visible_parks, label="园区", empty_label="全部")
    use = filters.ChoiceFilter(choices=USE, label="使用情况", empty_label="全部", method="filter_use")

    class Meta:
        model = Venue
        form = StyledForm
        fields: list[str] = []

    def filter_text(self, queryset, name, value):
        return queryset.search(value.strip())

    def filter_organisation(self, queryset, name, value):
        return queryset.filter(of_organisation(value))

    def filter_use(self, queryset, name, value):
        return queryset.filter(in_use_on() if value == "1" else ~in_use_on())


WHOSE = [("ours", "我们预订的"), ("here", "我们管理的场地")]


def visible_venues(request):
    user = getattr(request, "user", None)
    return Venue.objects.visible_to(user).order_by("name") if user else Venue.objects.none()


class BookingFilter(ListFilter):
    whose = filters.ChoiceFilter(choices=WHOSE, label="范围", empty_label="全部", method="filter_whose")
    state = choice_filter(BookingState.choices, "状态")
    venue = filters.ModelChoiceFilter(queryset=visible_venues, label="阵地", empty_label="全部")
    organisation = OrganisationFilter(
        label="阵地的管理党组织（含下级）", max_length=200, method="filter_organisation"
    )
    since = DayFilter(label="日期不早于", field_name="starts_at", lookup_expr="date__gte")
    until = DayFilter(label="日期不晚于", field_name="starts_at", lookup_expr="date__lte")

    class Meta:
        model = Booking
        form = StyledForm
        fields: list[str] = []

    def filter_whose(self, queryset, name, value):
        """Those that the person may change, not only read."""
        user, permission = self.request.user, "activities.change"
        if value == "ours":
            return queryset.made_by(user, permission)
        return queryset.at_venues_of(user, permission)

    def filter_organisation(self, queryset, name, value):
        return queryset.filter(
            venue__organisation__in=Organisation.objects.within(value).order_by().values("pk")
        )
