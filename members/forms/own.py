"""Forms of own records: a mistake, its answer, an account."""

from django import forms

from members.models import CorrectionField, CorrectionState

ANSWERS = [(CorrectionState.ACCEPTED.value, "采纳"), (CorrectionState.DECLINED.value, "不采纳")]


class CorrectionForm(forms.Form):
    field = forms.ChoiceField(label="有误的项目", choices=[("", "请选择"), *CorrectionField.choices])
    claim = forms.CharField(
        label="正确内容",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="加密保存，只有您所在党支部和上级党组织的工作人员可以看到。",
    )


class AnswerForm(forms.Form):
    state = forms.ChoiceField(label="处理", choices=[("", "请选择"), *ANSWERS])
    reply = forms.CharField(
        label="答复",
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="本人可以看到。不采纳的须说明理由。",
    )


class AccountForm(forms.Form):
    username = forms.CharField(
        label="用户名",
        max_length=150,
        help_text="该账号须在本党支部担任“党员”角色；关联后可查看该党员的本人信息，请核对无误。",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
