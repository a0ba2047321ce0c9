"""Where somebody may record activities, and which place is proposed first."""

import datetime as dt
from dataclasses import dataclass

from activities import achieves
from activities.duties.todos import own_cells
from activities.models import Activity
from activities.roster import has_roster
from orgs.models import Organisation, Role

FEW = 12  # more are found by name instead of being offered


def own_place(user):
    """The branch of which the person is secretary; else where else they may record; None for nobody's."""
    held = [a for a in user.current_appointments if "activities.change" in a.permissions]
    held.sort(key=lambda a: (not has_roster(a.organisation), a.role != Role.SECRETARY))
    return held[0].organisation if held else None


def places(user):
    return Organisation.objects.permitted_to(user, "activities.change").active()


def last_record(user, organisation):
    """For “as last time”."""
    rows = Activity.objects.visible_to(user).held().filter(organisation=organisation)
    return rows.prefetch_related("kinds").order_by("-held_on", "-pk").first()


@dataclass(frozen=True)
class Card:
    """记活动 on the home page: what is still owed, and what was recorded last."""

    organisation: Organisation
    due: list[tuple[str, str]]
    last: Activity | None


def _cells(user, place, today):
    """As `achieves.cells_on`, out of what the reminders have asked for already."""
    for branch, cells in own_cells(user, today):
        if branch == place:
            return [
                cell
                for cell in cells
                if cell.organisation == place.pk and cell.period.first <= today < cell.period.end
            ]
    return achieves.cells_on(place, today)


def card(user, today: dt.date) -> Card | None:
    """For whoever records for a branch; None for others."""
    place = own_place(user)
    if place is None or not has_roster(place):
        return None
    due = [(cell.kind, achieves.words_of(cell)) for cell in achieves.owed(_cells(user, place, today))]
    return Card(place, due, last_record(user, place))
