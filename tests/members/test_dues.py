"""Dues: rates, what is fixed, the ledger of a month, money taken and taken back, arrears, the sums upward."""

import datetime as dt
import threading
from decimal import Decimal as D

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Sum
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from members import dues_todos, tasks, todos
from members.actions import dues, register
from members.actions.dues import BACK_MONTHS
from members.choices import Closing, Membership, Opening
from members.dues import ledger
from members.dues.choices import DuesCategory, PaymentMethod
from members.dues.rates import Scale, monthly_dues, quarter_mean, rounded
from members.dues.scales import scale_on, this_month
from members.dues.words import amount_in_words
from members.models import DuesAllocation, DuesBasis, DuesCharge, DuesPayment, root_of
from orgs.bands import Band, parse_bands, parse_range
from orgs.kinds import OrganisationKind
from orgs.models import AuditEvent, DatedSetting, Organisation, Role
from orgs.terms import add_months
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


def test_the_parts_of_the_ledger_make_up_the_whole(top):
    """Top organisations alone, and each subtree below them; in any order, and twice."""
    homes = [top, builders.make_organisation(top), builders.make_organisation()]
    homes.append(builders.make_organisation(homes[1]))
    for home in homes:
        member_of(home, months=BACK_MONTHS)
    parts = dues.subtrees()

    written = {part: dues.write_due_months(part[0], is_alone=part[1]) for part in (*parts[::-1], *parts)}

    assert len(parts) >= 3
    assert set(written.values()) == {0}  # the second time nothing
    assert DuesCharge.objects.count() == len(homes) * (BACK_MONTHS + 1)
    assert (
        sum(dues.write_month(month=add_months(this_month(), -back)) for back in range(BACK_MONTHS + 1)) == 0
    )


def test_without_a_queue_that_counts_one_worker_does_all_parts(top, settings):
    settings.REDIS_URL = ""
    member_of(builders.make_organisation(top))

    assert tasks.write_dues() is None
    assert DuesCharge.objects.count() == 1


def test_the_ledger_is_written_once_however_often_it_is_asked_for(branch, officer):
    member = member_of(branch)
    member_of(branch, base=None)

    counts = [dues.write_month(month=this_month(), organisation=branch, by=officer) for _ in range(2)]

    assert counts == [1, 0]
    charge = DuesCharge.objects.get()
    assert (charge.member, charge.organisation, charge.root_id) == (member, branch, root_of(branch))
    assert (charge.month, charge.amount_due, charge.amount_paid) == (this_month(), D("120.00"), D("0.00"))
    assert ledger.without_basis(branch, this_month()).count() == 1


def test_the_ledger_is_written_for_what_each_month_was(branch, top, officer):
    """Charges belong to the branch of the first of the month; who came later, or by a meeting, owes from then."""
    month = this_month()
    before = add_months(month, -1)
    other = builders.make_organisation(top)
    moved = member_of(branch, months=1)
    register.move_member(member=moved, organisation=other, on=month, by=officer)
    gone = member_of(branch, months=1, relation="left", left_on=month)
    late = member_of(branch, months=1, since=month + dt.timedelta(days=1))
    admitted = member_of(
        branch,
        months=1,
        membership=Membership.PROBATIONARY,
        joined_on=add_months(month, 0) - dt.timedelta(days=1),
        since=month + dt.timedelta(days=1),
    )
    admitted.postings.update(opened_how=Opening.ADMITTED)

    write(1)

    found = set(DuesCharge.objects.values_list("member", "organisation", "month"))
    assert found == {
        (moved.pk, branch.pk, before),
        (moved.pk, other.pk, month),
        (gone.pk, branch.pk, before),
        (admitted.pk, branch.pk, before),
        (admitted.pk, branch.pk, month),
    }
    assert late.dues_charges.count() == 0


@pytest.mark.parametrize(("day", "charged"), [(0, True), (-1, True), (31, False)])
def test_probationary_members_pay_from_the_month_of_the_meeting(branch, day, charged):
    """The posting began later, the meeting was on the first, the day before, or the month after."""
    first = add_months(this_month(), -2)
    member = member_of(branch, months=6, joined_on=first + dt.timedelta(days=day), since=add_months(first, 2))
    member.postings.update(opened_how=Opening.ADMITTED)

    dues.write_month(month=first)

    assert member.dues_charges.exists() == charged


def test_months_to_come_have_no_ledger(branch):
    with pytest.raises(ValidationError, match="只能生成"):
        dues.write_month(month=add_months(this_month(), 1))


@pytest.mark.django_db(transaction=True)
def test_two_who_write_the_ledger_at_once_write_it_once():
    branch = builders.make_organisation(builders.make_organisation())
    for _ in range(3):
        member_of(branch)
    counts, faults = [], []

    def run():
        try:
            counts.append(dues.write_month(month=this_month()))
        except Exception as error:  # noqa: BLE001 - whatever it was, the test tells
            faults.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (faults, sum(counts), DuesCharge.objects.count()) == ([], 3, 3)


# --- What is fixed --------------------------------------------------------------------------------------


def fix(member, by, months=0, **kw):
    values = {"category": C.SALARIED, "base": D(8000)} | kw
    return dues.fix_basis(member=member, effective_from=add_months(this_month(), -months), by=by, **values)


def test_the_base_is_stored_sealed_and_stays_out_of_the_trail(branch, officer):
    basis = fix(builders.make_member(branch), officer, base=D("8123.45"))

    with connection.cursor() as cursor:
        cursor.execute("SELECT base FROM members_duesbasis")
        (stored,) = cursor.fetchone()
    basis.refresh_from_db()
    assert ("8123" in stored, basis.base, basis.monthly_amount) == (False, "8123.45", D("121.85"))
    assert not AuditEvent.objects.filter(detail__icontains="8123").exists()
    assert not AuditEvent.objects.filter(detail__icontains="121.85").exists()


def test_a_second_amount_within_the_year_needs_a_reason(branch, officer):
    member = builders.make_member(branch)
    fix(member, officer)

    with pytest.raises(ValidationError, match="一般当年不变"):
        fix(member, officer, base=D(20000))
    fix(member, officer, base=D(20000), reason="岗位变动")

    assert [basis.monthly_amount for basis in member.dues_bases.all()] == [D("400.00")]


def test_charges_not_paid_yet_follow_a_new_amount_and_paid_ones_stay(branch, officer):
    member = member_of(branch, months=3)
    write(2)
    first, *_ = member.dues_charges.order_by("month")
    pay([first], branch, officer)

    fix(member, officer, months=2, base=D(20000), reason="核定有误")

    amounts = member.dues_charges.order_by("month").values_list("amount_due", flat=True)
    assert list(amounts) == [D("120.00"), D("400.00"), D("400.00")]


def test_who_is_fixed_late_is_charged_for_the_months_that_are_written(branch, officer):
    member_of(branch, months=1)
    write(1)
    member = builders.make_member(branch)

    fix(member, officer, months=3)

    assert member.dues_charges.count() == 2


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"base": None}, "base"),
        ({"base": D(-1)}, "base"),
        ({"category": "nobody"}, "category"),
        ({"category": C.FARMER, "agreed": D("1.01")}, "agreed"),
        ({"reduced_to": D("0")}, "reason"),
        ({"reduced_to": D("0"), "reason": "重病"}, "approval_no"),
        ({"reduced_to": D("120.01"), "reason": "重病", "approval_no": "1号"}, "reduced_to"),
        ({"months": 7}, "effective_from"),
    ],
)
def test_what_cannot_be_fixed_is_refused_at_its_field(branch, officer, more, field):
    with pytest.raises(ValidationError) as caught:
        fix(builders.make_member(branch), officer, **more)
    assert set(caught.value.message_dict) == {field}


def test_a_waiver_lasts_for_its_period_and_is_no_arrears(branch, officer):
    member = builders.make_member(branch)
    until = add_months(this_month(), -2)
    fix(member, officer, months=4, reduced_to=D(0), reduced_until=until, reason="重病", approval_no="1号")

    write(4)

    amounts = member.dues_charges.order_by("month").values_list("amount_due", flat=True)
    assert list(amounts) == [D(0), D(0), D(0), D("120.00"), D("120.00")]
    assert [row["months"] for row in behind()] == [1]


def test_changed_rates_hold_from_their_day(branch, officer):
    month = this_month()
    DatedSetting.objects.create(code="dues_fixed_amount", effective_on=month, value="0.5")

    assert scale_on(month).fixed == D("0.5")
    assert scale_on(month - dt.timedelta(days=1)).fixed == D("0.2")


def test_january_copies_last_year_and_takes_new_bases(branch, officer):
    year = timezone.localdate().year
    kept, raised, done = (member_of(branch) for _ in range(3))
    DuesBasis.objects.filter(member__in=[kept, raised]).update(effective_from=dt.date(year - 1, 1, 1))
    DuesBasis.objects.filter(member=done).update(effective_from=dt.date(year, 1, 1))

    rows = dues.fix_year(organisation=branch, year=year, bases={raised.pk: D(20000)}, by=officer)

    assert {row.member: (row.base, row.monthly_amount) for row in rows} == {
        kept: ("8000.00", D("120.00")),
        raised: ("20000.00", D("400.00")),
    }
    assert dues.fix_year(organisation=branch, year=year, by=officer) == []


# --- Money ----------------------------------------------------------------------------------------------


def test_a_receipt_each_or_one_for_a_proxy_numbered_without_gaps(branch, officer):
    for _ in range(3):
        member_of(branch)
    write()
    first, *rest = DuesCharge.objects.order_by("pk")

    (single,) = pay([first], branch, officer)
    (joint,) = pay(rest, branch, officer, proxy_name="组长")

    assert (single.number, joint.number, single.year) == (1, 2, timezone.localdate().year)
    assert (single.amount, single.member, single.payer_name) == (D("120.00"), first.member, first.member.name)
    assert (joint.amount, joint.member, joint.payer_name) == (D("240.00"), None, "组长")
    with pytest.raises(ValidationError, match="已交清"):
        pay([first], branch, officer)
    assert DuesPayment.objects.count() == 2


def test_money_is_taken_at_home_or_above_and_of_several_branches_at_one_of_them(branch, officer):
    committee = Organisation.objects.get_parent(branch)
    other, third = (builders.make_organisation(committee) for _ in range(2))
    people = [member_of(place) for place in (branch, other, branch, other)]
    write()
    here, there, again, elsewhere = (member.dues_charges.get() for member in people)
    for charges, place, proxy in (
        ([there], branch, ""),
        ([here, there], branch, ""),
        ([here, there], third, "组长"),
    ):
        with pytest.raises(ValidationError, match="由其所在党支部或上级党组织收缴"):
            pay(charges, place, officer, proxy_name=proxy)
    pay([here], committee, officer)
    pay([there], other, officer)
    pay([again, elsewhere], branch, officer, proxy_name="组长")
    assert DuesPayment.objects.count() == 3


def test_a_reversal_opens_the_month_again_and_happens_once(branch, officer):
    member_of(branch)
    write()
    (payment,) = pay(DuesCharge.objects.all(), branch, officer)

    with pytest.raises(ValidationError, match="说明原因"):
        dues.reverse_payment(payment=payment, reason=" ", by=officer)
    reversal = dues.reverse_payment(payment=payment, reason="收错", by=officer)

    assert (reversal.amount, reversal.number) == (D("-120.00"), 2)
    assert DuesCharge.objects.get().amount_paid == 0
    for taken, words in ((payment, "已经冲正"), (reversal, "不能再冲正")):
        with pytest.raises(ValidationError, match=words):
            dues.reverse_payment(payment=taken, reason="再来", by=officer)
    pay(DuesCharge.objects.all(), branch, officer)
    assert DuesCharge.objects.get().is_settled


@pytest.mark.parametrize(("months", "refused"), [(6, False), (7, True)])
def test_arrears_of_more_than_six_months_need_a_reason(branch, officer, months, refused):
    member_of(branch, months=months)
    dues.write_month(month=add_months(this_month(), -months))
    charges = list(DuesCharge.objects.all())

    if refused:
        with pytest.raises(ValidationError, match="补交党费一般不超过6个月"):
            pay(charges, branch, officer)
    assert len(pay(charges, branch, officer, reason="长期出差" if refused else "")) == 1


def test_a_temporary_branch_collects_with_reason_and_approval_only(top, officer):
    temporary = builders.make_organisation(top, OrganisationKind.TEMP_BRANCH)
    member_of(temporary)
    write()

    for words in ({}, {"reason": "经批准"}, {"approval_no": "1号"}):
        with pytest.raises(ValidationError, match="临时党支部一般不发展党员、不收缴党费、不进行换届。"):
            pay(DuesCharge.objects.all(), temporary, officer, **words)
    (payment,) = pay(DuesCharge.objects.all(), temporary, officer, reason="经批准", approval_no="1号")
    assert payment.approval_no == "1号"


@pytest.mark.parametrize(("amount", "whole"), [("1000", False), ("1000.01", True)])
def test_a_gift_above_a_thousand_goes_to_the_centre_as_a_whole(branch, officer, amount, whole):
    payment = dues.take_gift(
        member=builders.make_member(branch),
        organisation=branch,
        amount=D(amount),
        paid_on=timezone.localdate(),
        method=PaymentMethod.TRANSFER,
        by=officer,
    )

    assert payment.passed_whole == whole


# --- Arrears --------------------------------------------------------------------------------------------


def behind(least=1):
    return list(ledger.arrears(ledger.charges_of_counted(), timezone.localdate(), least=least))


@pytest.mark.parametrize("limit", [3, 6])
def test_arrears_begin_with_the_last_day_of_the_month(branch, limit):
    """A month counts once it is over: one fewer full month is one too few."""
    member_of(branch, months=limit)
    write(limit - 1)
    assert behind(limit) == []

    dues.write_month(month=add_months(this_month(), -limit))

    (row,) = behind(limit)
    assert (row["months"], row["since"]) == (limit, add_months(this_month(), -limit))


def test_arrears_are_counted_since_the_last_payment(branch, officer):
    member = member_of(branch, months=6)
    write(6)
    pay(member.dues_charges.filter(month=add_months(this_month(), -3)), branch, officer)

    assert [row["months"] for row in behind()] == [2]


def test_who_has_left_is_not_reminded_of(branch, officer):
    member = member_of(branch, months=6)
    write(6)
    register.leave_register(member=member, how=Closing.DIED, on=timezone.localdate(), by=officer)

    assert behind() == []


# --- Sums -----------------------------------------------------------------------------------------------


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(st.tuples(st.booleans(), st.lists(st.integers(0, 7), min_size=1, max_size=4)), max_size=6)
)
def test_sums_agree_whatever_was_paid_and_taken_back(branch, top, officer, steps):
    with transaction.atomic():
        others = builders.make_organisation(top)
        for home in (branch, branch, others, others):
            member_of(home, base="3333.33", months=1)
        write(1)
        for is_payment, picks in steps:
            charges = list(DuesCharge.objects.order_by("pk"))
            taken = {charges[n].pk for n in picks}
            if is_payment:
                open_ones = DuesCharge.objects.unpaid().filter(pk__in=taken)
                if open_ones:
                    pay(open_ones, top, officer, proxy_name="组长")
            elif payment := DuesPayment.objects.filter(reverses=None, reversed_by=None).first():
                dues.reverse_payment(payment=payment, reason="试", by=officer)
        check_sums(top, branch, others)
        transaction.set_rollback(True)


def check_sums(top, *branches):
    month = this_month()
    summary = ledger.summary(top, add_months(month, -1), month)
    lines = {line.organisation: line.figures for line in summary.lines}
    for home in branches:
        charges = DuesCharge.objects.filter(organisation=home)
        rows = ledger.Figures()
        for row in charges.values("month").annotate(**ledger.SUMS):
            rows += ledger.figures_of(row)
        assert lines[home] == rows
        assert rows.due == sum(charge.amount_due for charge in charges)
    total = ledger.Figures()
    for figures in lines.values():
        total += figures
    assert summary.total.figures == total
    allocated = DuesAllocation.objects.aggregate(sum=Sum("amount"))["sum"] or 0
    received = DuesPayment.objects.aggregate(sum=Sum("amount"))["sum"] or 0
    assert total.paid == rounded(allocated) == rounded(received)
    numbers = list(DuesPayment.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))


def test_dues_of_members_at_enterprises_return(top, branch, officer):
    other = builders.make_organisation(top)
    builders.cover(builders.make_enterprise(), branch)
    for home in (branch, other):
        member_of(home)
    write()
    for home in (branch, other):
        pay(DuesCharge.objects.filter(organisation=home), home, officer)

    summary = ledger.summary(top, this_month(), this_month())

    returned = {line.organisation: line.returned for line in summary.lines}
    assert returned == {branch: D("120.00"), other: D("0.00")}
    assert summary.total.returned == D("120.00")


# --- Doors ----------------------------------------------------------------------------------------------


@pytest.fixture
def secretary(branch):
    return builders.make_user(Role.SECRETARY, branch)


def test_the_secretary_ticks_and_prints(branch, secretary, client_for):
    payer, other = member_of(branch, months=1), member_of(branch, base=None)
    write(1)
    client = client_for(secretary)
    charge = payer.dues_charges.get(month=this_month())

    page = client.get(reverse("members:dues"))
    assert [row.member for row in page.context["page"]] == [payer]
    assert list(page.context["unfixed"]) == [other]
    assert page.context["page"].items[0].arrears == 1

    posted = {
        "organisation": branch.pk,
        "charge": charge.pk,
        "paid_on": timezone.localdate(),
        "method": "cash",
    }
    answer = client.post(reverse("members:dues-pay"), posted | {"with_arrears": "on"})

    payment = DuesPayment.objects.get()
    assert answer.url == reverse("members:dues-receipt", args=[payment.pk])
    assert payment.amount == D("240.00")
    assert "贰佰肆拾元整" in client.get(answer.url).content.decode()


def test_each_refusal_reaches_the_page_and_the_interface(branch, secretary, client_for):
    member = member_of(branch, months=7)
    dues.write_month(month=add_months(this_month(), -7))
    client, charge = client_for(secretary), DuesCharge.objects.get()
    today = timezone.localdate().isoformat()
    words = "补交党费一般不超过6个月"

    posted = {"organisation": branch.pk, "charge": charge.pk, "paid_on": today, "method": "cash"}
    page = client.post(reverse("members:dues-pay"), posted, follow=True)
    sent = {"organisation": branch.code, "charges": [charge.pk], "paid_on": today, "method": "cash"}
    answer = client.post(reverse("api:dues-payment-list"), sent, content_type="application/json")

    assert words in page.content.decode()
    assert (answer.status_code, words in answer.content.decode()) == (400, True)
    fixing = {
        "effective_from": f"{this_month():%Y-%m}",
        "category": "salaried",
        "base": "9000",
        "reduced_to": "0",
    }
    page = client.post(reverse("members:dues-basis", args=[member.pk]), fixing)
    answer = client.post(
        reverse("api:dues-basis-list"), fixing | {"member": member.pk}, content_type="application/json"
    )
    assert page.context["form"].errors == {"reason": ["减免党费须说明本人申请和支部意见。"]}
    assert (
        answer.status_code,
        "reason" in answer.json()["errors"] if "errors" in answer.json() else True,
    ) == (400, True)


def test_the_interface_pays_reverses_and_sums_up(top, branch, officer, client_for):
    member_of(branch)
    write()
    client, charge, month = client_for(officer), DuesCharge.objects.get(), f"{this_month():%Y-%m}"
    sent = {
        "organisation": branch.code,
        "charges": [charge.pk],
        "paid_on": timezone.localdate().isoformat(),
        "method": "cash",
    }

    listed = client.get(
        reverse("api:dues-charge-list"), {"month": month, "unpaid": "1", "organisation": branch.code}
    )
    (payment,) = client.post(reverse("api:dues-payment-list"), sent, content_type="application/json").json()
    query = {"organisation": top.code, "first": month, "last": month}
    summary = client.get(reverse("api:dues-summary"), query).json()
    reversal = client.post(
        reverse("api:dues-payment-reverse", args=[payment["id"]]),
        {"reason": "收错"},
        content_type="application/json",
    ).json()

    assert [row["id"] for row in listed.json()["results"]] == [charge.pk]
    assert (summary["total"]["paid"], summary["lines"][0]["paid"]) == ("120.00", "120.00")
    assert (reversal["reverses"], reversal["amount"]) == (payment["id"], "-120.00")


def test_row_16_reaches_the_page_and_the_interface(top, officer, client_for):
    temporary = builders.make_organisation(top, OrganisationKind.TEMP_BRANCH)
    member_of(temporary)
    write()
    client, charge, words = (
        client_for(officer),
        DuesCharge.objects.get(),
        "临时党支部一般不发展党员、不收缴党费",
    )
    posted = {"paid_on": timezone.localdate().isoformat(), "method": "cash"}

    page = client.post(
        reverse("members:dues-pay"),
        posted | {"organisation": temporary.pk, "charge": charge.pk},
        follow=True,
    )
    sent = posted | {"organisation": temporary.code, "charges": [charge.pk]}
    answer = client.post(reverse("api:dues-payment-list"), sent, content_type="application/json")

    assert words in page.content.decode()
    assert (answer.status_code, words in answer.content.decode()) == (400, True)
    confirmed = sent | {"reason": "经批准", "approval_no": "1号"}
    answer = client.post(reverse("api:dues-payment-list"), confirmed, content_type="application/json")
    assert (answer.status_code, answer.json()[0]["approval_no"]) == (201, "1号")


def test_a_branch_does_not_take_money_for_another(top, branch, secretary, client_for):
    other = builders.make_organisation(top)
    member_of(other)
    write()
    charge = DuesCharge.objects.get()
    client, today = client_for(secretary), timezone.localdate().isoformat()

    posted = {"organisation": branch.pk, "charge": charge.pk, "paid_on": today, "method": "cash"}
    client.post(reverse("members:dues-pay"), posted)
    sent = {"organisation": branch.code, "charges": [charge.pk], "paid_on": today, "method": "cash"}
    answer = client.post(reverse("api:dues-payment-list"), sent, content_type="application/json")

    assert (answer.status_code, DuesPayment.objects.exists()) == (400, False)
    assert client.get(reverse("members:dues"), {"organisation": other.pk}).status_code == 404


def test_the_base_is_shown_for_a_purpose_only(branch, secretary, client_for):
    member = member_of(branch, base="8123.45")
    client = client_for(secretary)

    page = client.get(reverse("members:dues-member", args=[member.pk])).content.decode()
    shown = client.post(reverse("members:dues-reveal", args=[member.pk]), {"purpose": "年度核定"})

    assert "8123.45" not in page
    assert "8123.45" in shown.content.decode()
    assert AuditEvent.objects.get(action="reveal").detail["purpose"] == "年度核定"
    leader = client_for(builders.make_user(Role.LEADER, branch))
    assert (
        leader.post(reverse("members:dues-reveal", args=[member.pk]), {"purpose": "看看"}).status_code == 403
    )


def test_january_on_the_page(branch, secretary, client_for):
    member = member_of(branch)
    year = timezone.localdate().year
    DuesBasis.objects.update(effective_from=dt.date(year - 1, 1, 1))
    client, url = client_for(secretary), reverse("members:dues-refix", args=[branch.pk])

    refused = client.post(url, {f"base-{member.pk}": "八千"})
    client.post(url, {f"base-{member.pk}": "8000 9000 7600.01"})

    assert refused.context["form"].errors
    assert member.dues_bases.in_force(this_month()).first().base == "8200.00"


def test_the_export_ends_with_the_total(top, branch, officer, client_for):
    member_of(branch)
    write()

    answer = client_for(officer).post(
        reverse("members:dues-export"), {"file_format": "csv", "purpose": "年度报送"}
    )

    rows = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert rows[-1].startswith("合计,1,120.00,0.00,120.00")


@pytest.mark.parametrize("count", [1, 3])
def test_the_ledger_asks_no_query_for_each_row(
    branch, secretary, client_for, count, django_assert_max_num_queries
):
    for _ in range(count):
        member_of(branch, months=1)
    write(1)
    client = client_for(secretary)
    client.get(reverse("members:dues"))

    with django_assert_max_num_queries(12):
        client.get(reverse("members:dues"))


def test_reminders(branch, secretary, officer):
    today = timezone.localdate()
    member = member_of(branch, months=4)
    fresh = [to_do.title for to_do in dues_todos._ledger(secretary, today)]
    write(3)

    titles = [to_do.title for to_do in todos.to_dos(secretary, today)]

    assert fresh == [f"{today.month}月党费台账尚未生成"]
    assert titles == [f"{member.name}已3个月未交纳党费，请提醒；满6个月须按规定处理。"]
    (to_do,) = dues_todos._arrears(secretary, today)
    assert to_do.due_on == add_months(today.replace(day=1), 3) - dt.timedelta(days=1)
    january = dt.date(today.year + 1, 1, 15)
    (to_do,) = dues_todos._january(secretary, january)
    assert (to_do.title, to_do.url) == (
        f"{january.year}年度党费待核定 1 人",
        reverse("members:dues-refix", args=[branch.pk]),
    )


def test_reminders_are_summed_up(branch, secretary):
    for _ in range(7):
        member_of(branch, months=3)
    write(3)

    (to_do,) = todos.to_dos(secretary, timezone.localdate())

    assert to_do.title == "7 名党员满 3 个月未交纳党费，最长的已 3 个月"


def test_a_member_reads_their_own(branch):
    member = member_of(branch, months=1)
    write(1)

    own = ledger.own_dues(member)

    assert (own.unpaid_months, own.owed, own.basis.monthly_amount) == (2, D("240.00"), D("120.00"))


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0.20", "贰角"),
        ("15.00", "壹拾伍元整"),
        ("1005.20", "壹仟零伍元贰角"),
        ("120.05", "壹佰贰拾元零伍分"),
        ("10001", "壹万零壹元整"),
        ("100500.5", "壹拾万零伍佰元伍角"),
        ("-240", "负贰佰肆拾元整"),
    ],
)
def test_amounts_in_words(amount, words):
    assert amount_in_words(D(amount)) == words


@pytest.mark.parametrize("base", ["1e28", "9" * 40, "1e30 1e30 1e30", "1e400 1 1"])
def test_a_base_beyond_all_measure_is_a_fault_of_the_field(client_for, branch, base):
    client = client_for(builders.make_user(Role.SECRETARY, branch))
    data = {"effective_from": f"{this_month():%Y-%m}", "category": C.SALARIED, "base": base}
    page = client.post(reverse("members:dues-basis", args=[builders.make_member(branch).pk]), data)
    assert "金额不能大于" in page.content.decode()
    assert not DuesBasis.objects.exists()
