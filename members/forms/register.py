"""Forms of the register. They read and scope input; the rules are in the actions."""

import re
import unicodedata

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout
from django import forms
from django.utils import timezone

from members.actions.register import SENSITIVE
from members.choices import Membership
from members.forms.fields import MOBILE, MobileField, PartialDayField
from members.models import Member
from orgs.forms.enterprises import group, normalise_credit_code
from orgs.forms.exports import ExportForm
from orgs.forms.fields import DayField
from orgs.forms.lookups import IN_BRACKETS, LookupInput, option_text, organisation_field
from orgs.forms.reveals import RevealForm
from orgs.identifiers import credit_code_fault, normalise_identity_number
from orgs.models import Enterprise, Organisation

PLAIN = (
    "name", "identity_type", "sex", "ethnicity", "born_on", "education", "title", "occupation", "position",
    "is_research",
)  # fmt: skip
CODE = re.compile(r"[0-9A-Z]{18}")


def read_employer(typed: str) -> tuple[str, str]:
    """(code, name) of the unit that was typed or chosen from the suggestions."""
    text = unicodedata.normalize("NFKC", typed).strip()
    match = IN_BRACKETS.match(typed.strip())
    code = normalise_credit_code(match["code"] if match else text)
    if not CODE.fullmatch(code):
        return "", text[:200]
    known = Enterprise.objects.filter(credit_code=code).values_list("name", flat=True).first()
    if known is None and credit_code_fault(code):
        raise forms.ValidationError("统一社会信用代码校验码不正确，请对照营业执照核对。")
    name = typed.strip().rpartition("（")[0] if match else ""
    return code, known or ("" if name == code else name)


def employer_field(**kwargs):
    """What `read_employer` reads."""
    return forms.CharField(
        label="工作单位",
        max_length=230,
        required=False,
        widget=LookupInput("orgs:enterprise-options"),
        help_text="填写统一社会信用代码，或输入名称从提示中选择；不在名录中的单位直接写名称。",
        **kwargs,
    )


class MemberForm(forms.ModelForm):
    """Edit. Stored numbers are never sent to the browser: their fields are for new ones only."""

    identity_number = forms.CharField(label="证件号码", max_length=40, required=False)
    mobile = MobileField(label="手机号码")
    clear_mobile = forms.BooleanField(label="清除原手机号码", required=False)
    born_on = DayField(label="出生日期", required=False)
    joined_on = PartialDayField(label="入党日期")
    confirmed_on = PartialDayField(label="转正日期")
    employer = employer_field()
    seen_at = forms.DateTimeField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Member
        fields = list(PLAIN)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user
        if self.instance.pk:
            self._show_stored()
        self.helper = FormHelper()
        self.helper.form_tag = False

    def _show_stored(self):
        member = self.instance
        self.initial |= {
            "seen_at": member.updated_at.isoformat(),
            "joined_on": member.joined_words,
            "confirmed_on": member.confirmed_words,
            "employer": self.employer_text(),
        }
        self.mask_stored()

    def employer_text(self) -> str:
        row = self.instance
        named = row.employer_name or row.employer_code
        return option_text(named, row.employer_code) if named else ""

    def mask_stored(self):
        """Numbers that are stored show masked, and stay when nothing is typed."""
        member = self.instance
        for name in SENSITIVE:
            if getattr(member, name):
                masked = {"identity_number": member.masked_identity, "mobile": member.masked_mobile}
                self.fields[name].widget.attrs["placeholder"] = masked[name]
                self.fields[name].help_text = "留空则保留原号码。"

    @property
    def layout_helper(self):
        """The fields in groups."""
        mobile = ["mobile"] + (["clear_mobile"] if self.instance.mobile else [])
        self.helper.layout = Layout(
            *self.first_groups(),
            group("身份", "name", "identity_type", "identity_number", "sex", "ethnicity", "born_on"),
            group("党籍", *self.party_fields(), "joined_on", "confirmed_on"),
            group("学历与工作", "education", "title", "is_research", "occupation", "employer", "position"),
            group("联系", *mobile),
            "seen_at",
        )
        return self.helper

    def first_groups(self):
        return []

    def party_fields(self):
        return []

    def clean_name(self):
        return " ".join(unicodedata.normalize("NFKC", self.cleaned_data["name"]).split())

    def clean_identity_number(self):
        return normalise_identity_number(self.cleaned_data["identity_number"])

    def clean_employer(self):
        return read_employer(self.cleaned_data["employer"])

    @property
    def values(self) -> dict:
        """What the action stores; numbers only where new ones were typed or the old one is to go."""
        data = self.cleaned_data
        values = {name: data[name] for name in PLAIN}
        values["joined_on"], values["joined_precision"] = data["joined_on"]
        values["confirmed_on"], values["confirmed_precision"] = data["confirmed_on"]
        values["employer_code"], values["employer_name"] = data["employer"]
        if data["identity_number"]:
            values["identity_number"] = data["identity_number"]
        if data["mobile"] or data["clear_mobile"]:
            values["mobile"] = data["mobile"]
        return values


class NewMemberForm(MemberForm):
    """Entering somebody; the branch is one where the person may change members."""

    organisation = organisation_field(label="所在党支部")
    membership = forms.ChoiceField(
        label="党员类别",
        choices=[
            pair for pair in Membership.choices if pair[0] in (Membership.PROBATIONARY, Membership.FULL)
        ],
        initial=Membership.FULL,
    )
    since = DayField(
        label="进入本支部日期",
        required=False,
        help_text="这里只补录建账时已在本支部的党员，不知道日期的可以不填；从外单位转入的请办理组织关系转入。",
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, user=user, **kwargs)
        self.fields["identity_number"].required = True
        permitted = Organisation.objects.permitted_to(user, "members.change").active()
        self.fields["organisation"].queryset = permitted
        if len(only := permitted[:2]) == 1:  # a secretary has one branch
            self.initial["organisation"] = option_text(only[0].name, only[0].code)

    def first_groups(self):
        return [group("党组织", "organisation", "since")]

    def party_fields(self):
        return ["membership"]

    @property
    def entrance(self) -> dict:
        """How the person enters, as `add_member` takes it; other ways in have their own acts and documents."""
        names = ("organisation", "membership", "since")
        return {name: self.cleaned_data[name] for name in names}


class LookupForm(forms.Form):
    """One field for either number. It is posted: what is typed here never stands in an address."""

    number = forms.CharField(
        label="证件号码或手机号码",
        max_length=40,
        widget=forms.TextInput({"autocomplete": "off", "inputmode": "text"}),
    )

    def clean_number(self):
        number = normalise_identity_number(self.cleaned_data["number"])
        if len(number) < 5:
            raise forms.ValidationError("请填写完整的证件号码或手机号码。")
        return number

    @property
    def field(self) -> str:
        """Which of the two it is."""
        return "mobile" if MOBILE.fullmatch(self.cleaned_data["number"]) else "identity_number"


class RevealNumberForm(RevealForm):
    field = forms.ChoiceField(
        label="项目", choices=[(name, Member._meta.get_field(name).verbose_name) for name in SENSITIVE]
    )


class VerifyForm(forms.Form):
    note = forms.CharField(label="核实情况", max_length=200, min_length=2)


class NumberExportForm(ExportForm):
    """`with_numbers` needs the right to see them and a reason; without it both numbers are masked."""

    with_numbers = forms.BooleanField(label="包含完整证件号码和手机号码", required=False)
    number_reason = forms.CharField(label="需要完整号码的理由", max_length=100, required=False)

    def __init__(self, *args, may_reveal=False, **kwargs):
        super().__init__(*args, **kwargs)
        self.may_reveal = may_reveal
        if not may_reveal:
            del self.fields["with_numbers"], self.fields["number_reason"]

    def clean(self):
        """Row 54 of the domain table."""
        cleaned = super().clean()
        if cleaned.get("with_numbers") and not cleaned.get("number_reason", "").strip():
            self.add_error("number_reason", "导出含敏感个人信息，须有权限并填写用途。")
        return cleaned


class CompositionForm(forms.Form):
    """An organisation the person reads members of, the day, and the day to compare with."""

    organisation = organisation_field(required=False, help_text="")
    on = DayField(label="统计截止日期", required=False)
    since = DayField(label="增减变化自", required=False)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = Organisation.objects.permitted_to(user, "members.view")
        for field in self.fields.values():
            field.widget.attrs["class"] = "form-control"

    def clean_on(self):
        day = self.cleaned_data["on"]
        if day and day > timezone.localdate():
            raise forms.ValidationError("统计截止日期不能晚于今天。")
        return day

    def clean(self):
        cleaned = super().clean()
        on, since = cleaned.get("on") or timezone.localdate(), cleaned.get("since")
        if since and since >= on:
            self.add_error("since", "应早于统计截止日期。")
        return cleaned
