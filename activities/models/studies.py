"""Study lists (学习清单, S23): what an organisation gives its members to read until when, and who has read it."""

from django.conf import settings
from django.core.validators import URLValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.functional import cached_property

from activities.models.activity import Activity
from members.models import HomeQuerySet, Member, root_of, within_homes
from orgs.fields import EncryptedTextField
from orgs.models import Organisation
from orgs.tree import ancestor_paths

SECURE = URLValidator(schemes=["https"], message="链接须以 https:// 开头。")


class StudyListQuerySet(HomeQuerySet):
    VIEW = "activities.view"

    def visible_to(self, user):
        """Those of the organisations in the person's scope, and what the bodies above them have published: it reaches
        everybody below. A draft is seen where it is written.
        """
        return self.scoped(user, lambda: within_homes(user, self.VIEW) | self._given(user))

    def _given(self, user) -> Q:
        held = user.permission_paths.get(self.VIEW, ())
        above = {path for one in held for path in ancestor_paths(one)}
        return Q(organisation__path__in=above, published_at__isnull=False)

    def open(self):
        """Published and not withdrawn."""
        return self.filter(published_at__isnull=False, withdrawn_at__isnull=True)

    def for_member(self, member):
        """What reaches the member: from the branch and the bodies above it."""
        paths = [*member.organisation.ancestor_paths, member.organisation.path]
        return self.open().filter(organisation__path__in=paths)


class StudyList(models.Model):
    """For every member at home in `organisation` or below it. Published, its items stay: they are withdrawn, not
    rewritten, so that nobody's mark stands at something else than was read.
    """

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="study_lists", verbose_name="发布党组织"
    )
    root_id = models.BigIntegerField("顶层组织", editable=False)
    title = models.CharField("名称", max_length=80)
    about = models.CharField("学习要求", max_length=500, blank=True)
    starts_on = models.DateField("开始日期")
    ends_on = models.DateField("完成期限")
    published_at = models.DateTimeField("发布时间", null=True, blank=True)
    withdrawn_at = models.DateTimeField("撤回时间", null=True, blank=True)
    withdrawn_reason = models.CharField("撤回原因", max_length=200, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="拟定人"
    )
    created_at = models.DateTimeField("拟定时间", default=timezone.now)
    updated_at = models.DateTimeField("更新时间", default=timezone.now)

    objects = StudyListQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "学习清单"
        constraints = [
            models.CheckConstraint(
                name="study_list_days",
                condition=Q(ends_on__gte=F("starts_on")),
                violation_error_message="完成期限不能早于开始日期。",
            ),
            models.UniqueConstraint(
                fields=["organisation", "title"],
                condition=Q(withdrawn_at__isnull=True),
                name="study_list_once",
                violation_error_message="本党组织已有同名的学习清单。",
            ),
        ]
        indexes = [models.Index(fields=["root_id", "ends_on", "id"], name="study_list_root")]

    def __str__(self):
        return self.title

    def save(self, *args, **kwargs):
        self.root_id = self.root_id or root_of(self.organisation)
        super().save(*args, **kwargs)

    @property
    def is_open(self) -> bool:
        return self.published_at is not None and self.withdrawn_at is None

    @cached_property
    def needed(self) -> int:
        """How many items whoever has read all has read; counted once for a row that was fetched."""
        return self.items.required().count()

    @property
    def state_words(self) -> str:
        if self.withdrawn_at:
            return "已撤回"
        if self.published_at is None:
            return "草稿"
        today = timezone.localdate()
        if today < self.starts_on:
            return "未开始"
        return "进行中" if today <= self.ends_on else "已结束"


class StudyKind(models.TextChoices):
    DOCUMENT = "document", "文件"
    ARTICLE = "article", "文章"
    VIDEO = "video", "视频"
    BOOK = "book", "书目"


class StudyItemQuerySet(models.QuerySet):
    def standing(self):
        return self.filter(withdrawn_at__isnull=True)

    def required(self):
        return self.standing().filter(is_required=True)


class StudyItem(models.Model):
    """Something to read. `minutes` is how long it takes, as its author says; it counts as no training hours."""

    study_list = models.ForeignKey(StudyList, models.PROTECT, related_name="items", verbose_name="学习清单")
    title = models.CharField("篇目", max_length=120)
    kind = models.CharField("类型", max_length=10, choices=StudyKind, default=StudyKind.DOCUMENT)
    source = models.CharField("来源", max_length=100, blank=True)
    link = models.URLField("链接", max_length=500, blank=True, validators=[SECURE])
    minutes = models.PositiveSmallIntegerField("参考时长（分钟）", null=True, blank=True)
    is_required = models.BooleanField("必学", default=True)
    withdrawn_at = models.DateTimeField("撤下时间", null=True, blank=True)
    withdrawn_reason = models.CharField("撤下原因", max_length=200, blank=True)

    objects = StudyItemQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "学习篇目"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["study_list", "title"],
                condition=Q(withdrawn_at__isnull=True),
                name="study_item_once",
                violation_error_message="清单中已有这一篇目。",
            )
        ]

    def __str__(self):
        return self.title


class MarkHow(models.TextChoices):
    SELF = "self", "本人标记"
    TOGETHER = "together", "集体学习"


class StudyMark(models.Model):
    """That a member has read an item. `reflection` (心得) is read by the member and by those who keep the branch's
    activities; the database keeps it encrypted.
    """

    # The constraint below begins with the item: one index fewer on what has a row for each member and item.
    item = models.ForeignKey(
        StudyItem, models.PROTECT, related_name="marks", db_index=False, verbose_name="篇目"
    )
    member = models.ForeignKey(Member, models.PROTECT, related_name="study_marks", verbose_name="党员")
    read_on = models.DateField("学习日期")
    how = models.CharField("登记方式", max_length=8, choices=MarkHow)
    activity = models.ForeignKey(
        Activity, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="集体学习的活动"
    )
    reflection = EncryptedTextField("学习心得")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="登记人"
    )
    at = models.DateTimeField("登记时间", default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = "学习标记"
        constraints = [models.UniqueConstraint(fields=["item", "member"], name="study_mark_once")]

    def __str__(self):
        return f"学习标记{self.pk}"
