from django import forms

from members.recruiting.documents import kinds
from orgs.forms.uploads import FilesField


class DocumentsForm(forms.Form):
    """Several files of one kind for one step."""

    kind = forms.ChoiceField(label="材料")
    files = FilesField(label="文件")

    def __init__(self, *args, number, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(kind, kind) for kind in kinds(number)]
