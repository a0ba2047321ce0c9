"""Transfer of the organisational relation (组织关系转接): the case, its letters and its timeline."""

import json

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from members.choices import IdentityType, Membership, Relation
from members.models.append_only import AppendOnly
from members.models.register import Member, root_of, within_homes
from orgs.fields import BlindIndexField, EncryptedTextField, mask_identity
from orgs.models import Organisation


class TransferDirection(models.TextChoices):
    OUT = "out", "转出本系统"
    IN = "in", "从外部转入"
    INSIDE = "inside", "内部转接"


class TransferState(models.TextChoices):
    INITIATED = "initiated", "发起"
    SENDING_REVIEW = "sending_review", "转出审核"
    IN_TRANSIT = "in_transit", "在途"
    RECEIVING_REVIEW = "receiving_review", "接收审核"
    ACCEPTED = "accepted", "已接收"
    RETURNED = "returned", "退回"
    WITHDRAWN = "withdrawn", "撤回"


S = TransferState
OPEN_STATES = (S.INITIATED, S.SENDING_REVIEW, S.IN_TRANSIT, S.RECEIVING_REVIEW)
UNDER_WAY = (S.IN_TRANSIT, S.RECEIVING_REVIEW)


class TransferQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Both sides see a case; the receiving one from the letter on, although the member is not theirs yet."""
        if not user.is_authenticated:
            return self.none()
        if user.sees_everything:
            return self
        sent = Q(direction=TransferDirection.IN) | Q(issued_on__isnull=False)
        return self.filter(
            within_homes(user, "members.view", home="from_organisation", root="from_root_id")
            | within_homes(user, "members.view", home="to_organisation", root="to_root_id") & sent
        )

    def open(self):
        return self.filter(state__in=OPEN_STATES)

    def overdue(self, on=None):
        """Open, and the letter has expired."""
        return self.filter(state__in=UNDER_WAY, expires_on__lt=on or timezone.localdate())


class Transfer(models.Model):
    """One case. The old organisation answers for the member until acceptance (教育管理工作条例 art. 26).

    A side outside the register has a name and no organisation. `member` is empty while somebody comes from outside;
    until then `person` holds their particulars (JSON, encrypted), which acceptance moves into the register.
    `expires_on` is the last day on which the letter is valid. `relation_before` is what the member returns to when
    nothing comes of it.
    """

    member = models.ForeignKey(
        Member, models.PROTECT, null=True, blank=True, related_name="transfers", verbose_name="党员"
    )
    person_name = models.CharField("姓名", max_length=50)
    identity_type = models.CharField(
        "证件类型", max_length=10, choices=IdentityType, default=IdentityType.RESIDENT
    )
    identity_number = EncryptedTextField("证件号码")
    identity_hash = BlindIndexField("证件号码索引", of="identity_number", db_index=True)
    person = EncryptedTextField("转入人员信息")
    membership = models.CharField("党员类别", max_length=12, choices=Membership)
    direction = models.CharField("方向", max_length=6, choices=TransferDirection)
    state = models.CharField("状态", max_length=16, choices=TransferState, default=S.INITIATED)
    state_since = models.DateField("状态起", default=timezone.localdate)
    from_organisation = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="transfers_out",
        verbose_name="转出党组织",
    )
    from_name = models.CharField("外部转出党组织", max_length=120, blank=True)
    from_root_id = models.BigIntegerField("转出方顶层组织", null=True, editable=False)
    to_organisation = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="transfers_in",
        verbose_name="接收党组织",
    )
    to_name = models.CharField("外部接收党组织", max_length=120, blank=True)
    to_root_id = models.BigIntegerField("接收方顶层组织", null=True, editable=False)
    reason = models.CharField("转接事由", max_length=200)
    dues_paid_until = models.DateField("党费交至", help_text="该月1日。")
    letter_no = models.CharField("介绍信编号", max_length=40, blank=True)
    issued_on = models.DateField("介绍信开具日期", null=True, blank=True)
    valid_days = models.PositiveSmallIntegerField("有效期（天）", null=True, blank=True)
    expires_on = models.DateField("有效期至", null=True, blank=True)
    accepted_on = models.DateField("接收日期", null=True, blank=True)
    receipt_on = models.DateField("回执日期", null=True, blank=True)
    receipt_no = models.CharField("回执编号", max_length=40, blank=True)
    close_reason = models.CharField("退回或撤回原因", max_length=200, blank=True)
    relation_before = models.CharField("原组织关系状态", max_length=12, choices=Relation, blank=True)
    needs_check = models.BooleanField("突击发展核查", default=False)
    started_on = models.DateField("发起日期", default=timezone.localdate)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="发起人"
    )
    updated_at = models.DateTimeField("更新时间", default=timezone.now)

    objects = TransferQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "组织关系转接"
        constraints = [
            models.UniqueConstraint(
                fields=["member"],
                condition=Q(state__in=OPEN_STATES, member__isnull=False),
                name="transfer_one_open",
                violation_error_message="该党员已有正在办理的转接。",
            ),
            models.UniqueConstraint(
                fields=["identity_hash"],
                condition=Q(state__in=OPEN_STATES) & ~Q(identity_hash=""),
                name="transfer_one_open_person",
                violation_error_message="该人员已有正在办理的转入。",
            ),
            models.CheckConstraint(
                name="transfer_sides",
                condition=Q(direction="out", from_organisation__isnull=False, to_organisation__isnull=True)
                | Q(direction="in", from_organisation__isnull=True, to_organisation__isnull=False)
                | Q(direction="inside", from_organisation__isnull=False, to_organisation__isnull=False),
                violation_error_message="转出、接收党组织与转接方向不符。",
            ),
            models.CheckConstraint(
                name="transfer_has_member",
                condition=Q(member__isnull=False) | Q(direction="in") & ~Q(state="accepted"),
                violation_error_message="请选择党员。",
            ),
            models.CheckConstraint(
                name="transfer_dated_acceptance",
                condition=~Q(state="accepted") | Q(accepted_on__isnull=False),
                violation_error_message="请填写接收日期。",
            ),
        ]
        indexes = [
            models.Index(fields=["from_root_id", "started_on", "id"], name="transfer_from_root"),
            models.Index(fields=["to_root_id", "started_on", "id"], name="transfer_to_root"),
            models.Index(fields=["state", "expires_on"], name="transfer_state_expiry"),
        ]

    def __str__(self):
        return f"{self.person_name} {self.from_words} → {self.to_words}"

    def save(self, *args, **kwargs):
        if self._state.adding:
            self.from_root_id = root_of(self.from_organisation) if self.from_organisation_id else None
            self.to_root_id = root_of(self.to_organisation) if self.to_organisation_id else None
        super().save(*args, **kwargs)

    @property
    def from_words(self):
        return str(self.from_organisation or self.from_name)

    @property
    def to_words(self):
        return str(self.to_organisation or self.to_name)

    @property
    def is_open(self):
        return self.state in OPEN_STATES

    @property
    def is_under_way(self):
        return self.state in UNDER_WAY

    @property
    def is_expired(self):
        return self.is_under_way and self.expires_on is not None and self.expires_on < timezone.localdate()

    @property
    def masked_identity(self):
        return self.member.masked_identity if self.member_id else mask_identity(self.identity_number)

    @property
    def particulars(self) -> dict:
        """What is known of somebody from outside, field by field; dates as ISO text."""
        return json.loads(self.person) if self.person else {}


class TransferLetter(AppendOnly):
    """A letter of introduction (介绍信) issued here. `number` counts without gaps in a year of a top organisation."""

    transfer = models.ForeignKey(Transfer, models.PROTECT, related_name="letters", verbose_name="转接")
    root_id = models.BigIntegerField("顶层组织", editable=False)
    year = models.PositiveSmallIntegerField("年度")
    number = models.PositiveIntegerField("序号")
    issuer = models.ForeignKey(
        Organisation, models.PROTECT, related_name="letters", verbose_name="开具党组织"
    )
    issued_on = models.DateField("开具日期")
    valid_days = models.PositiveSmallIntegerField("有效期（天）")
    expires_on = models.DateField("有效期至")
    dues_paid_until = models.DateField("党费交至")
    statement = models.CharField("重开说明", max_length=300, blank=True)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="开具人"
    )

    class Meta:
        verbose_name = verbose_name_plural = "组织关系介绍信"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["root_id", "year", "number"], name="letter_number_once"),
        ]

    def __str__(self):
        return self.words

    @property
    def words(self):
        return f"〔{self.year}〕第{self.number:04d}号"


class TransferEntry(AppendOnly):
    """A line of the timeline: which state was reached when, by whom, for which organisation."""

    transfer = models.ForeignKey(Transfer, models.PROTECT, related_name="entries", verbose_name="转接")
    state = models.CharField("状态", max_length=16, choices=TransferState)
    what = models.CharField("办理事项", max_length=30)
    on = models.DateField("日期")
    at = models.DateTimeField("记录时间", default=timezone.now)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="党组织"
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="办理人"
    )
    note = models.CharField("说明", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "转接过程"
        ordering = ["pk"]

    def __str__(self):
        return f"{self.on} {self.what}"
