"""What the pages of duties are asked for: whose, which year, which kinds, how they stand."""

import datetime as dt

from django import forms
from django.utils import timezone

from activities.duties.board import GROUP_LABELS, STANDINGS
from activities.models import BALLOTS, Activity, Grade
from orgs.forms.fields import DayField
from orgs.forms.lookups import option_text, organisation_field
from orgs.forms.styled import StyledForm
from orgs.models import Organisation

YEARS_BACK = 4
EARLIEST_YEAR = 2000
MONTHS = [(str(month), f"{month}月") for month in range(1, 13)]


class DutyForm(StyledForm):
    """Without an organisation the highest of the person's own; without a year this one."""

    organisation = organisation_field(required=False, help_text="")
    year = forms.TypedChoiceField(label="年度", coerce=int, required=False, empty_value=None)
    kind = forms.ChoiceField(label="类型", required=False, choices=[("", "全部类型"), *GROUP_LABELS.items()])

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user
        self.scope = Organisation.objects.permitted_to(user, "activities.view")
        self.fields["organisation"].queryset = self.scope
        this = timezone.localdate().year
        self.fields["year"].choices = [
            (str(year), f"{year}年") for year in range(this, this - YEARS_BACK, -1)
        ]

    @property
    def asked(self) -> dict:
        """What the page is about; where a value is wrong it is about nothing (`organisation` is None) and says why."""
        wrong = self.is_bound and not self.is_valid()
        data = {} if wrong or not self.is_bound else self.cleaned_data
        organisation = data.get("organisation") or (None if wrong else self._own())
        return {**data, "organisation": organisation, "year": data.get("year") or timezone.localdate().year}

    def _own(self):
        own = self.scope.order_by("depth", "path").first()
        if own:
            self.fields["organisation"].widget.attrs["placeholder"] = option_text(own.name, own.code)
        return own


class DutyMapForm(DutyForm):
    standing = forms.ChoiceField(
        label="情况",
        required=False,
        choices=[("", "全部支部"), ("missed", "有未完成的"), ("soon", "有即将到期的")],
    )


class DutyListForm(DutyForm):
    month = forms.ChoiceField(label="月份", required=False, choices=[("", "全年"), *MONTHS])
    standing = forms.ChoiceField(label="情况", required=False, choices=[("", "全部"), *STANDINGS.items()])
    on = DayField(label="截至", required=False)

    @property
    def asked(self) -> dict:
        """With the day as of which they stand, today at the latest, as `as_of`."""
        asked, today = super().asked, timezone.localdate()
        return asked | {"as_of": min(asked.pop("on", None) or today, today)}


# --- The appraisal ----------------------------------------------------------------------------------------


class AppraisalForm(StyledForm):
    held_on = DayField(label="评议日期", help_text="按这一天的正式党员计算比例。")
    activity = forms.ModelChoiceField(
        label="会议记录", queryset=Activity.objects.none(), required=False, empty_label="未关联"
    )
    excess_reason = forms.CharField(
        label="优秀超过三分之一的原因", max_length=200, required=False, help_text="没有超过的不填。"
    )
    approval_no = forms.CharField(label="批复文号", max_length=60, required=False)
    seen_at = forms.DateTimeField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, meetings, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["activity"].queryset = meetings
        self.fields["activity"].label_from_instance = lambda row: f"{row.held_on} {row.title}"


def ballots(label) -> forms.IntegerField:
    return forms.IntegerField(label=f"{label}票", required=False, min_value=0, max_value=9999)


class GradeForm(StyledForm):
    """One member's line; empty means not yet decided, and is left out."""

    grade = forms.ChoiceField(label="等次", required=False, choices=[("", "未评定"), *Grade.choices])
    self_grade = forms.ChoiceField(label="自评", required=False, choices=[("", "—"), *Grade.choices])
    exempt_reason = forms.CharField(label="不评定的原因", max_length=200, required=False)
    ballots_excellent = ballots("优秀")
    ballots_competent = ballots("合格")
    ballots_basic = ballots("基本合格")
    ballots_failed = ballots("不合格")

    def __init__(self, *args, member, **kwargs):
        super().__init__(*args, prefix=f"m{member.pk}", **kwargs)
        self.member = member

    @property
    def ballot_fields(self):
        return [self[name] for name in BALLOTS]

    @property
    def says_something(self) -> bool:
        return bool(self.cleaned_data.get("grade") or self.cleaned_data.get("exempt_reason"))


def default_day(year: int, meeting) -> dt.date:
    return meeting.held_on if meeting else min(timezone.localdate(), dt.date(year, 12, 31))
