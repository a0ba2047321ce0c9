"""The coverage ledger: who covers whom, assignment one by one and in bulk, instructors."""

from functools import partial

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Q
from django.http import QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from orgs import access
from orgs.actions import coverage as actions
from orgs.exports import export_response
from orgs.filters import CoverageFilter
from orgs.forms.actions import add_errors, succeeded
from orgs.forms.coverage import AssignmentForm, EndCoverageForm
from orgs.instructors import current_instructors
from orgs.lists import coverage_columns
from orgs.models import Coverage, CoverageLine, Enterprise, Organisation
from orgs.numbers import is_key
from orgs.paging import keyset_page, numbered_page
from orgs.regulations import value_on
from orgs.views.enterprises import filtered, list_rows, visible
from orgs.views.pages import export_page, render_list

COVERED, UNCOVERED = "covered", "uncovered"
SHOWN = 50


# --- The ledger --------------------------------------------------------------------------------------


@require_GET
def coverage_list(request):
    """`view=covered`: a row per coverage of today. `view=uncovered`: a row per active enterprise without any."""
    access.require(access.can_view_enterprises(request.user))
    view = UNCOVERED if request.GET.get("view") == UNCOVERED else COVERED
    context = _uncovered(request) if view == UNCOVERED else _covered(request)
    context |= {
        "section": "coverage",
        "view": view,
        "may_cover": access.has(request.user, "coverage.change"),
        "may_export": access.can_export(request.user),
    }
    return render_list(request, "orgs/coverage_list.html", context)


def _ledger_data(request, **fixed):
    """The query string without what only the ledger understands; it speaks about today."""
    data = request.GET.copy()
    for name in ("on", "view", "covered_by"):
        data.pop(name, None)
    for name, value in fixed.items():
        data[name] = value
    return data


def _uncovered(request):
    filterset = filtered(request, _ledger_data(request, active="1", coverage="none"))
    filterset.fixed = ("active", "coverage", "on", "covered_by")
    page = keyset_page(
        list_rows(filterset), request.GET, sorts={"name": "name", "members": "member_count"}, default="name"
    )
    return {
        "filterset": filterset,
        "page": page,
        "total": filterset.counts()["total"],
        "enterprises": filterset.qs,
    }


def ledger(request, *, permission="") -> tuple:
    """The filters and rows of the covered view."""
    filterset = filtered(request, _ledger_data(request), permission=permission)
    filterset.fixed = ("on", "covered_by", "coverage")
    rows = CoverageFilter(request.GET, queryset=Coverage.objects.current(), request=request)
    queryset = rows.qs.filter(enterprise__in=filterset.qs.order_by().values("pk"))
    return filterset, rows, queryset


def _covered(request):
    filterset, rows, queryset = ledger(request)
    lines = queryset.select_related("enterprise__park", "enterprise__cluster", "organisation").defer(
        "enterprise__contact_phone"
    )
    sorts = {"name": "enterprise__name", "since": "since"}
    page = keyset_page(lines, request.GET, sorts=sorts, default="name")
    today = timezone.localdate()
    for coverage in page:
        coverage.is_expired = coverage.term_ends_on is not None and coverage.term_ends_on < today
        coverage.may_open = coverage.organisation_id is not None and access.can_view_organisation(
            request.user, coverage.organisation
        )
    counts = queryset.aggregate(total=Count("pk"), units=Count("enterprise", distinct=True))
    return {"filterset": filterset, "rows": rows, "page": page, **counts}


@require_http_methods(["GET", "POST"])
def coverage_export(request):
    access.require(access.can_export(request.user))
    filterset, _, queryset = ledger(request, permission="export")
    return export_page(
        request,
        filterset,
        partial(_export, rows=queryset),
        section="coverage",
        title="导出覆盖台账",
        list_url="orgs:coverage-list",
        count=queryset.count(),
    )


def _export(*, request, filterset, rows, count, **answers):
    lines = rows.select_related("enterprise", "organisation").defer("enterprise__contact_phone")
    return export_response(
        request=request,
        name="覆盖台账",
        columns=coverage_columns(),
        rows=lines.order_by("enterprise__name", "pk").iterator(chunk_size=2000),
        count=count,
        detail={"filter": filterset.chosen_words},
        **answers,
    )


# --- Assignment --------------------------------------------------------------------------------------


@require_POST
def coverage_assign(request):
    """Many enterprises at once: choose (`step` missing), preview, apply. Nothing is written before the last step."""
    access.require(access.has(request.user, "coverage.change"))
    enterprises = _chosen(request)
    step = request.POST.get("step", "choose")
    organisations = Organisation.objects.permitted_to(request.user, "coverage.change").active()
    form = AssignmentForm(request.POST if step != "choose" else None, organisations=organisations)
    context = {
        "section": "coverage",
        "form": form,
        "count": enterprises.count(),
        "examples": enterprises.order_by("name", "pk").defer("contact_phone")[:SHOWN],
        "scope": request.POST.get("scope", ""),
        "keys": request.POST.getlist("pk"),
        "query": request.POST.get("query", ""),
    }
    if not context["count"]:
        messages.error(request, "没有选中您可以维护覆盖关系的企业，请先勾选。")
        return redirect("orgs:coverage-list")
    if step == "apply" and form.is_valid() and _as_previewed(request, form, context["count"]):
        done = succeeded(
            form,
            actions.assign_bulk,
            enterprises=enterprises,
            assignment=form.assignment,
            by=request.user,
            request=request,
        )
        if done:
            _report(request, form.outcome, form.assignment)
            return redirect("orgs:coverage-list")
    elif step == "preview" and form.is_valid():
        context |= _preview(form, enterprises)
    return render(request, "orgs/coverage_assign.html", context)


def _chosen(request):
    """The ticked enterprises, or all that the list's filter shows; only those the person may cover."""
    permitted = Enterprise.objects.permitted_to(request.user, "coverage.change")
    if request.POST.get("scope") != "all":
        keys = list(filter(is_key, request.POST.getlist("pk")))
        return permitted.filter(pk__in=keys)
    data = QueryDict(request.POST.get("query", ""), mutable=True)
    if data.get("view") == UNCOVERED:
        data["active"], data["coverage"] = "1", "none"
        shown = filtered(request, data).qs
    else:
        rows = CoverageFilter(data, queryset=Coverage.objects.current(), request=request).qs
        data.pop("covered_by", None)
        shown = filtered(request, data).qs.filter(pk__in=rows.values("enterprise"))
    return permitted.filter(pk__in=shown.order_by().values("pk"))


def _as_previewed(request, form, count):
    """The list may have changed since the preview; then the person looks again."""
    if request.POST.get("expected") == str(count):
        return True
    form.add_error(None, f"预览之后企业数量有变化（现为{count}家），请重新预览。")
    return False


def _preview(form, enterprises):
    """What applying would do, with every rule checked; refusals appear in the form."""
    assignment = form.assignment
    try:
        actions.validate_assignment(assignment)
        plan = actions.plan_assignment(assignment, enterprises.order_by().values_list("pk", flat=True))
        actions.validate_reach(assignment, plan.opening)
    except ValidationError as error:
        add_errors(form, error)
        return {}
    replacing = Coverage.objects.filter(pk__in=[c.pk for c in plan.replacing[:SHOWN]])
    too_early = Coverage.objects.filter(pk__in=[c.pk for c in plan.too_early[:SHOWN]])
    warning = ""
    if assignment.line == CoverageLine.INSTRUCTOR:
        warning = actions.instructor_warning(assignment.instructor_name, plan.opening)
    return {
        "plan": plan,
        "assignment": assignment,
        "replacing": replacing.select_related("enterprise", "organisation").order_by("enterprise__name"),
        "too_early": too_early.select_related("enterprise", "organisation").order_by("enterprise__name"),
        "warning": warning,
    }


def _report(request, plan, assignment):
    parts = [f"已为{len(plan.opening)}家企业登记“{assignment.words}”"]
    if plan.replacing:
        parts.append(f"其中{len(plan.replacing)}家终止了原有覆盖关系")
    if plan.unchanged:
        parts.append(f"{len(plan.unchanged)}家原本如此")
    if plan.too_early:
        parts.append(f"{len(plan.too_early)}家已有更晚的覆盖记录，未作改动")
    messages.success(request, "，".join(parts) + "。")


@require_http_methods(["GET", "POST"])
def coverage_create(request, pk):
    """One enterprise."""
    enterprise = visible(request, pk)
    access.require(access.can_change_coverage(request.user, enterprise))
    organisations = Organisation.objects.permitted_to(request.user, "coverage.change").active()
    form = AssignmentForm(
        request.POST or None, organisations=organisations, initial={"method": request.GET.get("method", "")}
    )
    ready = request.method == "POST" and form.is_valid()
    if ready and succeeded(
        form,
        actions.cover,
        enterprise=enterprise,
        assignment=form.assignment,
        by=request.user,
        request=request,
    ):
        messages.success(request, f"已登记{enterprise}的覆盖关系：{form.assignment.words}。")
        _warn_of_instructor(request, form.outcome)
        return redirect("orgs:enterprise", pk)
    current = enterprise.coverages.filter(until__isnull=True).select_related("organisation")
    context = {"section": "coverage", "form": form, "enterprise": enterprise, "current": current}
    return render(request, "orgs/coverage_form.html", context)


def _warn_of_instructor(request, coverage):
    if coverage.line == CoverageLine.INSTRUCTOR and (
        warning := actions.instructor_warning(coverage.instructor_name)
    ):
        messages.warning(request, warning)


@require_http_methods(["GET", "POST"])
def coverage_end(request, pk):
    coverages = Coverage.objects.visible_to(request.user).select_related("enterprise", "organisation")
    coverage = get_object_or_404(coverages, pk=pk)
    access.require(access.can_change_coverage(request.user, coverage.enterprise))
    form = EndCoverageForm(request.POST or None)
    ready = request.method == "POST" and form.is_valid()
    if ready and succeeded(
        form, actions.end_coverage, coverage=coverage, by=request.user, request=request, **form.cleaned_data
    ):
        messages.success(request, f"{coverage.enterprise}的“{coverage.get_method_display()}”已终止。")
        return redirect("orgs:enterprise", coverage.enterprise_id)
    context = {"section": "coverage", "form": form, "coverage": coverage}
    return render(request, "orgs/coverage_end.html", context)


# --- Instructors and visits --------------------------------------------------------------------------


@require_GET
def instructor_list(request):
    """By name; amber where somebody was not visited this quarter or a term is over."""
    access.require(access.can_view_enterprises(request.user))
    rows = current_instructors(Enterprise.objects.visible_to(request.user))
    text = request.GET.get("q", "").replace("\0", "").strip()[:50]
    if text:
        rows = rows.filter(instructor_name__icontains=text)
    if request.GET.get("late") == "1":
        rows = rows.filter(Q(unvisited__gt=0) | Q(expired__gt=0))
    page, total = numbered_page(rows, request.GET)
    context = {
        "section": "coverage",
        "page": page,
        "total": total,
        "limit": value_on("instructor_enterprises"),
        "q": text,
    }
    return render_list(request, "orgs/instructor_list.html", context)
