"""Whose accounts stand for an organisation today."""

from collections import defaultdict

from orgs.models import Appointment
from orgs.tree import ancestor_paths


def nearest_keepers(organisations, permission: str) -> dict[int, set[int]]:
    """Of each organisation (key), the accounts that act for it with `permission`: those appointed at it, or else at
    the nearest organisation above it where anybody is. One query."""
    organisations = set(organisations)
    paths = {path for one in organisations for path in (*ancestor_paths(one.path), one.path)}
    at = defaultdict(set)
    rows = Appointment.objects.current().granting(permission).filter(organisation__path__in=paths)
    for path, account in rows.order_by().values_list("organisation__path", "user_id"):
        at[path].add(account)
    found = {}
    for one in organisations:
        way = [one.path, *reversed(ancestor_paths(one.path))]
        found[one.pk] = next((at[path] for path in way if path in at), set())
    return found
