"""Who is told: accounts that see the thing on the day of telling. A fixed number of queries for any number of rows."""

import datetime as dt
from collections import defaultdict
from itertools import chain

from activities import roster
from activities.kinds import expects_of
from activities.models import SignUp, SignUpState
from members.models import Member, Posting
from orgs.kinds import OrganisationKind
from orgs.models import Appointment, Organisation, Post
from orgs.tree import parent_path

SIGNED = (SignUpState.GOING, SignUpState.WAITING)


def reachable():
    """Members whose account shows them their own record and activities."""
    accounts = Appointment.objects.current().granting("self.view").values("user")
    return Member.objects.in_register().filter(account__in=accounts)


def expected(activities) -> dict[int, set[int]]:
    """Of each activity, the accounts of those expected. `joint_hosts` and `kinds` are prefetched.

    As `roster.expected_at`, but where nobody is known to sit on a committee nobody is told of its meeting.
    """
    hosts = {one.pk: [host for host in one.hosts if roster.has_roster(host)] for one in activities}
    homes = _homes(set(chain.from_iterable(hosts.values())))
    at_home = _at_home(homes.values(), [one.held_on for one in activities])
    narrow = [one for one in activities if expects_of(kind.kind for kind in one.kinds.all()) == "committee"]
    seats = _seats({host.pk for one in narrow for host in hosts[one.pk]})
    found = {}
    for one in activities:
        day = one.held_on
        people = [row for host in hosts[one.pk] for row in at_home[homes[host.pk]] if _lasts(row, day)]
        if one in narrow:
            names = {row[2] for host in hosts[one.pk] for row in seats[host.pk] if _lasts(row, day)}
            people = [row for row in people if row[3] in names]
        found[one.pk] = {row[2] for row in people}
    return found


def _homes(organisations) -> dict[int, int]:
    """Key → key of the branch at which its members are at home; one query."""
    above = {
        one.pk: parent_path(one.path) for one in organisations if one.kind == OrganisationKind.PARTY_GROUP
    }
    by_path = dict(Organisation.objects.filter(path__in=set(above.values())).values_list("path", "pk"))
    return {one.pk: by_path[above[one.pk]] if one.pk in above else one.pk for one in organisations}


def _at_home(homes, days):
    """(since, until, account, name) of those who can be told."""
    found = defaultdict(list)
    rows = Posting.objects.filter(organisation__in=set(homes), member__in=reachable().values("pk"))
    if days:
        rows = rows.exclude(until__lte=min(days)).exclude(since__gt=max(days))
    columns = ("organisation_id", "since", "until", "member__account_id", "member__name")
    for home, *row in rows.order_by().values_list(*columns):
        found[home].append(row)
    return found


def _seats(organisations):
    """(since, until, name) of the posts on each committee."""
    found = defaultdict(list)
    rows = Post.objects.filter(organisation__in=organisations).exclude(roster.LEADERSHIP)
    for key, *row in rows.order_by().values_list("organisation_id", "since", "until", "person_name"):
        found[key].append(row)
    return found


def _lasts(row, day: dt.date) -> bool:
    return (row[0] or dt.date.min) <= day < (row[1] or dt.date.max)


def signed_up(activities, states=SIGNED) -> dict[int, set[int]]:
    """Of each activity, the accounts of those who signed up."""
    found = defaultdict(set)
    rows = SignUp.objects.filter(
        activity__in=[one.pk for one in activities], state__in=states, member__in=reachable().values("pk")
    )
    for activity, account in rows.order_by().values_list("activity_id", "member__account_id"):
        found[activity].add(account)
    return found


def keepers(organisations) -> dict[int, set[int]]:
    """Of each organisation (keys), the accounts appointed at it to keep its activities; of none above it."""
    found = defaultdict(set)
    rows = Appointment.objects.current().granting("activities.change").filter(organisation__in=organisations)
    for organisation, account in rows.order_by().values_list("organisation_id", "user_id"):
        found[organisation].add(account)
    return found


def still_keeping(pairs) -> set[tuple[int, int]]:
    """Those of `pairs` (account, activity with its organisation) where the account may change the record today."""
    paths = defaultdict(list)
    rows = Appointment.objects.current().granting("activities.change")
    rows = rows.filter(user__in={account for account, _ in pairs})
    for account, path in rows.order_by().values_list("user_id", "organisation__path"):
        paths[account].append(path)
    return {
        (account, activity.pk)
        for account, activity in pairs
        if any(activity.organisation.path.startswith(path) for path in paths[account])
    }
