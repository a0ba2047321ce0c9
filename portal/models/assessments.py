"""考核指数: weighted measures by which a committee assesses the organisations of a level below it, and what came of it."""

from decimal import Decimal

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from orgs.kinds import OrganisationKind
from orgs.models import Organisation
from orgs.tree import ancestor_paths, within_paths


class AssessmentState(models.TextChoices):
    DRAFT = "draft", "草稿"
    PUBLISHED = "published", "已发布"
    CLOSED = "closed", "已停用"


class Period(models.TextChoices):
    QUARTER = "quarter", "季度"
    YEAR = "year", "年度"


READ = {"statistics.view", "organisations.view"}


class AssessmentQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Of the organisations whose statistics the person reads; published ones also of those above, who assess them."""
        if not user.is_authenticated:
            return self.none()
        if user.sees_everything:
            return self
        # Both: the account of a screen reads sums alone.
        held = [a.organisation.path for a in user.current_appointments if set(a.permissions) >= READ]
        above = {path for one in held for path in ancestor_paths(one)}
        own = within_paths(held, "organisation__path") if held else Q(pk__in=[])
        return self.filter(own | Q(organisation__path__in=above) & ~Q(state=AssessmentState.DRAFT))


class Assessment(models.Model):
    """An index of one version. A draft may be changed; what is published is replaced by the next version.

    Assessed are the active organisations `level` levels below `organisation`, of `kind` where one is named.
    """

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="assessments", verbose_name="考核党组织"
    )
    name = models.CharField("指数名称", max_length=60)
    period = models.CharField("考核周期", max_length=7, choices=Period, default=Period.QUARTER)
    level = models.PositiveSmallIntegerField(
        "考核对象层级", default=1, validators=[MinValueValidator(1), MaxValueValidator(4)]
    )
    kind = models.CharField("考核对象类别", max_length=24, choices=OrganisationKind, blank=True)
    version = models.PositiveSmallIntegerField("版本", default=1, editable=False)
    replaces = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="replaced_by", verbose_name="上一版本"
    )
    state = models.CharField("状态", max_length=9, choices=AssessmentState, default=AssessmentState.DRAFT)
    published_at = models.DateTimeField("发布时间", null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="制定人",
    )
    created_at = models.DateTimeField("制定时间", default=timezone.now)
    updated_at = models.DateTimeField("更新时间", default=timezone.now)

    objects = AssessmentQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "考核指数"
        ordering = ["organisation__path", "name", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "name", "version"],
                name="assessment_once",
                violation_error_message="本组织已有同名的考核指数。",
            )
        ]

    def __str__(self):
        return f"{self.name}（第{self.version}版）"

    @property
    def is_draft(self):
        return self.state == AssessmentState.DRAFT

    @property
    def is_published(self):
        return self.state == AssessmentState.PUBLISHED


class AssessmentItem(models.Model):
    """指标: `zero_at` of the measure gives no points, `full_at` all of `weight`, between them in proportion.

    Shares in percent. `full_at` below `zero_at` where less is better.
    """

    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="items", verbose_name="考核指数")
    measure = models.CharField("指标", max_length=30)
    weight = models.DecimalField(
        "权重", max_digits=4, decimal_places=1, validators=[MinValueValidator(Decimal("0.1"))]
    )
    zero_at = models.DecimalField("零分值", max_digits=10, decimal_places=2)
    full_at = models.DecimalField("满分值", max_digits=10, decimal_places=2)
    position = models.PositiveSmallIntegerField("顺序", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "考核指标"
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["assessment", "measure"], name="assessment_item_once"),
            models.CheckConstraint(
                name="assessment_item_scale",
                condition=~Q(zero_at=F("full_at")),
                violation_error_message="零分值和满分值不能相同。",
            ),
            models.CheckConstraint(
                name="assessment_item_weight",
                condition=Q(weight__gt=0),
                violation_error_message="权重须大于0。",
            ),
        ]

    def __str__(self):
        return self.measure


class AssessmentRound(models.Model):
    """A period that was frozen: what was stored then stays, whatever becomes of the data."""

    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="rounds", verbose_name="考核指数")
    ends_on = models.DateField("考核期末")
    frozen_at = models.DateTimeField("冻结时间", default=timezone.now)
    frozen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="冻结人"
    )

    class Meta:
        verbose_name = verbose_name_plural = "考核结果"
        ordering = ["-ends_on"]
        constraints = [
            models.UniqueConstraint(fields=["assessment", "ends_on"], name="assessment_round_once")
        ]

    def __str__(self):
        return f"{self.assessment} {self.ends_on}"


class AssessmentResult(models.Model):
    """What an organisation came to; `points` is None for whom nothing could be reckoned."""

    round = models.ForeignKey(
        AssessmentRound, models.PROTECT, related_name="results", verbose_name="考核结果"
    )
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="assessment_results", verbose_name="党组织"
    )
    points = models.DecimalField("总分", max_digits=5, decimal_places=2, null=True)
    rank = models.PositiveIntegerField("名次", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "考核得分"
        constraints = [
            models.UniqueConstraint(fields=["round", "organisation"], name="assessment_result_once")
        ]

    def __str__(self):
        return f"{self.organisation} {self.points}"


class AssessmentPoint(models.Model):
    """One item of a result: the value as it was, and the points it gave. Both None where nothing could be counted."""

    result = models.ForeignKey(
        AssessmentResult, models.CASCADE, related_name="parts", verbose_name="考核得分"
    )
    item = models.ForeignKey(AssessmentItem, models.PROTECT, related_name="+", verbose_name="指标")
    numerator = models.BigIntegerField("分子", null=True)
    denominator = models.BigIntegerField("分母", null=True)
    value = models.DecimalField("数值", max_digits=16, decimal_places=4, null=True)
    points = models.DecimalField("得分", max_digits=5, decimal_places=2, null=True)

    class Meta:
        verbose_name = verbose_name_plural = "指标得分"
        constraints = [models.UniqueConstraint(fields=["result", "item"], name="assessment_point_once")]

    def __str__(self):
        return f"{self.item} {self.points}"
