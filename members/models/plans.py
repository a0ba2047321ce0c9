"""The plan of recruiting (发展党员计划): how many places an organisation has in a year."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from members.models.register import HomeQuerySet, root_of
from orgs.models import Organisation


class QuotaQuerySet(HomeQuerySet):
    def given(self, year):
        """Those of the year that count; a withdrawn one has no places."""
        return self.filter(year=year, places__isnull=False)


class RecruitmentQuota(models.Model):
    """Places of an organisation and all below it in a year, `high_tech_places` of them for 高新技术企业.

    Never deleted: a quota that is withdrawn keeps its row without places. Written by `members.actions.plans`.
    """

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="recruitment_quotas", verbose_name="党组织"
    )
    root_id = models.BigIntegerField("顶层组织", editable=False)
    year = models.PositiveSmallIntegerField("年度")
    places = models.PositiveIntegerField("计划名额", null=True, blank=True)
    high_tech_places = models.PositiveIntegerField("其中高新技术企业", null=True, blank=True)
    document_no = models.CharField("文号", max_length=60, blank=True)
    note = models.CharField("说明", max_length=200, blank=True)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="登记人"
    )
    updated_at = models.DateTimeField("更新时间", default=timezone.now)

    objects = QuotaQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "发展党员计划"
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "year"],
                name="quota_one_a_year",
                violation_error_message="该党组织已有本年度计划。",
            ),
            models.CheckConstraint(
                name="quota_high_tech_fits",
                condition=Q(places__isnull=True, high_tech_places__isnull=True)
                | Q(high_tech_places__lte=F("places")),
                violation_error_message="高新技术企业名额不能多于计划名额。",
            ),
        ]
        indexes = [models.Index(fields=["root_id", "year"], name="quota_root_year")]

    def __str__(self):
        return f"{self.organisation} {self.year}年度"

    def save(self, *args, **kwargs):
        self.root_id = self.root_id or root_of(self.organisation)
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise TypeError("发展党员计划不得删除，请收回名额。")
