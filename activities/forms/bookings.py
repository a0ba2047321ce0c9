"""Forms that book a station; in half hours, each end chosen from a list."""

import datetime as dt

from django import forms
from django.utils import timezone

from activities.forms.choose import PlaceForm
from activities.models import Activity
from orgs.clock import DAY, HALF_HOUR, clock_words, minutes_of, moment
from orgs.forms.fields import DayField

HALVES = [(minutes, clock_words(minutes)) for minutes in range(0, DAY + 1, HALF_HOUR)]


def half_field(label, halves):
    return forms.TypedChoiceField(label=label, choices=halves, coerce=int)


class BookingForm(forms.Form):
    day = DayField(label="日期")
    starts_at = half_field("开始", HALVES[:-1])
    ends_at = half_field("结束", HALVES[1:])
    last_day = DayField(label="结束日期", required=False, help_text="跨零点的填写。")
    title = forms.CharField(label="用途", max_length=120)
    persons = forms.IntegerField(label="人数", min_value=1, max_value=100_000)
    over_capacity = forms.BooleanField(label="人数超过可容纳人数，仍要预订", required=False)

    @property
    def times(self) -> dict:
        """As the actions take them."""
        data = self.cleaned_data
        last = data["last_day"] or data["day"]
        return {"starts_at": moment(data["day"], data["starts_at"]), "ends_at": moment(last, data["ends_at"])}

    @property
    def values(self) -> dict:
        names = ("title", "persons", "over_capacity")
        return self.times | {name: self.cleaned_data[name] for name in names}

    @staticmethod
    def at(starts_at: dt.datetime, ends_at: dt.datetime | None) -> dict:
        """Initial values for a wanted time, widened to half hours."""
        start = timezone.localtime(starts_at)
        end = timezone.localtime(ends_at or starts_at + dt.timedelta(hours=2))
        first = minutes_of(start.time()) // HALF_HOUR * HALF_HOUR
        last = -(-minutes_of(end.time()) // HALF_HOUR) * HALF_HOUR
        last_day = end.date()
        if last == 0:
            last, last_day = DAY, last_day - dt.timedelta(days=1)
        return {
            "day": start.date(),
            "starts_at": first,
            "ends_at": last,
            "last_day": last_day if last_day != start.date() else None,
        }

    @staticmethod
    def stored(booking) -> dict:
        return BookingForm.at(booking.starts_at, booking.ends_at) | {
            "title": booking.title,
            "persons": booking.persons,
        }


class NewBookingForm(BookingForm):
    """For an organisation where the person records activities; with the activity it is for, when it comes from one."""

    activity = forms.ModelChoiceField(
        queryset=Activity.objects.none(), required=False, widget=forms.HiddenInput
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["organisation"] = PlaceForm(user=user).fields["organisation"]
        self.fields["organisation"].label = "使用党组织"
        self.fields["activity"].queryset = Activity.objects.permitted_to(user, "activities.change")
        self.order_fields(["organisation", *BookingForm.base_fields])

    @property
    def values(self) -> dict:
        names = ("organisation", "activity")
        return super().values | {name: self.cleaned_data[name] for name in names}


class ReasonForm(forms.Form):
    reason = forms.CharField(label="原因", max_length=200)
