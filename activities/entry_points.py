"""Where somebody may record activities, and which place is proposed first."""

from activities.models import Activity
from activities.roster import has_roster
from orgs.access import has_at
from orgs.models import Organisation, Role

FEW = 12  # more are found by name instead of being offered


def own_place(user):
    """The branch of which the person is secretary; else where else they may record; None for nobody's."""
    held = [a for a in user.current_appointments if "activities.change" in a.permissions]
    held.sort(key=lambda a: (not has_roster(a.organisation), a.role != Role.SECRETARY))
    return held[0].organisation if held else None


def places(user):
    return Organisation.objects.permitted_to(user, "activities.change").active()


def may_record_at(user, organisation) -> bool:
    return organisation is not None and has_at(user, "activities.change", organisation)


def last_record(user, organisation):
    """For “as last time”."""
    rows = Activity.objects.visible_to(user).held().filter(organisation=organisation)
    return rows.prefetch_related("kinds").order_by("-held_on", "-pk").first()
