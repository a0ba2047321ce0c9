"""A conference of an alliance: its page, and what is done with it and with what it resolved."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from activities.models import Activity
from linkages import access
from linkages.actions import conferences as actions
from linkages.alliance_filters import ResolutionFilter
from linkages.forms import alliances as forms
from linkages.models import Conference, ConferenceResolution
from linkages.views.alliances import SECTION, conference_form, holdable, visible
from orgs.access import require
from orgs.forms.actions import succeeded
from orgs.paging import keyset_page
from orgs.views.pages import render_list
from orgs.views.responses import say_faults

MOST_OFFERED = 50


def _visible(request, pk) -> Conference:
    rows = Conference.objects.visible_to(request.user)
    return get_object_or_404(rows.select_related("alliance__organisation", "activity"), pk=pk)


def _holdable(request, pk):
    """The conference and its alliance, for whoever may hold it."""
    found = _visible(request, pk)
    return found, holdable(request, found.alliance_id)


@require_GET
def resolution_list(request):
    """What the alliances in sight resolved."""
    user = request.user
    require(access.can_view_agreements(user))
    rows = ConferenceResolution.objects.visible_to(user)
    filterset = ResolutionFilter(request.GET, queryset=rows, request=request)
    shown = filterset.qs.select_related("conference__alliance", "owner__organisation", "owner__partner")
    context = {
        "section": SECTION,
        "filterset": filterset,
        "page": keyset_page(shown, request.GET, sorts={"due": "due_on"}, default="-due"),
        "matching": filterset.qs.count(),
        "today": timezone.localdate(),
    }
    return render_list(request, "linkages/resolution_list.html", context)


@require_GET
def conference(request, pk):
    found = _visible(request, pk)
    return _page(request, found, visible(request, found.alliance_id))


def _hold_form(request, found, alliance, data=None):
    """With the records that the person sees of what a member held on the day."""
    homes = [member.organisation for member in alliance.current_members if member.organisation_id]
    rows = Activity.objects.visible_to(request.user).held().hosted_by(*homes).filter(held_on=found.on)
    return forms.HoldForm(
        data,
        members=alliance.current_members,
        activities=list(rows.order_by("pk")[:MOST_OFFERED]),
        auto_id="hold-%s",
        initial={"on": found.on},
    )


def _resolution_form(alliance, data=None):
    members = alliance.members.on(timezone.localdate()).select_related("organisation", "partner")
    return forms.ResolutionForm(data, members=members, auto_id="resolution-%s")


def _page(request, found, alliance, **bound):
    user = request.user
    running = alliance.ended_on is None
    may_hold = running and access.can_hold_conferences(user, alliance, alliance.chair)
    resolutions = list(
        found.resolutions.select_related("owner__organisation", "owner__partner").prefetch_related(
            "notes__by"
        )
    )
    for row in resolutions:
        row.conference = found
        found.alliance = alliance
        row.may_follow_up = row.done_on is None and access.can_follow_up(user, row)
    readable = found.activity and Activity.objects.visible_to(user).filter(pk=found.activity_id).exists()
    context = {
        "section": SECTION,
        "conference": found,
        "alliance": alliance,
        "today": timezone.localdate(),
        "attending": found.attending.select_related("organisation", "partner"),
        "resolutions": resolutions,
        "may_open_activity": readable,
        "may_hold": may_hold and found.is_open,
        "may_resolve": may_hold and found.held_at is not None,
        **bound,
    }
    if context["may_hold"]:
        context.setdefault("hold_form", _hold_form(request, found, alliance))
        context.setdefault("cancel_form", forms.CancelForm(auto_id="cancel-%s"))
    if context["may_resolve"]:
        context.setdefault("resolution_form", _resolution_form(alliance))
    return render(request, "linkages/conference.html", context)


@require_http_methods(["GET", "POST"])
def conference_edit(request, pk):
    found, alliance = _holdable(request, pk)
    if not found.is_open:
        messages.error(request, "会议已登记召开或取消，不能再修改安排。")
        return redirect("linkages:conference", pk)
    form = forms.ConferenceForm(
        request.POST or None, initial={name: getattr(found, name) for name in actions.FIELDS}
    )
    who = {"by": request.user, "request": request}
    if (
        request.method == "POST"
        and form.is_valid()
        and succeeded(form, actions.change_conference, conference=found, values=form.cleaned_data, **who)
    ):
        messages.success(request, "已保存。")
        return redirect("linkages:conference", pk)
    back = reverse("linkages:conference", args=[pk])
    return conference_form(request, form, alliance, f"修改：{found}", back=back)


def _act(request, found, alliance, form, page_name, action, words):
    """A refusal shows the page again with what was typed, and says why even where the form is no longer there."""
    who = {"by": request.user, "request": request}
    if form.is_valid() and succeeded(form, action, conference=found, **form.cleaned_data, **who):
        messages.success(request, words)
        return redirect("linkages:conference", found.pk)
    say_faults(request, form)
    return _page(request, _visible(request, found.pk), alliance, **{page_name: form})


@require_POST
def conference_hold(request, pk):
    found, alliance = _holdable(request, pk)
    form = _hold_form(request, found, alliance, request.POST)
    words = "会议已登记召开，请登记议定事项。"
    return _act(request, found, alliance, form, "hold_form", actions.hold_conference, words)


@require_POST
def conference_cancel(request, pk):
    found, alliance = _holdable(request, pk)
    form = forms.CancelForm(request.POST, auto_id="cancel-%s")
    return _act(request, found, alliance, form, "cancel_form", actions.cancel_conference, "会议已取消。")


@require_POST
def conference_resolve(request, pk):
    found, alliance = _holdable(request, pk)
    form = _resolution_form(alliance, request.POST)
    return _act(request, found, alliance, form, "resolution_form", actions.add_resolution, "已登记议定事项。")


def _follow_up(request, pk, form, action, words):
    rows = ConferenceResolution.objects.visible_to(request.user).select_related(
        "conference__alliance__organisation", "owner__organisation", "owner__partner"
    )
    found = get_object_or_404(rows, pk=pk)
    require(access.can_follow_up(request.user, found))
    who = {"by": request.user, "request": request}
    if form.is_valid() and succeeded(form, action, resolution=found, **form.cleaned_data, **who):
        messages.success(request, words)
    else:
        say_faults(request, form)
    return redirect("linkages:conference", found.conference_id)


@require_POST
def resolution_note(request, pk):
    return _follow_up(request, pk, forms.NoteForm(request.POST), actions.add_note, "进展已登记。")


@require_POST
def resolution_close(request, pk):
    return _follow_up(request, pk, forms.CloseForm(request.POST), actions.close_resolution, "该事项已办结。")
