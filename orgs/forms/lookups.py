"""Fields for rows of which there are thousands: typed by code or name, with suggestions instead of a select."""

import re

from django import forms
from django.db.models import Q
from django.urls import reverse_lazy
from django.utils.html import format_html

IN_BRACKETS = re.compile(r".*（(?P<code>[^（）]+)）$")


def option_text(name, code) -> str:
    """What a suggestion puts into the field; `LookupField` reads it back."""
    return f"{name}（{code}）" if code else str(name)


class LookupInput(forms.TextInput):
    """A text field with its own list of suggestions, which htmx fills while one types."""

    def __init__(self, url):
        self.url = url
        super().__init__({"autocomplete": "off", "hx-trigger": "input changed delay:300ms"})

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        options = f"{context['widget']['attrs'].get('id', name)}-options"
        context["widget"]["attrs"] |= {"list": options, "hx-get": str(self.url), "hx-target": f"#{options}"}
        return context

    def render(self, name, value, attrs=None, renderer=None):
        context = self.get_context(name, value, attrs)
        options = context["widget"]["attrs"]["list"]
        return self._render(self.template_name, context, renderer) + format_html(
            '<datalist id="{}"></datalist>', options
        )


class LookupField(forms.CharField):
    """Cleans to one row of `queryset`, which the form must set; `url` serves the suggestions."""

    def __init__(self, *, what, code_field, name_field, url, **kwargs):
        self.what, self.code_field, self.name_field = what, code_field, name_field
        self.queryset = None
        super().__init__(**{"max_length": 200, "widget": LookupInput(reverse_lazy(url))} | kwargs)

    def clean(self, value):
        text = super().clean(value)
        if not text:
            return None
        found = self._find(text)
        if len(found) == 1:
            return found[0]
        if found:
            raise forms.ValidationError(f"有多个{self.what}与“{text}”相符，请从提示中选择，或填写代码。")
        raise forms.ValidationError(f"在您的范围内找不到{self.what}“{text}”，请填写完整名称或代码。")

    def _find(self, text):
        """Exact first, then what contains the text; two rows are enough to know that it is ambiguous."""
        match = IN_BRACKETS.match(text)
        code = match["code"] if match else text
        exact = Q(**{f"{self.code_field}__iexact": code}) | Q(**{self.name_field: text})
        return list(self.queryset.filter(exact)[:2]) or list(
            self.queryset.filter(**{f"{self.name_field}__icontains": text})[:2]
        )


def organisation_field(**kwargs):
    defaults = {"label": "党组织", "help_text": "输入名称或代码，从提示中选择。"}
    return LookupField(
        what="党组织",
        code_field="code",
        name_field="name",
        url="orgs:organisation-options",
        **defaults | kwargs,
    )


def enterprise_field(**kwargs):
    return LookupField(
        what="企业",
        code_field="credit_code",
        name_field="name",
        url="orgs:enterprise-options",
        **{"label": "所在企业"} | kwargs,
    )


def account_field(**kwargs):
    defaults = {"label": "授权给", "help_text": "输入姓名或用户名，从提示中选择。"}
    return LookupField(
        what="账号",
        code_field="username",
        name_field="display_name",
        url="orgs:account-options",
        **defaults | kwargs,
    )
