"""How an order looks to the person who reads it: what is private is not there for the others."""

from linkages.models import OrderAct, OrderState
from linkages.orders.transitions import reads_words

HIDDEN = "不公开"
TONES = {
    OrderState.RAISED: "warn",
    OrderState.ADMITTED: "warn",
    OrderState.DISPATCHED: "warn",
    OrderState.WORKING: "plain",
    OrderState.DONE: "warn",
    OrderState.RATED: "good",
    OrderState.UNRATED: "plain",
    OrderState.REJECTED: "plain",
    OrderState.CANCELLED: "plain",
}
STEPS = (("点单", ()), ("派单", (OrderState.RAISED, OrderState.ADMITTED)), ("接单", (OrderState.DISPATCHED,)),
         ("办理", (OrderState.WORKING,)), ("评单", (OrderState.DONE,)))  # fmt: skip
BY_ITSELF = (OrderAct.ESCALATE, OrderAct.FALL_BACK, OrderAct.CLOSE)
AFTER = (OrderState.RATED, OrderState.UNRATED)


def mark(order, user):
    """Adds `readable`, `gist` (its words, or the kind alone), `who` and `tone`; the order came `with_units`."""
    order.readable = reads_words(user, order)
    order.gist = order.words if order.readable else f"{order.kind.name}（{HIDDEN}）"
    order.who = str(order.enterprise or order.member.name) if order.readable else HIDDEN
    order.tone = "bad" if order.is_overdue else TONES[order.state]
    return order


def steps(order) -> list[tuple[str, str]]:
    """(label, how it stands: done, current or empty); none for what was refused or cancelled."""
    now = next((number for number, (_, states) in enumerate(STEPS) if order.state in states), None)
    if now is None:
        return [(label, "done") for label, _ in STEPS] if order.state in AFTER else []
    return [
        (label, "done" if number < now else "current" if number == now else "")
        for number, (label, _) in enumerate(STEPS)
    ]


def timeline(order, user) -> list:
    """The lines, the newest first, each with `says` and `actor` ("" where the person may not know it) and `sign`, one
    character."""
    rows = list(order.entries.select_related("by", "organisation", "partner").order_by("-pk"))
    for row in rows:
        row.says = row.words if order.readable else ""
        hidden = row.act == OrderAct.RAISE and not order.readable
        row.actor = "" if hidden else "系统" if row.act in BY_ITSELF else str(row.by or "")
        row.sign = OrderAct(row.act).label[0]
    return rows
