"""Orders (点单): what an enterprise or a member asks for, who answers, and every step between."""

import re
import uuid

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from linkages.models.agreements import Agreement
from linkages.models.entries import Entry
from linkages.models.liaisons import partner_ids
from linkages.models.lists import ItemKind, Need
from linkages.models.partners import Partner
from members.models import Member, root_of, within_homes
from orgs.access import has
from orgs.fields import EncryptedTextField
from orgs.models import Enterprise, Organisation
from orgs.tree import STEP

MOST_HOURS, MOST_COUNTED = 400, 1_000_000
LONGEST_TEXT = 200
STARS = (1, 2, 3, 4, 5)


class OrderGroup(models.TextChoices):
    ENTERPRISE = "enterprise", "企业服务"
    TALENT = "talent", "人才服务"


class OrderState(models.TextChoices):
    RAISED = "raised", "待受理"
    ADMITTED = "admitted", "待派单"
    DISPATCHED = "dispatched", "待接单"
    WORKING = "working", "办理中"
    DONE = "done", "待评价"
    RATED = "rated", "已评价"
    UNRATED = "unrated", "未评价"
    REJECTED = "rejected", "不予受理"
    CANCELLED = "cancelled", "已取消"


TRIAGE = (OrderState.RAISED, OrderState.ADMITTED)
OPEN = (*TRIAGE, OrderState.DISPATCHED, OrderState.WORKING)
FINISHED = (OrderState.DONE, OrderState.RATED, OrderState.UNRATED)
TAKEN = (OrderState.WORKING, *FINISHED)
WITH_HANDLER = (OrderState.DISPATCHED, *TAKEN)
REFUSED = (OrderState.REJECTED, OrderState.CANCELLED)


class OrderAct(models.TextChoices):
    """Every step; what each asks for and who may take it: `linkages.orders.transitions`."""

    RAISE = "raise", "点单"
    ADMIT = "admit", "受理"
    REJECT = "reject", "不予受理"
    DISPATCH = "dispatch", "派单"
    ACCEPT = "accept", "接单"
    DECLINE = "decline", "退单"
    NOTE = "note", "登记进展"
    FINISH = "finish", "办结"
    RATE = "rate", "评价"
    REOPEN = "reopen", "退回重办"
    CANCEL = "cancel", "取消"
    RECALL = "recall", "收回"
    WHISTLE = "whistle", "吹哨"
    ARRIVE = "arrive", "报到"
    RELEASE = "release", "免予报到"
    ESCALATE = "escalate", "逾期上报"
    FALL_BACK = "fall_back", "转兜底单位"
    BIND = "bind", "关联协议"
    CLOSE = "close", "未评价结束"


class Ground(models.TextChoices):
    """Why a whistle is blown. Source: 吹哨报到."""

    DEMAND = "demand", "诉求强烈"
    JOINT = "joint", "需要联合处置"
    EMERGENCY = "emergency", "突发情况"


def one_unit(prefix: str = "") -> Q:
    """The condition “not both an organisation and a partner”."""
    return Q(**{f"{prefix}__isnull": True}) | Q(**{f"{prefix}_partner__isnull": True})


class OrderKindQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those of the top organisations above everything that concerns the person."""
        if not user.is_authenticated:
            return self.none()
        return self if user.sees_everything else self.filter(organisation__in=_tops_of(user))

    def open(self):
        return self.filter(closed_at__isnull=True)


NUMBER = re.compile(r"(?:DD)?0*(\d{1,15})", re.IGNORECASE)


def _tops_of(user) -> set[int]:
    paths = {appointment.organisation.path[:STEP] for appointment in user.current_appointments}
    return set(Organisation.objects.filter(path__in=paths).order_by().values_list("pk", flat=True))


class OrderKind(models.Model):
    """What may be asked for below a top organisation, with its time limits in working hours.

    Of a private kind (health, family) only those who handle the order read the words. `last_resort` gets what nobody
    answered in time (None: the top organisation itself).
    """

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="order_kinds", verbose_name="顶层组织"
    )
    group = models.CharField("类别", max_length=10, choices=OrderGroup)
    name = models.CharField("事项名称", max_length=40)
    topic = models.CharField(
        "资源类别", max_length=24, choices=ItemKind, blank=True, help_text="按此类别从资源清单推荐办理单位。"
    )
    position = models.PositiveSmallIntegerField("顺序", default=0)
    triage_hours = models.PositiveSmallIntegerField(
        "受理派单时限（工作小时）",
        default=8,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_HOURS)],
    )
    accept_hours = models.PositiveSmallIntegerField(
        "接单时限（工作小时）", default=8, validators=[MinValueValidator(1), MaxValueValidator(MOST_HOURS)]
    )
    finish_hours = models.PositiveSmallIntegerField(
        "办结时限（工作小时）", default=75, validators=[MinValueValidator(1), MaxValueValidator(MOST_HOURS)]
    )
    is_private = models.BooleanField("不公开", default=False, help_text="内容只给诉求人和办理人员看。")
    last_resort = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="兜底单位"
    )
    closed_at = models.DateTimeField("停用时间", null=True, blank=True)
    updated_at = models.DateTimeField("更新时间", default=timezone.now)

    objects = OrderKindQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "订单事项"
        ordering = ["group", "position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "name"],
                name="order_kind_once",
                violation_error_message="已有同名事项。",
            )
        ]

    def __str__(self):
        return self.name

    def delete(self, *args, **kwargs):
        raise TypeError("订单事项不得删除，请停用。")


class OrderQuerySet(models.QuerySet):
    def visible_to(self, user):
        """One's own enterprise's or one's own; raised, overseen, handled or called for in the person's scope."""
        if not user.is_authenticated:
            return self.none()
        if user.sees_everything:
            return self
        seen = self.own_condition(user)
        if has(user, "linkages.view"):
            seen |= self._at(user, "linkages.view") | Q(raised_by=user)
        if partners := partner_ids(user):
            called = OrderCall.objects.filter(partner__in=partners, order=OuterRef("pk"))
            seen |= Q(handler_partner__in=partners) | Q(Exists(called))
        return self.filter(seen)

    def search(self, text):
        """The words or who asks contain `text`, or it is the number; nothing of a private order is searched."""
        found = Q(text__icontains=text) | Q(is_private=False, enterprise__name__icontains=text)
        if match := NUMBER.fullmatch(text):
            found |= Q(pk=int(match[1]))
        return self.filter(found)

    def permitted_to(self, user, permission):
        """Overseen, handled or called for where `user` holds `permission`."""
        if not user.is_authenticated:
            return self.none()
        return self if user.sees_everything else self.filter(self._at(user, permission))

    @staticmethod
    def own_condition(user) -> Q:
        # The member by key: a join would read all members beside every list of orders.
        own = Member.objects.filter(account=user).order_by().values("pk")
        return Q(enterprise__in=user.contact_enterprise_ids) | Q(member__in=own)

    @staticmethod
    def _at(user, permission) -> Q:
        called = OrderCall.objects.filter(
            within_homes(user, permission, root="order__root_id"), order=OuterRef("pk")
        )
        return (
            within_homes(user, permission)
            | within_homes(user, permission, home="handler")
            | Q(Exists(called))
        )

    def own(self, user):
        return self.filter(self.own_condition(user)) if user.is_authenticated else self.none()

    def overseen_by(self, user):
        """By the organisations where the person changes."""
        if user.sees_everything:
            return self
        return self.filter(within_homes(user, "linkages.change"))

    def handled_by(self, user):
        if user.sees_everything:
            return self.filter(handler__isnull=False)
        inside = within_homes(user, "linkages.change", home="handler") & Q(handler__isnull=False)
        return self.filter(inside | Q(handler_partner__in=partner_ids(user)))

    def with_units(self):
        """With what says who may do what, and what a line of a list shows."""
        return (
            self.select_related("organisation", "kind", "enterprise", "member", "handler", "handler_partner")
            .defer("enterprise__contact_phone", "member__identity_number", "member__mobile")
            .prefetch_related(
                models.Prefetch("calls", OrderCall.objects.select_related("organisation", "partner"))
            )
        )

    def with_links(self, user):
        """Adds `sees_agreement` and `sees_need`: whether the person may follow the two links."""
        agreements = Agreement.objects.visible_to(user).filter(pk=OuterRef("agreement"))
        needs = Need.objects.visible_to(user).filter(pk=OuterRef("need"))
        return self.annotate(sees_agreement=Exists(agreements), sees_need=Exists(needs))

    def open(self):
        return self.filter(state__in=OPEN)

    def standing(self):
        """Neither refused nor cancelled."""
        return self.exclude(state__in=REFUSED)

    def counted(self):
        """Whose result counts among what their agreement brought: rated by whoever asked (S27, S34)."""
        return self.filter(state=OrderState.RATED)

    def overdue(self, at=None):
        return self.filter(state__in=OPEN, due_at__lt=at or timezone.now())


class Order(models.Model):
    """One order. `organisation` oversees it from the first day to the last; who answers is `handler` or a partner unit.

    Of what is private, the words stand in the encrypted columns, and the others are empty. `stage` counts the clocks
    that ran: each change of hands starts a new one, due at `due_at`; what is late goes up at `escalate_at`.
    """

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="orders", verbose_name="统筹党组织"
    )
    root_id = models.BigIntegerField("顶层组织", editable=False)
    kind = models.ForeignKey(OrderKind, models.PROTECT, related_name="orders", verbose_name="事项")
    is_private = models.BooleanField("不公开", default=False, editable=False)
    enterprise = models.ForeignKey(
        Enterprise, models.PROTECT, null=True, blank=True, related_name="orders", verbose_name="企业"
    )
    member = models.ForeignKey(
        Member, models.PROTECT, null=True, blank=True, related_name="orders", verbose_name="党员"
    )
    text = models.CharField("诉求", max_length=LONGEST_TEXT, blank=True)
    private_text = EncryptedTextField("诉求（不公开）")
    is_urgent = models.BooleanField("紧急", default=False)
    on_behalf = models.BooleanField("代为点单", default=False)
    raised_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="点单人"
    )
    raised_at = models.DateTimeField("点单时间", default=timezone.now)
    ticket = models.UUIDField("点单凭据", default=uuid.uuid4, unique=True, editable=False)

    state = models.CharField("状态", max_length=10, choices=OrderState, default=OrderState.RAISED)
    stage = models.PositiveIntegerField("环节序号", default=1, editable=False)
    due_at = models.DateTimeField("本环节期限", null=True, blank=True)
    escalate_at = models.DateTimeField("上报时间", null=True, blank=True, editable=False)
    handler = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="handled_orders", verbose_name="办理党组织"
    )  # fmt: skip
    handler_partner = models.ForeignKey(
        Partner, models.PROTECT, null=True, blank=True, related_name="handled_orders", verbose_name="办理共建单位"
    )  # fmt: skip
    agreement = models.ForeignKey(
        Agreement, models.PROTECT, null=True, blank=True, related_name="orders", verbose_name="所依协议"
    )
    need = models.ForeignKey(
        Need, models.PROTECT, null=True, blank=True, related_name="orders", verbose_name="来自需求"
    )
    ground = models.CharField("吹哨事由", max_length=10, choices=Ground, blank=True)
    whistled_at = models.DateTimeField("吹哨时间", null=True, blank=True)

    result = models.CharField("办理结果", max_length=LONGEST_TEXT, blank=True)
    private_result = EncryptedTextField("办理结果（不公开）")
    amount_yuan = models.DecimalField(
        "涉及金额（元）", max_digits=14, decimal_places=2, null=True, blank=True,
        validators=[MinValueValidator(0)],
    )  # fmt: skip
    persons = models.PositiveIntegerField("受益人数", default=0, validators=[MaxValueValidator(MOST_COUNTED)])
    patents = models.PositiveIntegerField(
        "专利（项）", default=0, validators=[MaxValueValidator(MOST_COUNTED)]
    )
    contracts = models.PositiveIntegerField(
        "签约（项）", default=0, validators=[MaxValueValidator(MOST_COUNTED)]
    )
    finished_at = models.DateTimeField("办结时间", null=True, blank=True)
    rating = models.PositiveSmallIntegerField("评分", null=True, blank=True)
    rating_words = models.CharField("评语", max_length=LONGEST_TEXT, blank=True)
    private_rating_words = EncryptedTextField("评语（不公开）")
    closed_at = models.DateTimeField("结束时间", null=True, blank=True)
    updated_at = models.DateTimeField("更新时间", default=timezone.now)

    objects = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "订单"
        constraints = [
            models.CheckConstraint(
                name="order_one_requester",
                condition=Q(enterprise__isnull=False, member__isnull=True)
                | Q(enterprise__isnull=True, member__isnull=False),
                violation_error_message="订单须由一家企业或一名党员提出。",
            ),
            models.CheckConstraint(
                name="order_one_handler",
                condition=one_unit("handler")
                & (~Q(state__in=WITH_HANDLER) | Q(handler__isnull=False) | Q(handler_partner__isnull=False)),
                violation_error_message="派单后须有一个办理单位。",
            ),
            models.CheckConstraint(
                name="order_rated_by_rating",
                condition=Q(state=OrderState.RATED, rating__gte=min(STARS), rating__lte=max(STARS))
                | ~Q(state=OrderState.RATED) & Q(rating__isnull=True),
                violation_error_message="评分为1至5分，且只有已评价的订单才有评分。",
            ),
            models.CheckConstraint(
                name="order_private_words",
                condition=Q(is_private=False) | Q(text="", result="", rating_words=""),
                violation_error_message="不公开的内容须加密保存。",
            ),
            models.CheckConstraint(
                name="order_open_has_deadline",
                condition=~Q(state__in=(*OPEN, OrderState.DONE)) | Q(due_at__isnull=False),
                violation_error_message="未结束的订单须有期限。",
            ),
            models.UniqueConstraint(
                fields=["need"],
                condition=Q(need__isnull=False) & ~Q(state__in=REFUSED),
                name="order_need_once",
                violation_error_message="该需求已转为点单。",
            ),
        ]
        indexes = [
            models.Index(fields=["root_id", "raised_at", "id"], name="order_root_raised"),
            models.Index(fields=["organisation", "state", "due_at"], name="order_overseer"),
            models.Index(fields=["handler", "state", "due_at"], name="order_handler"),
            models.Index(fields=["state", "due_at"], name="order_due"),
            models.Index(
                fields=["escalate_at"], condition=Q(escalate_at__isnull=False), name="order_escalate"
            ),
        ]

    def __str__(self):
        return f"{self.number} {self.subject}"

    def save(self, *args, **kwargs):
        self.root_id = self.root_id or root_of(self.organisation)
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise TypeError("订单不得删除，请登记取消及原因。")

    @property
    def number(self) -> str:
        return f"DD{self.pk:06d}"

    @property
    def subject(self) -> str:
        """For messages and the trail, which may stand beside a name: a private kind would say too much."""
        return "不公开事项" if self.is_private else self.kind.name

    @property
    def unit(self):
        """Who answers: an organisation, a partner unit, or None."""
        return self.handler or self.handler_partner

    @property
    def requester(self):
        return self.enterprise or self.member

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def is_overdue(self) -> bool:
        return self.is_open and self.due_at < timezone.now()

    @property
    def words(self) -> str:
        return self.private_text if self.is_private else self.text

    @property
    def result_words(self) -> str:
        return self.private_result if self.is_private else self.result

    @property
    def rating_sentence(self) -> str:
        return self.private_rating_words if self.is_private else self.rating_words

    def write(self, field: str, words: str) -> None:
        """Puts `words` into the column of `field` that its privacy asks for."""
        setattr(self, f"private_{field}" if self.is_private else field, words)


class OrderEntry(Entry):
    """One line of the timeline. `state` is the one it led to; `rung` is set where the order went up (once each)."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="entries", verbose_name="订单")
    act = models.CharField("事项", max_length=10, choices=OrderAct)
    state = models.CharField("状态", max_length=10, choices=OrderState)
    stage = models.PositiveIntegerField("环节序号")
    rung = models.PositiveSmallIntegerField("上报次序", null=True, blank=True)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="党组织"
    )
    partner = models.ForeignKey(
        Partner, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="共建单位"
    )
    note = models.CharField("说明", max_length=LONGEST_TEXT, blank=True)
    private_note = EncryptedTextField("说明（不公开）")

    class Meta:
        verbose_name = verbose_name_plural = "订单办理记录"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["order", "stage", "rung"], condition=Q(rung__isnull=False), name="order_rung_once"
            )
        ]
        indexes = [models.Index(fields=["at"], name="order_entry_at")]

    def __str__(self):
        return f"{self.order_id} {self.get_act_display()}"

    @property
    def words(self) -> str:
        return self.note or self.private_note

    @property
    def unit(self):
        return self.organisation or self.partner


class OrderCall(models.Model):
    """A unit that was whistled for: it reports, or is released with a reason."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="calls", verbose_name="订单")
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="order_calls", verbose_name="党组织"
    )
    partner = models.ForeignKey(
        Partner, models.PROTECT, null=True, blank=True, related_name="order_calls", verbose_name="共建单位"
    )
    called_at = models.DateTimeField("吹哨时间")
    due_at = models.DateTimeField("报到期限")
    arrived_at = models.DateTimeField("报到时间", null=True, blank=True)
    released_at = models.DateTimeField("免予报到时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "吹哨报到"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="order_call_one_unit",
                condition=Q(organisation__isnull=False, partner__isnull=True)
                | Q(organisation__isnull=True, partner__isnull=False),
            ),
            models.CheckConstraint(
                name="order_call_arrives_later",
                condition=Q(arrived_at__isnull=True)
                | Q(released_at__isnull=True, arrived_at__gte=F("called_at")),
            ),
            models.UniqueConstraint(
                fields=["order", "organisation"],
                condition=Q(organisation__isnull=False, released_at__isnull=True),
                name="order_call_organisation_once",
            ),
            models.UniqueConstraint(
                fields=["order", "partner"],
                condition=Q(partner__isnull=False, released_at__isnull=True),
                name="order_call_partner_once",
            ),
        ]

    def __str__(self):
        return f"{self.order_id} {self.unit}"

    @property
    def unit(self):
        return self.organisation or self.partner

    @property
    def waits(self) -> bool:
        return self.arrived_at is None and self.released_at is None

    @property
    def is_late(self) -> bool:
        return self.waits and self.due_at < timezone.now()
