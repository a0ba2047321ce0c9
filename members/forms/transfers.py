"""Forms of transfers. They read and scope input; the rules are in the actions."""

import datetime as dt

from django import forms
from django.db.models import Q
from django.urls import reverse_lazy
from django.utils import timezone

from members.choices import Education, IdentityType, Membership, Sex
from orgs.forms.fields import DayField, PhoneField
from orgs.forms.lookups import IN_BRACKETS, LookupField, LookupInput, organisation_field
from orgs.kinds import BRANCHES
from orgs.models import Organisation
from orgs.regulations import values_on


def homes():
    """Every organisation that members can be moved to, whoever asks: a receiver may lie in another subtree."""
    return Organisation.objects.active().filter(keeps_membership=True, kind__in=BRANCHES)


class ReceiverField(LookupField):
    """A branch anywhere in the register by its whole name or code; parts of a name only find what one may see."""

    def __init__(self, **kwargs):
        super().__init__(
            what="党组织", code_field="code", name_field="name", url="orgs:organisation-options", **kwargs
        )
        self.queryset = Organisation.objects.none()

    def _find(self, text):
        match = IN_BRACKETS.match(text)
        code = match["code"] if match else text
        exact = Q(code__iexact=code) | Q(name=text)
        return list(homes().filter(exact)[:2]) or super()._find(text)


def month_input(label, **kwargs):
    """A month, shown with the browser's own picker; cleans to its first day."""
    return MonthField(label=label, **kwargs)


class MonthField(forms.DateField):
    widget = forms.DateInput(attrs={"type": "month"}, format="%Y-%m")
    input_formats = ["%Y-%m", "%Y-%m-%d"]

    def clean(self, value):
        day = super().clean(value)
        if day and not 1949 <= day.year <= 2999:
            raise forms.ValidationError("请核对年份。")
        return day and day.replace(day=1)


def last_month():
    return (timezone.localdate().replace(day=1) - dt.timedelta(days=1)).replace(day=1)


class StartForm(forms.Form):
    to_organisation = ReceiverField(
        label="接收党组织（系统内）",
        required=False,
        widget=LookupInput(reverse_lazy("orgs:organisation-options")),
        help_text="本系统内的党支部：输入名称或代码。不在您管理范围内的，请填写完整名称或代码。",
    )
    to_name = forms.CharField(
        label="接收党组织（系统外）",
        required=False,
        max_length=120,
        help_text="转往本系统之外时填写对方党组织全称，与上一项二选一。",
    )
    reason = forms.CharField(label="转接事由", max_length=200, help_text="如工作单位变动、居住地变动。")
    dues_paid_until = month_input("党费交至", initial=last_month)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        visible = Organisation.objects.visible_to(user).active()
        self.fields["to_organisation"].queryset = visible.filter(keeps_membership=True, kind__in=BRANCHES)


class SubmitForm(forms.Form):
    reason = forms.CharField(label="转接事由", max_length=200)
    dues_paid_until = month_input("党费交至")


class ReasonForm(forms.Form):
    reason = forms.CharField(label="原因", max_length=200, widget=forms.Textarea(attrs={"rows": 2}))


class LetterForm(forms.Form):
    on = DayField(label="开具日期", initial=timezone.localdate)
    valid_days = forms.IntegerField(label="有效期（天）", min_value=1, max_value=100)


class ReissueForm(LetterForm):
    dues_paid_until = month_input("党费交至")
    statement = forms.CharField(
        label="原党支部说明", max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )


class AcceptForm(forms.Form):
    on = DayField(label="接收日期", initial=timezone.localdate)


class ReceiptForm(forms.Form):
    on = DayField(label="对方接收日期")
    receipt_no = forms.CharField(label="回执编号", max_length=40)
    receipt_on = DayField(label="收到回执日期", initial=timezone.localdate)


class SendReceiptForm(forms.Form):
    on = DayField(label="寄送日期", initial=timezone.localdate)
    receipt_no = forms.CharField(
        label="回执编号", max_length=40, required=False, help_text="不填则用介绍信编号。"
    )


class EmptyForm(forms.Form):
    """For steps that are only a button."""


class IncomingForm(forms.Form):
    """The letter somebody brings, and their particulars."""

    organisation = organisation_field(label="接收党支部")
    from_name = forms.CharField(label="原党组织", max_length=120, help_text="介绍信上的转出党组织全称。")
    letter_no = forms.CharField(label="介绍信编号", max_length=40)
    issued_on = DayField(label="介绍信日期")
    valid_days = forms.IntegerField(label="有效期（天）", min_value=1, max_value=100)
    dues_paid_until = month_input("党费交至")
    membership = forms.ChoiceField(
        label="党员类别",
        choices=[(value, Membership(value).label) for value in (Membership.FULL, Membership.PROBATIONARY)],
    )
    name = forms.CharField(label="姓名", max_length=50)
    identity_type = forms.ChoiceField(label="证件类型", choices=IdentityType)
    identity_number = forms.CharField(label="证件号码", max_length=30)
    sex = forms.ChoiceField(label="性别", choices=Sex)
    born_on = DayField(label="出生日期")
    ethnicity = forms.CharField(label="民族", max_length=20, required=False)
    education = forms.ChoiceField(label="学历", required=False, choices=[("", "未填"), *Education.choices])
    mobile = PhoneField(label="手机号码")
    joined_on = DayField(label="入党日期")
    confirmed_on = DayField(label="转正日期", required=False)
    employer_name = forms.CharField(label="工作单位", max_length=200, required=False)

    PERSON = (
        "name", "identity_type", "identity_number", "sex", "born_on", "ethnicity", "education", "mobile",
        "joined_on", "confirmed_on", "employer_name",
    )  # fmt: skip

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        found = Organisation.objects.permitted_to(user, "members.change").active()
        self.fields["organisation"].queryset = found.filter(keeps_membership=True, kind__in=BRANCHES)

    def values(self) -> dict:
        data = dict(self.cleaned_data)
        person = {name: data.pop(name) for name in self.PERSON}
        return data | {"values": person}


def letter_initial(transfer) -> dict:
    """The validity that the settings give a letter of this direction."""
    days = values_on(["letter_days_inside", "letter_days_outside"])
    inside = transfer.direction == "inside"
    return {
        "valid_days": days["letter_days_inside" if inside else "letter_days_outside"],
        "dues_paid_until": transfer.dues_paid_until,
        "reason": transfer.reason,
    }
