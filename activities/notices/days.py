"""What the calendar tells: an activity that begins soon, duties and resolutions whose day is near or over.

Every key holds what makes it new (the day, the period, the stage), so a run that is late or comes again adds nothing.
"""

import datetime as dt

from django.urls import reverse
from django.utils import timezone

from activities.duties import board, words
from activities.duties.engine import compute
from activities.duties.states import DutyState
from activities.models import COMING, Activity, ActivityState, Resolution, SignUpState
from activities.notices import people
from activities.notices.acts import when_and_where
from orgs.kinds import BRANCHES, OrganisationKind
from orgs.models import Organisation
from orgs.notices import Message, deliver
from orgs.tree import parent_path

FORGOTTEN = dt.timedelta(days=60)  # nobody is reminded for the first time of what is overdue for longer
URGENT = (DutyState.SOON, DutyState.MISSED)


def remind(today: dt.date | None = None) -> int:
    today = today or timezone.localdate()
    return sum(deliver(source(today)) for source in (beginning, duties, resolutions))


def beginning(today):
    """Activities of today and tomorrow that have not begun → those who have a place; without places, those expected."""
    rows = Activity.objects.filter(
        state__in=COMING,
        held_on__gte=today,
        held_on__lte=today + dt.timedelta(days=1),
        starts_at__gt=timezone.now(),
    )
    rows = rows.defer("gist", "agenda").select_related("organisation")
    activities = list(rows.prefetch_related("joint_hosts", "kinds"))
    announced = [one for one in activities if not one.signup_until and one.state == ActivityState.NOTIFIED]
    going = people.signed_up(activities, (SignUpState.GOING,))
    expected = people.expected(announced)
    for one in activities:
        for account in going.get(one.pk, set()) | expected.get(one.pk, set()):
            yield Message(
                account,
                f"activity-{one.pk}-begins-{one.held_on:%Y%m%d}",
                f"活动即将开始：{one.title}",
                when_and_where(one),
                reverse("activities:own-activities"),
            )


def duties(today):
    """Of the branches that somebody keeps, each duty that is nearly due or was missed and can be made up for."""
    rows = Organisation.objects.filter(kind__in=(*BRANCHES, OrganisationKind.PARTY_GROUP))
    home, names = board.homes(rows), dict(rows.values_list("pk", "name"))
    keepers = people.keepers(Organisation.objects.filter(kind__in=BRANCHES).order_by().values("pk"))
    for cell in compute(rows, first=board.since(today), last=today, as_of=today):
        branch = home[cell.organisation]
        if branch in keepers and cell.state in URGENT and board.can_be_done(cell, today):
            period = cell.period
            for account in keepers[branch]:
                yield Message(
                    account,
                    f"duty-{cell.organisation}-{cell.kind}-{int(period.unit)}-{period.index}-{cell.state}",
                    words.reminder(cell),
                    f"{names[cell.organisation]}。{words.BASIS}",
                    reverse("activities:duty-branch", args=[branch]),
                )


def resolutions(today):
    """→ those appointed where the record is kept, and who wrote the resolution down."""
    rows = Resolution.objects.near(today).filter(
        due_on__gte=today - FORGOTTEN,
        activity__in=Activity.objects.held().order_by().values("pk"),
    )
    rows = list(
        rows.select_related("activity__organisation").defer("text", "activity__gist", "activity__agenda")
    )
    branches = _branches({row.activity.organisation for row in rows})
    keepers = people.keepers({row.activity.organisation_id for row in rows} | set(branches.values()))
    writers = people.still_keeping([(row.recorded_by_id, row.activity) for row in rows if row.recorded_by_id])
    for row in rows:
        activity, stage = row.activity, "overdue" if row.due_on < today else "soon"
        where = activity.organisation_id
        accounts = keepers.get(where, set()) | keepers.get(branches.get(where), set())
        if (row.recorded_by_id, activity.pk) in writers:
            accounts = accounts | {row.recorded_by_id}
        for account in accounts:
            yield Message(
                account,
                f"resolution-{row.pk}-{row.due_on:%Y%m%d}-{stage}",
                f"决议{'已过完成期限' if stage == 'overdue' else '即将到期'}：{activity.title}",
                f"完成期限{row.due_on}，落实后请在活动页面办结",
                reverse("activities:activity", args=[activity.pk]),
            )


def _branches(organisations) -> dict[int, int]:
    """Of groups, the branch above, which keeps their records."""
    above = {
        one.pk: parent_path(one.path) for one in organisations if one.kind == OrganisationKind.PARTY_GROUP
    }
    found = dict(Organisation.objects.filter(path__in=set(above.values())).values_list("path", "pk"))
    return {pk: found[path] for pk, path in above.items() if path in found}
