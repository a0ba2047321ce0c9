"""Members, activities, duties, agreements, orders: every figure is what the page behind it counts, whoever looks."""

import datetime as dt
import json
from dataclasses import replace

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from linkages.models import Order
from orgs.models import Appointment
from portal import snapshots
from portal.cards import changed, shown
from portal.work import WORK, Scope, figures, values
from tests import builders
from tests.portal.test_trends import keep
from tests.portal.working_world import World, counted

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return World()


def test_every_figure_is_what_the_page_behind_it_counts(client_for, world):
    looks = [
        (world.officer, world.top),
        (world.officer, world.area),
        (world.overseer, world.area),
        (builders.make_user("leader", world.area), world.branches[1]),
        (world.secretary, world.branches[0]),
    ]
    for user, organisation in looks:
        client, found = client_for(user), figures(Scope(user, organisation, world.today))
        assert set(found) == set(WORK)
        for code, figure in found.items():
            if figure.denominator is not None and figure.url != figure.denominator_url:
                assert counted(client, figure.url) == figure.numerator, code
                assert counted(client, figure.denominator_url) == figure.denominator, code
            elif WORK[code].unit in ("名", "场", "份", "次"):
                assert counted(client, figure.url) == figure.value, code
            else:
                assert counted(client, figure.url) >= 0


def test_the_list_behind_participation_sums_who_came(client_for, world):
    client, found = client_for(world.officer), figures(Scope(world.officer, world.top, world.today))
    rate, totals = found["participation_rate"], client.get(found["participations"].url).context["totals"]

    assert (totals["present"], totals["expected"]) == (rate.numerator, rate.denominator)
    assert totals["present"] + totals["guests"] == found["participations"].value
    assert set(client.get(reverse("activities:activity-list")).context["totals"]) == {"count"}


def test_what_each_measure_counts(world):
    found = figures(Scope(world.officer, world.area, world.today))
    values_ = {code: figure.value for code, figure in found.items()}
    assert values_["members"] == 6
    assert values_["probationary"] == values_["recruited"] == 2
    assert values_["activities"] == 2  # the one held jointly counts once; last year's does not
    assert values_["participations"] == 2
    assert (found["participation_rate"].numerator, found["participation_rate"].denominator) == (2, 6)
    assert (found["member_reach"].numerator, found["member_reach"].denominator) == (1, 6)
    assert (values_["agreements"], values_["agreements_expiring"]) == (2, 1)
    whole = figures(Scope(world.officer, world.top, world.today))
    assert whole["activities"].value == 3
    assert whole["participations"].value == 2 + 23
    assert whole["participation_rate"].denominator == 6 + 30


def test_orders_count_by_when_they_were_raised(world):
    """Some of the made orders may have been raised last year when a test runs in the first days of January."""
    found = figures(Scope(world.officer, world.area, world.today))
    this_year = Order.objects.filter(raised_at__year=world.today.year).exclude(state="cancelled")
    assert found["orders_closed_rate"].denominator == this_year.count()
    assert found["orders_closed_rate"].numerator == this_year.filter(finished_at__isnull=False).count()
    if this_year.count() == 4:
        assert found["order_days_median"].value == pytest.approx(50 / 24)
        assert found["order_rating"].value == pytest.approx(3.5)


def test_the_median_of_an_even_number_lies_between_both(world):
    world.order(world.branches[0], 60, None)
    found = figures(Scope(world.officer, world.area, world.today))
    if Order.objects.filter(raised_at__year=world.today.year, finished_at__isnull=False).count() == 4:
        assert found["order_days_median"].value == pytest.approx(55 / 24)


def test_a_past_day_has_only_what_is_known_of_it(client_for, world):
    new_year = dt.date(world.today.year - 1, 12, 31)
    found = figures(Scope(world.officer, world.area, new_year))
    assert set(found) == {code for code, measure in WORK.items() if not measure.only_today}
    assert found["activities"].value == 1
    page = client_for(world.officer).get(
        reverse("portal:work-figures"), {"organisation": world.area.pk, "on": new_year.isoformat()}
    )
    assert "过去某一天的没有保存" in page.content.decode()


def test_only_what_one_may_see(client_for, world):
    administrator = builders.make_user("administrator", world.top)
    assert figures(Scope(administrator, world.top, world.today)) == {}
    both = builders.make_user("secretary", world.branches[0])
    Appointment.objects.create(
        user=both, role="administrator", organisation=world.elsewhere, starts_on=world.today
    )
    assert figures(Scope(both, world.elsewhere, world.today)) == {}
    address = reverse("portal:work-figures")
    assert client_for(world.secretary).get(address, {"organisation": world.top.pk}).status_code == 404
    assert client_for(world.contact).get(address).status_code == 403


def test_command_interface_and_page_say_the_same(client_for, world, capsys):
    call_command("statistics", "--organisation", world.area.code, "--json")
    command = json.loads(capsys.readouterr().out)["measures"]
    client = client_for(world.officer)
    interface = client.get(reverse("api:measures"), {"organisation": world.area.code}).json()["measures"]
    assert interface == command
    shown = client.get(reverse("portal:work-figures"), {"organisation": world.area.pk}).context["cards"]
    assert {card.measure.code for card in shown} == set(WORK)
    for card in shown:
        assert command[card.measure.code]["numerator"] == card.figure.numerator
    assert values(Scope(world.officer, world.area, world.today)).items() <= command.items()
    of_place = client.get(reverse("api:measures"), {"area": world.area.area.name}).json()["measures"]
    assert not of_place.keys() & WORK.keys()


def test_an_empty_organisation_has_zeros_and_dashes(client_for):
    top = builders.make_organisation()
    user = builders.make_user("officer", top)
    found = figures(Scope(user, top, timezone.localdate()))
    assert {figure.value for figure in found.values()} == {0, None}
    assert "—" in client_for(user).get(reverse("portal:work-figures")).content.decode()


def test_the_number_of_queries_is_fixed(client_for, world):
    client, address = client_for(world.officer), reverse("portal:work-figures")
    client.get(address)
    with CaptureQueriesContext(connection) as before:
        client.get(address)
    for branch in (*world.branches, builders.make_organisation(world.area)):
        world.members[branch] = [builders.make_member(branch) for _ in range(3)]
        world.hold(branch)
    with CaptureQueriesContext(connection) as after:
        client.get(address)
    assert len(after) == len(before) <= 67
    snapshots.rebuild()
    with CaptureQueriesContext(connection) as kept:
        client.get(address)
    assert len(kept) <= 15


def test_the_dashboard_shows_what_is_kept_and_counts_the_rest(world):
    for scope in (
        Scope(world.officer, world.top, world.today),
        Scope(world.overseer, world.area, world.today),
        Scope(world.secretary, world.branches[0], world.today),
    ):
        assert shown(scope) == figures(scope), "counted"
        counted = figures(scope)
        snapshots.rebuild()
        with CaptureQueriesContext(connection) as queries:
            assert shown(scope) == counted
        assert len(queries) <= 3
        of_month = replace(scope, unit="month")
        assert shown(of_month) == figures(of_month)
        builders.make_member(world.branches[0])
        assert shown(scope)["members"].value == counted["members"].value + 1


def test_changes_since_last_month_of_what_has_a_past(client_for, world, monkeypatch):
    """Sums of a year have none in January, months none at all."""
    day = dt.date(world.today.year, 3, 10)
    keep(
        world.top,
        day.replace(day=1) - dt.timedelta(days=1),
        day,
        members=5,
        activities=1,
        duties_due=4,
        duties_met=1,
    )
    keep(world.top, dt.date(world.today.year - 1, 12, 31), day.replace(month=2), members=5, activities=50)
    found = figures(Scope(world.officer, world.top, world.today))
    scopes = {}
    for name, today in (("march", day), ("january", day.replace(month=1))):
        monkeypatch.setattr("django.utils.timezone.localdate", lambda today=today: today)
        scopes[name] = changed(Scope(world.officer, world.top, today), found)
        assert changed(Scope(world.officer, world.top, today - dt.timedelta(days=1)), found) == {}
    assert scopes["march"]["members"].words == "▲ 4"
    assert scopes["march"]["activities"].words == "▲ 2"
    assert "trained" not in scopes["march"], "not kept then"
    assert set(scopes["january"]) == {"members"}


def test_who_took_part_and_who_never_did(client_for, world):
    address, client = reverse("activities:participation-list"), client_for(world.officer)
    page = client.get(address, {"organisation": world.area.code})
    present = world.members[world.branches[0]][0]
    assert page.context["figures"] == {"all": 6, "some": 1}
    assert {row.pk: row.times for row in page.context["page"] if row.times} == {present.pk: 2}
    never = client.get(address, {"organisation": world.area.code, "attended": "none"}).context
    assert present.pk not in {row.pk for row in never["page"]}
    assert never["figures"] == {"all": 5, "some": 0}
    last_year = {"since": f"{world.today.year - 1}-12-31", "until": f"{world.today.year - 1}-12-31"}
    then = client.get(address, {"organisation": world.area.code, "attended": "some"} | last_year).context
    assert [row.pk for row in then["page"]] == [world.members[world.branches[1]][0].pk]
