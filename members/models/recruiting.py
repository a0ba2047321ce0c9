"""Recruiting (发展党员): the case of a person and the steps taken in it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from members.models.append_only import AppendOnly, AppendOnlyQuerySet
from members.models.person import Person
from members.models.register import HomeQuerySet, Member, root_of
from members.names import sort_key
from orgs.fields import BlindIndexField, EncryptedTextField
from orgs.models import Organisation


class CaseStage(models.TextChoices):
    APPLICANT = "applicant", "入党申请人"
    ACTIVIST = "activist", "入党积极分子"
    CANDIDATE = "candidate", "发展对象"
    PROBATIONARY = "probationary", "预备党员"
    EXTENDED = "extended", "延长预备期"
    FULL = "full", "正式党员"
    STOPPED = "stopped", "终止"


class StepOutcome(models.TextChoices):
    """How a step ended. What is no success sends the case back, see `members.recruiting.state`."""

    DONE = "done", "已办理"
    PASSED = "passed", "通过"
    FAILED = "failed", "未通过"
    ON_TIME = "on_time", "按期转正"
    EXTENDED = "extended", "延长预备期"
    CANCELLED = "cancelled", "取消预备党员资格"
    REVERSED = "reversed", "退回更正"
    TAKEN_OVER = "taken_over", "此前的步骤在系统外办理"


class CaseQuerySet(HomeQuerySet):
    def open(self):
        return self.filter(closed_on__isnull=True)

    def with_identity(self, number):
        return self.filter(RecruitmentCase._meta.get_field("identity_hash").find(number))


class RecruitmentCase(Person):
    """One person on the way from application to full membership.

    Stage, dates, `next_step`, `opens_on` and `due_on` are computed from the records (`members.recruiting.state`) after
    each act and never typed in. `opens_on` is the first day of the next step, `due_on` the last; null where no rule
    sets one. `points` is the total of the points sheet (`members.recruiting.points`). `member` is the entry in the
    register, from the approval on.
    """

    identity_hash = BlindIndexField("证件号码索引", of="identity_number")
    born_on = models.DateField("出生日期")
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="recruitment_cases", verbose_name="所在党支部"
    )
    root_id = models.BigIntegerField("顶层组织", editable=False)
    member = models.OneToOneField(
        Member,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="recruitment_case",
        verbose_name="党员",
    )

    stage = models.CharField("阶段", max_length=12, choices=CaseStage, default=CaseStage.APPLICANT)
    next_step = models.PositiveSmallIntegerField("下一步", null=True, blank=True)
    opens_on = models.DateField("最早可办日期", null=True, blank=True)
    due_on = models.DateField("应办日期", null=True, blank=True)
    applied_on = models.DateField("申请日期", null=True, blank=True)
    activist_on = models.DateField("列为积极分子日期", null=True, blank=True)
    candidate_on = models.DateField("列为发展对象日期", null=True, blank=True)
    meeting_on = models.DateField("支部大会通过日期", null=True, blank=True)
    approved_on = models.DateField("批准日期", null=True, blank=True)
    probation_ends_on = models.DateField("预备期满日期", null=True, blank=True)
    converted_on = models.DateField("转正日期", null=True, blank=True)
    stopped_on = models.DateField("终止日期", null=True, blank=True)
    stopped_reason = models.CharField("终止原因", max_length=200, blank=True)
    closed_on = models.DateField("办结日期", null=True, blank=True)
    points = models.PositiveIntegerField("量化积分", default=0, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="登记人"
    )
    created_at = models.DateTimeField("登记时间", default=timezone.now)
    updated_at = models.DateTimeField("更新时间", default=timezone.now)

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "发展党员"
        constraints = [
            models.UniqueConstraint(
                fields=["identity_hash"],
                condition=Q(closed_on__isnull=True),
                name="case_one_open",
                violation_error_message="该人员已有正在办理的发展党员记录。",
            )
        ]
        indexes = [
            models.Index(fields=["root_id", "stage", "due_on"], name="case_stage"),
            models.Index(fields=["organisation", "stage"], name="case_organisation"),
            models.Index(fields=["due_on", "id"], name="case_due"),
            models.Index(fields=["approved_on"], name="case_approved"),
            models.Index(fields=["points", "id"], name="case_points"),
        ]

    def save(self, *args, **kwargs):
        self.pinyin = sort_key(self.name)
        self.root_id = self.root_id or root_of(self.organisation)
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise TypeError("发展党员记录不得删除，请登记终止及原因。")

    @property
    def is_open(self):
        return self.closed_on is None


class StepRecordQuerySet(AppendOnlyQuerySet):
    def visible_to(self, user):
        return self.filter(case__in=RecruitmentCase.objects.visible_to(user).order_by().values("pk"))

    def effective(self):
        """Neither taken back nor the taking back itself; in the order in which they were entered."""
        return self.filter(reverses__isnull=True, reversal__isnull=True).order_by("pk")


class StepRecord(AppendOnly):
    """One step taken. Written once: a mistake is taken back by a reversing record of the superior body.

    `data` holds what the step asks for (votes, people by key and name, days), nothing that is encrypted elsewhere;
    `note` is for findings about the person. `late`: after the day by which the regulations ask for it.
    """

    case = models.ForeignKey(RecruitmentCase, models.PROTECT, related_name="records", verbose_name="发展党员")
    number = models.PositiveSmallIntegerField("步骤")
    on = models.DateField("日期")
    outcome = models.CharField("结果", max_length=10, choices=StepOutcome, default=StepOutcome.DONE)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", verbose_name="办理党组织"
    )
    data = models.JSONField("内容", default=dict, blank=True)
    document_no = models.CharField("文号", max_length=60, blank=True)
    note = EncryptedTextField("情况")
    late = models.BooleanField("逾期办理", default=False)
    confirm_reason = models.CharField("确需办理的原因", max_length=200, blank=True)
    approval_no = models.CharField("批准文号", max_length=60, blank=True)
    reverses = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="reversal",
        verbose_name="更正的记录",
    )
    recorded_at = models.DateTimeField("记录时间", default=timezone.now)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="记录人"
    )

    objects = StepRecordQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "发展党员步骤"
        ordering = ["pk"]
        indexes = [models.Index(fields=["organisation", "number", "on"], name="step_of_organisation")]

    def __str__(self):
        return f"{self.case} 第{self.number}步"

    @property
    def is_effective(self):
        """As `StepRecordQuerySet.effective`; for records fetched with their `reversal`."""
        return self.reverses_id is None and not hasattr(self, "reversal")
