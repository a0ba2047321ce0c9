"""What is booked against an agreement: activities, results, yearly evaluations."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from activities.models import HELD_STATES, Activity
from linkages.models.agreements import Agreement, Party


class Withdrawable(models.Model):
    """A mistake is withdrawn with its reason; the row stays."""

    withdrawn_at = models.DateTimeField("撤回时间", null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+",
        verbose_name="撤回人",
    )  # fmt: skip
    withdrawn_reason = models.CharField("撤回原因", max_length=200, blank=True)

    class Meta:
        abstract = True

    def delete(self, *args, **kwargs):
        raise TypeError("记录不得删除，请登记撤回及原因。")


class BookedQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(agreement__in=Agreement.objects.visible_to(user).order_by().values("pk"))

    def standing(self):
        return self.filter(withdrawn_at__isnull=True)


class BookingQuerySet(BookedQuerySet):
    def standing(self):
        """Of what was really held: a booked record that was cancelled later brings nothing."""
        return super().standing().filter(activity__state__in=HELD_STATES)


class BookedAs(models.TextChoices):
    ACTIVITY = "activity", "联合活动"
    MEETING = "meeting", "联席会议"


class AgreementActivity(Withdrawable):
    """That an activity was held under the agreement."""

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="bookings", verbose_name="协议")
    activity = models.ForeignKey(
        Activity, models.PROTECT, related_name="agreement_bookings", verbose_name="活动"
    )
    booked_as = models.CharField("计为", max_length=10, choices=BookedAs, default=BookedAs.ACTIVITY)
    booked_at = models.DateTimeField("登记时间", default=timezone.now)
    booked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="登记人"
    )

    objects = BookingQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "共建活动"
        constraints = [
            models.UniqueConstraint(
                fields=["agreement", "activity"],
                condition=Q(withdrawn_at__isnull=True),
                name="agreement_activity_once",
                violation_error_message="该活动已登记到本协议。",
            )
        ]

    def __str__(self):
        return f"{self.agreement}：{self.activity}"


class ResultKind(models.TextChoices):
    ITEM = "item", "办实事"
    RESOURCE = "resource", "提供资源"
    PEOPLE = "people", "引才"
    AMOUNT = "amount", "资金和订单"
    PROBLEM = "problem", "解决难题"


class AgreementResult(Withdrawable):
    """What the agreement brought (S44). `people` were introduced, of them `hired` and `members`; `amount` in 万元."""

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="results", verbose_name="协议")
    kind = models.CharField("成效类别", max_length=10, choices=ResultKind)
    on = models.DateField("日期")
    what = models.CharField("内容", max_length=200)
    party = models.ForeignKey(
        Party, models.PROTECT, null=True, blank=True, related_name="results", verbose_name="由哪一方提供"
    )
    beneficiary = models.CharField("受益对象", max_length=120, blank=True)
    people = models.PositiveIntegerField("引进人数", default=0)
    hired = models.PositiveIntegerField("其中录用", default=0)
    members = models.PositiveIntegerField("其中党员", default=0)
    amount = models.DecimalField("金额（万元）", max_digits=12, decimal_places=2, null=True, blank=True)
    recorded_at = models.DateTimeField("登记时间", default=timezone.now)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="登记人"
    )

    objects = BookedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "共建成效"
        ordering = ["-on", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="agreement_result_people",
                condition=Q(hired__lte=F("people"), members__lte=F("people")),
                violation_error_message="录用人数、党员人数都不能多于引进人数。",
            ),
            models.CheckConstraint(
                name="agreement_result_amount",
                condition=Q(amount__isnull=True) | Q(amount__gt=0),
                violation_error_message="金额须大于0。",
            ),
        ]
        indexes = [models.Index(fields=["agreement", "on"], name="agreement_result_day")]

    def __str__(self):
        return f"{self.get_kind_display()}：{self.what}"


class EvaluationGrade(models.TextChoices):
    EXCELLENT = "excellent", "好"
    GOOD = "good", "较好"
    FAIR = "fair", "一般"
    POOR = "poor", "差"


class Evaluation(models.Model):
    """How the parties judged a year; given once."""

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="evaluations", verbose_name="协议")
    year = models.PositiveSmallIntegerField("年度")
    grade = models.CharField("评价", max_length=10, choices=EvaluationGrade)
    words = models.CharField("评语", max_length=500)
    at = models.DateTimeField("登记时间", default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="登记人"
    )

    class Meta:
        verbose_name = verbose_name_plural = "年度评价"
        ordering = ["-year"]
        constraints = [
            models.UniqueConstraint(
                fields=["agreement", "year"],
                name="evaluation_once",
                violation_error_message="该年度已评价。",
            )
        ]

    def __str__(self):
        return f"{self.agreement} {self.year}"
