"""The network of agreements: who works with whom, what each tie and each agreement brought, which ties are weak."""

from urllib.parse import urlencode

from django.urls import reverse
from django.views.decorators.http import require_GET

from linkages import access
from linkages.brought import Brought
from linkages.filters import NetworkFilter
from linkages.models import Agreement
from linkages.network import network_asked
from linkages.states import IDLE, mark, with_state
from linkages.views.agreements import listed
from orgs.access import require
from orgs.models import Organisation
from orgs.paging import keyset_page
from orgs.tree import ancestor_paths
from orgs.views.pages import render_list

SECTION = "network"
MOST_TIES = 200
WEAK_SHOWN, PER_PAGE = 5, 20
# What a node asks of the list of agreements, as the first and as the second side of a tie.
FIRST = {"below": "organisation", "alone": "party"}
SECOND = {"below": "with_organisation", "alone": "with_party", "unit": "partner", "kind": "partner_kind"}


@require_GET
def network(request):
    user = request.user
    require(access.can_view_partners(user))
    filterset = NetworkFilter(
        request.GET, queryset=with_state(Agreement.objects.visible_to(user)), request=request
    )
    drawn = network_asked(user, filterset)
    for tie in drawn.ties:
        tie.address = _agreements(filterset, tie)
    for node in drawn.nodes:
        node.address = _drill(filterset, node)
    sorts = {"end": "ends_on", "start": "starts_on"}
    page = keyset_page(listed(filterset.qs), request.GET, sorts=sorts, default="-start", per_page=PER_PAGE)
    for row in page:
        mark(row).brought = drawn.brought_by.get(row.pk, Brought())
    weak = filterset.qs.filter(IDLE).order_by("quiet_since", "pk")
    context = {
        "section": SECTION,
        "filterset": filterset,
        "trail": _trail(user, drawn.focus),
        "network": drawn,
        "ties": drawn.ties[:MOST_TIES],
        "left_out": max(len(drawn.ties) - MOST_TIES, 0),
        "graph": _graph(drawn),
        "weak": [mark(row) for row in listed(weak)[:WEAK_SHOWN]],
        "all_address": _agreements(filterset),
        "weak_address": _agreements(filterset, idle="1"),
        "page": page,
    }
    return render_list(request, "linkages/network.html", context)


def _trail(user, focus):
    if focus is None:
        return []
    return list(
        Organisation.objects.visible_to(user).filter(path__in=ancestor_paths(focus.path)).order_by("path")
    )


def _chosen(filterset) -> dict:
    names = ("organisation", "partner_kind", "content")
    return {name: filterset.data[name] for name in names if name in filterset.chosen}


def _agreements(filterset, tie=None, **more) -> str:
    """Exactly the agreements of the tie, or of the whole."""
    query = _chosen(filterset) | {"term": filterset.asked_term} | more
    if tie:
        query.pop("organisation", None)
        for names, key, row in ((FIRST, tie.one.key, tie.one.row), (SECOND, tie.other.key, tie.other.row)):
            query[names[key.of]] = _value(key, row, names)
    return f"{reverse('linkages:agreement-list')}?{urlencode(query)}"


def _value(key, row, names):
    if key.of == "kind":
        return row.value
    return row.code if names[key.of] == "organisation" else row.pk


def _drill(filterset, node) -> str | None:
    """Where a node leads: into what it stands for, else to its agreements."""
    query = _chosen(filterset) | {"term": filterset.asked_term}
    match node.key.of:
        case "unit":
            return reverse("linkages:partner", args=[node.row.pk])
        case "kind":
            return f"?{urlencode(query | {'partner_kind': node.row.value})}"
        case "below" if node.is_ours:
            return f"?{urlencode(query | {'organisation': node.row.code})}"
    return _agreements(filterset, **{SECOND[node.key.of]: node.row.pk})


def _graph(drawn) -> dict:
    """For static/js/network.js; the table beside it says the same."""
    return {
        "nodes": [
            {
                "name": node.name,
                "inside": node.key.is_inside,
                "count": node.count,
                "url": node.address,
            }
            for node in drawn.nodes
        ],
        "ties": [
            {
                "one": tie.one.place,
                "other": tie.other.place,
                "count": tie.count,
                "weak": tie.is_weak,
                "words": tie.brought.words,
                "url": tie.address,
            }
            for tie in drawn.ties[:MOST_TIES]
        ],
    }
