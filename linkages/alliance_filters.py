"""The filters of the lists of alliances and of what they resolved: page, interface and export read the same query string."""

import datetime as dt

import django_filters as filters
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from linkages.chairs import NOTICE_DAYS
from linkages.models import RESOLUTION_DAYS, Alliance, AllianceMember, ChairTerm, ConferenceResolution
from members.filters import OrganisationFilter
from orgs.filters import YES, ListFilter
from orgs.forms.styled import StyledForm

STATES = [("running", "活动中"), ("ended", "已终止")]
RESOLUTION_STATES = [
    ("open", "未办结"), ("near", f"逾期或{RESOLUTION_DAYS}日内到期"), ("overdue", "逾期"), ("done", "已办结"),
]  # fmt: skip


def overdue(today):
    """Resolutions of the alliance that are not done after their day."""
    return ConferenceResolution.objects.open().filter(conference__alliance=OuterRef("pk"), due_on__lt=today)


def yes_filter(label, method):
    return filters.ChoiceFilter(choices=YES, label=label, empty_label="全部", method=method)


class AllianceFilter(ListFilter):
    q = filters.CharFilter(label="联盟或成员名称", max_length=100, method="filter_text")
    state = filters.ChoiceFilter(choices=STATES, label="状态", empty_label="全部", method="filter_state")
    organisation = OrganisationFilter(
        label="成员党组织（含下级）", max_length=200, method="filter_organisation"
    )
    overdue = yes_filter("有逾期的议定事项", "filter_overdue")
    handover = yes_filter(f"{NOTICE_DAYS}日内交接", "filter_handover")
    without_chair = yes_filter("轮值已届满未安排", "filter_without_chair")

    MAIN = ("q", "state", "organisation", "overdue", "handover", "without_chair")

    class Meta:
        model = Alliance
        form = StyledForm
        fields: list[str] = []

    def _member(self, condition):
        today = AllianceMember.objects.on(timezone.localdate())
        return Exists(today.filter(condition, alliance=OuterRef("pk")))

    def filter_text(self, queryset, name, value):
        text = value.strip()
        named = Q(organisation__name__icontains=text) | Q(partner__name__icontains=text)
        return queryset.filter(Q(name__icontains=text) | Q(self._member(named)))

    def filter_state(self, queryset, name, value):
        return queryset.filter(ended_on__isnull=value == "running")

    def filter_organisation(self, queryset, name, value):
        return queryset.filter(self._member(Q(organisation__path__startswith=value.path)))

    def filter_overdue(self, queryset, name, value):
        return queryset.filter(Exists(overdue(timezone.localdate())))

    def filter_handover(self, queryset, name, value):
        today = timezone.localdate()
        until = today + dt.timedelta(days=NOTICE_DAYS)
        terms = ChairTerm.objects.filter(
            alliance=OuterRef("pk"), starts_on__lte=today, ends_on__range=(today, until)
        )
        return queryset.running().filter(Exists(terms))

    def filter_without_chair(self, queryset, name, value):
        """They had one, and no term reaches today."""
        terms = ChairTerm.objects.filter(alliance=OuterRef("pk"))
        return queryset.running().filter(
            Exists(terms), ~Exists(terms.filter(ends_on__gte=timezone.localdate()))
        )


class ResolutionFilter(ListFilter):
    q = filters.CharFilter(label="事项或联盟名称", max_length=100, method="filter_text")
    state = filters.ChoiceFilter(
        choices=RESOLUTION_STATES, label="状态", empty_label="全部", method="filter_state"
    )
    mine = yes_filter("本单位负责的", "filter_mine")

    MAIN = ("q", "state", "mine")

    class Meta:
        model = ConferenceResolution
        form = StyledForm
        fields: list[str] = []

    def filter_text(self, queryset, name, value):
        text = value.strip()
        return queryset.filter(Q(text__icontains=text) | Q(conference__alliance__name__icontains=text))

    def filter_state(self, queryset, name, value):
        today = timezone.localdate()
        return {
            "open": lambda: queryset.open(),
            "near": lambda: queryset.near(today),
            "overdue": lambda: queryset.open().filter(due_on__lt=today),
            "done": lambda: queryset.filter(done_on__isnull=False),
        }[value]()

    def filter_mine(self, queryset, name, value):
        return queryset.owned_by(self.request.user)
