"""企业服务队: who they are, whom they serve, how often they went."""

from functools import partial

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from orgs import access
from orgs.actions import visit_teams as actions
from orgs.filters import visible_areas, visible_parks
from orgs.forms import visits as forms
from orgs.forms.actions import succeeded
from orgs.lists import visit_team_columns
from orgs.models import VisitTeam
from orgs.paging import keyset_page
from orgs.views.pages import export_page, render_list
from orgs.views.responses import say_faults
from orgs.views.visits import CHANGE, READ_WRITE, SECTION, export_rows
from orgs.visit_filters import VisitTeamFilter


def _teams(request, permission="enterprises.view") -> VisitTeamFilter:
    rows = VisitTeam.objects.permitted_to(request.user, permission)
    return VisitTeamFilter(request.GET, queryset=rows, request=request)


@require_GET
def visit_team_list(request):
    user = request.user
    access.require(access.can_view_enterprises(user))
    filterset = _teams(request)
    page = keyset_page(filterset.qs.for_list(), request.GET, sorts={"name": "name"}, default="name")
    for team in page:
        team.may_change = access.can_keep_visit_team(user, team)
    context = {
        "section": SECTION,
        "filterset": filterset,
        "page": page,
        "total": filterset.qs.count(),
        "may_change": access.has(user, CHANGE),
        "may_export": access.can_export(user),
    }
    return render_list(request, "orgs/visit_team_list.html", context)


@require_http_methods(READ_WRITE)
def visit_team_new(request):
    access.require(access.has(request.user, CHANGE))
    form = _form(request)
    if _team_saved(request, form):
        messages.success(request, f"已成立{form.outcome}。")
        return redirect("orgs:visit-team-list")
    return render(request, "orgs/visit_team_form.html", {"section": SECTION, "form": form})


@require_http_methods(READ_WRITE)
def visit_team_edit(request, pk):
    team = _kept_team(request, pk)
    form = _form(request, team)
    if _team_saved(request, form, team=team):
        messages.success(request, f"已修改{form.outcome}。")
        return redirect("orgs:visit-team-list")
    context = {
        "section": SECTION,
        "form": form,
        "team": team,
        "disband_form": forms.DisbandForm(auto_id="end_%s"),
    }
    return render(request, "orgs/visit_team_form.html", context)


def _form(request, team=None):
    places = {"areas": visible_areas(request), "parks": visible_parks(request)}
    return forms.TeamForm(request.POST or None, user=request.user, team=team, **places)


def _team_saved(request, form, team=None) -> bool:
    if request.method != "POST" or not form.is_valid():
        return False
    given = {"values": form.values, "people": form.cleaned_data["people"], "team": team}
    given |= {"seen_at": form.cleaned_data["seen_at"], "by": request.user, "request": request}
    return succeeded(form, actions.save_team, **given)


def _kept_team(request, pk):
    team = get_object_or_404(VisitTeam.objects.visible_to(request.user).for_list(), pk=pk)
    access.require(access.can_keep_visit_team(request.user, team))
    return team


@require_POST
def visit_team_disband(request, pk):
    team = _kept_team(request, pk)
    form = forms.DisbandForm(request.POST)
    who = {"by": request.user, "request": request}
    if form.is_valid() and succeeded(form, actions.disband_team, team=team, **form.cleaned_data, **who):
        messages.success(request, f"{team}已解散，未办的任务由责任党组织继续走访。")
        return redirect("orgs:visit-team-list")
    say_faults(request, form)
    return redirect("orgs:visit-team-edit", pk)


@require_http_methods(READ_WRITE)
def visit_team_export(request):
    access.require(access.can_export(request.user))
    return export_page(
        request,
        _teams(request, "export"),
        partial(export_rows, name="企业服务队", columns=visit_team_columns, order=("name", "pk")),
        section=SECTION,
        title="导出服务队",
        list_url="orgs:visit-team-list",
    )
