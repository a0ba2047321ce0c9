"""The filters of posts, teams and public roles: page, API and export read the same query string."""

import datetime as dt

import django_filters as filters
from django.db.models import Exists, OuterRef, Q, Value
from django.db.models.functions import Replace
from django.utils import timezone

from members.filters import NameFilter, OrganisationFilter
from members.models import LeadingKind, LeadingService, LeadingUnit, Member, PublicRole, RoleKind, RoleLevel
from members.models.leading import has_leader, has_results
from members.transfer_filters import within
from orgs.filters import YES_NO, ListFilter, choice_filter
from orgs.forms.styled import StyledForm
from orgs.regulations import value_on
from orgs.search_words import normalise_search

GAPS = [("leader", "缺负责人"), ("commitment", "缺承诺"), ("result", "缺业绩")]
SOON, OVER = "soon", "over"
TERMS = [(SOON, "即将届满"), (OVER, "已届满")]


def term_notice(today: dt.date) -> dt.date:
    """The last day of a term that is reminded of today. The lead time is a setting."""
    return today + dt.timedelta(days=value_on("leading_notice_days", today))


def pressing(today: dt.date) -> Q:
    """“The term is over or soon will be.”"""
    return Q(term_ends_on__lte=term_notice(today))


def term_condition(value: str, today: dt.date) -> Q:
    """The last day of a term still belongs to it."""
    return Q(term_ends_on__lt=today) if value == OVER else pressing(today) & Q(term_ends_on__gte=today)


def mark_term(rows, today: dt.date) -> None:
    """Sets `mark` (tone, words) on what is open and whose term is over or soon will be; one query."""
    last = term_notice(today)
    for row in rows:
        ends = None if row.ended_on else row.term_ends_on
        if ends is None or ends > last:
            row.mark = None
        elif ends < today:
            row.mark = ("bad", "任期已满")
        else:
            row.mark = ("warn", "即将届满")


def members_found(text):
    return Member.objects.find(text.strip()).order_by().values("pk")


def organisation_filter():
    return OrganisationFilter(label="党组织（含下级）", max_length=200, method="filter_organisation")


def term_filter():
    return filters.ChoiceFilter(choices=TERMS, label="任期", empty_label="全部", method="filter_term")


def ended_filter(label, open_label):
    return filters.ChoiceFilter(choices=YES_NO, label=label, empty_label=open_label, method="filter_ended")


class TermFilter(ListFilter):
    """What lists of things that begin and end share: open ones, unless `ended` asks for the others."""

    home = "organisation"

    def filter_organisation(self, queryset, name, value):
        return queryset.filter(**{f"{self.home}__in": within(value)})

    def filter_term(self, queryset, name, value):
        return queryset.filter(term_condition(value, timezone.localdate()))

    def filter_ended(self, queryset, name, value):
        return queryset

    def filter_queryset(self, queryset):
        found = super().filter_queryset(queryset)
        return found.filter(ended_on__isnull=self.form.cleaned_data.get("ended") != YES_NO[0][0])


class LeadingFilter(TermFilter):
    """`kinds` are those of the tab; all without."""

    q = NameFilter(label="名称、人员姓名或拼音", method="filter_text")
    kind = choice_filter(LeadingKind.choices, "类别")
    gap = filters.ChoiceFilter(choices=GAPS, label="三亮", empty_label="全部", method="filter_gap")
    organisation = organisation_filter()
    term = term_filter()
    ended = ended_filter("已撤销", "未撤销")

    class Meta:
        model = LeadingUnit
        form = StyledForm
        fields: list[str] = []

    def __init__(self, *args, kinds=tuple(LeadingKind), **kwargs):
        super().__init__(*args, **kwargs)
        self.queryset = self.queryset.filter(kind__in=kinds)
        self.filters["kind"].extra["choices"] = [(kind.value, kind.label) for kind in kinds]

    def filter_text(self, queryset, name, value):
        """Part of the name, its pinyin, or somebody who serves there now."""
        serving = LeadingService.objects.filter(
            unit=OuterRef("pk"), until__isnull=True, member__in=members_found(value)
        )
        read = queryset.annotate(read=Replace("pinyin", Value(" "), Value("")))
        return read.filter(
            Q(name__icontains=value.strip())
            | Q(read__startswith=normalise_search(value))
            | Q(Exists(serving))
        )

    def filter_gap(self, queryset, name, value):
        if value == "leader":
            return queryset.filter(~has_leader())
        if value == "result":
            return queryset.filter(~has_results())
        return queryset.filter(commitment="")


class RoleFilter(TermFilter):
    q = NameFilter(label="姓名、拼音或机构", method="filter_text")
    kind = choice_filter(RoleKind.choices, "类别")
    level = choice_filter(RoleLevel.choices, "层级")
    organisation = organisation_filter()
    term = term_filter()
    ended = ended_filter("已终止", "在任")
    home = "member__organisation"

    class Meta:
        model = PublicRole
        form = StyledForm
        fields: list[str] = []

    def filter_text(self, queryset, name, value):
        return queryset.filter(Q(body__icontains=value.strip()) | Q(member__in=members_found(value)))
