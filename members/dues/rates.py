"""What a member owes a month, in yuan: pure functions over `Decimal`.

Source: 《关于中国共产党党费收缴、使用和管理的规定》 (rates). One rate holds for the whole base; the bands are not
marginal, and their upper bounds belong to them. Rounding is not regulated: half up to 0.01.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from members.dues.choices import FIXED, DuesCategory
from orgs.bands import Band

CENT = Decimal("0.01")


@dataclass(frozen=True)
class Scale:
    """The rates in force on a day."""

    salary: tuple[Band, ...]
    retired: tuple[Band, ...]
    fixed: Decimal
    farmer: tuple[Decimal, Decimal]


def rounded(amount: Decimal) -> Decimal:
    """Half up to 0.01. Sums that SQLite made of floats become exact again."""
    return Decimal(amount).quantize(CENT, ROUND_HALF_UP)


def by_bands(base: Decimal, bands: Sequence[Band]) -> Decimal:
    """The rate of the band that `base` lies in, of the whole base. Raises ValueError if `base` is negative."""
    if base < 0:
        raise ValueError("The base of dues cannot be negative.")
    band = next(band for band in bands if band.upper is None or base <= band.upper)
    return rounded(base * band.percent / 100)


def monthly_dues(
    category: str, scale: Scale, *, base: Decimal | None = None, agreed: Decimal | None = None
) -> Decimal:
    """`base` for those who pay by their income, `agreed` for farmers (the least when not said).

    `base` is the regular pay after tax, the pension, or `quarter_mean`. Raises ValueError when something is missing
    or outside the range.
    """
    if category in FIXED:
        return rounded(scale.fixed)
    if category == DuesCategory.FARMER:
        low, high = scale.farmer
        amount = low if agreed is None else agreed
        if not low <= amount <= high:
            raise ValueError(f"Farmers pay between {low} and {high} yuan a month.")
        return rounded(amount)
    if base is None:
        raise ValueError("Dues by income need a base.")
    return by_bands(base, scale.retired if category == DuesCategory.RETIRED else scale.salary)


def quarter_mean(incomes: Sequence[Decimal]) -> Decimal:
    """The mean monthly net income of last quarter: the base of whose income is irregular."""
    return rounded(sum(incomes, Decimal()) / len(incomes))
