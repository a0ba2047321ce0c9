"""Which enterprises a policy is for, and bringing it to them. Preview, publishing and the periodic task ask the same.

Source: S33 (policy items delivered to matching enterprises).
"""

import datetime as dt
from dataclasses import dataclass, field

from django.db.models import BooleanField, CharField, DateTimeField, Exists, OuterRef, Q, Value

from imports import sql
from linkages.models import Policy, PolicyDelivery
from orgs.models import ACTIVE_STATUSES, Enterprise, EnterpriseStatus, Organisation

PLACES = ("areas", "parks", "clusters", "chains")
FACTS = ("status", "min_employees", "max_employees", "is_high_tech", "is_key")
WRITTEN = (
    "policy",
    "enterprise",
    "delivered_at",
    "answer",
    "answer_words",
    "on_behalf",
    "result",
    "result_words",
)


@dataclass(frozen=True)
class Target:
    """What an enterprise must be. Of each list one is enough; what is empty or None demands nothing, no `status` means
    in operation. Without a number of employees an enterprise meets no demand on it."""

    areas: tuple = field(default=())
    parks: tuple = field(default=())
    clusters: tuple = field(default=())
    chains: tuple = field(default=())
    status: str = ""
    min_employees: int | None = None
    max_employees: int | None = None
    is_high_tech: bool | None = None
    is_key: bool | None = None

    @classmethod
    def of(cls, policy) -> "Target":
        """Of a policy fetched `with_target` without a query."""
        places = {name: tuple(getattr(policy, name).all()) for name in PLACES}
        return cls(**places, **{name: getattr(policy, name) for name in FACTS})

    def condition(self) -> Q:
        found = Q(status=self.status) if self.status else Q(status__in=ACTIVE_STATUSES, is_dormant=False)
        if self.areas:
            found &= Q(park__area__in=self.areas)
        if self.parks:
            found &= Q(park__in=self.parks) | Q(park__parent__in=self.parks)
        if self.clusters:
            found &= Q(cluster__in=self.clusters)
        if self.chains:
            found &= Q(chain__in=self.chains)
        if self.min_employees is not None:
            found &= Q(employees__gte=self.min_employees)
        if self.max_employees is not None:
            found &= Q(employees__lte=self.max_employees)
        if self.is_high_tech is not None:
            found &= Q(is_high_tech=self.is_high_tech)
        if self.is_key is not None:
            found &= Q(is_key=self.is_key)
        return found

    @property
    def words(self) -> list[str]:
        """The demands one by one, as the page shows them."""
        lists = {"片区": self.areas, "园区": self.parks, "产业集群": self.clusters, "产业链": self.chains}
        found = [f"{label}：{'、'.join(map(str, rows))}" for label, rows in lists.items() if rows]
        found.append(f"登记状态：{EnterpriseStatus(self.status).label}" if self.status else "存续在业")
        if self.min_employees is not None:
            found.append(f"从业人数不少于{self.min_employees}人")
        if self.max_employees is not None:
            found.append(f"从业人数不多于{self.max_employees}人")
        for value, label in ((self.is_high_tech, "高新技术企业"), (self.is_key, "重点企业")):
            if value is not None:
                found.append(label if value else f"非{label}")
        return found


def matching(organisation, target: Target):
    """The enterprises that `organisation` and those below it answer for and that meet the target."""
    scope = Enterprise.objects.jurisdiction_of(Organisation.objects.within(organisation))
    return Enterprise.objects.filter(scope, target.condition())


def reach(policy: Policy, at: dt.datetime) -> int:
    """Delivers to those who match and were not reached before, in one statement; returns how many.

    Whoever was reached keeps it, whatever becomes of them later.
    """
    known = PolicyDelivery.objects.filter(policy=policy, enterprise=OuterRef("pk"))
    rows = matching(policy.organisation, Target.of(policy)).filter(~Exists(known)).order_by()
    nothing = Value("", CharField())
    return sql.insert_selected(
        PolicyDelivery,
        WRITTEN,
        rows.values_list(
            Value(policy.pk), "pk", Value(at, DateTimeField()), nothing, nothing, Value(False, BooleanField()),
            nothing, nothing,
        ),
    )  # fmt: skip
