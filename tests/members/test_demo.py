"""The invented park as `manage.py demo_park` loads it: its accounts and its members."""

import datetime as dt
import io
import random
import re
from collections import Counter

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import Count, Exists, F, Min, OuterRef, Q, Sum
from django.test import override_settings

from activities.models import COMING, Activity, Attendance, TrainingCredit
from members import pairing, talent
from members.actions.dues import write_month
from members.choices import COUNTED, Relation
from members.demo import courses
from members.demo import leading as demo_leading
from members.demo import sizes as member_sizes
from members.demo.load import invent_register
from members.demo.pairings import invent_pairings
from members.dues.ledger import arrears, charges_of_counted
from members.employers import full_members_by_employer
from members.models import (
    Absence,
    DuesCharge,
    DuesPayment,
    LeadingResult,
    LeadingService,
    LeadingUnit,
    Member,
    OutsidePerson,
    Pairing,
    PairingKind,
    Posting,
    PublicRole,
    RecruitmentCase,
    RecruitmentQuota,
    TalentEntry,
    Transfer,
    TransferState,
)
from members.recruiting import quotas
from members.recruiting.state import computed, state_of
from members.validators import validate_dates, validate_identity
from orgs.demo import accounts
from orgs.demo.load import invent_city
from orgs.kinds import BRANCHES
from orgs.models import Enterprise, Organisation, Post
from orgs.terms import add_months

DAY = dt.date(2026, 11, 20)


@pytest.fixture(scope="module")
def output(django_db_setup, django_db_blocker):
    """What the command printed in development; the park stays until the last test of this file."""
    text = io.StringIO()
    with django_db_blocker.unblock(), transaction.atomic(), override_settings(DEBUG=True):
        call_command("demo_park", day=DAY, stdout=text)
        # PostgreSQL would check every foreign key again at the end of each test.
        connection.check_constraints()
        yield text.getvalue()
        transaction.set_rollback(True)


@pytest.fixture
def park(output, db):
    """Inside the loaded park, with a savepoint of the test's own."""


def test_development_prints_the_accounts_and_prints_them_again(park, output, settings):
    settings.DEBUG = True
    again = io.StringIO()
    call_command("demo_park", accounts=True, stdout=again)

    table = output.split("园区党建演示账号")[1]
    assert table == again.getvalue().split("园区党建演示账号")[1]
    assert all(account.username in table for account in accounts.ACCOUNTS)


def test_the_register_has_the_published_size_and_no_row_contradicts_itself(park, output):
    counted = Member.objects.in_register()

    assert f"党员{member_sizes.MEMBERS}名" in output
    assert counted.count() == member_sizes.MEMBERS
    assert counted.filter(membership="probationary").count() == member_sizes.PROBATIONARY
    assert set(Member.objects.values_list("relation", flat=True)) >= {"registered", "floating_out", "left"}
    assert not Posting.objects.filter(since__lt=F("organisation__founded_on")).exists()
    for member in Member.objects.filter(pk__lt=Member.objects.aggregate(m=Min("pk"))["m"] + 200):
        validate_identity(
            member.identity_type, member.identity_number, sex=member.sex, born_on=member.born_on
        )
        validate_dates(
            born_on=member.born_on,
            joined_on=member.joined_on,
            confirmed_on=member.confirmed_on,
            membership=member.membership,
        )
        assert re.fullmatch(r"9999\d{14}|9999\d{13}X", member.identity_number)
        assert re.fullmatch(r"1990000\d{4}", member.mobile)


def test_every_counted_member_has_one_open_posting_at_a_branch_that_keeps_members(park):
    still = Q(membership__in=COUNTED) & ~Q(relation=Relation.LEFT)
    opened = Posting.objects.filter(until__isnull=True)

    assert opened.filter(organisation=F("member__organisation")).count() == member_sizes.MEMBERS
    assert opened.exclude(member__in=Member.objects.filter(still)).count() == 0
    homes = Organisation.objects.filter(pk__in=Member.objects.in_register().values("organisation"))
    assert not homes.exclude(kind__in=BRANCHES, keeps_membership=True).exists()
    full = Member.objects.full().order_by().values("organisation").annotate(count=Count("pk"))
    assert min(row["count"] for row in full) >= member_sizes.SMALLEST_BRANCH
    assert full.count() == homes.count()


def test_enterprises_know_their_members_and_the_secretary_is_one_of_the_branch(park):
    counts = dict(full_members_by_employer().values_list("employer_code", "count"))
    known = Enterprise.objects.filter(registered_members__gt=0)

    assert dict(known.values_list("credit_code", "registered_members")) == counts
    homes = Member.objects.order_by().values("organisation")
    for post in Post.objects.filter(until=None, title="secretary", organisation__in=homes)[:20]:
        assert Member.objects.full().filter(organisation=post.organisation, name=post.person_name).exists()


def test_the_account_of_a_member_has_its_person(park):
    member = Member.objects.get(account__username="member")

    assert member.name == member.account.display_name
    assert Member.objects.find("ydx").filter(pk=member.pk).exists()


def test_cases_and_dues_fit_the_register(park):
    under_way = Transfer.objects.open().filter(issued_on__isnull=False).exclude(direction="in")
    moving = Member.objects.filter(relation=Relation.MOVING_OUT)

    assert set(under_way.values_list("member", flat=True)) == set(moving.values_list("pk", flat=True))
    assert set(Transfer.objects.values_list("state", flat=True)) == set(TransferState.values)
    assert not Transfer.objects.filter(accepted_on__gt=F("expires_on")).exists()
    away = Absence.objects.open().filter(kind="floating_out").values_list("member", flat=True)
    assert set(away) == set(Member.objects.filter(relation="floating_out").values_list("pk", flat=True))
    paid = DuesCharge.objects.aggregate(paid=Sum("amount_paid"), due=Sum("amount_due"))
    assert paid["paid"] == DuesPayment.objects.aggregate(sum=Sum("amount"))["sum"] < paid["due"]
    assert len(arrears(charges_of_counted(), DAY, least=3)) > 0
    # The nightly run finds nothing that the ledger lacks.
    assert all(write_month(month=add_months(DAY.replace(day=1), -back)) == 0 for back in range(7))


def test_those_who_lead_are_as_many_as_published_and_fit_the_register(park):
    units, roles = LeadingUnit.objects.order_by(), PublicRole.objects.order_by()

    assert dict(units.values_list("kind").annotate(Count("pk"))) == member_sizes.LEADING
    assert dict(roles.values_list("kind").annotate(Count("pk"))) == member_sizes.ROLES
    assert units.without_leader().count() == demo_leading.VACANT
    services = LeadingService.objects.select_related("member__organisation", "unit__organisation")
    assert all(s.member.organisation.path.startswith(s.unit.organisation.path) for s in services)
    leaders = services.filter(leads=True)
    assert set(leaders.values_list("member__membership", flat=True)) == {"full"}
    assert leaders.values("member").distinct().count() == leaders.count()
    assert not services.filter(since__lt=F("unit__established_on")).exists()
    assert not units.filter(established_on__lt=F("organisation__founded_on")).exists()
    assert not LeadingResult.objects.filter(on__lt=F("unit__established_on")).exists()
    branch = Organisation.objects.get(appointments__role="secretary")
    assert units.filter(organisation=branch).count() >= 2


def test_recruiting_is_what_its_records_say(park):
    cases = RecruitmentCase.objects.order_by("pk")
    stages = dict(cases.order_by().values_list("stage").annotate(Count("pk")))

    assert stages["activist"] == courses.ACTIVISTS
    assert cases.filter(approved_on__year=DAY.year).count() == courses.RECRUITED
    recruited = cases.filter(member__isnull=False)
    converted = recruited.filter(stage="full", member__confirmed_on=F("converted_on"))
    assert converted.count() == stages["full"] > courses.CONVERTED / 2
    assert recruited.filter(member__organisation=F("organisation")).count() == recruited.count()
    assert recruited.filter(member__postings__since=F("approved_on")).count() == recruited.count()
    for case in cases[::23]:
        now = computed(case, state_of(case))
        assert {name: getattr(case, name) for name in now} == now


def test_the_talent_pool_has_the_published_size_and_pairings_say_when_they_are_due(park):
    by_rule = talent.pool(Member.objects.all(), talent.Rule.on(DAY)).count()
    outside = talent.outside(OutsidePerson.objects.all()).count()
    pairings = Pairing.objects.with_people().order_by("pk")

    assert 2_700 <= by_rule + outside <= 2_900
    assert TalentEntry.objects.open().count() == 40
    assert set(pairings.values_list("kind", flat=True)) == set(PairingKind.values)
    assert pairings.count() > 180
    for row in pairings[::17]:
        row.full_clean(exclude=["created_by"])
        assert row.due_on == pairing.due_on(row)


def test_the_same_seed_gives_the_same_members(park):
    city = invent_city(0, seed=1, day=DAY)
    people = invent_register(city, 0, seed=1, day=DAY).people
    stored = Member.objects.filter(account=None).values_list(
        "name", "organisation__path", "left_on", "joined_on"
    )
    again = Counter((p.name, p.org.path, p.left_on, p.joined_on) for p in people)

    # One person bears the name of the account.
    assert sum((again - Counter(stored)).values()) == 1
    assert len({p.identity_number for p in people}) == len(people)


# --- Activities: here because loading the park takes longer than all its checks ------------------------------


def test_a_year_of_organisation_life_obeys_the_rules_of_records(park):
    held = Activity.objects.held()
    assert 19_000 < Activity.objects.count() < 22_000
    assert Attendance.objects.count() > 300_000
    assert not Attendance.objects.filter(activity__state__in=COMING).exists()
    assert not held.filter(starts_at__date__gt=DAY).exists()
    counted = held.filter(has_roster=True).annotate(
        rows=Count("attendances"), here=Count("attendances", filter=Q(attendances__state="present"))
    )
    assert not counted.exclude(rows=F("expected"), here=F("present")).exists()
    # Everybody on a roll was at home in the branch on that day: postings are dated.
    at_home = Posting.objects.filter(
        Q(since__isnull=True) | Q(since__lte=OuterRef("activity__held_on")),
        Q(until__isnull=True) | Q(until__gt=OuterRef("activity__held_on")),
        member=OuterRef("member"),
        organisation=OuterRef("activity__organisation"),
    )
    assert not Attendance.objects.filter(~Exists(at_home)).exists()
    assert 1_000 < TrainingCredit.objects.count() < 3_000
    committee = held.filter(kinds__kind="branch_committee")
    assert committee.exists()
    assert not committee.annotate(of=Count("kinds")).filter(of__gt=1).exists()


def test_the_plans_cover_who_is_recruited(park):
    top = Organisation.objects.get(depth=1)
    plans = RecruitmentQuota.objects.given(DAY.year)
    shown = quotas.standings(
        top, DAY.year, [plan.organisation for plan in plans.select_related("organisation")]
    )

    assert len(shown) > 5
    assert shown[0].places.total >= 100
    assert shown[0].used.total == courses.RECRUITED
    for standing in shown:
        assert standing.bound.total <= standing.places.total
        assert standing.bound_of_others <= standing.places.others
    assert RecruitmentQuota.objects.given(DAY.year - 1).count() == len(shown)


def test_a_city_whose_shown_branch_has_one_full_member_gets_its_pairings():
    """As one of the 32 cities of `--scale 32` has."""
    register = invent_register(invent_city(0, seed=1, day=DAY), 0, seed=1, day=DAY)
    shown = next(person.org for person in register.people)
    one, *others = [
        person for person in register.people if person.org is shown and person.membership == "full"
    ]
    people = [person for person in register.people if person not in others]
    courses = [course for course in register.courses if course.org is not shown]
    pairs = invent_pairings(people, courses, [], shown, random.Random(1), DAY)  # noqa: S311 - as in the demonstration
    assert one.relation == Relation.REGISTERED
    assert {pair.kind for pair in pairs} == set(PairingKind)
