"""Dues of a city: a year's ledger of some branches, with their receipts and who is behind."""

import datetime as dt
import random
from dataclasses import dataclass, field
from decimal import Decimal

from members.choices import Occupation, Opening, Relation
from members.demo.shapes import Person
from members.dues.choices import BY_BASE, DuesCategory, PaymentMethod
from members.dues.rates import Scale, monthly_dues
from orgs.demo.dates import any_day, days, month_start
from orgs.demo.shapes import City, Org
from orgs.kinds import OrganisationKind
from orgs.terms import month_end

MONTHS = 12
PAYERS = 1_500
SALARIES = (6_000, 60_000)
PENSIONS = (3_500, 12_000)
REDUCED = 0.003
BEHIND = 0.03
LONG_BEHIND = 0.002


@dataclass(slots=True)
class Basis:
    person: Person
    since: dt.date
    category: str
    base: str
    standard: Decimal
    amount: Decimal
    approval_no: str = ""


@dataclass(slots=True, eq=False)
class Charge:
    person: Person
    org: Org
    month: dt.date
    amount: Decimal
    is_paid: bool = False
    pk: int = 0


@dataclass(slots=True, eq=False)
class Receipt:
    """`person` is None when somebody brings the money of a whole branch."""

    org: Org
    on: dt.date
    person: Person | None
    payer: str
    charges: list[Charge] = field(default_factory=list)
    pk: int = 0

    @property
    def amount(self):
        return sum(charge.amount for charge in self.charges)


@dataclass
class Dues:
    bases: list[Basis] = field(default_factory=list)
    charges: list[Charge] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)


def invent_dues(city: City, people: list[Person], rng: random.Random, scale: Scale, day: dt.date) -> Dues:
    """Of the first branches of the first area; those of everybody would take longer to write than the whole park."""
    dues = Dues()
    months = [month_start(day, back) for back in range(MONTHS - 1, -1, -1)]
    by_branch: dict[tuple[Org, dt.date], list[Charge]] = {}
    for person in _payers(city, people):
        basis = _basis(person, rng, scale, months[0])
        dues.bases.append(basis)
        if months[0].year < day.year:
            # Fixed anew each January.
            january = dt.date(day.year, 1, 1)
            dues.bases.append(Basis(person, january, basis.category, basis.base, basis.standard, basis.amount,
                                    basis.approval_no))  # fmt: skip
        owed = ((_branch_of(person, month), month) for month in months)
        charges = [Charge(person, org, month, basis.amount) for org, month in owed if org]
        dues.charges += charges
        paid = _paid_until(rng, day, len(charges))
        for charge in charges[:paid] if basis.amount else ():
            charge.is_paid = True
            by_branch.setdefault((charge.org, charge.month), []).append(charge)
    for (org, month), charges in by_branch.items():
        dues.receipts += _receipts(rng, org, month, charges, day)
    dues.receipts.sort(key=lambda receipt: receipt.on)
    return dues


def _payers(city, people) -> list[Person]:
    area = next(org for org in city.orgs if org.kind == OrganisationKind.AREA_COMMITTEE)
    below = [p for p in people if p.relation != Relation.LEFT and p.org.path.startswith(area.path)]
    below.sort(key=lambda person: person.org.path)
    if len(below) > PAYERS:
        last = below[PAYERS].org
        below = [person for person in below[:PAYERS] if person.org is not last]
    return below


def _basis(person, rng, scale, month) -> Basis:
    if person.occupation == Occupation.RETIRED:
        category, (low, high) = DuesCategory.RETIRED, PENSIONS
    else:
        category = DuesCategory.SALARIED if rng.random() < 0.98 else DuesCategory.IRREGULAR
        low, high = SALARIES
    base = Decimal(int(low + (high - low) * rng.betavariate(1.3, 4.5)) // 50 * 50)
    standard = monthly_dues(category, scale, base=base)
    text = f"{base:.2f}" if category in BY_BASE else ""
    if rng.random() < REDUCED:
        amount = (standard / 2).quantize(Decimal("0.01"))
        return Basis(
            person, month, category, text, standard, amount, f"科委组〔{month.year}〕减{rng.randint(1, 90)}号"
        )
    return Basis(person, month, category, text, standard, standard)


def _branch_of(person, month) -> Org | None:
    """Where the person owes for the month: where they were on its first day, or where they were admitted in it."""
    for stay in person.stays:
        if (stay.since is None or stay.since <= month) and (stay.until is None or stay.until > month):
            return stay.org
    stay = person.stays[-1]
    admitted = stay.opened_how == Opening.ADMITTED and stay.since > month
    return stay.org if admitted and person.joined_on <= month_end(month) else None


def _paid_until(rng, day, count) -> int:
    """How many of the charges, from the oldest on, are paid."""
    chance = rng.random()
    if chance < LONG_BEHIND:
        return max(count - 8, 0)
    if chance < LONG_BEHIND + BEHIND:
        return max(count - rng.randint(2, 5), 0)
    this_month = rng.random() < day.day / 31 * 0.8
    return count if this_month else count - 1


def _receipts(rng, org, month, charges, day):
    last = min(month_end(month), day)
    if rng.random() < 0.6:
        on = any_day(rng, min(month + days(7), last), last)
        payer = charges[0].person
        yield Receipt(org, on, payer if len(charges) == 1 else None, payer.name, charges)
        return
    for charge in charges:
        on = any_day(rng, min(month + days(2), last), last)
        yield Receipt(org, on, charge.person, charge.person.name, [charge])


def method_of(receipt: Receipt) -> str:
    return PaymentMethod.TRANSFER if receipt.person is None else PaymentMethod.ONLINE
