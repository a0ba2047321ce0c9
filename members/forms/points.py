"""Forms of the points sheet: entering, withdrawing, criteria."""

from django import forms
from django.utils import timezone

from members.actions.points import CRITERION, MOST_ITEMS
from members.models import Counting, PointCriterion
from members.recruiting import points
from orgs.forms.fields import DayField
from orgs.forms.lookups import organisation_field
from orgs.kinds import COMMITTEES
from orgs.models import Organisation


class CriterionChoice(forms.ModelChoiceField):
    def label_from_instance(self, criterion):
        if criterion.counting == Counting.ONCE:
            return f"{criterion.name}（一次，最高{criterion.points_max}分）"
        return f"{criterion.name}（每项{criterion.points}分，最高{criterion.points_max}分）"


class GroupedIterator(forms.models.ModelChoiceIterator):
    """The criteria under the names of their groups; one query."""

    def __iter__(self):
        yield "", self.field.empty_label
        groups = {}
        for criterion in self.queryset:
            groups.setdefault(criterion.group, []).append(self.choice(criterion))
        yield from groups.items()


CriterionChoice.iterator = GroupedIterator


class PointForm(forms.Form):
    criterion = CriterionChoice(label="指标", queryset=PointCriterion.objects.none(), empty_label="请选择")
    on = DayField(label="取得日期", initial=timezone.localdate)
    count = forms.IntegerField(
        label="项数", min_value=1, max_value=MOST_ITEMS, required=False, help_text="按项计分的填写，默认1项。"
    )
    given = forms.IntegerField(
        label="得分", min_value=1, max_value=32767, required=False, help_text="一次计分的填写，默认最高分。"
    )
    evidence = forms.CharField(
        label="依据",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="如文件名称、证书编号。",
    )

    def __init__(self, *args, organisation, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["criterion"].queryset = points.criteria_for(organisation)


class WithdrawForm(forms.Form):
    reason = forms.CharField(label="撤回原因", max_length=200)


class CriterionForm(forms.ModelForm):
    class Meta:
        model = PointCriterion
        fields = list(CRITERION)
        help_texts = {
            "group": "如科技贡献、产业贡献、成果转化、政治表现，合计按类别列出。",
            "points": "按项计分的每项分值；一次计分的填最高分。",
            "points_max": "该指标累计不超过这个分数。",
        }

    def _post_clean(self):
        """The action checks the row as a whole: the form's own row may be that of the version before."""

    @property
    def values(self) -> dict:
        return {name: self.cleaned_data[name] for name in CRITERION}


class NewCriterionForm(CriterionForm):
    organisation = organisation_field(label="适用党组织（含下级）")
    field_order = ("organisation", *CRITERION)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = committees(user)


class AdoptForm(forms.Form):
    organisation = organisation_field(label="适用党组织（含下级）")

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = committees(user)


def committees(user):
    """Where the person may set criteria."""
    found = Organisation.objects.permitted_to(user, "members.change").active()
    return found.filter(kind__in=COMMITTEES)
