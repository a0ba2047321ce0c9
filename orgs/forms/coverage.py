from django import forms
from django.utils import timezone

from orgs.actions.coverage import Assignment
from orgs.forms.fields import DayField
from orgs.forms.lookups import organisation_field
from orgs.models import CoverageMethod, line_of


class AssignmentForm(forms.Form):
    """Who covers and how. `assignment` is what the actions take."""

    method = forms.ChoiceField(label="覆盖方式", choices=[("", "请选择"), *CoverageMethod.choices])
    organisation = organisation_field(
        label="覆盖党组织", required=False, help_text="输入名称或代码；派驻指导员可填写派出党组织。"
    )
    instructor_name = forms.CharField(label="党建工作指导员", max_length=50, required=False)
    term_ends_on = DayField(label="派驻期满日期", required=False)
    since = DayField(label="起始日期", initial=timezone.localdate)
    evidence = forms.CharField(
        label="依据", max_length=200, required=False, help_text="批复文号、承诺书编号等；挂靠必填。"
    )
    reason = forms.CharField(
        label="超数原因", max_length=200, required=False, help_text="联合党支部超过一般覆盖数时填写。"
    )
    approval_no = forms.CharField(label="批复文号", max_length=60, required=False)

    def __init__(self, *args, organisations, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = organisations

    def clean(self):
        cleaned = super().clean()
        if not self.errors:
            is_instructor = line_of(cleaned["method"]) == "instructor"
            if not is_instructor and (cleaned["instructor_name"] or cleaned["term_ends_on"]):
                self.add_error("instructor_name", "只有派驻指导员才填写指导员姓名和派驻期满日期。")
        return cleaned

    @property
    def assignment(self) -> Assignment:
        return Assignment(**self.cleaned_data)


class EndCoverageForm(forms.Form):
    until = DayField(label="终止日期", initial=timezone.localdate, help_text="自这一天起不再覆盖。")
    reason = forms.CharField(label="终止原因", max_length=200)
