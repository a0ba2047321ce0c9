"""What members themselves write: that something in their record is wrong."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from members.models.append_only import AppendOnlyQuerySet
from members.models.register import HomeQuerySet, Member, within_homes
from orgs.fields import EncryptedTextField, mask_completely


class CorrectionField(models.TextChoices):
    """What of the record is wrong."""

    NAME = "name", "姓名"
    IDENTITY_NUMBER = "identity_number", "证件号码"
    MOBILE = "mobile", "手机号码"
    SEX = "sex", "性别"
    ETHNICITY = "ethnicity", "民族"
    BORN_ON = "born_on", "出生日期"
    EDUCATION = "education", "学历"
    TITLE = "title", "专业技术职称"
    OCCUPATION = "occupation", "职业"
    EMPLOYER = "employer", "工作单位"
    POSITION = "position", "职务"
    JOINED_ON = "joined_on", "入党日期"
    CONFIRMED_ON = "confirmed_on", "转正日期"
    OTHER = "other", "其他"


# Of these what is right is itself a number that pages mask.
NUMBERS = (CorrectionField.IDENTITY_NUMBER, CorrectionField.MOBILE)


class CorrectionState(models.TextChoices):
    OPEN = "open", "待处理"
    ACCEPTED = "accepted", "已采纳"
    DECLINED = "declined", "未采纳"


class CorrectionQuerySet(HomeQuerySet):
    HOME, ROOT = "member__organisation", "member__root_id"

    def visible_to(self, user):
        """Where the member's home is read, and one's own."""
        return self.scoped(
            user,
            lambda: within_homes(user, self.VIEW, home=self.HOME, root=self.ROOT) | Q(member__account=user),
        )

    def open(self):
        return self.filter(state=CorrectionState.OPEN)

    delete = AppendOnlyQuerySet.delete


class CorrectionRequest(models.Model):
    """更正申请: the member says what is right; the home answers. Both texts are personal and stored encrypted.

    Accepting changes nothing by itself: the branch then edits the record.
    """

    member = models.ForeignKey(Member, models.PROTECT, related_name="corrections", verbose_name="党员")
    field = models.CharField("有误的项目", max_length=16, choices=CorrectionField)
    claim = EncryptedTextField("正确内容")
    state = models.CharField("状态", max_length=10, choices=CorrectionState, default=CorrectionState.OPEN)
    reply = EncryptedTextField("答复")
    asked_at = models.DateTimeField("提出时间", default=timezone.now)
    answered_at = models.DateTimeField("答复时间", null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="答复人",
    )

    objects = CorrectionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "更正申请"
        constraints = [
            models.UniqueConstraint(
                fields=["member", "field"],
                condition=Q(state="open"),
                name="correction_one_open",
                violation_error_message="这一项已提出更正申请，请等待党支部答复。",
            ),
            models.CheckConstraint(
                name="correction_answered",
                condition=Q(state="open", answered_at__isnull=True)
                | ~Q(state="open") & Q(answered_at__isnull=False),
                violation_error_message="更正申请的状态与答复时间不一致。",
            ),
        ]
        indexes = [models.Index(fields=["state", "asked_at", "id"], name="correction_state")]

    def __str__(self):
        return f"{self.member} {self.get_field_display()}"

    def delete(self, *args, **kwargs):
        raise TypeError("更正申请不能删除。")

    @property
    def is_number(self):
        return self.field in NUMBERS

    @property
    def shown_claim(self):
        return mask_completely(self.claim) if self.is_number else self.claim
