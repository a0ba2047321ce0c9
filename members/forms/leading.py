"""Forms of posts, teams and public roles. They read and scope input; the rules are in the actions."""

from django import forms
from django.utils import timezone

from members.actions.leading import ROLE_ENDINGS, SERVICE_ENDINGS
from members.forms.exits import text_area
from members.forms.fields import MemberField
from members.models import LeadingKind, Member, RoleKind, RoleLevel
from orgs.forms.fields import DayField
from orgs.forms.lookups import enterprise_field, option_text, organisation_field
from orgs.models import Enterprise, Organisation

CHOOSE = ("", "请选择")
OUT_OF_TERM = "没有固定任期的不填。"


def readable_members(user):
    return Member.objects.permitted_to(user, "members.view").in_register().select_related("organisation")


class UnitEditForm(forms.Form):
    name = forms.CharField(label="名称", max_length=80, help_text="如“一号产线党员示范岗”。")
    established_on = DayField(label="设立日期", initial=timezone.localdate)
    term_ends_on = DayField(label="任期届满日期", required=False, help_text=OUT_OF_TERM)
    enterprise = enterprise_field(required=False, label="所在企业（可不填）")
    place = forms.CharField(label="地点或范围", max_length=120, required=False)
    task = text_area("任务", max_length=300, required=False)
    commitment = text_area("承诺（亮承诺）", max_length=500, rows=3, required=False)

    def __init__(self, *args, user, unit=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["enterprise"].queryset = Enterprise.objects.visible_to(user)
        if unit is None:
            return
        names = ("name", "established_on", "term_ends_on", "place", "task", "commitment")
        self.initial |= {name: getattr(unit, name) for name in names}
        if unit.enterprise:
            self.initial["enterprise"] = option_text(unit.enterprise.name, unit.enterprise.credit_code)
            # What is stored already may lie outside what this person sees.
            self.fields["enterprise"].queryset |= Enterprise.objects.filter(pk=unit.enterprise_id)


class UnitForm(UnitEditForm):
    """A new unit. Whoever leads it may follow later."""

    organisation = organisation_field(label="设立党组织")
    kind = forms.ChoiceField(label="类别", choices=[CHOOSE, *LeadingKind.choices])
    leader = MemberField(
        label="负责人（亮身份）",
        required=False,
        help_text="正式党员，组织关系在设立党组织或其下级。输入姓名或拼音，从提示中选择。",
    )
    field_order = ("organisation", "kind", "name", "leader")

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, user=user, **kwargs)
        self.fields["organisation"].queryset = Organisation.objects.permitted_to(
            user, "members.change"
        ).active()
        self.fields["leader"].queryset = readable_members(user)


class PersonForm(forms.Form):
    """Who, among those at home in the unit's organisation or below it."""

    member = MemberField(label="党员")

    def __init__(self, *args, user, unit, **kwargs):
        super().__init__(*args, **kwargs)
        there = Organisation.objects.within(unit.organisation).order_by().values("pk")
        self.fields["member"].queryset = readable_members(user).filter(organisation__in=there)


class JoinForm(PersonForm):
    since = DayField(label="加入日期", initial=timezone.localdate)


class LeaderForm(PersonForm):
    on = DayField(label="任职日期", initial=timezone.localdate)


class LeaveForm(forms.Form):
    on = DayField(label="结束日期", initial=timezone.localdate, help_text="从这一天起不再任职。")
    how = forms.ChoiceField(
        label="原因", choices=[CHOOSE, *((how.value, how.label) for how in SERVICE_ENDINGS)]
    )


class ResultForm(forms.Form):
    on = DayField(label="日期", initial=timezone.localdate)
    what = text_area("业绩", max_length=300)
    figure = forms.DecimalField(
        label="数值", max_digits=14, decimal_places=2, required=False, help_text="可以量化的填写，如 20。"
    )
    measure = forms.CharField(label="单位", max_length=20, required=False, help_text="如 万元、项、人次。")
    evidence = forms.CharField(
        label="佐证", max_length=200, required=False, help_text="文件、报道或材料的名称、编号。"
    )


class VoidForm(forms.Form):
    reason = forms.CharField(label="作废原因", max_length=200)


class EndForm(forms.Form):
    on = DayField(label="撤销日期", initial=timezone.localdate)
    reason = forms.CharField(label="撤销原因", max_length=200)


class RoleForm(forms.Form):
    member = MemberField(label="党员")
    kind = forms.ChoiceField(label="类别", choices=[CHOOSE, *RoleKind.choices])
    level = forms.ChoiceField(label="层级", choices=[CHOOSE, *RoleLevel.choices])
    body = forms.CharField(label="机构名称", max_length=80, help_text="如“市第十六届人民代表大会”。")
    since = DayField(label="任职日期", initial=timezone.localdate)
    term_ends_on = DayField(label="任期届满日期", required=False, help_text=OUT_OF_TERM)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        rows = Member.objects.permitted_to(user, "members.change").in_register()
        self.fields["member"].queryset = rows.select_related("organisation")


class RoleEndForm(forms.Form):
    on = DayField(label="终止日期", initial=timezone.localdate, help_text="从这一天起不再任职。")
    how = forms.ChoiceField(label="原因", choices=[CHOOSE, *((how.value, how.label) for how in ROLE_ENDINGS)])
