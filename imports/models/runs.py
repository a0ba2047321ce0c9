"""An import from upload to undo: the run, its staged rows, and remembered column mappings."""

import datetime as dt
import secrets

from django.conf import settings
from django.db import models
from django.utils import timezone

FOLDER = "imports"


class RunState(models.TextChoices):
    UPLOADED = "uploaded", "待识别"
    STAGING = "staging", "比对中"
    STAGED = "staged", "待确认"
    APPLYING = "applying", "写入中"
    APPLIED = "applied", "已写入"
    UNDOING = "undoing", "撤销中"
    UNDONE = "undone", "已撤销"
    DISCARDED = "discarded", "已放弃"
    FAILED = "failed", "失败"


class Outcome(models.TextChoices):
    NEW = "new", "新增"
    CHANGED = "changed", "变更"
    UNCHANGED = "unchanged", "未变"
    MISSING = "missing", "缺失"
    REJECTED = "rejected", "错误"
    SKIPPED = "skipped", "跳过"


def upload_path(run, filename):
    """A generated name, each time another: the original one is data and never touches the file system."""
    suffix = "." + filename.rsplit(".", 1)[-1].lower() if "." in filename else ""
    return f"{FOLDER}/{timezone.localdate():%Y/%m}/{run.sha256[:16]}-{secrets.token_hex(8)}{suffix[:6]}"


class ImportRun(models.Model):
    """One workbook on its way into the register.

    `counts` holds rows, new, changed, unchanged, missing, skipped, rejected; the first is always the sum of
    the others without `missing`, which counts register rows that a full list does not name.
    """

    kind = models.CharField("类型", max_length=20)
    state = models.CharField("状态", max_length=12, choices=RunState, default=RunState.UPLOADED)
    file = models.FileField("文件", upload_to=upload_path, blank=True)
    file_name = models.CharField("文件名", max_length=200)
    file_size = models.PositiveIntegerField("大小", default=0)
    sha256 = models.CharField("SHA-256", max_length=64, db_index=True)
    full_list = models.BooleanField("全量名单", default=False)
    all_or_nothing = models.BooleanField("有错误则全部不写入", default=False)
    blank_clears = models.BooleanField("空白单元格清除原值", default=False)
    as_of = models.DateField("数据日期", null=True, blank=True)
    sheet_index = models.PositiveSmallIntegerField("工作表", default=0)
    sheet_name = models.CharField("工作表名", max_length=100, blank=True)
    header_rows = models.JSONField("表头行", default=list, blank=True)
    headers = models.JSONField("表头", default=list, blank=True)
    mapping = models.JSONField("列对应", default=dict, blank=True)
    ignored_rows = models.JSONField("忽略的行", default=list, blank=True)
    notes = models.JSONField("提示", default=list, blank=True)
    counts = models.JSONField("计数", default=dict, blank=True)
    undo_report = models.JSONField("撤销结果", default=dict, blank=True)
    error = models.CharField("失败原因", max_length=500, blank=True)
    seconds = models.FloatField("用时（秒）", default=0)
    job = models.ForeignKey(
        "imports.Job", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="后台任务"
    )
    root_id = models.BigIntegerField("顶层组织", null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="import_runs", verbose_name="上传人"
    )
    created_at = models.DateTimeField("上传时间", auto_now_add=True)
    applied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="applied_runs",
        verbose_name="写入人",
    )
    applied_at = models.DateTimeField("写入时间", null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="undone_runs",
        verbose_name="撤销人",
    )
    undone_at = models.DateTimeField("撤销时间", null=True, blank=True)

    # First cells of each column; set while staging and kept in the result of the job, not in this table.
    samples: list[list[str]] = []

    class Meta:
        verbose_name = verbose_name_plural = "导入批次"
        ordering = ["-pk"]

    def __str__(self):
        return f"{self.file_name} #{self.pk}"

    @property
    def undo_until(self):
        return self.applied_at + dt.timedelta(days=settings.IMPORT_UNDO_DAYS) if self.applied_at else None

    @property
    def is_undoable(self):
        return self.state == RunState.APPLIED and timezone.now() <= self.undo_until


class StagedRow(models.Model):
    """One row of a run: what the file says, what the register said, and what came of it.

    `values` and `before` map field names to dumped values (see `Widget.dump`); sensitive ones are sealed.
    `before` is filled for changed rows only and is what an undo writes back. `raw` keeps the cells of rejected
    rows so that they can be mended in the browser. `key` identifies the row in the register.
    """

    # The indexes below begin with the run.
    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="staged", db_index=False)
    row_number = models.PositiveIntegerField("行号")
    outcome = models.CharField("结果", max_length=10, choices=Outcome)
    key = models.CharField("标识", max_length=100, blank=True)
    label = models.CharField("名称", max_length=200, blank=True)
    object_pk = models.BigIntegerField("登记册编号", null=True, blank=True)
    values = models.JSONField("新值", default=dict)
    before = models.JSONField("原值", default=dict)
    problems = models.JSONField("问题", default=list)
    raw = models.JSONField("原始单元格", default=list)
    selected = models.BooleanField("写入", default=True)
    written = models.BooleanField("已写入", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "待写入行"
        indexes = [
            models.Index(fields=["run", "outcome", "row_number"], name="staged_run_outcome_row"),
            models.Index(fields=["run", "row_number"], name="staged_run_row"),
            models.Index(fields=["object_pk", "run"], name="staged_object"),
        ]

    def __str__(self):
        return f"{self.run_id}:{self.row_number}"


class ColumnMapping(models.Model):
    """The columns a person confirmed for a header line seen before; offered again for the same headers."""

    kind = models.CharField("类型", max_length=20)
    signature = models.CharField("表头特征", max_length=64)
    columns = models.JSONField("列对应", default=dict)
    used_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, verbose_name="使用人")
    updated_at = models.DateTimeField("更新时间", auto_now=True)

    class Meta:
        verbose_name = verbose_name_plural = "列对应记忆"
        constraints = [
            models.UniqueConstraint(fields=["kind", "signature", "used_by"], name="mapping_once_per_user")
        ]

    def __str__(self):
        return f"{self.kind} {self.signature[:8]}"
