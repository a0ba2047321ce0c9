from django import forms

from linkages.forms.units import partner_field
from linkages.models import Partner, PartnerKind
from orgs.forms.lookups import organisation_field
from orgs.models import Organisation
from orgs.tree import STEP


class PartnerForm(forms.Form):
    name = forms.CharField(label="单位名称", max_length=120, help_text="全称，与公章一致。")
    kind = forms.ChoiceField(label="类别", choices=[("", "请选择"), *PartnerKind.choices])
    contact_office = forms.CharField(
        label="联系部门", max_length=80, required=False, help_text="如机关党委办公室；不填个人姓名和手机。"
    )
    credit_code = forms.CharField(label="统一社会信用代码", max_length=18, required=False)

    @property
    def values(self):
        return {name: self.cleaned_data[name] for name in PartnerForm.base_fields}


class NewPartnerForm(PartnerForm):
    """With the organisation that enters it, where the person acts below several top organisations."""

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        rows = Organisation.objects.permitted_to(user, "linkages.change").active()
        paths = (
            list(rows.filter(depth=1).values_list("path", flat=True)[:2])
            if user.sees_everything
            else {path[:STEP] for path in user.permission_paths.get("linkages.change", ())}
        )
        self.first = rows.order_by("path").first()
        if len(paths) > 1:
            self.fields["organisation"] = organisation_field(label="由哪个党组织登记")
            self.fields["organisation"].queryset = rows

    @property
    def organisation(self):
        return self.cleaned_data.get("organisation") or self.first


class MergeForm(forms.Form):
    into = partner_field(label="并入", help_text="保留的单位：输入名称，从提示中选择。")

    def __init__(self, *args, partner, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["into"].queryset = (
            Partner.objects.current().filter(organisation=partner.organisation).exclude(pk=partner.pk)
        )
