"""本周谁在: who serves at a station, week by week, and the keeping of the rota."""

import datetime as dt

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from activities import access
from activities.actions import rota as actions
from activities.forms.venues import ShiftForm
from activities.models import ServiceShift, Venue
from activities.venues import rota
from activities.views.venues import READ_WRITE, SECTION, changeable, page_of_form, visible
from orgs.access import require
from orgs.forms.actions import succeeded
from orgs.views.pages import act

WEEK = dt.timedelta(days=7)
FARTHEST = dt.timedelta(days=366 * 5)


def asked_week(request, today: dt.date) -> dt.date:
    """The Monday of the week of `?day=`; of this week where none, a wrong or a far day is asked for."""
    try:
        day = dt.date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        day = today
    return rota.monday_of(day if abs(day - today) < FARTHEST else today)


def week_links(monday: dt.date, today: dt.date) -> dict:
    """For the switch between weeks."""
    return {
        "monday": monday,
        "sunday": monday + WEEK - dt.timedelta(days=1),
        "before": monday - WEEK,
        "after": monday + WEEK,
        "is_this_week": monday == rota.monday_of(today),
    }


@require_GET
def venue_rota(request, pk):
    found, today = visible(request, pk), timezone.localdate()
    monday = asked_week(request, today)
    may_change = access.can_change_venue(request.user, found)
    context = {
        "section": SECTION,
        "venue": found,
        "week": rota.days_of_week(found, monday, today),
        "standing": rota.standing(found, today) if may_change else (),
        "may_change": may_change,
        **week_links(monday, today),
    }
    return render(request, "activities/venue_rota.html", context)


def _saved(request, form, action, words, **kwargs):
    if request.method != "POST" or not form.is_valid():
        return False
    if not succeeded(form, action, values=form.cleaned_data, by=request.user, request=request, **kwargs):
        return False
    messages.success(request, words)
    return True


@require_http_methods(READ_WRITE)
def shift_new(request, pk):
    found = changeable(request, pk)
    form = ShiftForm(request.POST or None)
    if _saved(request, form, actions.add_shift, "已安排驻点服务。", venue=found):
        return redirect("activities:venue-rota", pk)
    return page_of_form(request, form, f"安排驻点服务：{found}", venue=found)


def _shift(request, pk):
    rows = ServiceShift.objects.filter(
        venue__in=Venue.objects.visible_to(request.user).order_by().values("pk")
    )
    shift = get_object_or_404(rows.select_related("venue__organisation"), pk=pk)
    require(access.can_change_venue(request.user, shift.venue))
    return shift


@require_http_methods(READ_WRITE)
def shift_edit(request, pk):
    shift = _shift(request, pk)
    form = ShiftForm(request.POST or None, initial=ShiftForm.stored(shift))
    if _saved(request, form, actions.change_shift, "已修改。", shift=shift):
        return redirect("activities:venue-rota", shift.venue_id)
    return page_of_form(request, form, f"修改驻点服务：{shift.name}", venue=shift.venue)


@require_POST
def shift_end(request, pk):
    shift = _shift(request, pk)
    act(request, f"“{shift.name}”自今天起不再安排。", actions.end_shift, shift=shift)
    return redirect("activities:venue-rota", shift.venue_id)
