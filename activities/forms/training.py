"""Entering a course for several members of a branch at once."""

from django import forms

from members.forms.recruiting import MembersField
from members.models import Member
from orgs.forms.fields import DayField


class CreditForm(forms.Form):
    title = forms.CharField(label="培训名称", max_length=100)
    organiser = forms.CharField(label="举办单位", max_length=100, required=False)
    on = DayField(label="结束日期")
    hours = forms.DecimalField(
        label="学时",
        min_value=0.5,
        max_value=400,
        decimal_places=1,
        help_text="集中培训一天按8学时、半天按4学时计。",
        widget=forms.NumberInput({"step": "0.5"}),
    )
    certificate_no = forms.CharField(label="证书编号", max_length=60, required=False)
    members = MembersField(label="参加的党员", queryset=Member.objects.none())

    def __init__(self, *args, organisation, user, **kwargs):
        super().__init__(*args, **kwargs)
        there = Member.objects.permitted_to(user, "activities.change").in_register()
        self.fields["members"].queryset = there.filter(organisation=organisation).order_by("pinyin", "pk")

    def clean_members(self):
        chosen = self.cleaned_data["members"]
        return list(self.fields["members"].queryset.select_related("organisation").filter(pk__in=chosen))


class WithdrawForm(forms.Form):
    reason = forms.CharField(label="撤销原因", max_length=200)
