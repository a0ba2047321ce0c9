"""Who is expected at a gathering: the members at home in the branch on that day, or its committee."""

import datetime as dt

from django.db.models import Exists, OuterRef, Q

from activities.kinds import HAS_ROSTER, expects_of
from activities.models import AttendanceState
from members.choices import Membership, Precision
from members.models import Member, Posting
from members.standing import with_suspended_rights
from orgs.kinds import OrganisationKind
from orgs.models import Organisation, Post
from orgs.tree import parent_path

LEADERSHIP = Q(title="group_leader")  # of a group, hence no seat on the committee


def has_roster(organisation) -> bool:
    """Members are at home in it, so that it can be said who of them was there."""
    return organisation.kind in HAS_ROSTER


def home_of(organisation) -> Organisation:
    """The branch at which the members of `organisation` are at home: of a group, the branch above it."""
    if organisation.kind != OrganisationKind.PARTY_GROUP:
        return organisation
    return Organisation.objects.get(path=parent_path(organisation.path))


def members_on(organisations, day: dt.date):
    """Members at home in one of `organisations` on the day, in the order of their names. Postings are dated.

    Of an organisation that has no members of its own (a committee): those of everything below it.
    """
    postings = Posting.objects.current(day).filter(_at(organisations), member=OuterRef("pk"))
    return Member.objects.filter(Exists(postings)).order_by("pinyin", "pk")


def _at(organisations) -> Q:
    """Postings of those whom `members_on` means."""
    homes = [home_of(one).pk for one in organisations if has_roster(one)]
    above = [one for one in organisations if not has_roster(one)]
    at_home = Q(organisation__in=homes)
    if above:
        at_home |= Q(organisation__in=Organisation.objects.within(*above).order_by().values("pk"))
    return at_home


def keys_between(organisations, first: dt.date, last: dt.date) -> set[int]:
    """Of the members at home in one of `organisations` on any day from `first` to `last`."""
    rows = Posting.objects.filter(_at(organisations)).filter(
        Q(since__isnull=True) | Q(since__lte=last), Q(until__isnull=True) | Q(until__gt=first)
    )
    return set(rows.values_list("member", flat=True))


def committee_names(organisation, day: dt.date) -> set[str]:
    """Names of those who hold a post on the committee on the day; empty where there is no committee."""
    posts = Post.objects.current(day).filter(organisation=organisation).exclude(LEADERSHIP)
    return set(posts.values_list("person_name", flat=True))


def expected_at(organisations, kinds, day: dt.date) -> list[Member]:
    """Everybody expected at a gathering of `kinds`: of the committee where it is the committee's, else all.

    Without the names of a committee on file everybody is proposed; who takes the minutes chooses.
    """
    members = list(members_on(organisations, day).defer("identity_number", "mobile"))
    if expects_of(kinds) != "committee":
        return members
    names = set().union(*(committee_names(one, day) for one in organisations))
    return [member for member in members if member.name in names] or members


def full_on(organisations, day: dt.date):
    """Those of `members_on` who were full members on the day."""
    confirmed = Q(confirmed_on__lte=day) | Q(confirmed_on__isnull=True) & ~Q(
        membership=Membership.PROBATIONARY
    )
    # A month without a day counts from its end: who was confirmed “in May” is not yet counted in May.
    unsure = Q(
        confirmed_precision=Precision.MONTH, confirmed_on__year=day.year, confirmed_on__month=day.month
    )
    return members_on(organisations, day).filter(confirmed).exclude(unsure)


def voters_on(organisations, day: dt.date):
    """Those of `members_on` with the right to vote on the day: full members whose rights are not suspended.

    Source: 党章 art. 7 (probationary members), art. 41 (留党察看).
    """
    return full_on(organisations, day).exclude(with_suspended_rights(day))


def votes_of(activity) -> tuple[int | None, int | None]:
    """(how many have a vote at the gathering, how many of them are on its roll as present); None where nobody knows.

    At a meeting of a committee its members have the votes; without their names on file the register knows none, and of
    a group it never does.
    """
    day = activity.held_on
    hosts = [one for one in activity.hosts if has_roster(one)]
    if not hosts or any(one.kind == OrganisationKind.PARTY_GROUP for one in hosts):
        return None, None
    voters = voters_on(hosts, day)
    if expects_of(kind.kind for kind in activity.kinds.all()) == "committee":
        names = set().union(*(committee_names(one, day) for one in hosts))
        if not names:
            return None, None
        voters = voters.filter(name__in=names)
    if not activity.has_roster:
        return voters.count(), None
    here = activity.attendances.filter(
        state=AttendanceState.PRESENT, member__in=voters.order_by().values("pk")
    )
    return voters.count(), here.count()
