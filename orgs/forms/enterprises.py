from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Div, Fieldset, Layout
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone

from imports.widgets import normalise
from orgs import access
from orgs.actions.enterprises import CONFIRM, EDITABLE, next_stages, validate_credit_code
from orgs.forms.exports import ExportForm
from orgs.forms.fields import DayField, PhoneField
from orgs.forms.lookups import enterprise_field, option_text
from orgs.forms.styled import StyledForm
from orgs.models import BuildingStage, Enterprise, NotFoundedReason, Park
from orgs.regulations import value_on


def normalise_credit_code(text: str) -> str:
    return normalise(text).replace(" ", "").replace("-", "").upper()


class EnterpriseForm(forms.ModelForm):
    """Create and edit. The stored phone is never sent to the browser: the field is for a new one only."""

    credit_code = forms.CharField(label="统一社会信用代码", max_length=40, required=False)
    founded_on = DayField(label="成立日期", required=False)
    new_phone = PhoneField(label="联系电话")
    clear_phone = forms.BooleanField(label="清除原电话", required=False)
    parent_unit = enterprise_field(
        label="所属单位",
        required=False,
        help_text="实验室、平台等设在某单位内的，填写该单位的名称或统一社会信用代码。",
    )
    confirm_code = forms.BooleanField(label="已对照营业执照核对，代码无误", required=False)
    confirm_reason = forms.CharField(label="确认理由", max_length=200, required=False)
    seen_at = forms.DateTimeField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Enterprise
        fields = [name for name in EDITABLE if name != "contact_phone"]

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user
        self.needs_confirmation = False
        mine = Enterprise.objects.visible_to(user).order_by().values("pk")
        self.fields["parent_unit"].queryset = Enterprise.objects.filter(
            Q(pk__in=mine) | Q(pk=self.instance.parent_unit_id)
        )
        parks = Park.objects.visible_to(user).order_by().values("pk")
        self.fields["park"].queryset = Park.objects.filter(
            Q(pk__in=parks) | Q(pk=self.instance.park_id)
        ).order_by("name")
        for name in ("park", "cluster", "chain"):
            self.fields[name].empty_label = "无"
        if self.instance.pk:
            self._show_stored()
        self.helper = FormHelper()
        self.helper.form_tag = False

    def _show_stored(self):
        self.initial["seen_at"] = self.instance.updated_at.isoformat()
        if self.instance.capital is not None:
            self.initial["capital"] = f"{self.instance.capital.normalize():f}"
        if self.instance.parent_unit_id:
            parent = self.instance.parent_unit
            self.initial["parent_unit"] = option_text(parent.name, parent.credit_code)
        if self.instance.contact_phone:
            phone = self.fields["new_phone"]
            phone.widget.attrs["placeholder"] = self.instance.masked_phone
            phone.help_text = "留空则保留原电话。"

    @property
    def layout_helper(self):
        """The fields in groups; the confirmation is shown only when it is needed."""
        confirm = ["confirm_code", "confirm_reason"] if self.needs_confirmation else []
        phone = ["new_phone"] + (["clear_phone"] if self.instance.contact_phone else [])
        self.helper.layout = Layout(
            group("基本信息", "name", "credit_code", *confirm, "kind", "status", "legal_representative",
                  "capital", "founded_on", "industry", "parent_unit"),
            group("归属", "park", "cluster", "chain", "is_chain_lead", "address", "registered_address"),
            group("规模与联系", "employees", "reported_members", "contact_name", *phone),
            group("标记", "is_high_tech", "is_key", "is_dormant"),
            "seen_at",
        )  # fmt: skip
        return self.helper

    def clean_name(self):
        return normalise(self.cleaned_data["name"])

    def clean_credit_code(self):
        return normalise_credit_code(self.cleaned_data["credit_code"]) or None

    def clean_founded_on(self):
        day = self.cleaned_data["founded_on"]
        if day and day > timezone.localdate():
            raise ValidationError("成立日期不能晚于今天，请核对。")
        return day

    def clean_parent_unit(self):
        parent = self.cleaned_data["parent_unit"]
        if parent is not None and parent.pk == self.instance.pk:
            raise ValidationError("所属单位不能是该单位自己。")
        return parent

    def clean(self):
        cleaned = super().clean()
        self._check_code(cleaned)
        park, cluster = cleaned.get("park"), cleaned.get("cluster")
        if not self.instance.pk and not access.can_place_enterprise(self.user, park=park, cluster=cluster):
            self.add_error("park", "请选择您负责范围内的园区或产业集群。")
        return cleaned

    def _check_code(self, cleaned):
        code = cleaned.get("credit_code")
        if not code or (self.instance.pk and code == self.initial.get("credit_code")):
            return
        try:
            validate_credit_code(code, confirm_reason=self.reason_given)
        except ValidationError as error:
            faults = error.error_dict["credit_code"]
            self.add_error("credit_code", faults)
            self.needs_confirmation = faults[0].code == CONFIRM
        else:
            self.needs_confirmation = bool(self.reason_given)

    @property
    def reason_given(self) -> str:
        """The reason, provided that the box is ticked."""
        return self.cleaned_data.get("confirm_reason", "") if self.cleaned_data.get("confirm_code") else ""

    @property
    def values(self) -> dict:
        """What the action stores; the phone only where a new one was typed or the old one is to go."""
        data = self.cleaned_data
        values = {name: data[name] for name in self.Meta.fields}
        if data["new_phone"] or data["clear_phone"]:
            values["contact_phone"] = data["new_phone"]
        return values


def group(title, *names):
    return Fieldset("", HTML(f'<h2 class="form-section">{title}</h2>'), Div(*names, css_class="form-grid"))


class PhoneExportForm(ExportForm):
    """`with_phones` needs the right to see them; without it the column stays empty, so a re-import keeps them."""

    with_phones = forms.BooleanField(label="包含完整联系电话", required=False)
    phone_reason = forms.CharField(label="需要完整电话的理由", max_length=100, required=False)

    def __init__(self, *args, may_reveal=False, **kwargs):
        super().__init__(*args, **kwargs)
        if not may_reveal:
            del self.fields["with_phones"], self.fields["phone_reason"]

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("with_phones") and not cleaned.get("phone_reason", "").strip():
            self.add_error("phone_reason", "导出含敏感个人信息，须有权限并填写用途。")
        return cleaned


class FoundingForm(StyledForm):
    """Choices: what may follow first, then what would be a step back."""

    stage = forms.ChoiceField(label="进度")
    on = DayField(label="日期", initial=timezone.localdate)
    document_no = forms.CharField(label="文号", max_length=60, required=False)
    note = forms.CharField(label="说明", max_length=300, required=False)

    def __init__(self, *args, enterprise, **kwargs):
        super().__init__(*args, **kwargs)
        following = next_stages(enterprise.building_stage)
        rest = [
            stage for stage in BuildingStage.values if stage not in (*following, enterprise.building_stage)
        ]
        self.fields["stage"].choices = [
            ("下一步", [(stage, BuildingStage(stage).label) for stage in following]),
            ("退回或直接登记（须说明）", [(stage, BuildingStage(stage).label) for stage in rest]),
        ]
        self.initial.setdefault("stage", _likely_stage(enterprise))


def _likely_stage(enterprise):
    """For a first survey, what the reported members suggest."""
    if enterprise.building_stage != BuildingStage.UNSURVEYED or enterprise.reported_members is None:
        return None
    if enterprise.reported_members == 0:
        return BuildingStage.NO_MEMBERS
    enough = enterprise.reported_members >= value_on("should_found_members")
    return BuildingStage.ENOUGH_MEMBERS if enough else BuildingStage.FEW_MEMBERS


class NotFoundedForm(StyledForm):
    reason = forms.ChoiceField(
        label="未建原因", choices=[("", "（未填）"), *NotFoundedReason.choices], required=False
    )
