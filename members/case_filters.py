"""The filters of the recruiting list and board: page and API read the same query string."""

import django_filters as filters
from django.db.models import Q, Value
from django.db.models.functions import Replace
from django.utils import timezone

from members.filters import NameFilter, OrganisationFilter
from members.models import CaseStage, RecruitmentCase
from members.recruiting import due
from members.recruiting.steps import STEPS
from members.transfer_filters import below_filter, within
from orgs.filters import YES_NO, ListFilter, choice_filter
from orgs.forms.styled import StyledForm
from orgs.search_words import normalise_search
from orgs.terms import month_end

DUE = [("overdue", "已逾期"), ("month", "本月应办"), ("pressing", "临近或已过期限")]
NEXT = [(str(number), f"{number} {step}") for number, step in STEPS.items() if number > 1]


class CaseFilter(ListFilter):
    """All cases; the board counts closed ones among them."""

    q = NameFilter(method="filter_name")
    stage = choice_filter(CaseStage.choices, "阶段")
    next_step = filters.ChoiceFilter(choices=NEXT, label="下一步", empty_label="全部", method="filter_next")
    due = filters.ChoiceFilter(choices=DUE, label="期限", empty_label="全部", method="filter_due")
    is_research = filters.ChoiceFilter(
        choices=YES_NO, label="研发人员", empty_label="全部", method="filter_research"
    )
    organisation = below_filter()
    approved_year = filters.NumberFilter(
        field_name="approved_on__year", label="接收年度", min_value=1900, max_value=2999
    )
    TAGS = ("organisation", "approved_year")

    class Meta:
        model = RecruitmentCase
        form = StyledForm
        fields: list[str] = []

    def filter_name(self, queryset, name, value):
        text = normalise_search(value)
        read = queryset.annotate(read=Replace("pinyin", Value(" "), Value("")))
        return read.filter(Q(name__icontains=value.strip()) | Q(read__startswith=text))

    def filter_next(self, queryset, name, value):
        return queryset.filter(next_step=int(value))

    def filter_due(self, queryset, name, value):
        today = timezone.localdate()
        if value == "overdue":
            return queryset.open().filter(due_on__lt=today)
        if value == "month":
            return queryset.open().filter(due_on__lte=month_end(today))
        return queryset.open().filter(due.pressing(today))

    def filter_research(self, queryset, name, value):
        return queryset.filter(is_research=value == YES_NO[0][0])

    def filter_organisation(self, queryset, name, value):
        return queryset.filter(organisation__in=within(value))


class CaseListFilter(CaseFilter):
    """Cases under way, unless what is asked for names closed ones: the list, its prints and the interface."""

    state = filters.ChoiceFilter(
        choices=[("closed", "已办结"), ("all", "办理中和已办结")],
        label="办理情况",
        empty_label="办理中",
        method="filter_state",
    )
    WIDER = ("stage", "approved_year", "state")

    def filter_queryset(self, queryset):
        found = super().filter_queryset(queryset)
        return found if any(name in self.chosen for name in self.WIDER) else found.open()

    def filter_state(self, queryset, name, value):
        return queryset if value == "all" else queryset.filter(closed_on__isnull=False)


class RankingFilter(ListFilter):
    """Activists and candidates by points."""

    q = NameFilter(method="filter_name")
    stage = choice_filter(
        [(stage.value, stage.label) for stage in (CaseStage.CANDIDATE, CaseStage.ACTIVIST)], "阶段"
    )
    organisation = OrganisationFilter(label="党组织（含下级）", max_length=200, method="filter_organisation")

    class Meta:
        model = RecruitmentCase
        form = StyledForm
        fields: list[str] = []

    filter_name = CaseFilter.filter_name
    filter_organisation = CaseFilter.filter_organisation
