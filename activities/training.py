"""Training hours (学时) of a member and year: from lectures and trainings attended, and from courses taken elsewhere.

Source: 党员教育管理工作条例 art. 10–12; 2019—2023年全国党员教育培训工作规划 (32 hours a year, 56 for secretaries and
committee members; a later plan was not seen, hence settings).
"""

import datetime as dt
from decimal import Decimal

from django.db.models import Case, DecimalField, Exists, F, OuterRef, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from activities.kinds import Kind
from activities.models import HELD_STATES, ActivityKind, Attendance, AttendanceState, TrainingCredit
from orgs.models import Post, PostTitle
from orgs.regulations import values_on

COUNTED_KINDS = (Kind.TRAINING, Kind.PARTY_LECTURE)
SETTINGS = ("training_hours_member", "training_hours_leader")
NUMBER = DecimalField(max_digits=7, decimal_places=1)


def attended(year: int):
    """Attendances that count, each activity once for each member."""
    counted = ActivityKind.objects.filter(activity=OuterRef("activity"), kind__in=COUNTED_KINDS)
    return Attendance.objects.filter(
        Exists(counted),
        state=AttendanceState.PRESENT,
        activity__state__in=HELD_STATES,
        activity__held_on__year=year,
    )


def with_hours(members, year: int):
    """Adds `attended_hours`, `course_hours`, `hours`, and `required`: what the regulations ask of the member."""
    here = attended(year).filter(member=OuterRef("pk")).order_by().values("member")
    elsewhere = TrainingCredit.objects.standing().filter(member=OuterRef("pk"), on__year=year)
    needed = values_on(SETTINGS, dt.date(year, 1, 1))
    leads = Post.objects.current(_last_day(year)).filter(
        organisation=OuterRef("organisation"), person_name=OuterRef("name")
    )
    return members.annotate(
        attended_hours=_sum(here.annotate(sum=Sum("activity__hours"))),
        course_hours=_sum(elsewhere.order_by().values("member").annotate(sum=Sum("hours"))),
        required=Case(
            When(
                Exists(leads.exclude(title=PostTitle.GROUP_LEADER)),
                then=Value(needed["training_hours_leader"]),
            ),
            default=Value(needed["training_hours_member"]),
        ),
    ).annotate(hours=F("attended_hours") + F("course_hours"))


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
