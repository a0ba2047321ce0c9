"""Forms of the talent pool and of people outside the register. The rules are in the actions."""

from django import forms
from django.utils import timezone

from members.choices import Education
from members.forms.exits import text_area
from members.forms.fields import MobileField
from members.forms.register import NumberExportForm, employer_field, read_employer
from members.models import ConsentMeans
from orgs.forms.fields import DayField
from orgs.forms.lookups import option_text, organisation_field
from orgs.models import Organisation

SCOPE = "人才库管理、联系服务"
TRISTATE = [("", "未填"), ("1", "是"), ("0", "否")]


class ConsentFields(forms.Form):
    NAMES = ("consent_on", "consent_how", "consent_scope")

    consent_on = DayField(label="本人同意日期", initial=timezone.localdate)
    consent_how = forms.ChoiceField(
        label="同意方式", choices=[("", "请选择"), *ConsentMeans.choices], help_text="凭据由登记党组织保存。"
    )
    consent_scope = forms.CharField(label="同意范围", max_length=200, initial=SCOPE)


class PersonFields(forms.Form):
    """The particulars of somebody outside the register."""

    name = forms.CharField(label="姓名", max_length=50)
    born_on = DayField(label="出生日期", required=False)
    education = forms.ChoiceField(label="学历", required=False, choices=[("", "未填"), *Education.choices])
    employer = employer_field()
    field = forms.CharField(
        label="从事领域", max_length=60, required=False, help_text="如人工智能、生物医药。"
    )
    is_research = forms.TypedChoiceField(
        label="研发人员",
        choices=TRISTATE,
        required=False,
        coerce=lambda value: value == "1",
        empty_value=None,
    )
    mobile = MobileField(label="手机号码")

    def clean_employer(self):
        return read_employer(self.cleaned_data["employer"])

    @property
    def particulars(self) -> dict:
        data = self.cleaned_data
        values = {name: data[name] for name in ("name", "born_on", "education", "field", "is_research")}
        values["unit_code"], values["unit_name"] = data["employer"]
        return values


class OutsideForm(PersonFields, ConsentFields):
    """Somebody new, straight into the pool."""

    organisation = organisation_field(label="登记党组织")
    reason = forms.CharField(label="列入理由", max_length=200, required=False)
    field_order = ("organisation",)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = Organisation.objects.permitted_to(
            user, "members.change"
        ).active()

    @property
    def entry(self) -> dict:
        """As `actions.talent.enter_person` takes it."""
        data = self.cleaned_data
        consent = {name: data[name] for name in self.NAMES}
        values = self.particulars | consent | {"mobile": data["mobile"]}
        return {"organisation": data["organisation"], "reason": data["reason"], "values": values}


class OutsideEditForm(PersonFields):
    """The stored number is never sent to the browser: the field is for a new one only."""

    clear_mobile = forms.BooleanField(label="清除原手机号码", required=False)

    def __init__(self, *args, person, **kwargs):
        research = "" if person.is_research is None else str(int(person.is_research))
        initial = {name: getattr(person, name) for name in ("name", "born_on", "education", "field")}
        unit = person.unit_name or person.unit_code
        initial |= {"is_research": research, "employer": option_text(unit, person.unit_code) if unit else ""}
        super().__init__(*args, **kwargs, initial=initial)
        if person.mobile:
            self.fields["mobile"].widget.attrs["placeholder"] = person.masked_mobile
            self.fields["mobile"].help_text = "留空则保留原号码。"
        else:
            del self.fields["clear_mobile"]

    @property
    def values(self) -> dict:
        data = self.cleaned_data
        if data["mobile"] or data.get("clear_mobile"):
            return self.particulars | {"mobile": data["mobile"]}
        return self.particulars


class MemberEntryForm(ConsentFields):
    reason = forms.CharField(label="列入理由", max_length=200, required=False)


class TalentOutForm(forms.Form):
    reason = text_area("移出理由", max_length=200)


class WithdrawForm(forms.Form):
    on = DayField(label="撤回同意日期", initial=timezone.localdate)


class TalentExportForm(NumberExportForm):
    """Of the numbers only the mobile stands in this list."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "with_numbers" in self.fields:
            self.fields["with_numbers"].label = "包含完整手机号码"


class FiguresForm(forms.Form):
    """An organisation the person reads members of."""

    organisation = organisation_field(required=False, help_text="")

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = Organisation.objects.permitted_to(user, "members.view")
        self.fields["organisation"].widget.attrs["class"] = "form-control"
