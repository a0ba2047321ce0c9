"""The forms that plan, record and change an activity. They read and scope input; the rules are in the actions."""

import datetime as dt
from functools import cached_property

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone

from activities import roll_call
from activities.forms.fields import GuestsField, HostsField, guest_lines, host_lines, text_area
from activities.kinds import MAIN, Kind, expects_of, rule_of
from activities.models import AttendanceState, Series
from activities.roster import has_roster
from activities.venues.of_activity import unused
from orgs.forms.fields import DayField
from orgs.forms.styled import StyledForm
from orgs.kinds import OrganisationKind

PLAIN = (
    "place", "is_online", "chair_name", "recorder_name", "lecturer_name", "agenda", "gist", "series",
    "belongs_to_year",
)  # fmt: skip
COUNTS = {"expected": "应到", "present": "实到", "on_leave": "请假", "absent": "缺席", "guests": "列席和群众"}
ROLL = "roll"
STALE = "日期或类型改变后，应到人员有变化，名单已更新，请核对后再保存。"


def kinds_for(organisation) -> list[Kind]:
    """Those that `organisation` may hold, the usual ones first."""
    is_group = organisation.kind == OrganisationKind.PARTY_GROUP
    rest = [kind for kind in Kind if kind not in MAIN]
    return [kind for kind in (*MAIN, *rest) if bool(rule_of(kind).hosts) == is_group]


class TimeField(forms.TimeField):
    widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


class PlanForm(StyledForm):
    """What, when, where, by whom."""

    kinds = forms.MultipleChoiceField(label="类型", error_messages={"required": "请选择活动类型。"})
    title = forms.CharField(label="主题", max_length=120)
    day = DayField(label="日期")
    starts_at = TimeField(label="开始")
    ends_at = TimeField(label="结束", required=False)
    last_day = DayField(label="结束日期", required=False, help_text="跨天的活动填写。")
    place = forms.CharField(label="地点", max_length=120, required=False)
    is_online = forms.BooleanField(label="线上召开", required=False)
    chair_name = forms.CharField(label="主持人", max_length=50, required=False)
    recorder_name = forms.CharField(label="记录人", max_length=50, required=False)
    lecturer_name = forms.CharField(label="主讲人", max_length=50, required=False)
    series = forms.ModelChoiceField(label="活动品牌", queryset=Series.objects.none(), required=False)
    belongs_to_year = forms.IntegerField(
        label="所属年度",
        min_value=2000,
        max_value=2100,
        required=False,
        help_text="次年初补开的组织生活会、民主评议填写。",
    )
    joint_hosts = HostsField(
        label="联合主办党组织",
        max_length=4000,
        required=False,
        help_text="每行一个，填写完整名称或代码；对方在自己的活动中也看到这条记录。",
    )
    agenda = text_area("议程", max_length=2000)
    gist = text_area("主要内容", rows=4, max_length=20_000)
    seen_at = forms.DateTimeField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, user, organisation, activity=None, **kwargs):
        self.user, self.organisation, self.activity = user, organisation, activity
        if activity is not None:
            kwargs["initial"] = stored_values(activity) | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        self.fields["kinds"].choices = [(kind.value, kind.label) for kind in kinds_for(organisation)]
        usable = Q(ended_on__isnull=True) | Q(ended_on__gte=timezone.localdate())
        if activity is not None:
            usable |= Q(pk=activity.series_id)
        self.fields["series"].queryset = Series.objects.visible_to(user).filter(usable).order_by("name")

    @property
    def chosen_kinds(self) -> list[str]:
        if self.is_bound and not self.fields["kinds"].disabled:
            return [kind for kind in self.data.getlist("kinds") if kind in Kind.values]
        return list(self.initial.get("kinds", ()))

    @property
    def kind_chips(self) -> list[dict]:
        chosen = set(self.chosen_kinds)
        return [
            {"value": value, "label": label, "checked": value in chosen, "main": value in MAIN}
            for value, label in self.fields["kinds"].choices
        ]

    MORE = (
        "chair_name", "recorder_name", "lecturer_name", "series", "is_online", "last_day", "belongs_to_year", "gist",
        "agenda", "guest_names", "joint_hosts",
    )  # fmt: skip
    by_roll = None  # of a record alone

    @property
    def more_fields(self):
        return [self[name] for name in self.MORE if name in self.fields]

    @property
    def more_errors(self) -> bool:
        return any(field.errors for field in self.more_fields)

    @property
    def default_title(self) -> str:
        """11月主题党日."""
        kinds = self.chosen_kinds
        return f"{self.chosen_day.month}月{Kind(kinds[0]).label}" if kinds else ""

    @property
    def chosen_day(self) -> dt.date:
        found = getattr(self, "cleaned_data", {}).get("day") if self.is_bound else self.initial.get("day")
        return found or timezone.localdate()

    @property
    def values(self) -> dict:
        """As the actions take them."""
        data = self.cleaned_data
        last = data["last_day"] or data["day"]
        return {name: data[name] for name in PLAIN} | {
            "title": data["title"],
            "starts_at": moment(data["day"], data["starts_at"]),
            "ends_at": moment(last, data["ends_at"]) if data["ends_at"] else None,
        }

    @property
    def entry(self) -> dict:
        """For `plan_activity`."""
        return {name: self.cleaned_data[name] for name in ("kinds", "joint_hosts")} | {"values": self.values}

    @property
    def change(self) -> dict:
        """For `change_activity`."""
        return self.entry | {"seen_at": self.cleaned_data["seen_at"]}


def moment(day: dt.date, clock: dt.time) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, clock))


def stored_values(activity) -> dict:
    """For the form, of a record at hand."""
    start = timezone.localtime(activity.starts_at)
    end = activity.ends_at and timezone.localtime(activity.ends_at)
    hosts = [host.organisation for host in activity.joint_hosts.all()]
    return (
        {name: getattr(activity, name) for name in PLAIN}
        | {
            "title": activity.title,
            "kinds": [kind.kind for kind in activity.kinds.all()],
            "day": start.date(),
            "starts_at": start.time(),
            "ends_at": end and end.time(),
            "last_day": end.date() if end and end.date() != start.date() else None,
            "joint_hosts": host_lines(hosts),
            "seen_at": activity.updated_at.isoformat(),
            "guest_names": guest_lines(activity.guest_list.all()),
        }
        | {name: getattr(activity, name) for name in COUNTS}
    )


class NewPlanForm(PlanForm):
    """A plan for which a station may have been booked before."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        rows = unused(self.organisation).select_related("venue").order_by("starts_at")
        if self.is_bound or rows.exists():
            self.fields["booking"] = forms.ModelChoiceField(
                label="已预订的场地",
                queryset=rows,
                required=False,
                empty_label="不使用",
                widget=forms.Select({"class": "form-select"}),
            )

    @property
    def entry(self) -> dict:
        """For `plan_booked_activity`; the station is the place unless another one is written down."""
        found, booking = super().entry, self.cleaned_data.get("booking")
        if booking and not found["values"]["place"]:
            found["values"]["place"] = booking.venue.name
        return found | {"booking": booking}

    def clean(self):
        cleaned = super().clean()
        booking, day, start = (cleaned.get(name) for name in ("booking", "day", "starts_at"))
        if booking and day and start and not booking.starts_at <= moment(day, start) < booking.ends_at:
            self.add_error("booking", f"该场地预订的时间是{booking.when_words}，与活动时间不一致。")
        return cleaned


class RecordForm(PlanForm):
    """What was held: the plan's fields, and who was there, by roll or by figures alone."""

    guest_names = GuestsField(
        label="列席人员", max_length=20_000, required=False, help_text="每行一人：姓名 单位职务。"
    )
    entry_key = forms.UUIDField(required=False, widget=forms.HiddenInput)
    way = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, by_roll=True, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["title"].required = False
        called = self.activity is not None and (self.activity.has_roster or bool(self.stored_roll))
        can_call = has_roster(self.organisation) or called
        self.by_roll = can_call and (self.data.get("way") == ROLL if self.is_bound else by_roll)
        self.initial["way"] = ROLL if self.by_roll else "counts"
        if not self.by_roll:
            for name, label in COUNTS.items():
                self.fields[name] = forms.IntegerField(
                    label=label, min_value=0, max_value=1_000_000, required=False
                )
                self.fields[name].widget.attrs |= {"class": "form-control", "inputmode": "numeric"}

    @property
    def circle(self) -> str:
        return expects_of(self.chosen_kinds)

    @property
    def counts(self):
        return [self[name] for name in COUNTS if name in self.fields]

    @cached_property
    def hosts(self) -> list:
        if self.is_bound:
            joint = getattr(self, "cleaned_data", {}).get("joint_hosts") or []
        else:
            joint = [host.organisation for host in self.activity.joint_hosts.all()] if self.activity else []
        return [self.organisation, *joint]

    @cached_property
    def people(self) -> list[roll_call.Person]:
        found = roll_call.people(self.user, self.hosts, self.chosen_kinds, self.chosen_day)
        roll_call.mark_signed(found, self.stored_roll)
        if self.is_bound:
            return roll_call.read(found, self.data)
        return roll_call.fill(found, self.stored_roll) if self.stored_roll else found

    @cached_property
    def stored_roll(self) -> list:
        return list(self.activity.attendances.all()) if self.activity else []

    @property
    def here(self) -> int:
        return sum(person.is_here for person in self.people)

    @property
    def away(self) -> list[roll_call.Person]:
        return [person for person in self.people if not person.is_here]

    def clean(self):
        cleaned = super().clean()
        cleaned["title"] = cleaned.get("title") or self.default_title
        if self.by_roll and not self.errors:
            if roll_call.is_stale(self.people, self.data, self.circle):
                raise ValidationError(STALE, code="stale")
            self.roll = roll_call.roll_of(self.people, self.circle) | self._kept()
        return cleaned

    def _kept(self) -> dict:
        """Those whom the form does not show: observers, and members of joint hosts elsewhere."""
        others = (
            roll_call.keys_elsewhere(self.user, self.hosts, self.chosen_day) if self.stored_roll else set()
        )
        return {
            row.member_id: (row.state, row.reason)
            for row in self.stored_roll
            if row.state == AttendanceState.OBSERVER or row.member_id in others
        }

    @property
    def attendance(self) -> dict:
        if self.by_roll:
            return {"roll": self.roll}
        return {"counts": {name: self.cleaned_data[name] or 0 for name in COUNTS}}

    @property
    def entry(self) -> dict:
        """For `record_activity`."""
        key = self.cleaned_data["entry_key"]
        return (
            super().entry | self.attendance | {"guests": self.cleaned_data["guest_names"], "entry_key": key}
        )

    @property
    def seen(self) -> dict:
        """What the form that was sent showed: the state of the record, and who had signed in by code."""
        sent = set(self.data.getlist("signed"))
        signed = {person.pk for person in self.people if str(person.pk) in sent} if self.by_roll else ()
        return {"seen_at": self.cleaned_data["seen_at"], "signed_seen": signed}

    @property
    def held(self) -> dict:
        """For `hold_activity`."""
        data = self.cleaned_data
        plan = {"values": self.values, "joint_hosts": data["joint_hosts"], "guests": data["guest_names"]}
        return plan | self.attendance | self.seen

    @property
    def change(self) -> dict:
        guests = self.cleaned_data["guest_names"] if "guest_names" in self.changed_data else None
        return super().entry | self.attendance | self.seen | {"guests": guests}
