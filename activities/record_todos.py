"""What records ask for: resolutions whose day is near, and records that wait for the review of the body above."""

from django.db.models import Count, Min
from django.urls import reverse

from activities import access
from activities.models import Activity, ActivityState, Resolution
from orgs.todos import ToDo, first_of


def resolutions(user, today):
    """Those not carried out whose day has come or is near, for whoever works for the host itself."""
    if not access.can_change_activities(user):
        return
    own = [a.organisation_id for a in user.current_appointments if "activities.change" in a.permissions]
    mine = Activity.objects.held().filter(organisation__in=own).order_by()
    rows = Resolution.objects.near(today).filter(activity__in=mine.values("pk"))
    found, rest, more = first_of(rows.select_related("activity").order_by("due_on", "pk"))
    for row in found:
        owner = f"，责任人{row.owner_name}" if row.owner_name else ""
        yield ToDo(
            f"决议待落实：{row.text[:40]}",
            f"{row.activity}议定，{row.due_on} 前完成{owner}",
            reverse("activities:activity", args=[row.activity_id]),
            "去办结",
            (row.due_on - today).days,
        )
    if rest:
        yield ToDo(
            f"另有 {more:,} 项决议待落实",
            f"其中最早的 {rest.due_on} 到期",
            f"{reverse('activities:activity-list')}?resolutions=due",
            "查看",
            (rest.due_on - today).days,
            count=more,
        )


def reviews(user, today):
    """Records that branches handed in."""
    if not access.can_change_activities(user):
        return
    waiting = Activity.objects.reviewable_by(user).filter(state=ActivityState.REVIEW)
    found = waiting.aggregate(count=Count("pk"), first=Min("held_on"))
    if found["count"]:
        yield ToDo(
            f"活动记录待审核 {found['count']:,} 份",
            f"最早的为 {found['first']} 的活动，审核后归档",
            f"{reverse('activities:activity-list')}?state={ActivityState.REVIEW}",
            "去审核",
            count=found["count"],
        )


SOURCES = [resolutions, reviews]
