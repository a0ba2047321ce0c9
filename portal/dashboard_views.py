"""驾驶舱 and the definitions behind its figures."""

import datetime as dt

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers

from orgs import access, replica
from orgs.exports import book_response
from orgs.forms.actions import succeeded
from orgs.forms.exports import PurposeForm
from orgs.models import DatedSetting, Organisation
from orgs.numbers import is_key
from orgs.regulations import DEFINITIONS, coverage_rule
from orgs.views.settings import value_words
from portal import dashboard_sheets, dashboards, parts
from portal.cards import cards
from portal.measures import MEASURES
from portal.work import UNITS, WORK, Scope, in_period


@require_safe
@vary_on_headers("HX-Request")
def dashboard(request):
    """Both coverage rates of an organisation and everything below it, on a day."""
    access.require(access.can_view_statistics(request.user))
    organisation = _organisation(request)
    context = {"section": "dashboard", "today": timezone.localdate()}
    if organisation is None:
        return render(request, "portal/dashboard_empty.html", context)
    on, unit = _day(request), _unit(request)
    page = dashboards.Dashboard(request.user, organisation, on, request.GET, unit)
    template = "portal/dashboard.html"
    if request.htmx and not request.htmx.history_restore_request:
        template += "#parks"
    context |= {"dashboard": page, "units": UNITS, "parts": _parts(request.user, page)}
    context["may_open_wall"] = access.has_at(request.user, "statistics.view", organisation)
    return render(request, template, context)


def _parts(user, page) -> dict[str, tuple[parts.Part, str]]:
    """Name → what the person may see of the organisation on the day, and its address."""
    return {
        part.name: (part, f"{reverse('portal:dashboard-part', args=[part.name])}?{page.choice_query}")
        for part in parts.PARTS.values()
        if part.is_open_to(user, page.organisation) and (page.register.is_today or not part.only_today)
    }


def _organisation(request):
    wanted = request.GET.get("organisation")
    if not wanted:
        return dashboards.default_organisation(request.user)
    if not is_key(wanted):
        raise Http404
    return get_object_or_404(Organisation.objects.visible_to(request.user), pk=wanted)


def _day(request) -> dt.date | None:
    """The past day asked for; None is today."""
    text = request.GET.get("on", "")
    if not text:
        return None
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        messages.warning(request, f"“{text[:20]}”不是日期，显示的是今天的数据。")
        return None
    return day if day < timezone.localdate() else None


def _unit(request) -> str:
    unit = request.GET.get("period", "")
    return unit if unit in UNITS else "year"


def _scope(request) -> Scope | None:
    """What the parts are worked out for; None while there is no organisation at all."""
    access.require(access.can_view_statistics(request.user))
    organisation = _organisation(request)
    if organisation is None:
        return None
    return Scope(request.user, organisation, _day(request) or timezone.localdate(), _unit(request))


def _then(build, scope: Scope):
    """Of a past day from the replica; of today people look for what they have just entered."""
    return build(scope) if scope.is_today else replica.read(build, scope)


def _render_part(request, template, context):
    """A page of its own, or for the dashboard what stands on it."""
    partial = request.htmx and not request.htmx.history_restore_request
    return render(request, f"{template}{'#part' if partial else ''}", context | {"section": "dashboard"})


@require_safe
@vary_on_headers("HX-Request")
def work_figures(request):
    """Members, activities, duties, agreements and orders of the same organisation and period; the dashboard fetches
    them once it stands."""
    scope = _scope(request)
    if scope is None:
        return render(request, "portal/dashboard_empty.html", {"section": "dashboard"})
    context = {
        "scope": scope,
        "cards": _then(cards, scope),
        "not_then": [
            in_period(measure.name, scope)
            for measure in WORK.values()
            if measure.only_today and not scope.is_today
        ],
    }
    return _render_part(request, "portal/work.html", context)


@require_safe
@vary_on_headers("HX-Request")
def dashboard_part(request, name):
    """One of `portal.parts`, fetched by the dashboard once it stands."""
    if name not in parts.PARTS:
        raise Http404
    part, scope = parts.PARTS[name], _scope(request)
    if scope is None:
        return render(request, "portal/dashboard_empty.html", {"section": "dashboard"})
    access.require(part.is_open_to(request.user, scope.organisation))
    shown = {} if part.only_today and not scope.is_today else _then(part.build, scope)
    return _render_part(request, "portal/part.html", {"part": part, "scope": scope, "shown": shown, **shown})


@require_http_methods(["GET", "HEAD", "POST"])
def dashboard_export(request):
    """The tables of the dashboard as a workbook; it names nobody, so whoever sees them may take them, on record."""
    scope = _scope(request)
    if scope is None:
        return render(request, "portal/dashboard_empty.html", {"section": "dashboard"})
    form = PurposeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        export = {"request": request, "scope": scope, "purpose": form.cleaned_data["purpose"]}
        if succeeded(form, _workbook, **export):
            return form.outcome
    context = {"section": "dashboard", "form": form, "scope": scope, "query": request.GET.urlencode()}
    return render(request, "portal/dashboard_export.html", context)


def _workbook(*, request, scope, purpose):
    return book_response(
        request=request,
        name=f"驾驶舱-{scope.organisation.code}",
        sheets=dashboard_sheets.sheets(scope),
        purpose=purpose,
        detail={"organisation": scope.organisation.code, "on": scope.on.isoformat(), "period": scope.unit},
    )


@require_safe
def measure_list(request):
    """口径: every measure with its words, the day they took effect and the article they rest on."""
    access.require(access.can_view_statistics(request.user))
    rule = coverage_rule()
    codes = {code for measure in MEASURES.values() for code in measure.settings}
    history = list(DatedSetting.objects.filter(code__in=codes).order_by("-effective_on", "code"))
    in_force = [row for row in history if row.effective_on <= rule.on]
    context = {
        "section": "dashboard",
        "rule": rule,
        "measures": [(m, m.definition(rule), m.version(in_force)) for m in MEASURES.values()],
        "work": WORK.values(),
        "history": [(row, DEFINITIONS[row.code].label, value_words(row.value)) for row in history],
    }
    return render(request, "portal/measure_list.html", context)
