"""Background work. The table is the truth; a Celery message only carries the id of a row."""

from django.conf import settings
from django.db import models


class JobState(models.TextChoices):
    QUEUED = "queued", "排队中"
    RUNNING = "running", "进行中"
    DONE = "done", "已完成"
    FAILED = "failed", "失败"


class Job(models.Model):
    """One piece of background work: what to do (`kind`, `payload`), how far it is, how it ended.

    `payload` holds ids only, never names or personal data. A worker owns the row while `claim` is its own;
    a claim whose heartbeat went stale is taken back by the sweep (`imports.jobs.sweep`).
    """

    kind = models.CharField("任务", max_length=40)
    payload = models.JSONField("参数", default=dict)
    idempotency_key = models.CharField("幂等键", max_length=100, unique=True)
    state = models.CharField("状态", max_length=10, choices=JobState, default=JobState.QUEUED)
    progress = models.PositiveIntegerField("已处理", default=0)
    total = models.PositiveIntegerField("总数", default=0)
    step = models.CharField("当前步骤", max_length=60, blank=True)
    result = models.JSONField("结果", default=dict, blank=True)
    error = models.CharField("失败原因", max_length=500, blank=True)
    attempts = models.PositiveSmallIntegerField("次数", default=0)
    claim = models.CharField("执行者", max_length=36, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="jobs",
        verbose_name="发起人",
    )
    root_id = models.BigIntegerField("顶层组织", null=True, blank=True)
    created_at = models.DateTimeField("提交时间", auto_now_add=True)
    sent_at = models.DateTimeField("发送时间", null=True, blank=True)
    started_at = models.DateTimeField("开始时间", null=True, blank=True)
    heartbeat_at = models.DateTimeField("心跳", null=True, blank=True)
    finished_at = models.DateTimeField("结束时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "后台任务"
        indexes = [models.Index(fields=["state", "heartbeat_at"], name="job_state_heartbeat")]

    def __str__(self):
        return f"{self.kind} #{self.pk}"

    @property
    def is_finished(self):
        return self.state in (JobState.DONE, JobState.FAILED)

    @property
    def percent(self):
        return min(100, round(100 * self.progress / self.total)) if self.total else 0
