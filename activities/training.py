"""Training hours (学时) of a member and year: from lectures and trainings attended, and from courses taken elsewhere.

Source: 党员教育管理工作条例 art. 10–12; 2019—2023年全国党员教育培训工作规划 (32 hours a year, 56 for secretaries and
committee members; a later plan was not seen, hence settings).
"""

import datetime as dt
from collections import Counter, defaultdict
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import (
    BooleanField,
    Case,
    Count,
    DecimalField,
    Exists,
    ExpressionWrapper,
    F,
    Min,
    OuterRef,
    Q,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Substr
from django.utils import timezone

from activities.kinds import Kind
from activities.models import HELD_STATES, HERE, ActivityKind, Attendance, TrainingCredit
from members.models import Member
from orgs.joins import joined
from orgs.models import Post, PostTitle
from orgs.regulations import values_on
from orgs.tree import STEP

COUNTED_KINDS = (Kind.TRAINING, Kind.PARTY_LECTURE)
SETTINGS = ("training_hours_member", "training_hours_leader")
NUMBER = DecimalField(max_digits=7, decimal_places=1)
FEW_NAMES = 500  # more are not named in a statement


def attended(year: int):
    """Attendances that count, each activity once for each member; a lecture elsewhere (列席) teaches as much."""
    counted = ActivityKind.objects.filter(activity=OuterRef("activity"), kind__in=COUNTED_KINDS)
    return Attendance.objects.filter(
        Exists(counted),
        state__in=HERE,
        activity__state__in=HELD_STATES,
        activity__held_on__year=year,
    )


def with_hours(members, year: int):
    """Adds `attended_hours`, `course_hours`, `hours`, and `required`: what the regulations ask of the member."""
    here = attended(year).filter(member=OuterRef("pk")).order_by().values("member")
    elsewhere = TrainingCredit.objects.standing().filter(member=OuterRef("pk"), on__year=year)
    needed = values_on(SETTINGS, dt.date(year, 1, 1))
    return members.annotate(
        attended_hours=_sum(here.annotate(sum=Sum("activity__hours"))),
        course_hours=_sum(elsewhere.order_by().values("member").annotate(sum=Sum("hours"))),
        required=Case(
            When(_leads(_last_day(year)), then=Value(needed["training_hours_leader"])),
            default=Value(needed["training_hours_member"]),
        ),
    ).annotate(hours=F("attended_hours") + F("course_hours"))


def _leads(day: dt.date) -> Q:
    """Whether the member is secretary or on the committee of an organisation that exists on the day.

    The plan says 基层党组织书记和班子成员 without asking where, so a seat on a committee above the branch counts like one
    in it. Posts hold names: elsewhere under the same top one counts only where nobody else in the register has the name.
    """
    posts = _leading_posts(day)
    own = posts.filter(person_name=OuterRef("name"))
    above = own.alias(home=Substr(OuterRef("organisation__path"), 1)).filter(
        home__startswith=F("organisation__path")
    )
    anywhere = own.alias(top=Substr(OuterRef("organisation__path"), 1, STEP))
    anywhere = anywhere.filter(organisation__path__startswith=F("top"))
    namesakes = Member.objects.in_register().filter(name=OuterRef("name"), root_id=OuterRef("root_id"))
    namesakes = namesakes.exclude(pk=OuterRef("pk"))
    # The names first, one list for all: only of those few is it asked where.
    named = Q(name__in=posts.order_by().values("person_name"))
    return named & (Q(Exists(above)) | (Q(Exists(anywhere)) & ~Q(Exists(namesakes))))


def _leading_posts(day: dt.date):
    posts = Post.objects.current(day).exclude(title=PostTitle.GROUP_LEADER)
    return posts.filter(Q(organisation__dissolved_on=None) | Q(organisation__dissolved_on__gt=day))


@dataclass(frozen=True)
class Hours:
    """Of many members: how many have reached the hours that `with_hours` requires, by organisation, and what all of them have."""

    reached: Counter
    attended: Decimal
    courses: Decimal


def reached_by_home(members, year: int) -> Counter:
    """How many of `members` have the hours that `with_hours` requires, by their organisation."""
    return _summed(members, year, every=False).reached


def summed(members, year: int) -> Hours:
    """As `reached_by_home`, with the hours of all together."""
    return _summed(members, year, every=True)


def _summed(members, year: int, *, every: bool) -> Hours:
    """For figures: the hours of all are summed in one pass instead of one member after the other. Who leads is asked only of
    those for whom it decides. Whoever has too few hours in any case counts in the sums only if `every` one is wanted.
    """
    needed = values_on(SETTINGS, dt.date(year, 1, 1))
    of_member, of_leader = (needed[name] for name in SETTINGS)
    low, high = sorted((of_member, of_leader))
    posts = _leading_posts(_last_day(year)).order_by()
    hours = "COALESCE(h.hours, 0)"
    # A row for each organisation, and one for each member with the name of somebody who leads for whom that decides.
    asked = [
        f"CASE WHEN {hours} >= {low} AND {hours} < {high} AND m.leads THEN m.{name} END"
        for name in ("who", "name", "top", "path")
    ]
    counts = [f"SUM(CASE WHEN {hours} >= {least} THEN 1 ELSE 0 END)" for least in (low, high)]
    columns = ", ".join(["m.home", *asked, *counts, f"SUM({hours})", "SUM(COALESCE(h.taken, 0))"])
    enough, between, named, gained, taken = Counter(), Counter(), [], Decimal(), Decimal()
    for home, who, name, top, path, count, surely, together, courses in joined(
        columns, _with_sums(None if every else low, low > 0, _sums(members, posts, year)), "1, 2, 3, 4, 5"
    ):
        enough[home] += surely
        between[home] += count - surely
        gained += Decimal(together)
        taken += Decimal(courses)
        if who:
            named.append((who, name, top, home, path))
    leading = _leading_by_home(named, posts)
    reached = enough + (leading if of_leader == low else between - leading)
    return Hours(reached, gained - taken, taken)


def _sums(members, posts, year: int) -> dict:
    """What hours are reckoned from: the members, what they attended, what they took elsewhere."""
    among = members.order_by().values("pk")
    courses = TrainingCredit.objects.standing().filter(on__year=year, member__in=among).order_by()
    has_name = ExpressionWrapper(Q(name__in=posts.values("person_name")), output_field=BooleanField())
    return {
        "members": members.order_by().values(
            "name",
            who=F("pk"),
            home=F("organisation"),
            top=F("root_id"),
            path=F("organisation__path"),
            leads=has_name,
        ),
        "attended": attended(year)
        .filter(member__in=among, activity__hours__gt=0)
        .order_by()
        .values(who=F("member"), gained=F("activity__hours")),
        "courses": courses.values(who=F("member"), gained=F("hours")),
    }


def _with_sums(least: int | None, must_have: bool, sums: dict) -> list[tuple]:
    """The members as `m` with their hours as `h`, for `joined`; of `must_have` only those who have any, and `least`."""
    kind = "JOIN" if must_have else "LEFT JOIN"
    having = "" if least is None else f" HAVING SUM(x.gained) >= {least}"
    begun = (
        f"{kind} (SELECT x.who, SUM(x.gained) AS hours, SUM(x.taken) AS taken"  # noqa: S608 - no words of people
        " FROM (SELECT a.who, a.gained, 0 AS taken FROM ({}) a"
    )
    ended = f") x GROUP BY x.who{having}) h ON h.who = m.who"
    return [
        ("FROM ({}) m", sums["members"]),
        (begun, sums["attended"]),
        ("UNION ALL SELECT c.who, c.gained, c.gained FROM ({}) c" + ended, sums["courses"]),  # noqa: S608
    ]


def _leading_by_home(named: list[tuple], posts) -> Counter:
    """Those of `named` (key, name, top one, organisation, its path) who lead, as `_leads` has it, by their organisation."""
    names = {name for _, name, *_ in named}
    wanted = names if len(names) <= FEW_NAMES else posts.values("person_name")
    seats = defaultdict(set)
    for name, path in posts.filter(person_name__in=wanted).values_list("person_name", "organisation__path"):
        seats[name].add(path)
    namesakes = Member.objects.in_register().filter(name__in=wanted).order_by().values("name", "root_id")
    counts = namesakes.annotate(count=Count("pk"), one=Min("pk"))
    bearers = {
        (name, root): (count, one)
        for name, root, count, one in counts.values_list("name", "root_id", "count", "one")
    }
    return Counter(
        home
        for who, name, root, home, path in named
        if any(path.startswith(seat) for seat in seats[name])
        or (
            bearers.get((name, root), (1, who))
            == (1, who)  # or nobody, where they are in the register no longer
            and any(seat[:STEP] == path[:STEP] for seat in seats[name])
        )
    )


def _sum(rows):
    return Coalesce(Subquery(rows.values("sum"), output_field=NUMBER), Value(Decimal(0), output_field=NUMBER))


def _last_day(year):
    """Who leads is asked of the end of the year, or of today while it lasts."""
    return min(dt.date(year, 12, 31), timezone.localdate())


def of_member(member, year: int):
    """The member with figures, what they attended and the courses they took."""
    found = with_hours(type(member).objects.filter(pk=member.pk), year).get()
    lectures = attended(year).filter(member=member, activity__hours__gt=0).select_related("activity")
    courses = TrainingCredit.objects.standing().filter(member=member, on__year=year)
    return found, lectures.order_by("-activity__held_on", "-pk"), courses.order_by("-on", "-pk")
