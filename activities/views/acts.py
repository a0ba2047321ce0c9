"""What is done with a record: acts of its life, votes, resolutions."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from activities import access
from activities.actions import activities as actions
from activities.actions import decisions
from activities.forms.acts import NEEDS_REASON, CloseForm, NoForm, ReasonForm, ResolutionForm, VoteForm
from activities.models import Activity, Resolution, Vote
from activities.views.records import activity_page, changeable, visible
from orgs.access import require
from orgs.forms.actions import succeeded
from orgs.numbers import is_key
from orgs.views.pages import act as do
from orgs.views.responses import back, say_faults

# Act → (action, what is said then).
ACTS = {
    "notify": (actions.notify_activity, "已登记通知。"),
    "submit": (actions.submit_activity, "已提交上级审核。"),
    "archive": (actions.archive_activity, "已归档。"),
    "return": (actions.return_activity, "已退回修改。"),
    "reopen": (actions.reopen_activity, "已退回更正，可以修改。"),
    "cancel": (actions.cancel_activity, "活动已取消，记录保留。"),
}


@require_POST
def take(request, pk, act):
    found = visible(request, pk)
    require(access.can_take(request.user, found, act))
    action, words = ACTS[act]
    form = (ReasonForm if act in NEEDS_REASON else NoForm)(request.POST)
    who = {"by": request.user, "request": request}
    if form.is_valid() and succeeded(form, action, activity=found, **form.cleaned_data, **who):
        messages.success(request, words)
    else:
        say_faults(request, form)
    return redirect("activities:activity", pk)


@require_POST
def archive_many(request):
    """Those ticked in the list, as far as they wait for review by the person's organisation."""
    require(access.can_change_activities(request.user))
    keys = [int(key) for key in request.POST.getlist("pick") if is_key(key)]
    rows = Activity.objects.visible_to(request.user).filter(pk__in=keys[:500]).select_related("organisation")
    found = [row for row in rows.order_by("pk") if access.can_review_activity(request.user, row)]
    if not found:
        messages.error(request, "请先勾选待您审核的记录。")
    else:
        do(request, f"已归档{len(found)}条记录。", actions.archive_many, activities=found)
    return back(request, "activities:activity-list", query=request.POST.get("query", ""))


# --- Votes and resolutions -----------------------------------------------------------------------------


def _decide(request, pk, form, name, action, words):
    found = changeable(request, pk)
    who = {"by": request.user, "request": request}
    if form.is_valid() and succeeded(form, action, activity=found, **form.cleaned_data, **who):
        messages.success(request, words)
        return redirect("activities:activity", pk)
    if "change" in access.acts_open_to(request.user, found) and found.is_held:
        return activity_page(request, found, **{name: form})
    say_faults(request, form)  # the record's state is no longer one whose page has the form
    return redirect("activities:activity", pk)


@require_POST
def vote_add(request, pk):
    form = VoteForm(request.POST, auto_id="vote-%s")
    return _decide(request, pk, form, "vote_form", decisions.add_vote, "表决已登记。")


@require_POST
def resolution_add(request, pk):
    form = ResolutionForm(request.POST, auto_id="resolution-%s")
    return _decide(request, pk, form, "resolution_form", decisions.add_resolution, "决议已登记。")


@require_POST
def vote_withdraw(request, pk):
    rows = Vote.objects.visible_to(request.user).select_related("activity__organisation")
    vote = get_object_or_404(rows, pk=pk)
    require(access.can_change_activity(request.user, vote.activity))
    form = ReasonForm(request.POST)
    who = {"by": request.user, "request": request}
    if form.is_valid() and succeeded(form, decisions.withdraw_vote, vote=vote, **form.cleaned_data, **who):
        messages.success(request, "表决登记已撤销，仍可查看。")
    else:
        say_faults(request, form)
    return redirect("activities:activity", vote.activity_id)


@require_POST
def resolution_close(request, pk):
    rows = Resolution.objects.visible_to(request.user).select_related("activity__organisation")
    resolution = get_object_or_404(rows, pk=pk)
    require(access.can_change_activity(request.user, resolution.activity))
    form = CloseForm(request.POST)
    who = {"by": request.user, "request": request}
    if form.is_valid() and succeeded(
        form, decisions.close_resolution, resolution=resolution, **form.cleaned_data, **who
    ):
        messages.success(request, "决议已办结。")
    else:
        say_faults(request, form)
    return redirect("activities:activity", resolution.activity_id)
