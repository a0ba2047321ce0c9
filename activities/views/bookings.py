"""Booking stations: the week of one, a booking and its acts, the lists, and a station for a planned activity."""

import datetime as dt

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from activities import access, entry_points
from activities.actions import bookings as actions
from activities.forms.acts import NoForm
from activities.forms.bookings import BookingForm, NewBookingForm, ReasonForm
from activities.models import CALLED_OFF, COMING, Activity, ActivityState, Booking, BookingState, Venue
from activities.venue_filters import BookingFilter
from activities.venues import calendar
from activities.venues.opening import Opening
from activities.views.records import changeable
from activities.views.rota import asked_week, week_links
from activities.views.venues import READ_WRITE, SECTION, page_of_form, visible
from members.views.pages import crumb, form_page
from orgs.access import require
from orgs.clock import moment
from orgs.forms.actions import succeeded
from orgs.numbers import is_key
from orgs.paging import keyset_page
from orgs.views.pages import render_list
from orgs.views.responses import say_faults

OFFERED = 60  # stations compared for one activity
# Act → (who may, action, form, what is said then).
ACTS = {
    "confirm": (access.can_decide_booking, actions.confirm_booking, NoForm, "已确认。"),
    "decline": (access.can_decide_booking, actions.decline_booking, ReasonForm, "已退回，时段已放开。"),
    "cancel": (access.can_cancel_booking, actions.cancel_booking, ReasonForm, "预订已取消，时段已放开。"),
}


@require_GET
def venue_calendar(request, pk):
    found, now = visible(request, pk), timezone.now()
    today = timezone.localtime(now).date()
    monday = asked_week(request, today)
    context = {
        "section": SECTION,
        "venue": found,
        "week": calendar.week_of(request.user, found, monday, now=now),
        "may_book": access.can_book(request.user),
        **week_links(monday, today),
    }
    return render(request, "activities/venue_calendar.html", context)


# --- Booking -------------------------------------------------------------------------------------------


def _asked(request, activity) -> dict:
    """What the link to the form asks for."""
    if activity is not None:
        return BookingForm.at(activity.starts_at, activity.ends_at) | {
            "title": activity.title,
            "organisation": activity.organisation,
            "activity": activity.pk,
        }
    found = {"organisation": entry_points.own_place(request.user)}
    try:
        day = dt.date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        return found
    found["day"] = day
    minutes = [request.GET.get(name, "") for name in ("from", "to")]
    if all(text.isascii() and text.isdigit() and int(text) <= calendar.DAY for text in minutes):
        found |= {"starts_at": int(minutes[0]), "ends_at": min(int(minutes[0]) + 120, int(minutes[1]))}
    return found


def _asked_activity(request) -> Activity | None:
    key = request.GET.get("activity", "")
    if not is_key(key):
        return None
    return changeable(request, int(key))


@require_http_methods(READ_WRITE)
def booking_new(request, pk):
    found = visible(request, pk)
    require(access.can_book(request.user))
    activity = None if request.method == "POST" else _asked_activity(request)
    initial = {} if request.method == "POST" else _asked(request, activity)
    form = NewBookingForm(request.POST or None, user=request.user, initial=initial)
    who = {"by": request.user, "request": request}
    ready = request.method == "POST" and form.is_valid()
    if ready and succeeded(form, actions.book, venue=found, **form.values, **who):
        _say_state(request, form.outcome)
        return redirect("activities:booking", form.outcome.pk)
    note = "预订提交后，由场地管理方确认；确认前时段为您保留。" if found.needs_approval else ""
    return page_of_form(request, form, f"预订：{found}", venue=found, submit="预订", note=note)


def _say_state(request, booking):
    words = "已提交，待场地管理方确认。" if booking.state == BookingState.PENDING else "预订成功。"
    messages.success(request, f"{booking}：{words}")


def _visible(request, pk) -> Booking:
    rows = Booking.objects.visible_to(request.user).select_related(
        "venue__organisation", "organisation", "activity", "booked_by", "decided_by"
    )
    return get_object_or_404(rows, pk=pk)


@require_GET
def booking(request, pk):
    found, user = _visible(request, pk), request.user
    is_open = found.holds and not found.is_over
    may_change = access.can_change_booking(user, found)
    activity = found.activity
    context = {
        "section": SECTION,
        "booking": found,
        "may_see_venue": Venue.objects.visible_to(user).filter(pk=found.venue_id).exists(),
        "may_see_activity": activity is not None
        and access.can_view_activities_at(user, activity.organisation),
        "differs": activity is not None and activity.state in COMING and not found.covers(activity),
        "called_off": CALLED_OFF,
        "is_off": activity is not None and activity.state == ActivityState.CANCELLED,
        "may_change": may_change and is_open,
        "may_cancel": is_open and access.can_cancel_booking(user, found),
        "may_plan": may_change and is_open and activity is None,
        "may_decide": found.state == BookingState.PENDING
        and not found.is_over
        and access.can_decide_booking(user, found),
    }
    return render(request, "activities/booking.html", context)


@require_http_methods(READ_WRITE)
def booking_edit(request, pk):
    found = _visible(request, pk)
    require(access.can_change_booking(request.user, found))
    form = BookingForm(request.POST or None, initial=BookingForm.stored(found))
    who = {"by": request.user, "request": request}
    ready = request.method == "POST" and form.is_valid()
    if ready and succeeded(form, actions.change_booking, booking=found, **form.values, **who):
        _say_state(request, form.outcome)
        return redirect("activities:booking", pk)
    return form_page(
        request,
        form,
        section=SECTION,
        title=f"修改预订：{found.venue}",
        submit="保存",
        crumbs=[crumb("预订", "activities:booking-list")],
        back=reverse("activities:booking", args=[pk]),
        note="修改时间后，须经确认的场地重新确认。" if found.venue.needs_approval else "",
    )


@require_POST
def booking_act(request, pk, act):
    found = _visible(request, pk)
    may, action, form_class, words = ACTS[act]
    require(may(request.user, found))
    form = form_class(request.POST)
    who = {"by": request.user, "request": request}
    if form.is_valid() and succeeded(form, action, booking=found, **form.cleaned_data, **who):
        messages.success(request, words)
    else:
        say_faults(request, form)
    return redirect("activities:booking", pk)


# --- Lists ---------------------------------------------------------------------------------------------


@require_GET
def booking_list(request):
    """我的预订 unless asked otherwise: what the person's organisations booked from today on."""
    user = request.user
    require(access.can_view_venues(user))
    query = request.GET.copy()
    if not any(name in query for name in BookingFilter.base_filters):
        query["since"] = timezone.localdate().isoformat()
        query["whose"] = "ours" if access.can_book(user) else ""
    filterset = BookingFilter(query, queryset=Booking.objects.visible_to(user), request=request)
    rows = filterset.qs.select_related("venue", "organisation")
    context = {
        "section": SECTION,
        "filterset": filterset,
        "page": keyset_page(rows, request.GET, sorts={"time": "starts_at"}, default="time"),
        "matching": filterset.qs.count(),
    }
    return render_list(request, "activities/booking_list.html", context)


@require_GET
def activity_venues(request, pk):
    """Stations for a planned activity: which of them are open and free at its time."""
    activity = changeable(request, pk)
    wanted = BookingForm.at(activity.starts_at, activity.ends_at)
    starts_at = moment(wanted["day"], wanted["starts_at"])
    ends_at = moment(wanted["last_day"] or wanted["day"], wanted["ends_at"])
    venues = list(
        Venue.objects.visible_to(request.user)
        .in_use(wanted["day"])
        .select_related("park")
        .order_by("name")[:OFFERED]
    )
    opening = Opening(venues, wanted["day"], wanted["last_day"] or wanted["day"])
    taken = set(
        Booking.objects.holding()
        .filter(venue__in=venues, starts_at__lt=ends_at, ends_at__gt=starts_at)
        .values_list("venue", flat=True)
    )
    for venue in venues:
        venue.is_open = opening.is_open(venue, starts_at, ends_at)
        venue.is_taken = venue.pk in taken
    venues.sort(key=lambda venue: (not venue.is_open, venue.is_taken, venue.name))
    context = {
        "section": "activities",
        "activity": activity,
        "venues": venues,
        "is_coming": activity.state in COMING,
        "back": reverse("activities:activity", args=[pk]),
    }
    return render(request, "activities/activity_venues.html", context)
