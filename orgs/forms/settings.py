from django import forms

from orgs.forms.fields import DayField
from orgs.models import EnterpriseStatus
from orgs.regulations import DEFINITIONS


def value_field(default) -> forms.Field:
    """The field that fits a setting's default: a setting never changes its type."""
    if isinstance(default, bool):
        return forms.BooleanField(label="是", required=False)
    if isinstance(default, int):
        return forms.IntegerField(label="值", min_value=0)
    if isinstance(default, list):
        return forms.MultipleChoiceField(
            label="值", choices=EnterpriseStatus, widget=forms.CheckboxSelectMultiple
        )
    return forms.CharField(label="值", max_length=100)


class SettingForm(forms.Form):
    effective_on = DayField(label="生效日期", help_text="从这一天起按新值计算；此前的统计不变。")
    basis = forms.CharField(label="依据", max_length=200, help_text="文件名称、文号或会议决定。")
    field_order = ("value", "effective_on", "basis")

    def __init__(self, *args, code, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["value"] = value_field(DEFINITIONS[code].default)
        self.order_fields(self.field_order)
