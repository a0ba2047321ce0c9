"""大屏: the page for a screen on the wall, and the figures that it fetches every minute."""

from urllib.parse import urlencode

from django.core.cache import cache
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from orgs import access
from orgs.models import Organisation
from orgs.numbers import is_key
from portal.dashboards import default_organisation
from portal.wall import BOARDS, Wall

# Screens ask every minute; several of them are answered by one reckoning.
KEPT_SECONDS = 50


@require_safe
@vary_on_headers("HX-Request")
def wall(request):
    access.require(access.can_view_wall(request.user))
    organisation = _organisation(request)
    if organisation is None:
        return render(request, "portal/dashboard_empty.html", {"section": "dashboard"})
    screen = cache.get_or_set(f"wall:{organisation.pk}", lambda: _screen(organisation), KEPT_SECONDS)
    if request.htmx:
        return HttpResponse(screen)
    board = _board(request)
    query = {"organisation": organisation.pk}
    context = {
        "organisation": organisation,
        "screen": screen,
        "board": board,
        "boards": [
            (number, title, urlencode(query | {"board": number})) for number, title in enumerate(BOARDS, 1)
        ],
        "next_query": urlencode(query | {"board": board % len(BOARDS) + 1}),
        "may_leave": access.can_view_statistics(request.user),
    }
    return render(request, "portal/wall.html", context)


def _screen(organisation) -> str:
    return render_to_string("portal/_wall.html", {"wall": Wall(organisation), "on_wall": True})


def _organisation(request) -> Organisation | None:
    wanted = request.GET.get("organisation")
    if not wanted:
        return default_organisation(request.user)
    if not is_key(wanted):
        raise Http404
    rows = Organisation.objects.permitted_to(request.user, "statistics.view")
    return get_object_or_404(rows, pk=wanted)


def _board(request) -> int:
    """Counted from one; the first where the number makes no sense."""
    text = request.GET.get("board", "")
    return int(text) if text in {str(number) for number in range(1, len(BOARDS) + 1)} else 1
