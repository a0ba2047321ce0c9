"""Survey rounds (摸排轮次): each applied enterprise list is one; what it shows becomes tasks with an owner."""

from django.conf import settings
from django.db import models

from orgs.models.assigned import AssignedTaskQuerySet


class SurveyReason(models.TextChoices):
    NEW = "new", "新增企业"
    MISSING = "missing", "名单中缺失"
    CLOSED = "closed", "企业状态异常"
    MANUAL = "manual", "人工发起"


class TaskState(models.TextChoices):
    OPEN = "open", "待摸排"
    DONE = "done", "已摸排"
    CANCELLED = "cancelled", "已取消"


class SurveyRound(models.Model):
    """A comparison of the register with one list, dated by the list."""

    name = models.CharField("轮次", max_length=100)
    as_of = models.DateField("数据日期")
    run = models.OneToOneField(
        "imports.ImportRun",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="survey_round",
        verbose_name="导入",
    )
    due_on = models.DateField("摸排期限")
    created_at = models.DateTimeField("建立时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "摸排轮次"
        ordering = ["-as_of", "-pk"]

    def __str__(self):
        return self.name


class SurveyTaskQuerySet(AssignedTaskQuerySet):
    OWNER, CHANGE = "owner", "surveys.change"

    def open(self):
        return self.filter(state=TaskState.OPEN)


class SurveyTask(models.Model):
    """Somebody goes and looks: `owner` is the organisation that answers for the enterprise's park, area or cluster."""

    round = models.ForeignKey(SurveyRound, models.CASCADE, related_name="tasks", verbose_name="轮次")
    enterprise = models.ForeignKey(
        "orgs.Enterprise", models.CASCADE, related_name="survey_tasks", verbose_name="企业"
    )
    reason = models.CharField("原因", max_length=10, choices=SurveyReason)
    owner = models.ForeignKey(
        "orgs.Organisation",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="survey_tasks",
        verbose_name="责任党组织",
    )
    state = models.CharField("状态", max_length=10, choices=TaskState, default=TaskState.OPEN)
    result = models.CharField("摸排结果", max_length=20, blank=True)
    note = models.CharField("说明", max_length=500, blank=True)
    done_on = models.DateField("摸排日期", null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="摸排人",
    )

    objects = SurveyTaskQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "摸排任务"
        constraints = [
            models.UniqueConstraint(fields=["round", "enterprise"], name="survey_task_once_per_round")
        ]
        indexes = [models.Index(fields=["state", "owner"], name="survey_task_state_owner")]

    def __str__(self):
        return f"{self.enterprise} {self.get_reason_display()}"
