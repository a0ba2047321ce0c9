"""The filters of pairings and of the talent pool: pages, API and exports read the same query string."""

import django_filters as filters
from django.db.models import Count, Q, Value
from django.db.models.functions import Replace
from django.utils import timezone

from members import composition, talent
from members.filters import MOST_COUNTED, NameFilter, OrganisationFilter, dimension_filter, of_organisation
from members.models import Member, OutsidePerson, Pairing, PairingKind, RecruitmentCase
from members.transfer_filters import within
from orgs.filters import ListFilter, choice_filter
from orgs.forms.styled import StyledForm
from orgs.search_words import normalise_search
from orgs.terms import month_end

DUE = [("overdue", "已逾期"), ("month", "本月应联系")]
STATES = [("ended", "已结束"), ("all", "全部")]


def named(rows, text):
    """Those of `rows` (cases, people outside) whose name contains `text` or whose pinyin begins with it."""
    read = rows.order_by().annotate(read=Replace("pinyin", Value(" "), Value("")))
    return read.filter(Q(name__icontains=text.strip()) | Q(read__startswith=normalise_search(text)))


class PairingFilter(ListFilter):
    """Pairings that run, unless `state` asks for others."""

    # Names of people outside the register stay out of the trail.
    UNSPOKEN = ("q",)

    q = NameFilter(label="双方姓名或拼音", method="filter_name")
    kind = choice_filter(PairingKind.choices, "类别")
    organisation = OrganisationFilter(label="党组织", max_length=200, method="filter_organisation")
    due = filters.ChoiceFilter(choices=DUE, label="应联系", empty_label="全部", method="filter_due")
    state = filters.ChoiceFilter(choices=STATES, label="状态", empty_label="进行中", method="filter_state")

    class Meta:
        model = Pairing
        form = StyledForm
        fields: list[str] = []

    def filter_name(self, queryset, name, value):
        members = Member.objects.find(value).order_by().values("pk")
        return queryset.filter(
            Q(leader__in=members)
            | Q(member__in=members)
            | Q(case__in=named(RecruitmentCase.objects.all(), value).values("pk"))
            | Q(person__in=named(OutsidePerson.objects.known(), value).values("pk"))
        )

    def filter_organisation(self, queryset, name, value):
        return queryset.filter(organisation__in=within(value))

    def filter_due(self, queryset, name, value):
        today = timezone.localdate()
        if value == "overdue":
            return queryset.overdue(today)
        return queryset.open().filter(due_on__lte=month_end(today))

    def filter_state(self, queryset, name, value):
        return queryset.filter(ended_on__isnull=False) if value == "ended" else queryset

    def filter_queryset(self, queryset):
        found = super().filter_queryset(queryset)
        return found if self.chosen.get("state") else found.open()


class TalentFilter(ListFilter):
    """Members in the pool, or one of `members.talent.SOURCES`."""

    q = NameFilter()
    organisation = OrganisationFilter(label="党组织", max_length=200)
    education = dimension_filter(talent.EDUCATION)
    age = dimension_filter(talent.AGE)
    research = dimension_filter(composition.RESEARCH)
    source = filters.ChoiceFilter(choices=talent.SOURCES, label="来源", empty_label="在库")

    class Meta:
        model = Member
        form = StyledForm
        fields: list[str] = []

    DIMENSIONS = {"education": talent.EDUCATION, "age": talent.AGE, "research": composition.RESEARCH}

    def filter_queryset(self, queryset):
        today, chosen = timezone.localdate(), self.chosen
        rows = talent.of_source(queryset, talent.Rule.on(today), chosen.get("source", ""))
        if text := chosen.get("q"):
            rows = rows.find(text)
        if organisation := chosen.get("organisation"):
            rows = rows.filter(of_organisation(organisation))
        for name, dimension in self.DIMENSIONS.items():
            if name in chosen:
                rows = rows.filter(dimension.condition(chosen[name], today))
        return rows

    def count(self) -> int:
        """How many rows; `MOST_COUNTED` + 1 stands for more than that."""
        return self.qs.order_by()[: MOST_COUNTED + 1].aggregate(count=Count("pk"))["count"]


class OutsideFilter(ListFilter):
    """People outside the register who are in the pool."""

    # Names of people outside the register stay out of the trail.
    UNSPOKEN = ("q", "field")

    q = NameFilter(method="filter_name")
    organisation = OrganisationFilter(label="登记党组织", max_length=200, method="filter_organisation")
    education = dimension_filter(talent.EDUCATION)
    age = dimension_filter(talent.AGE)
    research = dimension_filter(composition.RESEARCH)
    field = filters.CharFilter(label="从事领域", max_length=60, lookup_expr="icontains")

    class Meta:
        model = OutsidePerson
        form = StyledForm
        fields: list[str] = []

    def filter_name(self, queryset, name, value):
        return named(queryset, value)

    def filter_organisation(self, queryset, name, value):
        return queryset.filter(organisation__in=within(value))

    def filter_queryset(self, queryset):
        rows, today = talent.outside(queryset), timezone.localdate()
        for name, value in self.chosen.items():
            if name in TalentFilter.DIMENSIONS:
                rows = rows.filter(TalentFilter.DIMENSIONS[name].condition(value, today))
            else:
                rows = self.filters[name].filter(rows, value)
        return rows
