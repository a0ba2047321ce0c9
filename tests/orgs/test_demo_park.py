"""The invented park: as large as said, the same for the same seed, and without a contradiction."""

import dataclasses
import datetime as dt
import hashlib
import re
from collections import Counter

import pytest
from django.db import transaction
from django.db.models import Count, F, Max

from orgs.demo import accounts, sizes
from orgs.demo.load import invent_city, load_park
from orgs.identifiers import credit_code_fault
from orgs.kinds import CAPABILITIES, RULES, OrganisationKind, default_jurisdiction
from orgs.models import (
    Affiliation,
    Area,
    Chain,
    Cluster,
    Coverage,
    CoverageMethod,
    Enterprise,
    EnterprisePeriod,
    FoundingStep,
    Organisation,
    Park,
    Post,
    Role,
    SurveyRound,
    SurveyTask,
    TaskState,
    UnitKind,
    User,
    Visit,
)
from orgs.ownership import owners_for
from orgs.statistics import Register
from orgs.terms import TermState, term_counts
from tests import builders

DAY = dt.date(2026, 11, 20)
SCALE = 2


@pytest.fixture(scope="module")
def two_cities(django_db_setup, django_db_blocker):
    """Two science cities, loaded once for all tests of this file and rolled back after them."""
    with django_db_blocker.unblock(), transaction.atomic():
        load_park(scale=SCALE, seed=7, day=DAY, with_accounts=True)
        yield
        transaction.set_rollback(True)


@pytest.fixture
def park(two_cities, db):
    """Inside the loaded cities, with a savepoint of the test's own."""


def checksum(city) -> str:
    """Of every value of every row; rows that point at each other are named by their place in the list."""
    digest = hashlib.sha256()
    names = {}
    tables = [table for table in dataclasses.fields(city) if isinstance(getattr(city, table.name), list)]
    for table in tables:
        for number, row in enumerate(getattr(city, table.name)):
            names[id(row)] = f"{table.name}{number}"

    def text(value):
        if id(value) in names:
            return names[id(value)]
        if isinstance(value, list):
            return [text(item) for item in value]
        if dataclasses.is_dataclass(value):
            return {field.name: text(getattr(value, field.name)) for field in dataclasses.fields(value)}
        return str(value)

    for table in tables:
        for row in getattr(city, table.name):
            values = [text(getattr(row, field.name)) for field in dataclasses.fields(row)]
            digest.update(repr(values).encode())
    return digest.hexdigest()


def test_the_same_seed_gives_the_same_city_and_another_seed_another():
    first, again, other = (checksum(invent_city(0, seed=seed, day=DAY)) for seed in (7, 7, 8))

    assert first == again
    assert first != other


def test_sizes_are_those_of_the_model_in_every_city(park):
    assert Organisation.objects.count() == SCALE * sizes.ORGANISATIONS + 1
    kinds = dict(Organisation.objects.order_by().values_list("kind").annotate(Count("pk")))
    assert kinds == {
        "working_committee": 1,
        "composite_committee": SCALE,
        "cluster_committee": 6 * SCALE,
        "area_committee": 9 * SCALE,
        "platform_committee": SCALE,
        "committee": 9 * SCALE,
        "general_branch": 51 * SCALE,
        "joint_branch": 391 * SCALE,
        "temp_branch": 58 * SCALE,
        "branch": 1178 * SCALE,
    }
    assert Organisation.objects.filter(jurisdiction="park").count() == 127 * SCALE
    assert Park.objects.count() == 145 * SCALE
    assert Park.objects.filter(parent__isnull=False).count() == 18 * SCALE
    assert (Area.objects.count(), Cluster.objects.count(), Chain.objects.count()) == (18, 12, 42)
    assert Enterprise.objects.filter(kind=UnitKind.ENTERPRISE).count() == sizes.ENTERPRISES * SCALE
    assert Enterprise.objects.filter(chain__isnull=False).count() == sizes.CHAIN_ENTERPRISES * SCALE
    assert Enterprise.objects.filter(is_chain_lead=True).count() == 21 * SCALE


def test_both_coverages_come_to_the_published_figures(park):
    register = Register(DAY)
    figures = register.figures(register.rows())[0]

    assert figures.active == sizes.ACTIVE * SCALE
    assert figures.organisation == sizes.ORGANISATION_COVERED * SCALE
    assert figures.work == sizes.WORK_COVERED * SCALE
    assert figures.own == sizes.OWN * SCALE
    assert figures.should_found > 0


def test_every_key_enterprise_has_its_own_organisation(park):
    key = Enterprise.objects.filter(is_key=True)
    own = Coverage.objects.filter(method=CoverageMethod.OWN, until__isnull=True)

    assert key.count() == sizes.KEY_ENTERPRISES * SCALE
    assert key.exclude(pk__in=own.values("enterprise")).count() == 0
    assert not own.exclude(organisation__host_unit=F("enterprise")).exists()


def test_past_months_show_other_figures(park):
    seen = []
    for month in (2, 5, 8, 11):
        register = Register(dt.date(2026, month, 1))
        figures = register.figures(register.rows())[0]
        seen.append((figures.active, figures.organisation, figures.work))

    assert seen == sorted(set(seen))


def test_the_tree_is_sound_and_the_formal_line_mirrors_it(park):
    assert Organisation.objects.find_problems() == ([], [], [], [], [])
    by_path = dict(Organisation.objects.values_list("path", "pk"))
    tree = {pk: by_path[path[:-4]] for path, pk in by_path.items() if len(path) > 4}
    formal = Affiliation.objects.filter(line="formal", until__isnull=True)

    assert dict(formal.values_list("organisation", "superior")) == tree
    assert Affiliation.objects.filter(line="formal", until__isnull=False).exists()


def test_platform_branches_follow_the_platform_committee(park):
    functional = Affiliation.objects.filter(line="functional", superior__kind="platform_committee")

    assert functional.count() == sizes.PLATFORM_BRANCHES * SCALE


def test_kinds_decide_on_jurisdiction_and_capabilities(park):
    by_path = {org.path: org for org in Organisation.objects.all()}
    for org in by_path.values():
        superior = by_path.get(org.parent_path)
        kind = superior.kind if superior else None
        assert org.jurisdiction == default_jurisdiction(org.kind, kind, has_park=bool(org.park_id))
        assert org.capabilities == {
            name: getattr(RULES[OrganisationKind(org.kind)], name) for name in CAPABILITIES
        }


def test_the_open_period_equals_the_enterprise(park):
    now = Enterprise.objects.values_list("pk", "park", "cluster", "status", "is_dormant")
    open_periods = EnterprisePeriod.objects.filter(until__isnull=True)

    assert set(now) == set(open_periods.values_list("enterprise", "park", "cluster", "status", "is_dormant"))


def test_no_day_lies_in_the_future_or_before_its_organisation(park):
    for model, field in (
        (Coverage, "since"), (Coverage, "until"), (Visit, "visited_on"), (FoundingStep, "entered_on"),
        (SurveyTask, "done_on"), (Post, "since"), (EnterprisePeriod, "since"), (Organisation, "founded_on"),
        (Organisation, "elected_on"), (Enterprise, "founded_on"),
    ):  # fmt: skip
        assert model.objects.aggregate(last=Max(field))["last"] <= DAY, (model, field)
    assert not Coverage.objects.filter(since__lt=F("organisation__founded_on")).exists()
    assert not Organisation.objects.filter(elected_on__lt=F("founded_on")).exists()


def test_terms_are_in_every_state(park):
    counts = term_counts(Organisation.objects.all(), DAY)

    assert all(counts[state] for state in (TermState.OVERDUE, TermState.PREPARE, TermState.NOTICE))


def test_the_latest_round_is_under_way_and_goes_to_whoever_answers(park):
    rounds = list(SurveyRound.objects.all())
    states = Counter(rounds[0].tasks.values_list("state", flat=True))

    assert len(rounds) == sizes.MONTHS
    assert states[TaskState.OPEN] > 50
    assert states[TaskState.DONE] > 50
    assert not SurveyTask.objects.filter(state=TaskState.OPEN).exclude(round=rounds[0]).exists()
    owners = dict(SurveyTask.objects.values_list("enterprise", "owner"))
    assert owners_for(owners) == owners


def test_numbers_belong_to_nobody(park):
    codes = set(Enterprise.objects.filter(kind=UnitKind.ENTERPRISE).values_list("credit_code", flat=True))
    phones = Enterprise.objects.exclude(contact_phone__isnull=True).values_list("contact_phone", flat=True)

    assert {credit_code_fault(code) for code in codes} == {""}
    assert {code[2:6] for code in codes} == {"9999"}
    assert all(re.fullmatch(r"1990000\d{4}", phone) for phone in phones[:500] if phone)


def test_an_officer_of_one_city_sees_nothing_of_the_other(park):
    top = Organisation.objects.get(depth=1)
    ours, theirs = Organisation.objects.filter(kind=OrganisationKind.COMPOSITE_COMMITTEE)
    officer = builders.make_user(Role.OFFICER, ours)
    everywhere = builders.make_user(Role.OFFICER, top)

    assert theirs.path not in Organisation.objects.visible_to(officer).values_list("path", flat=True)
    assert Organisation.objects.visible_to(officer).count() == sizes.ORGANISATIONS
    for model in (Enterprise, Park, Coverage, SurveyTask):
        seen = set(model.objects.visible_to(officer).values_list("pk", flat=True))
        whole = model.objects.visible_to(everywhere).count()
        assert len(seen) * SCALE == pytest.approx(whole, rel=0.02), model
        assert whole == model.objects.count()
    assert set(Park.objects.visible_to(officer).values_list("area__name", flat=True)) == {
        name for name in Area.objects.values_list("name", flat=True) if name.startswith("第1科学城·")
    }


def test_one_account_per_role_can_be_used(park, client):
    roles = set(User.objects.filter(appointments__isnull=False).values_list("appointments__role", flat=True))

    assert roles == set(Role.values)
    assert accounts.still_open() == list(accounts.ACCOUNTS)
    assert client.login(username="officer", password=accounts.PASSWORD)


def test_an_account_with_a_password_of_its_own_is_not_listed(park):
    user = User.objects.get(username="admin")
    user.set_password("another-Wutong-2026")
    user.save()

    assert "admin" not in [account.username for account in accounts.still_open()]
