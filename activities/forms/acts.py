"""Small forms of what is done with a record."""

from django import forms

from orgs.forms.fields import DayField
from orgs.forms.styled import StyledForm

# Act → (label of the button, what it means).
NEEDS_REASON = {
    "return": ("退回修改", "退回后由登记的党组织修改并重新提交。"),
    "reopen": ("退回更正", "已归档的记录退回后才能更正。"),
    "cancel": ("取消活动", "记录保留并注明已取消；已预订的场地随即放开。"),
}


class NoForm(StyledForm):
    """An act that asks for nothing."""


class ReasonForm(StyledForm):
    reason = forms.CharField(label="原因", max_length=300)


def number(label, **kwargs):
    return forms.IntegerField(label=label, min_value=0, max_value=1_000_000, **kwargs)


class VoteForm(StyledForm):
    matter = forms.CharField(label="表决事项", max_length=120)
    expected = number("应到会有表决权人数", help_text="预备党员没有表决权，不计入。")
    present = number("实到会有表决权人数")
    yes = number("赞成")
    no = number("反对", required=False)
    abstained = number("弃权", required=False)
    written = number("其中书面意见", required=False)
    passed = forms.BooleanField(label="通过", required=False)
    note = forms.CharField(
        label="应到人数说明",
        max_length=200,
        required=False,
        help_text="应到会人数少于有表决权的党员人数时填写。",
    )

    def clean(self):
        cleaned = super().clean()
        return cleaned | {name: cleaned.get(name) or 0 for name in ("no", "abstained", "written")}


class ResolutionForm(StyledForm):
    text = forms.CharField(label="决议事项", max_length=300, widget=forms.Textarea(attrs={"rows": 2}))
    owner_name = forms.CharField(label="责任人", max_length=50, required=False)
    due_on = DayField(label="完成期限", required=False)


class CloseForm(StyledForm):
    on = DayField(label="完成日期")
    result = forms.CharField(label="落实情况", max_length=300)
