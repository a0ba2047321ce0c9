"""The filters of the list of participation; the figures of the dashboard count by the same query string."""

import datetime as dt

import django_filters as filters
from django.utils import timezone

from activities.filters import DayFilter
from activities.member_filters import OfMembersFilter
from activities.participation import took_part
from members.models import Member
from orgs.forms.styled import StyledForm

ATTENDED = [("some", "参加过"), ("none", "从未参加")]


class ParticipationFilter(OfMembersFilter):
    """Members in the register; the period is this year up to today unless asked otherwise."""

    since = DayFilter(label="日期不早于", method="filter_nothing")
    until = DayFilter(label="日期不晚于", method="filter_nothing")
    attended = filters.ChoiceFilter(
        choices=ATTENDED, label="参加活动", empty_label="全部", method="filter_attended"
    )

    class Meta:
        model = Member
        form = StyledForm
        fields: list[str] = []

    @property
    def period(self) -> tuple[dt.date, dt.date]:
        until = self.chosen.get("until") or timezone.localdate()
        return self.chosen.get("since") or dt.date(until.year, 1, 1), until

    def filter_attended(self, queryset, name, value):
        found = took_part(*self.period)
        return queryset.filter(found if value == "some" else ~found)

    def figures(self) -> dict[str, int]:
        """How many are listed, and how many of those took part."""
        every = self.members.count()
        some = self.members.filter(took_part(*self.period)).count()
        chosen = self.chosen.get("attended")
        return {
            "all": {"some": some, "none": every - some}.get(chosen, every),
            "some": 0 if chosen == "none" else some,
        }
