"""Forms of dues: what to pay by, taking money, reversing, the months to look at."""

from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from members.actions.dues import LARGEST_BASE
from members.dues.choices import DuesCategory, PaymentMethod
from members.dues.rates import quarter_mean
from members.dues.scales import parse_month, this_month
from orgs.bands import amount
from orgs.forms.fields import DayField
from orgs.forms.styled import StyledForm


class MonthField(forms.CharField):
    """A month as its first day."""

    widget = forms.TextInput(attrs={"type": "month"})

    def __init__(self, **kwargs):
        super().__init__(**{"max_length": 7} | kwargs)

    def prepare_value(self, value):
        return value if value is None or isinstance(value, str) else f"{value:%Y-%m}"

    def clean(self, value):
        text = super().clean(value)
        month = parse_month(text) if text else None
        if text and month is None:
            raise ValidationError("请填写月份，如2026-03。")
        return month


class IncomeField(forms.CharField):
    """Yuan a month; several numbers, separated by blanks, are the months of last quarter and become their mean."""

    def __init__(self, **kwargs):
        super().__init__(**{"max_length": 40} | kwargs)
        self.widget.attrs["inputmode"] = "decimal"

    def clean(self, value) -> Decimal | None:
        text = super().clean(value).replace("，", " ").replace("、", " ").replace("；", " ")
        numbers = [amount(part) for part in text.split()]
        if len(numbers) not in (0, 1, 3):
            raise ValidationError("请填写一个数，或上季度三个月的收入。")
        if any(number > LARGEST_BASE for number in numbers):
            # A mean of numbers without end could not be rounded.
            raise ValidationError(f"金额不能大于{LARGEST_BASE}元，请核对。")
        return quarter_mean(numbers) if numbers else None


def yuan_field(**kwargs):
    return forms.DecimalField(max_digits=10, decimal_places=2, min_value=0, **kwargs)


class BasisForm(forms.Form):
    effective_from = MonthField(label="起始月份", help_text="从这个月起按此交纳。", initial=this_month)
    category = forms.ChoiceField(label="交纳类别", choices=DuesCategory.choices)
    base = IncomeField(
        label="计算基数（元/月）",
        required=False,
        help_text="税后、相对固定的经常性收入；离退休为养老金。收入不固定的可填上季度三个月收入，用空格分开。",
    )
    agreed = yuan_field(label="农民每月交纳（元）", required=False)
    reduced_to = yuan_field(
        label="减免后每月交纳（元）", required=False, help_text="生活困难经批准减免时填写，免交填0。"
    )
    reduced_until = MonthField(label="减免截止月份", required=False, help_text="不填为没有期限。")
    reason = forms.CharField(label="说明", max_length=200, required=False, help_text="年中调整或减免时必填。")
    approval_no = forms.CharField(label="批复文号", max_length=60, required=False, help_text="减免时必填。")


class ReceiptForm(StyledForm):
    """How money came in."""

    paid_on = DayField(label="交纳日期", initial=timezone.localdate)
    method = forms.ChoiceField(label="方式", choices=PaymentMethod.choices)


class PayForm(ReceiptForm):
    """For the ticked charges; those of months before may come along."""

    proxy_name = forms.CharField(label="代交人（合开一张收据）", max_length=50, required=False)
    with_arrears = forms.BooleanField(label="连同以前欠交的月份", required=False)
    reason = forms.CharField(label="说明", max_length=200, required=False)
    approval_no = forms.CharField(label="批复文号", max_length=60, required=False)


class GiftForm(ReceiptForm):
    amount = yuan_field(label="金额（元）")
    reason = forms.CharField(label="说明", max_length=200, required=False)


class ReasonForm(StyledForm):
    reason = forms.CharField(label="原因", max_length=200)


class YearForm(forms.Form):
    """One field for each basis that is to be fixed anew; empty keeps the base."""

    def __init__(self, *args, bases, **kwargs):
        super().__init__(*args, **kwargs)
        for basis in bases:
            if basis.goes_by_base:
                field = IncomeField(label=str(basis.member), required=False)
                field.widget.attrs |= {"class": "form-control", "placeholder": "不变"}
                self.fields[f"base-{basis.member_id}"] = field

    @property
    def bases(self) -> dict[int, Decimal]:
        """Member id → the new base."""
        return {
            int(name.rpartition("-")[2]): value
            for name, value in self.cleaned_data.items()
            if value is not None
        }


PERIODS = {"month": 1, "quarter": 3, "year": 12}
PERIOD_LABELS = {"month": "月", "quarter": "季", "year": "年"}
