"""What is owed, until when and by whom, at the edges (rows 18, 19 and 24 of the domain table)."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError

from activities.actions import activities as actions
from activities.duties.engine import compute
from orgs.frequencies import parse_frequency
from orgs.kinds import OrganisationKind
from orgs.models import DatedSetting, Organisation, Post, User
from orgs.regulations import validate_setting
from tests import builders
from tests.activities.test_record import at

pytestmark = pytest.mark.django_db
d = dt.date.fromisoformat


@pytest.fixture
def branch(db):
    return builders.make_organisation(builders.make_organisation())


def hold(branch, day, *kinds, **values):
    return actions.record_activity(
        organisation=branch,
        kinds=kinds,
        values={"title": "一次", "starts_at": at(d(day), 0)} | values,
        by=User.objects.system(),
    )


def states(branch, kind, as_of, day=None):
    """The states of the duties around `day` (default: around `as_of`)."""
    day = d(day or as_of)
    own = Organisation.objects.filter(pk=branch.pk)
    return [cell.state for cell in compute(own, first=day, last=day, as_of=d(as_of), kinds=(kind,))]


def state(*args, **kw):
    return next(iter(states(*args, **kw)), None)


@pytest.mark.parametrize(
    ("kind", "as_of", "expected"),
    [
        ("members_meeting", "2025-09-15", "open"),  # row 18: the last 15 days are 16–30 September
        ("members_meeting", "2025-09-16", "soon"),
        ("members_meeting", "2025-09-30", "soon"),
        ("party_lecture", "2025-12-16", "open"),
        ("party_lecture", "2025-12-17", "soon"),
        ("theme_day", "2025-09-24", "open"),  # row 19
        ("theme_day", "2025-09-25", "soon"),
        ("theme_day", "2025-02-25", "soon"),
        ("org_life_meeting", "2025-12-14", "open"),  # row 24
        ("org_life_meeting", "2025-12-15", "soon"),
        ("appraisal", "2025-12-14", "open"),
        ("appraisal", "2025-12-15", "soon"),
    ],
)
def test_a_duty_turns_urgent_on_its_day(branch, kind, as_of, expected):
    assert state(branch, kind, as_of) == expected


@pytest.mark.parametrize(
    ("kind", "day", "last"),
    [
        ("members_meeting", "2025-09-30", "2025-09-30"),
        ("theme_day", "2025-02-28", "2025-02-28"),
        ("org_life_meeting", "2025-12-31", "2026-03-31"),
    ],
)
def test_a_duty_is_missed_the_day_after_its_last(branch, kind, day, last):
    assert state(branch, kind, last, day) == "soon"
    assert state(branch, kind, str(d(last) + dt.timedelta(days=1)), day) == "missed"


@pytest.mark.parametrize(
    ("founded", "dissolved", "kind", "owed"),
    [
        ("2025-09-16", None, "theme_day", True),  # 15 days of September
        ("2025-09-17", None, "theme_day", False),
        ("2025-02-14", None, "theme_day", True),  # 15 days of February
        ("2025-02-15", None, "theme_day", False),
        (None, "2025-09-16", "theme_day", True),  # the 15th was its last day
        (None, "2025-09-15", "theme_day", False),
        ("2025-07-01", None, "members_meeting", True),
        ("2025-07-02", None, "members_meeting", False),
        (None, "2025-10-01", "members_meeting", True),
        (None, "2025-09-30", "members_meeting", False),
        ("2025-01-01", None, "appraisal", True),
        ("2025-01-02", None, "appraisal", False),
    ],
)
def test_it_must_have_existed(branch, founded, dissolved, kind, owed):
    Organisation.objects.filter(pk=branch.pk).update(
        founded_on=founded and d(founded), dissolved_on=dissolved and d(dissolved)
    )
    day = "2025-02-20" if founded and founded.startswith("2025-02") else "2025-09-20"
    assert (state(branch, kind, "2026-05-01", day) is not None) is owed


@pytest.mark.parametrize(("since", "owed"), [("2025-09-16", True), ("2025-09-17", False)])
def test_only_where_a_committee_was(branch, since, owed):
    Post.objects.create(organisation=branch, title="secretary", person_name="甲", since=d("2020-01-01"))
    assert state(branch, "branch_committee", "2025-10-01", "2025-09-20") is None
    Post.objects.create(organisation=branch, title="publicity_member", person_name="乙", since=d(since))
    assert (state(branch, "branch_committee", "2025-10-01", "2025-09-20") is not None) is owed


def test_who_owes_what(branch):
    """A temporary branch meets, is taught and has its theme days; its members are appraised at home."""
    temporary = builders.make_organisation(branch, OrganisationKind.TEMP_BRANCH)
    group = builders.make_organisation(branch, OrganisationKind.PARTY_GROUP)
    day = d("2025-11-30")
    owed = {}
    for cell in compute(first=day, last=day, as_of=day):
        owed.setdefault(cell.organisation, set()).add(cell.kind)
    usual = {"members_meeting", "party_lecture", "theme_day"}
    assert owed == {
        branch.pk: usual | {"org_life_meeting", "appraisal"},
        temporary.pk: usual,
        group.pk: {"group_meeting"},
    }


def test_what_counts(branch):
    """Held states only; alone or with others; one record once for each of its kinds."""
    other = builders.make_organisation(builders.make_organisation())
    by = User.objects.system()
    off = hold(branch, "2025-09-03", "theme_day")
    actions.cancel_activity(activity=off, reason="误录", by=by)
    assert state(branch, "theme_day", "2025-10-01", "2025-09-03") == "missed"
    together = hold(other, "2025-09-30", "theme_day", "party_lecture")
    actions.change_activity(activity=together, joint_hosts=[branch], by=by)
    for one in (branch, other):
        for kind in ("theme_day", "party_lecture"):
            assert state(one, kind, "2025-09-30") == "met"
            assert state(one, kind, "2025-09-29") in ("soon", "open")
    assert state(branch, "members_meeting", "2025-10-01", "2025-09-30") == "missed"


def test_what_comes_late_makes_up_for_the_month_before_when_the_month_can_spare_it(branch):
    hold(branch, "2025-10-10", "theme_day")
    october = d("2025-10-31")
    assert states(branch, "theme_day", "2025-10-31", "2025-09-20") == ["missed"]
    own = Organisation.objects.filter(pk=branch.pk)
    second = hold(branch, "2025-10-20", "theme_day")
    cells = compute(own, first=d("2025-09-01"), last=october, as_of=october, kinds=("theme_day",))
    assert [cell.state for cell in cells] == ["late", "met"]
    assert cells[1].records == (second.pk,)


def test_eleven_days_late_is_too_late(branch):
    hold(branch, "2025-10-11", "theme_day")
    hold(branch, "2025-10-20", "theme_day")
    assert state(branch, "theme_day", "2025-10-31", "2025-09-20") == "missed"


@pytest.mark.parametrize(
    ("day", "named", "of_2025", "of_2026"),
    [
        ("2026-02-10", None, False, True),
        ("2026-02-10", 2025, True, False),
        ("2026-03-31", 2025, True, False),
        ("2026-04-01", 2025, False, False),
        ("2025-12-31", 2025, True, False),
        ("2025-11-01", 2026, False, False),
    ],
)
def test_an_organisation_life_meeting_may_be_of_the_year_before(branch, day, named, of_2025, of_2026):
    hold(branch, day, "org_life_meeting", belongs_to_year=named)
    found = [
        state(branch, "org_life_meeting", "2026-11-01", year) == "met"
        for year in ("2025-06-01", "2026-06-01")
    ]
    assert found == [of_2025, of_2026]


def test_a_place_may_ask_for_more_from_a_day_on(branch):
    with pytest.raises(ValidationError, match="每季度1次"):
        validate_setting("duty_party_lecture", "一季度一次")
    DatedSetting.objects.create(
        code="duty_party_lecture", effective_on=d("2025-07-01"), value="每季度2次", basis="本市规定"
    )
    hold(branch, "2025-05-05", "party_lecture")
    hold(branch, "2025-08-05", "party_lecture")
    assert state(branch, "party_lecture", "2025-10-31", "2025-05-05") == "met"
    assert state(branch, "party_lecture", "2025-10-31", "2025-08-05") == "missed"
    hold(branch, "2025-08-06", "party_lecture")
    assert state(branch, "party_lecture", "2025-10-31", "2025-08-05") == "met"


@pytest.mark.parametrize("text", ["每月0次", "每周1次", "每月32次", "", "每年 1次"])
def test_a_frequency_that_says_nothing(text):
    with pytest.raises(ValidationError):
        parse_frequency(text)


def test_the_engine_asks_as_often_for_one_branch_as_for_many(branch, django_assert_num_queries):
    for _ in range(3):
        hold(branch, "2025-09-03", "theme_day")
        with django_assert_num_queries(5):
            compute(first=d("2025-01-01"), last=d("2025-12-31"), as_of=d("2025-12-31"))
        builders.make_organisation(builders.make_organisation())
