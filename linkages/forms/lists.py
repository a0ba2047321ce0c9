"""Forms of the three lists. They read and scope input; the rules are in the actions."""

from django import forms
from django.utils import timezone

from activities.forms.choose import PlaceForm
from linkages import access
from linkages.actions.lists import FIELDS, MONTHS
from linkages.forms.agreements import text_area
from linkages.forms.booking import ResultForm
from linkages.forms.units import partner_field
from linkages.list_states import NEAR_DAYS
from linkages.models import Agreement, ItemKind, Need, Partner, Resource, partner_ids
from linkages.states import RUNNING, with_state
from orgs.forms.fields import DayField
from orgs.forms.lookups import enterprise_field, option_text
from orgs.forms.styled import StyledForm
from orgs.models import Enterprise, Organisation
from orgs.terms import add_months

MOST_OFFERED = 200
NO_PHONES = "填部门或岗位，如“院办公室”；不填个人手机。"


def places(user):
    """The organisations for which the person keeps lists."""
    return Organisation.objects.permitted_to(user, "linkages.change").active()


def agreements_of(user):
    """Those in force that the person keeps, to name one; a liaison those of the own unit."""
    rows = Agreement.objects.permitted_to(user, "linkages.change")
    if partner_ids(user):
        rows = Agreement.objects.visible_to(user)
    rows = with_state(rows).filter(state__in=RUNNING)
    keys = list(rows.order_by("-signed_on", "-pk").values_list("pk", flat=True)[:MOST_OFFERED])
    return Agreement.objects.filter(pk__in=keys).only("title").order_by("title", "pk")


class ListedForm(PlaceForm):
    """`item` is the row that is changed; its home stays."""

    kind = forms.ChoiceField(label="类别", choices=[("", "请选择"), *ItemKind.choices])
    title = forms.CharField(label="名称", max_length=120)
    description = text_area("说明", max_length=1000, required=False)
    agreement = forms.ModelChoiceField(
        queryset=None, label="共建协议", required=False, empty_label="不属于共建协议",
        help_text="按共建协议提供或提出的，选择协议。",
    )  # fmt: skip
    seen_at = forms.DateTimeField(required=False, widget=forms.HiddenInput)

    NAMES: tuple[str, ...] = ()

    def __init__(self, *args, user, item=None, **kwargs):
        if item is not None:
            kwargs["initial"] = self.stored(item)
        super().__init__(*args, user=user, places=places(user), **kwargs)
        self.item = item
        if item is not None:
            del self.fields["organisation"]
        elif not self.is_choice:
            field = self.fields["organisation"]
            field.widget, field.initial = forms.HiddenInput(), field.choices[0][0] if field.choices else None
        offered = agreements_of(user)
        if item is not None and item.agreement_id:
            offered = offered | Agreement.objects.filter(pk=item.agreement_id).only("title")
        self.fields["agreement"].queryset = offered

    @property
    def home(self):
        """The organisation that is to keep it."""
        return self.cleaned_data["organisation"]

    @property
    def values(self) -> dict:
        return {name: self.cleaned_data[name] for name in self.NAMES}

    @classmethod
    def stored(cls, item) -> dict:
        found = {name: getattr(item, name) for name in cls.NAMES}
        if found.get("partner"):
            found["partner"] = item.partner.name
        if found.get("enterprise"):
            found["enterprise"] = option_text(item.enterprise.name, item.enterprise.credit_code)
        return found | {"seen_at": item.updated_at.isoformat()}


class OfferedForm(ListedForm):
    contact_office = forms.CharField(label="联系部门", max_length=80, required=False, help_text=NO_PHONES)
    valid_from = DayField(label="有效期起", initial=timezone.localdate)
    valid_until = DayField(label="有效期止", help_text=f"到期前{NEAR_DAYS}天会提醒。")

    model = Resource

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, user=user, **kwargs)
        self.fields["partner"].queryset = Partner.objects.visible_to(user).current()
        if self.item is None:
            until = add_months(timezone.localdate(), MONTHS[self.model])
            self.fields["valid_until"].initial = until


class ResourceForm(OfferedForm):
    """A liaison enters what the own unit offers; the top organisation of the register keeps it."""

    partner = partner_field(
        label="提供单位", required=False, help_text="外部共建单位提供的填写；本党组织提供的不填。"
    )

    NAMES = FIELDS[Resource]

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, user=user, **kwargs)
        if access.can_change_agreements(user):
            return
        self.fields.pop("organisation", None)
        own = Partner.objects.filter(pk__in=partner_ids(user)).select_related("organisation").order_by("pk")
        field = forms.ModelChoiceField(own, label="提供单位", empty_label=None)
        field.widget.attrs["class"] = "form-select"
        self.fields["partner"] = field
        if self.item is not None:
            self.initial["partner"] = self.item.partner_id

    @property
    def home(self):
        return self.cleaned_data.get("organisation") or self.cleaned_data["partner"].organisation


class NeedForm(OfferedForm):
    enterprise = enterprise_field(
        label="需求企业", required=False, help_text="企业的需求填写；本党组织的需求不填。"
    )
    partner = partner_field(label="或共建单位", required=False, help_text="外部共建单位的需求填写。")

    model = Need
    NAMES = FIELDS[Need]

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, user=user, **kwargs)
        rows = Enterprise.objects.visible_to(user)
        if self.item is not None and self.item.enterprise_id:
            rows = rows | Enterprise.objects.filter(pk=self.item.enterprise_id)
        self.fields["enterprise"].queryset = rows


class ProjectForm(ListedForm):
    deadline = DayField(label="办结期限")

    NAMES = ("kind", "title", "description", "agreement", "deadline")


class TakeDownForm(PlaceForm):
    """On the page of an activity: one line, on the spot. `side` chooses the list."""

    side = forms.ChoiceField(
        label="登记到",
        choices=[("need", "需求"), ("resource", "资源")],
        widget=forms.RadioSelect,
        initial="need",
    )
    kind = forms.ChoiceField(label="类别", choices=ItemKind.choices, widget=forms.RadioSelect)
    title = forms.CharField(label="一句话说明", max_length=120)
    enterprise = enterprise_field(label="企业（需求方）", required=False, help_text="")
    partner = partner_field(label="或共建单位", required=False, help_text="")

    def __init__(self, *args, user, activity, **kwargs):
        super().__init__(*args, user=user, places=places_of(user, activity), **kwargs)
        for name in ("side", "kind"):
            self.fields[name].widget.attrs.pop("class", None)
        self.fields["partner"].queryset = Partner.objects.visible_to(user).current()
        self.fields["enterprise"].queryset = Enterprise.objects.visible_to(user)

    @property
    def model(self):
        return Need if self.cleaned_data["side"] == "need" else Resource

    def clean(self):
        data = super().clean()
        if data.get("side") == "resource" and data.get("enterprise"):
            self.add_error("enterprise", "企业提供的资源请由所在党组织或共建单位登记。")
        if data.get("partner") and data.get("enterprise"):
            self.add_error("partner", "企业和共建单位只填一项。")
        return data

    @property
    def values(self) -> dict:
        data = self.cleaned_data
        unit = {"partner": data["partner"]}
        if self.model is Need:
            unit["enterprise"] = data["enterprise"]
        return {name: data[name] for name in ("organisation", "kind", "title")} | unit


def places_of(user, activity):
    """The hosts of the activity for which the person keeps lists."""
    return places(user).filter(pk__in=[host.pk for host in activity.hosts])


class NoteForm(StyledForm):
    text = text_area("进展", max_length=500)


class FinishForm(StyledForm):
    on = DayField(label="办结日期", initial=timezone.localdate)
    result = text_area("办结情况", max_length=500)

    @property
    def entry(self) -> dict:
        """As `finish_project` takes it."""
        return {name: self.cleaned_data[name] for name in ("on", "result")}


class FinishUnderAgreementForm(ResultForm):
    """With what is entered on the agreement of the project, when the person chooses to."""

    what = None
    on = FinishForm.base_fields["on"]
    result = FinishForm.base_fields["result"]
    booked = forms.BooleanField(label="同时登记为协议成效", required=False)

    BOOKED = ("kind", "party", "beneficiary", "people", "hired", "members", "amount")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["kind"].label = "成效类别"
        self.order_fields(["on", "result", "booked"])

    @property
    def entry(self) -> dict:
        data = self.cleaned_data
        booked = {name: data[name] for name in self.BOOKED} if data["booked"] else None
        return {"on": data["on"], "result": data["result"], "booked": booked}


def finish_form(project, user, data=None):
    """A result is booked by whoever may book on the agreement anyway."""
    options = {"auto_id": "finish-%s"}
    if project.agreement is None or not access.can_change_agreement(user, project.agreement):
        return FinishForm(data, **options)
    return FinishUnderAgreementForm(data, agreement=project.agreement, **options)
