"""What agreements brought: activities held under them, results and orders, summed; what was withdrawn, cancelled or
reopened counts nowhere."""

from dataclasses import dataclass, fields
from decimal import Decimal

from django.db.models import Count, Q, Sum

from linkages.models import AgreementActivity, AgreementResult, Order, ResultKind

COUNTED = {ResultKind.ITEM: "items", ResultKind.RESOURCE: "resources", ResultKind.PROBLEM: "problems"}
OF_ORDERS = {"served": "persons", "patents": "patents", "contracts": "contracts", "yuan": "amount_yuan"}
YUAN = 10_000  # of a 万元
SUMMED = ("people", "hired", "members", "amount")


@dataclass
class Brought:
    """`people` were introduced, of them `hired` and `members`; `served` by `orders`; `amount` in 万元, of results and orders."""

    activities: int = 0
    items: int = 0
    resources: int = 0
    problems: int = 0
    people: int = 0
    hired: int = 0
    members: int = 0
    orders: int = 0
    served: int = 0
    patents: int = 0
    contracts: int = 0
    amount: Decimal = Decimal(0)

    def __add__(self, other):
        return Brought(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(self)))

    @property
    def words(self) -> list[str]:
        """Only what there is: “联合活动3次”."""
        people = f"引才{self.people}人（录用{self.hired}，党员{self.members}）"
        return [
            words
            for number, words in (
                (self.activities, f"联合活动{self.activities}次"),
                (self.items, f"办实事{self.items}件"),
                (self.resources, f"提供资源{self.resources}项"),
                (self.problems, f"解决难题{self.problems}个"),
                (self.people, people),
                (self.orders, f"订单{self.orders}件（受益{self.served}人）"),
                (self.patents, f"专利{self.patents}项"),
                (self.contracts, f"签约{self.contracts}项"),
                (self.amount, f"资金和订单{self.amount:,.2f}万元"),
            )
            if number
        ]


def brought_by(keys) -> dict[int, Brought]:
    """By key of the agreement, of those that brought something; three queries however many `keys` (or a query) there are."""
    found: dict[int, Brought] = {}
    held = AgreementActivity.objects.standing().filter(agreement__in=keys).order_by()
    for row in held.values("agreement").annotate(count=Count("pk")):
        found.setdefault(row["agreement"], Brought()).activities = row["count"]
    results = AgreementResult.objects.standing().filter(agreement__in=keys).order_by()
    sums = {name: Sum(name) for name in SUMMED}
    for row in results.values("agreement", "kind").annotate(count=Count("pk"), **sums):
        whole = found.setdefault(row["agreement"], Brought())
        if name := COUNTED.get(row["kind"]):
            setattr(whole, name, row["count"])
        for name in SUMMED:
            setattr(whole, name, getattr(whole, name) + (row[name] or 0))
    _add_orders(found, keys)
    return found


def _add_orders(found, keys) -> None:
    """Of what is private only the number: a sum over one order would tell its figures."""
    rows = Order.objects.counted().filter(agreement__in=keys).order_by()
    public = Q(is_private=False)
    sums = {name: Sum(column, filter=public, default=0) for name, column in OF_ORDERS.items()}
    for row in rows.values("agreement").annotate(orders=Count("pk"), **sums):
        whole = found.setdefault(row["agreement"], Brought())
        for name in ("orders", "served", "patents", "contracts"):
            setattr(whole, name, row[name])
        whole.amount += row["yuan"] / YUAN
