"""The working calendar: a year at a glance, and the days that the place sets itself."""

import calendar as months
import itertools

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from orgs import access
from orgs.actions import calendar as actions
from orgs.forms.actions import succeeded
from orgs.forms.calendar import CalendarForm, StretchForm
from orgs.views.responses import say_faults
from orgs.workdays import FIRST, LAST, days_of, is_announced, stretches

SECTION = "settings"
FOLLOWS = f"{actions.EFFECT}：尚未办理的公示按新的日历计算，已经登记的步骤不变。"


@require_http_methods(["GET", "POST"])
def calendar(request):
    access.require(access.can_change_settings(request.user))
    year = _year(request.GET.get("year", ""))
    form = CalendarForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        kwargs = form.cleaned_data | {"by": request.user, "request": request}
        if succeeded(form, actions.set_days, **kwargs):
            act = "上班" if kwargs["is_workday"] else "休息"
            messages.success(request, f"已将{form.outcome}天设为{act}。{FOLLOWS}")
            return _to(kwargs["first"].year)
    days = days_of(year)
    context = {
        "section": SECTION,
        "year": year,
        "today": timezone.localdate(),
        "before": year - 1 if year > FIRST else None,
        "after": year + 1 if year < LAST else None,
        "is_announced": is_announced(year),
        "months": [_month(list(group)) for _, group in itertools.groupby(days, lambda day: day.day.month)],
        "own": stretches(day for day in days if day.own),
        "form": form,
        "effect": FOLLOWS,
    }
    return render(request, "orgs/calendar.html", context)


def _year(text) -> int:
    if not text:
        return timezone.localdate().year
    if not (text.isascii() and text.isdigit()) or not FIRST <= int(text[:5]) <= LAST:
        raise Http404
    return int(text)


def _to(year):
    return redirect(reverse("orgs:calendar", query={"year": year}))


def _month(days):
    """(first day, weeks of days or None, what is special in words)."""
    first = days[0].day
    weeks = months.Calendar().monthdayscalendar(first.year, first.month)
    return first, [[days[n - 1] if n else None for n in week] for week in weeks], stretches(days)


@require_POST
def calendar_clear(request):
    access.require(access.can_change_settings(request.user))
    form = StretchForm(request.POST)
    kwargs = {"by": request.user, "request": request}
    if form.is_valid() and succeeded(form, actions.clear_days, **form.cleaned_data, **kwargs):
        messages.success(request, f"已取消{form.outcome}天的设定，恢复法定日历。{FOLLOWS}")
        return _to(form.cleaned_data["first"].year)
    say_faults(request, form)
    return redirect("orgs:calendar")
