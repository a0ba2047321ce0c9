"""Agreements (联建共建协议): who with whom, for what, how long, and what is promised for each year."""

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from linkages.models.liaisons import PartnerLiaison, partner_ids
from linkages.models.partners import Partner
from members.models import root_of, within_homes
from members.models.append_only import AppendOnly
from orgs.models import Organisation


class Content(models.TextChoices):
    ORGANISATION = "organisation", "组织联建"
    ACTIVITIES = "activities", "活动联办"
    RESOURCES = "resources", "资源联享"
    TALENT = "talent", "人才联育"
    PROBLEMS = "problems", "难题联解"
    SERVICE = "service", "服务联动"
    INDUSTRY = "industry", "产业联促"


class AgreementQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those of which a party lies in the person's scope or is the unit whose liaison they are; all read the same."""
        own = partner_ids(user)
        return self._at_parties(user, "linkages.view", Q(partner__in=own) if own else Q())

    def permitted_to(self, user, permission):
        """The rows at one of whose parties `user` holds `permission`."""
        return self._at_parties(user, permission)

    def _at_parties(self, user, permission, or_of=Q()):  # noqa: B008 - conditions never change
        if not user.is_authenticated:
            return self.none()
        if user.sees_everything:
            return self
        own = within_homes(user, permission, root="agreement__root_id")
        return self.filter(Exists(Party.objects.filter(own | or_of, agreement=OuterRef("pk"))))

    def search(self, text):
        """Title or a partner unit's name contains `text`, or it is the number."""
        named = Party.objects.filter(agreement=OuterRef("pk"), partner__name__icontains=text)
        return self.filter(Q(title__icontains=text) | Q(number=text) | Q(Exists(named)))

    def with_parties(self):
        return self.select_related("organisation").prefetch_related(
            models.Prefetch(
                "parties", Party.objects.select_related("organisation", "partner", "liaison__user")
            )
        )


class Agreement(models.Model):
    """`organisation` is the party that drew it up. `signed_on` freezes parties and term; nothing of the state is stored
    (`linkages.states`)."""

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="agreements", verbose_name="起草党组织"
    )
    root_id = models.BigIntegerField("顶层组织", editable=False)
    number = models.CharField("协议编号", max_length=40, blank=True)
    title = models.CharField("协议名称", max_length=120)
    aim = models.CharField("共建目标", max_length=500, blank=True)
    starts_on = models.DateField("期限起")
    ends_on = models.DateField("期限止")
    meetings_per_year = models.PositiveSmallIntegerField("每年联席会议次数", default=0)
    activities_per_year = models.PositiveSmallIntegerField("每年联合活动次数", default=0)
    signed_on = models.DateField("签署日期", null=True, blank=True)
    ended_on = models.DateField("终止日期", null=True, blank=True)
    end_reason = models.CharField("终止原因", max_length=300, blank=True)
    predecessor = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="renewal", verbose_name="续签自"
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="登记人"
    )
    created_at = models.DateTimeField("登记时间", default=timezone.now)
    updated_at = models.DateTimeField("更新时间", default=timezone.now)

    objects = AgreementQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "共建协议"
        constraints = [
            models.UniqueConstraint(
                fields=["root_id", "number"],
                condition=~Q(number=""),
                name="agreement_number_once",
                violation_error_message="已有相同编号的协议。",
            ),
            models.CheckConstraint(
                name="agreement_ends_later",
                condition=Q(ends_on__gt=F("starts_on")),
                violation_error_message="期限止须晚于期限起。",
            ),
            models.CheckConstraint(
                name="agreement_ended_signed",
                condition=Q(ended_on__isnull=True, end_reason="")
                | Q(ended_on__gte=F("signed_on")) & ~Q(end_reason=""),
                violation_error_message="终止日期不能早于签署日期，且须说明原因。",
            ),
        ]
        indexes = [
            models.Index(fields=["root_id", "ends_on", "id"], name="agreement_root_end"),
            models.Index(fields=["ends_on", "id"], name="agreement_end"),
        ]

    def __str__(self):
        return self.title

    def save(self, *args, **kwargs):
        self.root_id = self.root_id or root_of(self.organisation)
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise TypeError("协议不得删除，请登记终止及原因。")

    @property
    def inside(self) -> list[Organisation]:
        """The parties in the tree; without a query where parties were fetched `with_parties`."""
        return [party.organisation for party in self.parties.all() if party.organisation_id]

    @property
    def party_names(self) -> list[str]:
        return [str(party) for party in self.parties.all()]

    @property
    def content_labels(self) -> list[str]:
        return [row.get_content_display() for row in self.contents.all()]

    @property
    def last_day(self):
        return self.ended_on or self.ends_on


class AgreementContent(models.Model):
    """One of the things the agreement is about; each once."""

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="contents", verbose_name="协议")
    content = models.CharField("共建内容", max_length=12, choices=Content)

    class Meta:
        verbose_name = verbose_name_plural = "共建内容"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["agreement", "content"], name="agreement_content_once")
        ]
        indexes = [models.Index(fields=["content", "agreement"], name="agreement_by_content")]

    def __str__(self):
        return self.get_content_display()


class Party(models.Model):
    """A side: an organisation in the tree or a unit outside it, with who leads and who is called, and what it promises."""

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="parties", verbose_name="协议")
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="agreement_parties",
        verbose_name="党组织",
    )  # fmt: skip
    partner = models.ForeignKey(
        Partner, models.PROTECT, null=True, blank=True, related_name="parties", verbose_name="共建单位"
    )
    leader_name = models.CharField("负责人", max_length=50, blank=True)
    liaison_name = models.CharField("联络员", max_length=50, blank=True)
    liaison = models.ForeignKey(
        PartnerLiaison,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="parties",
        verbose_name="联络员账号",
    )
    items_per_year = models.PositiveSmallIntegerField("每年办实事件数", default=0)
    resources_per_year = models.PositiveSmallIntegerField("每年提供资源项数", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "协议各方"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="party_is_one",
                condition=Q(organisation__isnull=False, partner__isnull=True)
                | Q(organisation__isnull=True, partner__isnull=False),
                violation_error_message="每一方须是一个党组织或一个共建单位。",
            ),
            models.UniqueConstraint(
                fields=["agreement", "organisation"],
                condition=Q(organisation__isnull=False),
                name="party_organisation_once",
                violation_error_message="同一党组织只能填写一次。",
            ),
            models.UniqueConstraint(
                fields=["agreement", "partner"],
                condition=Q(partner__isnull=False),
                name="party_partner_once",
                violation_error_message="同一共建单位只能填写一次。",
            ),
        ]

    def __str__(self):
        return self.unit.name

    @property
    def unit(self):
        return self.organisation or self.partner


class Act(models.TextChoices):
    DRAFTED = "drafted", "起草"
    CHANGED = "changed", "修改草稿"
    SIGNED = "signed", "登记签署"
    AMENDED = "amended", "补充约定"
    LIAISON = "liaison", "指定联络员账号"
    BOOKED = "booked", "登记活动"
    UNBOOKED = "unbooked", "撤回活动"
    RESULT = "result", "登记成效"
    RESULT_WITHDRAWN = "withdrawn", "撤回成效"
    EVALUATED = "evaluated", "年度评价"
    RENEWED = "renewed", "续签"
    ENDED = "ended", "提前终止"


class AgreementEntry(AppendOnly):
    """One line of an agreement's history; amendments are nothing but such lines."""

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="entries", verbose_name="协议")
    act = models.CharField("事项", max_length=10, choices=Act)
    note = models.CharField("说明", max_length=500, blank=True)
    at = models.DateTimeField("时间", default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="经办"
    )

    class Meta:
        verbose_name = verbose_name_plural = "协议办理记录"
        ordering = ["pk"]

    def __str__(self):
        return f"{self.agreement} {self.get_act_display()}"
