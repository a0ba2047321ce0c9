"""Forms of deputies and professors. They read and scope input; the rules are in the actions."""

from django import forms
from django.utils import timezone

from activities.forms.choose import PlaceForm
from linkages.actions.secondments import FIELDS
from linkages.forms.agreements import text_area
from linkages.forms.lists import places
from linkages.forms.units import partner_field
from linkages.models import Candidate, ExitKind, Partner, SecondmentAct, SecondmentKind
from linkages.models.secondments import LONGEST_NOTE, MOST_AT_ONCE, MOST_MONTHS
from linkages.secondments.conditions import to_state
from linkages.secondments.transitions import RULES, own_candidates
from orgs.forms.fields import DayField
from orgs.forms.lookups import enterprise_field
from orgs.forms.styled import StyledForm
from orgs.models import Enterprise
from orgs.terms import add_months

# Who asks for what: the field that names the unit.
NEEDED_BY = {SecondmentKind.DEPUTY: "enterprise", SecondmentKind.PROFESSOR: "partner"}


def _unit_field(name, user, **kwargs):
    """An enterprise of the person's scope, or a partner unit of the register."""
    field = enterprise_field(**kwargs) if name == "enterprise" else partner_field(**kwargs)
    field.queryset = (
        Enterprise.objects.visible_to(user)
        if name == "enterprise"
        else Partner.objects.visible_to(user).current()
    )
    return field


class NeedForm(StyledForm):
    """What is asked for. `secondment` is the one that is changed; whose need it is stays."""

    post = forms.CharField(label="岗位", max_length=60, help_text="如“技术副总经理”“微电子学院产业教授”。")
    field = forms.CharField(label="专业领域", max_length=80)
    tasks = text_area("任务", max_length=LONGEST_NOTE, help_text="写明要解决什么，不写个人信息。")
    months = forms.IntegerField(label="拟任期（月）", min_value=1, max_value=MOST_MONTHS, initial=24)
    seen_at = forms.DateTimeField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, secondment=None, **kwargs):
        if secondment is not None:
            stored = {name: getattr(secondment, name) for name in FIELDS}
            kwargs["initial"] = stored | {"seen_at": secondment.updated_at.isoformat()}
        super().__init__(*args, **kwargs)

    @property
    def values(self) -> dict:
        return {name: self.cleaned_data[name] for name in FIELDS}


class NewNeedForm(PlaceForm, NeedForm):
    kind = forms.ChoiceField(label="类别", choices=[("", "请选择"), *SecondmentKind.choices])

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, user=user, places=places(user), **kwargs)
        self.fields["organisation"].label = "统筹党组织"
        for name, label, words in (
            ("enterprise", "需求企业", "科技副总填写。"),
            ("partner", "需求院校", "产业教授填写，从共建单位中选择。"),
        ):
            field = _unit_field(name, user, label=label, required=False, help_text=words)
            field.widget.attrs["class"] = "form-control"
            self.fields[name] = field

    def clean(self):
        data = super().clean()
        name = NEEDED_BY.get(data.get("kind"))
        if name and name not in self.errors and not data.get(name):
            self.add_error(name, f"请填写{self.fields[name].label}。")
        return data

    @property
    def unit(self):
        return self.cleaned_data[NEEDED_BY[self.cleaned_data["kind"]]]


# --- One form per step, made of what the table says it asks ----------------------------------------------

REASONS = {
    SecondmentAct.DROP: "撤回原因",
    SecondmentAct.RELEASE: "取消选定的原因",
    SecondmentAct.UNDO: "撤回原因",
    SecondmentAct.EXIT: "退出说明",
    SecondmentAct.WITHDRAW: "撤销原因",
}
DAYS = {
    SecondmentAct.SIGN: "签约日期",
    SecondmentAct.OUTCOME: "日期",
    SecondmentAct.RENEW: "续聘日期",
    SecondmentAct.EXIT: "退出日期",
}


def _candidates(label, candidates):
    rows = Candidate.objects.filter(pk__in=[one.pk for one in candidates]).with_units()
    field = forms.ModelChoiceField(rows, label=label, empty_label=None)
    field.label_from_instance = lambda one: f"{one.named}，{one.title}"
    return field


def _fields(name, act, secondment, user):
    """(name, field) of what `name` asks: almost always one."""
    today = timezone.localdate()
    match name:
        case "unit":
            label = "派出院校" if secondment.sent_from == "partner" else "派出企业"
            yield name, _unit_field(secondment.sent_from, user, label=label)
        case "name":
            yield name, forms.CharField(label="姓名", max_length=50)
        case "title":
            yield name, forms.CharField(label="职称或职务", max_length=60)
        case "field":
            yield name, forms.CharField(label="专业领域", max_length=80)
        case "candidate":
            yield name, _candidates("选定谁", secondment.standing_candidates)
        case "own_candidate":
            yield "candidate", _candidates("撤回谁", own_candidates(user, secondment))
        case "conditions":
            for key, words in to_state(secondment, today).items():
                yield key, forms.BooleanField(label=f"已核实：{words}")
        case "words":
            yield name, text_area("选定理由", max_length=LONGEST_NOTE, required=False)
        case "reason":
            yield name, text_area(REASONS[act], max_length=LONGEST_NOTE)
        case "on":
            yield name, DayField(label=DAYS[act], initial=timezone.localdate)
        case "starts_on":
            yield name, DayField(label="任期起", initial=timezone.localdate)
        case "ends_on":
            since = secondment.ends_on or today
            yield name, DayField(label="任期止", initial=add_months(since, secondment.months))
        case "outcome_kind":
            choices = [(kind.value, kind.label) for kind in secondment.outcome_kinds]
            yield name, forms.ChoiceField(label="成果", choices=choices)
        case "count":
            yield name, forms.IntegerField(label="数量", min_value=1, max_value=MOST_AT_ONCE, initial=1)
        case "what":
            yield name, forms.CharField(label="内容", max_length=200)
        case "outcome":
            yield name, forms.ModelChoiceField(secondment.outcomes.standing(), label="成果", empty_label=None)
        case "exit_kind":
            yield name, forms.ChoiceField(label="退出方式", choices=ExitKind.choices)
        case _:
            raise KeyError(name)


def act_form(act, secondment, user, data=None):
    """A form of what the step asks; its cleaned data are the arguments of the action."""
    fields = dict(pair for name in RULES[act].asks for pair in _fields(name, act, secondment, user))
    return type("ActForm", (StyledForm,), fields)(data, auto_id=f"{act}-%s")
