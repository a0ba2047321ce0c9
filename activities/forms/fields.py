"""Fields of the forms about activities."""

import re

from django import forms
from django.db.models import Q

from orgs.forms.lookups import IN_BRACKETS
from orgs.models import Organisation

MOST_HOSTS = 20
GUEST = re.compile(r"[\s,，、;；：:]+")


def text_area(label, *, rows=3, **kwargs):
    return forms.CharField(
        label=label, widget=forms.Textarea(attrs={"rows": rows}), **{"required": False} | kwargs
    )


class LinesField(forms.CharField):
    """One entry a line."""

    widget = forms.Textarea(attrs={"rows": 2})

    def lines(self, value):
        return [line.strip() for line in super().clean(value).splitlines() if line.strip()]


class HostsField(LinesField):
    """Organisations anywhere in the register, one a line, each by its whole name or code."""

    def clean(self, value):
        lines = list(dict.fromkeys(self.lines(value)))
        if len(lines) > MOST_HOSTS:
            raise forms.ValidationError(f"联合主办的党组织最多{MOST_HOSTS}个。")
        return [self._one(line) for line in lines]

    def _one(self, text):
        match = IN_BRACKETS.match(text)
        code = match["code"] if match else text
        found = list(Organisation.objects.active().filter(Q(code__iexact=code) | Q(name=text))[:2])
        if len(found) != 1:
            raise forms.ValidationError(f"找不到党组织“{text}”，请填写完整名称或代码。")
        return found[0]


class GuestsField(LinesField):
    """(name, unit), one a line."""

    def clean(self, value):
        pairs = [GUEST.split(line, maxsplit=1) for line in self.lines(value)]
        found = [(pair[0], pair[1] if len(pair) > 1 else "") for pair in pairs]
        if any(len(name) > 50 or len(unit) > 120 for name, unit in found):
            raise forms.ValidationError("每行写一人：姓名不超过50字，单位、职务不超过120字。")
        return found


def guest_lines(guests) -> str:
    return "\n".join(f"{guest.name} {guest.unit}".strip() for guest in guests)


def host_lines(organisations) -> str:
    return "\n".join(f"{one.name}（{one.code}）" for one in organisations)
