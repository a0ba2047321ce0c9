"""The filters of the register's list: page, API and export read the same query string."""

import unicodedata

import django_filters as filters
from django.core.exceptions import ValidationError
from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone

from members import composition
from members.choices import Membership, Relation
from members.models import Member, at_homes
from orgs.filters import YES, ListFilter, choice_filter, visible_organisations
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
    "employer": of_employer,
    "legacy": lambda value: Q(legacy_unverified=True),
}


class MemberFilter(ListFilter):
    """`Member` rows by the query string: those in the register, unless `standing` asks for former members."""

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
    occupation = dimension_filter(composition.OCCUPATION)
    title = dimension_filter(composition.TITLE)
    research = dimension_filter(composition.RESEARCH)
    employer = filters.CharFilter(label="工作单位名称或代码", max_length=100)
    legacy = filters.ChoiceFilter(choices=YES, label="历史数据待核", empty_label="全部")

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
        today = timezone.localdate()
        standing = self.chosen.get("standing")
        if standing == LEFT:
            queryset = queryset.former()
        elif standing != ALL:
            queryset = queryset.in_register()
        for name, value in self.chosen.items():
            if name == "q":
                queryset = queryset.find(value)
            elif name in CONDITIONS:
                queryset = queryset.filter(CONDITIONS[name](value))
            elif name != "standing":
                queryset = queryset.filter(composition.BY_NAME[name].condition(value, today))
        return queryset

    def count(self) -> int:
        """How many rows; `MOST_COUNTED` + 1 stands for more than that."""
        return self.qs.order_by()[: MOST_COUNTED + 1].aggregate(count=Count("pk"))["count"]
