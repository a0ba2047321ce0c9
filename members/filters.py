"""The filters of the register's list: page, API and export read the same query string."""

import unicodedata

import django_filters as filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone

from members import composition
from members.choices import COUNTED, Closing, Membership, Opening, Relation
from members.models import Member, Posting, at_homes
from orgs.filters import YES, ListFilter, choice_filter, visible_organisations
from orgs.forms.fields import DayField
from orgs.forms.lookups import organisation_field
from orgs.forms.styled import StyledForm
from orgs.models import Enterprise, Organisation

LEFT, ALL = "left", "all"
STANDING = [(LEFT, "已离册"), (ALL, "在册和离册")]
TOO_MANY_DIGITS = 11
NUMBER = "number"
NUMBER_WORDS = "证件号码、手机号码不放在网址里查找，请用“按证件号码或手机号码查找”。"
# Keeps a browser from sending such a number at all; the server refuses it as well.
NAME_PATTERN = r"(?!.*[0-9０-９]{11}).*"
MOST_COUNTED = 50_000
MOST_EMPLOYERS = 20_000  # more would be too long a list for a statement


def looks_like_number(text: str) -> bool:
    """Eleven digits or more: a mobile or an identity number, which must not stand in addresses and their logs."""
    return sum(character.isdigit() for character in unicodedata.normalize("NFKC", text)) >= TOO_MANY_DIGITS


def refuse_numbers(text):
    if looks_like_number(text):
        raise ValidationError(NUMBER_WORDS, code=NUMBER)


class NameFilter(filters.CharFilter):
    """Part of a name, pinyin or initials."""

    def __init__(self, **kwargs):
        super().__init__(**{"label": "姓名或拼音", "max_length": 60, "validators": [refuse_numbers]} | kwargs)

    @property
    def field(self):
        field = super().field
        field.widget.attrs |= {"pattern": NAME_PATTERN, "title": NUMBER_WORDS}
        return field


class OrganisationFilter(filters.CharFilter):
    """An organisation the person sees, by code or name, with everything below."""

    field_class = staticmethod(organisation_field)

    @property
    def field(self):
        field = super().field
        field.queryset = visible_organisations(self.parent.request)
        return field


def dimension_filter(dimension):
    return choice_filter(dimension.choices, dimension.title)


def of_organisation(organisation) -> Q:
    if organisation.depth == 1:
        return Q(root_id=organisation.pk)
    return at_homes(Organisation.objects.within(organisation))


def of_employer(text) -> Q:
    """The unit's credit code, or part of its name as the register of enterprises or the member's record has it.

    The codes are looked up first: as a sub-select PostgreSQL would read their whole list again for every member.
    """
    text = unicodedata.normalize("NFKC", text).strip()
    named = Enterprise.objects.search(text).exclude(credit_code=None).order_by()
    codes = list(named.values_list("credit_code", flat=True)[: MOST_EMPLOYERS + 1])
    by_code = (
        Q(employer_code__in=codes)
        if len(codes) <= MOST_EMPLOYERS
        else Q(Exists(named.filter(credit_code=OuterRef("employer_code"))))
    )
    return Q(employer_code=text.upper()) | Q(employer_name__icontains=text) | by_code


CONDITIONS = {
    "organisation": of_organisation,
    "membership": lambda value: Q(membership=value),
    "relation": lambda value: Q(relation=value),
    "joined_from": lambda value: Q(joined_on__gte=value),
    "joined_to": lambda value: Q(joined_on__lte=value),
    "confirmed_from": lambda value: Q(confirmed_on__gte=value),
    "confirmed_to": lambda value: Q(confirmed_on__lte=value),
    "employer": of_employer,
    "legacy": lambda value: Q(legacy_unverified=True),
}


# Filters about postings of the past: what the figures of annual statistics count.
BY_POSTING = ("counted_on", "entered_in", "left_in")
HOW = list({**dict(Opening.choices), **dict(Closing.choices)}.items())


class PastDayFilter(filters.DateFilter):
    """A day with which the calendar can still reckon ages."""

    field_class = DayField


def hidden(filter_class, label, **kwargs):
    """Set by links from figures; shown as a tag that can be taken off."""
    return filter_class(label=label, widget=forms.HiddenInput, **kwargs)


def year_filter(label):
    return hidden(filters.NumberFilter, label, min_value=1949, max_value=2999, decimal_places=0)


class MemberFilter(ListFilter):
    """`Member` rows by the query string: those in the register, unless `standing` asks for former members.

    With one of `BY_POSTING` those whose posting was in force on the day, or began or ended in the year (`how` says how):
    in the organisation of then, whatever became of them. Ages and kinds of membership are those of that day.
    """

    q = NameFilter()
    organisation = OrganisationFilter(label="党组织", max_length=200)
    membership = choice_filter(Membership.choices, "党员类别")
    relation = choice_filter([pair for pair in Relation.choices if pair[0] != Relation.LEFT], "组织关系")
    education = dimension_filter(composition.EDUCATION)
    standing = filters.ChoiceFilter(choices=STANDING, label="在册情况", empty_label="在册")
    sex = dimension_filter(composition.SEX)
    ethnicity = dimension_filter(composition.ETHNICITY)
    age = dimension_filter(composition.AGE)
    joined = dimension_filter(composition.JOINED)
    joined_from = filters.DateFilter(label="入党日期不早于")
    joined_to = filters.DateFilter(label="入党日期不晚于")
    confirmed_from = filters.DateFilter(label="转正日期不早于")
    confirmed_to = filters.DateFilter(label="转正日期不晚于")
    occupation = dimension_filter(composition.OCCUPATION)
    title = dimension_filter(composition.TITLE)
    research = dimension_filter(composition.RESEARCH)
    employer = filters.CharFilter(label="工作单位名称或代码", max_length=100)
    legacy = filters.ChoiceFilter(choices=YES, label="历史数据待核", empty_label="全部")
    counted_on = hidden(PastDayFilter, "计入统计的日期")
    entered_in = year_filter("增加年度")
    left_in = year_filter("减少年度")
    how = hidden(filters.ChoiceFilter, "增减原因", choices=HOW)

    TAGS = (*BY_POSTING, "how")
    MAIN = ("q", "organisation", "membership", "relation", "education")

    class Meta:
        model = Member
        form = StyledForm
        fields: list[str] = []

    @property
    def has_number(self) -> bool:
        """A number was typed where a name belongs."""
        return self.form.is_bound and self.form.has_error("q", NUMBER)

    def filter_queryset(self, queryset):
        chosen, day = self.chosen, timezone.localdate()
        if any(name in chosen for name in BY_POSTING):
            queryset, day = self._by_posting(queryset, chosen)
        elif chosen.get("standing") == LEFT:
            queryset = queryset.former()
        elif chosen.get("standing") != ALL:
            queryset = queryset.in_register()
        for name, value in chosen.items():
            if name == "q":
                queryset = queryset.find(value)
            elif name in CONDITIONS:
                queryset = queryset.filter(CONDITIONS[name](value))
            elif name in composition.BY_NAME:
                queryset = queryset.filter(composition.BY_NAME[name].condition(value, day))
        return queryset

    def _by_posting(self, queryset, chosen):
        """The rows, and the day on which they are judged. Takes from `chosen` what is asked of that day."""
        postings, day = Posting.objects.order_by(), timezone.localdate()
        if organisation := chosen.pop("organisation", None):
            postings = composition.postings_below(organisation)
        if on := chosen.get("counted_on"):
            postings, day = postings.current(on), on
        if year := chosen.get("entered_in"):
            postings, day = self._in_year(composition.entered_in, postings, year, "opened_how")
        if year := chosen.get("left_in"):
            postings, day = self._in_year(composition.left_in, postings, year, "closed_how")
        if chosen.get("membership") in COUNTED:
            queryset = queryset.filter(composition.MEMBERSHIP.condition(chosen.pop("membership"), day))
        return queryset.filter(pk__in=postings.values("member")), day

    def _in_year(self, narrow, postings, year, field):
        found = narrow(postings, int(year))
        how = self.chosen.get("how")
        return found.filter(**{field: how}) if how else found, composition.year_span(int(year))[1]

    def count(self) -> int:
        """How many rows; `MOST_COUNTED` + 1 stands for more than that."""
        return self.qs.order_by()[: MOST_COUNTED + 1].aggregate(count=Count("pk"))["count"]
