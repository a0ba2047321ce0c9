"""The network as pages draw it: where each node and each tie leads, and what static/js/network.js is told."""

from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse

from linkages.filters import NetworkFilter
from linkages.models import Agreement
from linkages.network import Network, Node, Tie, network_asked
from linkages.states import with_state

MOST_TIES = 200
# What a node asks of the list of agreements, as the first and as the second side of a tie.
FIRST = {"below": "organisation", "alone": "party"}
SECOND = {"below": "with_organisation", "alone": "with_party", "unit": "partner", "kind": "partner_kind"}


def filterset_of(request, query: QueryDict) -> NetworkFilter:
    rows = with_state(Agreement.objects.visible_to(request.user))
    return NetworkFilter(query, queryset=rows, request=request)


def drawn(user, filterset: NetworkFilter) -> Network:
    """The network asked for; its nodes and ties have an `address`."""
    network = network_asked(user, filterset)
    for tie in network.ties:
        tie.address = agreements_url(filterset, tie)
    for node in network.nodes:
        node.address = _drill(filterset, node)
    return network


def strongest(network: Network, most: int) -> list[Tie]:
    """The ties with most agreements, as long as no side has more than `most` nodes."""
    sides, found = {True: set(), False: set()}, []
    for tie in network.ties:
        ends = {True: set(), False: set()}
        for node in (tie.one, tie.other):
            ends[node.key.is_inside].add(node.key)
        if all(len(sides[side] | ends[side]) <= most for side in sides):
            found.append(tie)
            for side in sides:
                sides[side] |= ends[side]
    return found


def nodes_of(network: Network, ties: list[Tie]) -> list[Node]:
    """Those at the ends of `ties`, in the network's order."""
    keys = {node.key for tie in ties for node in (tie.one, tie.other)}
    return [node for node in network.nodes if node.key in keys]


def graph(nodes: list[Node], ties: list[Tie]) -> dict:
    """The table beside the drawing says the same."""
    places = {node.key: place for place, node in enumerate(nodes)}
    return {
        "nodes": [
            {
                "name": node.name,
                "inside": node.key.is_inside,
                "count": node.count,
                "url": node.address,
            }
            for node in nodes
        ],
        "ties": [
            {
                "one": places[tie.one.key],
                "other": places[tie.other.key],
                "count": tie.count,
                "weak": tie.is_weak,
                "words": tie.brought.words,
                "url": tie.address,
            }
            for tie in ties
        ],
    }


def agreements_url(filterset, tie=None, **more) -> str:
    """Exactly the agreements of the tie, or of the whole."""
    query = _chosen(filterset) | {"term": filterset.asked_term} | more
    if tie:
        query.pop("organisation", None)
        for names, key, row in ((FIRST, tie.one.key, tie.one.row), (SECOND, tie.other.key, tie.other.row)):
            query[names[key.of]] = _value(key, row, names)
    return f"{reverse('linkages:agreement-list')}?{urlencode(query)}"


def _chosen(filterset) -> dict:
    names = ("organisation", "partner_kind", "content")
    return {name: filterset.data[name] for name in names if name in filterset.chosen}


def _value(key, row, names):
    if key.of == "kind":
        return row.value
    return row.code if names[key.of] == "organisation" else row.pk


def _drill(filterset, node) -> str:
    """Where a node leads: into what it stands for, else to its agreements."""
    query = _chosen(filterset) | {"term": filterset.asked_term}
    match node.key.of:
        case "unit":
            return reverse("linkages:partner", args=[node.row.pk])
        case "kind":
            return network_url(query | {"partner_kind": node.row.value})
        case "below" if node.is_ours:
            return network_url(query | {"organisation": node.row.code})
    return agreements_url(filterset, **{SECOND[node.key.of]: node.row.pk})


def network_url(query: dict) -> str:
    return f"{reverse('linkages:network')}?{urlencode(query)}"
