"""A person's own reminders, and the robots of organisations. One transaction each; robots leave an audit event.

Callers have checked access. The trail holds neither the secret nor the address of a robot: either opens the group.
"""

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from orgs.audit import record
from orgs.guards import demand_words, refuse_long, refuse_stale
from orgs.models import (
    AuditAction,
    DeliveryState,
    Frequency,
    ReminderSetting,
    Robot,
    RobotKind,
    RobotMessage,
)
from orgs.webhooks.transport import target_of
from portal.reminders.platforms import HOSTS, SIGNED
from portal.reminders.robots import HOSTS as HOSTS_SETTING
from portal.reminders.robots import send_after_commit
from portal.reminders.summary import TOPICS

LONGEST_NAME, LONGEST_ADDRESS, LONGEST_SECRET = 60, 300, 100
FOR_PERSONS = (Frequency.OFF, Frequency.WORKDAYS, Frequency.WEEKLY)
FOR_ROBOTS = (Frequency.WORKDAYS, Frequency.DAILY, Frequency.WEEKLY)


@transaction.atomic
def set_reminders(*, user, frequency, hour, quiet_from, quiet_to) -> ReminderSetting:
    """From now on; what was due earlier today is not sent any more."""
    if frequency != Frequency.OFF and not user.email:
        raise ValidationError({"frequency": "您的账号没有电子邮箱，请先联系系统管理员登记。"})
    row = ReminderSetting.objects.select_for_update().filter(user=user).first() or ReminderSetting(user=user)
    _schedule(row, FOR_PERSONS, frequency, hour, quiet_from, quiet_to)
    row.full_clean(exclude=["user"])
    row.save()
    return row


def _schedule(row, allowed, frequency, hour, quiet_from, quiet_to):
    if frequency not in allowed:
        raise ValidationError({"frequency": "请选择发送频率。"})
    row.frequency, row.hour, row.quiet_from, row.quiet_to = frequency, hour, quiet_from, quiet_to
    if frequency != Frequency.OFF and row.is_quiet_hour(hour):
        raise ValidationError({"hour": "发送时间在免打扰时段内，请调整其中之一。"})
    row.since = timezone.now()


@transaction.atomic
def add_robot(*, organisation, by, request=None, **values) -> Robot:
    if organisation.dissolved_on:
        raise ValidationError({"organisation": "该党组织已撤销。"})
    return _save(Robot(organisation=organisation, created_by=by), "新建", by, request, **values)


@transaction.atomic
def change_robot(*, robot, by, seen_at: dt.datetime | None = None, request=None, **values) -> Robot:
    """`address` and `secret` left empty stay as they are."""
    stored = _locked(robot)
    refuse_stale(stored, seen_at, "机器人")
    return _save(stored, "修改", by, request, **values)


def _save(row, act, by, request, *, kind, name, address, secret, topics, **schedule):
    row.name = refuse_long(demand_words(name, "name", "请填写名称。"), "name", LONGEST_NAME)
    row.kind = kind
    row.address = refuse_long(address, "address", LONGEST_ADDRESS) or row.address
    _check_address(row)
    row.secret = refuse_long(secret, "secret", LONGEST_SECRET) or row.secret
    if row.kind not in SIGNED:
        if secret:
            raise ValidationError({"secret": f"{row.get_kind_display()}机器人不用密钥，请留空。"})
        row.secret = ""
    row.topics = [code for code in TOPICS if code in set(topics)]
    if not row.topics:
        raise ValidationError({"topics": "请至少选择一项内容。"})
    _schedule(row, FOR_ROBOTS, **schedule)
    row.updated_at = timezone.now()
    row.full_clean(exclude=["created_by"])
    row.save()
    return _told(row, act, by, request, topics=row.topics, frequency=row.frequency)


def _check_address(row):
    try:
        target = target_of(row.address, HOSTS_SETTING)
    except ValidationError as error:
        raise ValidationError({"address": error.messages}) from error
    other = next((kind for kind, host in HOSTS.items() if host == target.host and kind != row.kind), None)
    if other:
        raise ValidationError({"address": f"这是{RobotKind(other).label}机器人的地址，请核对平台。"})


@transaction.atomic
def close_robot(*, robot, by, request=None) -> Robot:
    """What still waits is not sent any more."""
    stored = _locked(robot)
    if stored.closed_at:
        raise ValidationError("该机器人已停用。")
    stored.closed_at = timezone.now()
    return _switched(stored, "停用", by, request)


@transaction.atomic
def open_robot(*, robot, by, request=None) -> Robot:
    stored = _locked(robot)
    if stored.closed_at is None:
        raise ValidationError("该机器人已启用。")
    stored.closed_at, stored.since = None, timezone.now()
    return _switched(stored, "启用", by, request)


def _switched(row, act, by, request):
    row.updated_at = timezone.now()
    row.save()
    return _told(row, act, by, request)


@transaction.atomic
def delete_robot(*, robot, by, request=None) -> None:
    """With its address and secret, and with what it sent."""
    stored = _locked(robot)
    _told(stored, "删除", by, request)
    stored.delete()


@transaction.atomic
def send_test(*, robot, by, request=None) -> RobotMessage:
    """At once, quiet hours or not; one at a time, and not tried again."""
    stored = _open(robot)
    if stored.messages.filter(period__isnull=True, state=DeliveryState.WAITING).exists():
        raise ValidationError("上一次测试还在发送，请稍后刷新。")
    message = RobotMessage.objects.create(robot=stored)
    send_after_commit(message)
    _told(stored, "测试", by, request)
    return message


@transaction.atomic
def send_again(*, message, by, request=None) -> RobotMessage:
    """What was given up, within its period; somebody has looked whether it arrived after all."""
    stored = RobotMessage.objects.select_for_update().get(pk=message.pk)
    robot = _open(message.robot)
    if stored.state != DeliveryState.GIVEN_UP:
        raise ValidationError("只有已放弃的消息可以重新发送。")
    if stored.last_day is None or stored.last_day < timezone.localdate():
        raise ValidationError("已过当期，不再发送。")
    stored.state, stored.attempts, stored.claim, stored.fault = DeliveryState.WAITING, 0, None, ""
    stored.due_at = timezone.now()
    stored.save(update_fields=["state", "attempts", "claim", "fault", "due_at"])
    send_after_commit(stored)
    _told(robot, "重新发送", by, request, message=str(stored.uid))
    return stored


def _locked(robot) -> Robot:
    rows = Robot.objects.select_for_update(of=("self",)).select_related("organisation")
    return rows.get(pk=robot.pk)


def _open(robot) -> Robot:
    stored = _locked(robot)
    if stored.closed_at:
        raise ValidationError("该机器人已停用，请先启用。")
    return stored


def _told(row, act, by, request, **detail):
    record(
        actor=by, action=AuditAction.SETTING, obj=row, path=row.organisation.path, detail={"act": act} | detail,
        request=request,
    )  # fmt: skip
    return row
