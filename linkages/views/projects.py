"""A project: its page, beginning one, its progress and its end; taking and dismissing matches."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from linkages import access, matching
from linkages.actions import projects as actions
from linkages.forms import lists as forms
from linkages.forms.booking import WithdrawForm
from linkages.list_states import UNDERWAY
from linkages.models import Dismissal, Need, Resource
from linkages.views.lists import (
    LISTS,
    PROJECTS,
    READ_WRITE,
    SECTION,
    changeable,
    changed,
    form_page,
    openable,
    visible,
)
from orgs.access import require
from orgs.forms.actions import succeeded
from orgs.views.pages import act
from orgs.views.responses import say_faults

WHICH = PROJECTS.name


@require_GET
def project(request, pk):
    return project_page(request, visible(request, WHICH, pk))


def project_page(request, found, **bound):
    """`bound` are forms that were refused, by the name the template gives them."""
    user = request.user
    running = found.state in UNDERWAY
    may_change = running and access.can_change_item(user, found)
    for side in found.sides:
        side.may_open = type(side).objects.visible_to(user).filter(pk=side.pk).exists()
        side.address = LISTS[side._meta.model_name].address("", side.pk)
    context = {
        "section": SECTION,
        "project": found,
        "openable": openable(user, found),
        "notes": found.notes.select_related("by"),
        "may_change": may_change,
        "may_note": running and access.can_note_project(user, found),
        "note_form": forms.NoteForm(auto_id="note-%s"),
        "finish_form": forms.finish_form(found, user) if may_change else None,
        **bound,
    }
    return render(request, "linkages/project.html", context)


@require_http_methods(READ_WRITE)
def project_new(request):
    """On its own; from a match it comes with `match_take`."""
    require(access.can_change_agreements(request.user))
    form = forms.ProjectForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        more = {"organisation": form.home, "by": request.user, "request": request}
        if succeeded(form, actions.start_project, values=form.values, **more):
            messages.success(request, "已立项。")
            return redirect("linkages:project", form.outcome.pk)
    return form_page(request, PROJECTS, form, "立项", PROJECTS.list_url)


@require_http_methods(READ_WRITE)
def project_edit(request, pk):
    found = changeable(request, WHICH, pk)
    if found.state not in UNDERWAY:
        messages.error(request, f"该项目{found.state_label}，不能再修改。")
        return redirect("linkages:project", pk)
    form = forms.ProjectForm(request.POST or None, user=request.user, item=found)
    if request.method == "POST" and form.is_valid():
        more = changed(form, "project", found) | {"by": request.user, "request": request}
        if succeeded(form, actions.change_project, values=form.values, **more):
            messages.success(request, "已修改。")
            return redirect("linkages:project", pk)
    return form_page(request, PROJECTS, form, f"修改：{found}", PROJECTS.address("", pk))


@require_POST
def project_note(request, pk):
    found = visible(request, WHICH, pk)
    require(access.can_note_project(request.user, found))
    form = forms.NoteForm(request.POST, auto_id="note-%s")
    return _act(request, found, form, actions.add_note, "进展已登记。", note_form=form)


@require_POST
def project_finish(request, pk):
    found = changeable(request, WHICH, pk)
    form = forms.finish_form(found, request.user, request.POST)
    return _act(request, found, form, actions.finish_project, "项目已办结。", finish_form=form)


@require_POST
def project_give_up(request, pk):
    found, form = changeable(request, WHICH, pk), WithdrawForm(request.POST)
    return _act(request, found, form, actions.give_up_project, "项目已终止，需求可以重新对接。")


def _act(request, found, form, action, words, **shown):
    """A refusal shows the page again with what was typed."""
    who = {"by": request.user, "request": request}
    if form.is_valid():
        values = getattr(form, "entry", form.cleaned_data)
        if succeeded(form, action, project=found, **values, **who):
            messages.success(request, words)
            return redirect("linkages:project", found.pk)
    say_faults(request, form)
    return project_page(request, visible(request, WHICH, found.pk), **shown)


# --- Matches -------------------------------------------------------------------------------------------


def _pair(request, need, resource):
    """Both sides, as the person sees them; one of them must be theirs to keep."""
    user = request.user
    need = get_object_or_404(Need.objects.visible_to(user).with_unit(), pk=need)
    resource = get_object_or_404(Resource.objects.visible_to(user).with_unit(), pk=resource)
    require(access.can_match(user, need, resource))
    return need, resource


@require_POST
def match_take(request, need, resource):
    """The project is the person's own side's: of the need's home where they keep that."""
    need, resource = _pair(request, need, resource)
    home = need if access.can_change_item(request.user, need) else resource
    agreement = matching.agreement_for(need, resource, home.organisation)
    pair = {"need": need, "resource": resource, "organisation": home.organisation, "agreement": agreement}
    if not act(request, "对接成功，已形成项目并通知双方单位。", actions.take_match, **pair):
        return _back(request, need, resource)
    return redirect("linkages:project", need.projects.standing().get().pk)


@require_POST
def match_dismiss(request, need, resource):
    need, resource = _pair(request, need, resource)
    form = WithdrawForm(request.POST)
    who = {"by": request.user, "request": request}
    pair = {"need": need, "resource": resource}
    if form.is_valid() and succeeded(form, actions.dismiss_match, **pair, **form.cleaned_data, **who):
        messages.success(request, "已标为不合适，不再推荐。")
    else:
        say_faults(request, form)
    return _back(request, need, resource)


@require_POST
def match_restore(request, pk):
    rows = Dismissal.objects.visible_to(request.user).select_related(
        "need__organisation", "resource__organisation"
    )
    found = get_object_or_404(rows, pk=pk)
    require(access.can_match(request.user, found.need, found.resource))
    act(request, "已恢复推荐。", actions.restore_match, dismissal=found)
    return _back(request, found.need, found.resource)


def _back(request, need, resource):
    """To the page of the side from which the button was pressed."""
    side = resource if request.POST.get("side") == "resource" else need
    return redirect(LISTS[side._meta.model_name].address("", side.pk))
