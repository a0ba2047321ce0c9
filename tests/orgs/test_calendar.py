"""The page of the working calendar: what is marked, what can be set and taken back, and what follows from it."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from orgs.actions import calendar as actions
from orgs.models import AuditEvent, CalendarDay
from orgs.workdays import add_workdays, days_of, is_announced, stretches
from tests import builders

pytestmark = pytest.mark.django_db
URL = "/settings/calendar/"


@pytest.fixture
def administrator():
    return builders.make_user("administrator", builders.make_organisation())


def set_days(by, first, last, *, works=False, note="春节", source="国办发明电〔2026〕7号"):
    first, last = dt.date.fromisoformat(first), dt.date.fromisoformat(last)
    return actions.set_days(first=first, last=last, is_workday=works, note=note, source=source, by=by)


def test_a_year_says_what_differs_from_its_weeks():
    days = {day.day: day for day in days_of(2026)}
    marks = {
        text: days[dt.date.fromisoformat(text)].mark for text in ("2026-02-14", "2026-02-17", "2026-03-01")
    }
    assert marks == {"2026-02-14": "班", "2026-02-17": "休", "2026-03-01": ""}
    assert len(days) == 365
    names = [(run.first.day.day, run.last.day.day, run.first.name) for run in stretches(days_of(2026)[:31])]
    assert names[0] == (1, 1, "元旦")
    assert names[-1] == (4, 4, "调休上班")


def test_days_set_move_the_end_of_a_public_notice_and_are_audited(administrator):
    start = dt.date(2027, 2, 10)
    before = add_workdays(start, 5)
    assert set_days(administrator, "2027-02-11", "2027-02-12") == 2
    assert add_workdays(start, 5) > before
    event = AuditEvent.objects.get(action="setting")
    assert event.detail["days"] == "2027-02-11 至 2027-02-12"
    assert event.detail["effect"] == "影响公示期满日期"
    set_days(administrator, "2027-02-12", "2027-02-12", works=True, note="改为上班")
    assert CalendarDay.objects.get(day=dt.date(2027, 2, 12)).is_workday
    day = dt.date(2027, 2, 11)
    assert actions.clear_days(first=day, last=dt.date(2027, 2, 28), by=administrator) == 2
    assert add_workdays(start, 5) == before
    with pytest.raises(ValidationError, match="没有本地设定"):
        actions.clear_days(first=day, last=day, by=administrator)


@pytest.mark.parametrize(
    ("first", "last", "more", "words"),
    [
        ("2027-02-11", "2027-02-10", {}, "不能早于开始日期"),
        ("2027-01-01", "2027-03-02", {}, "最多设定60天"),
        ("2000-12-31", "2001-01-01", {}, "只能设定2001年"),
        ("2027-02-11", "2027-02-11", {"source": " "}, "依据文件"),
    ],
)
def test_what_is_refused(administrator, first, last, more, words):
    with pytest.raises(ValidationError, match=words):
        set_days(administrator, first, last, **more)
    assert not CalendarDay.objects.exists()
    assert not AuditEvent.objects.exists()


def test_the_page_warns_of_a_year_without_notice_and_keeps_what_was_set(client, administrator):
    client.force_login(administrator)
    assert is_announced(2026)
    assert "按规则推算" not in client.get(URL, {"year": 2026}).text
    assert "按规则推算，请待国务院办公厅通知后核对" in client.get(URL, {"year": 2050}).text
    posted = {"first": "2050-10-08", "is_workday": "0", "note": "国庆节", "source": "国办发明电〔2049〕1号"}
    page = client.post(URL, posted, follow=True)
    assert page.context["year"] == 2050
    assert "影响公示期满日期" in page.text
    assert "国办发明电〔2049〕1号" in page.text
    page = client.post(reverse("orgs:calendar-clear"), {"first": "2050-10-08"}, follow=True)
    assert not CalendarDay.objects.exists()
    assert "没有本地设定" in page.text


@pytest.mark.parametrize("year", ["1999", "2100", "x", "２０２６"])
def test_no_page_for_years_outside_the_calendar(client, administrator, year):
    client.force_login(administrator)
    assert client.get(URL, {"year": year}).status_code == 404
