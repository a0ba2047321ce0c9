"""Hours of work over nights, weekends, the long holidays of 2026 and their make-up days."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from orgs.models import CalendarDay, DatedSetting
from orgs.regulations import validate_setting
from orgs.working_hours import WorkingTime, add_working_hours

pytestmark = pytest.mark.django_db


def at(text):
    return timezone.make_aware(dt.datetime.fromisoformat(text))


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-11-27T09:00", 3, "2026-11-27T12:00"),  # to the end of the morning, not to the afternoon
        ("2026-11-27T09:00", 4, "2026-11-27T14:00"),
        ("2026-11-27T12:30", 1, "2026-11-27T14:00"),  # what begins at noon begins at one
        ("2026-11-27T07:00", 1, "2026-11-27T10:00"),
        ("2026-11-27T17:00", 1, "2026-11-30T09:30"),  # Friday to Monday
        ("2026-11-27T22:00", 8, "2026-12-01T09:30"),
        ("2026-11-28T10:00", 1, "2026-11-30T10:00"),  # Saturday
        ("2026-11-27T17:00", 0, "2026-11-27T17:00"),
        # National Day 2026: off 1–7 October; Sunday 20 September and Saturday 10 October are worked.
        ("2026-09-30T16:30", 2, "2026-10-08T10:00"),
        ("2026-10-03T10:00", 1, "2026-10-08T10:00"),
        ("2026-10-09T17:00", 1, "2026-10-10T09:30"),
        ("2026-10-10T17:00", 1, "2026-10-12T09:30"),
        ("2026-09-18T17:00", 1, "2026-09-20T09:30"),
        # Spring Festival 2026: off 15–23 February; Saturdays 14 and 28 are worked.
        ("2026-02-13T17:00", 1, "2026-02-14T09:30"),
        ("2026-02-14T17:00", 1, "2026-02-24T09:30"),
        ("2026-02-27T17:00", 8, "2026-02-28T17:30"),
        ("2026-02-27T17:00", 9, "2026-03-02T10:00"),
    ],
)
def test_hours_count_only_while_people_work(start, hours, end):
    assert add_working_hours(at(start), hours) == at(end)


def test_the_place_s_own_calendar_and_hours_win():
    CalendarDay.objects.create(day=dt.date(2026, 11, 30), is_workday=False)
    assert add_working_hours(at("2026-11-27T17:00"), 1) == at("2026-12-01T09:30")
    DatedSetting.objects.create(
        code="working_hours", effective_on=dt.date(2026, 12, 1), value="8:30-11:30，13:30-17:00"
    )
    assert add_working_hours(at("2026-11-27T17:00"), 1) == at("2026-12-01T09:00")
    for value in ("", "9:00", "25:00-26:00"):
        with pytest.raises(ValidationError):
            validate_setting("working_hours", value)


def test_the_end_of_a_working_day_and_what_is_too_far():
    time = WorkingTime(dt.date(2026, 9, 30))
    assert time.end_of_workday(at("2026-09-30T10:00"), 1) == at("2026-10-09T00:00")
    with pytest.raises(ValueError, match="too many"):
        time.add(at("2026-09-30T10:00"), 10_000)


@given(minutes=st.integers(0, 60 * 24 * 300), first=st.integers(0, 60), second=st.integers(0, 60))
def test_hours_in_two_steps_are_hours_in_one(minutes, first, second):
    time = WorkingTime(dt.date(2026, 1, 1), dt.date(2026, 12, 31))
    start = at("2026-01-01T00:00") + dt.timedelta(minutes=minutes)
    whole = time.add(start, first + second)
    assert time.add(time.add(start, first), second) == whole
    assert whole >= start
