"""People outside the register (册外人员) of whom an organisation keeps particulars, with their consent."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from members.choices import Education
from members.models.register import HomeQuerySet, root_of
from members.names import sort_key
from orgs.fields import EncryptedTextField, mask_phone
from orgs.models import Organisation


class ConsentMeans(models.TextChoices):
    WRITTEN = "written", "书面"
    ELECTRONIC = "electronic", "电子"


class Consented(models.Model):
    """What somebody agreed to, when and how. Source: 个人信息保护法 art. 13, 14."""

    consent_on = models.DateField("同意日期", null=True, blank=True)
    consent_how = models.CharField("同意方式", max_length=10, choices=ConsentMeans, blank=True)
    consent_scope = models.CharField("同意范围", max_length=200, blank=True)

    class Meta:
        abstract = True


class OutsideQuerySet(HomeQuerySet):
    def known(self):
        """Those who have not withdrawn their consent."""
        return self.filter(withdrawn_on__isnull=True)


class OutsidePerson(Consented):
    """Somebody who is no member: for the talent pool, or led by a member.

    From the day on which they withdraw their consent nothing is left but the row's number, its organisation and the
    days (`members.actions.outside.withdraw`). Their name therefore never goes into the audit trail.
    """

    # What consent covers, and what goes with it.
    PARTICULARS = (
        "name", "pinyin", "born_on", "education", "is_research", "unit_code", "unit_name", "field", "mobile",
        "consent_scope",
    )  # fmt: skip

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="outside_people", verbose_name="登记党组织"
    )
    root_id = models.BigIntegerField("顶层组织", editable=False)
    name = models.CharField("姓名", max_length=50, blank=True)
    pinyin = models.CharField("姓名拼音", max_length=120, editable=False)
    born_on = models.DateField("出生日期", null=True, blank=True)
    education = models.CharField("学历", max_length=12, choices=Education, blank=True)
    is_research = models.BooleanField("研发人员", null=True, blank=True)
    unit_code = models.CharField("工作单位信用代码", max_length=18, blank=True)
    unit_name = models.CharField("工作单位", max_length=200, blank=True)
    field = models.CharField("从事领域", max_length=60, blank=True)
    mobile = EncryptedTextField("手机号码")
    withdrawn_on = models.DateField("撤回同意日期", null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="登记人"
    )
    created_at = models.DateTimeField("登记时间", default=timezone.now)

    objects = OutsideQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "册外人员"
        constraints = [
            models.CheckConstraint(
                name="outside_consented",
                condition=Q(consent_on__isnull=False) & ~Q(consent_how=""),
                violation_error_message="请填写本人同意的日期和方式。",
            ),
            models.CheckConstraint(
                name="outside_named_until_withdrawn",
                condition=Q(withdrawn_on__isnull=True) & ~Q(name="")
                | Q(
                    withdrawn_on__isnull=False,
                    name="",
                    unit_name="",
                    field="",
                    born_on__isnull=True,
                ),
                violation_error_message="请填写姓名；撤回同意后不得保留个人信息。",
            ),
        ]
        indexes = [models.Index(fields=["root_id", "pinyin", "id"], name="outside_root_pinyin")]

    def __str__(self):
        return f"册外人员第{self.pk}号"

    def save(self, *args, **kwargs):
        self.pinyin = sort_key(self.name)
        self.root_id = self.root_id or root_of(self.organisation)
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise TypeError("册外人员记录不得删除，请登记撤回同意。")

    @property
    def shown_name(self):
        return self.name or "已撤回同意"

    @property
    def masked_mobile(self):
        return mask_phone(self.mobile)
