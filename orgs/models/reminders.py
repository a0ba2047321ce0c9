"""Reminders that leave the portal: a person's digest by e-mail, and robots that tell a chat group how many things wait.

Neither names anybody: counts and links only.
"""

import datetime as dt
from typing import NamedTuple

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from orgs.clock import moment
from orgs.fields import EncryptedTextField
from orgs.models.organisations import Organisation
from orgs.models.sendings import Sending, waiting_is_due
from orgs.models.webhooks import KeptWithSettingsQuerySet

WEEK = dt.timedelta(days=7)
A_DAY = dt.timedelta(days=1)
HOUR_MINUTES = 60


class Frequency(models.TextChoices):
    OFF = "off", "不发送"
    WORKDAYS = "workdays", "每个工作日"
    DAILY = "daily", "每天（含休息日）"
    WEEKLY = "weekly", "每周一次（周一，遇休息日顺延）"


class Turn(NamedTuple):
    """Once per `period` (the day, or the Monday of the week), from `at` on, until the end of `last_day`."""

    period: dt.date
    at: dt.datetime
    last_day: dt.date


def hour_field(label, default):
    return models.PositiveSmallIntegerField(label, default=default, validators=[MaxValueValidator(23)])


class Schedule(models.Model):
    """When to remind. Nothing that was due before `since`; nothing within the quiet hours (none where both are equal).

    `calendar` is a `workdays.Calendar` over the week of the day.
    """

    frequency = models.CharField("频率", max_length=10, choices=Frequency)
    hour = hour_field("发送时间", 8)
    quiet_from = hour_field("免打扰起", 20)
    quiet_to = hour_field("免打扰止", 7)
    since = models.DateTimeField("起算时间", default=timezone.now)

    class Meta:
        abstract = True

    def turn(self, day: dt.date, calendar) -> Turn | None:
        """Whose turn it is on `day`; of a week also on the working days after its first one, for what is late."""
        if self.frequency == Frequency.OFF or (
            self.frequency != Frequency.DAILY and not calendar.is_workday(day)
        ):
            return None
        if self.frequency != Frequency.WEEKLY:
            return Turn(day, self._at(day), day)
        monday = day - dt.timedelta(days=day.weekday())
        days = (monday + dt.timedelta(days=number) for number in range(7))
        return Turn(monday, self._at(next(filter(calendar.is_workday, days))), monday + WEEK - A_DAY)

    def due(self, now: dt.datetime, calendar) -> Turn | None:
        """The turn that is to be written now."""
        found = self.turn(timezone.localdate(now), calendar)
        return found if found and self.since <= found.at <= now and not self.is_quiet(now) else None

    def next_at(self, now: dt.datetime, calendar, days: int) -> dt.datetime | None:
        """The next moment within so many days."""
        today = timezone.localdate(now)
        turns = (self.turn(today + dt.timedelta(days=number), calendar) for number in range(days))
        return next((turn.at for turn in turns if turn and turn.at > max(now, self.since)), None)

    def held_back_until(self, now: dt.datetime, calendar) -> dt.datetime | None:
        """When what was put off may go out, unless now."""
        today = timezone.localdate(now)
        if self.frequency != Frequency.DAILY and not calendar.is_workday(today):
            return moment(today + A_DAY, self.hour * HOUR_MINUTES)
        if not self.is_quiet(now):
            return None
        end = moment(today, self.quiet_to * HOUR_MINUTES)
        return end if end > now else moment(today + A_DAY, self.quiet_to * HOUR_MINUTES)

    def is_quiet(self, now: dt.datetime) -> bool:
        return self.is_quiet_hour(timezone.localtime(now).hour)

    def is_quiet_hour(self, hour: int) -> bool:
        if self.quiet_from <= self.quiet_to:
            return self.quiet_from <= hour < self.quiet_to
        return hour >= self.quiet_from or hour < self.quiet_to

    def _at(self, day):
        return moment(day, self.hour * HOUR_MINUTES)


class ReminderSetting(Schedule):
    """A person's own wish; without a row nothing is sent."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="reminder_setting", verbose_name="账号"
    )

    class Meta:
        verbose_name = verbose_name_plural = "提醒设置"

    def __str__(self):
        return self.get_frequency_display()


class Digest(Sending):
    """One e-mail to one person; what it says is put together when it is sent."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="digests", db_index=False, verbose_name="账号"
    )
    period = models.DateField("期")
    last_day = models.DateField("最迟日期")

    class Meta:
        verbose_name = verbose_name_plural = "邮件提醒"
        constraints = [
            models.UniqueConstraint(fields=["user", "period"], name="digest_once"),
            waiting_is_due("digest_waiting_is_due"),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="digest_due"),
            models.Index(fields=["created_at"], name="digest_age"),
        ]


class RobotKind(models.TextChoices):
    WECOM = "wecom", "企业微信"
    DINGTALK = "dingtalk", "钉钉"
    FEISHU = "feishu", "飞书"


class Robot(Schedule):
    """Tells a chat group what waits at `organisation` and below it; `topics` are codes of what it speaks about.

    The address alone lets anybody write to the group, so it is as secret as `secret`, which signs.
    """

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="robots", verbose_name="党组织（含下级）"
    )
    kind = models.CharField("平台", max_length=10, choices=RobotKind)
    name = models.CharField("名称", max_length=60)
    address = EncryptedTextField("机器人地址")
    secret = EncryptedTextField("签名密钥")
    topics = models.JSONField("内容")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="设置人"
    )
    created_at = models.DateTimeField("设置时间", default=timezone.now)
    updated_at = models.DateTimeField("更新时间", default=timezone.now)
    closed_at = models.DateTimeField("停用时间", null=True, blank=True)

    objects = KeptWithSettingsQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "群机器人"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "name"],
                name="robot_name_once",
                violation_error_message="该党组织已有同名的机器人。",
            )
        ]

    def __str__(self):
        return self.name


class RobotMessage(Sending):
    """One message of a robot; without a `period` it is a test."""

    robot = models.ForeignKey(
        Robot, models.CASCADE, related_name="messages", db_index=False, verbose_name="群机器人"
    )
    period = models.DateField("期", null=True, blank=True)
    last_day = models.DateField("最迟日期", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "群消息"
        constraints = [
            models.UniqueConstraint(fields=["robot", "period"], name="robot_message_once"),
            waiting_is_due("robot_message_waiting_is_due"),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="robot_message_due"),
            models.Index(fields=["robot", "created_at", "id"], name="robot_message_page"),
            models.Index(fields=["created_at"], name="robot_message_age"),
        ]
