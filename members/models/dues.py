"""Dues: what each member's amount rests on, what is owed for which month, and what was paid."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from members.dues.choices import BY_BASE, DuesCategory, PaymentKind, PaymentMethod
from members.models.register import HomeQuerySet, Member, within_homes
from orgs.fields import EncryptedTextField
from orgs.models import Organisation


class DuesBasisQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(member__in=Member.objects.visible_to(user).order_by().values("pk"))

    def in_force(self, month):
        """Those from `month` or before; the latest of each member holds (newest first)."""
        return self.filter(effective_from__lte=month).order_by("-effective_from")


class DuesBasis(models.Model):
    """党费核定: by which rule and, encrypted, from which base a member pays from a month on, until the next row.

    `base` holds a decimal as text, yuan a month. `standard_amount` follows from the rates; `monthly_amount` is what is
    charged and differs only by an approved reduction or waiver (减免), which ends with the month `reduced_until`.
    """

    member = models.ForeignKey(Member, models.PROTECT, related_name="dues_bases", verbose_name="党员")
    effective_from = models.DateField("起始月份")
    category = models.CharField("交纳类别", max_length=12, choices=DuesCategory)
    base = EncryptedTextField("计算基数")
    standard_amount = models.DecimalField("应核定月额", max_digits=10, decimal_places=2)
    monthly_amount = models.DecimalField("每月交纳", max_digits=10, decimal_places=2)
    reduced_until = models.DateField("减免截止月份", null=True, blank=True)
    reason = models.CharField("说明", max_length=200, blank=True)
    approval_no = models.CharField("批复文号", max_length=60, blank=True)
    fixed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="核定人",
    )
    fixed_at = models.DateTimeField("核定时间", default=timezone.now)

    objects = DuesBasisQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "党费核定"
        ordering = ["-effective_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["member", "effective_from"],
                name="dues_basis_once_a_month",
                violation_error_message="该党员从这个月起已有核定。",
            ),
            models.CheckConstraint(
                name="dues_basis_not_above_standard",
                condition=Q(monthly_amount__gte=0) & Q(monthly_amount__lte=F("standard_amount")),
                violation_error_message="减免后的月额应在0元和应核定月额之间。",
            ),
        ]

    def __str__(self):
        return f"{self.member} {self.effective_from:%Y-%m}"

    @property
    def is_reduced(self):
        return self.monthly_amount < self.standard_amount

    @property
    def goes_by_base(self):
        return self.category in BY_BASE


class DuesChargeQuerySet(HomeQuerySet):
    def unpaid(self):
        return self.filter(amount_paid__lt=F("amount_due"))

    def settled(self):
        """Paid, or nothing to pay."""
        return self.filter(amount_paid__gte=F("amount_due"))

    def payable_by(self, user):
        """What the person may take money for: in the branch of that month, or where the member is at home now."""
        if not user.is_authenticated:
            return self.none()
        if user.sees_everything:
            return self
        here = within_homes(user, "members.change")
        now = within_homes(user, "members.change", home="member__organisation", root="member__root_id")
        return self.filter(here | now)


class DuesCharge(models.Model):
    """应交党费: what a member owes for a month, to the branch they belonged to on its first day.

    A charge is paid as a whole or not at all; `amount_paid` is the sum of its allocations.
    """

    member = models.ForeignKey(Member, models.PROTECT, related_name="dues_charges", verbose_name="党员")
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="dues_charges", verbose_name="党组织"
    )
    root_id = models.BigIntegerField("顶层组织", editable=False)
    month = models.DateField("月份")
    amount_due = models.DecimalField("应交", max_digits=10, decimal_places=2)
    amount_paid = models.DecimalField("已交", max_digits=10, decimal_places=2, default=0)

    objects = DuesChargeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "应交党费"
        constraints = [
            models.UniqueConstraint(
                fields=["member", "month"],
                name="dues_charge_once_a_month",
                violation_error_message="该党员这个月的党费已经列账。",
            ),
            models.CheckConstraint(
                name="dues_charge_paid_whole",
                condition=Q(amount_due__gte=0) & (Q(amount_paid=0) | Q(amount_paid=F("amount_due"))),
                violation_error_message="一个月的党费应一次交清。",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "month"], name="dues_charge_ledger"),
            models.Index(fields=["root_id", "month"], name="dues_charge_month"),
            models.Index(
                fields=["month", "member"],
                condition=Q(amount_paid__lt=F("amount_due")),
                name="dues_charge_unpaid",
            ),
        ]

    def __str__(self):
        return f"{self.member} {self.month:%Y-%m}"

    @property
    def is_settled(self):
        return self.amount_paid >= self.amount_due


class DuesPayment(models.Model):
    """党费收据: money taken by `organisation`, numbered without gaps in a register and year.

    Never edited: a reversing entry takes it back. `member` is null when a proxy pays for several. A gift (自愿多交)
    above the limit of the day is `passed_whole` to the centre and covers no month.
    """

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="dues_payments", verbose_name="收款党组织"
    )
    root_id = models.BigIntegerField("顶层组织", editable=False)
    year = models.PositiveSmallIntegerField("收据年度")
    number = models.PositiveIntegerField("收据号")
    kind = models.CharField("类别", max_length=8, choices=PaymentKind, default=PaymentKind.DUES)
    member = models.ForeignKey(
        Member, models.PROTECT, null=True, blank=True, related_name="dues_payments", verbose_name="党员"
    )
    payer_name = models.CharField("交款人", max_length=50)
    amount = models.DecimalField("金额", max_digits=12, decimal_places=2)
    paid_on = models.DateField("交纳日期")
    method = models.CharField("交纳方式", max_length=10, choices=PaymentMethod)
    passed_whole = models.BooleanField("全部上缴中央", default=False)
    reason = models.CharField("说明", max_length=200, blank=True)
    approval_no = models.CharField("批复文号", max_length=60, blank=True)
    reverses = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="reversed_by", verbose_name="冲正的收据"
    )
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="经办人",
    )
    recorded_at = models.DateTimeField("登记时间", default=timezone.now)

    objects = HomeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "党费收据"
        constraints = [
            models.UniqueConstraint(
                fields=["root_id", "year", "number"],
                name="dues_payment_number",
                violation_error_message="收据号重复。",
            ),
            models.CheckConstraint(
                name="dues_payment_sign",
                condition=Q(amount__gt=0, reverses__isnull=True) | Q(amount__lt=0, reverses__isnull=False),
                violation_error_message="只有冲正的金额是负数。",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "paid_on"], name="dues_payment_book"),
        ]

    def __str__(self):
        return self.receipt_no

    @property
    def receipt_no(self):
        return f"{self.year}-{self.number:06d}"


class DuesAllocation(models.Model):
    """Which month of whom a payment covers; negative in a reversing entry."""

    payment = models.ForeignKey(DuesPayment, models.PROTECT, related_name="allocations", verbose_name="收据")
    charge = models.ForeignKey(
        DuesCharge, models.PROTECT, related_name="allocations", verbose_name="应交党费"
    )
    amount = models.DecimalField("金额", max_digits=10, decimal_places=2)

    class Meta:
        verbose_name = verbose_name_plural = "党费所属月份"
        constraints = [
            models.UniqueConstraint(fields=["payment", "charge"], name="dues_allocation_once"),
        ]

    def __str__(self):
        return f"{self.payment} {self.charge}"
