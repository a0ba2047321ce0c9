"""A gathering: planned, held, reviewed, archived. Who came is in `activities.models.attendance`."""

import datetime as dt
from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q, Sum
from django.utils import timezone

from activities.kinds import Kind
from members.models import HomeQuerySet, root_of, within_homes
from members.models.append_only import AppendOnly
from orgs.models import Organisation
from orgs.models.searched import Searched
from orgs.search_words import search_pairs
from orgs.tree import STEP, ancestor_paths

LATE_DAYS = 7  # entered later than this, a record says so (补录)


class ActivityState(models.TextChoices):
    PLANNED = "planned", "已计划"
    NOTIFIED = "notified", "已通知"
    HELD = "held", "已召开"
    REVIEW = "review", "待审核"
    ARCHIVED = "archived", "已归档"
    CANCELLED = "cancelled", "已取消"


COMING = (ActivityState.PLANNED, ActivityState.NOTIFIED)
HELD_STATES = (ActivityState.HELD, ActivityState.REVIEW, ActivityState.ARCHIVED)


class SeriesQuerySet(HomeQuerySet):
    VIEW = "activities.view"

    def visible_to(self, user):
        """Those of the organisations in the person's scope, and of the bodies above them, which all below may use."""
        return self.scoped(user, lambda: within_homes(user, self.VIEW) | self._above(user))

    def _above(self, user) -> Q:
        held = user.permission_paths.get(self.VIEW, ())
        return Q(organisation__path__in={path for one in held for path in ancestor_paths(one)})


class Series(models.Model):
    """A brand (品牌) under which an organisation holds activities: 科创大讲堂, 相约系列 (S20)."""

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="series", verbose_name="主办党组织"
    )
    root_id = models.BigIntegerField("顶层组织", editable=False)
    name = models.CharField("品牌名称", max_length=60)
    about = models.CharField("简介", max_length=300, blank=True)
    started_on = models.DateField("开始日期", null=True, blank=True)
    ended_on = models.DateField("结束日期", null=True, blank=True)

    objects = SeriesQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "活动品牌"
        constraints = [
            models.UniqueConstraint(
                fields=["root_id", "name"],
                name="series_name_once",
                violation_error_message="已有同名的活动品牌。",
            )
        ]

    def __str__(self):
        return self.name

    def save(self, *args, **kwargs):
        self.root_id = self.root_id or root_of(self.organisation)
        super().save(*args, **kwargs)


A_DAY, HALF_HOUR = Decimal(8), 1800


def hours_between(starts_at: dt.datetime, ends_at: dt.datetime | None) -> Decimal:
    """学时: whole and half hours of what lasted so long, at most 8 for each day it took; 0 where no end is known.

    Source: 2019—2023年全国党员教育培训工作规划: 8 hours a full day, 4 half a day.
    """
    if ends_at is None or ends_at <= starts_at:
        return Decimal(0)
    days = (timezone.localtime(ends_at).date() - timezone.localtime(starts_at).date()).days + 1
    halves = int((ends_at - starts_at).total_seconds() // HALF_HOUR)
    return min(Decimal(halves) / 2, days * A_DAY)


class ActivityQuerySet(HomeQuerySet):
    VIEW = "activities.view"

    def visible_to(self, user):
        """Those that an organisation in the person's scope holds, alone or with others."""
        return self.permitted_to(user, self.VIEW, joint=True)

    def permitted_to(self, user, permission, *, joint=False):
        """The rows at whose host `user` holds `permission`; with `joint` at one of the joint hosts, too."""
        if not joint:
            return super().permitted_to(user, permission)

        def condition():
            joined = within_homes(user, permission, root="activity__root_id")
            hosts = JointHost.objects.filter(joined, activity=OuterRef("pk"))
            return within_homes(user, permission) | Q(Exists(hosts))

        return self.scoped(user, condition)

    def sums(self) -> dict[str, int]:
        """How many they are, and how many came to them: members `present` of those `expected`, and `guests`."""
        sums = {name: Sum(name, default=0) for name in ("present", "expected", "guests")}
        return self.order_by().aggregate(count=Count("pk"), **sums)

    def reviewable_by(self, user):
        """Those that `user` reviews: of organisations below one where they keep activities; `access.can_review_at`."""
        rows = self.permitted_to(user, "activities.change")
        if not user.is_authenticated or user.sees_everything:
            return rows
        held = user.permission_paths.get("activities.change", ())
        lowest = [
            path
            for path in held
            if len(path) > STEP and not any(path != p and path.startswith(p) for p in held)
        ]
        return rows.exclude(organisation__path__in=lowest)

    def held(self):
        return self.filter(state__in=HELD_STATES)

    def of_kind(self, *kinds):
        return self.filter(Exists(ActivityKind.objects.filter(activity=OuterRef("pk"), kind__in=kinds)))

    def search(self, text):
        """Title, its pinyin initials, number or place contains `text`."""
        return self.filter(search_pairs__spells=text)

    def hosted_by(self, *organisations):
        """Alone or with others."""
        ids = [organisation.pk for organisation in organisations]
        joint = JointHost.objects.filter(activity=OuterRef("pk"), organisation__in=ids)
        return self.filter(Q(organisation__in=ids) | Q(Exists(joint)))


class Activity(Searched):
    """活动. `held_on` is the local day of `starts_at`, what lists and duties go by; `kinds` one or several.

    The five figures follow from the attendances where `has_roster`, and were typed or imported elsewhere:
    `expected` = `present` + `on_leave` + `absent` members, `guests` are all others who came.
    `signup_until` is set where people sign up beforehand; no `signup_places` means that there are enough.
    `recorded_at` is the moment at which it was first said to have been held; `entry_key` was drawn by the form, so
    that a record that a bad connection sends twice is stored once.
    """

    SEARCHED = frozenset({"title", "number", "place"})

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="activities", verbose_name="主办党组织"
    )
    root_id = models.BigIntegerField("顶层组织", editable=False)
    number = models.CharField("活动编号", max_length=40, blank=True)
    title = models.CharField("活动名称", max_length=120)
    series = models.ForeignKey(
        Series, models.SET_NULL, null=True, blank=True, related_name="activities", verbose_name="活动品牌"
    )
    held_on = models.DateField("日期", editable=False)
    starts_at = models.DateTimeField("开始时间")
    ends_at = models.DateTimeField("结束时间", null=True, blank=True)
    place = models.CharField("地点", max_length=120, blank=True)
    is_online = models.BooleanField("线上", default=False)
    chair_name = models.CharField("主持人", max_length=50, blank=True)
    recorder_name = models.CharField("记录人", max_length=50, blank=True)
    lecturer_name = models.CharField("主讲人", max_length=50, blank=True)
    agenda = models.TextField("议程", blank=True, max_length=2000)
    gist = models.TextField("主要内容", blank=True, max_length=20_000)
    belongs_to_year = models.PositiveSmallIntegerField("所属年度", null=True, blank=True)

    state = models.CharField(
        "状态", max_length=10, choices=ActivityState, default=ActivityState.PLANNED, db_index=True
    )
    hours = models.DecimalField("学时", max_digits=5, decimal_places=1, default=0, editable=False)
    has_roster = models.BooleanField("逐人登记到会", default=False)
    expected = models.PositiveIntegerField("应到", default=0)
    present = models.PositiveIntegerField("实到", default=0)
    on_leave = models.PositiveIntegerField("请假", default=0)
    absent = models.PositiveIntegerField("缺席", default=0)
    guests = models.PositiveIntegerField("列席和群众", default=0)

    signup_places = models.PositiveIntegerField("报名名额", null=True, blank=True)
    signup_until = models.DateTimeField("报名截止", null=True, blank=True)

    entry_key = models.UUIDField("提交标识", null=True, blank=True, unique=True, editable=False)
    recorded_at = models.DateTimeField("登记召开的时间", null=True, blank=True)
    archived_at = models.DateTimeField("归档时间", null=True, blank=True)
    run = models.ForeignKey(
        "imports.ImportRun", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="导入"
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="登记人"
    )
    created_at = models.DateTimeField("登记时间", default=timezone.now)
    updated_at = models.DateTimeField("更新时间", default=timezone.now)

    objects = ActivityQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "活动"
        constraints = [
            models.UniqueConstraint(
                fields=["root_id", "number"],
                condition=~Q(number=""),
                name="activity_number_once",
                violation_error_message="已有相同编号的活动。",
            ),
            models.CheckConstraint(
                name="activity_ends_later",
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                violation_error_message="结束时间须晚于开始时间。",
            ),
            models.CheckConstraint(
                name="activity_sum",
                condition=Q(expected=F("present") + F("on_leave") + F("absent")),
                violation_error_message="应到、实到、请假、缺席人数不一致，请核对。",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "held_on"], name="activity_organisation"),
            models.Index(fields=["root_id", "held_on", "id"], name="activity_root"),
            models.Index(fields=["held_on", "id"], name="activity_day"),
        ]

    def __str__(self):
        return self.title

    def save(self, *args, **kwargs):
        self.root_id = self.root_id or root_of(self.organisation)
        self.held_on = timezone.localtime(self.starts_at).date()
        self.hours = hours_between(self.starts_at, self.ends_at)
        if (fields := kwargs.get("update_fields")) is not None:
            kwargs["update_fields"] = {*fields, "held_on", "hours"}
        super().save(*args, **kwargs)

    def made_pairs(self):
        return activity_pairs(self.title, self.number, self.place)

    def delete(self, *args, **kwargs):
        raise TypeError("活动记录不得删除，请登记取消及原因。")

    @property
    def hosts(self) -> list[Organisation]:
        """The host first, then the joint ones; one query, none where `joint_hosts` were prefetched."""
        return [self.organisation, *(host.organisation for host in self.joint_hosts.all())]

    @property
    def is_held(self):
        return self.state in HELD_STATES

    @property
    def takes_signups(self):
        return self.state in COMING and self.signup_until is not None and self.signup_until > timezone.now()

    @property
    def is_late(self):
        """补录: entered more than `LATE_DAYS` days after the day itself."""
        if self.recorded_at is None:
            return False
        return timezone.localtime(self.recorded_at).date() > self.held_on + dt.timedelta(days=LATE_DAYS)

    @property
    def kind_labels(self) -> list[str]:
        """Without a query where `kinds` were prefetched."""
        return [kind.get_kind_display() for kind in self.kinds.all()]

    @property
    def when_words(self):
        """2026-11-19 15:00–17:00; 2026-11-19 09:00–2026-11-20 16:00."""
        start = timezone.localtime(self.starts_at)
        if not self.ends_at:
            return f"{start:%Y-%m-%d %H:%M}"
        end = timezone.localtime(self.ends_at)
        return f"{start:%Y-%m-%d %H:%M}–{end:{'%H:%M' if end.date() == start.date() else '%Y-%m-%d %H:%M'}}"

    @property
    def where_words(self):
        return "、".join(
            filter(None, [self.place, "线上" if self.is_online and self.place != "线上" else ""])
        )


def activity_pairs(title: str, number: str, place: str) -> str:
    """`Activity.search_pairs`; for writers that do not `save()`."""
    return search_pairs([title], [number, place])


class ActivityKind(models.Model):
    """That a gathering counts as `kind`; each kind once."""

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="kinds", verbose_name="活动")
    kind = models.CharField("类型", max_length=20, choices=Kind)

    class Meta:
        verbose_name = verbose_name_plural = "活动类型"
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["activity", "kind"], name="activity_kind_once")]
        indexes = [models.Index(fields=["kind", "activity"], name="activity_by_kind")]

    def __str__(self):
        return self.get_kind_display()


class JointHostManager(models.Manager):
    """With the organisation, which is all that anybody wants of it."""

    def get_queryset(self):
        return super().get_queryset().select_related("organisation")


class JointHost(models.Model):
    """An organisation that holds the activity together with its host; the record serves both."""

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="joint_hosts", verbose_name="活动")
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="joint_activities", verbose_name="联合主办党组织"
    )

    objects = JointHostManager()

    class Meta:
        verbose_name = verbose_name_plural = "联合主办"
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["activity", "organisation"], name="joint_host_once")]

    def __str__(self):
        return str(self.organisation)


class Act(models.TextChoices):
    PLANNED = "planned", "制定计划"
    NOTIFIED = "notified", "发出通知"
    HELD = "held", "登记召开"
    CHANGED = "changed", "修改记录"
    MOVED = "moved", "改期"
    SUBMITTED = "submitted", "提交审核"
    RETURNED = "returned", "退回修改"
    ARCHIVED = "archived", "审核归档"
    REOPENED = "reopened", "退回更正"
    CANCELLED = "cancelled", "取消"


class ActivityEntry(AppendOnly):
    """One line of what happened to a record, for its page: who, when, why."""

    activity = models.ForeignKey(Activity, models.PROTECT, related_name="entries", verbose_name="活动")
    act = models.CharField("事项", max_length=10, choices=Act)
    reason = models.CharField("说明", max_length=300, blank=True)
    at = models.DateTimeField("时间", default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="经办"
    )

    class Meta:
        verbose_name = verbose_name_plural = "活动办理记录"
        ordering = ["pk"]

    def __str__(self):
        return f"{self.activity} {self.get_act_display()}"
