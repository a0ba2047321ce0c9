"""Dues: rates, what is fixed, the ledger of a month, money taken and taken back, arrears, the sums upward."""

from decimal import Decimal as D

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from members.actions import dues
from members.dues import ledger
from members.dues.choices import DuesCategory, PaymentMethod
from members.dues.rates import Scale, monthly_dues, quarter_mean
from members.dues.scales import add_months, this_month
from members.models import DuesBasis, DuesCharge, root_of
from orgs.bands import Band, parse_bands, parse_range
from orgs.models import Role
from tests import builders

C = DuesCategory
SCALE = Scale(
    parse_bands("3000:0.5，5000:1，10000:1.5，以上:2"),
    parse_bands("5000:0.5，以上:1"),
    D("0.2"),
    (D("0.2"), D("1")),
)


# --- Rates ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("category", "base", "amount"),
    [
        (C.SALARIED, "0", "0.00"),
        (C.SALARIED, "3000", "15.00"),
        (C.SALARIED, "3000.01", "30.00"),
        (C.SALARIED, "5000", "50.00"),
        (C.SALARIED, "5000.01", "75.00"),
        (C.SALARIED, "10000", "150.00"),
        (C.SALARIED, "10000.01", "200.00"),
        (C.SALARIED, "20000", "400.00"),
        (C.SALARIED, "2999", "15.00"),  # 14.995 rounds up
        (C.SALARIED, "2998.99", "14.99"),  # 14.99495 does not
        (C.IRREGULAR, "5000", "50.00"),
        (C.RETIRED, "5000", "25.00"),
        (C.RETIRED, "5000.01", "50.00"),
    ],
)
def test_one_rate_holds_for_the_whole_base(category, base, amount):
    assert monthly_dues(category, SCALE, base=D(base)) == D(amount)


@pytest.mark.parametrize("category", [C.STUDENT, C.LAID_OFF, C.RELIEF])
def test_those_without_pay_owe_two_tenths(category):
    assert monthly_dues(category, SCALE) == D("0.20")


@pytest.mark.parametrize(("agreed", "amount"), [(None, "0.20"), ("0.2", "0.20"), ("1", "1.00")])
def test_farmers_pay_within_the_range(agreed, amount):
    assert monthly_dues(C.FARMER, SCALE, agreed=agreed and D(agreed)) == D(amount)


@pytest.mark.parametrize("arguments", [{"agreed": D("0.19")}, {"agreed": D("1.01")}])
def test_farmers_outside_the_range_are_refused(arguments):
    with pytest.raises(ValueError, match="Farmers"):
        monthly_dues(C.FARMER, SCALE, **arguments)


def test_irregular_income_is_the_mean_of_the_quarter():
    assert quarter_mean([D(8000), D(9000), D("7600.01")]) == D("8200.00")


@pytest.mark.parametrize("text", ["", "3000:0.5", "3000:0.5，2000:1，以上:2", "以上:1，3000:2", "3000", "a:1，以上:2",
                                  "3000:101，以上:2", "NaN:1，以上:2"])  # fmt: skip
def test_scales_that_make_no_sense_are_refused(text):
    with pytest.raises(ValidationError):
        parse_bands(text)


def test_scales_are_read_as_people_type_them():
    assert parse_bands("3000：0.5, 以上:1") == (Band(D(3000), D("0.5")), Band(None, D(1)))
    assert parse_range("0.2") == (D("0.2"), D("0.2"))
    with pytest.raises(ValidationError):
        parse_range("1-0.2")


# --- The branch -----------------------------------------------------------------------------------------


@pytest.fixture
def top(db):
    return builders.make_organisation()


@pytest.fixture
def branch(top):
    return builders.make_organisation(top)


@pytest.fixture
def officer(top):
    return builders.make_user(Role.OFFICER, top)


def member_of(branch, base="8000", months=0, **kw):
    """A member with a basis since `months` ago (None: without one)."""
    member = builders.make_member(branch, **kw)
    if base is not None:
        DuesBasis.objects.create(
            member=member,
            effective_from=add_months(this_month(), -months),
            category=C.SALARIED,
            base=base,
            standard_amount=monthly_dues(C.SALARIED, SCALE, base=D(base)),
            monthly_amount=monthly_dues(C.SALARIED, SCALE, base=D(base)),
        )
    return member


def write(months=0):
    """The ledger from `months` ago until now."""
    for back in range(months, -1, -1):
        dues.write_month(month=add_months(this_month(), -back))


def pay(charges, organisation, by, **kw):
    return dues.take_payments(
        charges=[charge.pk for charge in charges],
        organisation=organisation,
        by=by,
        **{"paid_on": timezone.localdate(), "method": PaymentMethod.CASH} | kw,
    )


# --- The ledger of a month ------------------------------------------------------------------------------


def test_the_ledger_is_written_once_however_often_it_is_asked_for(branch, officer):
    member = member_of(branch)
    member_of(branch, base=None)

    counts = [dues.write_month(month=this_month(), organisation=branch, by=officer) for _ in range(2)]

    assert counts == [1, 0]
    charge = DuesCharge.objects.get()
    assert (charge.member, charge.organisation, charge.root_id) == (member, branch, root_of(branch))
    assert (charge.month, charge.amount_due, charge.amount_paid) == (this_month(), D("120.00"), D("0.00"))
    assert ledger.without_basis(branch, this_month()).count() == 1
