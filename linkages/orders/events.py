"""Steps of orders as other systems are told of them: ids, codes, kinds, states and times, no word that a person wrote.

Of a private kind nobody is told the step, only that the state is now this one, and only whoever asked for that as well.
"""

from linkages.models import Order, OrderAct, OrderEntry
from orgs.webhooks import outbox

GROUP = "订单"
PRIVATE = "order.private"


def code_of(act: str) -> str:
    return f"order.{act}"


EVENTS = {code_of(act): act.label for act in OrderAct} | {PRIVATE: "不公开订单的状态变化（只含编号和状态）"}


def publish(order: Order, entry: OrderEntry) -> None:
    """In the transaction of the step; the order came `with_units`."""
    paths = {unit.path for unit in (order.organisation, order.handler) if unit is not None}
    event = PRIVATE if order.is_private else code_of(entry.act)
    outbox.publish(
        event=event, key=f"order-entry-{entry.pk}", data=_data(order, entry), paths=paths, at=entry.at
    )


def _data(order, entry) -> dict:
    told = {"id": order.pk, "state": order.state}
    if order.is_private:
        return {"order": told}
    told |= {
        "number": order.number,
        "kind": {"id": order.kind_id, "name": order.kind.name, "group": order.kind.group},
        "stage": order.stage,
        "is_urgent": order.is_urgent,
        "organisation": order.organisation.code,
        "handler": order.handler and order.handler.code,
        "handler_partner": order.handler_partner_id,
        "enterprise": order.enterprise_id,
    }
    return {"entry": entry.pk, "step": entry.act, "order": told}
