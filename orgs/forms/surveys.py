from django import forms
from django.utils import timezone

from orgs.actions.enterprises import SURVEYED
from orgs.actions.surveys import SurveyResult
from orgs.forms.fields import DayField
from orgs.forms.lookups import organisation_field
from orgs.forms.styled import StyledForm
from orgs.models import BuildingStage


class FindingForm(StyledForm):
    """What was found, for one task or for many alike."""

    result = forms.ChoiceField(label="摸排结果", choices=[("", "请选择"), *SurveyResult.choices])
    done_on = DayField(label="摸排日期", initial=timezone.localdate)
    stage = forms.ChoiceField(
        label="党员情况",
        required=False,
        choices=[("", "未了解"), *((stage, BuildingStage(stage).label) for stage in SURVEYED)],
    )
    note = forms.CharField(label="说明", max_length=500, required=False)


class ReassignForm(StyledForm):
    organisation = organisation_field(label="改派给")

    def __init__(self, *args, organisations, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = organisations


class NoteForm(StyledForm):
    note = forms.CharField(label="原因", max_length=500)
