"""Visits to come: the list, one's own on a phone, one task, many at once, and sending somebody to a whole filter."""

from functools import partial

from django.contrib import messages
from django.db.models import Count, Q
from django.http import QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from orgs import access
from orgs.actions import visit_tasks as actions
from orgs.forms import visits as forms
from orgs.forms.actions import succeeded
from orgs.lists import visit_task_columns
from orgs.models import Enterprise, SurveyTask, VisitTask, VisitTaskState
from orgs.numbers import is_key
from orgs.paging import keyset_page
from orgs.views.enterprises import filtered, visible
from orgs.views.pages import act, export_page, render_list
from orgs.views.responses import back, say_faults
from orgs.views.visits import CHANGE, READ_WRITE, SECTION, export_rows, recorded
from orgs.visit_filters import VisitTaskFilter

TONES = {VisitTaskState.OPEN: "warn", VisitTaskState.DONE: "good", VisitTaskState.DROPPED: "plain"}


def mark(task):
    task.is_late = task.is_open and task.days_left < 0
    task.tone = "bad" if task.is_late else TONES[task.state]
    return task


# --- Tasks -------------------------------------------------------------------------------------------


def _tasks(request, data=None, *, permission="") -> VisitTaskFilter:
    """The tasks that the query string asks for; one that does not speak of the state means those still to be done."""
    if data is None:
        data = request.GET if "state" in request.GET else QueryDict(f"{request.GET.urlencode()}&state=open")
    rows = VisitTask.objects.visible_to(request.user)
    if permission:
        rows = rows.filter(enterprise__in=_permitted(request.user, permission))
    return VisitTaskFilter(data, queryset=rows, request=request)


def _permitted(user, permission):
    return Enterprise.objects.permitted_to(user, permission).order_by().values("pk")


@require_GET
def visit_task_list(request):
    user = request.user
    access.require(access.can_view_enterprises(user))
    filterset = _tasks(request)
    page = keyset_page(
        filterset.qs.for_list(),
        request.GET,
        sorts={"due": "due_on", "name": "enterprise__name"},
        default="due",
    )
    workable = VisitTask.objects.workable_by(user).filter(pk__in=[task.pk for task in page])
    workable = set(workable.values_list("pk", flat=True))
    for task in page:
        mark(task).may_work = task.pk in workable
    today = timezone.localdate()
    context = {
        "section": SECTION,
        "filterset": filterset,
        "page": page,
        "totals": filterset.qs.aggregate(
            count=Count("pk"),
            open=Count("pk", filter=Q(state=VisitTaskState.OPEN)),
            late=Count("pk", filter=Q(state=VisitTaskState.OPEN, due_on__lt=today)),
        ),
        "goer_form": forms.ReassignForm(user=user, auto_id="bulk_%s"),
        "drop_form": forms.DropForm(auto_id="bulk_%s"),
        "may_work": access.has(user, CHANGE),
        "may_export": access.can_export(user),
    }
    return render_list(request, "orgs/visit_task_list.html", context)


@require_GET
def own_visits(request):
    """我的走访: on a phone, the next to go first, each with its one button."""
    user = request.user
    access.require(access.has(user, CHANGE))
    rows = VisitTask.objects.workable_by(user).of_person(user).open()
    page = keyset_page(rows.for_list(), request.GET, sorts={"due": "due_on"}, default="due", per_page=20)
    for task in page:
        mark(task)
    context = {"section": SECTION, "page": page, "total": rows.count()}
    return render_list(request, "orgs/own_visits.html", context)


@require_http_methods(READ_WRITE)
def visit_task_export(request):
    access.require(access.can_export(request.user))
    return export_page(
        request,
        _tasks(request, permission="export"),
        partial(export_rows, name="走访任务", columns=visit_task_columns, order=("due_on", "pk")),
        section=SECTION,
        title="导出走访任务",
        list_url="orgs:visit-task-list",
    )


def _task(request, pk):
    rows = VisitTask.objects.visible_to(request.user).select_related(
        "enterprise__park__area",
        "enterprise__cluster",
        "organisation",
        "team",
        "visit",
        "closed_by",
        "created_by",
    )
    return mark(get_object_or_404(rows, pk=pk))


def _workable(request, pk):
    task = _task(request, pk)
    access.require(access.can_work_visit_task(request.user, task))
    return task


@require_http_methods(READ_WRITE)
def visit_task(request, pk):
    """What is to be done, and the form that does it."""
    user, task = request.user, _task(request, pk)
    may_work = access.can_work_visit_task(user, task)
    initial = {
        "kind": task.kind,
        "visitor_name": task.instructor_name or user.display_name,
        "team": task.team,
    }
    form = forms.VisitForm(request.POST or None, user=user, team=task.team, initial=initial)
    if request.method == "POST":
        access.require(may_work)
        if form.is_valid() and recorded(request, form, task.enterprise, task=task):
            return redirect("orgs:visit", form.outcome.pk)
    seen = {"user": user, "auto_id": "goer_%s"}
    context = {
        "section": SECTION,
        "task": task,
        "form": form,
        "may_work": may_work,
        "may_open": Enterprise.objects.visible_to(user).filter(pk=task.enterprise_id).exists(),
        "goer_form": forms.ReassignForm(**seen),
        "drop_form": forms.DropForm(auto_id="drop_%s"),
        "surveys": _open_surveys(user, task.enterprise),
    }
    return render(request, "orgs/visit_task.html", context)


def _open_surveys(user, enterprise):
    """Whoever is there anyway can answer the survey too."""
    rows = SurveyTask.objects.workable_by(user).open().filter(enterprise=enterprise)
    return rows.select_related("round").order_by("-round__as_of")[:3]


@require_POST
def visit_task_assign(request, pk):
    task = _workable(request, pk)
    form = forms.ReassignForm(request.POST, user=request.user)
    return _one_act(request, task, form, actions.assign_tasks, "已改派。")


@require_POST
def visit_task_drop(request, pk):
    task = _workable(request, pk)
    return _one_act(request, task, forms.DropForm(request.POST), actions.drop_tasks, "任务已撤销。")


def _one_act(request, task, form, action, words):
    rows = VisitTask.objects.filter(pk=task.pk)
    who = {"by": request.user, "request": request}
    if form.is_valid() and succeeded(form, action, tasks=rows, **form.cleaned_data, **who):
        messages.success(request, words)
    else:
        say_faults(request, form)
    # The task may now be with people whose tasks the person does not see.
    if VisitTask.objects.visible_to(request.user).filter(pk=task.pk).exists():
        return redirect("orgs:visit-task", task.pk)
    return redirect("orgs:visit-task-list")


@require_POST
def visit_task_act(request):
    """The ticked tasks, or all open ones of the filter: other people go, or nobody needs to."""
    user = request.user
    access.require(access.has(user, CHANGE))
    rows = VisitTask.objects.workable_by(user).open()
    if request.POST.get("scope") == "all":
        shown = _tasks(request, QueryDict(request.POST.get("query", ""))).qs
        rows = rows.filter(pk__in=shown.order_by().values("pk"))
    else:
        rows = rows.filter(pk__in=list(filter(is_key, request.POST.getlist("task"))))
    drop = "reason" in request.POST and request.POST.get("act") == "drop"
    form = forms.DropForm(request.POST) if drop else forms.ReassignForm(request.POST, user=user)
    words = "已撤销{}项任务。" if drop else "已改派{}项任务。"
    if form.is_valid():
        action = actions.drop_tasks if drop else actions.assign_tasks
        act(request, words.format, action, tasks=rows, **form.cleaned_data)
    else:
        say_faults(request, form)
    return back(request, "orgs:visit-task-list")


# --- New tasks ---------------------------------------------------------------------------------------

PLANNED = "active=1&unvisited_days=90"
PLAN_FILTERS = ("q", "chain", "area", "park", "cluster", "unvisited_days")


@require_http_methods(READ_WRITE)
def visit_plan(request):
    """安排走访: the enterprises of a filter, and one task for each of them."""
    user = request.user
    access.require(access.has(user, CHANGE))
    data = QueryDict(request.POST.get("query", "")) if request.method == "POST" else request.GET
    filterset = filtered(request, data or QueryDict(PLANNED), permission=CHANGE)
    filterset.fixed, filterset.MAIN = ("on", "covered_by"), PLAN_FILTERS
    count = filterset.counts()["total"]
    form = forms.ErrandForm(request.POST or None, user=user, auto_id="errand_%s")
    ready = request.method == "POST" and form.is_valid() and _as_shown(request, form, count)
    who = {"by": user, "request": request}
    if ready and succeeded(form, actions.add_tasks, enterprises=filterset.qs, errand=form.errand, **who):
        plan = form.outcome
        kept = f"，另有{len(plan.kept)}家已有同类待走访任务，未重复安排" if plan.kept else ""
        messages.success(request, f"已为{len(plan.opened)}家企业安排走访{kept}。")
        return redirect("orgs:visit-task-list")
    rows = filterset.qs.select_related("park", "cluster").defer("contact_phone")
    context = {
        "section": SECTION,
        "filterset": filterset,
        "form": form,
        "count": count,
        "page": keyset_page(rows, data, sorts={"name": "name"}, default="name"),
        "query": (data or QueryDict(PLANNED)).urlencode(),
    }
    return render_list(request, "orgs/visit_plan.html", context)


def _as_shown(request, form, count):
    """The list may have changed since the person saw it; then they look again."""
    if request.POST.get("expected") == str(count):
        return True
    form.add_error(None, f"企业数量有变化（现为{count}家），请核对后再提交。")
    return False


@require_http_methods(READ_WRITE)
def visit_task_create(request, pk):
    """One enterprise."""
    enterprise = visible(request, pk)
    access.require(access.can_change_coverage(request.user, enterprise))
    form = forms.ErrandForm(request.POST or None, user=request.user)
    who = {"by": request.user, "request": request}
    ready = request.method == "POST" and form.is_valid()
    if ready and succeeded(form, actions.add_task, enterprise=enterprise, errand=form.errand, **who):
        messages.success(request, f"已安排走访，期限{form.outcome.due_on}。")
        return back(request, "orgs:enterprise", pk)
    context = {"section": SECTION, "form": form, "enterprise": enterprise}
    return render(request, "orgs/visit_task_form.html", context)
