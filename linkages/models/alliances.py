"""Alliances (党建联盟): who belongs to one, whose turn it is to chair it, what its conferences resolved."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from activities.models import Activity
from linkages.models.liaisons import partner_ids
from linkages.models.partners import Partner
from members.models import root_of, within_homes
from members.models.append_only import AppendOnly
from orgs.models import Organisation

RESOLUTION_DAYS = 7  # a reminder so long before


class AllianceQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those kept in the person's scope, or of which a unit of theirs is a member today; all read the same."""
        if not user.is_authenticated:
            return self.none()
        if user.sees_everything:
            return self
        theirs = within_homes(user, "linkages.view", root="alliance__root_id")
        if own := partner_ids(user):
            theirs |= Q(partner__in=own)
        members = AllianceMember.objects.on(timezone.localdate()).filter(theirs, alliance=OuterRef("pk"))
        return self.filter(within_homes(user, "linkages.view") | Q(Exists(members)))

    def permitted_to(self, user, permission):
        """The rows at whose home `user` holds `permission`."""
        if not user.is_authenticated:
            return self.none()
        return self if user.sees_everything else self.filter(within_homes(user, permission))

    def running(self):
        return self.filter(ended_on__isnull=True)

    def with_members(self):
        """With those of today as `current_members`."""
        rows = AllianceMember.objects.on(timezone.localdate()).select_related("organisation", "partner")
        return self.select_related("organisation").prefetch_related(
            models.Prefetch("members", rows, to_attr="current_members")
        )


class Alliance(models.Model):
    """`organisation` keeps it: founds it, admits members, plans who chairs."""

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="alliances", verbose_name="牵头党组织"
    )
    root_id = models.BigIntegerField("顶层组织", editable=False)
    name = models.CharField("联盟名称", max_length=120)
    aim = models.CharField("宗旨", max_length=500, blank=True)
    founded_on = models.DateField("成立日期")
    conferences_per_year = models.PositiveSmallIntegerField("每年联席会议次数", default=0)
    ended_on = models.DateField("终止日期", null=True, blank=True)
    end_reason = models.CharField("终止原因", max_length=300, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="登记人"
    )
    created_at = models.DateTimeField("登记时间", default=timezone.now)
    updated_at = models.DateTimeField("更新时间", default=timezone.now)

    objects = AllianceQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "党建联盟"
        constraints = [
            models.UniqueConstraint(
                fields=["root_id", "name"],
                name="alliance_name_once",
                violation_error_message="已有同名的党建联盟。",
            ),
            models.CheckConstraint(
                name="alliance_ended",
                condition=Q(ended_on__isnull=True, end_reason="")
                | Q(ended_on__gte=F("founded_on")) & ~Q(end_reason=""),
                violation_error_message="终止日期不能早于成立日期，且须说明原因。",
            ),
        ]

    def __str__(self):
        return self.name

    def save(self, *args, **kwargs):
        self.root_id = self.root_id or root_of(self.organisation)
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise TypeError("联盟不得删除，请登记终止及原因。")


class AllianceMemberQuerySet(models.QuerySet):
    def on(self, day):
        """Members on the day; the day one leaves still counts."""
        return self.filter(Q(left_on__isnull=True) | Q(left_on__gte=day), joined_on__lte=day)

    def worked_by(self, user):
        """Units for which `user` acts: organisations where they may change agreements, the liaison's own unit."""
        if user.sees_everything:
            return self
        return self.filter(
            within_homes(user, "linkages.change", root="alliance__root_id") & Q(organisation__isnull=False)
            | Q(partner__in=partner_ids(user))
        )


class AllianceMember(models.Model):
    """成员单位, from a day to a day: an organisation in the tree or a partner unit."""

    alliance = models.ForeignKey(Alliance, models.PROTECT, related_name="members", verbose_name="联盟")
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="alliance_memberships",
        verbose_name="党组织",
    )  # fmt: skip
    partner = models.ForeignKey(
        Partner, models.PROTECT, null=True, blank=True, related_name="alliance_memberships",
        verbose_name="共建单位",
    )  # fmt: skip
    joined_on = models.DateField("加入日期")
    left_on = models.DateField("退出日期", null=True, blank=True)

    objects = AllianceMemberQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "联盟成员单位"
        ordering = ["joined_on", "pk"]
        constraints = [
            models.CheckConstraint(
                name="alliance_member_is_one",
                condition=Q(organisation__isnull=False, partner__isnull=True)
                | Q(organisation__isnull=True, partner__isnull=False),
                violation_error_message="成员须是一个党组织或一个共建单位。",
            ),
            models.CheckConstraint(
                name="alliance_member_leaves_later",
                condition=Q(left_on__isnull=True) | Q(left_on__gte=F("joined_on")),
                violation_error_message="退出日期不能早于加入日期。",
            ),
            models.UniqueConstraint(
                fields=["alliance", "organisation"],
                condition=Q(organisation__isnull=False, left_on__isnull=True),
                name="alliance_organisation_once",
                violation_error_message="该党组织已是成员。",
            ),
            models.UniqueConstraint(
                fields=["alliance", "partner"],
                condition=Q(partner__isnull=False, left_on__isnull=True),
                name="alliance_partner_once",
                violation_error_message="该共建单位已是成员。",
            ),
        ]

    def __str__(self):
        return self.unit.name

    @property
    def unit(self):
        return self.organisation or self.partner

    def belongs(self, first, last) -> bool:
        """On every day from `first` to `last`."""
        return self.joined_on <= first and (self.left_on is None or self.left_on >= last)


class ChairTerm(models.Model):
    """A turn of the rotating chair (轮值主席). Each begins the day after the one before ended; `actions.alliances` keeps
    it so under the alliance's lock, and the constraints let no two begin or end together."""

    alliance = models.ForeignKey(Alliance, models.PROTECT, related_name="chair_terms", verbose_name="联盟")
    member = models.ForeignKey(
        AllianceMember, models.PROTECT, related_name="chair_terms", verbose_name="轮值主席单位"
    )
    starts_on = models.DateField("开始日期")
    ends_on = models.DateField("结束日期")

    class Meta:
        verbose_name = verbose_name_plural = "轮值主席任期"
        ordering = ["starts_on"]
        constraints = [
            models.UniqueConstraint(fields=["alliance", "starts_on"], name="chair_term_begins_once"),
            models.UniqueConstraint(fields=["alliance", "ends_on"], name="chair_term_ends_once"),
            models.CheckConstraint(
                name="chair_term_ends_later",
                condition=Q(ends_on__gte=F("starts_on")),
                violation_error_message="结束日期不能早于开始日期。",
            ),
        ]
        indexes = [models.Index(fields=["ends_on"], name="chair_term_end")]

    def __str__(self):
        return f"{self.member} {self.starts_on}至{self.ends_on}"


class ConferenceKind(models.TextChoices):
    JOINT = "joint", "党建联席会议"
    COUNCIL = "council", "园事会"
    SALON = "salon", "书记沙龙"


class OfAllianceQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(alliance__in=Alliance.objects.visible_to(user).order_by().values("pk"))


class ConferenceQuerySet(OfAllianceQuerySet):
    def held(self):
        return self.filter(held_at__isnull=False)


class Conference(models.Model):
    """A conference of the alliance: called for a day, then held with who came, or cancelled with the reason.

    Its members are units, some outside the tree, which no roll of an activity knows; where one of the organisations also
    keeps it as an activity, `activity` says so.
    """

    alliance = models.ForeignKey(Alliance, models.PROTECT, related_name="conferences", verbose_name="联盟")
    kind = models.CharField("会议类别", max_length=10, choices=ConferenceKind, default=ConferenceKind.JOINT)
    title = models.CharField("会议主题", max_length=120)
    on = models.DateField("日期")
    place = models.CharField("地点", max_length=120, blank=True)
    agenda = models.TextField("议程", max_length=2000, blank=True)
    gist = models.TextField("会议纪要", max_length=5000, blank=True)
    attending = models.ManyToManyField(
        AllianceMember, related_name="conferences", blank=True, verbose_name="到会成员单位"
    )
    activity = models.ForeignKey(
        Activity, models.PROTECT, null=True, blank=True, related_name="conferences", verbose_name="活动记录"
    )
    held_at = models.DateTimeField("登记召开的时间", null=True, blank=True)
    cancelled_at = models.DateTimeField("取消时间", null=True, blank=True)
    cancel_reason = models.CharField("取消原因", max_length=200, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="登记人"
    )

    objects = ConferenceQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "联盟会议"
        ordering = ["-on", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="conference_held_or_cancelled",
                condition=Q(held_at__isnull=True) | Q(cancelled_at__isnull=True),
                violation_error_message="已取消的会议不能登记召开。",
            )
        ]
        indexes = [models.Index(fields=["alliance", "on"], name="conference_day")]

    def __str__(self):
        return self.title

    def delete(self, *args, **kwargs):
        raise TypeError("会议记录不得删除，请登记取消及原因。")

    @property
    def is_open(self):
        return self.held_at is None and self.cancelled_at is None


class ConferenceResolutionQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(conference__in=Conference.objects.visible_to(user).order_by().values("pk"))

    def open(self):
        return self.filter(done_on__isnull=True)

    def near(self, today):
        """Open, and due within a week or overdue."""
        return self.open().filter(due_on__lte=today + dt.timedelta(days=RESOLUTION_DAYS))

    def owned_by(self, user):
        """Those that a unit of the person carries out."""
        return self.filter(owner__in=AllianceMember.objects.worked_by(user).order_by().values("pk"))


class ConferenceResolution(models.Model):
    """What was resolved, which member unit carries it out until when, and what came of it."""

    conference = models.ForeignKey(
        Conference, models.PROTECT, related_name="resolutions", verbose_name="会议"
    )
    text = models.CharField("议定事项", max_length=300)
    owner = models.ForeignKey(
        AllianceMember, models.PROTECT, related_name="resolutions", verbose_name="责任单位"
    )
    due_on = models.DateField("完成期限")
    done_on = models.DateField("完成日期", null=True, blank=True)
    result = models.CharField("落实情况", max_length=300, blank=True)

    objects = ConferenceResolutionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "联盟议定事项"
        ordering = ["due_on", "pk"]
        constraints = [
            models.CheckConstraint(
                name="conference_resolution_done",
                condition=Q(done_on__isnull=True, result="") | Q(done_on__isnull=False) & ~Q(result=""),
                violation_error_message="办结须填写落实情况。",
            )
        ]
        indexes = [models.Index(fields=["due_on"], condition=Q(done_on__isnull=True), name="conference_due")]

    def __str__(self):
        return f"议定事项{self.pk}"  # the trail keeps it: no text that may name somebody

    def delete(self, *args, **kwargs):
        raise TypeError("议定事项不得删除。")


class ResolutionNote(AppendOnly):
    """How the carrying out goes."""

    resolution = models.ForeignKey(
        ConferenceResolution, models.PROTECT, related_name="notes", verbose_name="议定事项"
    )
    text = models.CharField("进展", max_length=300)
    at = models.DateTimeField("时间", default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="登记人"
    )

    class Meta:
        verbose_name = verbose_name_plural = "议定事项进展"
        ordering = ["pk"]

    def __str__(self):
        return f"{self.resolution} 进展"


class AllianceAct(models.TextChoices):
    FOUNDED = "founded", "成立"
    CHANGED = "changed", "修改"
    JOINED = "joined", "成员加入"
    LEFT = "left", "成员退出"
    TERMS = "terms", "安排轮值"
    HANDOVER = "handover", "调整交接日"
    DROPPED = "dropped", "取消轮值安排"
    CALLED = "called", "安排会议"
    HELD = "held", "召开会议"
    CANCELLED = "cancelled", "取消会议"
    RESOLVED = "resolved", "议定事项"
    DONE = "done", "议定事项办结"
    ENDED = "ended", "终止"


class AllianceEntry(AppendOnly):
    """One line of an alliance's history."""

    alliance = models.ForeignKey(Alliance, models.PROTECT, related_name="entries", verbose_name="联盟")
    act = models.CharField("事项", max_length=10, choices=AllianceAct)
    note = models.CharField("说明", max_length=500, blank=True)
    at = models.DateTimeField("时间", default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="经办"
    )

    class Meta:
        verbose_name = verbose_name_plural = "联盟办理记录"
        ordering = ["pk"]

    def __str__(self):
        return f"{self.alliance} {self.get_act_display()}"
