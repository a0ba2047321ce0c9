"""Choosing the organisation for which one records; brands, which belong to one."""

from django import forms

from activities import entry_points
from orgs.forms.fields import DayField
from orgs.forms.lookups import organisation_field
from orgs.forms.styled import StyledForm


class PlaceForm(StyledForm):
    """A list where there are few, a field with suggestions where there are many; cleans to the organisation.

    `places` are the organisations to choose from; without them those for which the person may record activities.
    """

    def __init__(self, *args, user, places=None, **kwargs):
        super().__init__(*args, **kwargs)
        rows = (entry_points.places(user) if places is None else places).order_by("path")
        found = list(rows[: entry_points.FEW + 1])
        self.is_choice = len(found) > 1
        if len(found) <= entry_points.FEW:
            field = forms.ModelChoiceField(queryset=rows, label="党组织", empty_label=None)
            field.choices = [(one.pk, one.name) for one in found]
            field.widget.attrs["class"] = "form-select"
        else:
            field = organisation_field(label="党组织", help_text="")
            field.queryset = rows
            field.widget.attrs["class"] = "form-control"
        self.fields["organisation"] = field


class SeriesForm(StyledForm):
    name = forms.CharField(label="品牌名称", max_length=60)
    about = forms.CharField(label="简介", max_length=300, required=False)
    started_on = DayField(label="开始日期", required=False)
    ended_on = DayField(label="结束日期", required=False)

    @property
    def values(self) -> dict:
        return {name: self.cleaned_data[name] for name in SeriesForm.base_fields} if self.is_valid() else {}


class NewSeriesForm(PlaceForm, SeriesForm):
    """A brand, and whose it is."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.order_fields(["organisation", *SeriesForm.base_fields])

    @property
    def chosen(self):
        return self.cleaned_data["organisation"] if self.is_valid() else None
