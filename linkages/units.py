"""A unit is an organisation of the tree or a partner unit outside it: which may be named, and in which column one stands."""

from orgs.models import Organisation
from orgs.tree import STEP, within_paths


def column(unit) -> dict:
    """The unit as a row holds it that has `organisation` and `partner`."""
    return {"organisation" if isinstance(unit, Organisation) else "partner": unit}


def organisations_for(user):
    """Those in use at or below the top organisations where the person keeps agreements; all of them for None."""
    rows = Organisation.objects.active()
    if user is None or user.sees_everything:
        return rows
    tops = {path[:STEP] for path in user.permission_paths.get("linkages.change", ())}
    return rows.filter(within_paths(tops, "path"))
