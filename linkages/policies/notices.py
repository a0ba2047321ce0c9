"""What contacts of enterprises are told of policies: that one has come, and, unread, that its last day is near."""

import datetime as dt

from django.urls import reverse
from django.utils import timezone

from linkages import people
from linkages.models import Policy, PolicyDelivery
from orgs.notices import BACK, Message, deliver, hand_over

NEAR_DAYS = 7  # before the last day


def send(policy_id: int) -> None:
    from linkages.tasks import tell_policy  # noqa: PLC0415 - tasks imports what actions import

    hand_over(tell_policy, policy_id)


def tell_policy(pk: int) -> int:
    return _tell_new(_recent().filter(policy=pk))


def tell_recent() -> int:
    """All that came in the last days; almost all of it was told, and is not told again."""
    return _tell_new(_recent())


def _recent():
    return PolicyDelivery.objects.filter(delivered_at__gte=timezone.now() - BACK).waiting(
        timezone.localdate()
    )


def _tell_new(rows) -> int:
    return _tell(rows, "policy-{0.pk}", "新政策：{0.policy.title}")


def remind() -> int:
    """Those who have not read it in the week before its last day; once for each last day."""
    today = timezone.localdate()
    near = Policy.objects.open(today).ending_by(today + dt.timedelta(days=NEAR_DAYS))
    rows = PolicyDelivery.objects.waiting(today).filter(policy__in=near.order_by().values("pk"))
    return _tell(rows, "policy-{0.pk}-{0.policy.last_day}", "政策即将截止，还没有看：{0.policy.title}")


def _tell(rows, key, title) -> int:
    """Of enterprises that have a contact; the others are reached by whoever answers for them."""
    rows = rows.filter(enterprise__in=people.contact_appointments().order_by().values("enterprise"))
    rows = list(rows.select_related("policy", "enterprise").defer("enterprise__contact_phone"))
    contacts = people.contacts(row.enterprise_id for row in rows)
    return deliver(
        Message(
            account,
            key.format(row),
            title.format(row)[:140],
            _detail(row),
            reverse("linkages:policy-delivery", args=[row.pk]),
        )
        for row in rows
        for account in contacts.get(row.enterprise_id, ())
    )


def _detail(row) -> str:
    until = f"，{row.policy.last_day}截止" if row.policy.last_day else ""
    return f"{row.enterprise.name}：{row.policy.get_kind_display()}{until}"[:300]
