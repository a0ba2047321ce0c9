"""What accounts are told about orders. Texts hold neither the words of an order nor who asks.

The timeline is what is still to be told: a line is written with its step, so nothing is lost with a queue.
"""

from django.urls import reverse
from django.utils import timezone

from linkages import people
from linkages.models import OrderAct, OrderCall, OrderEntry, OrderState
from linkages.orders.transitions import Part
from orgs.notices import BACK, Message, deliver, hand_over

REQUESTER, OVERSEER, HANDLER, CALLED = Part
# Act → (who is told, what). HANDLER is the unit that the line names.
TOLD = {
    OrderAct.RAISE: ((OVERSEER,), "新订单待受理"),
    OrderAct.ADMIT: ((REQUESTER,), "订单已受理"),
    OrderAct.REJECT: ((REQUESTER,), "订单未受理，请查看原因"),
    OrderAct.DISPATCH: ((HANDLER, REQUESTER), "订单已派单"),
    OrderAct.ACCEPT: ((REQUESTER,), "订单已接单"),
    OrderAct.DECLINE: ((OVERSEER, REQUESTER), "订单被退回，待重新派单"),
    OrderAct.NOTE: ((REQUESTER, HANDLER), "订单有新进展"),
    OrderAct.FINISH: ((REQUESTER,), "订单已办结，请评价"),
    OrderAct.RATE: ((HANDLER,), "订单已评价"),
    OrderAct.REOPEN: ((HANDLER, OVERSEER), "订单退回重办"),
    OrderAct.CANCEL: ((OVERSEER, HANDLER), "订单已取消"),
    OrderAct.RECALL: ((HANDLER, REQUESTER), "订单已收回，将重新派单"),
    OrderAct.WHISTLE: ((HANDLER, CALLED, REQUESTER), "吹哨：请按时报到"),
    OrderAct.ARRIVE: ((OVERSEER, REQUESTER), "吹哨单位已报到"),
    OrderAct.RELEASE: ((HANDLER,), "免予报到"),
    OrderAct.BIND: ((HANDLER,), "订单所依协议已变更"),
    OrderAct.ESCALATE: ((HANDLER, OVERSEER), "订单逾期未办"),
    OrderAct.FALL_BACK: ((HANDLER, OVERSEER, REQUESTER), "订单逾期，转兜底单位办理"),
    OrderAct.CLOSE: ((REQUESTER,), "订单到期未评价，已结束"),
}


def send(entry_id: int) -> None:
    from linkages.tasks import tell_order  # noqa: PLC0415 - tasks imports what actions import

    hand_over(tell_order, entry_id)


def tell_entry(pk: int) -> int:
    return _tell(OrderEntry.objects.filter(pk=pk))


def tell_recent() -> int:
    """All steps of the last days; almost all of them were told, and are not told again."""
    return _tell(OrderEntry.objects.filter(at__gte=timezone.now() - BACK))


def _tell(entries) -> int:
    rows = entries.select_related(
        "order__kind", "order__organisation", "order__handler", "order__member", "organisation", "partner"
    )
    rows = list(
        rows.defer("private_note", "order__private_text", "order__member__identity_number", "order__member__mobile")
        .prefetch_related("order__calls__organisation")
    )  # fmt: skip
    units = {row.organisation for row in rows} | {row.order.organisation for row in rows}
    units |= {row.order.handler for row in rows} | {
        call.organisation for row in rows for call in row.order.calls.all()
    }
    keepers = people.keepers(units - {None})
    contacts = people.contacts(row.order.enterprise_id for row in rows if row.order.enterprise_id)
    partners = {row.partner_id for row in rows} | {
        key
        for row in rows
        for key in (row.order.handler_partner_id, *(call.partner_id for call in row.order.calls.all()))
    }
    liaisons = people.liaisons(partners - {None})
    return deliver(
        Message(
            account, f"order-entry-{row.pk}", title, detail, reverse("linkages:order", args=[row.order_id])
        )
        for row in rows
        for account, title, detail in _messages(row, keepers, contacts, liaisons)
    )


def _messages(entry, keepers, contacts, liaisons):
    order, (parts, title) = entry.order, TOLD[entry.act]
    accounts = set()
    if REQUESTER in parts:
        accounts |= (
            contacts.get(order.enterprise_id, set()) if order.enterprise_id else {order.member.account_id}
        )
    if OVERSEER in parts:
        accounts |= keepers[order.organisation_id]
    if HANDLER in parts:
        accounts |= keepers.get(entry.organisation_id, set()) | liaisons.get(entry.partner_id, set())
    if entry.act == OrderAct.ESCALATE:
        accounts |= keepers.get(order.handler_id, set()) | liaisons.get(order.handler_partner_id, set())
    if CALLED in parts:
        for call in order.calls.all():
            if call.waits:
                accounts |= keepers.get(call.organisation_id, set()) | liaisons.get(call.partner_id, set())
    unit = f"，{entry.unit}" if entry.unit else ""
    detail = f"{order.number}{unit}，现为“{OrderState(entry.state).label}”"
    for account in accounts - {None, entry.by_id}:
        yield account, f"{title}：{order.subject}", detail


def tell_late_calls() -> int:
    """Units that were whistled for and are late → their own people and the overseer's, once."""
    rows = OrderCall.objects.filter(
        arrived_at__isnull=True,
        released_at__isnull=True,
        due_at__lt=timezone.now(),
        order__state=OrderState.WORKING,
    )
    rows = list(rows.select_related("organisation", "partner", "order__kind", "order__organisation"))
    keepers = people.keepers(
        {unit for row in rows for unit in (row.organisation, row.order.organisation) if unit}
    )
    liaisons = people.liaisons(row.partner_id for row in rows if row.partner_id)
    return deliver(
        Message(
            account,
            f"order-call-{row.pk}-late",
            f"吹哨超时未报到：{row.unit}",
            f"{row.order.number} {row.order.subject}，应于{timezone.localtime(row.due_at):%H:%M}前报到",
            reverse("linkages:order", args=[row.order_id]),
        )
        for row in rows
        for account in keepers[row.order.organisation_id]
        | keepers.get(row.organisation_id, set())
        | liaisons.get(row.partner_id, set())
    )
