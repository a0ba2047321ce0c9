"""The pages of duties: one branch, the map, lists behind the figures, rates, and what the home page asks."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from activities import todos
from activities.actions.appraisals import record_appraisal
from activities.duties import board, calendar
from activities.duties.engine import compute
from orgs.kinds import OrganisationKind
from orgs.models import Organisation, Post, User
from tests import builders
from tests.activities.test_duties import d, hold

pytestmark = pytest.mark.django_db
LAST_YEAR = 2025


@pytest.fixture
def committee(db):
    return builders.make_organisation()


@pytest.fixture
def branch(committee):
    return builders.make_organisation(committee)


def titles(user, day):
    return [to_do.title for to_do in todos.to_dos(user, d(day))]


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        ("2026-09-15", ""),
        ("2026-09-16", "本季度尚未召开支部党员大会，请于2026-09-30前召开。"),
        ("2026-08-24", ""),
        ("2026-08-25", "本月尚未开展主题党日，请及时组织并录入。"),
        ("2026-12-14", ""),
        ("2026-12-15", "本年度组织生活会、民主评议党员尚未开展。"),
        ("2027-03-31", "2026年度组织生活会、民主评议党员尚未开展。"),
        ("2026-07-10", "2026年6月未开展主题党日，可在2026-07-10前补开并录入。"),
    ],
)
def test_the_secretary_is_reminded_on_the_day_and_not_before(branch, day, sentence):
    """Rows 18, 19 and 24; each with the button that does it."""
    secretary = builders.make_user("secretary", branch)
    if sentence:
        assert sentence in titles(secretary, day)
        return
    words = {"2026-09-15": "党员大会", "2026-08-24": "主题党日", "2026-12-14": "组织生活会"}[day]
    assert not [title for title in titles(secretary, day) if words in title]


def test_what_was_made_up_for_is_not_asked_again(branch):
    secretary = builders.make_user("secretary", branch)
    assert "本月尚未开展主题党日，请及时组织并录入。" in titles(secretary, "2026-10-26")
    hold(branch, "2026-10-20", "theme_day")
    assert "本月尚未开展主题党日，请及时组织并录入。" not in titles(secretary, "2026-10-26")


def test_a_committee_is_told_how_many_branches_are_behind(committee, branch):
    officer = builders.make_user("officer", committee)
    other = builders.make_organisation(committee)
    builders.make_organisation(branch, OrganisationKind.PARTY_GROUP)
    hold(other, "2026-10-20", "theme_day")
    assert titles(officer, "2026-10-24") == []
    found = {t.title: t for t in todos.to_dos(officer, d("2026-10-25"))}
    theme = found["1 个党支部本期尚未开展主题党日，请于2026-10-31前督促完成"]
    assert "1 个党支部本期尚未开展党小组会，请于2026-10-31前督促完成" in found
    query = parse_qs(urlsplit(theme.url).query)
    assert query["standing"] == ["soon"]
    assert query["kind"] == ["theme_day"]
    assert titles(builders.make_user("leader", committee), "2026-10-25") == []


def test_the_map_folds_groups_into_their_branch_and_says_the_worst(branch):
    group = builders.make_organisation(branch, OrganisationKind.PARTY_GROUP)
    for month in range(1, 13):
        hold(branch, f"2025-{month:02}-05", "theme_day")
    hold(group, "2025-03-05", "group_meeting")
    kinds = ("theme_day", "group_meeting")
    found = calendar.squares([branch], LAST_YEAR, d("2026-01-01"), kinds, board.columns(LAST_YEAR, kinds))
    states = [square.state for square in found[branch.pk]]
    assert states == ["missed", "missed", "met", *["missed"] * 9]
    assert found[branch.pk][0].words == "未完成1项，已完成1项"


def test_figures_lead_to_exactly_their_rows(client_for, committee, branch):
    """Every fraction on the page of rates equals the length of the list that it links to."""
    builders.make_organisation(committee)
    hold(branch, "2025-02-05", "theme_day", "party_lecture")
    hold(branch, "2025-04-02", "members_meeting")
    client = client_for(builders.make_user("officer", committee))
    report = client.get(reverse("activities:duty-rates"), {"year": LAST_YEAR}).context["report"]
    shown = 0
    for line in (*report.lines, report.total):
        for choice, figures in line.columns:
            for standing, count in (("due", figures.due), ("met", figures.met), ("missed", figures.missed)):
                query = {"organisation": line.organisation.code, "year": LAST_YEAR, "kind": choice}
                page = client.get(reverse("activities:duty-list"), query | {"standing": standing})
                assert page.context["matching"] == count, (line.organisation, choice, standing)
                shown += count
    assert shown
    assert report.total.figures["three"].due == 2 * 8
    assert (report.total.figures["three"].met, report.total.figures["theme_day"].met) == (2, 1)


def test_the_branch_page_names_the_record_that_met_a_duty(client_for, branch):
    today = timezone.localdate()
    record = hold(branch, f"{today.replace(day=1)}", "theme_day")
    client = client_for(builders.make_user("secretary", branch))
    page = client.get(reverse("activities:duties"))
    lines = [line for _, group in page.context["groups"] for line in group]
    (theme,) = [line for line in lines if line.label == "主题党日" and line.cell.slot.end > today]
    assert theme.records == (record,)
    assert theme.state == "met"
    assert record.title in page.content.decode()
    (lecture,) = [line for line in lines if line.label == "党课" and line.cell.slot.end > today]
    entry = client.get(lecture.record_url)
    assert entry.status_code == 200
    assert branch.name in entry.content.decode()


def test_lists_refuse_nonsense_and_other_branches(client_for, branch):
    foreign = builders.make_organisation(builders.make_organisation())
    client = client_for(builders.make_user("secretary", branch))
    for name in ("duty-list", "duty-map", "duty-rates"):
        page = client.get(reverse(f"activities:{name}"), {"organisation": foreign.code})
        assert page.status_code == 200
        assert "找不到党组织" in page.content.decode()
        assert foreign.name not in page.content.decode()
        assert client.get(reverse(f"activities:{name}"), {"year": "abc", "page": "x"}).status_code == 200
    assert client.get(reverse("api:duties"), {"organisation": foreign.code}).status_code == 404
    assert client.get(reverse("api:duties"), {"organisation": branch.code, "yaer": 1}).status_code == 400


def test_the_interface_says_what_the_engine_says(client_for, branch):
    group = builders.make_organisation(branch, OrganisationKind.PARTY_GROUP)
    record = hold(group, "2025-03-05", "group_meeting")
    client = client_for(builders.make_user("secretary", branch))
    cells = client.get(reverse("api:duties"), {"organisation": branch.code, "year": LAST_YEAR}).json()
    engine = compute(first=d("2025-01-01"), last=d("2025-12-31"), as_of=timezone.localdate())
    assert [(c["organisation"], c["kind"], c["state"]) for c in cells] == [
        (c.organisation, c.kind, c.state) for c in engine
    ]
    (met,) = [cell for cell in cells if cell["records"] == [record.pk]]
    assert (met["period"], met["last_day"], met["state"]) == ("2025年3月", "2025-03-31", "met")
    rates = client.get(reverse("api:duty-rates"), {"organisation": branch.code, "year": LAST_YEAR}).json()
    assert rates["total"]["figures"]["three"]["met"] == 1


def test_no_page_asks_more_often_for_more_branches(client_for, committee, branch):
    client = client_for(builders.make_user("officer", committee))
    pages = [reverse(f"activities:{name}") for name in ("duty-map", "duty-list", "duty-rates")]
    pages += [reverse("activities:duty-list") + "?standing=fortnight", reverse("portal:home")]
    pages += [reverse("activities:appraisal-list"), reverse("api:appraisal-list")]

    def plant(organisation):
        Post.objects.create(organisation=organisation, title="publicity_member", person_name="某人")
        hold(organisation, f"{timezone.localdate():%Y-%m-01}", "theme_day")
        grades = {builders.make_member(organisation).pk: {"exempt_reason": "长期患病"}}
        values = {"organisation": organisation, "year": LAST_YEAR, "held_on": d("2025-12-20")}
        record_appraisal(**values, grades=grades, by=User.objects.system())

    def asked():
        for page in pages:
            client.get(page)
        found = []
        for page in pages:
            with CaptureQueriesContext(connection) as queries:
                assert client.get(page).status_code == 200
            found.append(len(queries))
        return found

    plant(branch)
    one = asked()
    for _ in range(2):
        more = builders.make_organisation(committee)
        builders.make_organisation(Organisation.objects.get(pk=more.pk), OrganisationKind.PARTY_GROUP)
        plant(more)
    assert not [(page, *pair) for page, *pair in zip(pages, one, asked(), strict=True) if pair[1] > pair[0]]
