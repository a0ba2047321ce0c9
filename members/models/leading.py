"""People who lead: model posts, teams and experts with who serves in them and what they achieve; public roles."""

from django.conf import settings
from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from members.models.register import HomeQuerySet, Member, root_of
from members.names import sort_key
from orgs.models import Enterprise, Organisation


class LeadingKind(models.TextChoices):
    POST = "post", "党员示范岗"
    ZONE = "zone", "党员责任区"
    VANGUARD = "vanguard", "党员先锋队"
    SHOCK = "shock", "党员突击队"
    VOLUNTEER = "volunteer", "志愿服务队"
    CHIEF = "chief", "党员总师"
    ENGINEER = "engineer", "党员工程师"


class ServiceEnd(models.TextChoices):
    ROTATED = "rotated", "轮换"
    RESIGNED = "resigned", "本人申请"
    REPLACED = "replaced", "更换负责人"
    PROMOTED = "promoted", "改任负责人"
    UNIT_ENDED = "unit_ended", "岗位或队伍撤销"
    MOVED = "moved", "组织关系转到范围之外"
    LEFT = "left", "已离册"
    OTHER = "other", "其他"


def has_leader():
    """The condition on units “somebody is responsible today”."""
    return Exists(LeadingService.objects.filter(unit=OuterRef("pk"), until__isnull=True, leads=True))


def has_results():
    return Exists(LeadingResult.objects.counting().filter(unit=OuterRef("pk")))


class LeadingQuerySet(HomeQuerySet):
    def open(self):
        return self.filter(ended_on__isnull=True)

    def without_leader(self):
        return self.open().filter(~has_leader())

    def for_list(self):
        """With what a row of a list shows; two queries more, whatever the number of rows."""
        people = LeadingService.objects.filter(until__isnull=True).select_related("member")
        people = people.defer("member__identity_number", "member__mobile")
        rows = self.select_related("organisation").defer("organisation__contact_phone")
        rows = rows.annotate(has_results=has_results())
        return rows.prefetch_related(Prefetch("services", people, to_attr="serving"))

    def with_result_count(self):
        counted = LeadingResult.objects.counting().filter(unit=OuterRef("pk")).order_by().values("unit")
        count = Subquery(counted.annotate(count=Count("pk")).values("count"))
        return self.annotate(result_count=Coalesce(count, 0))


class LeadingUnit(models.Model):
    """A post, zone, team or expert's charge (先锋岗位与队伍): who leads it, for what task, with which commitment.

    `organisation` set it up; whoever serves is a member at home there or below. `term_ends_on` is the last day of the
    term, null without one. Never deleted: it ends on a day for a reason.
    """

    kind = models.CharField("类别", max_length=10, choices=LeadingKind)
    name = models.CharField("名称", max_length=80)
    pinyin = models.CharField("名称拼音", max_length=200, editable=False)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="leading_units", verbose_name="设立党组织"
    )
    root_id = models.BigIntegerField("顶层组织", editable=False)
    enterprise = models.ForeignKey(
        Enterprise,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="leading_units",
        verbose_name="所在企业",
    )
    place = models.CharField("地点或范围", max_length=120, blank=True)
    task = models.CharField("任务", max_length=300, blank=True)
    commitment = models.CharField("承诺", max_length=500, blank=True)
    established_on = models.DateField("设立日期")
    term_ends_on = models.DateField("任期届满日期", null=True, blank=True)
    ended_on = models.DateField("撤销日期", null=True, blank=True)
    ended_reason = models.CharField("撤销原因", max_length=200, blank=True)
    created_at = models.DateTimeField("登记时间", default=timezone.now)
    updated_at = models.DateTimeField("更新时间", default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="登记人"
    )

    objects = LeadingQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "先锋岗位与队伍"
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "kind", "name"],
                condition=Q(ended_on__isnull=True),
                name="leading_unit_named_once",
                violation_error_message="该党组织已有同类别、同名称的岗位或队伍，请核对或换一个名称。",
            ),
            models.CheckConstraint(
                name="leading_unit_days",
                condition=(Q(ended_on__isnull=True) | Q(ended_on__gte=F("established_on")))
                & (Q(term_ends_on__isnull=True) | Q(term_ends_on__gte=F("established_on"))),
                violation_error_message="届满、撤销日期不能早于设立日期。",
            ),
            models.CheckConstraint(
                name="leading_unit_ended_with_reason",
                condition=Q(ended_on__isnull=True, ended_reason="")
                | Q(ended_on__isnull=False) & ~Q(ended_reason=""),
                violation_error_message="请填写撤销原因。",
            ),
        ]
        indexes = [
            models.Index(fields=["root_id", "kind", "pinyin", "id"], name="leading_unit_root"),
            models.Index(fields=["organisation", "kind"], name="leading_unit_home"),
            models.Index(fields=["term_ends_on"], name="leading_unit_term"),
        ]

    def __str__(self):
        return self.name

    def save(self, *args, **kwargs):
        self.pinyin = sort_key(self.name)
        self.root_id = self.root_id or root_of(self.organisation)
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise TypeError("先锋岗位与队伍不得删除，请登记撤销及原因。")

    @property
    def is_open(self):
        return self.ended_on is None

    @property
    def leader(self):
        """For rows `for_list`."""
        return next((service.member for service in self.serving if service.leads), None)

    @property
    def gaps(self) -> list[str]:
        """What of 三亮 is missing; for rows `for_list`."""
        shown = {"身份": self.leader, "承诺": self.commitment, "业绩": self.has_results}
        return [words for words, there in shown.items() if not there]


class LeadingService(models.Model):
    """That a member leads a unit or serves in it, from `since` until `until`, the first day no longer."""

    unit = models.ForeignKey(LeadingUnit, models.PROTECT, related_name="services", verbose_name="岗位或队伍")
    member = models.ForeignKey(Member, models.PROTECT, related_name="leading_services", verbose_name="党员")
    leads = models.BooleanField("负责人", default=False)
    since = models.DateField("起")
    until = models.DateField("止", null=True, blank=True)
    how = models.CharField("结束原因", max_length=10, choices=ServiceEnd, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="记录人"
    )

    class Meta:
        verbose_name = verbose_name_plural = "岗位与队伍成员"
        ordering = ["-leads", "since", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "member"],
                condition=Q(until__isnull=True),
                name="leading_service_once",
                violation_error_message="该党员已在其中，无须重复登记。",
            ),
            models.UniqueConstraint(
                fields=["unit"],
                condition=Q(until__isnull=True, leads=True),
                name="leading_one_leader",
                violation_error_message="已有负责人，请办理更换。",
            ),
            models.CheckConstraint(
                name="leading_service_ended",
                condition=Q(until__isnull=True, how="") | Q(until__gte=F("since")) & ~Q(how=""),
                violation_error_message="结束日期不能早于开始日期，且须填写原因。",
            ),
        ]
        indexes = [models.Index(fields=["member", "until"], name="leading_service_member")]

    def __str__(self):
        return f"{self.member} {self.unit}"


class ResultQuerySet(models.QuerySet):
    def counting(self):
        return self.filter(void_on__isnull=True)


class LeadingResult(models.Model):
    """What was achieved on a day (亮业绩). A mistaken entry is declared void with a reason; it stays readable."""

    unit = models.ForeignKey(LeadingUnit, models.PROTECT, related_name="results", verbose_name="岗位或队伍")
    on = models.DateField("日期")
    what = models.CharField("业绩", max_length=300)
    figure = models.DecimalField("数值", max_digits=14, decimal_places=2, null=True, blank=True)
    measure = models.CharField("单位", max_length=20, blank=True)
    evidence = models.CharField("佐证", max_length=200, blank=True)
    void_on = models.DateField("作废日期", null=True, blank=True)
    void_reason = models.CharField("作废原因", max_length=200, blank=True)
    recorded_at = models.DateTimeField("记录时间", default=timezone.now)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="记录人"
    )

    objects = ResultQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "岗位与队伍业绩"
        ordering = ["-on", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="leading_result_measured",
                condition=Q(figure__isnull=True, measure="") | Q(figure__isnull=False) & ~Q(measure=""),
                violation_error_message="数值和单位请同时填写，如 3 项、20 万元。",
            ),
        ]
        indexes = [models.Index(fields=["unit", "on"], name="leading_result_day")]

    def __str__(self):
        return f"{self.on} {self.what}"


class RoleKind(models.TextChoices):
    PARTY_DELEGATE = "party", "党代表"
    PEOPLE_DELEGATE = "people", "人大代表"
    CONSULTATIVE = "cppcc", "政协委员"
    SEAT = "seat", "委员会委员"
    OBSERVER = "observer", "营商环境观察员"
    ASSESSOR = "assessor", "人民陪审员"
    OTHER = "other", "其他"


class RoleLevel(models.TextChoices):
    NATION = "nation", "国家"
    CITY = "city", "省市"
    DISTRICT = "district", "区县"
    TOWN = "town", "街镇"
    PARK = "park", "园区"


class RoleEnd(models.TextChoices):
    TERM = "term", "任期届满"
    RESIGNED = "resigned", "辞去"
    TRANSFERRED = "transferred", "工作调动"
    RECALLED = "recalled", "罢免或撤销"
    LEFT = "left", "已离册"
    OTHER = "other", "其他"


class RoleQuerySet(HomeQuerySet):
    """A role goes with the member: it belongs where the member is at home."""

    HOME, ROOT = "member__organisation", "member__root_id"

    def open(self):
        return self.filter(ended_on__isnull=True)

    def for_list(self):
        """With the member and the home, without their numbers."""
        rows = self.select_related("member__organisation")
        return rows.defer("member__identity_number", "member__mobile", "member__organisation__contact_phone")


class PublicRole(models.Model):
    """A member speaks for others (代表、委员、观察员). `term_ends_on` is the last day of the term.

    Open until its end is recorded: a delegate stays one until the next congress has met.
    """

    member = models.ForeignKey(Member, models.PROTECT, related_name="public_roles", verbose_name="党员")
    kind = models.CharField("类别", max_length=10, choices=RoleKind)
    level = models.CharField("层级", max_length=10, choices=RoleLevel)
    body = models.CharField("机构名称", max_length=80)
    since = models.DateField("任职日期")
    term_ends_on = models.DateField("任期届满日期", null=True, blank=True)
    ended_on = models.DateField("终止日期", null=True, blank=True)
    how = models.CharField("终止原因", max_length=12, choices=RoleEnd, blank=True)
    created_at = models.DateTimeField("登记时间", default=timezone.now)
    updated_at = models.DateTimeField("更新时间", default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="登记人"
    )

    objects = RoleQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "代表与观察员"
        constraints = [
            models.UniqueConstraint(
                fields=["member", "kind", "level", "body"],
                condition=Q(ended_on__isnull=True),
                name="public_role_once",
                violation_error_message="该党员的这项任职已登记，请核对；连任的请先登记终止。",
            ),
            models.CheckConstraint(
                name="public_role_days",
                condition=Q(term_ends_on__isnull=True) | Q(term_ends_on__gte=F("since")),
                violation_error_message="届满日期不能早于任职日期。",
            ),
            models.CheckConstraint(
                name="public_role_ended",
                condition=Q(ended_on__isnull=True, how="") | Q(ended_on__gte=F("since")) & ~Q(how=""),
                violation_error_message="终止日期不能早于任职日期，且须填写原因。",
            ),
        ]
        indexes = [
            models.Index(fields=["since", "id"], name="public_role_since"),
            models.Index(fields=["term_ends_on"], name="public_role_term"),
        ]

    def __str__(self):
        return f"{self.member} {self.get_kind_display()}"

    def delete(self, *args, **kwargs):
        raise TypeError("任职记录不得删除，请登记终止及原因。")
