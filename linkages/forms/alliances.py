"""Forms of alliances and their conferences. They read and scope input; the rules are in the actions."""

from django import forms
from django.utils import timezone

from activities.models import Activity
from linkages.actions.alliances import MOST_MONTHS
from linkages.forms.agreements import per_year, text_area
from linkages.forms.units import UnitForm
from linkages.models import ConferenceKind
from orgs.forms.fields import DayField
from orgs.forms.lookups import organisation_field
from orgs.forms.styled import StyledForm
from orgs.models import Organisation

FIRST_UNITS = 6  # rows when founding; others are admitted on the page


class AllianceForm(StyledForm):
    name = forms.CharField(label="联盟名称", max_length=120)
    aim = text_area("宗旨", max_length=500, required=False)
    founded_on = DayField(label="成立日期", initial=timezone.localdate)
    conferences_per_year = per_year("每年联席会议（次）", help_text="一般每年1至2次，也可每季度1次。")
    seen_at = forms.CharField(widget=forms.HiddenInput, required=False)

    @property
    def values(self) -> dict:
        data = self.cleaned_data
        names = ("name", "aim", "founded_on")
        return {name: data[name] for name in names} | {
            "conferences_per_year": data["conferences_per_year"] or 0
        }


class NewAllianceForm(AllianceForm):
    organisation = organisation_field(label="牵头党组织", help_text="负责联盟日常工作，自动成为成员。")
    field_order = ("organisation",)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        rows = Organisation.objects.permitted_to(user, "linkages.change").active()
        self.fields["organisation"].queryset = rows


def unit_forms(data, *, user):
    return [UnitForm(data, user=user, prefix=f"unit-{number}") for number in range(FIRST_UNITS)]


class AdmitForm(UnitForm):
    on = DayField(label="加入日期", initial=timezone.localdate)

    def clean(self):
        data = super().clean()
        if not self.errors and not self.unit:
            raise forms.ValidationError("请填写加入的党组织或共建单位。")
        return data


class ReleaseForm(StyledForm):
    on = DayField(label="退出日期", initial=timezone.localdate)


class TermsForm(StyledForm):
    """`order` are the members as their turns come; those ticked take one each, in this order."""

    months = forms.IntegerField(label="每任（月）", min_value=1, max_value=MOST_MONTHS, initial=6)
    starts_on = DayField(label="首任开始日期", initial=timezone.localdate)

    def __init__(self, *args, order, is_first, **kwargs):
        super().__init__(*args, **kwargs)
        self.order = {str(member.pk): member for member in order}
        choices = [(key, str(member)) for key, member in self.order.items()]
        self.fields["members"] = forms.MultipleChoiceField(
            label="依次担任的单位", choices=choices, widget=forms.CheckboxSelectMultiple,
            help_text="按上次轮值的先后排列，从未担任的在前；不参加这一轮的不选。", initial=list(self.order),
        )  # fmt: skip
        if not is_first:
            del self.fields["starts_on"]

    def clean_members(self):
        chosen = set(self.cleaned_data["members"])
        return [member for key, member in self.order.items() if key in chosen]


class HandoverForm(StyledForm):
    ends_on = DayField(label="任期止")


class EndAllianceForm(StyledForm):
    on = DayField(label="终止日期", initial=timezone.localdate)
    reason = forms.CharField(label="终止原因", max_length=300)


# --- Conferences ---------------------------------------------------------------------------------------


class ConferenceForm(StyledForm):
    kind = forms.ChoiceField(label="会议类别", choices=ConferenceKind.choices)
    title = forms.CharField(label="会议主题", max_length=120)
    on = DayField(label="日期", initial=timezone.localdate)
    place = forms.CharField(label="地点", max_length=120, required=False)
    agenda = forms.CharField(
        label="议程", max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )


class HoldForm(StyledForm):
    """`members` are those of today; the action asks whether they were members on the day."""

    on = DayField(label="召开日期")
    gist = forms.CharField(
        label="会议纪要", max_length=5000, widget=forms.Textarea(attrs={"rows": 5}),
        help_text="写明讨论和议定的情况；议定事项登记后逐项填写。",
    )  # fmt: skip

    def __init__(self, *args, members, activities, **kwargs):
        super().__init__(*args, **kwargs)
        self.members = {str(member.pk): member for member in members}
        self.fields["attending"] = forms.MultipleChoiceField(
            label="到会成员单位", widget=forms.CheckboxSelectMultiple,
            choices=[(key, str(member)) for key, member in self.members.items()], initial=list(self.members),
        )  # fmt: skip
        if activities:
            self.fields["activity"] = forms.ModelChoiceField(
                label="对应的活动记录", queryset=Activity.objects.filter(pk__in=[row.pk for row in activities]),
                required=False, empty_label="没有", help_text="已把本次会议登记为活动的，可以在此关联。",
            )  # fmt: skip
        self.order_fields(["on", "attending", "gist", "activity"])

    def clean_attending(self):
        return [self.members[key] for key in self.cleaned_data["attending"]]


class CancelForm(StyledForm):
    reason = forms.CharField(label="取消原因", max_length=200)


class ResolutionForm(StyledForm):
    text = text_area("议定事项", max_length=300)
    owner = forms.ModelChoiceField(label="责任单位", queryset=None, empty_label="请选择")
    due_on = DayField(label="完成期限")

    def __init__(self, *args, members, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = members


class NoteForm(StyledForm):
    text = forms.CharField(label="进展", max_length=300)


class CloseForm(StyledForm):
    on = DayField(label="完成日期", initial=timezone.localdate)
    result = forms.CharField(label="落实情况", max_length=300)
