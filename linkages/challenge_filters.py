"""The filter of the board: page, interface and export read the same query string."""

import django_filters as filters
from django.db.models import Q
from django.utils import timezone

from linkages.models import Challenge, ChallengeKind, ChallengeState
from members.filters import OrganisationFilter, of_organisation
from orgs.filters import ListFilter, choice_filter
from orgs.forms.styled import StyledForm

MINE = [("kept", "本单位发榜"), ("claimed", "本单位揭榜")]
DUE = [("claims", "揭榜已截止，未选定"), ("work", "已过攻关期限")]


class ChallengeFilter(ListFilter):
    q = filters.CharFilter(label="难题、目标或企业", max_length=100, method="filter_text")
    kind = choice_filter(ChallengeKind.choices, "榜单类别")
    state = choice_filter(ChallengeState.choices, "状态")
    organisation = OrganisationFilter(
        label="发榜党组织（含下级）", max_length=200, method="filter_organisation"
    )
    mine = filters.ChoiceFilter(choices=MINE, label="与本单位", empty_label="全部", method="filter_mine")
    due = filters.ChoiceFilter(choices=DUE, label="期限", empty_label="不限", method="filter_due")

    MAIN = ("q", "kind", "state", "organisation", "mine", "due")

    class Meta:
        model = Challenge
        form = StyledForm
        fields: list[str] = []

    def filter_text(self, queryset, name, value):
        text = value.strip()
        return queryset.filter(
            Q(title__icontains=text) | Q(goal__icontains=text) | Q(enterprise__name__icontains=text)
        )

    def filter_organisation(self, queryset, name, value):
        return queryset.filter(of_organisation(value))

    def filter_mine(self, queryset, name, value):
        user = self.request.user
        return (
            queryset.permitted_to(user, "linkages.change") if value == "kept" else queryset.claimed_by(user)
        )

    def filter_due(self, queryset, name, value):
        today = timezone.localdate()
        if value == "claims":
            return queryset.filter(state=ChallengeState.OPEN, claims_until__lt=today)
        return queryset.filter(state=ChallengeState.WORKING, work_until__lt=today)
