"""What the entry proposes: pure, from the last records and a moment. Local times without a zone: nothing is stored."""
# ruff: noqa: DTZ001

import datetime as dt

import pytest

from activities.habits import Past, habits

NOW = dt.datetime(2026, 11, 26, 16, 30)  # a Thursday


def past(*days, kinds=("theme_day",), hour=15, minutes=90, **more):
    return [
        Past(
            starts_at=dt.datetime(2026, month, day, hour),
            ends_at=dt.datetime(2026, month, day, hour) + dt.timedelta(minutes=minutes),
            kinds=kinds,
            **more,
        )
        for month, day in days
    ]


THURSDAYS = ((10, 22), (9, 24), (8, 27))


def test_a_branch_without_records_begins_with_a_theme_day_today():
    found = habits([], NOW)
    assert (found.kinds, found.starts_at) == (("theme_day",), NOW.replace(hour=15, minute=0))
    assert found.ends_at - found.starts_at == dt.timedelta(minutes=90)


def test_what_is_owed_comes_before_what_is_usual():
    records = past(*THURSDAYS) + past((10, 8), kinds=("party_lecture",), place="报告厅")
    assert habits(records, NOW).kinds == ("theme_day",)
    found = habits(records, NOW, due=["party_lecture", "theme_day"])
    assert (found.kinds, found.place) == (("party_lecture",), "报告厅")
    assert habits(records, NOW, due=["party_lecture"], kind="training").kinds == ("training",)


@pytest.mark.parametrize(
    ("now", "days", "expected"),
    [
        (NOW, THURSDAYS, dt.datetime(2026, 11, 26, 15)),  # today is the day, and the time has come
        (NOW.replace(hour=14), THURSDAYS, dt.datetime(2026, 11, 19, 15)),  # not yet: the Thursday before
        (NOW + dt.timedelta(days=2), THURSDAYS, dt.datetime(2026, 11, 26, 15)),  # Saturday
        (NOW, ((11, 26), *THURSDAYS), dt.datetime(2026, 11, 26, 15)),  # recorded already: today once more
        (
            dt.datetime(2026, 12, 1, 16),
            THURSDAYS,
            dt.datetime(2026, 12, 1, 15),
        ),  # the last Thursday was November's
        (dt.datetime(2026, 12, 1, 9, 40), THURSDAYS, dt.datetime(2026, 12, 1, 8)),  # it ended about now
        (dt.datetime(2026, 12, 1, 0, 10), THURSDAYS, dt.datetime(2026, 12, 1, 0)),  # never the day before
    ],
)
def test_the_usual_day_of_this_month(now, days, expected):
    assert habits(past(*days), now).starts_at == expected


def test_the_newest_of_equals_wins_and_nothing_typed_does_not_count():
    records = past((10, 22), place="新址", chair="", title="甲") + past(
        (9, 24), place="旧址", chair="张明", title="乙"
    )
    found = habits(records, NOW)
    assert (found.place, found.chair, found.titles) == ("新址", "张明", ("甲", "乙"))
