"""Forms of visits, tasks and teams. They read and scope input; the rules are in the actions."""

import datetime as dt

from django import forms
from django.utils import timezone

from orgs.actions.visit_tasks import Errand
from orgs.actions.visit_teams import Person, read_people
from orgs.forms.fields import DayField
from orgs.forms.lookups import organisation_field
from orgs.forms.styled import StyledForm
from orgs.models import Area, Chain, Cluster, Organisation, Park, VisitKind, VisitReason, VisitTeam
from orgs.models.visits import CHOOSABLE, PLACES
from orgs.regulations import value_on


def _area(label, most, rows=3, **kwargs):
    widget = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, max_length=most, required=False, widget=widget, **kwargs)


def team_field():
    return forms.ModelChoiceField(
        queryset=VisitTeam.objects.none(), label="服务队", required=False, empty_label="不指定"
    )


def offer_teams(form, user, *also):
    """The standing teams that the person may send; `also` those that a row names already."""
    teams = VisitTeam.objects.permitted_to(user, "coverage.change").standing()
    named = VisitTeam.objects.filter(pk__in=[team.pk for team in also if team])
    form.fields["team"].queryset = (teams | named).order_by("name", "pk")


class VisitForm(forms.Form):
    """A few taps: all but the gist is filled in."""

    kind = forms.ChoiceField(label="类别", choices=VisitKind.choices)
    visited_on = DayField(label="走访日期", initial=timezone.localdate)
    visitor_name = forms.CharField(label="走访人", max_length=50)
    team = team_field()
    gist = _area("情况", 2000)
    needs = _area(
        "企业诉求", 1000, 2, help_text="登记后可直接转为订单或列入需求清单。不填手机号码和证件号码。"
    )

    def __init__(self, *args, user, team=None, **kwargs):
        super().__init__(*args, **kwargs)
        offer_teams(self, user, team)
        if not self.fields["team"].queryset.exists():
            del self.fields["team"]


class GoerForm(StyledForm):
    """Who is to go."""

    organisation = organisation_field(
        label="责任党组织", required=False, help_text="不填即由负责该企业的党组织走访。"
    )
    team = team_field()
    instructor_name = forms.CharField(label="指导员", max_length=50, required=False)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        organisations = Organisation.objects.permitted_to(user, "coverage.change").active()
        self.fields["organisation"].queryset = organisations
        offer_teams(self, user)


def _due() -> dt.date:
    return timezone.localdate() + dt.timedelta(days=value_on("visit_task_days"))


class ErrandForm(GoerForm):
    """`errand` is what the actions take."""

    kind = forms.ChoiceField(label="类别", choices=VisitKind.choices, initial=VisitKind.SERVICE)
    reason = forms.ChoiceField(
        label="原因",
        choices=[(str(one), VisitReason(one).label) for one in CHOOSABLE],
        initial=VisitReason.MANUAL,
    )
    due_on = DayField(label="期限", initial=_due)
    note = forms.CharField(label="说明", max_length=300, required=False)

    field_order = ("kind", "reason", "due_on", "organisation", "team", "instructor_name", "note")

    @property
    def errand(self) -> Errand:
        return Errand(**self.cleaned_data)


class ReassignForm(GoerForm):
    """What is left out stays as it is."""

    due_on = DayField(label="期限", required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["organisation"].help_text = ""


class DropForm(StyledForm):
    reason = forms.CharField(label="撤销原因", max_length=200)


class TeamForm(forms.Form):
    organisation = organisation_field(label="组建党组织")
    name = forms.CharField(label="名称", max_length=60, help_text="如“集成电路链服务队”。")
    chain = forms.ModelChoiceField(Chain.objects.all(), label="服务产业链", required=False)
    cluster = forms.ModelChoiceField(Cluster.objects.all(), label="服务产业集群", required=False)
    area = forms.ModelChoiceField(Area.objects.none(), label="服务片区", required=False)
    park = forms.ModelChoiceField(Park.objects.none(), label="服务园区", required=False)
    founded_on = DayField(label="成立日期", initial=timezone.localdate)
    people = _area("队员", 4000, 6, help_text="每行一人：姓名，单位。第一行是队长。不填手机号码。")
    seen_at = forms.DateTimeField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, user, areas, parks, team=None, **kwargs):
        if team is not None:
            kwargs["initial"] = self.stored(team)
        super().__init__(*args, **kwargs)
        organisations = Organisation.objects.permitted_to(user, "coverage.change").active()
        self.fields["organisation"].queryset = organisations
        self.fields["area"].queryset, self.fields["park"].queryset = areas, parks
        for name in PLACES:
            self.fields[name].empty_label = "不限"

    @staticmethod
    def stored(team) -> dict:
        found = {name: getattr(team, name) for name in ("name", "founded_on", *PLACES)}
        people = "\n".join(f"{one.name}，{one.unit}" if one.unit else one.name for one in team.people)
        return found | {
            "organisation": team.organisation.name,
            "people": people,
            "seen_at": team.updated_at.isoformat(),
        }

    def clean_people(self) -> list[Person]:
        try:
            return read_people(self.cleaned_data["people"])
        except forms.ValidationError as error:
            raise forms.ValidationError(error.messages) from error

    @property
    def values(self) -> dict:
        return {name: self.cleaned_data[name] for name in ("organisation", "name", "founded_on", *PLACES)}


class DisbandForm(forms.Form):
    disbanded_on = DayField(label="解散日期", initial=timezone.localdate)
    reason = forms.CharField(label="解散原因", max_length=200)
