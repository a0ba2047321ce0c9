"""The talent pool (人才库): what the rule does not say by itself. Who fulfils it is computed (`members.talent`)."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from members.models.outside import Consented, OutsidePerson
from members.models.register import HomeQuerySet, Member, within_homes


class TalentStance(models.TextChoices):
    IN = "in", "手工列入"
    OUT = "out", "移出"


class TalentEnd(models.TextChoices):
    WITHDRAWN = "withdrawn", "本人撤回同意"
    REMOVED = "removed", "移出"
    RESTORED = "restored", "恢复"


class TalentEntryQuerySet(HomeQuerySet):
    def permitted_to(self, user, permission):
        """At the home of the member, or where the person outside is kept."""
        return self.scoped(
            user,
            lambda: (
                within_homes(user, permission, home="member__organisation", root="member__root_id")
                | within_homes(user, permission, home="person__organisation", root="person__root_id")
            ),
        )

    def open(self):
        return self.filter(ended_on__isnull=True)


class TalentEntry(Consented):
    """Somebody entered by hand, with consent, or a member taken out although the rule says otherwise."""

    member = models.ForeignKey(
        Member, models.PROTECT, null=True, blank=True, related_name="talent_entries", verbose_name="党员"
    )
    person = models.ForeignKey(
        OutsidePerson,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="talent_entries",
        verbose_name="册外人员",
    )
    stance = models.CharField("登记", max_length=3, choices=TalentStance)
    since = models.DateField("起")
    reason = models.CharField("理由", max_length=200, blank=True)
    ended_on = models.DateField("结束日期", null=True, blank=True)
    ended_how = models.CharField("结束方式", max_length=10, choices=TalentEnd, blank=True)
    end_reason = models.CharField("结束原因", max_length=200, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="登记人"
    )
    created_at = models.DateTimeField("登记时间", default=timezone.now)

    objects = TalentEntryQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "人才库登记"
        constraints = [
            models.CheckConstraint(
                name="talent_member_or_person",
                condition=Q(member__isnull=False, person__isnull=True)
                | Q(member__isnull=True, person__isnull=False, stance="in"),
                violation_error_message="请选择党员或册外人员。",
            ),
            models.CheckConstraint(
                name="talent_member_consented",
                condition=Q(member__isnull=True)
                | Q(stance="out") & ~Q(reason="")
                | Q(stance="in", consent_on__isnull=False) & ~Q(consent_how=""),
                violation_error_message="手工列入须有本人同意，移出须说明理由。",
            ),
            models.CheckConstraint(
                name="talent_ended_with_reason",
                condition=Q(ended_on__isnull=True, ended_how="")
                | Q(ended_on__gte=F("since")) & ~Q(ended_how=""),
                violation_error_message="结束日期不能早于开始日期，且须填写结束方式。",
            ),
            models.UniqueConstraint(
                fields=["member"],
                condition=Q(ended_on__isnull=True, member__isnull=False),
                name="talent_one_open_of_member",
                violation_error_message="该党员已有有效的人才库登记。",
            ),
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(ended_on__isnull=True, person__isnull=False),
                name="talent_one_open_of_person",
                violation_error_message="该人员已在人才库中。",
            ),
        ]

    def __str__(self):
        return f"{self.member or self.person} {self.get_stance_display()}"

    def delete(self, *args, **kwargs):
        raise TypeError("人才库登记不得删除，请登记结束及原因。")
