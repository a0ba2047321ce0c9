"""The form of a service record, for one organisation."""

from django import forms
from django.db.models import Q

from activities.forms.fields import text_area
from activities.models import Activity, ServiceRecordKind
from activities.models.services import MOST_COUNTED, MOST_HOURS
from activities.roster import has_roster, members_on
from members.forms.recruiting import MembersField
from members.models import Member
from orgs.forms.fields import DayField
from orgs.forms.lookups import enterprise_field, option_text
from orgs.forms.styled import StyledForm
from orgs.models import Enterprise

OFFERED = 100  # held activities, the newest


def count_field(label):
    return forms.IntegerField(label=label, min_value=0, max_value=MOST_COUNTED, initial=0)


class ServiceForm(StyledForm):
    """`members` are offered where people are at home: of a branch those of the day, and those on record."""

    on = DayField(label="服务日期")
    kind = forms.ChoiceField(label="服务类型", choices=ServiceRecordKind.choices)
    title = forms.CharField(label="服务事项", max_length=120)
    enterprise = enterprise_field(
        label="服务企业", required=False, help_text="输入名称或代码，从提示中选择。"
    )
    beneficiary_name = forms.CharField(
        label="其他服务对象",
        max_length=100,
        required=False,
        help_text="不是名册中的企业时填写，如“园区创业团队”。",
    )
    detail = text_area("服务内容", max_length=2000)
    result = text_area("服务成效", max_length=2000)
    feedback = text_area("服务对象反馈", rows=2, max_length=2000)
    problems_solved = count_field("解决问题（个）")
    projects_matched = count_field("撮合项目（个）")
    amount = forms.DecimalField(
        label="涉及金额（万元）", min_value=0, max_digits=12, decimal_places=2, required=False
    )
    hours = forms.DecimalField(
        label="服务时长（小时）",
        min_value=0,
        max_value=MOST_HOURS,
        max_digits=5,
        decimal_places=1,
        initial=0,
        widget=forms.NumberInput({"step": "0.5"}),
    )
    activity = forms.ModelChoiceField(
        label="关联活动", queryset=Activity.objects.none(), required=False, empty_label="没有关联活动"
    )
    members = MembersField(label="参加党员", queryset=Member.objects.none(), required=False)
    seen_at = forms.DateTimeField(required=False, widget=forms.HiddenInput)

    VALUES = (
        "on", "kind", "title", "enterprise", "beneficiary_name", "detail", "result", "feedback", "problems_solved",
        "projects_matched", "amount", "hours", "activity",
    )  # fmt: skip

    def __init__(self, *args, organisation, user, service=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.organisation, self.service = organisation, service
        self.fields["enterprise"].queryset = self._enterprises(user)
        held = Activity.objects.held().filter(organisation=organisation).order_by("-held_on", "-pk")
        shown = set(held.values_list("pk", flat=True)[:OFFERED]) | {service and service.activity_id}
        self.fields["activity"].queryset = held.filter(pk__in=shown - {None}).defer("gist", "agenda")
        self.fields["activity"].label_from_instance = lambda row: f"{row.held_on} {row.title}"
        # Classes of boxes belong to the field's own template, not to the look of text fields.
        self.fields["members"].widget.attrs.pop("class", None)
        if has_roster(organisation):
            self.fields["members"].queryset = self._people()
        else:
            del self.fields["members"]

    def _enterprises(self, user):
        """Those in sight, and the one on record, which may have moved out of it."""
        rows = Enterprise.objects.visible_to(user)
        if self.service is None or not self.service.enterprise_id:
            return rows
        return Enterprise.objects.filter(
            Q(pk__in=rows.order_by().values("pk")) | Q(pk=self.service.enterprise_id)
        )

    def _people(self):
        try:
            day = self.fields["on"].clean(self["on"].value())
        except forms.ValidationError:
            day = self.get_initial_for_field(self.fields["on"], "on")
        there = members_on([self.organisation], day).order_by().values("pk")
        condition = Q(pk__in=there)
        if self.service is not None:
            condition |= Q(service_parts__service=self.service)
        rows = Member.objects.filter(condition).distinct()
        return rows.defer("identity_number", "mobile").order_by("pinyin", "pk")

    @property
    def entry(self) -> dict:
        """As the actions take it."""
        found = {"values": {name: self.cleaned_data[name] for name in self.VALUES}}
        if "members" in self.fields:
            rows = Member.objects.filter(pk__in=self.cleaned_data["members"])
            found["members"] = rows.defer("identity_number", "mobile")
        return found

    @staticmethod
    def stored(service) -> dict:
        found = {name: getattr(service, name) for name in ServiceForm.VALUES}
        company = service.enterprise
        return found | {
            "enterprise": option_text(company.name, company.credit_code) if company else "",
            "activity": service.activity_id,
            "members": list(service.parts.values_list("member", flat=True)),
            "seen_at": service.updated_at.isoformat(),
        }
