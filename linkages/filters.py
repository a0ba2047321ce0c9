"""The filters of the lists of agreements and partner units: page, interface and export read the same query string."""

import datetime as dt

import django_filters as filters
from django import forms
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from linkages.models import Agreement, AgreementContent, Content, Partner, PartnerKind, Party
from linkages.promises import behind_of
from linkages.states import IDLE, RUNNING, UNRENEWED, AgreementState, quiet_for
from members.filters import OrganisationFilter
from orgs.filters import YES, CountFilter, ListFilter, choice_filter
from orgs.forms.styled import StyledForm
from orgs.models import Organisation

TERMS = [("running", "正在履行"), ("signed", "全部已签署")]


def of_term(term: str) -> Q:
    """The condition behind a choice of `TERMS`; signed are also those that have run out or were ended."""
    return Q(state__in=RUNNING) if term == "running" else Q(signed_on__isnull=False)


def _party(**values):
    return Exists(Party.objects.filter(agreement=OuterRef("pk"), **values))


def _named(request):
    """Organisations that are party to an agreement which the person sees, and those above them."""
    if request is None:
        return Organisation.objects.none()
    mine = Agreement.objects.visible_to(request.user).order_by().values("pk")
    return Organisation.objects.filter(
        Exists(Party.objects.filter(agreement__in=mine, organisation__path__startswith=OuterRef("path")))
    )


def _other_side(label, method):
    return filters.ModelChoiceFilter(queryset=_named, label=label, widget=forms.HiddenInput, method=method)


class SidesFilter(ListFilter):
    """What the list of agreements and their network ask alike. Rows come annotated by `states.with_state`."""

    organisation = OrganisationFilter(label="党组织（含下级）", max_length=200, method="filter_organisation")
    partner_kind = filters.ChoiceFilter(
        choices=PartnerKind.choices, label="共建单位类别", empty_label="全部", method="filter_partner_kind"
    )
    content = filters.ChoiceFilter(
        choices=Content.choices, label="共建内容", empty_label="全部", method="filter_content"
    )

    def filter_organisation(self, queryset, name, value):
        return queryset.filter(_party(organisation__path__startswith=value.path))

    def filter_partner_kind(self, queryset, name, value):
        return queryset.filter(_party(partner__kind=value))

    def filter_content(self, queryset, name, value):
        return queryset.filter(
            Exists(AgreementContent.objects.filter(agreement=OuterRef("pk"), content=value))
        )


class NetworkFilter(SidesFilter):
    """Of agreements that run, or of all that were ever signed."""

    term = filters.ChoiceFilter(choices=TERMS, label="协议", empty_label=None, method="filter_nothing")

    MAIN = ("organisation", "partner_kind", "content", "term")

    class Meta:
        model = Agreement
        form = StyledForm
        fields: list[str] = []

    def filter_queryset(self, queryset):
        return super().filter_queryset(queryset).filter(of_term(self.asked_term))

    def filter_nothing(self, queryset, name, value):
        return queryset

    @property
    def asked_term(self) -> str:
        return self.chosen.get("term") or TERMS[0][0]


class AgreementFilter(SidesFilter):
    q = filters.CharFilter(label="名称、编号或单位", max_length=100, method="filter_text")
    state = choice_filter(AgreementState.choices, "状态")
    ends_within = CountFilter(label="多少天内到期", min_value=0, max_value=3660, method="filter_ends_within")
    idle = filters.ChoiceFilter(choices=YES, label="签而未动", empty_label="全部", method="filter_idle")
    partner = filters.ModelChoiceFilter(
        queryset=lambda request: (
            Partner.objects.visible_to(request.user) if request else Partner.objects.none()
        ),
        label="共建单位",
        method="filter_partner",
    )

    # The two sides of a tie of the network: with everything below, or alone.
    party = _other_side("协议一方", "filter_party")
    with_organisation = _other_side("另一方（含下级）", "filter_organisation")
    with_party = _other_side("另一方", "filter_party")
    term = filters.ChoiceFilter(choices=TERMS, label="协议", method="filter_term")
    mine = filters.ChoiceFilter(choices=YES, label="由我办理", method="filter_mine")
    unrenewed = filters.ChoiceFilter(choices=YES, label="尚未续签", method="filter_unrenewed")
    quiet_months = CountFilter(
        label="多少个月未开展", min_value=1, max_value=120, method="filter_quiet_months"
    )
    # Reckoned row by row: after the others, of what they leave.
    behind = filters.ChoiceFilter(choices=YES, label="年度承诺落后", method="filter_behind")

    MAIN = ("q", "state", "organisation", "partner_kind", "content", "ends_within", "idle")
    TAGS = (
        "party", "with_organisation", "with_party", "term", "partner", "mine", "unrenewed", "quiet_months", "behind",
    )  # fmt: skip

    class Meta:
        model = Agreement
        form = StyledForm
        fields: list[str] = []

    def filter_text(self, queryset, name, value):
        return queryset.search(value.strip())

    def filter_party(self, queryset, name, value):
        return queryset.filter(_party(organisation=value))

    def filter_term(self, queryset, name, value):
        return queryset.filter(of_term(value))

    def filter_partner(self, queryset, name, value):
        return queryset.filter(_party(partner=value))

    def filter_ends_within(self, queryset, name, value):
        until = timezone.localdate() + dt.timedelta(days=value)
        return queryset.filter(state__in=RUNNING, ends_on__lte=until)

    def filter_idle(self, queryset, name, value):
        return queryset.filter(IDLE)

    def filter_mine(self, queryset, name, value):
        """Those that the person may change."""
        mine = Agreement.objects.permitted_to(self.request.user, "linkages.change")
        return queryset.filter(pk__in=mine.order_by().values("pk"))

    def filter_unrenewed(self, queryset, name, value):
        return queryset.filter(UNRENEWED)

    def filter_quiet_months(self, queryset, name, value):
        return queryset.filter(quiet_for(value, timezone.localdate()), state__in=RUNNING)

    def filter_behind(self, queryset, name, value):
        """Those of `promises.behind_of`."""
        return queryset.filter(pk__in=[row.pk for row, _ in behind_of(queryset, timezone.localdate())])


class PartnerFilter(ListFilter):
    q = filters.CharFilter(label="单位名称", field_name="name", lookup_expr="icontains", max_length=100)
    kind = choice_filter(PartnerKind.choices, "类别")

    MAIN = ("q", "kind")

    class Meta:
        model = Partner
        form = StyledForm
        fields: list[str] = []
