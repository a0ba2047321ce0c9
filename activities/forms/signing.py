"""What people type at the door, and the terms of signing up."""

from django import forms

from orgs.forms.styled import StyledForm


class SignInForm(StyledForm):
    name = forms.CharField(
        label="姓名", max_length=50, required=False, widget=forms.TextInput({"autocomplete": "name"})
    )
    digits = forms.RegexField(
        r"^\d{3}[\dXx]$",
        label="手机号后四位",
        required=False,
        help_text="未登记手机号的，填写身份证号后四位。",
        error_messages={"invalid": "请填写四位数字。"},
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off", "maxlength": 4}),
    )
    ticket = forms.CharField(widget=forms.HiddenInput, max_length=200)
    own = forms.BooleanField(widget=forms.HiddenInput, required=False)

    def clean(self):
        values = super().clean()
        if not values.get("own"):
            for name, words in (("name", "请填写姓名。"), ("digits", "请填写四位数字。")):
                if not values.get(name) and name not in self.errors:
                    self.add_error(name, words)
        return values


class OfferForm(forms.Form):
    until = forms.DateTimeField(
        label="报名截止",
        required=False,
        help_text="留空为不再接受报名。",
        widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    places = forms.IntegerField(label="名额", required=False, min_value=1, help_text="不限名额的留空。")
