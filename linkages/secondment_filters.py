"""The filters of secondments and of their outcomes: page, interface and export read the same query string."""

import datetime as dt

import django_filters as filters
from django.db.models import Exists, OuterRef, Q
from django.forms import DateInput, HiddenInput
from django.utils import timezone

from linkages.models import (
    Candidate,
    OutcomeKind,
    Partner,
    Secondment,
    SecondmentKind,
    SecondmentOutcome,
    SecondmentState,
)
from members.filters import OrganisationFilter, of_organisation
from orgs.filters import YES, CountFilter, ListFilter, choice_filter
from orgs.forms.styled import StyledForm
from orgs.models import Enterprise


def _units(model, name):
    """Those in a secondment that the person sees: a link to their rows tells nobody of others."""

    def rows(request):
        if request is None:
            return model.objects.none()
        return model.objects.filter(pk__in=Secondment.objects.visible_to(request.user).unit_keys(name))

    return rows


class SecondmentFilter(ListFilter):
    q = filters.CharFilter(label="岗位、单位或姓名", max_length=60, method="filter_text")
    kind = choice_filter(SecondmentKind.choices, "类别")
    state = choice_filter(SecondmentState.choices, "状态")
    organisation = OrganisationFilter(
        label="统筹党组织（含下级）", max_length=200, method="filter_organisation"
    )
    ends_within = CountFilter(
        label="多少天内期满（含已过期）", min_value=0, max_value=3660, method="filter_ends_within"
    )
    mine = filters.ChoiceFilter(choices=YES, label="由我办理", method="filter_mine")
    appointed = filters.ChoiceFilter(choices=YES, label="已签约", method="filter_appointed")
    partner = filters.ModelChoiceFilter(
        queryset=_units(Partner, "partner"), label="院校", widget=HiddenInput, method="filter_unit"
    )
    enterprise = filters.ModelChoiceFilter(
        queryset=_units(Enterprise, "enterprise"), label="企业", widget=HiddenInput, method="filter_unit"
    )

    MAIN = ("q", "kind", "state", "organisation", "ends_within")
    TAGS = ("mine", "appointed", "partner", "enterprise")

    class Meta:
        model = Secondment
        form = StyledForm
        fields: list[str] = []

    def filter_text(self, queryset, name, value):
        """Of candidates only those whom one sees in the rows."""
        text = value.strip()
        candidates = Candidate.objects.visible_to(self.request.user).filter(
            Q(name__icontains=text) | Q(enterprise__name__icontains=text) | Q(partner__name__icontains=text),
            secondment=OuterRef("pk"),
        )
        return queryset.filter(
            Q(post__icontains=text)
            | Q(enterprise__name__icontains=text)
            | Q(partner__name__icontains=text)
            | Q(Exists(candidates))
        )

    def filter_organisation(self, queryset, name, value):
        return queryset.filter(of_organisation(value))

    def filter_ends_within(self, queryset, name, value):
        last = timezone.localdate() + dt.timedelta(days=value)
        return queryset.filter(state=SecondmentState.SERVING, ends_on__lte=last)

    def filter_mine(self, queryset, name, value):
        """At home, or for the own unit."""
        user = self.request.user
        return queryset.permitted_to(user, "linkages.change") | queryset.needed_by(user)

    def filter_appointed(self, queryset, name, value):
        return queryset.appointed()

    def filter_unit(self, queryset, name, value):
        return queryset.of_unit(name, value)


def _day_filter(label, comparison):
    widget = DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return filters.DateFilter(label=label, field_name="on", lookup_expr=comparison, widget=widget)


class OutcomeFilter(SecondmentFilter):
    """Rows of `SecondmentOutcome`, beside what `SecondmentFilter` says about their secondments."""

    outcome = filters.ChoiceFilter(
        choices=OutcomeKind.choices, label="成果", field_name="kind", empty_label="全部"
    )
    since = _day_filter("日期起", "gte")
    until = _day_filter("日期止", "lte")
    OWN = ("outcome", "since", "until")
    MAIN = ("q", "outcome", "since", "until", "kind", "organisation")
    TAGS = ("state", "ends_within", *SecondmentFilter.TAGS)

    class Meta(SecondmentFilter.Meta):
        model = SecondmentOutcome

    def filter_queryset(self, queryset):
        secondments = Secondment.objects.visible_to(self.request.user)
        for name, value in self.chosen.items():
            one = self.filters[name]
            if name in self.OWN:
                queryset = one.filter(queryset, value)
            else:
                secondments = one.filter(secondments, value)
        return queryset.filter(secondment__in=secondments.order_by().values("pk"))
