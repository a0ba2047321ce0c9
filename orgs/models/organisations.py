"""The tree of Party organisations (formal line), dated affiliations on both lines, and posts."""

from django.db import models
from django.db.models import F, Func, IntegerField, OuterRef, Q, Subquery
from django.utils import timezone
from treebeard.mp_tree import MP_Node, MP_NodeManager, MP_NodeQuerySet

from orgs.fields import EncryptedTextField
from orgs.kinds import CAPABILITIES, Jurisdiction, OrganisationKind
from orgs.models.searched import Searched
from orgs.search_words import called, search_pairs
from orgs.tree import ancestor_paths, below, parent_path, within_paths


class OrganisationQuerySet(MP_NodeQuerySet):
    def within(self, *organisations):
        """`organisations` and all below them."""
        return self.filter(within_paths([o.path for o in organisations], "path"))

    def visible_to(self, user):
        """The subtree of every organisation the user may read in; contacts and members see none."""
        return self.permitted_to(user, "organisations.view")

    def permitted_to(self, user, permission):
        """The organisations at which `user` holds `permission`: `access.has_at` for many at once."""
        if not user.is_authenticated:
            return self.none()
        if user.sees_everything:
            return self
        return self.permitted_below(user.permission_paths.get(permission, ()))

    def permitted_below(self, paths):
        """The organisations at one of `paths` (of `User.permission_paths`) and below."""
        return self.filter(within_paths(paths, "path"))

    def active(self):
        return self.filter(dissolved_on__isnull=True)

    def search(self, text):
        """Name, its pinyin initials, code or the number of the approval contains `text`."""
        return self.filter(search_pairs__spells=text)

    def with_secretary(self):
        """Adds `secretary_name`, the person now in the first post ("" when vacant)."""
        posts = Post.objects.current().filter(organisation=OuterRef("pk"), title=PostTitle.SECRETARY)
        return self.annotate(secretary_name=Subquery(posts.values("person_name")[:1]))

    def with_below_count(self):
        """Adds `below_count`, how many active organisations stand below each."""
        return self.annotate(below_count=_count_of_active(below(OuterRef("path"))))

    def with_child_count(self):
        """Adds `child_count`, how many active organisations stand directly below each."""
        directly = Q(depth=OuterRef("depth") + 1)
        return self.annotate(child_count=_count_of_active(below(OuterRef("path")) & directly))


def _count_of_active(condition):
    rows = Organisation.objects.active().filter(condition).order_by()
    count = rows.annotate(count=Func(F("pk"), function="COUNT", output_field=IntegerField()))
    return Subquery(count.values("count"))


class OrganisationManager(MP_NodeManager.from_queryset(OrganisationQuerySet)):
    def get_queryset(self):
        return OrganisationQuerySet(self.model, using=self._db).order_by("path")


class Organisation(Searched, MP_Node):
    """党组织. Its place in the tree is the formal line (隶属关系): permission and totals follow it alone.

    `area`, `cluster` and `park` say where it works; for which enterprises it answers is `jurisdiction`.
    """

    SEARCHED = frozenset({"name", "code", "approval_no"})

    code = models.CharField("党组织代码", max_length=40, unique=True)
    name = models.CharField("党组织名称", max_length=120, db_index=True)
    kind = models.CharField("党组织类别", max_length=24, choices=OrganisationKind)
    jurisdiction = models.CharField(
        "负责企业范围", max_length=10, choices=Jurisdiction, default=Jurisdiction.NONE
    )
    area = models.ForeignKey(
        "orgs.Area",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="organisations",
        verbose_name="所属片区",
    )
    cluster = models.ForeignKey(
        "orgs.Cluster",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="organisations",
        verbose_name="产业集群",
    )
    park = models.ForeignKey(
        "orgs.Park",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="organisations",
        verbose_name="所在园区",
    )
    carrier = models.CharField("依托载体", max_length=40, blank=True)
    host_unit = models.ForeignKey(
        "orgs.Enterprise",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="hosted_organisations",
        verbose_name="所在单位",
    )
    founded_on = models.DateField("成立日期", null=True, blank=True)
    approval_no = models.CharField("批复文号", max_length=60, blank=True)
    elected_on = models.DateField("选举日期", null=True, blank=True)
    term_ends_on = models.DateField("届满日期", null=True, blank=True)
    extended_to = models.DateField("批准延期至", null=True, blank=True)
    extension_no = models.CharField("延期批复文号", max_length=60, blank=True)
    task_ended_on = models.DateField("任务或项目结束日期", null=True, blank=True)
    dissolved_on = models.DateField("撤销日期", null=True, blank=True)
    contact_phone = EncryptedTextField("联系电话")
    elected = models.BooleanField("选举产生", default=True)
    keeps_membership = models.BooleanField("接转组织关系", default=True)
    can_recruit = models.BooleanField("可发展党员", default=True)
    can_collect_dues = models.BooleanField("可收缴党费", default=True)
    can_approve_members = models.BooleanField("可审批预备党员", default=False)
    counts_in_statistics = models.BooleanField("纳入统计", default=True)
    created_at = models.DateTimeField("登记时间", default=timezone.now)
    updated_at = models.DateTimeField("更新时间", default=timezone.now)

    objects = OrganisationManager()

    class Meta:
        verbose_name = verbose_name_plural = "党组织"
        indexes = [
            models.Index(fields=["jurisdiction", "area", "cluster", "park"], name="org_jurisdiction"),
            models.Index(fields=["kind"], name="org_kind"),
            # Those directly below one of the upper levels.
            models.Index(fields=["depth", "path"], name="org_depth"),
        ]
        constraints = [
            models.CheckConstraint(
                name="organisation_dissolved_later",
                condition=Q(dissolved_on__isnull=True)
                | Q(founded_on__isnull=True)
                | Q(dissolved_on__gte=F("founded_on")),
                violation_error_message="撤销日期不能早于成立日期。",
            )
        ]

    def __str__(self):
        return self.name

    def made_pairs(self):
        return organisation_pairs(self.name, self.code, self.approval_no)

    @property
    def parent_path(self):
        return parent_path(self.path)

    @property
    def ancestor_paths(self):
        return ancestor_paths(self.path)

    @property
    def capabilities(self) -> dict[str, bool]:
        return {name: getattr(self, name) for name in CAPABILITIES}


def organisation_pairs(name: str, code: str, approval_no: str = "") -> str:
    """`Organisation.search_pairs`; for writers that do not `save()`."""
    return search_pairs(called(name), [code, approval_no])


class AffiliationLine(models.TextChoices):
    FORMAL = "formal", "隶属"
    FUNCTIONAL = "functional", "功能"


class DatedQuerySet(models.QuerySet):
    """Links with `since` (first day) and `until` (first day no longer; null: open)."""

    def current(self, on=None):
        on = on or timezone.localdate()
        return self.filter(Q(until__isnull=True) | Q(until__gt=on), Q(since__isnull=True) | Q(since__lte=on))


class Affiliation(models.Model):
    """That `organisation` stood below `superior` from `since` until `until`.

    The open formal one mirrors the tree; functional ones (platform committee, chain, alliance) only slice.
    """

    organisation = models.ForeignKey(
        Organisation, models.CASCADE, related_name="affiliations", verbose_name="党组织"
    )
    superior = models.ForeignKey(
        Organisation, models.CASCADE, related_name="subordinates", verbose_name="上级党组织"
    )
    line = models.CharField("关系", max_length=10, choices=AffiliationLine)
    since = models.DateField("起", null=True, blank=True)
    until = models.DateField("止", null=True, blank=True)
    evidence = models.CharField("依据", max_length=120, blank=True)
    run = models.ForeignKey(
        "imports.ImportRun", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="导入"
    )

    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "隶属与功能关系"
        constraints = [
            models.UniqueConstraint(
                fields=["organisation"],
                condition=Q(line="formal", until__isnull=True),
                name="affiliation_one_formal",
                violation_error_message="该党组织已有隶属关系。",
            ),
            models.UniqueConstraint(
                fields=["organisation", "superior"],
                condition=Q(line="functional", until__isnull=True),
                name="affiliation_functional_once",
                violation_error_message="该功能关系已经存在。",
            ),
            models.CheckConstraint(
                name="affiliation_until_later",
                condition=Q(until__isnull=True) | Q(since__isnull=True) | Q(until__gte=F("since")),
                violation_error_message="截止日期不能早于开始日期。",
            ),
        ]

    def __str__(self):
        return f"{self.organisation} → {self.superior}"


class PostTitle(models.TextChoices):
    SECRETARY = "secretary", "书记"
    DEPUTY_SECRETARY = "deputy_secretary", "副书记"
    ORGANISATION_MEMBER = "organisation_member", "组织委员"
    PUBLICITY_MEMBER = "publicity_member", "宣传委员"
    DISCIPLINE_MEMBER = "discipline_member", "纪检委员"
    COMMITTEE_MEMBER = "committee_member", "委员"
    GROUP_LEADER = "group_leader", "组长"


class Post(models.Model):
    """A person in a post of an organisation, with dates. One secretary at a time."""

    organisation = models.ForeignKey(
        Organisation, models.CASCADE, related_name="posts", verbose_name="党组织"
    )
    title = models.CharField("职务", max_length=24, choices=PostTitle)
    person_name = models.CharField("姓名", max_length=50)
    since = models.DateField("任职日期", null=True, blank=True)
    until = models.DateField("免职日期", null=True, blank=True)
    approval_no = models.CharField("批复文号", max_length=60, blank=True)
    run = models.ForeignKey(
        "imports.ImportRun", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="导入"
    )

    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "任职"
        constraints = [
            models.UniqueConstraint(
                fields=["organisation"],
                condition=Q(title="secretary", until__isnull=True),
                name="post_one_secretary",
                violation_error_message="该党组织已有现任书记，请先填写其免职日期。",
            ),
            models.CheckConstraint(
                name="post_until_later",
                condition=Q(until__isnull=True) | Q(since__isnull=True) | Q(until__gte=F("since")),
                violation_error_message="免职日期不能早于任职日期。",
            ),
        ]

    def __str__(self):
        return f"{self.person_name} {self.get_title_display()}"
