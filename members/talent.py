"""Who belongs to the talent pool (人才库) on a day: members by the rule and by hand, without those taken out.

Nothing of it is stored: `pool` is one condition over the register, so it is right the moment somebody's education or
birthday changes, and its size costs no copy of rows. Source: practice of talent pools (master or higher, under 35);
the thresholds are dated settings.
"""

import datetime as dt
from dataclasses import dataclass
from functools import cached_property

from django.db.models import BooleanField, Count, Exists, ExpressionWrapper, OuterRef, Q
from django.db.models.functions import Substr

from members.choices import Education
from members.composition import NONE, Band, Dimension, aged, among, latest_birth, unknown
from members.models import TalentEntry, TalentStance
from orgs.models import Organisation
from orgs.regulations import values_on
from orgs.tree import STEP

SETTINGS = ("talent_education", "talent_age_below")
SOURCES = [
    ("rule", "按规则"),
    ("hand", "手工列入"),
    ("out", "已移出"),
    ("unknown", "未填出生日期或学历"),
]


@dataclass(frozen=True)
class Rule:
    """The thresholds in force on `day`; one query."""

    day: dt.date
    education: str
    age_below: int

    @classmethod
    def on(cls, day: dt.date):
        values = values_on(SETTINGS, day)
        return cls(day, values["talent_education"], values["talent_age_below"])

    @property
    def words(self) -> str:
        return f"{self.education}及以上，不满{self.age_below}周岁"

    @cached_property
    def educations(self) -> list[str]:
        """The least and everything above it."""
        labels = Education.labels
        return Education.values[: labels.index(self.education) + 1]

    @cached_property
    def born_after(self) -> dt.date:
        """Whoever was born on this day or before is too old: the birthday itself is the first day out."""
        return latest_birth(self.day, self.age_below)

    @property
    def condition(self) -> Q:
        return Q(education__in=self.educations, born_on__gt=self.born_after)

    def is_met_by(self, person) -> bool:
        """As `condition`, for somebody at hand."""
        young = person.born_on is not None and person.born_on > self.born_after
        return young and person.education in self.educations


UNKNOWN = Q(born_on__isnull=True) | Q(education="")


def _entered(stance):
    return Exists(TalentEntry.objects.open().filter(member=OuterRef("pk"), stance=stance))


def with_sources(members, rule: Rule):
    """Adds the booleans `by_rule`, `by_hand` and `is_out` to members of the register."""
    return members.in_register().annotate(
        by_rule=ExpressionWrapper(rule.condition, output_field=BooleanField()),
        by_hand=_entered(TalentStance.IN),
        is_out=_entered(TalentStance.OUT),
    )


def pool(members, rule: Rule):
    """Those of `members` who are in the pool."""
    return with_sources(members, rule).filter(Q(rule.condition, is_out=False) | Q(by_hand=True))


def of_source(members, rule: Rule, source: str = ""):
    """One of `SOURCES`; "" is the pool."""
    if not source:
        return pool(members, rule)
    rows = with_sources(members, rule)
    if source == "out":
        return rows.filter(is_out=True)
    if source == "unknown":
        return rows.filter(UNKNOWN, by_hand=False)
    if source == "hand":
        return rows.filter(by_hand=True)
    return rows.filter(rule.condition, is_out=False)


def outside(people):
    """Those of `people` outside the register who are in the pool."""
    entered = TalentEntry.objects.open().filter(person=OuterRef("pk"))
    return people.known().filter(Exists(entered))


# --- Figures ------------------------------------------------------------------------------------------


AGE = Dimension(
    "age_band",
    "年龄",
    (
        Band("to25", "25岁及以下", aged(None, 26)),
        Band("to30", "26至30岁", aged(26, 31)),
        Band("to34", "31至34岁", aged(31, 35)),
        Band("from35", "35岁及以上", aged(35, None)),
        unknown("born_on"),
    ),
)
EDUCATION = Dimension(
    "education",
    "学历",
    (
        *(
            Band(value, value.label, among("education", value))
            for value in (Education.DOCTOR, Education.MASTER)
        ),
        Band(
            "other",
            "其他学历",
            among("education", *(set(Education.values) - {Education.DOCTOR, Education.MASTER})),
        ),
        Band(NONE, "未填", among("education", "")),
    ),
)
TABLES = (EDUCATION, AGE)


@dataclass(frozen=True)
class Line:
    """One organisation: `cells` hold a count for each band of each of `TABLES`, in their order."""

    organisation: Organisation | None
    label: str
    cells: list[int]
    total: int
    outside: int
    unknown: int


def figures(organisation, members, people, rule: Rule) -> tuple[list[Line], Line]:
    """Lines for `organisation` itself and each one directly below it, and their sum; four queries.

    Members count at home, people outside where they are kept; `unknown` are not in the pool, because nobody can say.
    """
    within = Organisation.objects.within(organisation).order_by().values("pk")
    members, people = (rows.filter(organisation__in=within) for rows in (members, people))
    bands = {
        f"{table.name}_{band.value}": Count("pk", filter=band.condition(rule.day, ""))
        for table in TABLES
        for band in table.bands
    }
    length = STEP * (organisation.depth + 1)
    counted = _by_place(pool(members, rule), length, total=Count("pk"), **bands)
    outer = _by_place(outside(people), length, count=Count("pk"))
    unfilled = _by_place(of_source(members, rule, "unknown"), length, count=Count("pk"))
    paths = {*counted, *outer, *unfilled}
    rows = Organisation.objects.filter(path__in=paths).order_by("path").only("name", "code", "path", "depth")
    lines = [
        Line(
            row,
            "本级" if row.pk == organisation.pk else row.name,
            [counted.get(row.path, {}).get(name, 0) for name in bands],
            counted.get(row.path, {}).get("total", 0),
            outer.get(row.path, {}).get("count", 0),
            unfilled.get(row.path, {}).get("count", 0),
        )
        for row in rows
    ]
    return lines, _sum(lines, len(bands))


def _by_place(rows, length, **counts) -> dict[str, dict]:
    """Path of the organisation at this depth, or of one above it → its counts."""
    found = rows.order_by().annotate(place=Substr("organisation__path", 1, length)).values("place")
    return {row["place"]: row for row in found.annotate(**counts)}


def _sum(lines, width) -> Line:
    return Line(
        None,
        "合计",
        [sum(line.cells[index] for line in lines) for index in range(width)],
        sum(line.total for line in lines),
        sum(line.outside for line in lines),
        sum(line.unknown for line in lines),
    )
