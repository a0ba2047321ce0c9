"""Courses a member took elsewhere (学时), beside the lectures and trainings whose roll was called here."""

from decimal import Decimal

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone

from members.models import Member


class TrainingCreditQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Credits of the members whose activities the person sees."""
        seen = Member.objects.permitted_to(user, "activities.view")
        return self.filter(member__in=seen.order_by().values("pk"))

    def standing(self):
        return self.filter(withdrawn_at__isnull=True)


class TrainingCredit(models.Model):
    """Hours of one course. Never deleted: a mistake is withdrawn with its reason."""

    member = models.ForeignKey(Member, models.PROTECT, related_name="training_credits", verbose_name="党员")
    title = models.CharField("培训名称", max_length=100)
    organiser = models.CharField("举办单位", max_length=100, blank=True)
    on = models.DateField("结束日期")
    hours = models.DecimalField(
        "学时",
        max_digits=5,
        decimal_places=1,
        validators=[MinValueValidator(Decimal("0.5")), MaxValueValidator(Decimal(400))],
    )
    certificate_no = models.CharField("证书编号", max_length=60, blank=True)
    recorded_at = models.DateTimeField("登记时间", default=timezone.now)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="登记人"
    )
    withdrawn_at = models.DateTimeField("撤销时间", null=True, blank=True)
    withdrawn_reason = models.CharField("撤销原因", max_length=200, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="撤销人",
    )

    objects = TrainingCreditQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "培训学时"
        constraints = [
            models.UniqueConstraint(
                fields=["member", "title", "on"],
                condition=models.Q(withdrawn_at__isnull=True),
                name="training_credit_once",
                violation_error_message="该党员的这次培训已登记。",
            )
        ]
        indexes = [models.Index(fields=["member", "on"], name="training_credit_of_member")]

    def __str__(self):
        return f"{self.member} {self.title}"
