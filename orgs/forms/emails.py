"""The address of an account: of one's own, and of another's by an administrator."""

from allauth.account.adapter import get_adapter
from django import forms

EMAIL = {"label": "电子邮箱", "max_length": 254}


class OwnEmailForm(forms.Form):
    email = forms.EmailField(**EMAIL | {"label": "新的电子邮箱"})
    password = forms.CharField(
        label="当前密码",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        help_text="用来确认是您本人。",
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password(self):
        """Wrong ones count as failed sign-ins."""
        adapter = get_adapter()
        if not adapter.reauthenticate(self.user, self.cleaned_data["password"]):
            raise adapter.validation_error("incorrect_password")
        return self.cleaned_data["password"]


class AccountEmailForm(forms.Form):
    email = forms.EmailField(**EMAIL, required=False, help_text="不填为清除。请先确认是本人的邮箱。")
