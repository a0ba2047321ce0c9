"""Accounts of people at partner units."""

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from linkages.models.partners import Partner
from orgs.models import Appointment, Role


class PartnerLiaisonQuerySet(models.QuerySet):
    def visible_to(self, user):
        """With the register of partner units."""
        return self.filter(partner__in=Partner.objects.visible_to(user).order_by().values("pk"))

    def current(self):
        return self.filter(ended_on__isnull=True)

    def with_access(self):
        """Adds `may_sign_in`: the account is in use and holds its appointment, which account managers may end too."""
        held = Appointment.objects.current().filter(
            user=OuterRef("user"),
            user__is_active=True,
            role=Role.PARTNER,
            organisation=OuterRef("partner__organisation"),
        )
        return self.annotate(may_sign_in=Exists(held))


class PartnerLiaison(models.Model):
    """共建单位联络员: that an account speaks for a unit. It sees something while it also holds `Role.PARTNER` at the top
    organisation of the register; one account may speak for several units of it."""

    partner = models.ForeignKey(Partner, models.PROTECT, related_name="liaisons", verbose_name="共建单位")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="partner_liaisons", verbose_name="账号"
    )
    since = models.DateField("任用日期", default=timezone.localdate)
    ended_on = models.DateField("结束日期", null=True, blank=True)
    end_reason = models.CharField("结束原因", max_length=200, blank=True)
    appointed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="任用人"
    )
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="结束人"
    )

    objects = PartnerLiaisonQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "共建单位联络员"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "user"],
                condition=Q(ended_on__isnull=True),
                name="partner_liaison_once",
                violation_error_message="该账号已是本单位的联络员。",
            ),
            models.CheckConstraint(
                name="partner_liaison_ended",
                condition=Q(ended_on__isnull=True, end_reason="")
                | Q(ended_on__gte=F("since")) & ~Q(end_reason=""),
                violation_error_message="结束日期不能早于任用日期，且须说明原因。",
            ),
        ]

    def __str__(self):
        return f"{self.user}（{self.partner}）"

    def delete(self, *args, **kwargs):
        raise TypeError("联络员记录不得删除，请登记结束及原因。")


def partner_ids(user) -> list[int]:
    """The units whose liaison the account is today; asked once per request, and of nobody but liaisons."""
    if not user.is_authenticated:
        return []
    if not hasattr(user, "_partner_ids"):
        tops = [a.organisation_id for a in user.current_appointments if a.role == Role.PARTNER]
        own = PartnerLiaison.objects.current().filter(user=user, partner__organisation__in=tops)
        user._partner_ids = list(own.values_list("partner", flat=True)) if tops else []
    return user._partner_ids
