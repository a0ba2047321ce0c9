"""What a gathering decided: votes and resolutions with who carries them out until when."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from activities.models.activity import Activity

NOTICE_DAYS = 7


class VoteQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(activity__in=Activity.objects.visible_to(user).order_by().values("pk"))

    def standing(self):
        return self.filter(withdrawn_at__isnull=True)


class Vote(models.Model):
    """One matter put to the vote. `yes`, `no` and `abstained` include the `written` opinions handed in before.

    Written opinions count as votes, not as attendance: `yes` + `no` + `abstained` = `present` + `written`. `note` says
    why fewer were expected than have a vote. A vote that was entered wrongly is withdrawn with a reason and stays.
    """

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="votes", verbose_name="活动")
    matter = models.CharField("表决事项", max_length=120)
    expected = models.PositiveIntegerField("应到会有表决权人数")
    present = models.PositiveIntegerField("实到会有表决权人数")
    yes = models.PositiveIntegerField("赞成")
    no = models.PositiveIntegerField("反对", default=0)
    abstained = models.PositiveIntegerField("弃权", default=0)
    written = models.PositiveIntegerField("其中书面意见", default=0)
    passed = models.BooleanField("通过")
    note = models.CharField("应到人数说明", max_length=200, blank=True)
    withdrawn_at = models.DateTimeField("撤销时间", null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="撤销人",
    )
    withdrawn_reason = models.CharField("撤销原因", max_length=200, blank=True)

    objects = VoteQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "表决"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="vote_sum",
                condition=Q(present=F("yes") + F("no") + F("abstained") - F("written")),
                violation_error_message="赞成、反对、弃权人数之和应等于实到会人数加书面意见人数。",
            )
        ]

    def __str__(self):
        return f"表决{self.pk}"  # the trail keeps it: no matter that may name somebody


class ResolutionQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(activity__in=Activity.objects.visible_to(user).order_by().values("pk"))

    def open(self):
        return self.filter(done_on__isnull=True)

    def near(self, today):
        """Open, and due within `NOTICE_DAYS` or overdue."""
        return self.open().filter(due_on__lte=today + dt.timedelta(days=NOTICE_DAYS))


class Resolution(models.Model):
    """What was resolved, who carries it out, until when, and what came of it."""

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="resolutions", verbose_name="活动")
    text = models.CharField("决议事项", max_length=300)
    owner_name = models.CharField("责任人", max_length=50, blank=True)
    due_on = models.DateField("完成期限", null=True, blank=True)
    done_on = models.DateField("完成日期", null=True, blank=True)
    result = models.CharField("落实情况", max_length=300, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="登记人"
    )
    recorded_at = models.DateTimeField("登记时间", default=timezone.now)

    objects = ResolutionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "决议"
        ordering = ["pk"]
        indexes = [models.Index(fields=["due_on"], condition=Q(done_on__isnull=True), name="resolution_due")]

    def __str__(self):
        return f"决议{self.pk}"
