"""Until when each stage of an order is to be over, and when what is late goes up.

Hours and working days of the kind and of the dated settings; reckoned when the stage begins and stored with it.
"""

import datetime as dt

from linkages.models import OrderState
from orgs.regulations import values_on
from orgs.working_hours import WorkingTime

SETTINGS = ("order_urgent_hours", "order_escalation_hours", "order_rating_workdays")
ESCALATING = (OrderState.RAISED, OrderState.ADMITTED, OrderState.DISPATCHED, OrderState.WORKING)


class Clock:
    """For orders whose stages begin on or after `first`; a few queries for any number of them."""

    def __init__(self, first: dt.date, last: dt.date | None = None):
        self.time = WorkingTime(first, last)
        self._settings = values_on(SETTINGS, last or first)

    def due_at(self, order, start: dt.datetime) -> dt.datetime | None:
        """The deadline of the stage `order` is in, begun at `start`; None where nothing is waited for."""
        kind, state = order.kind, order.state
        if state == OrderState.DONE:
            return self.time.end_of_workday(start, self._settings["order_rating_workdays"])
        hours = {
            OrderState.RAISED: kind.triage_hours,
            OrderState.ADMITTED: kind.triage_hours,
            OrderState.DISPATCHED: kind.accept_hours,
            OrderState.WORKING: kind.finish_hours,
        }.get(state)
        if hours is None:
            return None
        if order.is_urgent and state != OrderState.WORKING:
            hours = min(hours, self._settings["order_urgent_hours"])
        return self.time.add(start, hours)

    def next_rung(self, due_at: dt.datetime, rung: int) -> dt.datetime:
        """When an order due at `due_at` goes up for the `rung`-th time; the first time at once."""
        return self.time.add(due_at, (rung - 1) * self._settings["order_escalation_hours"])

    def start(self, order, at: dt.datetime) -> None:
        """A new stage begins for `order`, which has its new state."""
        order.stage += 1
        order.due_at = self.due_at(order, at)
        order.escalate_at = order.due_at if order.state in ESCALATING else None
