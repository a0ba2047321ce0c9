"""Units the Party organisations reach: enterprises, institutes, laboratories, platforms."""

from collections.abc import Iterable

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from orgs.fields import EncryptedTextField, mask_phone
from orgs.kinds import Jurisdiction
from orgs.models.organisations import DatedQuerySet, Organisation
from orgs.models.searched import Searched
from orgs.search_words import search_pairs
from orgs.tree import within_paths


class UnitKind(models.TextChoices):
    ENTERPRISE = "enterprise", "企业"
    INSTITUTE = "institute", "科研院所"
    LABORATORY = "laboratory", "实验室"
    PLATFORM = "platform", "科技平台"
    SOCIAL_ORGANISATION = "social_organisation", "社会组织"


class EnterpriseStatus(models.TextChoices):
    EXISTING = "existing", "存续"
    OPERATING = "operating", "在业"
    OPEN = "open", "开业"
    REGISTERED = "registered", "确立"
    MOVED_IN = "moved_in", "迁入"
    SUSPENDED = "suspended", "停业"
    LIQUIDATING = "liquidating", "清算"
    REVOKED = "revoked", "吊销"
    DEREGISTERED = "deregistered", "注销"
    MOVED_OUT = "moved_out", "迁出"


ACTIVE_STATUSES = (
    EnterpriseStatus.EXISTING,
    EnterpriseStatus.OPERATING,
    EnterpriseStatus.OPEN,
    EnterpriseStatus.REGISTERED,
    EnterpriseStatus.MOVED_IN,
)


class BuildingStage(models.TextChoices):
    """The way from an unsurveyed enterprise to one with its own organisation (domain table §5)."""

    UNSURVEYED = "unsurveyed", "未排查"
    NO_MEMBERS = "no_members", "已排查（无党员）"
    FEW_MEMBERS = "few_members", "已排查（党员不足3名）"
    ENOUGH_MEMBERS = "enough_members", "已排查（党员3名及以上）"
    PLANNED = "planned", "拟建"
    APPLIED = "applied", "已申请"
    APPROVED = "approved", "已批复"
    ELECTED = "elected", "已选举"
    FOUNDED = "founded", "已建"


class NotFoundedReason(models.TextChoices):
    NO_MEMBERS = "no_members", "没有党员"
    RELATIONS_ELSEWHERE = "relations_elsewhere", "党员组织关系在外"
    OWNER_UNWILLING = "owner_unwilling", "企业出资人暂无意愿"
    SHORT_LIVED = "short_lived", "经营不稳定"
    HEAD_OFFICE = "head_office", "已计入总部"
    OTHER = "other", "其他"


def any_of(rows: models.QuerySet, conditions: Iterable[Q]) -> models.QuerySet:
    """Keys of the rows for which one of `conditions` holds.

    Each is asked by itself: no index answers one question OR another, and then all rows are read.
    """
    one, *others = (rows.filter(condition).order_by().values("pk") for condition in conditions)
    return one.union(*others)


class EnterpriseQuerySet(models.QuerySet):
    def visible_to(self, user):
        """By jurisdiction: the enterprises the user's organisations answer for or cover (design §3).

        Enterprise contacts see their own. The top organisation sees all, those without park and cluster too.
        """
        if not user.is_authenticated:
            return self.none()
        if user.sees_everything:
            return self
        # Kept on the request's user: pages ask several times, and each time would look for a jurisdiction over all.
        if not hasattr(user, "_enterprise_condition"):
            user._enterprise_condition = self._condition_for(user)
        return self.filter(user._enterprise_condition)

    def _condition_for(self, user) -> Q:
        condition = Q(pk__in=user.contact_enterprise_ids)
        if paths := user.permission_paths.get("enterprises.view", ()):
            condition |= self._jurisdiction_below(user, paths)
        return condition

    def _jurisdiction_below(self, user, paths) -> Q:
        """Kept on the request's user too: most permissions of a person hold below the same organisations."""
        known = user.__dict__.setdefault("_jurisdictions", {})
        if paths not in known:
            known[paths] = self.jurisdiction_of(Organisation.objects.filter(within_paths(paths, "path")))
        return known[paths]

    def permitted_to(self, user, permission):
        """The enterprises for which `user` holds `permission`: `access.has_for_enterprise` for many at once."""
        if not user.is_authenticated:
            return self.none()
        if user.sees_everything:
            return self
        paths = user.permission_paths.get(permission, ())
        if not paths:
            return self.none()
        return self.filter(self._jurisdiction_below(user, paths))

    @staticmethod
    def place_conditions(organisations) -> tuple[Q, ...]:
        """“Lies in the area, cluster or park that one of `organisations` (a queryset) answers for”, if any of them holds."""

        def places(jurisdiction, field):
            return organisations.filter(jurisdiction=jurisdiction).values(field)

        parks = places(Jurisdiction.PARK, "park")
        return (
            Q(park__area__in=places(Jurisdiction.AREA, "area")),
            Q(cluster__in=places(Jurisdiction.CLUSTER, "cluster")),
            Q(park__in=parks),
            Q(park__parent__in=parks),
        )

    def jurisdiction_of(self, organisations) -> Q:
        """The condition “one of `organisations` (a queryset) answers for it or covers it now”."""
        organisations = organisations.order_by()
        if organisations.filter(jurisdiction=Jurisdiction.ALL).exists():
            return Q(pk__isnull=False)
        coverage = self.model._meta.get_field("coverages").related_model
        covered = coverage.objects.current().filter(organisation__in=organisations).values("enterprise")
        conditions = (*self.place_conditions(organisations), Q(pk__in=covered))
        return Q(pk__in=any_of(self.model._default_manager.all(), conditions))

    def search(self, text):
        """Name or an old name, their pinyin initials, or the credit code contains `text`."""
        return self.filter(search_pairs__spells=text)


class Enterprise(Searched):
    """企业 and other units. `credit_code` is the natural key; laboratories inside a unit have none.

    `park` and `cluster` hold what is true now; `EnterprisePeriod` holds what was true when.
    `capital` is in 10,000 yuan (万元); `capital_text` keeps what the list said.
    """

    SEARCHED = frozenset({"name", "credit_code"})
    SEARCHED_WITH = ("old_names",)

    kind = models.CharField("单位类别", max_length=20, choices=UnitKind, default=UnitKind.ENTERPRISE)
    credit_code = models.CharField("统一社会信用代码", max_length=18, unique=True, null=True, blank=True)
    name = models.CharField("企业名称", max_length=200)
    status = models.CharField(
        "登记状态", max_length=14, choices=EnterpriseStatus, default=EnterpriseStatus.EXISTING
    )
    is_dormant = models.BooleanField("空壳或僵尸企业", default=False)
    legal_representative = models.CharField("法定代表人", max_length=50, blank=True)
    capital = models.DecimalField("注册资本（万元）", max_digits=16, decimal_places=4, null=True, blank=True)
    capital_text = models.CharField("注册资本原文", max_length=60, blank=True)
    founded_on = models.DateField("成立日期", null=True, blank=True)
    founded_precision = models.CharField(
        "成立日期精度", max_length=5, choices=[("day", "日"), ("month", "月")], default="day"
    )
    industry = models.CharField("所属行业", max_length=60, blank=True)
    cluster = models.ForeignKey(
        "orgs.Cluster",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="enterprises",
        verbose_name="产业集群",
    )
    chain = models.ForeignKey(
        "orgs.Chain", models.PROTECT, null=True, blank=True, related_name="enterprises", verbose_name="产业链"
    )
    is_chain_lead = models.BooleanField("链主企业", default=False)
    park = models.ForeignKey(
        "orgs.Park",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="enterprises",
        verbose_name="所属园区",
    )
    parent_unit = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="sub_units", verbose_name="所属单位"
    )
    address = models.CharField("经营地址", max_length=200, blank=True)
    registered_address = models.CharField("注册地址", max_length=200, blank=True)
    employees = models.PositiveIntegerField("从业人数", null=True, blank=True)
    reported_members = models.PositiveIntegerField("党员人数", null=True, blank=True)
    # Full members of the register who work there. Kept by the member register (`members.employers`), never typed in.
    registered_members = models.PositiveIntegerField("名册正式党员", default=0, editable=False)
    contact_name = models.CharField("联系人", max_length=50, blank=True)
    contact_phone = EncryptedTextField("联系电话")
    is_high_tech = models.BooleanField("高新技术企业", null=True, blank=True)
    is_key = models.BooleanField("重点企业", default=False)
    building_stage = models.CharField(
        "组建进度", max_length=16, choices=BuildingStage, default=BuildingStage.UNSURVEYED
    )
    not_founded_reason = models.CharField("未建原因", max_length=20, choices=NotFoundedReason, blank=True)
    created_at = models.DateTimeField("登记时间", default=timezone.now)
    updated_at = models.DateTimeField("更新时间", default=timezone.now)

    objects = EnterpriseQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "企业"
        indexes = [
            models.Index(fields=["park", "status"], name="enterprise_park_status"),
            models.Index(fields=["cluster", "status"], name="enterprise_cluster_status"),
            models.Index(fields=["status", "is_dormant"], name="enterprise_status"),
            models.Index(fields=["name", "id"], name="enterprise_name_id"),
            models.Index(fields=["updated_at", "id"], name="enterprise_updated_id"),
        ]
        constraints = [
            models.CheckConstraint(
                name="enterprise_members_fit",
                condition=Q(reported_members__isnull=True)
                | Q(employees__isnull=True)
                | Q(reported_members__lte=F("employees")),
                violation_error_message="党员人数不能多于从业人数。",
            )
        ]

    def __str__(self):
        return self.name

    def made_pairs(self):
        old = () if self._state.adding else sorted(self.old_names.all(), key=lambda old: old.pk)
        return enterprise_pairs(self.name, self.credit_code, [row.name for row in old])

    @property
    def masked_phone(self):
        return mask_phone(self.contact_phone)

    @property
    def is_active(self):
        return self.status in ACTIVE_STATUSES and not self.is_dormant


class EnterpriseName(models.Model):
    """曾用名: the name a unit bore until `until`."""

    enterprise = models.ForeignKey(Enterprise, models.CASCADE, related_name="old_names", verbose_name="企业")
    name = models.CharField("曾用名", max_length=200, db_index=True)
    until = models.DateField("使用至")
    run = models.ForeignKey(
        "imports.ImportRun", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="导入"
    )

    class Meta:
        verbose_name = verbose_name_plural = "曾用名"

    def __str__(self):
        return self.name

    def save(self, *args, **kwargs):
        super().save(*args, **kwargs)
        Enterprise.refresh_pairs([self.enterprise_id])


def enterprise_pairs(name: str, credit_code: str | None, old_names=()) -> str:
    """`Enterprise.search_pairs`; for writers that do not `save()`."""
    return search_pairs([name, *old_names], [credit_code])


class EnterprisePeriod(models.Model):
    """A stretch of time in which a unit's park, cluster, status and dormancy did not change.

    What as-of statistics read. `since` is the first day, `until` the first day no longer; the open row equals
    the unit itself. Written by `orgs.periods.refresh_periods` and the import's undo only.
    """

    enterprise = models.ForeignKey(Enterprise, models.CASCADE, related_name="periods", verbose_name="企业")
    park = models.ForeignKey("orgs.Park", models.PROTECT, null=True, related_name="+", verbose_name="园区")
    cluster = models.ForeignKey(
        "orgs.Cluster", models.PROTECT, null=True, related_name="+", verbose_name="产业集群"
    )
    status = models.CharField("登记状态", max_length=14, choices=EnterpriseStatus)
    is_dormant = models.BooleanField("空壳或僵尸企业", default=False)
    since = models.DateField("起")
    until = models.DateField("止", null=True)
    opened_by = models.ForeignKey("imports.ImportRun", models.SET_NULL, null=True, related_name="+")
    closed_by = models.ForeignKey("imports.ImportRun", models.SET_NULL, null=True, related_name="+")

    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "企业归属沿革"
        constraints = [
            models.UniqueConstraint(
                fields=["enterprise"], condition=Q(until__isnull=True), name="period_one_open"
            )
        ]
        indexes = [models.Index(fields=["enterprise", "since"], name="period_enterprise_since")]

    def __str__(self):
        return f"{self.enterprise_id} {self.since}–{self.until or ''}"
