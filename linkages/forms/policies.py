"""Forms of policies. They read and scope input; the rules are in the actions."""

from django import forms
from django.utils import timezone

from activities.forms.choose import PlaceForm
from linkages.actions.policies import FIELDS
from linkages.forms.agreements import text_area
from linkages.forms.lists import places
from linkages.models import PolicyAct, PolicyAnswer, PolicyKind, PolicyResult
from linkages.models.policies import LONGEST_WORD
from linkages.policies.rules import RULES
from linkages.policies.target import FACTS, PLACES, Target
from orgs.forms.fields import DayField
from orgs.forms.styled import StyledForm
from orgs.models import Area, Chain, Cluster, EnterpriseStatus, Park

MOST_EMPLOYEES = 10_000_000


def _several(label):
    return forms.ModelMultipleChoiceField(
        None, label=label, required=False, widget=forms.CheckboxSelectMultiple
    )


def _yes_no(label):
    return forms.TypedChoiceField(
        label=label,
        choices=[("", "不限"), ("1", "是"), ("0", "否")],
        coerce=lambda value: value == "1",
        empty_value=None,
        required=False,
    )


def _employees(label):
    return forms.IntegerField(label=label, min_value=0, max_value=MOST_EMPLOYEES, required=False)


class TargetForm(PlaceForm):
    """For whom: what the preview counts. Without `policy` the home is chosen too."""

    areas = _several("片区")
    clusters = _several("产业集群")
    chains = _several("产业链")
    parks = forms.ModelMultipleChoiceField(
        None, label="园区", required=False, help_text="含园中园；按住 Ctrl 可选多个。"
    )
    status = forms.ChoiceField(
        label="登记状态", choices=[("", "存续在业"), *EnterpriseStatus.choices], required=False
    )
    min_employees = _employees("从业人数不少于")
    max_employees = _employees("从业人数不多于")
    is_high_tech = _yes_no("高新技术企业")
    is_key = _yes_no("重点企业")

    def __init__(self, *args, user, policy=None, **kwargs):
        super().__init__(*args, user=user, places=places(user), **kwargs)
        self.policy = policy
        parks = Park.objects.visible_to(user).order_by("name")
        areas = Area.objects.filter(pk__in=parks.order_by().values("area"))
        clusters, chains = Cluster.objects.all(), Chain.objects.all()
        for name, rows in (("areas", areas), ("parks", parks), ("clusters", clusters), ("chains", chains)):
            self.fields[name].queryset = rows
            if name != "parks":
                self.fields[name].widget.attrs.pop("class", None)
        self.fields["parks"].widget.attrs["class"] = "form-select"
        if policy is not None:
            del self.fields["organisation"]

    @property
    def home(self):
        return self.policy.organisation if self.policy else self.cleaned_data["organisation"]

    @property
    def target(self) -> Target:
        data = self.cleaned_data
        return Target(**{name: tuple(data[name]) for name in PLACES}, **{name: data[name] for name in FACTS})


class PolicyForm(TargetForm):
    """`policy` is the draft that is changed; its home stays."""

    kind = forms.ChoiceField(label="政策类别", choices=[("", "请选择"), *PolicyKind.choices])
    title = forms.CharField(label="政策名称", max_length=120)
    issuer = forms.CharField(label="发文单位", max_length=120)
    number = forms.CharField(label="文号", max_length=60, required=False)
    gist = text_area("政策要点", max_length=1000, help_text="企业先看这几句：给谁、给什么、怎么申请。")
    link = forms.URLField(
        label="原文链接", max_length=300, required=False, assume_scheme="https", help_text="以 https:// 开头；也可保存后上传文件。"
    )  # fmt: skip
    applies_from = DayField(label="执行期起", initial=timezone.localdate)
    applies_until = DayField(label="执行期止", required=False, help_text="长期有效的不填。")
    apply_by = DayField(label="申报截止", required=False, help_text="常年受理的不填；截止前提醒未读企业。")
    seen_at = forms.DateTimeField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, policy=None, **kwargs):
        if policy is not None:
            kwargs["initial"] = self.stored(policy)
        super().__init__(*args, policy=policy, **kwargs)

    @property
    def values(self) -> dict:
        return {name: self.cleaned_data[name] for name in (*FIELDS, *PLACES)}

    @staticmethod
    def stored(policy) -> dict:
        found = {name: getattr(policy, name) for name in FIELDS}
        for name in ("is_high_tech", "is_key"):
            found[name] = {True: "1", False: "0", None: ""}[found[name]]
        found |= {name: [row.pk for row in getattr(policy, name).all()] for name in PLACES}
        return found | {"seen_at": policy.updated_at.isoformat()}


# --- Steps ---------------------------------------------------------------------------------------------------

ASKED = {
    "apply_by": lambda act: DayField(label="新的申报截止"),
    "reason": lambda act: forms.CharField(label=f"{PolicyAct(act).label}原因", max_length=LONGEST_WORD),
}


def act_form(act, data=None):
    """A form of what the step asks; its cleaned data are the arguments of the action."""
    fields = {name: ASKED[name](act) for name in RULES[act].asks}
    return type("ActForm", (StyledForm,), fields)(data, auto_id=f"{act}-%s")


class AnswerForm(StyledForm):
    """Two buttons, and a word if one likes."""

    answer = forms.ChoiceField(label="答复", choices=PolicyAnswer.choices)
    words = forms.CharField(label="补充一句（可不填）", max_length=LONGEST_WORD, required=False)


class ResultForm(StyledForm):
    result = forms.ChoiceField(label="申请结果", choices=PolicyResult.choices)
    amount = forms.DecimalField(
        label="兑现金额（万元）", max_digits=12, decimal_places=2, min_value=0, required=False
    )
    words = forms.CharField(label="说明（可不填）", max_length=LONGEST_WORD, required=False)
