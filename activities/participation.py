"""Who took part (党员参与面): members of the register by the activities of a period at which they were.

Counted by where a member is at home, wherever the activity was held; only activities with a roll of names can tell.
"""

import datetime as dt

from django.db.models import Count, DateField, Exists, IntegerField, Max, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from activities.models import HELD_STATES, HERE, Attendance


def _of_member(since: dt.date, until: dt.date):
    return Attendance.objects.filter(
        member=OuterRef("pk"),
        state__in=HERE,
        activity__state__in=HELD_STATES,
        activity__held_on__range=(since, until),
    ).order_by()


def took_part(since: dt.date, until: dt.date) -> Q:
    """The condition on members; both days count."""
    return Q(Exists(_of_member(since, until)))


def with_participation(members, since: dt.date, until: dt.date):
    """Adds `times` and `last_on` (None: never)."""
    rows = _of_member(since, until).values("member")
    times = rows.annotate(count=Count("pk")).values("count")
    latest = rows.annotate(latest=Max("activity__held_on")).values("latest")
    return members.annotate(
        times=Coalesce(Subquery(times, output_field=IntegerField()), 0),
        last_on=Subquery(latest, output_field=DateField()),
    )
