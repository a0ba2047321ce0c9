"""The form of the recruiting plan: places for an organisation and everything directly below it, saved at once."""

from django import forms

from members.actions.plans import MOST_PLACES, Plan
from members.forms.recruiting import count
from orgs.forms.styled import StyledForm


class PlanForm(StyledForm):
    """`standings` are the organisations that may be given places, `before` (id → quota) what is proposed for them."""

    document_no = forms.CharField(label="文号", max_length=60, required=False)
    note = forms.CharField(label="说明", max_length=200, required=False)

    def __init__(self, *args, standings, before=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.standings = standings
        for standing in standings:
            pk, name = standing.organisation.pk, standing.organisation.name
            quota = standing.quota or (before or {}).get(pk)
            for prefix, label, value in (
                ("places", f"{name}计划名额", quota and quota.places),
                ("high", f"{name}其中高新技术企业名额", quota and quota.high_tech_places),
            ):
                field = count(label, initial=value)
                field.widget.attrs |= {"class": "form-control", "inputmode": "numeric", "max": MOST_PLACES}
                self.fields[f"{prefix}-{pk}"] = field

    def clean(self):
        cleaned = super().clean()
        for standing in self.standings:
            pk = standing.organisation.pk
            if cleaned.get(f"high-{pk}") is not None and cleaned.get(f"places-{pk}") is None:
                self.add_error(f"places-{pk}", "请填写计划名额。")
        return cleaned

    @property
    def rows(self):
        """(standing, field of the places, field of those for high-tech enterprises)."""
        for standing in self.standings:
            pk = standing.organisation.pk
            yield standing, self[f"places-{pk}"], self[f"high-{pk}"]

    @property
    def plans(self) -> list[Plan]:
        """What differs from what is stored; document and note go to these."""
        words = {name: self.cleaned_data[name] or None for name in ("document_no", "note")}
        plans = []
        for standing in self.standings:
            given = [self.cleaned_data[f"{name}-{standing.organisation.pk}"] for name in ("places", "high")]
            quota = standing.quota
            if given != [quota and quota.places, quota and quota.high_tech_places]:
                plans.append(Plan(standing.organisation, *given, **words))
        return plans
