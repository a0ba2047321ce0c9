from django import forms


class RevealForm(forms.Form):
    purpose = forms.CharField(label="查看用途", max_length=100, min_length=2)
