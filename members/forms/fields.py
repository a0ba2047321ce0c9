"""Fields that forms about members share."""

import datetime as dt
import re
import unicodedata

from django import forms

from members.choices import Precision
from members.validators import validate_party_day
from orgs.forms.fields import PhoneField
from orgs.forms.lookups import IN_BRACKETS, LookupField, option_text

DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{4})(\d{2})(\d{2})")
MONTH = re.compile(r"(\d{4})[-/.年](\d{1,2})月?")
MOBILE = re.compile(r"1\d{10}")


class PartialDayField(forms.CharField):
    """A day of the Party (joining, confirmation), of which perhaps only the month is known.

    Cleans to (day, precision); nothing typed is (None, day).
    """

    def __init__(self, **kwargs):
        help_text = "如 2015-07-01；只知道年月的写 2015-07。"
        super().__init__(**{"max_length": 20, "required": False, "help_text": help_text} | kwargs)
        self.widget.attrs["placeholder"] = "年-月-日"

    def clean(self, value):
        text = unicodedata.normalize("NFKC", super().clean(value)).replace(" ", "")
        if not text:
            return None, Precision.DAY
        try:
            if found := DAY.fullmatch(text):
                day = dt.date(*(int(part) for part in found.groups() if part))
                precision = Precision.DAY
            elif found := MONTH.fullmatch(text):
                day, precision = dt.date(int(found[1]), int(found[2]), 1), Precision.MONTH
            else:
                raise ValueError(text)
        except ValueError:
            raise forms.ValidationError("请按 2015-07-01 或 2015-07 的写法填写真实的日期。") from None
        validate_party_day(day, self.label or "日期")
        return day, precision


class MobileField(PhoneField):
    """A mobile number of the mainland; "" for none."""

    def clean(self, value):
        number = super().clean(unicodedata.normalize("NFKC", value or ""))
        if number and not MOBILE.fullmatch(number):
            raise forms.ValidationError("手机号码应为11位数字，请核对。")
        return number


def member_text(member) -> str:
    """What a suggestion puts into the field: name and home, and the number in the register."""
    return option_text(f"{member.name} {member.organisation.name}", member.pk)


class MemberField(LookupField):
    """A member by name, with suggestions; people of one name are told apart by their number in the register."""

    def __init__(self, **kwargs):
        defaults = {"help_text": "输入姓名或拼音，从提示中选择。"}
        super().__init__(
            what="党员", code_field="pk", name_field="name", url="members:member-options", **defaults | kwargs
        )

    def _find(self, text):
        chosen = IN_BRACKETS.match(text)
        if chosen and re.fullmatch(r"[0-9]{1,18}", chosen["code"]):
            return list(self.queryset.filter(pk=chosen["code"]))
        return list(self.queryset.filter(name=text)[:2]) or list(self.queryset.find(text)[:2])
