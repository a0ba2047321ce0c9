"""Sci-tech deputies and industry professors (科技副总、产业教授, S30): the need, who was put forward, the term, what came of it."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from linkages.models.booked import Withdrawable
from linkages.models.entries import Entry
from linkages.models.liaisons import partner_ids
from linkages.models.partners import Partner
from members.models import root_of, within_homes
from orgs.models import Enterprise, Organisation, StoredUpload

LONGEST_NOTE = 300
MOST_MONTHS = 120
MOST_AT_ONCE = 10_000


class SecondmentKind(models.TextChoices):
    DEPUTY = "deputy", "科技副总"
    PROFESSOR = "professor", "产业教授"


class SecondmentState(models.TextChoices):
    NEED = "need", "征集人选"
    MATCHING = "matching", "匹配中"
    CHOSEN = "chosen", "待签约"
    SERVING = "serving", "任职中"
    ENDED = "ended", "已退出"
    WITHDRAWN = "withdrawn", "已撤销"


AWAITING = (SecondmentState.NEED, SecondmentState.MATCHING)
APPOINTED = (SecondmentState.SERVING, SecondmentState.ENDED)


class SecondmentAct(models.TextChoices):
    """Every step; what each asks for and who may take it: `linkages.secondments.transitions`."""

    DRAFT = "draft", "登记需求"
    CHANGE = "change", "修改需求"
    NOMINATE = "nominate", "推荐人选"
    DROP = "drop", "撤回人选"
    SELECT = "select", "选定人选"
    RELEASE = "release", "取消选定"
    SIGN = "sign", "登记签约"
    OUTCOME = "outcome", "登记成果"
    UNDO = "undo", "撤回成果"
    RENEW = "renew", "续聘"
    EXIT = "exit", "办理退出"
    WITHDRAW = "withdraw", "撤销需求"


class ExitKind(models.TextChoices):
    EXPIRED = "expired", "任期届满"
    PERSON = "person", "本人提出"
    UNIT = "unit", "单位提出"
    OTHER = "other", "其他原因"


class OutcomeKind(models.TextChoices):
    PROBLEM = "problem", "解决难题"
    PRODUCT = "product", "开发产品"
    PROJECT = "project", "合作项目"
    TEXTBOOK = "textbook", "编写教材"
    COURSE = "course", "开设课程"
    STUDENT = "student", "培养学生"


OUTCOMES = {
    SecondmentKind.DEPUTY: (OutcomeKind.PROBLEM, OutcomeKind.PRODUCT, OutcomeKind.PROJECT),
    SecondmentKind.PROFESSOR: (OutcomeKind.TEXTBOOK, OutcomeKind.COURSE, OutcomeKind.STUDENT),
}


def _of_units_of(user) -> Q:
    """“The enterprise is one the person is contact of, or the partner unit one they are liaison of.”"""
    return Q(enterprise__in=user.contact_enterprise_ids) | Q(partner__in=partner_ids(user))


class SecondmentQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those kept in the person's scope, those that their own unit asked for, and those for which their unit has put
        somebody forward; once one is chosen, of the units that put forward only that one's."""
        if not user.is_authenticated:
            return self.none()
        if user.sees_everything:
            return self
        return self.filter(within_homes(user, "linkages.view") | _of_units_of(user) | self._sent_by(user))

    @staticmethod
    def _sent_by(user) -> Q:
        own = Candidate.objects.standing().filter(_of_units_of(user))
        return Q(
            Q(chosen__isnull=True) | Q(chosen__in=own.order_by().values("pk")),
            Exists(own.filter(secondment=OuterRef("pk"))),
        )

    def permitted_to(self, user, permission):
        """The rows at whose home `user` holds `permission`."""
        if not user.is_authenticated:
            return self.none()
        return self if user.sees_everything else self.filter(within_homes(user, permission))

    def needed_by(self, user):
        """Those that the person's own unit asked for."""
        return self.filter(_of_units_of(user))

    def appointed(self):
        """A contract was signed, whether it still runs or not."""
        return self.filter(state__in=APPOINTED)

    def of_unit(self, name: str, row):
        """Those that `row` asked for or sent somebody to; `name` is `enterprise` or `partner`."""
        return self.filter(Q(**{name: row}) | Q(**{f"chosen__{name}": row}))

    def with_unit(self, name: str):
        """Adds `unit`, the key of the one that asked or sent; None until somebody from that side is chosen."""
        return self.annotate(unit=Coalesce(name, f"chosen__{name}"))

    def unit_keys(self, name: str):
        return self.order_by().with_unit(name).filter(unit__isnull=False).values("unit")

    def with_units(self):
        """With what a line of a list shows."""
        return self.select_related(
            "organisation", "enterprise", "partner", "chosen__enterprise", "chosen__partner"
        ).defer("enterprise__contact_phone", "chosen__enterprise__contact_phone")

    def with_candidates(self):
        """With what says who may do what, too."""
        return self.with_units().prefetch_related(
            models.Prefetch("candidates", Candidate.objects.with_units())
        )


class Secondment(models.Model):
    """One post for one person. `organisation` keeps it; a firm (deputies) or a partner unit (professors) asked for it.

    Whoever is chosen comes from the other side: `sending`. `conditions` are those that were stated on being chosen, in
    the words of that day.
    """

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="secondments", verbose_name="统筹党组织"
    )
    root_id = models.BigIntegerField("顶层组织", editable=False)
    kind = models.CharField("类别", max_length=10, choices=SecondmentKind)
    enterprise = models.ForeignKey(
        Enterprise, models.PROTECT, null=True, blank=True, related_name="secondments", verbose_name="需求企业"
    )
    partner = models.ForeignKey(
        Partner, models.PROTECT, null=True, blank=True, related_name="secondments", verbose_name="需求院校"
    )
    post = models.CharField("岗位", max_length=60)
    field = models.CharField("专业领域", max_length=80)
    tasks = models.CharField("任务", max_length=500)
    months = models.PositiveSmallIntegerField(
        "拟任期（月）", validators=[MinValueValidator(1), MaxValueValidator(MOST_MONTHS)]
    )
    state = models.CharField("状态", max_length=10, choices=SecondmentState, default=SecondmentState.NEED)
    chosen = models.OneToOneField(
        "Candidate", models.PROTECT, null=True, blank=True, related_name="won", verbose_name="选定的人选"
    )
    conditions = models.CharField("选定时确认的条件", max_length=LONGEST_NOTE, blank=True)
    signed_on = models.DateField("签约日期", null=True, blank=True)
    starts_on = models.DateField("任期起", null=True, blank=True)
    ends_on = models.DateField("任期止", null=True, blank=True)
    renewals = models.PositiveSmallIntegerField("续聘次数", default=0)
    exited_on = models.DateField("退出日期", null=True, blank=True)
    exit_kind = models.CharField("退出方式", max_length=8, choices=ExitKind, blank=True)
    exit_reason = models.CharField("退出说明", max_length=LONGEST_NOTE, blank=True)
    withdrawn_reason = models.CharField("撤销原因", max_length=LONGEST_NOTE, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="登记人"
    )
    created_at = models.DateTimeField("登记时间", default=timezone.now)
    updated_at = models.DateTimeField("更新时间", default=timezone.now)

    objects = SecondmentQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "科技副总和产业教授"
        constraints = [
            models.CheckConstraint(
                name="secondment_needed_by",
                condition=Q(kind=SecondmentKind.DEPUTY, enterprise__isnull=False, partner__isnull=True)
                | Q(kind=SecondmentKind.PROFESSOR, enterprise__isnull=True, partner__isnull=False),
                violation_error_message="科技副总由企业提出需求，产业教授由院校提出需求。",
            ),
            models.CheckConstraint(
                name="secondment_chosen_when_due",
                condition=Q(state__in=AWAITING, chosen__isnull=True)
                | Q(state__in=(SecondmentState.CHOSEN, *APPOINTED), chosen__isnull=False)
                | Q(state=SecondmentState.WITHDRAWN),
                violation_error_message="选定一名人选后才能签约。",
            ),
            models.CheckConstraint(
                name="secondment_term_when_signed",
                condition=Q(state__in=APPOINTED, signed_on__isnull=False, ends_on__gt=F("starts_on"))
                | ~Q(state__in=APPOINTED)
                & Q(signed_on__isnull=True, starts_on__isnull=True, ends_on__isnull=True),
                violation_error_message="任期止须晚于任期起。",
            ),
            models.CheckConstraint(
                name="secondment_exit_with_reason",
                condition=Q(state=SecondmentState.ENDED, exited_on__gte=F("signed_on")) & ~Q(exit_reason="")
                | ~Q(state=SecondmentState.ENDED) & Q(exited_on__isnull=True, exit_reason=""),
                violation_error_message="退出不能早于签约，且须说明。",
            ),
            models.CheckConstraint(
                name="secondment_withdrawn_with_reason",
                condition=Q(state=SecondmentState.WITHDRAWN) & ~Q(withdrawn_reason="")
                | ~Q(state=SecondmentState.WITHDRAWN) & Q(withdrawn_reason=""),
                violation_error_message="撤销须说明原因。",
            ),
        ]
        indexes = [
            models.Index(fields=["root_id", "created_at", "id"], name="secondment_root_created"),
            models.Index(fields=["organisation", "state", "ends_on"], name="secondment_home"),
            models.Index(fields=["created_at", "id"], name="secondment_newest"),
            models.Index(
                fields=["ends_on"], condition=Q(state=SecondmentState.SERVING), name="secondment_ending"
            ),
        ]

    def __str__(self):
        return f"{self.needing}：{self.post}"

    def save(self, *args, **kwargs):
        self.root_id = self.root_id or root_of(self.organisation)
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise TypeError("科技副总、产业教授不得删除，请登记撤销或退出。")

    @property
    def needing(self):
        """The unit that asked for somebody."""
        return self.enterprise or self.partner

    @property
    def sent_from(self) -> str:
        """The field of a candidate's unit: the other side."""
        return "partner" if self.kind == SecondmentKind.DEPUTY else "enterprise"

    @property
    def outcome_kinds(self) -> tuple:
        return OUTCOMES[self.kind]

    @property
    def standing_candidates(self) -> list["Candidate"]:
        """Without a query where fetched `with_candidates`."""
        return [one for one in self.candidates.all() if one.withdrawn_at is None]

    @property
    def days_left(self) -> int | None:
        """Of the term; None where none runs."""
        if self.state != SecondmentState.SERVING:
            return None
        return (self.ends_on - timezone.localdate()).days


class CandidateQuerySet(models.QuerySet):
    def visible_to(self, user):
        """All where it is kept and to the unit that chooses; to others those of their own unit."""
        if not user.is_authenticated:
            return self.none()
        if user.sees_everything:
            return self
        kept = within_homes(
            user, "linkages.view", home="secondment__organisation", root="secondment__root_id"
        )
        needed = Secondment.objects.needed_by(user).order_by().values("pk")
        return self.filter(kept | Q(secondment__in=needed) | _of_units_of(user))

    def standing(self):
        return self.filter(withdrawn_at__isnull=True)

    def with_units(self):
        return self.select_related("enterprise", "partner").defer("enterprise__contact_phone").order_by("pk")


class Candidate(models.Model):
    """Who was put forward: name, unit, title and field, and nothing else about the person."""

    secondment = models.ForeignKey(Secondment, models.PROTECT, related_name="candidates", verbose_name="需求")
    name = models.CharField("姓名", max_length=50)
    title = models.CharField("职称或职务", max_length=60)
    field = models.CharField("专业领域", max_length=80)
    enterprise = models.ForeignKey(
        Enterprise, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="派出企业"
    )
    partner = models.ForeignKey(
        Partner, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="派出院校"
    )
    put_forward_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="推荐人"
    )
    put_forward_at = models.DateTimeField("推荐时间", default=timezone.now)
    withdrawn_at = models.DateTimeField("撤回时间", null=True, blank=True)
    withdrawn_reason = models.CharField("撤回原因", max_length=LONGEST_NOTE, blank=True)

    objects = CandidateQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "人选"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="candidate_unit_is_one",
                condition=Q(enterprise__isnull=False, partner__isnull=True)
                | Q(enterprise__isnull=True, partner__isnull=False),
                violation_error_message="请填写派出单位。",
            ),
            *(
                models.UniqueConstraint(
                    fields=["secondment", unit, "name"],
                    condition=Q(withdrawn_at__isnull=True, **{f"{unit}__isnull": False}),
                    name=f"candidate_once_of_{unit}",
                    violation_error_message="该人选已推荐。",
                )
                for unit in ("enterprise", "partner")
            ),
        ]

    def __str__(self):
        return f"{self.unit}人选"  # the trail keeps this, and no names

    def delete(self, *args, **kwargs):
        raise TypeError("人选不得删除，请登记撤回及原因。")

    @property
    def unit(self):
        return self.enterprise or self.partner

    @property
    def named(self) -> str:
        return f"{self.name}（{self.unit}）"


class OfSecondmentQuerySet(models.QuerySet):
    """Of what follows the choice: whoever sees the secondment then sees all of it."""

    def visible_to(self, user):
        return self.filter(secondment__in=Secondment.objects.visible_to(user).order_by().values("pk"))

    def standing(self):
        return self.filter(withdrawn_at__isnull=True)


class SecondmentOutcome(Withdrawable):
    """What came of it on a day; `count` of what the kind counts."""

    secondment = models.ForeignKey(Secondment, models.PROTECT, related_name="outcomes", verbose_name="聘任")
    kind = models.CharField("成果", max_length=10, choices=OutcomeKind)
    on = models.DateField("日期")
    count = models.PositiveIntegerField(
        "数量", default=1, validators=[MinValueValidator(1), MaxValueValidator(MOST_AT_ONCE)]
    )
    what = models.CharField("内容", max_length=200)
    recorded_at = models.DateTimeField("登记时间", default=timezone.now)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="登记人"
    )

    objects = OfSecondmentQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "聘任成果"
        ordering = ["-on", "-pk"]
        indexes = [
            models.Index(fields=["on", "id"], name="secondment_outcome_day"),
        ]

    def __str__(self):
        return f"{self.get_kind_display()}{self.count}"

    @property
    def line(self) -> str:
        return f"{self.on} {self}：{self.what}"


class SecondmentFile(Withdrawable, StoredUpload):
    """A scan of the signed contract or of what belongs to it. Withdrawn with a reason; its file stays."""

    secondment = models.ForeignKey(Secondment, models.PROTECT, related_name="files", verbose_name="聘任")

    objects = OfSecondmentQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "聘任协议附件"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["secondment", "sha256"],
                condition=Q(withdrawn_at__isnull=True),
                name="secondment_file_once",
                violation_error_message="已有相同的文件。",
            )
        ]

    def __str__(self):
        return f"{self.secondment} 附件"


class SecondmentEntry(Entry):
    """One line of the history. What names a `candidate` is read only by those who see that candidate."""

    secondment = models.ForeignKey(Secondment, models.PROTECT, related_name="entries", verbose_name="聘任")
    candidate = models.ForeignKey(
        Candidate, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="人选"
    )
    act = models.CharField("事项", max_length=10, choices=SecondmentAct)
    state = models.CharField("办理后状态", max_length=10, choices=SecondmentState)
    note = models.CharField("说明", max_length=LONGEST_NOTE, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "聘任办理记录"
        ordering = ["pk"]

    def __str__(self):
        return f"{self.secondment_id} {self.get_act_display()}"
