"""Query strings of the API: the pages' own filter sets, checked more strictly, and those that only the API has."""

import django_filters as filters
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.contrib.django_filters import DjangoFilterExtension
from drf_spectacular.plumbing import build_parameter_type
from rest_framework.exceptions import ValidationError

from orgs.filters import visible_areas, visible_organisations, visible_parks
from orgs.kinds import OrganisationKind
from orgs.models import (
    Cluster,
    Coverage,
    CoverageMethod,
    Enterprise,
    Organisation,
    Park,
    SurveyReason,
    SurveyRound,
    SurveyTask,
    TaskState,
    Visit,
    VisitKind,
    VisitReason,
    VisitTask,
    VisitTaskState,
    VisitTeam,
)
from orgs.visit_filters import visible_teams


class StrictFilterBackend(DjangoFilterBackend):
    """Lists only, and no condition is passed over."""

    def filter_queryset(self, request, queryset, view):
        if view.action != "list":
            return queryset
        known = {view.paginator.cursor_query_param, view.paginator.page_size_query_param}
        if filterset := self.get_filterset_class(view, queryset):
            known |= set(filterset.base_filters)
        refuse_unknown(request.query_params, known)
        return super().filter_queryset(request, queryset, view)


def refuse_unknown(query, known) -> None:
    """Ignored, a misspelt or empty condition would widen the answer without a word."""
    faults = {name: ["没有这个查询条件。"] for name in query if name not in known}
    faults |= {name: ["查询条件为空，不需要时请去掉。"] for name in known if query.get(name) == ""}
    if faults:
        raise ValidationError(faults)


class StrictFilterExtension(DjangoFilterExtension):
    """Says in the document what the filters accept: the numbers of rows, how long a text may be."""

    target_class = "orgs.api.filters.StrictFilterBackend"
    match_subclasses = False
    priority = 1

    def resolve_filter_field(self, auto_schema, model, filterset_class, field_name, filter_field):
        schema = _schema_of(filter_field)
        if schema is None:
            return super().resolve_filter_field(auto_schema, model, filterset_class, field_name, filter_field)
        label = str(filter_field.label or "")
        return [build_parameter_type(name=field_name, schema=schema, location="query", description=label)]


def _schema_of(filter_field) -> dict | None:
    extra = filter_field.extra
    if isinstance(filter_field, filters.ModelChoiceFilter):
        if "to_field_name" in extra:
            return {"type": "string"}
        if extra.get("null_label"):
            return {"type": "string", "pattern": rf"^([1-9]\d{{0,17}}|{extra['null_value']})$"}
        return {"type": "integer", "minimum": 1}
    if isinstance(filter_field, filters.ChoiceFilter):
        return {"type": "string", "enum": [value for value, _ in extra["choices"]]}
    if isinstance(filter_field, filters.CharFilter):
        return {"type": "string", "maxLength": extra["max_length"]} if "max_length" in extra else None
    if "min_value" in extra:
        return {"type": "integer", "minimum": extra["min_value"], "maximum": extra["max_value"]}
    return None


YES_NO = [("1", "是"), ("0", "否")]


def by_code(label, rows=visible_organisations, **kwargs):
    return filters.ModelChoiceFilter(queryset=rows, to_field_name="code", label=label, **kwargs)


def visible_enterprises(request):
    user = getattr(request, "user", None)
    return Enterprise.objects.visible_to(user) if user else Enterprise.objects.none()


def enterprise_filter():
    return filters.ModelChoiceFilter(queryset=visible_enterprises, label="企业编号")


class OrganisationFilter(filters.FilterSet):
    """Dissolved organisations are left out unless asked for."""

    q = filters.CharFilter(label="名称或代码", max_length=60, method="search")
    code = filters.CharFilter(label="党组织代码", max_length=40)
    kind = filters.ChoiceFilter(choices=OrganisationKind.choices, label="类别")
    below = by_code("本级及下级：上级党组织代码", method="filter_below")
    area = filters.ModelChoiceFilter(queryset=visible_areas, label="片区编号")
    cluster = filters.ModelChoiceFilter(queryset=Cluster.objects.all(), label="产业集群编号")
    park = filters.ModelChoiceFilter(queryset=visible_parks, label="园区编号")
    dissolved = filters.ChoiceFilter(choices=YES_NO, label="含已撤销", method="filter_dissolved")

    class Meta:
        model = Organisation
        fields: list[str] = []

    def search(self, queryset, name, value):
        return queryset.search(value.strip())

    def filter_below(self, queryset, name, value):
        return queryset.within(value)

    def filter_dissolved(self, queryset, name, value):
        return queryset

    def filter_queryset(self, queryset):
        found = super().filter_queryset(queryset)
        return found if self.form.cleaned_data.get("dissolved") == "1" else found.active()


class ParkFilter(filters.FilterSet):
    q = filters.CharFilter(field_name="name", lookup_expr="icontains", label="园区名称", max_length=60)
    area = filters.ModelChoiceFilter(queryset=visible_areas, label="片区编号")

    class Meta:
        model = Park
        fields: list[str] = []


class LedgerFilter(filters.FilterSet):
    """Coverages in force, unless `ended` asks for those that are over."""

    enterprise = enterprise_filter()
    organisation = by_code("覆盖党组织代码")
    method = filters.ChoiceFilter(choices=CoverageMethod.choices, label="覆盖方式")
    instructor = filters.CharFilter(field_name="instructor_name", label="指导员", max_length=50)
    ended = filters.ChoiceFilter(choices=YES_NO, label="已终止", method="filter_ended")

    class Meta:
        model = Coverage
        fields: list[str] = []

    def filter_ended(self, queryset, name, value):
        return queryset

    def filter_queryset(self, queryset):
        found = super().filter_queryset(queryset)
        if self.form.cleaned_data.get("ended") == "1":
            return found.filter(until__isnull=False)
        return found.filter(until__isnull=True)


class VisitFilter(filters.FilterSet):
    enterprise = enterprise_filter()
    kind = filters.ChoiceFilter(choices=VisitKind.choices, label="类别")
    team = filters.ModelChoiceFilter(queryset=visible_teams, label="服务队编号")
    since = filters.DateFilter(field_name="visited_on", lookup_expr="gte", label="走访日期不早于")
    until = filters.DateFilter(field_name="visited_on", lookup_expr="lte", label="走访日期不晚于")

    class Meta:
        model = Visit
        fields: list[str] = []


class VisitTaskFilter(filters.FilterSet):
    enterprise = enterprise_filter()
    kind = filters.ChoiceFilter(choices=VisitKind.choices, label="类别")
    reason = filters.ChoiceFilter(choices=VisitReason.choices, label="原因")
    state = filters.ChoiceFilter(choices=VisitTaskState.choices, label="状态")
    organisation = by_code("责任党组织代码")
    team = filters.ModelChoiceFilter(queryset=visible_teams, label="服务队编号")
    due_from = filters.DateFilter(field_name="due_on", lookup_expr="gte", label="期限不早于")
    due_to = filters.DateFilter(field_name="due_on", lookup_expr="lte", label="期限不晚于")

    class Meta:
        model = VisitTask
        fields: list[str] = []


class VisitTeamFilter(filters.FilterSet):
    q = filters.CharFilter(field_name="name", lookup_expr="icontains", label="名称", max_length=60)
    disbanded = filters.ChoiceFilter(choices=YES_NO, label="已解散", method="filter_disbanded")

    class Meta:
        model = VisitTeam
        fields: list[str] = []

    def filter_disbanded(self, queryset, name, value):
        return queryset.filter(disbanded_on__isnull=value == "0")


class TaskFilter(filters.FilterSet):
    round = filters.ModelChoiceFilter(queryset=SurveyRound.objects.all(), label="轮次编号")
    enterprise = enterprise_filter()
    state = filters.ChoiceFilter(choices=TaskState.choices, label="状态")
    reason = filters.ChoiceFilter(choices=SurveyReason.choices, label="原因")
    owner = by_code("责任党组织代码")

    class Meta:
        model = SurveyTask
        fields: list[str] = []
