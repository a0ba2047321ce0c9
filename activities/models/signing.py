"""Signing up beforehand, signing in at the door, and calendars that people subscribe to."""

import datetime as dt
import hashlib
import secrets
import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from activities.models.activity import COMING, Activity, ActivityState
from members.models import Member
from orgs.fields import EncryptedTextField
from orgs.models import Organisation

# A desk that nobody closed: from so long before the beginning until so long after.
OPENS_BEFORE = dt.timedelta(hours=2)
CLOSES_AFTER = dt.timedelta(hours=12)


class SignInDesk(models.Model):
    """The code on the wall of one activity. `public_id` stands in its address, `secret` makes the changing code."""

    activity = models.OneToOneField(Activity, models.CASCADE, related_name="desk", verbose_name="活动")
    public_id = models.UUIDField("签到标识", default=uuid.uuid4, unique=True, editable=False)
    secret = EncryptedTextField("签到密钥")
    opened_at = models.DateTimeField("开始签到", default=timezone.now)
    closed_at = models.DateTimeField("结束签到", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "扫码签到"

    def __str__(self):
        return f"{self.activity}签到"

    @property
    def is_open(self):
        """For its `activity`: not closed by hand, near its time, and the record still open."""
        now, start = timezone.now(), self.activity.starts_at
        in_time = start - OPENS_BEFORE <= now <= start + CLOSES_AFTER
        return self.closed_at is None and in_time and self.activity.state in (*COMING, ActivityState.HELD)


class SignUpState(models.TextChoices):
    GOING = "going", "已报名"
    WAITING = "waiting", "候补"
    WITHDRAWN = "withdrawn", "已取消"


class SignUp(models.Model):
    """A place at an activity, or one on its waiting list, where the order is that of `since`."""

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="signups", verbose_name="活动")
    member = models.ForeignKey(Member, models.PROTECT, related_name="signups", verbose_name="党员")
    state = models.CharField("状态", max_length=10, choices=SignUpState)
    since = models.DateTimeField("报名时间", default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="经办"
    )

    class Meta:
        verbose_name = verbose_name_plural = "报名"
        constraints = [
            models.UniqueConstraint(
                fields=["activity", "member"], name="signup_once", violation_error_message="该党员已报名。"
            )
        ]
        indexes = [models.Index(fields=["activity", "state", "since", "id"], name="signup_queue")]

    def __str__(self):
        return f"{self.member} {self.get_state_display()}"


class CalendarFeed(models.Model):
    """An address under which a calendar program reads what is to come, for the account it was made by.

    The address is a secret and only its hash is stored. Without an organisation it is the person's own calendar.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="calendar_feeds", verbose_name="账号"
    )
    organisation = models.ForeignKey(
        Organisation, models.CASCADE, null=True, blank=True, related_name="+", verbose_name="党组织"
    )
    token_hash = models.CharField("地址", max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField("建立时间", default=timezone.now)
    revoked_at = models.DateTimeField("停用时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "日历订阅"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "organisation"],
                condition=Q(revoked_at__isnull=True, organisation__isnull=False),
                name="feed_one_of_organisation",
            ),
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(revoked_at__isnull=True, organisation__isnull=True),
                name="feed_one_of_person",
            ),
        ]

    def __str__(self):
        return str(self.organisation or self.user)

    @staticmethod
    def new_token() -> str:
        return secrets.token_urlsafe(32)

    @staticmethod
    def hash_of(token: str) -> str:
        return hashlib.sha256(token.encode()).hexdigest()
