"""The filters of the list of training hours; page and interface read the same query string."""

import django_filters as filters
from django.db.models import F
from django.utils import timezone

from activities import training
from activities.member_filters import OfMembersFilter
from members.models import Member
from orgs.forms.styled import StyledForm

REACHED = [("no", "未达到"), ("yes", "已达到")]
FIRST_YEAR = 2012


def years():
    return [(year, f"{year}年") for year in range(timezone.localdate().year, FIRST_YEAR - 1, -1)]


class TrainingFilter(OfMembersFilter):
    """Members in the register with their hours of `year` (this year unless asked)."""

    year = filters.ChoiceFilter(choices=years, label="年度", empty_label="本年", method="filter_nothing")
    reached = filters.ChoiceFilter(choices=REACHED, label="学时", empty_label="全部", method="filter_reached")

    class Meta:
        model = Member
        form = StyledForm
        fields: list[str] = []

    @property
    def asked_year(self) -> int:
        return int(self.chosen.get("year") or timezone.localdate().year)

    def filter_queryset(self, queryset):
        return super().filter_queryset(training.with_hours(queryset, self.asked_year))

    def filter_reached(self, queryset, name, value):
        return (
            queryset.filter(hours__gte=F("required"))
            if value == "yes"
            else queryset.filter(hours__lt=F("required"))
        )

    def figures(self) -> dict[str, int]:
        """How many are listed, and how many of those have reached their hours: all at once, not one after the other."""
        every = self.members.count()
        reached = training.reached_by_home(self.members, self.asked_year).total()
        chosen = self.chosen.get("reached")
        return {
            "all": {"yes": reached, "no": every - reached}.get(chosen, every),
            "reached": 0 if chosen == "no" else reached,
        }
