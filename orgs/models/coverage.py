"""Which organisation covers which enterprise and how; visits; the steps of founding."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from orgs.models.enterprises import BuildingStage, Enterprise
from orgs.models.organisations import DatedQuerySet

INSTRUCTOR_NOTICE_DAYS = 30


class CoverageMethod(models.TextChoices):
    OWN = "own", "单独组建"
    JOINT = "joint", "联合组建"
    AREA = "area", "区域统建"
    TRADE = "trade", "行业统建"
    ATTACHED = "attached", "挂靠"
    INSTRUCTOR = "instructor", "派驻指导员"


ORGANISATION_METHODS = (CoverageMethod.OWN, CoverageMethod.JOINT, CoverageMethod.AREA, CoverageMethod.TRADE)


class CoverageLine(models.TextChoices):
    ORGANISATION = "organisation", "组织覆盖"
    INSTRUCTOR = "instructor", "指导员"


def line_of(method: str) -> str:
    """An enterprise has one open organisation coverage and one open instructor at most."""
    is_instructor = method == CoverageMethod.INSTRUCTOR
    return CoverageLine.INSTRUCTOR if is_instructor else CoverageLine.ORGANISATION


class CoverageQuerySet(DatedQuerySet):
    def visible_to(self, user):
        return self.filter(enterprise__in=Enterprise.objects.visible_to(user))

    def instructors_ending(self, today):
        """Those of instructors whose term is over or will be within `INSTRUCTOR_NOTICE_DAYS`."""
        until = today + dt.timedelta(days=INSTRUCTOR_NOTICE_DAYS)
        return self.current().filter(line=CoverageLine.INSTRUCTOR, term_ends_on__lte=until)


class Coverage(models.Model):
    """覆盖关系: dated, with evidence. `line` follows `method` and keeps at most one of each kind open.

    An instructor assignment (党建工作指导员) names the person and may name the organisation that appointed them;
    after `term_ends_on` it no longer counts.
    """

    enterprise = models.ForeignKey(Enterprise, models.CASCADE, related_name="coverages", verbose_name="企业")
    method = models.CharField("覆盖方式", max_length=12, choices=CoverageMethod)
    line = models.CharField("覆盖类别", max_length=14, choices=CoverageLine, editable=False)
    organisation = models.ForeignKey(
        "orgs.Organisation",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="coverages",
        verbose_name="覆盖党组织",
    )
    instructor_name = models.CharField("党建工作指导员", max_length=50, blank=True)
    since = models.DateField("起始日期")
    until = models.DateField("截止日期", null=True, blank=True)
    term_ends_on = models.DateField("派驻期满日期", null=True, blank=True)
    evidence = models.CharField("依据", max_length=200, blank=True, help_text="批复文号、承诺书编号等。")
    run = models.ForeignKey(
        "imports.ImportRun", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="导入"
    )
    closed_by_run = models.ForeignKey(
        "imports.ImportRun",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="终止于导入",
    )
    updated_at = models.DateTimeField("更新时间", default=timezone.now)

    objects = CoverageQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "覆盖关系"
        constraints = [
            models.UniqueConstraint(
                fields=["enterprise", "line"],
                condition=Q(until__isnull=True),
                name="coverage_one_open_per_line",
                violation_error_message="该企业已有同类覆盖关系，请先终止原关系。",
            ),
            models.CheckConstraint(
                name="coverage_until_later",
                condition=Q(until__isnull=True) | Q(until__gte=F("since")),
                violation_error_message="截止日期不能早于起始日期。",
            ),
            models.CheckConstraint(
                name="coverage_names_someone",
                condition=Q(line="organisation", organisation__isnull=False)
                | Q(line="instructor") & ~Q(instructor_name=""),
                violation_error_message="组织覆盖须填写覆盖党组织，派驻指导员须填写指导员姓名。",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "until"], name="coverage_organisation"),
            models.Index(fields=["line", "until", "method"], name="coverage_line_until"),
        ]

    def __str__(self):
        return f"{self.enterprise} {self.get_method_display()}"

    def save(self, *args, **kwargs):
        self.line = line_of(self.method)
        super().save(*args, **kwargs)

    def clean(self):
        self.line = line_of(self.method)


class VisitKind(models.TextChoices):
    INSTRUCTOR = "instructor", "指导员走访"
    POLICY = "policy", "政策走访"
    SERVICE = "service", "服务走访"
    CULTURE = "culture", "文化走访"
    SURVEY = "survey", "摸排走访"


class VisitQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(enterprise__in=Enterprise.objects.visible_to(user))

    def permitted_to(self, user, permission):
        """About enterprises for which `user` holds `permission` by office: what was noted is not meant for contacts."""
        permitted = Enterprise.objects.permitted_to(user, permission).order_by()
        return self.filter(enterprise__in=permitted.values("pk"))

    def for_list(self):
        return self.select_related("enterprise__park", "team").defer("enterprise__contact_phone")


class Visit(models.Model):
    """走访记录."""

    enterprise = models.ForeignKey(Enterprise, models.CASCADE, related_name="visits", verbose_name="企业")
    coverage = models.ForeignKey(
        Coverage, models.SET_NULL, null=True, blank=True, related_name="visits", verbose_name="指导员派驻"
    )
    kind = models.CharField("类别", max_length=12, choices=VisitKind, default=VisitKind.INSTRUCTOR)
    visited_on = models.DateField("走访日期")
    visitor_name = models.CharField("走访人", max_length=50)
    team = models.ForeignKey(
        "orgs.VisitTeam", models.PROTECT, null=True, blank=True, related_name="visits", verbose_name="服务队"
    )
    gist = models.TextField("情况", blank=True, max_length=2000)
    needs = models.TextField("企业诉求", blank=True, max_length=1000)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="记录人"
    )
    recorded_at = models.DateTimeField("记录时间", default=timezone.now)

    objects = VisitQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "走访"
        ordering = ["-visited_on", "-pk"]
        indexes = [
            models.Index(fields=["enterprise", "visited_on"], name="visit_enterprise_day"),
            models.Index(fields=["visited_on", "id"], name="visit_day"),
        ]

    def __str__(self):
        return f"{self.visited_on} {self.enterprise}"


class FoundingStep(models.Model):
    """A stage of the founding pipeline that an enterprise entered."""

    enterprise = models.ForeignKey(
        Enterprise, models.CASCADE, related_name="founding_steps", verbose_name="企业"
    )
    stage = models.CharField("进度", max_length=16, choices=BuildingStage)
    entered_on = models.DateField("日期", default=timezone.localdate)
    document_no = models.CharField("文号", max_length=60, blank=True)
    note = models.CharField("说明", max_length=300, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="记录人"
    )

    class Meta:
        verbose_name = verbose_name_plural = "组建进度记录"
        ordering = ["entered_on", "pk"]

    def __str__(self):
        return f"{self.enterprise} {self.get_stage_display()}"


__all__ = [
    "ORGANISATION_METHODS",
    "Coverage",
    "CoverageLine",
    "CoverageMethod",
    "FoundingStep",
    "Visit",
    "VisitKind",
    "line_of",
]
