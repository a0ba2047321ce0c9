"""Coverage in numbers: the one home of who counts as active, covered, should-found or surveyed.

Every function works on a `Register`: the units as they are today, or as they were on a past day. Figures and the
lists behind them are filtered by the same conditions, so they cannot disagree.
"""

import datetime as dt
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from orgs.kinds import Jurisdiction
from orgs.models import (
    ORGANISATION_METHODS,
    Coverage,
    CoverageLine,
    CoverageMethod,
    Enterprise,
    EnterprisePeriod,
    Organisation,
    SurveyRound,
    SurveyTask,
    TaskState,
    UnitKind,
    Visit,
)
from orgs.regulations import CoverageRule, coverage_rule


@dataclass(frozen=True)
class Rate:
    """A share with both of its counts; `value` is None when nothing is counted (shown as “—”)."""

    numerator: int
    denominator: int

    @property
    def value(self) -> float | None:
        return self.numerator / self.denominator if self.denominator else None


@dataclass(frozen=True)
class CoverageFigures:
    """What one group (a park, an area, a cluster, everything) comes to."""

    key: int | None
    active: int
    organisation: int
    work: int
    own: int
    should_found: int

    @property
    def organisation_coverage(self):
        return Rate(self.organisation, self.active)

    @property
    def work_coverage(self):
        return Rate(self.work, self.active)

    @property
    def own_organisation_rate(self):
        return Rate(self.own, self.active)

    @property
    def uncovered(self):
        return self.active - self.work


GROUPS = {"park": "park", "area": "park__area", "cluster": "cluster"}


class Register:
    """The enterprises on a day (default: today) with the conditions that statistics and lists share.

    `rows` are `Enterprise` rows today and `EnterprisePeriod` rows for a past day; both have `park`, `cluster`,
    `status` and `is_dormant`, and `id_field` names the enterprise in either.
    """

    def __init__(self, on: dt.date | None = None):
        today = timezone.localdate()
        self.on = on or today
        self.is_today = self.on >= today
        self.rule: CoverageRule = coverage_rule(self.on)
        self.id_field = "pk" if self.is_today else "enterprise"

    def rows(self) -> QuerySet:
        if self.is_today:
            return Enterprise.objects.all()
        return EnterprisePeriod.objects.current(self.on)

    def _employees(self):
        return "employees" if self.is_today else "enterprise__employees"

    def _in(self, queryset) -> Q:
        return Q(**{f"{self.id_field}__in": queryset})

    @cached_property
    def active(self) -> Q:
        """Counts in the denominator."""
        kind = "kind" if self.is_today else "enterprise__kind"
        condition = Q(**{kind: UnitKind.ENTERPRISE}, status__in=self.rule.statuses)
        if self.rule.exclude_dormant:
            condition &= Q(is_dormant=False)
        if self.rule.min_employees:
            condition &= Q(**{f"{self._employees()}__gte": self.rule.min_employees})
        return condition

    def _covered_by(self, **filters):
        return Coverage.objects.current(self.on).filter(**filters).values("enterprise")

    @cached_property
    def organisation_covered(self) -> Q:
        """Has an own, joint, area or trade organisation on the day."""
        methods = list(ORGANISATION_METHODS)
        if self.rule.counts_attached:
            methods.append(CoverageMethod.ATTACHED)
        return self._in(self._covered_by(method__in=methods))

    @cached_property
    def own_organisation(self) -> Q:
        return self._in(self._covered_by(method=CoverageMethod.OWN))

    @cached_property
    def instructor_covered(self) -> Q:
        """Has an instructor whose term runs and, where a place says so, who came lately."""
        instructors = Coverage.objects.current(self.on).filter(
            Q(term_ends_on__isnull=True) | Q(term_ends_on__gte=self.on), line=CoverageLine.INSTRUCTOR
        )
        if self.rule.visit_days:
            since = self.on - dt.timedelta(days=self.rule.visit_days)
            visited = Visit.objects.filter(visited_on__range=(since, self.on)).values("enterprise")
            instructors = instructors.filter(Q(since__gte=since) | Q(enterprise__in=visited))
        return self._in(instructors.values("enterprise"))

    @cached_property
    def work_covered(self) -> Q:
        """Organisation coverage, or an instructor."""
        return self.organisation_covered | self.instructor_covered

    @cached_property
    def should_found(self) -> Q:
        """应建未建: active, enough full members by its own report, and no organisation of its own.

        Source: 支部工作条例 art. 4; the number is the dated setting `should_found_members`.
        """
        members = "reported_members" if self.is_today else "enterprise__reported_members"
        enough = Q(**{f"{members}__gte": self.rule.should_found_members})
        return self.active & enough & ~self.own_organisation

    @cached_property
    def surveyed(self) -> Q:
        """No task left open in the latest survey round: either nothing to look at, or looked at."""
        latest = SurveyRound.objects.filter(as_of__lte=self.on).first()
        if latest is None:
            return Q(pk__in=[])
        tasks = SurveyTask.objects.filter(round=latest, state=TaskState.OPEN)
        return ~self._in(tasks.values("enterprise"))

    def of_organisation(self, organisation) -> QuerySet:
        """The rows that `organisation` and all below it answer for or cover."""
        return self.of_organisations(Organisation.objects.within(organisation))

    def of_organisations(self, organisations) -> QuerySet:
        organisations = organisations.order_by()
        if organisations.filter(jurisdiction=Jurisdiction.ALL).exists():
            return self.rows()
        covered = Coverage.objects.current(self.on).filter(organisation__in=organisations)
        return self.rows().filter(
            Enterprise.objects.place_condition(organisations) | self._in(covered.values("enterprise"))
        )

    def figures(self, rows: QuerySet, by: str | None = None) -> list[CoverageFigures]:
        """Figures of `rows`, in one query; `by` (`park`, `area`, `cluster`) gives one per group, None included."""
        counts = {
            "active_count": Count("pk"),
            "organisation_count": Count("pk", filter=self.organisation_covered),
            "work_count": Count("pk", filter=self.work_covered),
            "own_count": Count("pk", filter=self.own_organisation),
            "should_count": Count("pk", filter=self.should_found),
        }
        rows = rows.filter(self.active).order_by()
        if by is None:
            groups = [{"key": None, **rows.aggregate(**counts)}]
        else:
            field = GROUPS[by]
            groups = [{"key": row[field], **row} for row in rows.values(field).annotate(**counts)]
        return [
            CoverageFigures(
                group["key"],
                group["active_count"],
                group["organisation_count"],
                group["work_count"],
                group["own_count"],
                group["should_count"],
            )
            for group in groups
        ]
