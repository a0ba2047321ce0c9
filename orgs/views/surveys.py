"""Survey rounds and their tasks: progress, lists, findings for one or many, reassignment."""

from django.contrib import messages
from django.db.models import Count, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from orgs import access
from orgs.actions import surveys as actions
from orgs.actions.surveys import SurveyResult
from orgs.filters import SurveyTaskFilter
from orgs.forms.actions import succeeded
from orgs.forms.surveys import FindingForm, NoteForm, ReassignForm
from orgs.models import Organisation, SurveyReason, SurveyRound, SurveyTask, TaskState
from orgs.numbers import is_key
from orgs.paging import keyset_page
from orgs.timeline import result_label
from orgs.views.enterprises import visible
from orgs.views.pages import render_list
from orgs.views.responses import back, say_faults


@require_GET
def round_list(request):
    """Rounds with how far the person's part of them is."""
    access.require(access.can_view_enterprises(request.user))
    mine = Q(tasks__in=SurveyTask.objects.visible_to(request.user).order_by().values("pk"))
    rounds = SurveyRound.objects.annotate(
        total=Count("tasks", filter=mine),
        open=Count("tasks", filter=mine & Q(tasks__state=TaskState.OPEN)),
        done=Count("tasks", filter=mine & Q(tasks__state=TaskState.DONE)),
    ).select_related("run")
    page = keyset_page(
        rounds.order_by(), request.GET, sorts={"as_of": "as_of"}, default="-as_of", per_page=20
    )
    context = {"section": "surveys", "page": page, "today": timezone.localdate()}
    return render_list(request, "orgs/survey_round_list.html", context)


@require_GET
def survey_round(request, pk):
    """Counts by reason, state and owner over all tasks the person sees; the list by the filter."""
    access.require(access.can_view_enterprises(request.user))
    survey = get_object_or_404(SurveyRound, pk=pk)
    tasks = SurveyTask.objects.visible_to(request.user).filter(round=survey)
    filterset = SurveyTaskFilter(request.GET, queryset=tasks, request=request)
    rows = filterset.qs.select_related("enterprise__park", "owner", "done_by").defer(
        "enterprise__contact_phone"
    )
    page = keyset_page(rows, request.GET, sorts={"name": "enterprise__name"}, default="name")
    workable = set(
        SurveyTask.objects.workable_by(request.user)
        .filter(pk__in=[task.pk for task in page])
        .values_list("pk", flat=True)
    )
    for task in page:
        task.may_work = task.pk in workable
        task.result_words = result_label(task.result)
    context = {
        "section": "surveys",
        "survey": survey,
        "filterset": filterset,
        "page": page,
        "matching": filterset.qs.count(),
        "today": timezone.localdate(),
        "finding_form": FindingForm(auto_id="bulk_%s"),
        "may_work": access.has(request.user, "surveys.change"),
        **_progress(tasks),
    }
    return render_list(request, "orgs/survey_round.html", context)


def _progress(tasks):
    counts = {
        (row["reason"], row["state"]): row["count"]
        for row in tasks.order_by().values("reason", "state").annotate(count=Count("pk"))
    }
    reasons = [_line(counts, reason) for reason in SurveyReason if any(reason == r for r, _ in counts)]
    by_owner = (
        tasks.order_by()
        .values("owner", "owner__name")
        .annotate(
            total=Count("pk"),
            open=Count("pk", filter=Q(state=TaskState.OPEN)),
            done=Count("pk", filter=Q(state=TaskState.DONE)),
        )
        .order_by("-open", "owner__name")
    )
    total = sum(line["total"] for line in reasons)
    done = sum(line["done"] for line in reasons)
    cancelled = sum(line["cancelled"] for line in reasons)
    due = total - cancelled
    return {
        "reasons": reasons,
        "owners": by_owner[:8],
        "total": total,
        "done": done,
        "open": due - done,
        "due": due,
        "share": done / due if due else None,
    }


def _line(counts, reason):
    states = {state.value: counts.get((reason.value, state.value), 0) for state in TaskState}
    return {"reason": reason, "label": reason.label, "total": sum(states.values()), **states}


# --- One task ----------------------------------------------------------------------------------------


def _task(request, pk):
    tasks = SurveyTask.objects.visible_to(request.user).select_related(
        "round", "enterprise__park__area", "enterprise__cluster", "owner", "done_by"
    )
    return get_object_or_404(tasks, pk=pk)


def _workable_task(request, pk):
    task = _task(request, pk)
    access.require(access.can_work_survey_task(request.user, task))
    return task


@require_http_methods(["GET", "POST"])
def survey_task(request, pk):
    """Look at a task and store what was found."""
    task = _task(request, pk)
    may_work = access.can_work_survey_task(request.user, task)
    form = FindingForm(request.POST or None)
    if request.method == "POST":
        access.require(may_work)
        if form.is_valid() and succeeded(
            form, actions.complete_task, task=task, by=request.user, request=request, **form.cleaned_data
        ):
            messages.success(request, f"{task.enterprise}：{result_label(task.result)}。")
            return back(request, "orgs:survey-round", task.round_id)
    task.result_words = result_label(task.result)
    context = {
        "section": "surveys",
        "task": task,
        "form": form,
        "may_work": may_work,
        "reassign_form": ReassignForm(organisations=_organisations(request)),
        "note_form": NoteForm(auto_id="note_%s"),
        "consequences": [(r.label, actions.consequence_words(r)) for r in SurveyResult],
        "others": SurveyTask.objects.visible_to(request.user)
        .filter(enterprise=task.enterprise)
        .exclude(pk=task.pk)
        .select_related("round")
        .order_by("-round__as_of")[:10],
    }
    return render(request, "orgs/survey_task.html", context)


def _organisations(request):
    return Organisation.objects.permitted_to(request.user, "surveys.change").active()


@require_POST
def survey_task_reopen(request, pk):
    return _with_note(request, pk, actions.reopen_task, "任务已重新打开。")


@require_POST
def survey_task_cancel(request, pk):
    return _with_note(request, pk, actions.cancel_task, "任务已取消。")


def _with_note(request, pk, action, words):
    task = _workable_task(request, pk)
    form = NoteForm(request.POST)
    if form.is_valid() and succeeded(
        form, action, task=task, by=request.user, request=request, **form.cleaned_data
    ):
        messages.success(request, words)
    else:
        say_faults(request, form)
    return redirect("orgs:survey-task", pk)


@require_POST
def survey_task_reassign(request, pk):
    task = _workable_task(request, pk)
    form = ReassignForm(request.POST, organisations=_organisations(request))
    if form.is_valid() and succeeded(
        form,
        actions.reassign_task,
        task=task,
        owner=form.cleaned_data["organisation"],
        by=request.user,
        request=request,
    ):
        messages.success(request, f"已改派给{task.owner}。")
    else:
        say_faults(request, form)
    return redirect("orgs:survey-task", pk)


# --- Many tasks, new tasks ---------------------------------------------------------------------------


@require_POST
def survey_complete(request, pk):
    """The same finding for the ticked tasks of a round."""
    access.require(access.has(request.user, "surveys.change"))
    survey = get_object_or_404(SurveyRound, pk=pk)
    keys = list(filter(is_key, request.POST.getlist("task")))
    tasks = SurveyTask.objects.workable_by(request.user).filter(round=survey, pk__in=keys)
    form = FindingForm(request.POST)
    if not keys:
        messages.error(request, "请先勾选要办理的任务。")
    elif form.is_valid() and succeeded(
        form, actions.complete_tasks, tasks=tasks, by=request.user, request=request, **form.cleaned_data
    ):
        result = result_label(form.cleaned_data["result"])
        messages.success(request, f"已为{form.outcome}家企业登记“{result}”。")
    else:
        say_faults(request, form)
    return back(request, "orgs:survey-round", pk)


@require_POST
def survey_task_create(request, pk):
    """Send somebody to look at the enterprise `pk`."""
    enterprise = visible(request, pk)
    access.require(access.has_for_enterprise(request.user, "surveys.change", enterprise))
    form = NoteForm(request.POST)
    if form.is_valid() and succeeded(
        form, actions.add_task, enterprise=enterprise, by=request.user, request=request, **form.cleaned_data
    ):
        messages.success(request, f"已发起摸排任务，责任党组织：{form.outcome.owner or '未定'}。")
        return redirect("orgs:survey-task", form.outcome.pk)
    say_faults(request, form)
    return redirect("orgs:enterprise", pk)
