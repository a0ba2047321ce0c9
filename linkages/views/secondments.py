"""Deputies and professors: the page of one, writing down a need, every step of the table, and the signed paper."""

from django.contrib import messages
from django.db.models import Q
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from linkages import access
from linkages.actions import secondment_files as files
from linkages.actions import secondments as actions
from linkages.forms import secondments as forms
from linkages.forms.booking import WithdrawForm
from linkages.models import (
    APPOINTED,
    Candidate,
    Secondment,
    SecondmentAct,
    SecondmentFile,
    SecondmentState,
)
from linkages.secondments import transitions
from linkages.secondments.figures import with_outcomes
from linkages.secondments.transitions import RULES
from linkages.views.steps import step
from orgs.access import require
from orgs.forms.actions import succeeded
from orgs.uploads import accepted_extensions
from orgs.views.files import add_each, read_or_say
from orgs.views.responses import say_faults

SECTION = "secondments"
READ_WRITE = ["GET", "POST"]
TONES = {
    SecondmentState.NEED: "warn",
    SecondmentState.MATCHING: "warn",
    SecondmentState.CHOSEN: "warn",
    SecondmentState.SERVING: "good",
    SecondmentState.ENDED: "plain",
    SecondmentState.WITHDRAWN: "plain",
}
# Steps with pages of their own, or whose form is the row itself.
OWN_PLACES = (SecondmentAct.CHANGE, SecondmentAct.UNDO)
NEAR_DAYS = 30


def mark(secondment):
    """Adds what a page shows of it."""
    secondment.tone = TONES[secondment.state]
    left = secondment.days_left
    secondment.is_over = left is not None and left < 0
    secondment.is_near = left is not None and 0 <= left <= NEAR_DAYS
    return secondment


def visible(request, pk) -> Secondment:
    rows = Secondment.objects.visible_to(request.user).with_candidates()
    return mark(get_object_or_404(rows, pk=pk))


@require_GET
def secondment(request, pk):
    return secondment_page(request, visible(request, pk))


def secondment_page(request, found, **bound):
    """`bound` are forms that were refused, by their step."""
    user = request.user
    candidates = list(Candidate.objects.visible_to(user).filter(secondment=found).with_units())
    acts = transitions.acts_open_to(user, found)
    steps = [_step(act, found, user, bound.get(act)) for act in acts if act not in OWN_PLACES]
    steps = [one for one in steps if one is not None]
    with_outcomes([found])
    context = {
        "section": SECTION,
        "secondment": found,
        "candidates": candidates,
        "outcomes": found.outcomes.all(),
        "entries": found.entries.filter(
            Q(candidate__isnull=True) | Q(candidate__in=[one.pk for one in candidates])
        ).select_related("by"),
        "steps": [one for one in steps if not one["is_main"]],
        "main_steps": [one for one in steps if one["is_main"]],
        "may_edit": SecondmentAct.CHANGE in acts,
        "may_undo": SecondmentAct.UNDO in acts,
        "may_file": access.can_change_agreements_at(user, found.organisation),
        "files": found.files.all(),
        "is_signed": found.state in APPOINTED,
        "accepted": accepted_extensions(),
        "today": timezone.localdate(),
    }
    return render(request, "linkages/secondment.html", context)


def _step(act, found, user, form):
    form = form or forms.act_form(act, found, user)
    url = reverse(f"linkages:secondment-{act}", args=[found.pk])
    is_main = RULES[act].main_in == found.state
    return step(SecondmentAct(act), url, form, is_main=is_main, confirm=RULES[act].confirm)


@require_POST
def take(request, pk, act):
    """A step of the table. A refusal shows the page again with what was typed."""
    found, user = visible(request, pk), request.user
    require(transitions.may_take(user, found, act))
    form = forms.act_form(act, found, user, request.POST)
    who = {"by": user, "request": request}
    if form.is_valid() and succeeded(
        form, actions.ACTIONS[act], secondment=found, **form.cleaned_data, **who
    ):
        messages.success(request, RULES[act].done)
        return _onwards(request, pk)
    say_faults(request, form)
    return secondment_page(request, visible(request, pk), **{act: form})


def _onwards(request, pk):
    """Whoever took back the only candidate of the own unit sees the secondment no longer."""
    if Secondment.objects.visible_to(request.user).filter(pk=pk).exists():
        return redirect("linkages:secondment", pk)
    return redirect("linkages:secondment-list")


# --- The need ------------------------------------------------------------------------------------------


@require_http_methods(READ_WRITE)
def secondment_new(request):
    require(access.can_change_agreements(request.user))
    form = forms.NewNeedForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        data, who = form.cleaned_data, {"by": request.user, "request": request}
        given = {"organisation": data["organisation"], "kind": data["kind"], "unit": form.unit}
        if succeeded(form, actions.draft_secondment, **given, values=form.values, **who):
            messages.success(request, "需求已登记，请推荐人选。")
            return redirect("linkages:secondment", form.outcome.pk)
    context = {"section": SECTION, "form": form, "title": "登记需求"}
    return render(request, "linkages/secondment_form.html", context)


@require_http_methods(READ_WRITE)
def secondment_edit(request, pk):
    found = visible(request, pk)
    require(transitions.may_take(request.user, found, SecondmentAct.CHANGE))
    if found.state not in RULES[SecondmentAct.CHANGE].sources:
        messages.error(request, "人选已选定，需求不能再修改。")
        return redirect("linkages:secondment", pk)
    form = forms.NeedForm(request.POST or None, secondment=found)
    if request.method == "POST" and form.is_valid():
        given = {"secondment": found, "values": form.values, "seen_at": form.cleaned_data["seen_at"]}
        if succeeded(form, actions.change_secondment, **given, by=request.user, request=request):
            messages.success(request, RULES[SecondmentAct.CHANGE].done)
            return redirect("linkages:secondment", pk)
    context = {"section": SECTION, "form": form, "title": f"修改：{found}", "secondment": found}
    return render(request, "linkages/secondment_form.html", context)


# --- The signed paper ----------------------------------------------------------------------------------


def _kept(request, pk) -> Secondment:
    found = visible(request, pk)
    require(access.can_change_agreements_at(request.user, found.organisation))
    return found


def _file(request, pk, file) -> SecondmentFile:
    rows = SecondmentFile.objects.visible_to(request.user).select_related("secondment__organisation")
    return get_object_or_404(rows, secondment=pk, public_id=file)


@require_POST
def file_add(request, pk):
    add_each(request, files.add_file, secondment=_kept(request, pk))
    return redirect("linkages:secondment", pk)


@require_safe
def file(request, pk, file):
    found = _file(request, pk, file)
    keeps = access.can_change_agreements_at(request.user, found.secondment.organisation)
    require(found.withdrawn_at is None or keeps)
    return read_or_say(request, files.read_file, found) or redirect("linkages:secondment", pk)


@require_POST
def file_withdraw(request, pk, file):
    found = _file(request, pk, file)
    _kept(request, pk)
    form = WithdrawForm(request.POST)
    who = {"by": request.user, "request": request}
    if form.is_valid() and succeeded(form, files.withdraw_file, file=found, **form.cleaned_data, **who):
        messages.success(request, "已撤回，记录保留。")
    else:
        say_faults(request, form)
    return redirect("linkages:secondment", pk)
