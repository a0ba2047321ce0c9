"""What is asked before the record book of a year leaves as a file."""

from django import forms
from django.utils import timezone

from orgs.forms.styled import StyledForm

FIRST_YEAR = 1990


class BookForm(StyledForm):
    year = forms.IntegerField(label="年度", min_value=FIRST_YEAR)
    purpose = forms.CharField(label="用途", max_length=100, min_length=2)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial.setdefault("year", timezone.localdate().year)

    def clean_year(self):
        year = self.cleaned_data["year"]
        if year > timezone.localdate().year:
            raise forms.ValidationError("还没有到这一年。")
        return year
