"""Reads of dues: who is in arrears, the ledger of a branch and month, the upward summary, a person's own dues.

A month counts as owed once it is over. Source of the six months: 党费规定 and 不合格党员组织处置办法 (removal is decided
through disposal, never by the system).
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Count, Exists, F, Min, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from members.choices import COUNTED, Relation
from members.dues.choices import PaymentKind
from members.dues.rates import rounded
from members.dues.scales import month_of
from members.models import DuesBasis, DuesCharge, DuesPayment, Member, within_homes
from orgs.kinds import BRANCHES
from orgs.models import Coverage, CoverageLine, Organisation, UnitKind
from orgs.regulations import value_on, values_on
from orgs.terms import month_end
from orgs.tree import STEP, children_of

ZERO = Decimal("0.00")


# --- Arrears --------------------------------------------------------------------------------------------


def arrears(charges, on: dt.date, *, least: int = 1):
    """Rows of `member`, `months` without a payment in between up to the last full month, `owed` and `since` (month),
    for members with `least` months or more. `charges` narrows whom it is about; one query.
    """
    month = month_of(on)
    settled = DuesCharge.objects.settled().filter(member=OuterRef("member"), month__lt=month)
    # One probe of an index for each unpaid charge; as an EXISTS the planner would read all settled ones.
    last = Coalesce(Subquery(settled.order_by("-month").values("month")[:1]), Value(dt.date.min))
    return (
        charges.unpaid()
        .annotate(settled_last=last)
        .filter(month__lt=month, month__gt=F("settled_last"))
        .order_by()
        .values("member")
        .annotate(months=Count("pk"), owed=Sum("amount_due"), since=Min("month"))
        .filter(months__gte=least)
    )


def charges_of_counted(keeper=None):
    """Of those in the register, with the others nothing can be reminded of; `keeper`: of those whose home this person
    works for. By joins: a subselect would make SQLite look at every member first.
    """
    charges = DuesCharge.objects.filter(member__membership__in=COUNTED).exclude(
        member__relation=Relation.LEFT
    )
    if keeper is None or keeper.sees_everything:
        return charges
    return charges.filter(
        within_homes(keeper, "members.change", home="member__organisation", root="member__root_id")
    )


def behind(organisations, on: dt.date, *, least: int | None = None):
    """`arrears` of the members at home in `organisations`; `least` months, else those of which one reminds."""
    charges = charges_of_counted()
    if organisations is not None:
        charges = charges.filter(member__organisation__in=organisations)
    return arrears(charges, on, least=Limits.on(on).notice if least is None else least)


def behind_by_home(organisations, on: dt.date) -> dict[int, int]:
    """How many are behind, by their organisation; None asks for all."""
    members = Member.objects.filter(pk__in=behind(organisations, on).values("member")).order_by()
    rows = members.values("organisation").annotate(count=Count("pk"))
    return dict(rows.values_list("organisation", "count"))


def arrears_message(name: str, months: int) -> str:
    """Row 43."""
    return f"{name}已{months}个月未交纳党费，请提醒；满6个月须按规定处理。"


@dataclass(frozen=True)
class Limits:
    """After how many months one reminds, and after how many the rules ask for more."""

    notice: int
    most: int

    @classmethod
    def on(cls, day: dt.date):
        found = values_on(["dues_notice_months", "dues_limit_months"], day)
        return cls(found["dues_notice_months"], found["dues_limit_months"])


# --- The ledger of a month ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Figures:
    """Sums over charges: how many members, how many of them are unpaid, due and paid in yuan."""

    members: int = 0
    unpaid: int = 0
    due: Decimal = ZERO
    paid: Decimal = ZERO

    @property
    def owed(self):
        return self.due - self.paid

    @property
    def rate(self):
        """Paid of due, 0–1; None when nothing is due."""
        return self.paid / self.due if self.due else None

    def __add__(self, other):
        return Figures(
            self.members + other.members,
            self.unpaid + other.unpaid,
            self.due + other.due,
            self.paid + other.paid,
        )


SUMS = {
    "members": Count("pk"),
    "unpaid": Count("pk", filter=Q(amount_paid__lt=F("amount_due"))),
    "due": Sum("amount_due"),
    "paid": Sum("amount_paid"),
}


def figures_of(row: dict) -> Figures:
    return Figures(row["members"], row["unpaid"], rounded(row["due"] or 0), rounded(row["paid"] or 0))


def without_basis(organisation, month: dt.date):
    """Members of the organisation and below for whom nothing is fixed for the month (未核定)."""
    fixed = DuesBasis.objects.filter(member=OuterRef("pk"), effective_from__lte=month)
    homes = Organisation.objects.within(organisation).order_by()
    return Member.objects.in_register().filter(~Exists(fixed), organisation__in=homes)


# --- The upward summary ---------------------------------------------------------------------------------


@dataclass
class Line:
    """An organisation below, or the organisation itself, with all below it summed up."""

    organisation: Organisation
    figures: Figures = field(default_factory=Figures)
    gifts: Decimal = ZERO
    returned: Decimal = ZERO
    arrears: int = 0
    is_itself: bool = False

    def take(self, other):
        self.figures += other.figures
        self.gifts += other.gifts
        self.returned += other.returned
        self.arrears += other.arrears


@dataclass
class Summary:
    lines: list[Line]
    total: Line


def summary(organisation, first: dt.date, last: dt.date) -> Summary:
    """Charges of the months `first` to `last` by the organisations directly below; six queries.

    Every row adds up what lies below it and `total` adds up the rows. `returned` is the share of what was paid that
    goes back to organisations of non-public enterprises; `gifts` were taken in these months; `arrears` counts members
    who are behind by the months of notice today.
    """
    within = Organisation.objects.within(organisation).order_by()
    children = Organisation.objects.filter(children_of([organisation.path])).active().order_by("path")
    lines = {child.path: Line(child) for child in children}
    paths = dict(within.values_list("pk", "path"))
    lines[organisation.path] = Line(organisation, is_itself=True)
    percent = value_on("dues_returned_percent", last)
    charges = DuesCharge.objects.filter(organisation__in=within, month__range=(first, last))
    returning = set(non_public(within).values_list("pk", flat=True))
    depth = len(organisation.path) + STEP

    def line_of(pk):
        path = paths[pk]
        # Dissolved ones are not listed; what they had belongs to the organisation above.
        return lines.get(path[:depth]) or lines[organisation.path]

    for row in charges.order_by().values("organisation").annotate(**SUMS):
        line, figures = line_of(row["organisation"]), figures_of(row)
        line.figures += figures
        if row["organisation"] in returning:
            line.returned += rounded(figures.paid * percent / 100)
    for pk, amount in _gifts(within, first, last):
        line_of(pk).gifts += rounded(amount)
    for pk, count in behind_by_home(within, timezone.localdate()).items():
        line_of(pk).arrears += count
    own = lines.pop(organisation.path)
    rows = [*([own] if own.figures.members or own.gifts or own.arrears else []), *lines.values()]
    total = Line(organisation)
    for line in rows:
        total.take(line)
    return Summary(rows, total)


def _gifts(within, first, last):
    gifts = DuesPayment.objects.filter(
        kind=PaymentKind.GIFT, organisation__in=within, paid_on__range=(first, month_end(last))
    )
    rows = gifts.order_by().values("organisation").annotate(total=Sum("amount"))
    return rows.values_list("organisation", "total")


def non_public(organisations):
    """Those that stand at an enterprise: their members' dues return to them. Source: 中办发〔2012〕11号."""
    covered = Coverage.objects.current().filter(
        organisation=OuterRef("pk"), line=CoverageLine.ORGANISATION, enterprise__kind=UnitKind.ENTERPRISE
    )
    at_enterprise = Q(host_unit__kind=UnitKind.ENTERPRISE) | Exists(covered)
    return organisations.filter(at_enterprise, kind__in=BRANCHES)


# --- One member -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class OwnDues:
    """A member's dues as the person and the branch read them; `charges` newest first."""

    charges: list
    basis: DuesBasis | None
    owed: Decimal
    unpaid_months: int

    @property
    def year_paid(self) -> Decimal:
        year = timezone.localdate().year
        return sum((c.amount_paid for c in self.charges if c.month.year == year), ZERO)


def own_dues(member, limit: int = 36) -> OwnDues:
    """For `members/_own_dues.html`, which expects it as `dues`; two queries."""
    month = month_of(timezone.localdate())
    charges = list(member.dues_charges.select_related("organisation").order_by("-month")[:limit])
    unpaid = [charge for charge in charges if not charge.is_settled and charge.month <= month]
    return OwnDues(
        charges=charges,
        basis=member.dues_bases.in_force(month).defer("base").first(),
        owed=sum((charge.amount_due for charge in unpaid), ZERO),
        unpaid_months=len(unpaid),
    )


def attach_arrears(charges: Iterable, on: dt.date) -> None:
    """Gives each charge its member's `arrears` (months in a row before this month) in one query for all."""
    members = {charge.member_id for charge in charges}
    found = {row["member"]: row for row in arrears(DuesCharge.objects.filter(member__in=members), on)}
    for charge in charges:
        row = found.get(charge.member_id)
        charge.arrears = row["months"] if row else 0
        charge.owed_before = rounded(row["owed"]) if row else ZERO
