"""How much stations are used, and how many enterprises have one within a walk."""

import datetime as dt

from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from activities import access
from activities.duties.periods import Period, Unit, index_of
from activities.models import Venue
from activities.venues import radius
from activities.venues.use import Use, use_by_month, use_of, users_of
from activities.views.venues import SECTION, visible
from orgs.access import can_view_enterprises, require
from orgs.numbers import is_key
from orgs.paging import keyset_page
from orgs.views.pages import render_list

UNITS = {"month": Unit.MONTH, "quarter": Unit.QUARTER, "year": Unit.YEAR}
FIRST_YEAR, YEARS_AHEAD = 2012, 1


def asked_period(request) -> tuple[str, Period]:
    """`?unit=month&day=2026-11-01`; this month where it is missing or makes no sense."""
    name, today = request.GET.get("unit", ""), timezone.localdate()
    name = name if name in UNITS else "month"
    try:
        day = dt.date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        day = today
    if not FIRST_YEAR <= day.year <= today.year + YEARS_AHEAD:
        day = today
    return name, Period(UNITS[name], index_of(UNITS[name], day))


@require_GET
def venue_use(request):
    """Every station that was in use at some time of the period."""
    require(access.can_view_venues(request.user))
    name, period = asked_period(request)
    venues = (
        Venue.objects.visible_to(request.user).filter(since__lte=period.last).exclude(until__lte=period.first)
    )
    page = keyset_page(
        venues.select_related("organisation"), request.GET, sorts={"name": "name"}, default="name"
    )
    found = use_of(page, period.first, period.last)
    context = {
        "section": SECTION,
        "page": page,
        "rows": [(venue, found.get(venue.pk, Use())) for venue in page],
        "unit": name,
        "units": [(key, f"按{unit.label}") for key, unit in UNITS.items()],
        "period": period,
        "before": Period(period.unit, period.index - 1),
        "after": Period(period.unit, period.index + 1),
    }
    return render_list(request, "activities/venue_use.html", context)


@require_GET
def venue_months(request, pk):
    """One station through a year, and who used it."""
    found = visible(request, pk)
    today = timezone.localdate()
    years = list(range(today.year + YEARS_AHEAD, max(found.since.year, FIRST_YEAR) - 1, -1))
    asked = request.GET.get("year", "")
    year = int(asked) if asked.isascii() and asked.isdigit() and int(asked[:5]) in years else today.year
    first, last = dt.date(year, 1, 1), dt.date(year, 12, 31)
    use = use_by_month([found], first, last)
    months = [(month, use.get((found.pk, dt.date(year, month, 1)), Use())) for month in range(1, 13)]
    context = {
        "section": SECTION,
        "venue": found,
        "year": year,
        "years": years,
        "months": months,
        "together": sum((one for _, one in months), Use()),
        "users": users_of(found, first, last),
    }
    return render(request, "activities/venue_months.html", context)


def _walking(request) -> radius.Walking:
    require(access.can_view_venues(request.user) and can_view_enterprises(request.user))
    venues = Venue.objects.visible_to(request.user).in_use().select_related("organisation").order_by("name")
    return radius.Walking(request.user, venues)


@require_GET
def venue_walking(request):
    context = {
        "section": SECTION,
        "walking": _walking(request),
        "circles": radius.CIRCLES,
        "detour": radius.DETOUR,
        "speed": radius.METRES_A_MINUTE,
    }
    return render(request, "activities/venue_walking.html", context)


@require_GET
def venue_walking_list(request):
    """Exactly the enterprises of one figure: `?circle=10&venue=…`, `?circle=unknown`, `?circle=beyond`."""
    walking, asked = _walking(request), request.GET.get("circle", str(radius.CIRCLES[0]))
    venue = None
    if key := request.GET.get("venue", ""):
        if not is_key(key):
            raise Http404("没有这处阵地。")
        rows = Venue.objects.visible_to(request.user).in_use().exclude(latitude=None)
        venue = get_object_or_404(rows, pk=key)
    words = {str(minutes): f"步行{minutes}分钟以内" for minutes in radius.CIRCLES}
    words |= {radius.UNKNOWN: "位置未知", radius.BEYOND: f"步行{radius.CIRCLES[-1]}分钟以外"}
    if asked not in words or (venue and not asked.isdigit()):
        raise Http404("没有这个范围。")
    rows = walking.within(int(asked) if asked.isdigit() else asked, venue).select_related("park")
    context = {
        "section": SECTION,
        "title": f"{venue or '各阵地' if asked.isdigit() else '企业'}：{words[asked]}",
        "circle": asked,
        "count": rows.count(),
        "page": keyset_page(rows, request.GET, sorts={"name": "name"}, default="name"),
        "rule": walking.register.rule,
    }
    return render_list(request, "activities/venue_walking_list.html", context)
