"""A field for one or several files; what each of them is, `orgs.uploads.accept` decides when it is kept."""

from django import forms

from orgs import uploads


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Cleans to a list."""

    widget = FilesInput

    def widget_attrs(self, widget):
        return super().widget_attrs(widget) | {"accept": uploads.accepted_extensions()}

    def clean(self, data, initial=None):
        return uploads.split_batch([file for file in data or [] if file])


class FilesForm(forms.Form):
    files = FilesField(label="文件")
