"""Disposal of unfit members (组织处置): a case with its steps in order."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from members.models.append_only import AppendOnly
from members.models.register import Member
from orgs.fields import EncryptedTextField
from orgs.models import Organisation


class DisposalKind(models.TextChoices):
    CORRECTION = "correction", "限期改正"
    DISMISSAL = "dismissal", "劝其退党"
    REMOVAL = "removal", "除名"


class DisposalStage(models.TextChoices):
    """The steps of 处置办法, in their order."""

    FILED = "filed", "报备"
    INVESTIGATED = "investigated", "调查核实"
    TALKED = "talked", "谈话"
    REVIEWED = "reviewed", "上级审核"
    MEETING = "meeting", "支部大会表决"
    APPROVED = "approved", "上级批准"


ORDER = list(DisposalStage)
DECIDED_ABOVE = (DisposalStage.REVIEWED, DisposalStage.APPROVED)


class DisposalState(models.TextChoices):
    OPEN = "open", "办理中"
    APPROVED = "approved", "已批准"
    DROPPED = "dropped", "不予处置"


class DisposalQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(
            member__in=Member.objects.permitted_to(user, "members.view").order_by().values("pk")
        )


class Disposal(models.Model):
    """A case about one member. What it rests on is personal and stored encrypted.

    `correct_until` is the last day of a correction within a time limit. Source: 不合格党员组织处置办法 (2024).
    """

    member = models.ForeignKey(Member, models.PROTECT, related_name="disposals", verbose_name="党员")
    kind = models.CharField("处置方式", max_length=10, choices=DisposalKind)
    ground = EncryptedTextField("事由")
    is_other_fact = models.BooleanField("与现有处分不是同一事实", default=False)
    state = models.CharField("状态", max_length=10, choices=DisposalState, default=DisposalState.OPEN)
    opened_on = models.DateField("立案日期", default=timezone.localdate)
    decided_on = models.DateField("决定日期", null=True, blank=True)
    document_no = models.CharField("批复文号", max_length=60, blank=True)
    correct_until = models.DateField("改正期限至", null=True, blank=True)
    decided_by = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="批准党组织"
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="登记人"
    )

    objects = DisposalQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "组织处置"
        constraints = [
            models.UniqueConstraint(
                fields=["member"],
                condition=Q(state="open"),
                name="disposal_one_open",
                violation_error_message="该党员已有正在办理的组织处置。",
            )
        ]

    def __str__(self):
        return f"{self.member} {self.get_kind_display()}"


class DisposalStep(AppendOnly):
    """One step done. Votes are those of full members with a right to vote."""

    disposal = models.ForeignKey(Disposal, models.PROTECT, related_name="steps", verbose_name="组织处置")
    stage = models.CharField("步骤", max_length=14, choices=DisposalStage)
    on = models.DateField("日期")
    document_no = models.CharField("文号", max_length=60, blank=True)
    expected_votes = models.PositiveIntegerField("应到会有表决权党员", null=True, blank=True)
    present_votes = models.PositiveIntegerField("实到会有表决权党员", null=True, blank=True)
    yes_votes = models.PositiveIntegerField("赞成", null=True, blank=True)
    note = EncryptedTextField("情况")
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", verbose_name="办理党组织"
    )
    recorded_at = models.DateTimeField("记录时间", default=timezone.now)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="记录人"
    )

    class Meta:
        verbose_name = verbose_name_plural = "处置步骤"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["disposal", "stage"],
                name="disposal_step_once",
                violation_error_message="该步骤已经登记。",
            )
        ]

    def __str__(self):
        return f"{self.on} {self.get_stage_display()}"
