"""Pairings (结对带教): who leads whom, for what, and the log of their contacts.

Source: practice of “三培养”, 党员导师制, 党委委员联系专家, 支委联系青年人才.
"""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import DateField, F, Q, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from members.models.append_only import AppendOnly, AppendOnlyQuerySet
from members.models.outside import OutsidePerson
from members.models.recruiting import RecruitmentCase
from members.models.register import HomeQuerySet, Member, root_of
from orgs.fields import EncryptedTextField
from orgs.models import Organisation


class PairingKind(models.TextChoices):
    TO_MEMBER = "to_member", "三培养：把骨干培养成党员"
    TO_EXPERT = "to_expert", "三培养：把党员培养成骨干"
    TO_MANAGER = "to_manager", "三培养：把党员骨干培养成管理骨干"
    MENTOR = "mentor", "导师带徒"
    EXPERT = "expert", "委员联系专家"
    TALENT = "talent", "支委联系青年人才"


class PairingResult(models.TextChoices):
    ACHIEVED = "achieved", "达成"
    MISSED = "missed", "未达成"
    STOPPED = "stopped", "中止"


class PairingContactMeans(models.TextChoices):
    TALK = "talk", "面谈"
    PHONE = "phone", "电话"
    VISIT = "visit", "走访"
    ONLINE = "online", "线上"


LED = ("member", "case", "person")
# What a list sorts by: those that have ended, or that nothing is expected of, come last.
DUE_DAY = Coalesce("due_on", Value(dt.date(9999, 12, 31), DateField()))


class PairingQuerySet(HomeQuerySet):
    def open(self):
        return self.filter(ended_on__isnull=True)

    def overdue(self, today: dt.date):
        return self.open().filter(due_on__lt=today)

    def of_member(self, member):
        """Those in which `member` leads or is led."""
        return self.filter(Q(leader=member) | Q(member=member))

    def with_people(self):
        """Everybody whom a line names, without their numbers."""
        rows = self.select_related("organisation", "leader__organisation", "member", "case", "person")
        hidden = [f"{name}__mobile" for name in ("leader", *LED)]
        hidden += [f"{name}__identity_number" for name in ("leader", "member", "case")]
        return rows.defer(*hidden, "result_note")


def _led_by_one(name):
    others = {f"{other}__isnull": True for other in LED if other != name}
    return Q(**{f"{name}__isnull": False}, **others)


def _once(name):
    return models.UniqueConstraint(
        fields=["kind", "leader", name],
        condition=Q(ended_on__isnull=True) & Q(**{f"{name}__isnull": False}),
        name=f"pairing_once_{name}",
        violation_error_message="两人之间已有同类的结对，请在原结对上登记。",
    )


class Pairing(models.Model):
    """`leader` leads one of: a member, the person of a recruiting case, a person outside the register.

    `last_contact_on` and `due_on` follow from the log and are never typed in: `due_on` is the day by which the next
    contact, or the result once `until` is over, is expected; null when it has ended.
    """

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="pairings", verbose_name="党组织"
    )
    root_id = models.BigIntegerField("顶层组织", editable=False)
    kind = models.CharField("类别", max_length=10, choices=PairingKind)
    leader = models.ForeignKey(
        Member, models.PROTECT, related_name="pairings_led", verbose_name="带教（联系）人"
    )
    member = models.ForeignKey(
        Member, models.PROTECT, null=True, blank=True, related_name="pairings", verbose_name="对象（党员）"
    )
    case = models.ForeignKey(
        RecruitmentCase,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="pairings",
        verbose_name="对象（发展党员）",
    )
    person = models.ForeignKey(
        OutsidePerson,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="pairings",
        verbose_name="对象（册外人员）",
    )
    aim = models.CharField("目标", max_length=200, blank=True)
    since = models.DateField("起")
    until = models.DateField("计划至", null=True, blank=True)
    last_contact_on = models.DateField("最近联系", null=True, blank=True)
    due_on = models.DateField("应联系日期", null=True, blank=True)
    ended_on = models.DateField("结束日期", null=True, blank=True)
    result = models.CharField("结果", max_length=10, choices=PairingResult, blank=True)
    result_note = EncryptedTextField("结果说明")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="登记人"
    )
    created_at = models.DateTimeField("登记时间", default=timezone.now)

    objects = PairingQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "结对带教"
        constraints = [
            models.CheckConstraint(
                name="pairing_leads_one",
                condition=_led_by_one("member") | _led_by_one("case") | _led_by_one("person"),
                violation_error_message="请选择一名对象。",
            ),
            models.CheckConstraint(
                name="pairing_not_oneself",
                condition=Q(member__isnull=True) | ~Q(member=F("leader")),
                violation_error_message="带教人和对象不能是同一人。",
            ),
            models.CheckConstraint(
                name="pairing_until_later",
                condition=Q(until__isnull=True) | Q(until__gte=F("since")),
                violation_error_message="计划结束日期不能早于开始日期。",
            ),
            models.CheckConstraint(
                name="pairing_ended_with_result",
                condition=Q(ended_on__isnull=True, result="") | Q(ended_on__gte=F("since")) & ~Q(result=""),
                violation_error_message="结束日期不能早于开始日期，且须填写结果。",
            ),
            *(_once(name) for name in LED),
        ]
        indexes = [
            models.Index(fields=["organisation", "due_on"], name="pairing_organisation"),
            models.Index(fields=["root_id", "due_on", "id"], name="pairing_root_due"),
            models.Index(fields=["due_on", "id"], name="pairing_due"),
        ]

    def __str__(self):
        return f"{self.leader.name} {self.get_kind_display()}"

    def save(self, *args, **kwargs):
        self.root_id = self.root_id or root_of(self.organisation)
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise TypeError("结对记录不得删除，请登记结果。")

    @property
    def led(self):
        """The member, the case or the person outside."""
        return self.member or self.case or self.person

    @property
    def led_name(self):
        return self.person.shown_name if self.person_id else self.led.name


class PairingContactQuerySet(AppendOnlyQuerySet):
    def visible_to(self, user):
        return self.filter(pairing__in=Pairing.objects.visible_to(user).order_by().values("pk"))

    def effective(self):
        """Neither withdrawn nor a withdrawal."""
        return self.filter(withdraws__isnull=True, withdrawal__isnull=True)


class PairingContact(AppendOnly):
    """One contact. Written once: a mistake is withdrawn by a row that says why."""

    TEXTS = ("gist", "asked", "answered")

    pairing = models.ForeignKey(Pairing, models.PROTECT, related_name="contacts", verbose_name="结对")
    on = models.DateField("日期")
    how = models.CharField("方式", max_length=8, choices=PairingContactMeans)
    gist = EncryptedTextField("主要内容")
    asked = EncryptedTextField("诉求")
    answered = EncryptedTextField("办理情况")
    withdraws = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="withdrawal",
        verbose_name="撤销的记录",
    )
    reason = models.CharField("撤销原因", max_length=200, blank=True)
    recorded_at = models.DateTimeField("记录时间", default=timezone.now)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="记录人"
    )

    objects = PairingContactQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "结对联系记录"
        ordering = ["-on", "-pk"]
        indexes = [models.Index(fields=["pairing", "on"], name="pairing_contact_day")]

    def __str__(self):
        return f"{self.on} {self.get_how_display()}"
