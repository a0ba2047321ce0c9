"""Who is away or here as a guest (流动党员), and how contact with them was kept or sought."""

from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from members.choices import Relation
from members.models.append_only import AppendOnly, AppendOnlyQuerySet
from members.models.register import Member, root_of, within_homes
from orgs.fields import EncryptedTextField, mask_phone
from orgs.models import Organisation


class AbsenceKind(models.TextChoices):
    AWAY = "away", "短期外出（持证明信）"
    FLOATING_OUT = "floating_out", "流出"
    FLOATING_IN = "floating_in", "流入"
    ABROAD = "abroad", "出国（境）"
    GRADUATE = "graduate", "毕业生保留"
    LOST = "lost", "失联"


class AbsenceEnd(models.TextChoices):
    RETURNED = "returned", "返回参加组织生活"
    TRANSFERRED = "transferred", "已转接组织关系"
    LOST = "lost", "转为失联"
    FLOATING = "floating", "登记为流动党员"
    LEFT = "left", "已离册"
    OTHER = "other", "其他"


K = AbsenceKind
# What an absence makes of the relation of a member; the others leave it in the register.
RELATIONS = {
    K.FLOATING_OUT: Relation.FLOATING_OUT,
    K.ABROAD: Relation.RESERVED,
    K.GRADUATE: Relation.RESERVED,
}


class ContactMeans(models.TextChoices):
    PHONE = "phone", "电话"
    MESSAGE = "message", "短信、微信"
    MAIL = "mail", "信函、邮件"
    VISIT = "visit", "上门走访"
    FAMILY = "family", "联系家属、亲友"
    EMPLOYER = "employer", "联系工作单位"
    AUTHORITY = "authority", "公安、社区核查"
    OTHER = "other", "其他"


class AbsenceQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Seen at the member's home and where they take part as guests."""
        if not user.is_authenticated:
            return self.none()
        if user.sees_everything:
            return self
        return self.filter(
            within_homes(user, "members.view", home="member__organisation", root="member__root_id")
            | within_homes(user, "members.view", home="host", root="host_root_id")
        )

    def open(self):
        return self.filter(closed_on__isnull=True)

    def with_last_contact(self):
        """Adds `last_contact_on`, the day the person was last reached, or the beginning of the absence."""
        reached = ContactEntry.objects.filter(absence=OuterRef("pk"), reached=True).order_by("-on")
        return self.annotate(last_contact_on=Coalesce(Subquery(reached.values("on")[:1]), F("since")))


class Absence(models.Model):
    """A member who is away, or a guest from outside the register (`member` empty, `guest_name` filled).

    The relation stays at home; guests are counted nowhere here. Source: 流动党员管理工作的意见.
    `host` is where they take part when that organisation is in the register: it confirms by `reported_on`.
    """

    member = models.ForeignKey(
        Member, models.PROTECT, null=True, blank=True, related_name="absences", verbose_name="党员"
    )
    guest_name = models.CharField("姓名", max_length=50, blank=True)
    guest_mobile = EncryptedTextField("手机号码")
    home_name = models.CharField("组织关系所在党组织", max_length=120, blank=True)
    kind = models.CharField("类别", max_length=14, choices=AbsenceKind)
    since = models.DateField("起")
    place = models.CharField("去向（地点、单位）", max_length=120, blank=True)
    host = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="guests",
        verbose_name="参加组织生活的党组织",
    )
    host_root_id = models.BigIntegerField("流入地顶层组织", null=True, editable=False)
    host_name = models.CharField("流入地党组织", max_length=120, blank=True)
    contact_person = models.CharField("联系人", max_length=50, blank=True)
    expected_return_on = models.DateField("预计返回日期", null=True, blank=True)
    reported_on = models.DateField("流入地报到日期", null=True, blank=True)
    closed_on = models.DateField("结束日期", null=True, blank=True)
    closed_how = models.CharField("结束方式", max_length=12, choices=AbsenceEnd, blank=True)
    note = models.CharField("说明", max_length=300, blank=True)
    created_at = models.DateTimeField("登记时间", default=timezone.now)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="登记人"
    )

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "流动与外出"
        constraints = [
            models.UniqueConstraint(
                fields=["member"],
                condition=Q(closed_on__isnull=True, member__isnull=False),
                name="absence_one_open",
                violation_error_message="该党员已有未结束的外出登记。",
            ),
            models.CheckConstraint(
                name="absence_guest_or_member",
                condition=Q(kind="floating_in", member__isnull=True, host__isnull=False) & ~Q(guest_name="")
                | ~Q(kind="floating_in") & Q(member__isnull=False, guest_name=""),
                violation_error_message="流入党员填写姓名和参加组织生活的党组织，其他类别选择本组织党员。",
            ),
            models.CheckConstraint(
                name="absence_closed_later",
                condition=Q(closed_on__isnull=True, closed_how="")
                | Q(closed_on__gte=F("since")) & ~Q(closed_how=""),
                violation_error_message="结束日期不能早于开始日期，且须填写结束方式。",
            ),
        ]
        indexes = [
            models.Index(fields=["host_root_id", "since", "id"], name="absence_host_root"),
            models.Index(fields=["closed_on", "kind", "since"], name="absence_open_kind"),
        ]

    def __str__(self):
        return f"{self.name} {self.get_kind_display()}"

    def save(self, *args, **kwargs):
        if self._state.adding:
            self.host_root_id = root_of(self.host) if self.host_id else None
        super().save(*args, **kwargs)

    @property
    def name(self):
        return self.member.name if self.member_id else self.guest_name

    @property
    def home_words(self):
        return str(self.member.organisation) if self.member_id else self.home_name

    @property
    def host_words(self):
        return str(self.host or self.host_name)

    @property
    def masked_mobile(self):
        return self.member.masked_mobile if self.member_id else mask_phone(self.guest_mobile)

    @property
    def keeper(self):
        """The organisation that keeps this record: the home, for guests from outside the host."""
        return self.member.organisation if self.member_id else self.host


class ContactEntry(AppendOnly):
    """One attempt to reach the person; the log that a search for the lost must show."""

    absence = models.ForeignKey(Absence, models.PROTECT, related_name="contacts", verbose_name="外出登记")
    on = models.DateField("日期")
    means = models.CharField("方式", max_length=10, choices=ContactMeans)
    person = models.CharField("联系人", max_length=50)
    reached = models.BooleanField("已联系上", default=False)
    result = models.CharField("情况", max_length=200)
    recorded_at = models.DateTimeField("记录时间", default=timezone.now)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="记录人"
    )

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "联系记录"
        ordering = ["-on", "-pk"]
        indexes = [models.Index(fields=["absence", "on"], name="contact_entry_day")]

    def __str__(self):
        return f"{self.on} {self.get_means_display()}"
