"""Coverage in numbers: the one home of who counts as active, covered, should-found or surveyed.

Every function works on a `Register`: the units as they are today, or as they were on a past day. Figures and the
lists behind them are filtered by the same conditions, so they cannot disagree.

Lists ask with IN and EXISTS; figures join the same conditions, evaluated once per covered unit. An IN inside COUNT
would do the same until its set outgrows the memory PostgreSQL gives a hash, and then compare every row with every
other.
"""

import datetime as dt
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, fields, replace
from functools import cached_property
from operator import attrgetter

from django.db.models import Case, Count, Exists, F, Max, Min, OuterRef, Q, QuerySet, When
from django.db.models.functions import Substr
from django.utils import timezone

from orgs.joins import joined
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
from orgs.models.enterprises import any_of
from orgs.regulations import CoverageRule, coverage_rule
from orgs.tree import STEP, next_path


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
    """What one group (a park, an area, a cluster, everything) comes to. Counts of active units."""

    key: object = None
    active: int = 0
    organisation: int = 0
    work: int = 0
    own: int = 0
    joint: int = 0
    area: int = 0
    trade: int = 0
    attached: int = 0
    instructor: int = 0
    should_found: int = 0
    surveyed: int = 0

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
    def survey_rate(self):
        return Rate(self.surveyed, self.active)

    @property
    def uncovered(self):
        return self.active - self.work


@dataclass(frozen=True)
class Breadth:
    """What a monthly report tells of a group beside its coverage. All but `units` count active ones."""

    key: object = None
    units: int = 0
    with_members: int = 0
    enough_members: int = 0
    instructors: int = 0


COUNTS = tuple(field.name for field in fields(CoverageFigures))[1:]
_counts_of = attrgetter(*COUNTS)
GROUPS = {"park": "park", "area": "park__area", "cluster": "cluster"}


def total(figures, key=None) -> CoverageFigures:
    """The sum of `figures`, which must not share units."""
    columns = zip(*map(_counts_of, figures), strict=True)
    return CoverageFigures(key, *map(sum, columns))


def by_key(figures, key) -> dict[object, CoverageFigures]:
    """`figures` summed by what `key` (a function) says of each."""
    groups: dict[object, list[CoverageFigures]] = {}
    for figure in figures:
        groups.setdefault(key(figure), []).append(figure)
    return {name: total(group, name) for name, group in groups.items()}


def days_before(day: dt.date, days: int) -> dt.date:
    """The calendar's first day where `days` before `day` there is none."""
    return dt.date.fromordinal(max(day.toordinal() - days, 1))


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

    def _field(self, name):
        return name if self.is_today else f"enterprise__{name}"

    def _in(self, queryset) -> Q:
        return Q(**{f"{self.id_field}__in": queryset.values("enterprise")})

    def _not_in(self, queryset) -> Q:
        return Q(~Exists(queryset.filter(enterprise=OuterRef(self.id_field))))

    @property
    def enterprises(self) -> Q:
        return Q(**{self._field("kind"): UnitKind.ENTERPRISE})

    @cached_property
    def active(self) -> Q:
        """Counts in the denominator."""
        condition = self.enterprises & Q(status__in=self.rule.statuses)
        if self.rule.exclude_dormant:
            condition &= Q(is_dormant=False)
        if self.rule.min_employees:
            condition &= Q(**{self._field("employees__gte"): self.rule.min_employees})
        return condition

    # --- Covered how: conditions on the coverages of the day ------------------------------------------

    @cached_property
    def coverages(self) -> QuerySet:
        return Coverage.objects.current(self.on)

    @cached_property
    def marks(self) -> dict[str, Q]:
        """What a coverage of the day makes its unit count as. Methods first, then what sums them up."""
        methods = list(ORGANISATION_METHODS)
        if self.rule.counts_attached:
            methods.append(CoverageMethod.ATTACHED)
        marks = {method: Q(method=method) for method in (*ORGANISATION_METHODS, CoverageMethod.ATTACHED)}
        marks["instructor"] = self._instructor
        marks["organisation"] = Q(method__in=methods)
        marks["work"] = marks["organisation"] | marks["instructor"]
        return {str(name): condition for name, condition in marks.items()}

    @property
    def _instructor(self) -> Q:
        """An instructor whose term runs and, where a place says so, who came lately."""
        condition = Q(line=CoverageLine.INSTRUCTOR)
        condition &= Q(term_ends_on__isnull=True) | Q(term_ends_on__gte=self.on)
        if self.rule.visit_days:
            since = days_before(self.on, self.rule.visit_days)
            visits = Visit.objects.filter(
                enterprise=OuterRef("enterprise"), visited_on__range=(since, self.on)
            )
            condition &= Q(since__gte=since) | Q(Exists(visits))
        return condition

    def covered(self, mark: str) -> Q:
        """Has a coverage of the day that counts as `mark`: a method, `organisation` or `work`."""
        return self._in(self.coverages.filter(self.marks[mark]))

    def not_covered(self, mark: str) -> Q:
        """As `~covered(mark)`, in the form that stays quick over large sets."""
        return self._not_in(self.coverages.filter(self.marks[mark]))

    @cached_property
    def organisation_covered(self) -> Q:
        """Has an own, joint, area or trade organisation on the day."""
        return self.covered("organisation")

    @cached_property
    def own_organisation(self) -> Q:
        return self.covered("own")

    @cached_property
    def instructor_covered(self) -> Q:
        return self.covered("instructor")

    @cached_property
    def work_covered(self) -> Q:
        """Organisation coverage, or an instructor."""
        return self.covered("work")

    # --- Founding and survey ---------------------------------------------------------------------------

    @cached_property
    def enough_members(self) -> Q:
        """By its own report or by the register of members, whichever says more."""
        least = self.rule.should_found_members
        reported, registered = (
            Q(**{self._field(f"{name}__gte"): least}) for name in ("reported_members", "registered_members")
        )
        return reported | registered

    @cached_property
    def with_members(self) -> Q:
        """Has a member by its own report, or a full one by the register."""
        return Q(**{self._field("reported_members__gte"): 1}) | Q(
            **{self._field("registered_members__gte"): 1}
        )

    @cached_property
    def should_found(self) -> Q:
        """应建未建: active, enough full members, and no organisation of its own.

        Source: 支部工作条例 art. 4; the number is the dated setting `should_found_members`.
        """
        return self.active & self.enough_members & self.not_covered("own")

    @cached_property
    def survey_round(self) -> SurveyRound | None:
        """The latest round on the day."""
        return SurveyRound.objects.filter(as_of__lte=self.on).first()

    @cached_property
    def open_tasks(self) -> QuerySet:
        """Survey tasks of the latest round that nobody had done on the day."""
        undone = Q(state=TaskState.OPEN) | Q(state=TaskState.DONE, done_on__gt=self.on)
        return SurveyTask.objects.filter(undone, round=self.survey_round)

    @cached_property
    def surveyed(self) -> Q:
        """No task left open in the latest survey round: either nothing to look at, or looked at."""
        if self.survey_round is None:
            return Q(pk__in=[])
        return self._not_in(self.open_tasks)

    # --- Whose units -----------------------------------------------------------------------------------

    def of_organisation(self, organisation) -> QuerySet:
        """The rows that `organisation` and all below it answer for or cover."""
        return self.of_organisations(Organisation.objects.within(organisation))

    def of_organisations(self, organisations) -> QuerySet:
        organisations = organisations.order_by()
        if organisations.filter(jurisdiction=Jurisdiction.ALL).exists():
            return self.rows()
        covered = self.coverages.filter(organisation__in=organisations)
        conditions = (*Enterprise.objects.place_conditions(organisations), self._in(covered))
        return self.rows().filter(pk__in=any_of(self.rows(), conditions))

    # --- Figures ---------------------------------------------------------------------------------------

    def figures(self, rows: QuerySet, by: str | None = None) -> list[CoverageFigures]:
        """Figures of `rows`, in one query; `by` (`park`, `area`, `cluster`) gives one per group, None included."""
        names = [by] if by else []
        found = self._count(self._units(rows, names), self._marked(rows), [f"u.key_{name}" for name in names])
        if by is None:
            return found or [CoverageFigures()]
        return [replace(figures, key=figures.key[0]) for figures in found]

    def breadth(self, rows: QuerySet, by: str) -> tuple[dict[object, Breadth], Breadth]:
        """By group as in `figures`, and of all together, in two queries.

        An instructor counts once in each group, by name; so groups do not add up to the whole.
        """
        rows = rows.filter(self.enterprises).order_by().annotate(key=F(GROUPS[by]))
        groups = list(
            rows.values("key").annotate(
                units=Count("pk"),
                with_members=Count("pk", filter=self.active & self.with_members),
                enough_members=Count("pk", filter=self.active & self.enough_members),
            )
        )
        guided = {self._field("coverages__in"): self.coverages.filter(self.marks["instructor"])}
        names = rows.filter(self.active, **guided).values_list(
            "key", self._field("coverages__instructor_name")
        )
        found = set(names.distinct())
        by_group = Counter(key for key, _ in found)
        whole = Breadth(
            None,
            *(sum(group[name] for group in groups) for name in ("units", "with_members", "enough_members")),
            instructors=len({name for _, name in found}),
        )
        return {group["key"]: Breadth(**group, instructors=by_group[group["key"]]) for group in groups}, whole

    def cells(self, organisation, rows: QuerySet) -> list[CoverageFigures]:
        """Figures of `rows` in the smallest groups that a page about `organisation` sums up from, in one query.

        Keyed (park, cluster, covering, covering): the last two are the paths of those directly below
        `organisation` in whose subtrees the unit is covered, one for each line, None where there is none.
        """
        path = "organisation__path"
        below = Q(**{f"{path}__gt": organisation.path, f"{path}__lt": next_path(organisation.path)})
        child = Case(When(below, then=Substr(path, 1, len(organisation.path) + STEP)))
        marked = self._marked(rows).annotate(first_child=Min(child), last_child=Max(child))
        keys = ["u.key_park", "u.key_cluster", "c.first_child", "c.last_child"]
        return self._count(self._units(rows, ["park", "cluster"]), marked, keys)

    def by_holder(self, parks: Collection[int] | None = None) -> list[CoverageFigures]:
        """Figures of all units, or of those in `parks` (0: in none), in one query.

        Keyed (park, cluster, covering, covering): the last two are the keys of the organisations that cover the unit,
        one for each line, None where there is none.
        """
        rows = self.rows()
        if parks is not None:
            rows = rows.filter(Q(park__in=parks) | Q(park=None) if 0 in parks else Q(park__in=parks))
        marked = self._marked(rows).annotate(
            first_holder=Min("organisation"), last_holder=Max("organisation")
        )
        keys = ["u.key_park", "u.key_cluster", "c.first_holder", "c.last_holder"]
        return self._count(self._units(rows, ["park", "cluster"]), marked, keys)

    def _units(self, rows, names):
        """The active ones of `rows` as (unit, enough, key_…)."""
        enough = Case(When(self.enough_members, then=1), default=0)
        keys = {f"key_{name}": F(GROUPS[name]) for name in names}
        return rows.filter(self.active).order_by().values(unit=F(self.id_field), enough=enough, **keys)

    def _marked(self, rows):
        """One row per covered unit of `rows`: `is_…` is 1 where one of its coverages counts as that."""
        marks = {
            f"is_{name}": Max(Case(When(condition, then=1), default=0))
            for name, condition in self.marks.items()
        }
        coverages = self.coverages
        if rows.query.where:  # a database joins first and leaves out afterwards
            coverages = coverages.filter(enterprise__in=rows.order_by().values(self.id_field))
        return coverages.values(unit=F("enterprise")).annotate(**marks)

    def _count(self, units, marked, keys) -> list[CoverageFigures]:
        """One per combination of `keys`. Reads the coverages of the day once."""
        counts = ["COUNT(*)"]
        counts += [f"SUM(COALESCE(c.is_{mark}, 0))" for mark in COUNTS[1:-2]]
        counts.append("SUM(CASE WHEN u.enough = 1 AND COALESCE(c.is_own, 0) = 0 THEN 1 ELSE 0 END)")
        counts.append("SUM(CASE WHEN t.unit IS NULL THEN 1 ELSE 0 END)" if self.survey_round else "0")
        parts = [("FROM ({}) u", units), ("LEFT JOIN ({}) c ON c.unit = u.unit", marked)]
        if self.survey_round:
            parts.append(
                ("LEFT JOIN ({}) t ON t.unit = u.unit", self.open_tasks.values(unit=F("enterprise")))
            )
        rows = joined(", ".join(keys + counts), parts, ", ".join(keys))
        size = len(keys)
        return [CoverageFigures(row[:size], *(int(n or 0) for n in row[size:])) for row in rows]
