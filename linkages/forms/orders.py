"""Forms of orders. That of a step is built from the table of steps: it has the fields that its rule asks for."""

import uuid

from django import forms
from django.core.exceptions import ValidationError

from linkages.forms.agreements import text_area
from linkages.forms.units import partner_field
from linkages.models import STARS, Agreement, Ground, OrderAct, OrderCall, OrderGroup, OrderKind, Partner
from linkages.models.orders import LONGEST_TEXT, MOST_COUNTED
from linkages.orders import pacts
from linkages.orders.proposals import proposed
from linkages.orders.transitions import RULES
from members.models import Member
from orgs.forms.lookups import enterprise_field, organisation_field
from orgs.forms.styled import StyledForm
from orgs.models import Enterprise, Organisation
from orgs.tree import STEP, within_paths

WORDS = {1: "很不满意", 2: "不满意", 3: "一般", 4: "满意", 5: "很满意"}


def counted(label):
    return forms.IntegerField(label=label, min_value=0, max_value=MOST_COUNTED, required=False)


# What a rule asks for → its field; `unit` and `called` are several fields (`ActForm`).
FIELDS = {
    "reason": lambda: text_area("原因", max_length=LONGEST_TEXT),
    "words": lambda: text_area("说明（可不填）", max_length=LONGEST_TEXT, required=False),
    "note": lambda: text_area("进展", max_length=LONGEST_TEXT),
    "result": lambda: text_area("办理结果", max_length=LONGEST_TEXT),
    "amount_yuan": lambda: forms.DecimalField(
        label="涉及金额（元）", min_value=0, max_digits=14, decimal_places=2, required=False
    ),
    "persons": lambda: counted("受益人数"),
    "patents": lambda: counted("专利（项）"),
    "contracts": lambda: counted("签约（项）"),
    "rating": lambda: forms.TypedChoiceField(
        label="满意度",
        choices=[(star, f"{star}分 {WORDS[star]}") for star in reversed(STARS)],
        coerce=int,
        widget=forms.RadioSelect,
    ),
    "ground": lambda: forms.ChoiceField(label="吹哨事由", choices=[("", "请选择"), *Ground.choices]),
    "lead": lambda: organisation_field(
        label="兜底牵头单位", required=False, help_text="不填时由现办理单位或本事项的兜底单位牵头。"
    ),
}
RADIOS = (forms.RadioSelect, forms.CheckboxSelectMultiple)


class ActForm(StyledForm):
    """The form of `act` for `order`. `stage` says which stage the person saw, so that nothing newer is overrun."""

    stage = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, order, act, user, **kwargs):
        self.order, self.act, self.rule = order, act, RULES[act]
        super().__init__(*args, auto_id=f"{act}-%s", **{"initial": {"stage": order.stage}} | kwargs)
        for name in self.rule.asks:
            if name in FIELDS:
                self.fields[name] = FIELDS[name]()
        if {"unit", "called"} & set(self.rule.asks):
            self._offer_units(user)
        if act == OrderAct.BIND:
            self._offer_agreements(user)
        if "call" in self.rule.asks:
            self.fields["call"] = forms.ModelChoiceField(OrderCall.objects.filter(order=order))
        top = Organisation.objects.active().filter(within_paths([order.organisation.path[:STEP]], "path"))
        for name in ("lead", "organisation"):
            if name in self.fields:
                self.fields[name].queryset = top
        self.order_fields(["stage", "ground", "chosen", "organisation", "partner", "lead", *self.rule.asks])
        for field in self.fields.values():
            if not isinstance(field.widget, RADIOS):
                field.widget.attrs["class"] = (
                    "form-select" if isinstance(field.widget, forms.Select) else "form-control"
                )

    def _offer_units(self, user):
        """Those that are proposed as boxes, and fields for any other."""
        self.proposed = {one.value: one for one in proposed(self.order, user)}
        several = "called" in self.rule.asks
        kind, widget = (
            (forms.MultipleChoiceField, forms.CheckboxSelectMultiple)
            if several
            else (forms.ChoiceField, forms.RadioSelect)
        )
        choices = [(key, f"{one.unit}　{'；'.join(one.reasons)}") for key, one in self.proposed.items()]
        if choices:
            self.fields["chosen"] = kind(
                label="应报到的单位" if several else "推荐单位",
                choices=choices,
                required=False,
                widget=widget,
            )
        other = "其他党组织" if choices else "党组织"
        self.fields["organisation"] = organisation_field(label=other, required=False, help_text="")
        if not self.order.is_private:
            self.fields["partner"] = partner_field(
                label="其他共建单位" if choices else "共建单位", required=False
            )
            self.fields["partner"].queryset = Partner.objects.visible_to(user).current()

    def _offer_agreements(self, user):
        """Of the unit that has the order; a dispatch takes the one that comes with the unit."""
        rows = Agreement.objects.visible_to(user).filter(pk__in=pacts.of_unit(self.order.unit).values("pk"))
        self.fields["agreement"] = forms.ModelChoiceField(
            rows.order_by("-signed_on", "-pk"),
            label="所依协议",
            required=False,
            empty_label="不依据协议",
            initial=self.order.agreement_id,
        )

    @property
    def is_void(self) -> bool:
        """Nothing can be chosen."""
        return self.act == OrderAct.BIND and not (
            self.order.agreement_id or self.fields["agreement"].queryset.exists()
        )

    def clean(self):
        data = super().clean()
        if "unit" in self.rule.asks and not self.errors:
            chosen = self._units(data)
            if len(chosen) != 1:
                raise ValidationError("请选择一个办理单位。")
        return data

    def _units(self, data) -> list:
        """What was chosen, as (unit, its agreement)."""
        chosen = data.get("chosen") or []
        chosen = chosen if isinstance(chosen, list) else [chosen]
        found = [(self.proposed[key].unit, self.proposed[key].agreement) for key in chosen]
        return found + [(data[name], None) for name in ("organisation", "partner") if data.get(name)]

    @property
    def values(self) -> dict:
        """As the action of the step takes them."""
        data = self.cleaned_data
        found = {name: data[name] for name in ("stage", *self.rule.asks) if name in data}
        for name in ("persons", "patents", "contracts"):
            if name in found:
                found[name] = found[name] or 0
        if "unit" in self.rule.asks:
            ((found["unit"], found["agreement"]),) = self._units(data)
        if "called" in self.rule.asks:
            found["called"] = [unit for unit, _ in self._units(data)]
        return found


class OrderForm(StyledForm):
    """Three taps: the kind, one line, send. `requester` is the enterprise, or the member about themselves."""

    kind = forms.ModelChoiceField(
        queryset=OrderKind.objects.none(), label="需要什么", widget=forms.RadioSelect, empty_label=None
    )
    text = forms.CharField(
        label="一句话说明",
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    is_urgent = forms.BooleanField(label="紧急", required=False)
    ticket = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, kinds, **kwargs):
        super().__init__(*args, **{"initial": {"ticket": uuid.uuid4()}} | kwargs)
        self.fields["kind"].queryset = kinds
        self.fields["kind"].widget.attrs.pop("class", None)


class BehalfForm(OrderForm):
    """By staff for an enterprise of theirs."""

    enterprise = enterprise_field(label="企业", help_text="输入名称或信用代码，从提示中选择。")

    def __init__(self, *args, user, **kwargs):
        kinds = OrderKind.objects.visible_to(user).open().filter(group=OrderGroup.ENTERPRISE)
        super().__init__(*args, kinds=kinds, **kwargs)
        self.fields["enterprise"].queryset = Enterprise.objects.permitted_to(user, "linkages.change")
        self.order_fields(["enterprise", "kind", "text", "is_urgent", "ticket"])


def requesters(user) -> list:
    """For whom the person may raise an order of their own: enterprises by name, then themselves."""
    rows = (
        Enterprise.objects.filter(pk__in=user.contact_enterprise_ids)
        .defer("contact_phone")
        .order_by("name", "pk")
    )
    member = Member.objects.filter(account=user).select_related("organisation")
    return [*rows, *member.defer("identity_number", "mobile")]


class KindForm(forms.ModelForm):
    """`last_resort` is an organisation below the top."""

    last_resort = organisation_field(
        label="兜底单位", required=False, help_text="逾期无人办理时由它办理；不填即顶层党组织。"
    )

    class Meta:
        model = OrderKind
        fields = [
            "group", "name", "topic", "position", "triage_hours", "accept_hours", "finish_hours", "is_private",
            "last_resort",
        ]  # fmt: skip

    def __init__(self, *args, top, **kwargs):
        super().__init__(*args, **kwargs)
        self.instance.organisation = top
        rows = Organisation.objects.active().filter(within_paths([top.path], "path"))
        self.fields["last_resort"].queryset = rows
