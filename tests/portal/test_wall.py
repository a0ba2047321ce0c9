"""The wall screen: sums for whoever holds `statistics.view`, nobody named, old figures rather than none."""

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from members.models import Member
from orgs.models import User
from portal.wall import BOARDS, Wall
from portal.work import Scope, figures
from tests import builders
from tests.portal.working_world import World

pytestmark = pytest.mark.django_db
HEADERS = {"HX-Request": "true"}
URL = "/dashboard/wall/"


@pytest.fixture(autouse=True)
def _nothing_kept():
    cache.clear()


@pytest.fixture
def world():
    return World()


def test_the_account_of_a_screen_sees_the_sums_and_nothing_else(client_for, world):
    screen = client_for(builders.make_user("screen", world.area))

    page = screen.get(URL).content.decode()

    assert f"{world.area.name} · 一屏通览" in page
    assert "数据截至" in page
    assert "口径：" in page
    for name in (
        "portal:dashboard",
        "portal:measure-list",
        "orgs:park-list",
        "members:member-list",
        "api:measures",
    ):
        assert screen.get(reverse(name)).status_code == 403, name
    home = screen.get(reverse("portal:home")).content.decode()
    assert URL in home
    assert reverse("portal:dashboard") not in home.replace(URL, "")


def test_the_dashboard_offers_it_where_it_opens(client_for, world):
    both = builders.make_user("leader", world.area)
    both.appointments.create(role="administrator", organisation=world.elsewhere, starts_on=builders.LONG_AGO)
    client, dashboard = client_for(both), reverse("portal:dashboard")

    here, elsewhere = (
        f"{URL}?organisation={place.pk}" in client.get(dashboard, {"organisation": place.pk}).content.decode()
        for place in (world.area, world.elsewhere)
    )

    assert (here, elsewhere) == (True, False)


def test_nothing_can_be_lent_to_a_screen(world):
    screen = builders.make_user("screen", world.area)

    assert not User.objects.appointed_within(world.area).filter(pk=screen.pk).exists()
    assert User.objects.appointed_within(world.area).filter(pk=world.overseer.pk).exists()


def test_the_wall_counts_what_the_dashboard_counts(world):
    shown = {card.label: card for card in Wall(world.area).headlines}
    values = figures(Scope(world.officer, world.area, timezone.localdate()))

    assert shown["党员"].value == values["members"].shown == "6"
    assert shown["活动场次"].value == values["activities"].shown
    assert shown["活动场次"].note == f"参与人次 {values['participations'].shown} 人次"
    assert shown["组织覆盖率"].value == "0.0%"


def test_nobody_is_named_and_nothing_leads_elsewhere(client_for, world):
    text = client_for(builders.make_user("screen", world.top)).get(URL, headers=HEADERS).content.decode()

    assert "<a " in text
    assert "href=" not in text.replace('href="#station-mark"', "")
    for name in Member.objects.values_list("name", flat=True):
        assert name not in text


def test_a_foreign_organisation_is_not_found(client_for, world):
    screen = client_for(builders.make_user("screen", world.area))

    for foreign in (world.top.pk, world.elsewhere.pk, "x", "9" * 30):
        assert screen.get(URL, {"organisation": foreign}).status_code == 404
    assert world.branches[0].name in screen.get(URL, {"organisation": world.branches[0].pk}).content.decode()


@pytest.mark.parametrize("role", ["administrator", "auditor", "contact", "member"])
def test_whoever_reads_no_statistics_is_refused(client_for, world, role):
    extra = {"enterprise": world.enterprise} if role == "contact" else {}

    assert client_for(builders.make_user(role, world.top, **extra)).get(URL).status_code == 403


def test_screens_are_answered_by_one_reckoning(client_for, world):
    one, other = (client_for(builders.make_user(role, world.area)) for role in ("screen", "leader"))
    first = one.get(URL, headers=HEADERS).content
    other.get(reverse("portal:home"))  # notes the device
    builders.make_member(world.branches[0])

    with CaptureQueriesContext(connection) as asked:
        second = other.get(URL, headers=HEADERS).content

    assert second == first
    assert len(asked) <= 5
    cache.clear()
    assert one.get(URL, headers=HEADERS).content != first


def test_queries_do_not_grow(client_for, world):
    client = client_for(world.officer)
    client.get(URL)
    cache.clear()
    with CaptureQueriesContext(connection) as before:
        client.get(URL)
    for _ in range(3):
        branch = builders.make_organisation(world.area)
        world.members[branch] = [builders.make_member(branch) for _ in range(3)]
        world.hold(branch)
        world.order(world.branches[0], 5, 5)
    cache.clear()
    with CaptureQueriesContext(connection) as after:
        client.get(URL)

    assert len(after) == len(before)


def test_without_scripts_the_page_turns_the_boards_by_itself(client_for, world):
    client = client_for(world.officer)

    first, last = client.get(URL), client.get(URL, {"board": len(BOARDS)})

    assert f'content="30; url=?organisation={world.top.pk}&amp;board=2"' in first.content.decode()
    assert f'content="30; url=?organisation={world.top.pk}&amp;board=1"' in last.content.decode()
    assert 'data-board="2" data-boards' in last.content.decode()
    for nonsense in ("0", "9", "x", "²"):
        assert client.get(URL, {"board": nonsense}).context["board"] == 1


def test_an_empty_organisation_and_an_empty_portal(client_for):
    everything = client_for(builders.make_user(is_superuser=True))
    assert "还没有党组织" in everything.get(URL).content.decode()

    top = builders.make_organisation()
    text = client_for(builders.make_user("screen", top)).get(URL).content.decode()

    for words in ("没有计入的企业", "还没有点单", "还没有填写经纬度", "没有应开展三会一课的党支部"):
        assert words in text
