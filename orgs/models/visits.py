"""Visits to come: the teams that go and the tasks to go. A visit that took place is `orgs.models.Visit`."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Count, F, OuterRef, Prefetch, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from orgs.models.assigned import AssignedTaskQuerySet
from orgs.models.coverage import Visit, VisitKind
from orgs.models.organisations import Organisation

PLACES = ("chain", "cluster", "area", "park")
"""What a team may serve, one of them at most."""


class VisitReason(models.TextChoices):
    NEW = "new", "新登记"
    MOVED_IN = "moved_in", "新迁入"
    PERIODIC = "periodic", "定期走访"
    ASKED = "asked", "企业提出"
    MANUAL = "manual", "人工安排"


ARRIVALS = (VisitReason.NEW, VisitReason.MOVED_IN)
ANY_KIND = (*ARRIVALS, VisitReason.PERIODIC)
"""What any visit does, whatever its kind: somebody was to go, and somebody went."""
CHOOSABLE = tuple(reason for reason in VisitReason if reason not in ARRIVALS)
"""Reasons that a person may give; an arrival is found by the register itself."""


class VisitTaskState(models.TextChoices):
    OPEN = "open", "待走访"
    DONE = "done", "已走访"
    DROPPED = "dropped", "已撤销"


def _place(model, label):
    return models.ForeignKey(
        model, models.PROTECT, null=True, blank=True, related_name="visit_teams", verbose_name=label
    )


def _counted(rows):
    """How many of `rows` are of the team."""
    counts = rows.filter(team=OuterRef("pk")).order_by().values("team").annotate(count=Count("pk"))
    return Coalesce(Subquery(counts.values("count")), 0)


class VisitTeamQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.permitted_to(user, "enterprises.view")

    def permitted_to(self, user, permission):
        organisations = Organisation.objects.permitted_to(user, permission).order_by()
        return self.filter(organisation__in=organisations.values("pk"))

    def standing(self):
        return self.filter(disbanded_on__isnull=True)

    def for_list(self):
        """`people`: who is in it today, the leader first; how often it went (`visit_count`), and has to (`open_count`)."""
        today = VisitTeamMember.objects.filter(until__isnull=True)
        rows = self.select_related("organisation", *PLACES).defer("organisation__contact_phone")
        rows = rows.annotate(
            visit_count=_counted(Visit.objects.all()), open_count=_counted(VisitTask.objects.open())
        )
        return rows.prefetch_related(Prefetch("members", today, to_attr="people"))


class VisitTeam(models.Model):
    """企业服务队、链服务队: people of several units who go to the enterprises of a chain, cluster, area or park.

    They are named, not taken from the register of members: tax officers, bank clerks and lawyers go along whose
    membership is kept elsewhere, or who have none. Never deleted: a team is disbanded for a reason.
    """

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="visit_teams", verbose_name="组建党组织"
    )
    name = models.CharField("名称", max_length=60)
    chain = _place("orgs.Chain", "服务产业链")
    cluster = _place("orgs.Cluster", "服务产业集群")
    area = _place("orgs.Area", "服务片区")
    park = _place("orgs.Park", "服务园区")
    founded_on = models.DateField("成立日期", default=timezone.localdate)
    disbanded_on = models.DateField("解散日期", null=True, blank=True)
    disbanded_reason = models.CharField("解散原因", max_length=200, blank=True)
    created_at = models.DateTimeField("登记时间", default=timezone.now)
    updated_at = models.DateTimeField("更新时间", default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="登记人"
    )

    objects = VisitTeamQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "企业服务队"
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "name"],
                condition=Q(disbanded_on__isnull=True),
                name="visit_team_named_once",
                violation_error_message="该党组织已有同名的服务队，请换一个名称。",
            ),
            models.CheckConstraint(
                name="visit_team_one_place",
                condition=Q(chain__isnull=True, cluster__isnull=True, area__isnull=True)
                | Q(chain__isnull=True, cluster__isnull=True, park__isnull=True)
                | Q(chain__isnull=True, area__isnull=True, park__isnull=True)
                | Q(cluster__isnull=True, area__isnull=True, park__isnull=True),
                violation_error_message="产业链、产业集群、片区、园区只选一项作为服务范围。",
            ),
            models.CheckConstraint(
                name="visit_team_disbanded_with_reason",
                condition=Q(disbanded_on__isnull=True, disbanded_reason="")
                | Q(disbanded_on__isnull=False, disbanded_on__gte=F("founded_on")) & ~Q(disbanded_reason=""),
                violation_error_message="解散日期不能早于成立日期，且须填写解散原因。",
            ),
        ]

    def __str__(self):
        return self.name

    def delete(self, *args, **kwargs):
        raise TypeError("服务队不得删除，请登记解散及原因。")

    @property
    def place(self):
        """What it serves; None where it goes wherever its organisation sends it."""
        return next((found for name in PLACES if (found := getattr(self, name))), None)

    @property
    def leader(self):
        """For rows `for_list`."""
        return next((person for person in self.people if person.leads), None)


class VisitTeamMember(models.Model):
    """That somebody belongs to a team, from `since` until `until`, the first day no longer."""

    team = models.ForeignKey(VisitTeam, models.PROTECT, related_name="members", verbose_name="服务队")
    name = models.CharField("姓名", max_length=50)
    unit = models.CharField("单位", max_length=80, blank=True)
    leads = models.BooleanField("队长", default=False)
    since = models.DateField("起", default=timezone.localdate)
    until = models.DateField("止", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "服务队队员"
        ordering = ["-leads", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["team", "name", "unit"],
                condition=Q(until__isnull=True),
                name="visit_team_member_once",
                violation_error_message="同一单位的同一人只登记一次。",
            ),
            models.UniqueConstraint(
                fields=["team"],
                condition=Q(until__isnull=True, leads=True),
                name="visit_team_one_leader",
                violation_error_message="一支服务队只有一名队长。",
            ),
        ]

    def __str__(self):
        return f"{self.name}（{self.unit}）" if self.unit else self.name


class VisitTaskQuerySet(AssignedTaskQuerySet):
    OWNER, CHANGE = "organisation", "coverage.change"

    def open(self):
        return self.filter(state=VisitTaskState.OPEN)

    def overdue(self, today: dt.date | None = None):
        """The due day itself is still in time."""
        return self.open().filter(due_on__lt=today or timezone.localdate())

    def of_person(self, user):
        """“我的走访”: tasks of an organisation at which the user is appointed to act, of a team that has somebody of
        the user's name, or given to an instructor of that name.
        """
        own = [a.organisation_id for a in user.current_appointments if self.CHANGE in a.permissions]
        teams = VisitTeamMember.objects.filter(until__isnull=True, name=user.display_name).values("team")
        return self.filter(
            Q(organisation__in=own)
            | Q(instructor_name=user.display_name) & ~Q(instructor_name="")
            | Q(team__in=teams)
        )

    def for_list(self):
        rows = self.select_related("enterprise__park", "organisation", "team", "visit", "closed_by")
        return rows.defer("enterprise__contact_phone", "organisation__contact_phone")


class VisitTask(models.Model):
    """走访任务: somebody goes to an enterprise by `due_on`. Done by a visit, or dropped for a reason.

    `organisation` is responsible; it may send a team or an instructor. `arrived_on` is the first day of the stretch of
    the register (`EnterprisePeriod`) with which the enterprise arrived; one arrival makes one task.
    """

    enterprise = models.ForeignKey(
        "orgs.Enterprise", models.CASCADE, related_name="visit_tasks", verbose_name="企业"
    )
    kind = models.CharField("类别", max_length=12, choices=VisitKind, default=VisitKind.SERVICE)
    reason = models.CharField("原因", max_length=10, choices=VisitReason)
    arrived_on = models.DateField("登记或迁入日期", null=True, blank=True)
    organisation = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="visit_tasks",
        verbose_name="责任党组织",
    )
    team = models.ForeignKey(
        VisitTeam, models.PROTECT, null=True, blank=True, related_name="tasks", verbose_name="服务队"
    )
    instructor_name = models.CharField("指导员", max_length=50, blank=True)
    opened_on = models.DateField("发起日期", default=timezone.localdate)
    due_on = models.DateField("期限")
    note = models.CharField("说明", max_length=300, blank=True)
    state = models.CharField("状态", max_length=8, choices=VisitTaskState, default=VisitTaskState.OPEN)
    visit = models.ForeignKey(
        Visit, models.PROTECT, null=True, blank=True, related_name="tasks", verbose_name="走访"
    )
    dropped_reason = models.CharField("撤销原因", max_length=200, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="办理人",
    )
    run = models.ForeignKey(
        "imports.ImportRun", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="导入"
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="发起人",
    )
    updated_at = models.DateTimeField("更新时间", default=timezone.now)

    objects = VisitTaskQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "走访任务"
        constraints = [
            models.UniqueConstraint(
                fields=["enterprise", "kind"],
                condition=Q(state="open"),
                name="visit_task_one_open",
                violation_error_message="该企业已有同类别的待走访任务。",
            ),
            models.UniqueConstraint(fields=["enterprise", "arrived_on"], name="visit_task_once_per_arrival"),
            models.CheckConstraint(
                name="visit_task_one_goer",
                condition=Q(team__isnull=True) | Q(instructor_name=""),
                violation_error_message="服务队和指导员只选其一。",
            ),
            models.CheckConstraint(
                name="visit_task_closed_by_something",
                condition=Q(state="open", visit__isnull=True, dropped_reason="")
                | Q(state="done", visit__isnull=False, dropped_reason="")
                | Q(state="dropped", visit__isnull=True) & ~Q(dropped_reason=""),
                violation_error_message="已走访的任务须有走访记录，撤销的任务须有原因。",
            ),
        ]
        indexes = [
            models.Index(fields=["due_on", "id"], name="visit_task_due"),
            models.Index(fields=["state", "due_on"], name="visit_task_state"),
            models.Index(fields=["organisation", "state"], name="visit_task_owner"),
        ]

    def __str__(self):
        return f"{self.enterprise} {self.get_kind_display()}"

    @property
    def is_open(self):
        return self.state == VisitTaskState.OPEN

    @property
    def goer(self) -> str:
        """The team or instructor that is sent; "" where the organisation has not said."""
        return str(self.team) if self.team_id else self.instructor_name

    @property
    def days_left(self) -> int:
        return (self.due_on - timezone.localdate()).days


__all__ = [
    "ANY_KIND",
    "ARRIVALS",
    "CHOOSABLE",
    "PLACES",
    "VisitReason",
    "VisitTask",
    "VisitTaskState",
    "VisitTeam",
    "VisitTeamMember",
]
