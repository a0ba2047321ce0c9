"""The dashboard and the page of definitions."""

import datetime as dt
import json
from html.parser import HTMLParser

import pytest
from django.urls import reverse
from django.utils import timezone

from orgs.kinds import OrganisationKind
from orgs.models import CoverageMethod, DatedSetting, SurveyRound
from portal import dashboards, snapshots
from tests.builders import (
    cover,
    make_area,
    make_cluster,
    make_enterprise,
    make_organisation,
    make_park,
    make_user,
)

pytestmark = pytest.mark.django_db
URL = "/dashboard/"


def test_the_route_is_the_one_the_menu_names():
    assert reverse("portal:dashboard") == URL


class Links(HTMLParser):
    """Text → address of every link of a page."""

    def __init__(self, response):
        super().__init__()
        self.found, self._href = [], None
        self.feed(response.content.decode())

    def handle_starttag(self, tag, attrs):
        if tag == "a":
            self._href = dict(attrs).get("href")

    def handle_data(self, data):
        if self._href:
            self.found.append((data.strip(), self._href))

    def handle_endtag(self, tag):
        if tag == "a":
            self._href = None


def make_world():
    root = make_organisation()
    area = make_area()
    committee = make_organisation(root, OrganisationKind.AREA_COMMITTEE, area=area)
    park = make_park(area=area)
    unit = make_enterprise(park=park, reported_members=5)
    cover(unit, committee, CoverageMethod.AREA)
    make_enterprise(park=park)
    return root, committee, park


def test_headline_shows_rate_counts_words_and_day(client_for):
    root, _, _ = make_world()
    SurveyRound.objects.create(name="十一月名单", as_of=timezone.localdate(), due_on=timezone.localdate())

    page = client_for(make_user("leader", root)).get(URL).content.decode()

    assert "50.0%" in page
    assert "当前有单独组建、联合组建、区域统建、行业统建党组织" in page
    assert "实体运营企业：登记状态为存续" in page
    assert f"截至 {timezone.localdate():%Y-%m-%d}" in page
    assert "十一月名单" in page


def test_every_list_link_on_the_page_opens(client_for):
    root, _, _ = make_world()
    client = client_for(make_user("leader", root))

    links = {href for _, href in Links(client.get(URL)).found if href.startswith("/enterprises/?")}

    assert len(links) > 10
    for href in links:
        response = client.get(href)
        assert response.status_code == 200
        assert response.context["filterset"].faults == []


def test_the_number_on_the_page_is_the_number_of_its_list(client_for):
    root, _, park = make_world()
    client = client_for(make_user("leader", root))

    response = client.get(URL)

    (line,) = response.context["dashboard"].parks.items
    assert (line.label, line.figures.uncovered) == (park.name, 1)
    assert ("1", line.lists["uncovered"].replace("&amp;", "&")) in Links(response).found
    assert client.get(line.lists["uncovered"]).context["counts"]["total"] == 1


def test_foreign_enterprises_are_not_counted(client_for):
    root, committee, _ = make_world()
    foreign = make_park()
    make_enterprise(park=foreign)

    response = client_for(make_user("leader", committee)).get(URL)

    assert response.context["dashboard"].total.figures.active == 2
    assert foreign.name not in response.content.decode()
    assert root.name not in response.content.decode()


def test_a_foreign_organisation_is_not_found(client_for):
    root, committee, _ = make_world()
    client = client_for(make_user("leader", committee))

    assert client.get(URL, {"organisation": root.pk}).status_code == 404
    assert client.get(URL, {"organisation": "x"}).status_code == 404
    assert client.get(URL, {"organisation": "9" * 30}).status_code == 404
    assert client.get(URL, {"organisation": committee.pk}).status_code == 200


@pytest.mark.parametrize("role", ["auditor", "contact", "member"])
@pytest.mark.parametrize("url", [URL, "/measures/"])
def test_who_may_not_read_statistics_is_refused(client_for, role, url):
    root, _, _ = make_world()

    assert client_for(make_user(role, root)).get(url).status_code == 403


def test_nobody_signed_in_goes_to_the_sign_in_page(client):
    assert client.get(URL).status_code == 302


@pytest.mark.parametrize("parks", [1, 3])
@pytest.mark.parametrize(("jurisdiction", "kept", "most"), [("all", 1, 12), ("", 1, 12), ("", 0, 14)])
def test_query_count_does_not_grow_with_parks(
    client_for, jurisdiction, kept, most, parks, django_assert_max_num_queries
):
    root = make_organisation(jurisdiction=jurisdiction)
    for _ in range(parks):
        park, cluster = make_park(), make_cluster()
        committee = make_organisation(root, OrganisationKind.AREA_COMMITTEE, area=park.area)
        for _ in range(parks):
            cover(make_enterprise(park=park, cluster=cluster), make_organisation(committee))
    client = client_for(make_user("leader", root))
    client.get(URL)  # notes the device
    if kept:
        snapshots.rebuild()

    with django_assert_max_num_queries(most):
        response = client.get(URL)

    assert len(response.context["dashboard"].parks.items) == parks


def test_a_past_day_shows_the_register_of_that_day(client_for):
    root, _, park = make_world()
    day = timezone.localdate() - dt.timedelta(days=40)
    late = make_enterprise(park=park, since=timezone.localdate() - dt.timedelta(days=3))
    client = client_for(make_user("leader", root))

    past, today = client.get(URL, {"on": day.isoformat()}), client.get(URL)

    assert past.context["dashboard"].total.figures.active == 2
    assert today.context["dashboard"].total.figures.active == 3
    assert f"on={day}" in past.context["dashboard"].total.lists["active"]
    assert late.name not in past.content.decode()


def test_a_past_day_takes_no_more_than_twelve_queries_below_the_top(
    client_for, django_assert_max_num_queries
):
    _, committee, _ = make_world()
    client = client_for(make_user("leader", committee))
    client.get(URL)  # notes the device

    with django_assert_max_num_queries(12):
        client.get(URL, {"on": "2026-01-31", "organisation": committee.pk})


def test_a_chart_of_many_shows_those_with_most_enterprises_and_says_so(client_for, monkeypatch):
    monkeypatch.setattr(dashboards, "MOST_BARS", 2)
    root = make_organisation(jurisdiction="all")
    parks = [make_park(area=make_area()) for _ in range(3)]
    for number, park in enumerate(parks):
        for _ in range(number + 1):
            make_enterprise(park=park)

    response = client_for(make_user("leader", root)).get(URL)

    page = response.context["dashboard"]
    assert {line.label for line in page.area_chart.lines} == {park.area.name for park in parks[1:]}
    assert {bar["label"] for bar in page.chart_data()["areas"]} == {park.area.name for park in parks[1:]}
    assert "共 3 个片区，列出企业最多的 2 个" in response.content.decode()
    assert len(page.areas) == 3


@pytest.mark.parametrize("text", ["gestern", "2026-02-31", "9999-12-31"])
def test_a_day_that_is_none_or_has_not_come_shows_today(client_for, text):
    root, _, _ = make_world()

    response = client_for(make_user("leader", root)).get(URL, {"on": text})

    assert response.context["dashboard"].register.is_today


def test_a_child_opens_its_own_dashboard(client_for):
    root, committee, _ = make_world()
    client = client_for(make_user("leader", root))

    (child,) = client.get(URL).context["dashboard"].children
    response = client.get(child.url)

    assert response.context["dashboard"].organisation == committee
    assert [o.name for o, _ in response.context["dashboard"].trail] == [root.name]


def test_units_without_place_have_lines_of_their_own(client_for):
    root, _, _ = make_world()
    make_enterprise()
    client = client_for(make_user("leader", root))

    dashboard = client.get(URL).context["dashboard"]

    for lines, label in (
        (dashboard.areas, "未归片区"),
        (dashboard.clusters, "未归集群"),
        (dashboard.parks.items, "未填园区"),
    ):
        (line,) = [line for line in lines if line.label == label]
        rows = client.get(line.lists["active"]).context["counts"]["total"]
        assert rows == line.figures.active > 0


def test_nothing_to_divide_by_shows_a_dash(client_for):
    page = client_for(make_user("leader", make_organisation())).get(URL).content.decode()

    assert "—" in page
    assert "这一天范围内没有计入的企业" in page


def test_a_superuser_of_an_empty_portal_is_told_what_to_do(client_for):
    response = client_for(make_user(is_superuser=True)).get(URL)

    assert "还没有党组织" in response.content.decode()


def test_parks_are_sorted_and_paged(client_for):
    root = make_organisation()
    area = make_area()
    for number in range(25):
        park = make_park(area=area, name=f"园区{number:02}")
        for _ in range(number % 3 + 1):
            make_enterprise(park=park)
    client = client_for(make_user("leader", root))

    first = client.get(URL, {"sort": "name"}).context["dashboard"].parks
    second = client.get(f"{URL}?{first.next_query}").context["dashboard"].parks
    largest = client.get(URL, {"sort": "-active"}).context["dashboard"].parks

    assert [line.label for line in first.items] == [f"园区{n:02}" for n in range(20)]
    assert [line.label for line in second.items] == [f"园区{n:02}" for n in range(20, 25)]
    assert largest.items[0].figures.active == 3
    assert client.get(URL, {"sort": "name", "after": "x"}).context["dashboard"].parks.items == first.items


def test_sorting_asks_for_the_table_alone(client_for):
    root, _, _ = make_world()

    response = client_for(make_user("leader", root)).get(URL, headers={"HX-Request": "true"})

    page = response.content.decode()
    assert 'id="parks"' in page
    assert "<html" not in page
    assert "HX-Request" in response.headers["Vary"]


def test_chart_data_names_a_list_for_every_bar(client_for):
    root, _, _ = make_world()

    page = client_for(make_user("leader", root)).get(URL).content.decode()

    text = page.partition('id="chart-data" type="application/json">')[2].partition("</script>")[0]
    data = json.loads(text)
    assert data["average"] == 0.5
    assert [bar["active"] for bar in data["areas"]] == [2]
    assert all(bar["url"].startswith("/enterprises/?") for bar in data["areas"] + data["methods"])


def test_definitions_name_version_and_source(client_for):
    root = make_organisation()
    DatedSetting.objects.create(
        code="should_found_members", effective_on=dt.date(2026, 7, 1), value=5, basis="区委组织部通知"
    )

    page = client_for(make_user("leader", root)).get("/measures/").content.decode()

    assert "正式党员5名及以上" in page
    assert "2026-07-01 起" in page
    assert "区委组织部通知" in page
    assert "支部工作条例" in page
