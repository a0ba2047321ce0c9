"""Forms of study lists and of the marks of who has read what."""

from django import forms

from activities.forms.choose import PlaceForm
from activities.forms.fields import text_area
from activities.kinds import Kind
from activities.models import Activity, StudyKind
from members.forms.recruiting import MembersField
from members.models import Member
from orgs.forms.fields import DayField
from orgs.forms.styled import StyledForm


class StudyForm(StyledForm):
    title = forms.CharField(label="名称", max_length=80)
    about = text_area("学习要求", max_length=500)
    starts_on = DayField(label="开始日期")
    ends_on = DayField(label="完成期限")
    seen_at = forms.DateTimeField(required=False, widget=forms.HiddenInput)

    VALUES = ("title", "about", "starts_on", "ends_on")

    @property
    def values(self) -> dict:
        return {name: self.cleaned_data[name] for name in self.VALUES}


class NewStudyForm(PlaceForm, StudyForm):
    """A list, and whose it is."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        del self.fields["seen_at"]
        self.order_fields(["organisation", *self.VALUES])


class ItemForm(StyledForm):
    title = forms.CharField(label="篇目", max_length=120)
    kind = forms.ChoiceField(label="类型", choices=StudyKind.choices)
    source = forms.CharField(label="来源", max_length=100, required=False)
    link = forms.URLField(
        label="链接", max_length=500, required=False, assume_scheme="https", help_text="以 https:// 开头。"
    )
    minutes = forms.IntegerField(label="参考时长（分钟）", min_value=1, max_value=6000, required=False)
    is_required = forms.BooleanField(label="必学", required=False, initial=True)


class MarkForm(StyledForm):
    """Who of a branch has read which items, heard at a meeting or by word of mouth."""

    items = forms.ModelMultipleChoiceField(
        label="学习的篇目", queryset=None, widget=forms.CheckboxSelectMultiple
    )
    on = DayField(label="学习日期")
    activity = forms.ModelChoiceField(
        label="集体学习的活动", queryset=Activity.objects.none(), required=False, empty_label="没有关联活动"
    )
    members = MembersField(label="已学习的党员", queryset=Member.objects.none())

    def __init__(self, *args, study_list, branch, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["items"].queryset = study_list.items.standing()
        there = Member.objects.permitted_to(user, "activities.change").in_register()
        there = there.filter(organisation=branch).defer("identity_number", "mobile")
        self.fields["members"].queryset = there.order_by("pinyin", "pk")
        held = Activity.objects.visible_to(user).held().hosted_by(branch).defer("gist", "agenda")
        held = held.exclude(kinds__kind=Kind.BRANCH_COMMITTEE)
        self.fields["activity"].queryset = held.filter(held_on__gte=study_list.starts_on).order_by(
            "-held_on", "-pk"
        )
        self.fields["activity"].label_from_instance = lambda row: f"{row.held_on} {row.title}"

    def clean_members(self):
        chosen = self.cleaned_data["members"]
        return list(self.fields["members"].queryset.select_related("organisation").filter(pk__in=chosen))


class ReflectionForm(forms.Form):
    reflection = text_area("学习心得", max_length=2000)
