"""Visits that took place: the list, one visit and what may follow from it, recording, and shares by place."""

import datetime as dt
from functools import partial

from django.contrib import messages
from django.db.models import Count, Q
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from orgs import access
from orgs.actions.visits import record_visit
from orgs.exports import export_response
from orgs.forms import visits as forms
from orgs.forms.actions import succeeded
from orgs.lists import visit_columns
from orgs.models import CoverageMethod, Enterprise, Visit, VisitKind, VisitTask
from orgs.paging import keyset_page
from orgs.quarters import quarter_start
from orgs.sections import after_visit
from orgs.statistics import Rate
from orgs.views.enterprises import visible
from orgs.views.pages import export_page, render_list
from orgs.views.responses import back
from orgs.visit_figures import PLACES, visit_shares, visits_by_kind
from orgs.visit_filters import VisitListFilter

SECTION = "visits"
READ_WRITE = ["GET", "POST"]
CHANGE = "coverage.change"


def _visits(request, permission="enterprises.view") -> VisitListFilter:
    rows = Visit.objects.permitted_to(request.user, permission)
    return VisitListFilter(request.GET, queryset=rows, request=request)


@require_GET
def visit_list(request):
    user = request.user
    access.require(access.can_view_enterprises(user))
    filterset = _visits(request)
    page = keyset_page(filterset.qs.for_list(), request.GET, sorts={"day": "visited_on"}, default="-day")
    context = {
        "section": SECTION,
        "filterset": filterset,
        "page": page,
        "totals": filterset.qs.aggregate(count=Count("pk"), enterprises=Count("enterprise", distinct=True)),
        "may_work": access.has(user, CHANGE),
        "may_export": access.can_export(user),
    }
    return render_list(request, "orgs/visit_list.html", context)


@require_http_methods(READ_WRITE)
def visit_export(request):
    access.require(access.can_export(request.user))
    return export_page(
        request,
        _visits(request, "export"),
        partial(export_rows, name="走访记录", columns=visit_columns, order=("visited_on", "pk")),
        section=SECTION,
        title="导出走访记录",
        list_url="orgs:visit-list",
    )


@require_GET
def visit(request, pk):
    """What was found, which tasks it did, and what may follow from it."""
    rows = (
        Visit.objects.permitted_to(request.user, "enterprises.view").for_list().select_related("recorded_by")
    )
    found = get_object_or_404(rows, pk=pk)
    context = {
        "section": SECTION,
        "visit": found,
        "tasks": found.tasks.order_by("pk"),
        "steps": after_visit(found, request.user),
        "may_work": access.has(request.user, CHANGE),
    }
    return render(request, "orgs/visit.html", context)


@require_http_methods(READ_WRITE)
def visit_create(request, pk):
    enterprise = visible(request, pk)
    access.require(access.can_change_coverage(request.user, enterprise))
    instructor = enterprise.coverages.current().filter(method=CoverageMethod.INSTRUCTOR).first()
    initial = {"visitor_name": instructor.instructor_name} if instructor else {"kind": VisitKind.SERVICE}
    form = forms.VisitForm(request.POST or None, user=request.user, initial=initial)
    ready = request.method == "POST" and form.is_valid()
    if ready and recorded(request, form, enterprise):
        return back(request, "orgs:enterprise", pk)
    context = {"section": "coverage", "form": form, "enterprise": enterprise, "instructor": instructor}
    return render(request, "orgs/visit_form.html", context)


def export_rows(*, request, filterset, count, name, columns, order, **answers):
    rows = filterset.qs.for_list().order_by(*order)
    return export_response(
        request=request,
        name=name,
        columns=columns(),
        rows=rows.iterator(chunk_size=2000),
        count=count,
        detail={"filter": filterset.chosen_words},
        **answers,
    )


def recorded(request, form, enterprise, **more) -> bool:
    """Whether the form became a visit."""
    who = {"by": request.user, "request": request}
    done = succeeded(form, record_visit, enterprise=enterprise, **form.cleaned_data, **more, **who)
    if done:
        messages.success(request, f"已登记{form.outcome.visited_on}对{enterprise}的走访。")
    return done


# --- Figures -----------------------------------------------------------------------------------------


@require_GET
def visit_figures(request):
    """走访面 in a period by area, park, cluster or chain; every figure opens its rows."""
    user = request.user
    access.require(access.can_view_enterprises(user))
    by = request.GET.get("by") if request.GET.get("by") in PLACES else "area"
    first, last = _period(request.GET)
    shares = visit_shares(Enterprise.objects.visible_to(user), by, first, last)
    visits = Visit.objects.permitted_to(user, "enterprises.view").filter(visited_on__range=(first, last))
    tasks = VisitTask.objects.visible_to(user).open()
    context = {
        "section": SECTION,
        "by": by,
        "choices": [("area", "片区"), ("cluster", "产业集群"), ("park", "园区"), ("chain", "产业链")],
        "first": first,
        "last": last,
        "shares": shares,
        "total": Rate(sum(s.rate.numerator for s in shares), sum(s.rate.denominator for s in shares)),
        "kinds": [(kind, VisitKind(kind).label, count) for kind, count in visits_by_kind(visits)],
        "tasks": tasks.aggregate(
            open=Count("pk"), late=Count("pk", filter=Q(due_on__lt=timezone.localdate()))
        ),
        "gaps": (30, 90, 180, 365),
        "may_work": access.has(user, CHANGE),
    }
    return render(request, "orgs/visit_figures.html", context)


def _period(query) -> tuple[dt.date, dt.date]:
    """From the first day of the quarter to today unless the address says better."""
    today = timezone.localdate()

    def day(name, default):
        try:
            return dt.date.fromisoformat(query.get(name, ""))
        except ValueError:
            return default

    first, last = day("since", quarter_start(today)), day("until", today)
    return (first, last) if first <= last else (quarter_start(today), today)
