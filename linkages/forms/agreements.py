"""Forms of agreements. They read and scope input; the rules are in the actions."""

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.utils import timezone

from linkages.forms.units import UnitForm
from linkages.models import Agreement, Content, EvaluationGrade
from orgs.forms.fields import DayField
from orgs.forms.lookups import organisation_field
from orgs.forms.styled import StyledForm
from orgs.models import Organisation

SIDES = 5  # rows of the form; an agreement of more parties is an alliance


def per_year(label, **kwargs):
    return forms.IntegerField(label=label, min_value=0, max_value=99, required=False, **kwargs)


def text_area(label, **kwargs):
    return forms.CharField(label=label, widget=forms.Textarea(attrs={"rows": 2}), **kwargs)


class AgreementForm(StyledForm):
    organisation = organisation_field(
        label="起草党组织", help_text="协议的一方；输入名称或代码，从提示中选择。"
    )
    title = forms.CharField(label="协议名称", max_length=120)
    number = forms.CharField(label="协议编号", max_length=40, required=False)
    aim = text_area("共建目标", max_length=500, required=False)
    starts_on = DayField(label="期限起", initial=timezone.localdate)
    ends_on = DayField(label="期限止", help_text="一般1至3年。")
    long_term_confirmed = forms.BooleanField(label="期限较长，已确认", required=False)
    contents = forms.MultipleChoiceField(
        label="共建内容", choices=Content.choices, widget=forms.CheckboxSelectMultiple
    )
    meetings_per_year = per_year("每年联席会议（次）")
    activities_per_year = per_year("每年联合活动（次）")
    seen_at = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["contents"].widget.attrs.pop("class", None)
        for name in ("starts_on", "ends_on"):
            self.fields[name].widget.attrs["class"] = "form-control"
        self.fields["organisation"].queryset = Organisation.objects.permitted_to(
            user, "linkages.change"
        ).active()

    @property
    def values(self) -> dict:
        """As the actions take it, without the parties."""
        names = ("number", "title", "aim", "starts_on", "ends_on")
        counts = ("meetings_per_year", "activities_per_year")
        data = self.cleaned_data
        return {name: data[name] for name in names} | {name: data[name] or 0 for name in counts}

    def add_error(self, field, error):
        """What is wrong with the parties is said above the form: they are rows of their own."""
        super().add_error(NON_FIELD_ERRORS if field == "parties" else field, error)


class PartyForm(UnitForm):
    """One side, with who leads and is called there, and what it promises."""

    leader_name = forms.CharField(label="负责人", max_length=50, required=False)
    liaison_name = forms.CharField(label="联络员", max_length=50, required=False)
    items_per_year = per_year("每年办实事（件）")
    resources_per_year = per_year("每年提供资源（项）")

    def clean(self):
        data = super().clean()
        typed = any(value for name, value in data.items() if name not in ("inside", "partner"))
        if typed and not self.unit and not self.errors:
            raise forms.ValidationError("请填写这一方的单位。")
        return data

    @property
    def party(self) -> dict | None:
        data = self.cleaned_data
        if not self.unit:
            return None
        return {
            "organisation": data.get("inside"),
            "partner": data.get("partner"),
            "leader_name": data["leader_name"],
            "liaison_name": data["liaison_name"],
            "items_per_year": data["items_per_year"] or 0,
            "resources_per_year": data["resources_per_year"] or 0,
        }


def party_forms(data, *, user, initial=()):
    initial = list(initial)
    return [
        PartyForm(
            data,
            user=user,
            prefix=f"party-{number}",
            initial=initial[number] if number < len(initial) else None,
        )
        for number in range(max(SIDES, len(initial)))
    ]


def initial_of(agreement: Agreement) -> tuple[dict, list[dict]]:
    """What the forms show of an agreement fetched `with_parties`."""
    names = (
        "title", "number", "aim", "starts_on", "ends_on", "meetings_per_year", "activities_per_year",
    )  # fmt: skip
    values = {name: getattr(agreement, name) for name in names}
    values |= {
        "organisation": f"{agreement.organisation.name}（{agreement.organisation.code}）",
        "contents": [row.content for row in agreement.contents.all()],
        "seen_at": agreement.updated_at.isoformat(),
    }
    parties = [
        {
            "inside": f"{row.organisation.name}（{row.organisation.code}）" if row.organisation else "",
            "partner": row.partner.name if row.partner else "",
            "leader_name": row.leader_name,
            "liaison_name": row.liaison_name,
            "items_per_year": row.items_per_year,
            "resources_per_year": row.resources_per_year,
        }
        for row in agreement.parties.all()
    ]
    return values, parties


class SignForm(StyledForm):
    on = DayField(label="签署日期", initial=timezone.localdate)


class AmendForm(StyledForm):
    on = DayField(label="约定日期", initial=timezone.localdate)
    text = text_area("补充约定", max_length=400)


class EndForm(StyledForm):
    on = DayField(label="终止日期", initial=timezone.localdate)
    reason = forms.CharField(label="终止原因", max_length=300)


class EvaluationForm(StyledForm):
    year = forms.IntegerField(label="年度", min_value=2000, max_value=2100)
    grade = forms.ChoiceField(label="评价", choices=EvaluationGrade.choices)
    words = text_area("评语", max_length=500)
