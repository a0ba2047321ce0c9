"""The three lists (三张清单, S26): resources offered, needs, and the projects in which both meet.

Every row has a home, the organisation that keeps it; rights and scope follow from it. The unit a row speaks of is its
home, or a partner unit, or (a need) an enterprise.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from activities.models import Activity
from linkages.models.agreements import Agreement
from linkages.models.booked import Withdrawable
from linkages.models.liaisons import partner_ids
from linkages.models.partners import Partner
from members.models import root_of, within_homes
from members.models.append_only import AppendOnly
from orgs.models import Enterprise, Organisation
from orgs.tree import STEP


class ItemKind(models.TextChoices):
    """One vocabulary for what is offered, needed and done."""

    VENUE = "venue", "场地设施"
    TESTING = "testing", "检验检测"
    RESEARCH = "research", "技术研发"
    INTELLECTUAL_PROPERTY = "intellectual_property", "知识产权"
    FINANCE = "finance", "融资"
    LEGAL = "legal", "法律"
    POLICY = "policy", "政策"
    HIRING = "hiring", "人才招聘"
    TRAINING = "training", "培训"
    HEALTH = "health", "医疗健康"
    MARKET = "market", "市场渠道"
    LABOUR = "labour", "用工"
    SCHOOLING = "schooling", "子女教育"
    HOUSING = "housing", "住房"
    OTHER = "other", "其他"


class ListedQuerySet(models.QuerySet):
    def permitted_to(self, user, permission):
        """The rows at whose home `user` holds `permission`."""
        if not user.is_authenticated:
            return self.none()
        return self if user.sees_everything else self.filter(within_homes(user, permission))

    def kept_by(self, user):
        """Those that the person may change."""
        return self.permitted_to(user, "linkages.change")

    def standing(self):
        return self.filter(withdrawn_at__isnull=True)


class OfferedQuerySet(ListedQuerySet):
    def visible_to(self, user):
        """Those kept in the person's scope, and what is published below the same top organisation: that is for all.

        A liaison sees those of the own unit.
        """
        if not user.is_authenticated:
            return self.none()
        if user.sees_everything:
            return self
        paths = user.permission_paths.get("linkages.view", ())
        tops = Organisation.objects.filter(path__in={path[:STEP] for path in paths}).order_by()
        own = within_homes(user, "linkages.view") | Q(partner__in=partner_ids(user))
        return self.filter(own | PUBLISHED & Q(root_id__in=tops.values("pk")))

    def kept_by(self, user):
        """A liaison changes those of the own unit."""
        if not user.is_authenticated or user.sees_everything:
            return super().kept_by(user)
        own = Q(partner__in=partner_ids(user))
        return self.filter(own | within_homes(user, "linkages.change"))

    def published(self):
        return self.filter(PUBLISHED)

    def with_unit(self):
        return self.select_related("organisation", "partner")


PUBLISHED = Q(published_at__isnull=False, withdrawn_at__isnull=True)


class Listed(Withdrawable):
    """What a row of any of the three lists holds."""

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="%(class)ss", verbose_name="登记党组织"
    )
    root_id = models.BigIntegerField("顶层组织", editable=False)
    kind = models.CharField("类别", max_length=24, choices=ItemKind)
    title = models.CharField("名称", max_length=120)
    description = models.CharField("说明", max_length=1000, blank=True)
    agreement = models.ForeignKey(
        Agreement, models.PROTECT, null=True, blank=True, related_name="%(class)ss", verbose_name="共建协议"
    )
    activity = models.ForeignKey(
        Activity,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="%(class)ss",
        verbose_name="登记时的活动",
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="登记人"
    )
    created_at = models.DateTimeField("登记时间", default=timezone.now)
    updated_at = models.DateTimeField("更新时间", default=timezone.now)

    class Meta:
        abstract = True

    def __str__(self):
        return self.title

    @property
    def what(self) -> str:
        return self._meta.verbose_name

    def save(self, *args, **kwargs):
        self.root_id = self.root_id or root_of(self.organisation)
        super().save(*args, **kwargs)


class Offered(Listed):
    """A resource or a need. `published_at` None: a draft, seen at home only. Its state is reckoned (`list_states`)."""

    partner = models.ForeignKey(
        Partner, models.PROTECT, null=True, blank=True, related_name="%(class)ss", verbose_name="共建单位"
    )
    contact_office = models.CharField("联系部门", max_length=80, blank=True)
    valid_from = models.DateField("有效期起")
    valid_until = models.DateField("有效期止")
    published_at = models.DateTimeField("发布时间", null=True, blank=True)

    objects = OfferedQuerySet.as_manager()

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                name="%(class)s_valid_order",
                condition=Q(valid_until__gte=F("valid_from")),
                violation_error_message="有效期止不能早于有效期起。",
            )
        ]
        indexes = [
            models.Index(fields=["root_id", "kind", "valid_until"], name="%(class)s_root_kind"),
            models.Index(fields=["organisation", "created_at"], name="%(class)s_home"),
            models.Index(fields=["created_at", "id"], name="%(class)s_newest"),
        ]

    @property
    def unit(self):
        """Whose it is: with the rows it names fetched `with_unit`, without a query."""
        return self.partner or self.organisation


class Resource(Offered):
    """资源: what a unit offers; it may serve several needs."""

    class Meta(Offered.Meta):
        verbose_name = verbose_name_plural = "资源"


class NeedQuerySet(OfferedQuerySet):
    def with_unit(self):
        return super().with_unit().select_related("enterprise").defer("enterprise__contact_phone")


class Need(Offered):
    """需求: what a unit looks for; of an enterprise when that is named."""

    enterprise = models.ForeignKey(
        Enterprise, models.PROTECT, null=True, blank=True, related_name="needs", verbose_name="企业"
    )

    objects = NeedQuerySet.as_manager()

    class Meta(Offered.Meta):
        verbose_name = verbose_name_plural = "需求"
        constraints = [
            *Offered.Meta.constraints,
            models.CheckConstraint(
                name="need_of_one_unit",
                condition=Q(partner__isnull=True) | Q(enterprise__isnull=True),
                violation_error_message="企业和共建单位只填一项。",
            ),
        ]

    @property
    def unit(self):
        return self.enterprise or super().unit


class Term(models.Model):
    """That the text of a row holds a term (`linkages.words`): what rows with words in common are found by."""

    term = models.CharField("词", max_length=20)

    class Meta:
        abstract = True

    def __str__(self):
        return self.term


class ResourceTerm(Term):
    resource = models.ForeignKey(Resource, models.CASCADE, related_name="terms", verbose_name="资源")

    class Meta:
        verbose_name = verbose_name_plural = "资源词"
        indexes = [models.Index(fields=["term", "resource"], name="resource_term")]


class NeedTerm(Term):
    need = models.ForeignKey(Need, models.CASCADE, related_name="terms", verbose_name="需求")

    class Meta:
        verbose_name = verbose_name_plural = "需求词"
        indexes = [models.Index(fields=["term", "need"], name="need_term")]


class ProjectQuerySet(ListedQuerySet):
    def visible_to(self, user):
        """Those of the organisations in the person's scope, and those in which a need or resource of theirs meets."""
        if not user.is_authenticated:
            return self.none()
        if user.sees_everything:
            return self
        partners, own = Q(partner__in=partner_ids(user)), within_homes(user, "linkages.view")
        needs, resources = (
            model.objects.filter(own | partners).order_by().values("pk") for model in (Need, Resource)
        )
        return self.filter(own | Q(need__in=needs) | Q(resource__in=resources))

    def with_sides(self):
        return self.select_related(
            "organisation", "need__organisation", "need__partner", "need__enterprise", "resource__organisation",
            "resource__partner",
        ).defer("need__enterprise__contact_phone")  # fmt: skip


class Project(Listed):
    """项目: begun from a match or on its own. Its home owns it; given up is withdrawn, with the reason."""

    need = models.ForeignKey(
        Need, models.PROTECT, null=True, blank=True, related_name="projects", verbose_name="需求"
    )
    resource = models.ForeignKey(
        Resource, models.PROTECT, null=True, blank=True, related_name="projects", verbose_name="资源"
    )
    deadline = models.DateField("办结期限")
    done_on = models.DateField("办结日期", null=True, blank=True)
    result = models.CharField("办结情况", max_length=500, blank=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "项目"
        constraints = [
            models.UniqueConstraint(
                fields=["need"],
                condition=Q(withdrawn_at__isnull=True),
                name="project_need_once",
                violation_error_message="该需求已有对接项目。",
            ),
            models.CheckConstraint(
                name="project_one_end",
                condition=Q(done_on__isnull=True) | Q(withdrawn_at__isnull=True),
                violation_error_message="已办结的项目不能再终止。",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "deadline"], name="project_home"),
            models.Index(fields=["root_id", "deadline"], name="project_root"),
            models.Index(fields=["created_at", "id"], name="project_newest"),
        ]

    @property
    def unit(self):
        return self.organisation

    @property
    def sides(self) -> list:
        """The need and the resource, as far as there are any."""
        return [side for side in (self.need, self.resource) if side is not None]


class ProjectNote(AppendOnly):
    """How far a project has come; what was written stays."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="notes", verbose_name="项目")
    text = models.CharField("进展", max_length=500)
    at = models.DateTimeField("时间", default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="登记人"
    )

    class Meta:
        verbose_name = verbose_name_plural = "项目进展"
        ordering = ["-pk"]

    def __str__(self):
        return f"{self.project} {self.at:%Y-%m-%d}"


class DismissalQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Where both sides are."""
        needs, resources = (
            model.objects.visible_to(user).order_by().values("pk") for model in (Need, Resource)
        )
        return self.filter(need__in=needs, resource__in=resources)

    def standing(self):
        return self.filter(withdrawn_at__isnull=True)


class Dismissal(Withdrawable):
    """That a need and a resource do not fit, with the reason: the pair is proposed no more, until this is withdrawn."""

    need = models.ForeignKey(Need, models.PROTECT, related_name="dismissals", verbose_name="需求")
    resource = models.ForeignKey(Resource, models.PROTECT, related_name="dismissals", verbose_name="资源")
    reason = models.CharField("不合适的原因", max_length=200)
    at = models.DateTimeField("时间", default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="经办"
    )

    objects = DismissalQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "不合适的推荐"
        constraints = [
            models.UniqueConstraint(
                fields=["need", "resource"],
                condition=Q(withdrawn_at__isnull=True),
                name="dismissal_once",
                violation_error_message="该推荐已标为不合适。",
            )
        ]

    def __str__(self):
        return f"{self.need} × {self.resource}"
