"""The network of agreements: who works with whom, what each tie and each agreement brought, which ties are weak."""

from django.views.decorators.http import require_GET

from linkages import access
from linkages.brought import Brought
from linkages.drawing import MOST_TIES, agreements_url, drawn, filterset_of, graph
from linkages.states import IDLE, mark
from linkages.views.agreements import listed
from orgs.access import require
from orgs.models import Organisation
from orgs.paging import keyset_page
from orgs.tree import ancestor_paths
from orgs.views.pages import render_list

SECTION = "network"
WEAK_SHOWN, PER_PAGE = 5, 20


@require_GET
def network(request):
    user = request.user
    require(access.can_view_partners(user))
    filterset = filterset_of(request, request.GET)
    found = drawn(user, filterset)
    sorts = {"end": "ends_on", "start": "starts_on"}
    page = keyset_page(listed(filterset.qs), request.GET, sorts=sorts, default="-start", per_page=PER_PAGE)
    for row in page:
        mark(row).brought = found.brought_by.get(row.pk, Brought())
    weak = filterset.qs.filter(IDLE).order_by("quiet_since", "pk")
    ties = found.ties[:MOST_TIES]
    context = {
        "section": SECTION,
        "filterset": filterset,
        "trail": _trail(user, found.focus),
        "network": found,
        "ties": ties,
        "left_out": len(found.ties) - len(ties),
        "graph": graph(found.nodes, ties),
        "weak": [mark(row) for row in listed(weak)[:WEAK_SHOWN]],
        "all_address": agreements_url(filterset),
        "weak_address": agreements_url(filterset, idle="1"),
        "page": page,
    }
    return render_list(request, "linkages/network.html", context)


def _trail(user, focus):
    if focus is None:
        return []
    return list(
        Organisation.objects.visible_to(user).filter(path__in=ancestor_paths(focus.path)).order_by("path")
    )
