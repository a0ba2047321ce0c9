"""Working days across the long holidays of 2026, and rows of the place's own calendar over them."""

import datetime as dt

import pytest

from orgs.models import CalendarDay
from orgs.workdays import add_workdays, is_workday, workdays_between

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2026-02-13", True),  # the Friday before Spring Festival
        ("2026-02-14", True),  # Saturday, made up
        ("2026-02-15", False),
        ("2026-02-23", False),
        ("2026-02-24", True),
        ("2026-02-28", True),  # Saturday, made up
        ("2026-03-01", False),  # an ordinary Sunday
        ("2026-09-20", True),  # Sunday, made up for National Day
        ("2026-09-30", True),
        ("2026-10-01", False),
        ("2026-10-07", False),
        ("2026-10-08", True),
        ("2026-10-10", True),  # Saturday, made up
        ("2026-10-11", False),
    ],
)
def test_long_holidays_and_their_make_up_days(day, works):
    assert is_workday(dt.date.fromisoformat(day)) is works


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        ("2026-02-13", 0, "2026-02-13"),
        ("2026-02-13", 1, "2026-02-14"),
        ("2026-02-13", 2, "2026-02-24"),
        ("2026-09-30", 1, "2026-10-08"),
        ("2026-09-30", 5, "2026-10-13"),  # 8, 9, the made-up 10, 12, 13
    ],
)
def test_counting_starts_after_the_first_day(start, count, end):
    assert add_workdays(dt.date.fromisoformat(start), count) == dt.date.fromisoformat(end)


@pytest.mark.parametrize(
    ("first", "last", "days"),
    [
        ("2026-02-14", "2026-02-24", 2),
        ("2026-10-01", "2026-10-07", 0),
        ("2026-09-30", "2026-10-08", 2),
        ("2026-10-08", "2026-10-08", 1),
        ("2026-10-08", "2026-10-07", 0),
    ],
)
def test_both_ends_of_a_stretch_count(first, last, days):
    assert workdays_between(dt.date.fromisoformat(first), dt.date.fromisoformat(last)) == days


def test_rows_of_the_own_calendar_win():
    CalendarDay.objects.create(day=dt.date(2026, 10, 7), is_workday=True)
    CalendarDay.objects.create(day=dt.date(2026, 10, 8), is_workday=False)
    assert is_workday(dt.date(2026, 10, 7))
    assert not is_workday(dt.date(2026, 10, 8))
    assert add_workdays(dt.date(2026, 9, 30), 2) == dt.date(2026, 10, 9)
    assert workdays_between(dt.date(2026, 10, 1), dt.date(2026, 10, 9)) == 2


def test_too_many_days_are_refused():
    with pytest.raises(ValueError, match="too many"):
        add_workdays(dt.date(2026, 1, 5), 500)
