"""The filters of transfer and absence lists: page and API read the same query string."""

import operator
from functools import reduce

import django_filters as filters
from django import forms
from django.db.models import Q
from django.utils import timezone

from members.models import Absence, AbsenceKind, Member, Transfer, TransferDirection, TransferState
from members.models.transfers import OPEN_STATES
from members.moving import LOST_MONTHS
from orgs.filters import YES, YES_NO, ListFilter, choice_filter, hidden_organisation
from orgs.forms.styled import StyledForm
from orgs.models import Organisation
from orgs.regulations import values_on
from orgs.terms import latest_start

OPEN = "open"


def below_filter():
    return hidden_organisation("党组织（含下级）", method="filter_organisation")


def within(organisation):
    return Organisation.objects.within(organisation).order_by().values("pk")


class TransferFilter(ListFilter):
    q = filters.CharFilter(label="姓名", max_length=50, field_name="person_name", lookup_expr="icontains")
    state = filters.ChoiceFilter(
        choices=[(OPEN, "办理中"), *TransferState.choices],
        label="状态",
        empty_label="全部",
        method="filter_state",
    )
    direction = filters.ChoiceFilter(
        choices=TransferDirection.choices, label="方向", widget=forms.HiddenInput
    )
    organisation = below_filter()
    overdue = filters.ChoiceFilter(
        choices=YES, label="介绍信已失效", empty_label="全部", method="filter_overdue"
    )
    check = filters.ChoiceFilter(choices=YES, label="突击发展核查", empty_label="全部", method="filter_check")
    TAGS = ("organisation",)

    class Meta:
        model = Transfer
        form = StyledForm
        fields: list[str] = []

    def filter_state(self, queryset, name, value):
        return queryset.filter(state__in=OPEN_STATES if value == OPEN else [value])

    def filter_organisation(self, queryset, name, value):
        found = within(value)
        return queryset.filter(Q(from_organisation__in=found) | Q(to_organisation__in=found))

    def filter_overdue(self, queryset, name, value):
        return queryset.overdue()

    def filter_check(self, queryset, name, value):
        return queryset.filter(needs_check=True)


# Kinds of which nothing but the expected return is due.
RETURNING = (AbsenceKind.FLOATING_OUT, AbsenceKind.FLOATING_IN)
ANY = "any"
DUE = [
    (ANY, "任何一项"),
    ("contact", "出国未按期联系"),
    ("long", "外出超过规定时间"),
    ("return", "超过预计返回日期"),
    ("report", "流入待报到"),
]
AWAITED = Q(host__isnull=False, member__isnull=False, reported_on__isnull=True)


class AbsenceFilter(ListFilter):
    """Absences that have not ended, unless `ended` asks for the others."""

    q = filters.CharFilter(label="姓名", max_length=50, method="filter_name")
    kind = choice_filter(AbsenceKind.choices, "类别")
    organisation = below_filter()
    due = filters.ChoiceFilter(choices=DUE, label="需要办理", empty_label="全部", method="filter_due")
    ended = filters.ChoiceFilter(choices=YES_NO, label="已结束", empty_label="未结束", method="filter_ended")
    TAGS = ("organisation",)

    class Meta:
        model = Absence
        form = StyledForm
        fields: list[str] = []

    def filter_name(self, queryset, name, value):
        found = Member.objects.find(value.strip()).order_by().values("pk")
        return queryset.filter(Q(member__in=found) | Q(guest_name__icontains=value.strip()))

    def filter_organisation(self, queryset, name, value):
        found = within(value)
        return queryset.filter(Q(member__organisation__in=found) | Q(host__in=found))

    def filter_due(self, queryset, name, value):
        today = timezone.localdate()
        if value == "report":
            return queryset.open().filter(AWAITED)
        values = values_on(ABSENCE_SETTINGS, today)
        if value == ANY:
            return queryset.open().filter(due_absences(today, values) | AWAITED)
        return queryset.open().filter(due_absences(today, values, value))

    def filter_ended(self, queryset, name, value):
        return queryset

    def filter_queryset(self, queryset):
        found = super().filter_queryset(queryset)
        ended = self.form.cleaned_data.get("ended") == "1"
        return found.filter(closed_on__isnull=not ended)


ABSENCE_SETTINGS = ("floating_months", "abroad_contact_months", "graduate_years")


def due_absences(today, values, *what) -> Q:
    """“The absence asks for something”: any of `contact`, `long`, `return` of `DUE`; none named means all.

    For rows `with_last_contact`; `values` are those of `ABSENCE_SETTINGS`.
    """
    kinds = (
        (AbsenceKind.AWAY, values["floating_months"]),
        (AbsenceKind.GRADUATE, 12 * values["graduate_years"]),
        (AbsenceKind.LOST, LOST_MONTHS),
    )
    contact_since = latest_start(today, values["abroad_contact_months"])
    conditions = {
        "contact": Q(kind=AbsenceKind.ABROAD, last_contact_on__lte=contact_since),
        "return": Q(kind__in=RETURNING, expected_return_on__lt=today),
        "long": any_of(Q(kind=kind, since__lte=latest_start(today, months)) for kind, months in kinds),
    }
    return any_of(conditions[name] for name in what or conditions)


def any_of(conditions) -> Q:
    return reduce(operator.or_, conditions)
