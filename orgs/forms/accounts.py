import re

from django import forms
from django.contrib.auth.forms import SetPasswordForm
from django.utils import timezone

from orgs.actions import accounts
from orgs.forms.fields import DayField
from orgs.forms.lookups import account_field, enterprise_field, organisation_field
from orgs.forms.styled import StyledForm
from orgs.models import AuditAction, Enterprise, Organisation, Role, User

PERSONAL_NUMBER = re.compile(r"1\d{10}|\d{15}|\d{17}[\dXx]")


# Liaisons are appointed in the register of partner units, which knows whose they are.
ROLES = [(role.value, role.label) for role in Role if role != Role.PARTNER]


class AppointmentForm(forms.Form):
    role = forms.ChoiceField(label="角色", choices=[("", "请选择"), *ROLES])
    organisation = organisation_field()
    enterprise = enterprise_field(required=False, help_text="仅企业联系人填写：企业名称或统一社会信用代码。")
    starts_on = DayField(label="开始日期", initial=timezone.localdate)
    ends_on = DayField(label="结束日期", required=False, help_text="当天仍有效；不填为长期。")

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        organisations = Organisation.objects.permitted_to(user, "accounts.manage").active()
        self.fields["organisation"].queryset = organisations
        self.fields["enterprise"].queryset = Enterprise.objects.visible_to(user)


class PersonForm(forms.Form):
    """Who a new account is for."""

    username = forms.CharField(
        label="用户名",
        max_length=150,
        help_text="登录时使用，可用汉字、字母、数字；不要用手机号码或身份证号码。",
    )
    display_name = forms.CharField(label="姓名", max_length=50)
    email = forms.EmailField(label="电子邮箱", required=False, help_text="填写后，邀请链接会同时发到邮箱。")

    def clean_username(self):
        username = self.cleaned_data["username"].strip()
        if PERSONAL_NUMBER.fullmatch(username):
            raise forms.ValidationError("用户名会显示在日志中，请不要用手机号码或身份证号码。")
        if User.objects.filter(username__iexact=username).exists() or username.lower() == "system":
            raise forms.ValidationError(f"用户名“{username}”已被使用，请换一个。")
        return username


class AccountForm(AppointmentForm, PersonForm):
    field_order = ("username", "display_name", "email", "role", "organisation", "enterprise")


class EndAppointmentForm(forms.Form):
    when = forms.ChoiceField(
        label="何时结束",
        choices=[("now", "立即结束"), ("on", "到指定日期结束（当天仍有效）")],
        widget=forms.RadioSelect,
        initial="now",
    )
    last_day = DayField(label="最后一天", required=False)

    def clean(self):
        data = super().clean()
        if data.get("when") == "now":
            data["last_day"] = None
        elif not data.get("last_day") and "last_day" not in self.errors:
            self.add_error("last_day", "请填写最后一天。")
        return data


class AccountFilterForm(StyledForm):
    STATES = (("", "全部状态"), ("active", "在用"), ("disabled", "已停用"), ("invited", "从未登录"))

    q = forms.CharField(label="姓名或用户名", required=False, max_length=60)
    role = forms.ChoiceField(label="角色", required=False, choices=[("", "全部角色"), *Role.choices])
    state = forms.ChoiceField(label="状态", required=False, choices=STATES)


class InvitationForm(SetPasswordForm):
    """Django's own form, with the storing left to the action."""

    def __init__(self, user, *args, request=None, **kwargs):
        self.request = request
        super().__init__(user, *args, **kwargs)

    def save(self, commit=True):
        accounts.accept_invitation(
            user=self.user, password=self.cleaned_data["new_password1"], request=self.request
        )
        return self.user


class DelegationForm(forms.Form):
    appointment = forms.ModelChoiceField(label="授出的任用", queryset=None, empty_label=None)
    to = account_field()
    organisation = organisation_field(
        required=False, help_text="不填为任用的全部范围；也可填写其下级党组织，只授权该部分。"
    )
    ends_on = DayField(label="结束日期", help_text="当天仍有效，最长一年。")

    def __init__(self, *args, appointments, **kwargs):
        super().__init__(*args, **kwargs)
        field = self.fields["appointment"]
        field.queryset = appointments
        field.label_from_instance = lambda a: f"{a.organisation} · {a.get_role_display()}"
        organisations = Organisation.objects.active().within(*(a.organisation for a in appointments))
        self.fields["organisation"].queryset = organisations
        self.fields["to"].queryset = User.objects.appointed_within(*(a.organisation for a in appointments))


class TokenForm(forms.Form):
    expires_on = DayField(label="到期日期", help_text="当天仍有效，最长一年。")


class AuditFilterForm(StyledForm):
    q = forms.CharField(label="对象", required=False, max_length=60)
    person = forms.CharField(label="操作人", required=False, max_length=50)
    action = forms.ChoiceField(label="动作", required=False, choices=[("", "全部动作"), *AuditAction.choices])
    since = DayField(label="从", required=False)
    until = DayField(label="到", required=False)
