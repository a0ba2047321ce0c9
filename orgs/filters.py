"""The filters of enterprise lists: page, API and export read the same query string.

Conditions that figures count by come from `orgs.statistics.Register`, so a figure and its list cannot disagree; with
`on` they speak about that day. A wrong value never widens a list: it empties it and says why.
"""

from functools import cached_property

import django_filters as filters
from django import forms
from django.db.models import BooleanField, Count, Exists, ExpressionWrapper, Q, QuerySet
from django.utils import timezone

from orgs import access
from orgs.actions.surveys import SurveyResult
from orgs.forms.styled import StyledForm
from orgs.kinds import Jurisdiction
from orgs.models import (
    Area,
    BuildingStage,
    Chain,
    Cluster,
    Coverage,
    CoverageMethod,
    Enterprise,
    EnterprisePeriod,
    EnterpriseStatus,
    Organisation,
    Park,
    SurveyReason,
    SurveyTask,
    TaskState,
    UnitKind,
)
from orgs.models.coverage import INSTRUCTOR_NOTICE_DAYS
from orgs.numbers import is_key
from orgs.statistics import Register, days_before
from orgs.tree import within_paths
from orgs.visit_figures import visited_between

YES = [("1", "是")]
YES_NO = [("1", "是"), ("0", "否")]
NONE = "none"
MOST_PARKS = 500  # to choose from in one field
COVERAGE_CHOICES = [
    ("organisation", "有组织覆盖"),
    ("work", "有工作覆盖"),
    ("none", "未覆盖"),
    ("own", "单独组建"),
    ("joint", "联合组建"),
    ("area", "区域统建"),
    ("trade", "行业统建"),
    ("attached", "挂靠"),
    ("instructor", "派驻指导员"),
]
ENOUGH = "enough"
MEMBER_CHOICES = [("some", "有党员"), (ENOUGH, "正式党员达到组建人数")]


# --- What a person may choose ------------------------------------------------------------------------


def _user(request):
    return getattr(request, "user", None)


def visible_organisations(request) -> QuerySet:
    user = _user(request)
    return Organisation.objects.visible_to(user) if user else Organisation.objects.none()


def visible_parks(request) -> QuerySet:
    """Parks in which the person may see an enterprise, told by what their organisations answer for.

    Not asked of the enterprises themselves: that would cost a scan of the register for every page.
    """
    user = _user(request)
    if user is None:
        return Park.objects.none()
    if access.has_at_top(user, "enterprises.view"):
        return Park.objects.all()
    paths = user.permission_paths.get("enterprises.view", ())
    organisations = Organisation.objects.filter(within_paths(paths, "path")).order_by()
    answering = organisations.filter(jurisdiction=Jurisdiction.PARK).values("park")
    covered = Coverage.objects.current().filter(organisation__in=organisations)
    places = (
        Q(Exists(organisations.filter(jurisdiction__in=[Jurisdiction.ALL, Jurisdiction.CLUSTER])))
        | Q(area__in=organisations.filter(jurisdiction=Jurisdiction.AREA).values("area"))
        | Q(pk__in=answering)
        | Q(parent__in=answering)
        | Q(pk__in=covered.values("enterprise__park"))
        | Q(pk__in=Enterprise.objects.filter(pk__in=user.contact_enterprise_ids).values("park"))
    )
    if request.GET.get("on"):  # a past day: also where those whom the person sees today lay then
        seen = Enterprise.objects.visible_to(user).order_by().values("pk")
        places |= Q(pk__in=EnterprisePeriod.objects.filter(enterprise__in=seen).values("park"))
    return Park.objects.filter(places)


def visible_areas(request) -> QuerySet:
    return Area.objects.filter(pk__in=visible_parks(request).order_by().values("area"))


def hidden_organisation(label, **kwargs):
    """Set by links from figures and organisation pages; shown as a tag that can be taken off."""
    return filters.ModelChoiceFilter(
        queryset=visible_organisations, label=label, widget=forms.HiddenInput, **kwargs
    )


def place_filter(queryset, label, null_label, **kwargs):
    return filters.ModelChoiceFilter(
        queryset=queryset, label=label, null_label=null_label, null_value=NONE, empty_label="全部", **kwargs
    )


def choice_filter(choices, label):
    return filters.ChoiceFilter(choices=choices, label=label, empty_label="全部")


class CountFilter(filters.Filter):
    """A whole number that fits the column."""

    field_class = forms.IntegerField


def number_filter(label):
    return CountFilter(label=label, min_value=0, max_value=10_000_000)


def day_filter(label, **kwargs):
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return filters.DateFilter(label=label, widget=widget, **kwargs)


# --- The conditions ----------------------------------------------------------------------------------


def _place(field):
    def condition(register, value):
        return Q(**{f"{field}__isnull": True}) if value == NONE else Q(**{field: value})

    return condition


def _by_coverage(register, value):
    return register.not_covered("work") if value == NONE else register.covered(value)


def covered_by(register, **coverage) -> Q:
    """“Has a coverage with these values on the day.”"""
    rows = Coverage.objects.current(register.on).filter(**coverage).values("enterprise")
    return Q(**{f"{register.id_field}__in": rows})


def _in_scope(register, organisation):
    return Q(pk__in=register.of_organisation(organisation).order_by().values("pk"))


def _yes_no(condition):
    return lambda register, value: condition(register) if value == "1" else ~condition(register)


# Conditions over the register's rows: `Enterprise` today, `EnterprisePeriod` on a past day.
DATED = {
    "organisation": _in_scope,
    "covered_by": lambda register, organisation: covered_by(register, organisation=organisation),
    "park": _place("park"),
    "area": _place("park__area"),
    "cluster": _place("cluster"),
    "status": lambda register, value: Q(status=value),
    "active": _yes_no(lambda register: register.active),
    "coverage": _by_coverage,
    "members": lambda register, value: register.enough_members if value == ENOUGH else register.with_members,
    "should_found": _yes_no(lambda register: register.should_found),
    "surveyed": _yes_no(lambda register: register.surveyed),
}
# Conditions over enterprises as they are: no history is kept of these.
PLAIN = {
    "chain": lambda value: Q(chain=value),
    "stage": lambda value: Q(building_stage=value),
    "is_high_tech": lambda value: Q(is_high_tech=value == "1"),
    "is_key": lambda value: Q(is_key=value == "1"),
    "kind": lambda value: Q(kind=value),
    "min_employees": lambda value: Q(employees__gte=value),
    "max_employees": lambda value: Q(employees__lte=value),
    "min_members": lambda value: Q(reported_members__gte=value),
    "unvisited_days": lambda value: ~visited_between(days_before(timezone.localdate(), value - 1)),
}
# Together they make one condition.
VISITED = ("visited", "visited_from", "visited_to")


class ListFilter(filters.FilterSet):
    """A wrong value empties the list; `faults` says why."""

    MAIN: tuple[str, ...] = ()
    """Filters that stand open; a page with many folds the others away (`more_fields`)."""
    UNSPOKEN: tuple[str, ...] = ()
    TAGS: tuple[str, ...] = ()
    """Filters without a field of their own on the page: they come with a link."""
    fixed: tuple[str, ...] = ()
    """Filters that the page itself sets and does not show."""

    @property
    def qs(self):
        return super().qs if self.form.is_valid() or not self.form.is_bound else self.queryset.none()

    @property
    def faults(self) -> list[str]:
        """What is wrong with the query string, one sentence per parameter."""
        return [
            f"筛选条件“{self.form.fields[name].label}”：{' '.join(messages)}"
            for name, messages in self.form.errors.items()
        ]

    @property
    def chosen(self) -> dict[str, object]:
        """The filters in use, cleaned."""
        cleaned = self.form.cleaned_data if self.form.is_valid() else {}
        return {name: value for name, value in cleaned.items() if value not in (None, "")}

    @property
    def chosen_words(self) -> list[str]:
        """“片区：张江”, for the audit trail and the export's title; of `UNSPOKEN` filters only that they were used."""
        return [
            f"{self.form.fields[name].label}：{'已填' if name in self.UNSPOKEN else self._words(name, value)}"
            for name, value in self.chosen.items()
        ]

    def _words(self, name, value):
        field = self.form.fields[name]
        choices = {} if hasattr(field, "queryset") else dict(getattr(field, "choices", ()))
        return str(choices.get(value, value))

    @property
    def tags(self) -> list[dict]:
        """Hidden filters in use, each with the query string that takes it off."""
        return [self._tag(name) for name in self.TAGS if name in self.chosen and name not in self.fixed]

    @property
    def main_fields(self):
        return [self.form[name] for name in self.MAIN if name not in self.fixed]

    @property
    def more_fields(self):
        shown = (*self.MAIN, *self.TAGS, *self.fixed)
        return [self.form[name] for name in self.form.fields if name not in shown]

    @property
    def more_chosen(self) -> int:
        return sum(1 for field in self.more_fields if field.name in self.chosen)

    def _tag(self, name):
        query = self.data.copy()
        for key in (name, *self.fixed, "after", "before"):
            query.pop(key, None)
        return {
            "name": name,
            "value": self.data[name],
            "words": f"{self.form.fields[name].label}：{self._words(name, self.chosen[name])}",
            "without": query.urlencode(),
        }


class PlacedFilter(ListFilter):
    """With `park` and `area` among its filters, offered to the person as far as their enterprises reach."""

    @property
    def form(self):
        is_new = not hasattr(self, "_form")
        form = super().form
        if is_new:
            self._places = _Places(form)
        return form

    @property
    def parks_again(self) -> str:
        """The field of parks for a page that has others by now: with another area chosen; "" where it is the same."""
        field = self.form["park"]
        return field.as_widget(attrs={"hx-swap-oob": "true"}) if self._places.are_many else ""

    def _words(self, name, value):
        if hasattr(self.form.fields[name], "queryset"):
            return self.filters[name].extra["null_label"] if value == NONE else str(value)
        return super()._words(name, value)


class EnterpriseFilter(PlacedFilter):
    """`Enterprise` rows by the query string. `register` and `counts` belong to the same day as the rows."""

    q = filters.CharFilter(label="名称、代码或曾用名", max_length=100)
    organisation = hidden_organisation("负责党组织")
    covered_by = hidden_organisation("覆盖党组织")
    park = place_filter(visible_parks, "园区", "未填园区")
    area = place_filter(visible_areas, "片区", "未归片区")
    cluster = place_filter(Cluster.objects.all(), "产业集群", "未归集群")
    chain = filters.ModelChoiceFilter(queryset=Chain.objects.all(), label="产业链", empty_label="全部")
    status = choice_filter(EnterpriseStatus.choices, "登记状态")
    active = choice_filter(YES_NO, "计入分母")
    coverage = choice_filter(COVERAGE_CHOICES, "覆盖情况")
    members = choice_filter(MEMBER_CHOICES, "党员情况")
    should_found = choice_filter(YES_NO, "应建未建")
    surveyed = choice_filter(YES_NO, "本轮已摸排")
    stage = choice_filter(BuildingStage.choices, "组建进度")
    is_high_tech = choice_filter(YES_NO, "高新技术企业")
    is_key = choice_filter(YES_NO, "重点企业")
    kind = choice_filter(UnitKind.choices, "单位类别")
    min_employees = number_filter("从业人数不少于")
    max_employees = number_filter("从业人数不多于")
    min_members = number_filter("党员人数不少于")
    unvisited_days = CountFilter(label="多少天未走访", min_value=1, max_value=10_000)
    visited = choice_filter(YES_NO, "期间走访过")
    visited_from = day_filter("走访日期不早于")
    visited_to = day_filter("走访日期不晚于")
    on = day_filter("截至日期")

    class Meta:
        model = Enterprise
        form = StyledForm
        fields: list[str] = []

    MAIN = ("q", "area", "park", "cluster", "status", "coverage")
    TAGS = ("organisation", "covered_by")

    @property
    def register(self) -> Register:
        if not hasattr(self, "_register"):
            self._register = Register(self.form.cleaned_data.get("on") if self.form.is_valid() else None)
        return self._register

    @property
    def is_as_of(self) -> bool:
        return not self.register.is_today

    def filter_queryset(self, queryset):
        dated, plain = self._conditions()
        queryset = queryset.filter(plain)
        if text := self.chosen.get("q"):
            queryset = queryset.search(text.strip())
        if not self.is_as_of:
            return queryset.filter(dated)
        return queryset.filter(pk__in=self.register.rows().filter(dated).values("enterprise"))

    def _conditions(self):
        dated, plain = Q(), Q()
        for name, value in self.chosen.items():
            if name in DATED:
                dated &= DATED[name](self.register, value)
            elif name in PLAIN:
                plain &= PLAIN[name](value)
        if any(name in self.chosen for name in VISITED):
            first, last = (self.chosen.get(name) for name in VISITED[1:])
            visited = visited_between(first, last)
            plain &= ~visited if self.chosen.get("visited") == "0" else visited
        return dated, plain

    def counts(self) -> dict[str, int]:
        """How many rows, and how many of them count in the denominator on the day."""
        if not self.is_as_of:
            return self.qs.aggregate(total=Count("pk"), active=Count("pk", filter=self.register.active))
        active = self.register.rows().filter(self.register.active).values("enterprise")
        return {"total": self.qs.count(), "active": self.qs.filter(pk__in=active).count()}


class _Places:
    """The areas and parks to choose from, asked for when the form is drawn; a chosen one is looked up by itself.

    Of very many parks only those of the chosen area are offered.
    """

    def __init__(self, form):
        self.park, self.area = form.fields["park"], form.fields["area"]
        self.data = form.data
        self.park.widget.choices = lambda: self._parks
        self.area.widget.choices = lambda: self._areas

    @cached_property
    def _some(self) -> list[tuple]:
        names = ("pk", "name", "area_id", "area__name")
        return list(self.park.queryset.values_list(*names)[: MOST_PARKS + 1])

    @property
    def are_many(self) -> bool:
        return len(self._some) > MOST_PARKS

    def _chosen(self, name) -> str | None:
        value = self.data.get(name, "")
        return value if is_key(value) else None

    @cached_property
    def _parks(self) -> list[tuple]:
        empty, found = self.park.empty_label, [(pk, name) for pk, name, *_ in self._some]
        if self.are_many:
            area, park = self._chosen("area"), self._chosen("park")
            empty = empty if area else f"{empty}（先选片区，再选园区）"
            rows = self.park.queryset.filter(
                Q(area__in=[area] if area else []) | Q(pk__in=[park] if park else [])
            )
            found = list(rows.values_list("pk", "name"))
        return [("", empty), (NONE, self.park.null_label), *found]

    @cached_property
    def _areas(self) -> list[tuple]:
        rows = {(area, name) for *_, area, name in self._some}
        if self.are_many:
            rows = self.park.queryset.order_by().values_list("area", "area__name").distinct()
        return [("", self.area.empty_label), (NONE, self.area.null_label), *sorted(rows)]


def with_permission(queryset: QuerySet, user, permission: str, name: str) -> QuerySet:
    """Adds the boolean `name`: the person holds `permission` for this enterprise."""
    permitted = Enterprise.objects.permitted_to(user, permission).order_by().values("pk")
    return queryset.annotate(**{name: ExpressionWrapper(Q(pk__in=permitted), output_field=BooleanField())})


class CoverageFilter(ListFilter):
    """`Coverage` rows of the ledger, beside what `EnterpriseFilter` says about their enterprises."""

    method = choice_filter(CoverageMethod.choices, "覆盖方式")
    covered_by = hidden_organisation("覆盖党组织", field_name="organisation")
    TAGS = ("covered_by",)
    instructor = filters.CharFilter(field_name="instructor_name", label="指导员", max_length=50)
    expired = filters.ChoiceFilter(
        choices=[("1", "已期满"), ("near", f"{INSTRUCTOR_NOTICE_DAYS}天内期满或已期满")],
        label="派驻期满",
        empty_label="全部",
        method="filter_expired",
    )

    class Meta:
        model = Coverage
        form = StyledForm
        fields: list[str] = []

    def filter_expired(self, queryset, name, value):
        today = timezone.localdate()
        return (
            queryset.instructors_ending(today) if value == "near" else queryset.filter(term_ends_on__lt=today)
        )


class SurveyTaskFilter(ListFilter):
    """Tasks of a round."""

    q = filters.CharFilter(label="企业名称或代码", max_length=100, method="filter_text")
    state = choice_filter(TaskState.choices, "状态")
    reason = choice_filter(SurveyReason.choices, "原因")
    result = choice_filter(SurveyResult.choices, "结果")
    owner = hidden_organisation("责任党组织")
    below = hidden_organisation("责任党组织（含下级）", method="filter_below")
    TAGS = ("owner", "below")

    class Meta:
        model = SurveyTask
        form = StyledForm
        fields: list[str] = []

    def filter_below(self, queryset, name, value):
        return queryset.filter(within_paths([value.path], "owner__path"))

    def filter_text(self, queryset, name, value):
        found = Enterprise.objects.search(value.strip()).order_by().values("pk")
        return queryset.filter(enterprise__in=found)
