from django import forms

from linkages.models import Partner
from linkages.units import organisations_for
from orgs.forms.lookups import LookupField, organisation_field
from orgs.forms.styled import StyledForm


def partner_field(**kwargs):
    return LookupField(
        what="共建单位", code_field="credit_code", name_field="name", url="linkages:partner-options", **kwargs
    )


class UnitForm(StyledForm):
    """An organisation or a partner unit of the person's register; an empty row is none."""

    inside = organisation_field(label="党组织", required=False, help_text="")
    partner = partner_field(label="或共建单位", required=False)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["inside"].queryset = organisations_for(user)
        self.fields["partner"].queryset = Partner.objects.visible_to(user).current()

    def clean(self):
        data = super().clean()
        if data.get("inside") and data.get("partner"):
            raise forms.ValidationError("只填党组织或共建单位之一。")
        return data

    @property
    def unit(self):
        return self.cleaned_data.get("inside") or self.cleaned_data.get("partner")
