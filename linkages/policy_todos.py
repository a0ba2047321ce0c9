"""What policies ask of a person: lines for the home page; a fixed number of queries each."""

import datetime as dt

from django.db.models import Count, Q
from django.urls import reverse

from linkages import access
from linkages.models import Policy, PolicyDelivery
from linkages.policies.notices import NEAR_DAYS
from orgs.todos import ToDo, first_of


def _days(policy, today):
    return policy.last_day and (policy.last_day - today).days


def to_read(user, today):
    """Of the person's own enterprises what nobody there has read."""
    if not access.can_view_own_policies(user):
        return
    rows = PolicyDelivery.objects.own(user).waiting(today).select_related("policy")
    found, rest, more = first_of(rows.order_by("-delivered_at", "-pk"))
    for row in found:
        until = f"{row.policy.last_day}截止" if row.policy.last_day else "常年受理"
        yield ToDo(
            f"新政策：{row.policy.title}",
            f"{row.policy.issuer}，{until}；看过后说一声是否申请",
            reverse("linkages:policy-delivery", args=[row.pk]),
            "去看看",
            _days(row.policy, today),
        )
    if rest:
        yield ToDo(
            f"另有 {more:,} 条政策未读",
            "看过后说一声是否申请",
            reverse("linkages:own-policies"),
            "全部",
            count=more,
        )


def unread(user, today):
    """Of those the person keeps what ends within a week and is not read everywhere."""
    if not access.can_change_agreements(user):
        return
    near = today + dt.timedelta(days=NEAR_DAYS)
    rows = Policy.objects.permitted_to(user, "linkages.change").open(today).ending_by(near)
    waits = Q(deliveries__read_at__isnull=True, deliveries__answer="")
    rows = rows.annotate(unread=Count("deliveries", filter=waits)).filter(unread__gt=0)
    found, rest, more = first_of(rows.order_by("apply_by", "pk"))
    for row in found:
        yield ToDo(
            f"政策即将截止，{row.unread:,} 家企业未读：{row.title}",
            f"{row.last_day}截止；可电话提醒，并代为登记答复",
            f"{reverse('linkages:policy-delivery-list', args=[row.pk])}?state=unread",
            "看名单",
            _days(row, today),
        )
    if rest:
        yield ToDo(
            f"另有 {more:,} 条政策即将截止且有企业未读",
            f"其中最早的 {rest.last_day} 截止",
            f"{reverse('linkages:policy-list')}?mine=kept&due=near",
            "全部",
            _days(rest, today),
            count=more,
        )


SOURCES = [to_read, unread]
