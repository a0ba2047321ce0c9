"""The calendar of duties: one branch, the map of a subtree, lists behind the figures, rates."""

from urllib.parse import urlencode

from django.db.models import F
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from activities import access
from activities.duties import board, calendar
from activities.duties.periods import Unit
from activities.duties.states import SIGNS, TONES, DutyState
from activities.forms.duties import DutyForm, DutyListForm, DutyMapForm
from activities.models import Activity, Resolution
from orgs.access import require
from orgs.kinds import BRANCHES
from orgs.models import Organisation
from orgs.paging import PER_PAGE, KeysetPage, keyset_page
from orgs.views.pages import render_list

SECTION = "duties"
BRANCHES_SHOWN = 30
RECTIFICATION_YEARS = 2
LEGEND = [(SIGNS[state], TONES[state], state.label) for state in DutyState]
OPEN_FIRST = (F("done_on").asc(nulls_first=True), F("due_on").asc(nulls_last=True), "pk")


def own_branch(user):
    """The branch the person works for; None for those who work above branches."""
    held = (a.organisation for a in user.current_appointments if "activities.view" in a.permissions)
    return next((one for one in held if one.kind in BRANCHES), None)


def _context(request, tab, **more):
    return {"section": SECTION, "tab": tab, "own_branch": own_branch(request.user), "legend": LEGEND, **more}


@require_GET
def own(request):
    """Of whoever works for a branch that branch, of all others the map."""
    require(access.can_view_activities(request.user))
    found = own_branch(request.user)
    return _branch_page(request, found) if found else redirect("activities:duty-map")


@require_GET
def branch(request, pk):
    rows = Organisation.objects.permitted_to(request.user, "activities.view").filter(kind__in=BRANCHES)
    return _branch_page(request, get_object_or_404(rows, pk=pk))


def _branch_page(request, organisation):
    today = timezone.localdate()
    visible = Activity.objects.visible_to(request.user)
    lines = calendar.lines_of(calendar.of_branch(organisation, today), today, visible)
    rectification = Resolution.objects.filter(
        activity__in=calendar.life_meetings(organisation, today.year - RECTIFICATION_YEARS)
    )
    context = _context(
        request,
        "branch" if organisation == own_branch(request.user) else "map",
        organisation=organisation,
        today=today,
        groups=calendar.by_period(lines),
        year=today.year,
        rectification=rectification.select_related("activity").order_by(*OPEN_FIRST)[:PER_PAGE],
        may_record=access.can_change_activities_at(request.user, organisation),
        may_see_grades=access.can_view_appraisals_at(request.user, organisation),
    )
    return render(request, "activities/duty_branch.html", context)


# --- The map of a subtree -------------------------------------------------------------------------------


@require_GET
def duty_map(request):
    require(access.can_view_activities(request.user))
    form = DutyMapForm(request.GET or None, user=request.user)
    asked, today = form.asked, timezone.localdate()
    organisation, year, kinds = asked["organisation"], asked["year"], board.kinds_of(asked.get("kind", ""))
    rows = calendar.branches_in(organisation, year) if organisation else Organisation.objects.none()
    if standing := asked.get("standing"):
        rows = rows.filter(pk__in=calendar.standing_so(organisation, year, today, kinds, standing))
    page = keyset_page(rows, request.GET, sorts={"path": "path"}, default="path", per_page=BRANCHES_SHOWN)
    cols = board.columns(year, kinds)
    found = calendar.squares(list(page), year, today, kinds, cols)
    lines = [(one, _linked(one, found.get(one.pk, []), year, asked)) for one in page]
    context = _context(
        request,
        "map",
        form=form,
        organisation=organisation,
        year=year,
        columns=cols,
        page=page,
        lines=lines,
        matching=rows.count(),
        kind_label=board.GROUP_LABELS.get(asked.get("kind"), "全部类型"),
    )
    return render_list(request, "activities/duty_map.html", context)


def _linked(organisation, squares, year, asked):
    """Each square with the query string of the list that it counts."""
    kind = asked.get("kind") or ""
    linked = []
    for square in squares:
        query = {"organisation": organisation.code, "year": year, "kind": kind}
        if square.column.unit != Unit.YEAR:
            query["month"] = calendar.last_month(square.column)
        linked.append((square, urlencode({name: value for name, value in query.items() if value})))
    return linked


# --- Lists behind the figures ---------------------------------------------------------------------------


@require_GET
def duty_list(request):
    require(access.can_view_activities(request.user))
    form = DutyListForm(request.GET or None, user=request.user)
    asked = form.asked
    organisation, as_of = asked["organisation"], asked["as_of"]
    cells = calendar.listed(**asked) if organisation else []
    page = _page_of(cells, request.GET)
    context = _context(
        request,
        "fortnight" if asked.get("standing") == "fortnight" else "map",
        form=form,
        organisation=organisation,
        page=page,
        lines=calendar.lines_of(page.items, as_of, Activity.objects.visible_to(request.user)),
        matching=len(cells),
        as_of=as_of,
        may_record=as_of == timezone.localdate() and access.can_change_activities(request.user),
    )
    return render_list(request, "activities/duty_list.html", context)


def _page_of(cells, query) -> KeysetPage:
    """Reckoned in memory, so counting pages costs nothing; nonsense means the first."""
    text = query.get("page", "1")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 1
    start = max(0, number - 1) * PER_PAGE

    def neighbour(place):
        copy = query.copy()
        copy["page"] = place
        return copy.urlencode()

    more = start + PER_PAGE < len(cells)
    return KeysetPage(
        cells[start : start + PER_PAGE],
        neighbour(number + 1) if more else "",
        neighbour(number - 1) if number > 1 else "",
        "",
    )


# --- Rates ------------------------------------------------------------------------------------------------


@require_GET
def duty_rates(request):
    require(access.can_view_activities(request.user))
    form = DutyForm(request.GET or None, user=request.user)
    form.fields.pop("kind")
    asked, today = form.asked, timezone.localdate()
    context = _context(
        request,
        "rates",
        form=form,
        organisation=asked["organisation"],
        year=asked["year"],
        today=today,
        report=asked["organisation"] and calendar.rates(asked["organisation"], asked["year"], today),
    )
    return render(request, "activities/duty_rates.html", context)
