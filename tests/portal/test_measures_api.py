"""Measures over the API: the same numbers as the command line, and nothing of other scopes."""

import datetime as dt
import json

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from knox.models import AuthToken

from orgs.kinds import OrganisationKind
from orgs.models import CoverageMethod
from portal import snapshots
from portal.measures import MEASURES
from portal.work import WORK
from tests import builders

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    class World:
        pass

    w = World()
    w.top = builders.make_organisation()
    w.here, w.there = builders.make_area(), builders.make_area()
    kind = OrganisationKind.AREA_COMMITTEE
    w.committee = builders.make_organisation(w.top, kind, area=w.here)
    w.other = builders.make_organisation(w.top, kind, area=w.there)
    w.park, w.far_park = builders.make_park(area=w.here), builders.make_park(area=w.there)
    builders.cover(builders.make_enterprise(park=w.park), w.committee, CoverageMethod.AREA)
    builders.make_enterprise(park=w.park)
    builders.make_enterprise(park=w.far_park)
    w.officer = builders.make_user("officer", w.committee)
    return w


@pytest.fixture
def client(world):
    return Client(headers={"Authorization": f"Token {AuthToken.objects.create(world.officer)[1]}"})


def test_the_numbers_are_those_of_the_command_line(world, client, capsys):
    call_command("statistics", "--organisation", world.committee.code, "--json")

    answer = client.get("/api/measures/", {"organisation": world.committee.code}).json()

    assert answer == json.loads(capsys.readouterr().out)
    assert answer["measures"]["organisation_coverage"] == {"numerator": 1, "denominator": 2, "value": 0.5}


def test_the_own_organisation_is_the_default(world, client):
    assert client.get("/api/measures/").json()["organisation"] == world.committee.code


def test_a_past_day_is_counted_as_it_was(client):
    answer = client.get("/api/measures/", {"on": "2019-12-31"}).json()

    assert answer["as_of"] == "2019-12-31"
    assert answer["measures"]["organisation_coverage"]["denominator"] == 0


@pytest.mark.parametrize("name", ["organisation", "area", "park", "cluster"])
def test_what_lies_elsewhere_is_not_found_like_what_is_not_there(world, client, name):
    foreign = {
        "organisation": world.other.code,
        "area": world.there.name,
        "park": world.far_park.name,
        "cluster": "没有的集群",
    }[name]

    answers = [client.get("/api/measures/", {name: value}) for value in (foreign, "没有")]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].content == answers[1].content


@pytest.mark.parametrize("query", ["on=2999-01-01", "on=heute", "organisation=", "month=2026-11"])
def test_what_makes_no_sense_is_refused(client, query):
    assert client.get(f"/api/measures/?{query}").status_code == 400


def test_query_count_does_not_grow(world, client, django_assert_max_num_queries):
    counts = []
    for rows in (1, 2):
        for _ in range(rows):
            builders.make_enterprise(park=world.park)
        with django_assert_max_num_queries(82) as captured:
            client.get("/api/measures/")
        counts.append(len(captured))

    assert counts[0] == counts[1]


def test_every_component_of_the_document_has_a_name_of_its_own(capsys):
    """Of two serializers with one name the document shows one, for both; choices without one are called KindB10Enum."""
    GENERATOR_STATS.reset()  # it says each warning once
    SchemaGenerator().get_schema(request=None, public=True)

    assert capsys.readouterr().err == ""


def test_the_document_and_its_page_are_for_signed_in_people(world, client):
    assert Client().get("/api/schema/").status_code == 401
    assert Client().get("/api/docs/").status_code == 302
    assert client.get("/api/schema/").json()["openapi"].startswith("3.")

    browser = Client()
    browser.force_login(world.officer)
    page = browser.get("/api/docs/").content.decode()

    assert "登记覆盖关系" in page
    assert "/api/enterprises/{id}/cover/" in page


def test_kept_figures_are_those_of_the_days(world, client, monkeypatch):
    today = timezone.localdate()
    snapshots.rebuild()
    later = today + dt.timedelta(days=2)
    monkeypatch.setattr(
        "django.utils.timezone.now", lambda: timezone.make_aware(dt.datetime.combine(later, dt.time(9)))
    )
    builders.make_enterprise(park=world.park)
    snapshots.refresh()

    answer = client.get("/api/snapshots/", {"organisation": world.committee.code}).json()

    first, second = answer["snapshots"]
    assert answer["reckoned_on"] == first["until"] == second["since"] == str(later)
    assert (first["since"], second["until"]) == (str(today), None)
    assert first["measures"]["organisation_coverage"] == {"numerator": 1, "denominator": 2, "value": 0.5}
    assert second["measures"]["organisation_coverage"]["denominator"] == 3
    assert second["measures"]["members"]["value"] == 0
    first_only = {"since": today, "until": today + dt.timedelta(days=1)}
    assert client.get("/api/snapshots/", first_only).json()["snapshots"] == [first]


def test_kept_figures_of_other_scopes_are_not_found(world, client):
    snapshots.rebuild()
    assert client.get("/api/snapshots/", {"organisation": world.other.code}).status_code == 404


def test_kept_figures_say_nothing_of_rows_that_the_person_may_not_see(world):
    """Who reads statistics of enterprises alone reads nothing of members."""
    snapshots.rebuild()
    contact = builders.make_user("contact", world.committee)
    assert snapshots.readable(contact, world.committee) == set(MEASURES)
    assert snapshots.readable(world.officer, world.committee) == set(MEASURES) | set(WORK)


@pytest.mark.parametrize("days", [-1, 366])
def test_a_span_that_is_none_or_too_long_is_refused(client, days):
    until = timezone.localdate()
    answer = client.get("/api/snapshots/", {"since": until - dt.timedelta(days=days), "until": until})
    assert answer.status_code == 400
    assert "一次最多366天" in answer.json()["until"][0]
