from django import forms

from orgs.forms.fields import DayField


class StretchForm(forms.Form):
    """A day or several in a row."""

    first = DayField(label="开始日期")
    last = DayField(label="结束日期", required=False, help_text="只有一天的不用填。")

    def clean(self):
        cleaned = super().clean()
        cleaned["last"] = cleaned.get("last") or cleaned.get("first")
        return cleaned


class CalendarForm(StretchForm):
    is_workday = forms.TypedChoiceField(
        label="这些天",
        choices=[("0", "休息"), ("1", "上班")],
        coerce=lambda value: value == "1",
        widget=forms.RadioSelect,
        initial="0",
        help_text="起止之间的每一天都照此设定，周末也不例外。",
    )
    note = forms.CharField(label="名称", max_length=60, help_text="如：春节、国庆节调休。")
    source = forms.CharField(label="依据文件", max_length=200, help_text="如：国办发明电〔2026〕7号。")
