"""The filters of transfer and absence lists: page and API read the same query string."""

import django_filters as filters
from django import forms
from django.db.models import Q
from django.utils import timezone

from members.deadlines import AbsenceClock, TransferClock
from members.models import Absence, AbsenceKind, Member, Transfer, TransferDirection, TransferState
from members.models.transfers import OPEN_STATES
from members.waiting import AWAITED, absences_waiting, due_absences, transfers_waiting
from orgs.filters import YES, YES_NO, ListFilter, choice_filter, hidden_organisation
from orgs.forms.styled import StyledForm
from orgs.models import Organisation

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
    waiting = filters.ChoiceFilter(
        choices=YES, label="待本人办理", empty_label="全部", method="filter_waiting"
    )
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

    def filter_waiting(self, queryset, name, value):
        return queryset.filter(transfers_waiting(self.request.user, TransferClock(timezone.localdate())))


ANY, MINE = "any", "mine"
DUE = [
    (ANY, "任何一项"),
    (MINE, "待本人办理"),
    ("contact", "出国未按期联系"),
    ("long", "外出超过规定时间"),
    ("return", "超过预计返回日期"),
    ("report", "流入待报到"),
]


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
        rows, clock = queryset.open(), AbsenceClock(timezone.localdate())
        if value == "report":
            return rows.filter(AWAITED)
        if value == MINE:
            return rows.filter(absences_waiting(self.request.user, clock))
        if value == ANY:
            return rows.filter(due_absences(clock) | AWAITED)
        return rows.filter(due_absences(clock, value))

    def filter_ended(self, queryset, name, value):
        return queryset

    def filter_queryset(self, queryset):
        found = super().filter_queryset(queryset)
        ended = self.form.cleaned_data.get("ended") == "1"
        return found.filter(closed_on__isnull=not ended)
