"""Stations: which there are, one with its opening times, and their upkeep."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from activities import access, entry_points
from activities.actions import venues as actions
from activities.forms.venues import (
    CloseVenueForm,
    HoursForm,
    NewVenueForm,
    SpecialDaysForm,
    VenueForm,
    WeekForm,
)
from activities.models import Timetable, Venue, VenueDay
from activities.venue_filters import VenueFilter
from activities.venues import rota
from activities.venues.opening import Opening
from members.views.pages import crumb, done, form_page
from orgs.access import require
from orgs.clock import range_words
from orgs.forms.actions import succeeded
from orgs.paging import keyset_page
from orgs.views.pages import act, render_list

SECTION = "venues"
READ_WRITE = ("GET", "HEAD", "POST")


@require_GET
def venue_list(request):
    user, today = request.user, timezone.localdate()
    require(access.can_view_venues(user))
    query = request.GET.copy()
    if "use" not in query:
        query["use"] = "1"
    filterset = VenueFilter(query, queryset=Venue.objects.visible_to(user), request=request)
    rows = filterset.qs.select_related("organisation", "park")
    page = keyset_page(
        rows, request.GET, sorts={"name": "name", "organisation": "organisation__name"}, default="name"
    )
    opening = Opening(page, today, today)
    for venue in page:
        venue.open_today = range_words(opening.ranges(venue, today))
        venue.closed_today = "" if venue.open_today else opening.why_closed(venue, today)
    context = {
        "section": SECTION,
        "filterset": filterset,
        "page": page,
        "matching": filterset.qs.count(),
        "may_change": access.can_change_activities(user),
    }
    return render_list(request, "activities/venue_list.html", context)


def visible(request, pk) -> Venue:
    rows = Venue.objects.visible_to(request.user).select_related("organisation", "park")
    return get_object_or_404(rows, pk=pk)


def changeable(request, pk) -> Venue:
    found = visible(request, pk)
    require(access.can_change_venue(request.user, found))
    return found


@require_GET
def venue(request, pk):
    """What it is, when it opens, and who is there this week."""
    found, today = visible(request, pk), timezone.localdate()
    timetables = list(found.timetables.order_by("-since"))
    context = {
        "section": SECTION,
        "venue": found,
        "timetable": next((row for row in timetables if row.since <= today), None),
        "coming": [row for row in reversed(timetables) if row.since > today],
        "special_days": found.special_days.filter(day__gte=today).order_by("day"),
        "week": rota.days_of_week(found, rota.monday_of(today), today),
        "may_change": access.can_change_venue(request.user, found),
        "may_book": access.can_book(request.user),
    }
    return render(request, "activities/venue.html", context)


def page_of_form(request, form, title, *, venue=None, submit="保存", note="", confirm=""):
    """A form about a station, or about all of them."""
    crumbs = [crumb("阵地", "activities:venue-list")]
    back = reverse("activities:venue-list")
    if venue is not None:
        crumbs.append(crumb(venue.name, "activities:venue", venue.pk))
        back = reverse("activities:venue", args=[venue.pk])
    return form_page(
        request,
        form,
        section=SECTION,
        title=title,
        submit=submit,
        crumbs=crumbs,
        back=back,
        note=note,
        confirm=confirm,
    )


@require_http_methods(READ_WRITE)
def venue_new(request):
    require(access.can_change_activities(request.user))
    initial = {"organisation": entry_points.own_place(request.user), "since": timezone.localdate()}
    form = NewVenueForm(
        request.POST or None, user=request.user, initial=initial | WeekForm.stored(None) | {"kind": "station"}
    )
    who = {"by": request.user, "request": request}
    ready = request.method == "POST" and form.is_valid()
    if ready and succeeded(
        form, actions.add_venue, organisation=form.chosen, values=form.values, **form.hours, **who
    ):
        messages.success(request, f"已登记阵地“{form.outcome}”。")
        return redirect("activities:venue", form.outcome.pk)
    return page_of_form(request, form, "登记阵地")


@require_http_methods(READ_WRITE)
def venue_edit(request, pk):
    found = changeable(request, pk)
    form = VenueForm(request.POST or None, user=request.user, initial=VenueForm.stored(found))
    who = {"by": request.user, "request": request}
    if request.method == "POST" and form.is_valid():
        kwargs = {"values": form.values, "seen_at": form.cleaned_data["seen_at"]}
        if succeeded(form, actions.change_venue, venue=found, **kwargs, **who):
            messages.success(request, "已修改。")
            return redirect("activities:venue", pk)
    return page_of_form(request, form, f"修改：{found}", venue=found)


def _tell_of_bookings(request, venue):
    """Bookings that now lie outside the opening times: they stay until somebody settles them."""
    shut_out = actions.bookings_shut_out(venue)
    for booking in shut_out[: actions.NAMED]:
        messages.warning(
            request,
            f"{booking.organisation.name}预订的{booking.when_words}已不在开放时间内，请与对方商定后修改或取消。",
        )
    if len(shut_out) > actions.NAMED:
        messages.warning(request, f"另有{len(shut_out) - actions.NAMED}个预订不在开放时间内，见使用日历。")


@require_http_methods(READ_WRITE)
def venue_hours(request, pk):
    """A timetable from a day on; proposed is the one in force."""
    found, today = changeable(request, pk), timezone.localdate()
    current = Timetable.objects.filter(venue=found, since__lte=today).order_by("-since").first()
    initial = WeekForm.stored(current) | {"since": max(today, found.since)}
    form = HoursForm(request.POST or None, initial=initial)
    who = {"by": request.user, "request": request}
    ready = request.method == "POST" and form.is_valid()
    if ready and succeeded(
        form, actions.set_hours, venue=found, since=form.cleaned_data["since"], **form.hours, **who
    ):
        messages.success(request, f"自{form.outcome.since}起的开放时间已保存。")
        _tell_of_bookings(request, found)
        return redirect("activities:venue", pk)
    return page_of_form(request, form, f"开放时间：{found}", venue=found)


@require_http_methods(READ_WRITE)
def venue_days(request, pk):
    found = changeable(request, pk)
    form = SpecialDaysForm(request.POST or None)
    if done(request, form, actions.set_special_days, lambda rows: f"已登记{len(rows)}天。", venue=found):
        _tell_of_bookings(request, found)
        return redirect("activities:venue", pk)
    return page_of_form(request, form, f"特殊日期：{found}", venue=found, submit="登记")


@require_POST
def venue_day_remove(request, pk):
    rows = VenueDay.objects.filter(venue__in=Venue.objects.visible_to(request.user).order_by().values("pk"))
    special = get_object_or_404(rows.select_related("venue__organisation"), pk=pk)
    require(access.can_change_venue(request.user, special.venue))
    act(request, f"{special.day}恢复平常的开放时间。", actions.remove_special_day, special=special)
    return redirect("activities:venue", special.venue_id)


@require_http_methods(READ_WRITE)
def venue_close(request, pk):
    found = changeable(request, pk)
    form = CloseVenueForm(request.POST or None, initial={"until": timezone.localdate()})
    words = "已登记停用，记录保留。"
    if done(request, form, actions.close_venue, lambda row: words, venue=found):
        return redirect("activities:venue", pk)
    return page_of_form(request, form, f"停用：{found}", venue=found, submit="登记停用")


@require_POST
def venue_keep(request, pk):
    found = changeable(request, pk)
    act(request, "已撤回停用。", actions.keep_venue, venue=found)
    return redirect("activities:venue", pk)
