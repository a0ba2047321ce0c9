"""Quantified points (量化积分) of people on the way into the Party: dated criteria and what was entered under them."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from members.models.recruiting import RecruitmentCase
from members.models.register import HomeQuerySet, root_of
from orgs.fields import EncryptedTextField
from orgs.models import Organisation
from orgs.models.organisations import DatedQuerySet
from orgs.tree import ancestor_paths


class Counting(models.TextChoices):
    PER_ITEM = "per_item", "按项计分"
    ONCE = "once", "一次计分"


class CriterionQuerySet(DatedQuerySet, HomeQuerySet):
    def visible_to(self, user):
        """Those of organisations the person reads members of, and those that apply there from above."""
        if not user.is_authenticated:
            return self.none()
        if user.sees_everything:
            return self
        above = {p for path in user.permission_paths.get("members.view", ()) for p in ancestor_paths(path)}
        own = self.permitted_to(user, "members.view")
        return own | self.filter(organisation__path__in=above)

    def applying_to(self, organisation):
        """Those of the organisation and of what is above it."""
        return self.filter(organisation__path__in=[*organisation.ancestor_paths, organisation.path])


class PointCriterion(models.Model):
    """A criterion as it stands from `since` until `until` (first day no longer), for `organisation` and all below it.

    A criterion under which something was entered is never rewritten: a change ends the row and opens the next of the
    same `series` (the key of its first row), so what was entered keeps the words and points of its day.
    `points` are for one item; a criterion that counts once gives up to `points_max`.
    """

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="point_criteria", verbose_name="适用党组织"
    )
    root_id = models.BigIntegerField("顶层组织", editable=False)
    series = models.BigIntegerField("系列", editable=False, db_index=True)
    group = models.CharField("类别", max_length=20)
    name = models.CharField("指标", max_length=60)
    description = models.CharField("说明", max_length=300, blank=True)
    counting = models.CharField("计分方式", max_length=10, choices=Counting, default=Counting.PER_ITEM)
    points = models.PositiveSmallIntegerField("每项分值")
    points_max = models.PositiveSmallIntegerField("最高分")
    since = models.DateField("启用日期", default=timezone.localdate)
    until = models.DateField("停用日期", null=True, blank=True)

    objects = CriterionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "积分指标"
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "group", "name"],
                condition=Q(until__isnull=True),
                name="criterion_name_once",
                violation_error_message="该类别下已有同名指标。",
            ),
            models.CheckConstraint(
                name="criterion_points_fit",
                condition=Q(points__gte=1, points_max__gte=F("points")),
                violation_error_message="分值至少为1，最高分不能低于每项分值。",
            ),
            models.CheckConstraint(
                name="criterion_ends_later",
                condition=Q(until__isnull=True) | Q(until__gte=F("since")),
                violation_error_message="停用日期不能早于启用日期。",
            ),
        ]
        indexes = [models.Index(fields=["root_id", "until"], name="criterion_root")]

    def __str__(self):
        return self.name

    def save(self, *args, **kwargs):
        self.root_id = self.root_id or root_of(self.organisation)
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise TypeError("积分指标不得删除，请停用。")


class PointEntryQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(case__in=RecruitmentCase.objects.visible_to(user).order_by().values("pk"))

    def effective(self):
        return self.filter(withdrawn_on__isnull=True)

    def delete(self):
        raise TypeError("积分记录不得删除，请撤回并说明原因。")


class PointEntry(models.Model):
    """Something that earned points. `points` are those before the criterion's cap, which `members.recruiting.points`
    applies to the sum. Withdrawn with a reason, never deleted.
    """

    case = models.ForeignKey(
        RecruitmentCase, models.PROTECT, related_name="point_entries", verbose_name="发展党员"
    )
    criterion = models.ForeignKey(
        PointCriterion, models.PROTECT, related_name="entries", verbose_name="积分指标"
    )
    on = models.DateField("日期")
    count = models.PositiveSmallIntegerField("项数", default=1)
    points = models.PositiveIntegerField("得分")
    evidence = EncryptedTextField("依据")
    entered_at = models.DateTimeField("登记时间", default=timezone.now)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="登记人"
    )
    withdrawn_on = models.DateField("撤回日期", null=True, blank=True)
    withdrawn_reason = models.CharField("撤回原因", max_length=200, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="撤回人",
    )

    objects = PointEntryQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "积分记录"
        constraints = [
            models.CheckConstraint(
                name="point_entry_withdrawn_why",
                condition=Q(withdrawn_on__isnull=True, withdrawn_reason="")
                | Q(withdrawn_on__isnull=False) & ~Q(withdrawn_reason=""),
                violation_error_message="请说明撤回的原因。",
            )
        ]

    def __str__(self):
        return f"{self.criterion} {self.points}分"

    def delete(self, *args, **kwargs):
        raise TypeError("积分记录不得删除，请撤回并说明原因。")
