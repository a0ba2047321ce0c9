"""Dues: fix what members owe, write the ledger of a month, take money, take it back.

Callers have checked access. Amounts stay out of the audit trail: they tell what somebody earns.
"""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from functools import partial
from itertools import groupby

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import (
    Case,
    DecimalField,
    Exists,
    F,
    Max,
    OuterRef,
    Q,
    Subquery,
    Value,
    When,
)  # fmt: skip
from django.db.models.functions import Substr
from django.utils import timezone

from imports import sql
from members.actions.register import note_reveal, record
from members.choices import Opening
from members.dues.choices import BY_BASE, DuesCategory, PaymentKind
from members.dues.rates import monthly_dues, rounded
from members.dues.scales import month_of, months_between, scale_on, this_month
from members.models import DuesAllocation, DuesBasis, DuesCharge, DuesPayment, Member, Posting, root_of
from orgs import audit
from orgs.models import AuditAction, Organisation
from orgs.regulations import value_on
from orgs.terms import add_months, month_end
from orgs.tree import STEP
from orgs.validators import validate_not_in_future, validate_temporary_branch

LARGEST_BASE = Decimal(10_000_000)
BACK_MONTHS = 6  # how far the ledger is written anew for those whose papers came late
FIELDS = ("member_id", "organisation_id", "root_id", "month", "amount_due", "amount_paid")


# --- What a member owes a month -------------------------------------------------------------------------


@transaction.atomic
def fix_basis(
    *,
    member,
    effective_from: dt.date,
    category: str,
    base: Decimal | None = None,
    agreed: Decimal | None = None,
    reduced_to: Decimal | None = None,
    reduced_until: dt.date | None = None,
    reason: str = "",
    approval_no: str = "",
    by,
    request=None,
) -> DuesBasis:
    """From a month on the member pays by this; charges not paid yet follow. Returns the row.

    `agreed` is what a farmer pays. `reduced_to` (0: waived), until `reduced_until`, needs reason and approval. The
    amount is fixed each January; another one within the year needs a reason.
    """
    member = Member.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=member.pk)
    month = month_of(effective_from)
    _validate_month(month)
    standard = _standard(category, month, base, agreed)
    values = {
        "category": category,
        "base": f"{base:.2f}" if category in BY_BASE else "",
        "standard_amount": standard,
        "monthly_amount": standard,
        "reduced_until": None,
        "reason": reason.strip(),
        "approval_no": approval_no.strip(),
    }
    if reduced_to is not None:
        _validate_reduction(standard, reduced_to, month, reduced_until, **_words(values))
        values |= {"monthly_amount": rounded(reduced_to)}
        values |= {"reduced_until": reduced_until and month_of(reduced_until)}
    _validate_mid_year(member, month, values["reason"])
    basis, created = DuesBasis.objects.update_or_create(
        member=member,
        effective_from=month,
        defaults=values | {"fixed_by": by, "fixed_at": timezone.now()},
    )
    _follow(Q(member=member), member.root_id, month)
    record(
        member,
        AuditAction.CREATE if created else AuditAction.UPDATE,
        by=by,
        detail={
            "dues": "核定党费",
            "since": f"{month:%Y-%m}",
            "category": DuesCategory(category).label,
            "reduced": basis.is_reduced,
            **_words(values),
        },
        request=request,
    )
    return basis


def _words(values):
    return {"reason": values["reason"], "approval_no": values["approval_no"]}


def _validate_month(month):
    """Back as far as dues may be made up for, ahead to next January."""
    today = this_month()
    if month < add_months(today, -value_on("dues_limit_months")):
        raise ValidationError({"effective_from": "核定的起始月份不能早于6个月前。"})
    if month > dt.date(today.year + 1, 1, 1):
        raise ValidationError({"effective_from": "核定的起始月份最晚为明年1月。"})


def _standard(category, month, base, agreed):
    if category not in DuesCategory.values:
        raise ValidationError({"category": "请选择交纳类别。"})
    if category in BY_BASE and (base is None or not 0 <= base <= LARGEST_BASE):
        raise ValidationError({"base": "请填写计算基数（元/月，税后）。"})
    scale = scale_on(month)
    try:
        return monthly_dues(category, scale, base=base, agreed=agreed)
    except ValueError:
        low, high = scale.farmer
        raise ValidationError({"agreed": f"农民党员每月交纳{low}元至{high}元。"}) from None


def _validate_reduction(standard, reduced_to, month, until, *, reason, approval_no):
    """Hardship: application, branch and higher committee. Source: 党费规定."""
    if not 0 <= reduced_to <= standard:
        raise ValidationError({"reduced_to": f"减免后的月额应在0元和{standard}元之间。"})
    if until and month_of(until) < month:
        raise ValidationError({"reduced_until": "减免截止月份不能早于起始月份。"})
    if not reason:
        raise ValidationError({"reason": "减免党费须说明本人申请和支部意见。"})
    if not approval_no:
        raise ValidationError({"approval_no": "减免党费须填写上级党委的批复文号。"})


def _validate_mid_year(member, month, reason):
    """Fixed each January and normally unchanged that year."""
    this_year = DuesBasis.objects.filter(member=member, effective_from__gte=month.replace(month=1))
    if not reason and this_year.filter(effective_from__lte=month).exists():
        raise ValidationError({"reason": "本年度已核定，一般当年不变，如需调整请说明原因。"})


def _follow(members: Q, root, since):
    """Months written already: charges not paid take the new amount, and who had none gets one."""
    unpaid = DuesCharge.objects.filter(members, month__gte=since, amount_paid=0)
    amount = _amount_of(OuterRef("member"), OuterRef("month"))
    unpaid.annotate(amount=amount).filter(amount__isnull=False).update(amount_due=amount)
    for month in _written_months(root, since):
        _write_charges(month, members)


def _written_months(root, since):
    """The months from `since` for which the register has a ledger; others stay as if before the portal."""
    count = months_between(since, this_month()) + 1
    months = [add_months(since, number) for number in range(max(count, 0))]
    return [month for month in months if DuesCharge.objects.filter(root_id=root, month=month).exists()]


@transaction.atomic
def fix_year(
    *, organisation, year: int, bases: dict[int, Decimal] | None = None, by, request=None
) -> list[DuesBasis]:
    """January: everybody of the branch with a basis of an earlier year gets one for this, from the same base or, where
    `bases` (member id → yuan) says so, from another. Returns the new rows; who has one already is left alone.

    A reduction goes on as long as it was approved for.
    """
    month = dt.date(year, 1, 1)
    if not add_months(this_month(), -11) <= month <= add_months(this_month(), 1):
        raise ValidationError("只能核定本年度，12月起可以核定下一年度。")
    scale, rows = scale_on(month), []
    for old in to_fix(organisation, year).select_for_update(of=("self",)):
        base = (bases or {}).get(old.member_id, Decimal(old.base) if old.base else None)
        if base is not None and not 0 <= base <= LARGEST_BASE:
            raise ValidationError(f"{old.member}的计算基数不对，请核对。")
        rows.append(_next_year(old, month, base, scale, by))
    DuesBasis.objects.bulk_create(rows)
    _follow(Q(member__in=[row.member_id for row in rows]), root_of(organisation), month)
    entries = [
        {
            "obj": row.member,
            "path": organisation.path,
            "detail": {"dues": "年度核定党费", "since": f"{month:%Y-%m}"},
        }
        for row in rows
    ]
    audit.record_many(entries, actor=by, action=AuditAction.CREATE, request=request)
    return rows


def to_fix(organisation, year: int):
    """The bases of the branch's members that still rest on an earlier year, each the latest of its member."""
    month = dt.date(year, 1, 1)
    later = DuesBasis.objects.filter(
        member=OuterRef("member"), effective_from__gt=OuterRef("effective_from"), effective_from__lte=month
    )
    return (
        DuesBasis.objects.filter(~Exists(later), effective_from__lt=month)
        .filter(member__in=Member.objects.in_register().filter(organisation=organisation))
        .select_related("member")
        .order_by("member__pinyin", "pk")
    )


def _next_year(old, month, base, scale, by):
    agreed = old.standard_amount if old.category == DuesCategory.FARMER else None
    if agreed is not None:
        agreed = min(max(agreed, scale.farmer[0]), scale.farmer[1])
    standard = monthly_dues(old.category, scale, base=base, agreed=agreed)
    goes_on = old.is_reduced and (old.reduced_until is None or old.reduced_until >= month)
    return DuesBasis(
        member=old.member,
        effective_from=month,
        category=old.category,
        base=f"{base:.2f}" if old.category in BY_BASE else "",
        standard_amount=standard,
        monthly_amount=min(old.monthly_amount, standard) if goes_on else standard,
        reduced_until=old.reduced_until if goes_on else None,
        reason=old.reason if goes_on else "",
        approval_no=old.approval_no if goes_on else "",
        fixed_by=by,
    )


@transaction.atomic
def reveal_base(*, basis, purpose: str, by, request=None) -> str:
    """The base in yuan; who asked, when and what for stays in the audit trail."""
    note_reveal(basis.member, "党费计算基数", purpose, by=by, request=request)
    return basis.base


# --- The ledger of a month ------------------------------------------------------------------------------


def write_month(*, month: dt.date, organisation=None, is_alone=False, by=None, request=None) -> int:
    """The charges of everybody (or of those in `organisation` and, unless `is_alone`, below) who owes for the month; returns
    how many were new. May run again and at the same time: who has a charge keeps it. Members without a basis get none.
    """
    if month > this_month():
        raise ValidationError("只能生成本月和以前月份的党费台账。")
    where = Q()
    if is_alone:
        where = Q(organisation=organisation)
    elif organisation:
        where = Q(organisation__in=Organisation.objects.within(organisation).order_by())
    with transaction.atomic():
        count = _write_charges(month, where)
        if by is not None and count:
            detail = {"dues": "生成党费台账", "month": f"{month:%Y-%m}", "rows": count}
            audit.record(
                actor=by, action=AuditAction.CREATE, obj=organisation, detail=detail, request=request
            )
    if count >= sql.CHUNK:
        sql.analyse([DuesCharge])
    return count


def subtrees() -> list[tuple[int, bool]]:
    """What can be written beside each other and makes up the whole: the top organisations alone (True), each branch of the
    tree below them with all that is in it.
    """
    rows = Organisation.objects.filter(depth__lte=2).order_by("path")
    return [(pk, depth == 1) for pk, depth in rows.values_list("pk", "depth")]


def write_due_months(organisation_id: int, *, is_alone: bool) -> int:
    """This month's charges, and again those of the months for which somebody's papers may have come late."""
    organisation, month = Organisation.objects.get(pk=organisation_id), this_month()
    return sum(
        write_month(month=add_months(month, -back), organisation=organisation, is_alone=is_alone)
        for back in range(BACK_MONTHS, -1, -1)
    )


def _write_charges(month, condition: Q) -> int:
    """One statement. `condition` narrows the postings."""
    top = Organisation.objects.filter(path=Substr(OuterRef("organisation__path"), 1, STEP)).order_by()
    rows = (
        _owing(month)
        .filter(condition)
        .annotate(
            root=Subquery(top.values("pk")[:1]),
            on=Value(month, output_field=DuesCharge._meta.get_field("month")),
            due=_amount_of(OuterRef("member"), month),
            paid=Value(Decimal(0), output_field=DecimalField(max_digits=10, decimal_places=2)),
        )
        .filter(due__isnull=False)
        .exclude(Exists(DuesCharge.objects.filter(member=OuterRef("member"), month=month)))
        .order_by()
        .values_list("member_id", "organisation_id", "root", "on", "due", "paid")
    )
    return sql.insert_selected(DuesCharge, FIELDS, rows)


def _owing(month):
    """The postings that owe for the month: open on its first day; and, from the month of the meeting that admitted
    them, of probationary members whose posting began later.
    """
    last = month_end(month)
    begun = Q(since__isnull=True) | Q(since__lte=month)
    admitted = Q(opened_how=Opening.ADMITTED, since__gt=month, member__joined_on__lte=last)
    return Posting.objects.filter(begun | admitted, Q(until__isnull=True) | Q(until__gt=month))


def _amount_of(member, month):
    """What `member` is charged for `month` by the basis then in force."""
    charged = Case(When(reduced_until__lt=month, then=F("standard_amount")), default=F("monthly_amount"))
    basis = DuesBasis.objects.filter(member=member, effective_from__lte=month).order_by("-effective_from")
    return Subquery(basis.annotate(charged=charged).values("charged")[:1])


# --- Money ----------------------------------------------------------------------------------------------


def validate_collector(organisation, charges, *, is_proxy: bool) -> None:
    """Money is taken where the member is at home, now or in the month of the charge, or by a body above it.

    Who brings the money of several branches (`is_proxy`) pays at one of them. Source: 党费收缴规定: 党员向所在党组织交纳.
    """
    near = [_is_at(organisation, charge) for charge in charges]
    if all(near) or (is_proxy and any(near)):
        return
    stranger = next(charge.member for charge, is_near in zip(charges, near, strict=True) if not is_near)
    raise ValidationError(
        {"organisation": f"{stranger}不在{organisation}，党费应由其所在党支部或上级党组织收缴。"}
    )


def _is_at(organisation, charge) -> bool:
    homes = (charge.organisation, charge.member.organisation)
    return any(home.path.startswith(organisation.path) for home in homes)


@transaction.atomic
def take_payments(
    *,
    charges: Iterable[int],
    organisation,
    paid_on: dt.date,
    method: str,
    proxy_name: str = "",
    reason: str = "",
    approval_no: str = "",
    by,
    request=None,
) -> list[DuesPayment]:
    """Money for these charges (ids): a receipt for each member, or one for all when `proxy_name` brings it.

    Raises ValidationError: already paid; older than may be made up without a reason; collected by a temporary branch.
    """
    reason, approval_no, proxy_name = reason.strip(), approval_no.strip(), proxy_name.strip()
    validate_not_in_future(paid_on, "paid_on")
    validate_collecting(organisation, reason, approval_no)
    held = (
        DuesCharge.objects.filter(pk__in=list(charges))
        .select_related("member__organisation", "organisation")
        .order_by("member_id", "month")
    )
    held = list(held.select_for_update(of=("self",)))
    if not held:
        raise ValidationError("请先勾选要登记交纳的党员。")
    validate_collector(organisation, held, is_proxy=bool(proxy_name))
    if done := [charge for charge in held if charge.is_settled]:
        raise ValidationError(
            f"{done[0].member}{done[0].month:%Y年%-m月}的党费已交清或无须交纳，请刷新后重新勾选。"
        )
    validate_making_up(min(charge.month for charge in held), paid_on, reason)
    groups = [held] if proxy_name else [list(group) for _, group in groupby(held, lambda c: c.member_id)]
    payments = _numbered(
        organisation,
        paid_on,
        [
            partial(
                DuesPayment,
                member=None if proxy_name and len({c.member_id for c in group}) > 1 else group[0].member,
                payer_name=proxy_name or group[0].member.name,
                amount=sum(charge.amount_due for charge in group),
                method=method,
                reason=reason,
                approval_no=approval_no,
                recorded_by=by,
            )
            for group in groups
        ],
    )
    DuesAllocation.objects.bulk_create(
        DuesAllocation(payment=payment, charge=charge, amount=charge.amount_due)
        for payment, group in zip(payments, groups, strict=True)
        for charge in group
    )
    DuesCharge.objects.filter(pk__in=[charge.pk for charge in held]).update(amount_paid=F("amount_due"))
    _record_payments(payments, "登记交纳党费", by, request)
    return payments


@transaction.atomic
def take_gift(
    *,
    member,
    organisation,
    amount: Decimal,
    paid_on: dt.date,
    method: str,
    reason: str = "",
    by,
    request=None,
) -> DuesPayment:
    """自愿多交: above the limit of the day it is passed whole to the centre."""
    validate_not_in_future(paid_on, "paid_on")
    if not 0 < amount <= LARGEST_BASE:
        raise ValidationError({"amount": "请填写金额（元）。"})
    (payment,) = _numbered(
        organisation,
        paid_on,
        [
            partial(
                DuesPayment,
                kind=PaymentKind.GIFT,
                member=member,
                payer_name=member.name,
                amount=rounded(amount),
                method=method,
                passed_whole=amount > value_on("dues_gift_whole", paid_on),
                reason=reason.strip(),
                recorded_by=by,
            )
        ],
    )
    _record_payments([payment], "登记自愿多交党费", by, request)
    return payment


@transaction.atomic
def reverse_payment(*, payment, reason: str, by, request=None) -> DuesPayment:
    """An entry with the opposite amounts takes a receipt back; the months are open again."""
    stored = (
        DuesPayment.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=payment.pk)
    )
    if stored.reverses_id:
        raise ValidationError("冲正记录不能再冲正。")
    if DuesPayment.objects.filter(reverses=stored).exists():
        raise ValidationError("该收据已经冲正。")
    if not reason.strip():
        raise ValidationError({"reason": "冲正须说明原因。"})
    (reversal,) = _numbered(
        stored.organisation,
        timezone.localdate(),
        [
            partial(
                DuesPayment,
                kind=stored.kind,
                member=stored.member,
                payer_name=stored.payer_name,
                amount=-stored.amount,
                method=stored.method,
                passed_whole=stored.passed_whole,
                reason=reason.strip(),
                reverses=stored,
                recorded_by=by,
            )
        ],
    )
    covered = list(stored.allocations.all())
    DuesAllocation.objects.bulk_create(
        DuesAllocation(payment=reversal, charge_id=row.charge_id, amount=-row.amount) for row in covered
    )
    DuesCharge.objects.filter(pk__in=[row.charge_id for row in covered]).update(amount_paid=0)
    _record_payments([reversal], "冲正党费收据", by, request)
    return reversal


def validate_collecting(organisation, reason: str, approval_no: str) -> None:
    """Row 16, and whoever else does not collect dues: only with a reason and the superior's approval number."""
    if organisation.can_collect_dues or (reason and approval_no):
        return
    field = "approval_no" if reason else "reason"
    validate_temporary_branch(organisation.kind, True, "", field=field)
    raise ValidationError({field: f"{organisation}一般不收缴党费，请说明原因并填写批复文号。"})


def validate_making_up(oldest: dt.date, paid_on: dt.date, reason: str) -> None:
    """Arrears are made up for six months at most; older ones need a reason. Source: 党费规定."""
    most = value_on("dues_limit_months", paid_on)
    if months_between(oldest, month_of(paid_on)) > most and not reason:
        raise ValidationError(
            {"reason": f"补交党费一般不超过{most}个月，{oldest:%Y年%-m月}已超过，请说明原因。"}
        )


def _numbered(organisation, paid_on, makers) -> list[DuesPayment]:
    """Payments with the next receipt numbers of the register and year; whoever comes second waits."""
    root, year = root_of(organisation), paid_on.year
    sql.lock(f"dues-receipts:{root}:{year}")
    last = DuesPayment.objects.filter(root_id=root, year=year).aggregate(last=Max("number"))["last"] or 0
    payments = [
        make(organisation=organisation, root_id=root, year=year, number=number, paid_on=paid_on)
        for number, make in enumerate(makers, start=last + 1)
    ]
    for payment in payments:
        payment.clean_fields(
            exclude=["organisation", "member", "reverses", "recorded_by", "reason", "approval_no"]
        )
    return DuesPayment.objects.bulk_create(payments)


def _record_payments(payments, act, by, request):
    entries = [{"obj": p, "path": p.organisation.path, "detail": {"dues": act}} for p in payments]
    audit.record_many(entries, actor=by, action=AuditAction.CREATE, request=request)
