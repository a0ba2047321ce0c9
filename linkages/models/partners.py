"""Units outside the tree with which one builds together."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from orgs.models import Organisation
from orgs.tree import STEP


class PartnerKind(models.TextChoices):
    GOVERNMENT = "government", "机关"
    ACADEMIC = "academic", "高校院所"
    HOSPITAL = "hospital", "医院"
    BANK = "bank", "银行"
    JUSTICE = "justice", "法院检察院"
    REGULATOR = "regulator", "税务市监"
    COMMUNITY = "community", "街道社区"
    INCUBATOR = "incubator", "孵化器"
    ELSEWHERE = "elsewhere", "外地园区党组织"
    COMPANY = "company", "企业"
    OTHER = "other", "其他"


class PartnerQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The register is shared below a top organisation: whoever reads agreements anywhere below it finds them."""
        if not user.is_authenticated:
            return self.none()
        if user.sees_everything:
            return self
        paths = user.permission_paths.get("linkages.view", ())
        return self.filter(organisation__path__in={path[:STEP] for path in paths})

    def current(self):
        """Those that were not merged into another."""
        return self.filter(merged_into__isnull=True)


class Partner(models.Model):
    """共建单位. A double one is merged: it stays, names the one that took its agreements, and is offered no longer."""

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="partners", verbose_name="顶层组织"
    )
    name = models.CharField("单位名称", max_length=120)
    kind = models.CharField("类别", max_length=12, choices=PartnerKind)
    contact_office = models.CharField("联系部门", max_length=80, blank=True)
    credit_code = models.CharField("统一社会信用代码", max_length=18, blank=True)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged", verbose_name="并入"
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="登记人"
    )
    created_at = models.DateTimeField("登记时间", default=timezone.now)
    updated_at = models.DateTimeField("更新时间", default=timezone.now)

    objects = PartnerQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "共建单位"
        constraints = [
            models.UniqueConstraint(
                "organisation",
                Lower("name"),
                condition=Q(merged_into__isnull=True),
                name="partner_name_once",
                violation_error_message="已有同名的共建单位。",
            ),
            models.UniqueConstraint(
                fields=["organisation", "credit_code"],
                condition=Q(merged_into__isnull=True) & ~Q(credit_code=""),
                name="partner_code_once",
                violation_error_message="已有相同信用代码的共建单位。",
            ),
        ]

    def __str__(self):
        return self.name

    def delete(self, *args, **kwargs):
        raise TypeError("共建单位不得删除，重复的请合并。")
