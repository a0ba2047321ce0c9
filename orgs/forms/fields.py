"""Fields that several forms share."""

import datetime as dt

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

from orgs.identifiers import is_phone, normalise_phone


class DayField(forms.DateField):
    """A day, with the browser's own calendar, in years that no calendar arithmetic and no workbook trips over."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    default_validators = [
        MinValueValidator(dt.date(1900, 1, 1), "日期不能早于1900年。"),
        MaxValueValidator(dt.date(2999, 12, 31), "日期不能晚于2999年。"),
    ]


class PhoneField(forms.CharField):
    def __init__(self, **kwargs):
        super().__init__(**{"max_length": 30, "required": False} | kwargs)

    def clean(self, value):
        phone = normalise_phone(super().clean(value))
        if phone and not is_phone(phone):
            raise forms.ValidationError("联系电话格式不对，请填写11位手机号或带区号的固定电话。")
        return phone
