"""Robots of chat groups, against a real receiver on this machine that takes, refuses, redirects, stalls or hangs up."""

import base64
import datetime as dt
import hashlib
import hmac
import json
import logging
import threading
from urllib.parse import parse_qs, urlsplit

import pytest
from auditlog.models import LogEntry
from django.core.exceptions import ValidationError
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from linkages.models import Order
from orgs.models import (
    AuditEvent,
    DeliveryFault,
    DeliveryState,
    Notice,
    Robot,
    RobotMessage,
    SurveyReason,
    SurveyRound,
    SurveyTask,
    VisitTask,
)
from orgs.outbox import NotNow, Undelivered
from orgs.webhooks import transport
from portal import tasks
from portal.reminders import actions, robots, summary
from portal.reminders.robots import ROBOTS
from portal.reminders.summary import TOPICS
from tests import builders
from tests.activities.test_lists import asked
from tests.portal.conftest import at
from tests.receivers import drip, hang_up, stall

pytestmark = pytest.mark.django_db
SECRET = "SECabc123"
DAY = "2026-03-11"


def answering(**said):
    """What the platforms answer: 200, and a code of their own."""

    def answer(handler):
        body = json.dumps(said).encode()
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


TAKEN = answering(errcode=0, errmsg="ok")


@pytest.fixture
def platform(receiver, settings):
    settings.ROBOT_HOSTS, settings.WEBHOOK_HOSTS = settings.WEBHOOK_HOSTS, []
    settings.PORTAL_URL = "https://dangjian.example.cn"
    receiver.answer = TAKEN
    return receiver


@pytest.fixture
def top(db):
    return builders.make_organisation(name="科学城综合党委")


@pytest.fixture
def by(top):
    return builders.make_user("administrator", top)


def values(platform, **kw):
    return {
        "kind": "wecom", "name": "书记群", "address": platform.address, "secret": "", "topics": list(TOPICS),
        "frequency": "workdays", "hour": 8, "quiet_from": 20, "quiet_to": 7,
    } | kw  # fmt: skip


@pytest.fixture
def make_robot(platform, top, by):
    def make(organisation=top, **kw):
        return actions.add_robot(organisation=organisation, by=by, **values(platform, **kw))

    return make


def something_to_do(top, name="甲支部"):
    return builders.make_organisation(top, name=name, term_ends_on=dt.date(2026, 3, 1))


def sent(platform) -> int:
    before = len(platform.got)
    tasks.send_reminders()
    return len(platform.got) - before


def last(platform):
    path, _, body = platform.got[-1]
    return parse_qs(urlsplit(path).query), json.loads(body)


# --- What arrives -----------------------------------------------------------------------------------------


def test_wecom_gets_markdown(platform, clock, make_robot, top):
    make_robot()
    something_to_do(top)
    clock(f"{DAY} 08:00")
    assert sent(platform) == 1
    query, body = last(platform)
    assert query == {"key": ["k1"]}
    assert body["msgtype"] == "markdown"
    lines = body["markdown"]["content"].splitlines()
    assert lines[0] == "**园区党建提醒：科学城综合党委 03-11**"
    url = f"https://dangjian.example.cn{reverse('orgs:term-list')}?below={top.code}&state=overdue"
    assert f"- [任期已届满未换届 1 个]({url})" in lines
    assert "甲支部" not in body["markdown"]["content"]


def test_dingtalk_is_signed_in_the_query(platform, clock, make_robot, top):
    make_robot(kind="dingtalk", secret=SECRET)
    something_to_do(top)
    clock(f"{DAY} 08:00")
    sent(platform)
    query, body = last(platform)
    ((timestamp,), (sign,)) = query["timestamp"], query["sign"]
    mac = hmac.new(SECRET.encode(), f"{timestamp}\n{SECRET}".encode(), hashlib.sha256)
    assert sign == base64.b64encode(mac.digest()).decode()
    assert abs(int(timestamp) / 1000 - dt.datetime.now(tz=dt.UTC).timestamp()) < 60
    assert query["key"] == ["k1"]
    assert set(body["markdown"]) == {"title", "text"}


def test_feishu_is_signed_in_the_body(platform, clock, make_robot, top):
    make_robot(kind="feishu", secret=SECRET)
    platform.answer = answering(code=0, msg="success")
    something_to_do(top)
    clock(f"{DAY} 08:00")
    sent(platform)
    query, body = last(platform)
    assert query == {"key": ["k1"]}
    mac = hmac.new(f"{body['timestamp']}\n{SECRET}".encode(), b"", hashlib.sha256)
    assert body["sign"] == base64.b64encode(mac.digest()).decode()
    post = body["content"]["post"]["zh_cn"]
    assert post["content"][0][0]["tag"] == "a"
    assert RobotMessage.objects.get().state == DeliveryState.DELIVERED


def test_names_cannot_write_markdown(platform, clock, make_robot, top):
    type(top).objects.filter(pk=top.pk).update(name="[点这里](https://evil.example.cn)")
    make_robot()
    something_to_do(top)
    clock(f"{DAY} 08:00")
    sent(platform)
    title = last(platform)[1]["markdown"]["content"].splitlines()[0]
    assert title == r"**园区党建提醒：\[点这里\]\(https://evil.example.cn\) 03-11**"


# --- What it says -----------------------------------------------------------------------------------------


def test_it_counts_the_subtree_and_nothing_else(clock, make_robot, top, by, monkeypatch):
    clock(f"{DAY} 08:00")
    today = dt.date(2026, 3, 11)
    foreign = builders.make_organisation()
    late, near = (
        SurveyRound.objects.create(name=name, as_of=today, due_on=today + dt.timedelta(days=days))
        for name, days in (("首轮", -1), ("二轮", 14))
    )
    for organisation in (something_to_do(top), something_to_do(foreign)):
        look_and_visit((late, near), organisation, today)
    post = summary.post_of(make_robot(), today)
    words = [line.words for line in post.lines]
    assert "摸排已超期（期限2026-03-10） 1 项" in words
    assert "摸排14天内到期（期限2026-03-25） 1 项" in words
    assert "走访14天内到期 1 家" in words
    assert "任期已届满未换届 1 个" in words
    post = summary.post_of(make_robot(name="只说换届", topics=["terms"]), today)
    assert [line.words for line in post.lines] == ["任期已届满未换届 1 个"]
    assert Order.objects.count() == 0


def look_and_visit(rounds, organisation, today):
    enterprise = builders.make_enterprise()
    for survey in rounds:
        SurveyTask.objects.create(
            round=survey, enterprise=enterprise, owner=organisation, reason=SurveyReason.NEW
        )
    VisitTask.objects.create(
        enterprise=enterprise, organisation=organisation, reason="manual", kind="visit",
        due_on=today + dt.timedelta(days=14),
    )  # fmt: skip


def test_every_link_opens_what_it_counts(clock, make_robot, top, client_for):
    """Also for somebody who answers for more than the organisation of the robot."""
    clock(f"{DAY} 08:00")
    today, committee = dt.date(2026, 3, 11), builders.make_organisation(top, "committee")
    survey = SurveyRound.objects.create(name="首轮", as_of=today, due_on=today)
    branch = something_to_do(committee)
    for organisation in (branch, something_to_do(top, "乙支部")):
        look_and_visit([survey], organisation, today)
    builders.make_member(branch)
    post = summary.post_of(make_robot(organisation=committee), today)
    assert {"摸排14天内到期（期限2026-03-11） 1 项", "走访14天内到期 1 家"} <= {
        line.words for line in post.lines
    }
    officer = client_for(builders.make_user("officer", top))
    assert len(post.lines) > 1
    for line in post.lines:
        parts = urlsplit(line.url)
        page = officer.get(f"{parts.path}?{parts.query}")
        assert page.status_code == 200
        count = next(int(word) for word in line.words.split() if word.isdecimal())
        found = page.context.get("matching", len(page.context["page"].items))
        assert (line.words, found) == (line.words, count)


def test_nothing_to_say_is_not_sent(platform, clock, make_robot):
    make_robot(topics=["terms"])
    clock(f"{DAY} 08:00")
    assert sent(platform) == 0
    assert RobotMessage.objects.get().state == DeliveryState.EMPTY


# --- When -------------------------------------------------------------------------------------------------


def test_each_by_its_own_days_and_hours_and_once(platform, clock, make_robot, top):
    something_to_do(top)
    make_robot(name="工作日")
    make_robot(name="每天", frequency="daily")
    make_robot(name="每周", frequency="weekly", hour=9)
    for moment, count in {
        f"{DAY} 07:59": 0, f"{DAY} 08:00": 2, f"{DAY} 08:01": 0, "2026-03-14 08:00": 1, "2026-03-16 08:00": 2,
        "2026-03-16 09:00": 1, "2026-03-16 19:59": 0,
    }.items():  # fmt: skip
        clock(moment)
        assert (moment, sent(platform)) == (moment, count)


def test_closed_deleted_and_dissolved_say_nothing(platform, clock, make_robot, top, by):
    something_to_do(top)
    closed, deleted = make_robot(name="停用"), make_robot(name="删除")
    clock(f"{DAY} 08:00")
    robots.write_due([(closed.pk, closed), (deleted.pk, deleted)], RobotMessage, "robot")
    actions.close_robot(robot=closed, by=by)
    actions.delete_robot(robot=deleted, by=by)
    assert sent(platform) == 0
    assert RobotMessage.objects.get().fault == "closed"
    actions.open_robot(robot=closed, by=by)
    assert sent(platform) == 0
    clock("2026-03-12 08:00")
    type(top).objects.filter(pk=top.pk).update(dissolved_on=dt.date(2026, 3, 12))
    assert sent(platform) == 0


# --- A platform that fails --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "fault", "status", "hint"),
    [
        (answering(errcode=310000, errmsg="sign not match"), "refused", 310000, "安全设置"),
        (answering(errcode=45009, errmsg="api freq out of limit"), "refused", 45009, "频繁"),
        (answering(code=19021, msg="sign match fail"), "refused", 19021, "密钥"),
        (302, "redirect", 302, ""),
        (500, "status", 500, ""),
    ],
)
def test_what_surely_did_not_arrive_is_sent_again(
    platform, clock, make_robot, top, by, client_for, answer, fault, status, hint
):  # fmt: skip
    robot = make_robot()
    something_to_do(top)
    platform.answer = answer
    clock(f"{DAY} 08:00")
    assert sent(platform) == 1  # a redirect is not followed
    row = RobotMessage.objects.get()
    assert (row.state, row.fault, row.status) == ("waiting", fault, status)
    assert row.due_at == at(f"{DAY} 08:01")
    page = client_for(by).get(reverse("portal:robot", args=[robot.pk])).content.decode()
    assert f"（{status}）" in page
    assert hint in page
    platform.answer = TAKEN
    clock(f"{DAY} 08:01")
    assert sent(platform) == 1
    assert sent(platform) == 0
    assert RobotMessage.objects.get().state == DeliveryState.DELIVERED


def test_after_the_last_pause_it_is_given_up_said_and_sent_by_hand(platform, clock, make_robot, top, by):
    robot = make_robot()
    something_to_do(top)
    platform.answer = 500
    now, attempts = at(f"{DAY} 08:00"), 0
    while now:
        clock(f"{timezone.localtime(now):%Y-%m-%d %H:%M}")
        attempts += sent(platform)
        now = RobotMessage.objects.get().due_at
    row = RobotMessage.objects.get()
    assert (row.state, attempts) == ("given_up", ROBOTS.most_attempts)
    assert "书记群" in Notice.objects.get(user=by).title
    platform.answer = TAKEN
    actions.send_again(message=row, by=by)
    assert tasks.send_robot_message(str(row.uid)) is True
    with pytest.raises(ValidationError, match="只有已放弃"):
        actions.send_again(message=row, by=by)
    RobotMessage.objects.update(state="given_up")
    clock("2026-03-12 06:00")
    with pytest.raises(ValidationError, match="已过当期"):
        actions.send_again(message=row, by=by)
    assert robot.messages.count() == 1


@pytest.mark.parametrize("answer", [stall, drip, hang_up, 200])
def test_what_may_have_arrived_is_not_sent_twice(platform, clock, make_robot, top, monkeypatch, answer):
    """A receiver that took it and did not say so; 200 without a code is no answer of a platform."""
    monkeypatch.setattr(transport, "READ_SECONDS", 0.3)
    monkeypatch.setattr(transport, "WHOLE_SECONDS", 0.4)
    make_robot()
    something_to_do(top)
    platform.stalled, platform.answer = threading.Event(), answer
    clock(f"{DAY} 08:00")
    assert sent(platform) == 1
    platform.stalled.set()
    platform.answer = TAKEN
    clock(f"{DAY} 12:00")
    assert sent(platform) == 0
    row = RobotMessage.objects.get()
    assert (row.state, row.fault) == ("given_up", "interrupted")


def test_a_worker_that_was_killed_at_it_leaves_a_mark_and_no_second_message(platform, clock, make_robot, top):
    robot = make_robot()
    something_to_do(top)
    clock(f"{DAY} 08:00")
    robots.write_due([(robot.pk, robot)], RobotMessage, "robot")
    ROBOTS.claim(RobotMessage.objects.get())  # and killed
    for time in ("08:01", "08:03", "12:00"):
        clock(f"{DAY} {time}")
        assert sent(platform) == 0
    assert RobotMessage.objects.get().fault == "interrupted"


@pytest.mark.django_db(transaction=True)
def test_three_at_once_send_one(platform, clock):
    top = builders.make_organisation()
    by = builders.make_user("administrator", top)
    actions.add_robot(organisation=top, by=by, **values(platform))
    something_to_do(top)
    clock(f"{DAY} 08:00")
    together, done = threading.Barrier(3), []

    def work():
        try:
            together.wait(10)
            done.append(tasks.send_reminders()["robots"])
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == [0, 0, 1]
    assert len(platform.got) == 1


@pytest.mark.parametrize("says", [lambda: None, NotNow, Undelivered])
def test_who_was_slower_does_not_overwrite_what_the_other_sent(
    platform, clock, make_robot, top, monkeypatch, says
):
    """Both put it together at once; when this one is done with “nothing to say”, “not now” or “not any more”, it is sent."""
    robot = make_robot()
    something_to_do(top)
    clock(f"{DAY} 08:00")
    robots.write_due([(robot.pk, robot)], RobotMessage, "robot")
    uid, plain = str(RobotMessage.objects.get().uid), ROBOTS.content

    def slower(row):
        monkeypatch.setattr(ROBOTS, "content", plain)
        assert ROBOTS.send(uid) is True
        if says is NotNow:
            raise NotNow(timezone.now())
        if says is Undelivered:
            raise Undelivered(DeliveryFault.CLOSED)

    monkeypatch.setattr(ROBOTS, "content", slower)
    ROBOTS.send(uid)
    row = RobotMessage.objects.get()
    assert (row.state, row.fault, row.due_at, len(platform.got)) == ("delivered", "", None, 1)


def test_one_that_cannot_be_put_together_holds_up_nobody_else(platform, clock, make_robot, top):
    broken = make_robot(name="甲", topics=["terms"])
    make_robot(name="乙")
    something_to_do(top)
    Robot.objects.filter(pk=broken.pk).update(topics=5)
    clock(f"{DAY} 08:00")
    assert sent(platform) == 1
    row = broken.messages.get()
    assert (row.state, row.attempts, row.due_at) == ("waiting", 0, at(f"{DAY} 08:30"))


def test_never_more_than_a_few_a_minute(platform, make_robot, by):
    robot = make_robot()
    for _ in range(robots.MOST_A_MINUTE + 2):
        ROBOTS.send(str(RobotMessage.objects.create(robot=robot).uid))
    assert len(platform.got) == robots.MOST_A_MINUTE
    waiting = robot.messages.filter(state=DeliveryState.WAITING)
    assert waiting.count() == 2
    assert all(row.attempts == 0 and row.due_at > timezone.now() for row in waiting)


# --- Setting one up ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "field", "said"),
    [
        ({"address": "https://other.example.cn/x"}, "address", "ROBOT_HOSTS"),
        ({"address": "http://oapi.dingtalk.com/x"}, "address", "https"),
        (
            {"address": "https://oapi.dingtalk.com/robot/send?access_token=1"},
            "address",
            "这是钉钉机器人的地址",
        ),
        ({"address": ""}, "address", "完整的接收地址"),
        ({"secret": SECRET}, "secret", "企业微信机器人不用密钥"),
        ({"topics": []}, "topics", "至少选择一项"),
        ({"topics": ["x"]}, "topics", "至少选择一项"),
        ({"name": " "}, "name", "名称"),
        ({"hour": 22}, "hour", "免打扰时段"),
        ({"hour": 24, "quiet_from": 0, "quiet_to": 0}, "hour", "23"),
        ({"frequency": "off"}, "frequency", "频率"),
    ],
)
def test_what_is_refused(make_robot, settings, changed, field, said):
    settings.ROBOT_HOSTS += ["oapi.dingtalk.com"]
    with pytest.raises(ValidationError) as error:
        make_robot(**changed)
    assert said in "".join(error.value.message_dict[field])


def test_a_name_stands_once_at_an_organisation(make_robot):
    make_robot()
    with pytest.raises(ValidationError, match="已有同名的机器人"):
        make_robot()


@pytest.mark.once
def test_the_three_platforms_are_listed_by_default(settings):
    for address in (
        "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=1",
        "https://oapi.dingtalk.com/robot/send?access_token=1",
        "https://open.feishu.cn/open-apis/bot/v2/hook/1",
    ):
        assert transport.target_of(address, robots.HOSTS).host in address


def test_address_and_secret_stand_nowhere_in_the_open(platform, top, by, client_for, caplog):
    caplog.set_level(logging.DEBUG)
    client = client_for(by)
    sending = values(platform, kind="dingtalk", secret=SECRET) | {"organisation": top.code}
    client.post(reverse("portal:robot-new"), sending)
    robot = Robot.objects.get()
    pages = [
        client.get(reverse(f"portal:{name}", args=[robot.pk])).content.decode()
        for name in ("robot", "robot-edit")
    ]
    platform.answer = answering(errcode=310000)
    ROBOTS.send(str(actions.send_test(robot=robot, by=by).uid))
    with connection.cursor() as cursor:
        cursor.execute("SELECT address, secret FROM orgs_robot")
        stored = cursor.fetchall()
    trail = f"{list(AuditEvent.objects.values())} {list(LogEntry.objects.values())} {caplog.text} {stored} {pages}"
    assert (robot.address, robot.secret) == (platform.address, SECRET)
    for words in (SECRET, "key=k1"):
        assert words not in trail
    assert AuditEvent.objects.filter(object_type="robot", action="setting").count() == 2


def test_an_administrator_sets_up_tests_changes_and_deletes(
    platform, top, by, client_for, django_capture_on_commit_callbacks, monkeypatch
):
    monkeypatch.setattr(tasks.send_robot_message, "delay", tasks.send_robot_message)
    client = client_for(by)
    assert "还没有群机器人" in client.get(reverse("portal:robot-list")).content.decode()
    sending = values(platform) | {"organisation": top.code}
    assert (
        "topics" in client.post(reverse("portal:robot-new"), sending | {"topics": []}).context["form"].errors
    )
    assert client.post(reverse("portal:robot-new"), sending).status_code == 302
    robot = Robot.objects.get()
    here, edit = (reverse(f"portal:{name}", args=[robot.pk]) for name in ("robot", "robot-edit"))
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("portal:robot-test", args=[robot.pk]))
    assert last(platform)[1]["markdown"]["content"].startswith("**园区党建提醒：测试**")
    page = client.get(here).content.decode()
    assert "已送达" in page
    assert "127.0.0.1/…" in page
    platform.answer = answering(errcode=93000)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("portal:robot-test", args=[robot.pk]))
    assert "移出群" in client.get(here).content.decode()
    assert robot.messages.filter(state="given_up").count() == 1  # a test is not repeated
    seen_at = client.get(edit).context["form"].initial["seen_at"]
    sending = values(platform, address="", name="书记和委员群") | {"seen_at": seen_at}
    assert client.post(edit, sending).status_code == 302
    assert "已被他人修改" in client.post(edit, sending).content.decode()
    robot.refresh_from_db()
    assert (robot.name, robot.address) == ("书记和委员群", platform.address)
    for to, closed in (("close", True), ("open", False)):
        client.post(reverse(f"portal:robot-{to}", args=[robot.pk]))
        robot.refresh_from_db()
        assert bool(robot.closed_at) == closed
    assert client.post(reverse("portal:robot-delete", args=[robot.pk])).url == reverse("portal:robot-list")
    assert not RobotMessage.objects.exists()


def test_only_those_who_keep_the_settings_there(platform, make_robot, top, client_for):
    robot, area = make_robot(), builders.make_organisation(top, "area_committee")
    message = RobotMessage.objects.create(robot=robot, state="given_up", due_at=None)
    below = client_for(builders.make_user("administrator", area))
    officer = client_for(builders.make_user("officer", top))
    for name in ("robot", "robot-edit"):
        assert below.get(reverse(f"portal:{name}", args=[robot.pk])).status_code == 404
        assert officer.get(reverse(f"portal:{name}", args=[robot.pk])).status_code == 403
    for name, pk in (("robot-test", robot.pk), ("robot-delete", robot.pk), ("robot-resend", message.pk)):
        assert below.post(reverse(f"portal:{name}", args=[pk])).status_code == 404
        assert officer.post(reverse(f"portal:{name}", args=[pk])).status_code == 403
    sending = values(platform) | {"organisation": top.code}
    assert "organisation" in below.post(reverse("portal:robot-new"), sending).context["form"].errors
    assert below.post(reverse("portal:robot-new"), sending | {"organisation": area.code}).status_code == 302


def test_pages_ask_as_often_for_more_rows(platform, make_robot, by, client_for):
    client, robot = client_for(by), make_robot()
    addresses = [reverse("portal:robot-list"), reverse("portal:robot", args=[robot.pk])]
    RobotMessage.objects.create(robot=robot)
    few = [asked(client, address)[0] for address in addresses]
    for number in range(3):
        make_robot(name=f"群{number}")
        RobotMessage.objects.create(robot=robot)
    assert [asked(client, address)[0] for address in addresses] == few
