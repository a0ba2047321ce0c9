"""Forms of responsibility lists. They read and scope input; the rules are in the actions."""

from django import forms
from django.utils import timezone

from activities.forms.choose import PlaceForm
from linkages.actions.commitments import FIELDS, MOST_COPIED
from linkages.commitments.transitions import RULES
from linkages.forms.agreements import text_area
from linkages.forms.lists import places
from linkages.models import Commitment, CommitmentAct, leading_units
from linkages.models.commitments import LONGEST_WORDS
from orgs.forms.fields import DayField
from orgs.forms.styled import StyledForm


def _years():
    this = timezone.localdate().year
    return [(year, f"{year}年") for year in (this, this + 1)]


def year_field():
    return forms.TypedChoiceField(
        label="年度", choices=_years, coerce=int, initial=lambda: timezone.localdate().year
    )


class CommitmentForm(PlaceForm):
    """`commitment` is the one that is changed; its unit and year stay."""

    year = year_field()
    title = forms.CharField(label="项目名称", max_length=120)
    leader_name = forms.CharField(label="领办人", max_length=50, help_text="一般为单位党组织负责人。")
    aim = text_area("目标", max_length=LONGEST_WORDS, help_text="写明年底能核对的结果。")
    measure = text_area("举措", max_length=LONGEST_WORDS, required=False)
    due_on = DayField(label="完成期限", help_text="到期前14天提醒。")
    seen_at = forms.DateTimeField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, user, commitment=None, **kwargs):
        if commitment is not None:
            stored = {name: getattr(commitment, name) for name in FIELDS}
            kwargs["initial"] = stored | {"seen_at": commitment.updated_at.isoformat()}
        super().__init__(*args, user=user, places=leading_units(places(user)), **kwargs)
        self.fields["organisation"].label = "领办单位"
        if commitment is not None:
            del self.fields["organisation"], self.fields["year"]

    @property
    def values(self) -> dict:
        return {name: self.cleaned_data[name] for name in FIELDS}


class CopyForm(StyledForm):
    """What goes on from the year before into `year`: of the units the person keeps, what is not there yet."""

    year = year_field()
    commitments = forms.ModelMultipleChoiceField(
        Commitment.objects.none(),
        label="选择要沿用的项目",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请至少选择一项。"},
    )

    def __init__(self, *args, user, year: int, **kwargs):
        super().__init__(*args, initial={"year": year}, **kwargs)
        rows = Commitment.objects.permitted_to(user, "linkages.change").standing()
        copied = rows.filter(year=year, copied_from__isnull=False).order_by().values("copied_from")
        rows = rows.filter(year=year - 1, organisation__dissolved_on__isnull=True).exclude(pk__in=copied)
        rows = rows.select_related("organisation").order_by("organisation__path", "pk")
        keys = list(rows.values_list("pk", flat=True)[:MOST_COPIED])
        field = self.fields["commitments"]
        field.queryset = rows.filter(pk__in=keys)
        field.label_from_instance = lambda row: f"{row.title}（{row.organisation.name}）"
        field.widget.attrs.pop("class", None)
        self.is_empty = not keys


# --- Steps ---------------------------------------------------------------------------------------------------

LABELS = {
    "report": "完成情况",
    "words": "确认意见（可不填）",
    "note": "进展",
    "reason": {
        CommitmentAct.SEND_BACK: "退回意见",
        CommitmentAct.REOPEN: "撤销确认的原因",
        CommitmentAct.WITHDRAW: "撤回原因",
    },
}


def act_form(act, data=None):
    """A form of what the step asks; its cleaned data are the arguments of the action."""
    fields = {}
    for name in RULES[act].asks:
        label = LABELS[name] if name != "reason" else LABELS[name][act]
        fields[name] = text_area(label, max_length=LONGEST_WORDS, required=name != "words")
    return type("ActForm", (StyledForm,), fields)(data, auto_id=f"{act}-%s")
