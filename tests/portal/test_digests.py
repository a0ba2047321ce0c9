"""Digests: when they are due, what they say, to a real mail server that takes, refuses, stalls or hangs up."""

import datetime as dt
import threading
import uuid

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from activities import todos as activity_todos
from imports.models import ImportRun, RunState
from linkages import todos as linkage_todos
from members import todos as member_todos
from orgs.models import CalendarDay, DeliveryState, Digest, Notice, ReminderSetting
from portal import home, tasks
from portal.reminders import actions, digests
from portal.reminders.digests import DIGESTS
from tests import builders, mail_server
from tests.portal.conftest import at

pytestmark = pytest.mark.django_db


@pytest.fixture
def post_office(settings):
    with mail_server.running() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.server_address
        settings.EMAIL_TIMEOUT = 0.4
        settings.PORTAL_URL = "https://dangjian.example.cn"
        yield server


@pytest.fixture(autouse=True)
def without_duties(monkeypatch):
    monkeypatch.setattr(activity_todos, "SOURCES", {})


@pytest.fixture
def top(db):
    return builders.make_organisation(name="科学城综合党委")


@pytest.fixture
def officer(top):
    return builders.make_user("officer", top, email="officer@example.cn")


def wish(user, frequency="workdays", hour=8, quiet_from=20, quiet_to=7):
    return actions.set_reminders(
        user=user, frequency=frequency, hour=hour, quiet_from=quiet_from, quiet_to=quiet_to
    )


def something_to_do(top, name="甲支部"):
    builders.make_organisation(top, name=name, term_ends_on=dt.date(2026, 3, 1))


def sent(server) -> int:
    """How many letters a run of the task brought to the server."""
    before = len(server.got)
    tasks.send_reminders()
    return len(server.got) - before


def only_row() -> Digest:
    return Digest.objects.get()


# --- When -------------------------------------------------------------------------------------------------


def test_on_working_days_at_the_hour_and_once(post_office, clock, officer, top):
    something_to_do(top)
    wish(officer)
    clock("2026-03-11 07:59")
    assert sent(post_office) == 0
    clock("2026-03-11 08:00")
    assert [sent(post_office), sent(post_office)] == [1, 0]
    clock("2026-03-14 09:00")  # a Saturday
    assert sent(post_office) == 0
    CalendarDay.objects.create(day=dt.date(2026, 3, 14), is_workday=True, source="调休")
    assert sent(post_office) == 1


def test_once_a_week_on_its_first_working_day(post_office, clock, officer, top):
    something_to_do(top)
    clock("2026-09-30 18:00")
    wish(officer, "weekly")
    for day, count in {
        "2026-10-05": 0,
        "2026-10-07": 0,
        "2026-10-08": 1,
        "2026-10-09": 0,
        "2026-10-12": 1,
    }.items():
        clock(f"{day} 09:00")  # until the 7th are holidays
        assert (day, sent(post_office)) == (day, count)
    assert list(Digest.objects.order_by("period").values_list("period", "last_day")) == [
        (dt.date(2026, 10, 5), dt.date(2026, 10, 11)), (dt.date(2026, 10, 12), dt.date(2026, 10, 18)),
    ]  # fmt: skip


def test_what_was_due_before_it_was_asked_for_is_not_sent(post_office, clock, officer, top):
    something_to_do(top)
    clock("2026-03-11 15:00")
    wish(officer)
    assert sent(post_office) == 0
    clock("2026-03-12 08:00")
    assert sent(post_office) == 1


def test_late_on_the_same_day_but_not_at_night_nor_the_next_day(post_office, clock, officer, top):
    something_to_do(top)
    wish(officer)
    clock("2026-03-11 19:59")  # the worker was down all day
    assert sent(post_office) == 1
    for night in ("2026-03-12 20:00", "2026-03-13 06:59"):
        clock(night)
        assert sent(post_office) == 0
    assert Digest.objects.count() == 1


def test_a_repetition_waits_for_the_end_of_the_quiet_hours_and_ends_with_its_day(
    post_office, clock, officer, top
):
    something_to_do(top)
    wish(officer, hour=19)
    post_office.answers["RCPT"] = "451 later"
    clock("2026-03-11 19:58")
    sent(post_office)
    clock("2026-03-11 20:01")
    post_office.answers.clear()
    assert sent(post_office) == 0
    assert only_row().due_at == at("2026-03-12 07:00")
    clock("2026-03-12 07:00")
    assert sent(post_office) == 0
    row = only_row()
    assert (row.state, row.fault) == ("given_up", "expired")


@pytest.mark.parametrize(
    ("hour", "start", "end", "quiet"),
    [
        (20, 20, 7, True),
        (6, 20, 7, True),
        (7, 20, 7, False),
        (12, 12, 14, True),
        (14, 12, 14, False),
        (3, 9, 9, False),
    ],
)
@pytest.mark.once
def test_quiet_hours(hour, start, end, quiet):
    row = ReminderSetting(quiet_from=start, quiet_to=end)
    assert row.is_quiet_hour(hour) == quiet


# --- What -------------------------------------------------------------------------------------------------


def test_it_says_kinds_and_counts_and_names_nobody(post_office, clock, officer, top):
    something_to_do(top, "张三丰支部")
    builders.make_enterprise(name="欧阳公司", reported_members=9)
    Notice.objects.create(user=officer, key="k", title="候补转正：欧阳锋", url="/")
    wish(officer)
    clock("2026-03-11 08:00")
    sent(post_office)
    (letter,) = post_office.got
    assert (letter["To"], letter["Auto-Submitted"]) == ("officer@example.cn", "auto-generated")
    assert letter["Subject"].strip() == "园区党建提醒：待办2项（1项已超期），未读消息1条"
    assert letter["Message-ID"].startswith(f"<{only_row().uid}@")
    for kind in ("plain", "html"):
        text = letter.get_body((kind,)).get_content()
        assert "换届 1项，1项已超期" in text
        assert "应建未建 1项" in text
        assert "https://dangjian.example.cn/todos/" in text
        assert f"https://dangjian.example.cn{reverse('orgs:notice-list')}?unread=1" in text
        for name in ("张三丰", "欧阳", officer.display_name):
            assert name not in text


def test_every_source_of_the_home_page_has_a_kind(officer):
    kinds = [*activity_todos.SOURCES, *linkage_todos.SOURCES, *member_todos.SOURCES]
    assert all(kinds)
    assert len(set(kinds)) == len(kinds)
    assert all(to_do.kind for to_do in home.to_dos(officer, home.coverage_figures(officer)[0]))


def test_nothing_to_say_is_not_sent(post_office, clock, officer):
    wish(officer)
    clock("2026-03-11 08:00")
    assert sent(post_office) == 0
    assert only_row().state == DeliveryState.EMPTY
    clock("2026-03-11 12:00")
    Notice.objects.create(user=officer, key="k", title="x", url="/")
    assert sent(post_office) == 0  # the day had its turn


def test_only_to_who_wishes_and_still_may(post_office, clock, officer, top, settings):
    something_to_do(top)
    other = builders.make_user("officer", top, email="other@example.cn")
    wish(officer)
    clock("2026-03-11 08:00")
    settings.SENDS_MAIL = False
    assert sent(post_office) == 0
    settings.SENDS_MAIL = True
    digests.write_due([(officer.pk, officer.reminder_setting)], Digest, "user")
    wish(officer, "off")  # between the writing and the sending
    assert sent(post_office) == 0
    assert (only_row().state, only_row().fault) == ("given_up", "closed")
    assert not Digest.objects.filter(user=other).exists()


# --- A server that fails ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "fault", "status"),
    [
        ({"CONNECT": mail_server.stall}, "timeout", None),
        ({"CONNECT": mail_server.hang_up}, "connect", None),
        ({"CONNECT": "421 busy"}, "status", 421),
        ({"MAIL": "451 later"}, "status", 451),
        ({"RCPT": "451 later"}, "refused", 451),
        ({".": "452 full"}, "status", 452),
    ],
)
def test_what_surely_did_not_arrive_is_sent_again_with_growing_pauses(
    post_office, clock, officer, top, answers, fault, status
):
    something_to_do(top)
    wish(officer, quiet_from=0, quiet_to=0)
    clock("2026-03-11 08:00")
    post_office.answers = answers
    tasks.send_reminders()
    row = only_row()
    assert (row.state, row.fault, row.status) == ("waiting", fault, status)
    assert row.due_at == at("2026-03-11 08:01")
    post_office.answers, before = {}, len(post_office.got)
    clock("2026-03-11 08:01")
    assert tasks.send_reminders()["digests"] == 1
    assert len(post_office.got) == before + 1
    assert only_row().attempts == 2


def test_after_the_last_pause_it_is_given_up_and_said(post_office, clock, officer, top, client_for):
    something_to_do(top)
    wish(officer)
    post_office.answers["MAIL"] = "550 no"
    pauses, now = [], at("2026-03-11 08:00")
    while now:
        clock(f"{timezone.localtime(now):%Y-%m-%d %H:%M}")
        tasks.send_reminders()
        due_at = only_row().due_at
        pauses.append(due_at and int((due_at - now).total_seconds() / 60))
        now = due_at
    assert pauses == [1, 5, 15, 60, 180, None]
    assert Notice.objects.get(user=officer).title == "邮件提醒未能送达"
    page = client_for(officer).get(reverse("portal:reminders")).content.decode()
    assert "已放弃" in page
    assert "对方返回错误（550）" in page


def test_an_address_that_is_refused_for_good_is_not_tried_again(post_office, clock, officer, top):
    something_to_do(top)
    wish(officer)
    post_office.answers["RCPT"] = "550 unknown"
    clock("2026-03-11 08:00")
    tasks.send_reminders()
    assert (only_row().state, only_row().fault, only_row().status) == ("given_up", "refused", 550)


@pytest.mark.parametrize("answer", [mail_server.hang_up, mail_server.stall])
def test_what_may_have_arrived_is_not_sent_twice(post_office, clock, officer, top, answer):
    """The server took the letter and said nothing."""
    something_to_do(top)
    wish(officer)
    post_office.answers["."] = answer
    clock("2026-03-11 08:00")
    assert sent(post_office) == 1
    post_office.answers = {}
    clock("2026-03-11 12:00")
    assert sent(post_office) == 0
    assert (only_row().state, only_row().fault) == ("given_up", "interrupted")


def test_a_worker_that_was_killed_at_it_leaves_a_mark_and_no_second_letter(post_office, clock, officer, top):
    something_to_do(top)
    wish(officer)
    clock("2026-03-11 08:00")
    digests.write_due([(officer.pk, officer.reminder_setting)], Digest, "user")
    DIGESTS.claim(only_row())  # and killed
    for time in ("08:01", "08:03", "12:00"):
        clock(f"2026-03-11 {time}")
        assert sent(post_office) == 0
    assert (only_row().state, only_row().fault) == ("given_up", "interrupted")
    assert Notice.objects.filter(user=officer).count() == 1


def test_a_worker_that_was_killed_before_it_leaves_what_the_next_sends(post_office, clock, officer, top):
    something_to_do(top)
    wish(officer)
    clock("2026-03-11 08:00")
    digests.write_due([(officer.pk, officer.reminder_setting)], Digest, "user")
    assert sent(post_office) == 1


@pytest.mark.django_db(transaction=True)
def test_three_at_once_send_one(post_office, clock):
    top = builders.make_organisation()
    something_to_do(top)
    wish(builders.make_user("officer", top, email="officer@example.cn"))
    clock("2026-03-11 08:00")
    together, done = threading.Barrier(3), []

    def work():
        try:
            together.wait(10)
            done.append(tasks.send_reminders()["digests"])
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == [0, 0, 1]
    assert len(post_office.got) == 1
    assert only_row().state == DeliveryState.DELIVERED


def test_planning_asks_as_often_for_more_people(
    post_office, clock, top, django_assert_max_num_queries, monkeypatch
):
    clock("2026-03-11 07:00")
    for number in range(5):
        wish(builders.make_user("officer", top, email=f"o{number}@example.cn"))
    clock("2026-03-11 08:00")
    monkeypatch.setattr(DIGESTS, "sweep", lambda: 0)
    with django_assert_max_num_queries(4):
        digests.send_due()
    assert Digest.objects.count() == 5


def test_old_rows_go(clock, officer):
    for number, state in enumerate(("delivered", "empty", "given_up")):
        day = dt.date(2025, 1, 1 + number)
        Digest.objects.create(
            user=officer, period=day, last_day=day, state=state, due_at=None, created_at=at("2025-01-01 08:00"),
            uid=uuid.uuid4(),
        )  # fmt: skip
    assert tasks.purge_reminders() == 3


# --- The pages --------------------------------------------------------------------------------------------


def test_a_person_switches_it_on_and_sees_when_the_next_comes(clock, officer, client_for, settings):
    client, here = client_for(officer), reverse("portal:reminders")
    assert "下一次" not in client.get(here).content.decode()
    values = {"frequency": "workdays", "hour": "8", "quiet_from": "20", "quiet_to": "7"}
    assert client.post(here, values).status_code == 302
    assert "下一次：2026-03-11 08:00" in client.get(here).content.decode()
    assert "免打扰时段内" in client.post(here, values | {"hour": "21"}).content.decode()
    assert client.post(here, values | {"frequency": "daily"}).context["form"].errors
    settings.SENDS_MAIL = False
    assert "没有接入邮件服务器" in client.get(here).content.decode()


def test_without_an_address_nothing_can_be_switched_on(clock, top, client_for):
    user = builders.make_user("officer", top)
    with pytest.raises(ValidationError, match="没有电子邮箱"):
        wish(user)
    values = {"frequency": "weekly", "hour": "8", "quiet_from": "20", "quiet_to": "7"}
    assert "联系系统管理员" in client_for(user).post(reverse("portal:reminders"), values).content.decode()
    assert wish(user, "off").frequency == "off"


def test_the_whole_list_by_kind_and_by_urgency(clock, officer, top, client_for):
    something_to_do(top)
    builders.make_organisation(top, name="乙支部", term_ends_on=dt.date(2026, 4, 1))
    builders.make_enterprise(reported_members=9)
    client, here = client_for(officer), reverse("portal:todo-list")
    page = client.get(here)
    assert [kind for kind, *_ in page.context["groups"]] == ["换届", "应建未建"]
    assert page.context["tones"] == [
        ("", "全部", 3),
        ("urgent", "已超期", 1),
        ("soon", "有期限", 1),
        ("calm", "无期限", 1),
    ]
    assert "已超期 9 天" in page.content.decode()
    assert "2026-04-01" in page.content.decode()
    for tone, count in (("urgent", 1), ("soon", 1), ("calm", 1), ("x", 3)):
        groups = client.get(here, {"tone": tone}).context["groups"]
        assert sum(len(to_dos) for _, to_dos, _ in groups) == count


def test_a_line_that_sums_up_counts_as_all_it_stands_for(clock, officer, top, client_for):
    for number in range(9):
        builders.make_organisation(top, name=f"支部{number}", term_ends_on=dt.date(2026, 3, 1))
    page = client_for(officer).get(reverse("portal:todo-list"))
    ((kind, lines, count),) = page.context["groups"]
    assert (kind, len(lines), count) == ("换届", 6, 9)
    assert page.context["tones"][:2] == [("", "全部", 9), ("urgent", "已超期", 9)]
    assert "待办9项" in digests.content_for(officer).words


def test_the_home_page_leads_to_the_rest(clock, officer, top, client_for):
    client, here = client_for(officer), reverse("portal:home")
    for number in range(6):
        builders.make_organisation(top, name=f"支部{number}", term_ends_on=dt.date(2026, 3, 1))
    more = f'href="{reverse("portal:todo-list")}"'
    assert more not in client.get(here).content.decode()
    for number in range(5):
        ImportRun.objects.create(
            kind="enterprises",
            state=RunState.STAGED,
            file_name=f"{number}.xlsx",
            sha256="0",
            created_by=officer,
        )
    page = client.get(here).content.decode()
    assert more in page
    assert "全部 11 项" in page
    assert page.count('class="to-do"') == 10
