"""What is to come for a member or an organisation, and the same as a calendar file (RFC 5545).

A calendar leaves the portal: it holds what, when and where, and nobody's name.
"""

import datetime as dt
import uuid

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from icalendar import Calendar, Event

from activities import roster
from activities.kinds import Kind
from activities.models import COMING, Activity, ActivityState, JointHost, SignUp, SignUpState
from orgs.models import Organisation

BACK = dt.timedelta(days=60)
MOST = 500
NAMESPACE = uuid.UUID("6f3a9f1e-8a0c-4c0e-9b43-3a1f5d0c7a11")


def of_organisations(organisations):
    """Activities that one of them holds, alone or with others; not those called off."""
    joint = JointHost.objects.filter(activity=OuterRef("pk"), organisation__in=organisations)
    rows = Activity.objects.filter(Q(organisation__in=organisations) | Q(Exists(joint)))
    return rows.exclude(state=ActivityState.CANCELLED)


def for_member(member):
    """What concerns a member: what their branch told them of, and those of the bodies above for which they signed up.

    A plan is the branch's own until it is told (已通知), and a committee meets for its members.
    """
    going = SignUp.objects.filter(activity=OuterRef("pk"), member=member).exclude(state=SignUpState.WITHDRAWN)
    own = of_organisations([member.organisation_id]).exclude(state=ActivityState.PLANNED)
    if member.name not in roster.committee_names(member.organisation, timezone.localdate()):
        own = own.exclude(pk__in=Activity.objects.of_kind(Kind.BRANCH_COMMITTEE).order_by().values("pk"))
    return (
        own.distinct()
        | Activity.objects.filter(Exists(going)).exclude(state=ActivityState.CANCELLED).distinct()
    )


def open_to(member):
    """Events of the member's branch and the bodies above it for which one can sign up now."""
    paths = [*member.organisation.ancestor_paths, member.organisation.path]
    rows = of_organisations(Organisation.objects.filter(path__in=paths).order_by().values("pk"))
    return rows.filter(state__in=COMING, signup_until__gt=timezone.now())


def calendar_of(activities, name: str) -> bytes:
    """The last two months and all that is to come."""
    calendar = Calendar()
    calendar.add("prodid", f"-//{settings.PRODUCT_NAME}//zh-CN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", name)
    rows = activities.filter(starts_at__gte=timezone.now() - BACK).select_related("organisation")
    for activity in rows.prefetch_related("kinds").order_by("starts_at", "pk")[:MOST]:
        calendar.add_component(_event(activity))
    return calendar.to_ical()


def _event(activity):
    event = Event()
    event.add("uid", f"{uuid.uuid5(NAMESPACE, str(activity.pk))}")
    event.add("dtstamp", activity.updated_at)
    event.add("last-modified", activity.updated_at)
    event.add("dtstart", activity.starts_at)
    event.add("dtend", activity.ends_at or activity.starts_at + dt.timedelta(hours=1))
    event.add("summary", activity.title)
    event.add("description", f"{'、'.join(activity.kind_labels)}，{activity.organisation.name}")
    if activity.where_words:
        event.add("location", activity.where_words)
    return event
