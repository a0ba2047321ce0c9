"""Responsibility lists (项目领办, S41): each unit leads a project of the year; the body above confirms that it is done."""

import datetime as dt

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from linkages.models.booked import Withdrawable
from linkages.models.entries import Entry
from members.models import HomeQuerySet, root_of
from orgs.kinds import OrganisationKind
from orgs.models import Organisation, StoredUpload
from orgs.tree import STEP, next_path, outermost

LONGEST_WORDS = 500
NEAR_DAYS = 14  # before the deadline
# Units that stand for themselves; a group belongs to its branch, what is functional to the units it is made of.
NO_UNITS = (OrganisationKind.PARTY_GROUP, OrganisationKind.FUNCTIONAL_ORG)


class CommitmentState(models.TextChoices):
    OPEN = "open", "推进中"
    REPORTED = "reported", "待确认"
    DONE = "done", "已完成"
    WITHDRAWN = "withdrawn", "已撤回"


class CommitmentAct(models.TextChoices):
    """Every step; what each asks for and who may take it: `linkages.commitments.transitions`."""

    ADD = "add", "登记"
    COPY = "copy", "沿用上年"
    CHANGE = "change", "修改"
    NOTE = "note", "登记进展"
    REPORT = "report", "报完成"
    CONFIRM = "confirm", "确认完成"
    SEND_BACK = "send_back", "退回"
    REOPEN = "reopen", "撤销确认"
    WITHDRAW = "withdraw", "撤回"


class CommitmentQuerySet(HomeQuerySet):
    VIEW = "linkages.view"

    def standing(self):
        return self.exclude(state=CommitmentState.WITHDRAWN)


# --- Conditions, for lists, counts and reminders alike -----------------------------------------------------


def late(today) -> Q:
    return Q(state=CommitmentState.OPEN, due_on__lt=today)


def near(today) -> Q:
    """Due today or within the next days, not yet late."""
    return Q(state=CommitmentState.OPEN, due_on__range=(today, today + dt.timedelta(days=NEAR_DAYS)))


def led_by(user) -> Q:
    """Of the units at which the person is appointed, not of those below."""
    return Q(organisation__path__in=user.permission_paths.get("linkages.change", ()))


def judged_by(user) -> Q:
    """Of units below one at which the person is appointed; a top organisation judges itself.

    `commitments.transitions.is_superior` for many at once.
    """
    if user.sees_everything:
        return Q(pk__isnull=False)
    paths = user.permission_paths.get("linkages.change", ())
    found = Q(organisation__path__in=[path for path in paths if len(path) == STEP])
    for path in outermost(paths):
        found |= Q(organisation__path__gt=path, organisation__path__lt=next_path(path))
    return found


class Commitment(models.Model):
    """A project that `organisation` leads in `year`."""

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="commitments", verbose_name="领办单位"
    )
    root_id = models.BigIntegerField("顶层组织", editable=False)
    year = models.PositiveSmallIntegerField(
        "年度", validators=[MinValueValidator(2000), MaxValueValidator(2999)]
    )
    title = models.CharField("项目名称", max_length=120)
    leader_name = models.CharField("领办人", max_length=50)
    aim = models.CharField("目标", max_length=LONGEST_WORDS)
    measure = models.CharField("举措", max_length=LONGEST_WORDS, blank=True)
    due_on = models.DateField("完成期限")
    state = models.CharField("状态", max_length=10, choices=CommitmentState, default=CommitmentState.OPEN)
    report = models.CharField("完成情况", max_length=LONGEST_WORDS, blank=True)
    reported_on = models.DateField("报完成日期", null=True, blank=True)
    confirmed_on = models.DateField("确认日期", null=True, blank=True)
    withdrawn_reason = models.CharField("撤回原因", max_length=LONGEST_WORDS, blank=True)
    copied_from = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="copies", verbose_name="沿用自"
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="登记人"
    )
    created_at = models.DateTimeField("登记时间", default=timezone.now)
    updated_at = models.DateTimeField("更新时间", default=timezone.now)

    objects = CommitmentQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "领办项目"
        constraints = [
            models.CheckConstraint(
                name="commitment_reported",
                condition=~Q(state__in=(CommitmentState.REPORTED, CommitmentState.DONE))
                | Q(reported_on__isnull=False) & ~Q(report=""),
                violation_error_message="报完成须说明完成情况。",
            ),
            models.CheckConstraint(
                name="commitment_confirmed_when_done",
                condition=Q(state=CommitmentState.DONE, confirmed_on__isnull=False)
                | ~Q(state=CommitmentState.DONE) & Q(confirmed_on__isnull=True),
                violation_error_message="上级确认后才算完成。",
            ),
            models.CheckConstraint(
                name="commitment_withdrawn_with_reason",
                condition=Q(state=CommitmentState.WITHDRAWN) & ~Q(withdrawn_reason="")
                | ~Q(state=CommitmentState.WITHDRAWN) & Q(withdrawn_reason=""),
                violation_error_message="撤回须说明原因。",
            ),
            models.UniqueConstraint(
                fields=["organisation", "year", "title"],
                condition=~Q(state=CommitmentState.WITHDRAWN),
                name="commitment_title_once",
                violation_error_message="该单位本年度已有同名的领办项目。",
            ),
        ]
        indexes = [
            models.Index(fields=["root_id", "year", "due_on", "id"], name="commitment_root_year"),
            models.Index(fields=["organisation", "year", "state"], name="commitment_home"),
            models.Index(fields=["due_on", "id"], name="commitment_due"),
        ]

    def __str__(self):
        return self.title

    def save(self, *args, **kwargs):
        self.root_id = self.root_id or root_of(self.organisation)
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise TypeError("领办项目不得删除，请登记撤回及原因。")

    @property
    def days_left(self) -> int | None:
        """Until the deadline, while the unit works on it."""
        if self.state != CommitmentState.OPEN:
            return None
        return (self.due_on - timezone.localdate()).days


def leading_units(organisations):
    """Of `organisations` those in use that stand for themselves: of each a project a year is expected."""
    return organisations.active().filter(task_ended_on__isnull=True).exclude(kind__in=NO_UNITS)


def units_without(organisations, year: int):
    """Of `organisations` the units that lead no project of the year."""
    led = Commitment.objects.standing().filter(organisation=OuterRef("pk"), year=year)
    return leading_units(organisations).filter(~Exists(led))


class CommitmentFile(Withdrawable, StoredUpload):
    """Evidence (佐证材料). Withdrawn with a reason; its file stays."""

    commitment = models.ForeignKey(Commitment, models.PROTECT, related_name="files", verbose_name="领办项目")

    class Meta:
        verbose_name = verbose_name_plural = "领办项目佐证"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["commitment", "sha256"],
                condition=Q(withdrawn_at__isnull=True),
                name="commitment_file_once",
                violation_error_message="该项目已有相同的文件。",
            )
        ]

    def __str__(self):
        return f"{self.commitment} 佐证"


class CommitmentEntry(Entry):
    """One line of the history; progress notes are lines too."""

    commitment = models.ForeignKey(
        Commitment, models.PROTECT, related_name="entries", verbose_name="领办项目"
    )
    act = models.CharField("事项", max_length=10, choices=CommitmentAct)
    state = models.CharField("办理后状态", max_length=10, choices=CommitmentState)
    note = models.CharField("说明", max_length=LONGEST_WORDS, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "领办项目办理记录"
        ordering = ["pk"]

    def __str__(self):
        return f"{self.commitment_id} {self.get_act_display()}"
