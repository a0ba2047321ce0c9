"""The form that ties an account to a member."""

from django import forms


class AccountForm(forms.Form):
    username = forms.CharField(
        label="登录名",
        max_length=150,
        required=False,
        help_text="须是本党支部的“党员”账号；留空则解除关联。关联后本人可以查看自己的信息和党费。",
    )
