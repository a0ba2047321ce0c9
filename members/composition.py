"""How the members of an organisation and below are composed on a day, and how their number changed between two days.

Counted by the formal relation: by the postings in force on the day (annual inner-party statistics, cut-off 31 December).
What people are (education, occupation …) is known as it is now only. Every table adds up to its total: what is not
filled in has a row of its own.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone

from members.choices import Closing, Education, Membership, Occupation, Opening, Sex, Title
from members.models import Posting
from orgs.models import Organisation
from orgs.terms import add_years

NONE = "none"
HAN = ("汉", "汉族")
# 十一届三中全会 and 十八大 opened on these days. Of a month only its first day is known.
PEOPLES_REPUBLIC = dt.date(1949, 10, 1)
REFORM = dt.date(1978, 12, 18)
EIGHTEENTH_CONGRESS = dt.date(2012, 11, 8)


@dataclass(frozen=True)
class Band:
    """A row of a table. `condition(day, prefix)` is about members, reached through `prefix`."""

    value: str
    label: str
    condition: Callable[[dt.date, str], Q]


@dataclass(frozen=True)
class Dimension:
    """A table. `bands` add up to the total; `extra` are headlines over several of them."""

    name: str
    title: str
    bands: tuple[Band, ...]
    extra: tuple[Band, ...] = ()

    @property
    def rows(self) -> tuple[Band, ...]:
        return (*self.bands, *self.extra)

    @property
    def choices(self) -> list[tuple[str, str]]:
        return [(band.value, band.label) for band in self.rows]

    def condition(self, value: str, day: dt.date) -> Q:
        """“The member belongs to this band on the day.”"""
        return next(band for band in self.rows if band.value == value).condition(day, "")


def latest_birth(day: dt.date, years: int) -> dt.date:
    """The youngest of those who are at least `years` old on `day` were born then."""
    born = add_years(day, -years)
    following = born + dt.timedelta(days=1)
    return following if add_years(following, years) <= day else born


def among(field, *values):
    return lambda day, prefix: Q(**{f"{prefix}{field}__in": values})


def _unfilled(field, *filled):
    """Whatever is in none of the other rows, so that nothing drops out."""
    return Band(NONE, "未填", lambda day, prefix: ~Q(**{f"{prefix}{field}__in": filled}))


def _of_choices(field, choices):
    bands = [Band(value, label, among(field, value)) for value, label in choices.choices]
    return (*bands, _unfilled(field, *choices.values))


def aged(at_least: int | None, below: int | None):
    def condition(day, prefix):
        found = Q(**{f"{prefix}born_on__isnull": False})
        if at_least is not None:
            found &= Q(**{f"{prefix}born_on__lte": latest_birth(day, at_least)})
        if below is not None:
            found &= Q(**{f"{prefix}born_on__gt": latest_birth(day, below)})
        return found

    return condition


def _between(field, start, end):
    def condition(day, prefix):
        found = Q(**{f"{prefix}{field}__isnull": False})
        if start is not None:
            found &= Q(**{f"{prefix}{field}__gte": start})
        if end is not None:
            found &= Q(**{f"{prefix}{field}__lt": end})
        return found

    return condition


def unknown(field):
    return Band(NONE, "未填", lambda day, prefix: Q(**{f"{prefix}{field}__isnull": True}))


def _probationary(day, prefix):
    """On the day. Who was disqualified or left unconfirmed had been probationary."""
    confirmed = Q(**{f"{prefix}confirmed_on__gt": day})
    never = Q(
        **{
            f"{prefix}confirmed_on__isnull": True,
            f"{prefix}membership__in": [Membership.PROBATIONARY, Membership.ENDED],
        }
    )
    return confirmed | never


def _full(day, prefix):
    confirmed = Q(**{f"{prefix}confirmed_on__lte": day})
    unknown = Q(
        **{
            f"{prefix}confirmed_on__isnull": True,
            f"{prefix}membership__in": [Membership.FULL, Membership.STOPPED],
        }
    )
    return confirmed | unknown


POSTGRADUATE = (Education.DOCTOR, Education.MASTER)
COLLEGE_OR_HIGHER = (*POSTGRADUATE, Education.BACHELOR, Education.COLLEGE)

MEMBERSHIP = Dimension(
    "membership",
    "党员类别",
    (
        Band(Membership.FULL, "正式党员", _full),
        Band(Membership.PROBATIONARY, "预备党员", _probationary),
    ),
)
SEX = Dimension("sex", "性别", _of_choices("sex", Sex))
ETHNICITY = Dimension(
    "ethnicity",
    "民族",
    (
        Band("han", "汉族", among("ethnicity", *HAN)),
        Band("minority", "少数民族", lambda day, prefix: ~Q(**{f"{prefix}ethnicity__in": ["", *HAN]})),
        Band(NONE, "未填", among("ethnicity", "")),
    ),
)
AGE = Dimension(
    "age",
    "年龄",
    (
        Band("to30", "30岁及以下", aged(None, 31)),
        *(Band(f"{n}to{n + 4}", f"{n}至{n + 4}岁", aged(n, n + 5)) for n in range(31, 61, 5)),
        Band("from61", "61岁及以上", aged(61, None)),
        unknown("born_on"),
    ),
    (Band("to35", "35岁及以下", aged(None, 36)),),
)
EDUCATION = Dimension(
    "education",
    "学历",
    (
        Band("postgraduate", "研究生", among("education", *POSTGRADUATE)),
        *(
            Band(value, value.label, among("education", value))
            for value in Education
            if value not in POSTGRADUATE
        ),
        _unfilled("education", *Education.values),
    ),
    (
        Band("college_up", "大专及以上", among("education", *COLLEGE_OR_HIGHER)),
        Band(Education.DOCTOR, "博士研究生", among("education", Education.DOCTOR)),
        Band(Education.MASTER, "硕士研究生", among("education", Education.MASTER)),
    ),
)
JOINED = Dimension(
    "joined",
    "入党时期",
    (
        Band("to1949", "新中国成立前", _between("joined_on", None, PEOPLES_REPUBLIC)),
        Band("to1978", "1949年10月至十一届三中全会前", _between("joined_on", PEOPLES_REPUBLIC, REFORM)),
        Band("to2012", "十一届三中全会后至十八大前", _between("joined_on", REFORM, EIGHTEENTH_CONGRESS)),
        Band("from2012", "十八大以来", _between("joined_on", EIGHTEENTH_CONGRESS, None)),
        unknown("joined_on"),
    ),
)
OCCUPATION = Dimension("occupation", "职业", _of_choices("occupation", Occupation))
TITLE = Dimension("title", "专业技术职称", _of_choices("title", Title))
RESEARCH = Dimension(
    "research",
    "研发人员",
    (
        Band("yes", "是", among("is_research", True)),
        Band("no", "否", among("is_research", False)),
        unknown("is_research"),
    ),
)
DIMENSIONS = (MEMBERSHIP, SEX, ETHNICITY, AGE, EDUCATION, JOINED, OCCUPATION, TITLE, RESEARCH)
BY_NAME = {dimension.name: dimension for dimension in DIMENSIONS}


# --- Counting ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    band: Band
    count: int
    total: int

    @property
    def label(self):
        return self.band.label

    @property
    def share(self):
        return self.count / self.total if self.total else None


@dataclass(frozen=True)
class Table:
    dimension: Dimension
    rows: list[Row]
    extra: list[Row]
    total: int


def postings_below(organisation) -> "Posting.objects":
    """All postings in `organisation` and below, of whatever day."""
    return Posting.objects.filter(organisation__in=Organisation.objects.within(organisation).order_by())


def counted_on(organisation, day: dt.date):
    """One posting for each who counted in `organisation` or below on `day`."""
    return postings_below(organisation).current(day)


def admitted_between(organisation, since: dt.date, until: dt.date):
    """One posting for each who was admitted as a probationary member after `since`, up to `until`."""
    return postings_below(organisation).filter(opened_how=Opening.ADMITTED, since__gt=since, since__lte=until)


def year_span(year: int) -> tuple[dt.date, dt.date]:
    """The last day of the year before, and that of the year (today while it runs): the days that statistics compare."""
    return dt.date(year - 1, 12, 31), min(dt.date(year, 12, 31), timezone.localdate())


def entered_in(postings, year: int):
    """Those that began in the year."""
    since, until = year_span(year)
    return postings.filter(since__gt=since, since__lte=until)


def left_in(postings, year: int):
    """Those that ended in the year."""
    since, until = year_span(year)
    return postings.filter(until__gt=since, until__lte=until)


def tables(postings, day: dt.date, dimensions=DIMENSIONS) -> list[Table]:
    """All tables over `postings`, one for each person, in one query."""
    counts = {
        f"{dimension.name}_{band.value}": Count("pk", filter=band.condition(day, "member__"))
        for dimension in dimensions
        for band in dimension.rows
    }
    found = postings.order_by().aggregate(total=Count("pk"), **counts)
    total = found["total"]

    def rows(dimension, bands):
        return [Row(band, found[f"{dimension.name}_{band.value}"], total) for band in bands]

    return [Table(d, rows(d, d.bands), rows(d, d.extra), total) for d in dimensions]


@dataclass(frozen=True)
class Movement:
    """start + arrivals − departures = end. Moves inside the organisation cancel out and are counted apart."""

    since: dt.date
    until: dt.date
    start: int
    end: int
    arrivals: list[tuple[str, int]]
    departures: list[tuple[str, int]]
    inside: int

    @property
    def arrived(self) -> int:
        return sum(count for _, count in self.arrivals)

    @property
    def departed(self) -> int:
        return sum(count for _, count in self.departures)


def movement(organisation, since: dt.date, until: dt.date) -> Movement:
    """Who came and went after `since`, up to `until`, in two queries."""
    postings = postings_below(organisation)
    began, ended = ({f"{name}__gt": since, f"{name}__lte": until} for name in ("since", "until"))
    found = postings.aggregate(
        start=_count(_in_force(since)),
        end=_count(_in_force(until)),
        **{f"in_{how}": _count(Q(opened_how=how, **began)) for how in Opening.values},
        **{f"out_{how}": _count(Q(closed_how=how, **ended)) for how in Closing.values},
    )
    left_inside = postings.filter(
        member=OuterRef("member"), closed_how=Closing.MOVED, until=OuterRef("since")
    ).exclude(pk=OuterRef("pk"))
    inside = postings.filter(Exists(left_inside), opened_how=Opening.MOVED, **began).count()
    arrivals = {how: found[f"in_{how}"] for how in Opening}
    departures = {how: found[f"out_{how}"] for how in Closing}
    arrivals[Opening.MOVED] -= inside
    departures[Closing.MOVED] -= inside
    return Movement(
        since=since,
        until=until,
        start=found["start"],
        end=found["end"],
        arrivals=_labelled(arrivals, Opening.MOVED, "内部转接（从本级范围以外转来）"),
        departures=_labelled(departures, Closing.MOVED, "内部转接（转往本级范围以外）"),
        inside=inside,
    )


def _labelled(counts, moved, words):
    return [(words if how == moved else how.label, count) for how, count in counts.items()]


def _count(condition):
    return Count("pk", filter=condition)


def _in_force(day):
    return Q(Q(until__isnull=True) | Q(until__gt=day), Q(since__isnull=True) | Q(since__lte=day))
