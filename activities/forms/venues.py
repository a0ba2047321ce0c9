"""Forms of stations: particulars, opening times, rota. The rules are in the actions."""

from django import forms
from django.core.exceptions import ValidationError

from activities.forms.choose import PlaceForm
from activities.models import RestDays, VenueKind, Weekday
from orgs.clock import HINT, minutes_of, parse_ranges, range_words
from orgs.forms.fields import DayField, PhoneField
from orgs.models import Park

WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
USUAL = [[[9 * 60, 17 * 60]]] * 5 + [[], []]
PLACE_DIGITS = {"latitude": (8, 90), "longitude": (9, 180)}


def place_field(name, label, **kwargs):
    digits, limit = PLACE_DIGITS[name]
    return forms.DecimalField(
        label=label,
        required=False,
        max_digits=digits,
        decimal_places=6,
        min_value=-limit,
        max_value=limit,
        widget=forms.NumberInput({"step": "0.000001", "inputmode": "decimal"}),
        **kwargs,
    )


class RangesField(forms.CharField):
    """09:00-12:00，13:30-17:00 → ranges of minutes; empty is closed."""

    def __init__(self, **kwargs):
        super().__init__(**{"required": False, "max_length": 120} | kwargs)

    def clean(self, value):
        return parse_ranges(super().clean(value))

    def prepare_value(self, value):
        return range_words(value).replace("–", "-") if isinstance(value, list | tuple) else value


class ClockField(forms.TimeField):
    """Minutes of the day; as an end 00:00 is midnight."""

    widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")

    def __init__(self, *, is_end=False, **kwargs):
        super().__init__(**kwargs)
        self.is_end = is_end

    def clean(self, value):
        clock = super().clean(value)
        if clock is None:
            return None
        return minutes_of(clock) or (24 * 60 if self.is_end else 0)

    def prepare_value(self, value):
        return f"{value // 60 % 24:02d}:{value % 60:02d}" if isinstance(value, int) else value


class VenueForm(forms.Form):
    name = forms.CharField(label="名称", max_length=60)
    kind = forms.ChoiceField(label="类别", choices=VenueKind)
    park = forms.ModelChoiceField(
        label="所在园区", queryset=Park.objects.none(), required=False, empty_label="—"
    )
    address = forms.CharField(label="地址", max_length=200, required=False)
    latitude = place_field("latitude", "纬度", help_text="如 31.203700。填写经纬度后计算步行覆盖。")
    longitude = place_field("longitude", "经度", help_text="如 121.594300。")
    capacity = forms.IntegerField(label="可容纳人数", min_value=1, max_value=100_000, required=False)
    equipment = forms.CharField(label="设施设备", max_length=300, required=False)
    phone = PhoneField(label="办公电话", help_text="固定电话，不填个人手机号码。")
    needs_approval = forms.BooleanField(
        label="预订须经确认", required=False, help_text="不勾选的，预订即生效。"
    )
    since = DayField(label="启用日期")
    seen_at = forms.DateTimeField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["park"].queryset = Park.objects.visible_to(user).order_by("name")

    @property
    def values(self) -> dict:
        names = [name for name in VenueForm.base_fields if name != "seen_at"]
        return {name: self.cleaned_data[name] for name in names} if self.is_valid() else {}

    @staticmethod
    def stored(venue) -> dict:
        names = [name for name in VenueForm.base_fields if name != "seen_at"]
        return {name: getattr(venue, name) for name in names} | {"seen_at": venue.updated_at.isoformat()}


class WeekForm(forms.Form):
    rest_days = forms.ChoiceField(
        label="休息日、节假日", choices=RestDays, help_text="按系统工作日历；个别日期另在“特殊日期”登记。"
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        hints = {Weekday.MONDAY: HINT, Weekday.SATURDAY: "调休上班的周末未填写时，按周一的时间开放。"}
        for day, name in zip(Weekday, WEEK, strict=True):
            self.fields[name] = RangesField(label=day.label, help_text=hints.get(day, ""))
        self.order_fields([*(name for name in self.fields if name not in (*WEEK, "rest_days")), *WEEK])

    @property
    def hours(self) -> dict:
        data = self.cleaned_data if self.is_valid() else {}
        if not data:
            return {}
        return {"week": [data[name] for name in WEEK], "rest_days": data["rest_days"]}

    def clean(self):
        data = super().clean()
        if (data.get("saturday") or data.get("sunday")) and data.get("rest_days") == RestDays.CLOSED:
            raise ValidationError(
                {"rest_days": "填写了周六或周日的时间，请选择双休日开放；否则请留空周六、周日。"}
            )
        return data

    @staticmethod
    def stored(timetable) -> dict:
        if timetable is None:
            return dict(zip(WEEK, USUAL, strict=True)) | {"rest_days": RestDays.CLOSED}
        return dict(zip(WEEK, timetable.week, strict=True)) | {"rest_days": timetable.rest_days}


class NewVenueForm(WeekForm, VenueForm):
    """A station, whose it is, and when it opens."""

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, user=user, **kwargs)
        self.fields["organisation"] = PlaceForm(user=user).fields["organisation"]
        self.fields["organisation"].label = "管理党组织"
        self.order_fields(["organisation", *VenueForm.base_fields, *WEEK, "rest_days"])

    @property
    def chosen(self):
        return self.cleaned_data["organisation"] if self.is_valid() else None


class HoursForm(WeekForm):
    since = DayField(label="自何日起", help_text="此前的开放时间保留备查。")


class SpecialDaysForm(forms.Form):
    first = DayField(label="日期")
    last = DayField(label="至", required=False, help_text="连续多天的填写最后一天。")
    ranges = RangesField(label="开放时间", help_text="留空为不开放。")
    note = forms.CharField(
        label="说明", max_length=60, required=False, help_text="如：设备检修、元旦开放日。"
    )


class CloseVenueForm(forms.Form):
    until = DayField(label="停用日期", help_text="自这一天起不再使用。")
    reason = forms.CharField(label="停用原因", max_length=200)


class ShiftForm(forms.Form):
    name = forms.CharField(label="服务事项", max_length=40, help_text="如：税务咨询、户籍办理、法律援助。")
    unit = forms.CharField(label="提供单位", max_length=80)
    weekday = forms.TypedChoiceField(
        label="每周",
        choices=[("", "—"), *Weekday.choices],
        coerce=int,
        empty_value=None,
        required=False,
    )
    day = DayField(label="或具体日期", required=False, help_text="每周固定的选周几，只来一次的填日期。")
    opens = ClockField(label="开始")
    closes = ClockField(label="结束", is_end=True)
    person_name = forms.CharField(label="值班人员", max_length=50, required=False)
    since = DayField(label="自何日起", required=False, help_text="每周固定的服务；不填为今天。")
    until = DayField(label="至何日止", required=False)

    @staticmethod
    def stored(shift) -> dict:
        return {name: getattr(shift, name) for name in ShiftForm.base_fields}
