"""Who was there."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Length
from django.db.models.lookups import GreaterThan
from django.utils import timezone

from activities.models.activity import Activity
from members.models import Member
from orgs.fields import EncryptedTextField

LONGEST_REASON = 100


class AttendanceState(models.TextChoices):
    PRESENT = "present", "到会"
    LEAVE = "leave", "请假"
    ABSENT = "absent", "缺席"
    OBSERVER = "observer", "列席"


class AttendanceHow(models.TextChoices):
    HAND = "hand", "点名"
    CODE = "code", "扫码"
    LIST = "list", "名单导入"


# Of whom it was expected that they come; an observer belongs to another organisation.
EXPECTED = (AttendanceState.PRESENT, AttendanceState.LEAVE, AttendanceState.ABSENT)
# Who took part, wherever they are at home.
HERE = (AttendanceState.PRESENT, AttendanceState.OBSERVER)


class Attendance(models.Model):
    """One member at one activity; `signed_at` is when they signed in themselves.

    `reason` is why somebody was away, at most `LONGEST_REASON` characters. It may speak of health: the database keeps it
    encrypted, and it is shown to those who may see the member's branch (`activities.roll_call.hidden_reasons`).
    """

    # The constraint and the index below begin with these keys: two indexes on 400,000 rows a year, not four.
    activity = models.ForeignKey(
        Activity, models.CASCADE, related_name="attendances", db_index=False, verbose_name="活动"
    )
    member = models.ForeignKey(
        Member, models.PROTECT, related_name="attendances", db_index=False, verbose_name="党员"
    )
    state = models.CharField("到会情况", max_length=8, choices=AttendanceState)
    reason = EncryptedTextField("原因")
    how = models.CharField("登记方式", max_length=4, choices=AttendanceHow, default=AttendanceHow.HAND)
    signed_at = models.DateTimeField("签到时间", null=True, blank=True)
    # What a scan of the code was worth; used for one person only.
    ticket = models.CharField("签到凭据", max_length=32, null=True, blank=True, unique=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "到会登记"
        constraints = [
            models.UniqueConstraint(
                fields=["activity", "member"],
                name="attendance_once",
                violation_error_message="该党员在本次活动中已登记。",
            ),
            models.CheckConstraint(
                name="attendance_leave_reason",
                condition=~Q(state="leave") | Q(GreaterThan(Length("reason"), 0)),
                violation_error_message="请填写请假原因。",
            ),
        ]
        indexes = [models.Index(fields=["member", "state", "activity"], name="attendance_of_member")]

    def __str__(self):
        return f"{self.member} {self.get_state_display()}"


class Guest(models.Model):
    """Somebody from outside the register who took part (列席人员)."""

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="guest_list", verbose_name="活动")
    name = models.CharField("姓名", max_length=50)
    unit = models.CharField("单位、职务", max_length=120, blank=True)
    added_at = models.DateTimeField("登记时间", default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = "列席人员"
        ordering = ["pk"]

    def __str__(self):
        return self.name
