"""The yearly appraisal of members (民主评议党员): who was given which grade, or why none."""

from django.conf import settings
from django.db import models
from django.db.models import Count, Q
from django.utils import timezone

from activities.models.activity import Activity
from members.models import Member, root_of, within_homes
from orgs.fields import EncryptedTextField
from orgs.models import Organisation


class Grade(models.TextChoices):
    EXCELLENT = "excellent", "优秀"
    COMPETENT = "competent", "合格"
    BASIC = "basic", "基本合格"
    FAILED = "failed", "不合格"


BALLOTS = tuple(f"ballots_{grade.value}" for grade in Grade)


class AppraisalQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Whoever sees both the activities and the members of the branch: a grade is a finding about a person."""
        if not user.is_authenticated:
            return self.none()
        if user.sees_everything:
            return self
        return self.filter(within_homes(user, "activities.view") & within_homes(user, "members.view"))

    def with_counts(self):
        """Adds `graded`, `excellent` and `exempt`, how many lines say so."""
        return self.annotate(
            graded=Count("grades", filter=~Q(grades__grade="")),
            excellent=Count("grades", filter=Q(grades__grade=Grade.EXCELLENT)),
            exempt=Count("grades", filter=Q(grades__grade="")),
        )


class Appraisal(models.Model):
    """That of one branch and year. `held_on` is the day whose full members it is about.

    `excess_reason` and `approval_no` say why more than a third are excellent.
    """

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="appraisals", verbose_name="党支部"
    )
    root_id = models.BigIntegerField("顶层组织", editable=False)
    year = models.PositiveSmallIntegerField("年度")
    held_on = models.DateField("评议日期")
    activity = models.ForeignKey(
        Activity, models.PROTECT, null=True, blank=True, related_name="appraisals", verbose_name="会议记录"
    )
    excess_reason = models.CharField("优秀超过三分之一的原因", max_length=200, blank=True)
    approval_no = models.CharField("批复文号", max_length=60, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="登记人"
    )
    recorded_at = models.DateTimeField("登记时间", default=timezone.now)
    updated_at = models.DateTimeField("更新时间", default=timezone.now)

    objects = AppraisalQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "民主评议党员"
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "year"],
                name="appraisal_once_a_year",
                violation_error_message="该党支部这一年度的民主评议已登记。",
            )
        ]
        indexes = [models.Index(fields=["root_id", "year", "id"], name="appraisal_root")]

    def __str__(self):
        return f"{self.organisation} {self.year}年度民主评议"

    def save(self, *args, **kwargs):
        self.root_id = self.root_id or root_of(self.organisation)
        super().save(*args, **kwargs)


class AppraisalGrade(models.Model):
    """One full member: what they gave themselves, what the ballots said, the grade; or why there is none."""

    appraisal = models.ForeignKey(Appraisal, models.CASCADE, related_name="grades", verbose_name="民主评议")
    member = models.ForeignKey(Member, models.PROTECT, related_name="appraisal_grades", verbose_name="党员")
    self_grade = models.CharField("自评", max_length=10, choices=Grade, blank=True)
    ballots_excellent = models.PositiveSmallIntegerField("测评优秀票", null=True, blank=True)
    ballots_competent = models.PositiveSmallIntegerField("测评合格票", null=True, blank=True)
    ballots_basic = models.PositiveSmallIntegerField("测评基本合格票", null=True, blank=True)
    ballots_failed = models.PositiveSmallIntegerField("测评不合格票", null=True, blank=True)
    grade = models.CharField("等次", max_length=10, choices=Grade, blank=True)
    exempt_reason = EncryptedTextField("不评定等次的原因")

    class Meta:
        verbose_name = verbose_name_plural = "民主评议等次"
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["appraisal", "member"], name="appraisal_grade_once")]

    def __str__(self):
        return f"{self.member} {self.outcome}"

    @property
    def outcome(self) -> str:
        return self.get_grade_display() or "不评定等次"

    @property
    def ballot_words(self) -> str:
        """优秀12 合格3, "" where nobody counted."""
        counts = ((grade.label, getattr(self, name)) for grade, name in zip(Grade, BALLOTS, strict=True))
        return " ".join(f"{label}{count}" for label, count in counts if count is not None)
