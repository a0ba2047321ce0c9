"""Service records (服务记录, S24): what an organisation and its members did for an enterprise or somebody, with result."""

from decimal import Decimal

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from activities.models.activity import Activity
from members.models import HomeQuerySet, Member, root_of
from orgs.models import Enterprise, Organisation

MOST_HOURS, MOST_COUNTED = Decimal(1000), 100_000
NOTHING = Decimal(0)


class ServiceRecordKind(models.TextChoices):
    VOLUNTEERING = "volunteering", "志愿服务"
    SCIENCE = "science", "科技服务"
    MATCHING = "matching", "项目撮合（科技红娘）"
    POLICY = "policy", "政策服务"
    LEGAL_FINANCE = "legal_finance", "法律金融服务"
    OTHER = "other", "其他服务"


class ServiceRecordQuerySet(HomeQuerySet):
    VIEW = "activities.view"

    def standing(self):
        return self.filter(withdrawn_at__isnull=True)

    def totals(self) -> dict:
        """Of exactly these rows."""
        return self.order_by().aggregate(
            records=Count("pk"),
            total_hours=Coalesce(Sum("hours"), NOTHING),
            problems=Coalesce(Sum("problems_solved"), 0),
            projects=Coalesce(Sum("projects_matched"), 0),
            total_amount=Coalesce(Sum("amount"), NOTHING),
        )


class ServiceRecord(models.Model):
    """One service on one day. Never deleted: a mistake is withdrawn with its reason.

    It was done for an enterprise of the register or for whom `beneficiary_name` says. `amount` is in 10,000 yuan
    (万元); `hours` is how long the service took, and each member who took part is credited with it.
    """

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="service_records", verbose_name="服务党组织"
    )
    root_id = models.BigIntegerField("顶层组织", editable=False)
    on = models.DateField("服务日期")
    kind = models.CharField("服务类型", max_length=16, choices=ServiceRecordKind)
    enterprise = models.ForeignKey(
        Enterprise,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="service_records",
        verbose_name="服务企业",
    )
    beneficiary_name = models.CharField("其他服务对象", max_length=100, blank=True)
    title = models.CharField("服务事项", max_length=120)
    detail = models.TextField("服务内容", blank=True, max_length=2000)
    result = models.TextField("服务成效", blank=True, max_length=2000)
    feedback = models.TextField("服务对象反馈", blank=True, max_length=2000)
    problems_solved = models.PositiveIntegerField(
        "解决问题（个）", default=0, validators=[MaxValueValidator(MOST_COUNTED)]
    )
    projects_matched = models.PositiveIntegerField(
        "撮合项目（个）", default=0, validators=[MaxValueValidator(MOST_COUNTED)]
    )
    amount = models.DecimalField(
        "涉及金额（万元）",
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(NOTHING)],
    )
    hours = models.DecimalField(
        "服务时长（小时）",
        max_digits=5,
        decimal_places=1,
        default=0,
        validators=[MinValueValidator(NOTHING), MaxValueValidator(MOST_HOURS)],
    )
    members = models.ManyToManyField(
        Member, through="ServiceMember", related_name="service_records", verbose_name="参加党员"
    )
    activity = models.ForeignKey(
        Activity,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="service_records",
        verbose_name="关联活动",
    )
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="登记人"
    )
    recorded_at = models.DateTimeField("登记时间", default=timezone.now)
    updated_at = models.DateTimeField("更新时间", default=timezone.now)
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

    objects = ServiceRecordQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "服务记录"
        constraints = [
            models.CheckConstraint(
                name="service_for_one",
                condition=Q(enterprise__isnull=False, beneficiary_name="")
                | (Q(enterprise__isnull=True) & ~Q(beneficiary_name="")),
                violation_error_message="服务企业和其他服务对象须填且只填一项。",
            )
        ]
        indexes = [
            models.Index(fields=["organisation", "on"], name="service_organisation"),
            models.Index(fields=["root_id", "on", "id"], name="service_root"),
            models.Index(fields=["on", "id"], name="service_day"),
        ]

    def __str__(self):
        return self.title

    def save(self, *args, **kwargs):
        self.root_id = self.root_id or root_of(self.organisation)
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise TypeError("服务记录不得删除，请撤销并说明原因。")

    @property
    def beneficiary(self) -> str:
        return self.enterprise.name if self.enterprise_id else self.beneficiary_name


class ServiceMember(models.Model):
    """That a member took part."""

    # The constraint below begins with the record: it needs no index of its own.
    service = models.ForeignKey(
        ServiceRecord, models.PROTECT, related_name="parts", db_index=False, verbose_name="服务记录"
    )
    member = models.ForeignKey(Member, models.PROTECT, related_name="service_parts", verbose_name="党员")

    class Meta:
        verbose_name = verbose_name_plural = "参加服务的党员"
        constraints = [models.UniqueConstraint(fields=["service", "member"], name="service_member_once")]

    def __str__(self):
        return f"{self.service_id} {self.member}"
