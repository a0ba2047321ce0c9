"""How far a policy has come: counts whose conditions are those of the list of deliveries, so that each opens its rows."""

from django.db.models import Count, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from linkages.models import PolicyAnswer, PolicyResult

STATES = {
    "unread": ("未读", Q(read_at__isnull=True)),
    "read": ("已读", Q(read_at__isnull=False)),
    "unanswered": ("未答复", Q(answer="")),
    "applied": ("已申请", Q(answer=PolicyAnswer.APPLIED)),
    "not_needed": ("不需要", Q(answer=PolicyAnswer.NOT_NEEDED)),
    "granted": ("已兑现", Q(result=PolicyResult.GRANTED)),
    "refused": ("未通过", Q(result=PolicyResult.REFUSED)),
}
GROUPED = ("read", "unread", "applied", "not_needed")
# How rows are grouped → (the filter of the list of deliveries, key, name).
BY = {
    "片区": ("area", "enterprise__park__area", "enterprise__park__area__name"),
    "产业集群": ("cluster", "enterprise__cluster", "enterprise__cluster__name"),
}
NOWHERE = "未归类"


def _counts(names) -> dict:
    return {name: Count("pk", filter=STATES[name][1]) for name in names}


def with_counts(policies, deliveries):
    """Adds to each policy how many of `deliveries`, those the person sees, it has: `delivered`, `read` and `applied`."""
    rows = deliveries.filter(policy=OuterRef("pk")).order_by().values("policy")

    def count(condition=None):
        counted = rows.annotate(count=Count("pk", filter=condition)).values("count")
        return Coalesce(Subquery(counted), 0)

    return policies.annotate(
        delivered=count(), read=count(STATES["read"][1]), applied=count(STATES["applied"][1])
    )


def totals(deliveries) -> dict:
    """`delivered`, one number for each of `STATES`, and `amount` in 万元 of what was granted."""
    return deliveries.order_by().aggregate(
        delivered=Count("pk"), amount=Sum("amount", filter=STATES["granted"][1]), **_counts(STATES)
    )


def grouped(deliveries, by) -> list[dict]:
    """Most first; `key` is what the list of deliveries filters by, and "none" where an enterprise has no such place."""
    _, key, name = BY[by]
    rows = deliveries.order_by().values(key, name).annotate(delivered=Count("pk"), **_counts(GROUPED))
    return [
        row | {"key": row[key] or "none", "name": row[name] or NOWHERE}
        for row in rows.order_by("-delivered", key)
    ]
