from django.db import models


class DatedSetting(models.Model):
    """A threshold that places set differently, in force from a day on. Defaults: `orgs/regulations.py`."""

    code = models.CharField("项目", max_length=60)
    effective_on = models.DateField("生效日期")
    value = models.JSONField("值")
    basis = models.CharField("依据", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "口径与阈值"
        ordering = ["code", "-effective_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["code", "effective_on"],
                name="dated_setting_once",
                violation_error_message="该项目在这一天已有设定。",
            )
        ]

    def __str__(self):
        return f"{self.code} {self.effective_on}"


class CalendarDay(models.Model):
    """A day on which working differs from the calendar in `holidays`: newly announced holidays and make-up days."""

    day = models.DateField("日期", unique=True)
    is_workday = models.BooleanField("上班")
    note = models.CharField("名称", max_length=60, blank=True)
    source = models.CharField("依据文件", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "工作日历"
        ordering = ["day"]

    def __str__(self):
        return f"{self.day} {'上班' if self.is_workday else '休息'}"
