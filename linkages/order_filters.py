"""The filters of the list of orders: page, interface and export read the same query string.

Nothing of a private order is searched: neither its words nor who asks.
"""

import django_filters as filters
from django.db.models import Q
from django.utils import timezone

from activities.filters import DayFilter
from linkages.list_filters import linked
from linkages.models import (
    FINISHED,
    OPEN,
    TAKEN,
    TRIAGE,
    WITH_HANDLER,
    Agreement,
    Need,
    Order,
    OrderGroup,
    OrderKind,
    OrderState,
)
from members.filters import OrganisationFilter
from orgs.filters import YES, ListFilter
from orgs.forms.styled import StyledForm
from orgs.models import Enterprise
from orgs.tree import within_paths

MINE = [("triage", "待我受理派单"), ("accept", "待我接单"), ("finish", "待我办结"), ("rate", "待我评价")]
STATES = [
    ("open", "未办结"),
    ("finished", "已办结（含已评价）"),
    ("taken", "应办理（不含不予受理、取消）"),
    ("with_unit", "已派单（含以后各步）"),
    ("accepted", "已接单（含以后各步）"),
    *OrderState.choices,
]
STATE_GROUPS = {
    "open": OPEN,
    "finished": FINISHED,
    "taken": (*OPEN, *FINISHED),
    "with_unit": WITH_HANDLER,
    "accepted": TAKEN,
}
RATED = [("any", "已评分"), ("5", "5分"), ("4", "4分"), ("3", "3分"), ("low", "1—2分")]


def mine(rows, user, which):
    """What waits for the person: the to-dos and the filter count alike."""
    if which == "rate":
        return rows.own(user).filter(state=OrderState.DONE)
    if which == "triage":
        return rows.overseen_by(user).filter(state__in=TRIAGE)
    state = OrderState.DISPATCHED if which == "accept" else OrderState.WORKING
    return rows.handled_by(user).filter(state=state)


def visible_kinds(request):
    user = getattr(request, "user", None)
    return OrderKind.objects.visible_to(user) if user else OrderKind.objects.none()


def visible_enterprises(request):
    user = getattr(request, "user", None)
    return Enterprise.objects.visible_to(user) if user else Enterprise.objects.none()


class OrderFilter(ListFilter):
    q = filters.CharFilter(label="编号、诉求或企业", max_length=100, method="filter_text")
    state = filters.ChoiceFilter(choices=STATES, label="状态", empty_label="全部", method="filter_state")
    mine = filters.ChoiceFilter(choices=MINE, label="待我办理", empty_label="全部", method="filter_mine")
    overdue = filters.ChoiceFilter(choices=YES, label="已逾期", empty_label="全部", method="filter_overdue")
    kind = filters.ModelChoiceFilter(queryset=visible_kinds, label="事项", empty_label="全部")
    group = filters.ChoiceFilter(
        field_name="kind__group", choices=OrderGroup.choices, label="类别", empty_label="全部"
    )
    organisation = OrganisationFilter(
        label="统筹或办理党组织（含下级）", max_length=200, method="filter_organisation"
    )
    urgent = filters.ChoiceFilter(choices=YES, label="紧急", empty_label="全部", method="filter_urgent")
    whistled = filters.ChoiceFilter(choices=YES, label="吹哨", empty_label="全部", method="filter_whistled")
    rating = filters.ChoiceFilter(choices=RATED, label="评分", empty_label="全部", method="filter_rating")
    since = DayFilter(label="点单不早于", field_name="raised_at", lookup_expr="date__gte")
    until = DayFilter(label="点单不晚于", field_name="raised_at", lookup_expr="date__lte")
    enterprise = filters.ModelChoiceFilter(queryset=visible_enterprises, label="企业", method="filter_public")
    agreement = linked(Agreement, "所依协议", method="filter_public")
    need = linked(Need, "来自需求")

    MAIN = ("q", "state", "mine", "overdue", "kind")
    TAGS = ("enterprise", "agreement", "need")

    class Meta:
        model = Order
        form = StyledForm
        fields: list[str] = []

    def filter_text(self, queryset, name, value):
        return queryset.search(value.strip())

    def filter_state(self, queryset, name, value):
        return queryset.filter(state__in=STATE_GROUPS.get(value, [value]))

    def filter_mine(self, queryset, name, value):
        return mine(queryset, self.request.user, value)

    def filter_overdue(self, queryset, name, value):
        return queryset.overdue(timezone.now())

    def filter_organisation(self, queryset, name, value):
        paths = [value.path]
        return queryset.filter(
            within_paths(paths, "organisation__path") | within_paths(paths, "handler__path")
        )

    def filter_urgent(self, queryset, name, value):
        return queryset.filter(is_urgent=True)

    def filter_whistled(self, queryset, name, value):
        return queryset.filter(whistled_at__isnull=False)

    def filter_rating(self, queryset, name, value):
        conditions = {"any": Q(rating__isnull=False), "low": Q(rating__lte=2)}
        return queryset.filter(conditions.get(value) or Q(rating=int(value)))

    def filter_public(self, queryset, name, value):
        return queryset.filter(is_private=False, **{name: value})
