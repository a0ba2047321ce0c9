"""The list of activities, its export, and the page of one."""

from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from activities import access, roll_call, roster
from activities.filters import HELD, ActivityFilter
from activities.forms.acts import NEEDS_REASON, ResolutionForm, VoteForm
from activities.listing import activity_columns
from activities.models import COMING, Activity, ActivityState, AttendanceState
from activities.sections import sections
from activities.venues.of_activity import bookings_of
from orgs.access import require
from orgs.exports import export_response
from orgs.paging import keyset_page
from orgs.uploads import accepted_extensions
from orgs.views.pages import export_page, render_list

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
        "totals": _totals(filterset),
        "may_change": access.can_change_activities(user),
        "may_export": access.can_export_activities(user),
        "may_archive": any(activity.may_archive for activity in page),
    }
    return render_list(request, "activities/activity_list.html", context)


def _totals(filterset):
    """Who came is summed of activities that took place: of others it is not known, and counting is quicker."""
    held = filterset.chosen.get("state") == HELD[0]
    return filterset.qs.sums() if held else {"count": filterset.qs.count()}


@require_http_methods(["GET", "POST"])
def activity_export(request):
    """Without the rows that the person reads by a borrowed or a reading appointment: those may not be exported."""
    user = request.user
    require(access.can_export_activities(user))
    rows = Activity.objects.visible_to(user).permitted_to(user, "export", joint=True)
    filterset = ActivityFilter(request.GET, queryset=rows, request=request)
    return export_page(
        request,
        filterset,
        _export,
        section=SECTION,
        title="导出活动台账",
        list_url="activities:activity-list",
        note="名单不含到会人员姓名，可以重新导入。",
    )


def _export(*, request, filterset, count, **answers):
    rows = listed(filterset.qs).defer("gist", "agenda").order_by("held_on", "pk")
    return export_response(
        request=request,
        name="活动台账",
        columns=activity_columns(),
        rows=rows.iterator(chunk_size=1000),
        count=count,
        detail={"filter": filterset.chosen_words},
        **answers,
    )


# --- One activity --------------------------------------------------------------------------------------


def visible(request, pk, rows=None) -> Activity:
    """404 where it is out of sight. `rows` where other parts are needed than a line of the list shows."""
    rows = listed(Activity.objects.all()) if rows is None else rows
    return get_object_or_404(rows.visible_to(request.user), pk=pk)


def changeable(request, pk, rows=None) -> Activity:
    """As `visible`, and 403 where the person may not keep its record."""
    found = visible(request, pk, rows)
    require(access.can_change_activity(request.user, found))
    return found


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
        "groups": _groups(user, found),
        "guests": found.guest_list.all(),
        "votes": found.votes.all(),
        "resolutions": found.resolutions.select_related("recorded_by"),
        "files": found.files.all(),
        "may_file": "change" in acts,
        "may_review": access.can_review_activity(user, found),
        "accepted": accepted_extensions(),
        "entries": found.entries.select_related("by"),
        "acts": acts,
        "sections": [
            render_to_string(section.template, section.context, request) for section in sections(found, user)
        ],
        "bookings": bookings_of(found),
        "may_book": may_change and found.state in COMING,
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


def _groups(user, found):
    """(label, state, attendances) for each state that somebody is in."""
    rows = found.attendances.select_related("member", "member__organisation")
    rows = rows.defer("member__identity_number", "member__mobile").order_by("member__pinyin", "member_id")
    hidden, by_state = roll_call.hidden_reasons(user, [found]), {}
    for row in rows:
        if row.member_id in hidden:
            row.reason = ""
        by_state.setdefault(row.state, []).append(row)
    return [(state.label, state.value, by_state[state]) for state in AttendanceState if state in by_state]


def _vote_proposed(found):
    if not found.is_held:
        return {}
    voters, here = roster.votes_of(found)
    return {"expected": voters, "present": here}
