"""What is asked before a list leaves as a file."""

from django import forms


class PurposeForm(forms.Form):
    purpose = forms.CharField(label="用途", max_length=100, min_length=2)


class ExportForm(PurposeForm):
    file_format = forms.ChoiceField(
        label="格式", choices=[("xlsx", "Excel（.xlsx）"), ("csv", "CSV（.csv）")]
    )

    field_order = ("file_format", "purpose")
