"""The row of states above a list: how many there are of each, and the link that shows exactly those."""

from django.db.models import Count


def state_counts(request, filtered, states, *, every: str = "") -> list[tuple[str, int, str, bool]]:
    """(label, count, query string, whether it is chosen) of each of `states` under the other filters.

    `filtered` makes the list's filter of a query; `every` is the value of `state` that shows all, where none does not.
    """
    query = request.GET.copy()
    for name in ("state", "after", "before"):
        query.pop(name, None)
    if every:
        query["state"] = every
    counted = filtered(query).qs.order_by().values("state").annotate(count=Count("pk"))
    counts = {row["state"]: row["count"] for row in counted}
    found = []
    for state in states:
        query["state"] = state.value
        chosen = request.GET.get("state") == state
        found.append((state.label, counts.get(state, 0), query.urlencode(), chosen))
    return found
