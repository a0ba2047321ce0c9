from django import forms

CLASSES = {forms.Select: "form-select", forms.CheckboxInput: "form-check-input"}


class StyledForm(forms.Form):
    """For forms whose fields a template places one by one: the look that crispy gives the others."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            found = (name for kind, name in CLASSES.items() if isinstance(field.widget, kind))
            field.widget.attrs["class"] = next(found, "form-control")
