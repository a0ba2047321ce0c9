"""The parts that the dashboard fetches: every figure is what the page behind it counts, whoever looks."""

import datetime as dt
import io
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from activities.duties import board, calendar
from linkages.models import Order
from orgs import clock
from orgs.kinds import OrganisationKind
from orgs.models import AuditEvent, CoverageMethod, DatedSetting
from portal import parts, snapshots
from portal.work import Scope
from tests import builders
from tests.activities.test_venues import venue_of
from tests.portal.working_world import World, counted

pytestmark = pytest.mark.django_db
HEADERS = {"HX-Request": "true"}


@pytest.fixture
def world():
    return World()


def scope(user, organisation, **kw):
    return Scope(user, organisation, kw.pop("on", timezone.localdate()), **kw)


def address(name):
    return reverse("portal:dashboard-part", args=[name])


# --- Orders ---------------------------------------------------------------------------------------------


def test_each_step_of_the_funnel_opens_exactly_its_orders(client_for, world):
    for user, organisation in (
        (world.officer, world.top),
        (world.overseer, world.area),
        (world.secretary, world.branches[0]),
    ):
        client = client_for(user)
        for step in parts.funnel(scope(user, organisation)):
            assert counted(client, step.url) == step.count, step.label


def test_the_funnel_counts_each_order_in_every_step_it_has_come_to(world):
    Order.objects.update(raised_at=timezone.now())  # some are of last year in the first days of January

    steps = parts.funnel(scope(world.officer, world.area))

    # Five were raised: one waits, one is cancelled, three are done, two of them rated.
    assert [step.count for step in steps] == [5, 3, 3, 3, 2]
    assert [step.of_previous for step in steps] == [None, 3 / 5, 1, 1, 2 / 3]
    assert steps[-1].of_all == 2 / 5


def test_a_month_counts_what_was_raised_in_it(client_for, world):
    today = timezone.localdate()
    Order.objects.update(raised_at=clock.moment(dt.date(today.year - 1, 6, 15), 9 * 60))
    june = dt.date(today.year - 1, 6, 30)

    found = scope(world.officer, world.area, on=june, unit="month")
    may = scope(world.officer, world.area, on=dt.date(today.year - 1, 5, 31), unit="month")

    assert parts.funnel(found)[0].count == 5
    assert parts.funnel(may)[0].count == 0
    page = client_for(world.officer).get(
        address("orders"), {"organisation": world.area.pk, "on": june, "period": "month"}
    )
    assert f"{today.year - 1}年6月点单" in page.content.decode()


# --- Duties ---------------------------------------------------------------------------------------------


def test_squares_add_up_to_the_rates_and_open_their_duties(client_for, world):
    today = timezone.localdate()
    found = parts.duty_months(scope(world.officer, world.area))
    report = calendar.rates(world.area, today.year, today)

    assert [line.label for line in found.lines] == [branch.name for branch in world.branches]
    for line, rated in zip(found.lines, report.lines, strict=True):
        assert line.year.figures == rated.figures[board.THREE]
    assert found.total.year.figures == report.total.figures[board.THREE]
    client = client_for(world.officer)
    for line in (*found.lines, found.total):
        assert sum(square.figures.due for square in line.squares) == line.year.figures.due
        for square in (*line.squares, line.year):
            assert client.get(square.url).context["matching"] == square.figures.due


def test_a_past_day_shows_how_they_stood_then(client_for, world):
    """The same squares, of the same year where the day lies; each opens the duties of that day."""
    today = timezone.localdate()
    then = dt.date(today.year - 1, 5, 20)
    found = parts.duty_months(Scope(world.officer, world.area, then))
    whole = parts.duty_months(Scope(world.officer, world.area, dt.date(then.year, 12, 31))).total

    due = [square.figures.due for square in found.total.squares]
    assert due[:4] == [square.figures.due for square in whole.squares][:4]
    assert not any(due[5:]), "what was to come"
    client = client_for(world.officer)
    for square in (*found.total.squares, found.total.year):
        assert client.get(square.url).context["matching"] == square.figures.due
    page = client.get(address("duties"), {"on": then.isoformat()}).content.decode()
    assert f"按截至 {then} 的情况计" in page


def test_what_is_a_good_rate_is_a_dated_setting(world):
    today = timezone.localdate()
    lowest = DatedSetting.objects.create(code="duty_good_percent", effective_on=today, value=0)
    found = parts.duty_months(scope(world.officer, world.area))

    assert {square.tone for square in found.total.squares if square.figures.due} == {"green"}
    assert found.bounds == parts.Bounds(0, 0.7)
    lowest.delete()
    assert parts.duty_months(scope(world.officer, world.area)).total.year.tone == "red"


def test_a_branch_shows_its_own_line(world):
    found = parts.duty_months(scope(world.secretary, world.branches[0]))

    assert [line.label for line in found.lines] == [world.branches[0].name]
    assert not found.has_total
    assert parts.duty_months(scope(world.officer, world.area)).has_total


def test_of_many_the_lowest_are_shown(monkeypatch, world):
    for _ in range(3):
        builders.make_organisation(world.area)

    found = parts.duty_months(scope(world.officer, world.area), most=2)

    assert (len(found.lines), found.left_out) == (2, 3)


def test_a_year_long_ago_says_that_nothing_is_kept(client_for, world):
    page = client_for(world.officer).get(address("duties"), {"on": "2001-01-01"})

    assert "组织生活只统计近几年" in page.content.decode()


# --- Network --------------------------------------------------------------------------------------------


def test_the_small_network_shows_the_strongest_ties(client_for, world):
    page = client_for(world.officer).get(address("network"), {"organisation": world.area.pk})

    network, ties = page.context["network"], page.context["ties"]
    assert network.agreements == 2
    assert ties == network.ties
    assert [node["name"] for node in page.context["graph"]["nodes"]] == [node.name for node in network.nodes]
    for tie in page.context["graph"]["ties"]:
        assert client_for(world.officer).get(tie["url"]).context["filterset"].faults == []


def test_no_side_gets_longer_than_allowed(monkeypatch, client_for, world):
    for _ in range(4):
        builders.make_agreement(world.branches[0], signed_on=world.today)
    monkeypatch.setattr(parts, "NODES_A_SIDE", 2)

    page = client_for(world.officer).get(address("network"), {"organisation": world.area.pk}).context

    nodes = page["graph"]["nodes"]
    assert sum(not node["inside"] for node in nodes) <= 2
    assert page["left_out"] == len(page["network"].ties) - len(page["ties"]) > 0


def test_the_network_of_a_past_day_is_not_known(client_for, world):
    page = client_for(world.officer).get(address("network"), {"on": "2026-01-31"}).content.decode()

    assert "只统计今天" in page
    assert "network-data" not in page
    dashboard = client_for(world.officer).get(reverse("portal:dashboard"), {"on": "2026-01-31"})
    assert set(dashboard.context["parts"]) == {"orders", "duties", "map"}


# --- Map ------------------------------------------------------------------------------------------------


def make_map():
    top = builders.make_organisation()
    area = builders.make_area(name="东片区")
    committee = builders.make_organisation(top, OrganisationKind.AREA_COMMITTEE, area=area)
    large, small, nowhere = (
        builders.make_park(area=area, name=name, **place)
        for name, place in (
            ("大园", {"latitude": Decimal("31.20"), "longitude": Decimal("121.60")}),
            ("小园", {"latitude": Decimal("31.21"), "longitude": Decimal("121.61")}),
            ("无址园", {}),
        )
    )
    for number in range(4):
        unit = builders.make_enterprise(park=large)
        if number:
            builders.cover(unit, committee, CoverageMethod.AREA)
    builders.make_enterprise(park=small)
    builders.make_enterprise(park=nowhere)
    return top, committee, large, small, nowhere


def test_circles_say_how_many_and_how_well_covered():
    top, _, large, small, nowhere = make_map()

    found = parts.park_map(scope(builders.make_user("leader", top), top))

    spots = {spot.park: spot for spot in found.spots}
    assert set(spots) == {large, small}
    assert spots[large].radius == 2 * spots[small].radius
    assert (spots[large].band, spots[small].band) == (3, 0)  # 75 and 0 per cent
    assert spots[large].x < spots[small].x
    assert spots[large].y > spots[small].y
    assert found.nowhere == [nowhere]
    assert [label.name for label in found.labels] == ["东片区"]


def test_the_map_shows_the_parks_and_stations_of_the_organisation_alone(client_for):
    top, committee, _large, _small, _ = make_map()
    foreign = builders.make_park(name="别处园", latitude=Decimal("31.3"), longitude=Decimal("121.7"))
    builders.make_enterprise(park=foreign)
    other = builders.make_organisation(top, OrganisationKind.AREA_COMMITTEE, area=foreign.area)
    place = {"latitude": Decimal("31.201"), "longitude": Decimal("121.601")}
    venue_of(committee, name="本片区服务站", **place)
    venue_of(other, name="别处服务站", **place)
    venue_of(committee, name="未标位置的站")
    client = client_for(builders.make_user("leader", committee))

    page = client.get(address("map"))

    text = page.content.decode()
    assert "大园" in text
    assert "本片区服务站" in text
    assert "别处" not in text
    assert page.context["map"].stations_nowhere == 1
    for one in (*page.context["map"].spots, *page.context["map"].stations):
        assert client.get(one.url).status_code == 200


def test_a_park_that_one_may_not_open_leads_to_its_enterprises(client_for):
    top, _, large, _, _ = make_map()
    branch = builders.make_organisation(builders.make_organisation(top, OrganisationKind.CLUSTER_COMMITTEE))
    unit = builders.make_enterprise(park=large)
    builders.cover(unit, branch, CoverageMethod.OWN)
    user = builders.make_user("leader", branch)

    (spot,) = parts.park_map(scope(user, branch)).spots

    page = client_for(user).get(spot.url)
    assert page.status_code == 200
    assert spot.figures.active == 1


def test_a_map_without_places_says_what_to_do(client_for):
    top = builders.make_organisation()

    assert (
        "还没有填写经纬度"
        in client_for(builders.make_user("leader", top)).get(address("map")).content.decode()
    )


# --- All ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", parts.PARTS)
def test_a_part_is_a_page_and_a_piece(client_for, world, name):
    client = client_for(world.officer)

    page, piece = client.get(address(name)), client.get(address(name), headers=HEADERS)

    assert "<html" in page.content.decode()
    assert "<html" not in piece.content.decode()
    assert f'id="part-{name}"' in piece.content.decode()
    assert "HX-Request" in piece.headers["Vary"]


@pytest.mark.parametrize("name", parts.PARTS)
def test_the_number_of_queries_does_not_grow(client_for, world, name):
    client = client_for(world.officer)
    client.get(address(name))
    with CaptureQueriesContext(connection) as before:
        client.get(address(name))
    for branch in (*world.branches, builders.make_organisation(world.area)):
        park = builders.make_park(latitude=Decimal("31.2"), longitude=Decimal("121.6"))
        builders.cover(builders.make_enterprise(park=park), branch, CoverageMethod.JOINT)
        venue_of(branch, latitude=Decimal("31.2"), longitude=Decimal("121.6"))
        builders.make_agreement(branch, signed_on=world.today)
        world.order(world.branches[0], 3, 4)
    with CaptureQueriesContext(connection) as after:
        client.get(address(name))

    assert len(after) == len(before) <= 20


def test_what_one_may_not_see_is_neither_offered_nor_opened(client_for, world):
    administrator = client_for(builders.make_user("administrator", world.top))

    assert set(administrator.get(reverse("portal:dashboard")).context["parts"]) == {"trend", "map"}
    for name in parts.PARTS:
        assert administrator.get(address(name)).status_code == (200 if name in ("trend", "map") else 403)
        assert (
            client_for(world.secretary).get(address(name), {"organisation": world.top.pk}).status_code == 404
        )
        assert client_for(world.contact).get(address(name)).status_code == 403
    assert administrator.get(address("weather")).status_code == 404


def test_the_dashboard_offers_the_usual_periods(client_for, world):
    client, url = client_for(world.officer), reverse("portal:dashboard")
    today = timezone.localdate()

    page = client.get(url, {"period": "month"}).context["dashboard"]

    assert [label for label, _, _ in page.periods] == ["本年", "本月", "上月", "去年"]
    assert [label for label, _, is_shown in page.periods if is_shown] == ["本月"]
    assert all(
        "period=month" in where for _, where in client.get(url, {"period": "month"}).context["parts"].values()
    )
    for label, query, _ in page.periods:
        shown = client.get(f"{url}?{query}").context["dashboard"]
        assert [one for one, _, is_shown in shown.periods if is_shown] == [label]
    last_month = parse_qs(page.periods[2][1])
    assert last_month["on"] == [(today.replace(day=1) - dt.timedelta(days=1)).isoformat()]
    assert client.get(url, {"period": "fortnight"}).context["dashboard"].unit == "year"


def test_figures_of_a_month_are_named_so(client_for, world):
    page = client_for(world.officer).get(reverse("portal:work-figures"), {"period": "month"})

    cards = {card.measure.code: card for card in page.context["cards"]}
    assert cards["recruited"].name == "本月发展党员"
    assert "本年" not in page.content.decode()
    query = parse_qs(urlsplit(cards["activities"].figure.url).query)
    assert query["since"] == [timezone.localdate().replace(day=1).isoformat()]


def test_the_duty_rate_of_a_month_is_that_of_its_list(client_for, world):
    client = client_for(world.officer)
    page = client.get(reverse("portal:work-figures"), {"period": "month", "organisation": world.area.pk})

    figure = next(card.figure for card in page.context["cards"] if card.measure.code == "duty_rate")

    assert client.get(figure.url).context["matching"] == figure.numerator
    assert client.get(figure.denominator_url).context["matching"] == figure.denominator
    assert f"month={timezone.localdate().month}" in figure.url


# --- The workbook ---------------------------------------------------------------------------------------


def workbook_of(response):
    """Reading it to its end closes the file."""
    return openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content)))


def test_the_workbook_holds_every_table_on_a_sheet_of_its_own(client_for, world):
    snapshots.rebuild()
    client = client_for(builders.make_user("leader", world.area))

    response = client.post(reverse("portal:dashboard-export"), {"purpose": "季度例会"})

    book = workbook_of(response)
    year = timezone.localdate().year
    assert book.sheetnames == [
        "指标", "片区", "产业集群", "覆盖方式", "下级党组织", "园区", "近12个月走势", "需求闭环", f"三会一课{year}年",
        "联建网络",
    ]  # fmt: skip
    for sheet in book:
        assert "用途：季度例会" in sheet["A1"].value
        assert sheet["A2"].value
    rows = {row[0]: row for row in book["指标"].iter_rows(min_row=3, values_only=True)}
    assert rows["党员"][1] == 6
    assert rows["参与率"][2:6] == (pytest.approx(2 / 6), "%", 2, 6)
    of_months = list(book["近12个月走势"].iter_rows(min_row=2, values_only=True))
    assert of_months[0] == ("日期", "组织覆盖率", "工作覆盖率", "党员（名）", "当月活动（场）", "当月参与率")
    assert (len(of_months), of_months[1][3]) == (1 + 13, 6)
    steps = [row[:2] for row in book["需求闭环"].iter_rows(min_row=3, values_only=True)]
    assert steps == [(step.label, step.count) for step in parts.funnel(scope(world.officer, world.area))]


def test_taking_the_workbook_is_on_record_and_asks_what_for(client_for, world):
    leader = builders.make_user("leader", world.area)
    client, url = client_for(leader), reverse("portal:dashboard-export")

    assert "purpose" in client.post(url, {"purpose": ""}).context["form"].errors
    workbook_of(client.post(f"{url}?period=month", {"purpose": "季度例会"}))

    event = AuditEvent.objects.get(action="export")
    assert event.detail["purpose"] == "季度例会"
    assert (event.detail["organisation"], event.detail["period"]) == (world.area.code, "month")
    assert event.organisation_id == world.area.pk


def test_the_workbook_holds_what_one_may_see(client_for, world):
    administrator = client_for(builders.make_user("administrator", world.top))

    book = workbook_of(administrator.post(reverse("portal:dashboard-export"), {"purpose": "测试"}))

    assert book.sheetnames == [
        "指标", "片区", "产业集群", "覆盖方式", "下级党组织", "园区", "近12个月走势",
    ]  # fmt: skip
    assert [cell.value for cell in book["近12个月走势"][2]] == ["日期", "组织覆盖率", "工作覆盖率"]
    assert "党员" not in {row[0].value for row in book["指标"]}
    url = reverse("portal:dashboard-export")
    assert client_for(world.contact).post(url, {"purpose": "测试"}).status_code == 403
    foreign = {"organisation": world.top.pk}
    assert client_for(world.secretary).post(f"{url}?organisation={world.top.pk}", foreign).status_code == 404
