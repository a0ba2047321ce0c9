"""Parks: who sees them, what their figures count, how names are kept; areas, clusters, chains."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from orgs.actions import places as actions
from orgs.kinds import OrganisationKind
from orgs.models import Area, AuditEvent, Chain, Cluster, Park, ParkAlias, Role
from tests.builders import (
    cover,
    make_area,
    make_cluster,
    make_enterprise,
    make_organisation,
    make_park,
    make_user,
)

K = OrganisationKind
pytestmark = pytest.mark.django_db


@pytest.fixture
def top():
    return make_organisation()


@pytest.fixture
def keeper(top):
    return make_user(Role.OFFICER, top)


def url(name, *args):
    return reverse(f"orgs:{name}", args=args)


def names(queryset):
    return set(queryset.values_list("name", flat=True))


def text(response) -> str:
    return response.content.decode()


# --- Who sees which ----------------------------------------------------------------------------------


@pytest.fixture
def country(top):
    """Park A1 (with A1a inside it, which lies in area B) and A2 in area A, B1 in area B."""
    a, b = make_area(), make_area()
    parks = {"A1": make_park(name="A1", area=a), "A2": make_park(name="A2", area=a)}
    parks |= {"B1": make_park(name="B1", area=b)}
    parks |= {"A1a": make_park(name="A1a", area=b, parent=parks["A1"])}
    return parks | {"a": a, "b": b}


def test_the_top_sees_all_parks_and_strangers_none(top, country):
    assert names(Park.objects.visible_to(make_user(Role.LEADER, top))) == {"A1", "A2", "B1", "A1a"}
    assert names(Park.objects.visible_to(make_user())) == set()
    assert names(Park.objects.visible_to(make_user(Role.AUDITOR, top))) == set()


def test_an_area_sees_its_parks(top, country):
    area = make_organisation(top, K.AREA_COMMITTEE, area=country["a"])
    assert names(Park.objects.visible_to(make_user(Role.OFFICER, area))) == {"A1", "A2"}


def test_a_park_organisation_sees_its_park_and_those_inside(top, country):
    area = make_organisation(top, K.AREA_COMMITTEE, area=country["a"])
    general = make_organisation(area, K.GENERAL_BRANCH, park=country["A1"])
    assert names(Park.objects.visible_to(make_user(Role.OFFICER, general))) == {"A1", "A1a"}


def test_a_cluster_sees_parks_where_it_has_organisations_or_enterprises(top, country):
    cluster = make_cluster()
    committee = make_organisation(top, K.CLUSTER_COMMITTEE, cluster=cluster)
    user = make_user(Role.OFFICER, committee)
    assert names(Park.objects.visible_to(user)) == set()
    make_organisation(committee, park=country["A2"])
    make_enterprise(park=country["B1"], cluster=cluster)
    assert names(Park.objects.visible_to(user)) == {"A2", "B1"}


def test_list_and_page_hide_the_other_area(top, country, client_for):
    area = make_organisation(top, K.AREA_COMMITTEE, area=country["a"])
    client = client_for(make_user(Role.OFFICER, area))
    assert {park.name for park in client.get(url("park-list")).context["page"]} == {"A1", "A2"}
    assert client.get(url("park", country["B1"].pk)).status_code == 404
    assert client.get(url("park", country["A1"].pk)).context["nested"] == []
    assert client_for(make_user(Role.MEMBER, top)).get(url("park-list")).status_code == 403


def test_organisations_of_a_park_out_of_sight_stay_out(top, country, client_for):
    area = make_organisation(top, K.AREA_COMMITTEE, area=country["a"])
    foreign = make_organisation(
        make_organisation(top, K.CLUSTER_COMMITTEE), park=country["A1"], name="外线支部"
    )
    content = text(client_for(make_user(Role.OFFICER, area)).get(url("park", country["A1"].pk)))
    assert foreign.name not in content
    assert foreign.name in text(client_for(make_user(Role.OFFICER, top)).get(url("park", country["A1"].pk)))


# --- Figures -----------------------------------------------------------------------------------------


def test_figures_equal_the_lists_they_open(top, keeper, country, client_for):
    area = make_organisation(top, K.AREA_COMMITTEE, area=country["a"])
    branch = make_organisation(area, K.GENERAL_BRANCH, park=country["A1"])
    cover(make_enterprise(park=country["A1"]), branch, "own")
    make_enterprise(park=country["A1"])
    make_enterprise(park=country["A1"], status="deregistered")
    make_enterprise(park=country["A1a"])
    client = client_for(keeper)
    [(found, figures)] = client.get(url("park-list"), {"q": "A1", "area": country["a"].pk}).context["rows"]
    assert (found.name, found.in_charge) == ("A1", [branch])
    assert (figures.active, figures.organisation, figures.work, figures.uncovered) == (2, 1, 1, 1)
    base = f"{url('enterprise-list')}?park={country['A1'].pk}&active=1"
    content = text(client.get(url("park", country["A1"].pk)))
    for query, count in (
        ("", 2),
        ("&coverage=organisation", 1),
        ("&coverage=work", 1),
        ("&coverage=none", 1),
    ):
        assert (base + query).replace("&", "&amp;") in content
        assert len(client.get(base + query).context["page"].items) == count


def test_a_cluster_counts_only_its_own_enterprises(top, country, client_for):
    cluster = make_cluster()
    committee = make_organisation(top, K.CLUSTER_COMMITTEE, cluster=cluster)
    make_enterprise(park=country["A1"], cluster=cluster)
    make_enterprise(park=country["A1"])
    client = client_for(make_user(Role.OFFICER, committee))
    [(_, figures)] = client.get(url("park-list")).context["rows"]
    assert figures.active == 1
    assert client.get(url("park", country["A1"].pk)).context["figures"].active == 1


def test_a_park_without_enterprises_shows_a_dash(keeper, country, client_for):
    content = text(client_for(keeper).get(url("park", country["A2"].pk)))
    assert "—" in content
    assert "0.0%" not in content


def test_nested_parks_are_looked_after_by_the_one_around(top, keeper, country, client_for):
    area = make_organisation(top, K.AREA_COMMITTEE, area=country["a"])
    general = make_organisation(area, K.GENERAL_BRANCH, park=country["A1"])
    client = client_for(keeper)
    assert client.get(url("park", country["A1a"].pk)).context["in_charge"] == [general]
    assert client.get(url("park", country["A2"].pk)).context["in_charge"] == [area]


@pytest.mark.parametrize("address", ["park-list", "park"])
def test_query_counts_do_not_grow(address, top, country, client_for, django_assert_max_num_queries):
    area = make_organisation(top, K.AREA_COMMITTEE, area=country["a"])
    client = client_for(make_user(Role.OFFICER, area))
    address = url("park-list") if address == "park-list" else url("park", country["A1"].pk)

    def add():
        park = make_park(area=country["a"], parent=country["A1"])
        general = make_organisation(area, K.GENERAL_BRANCH, park=park)
        cover(make_enterprise(park=park), general)
        make_organisation(general, park=country["A1"])

    def measure():
        with django_assert_max_num_queries(12) as queries:
            client.get(address)
        return len(queries)

    client.get(address)
    add()
    one = measure()
    add()
    add()
    assert measure() == one


# --- Upkeep ------------------------------------------------------------------------------------------


def test_a_renamed_park_keeps_its_old_name_as_alias(keeper):
    park = make_park(name="旧名园")
    actions.update_park(park=park, name="新名园", by=keeper)
    assert set(park.aliases.values_list("name", flat=True)) == {"旧名园"}
    actions.update_park(park=park, name="旧名园", by=keeper)
    assert set(park.aliases.values_list("name", flat=True)) == {"新名园"}
    assert AuditEvent.objects.filter(object_type="park", action="update").count() == 2
    assert actions.update_park(park=park, name="旧名园", by=keeper) == []


def test_one_name_means_one_park(keeper):
    park, other = make_park(name="甲园"), make_park(name="乙园")
    actions.add_alias(park=park, name="甲一期", by=keeper)
    for name, words in (("甲一期", "已经登记"), ("乙园", "正式名称")):
        with pytest.raises(ValidationError) as error:
            actions.add_alias(park=other, name=name, by=keeper)
        assert words in "".join(error.value.messages)
    with pytest.raises(ValidationError) as error:
        actions.update_park(park=other, name="甲一期", by=keeper)
    assert "另一个园区的别名" in "".join(error.value.messages)
    with pytest.raises(ValidationError) as error:
        actions.add_park(name="甲园", area=park.area, by=keeper)
    assert "已经存在" in "".join(error.value.messages)


def test_parks_nest_one_level_deep(keeper):
    outer = make_park()
    inner = make_park(parent=outer)
    for park, parent in ((make_park(), inner), (outer, make_park())):
        with pytest.raises(ValidationError):
            actions.update_park(park=park, parent=parent, by=keeper)
    with pytest.raises(ValidationError):
        actions.update_park(park=inner, parent=inner, by=keeper)


def test_parks_and_aliases_through_their_forms(keeper, client_for):
    client = client_for(keeper)
    area = make_area()
    response = client.post(url("park-new"), {"name": "甲园", "area": area.pk})
    park = Park.objects.get(name="甲园")
    assert response["Location"] == url("park", park.pk)
    assert client.get(url("park-edit", park.pk)).status_code == 200
    client.post(url("park-edit", park.pk), {"name": "新甲园", "area": area.pk})
    assert "别名“甲园”已经登记" in text(
        client.post(url("park-alias-add", park.pk), {"name": "甲园"}, follow=True)
    )
    client.post(url("park-alias-add", park.pk), {"name": "甲科技园"})
    assert set(park.aliases.values_list("name", flat=True)) == {"甲园", "甲科技园"}
    assert [p.name for p in client.get(url("park-list"), {"q": "甲科技"}).context["page"]] == ["新甲园"]
    alias = ParkAlias.objects.get(name="甲科技园")
    assert client.get(url("park-alias-remove", alias.pk)).status_code == 405
    client.post(url("park-alias-remove", alias.pk))
    assert set(park.aliases.values_list("name", flat=True)) == {"甲园"}


@pytest.mark.parametrize(("kind", "model"), [("area", Area), ("cluster", Cluster), ("chain", Chain)])
def test_places_are_added_and_renamed(kind, model, keeper, client_for):
    client = client_for(keeper)
    client.post(url("place-new", kind), {"name": "东部"})
    place = model.objects.get(name="东部")
    client.post(url("place-edit", kind, place.pk), {"name": "东区"})
    assert "东区" in text(client.get(url("place-list")))
    assert AuditEvent.objects.filter(object_type=kind).count() == 2
    assert "已存在" in text(client.post(url("place-new", kind), {"name": "东区"}))
    assert client.get(url("place-new", "planet")).status_code == 404


def test_only_the_top_maintains_places(top, client_for):
    area = make_area()
    park = make_park(area=area)
    alias = ParkAlias.objects.create(park=park, name="甲园")
    committee = make_organisation(top, K.AREA_COMMITTEE, area=area)
    for user in (make_user(Role.OFFICER, committee), make_user(Role.LEADER, top)):
        client = client_for(user)
        for address in (
            url("park-new"),
            url("park-edit", park.pk),
            url("park-alias-add", park.pk),
            url("park-alias-remove", alias.pk),
            url("place-new", "area"),
            url("place-edit", "area", area.pk),
        ):
            assert client.post(address, {"name": "改名", "area": area.pk}).status_code == 403
        assert client.get(url("place-list")).status_code == 403
        assert url("park-edit", park.pk) not in text(client.get(url("park", park.pk)))
    area.refresh_from_db()
    assert area.name != "改名"
    assert ParkAlias.objects.get().name == "甲园"


def test_aliases_of_parks_out_of_sight_are_not_found(top, country, client_for):
    area = make_organisation(top, K.AREA_COMMITTEE, area=country["a"])
    alias = ParkAlias.objects.create(park=country["B1"], name="外名")
    client = client_for(make_user(Role.OFFICER, area))
    assert client.post(url("park-alias-remove", alias.pk)).status_code == 404
    assert client.post(url("park-alias-add", country["B1"].pk), {"name": "x"}).status_code == 404


def test_writes_need_the_csrf_token(keeper):
    client = Client(enforce_csrf_checks=True)
    client.force_login(keeper)
    assert client.post(url("park-new"), {"name": "甲园", "area": make_area().pk}).status_code == 403
    assert not Park.objects.filter(name="甲园").exists()


def test_periods_of_the_past_do_not_touch_todays_parks(keeper, country, client_for):
    """Figures are of today: a unit registered later than a past day counts now."""
    make_enterprise(park=country["A1"], since=dt.date(2026, 11, 1))
    assert client_for(keeper).get(url("park", country["A1"].pk)).context["figures"].active == 1
