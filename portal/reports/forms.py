"""What a report is asked for: whose, and of which month or year. What is not said has a default."""

import datetime as dt
import re

from django import forms
from django.utils import timezone

from activities.training_filters import years
from orgs.forms.lookups import option_text, organisation_field
from orgs.forms.styled import StyledForm
from portal.reports.coverage import BY

MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
FIRST_MONTH = dt.date(2000, 1, 1)


class MonthField(forms.CharField):
    """“2026-10” as the first day of the month; none that has not begun."""

    widget = forms.TextInput(attrs={"type": "month"})

    def clean(self, value):
        text = super().clean(value)
        found = MONTH.fullmatch(text)
        if not found:
            raise forms.ValidationError(f"月份“{text[:20]}”应写成2026-11的样子。")
        year, month = map(int, found.groups())
        if (
            not (FIRST_MONTH.year, 1)
            <= (year, month)
            <= (timezone.localdate().year, timezone.localdate().month)
        ):
            raise forms.ValidationError(f"月份“{text}”还没有到，或早于{FIRST_MONTH.year}年，请选择其他月份。")
        return dt.date(year, month, 1)


class ReportForm(StyledForm):
    """`organisations` are those to choose from, `organisation` the one that is meant when none is said (None: there is none)."""

    organisation = organisation_field(help_text="")

    def __init__(self, query, *, organisations, organisation):
        given = {name: value for name, value in query.items() if value}
        if organisation:
            named = {"organisation": option_text(organisation.name, organisation.code)}
            super().__init__(named | self.defaults() | given)
        else:
            super().__init__()  # nothing to report on, nothing to find fault with
        self.fields["organisation"].queryset = organisations

    @staticmethod
    def defaults() -> dict:
        raise NotImplementedError

    @property
    def period(self) -> dict:
        """What `build` of the report takes."""
        return {name: value for name, value in self.cleaned_data.items() if name != "organisation"}


class CoverageForm(ReportForm):
    month = MonthField(label="月份", max_length=20)
    by = forms.ChoiceField(label="分行", choices=[(name, f"按{label}") for name, (label, _) in BY.items()])

    @staticmethod
    def defaults():
        return {"month": f"{timezone.localdate():%Y-%m}", "by": "area"}


class YearlyForm(ReportForm):
    year = forms.TypedChoiceField(label="年度", choices=years, coerce=int)

    @staticmethod
    def defaults():
        return {"year": timezone.localdate().year}


class SubscriptionForm(forms.Form):
    """What the page of a report sends: whose, and for the coverage report which lines."""

    organisation = forms.ModelChoiceField(label="党组织", queryset=None)
    lines = forms.ChoiceField(label="分行", required=False)

    def __init__(self, data, *, organisations, kind):
        super().__init__(data)
        self.fields["organisation"].queryset = organisations
        choices = kind.form.base_fields["by"].choices if "by" in kind.form.base_fields else []
        self.fields["lines"].choices = choices
        self.fields["lines"].required = bool(choices)
