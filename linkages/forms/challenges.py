"""Forms of open bidding. They read and scope input; the rules are in the actions."""

from django import forms
from django.utils import timezone

from activities.forms.choose import PlaceForm
from linkages.actions.challenges import FIELDS, matching
from linkages.challenges.transitions import RULES, own_claims
from linkages.forms.agreements import text_area
from linkages.forms.lists import agreements_of, places
from linkages.forms.units import partner_field
from linkages.models import (
    SCORES,
    ChallengeAct,
    ChallengeKind,
    ChallengeMilestone,
    Claim,
    Partner,
    partner_ids,
)
from linkages.models.challenges import LONGEST_NOTE
from members.forms.fields import MemberField
from members.models import Member
from orgs.access import has
from orgs.forms.fields import DayField
from orgs.forms.lookups import enterprise_field, option_text, organisation_field
from orgs.forms.styled import StyledForm
from orgs.models import Enterprise, Organisation
from orgs.tree import STEP, next_path

ALLIES = 3


class ChallengeForm(PlaceForm):
    """`challenge` is the draft that is changed; its home stays."""

    kind = forms.ChoiceField(label="榜单类别", choices=[("", "请选择"), *ChallengeKind.choices])
    title = forms.CharField(label="难题名称", max_length=120)
    problem = text_area("难题描述", max_length=1000, help_text="公开内容，不写技术秘密和个人信息。")
    goal = text_area("攻关目标", max_length=500, help_text="写明验榜时能核对的指标。")
    enterprise = enterprise_field(
        label="出题企业", required=False, help_text="企业的难题填写；本党组织的不填。"
    )
    reward = forms.DecimalField(
        label="榜金（万元）", max_digits=10, decimal_places=2, min_value=0, help_text="没有榜金填0。"
    )
    claims_until = DayField(label="揭榜截止")
    work_until = DayField(label="攻关期限")
    secrecy_notice = text_area(
        "保密须知", max_length=500, required=False, help_text="揭榜单位须先确认；不涉密的不填。"
    )
    secret_detail = text_area(
        "保密内容",
        max_length=2000,
        required=False,
        help_text="加密保存，只给发榜单位和已确认须知的揭榜单位看。",
    )
    seen_at = forms.DateTimeField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, user, challenge=None, **kwargs):
        if challenge is not None:
            kwargs["initial"] = self.stored(challenge)
        super().__init__(*args, user=user, places=places(user), **kwargs)
        self.challenge = challenge
        rows = Enterprise.objects.visible_to(user)
        if challenge is not None:
            del self.fields["organisation"]
            rows = rows | Enterprise.objects.filter(pk=challenge.enterprise_id)
        self.fields["enterprise"].queryset = rows

    @property
    def values(self) -> dict:
        return {name: self.cleaned_data[name] for name in FIELDS}

    @staticmethod
    def stored(challenge) -> dict:
        found = {name: getattr(challenge, name) for name in FIELDS}
        if challenge.enterprise:
            found["enterprise"] = option_text(challenge.enterprise.name, challenge.enterprise.credit_code)
        return found | {"seen_at": challenge.updated_at.isoformat()}


class ClaimForm(PlaceForm):
    """Of one's own unit, with allies where an organisation leads; a liaison claims for the own partner unit."""

    leader_name = forms.CharField(label="领衔人", max_length=50, required=False)
    is_member_led = forms.BooleanField(label="领衔人是党员", required=False)
    plan = text_area("攻关方案", max_length=1000)
    secrecy_confirmed = forms.BooleanField(label="已阅读保密须知，承诺遵守")

    def __init__(self, *args, user, challenge, **kwargs):
        super().__init__(*args, user=user, places=places(user), **kwargs)
        if not challenge.secrecy_notice:
            del self.fields["secrecy_confirmed"]
        self.fields["organisation"].label = "揭榜单位"
        if has(user, "members.view"):
            self._offer_members(user)
        if has(user, "linkages.change"):
            self._offer_allies(user, challenge)
        else:
            self._claim_for_partner(user)

    def _offer_members(self, user):
        field = MemberField(label="名册中的领衔党员", required=False)
        field.queryset = Member.objects.visible_to(user)
        field.widget.attrs["class"] = "form-control"
        self.fields["member"] = field
        self.fields["leader_name"].help_text = "从名册选择党员后可不填。"

    def _offer_allies(self, user, challenge):
        top = challenge.organisation.path[:STEP]
        inside = Organisation.objects.active().filter(path__gte=top, path__lt=next_path(top))
        for number in range(1, ALLIES + 1):
            own = organisation_field(label=f"联合单位{number}", required=False, help_text="")
            own.queryset = inside
            outside = partner_field(label="或共建单位", required=False, help_text="")
            outside.queryset = Partner.objects.visible_to(user).current()
            for name, field in ((f"ally_{number}", own), (f"ally_partner_{number}", outside)):
                field.widget.attrs["class"] = "form-control"
                self.fields[name] = field

    def _claim_for_partner(self, user):
        own = Partner.objects.filter(pk__in=partner_ids(user)).order_by("pk")
        field = forms.ModelChoiceField(own, label="揭榜单位", empty_label=None)
        field.widget.attrs["class"] = "form-select"
        self.fields["organisation"] = field

    @property
    def allies(self):
        return [self[name] for name in self.fields if name.startswith("ally_")]

    @property
    def values(self) -> dict:
        """As `claim_challenge` takes it; the leading unit first."""
        data = self.cleaned_data
        units = [data["organisation"], *(data[name] for name in self.fields if name.startswith("ally_"))]
        return {
            "units": [unit for unit in units if unit],
            "leader_name": data["leader_name"],
            "is_member_led": data["is_member_led"],
            "member": data.get("member"),
            "plan": data["plan"],
            "secrecy_confirmed": data.get("secrecy_confirmed", False),
        }


# --- One form per step, made of what the table says it asks ----------------------------------------------

REASONS = {
    ChallengeAct.WITHDRAW: "撤榜原因",
    ChallengeAct.RELEASE: "取消选定的原因",
    ChallengeAct.UNCLAIM: "撤回原因",
    ChallengeAct.RESUME: "整改要求",
}
WORDS = {ChallengeAct.CHOOSE: "选定理由", ChallengeAct.REVIEW: "评语"}
OPTIONAL_WORDS = {ChallengeAct.CHOOSE}


def _claims(label, claims):
    field = forms.ModelChoiceField(
        Claim.objects.filter(pk__in=[claim.pk for claim in claims]).with_units(),
        label=label,
        empty_label=None,
    )
    field.label_from_instance = lambda claim: f"{claim.unit_names}（{claim.leader_name}领衔）"
    return field


def _field(name, act, challenge, user):
    match name:
        case "claim":
            return name, _claims("选定哪一家", challenge.standing_claims)
        case "own_claim":
            return "claim", _claims("撤回哪一份", own_claims(user, challenge))
        case "words":
            required = act not in OPTIONAL_WORDS
            return name, text_area(WORDS[act], max_length=LONGEST_NOTE, required=required)
        case "reason":
            return name, text_area(REASONS[act], max_length=LONGEST_NOTE)
        case "note":
            label = "完成情况" if act == ChallengeAct.ACHIEVE else "进展"
            return name, text_area(label, max_length=LONGEST_NOTE)
        case "opinion":
            return name, text_area("验榜意见", max_length=LONGEST_NOTE)
        case "title":
            return name, forms.CharField(label="节点", max_length=120)
        case "on":
            return name, DayField(label="责任书签订日期", initial=timezone.localdate)
        case "due_on":
            return name, DayField(label="期限")
        case "claims_until":
            return name, DayField(label="新的揭榜截止")
        case "work_until":
            return name, DayField(label="新的攻关期限")
        case "milestone":
            rows = ChallengeMilestone.objects.filter(claim=challenge.chosen_id, done_on__isnull=True)
            return name, forms.ModelChoiceField(rows, label="节点", empty_label=None)
        case "passed":
            return name, forms.TypedChoiceField(
                label="验榜结果",
                choices=[("yes", "通过"), ("no", "未通过")],
                coerce=lambda value: value == "yes",
            )
        case "score":
            choices = [(score, f"{score}分") for score in reversed(SCORES)]
            return name, forms.TypedChoiceField(label="评分", choices=choices, coerce=int)
        case "agreement":
            rows = matching(challenge, agreements_of(user))
            return name, forms.ModelChoiceField(rows, label="共建协议", empty_label=None)
    raise KeyError(name)


def act_form(act, challenge, user, data=None):
    """A form of what the step asks; its cleaned data are the arguments of the action."""
    fields = dict(_field(name, act, challenge, user) for name in RULES[act].asks)
    return type("ActForm", (StyledForm,), fields)(data, auto_id=f"{act}-%s")
