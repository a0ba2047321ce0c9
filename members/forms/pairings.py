"""Forms of pairings. They read and scope input; the rules are in the actions."""

from django import forms
from django.utils import timezone

from members.forms.exits import text_area
from members.forms.fields import MemberField, MobileField
from members.forms.talent import ConsentFields
from members.models import (
    Member,
    PairingContactMeans,
    PairingKind,
    PairingResult,
    RecruitmentCase,
)
from orgs.forms.fields import DayField
from orgs.forms.lookups import LookupField, organisation_field
from orgs.models import Organisation

LED_FIELDS = ("member", "case", "outside_name", "outside_unit", "outside_mobile", *ConsentFields.NAMES)


class CaseField(LookupField):
    """An open recruiting case by the name of its person, with suggestions."""

    def __init__(self, **kwargs):
        super().__init__(
            what="发展对象",
            code_field="pk",
            name_field="name",
            url="members:pairing-case-options",
            **{"help_text": "入党申请人、积极分子或发展对象：输入姓名，从提示中选择。"} | kwargs,
        )

    _find = MemberField._find


class PairingForm(ConsentFields):
    """`led` names the person when the form was opened from their page; else one of three ways to name them."""

    kind = forms.ChoiceField(label="类别", choices=[("", "请选择"), *PairingKind.choices])
    organisation = organisation_field(label="党组织", help_text="由哪个党组织安排。")
    leader = MemberField(label="带教（联系）人")
    member = MemberField(label="对象：党员", required=False)
    case = CaseField(label="对象：发展党员", required=False)
    outside_name = forms.CharField(
        label="对象：册外人员姓名", max_length=50, required=False, help_text="不在名册中的，须本人同意登记。"
    )
    outside_unit = forms.CharField(label="册外人员工作单位", max_length=200, required=False)
    outside_mobile = MobileField(label="册外人员手机号码")
    aim = text_area("目标", max_length=200)
    since = DayField(label="起", initial=timezone.localdate)
    until = DayField(label="计划至", required=False)

    field_order = ("kind", "organisation", "leader", *LED_FIELDS, "aim", "since", "until")

    def __init__(self, *args, user, led=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.led = led or {}
        readable = Member.objects.permitted_to(user, "members.view").in_register()
        cases = RecruitmentCase.objects.permitted_to(user, "members.view").open()
        self.fields["organisation"].queryset = Organisation.objects.permitted_to(
            user, "members.change"
        ).active()
        self.fields["leader"].queryset = self.fields["member"].queryset = readable
        self.fields["case"].queryset = cases
        for name in LED_FIELDS if self.led else ConsentFields.NAMES:
            self.fields[name].required = False
            if self.led:
                del self.fields[name]

    def clean(self):
        """As `start_pairing` takes it."""
        data = super().clean()
        common = {name: data[name] for name in data if name not in LED_FIELDS}
        if self.led:
            return common | self.led
        outside = None
        if data.get("outside_name"):
            outside = {name: data.get(name) for name in ConsentFields.NAMES} | {
                "name": data["outside_name"],
                "unit_name": data.get("outside_unit", ""),
                "mobile": data.get("outside_mobile", ""),
            }
        return common | {"member": data.get("member"), "case": data.get("case"), "outside": outside}


class PairingEditForm(forms.Form):
    aim = text_area("目标", max_length=200)
    until = DayField(label="计划至", required=False)


class QuickContactForm(forms.Form):
    """Two fields to fill on a phone; the others have their values or may stay empty."""

    gist = text_area("主要内容", max_length=1000)
    how = forms.ChoiceField(label="方式", choices=PairingContactMeans.choices)
    on = DayField(label="日期", initial=timezone.localdate)
    asked = text_area("诉求", max_length=1000, required=False)
    answered = text_area("办理情况", max_length=1000, required=False)


class WithdrawContactForm(forms.Form):
    reason = forms.CharField(label="撤销原因", max_length=200)


class PairingEndForm(forms.Form):
    result = forms.ChoiceField(label="结果", choices=PairingResult.choices)
    on = DayField(label="结束日期", initial=timezone.localdate)
    note = text_area("情况", max_length=1000, required=False, help_text="未达成、中止的须说明。")
