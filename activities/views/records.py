"""The list of activities, its export, and the page of one."""

from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from activities import access, roster
from activities.filters import ActivityFilter
from activities.forms.acts import NEEDS_REASON, ResolutionForm, VoteForm
from activities.listing import activity_columns
from activities.models import Activity, ActivityState, AttendanceState
from orgs.access import require
from orgs.exports import export_response
from orgs.forms.actions import succeeded
from orgs.forms.exports import ExportForm
from orgs.paging import keyset_page
from orgs.uploads import accepted_extensions
from orgs.views.pages import render_list

SECTION = "activities"


def listed(rows):
    """With what a line of the list shows."""
    return rows.select_related("organisation", "series").prefetch_related(
        "kinds", "joint_hosts__organisation"
    )


@require_GET
def activity_list(request):
    user = request.user
    require(access.can_view_activities(user))
    filterset = ActivityFilter(request.GET, queryset=Activity.objects.visible_to(user), request=request)
    rows = listed(filterset.qs).defer("gist", "agenda")
    page = keyset_page(rows, request.GET, sorts={"day": "held_on", "present": "present"}, default="-day")
    for activity in page:
        activity.may_archive = activity.state == ActivityState.REVIEW and access.can_review_activity(
            user, activity
        )
    context = {
        "section": SECTION,
        "filterset": filterset,
        "page": page,
        "matching": filterset.qs.count(),
        "may_change": access.can_change_activities(user),
        "may_export": access.can_export_activities(user),
        "may_archive": any(activity.may_archive for activity in page),
    }
    return render_list(request, "activities/activity_list.html", context)


@require_http_methods(["GET", "POST"])
def activity_export(request):
    """The list as a file. The filter stands in the address, the purpose in the form.

    Without the rows that the person reads by a borrowed or a reading appointment: those may not be exported.
    """
    user = request.user
    require(access.can_export_activities(user))
    rows = Activity.objects.visible_to(user).permitted_to(user, "export", joint=True)
    filterset = ActivityFilter(request.GET, queryset=rows, request=request)
    form = ExportForm(request.POST or None)
    count = filterset.qs.count()
    ready = request.method == "POST" and form.is_valid() and not filterset.faults
    if ready and succeeded(form, _export, request=request, filterset=filterset, form=form, count=count):
        return form.outcome
    context = {
        "section": SECTION,
        "form": form,
        "filterset": filterset,
        "count": count,
        "title": "导出活动台账",
        "list_url": "activities:activity-list",
    }
    return render(request, "activities/activity_export.html", context)


def _export(*, request, filterset, form, count):
    rows = listed(filterset.qs).defer("gist", "agenda").order_by("held_on", "pk")
    return export_response(
        request=request,
        name="活动台账",
        columns=activity_columns(),
        rows=rows.iterator(chunk_size=1000),
        count=count,
        detail={"filter": filterset.chosen_words},
        **form.cleaned_data,
    )


# --- One activity --------------------------------------------------------------------------------------


def visible(request, pk) -> Activity:
    return get_object_or_404(listed(Activity.objects.visible_to(request.user)), pk=pk)


@require_GET
def activity(request, pk):
    return activity_page(request, visible(request, pk))


def activity_page(request, found, **bound):
    """`bound` are forms that were refused, by the name the template gives them."""
    user = request.user
    may_change = access.can_change_activity(user, found)
    acts = access.acts_open_to(user, found)
    context = {
        "section": SECTION,
        "activity": found,
        "groups": _groups(found),
        "guests": found.guest_list.all(),
        "votes": found.votes.all(),
        "resolutions": found.resolutions.select_related("recorded_by"),
        "files": found.files.all(),
        "may_file": "change" in acts,
        "may_review": access.can_review_activity(user, found),
        "accepted": accepted_extensions(),
        "entries": found.entries.select_related("by"),
        "acts": acts,
        "reasoned": _reasoned(found, acts),
        "may_decide": "change" in acts and found.is_held,
        "may_close": may_change,
        "vote_form": VoteForm(auto_id="vote-%s", initial=_vote_proposed(found) if "change" in acts else {}),
        "resolution_form": ResolutionForm(auto_id="resolution-%s"),
        **bound,
    }
    return render(request, "activities/activity.html", context)


def _reasoned(found, acts):
    """(act, address, label, note) of those that ask for a reason."""
    return [
        (act, reverse(f"activities:activity-{act}", args=[found.pk]), label, note)
        for act, (label, note) in NEEDS_REASON.items()
        if act in acts
    ]


def _groups(found):
    """(label, state, attendances) for each state that somebody is in."""
    rows = found.attendances.select_related("member", "member__organisation")
    rows = rows.defer("member__identity_number", "member__mobile").order_by("member__pinyin", "member_id")
    by_state = {}
    for row in rows:
        by_state.setdefault(row.state, []).append(row)
    return [(state.label, state.value, by_state[state]) for state in AttendanceState if state in by_state]


def _vote_proposed(found):
    """The voters that the register knows; of those present as many as are on the roll."""
    hosts = [one for one in found.hosts if roster.has_roster(one)]
    if not hosts or not found.is_held:
        return {}
    voters = roster.voters_on(hosts, found.held_on)
    here = found.attendances.filter(state=AttendanceState.PRESENT, member__in=voters.order_by().values("pk"))
    return {"expected": voters.count(), "present": here.count() if found.has_roster else None}
