"""What orders ask of a person: to be triaged, accepted, finished; and of the requester a rating."""

from django.urls import reverse
from django.utils import timezone

from linkages import access
from linkages.models import Order
from linkages.order_filters import mine
from orgs.todos import ToDo, first_of

# Which → (title, button, what the summing line says).
ASKED = {
    "triage": ("订单待受理派单", "去派单", "个订单待受理派单"),
    "accept": ("订单待接单", "去接单", "个订单待接单"),
    "finish": ("订单待办结", "去办理", "个订单待办结"),
}


def _days(order, today):
    return (timezone.localtime(order.due_at).date() - today).days


def _lines(which):
    title, button, rest_words = ASKED[which]

    def source(user, today):
        if not access.can_view_orders(user):
            return
        rows = mine(Order.objects.visible_to(user), user, which).select_related("kind", "organisation")
        found, rest, more = first_of(rows.defer("private_text").order_by("due_at", "pk"))
        for row in found:
            late = "已逾期，" if row.is_overdue else ""
            yield ToDo(
                f"{title}：{row.kind.name}",
                f"{row.number}，{late}期限 {timezone.localtime(row.due_at):%m-%d %H:%M}",
                reverse("linkages:order", args=[row.pk]),
                button,
                _days(row, today),
            )
        if rest:
            yield ToDo(
                f"另有 {more:,} {rest_words}",
                f"其中最早的期限 {timezone.localtime(rest.due_at):%m-%d %H:%M}",
                f"{reverse('linkages:order-list')}?mine={which}",
                "全部",
                _days(rest, today),
                count=more,
            )

    return source


def to_rate(user, today):
    if not access.can_raise_own_orders(user):
        return
    rows = mine(Order.objects, user, "rate").select_related("kind").defer("private_text")
    found, rest, more = first_of(rows.order_by("due_at", "pk"))
    for row in found:
        yield ToDo(
            f"订单待评价：{row.kind.name}",
            f"{row.number}已办结，{timezone.localtime(row.due_at):%m-%d}前可以评价或退回重办",
            reverse("linkages:order", args=[row.pk]),
            "去评价",
            _days(row, today),
        )
    if rest:
        yield ToDo(
            f"另有 {more:,} 个订单待评价",
            "办结后请评价",
            reverse("linkages:own-orders"),
            "全部",
            _days(rest, today),
            count=more,
        )


SOURCES = [*(_lines(which) for which in ASKED), to_rate]
