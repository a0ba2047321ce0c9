"""Policies brought to enterprises (政策直达企业, S33): the policy with its target, and a row for each enterprise it reached."""

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from activities.models.studies import SECURE
from linkages.models.booked import Withdrawable
from linkages.models.entries import Entry
from members.models import HomeQuerySet, root_of, within_homes
from orgs.models import Area, Chain, Cluster, Enterprise, EnterpriseStatus, Organisation, Park, StoredUpload
from orgs.tree import ancestor_paths

LONGEST_WORD = 200


class PolicyKind(models.TextChoices):
    GREEN_POWER = "green_power", "绿电"
    RED_CREDIT = "red_credit", "红色信贷"
    FUNDS = "funds", "资金扶持"
    TALENT = "talent", "人才"
    TAX = "tax", "税收"
    OTHER = "other", "其他"


class PolicyState(models.TextChoices):
    DRAFT = "draft", "草稿"
    OPEN = "open", "推送中"
    CLOSED = "closed", "已结束"
    WITHDRAWN = "withdrawn", "已撤回"


class PolicyAct(models.TextChoices):
    """Every step; which is lawful when: `linkages.policies.rules`."""

    DRAFT = "draft", "登记"
    CHANGE = "change", "修改"
    PUBLISH = "publish", "发布"
    REACH = "reach", "补充推送"
    PROLONG = "prolong", "延期"
    CLOSE = "close", "结束"
    WITHDRAW = "withdraw", "撤回"


class PolicyAnswer(models.TextChoices):
    APPLIED = "applied", "已申请"
    NOT_NEEDED = "not_needed", "不需要"


class PolicyResult(models.TextChoices):
    GRANTED = "granted", "已兑现"
    REFUSED = "refused", "未通过"


class PolicyQuerySet(HomeQuerySet):
    VIEW = "linkages.view"

    def visible_to(self, user):
        """Those kept in the person's scope, those published above it, and those that reached an enterprise of which
        the person is contact."""
        return self.scoped(user, lambda: within_homes(user, self.VIEW) | self._given(user))

    def _given(self, user) -> Q:
        above = {path for one in user.permission_paths.get(self.VIEW, ()) for path in ancestor_paths(one)}
        reached = PolicyDelivery.objects.filter(enterprise__in=user.contact_enterprise_ids)
        return Q(published_at__isnull=False, organisation__path__in=above) | Q(
            pk__in=reached.order_by().values("policy")
        )

    def open(self, today):
        """Published, and neither the last day of applications nor that of the policy is over."""
        return self.filter(
            Q(apply_by__isnull=True) | Q(apply_by__gte=today),
            Q(applies_until__isnull=True) | Q(applies_until__gte=today),
            state=PolicyState.OPEN,
        )

    def ending_by(self, day):
        """The last day of applications or of the policy is `day` or earlier."""
        return self.filter(Q(apply_by__lte=day) | Q(applies_until__lte=day))

    def with_target(self):
        """With all that `Policy.target` reads, in a fixed number of queries."""
        return self.select_related("organisation").prefetch_related("areas", "parks", "clusters", "chains")


class Policy(models.Model):
    """A policy item. `organisation` keeps it and brings it to the enterprises it answers for that meet the target.

    Each list of the target that is empty demands nothing. No `apply_by`: applications are taken all the time.
    """

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="policies", verbose_name="推送党组织"
    )
    root_id = models.BigIntegerField("顶层组织", editable=False)
    kind = models.CharField("政策类别", max_length=12, choices=PolicyKind)
    title = models.CharField("政策名称", max_length=120)
    issuer = models.CharField("发文单位", max_length=120)
    number = models.CharField("文号", max_length=60, blank=True)
    gist = models.CharField("政策要点", max_length=1000)
    link = models.URLField("原文链接", max_length=300, blank=True, validators=[SECURE])
    applies_from = models.DateField("执行期起")
    applies_until = models.DateField("执行期止", null=True, blank=True)
    apply_by = models.DateField("申报截止", null=True, blank=True)
    areas = models.ManyToManyField(Area, blank=True, related_name="+", verbose_name="片区")
    parks = models.ManyToManyField(Park, blank=True, related_name="+", verbose_name="园区")
    clusters = models.ManyToManyField(Cluster, blank=True, related_name="+", verbose_name="产业集群")
    chains = models.ManyToManyField(Chain, blank=True, related_name="+", verbose_name="产业链")
    status = models.CharField("登记状态", max_length=14, choices=EnterpriseStatus, blank=True)
    min_employees = models.PositiveIntegerField("从业人数不少于", null=True, blank=True)
    max_employees = models.PositiveIntegerField("从业人数不多于", null=True, blank=True)
    is_high_tech = models.BooleanField("高新技术企业", null=True, blank=True)
    is_key = models.BooleanField("重点企业", null=True, blank=True)
    state = models.CharField("状态", max_length=10, choices=PolicyState, default=PolicyState.DRAFT)
    published_at = models.DateTimeField("发布时间", null=True, blank=True)
    ended_reason = models.CharField("结束或撤回原因", max_length=LONGEST_WORD, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="登记人"
    )
    created_at = models.DateTimeField("登记时间", default=timezone.now)
    updated_at = models.DateTimeField("更新时间", default=timezone.now)

    objects = PolicyQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "政策"
        constraints = [
            models.CheckConstraint(
                name="policy_days_order",
                condition=Q(applies_until__isnull=True) | Q(applies_until__gte=F("applies_from")),
                violation_error_message="执行期止不能早于执行期起。",
            ),
            models.CheckConstraint(
                name="policy_employees_order",
                condition=Q(min_employees__isnull=True)
                | Q(max_employees__isnull=True)
                | Q(max_employees__gte=F("min_employees")),
                violation_error_message="从业人数的上限不能小于下限。",
            ),
            models.CheckConstraint(
                name="policy_published",
                condition=Q(state__in=(PolicyState.DRAFT, PolicyState.WITHDRAWN))
                | Q(published_at__isnull=False),
                violation_error_message="发布后才能推送和结束。",
            ),
            models.CheckConstraint(
                name="policy_withdrawn_with_reason",
                condition=~Q(state=PolicyState.WITHDRAWN) | ~Q(ended_reason=""),
                violation_error_message="撤回须说明原因。",
            ),
        ]
        indexes = [
            models.Index(fields=["root_id", "created_at", "id"], name="policy_root_created"),
            models.Index(fields=["organisation", "state"], name="policy_home"),
            models.Index(fields=["state", "apply_by"], name="policy_open"),
        ]

    def __str__(self):
        return self.title

    def save(self, *args, **kwargs):
        self.root_id = self.root_id or root_of(self.organisation)
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise TypeError("政策不得删除，请登记撤回及原因。")

    @property
    def last_day(self):
        """The last day on which an enterprise can use it; None: none is known."""
        return min((day for day in (self.apply_by, self.applies_until) if day), default=None)

    @property
    def is_open(self) -> bool:
        """As `PolicyQuerySet.open`, of a row at hand."""
        over = self.last_day is not None and self.last_day < timezone.localdate()
        return self.state == PolicyState.OPEN and not over

    @property
    def days_left(self) -> int | None:
        """Until the last day, while it is published; None without one."""
        if self.state != PolicyState.OPEN or self.last_day is None:
            return None
        return (self.last_day - timezone.localdate()).days


class PolicyDeliveryQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Of policies that the person sees, those at enterprises they answer for; contacts those of their own."""
        if not user.is_authenticated:
            return self.none()
        if user.sees_everything:
            return self
        answered = Enterprise.objects.permitted_to(user, "linkages.view").order_by().values("pk")
        seen = Policy.objects.visible_to(user).order_by().values("pk")
        return self.filter(
            Q(enterprise__in=user.contact_enterprise_ids) | Q(enterprise__in=answered, policy__in=seen)
        )

    def permitted_to(self, user, permission):
        """Those at enterprises for which `user` holds `permission`."""
        if not user.is_authenticated:
            return self.none()
        if user.sees_everything:
            return self
        return self.filter(
            enterprise__in=Enterprise.objects.permitted_to(user, permission).order_by().values("pk")
        )

    def own(self, user):
        """Of the enterprises of which the person is contact."""
        return self.filter(enterprise__in=user.contact_enterprise_ids)

    def waiting(self, today):
        """Neither read nor answered, of a policy that is still open."""
        return self.filter(
            read_at__isnull=True, answer="", policy__in=Policy.objects.open(today).order_by().values("pk")
        )


class PolicyDelivery(models.Model):
    """That a policy reached an enterprise, what the enterprise says to it, and what came of it.

    Written set-based by `linkages.policies.target.reach`. `amount` is in 10,000 yuan (万元).
    """

    policy = models.ForeignKey(Policy, models.PROTECT, related_name="deliveries", verbose_name="政策")
    enterprise = models.ForeignKey(
        Enterprise, models.PROTECT, related_name="policy_deliveries", verbose_name="企业"
    )
    delivered_at = models.DateTimeField("送达时间")
    read_at = models.DateTimeField("阅读时间", null=True, blank=True)
    read_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+",
        verbose_name="阅读人",
    )  # fmt: skip
    answer = models.CharField("企业答复", max_length=12, choices=PolicyAnswer, blank=True)
    answer_words = models.CharField("答复说明", max_length=LONGEST_WORD, blank=True)
    answered_at = models.DateTimeField("答复时间", null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+",
        verbose_name="答复人",
    )  # fmt: skip
    on_behalf = models.BooleanField("代为登记", default=False)
    result = models.CharField("申请结果", max_length=10, choices=PolicyResult, blank=True)
    result_words = models.CharField("结果说明", max_length=LONGEST_WORD, blank=True)
    amount = models.DecimalField(
        "兑现金额（万元）", max_digits=12, decimal_places=2, null=True, blank=True,
        validators=[MinValueValidator(0)],
    )  # fmt: skip
    result_at = models.DateTimeField("结果登记时间", null=True, blank=True)

    objects = PolicyDeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "政策送达"
        constraints = [
            models.UniqueConstraint(fields=["policy", "enterprise"], name="policy_delivered_once"),
            models.CheckConstraint(
                name="policy_answer_dated",
                condition=Q(answer="", answered_at__isnull=True)
                | ~Q(answer="") & Q(answered_at__isnull=False),
                violation_error_message="答复须有时间。",
            ),
            models.CheckConstraint(
                name="policy_result_of_application",
                condition=Q(result="") | Q(answer=PolicyAnswer.APPLIED),
                violation_error_message="已申请的才有结果。",
            ),
        ]
        indexes = [
            models.Index(fields=["policy", "delivered_at", "id"], name="delivery_policy"),
            models.Index(fields=["enterprise", "delivered_at", "id"], name="delivery_enterprise"),
            models.Index(fields=["delivered_at"], name="delivery_newest"),
        ]

    def __str__(self):
        return f"{self.policy} → {self.enterprise}"

    def delete(self, *args, **kwargs):
        raise TypeError("送达记录不得删除。")

    @property
    def organisation(self):
        """Where the trail files what is done with it."""
        return self.policy.organisation


class PolicyFile(Withdrawable, StoredUpload):
    """The document itself. Withdrawn with a reason; its file stays."""

    policy = models.ForeignKey(Policy, models.PROTECT, related_name="files", verbose_name="政策")

    class Meta:
        verbose_name = verbose_name_plural = "政策附件"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["policy", "sha256"],
                condition=Q(withdrawn_at__isnull=True),
                name="policy_file_once",
                violation_error_message="该政策已有相同的文件。",
            )
        ]

    def __str__(self):
        return f"{self.policy} 附件"


class PolicyEntry(Entry):
    """One line of the history; `reached` is how many enterprises the step reached."""

    policy = models.ForeignKey(Policy, models.PROTECT, related_name="entries", verbose_name="政策")
    act = models.CharField("事项", max_length=10, choices=PolicyAct)
    note = models.CharField("说明", max_length=LONGEST_WORD, blank=True)
    reached = models.PositiveIntegerField("送达企业数", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "政策办理记录"
        ordering = ["pk"]

    def __str__(self):
        return f"{self.policy_id} {self.get_act_display()}"
