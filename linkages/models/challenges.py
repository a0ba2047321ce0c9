"""Open bidding for hard problems (揭榜挂帅, S29): the challenge, who claims it, the milestones, and every step between."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from linkages.models.booked import AgreementResult
from linkages.models.entries import Entry
from linkages.models.liaisons import partner_ids
from linkages.models.partners import Partner
from members.models import Member, root_of, within_homes
from members.models.append_only import AppendOnly
from orgs.fields import EncryptedTextField
from orgs.models import Enterprise, Organisation
from orgs.tree import STEP

SCORES = (1, 2, 3, 4, 5)
LONGEST_NOTE = 300


class ChallengeKind(models.TextChoices):
    CHOKE = "choke", "卡脖子技术"
    COMMON = "common", "共性技术"
    OTHER = "other", "其他"


class ChallengeState(models.TextChoices):
    DRAFT = "draft", "草稿"
    OPEN = "open", "揭榜中"
    CHOSEN = "chosen", "待签责任书"
    WORKING = "working", "攻关中"
    PASSED = "passed", "待评榜"
    FAILED = "failed", "验榜未通过"
    CLOSED = "closed", "已结榜"
    WITHDRAWN = "withdrawn", "已撤榜"


AWARDED = (
    ChallengeState.CHOSEN, ChallengeState.WORKING, ChallengeState.PASSED, ChallengeState.FAILED, ChallengeState.CLOSED,
)  # fmt: skip


class ChallengeAct(models.TextChoices):
    """Every step; what each asks for and who may take it: `linkages.challenges.transitions`."""

    DRAFT = "draft", "建榜"
    CHANGE = "change", "修改"
    PUBLISH = "publish", "发榜"
    REPOST = "repost", "重新发榜"
    CLAIM = "claim", "揭榜"
    CONFIRM = "confirm", "确认保密须知"
    UNCLAIM = "unclaim", "撤回揭榜"
    CHOOSE = "choose", "选定揭榜单位"
    RELEASE = "release", "取消选定"
    SIGN = "sign", "签订责任书"
    MILESTONE = "milestone", "增加节点"
    ACHIEVE = "achieve", "完成节点"
    NOTE = "note", "登记进展"
    INSPECT = "inspect", "验榜"
    RESUME = "resume", "限期整改"
    REVIEW = "review", "评榜"
    BOOK = "book", "登记到协议"
    WITHDRAW = "withdraw", "撤榜"


def _one_unit() -> Q:
    return Q(organisation__isnull=False, partner__isnull=True) | Q(
        organisation__isnull=True, partner__isnull=False
    )


class ChallengeQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those kept in the person's scope or of the enterprise they are contact of, and what was published below the
        same top organisation; a liaison finds what was published where the own unit is registered."""
        if not user.is_authenticated:
            return self.none()
        if user.sees_everything:
            return self
        paths = user.permission_paths.get("linkages.view", ())
        tops = Organisation.objects.filter(
            Q(path__in={path[:STEP] for path in paths})
            | Q(pk__in=Partner.objects.filter(pk__in=partner_ids(user)).order_by().values("organisation"))
        )
        return self.filter(
            within_homes(user, "linkages.view")
            | Q(enterprise__in=user.contact_enterprise_ids)
            | Q(published_at__isnull=False, root_id__in=tops.order_by().values("pk"))
        )

    def permitted_to(self, user, permission):
        """The rows at whose home `user` holds `permission`."""
        if not user.is_authenticated:
            return self.none()
        return self if user.sees_everything else self.filter(within_homes(user, permission))

    def claimed_by(self, user):
        """Those in whose standing claim the person acts for a unit; once one is chosen, for that."""
        claims = (
            Claim.objects.standing().of_units_of(user, "linkages.change").filter(challenge=OuterRef("pk"))
        )
        chosen = Q(chosen__isnull=True) | Q(chosen__in=Claim.objects.of_units_of(user, "linkages.change"))
        return self.filter(chosen, Exists(claims))

    def with_claims(self):
        """With what says who may do what, and what a card of the board shows."""
        return (
            self.select_related("organisation", "enterprise", "chosen")
            .defer("enterprise__contact_phone")
            .prefetch_related(
                models.Prefetch("claims", Claim.objects.order_by("pk").with_units()),
                models.Prefetch("chosen__units", ClaimUnit.objects.select_related("organisation", "partner")),
            )
        )


class Challenge(models.Model):
    """One problem put out to bid. `organisation` keeps it; an enterprise may stand behind it.

    `secret_detail` is for the people appointed at the home, the contacts of the enterprise, and those of claiming units
    who confirmed the secrecy notice (`SecrecyConfirmation`); for nobody above them.
    """

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="challenges", verbose_name="发榜党组织"
    )
    root_id = models.BigIntegerField("顶层组织", editable=False)
    enterprise = models.ForeignKey(
        Enterprise, models.PROTECT, null=True, blank=True, related_name="challenges", verbose_name="出题企业"
    )
    kind = models.CharField("榜单类别", max_length=8, choices=ChallengeKind)
    title = models.CharField("难题名称", max_length=120)
    problem = models.CharField("难题描述", max_length=1000)
    goal = models.CharField("攻关目标", max_length=500)
    secrecy_notice = models.CharField("保密须知", max_length=500, blank=True)
    secret_detail = EncryptedTextField("保密内容")
    reward = models.DecimalField(
        "榜金（万元）", max_digits=10, decimal_places=2, default=0, validators=[MinValueValidator(0)]
    )
    claims_until = models.DateField("揭榜截止")
    work_until = models.DateField("攻关期限")
    state = models.CharField("状态", max_length=10, choices=ChallengeState, default=ChallengeState.DRAFT)
    published_at = models.DateTimeField("发榜时间", null=True, blank=True)
    reposts = models.PositiveSmallIntegerField("重新发榜次数", default=0)
    chosen = models.OneToOneField(
        "Claim", models.PROTECT, null=True, blank=True, related_name="won", verbose_name="选定的揭榜"
    )
    signed_on = models.DateField("责任书签订日期", null=True, blank=True)
    passed = models.BooleanField("验榜通过", null=True, blank=True)
    inspected_on = models.DateField("验榜日期", null=True, blank=True)
    opinion = models.CharField("验榜意见", max_length=LONGEST_NOTE, blank=True)
    score = models.PositiveSmallIntegerField(
        "评分", null=True, blank=True, validators=[MaxValueValidator(max(SCORES))]
    )
    review = models.CharField("评语", max_length=LONGEST_NOTE, blank=True)
    result = models.OneToOneField(
        AgreementResult, models.PROTECT, null=True, blank=True, related_name="challenge",
        verbose_name="协议成效",
    )  # fmt: skip
    withdrawn_reason = models.CharField("撤榜原因", max_length=LONGEST_NOTE, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="登记人"
    )
    created_at = models.DateTimeField("登记时间", default=timezone.now)
    updated_at = models.DateTimeField("更新时间", default=timezone.now)

    objects = ChallengeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "榜单"
        constraints = [
            models.CheckConstraint(
                name="challenge_days_order",
                condition=Q(work_until__gt=F("claims_until")),
                violation_error_message="攻关期限须晚于揭榜截止。",
            ),
            models.CheckConstraint(
                name="challenge_published",
                condition=Q(state__in=(ChallengeState.DRAFT, ChallengeState.WITHDRAWN))
                | Q(published_at__isnull=False),
                violation_error_message="发榜后才能办理。",
            ),
            models.CheckConstraint(
                name="challenge_chosen_when_awarded",
                condition=Q(state__in=AWARDED, chosen__isnull=False)
                | Q(state__in=(ChallengeState.DRAFT, ChallengeState.OPEN), chosen__isnull=True)
                | Q(state=ChallengeState.WITHDRAWN),
                violation_error_message="选定一家揭榜单位后才能攻关。",
            ),
            models.CheckConstraint(
                name="challenge_score_when_closed",
                condition=Q(state=ChallengeState.CLOSED, score__gte=min(SCORES), score__lte=max(SCORES))
                | ~Q(state=ChallengeState.CLOSED) & Q(score__isnull=True),
                violation_error_message="评分为1至5分，评榜后结榜。",
            ),
            models.CheckConstraint(
                name="challenge_withdrawn_with_reason",
                condition=Q(state=ChallengeState.WITHDRAWN) & ~Q(withdrawn_reason="")
                | ~Q(state=ChallengeState.WITHDRAWN) & Q(withdrawn_reason=""),
                violation_error_message="撤榜须说明原因。",
            ),
        ]
        indexes = [
            models.Index(fields=["root_id", "created_at", "id"], name="challenge_root_created"),
            models.Index(fields=["organisation", "state", "claims_until"], name="challenge_home"),
            models.Index(fields=["created_at", "id"], name="challenge_newest"),
        ]

    def __str__(self):
        return self.title

    def save(self, *args, **kwargs):
        self.root_id = self.root_id or root_of(self.organisation)
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise TypeError("榜单不得删除，请登记撤榜及原因。")

    @property
    def poster(self):
        """Whose problem it is."""
        return self.enterprise or self.organisation

    @property
    def standing_claims(self) -> list["Claim"]:
        """Without a query where fetched `with_claims`."""
        return [claim for claim in self.claims.all() if claim.withdrawn_at is None]

    @property
    def days_left(self) -> int | None:
        """Until claims end or, once chosen, the work; None where no day is waited for."""
        until = {
            ChallengeState.OPEN: self.claims_until,
            ChallengeState.CHOSEN: self.work_until,
            ChallengeState.WORKING: self.work_until,
        }.get(self.state)
        return until and (until - timezone.localdate()).days


class ClaimQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those of the challenges kept in the person's scope, and those of their own units; never a competitor's."""
        if not user.is_authenticated:
            return self.none()
        if user.sees_everything:
            return self
        kept = within_homes(user, "linkages.view", home="challenge__organisation", root="challenge__root_id")
        own = Claim.objects.of_units_of(user, "linkages.view").order_by().values("pk")
        return self.filter(kept | Q(challenge__enterprise__in=user.contact_enterprise_ids) | Q(pk__in=own))

    def of_units_of(self, user, permission):
        """One of whose units lies where the person holds `permission`, or is the partner unit they are liaison of."""
        if user.sees_everything:
            return self
        own = within_homes(user, permission, root="challenge__root_id") | Q(partner__in=partner_ids(user))
        return self.filter(Exists(ClaimUnit.objects.filter(own, claim=OuterRef("pk"))))

    def standing(self):
        return self.filter(withdrawn_at__isnull=True)

    def with_units(self):
        return (
            self.select_related("member")
            .defer("member__identity_number", "member__mobile")
            .prefetch_related(
                models.Prefetch("units", ClaimUnit.objects.select_related("organisation", "partner"))
            )
        )


class Claim(models.Model):
    """揭榜: one or several units, who leads, and how they mean to do it. `is_member_led` feeds the share of S16."""

    challenge = models.ForeignKey(Challenge, models.PROTECT, related_name="claims", verbose_name="榜单")
    leader_name = models.CharField("领衔人", max_length=50)
    is_member_led = models.BooleanField("领衔人是党员", default=False)
    member = models.ForeignKey(
        Member, models.PROTECT, null=True, blank=True, related_name="claims", verbose_name="党员"
    )
    plan = models.CharField("攻关方案", max_length=1000)
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="揭榜人"
    )
    claimed_at = models.DateTimeField("揭榜时间", default=timezone.now)
    withdrawn_at = models.DateTimeField("撤回时间", null=True, blank=True)
    withdrawn_reason = models.CharField("撤回原因", max_length=LONGEST_NOTE, blank=True)

    objects = ClaimQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "揭榜"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="claim_member_leads",
                condition=Q(member__isnull=True) | Q(is_member_led=True),
                violation_error_message="选择了党员的，领衔人就是党员。",
            )
        ]

    def __str__(self):
        return self.unit_names

    def delete(self, *args, **kwargs):
        raise TypeError("揭榜不得删除，请登记撤回及原因。")

    @property
    def unit_names(self) -> str:
        return "、".join(str(row.unit) for row in self.units.all())


class ClaimUnit(models.Model):
    """A unit of a claim. `is_standing` follows the claim: one standing claim per unit and challenge."""

    challenge = models.ForeignKey(Challenge, models.PROTECT, related_name="claim_units", verbose_name="榜单")
    claim = models.ForeignKey(Claim, models.PROTECT, related_name="units", verbose_name="揭榜")
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="claim_units", verbose_name="党组织"
    )
    partner = models.ForeignKey(
        Partner, models.PROTECT, null=True, blank=True, related_name="claim_units", verbose_name="共建单位"
    )
    is_lead = models.BooleanField("牵头", default=False)
    is_standing = models.BooleanField("有效", default=True)

    class Meta:
        verbose_name = verbose_name_plural = "揭榜单位"
        ordering = ["-is_lead", "pk"]
        constraints = [
            models.CheckConstraint(name="claim_unit_is_one", condition=_one_unit()),
            models.UniqueConstraint(
                fields=["challenge", "organisation"],
                condition=Q(organisation__isnull=False, is_standing=True),
                name="claim_organisation_once",
                violation_error_message="该党组织已揭本榜。",
            ),
            models.UniqueConstraint(
                fields=["challenge", "partner"],
                condition=Q(partner__isnull=False, is_standing=True),
                name="claim_partner_once",
                violation_error_message="该共建单位已揭本榜。",
            ),
        ]

    def __str__(self):
        return str(self.unit)

    @property
    def unit(self):
        return self.organisation or self.partner


class SecrecyConfirmation(AppendOnly):
    """That an account confirmed the secrecy notice, in the words that stood there then."""

    challenge = models.ForeignKey(
        Challenge, models.PROTECT, related_name="confirmations", verbose_name="榜单"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="secrecy_confirmations", verbose_name="确认人"
    )
    notice = models.CharField("所确认的须知", max_length=500)
    at = models.DateTimeField("确认时间", default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = "保密须知确认"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["challenge", "user"], name="secrecy_confirmed_once"),
        ]

    def __str__(self):
        return f"{self.challenge_id} {self.user_id}"


class ChallengeMilestone(models.Model):
    """A dated step of the chosen claim."""

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="milestones", verbose_name="揭榜")
    title = models.CharField("节点", max_length=120)
    due_on = models.DateField("期限")
    done_on = models.DateField("完成日期", null=True, blank=True)
    done_note = models.CharField("完成情况", max_length=LONGEST_NOTE, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+",
        verbose_name="登记人",
    )  # fmt: skip

    class Meta:
        verbose_name = verbose_name_plural = "攻关节点"
        ordering = ["due_on", "pk"]
        indexes = [
            models.Index(fields=["due_on"], condition=Q(done_on__isnull=True), name="milestone_open_due")
        ]

    def __str__(self):
        return self.title

    def delete(self, *args, **kwargs):
        raise TypeError("攻关节点不得删除，不再需要的请登记完成并说明。")

    @property
    def is_late(self) -> bool:
        return self.done_on is None and self.due_on < timezone.localdate()


class ChallengeEntry(Entry):
    """One line of the history. What names a `claim` is read only by those who see that claim."""

    challenge = models.ForeignKey(Challenge, models.PROTECT, related_name="entries", verbose_name="榜单")
    claim = models.ForeignKey(
        Claim, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="揭榜"
    )
    act = models.CharField("事项", max_length=10, choices=ChallengeAct)
    state = models.CharField("办理后状态", max_length=10, choices=ChallengeState)
    note = models.CharField("说明", max_length=LONGEST_NOTE, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "榜单办理记录"
        ordering = ["pk"]

    def __str__(self):
        return f"{self.challenge_id} {self.get_act_display()}"
