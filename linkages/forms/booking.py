"""Forms on the page of an agreement: what is booked against it."""

from django import forms
from django.utils import timezone

from linkages.models import BookedAs, ResultKind
from orgs.forms.fields import DayField
from orgs.forms.styled import StyledForm


def count(label):
    return forms.IntegerField(label=label, min_value=0, max_value=1_000_000, required=False)


class BookingForm(StyledForm):
    """`activities` are those that the person may book."""

    activity = forms.ModelChoiceField(queryset=None, label="已召开的活动", empty_label="请选择")
    booked_as = forms.ChoiceField(label="计为", choices=BookedAs.choices)

    def __init__(self, *args, activities, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["activity"].queryset = activities
        self.fields["activity"].label_from_instance = lambda row: f"{row.held_on} {row.title}"


class ResultForm(StyledForm):
    kind = forms.ChoiceField(label="类别", choices=ResultKind.choices)
    on = DayField(label="日期", initial=timezone.localdate)
    what = forms.CharField(label="内容", max_length=200)
    party = forms.ModelChoiceField(
        queryset=None, label="由哪一方提供", required=False, help_text="办实事、提供资源须选择。"
    )
    beneficiary = forms.CharField(
        label="受益对象", max_length=120, required=False, help_text="单位或人群，不填个人姓名。"
    )
    people = count("引进人数")
    hired = count("其中录用")
    members = count("其中党员")
    amount = forms.DecimalField(
        label="金额（万元）", max_digits=12, decimal_places=2, min_value=0, required=False
    )

    def __init__(self, *args, agreement, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["party"].queryset = agreement.parties.all()

    def clean(self):
        data = super().clean()
        return data | {name: data.get(name) or 0 for name in ("people", "hired", "members")}


class WithdrawForm(StyledForm):
    reason = forms.CharField(label="撤回原因", max_length=200)


class AgreementChoiceForm(StyledForm):
    """On the page of an activity: the agreement under which it was held."""

    agreement = forms.ModelChoiceField(queryset=None, label="共建协议", empty_label="请选择")
    booked_as = forms.ChoiceField(label="计为", choices=BookedAs.choices)

    def __init__(self, *args, agreements, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["agreement"].queryset = agreements
