"""The filters of enterprise lists: every list holds exactly what its figure counts, and nonsense never widens it."""

import datetime as dt
import random

import pytest
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from orgs import filters
from orgs.filters import COVERAGE_CHOICES, DATED, PLAIN, VISITED, EnterpriseFilter, with_permission
from orgs.kinds import OrganisationKind
from orgs.models import (
    BuildingStage,
    Chain,
    Coverage,
    CoverageMethod,
    DatedSetting,
    Enterprise,
    EnterpriseName,
    EnterpriseStatus,
    Role,
    SurveyRound,
    SurveyTask,
    UnitKind,
    Visit,
    line_of,
)
from orgs.statistics import Register
from tests import builders
from tests.builders import (
    make_area,
    make_cluster,
    make_enterprise,
    make_organisation,
    make_park,
    make_user,
)

pytestmark = pytest.mark.django_db
K, M = OrganisationKind, CoverageMethod
TODAY = timezone.localdate()
PAST = TODAY - dt.timedelta(days=100)
EARLIER = TODAY - dt.timedelta(days=200)


class Request:
    """What a FilterSet wants to know of a request."""

    def __init__(self, user, data):
        self.user, self.GET = user, data


def filterset(user, query="", **kwargs):
    data = QueryDict(query, mutable=True)
    data.update({key: getattr(value, "pk", value) for key, value in kwargs.items()})
    return EnterpriseFilter(data, queryset=Enterprise.objects.visible_to(user), request=Request(user, data))


def count(user, **kwargs):
    found = filterset(user, **kwargs)
    assert found.faults == []
    rows = list(found.qs)
    assert len({row.pk for row in rows}) == len(rows)  # no row twice
    assert found.counts()["total"] == len(rows)
    return len(rows)


# --- Figure == list, over random data ----------------------------------------------------------------


def random_world(seed):
    """Two areas, two clusters, nested parks, enterprises of all sorts that moved, closed and were covered in between."""
    rnd = random.Random(seed)  # noqa: S311 - test data
    top = make_organisation()
    clusters = [make_cluster(), make_cluster(), None]
    areas = [make_area(), make_area()]
    parks = [make_park(area=rnd.choice(areas)) for _ in range(3)]
    parks += [make_park(parent=parks[0]), None]
    organisations = [make_organisation(top, K.AREA_COMMITTEE, area=areas[0])]
    organisations.append(make_organisation(top, K.CLUSTER_COMMITTEE, cluster=clusters[0]))
    organisations += [make_organisation(organisations[0], K.GENERAL_BRANCH, park=p) for p in parks[:2]]
    organisations += [make_organisation(rnd.choice(organisations)) for _ in range(3)]
    survey = SurveyRound.objects.create(name="轮", as_of=EARLIER, due_on=TODAY)
    for _ in range(40):
        enterprise = make_enterprise(
            park=rnd.choice(parks),
            cluster=rnd.choice(clusters),
            status=rnd.choice(["existing", "open", "deregistered"]),
            is_dormant=rnd.random() < 0.1,
            kind=rnd.choice([UnitKind.ENTERPRISE] * 5 + [UnitKind.LABORATORY]),
            employees=rnd.choice([None, 20, 60]),
            reported_members=rnd.choice([None, 0, 2, 3, 8]),
            since=EARLIER - dt.timedelta(days=1),
        )
        _cover_at_random(rnd, enterprise, organisations)
        if rnd.random() < 0.3:
            _move(enterprise, rnd.choice(parks), rnd.choice(clusters))
        if rnd.random() < 0.3:
            state = rnd.choice(["open", "done"])
            SurveyTask.objects.create(
                round=survey, enterprise=enterprise, reason="new", state=state, done_on=TODAY if state == "done" else None
            )  # fmt: skip
        if rnd.random() < 0.3:
            Visit.objects.create(
                enterprise=enterprise, visited_on=rnd.choice([TODAY, PAST]), visitor_name="某"
            )
    return make_user(Role.OFFICER, top), organisations, clusters, areas, parks


def _cover_at_random(rnd, enterprise, organisations):
    for methods in ([m for m in M if m != M.INSTRUCTOR], [M.INSTRUCTOR]):
        if rnd.random() < 0.3:
            continue
        method = rnd.choice(methods)
        instructor = method == M.INSTRUCTOR
        since = rnd.choice([EARLIER, PAST, TODAY])
        Coverage.objects.create(
            enterprise=enterprise,
            method=method,
            line=line_of(method),
            organisation=None if instructor else rnd.choice(organisations),
            instructor_name="某同志" if instructor else "",
            since=since,
            until=rnd.choice([None, None, TODAY]),
            term_ends_on=rnd.choice([None, PAST, TODAY]) if instructor else None,
        )


def _move(enterprise, park, cluster):
    """Moved ten days ago."""
    day = TODAY - dt.timedelta(days=10)
    enterprise.periods.update(until=day)
    enterprise.park, enterprise.cluster = park, cluster
    enterprise.save()
    enterprise.periods.create(park=park, cluster=cluster, status=enterprise.status, since=day)
    Enterprise.objects.filter(pk=enterprise.pk).update(is_dormant=False)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("day", [None, PAST, EARLIER])
def test_every_figure_equals_its_list(seed, day):
    user, organisations, *_ = random_world(seed)
    if seed == 1:
        for code, value in {"coverage_counts_attached": True, "instructor_visit_days": 150}.items():
            DatedSetting.objects.create(code=code, effective_on=EARLIER, value=value)
    if seed == 2:
        DatedSetting.objects.create(code="coverage_min_employees", effective_on=EARLIER, value=30)
    register = Register(day)
    on = {"on": day.isoformat()} if day else {}

    for organisation in [None, organisations[seed], organisations[-1]]:
        rows = register.of_organisation(organisation) if organisation else register.rows()
        scope = on | ({"organisation": organisation} if organisation else {})
        figure = register.figures(rows)[0]
        assert count(user, active=1, **scope) == figure.active
        assert count(user, active=1, coverage="organisation", **scope) == figure.organisation
        assert count(user, active=1, coverage="work", **scope) == figure.work
        assert count(user, active=1, coverage="none", **scope) == figure.uncovered
        for name in ("own", "joint", "area", "trade", "attached", "instructor"):
            assert count(user, active=1, coverage=name, **scope) == getattr(figure, name)
        assert count(user, should_found=1, **scope) == figure.should_found
        assert count(user, active=1, surveyed=1, **scope) == figure.surveyed


@pytest.mark.parametrize("day", [None, PAST])
@pytest.mark.parametrize("group", ["park", "area", "cluster"])
def test_every_group_equals_its_list_and_all_groups_make_the_whole(group, day):
    user, *_ = random_world(7)
    register = Register(day)
    on = {"on": day.isoformat()} if day else {}
    figures = register.figures(register.rows(), by=group)

    for figure in figures:
        place = {group: "none" if figure.key is None else figure.key}
        assert count(user, active=1, **place, **on) == figure.active
        assert count(user, active=1, coverage="work", **place, **on) == figure.work

    assert sum(figure.active for figure in figures) == count(user, active=1, **on)


@pytest.mark.parametrize("name", ["active", "should_found", "surveyed"])
def test_yes_and_no_make_the_whole(name):
    user, *_ = random_world(11)

    assert count(user, **{name: "1"}) + count(user, **{name: "0"}) == count(user)


def test_coverage_choices_are_all_conditions():
    register = Register()

    for value, _ in COVERAGE_CHOICES:
        assert Enterprise.objects.filter(DATED["coverage"](register, value)).count() == 0 or value == "none"


# --- Single filters ----------------------------------------------------------------------------------


@pytest.fixture
def chief():
    return make_user(Role.OFFICER, make_organisation())


@pytest.mark.parametrize(
    ("fields", "query"),
    [
        ({"status": EnterpriseStatus.REVOKED}, {"status": "revoked"}),
        ({"building_stage": BuildingStage.PLANNED}, {"stage": "planned"}),
        ({"is_high_tech": True}, {"is_high_tech": "1"}),
        ({"is_high_tech": False}, {"is_high_tech": "0"}),
        ({"is_key": True}, {"is_key": "1"}),
        ({"kind": UnitKind.INSTITUTE}, {"kind": "institute"}),
        ({"employees": 500}, {"min_employees": "500"}),
        ({"employees": 3}, {"max_employees": "3"}),
        ({"reported_members": 30, "employees": 99}, {"min_members": "30"}),
        ({"name": "独角兽"}, {"q": " 独角 "}),
        ({"credit_code": "91999901MAFFFFF01X"}, {"q": "mafffff01"}),
    ],
)
def test_plain_filter_picks_its_row(chief, fields, query):
    make_enterprise(employees=50)
    wanted = make_enterprise(**fields)

    assert list(filterset(chief, **query).qs) == [wanted]


def test_search_finds_old_names_chain_and_covering_organisation(chief):
    chain = Chain.objects.create(name="机器人链")
    branch = make_organisation(chief.current_appointments[0].organisation)
    make_enterprise()
    wanted = make_enterprise(chain=chain)
    EnterpriseName.objects.create(enterprise=wanted, name="旧名字公司", until=TODAY)
    builders.cover(wanted, branch)

    assert list(filterset(chief, q="旧名字").qs) == [wanted]
    assert list(filterset(chief, chain=chain).qs) == [wanted]
    assert list(filterset(chief, covered_by=branch).qs) == [wanted]


def test_every_filter_has_a_condition():
    declared = set(EnterpriseFilter.base_filters)

    assert declared - set(DATED) - set(PLAIN) - set(VISITED) == {"q", "on"}
    assert set(DATED) | set(PLAIN) | set(VISITED) <= declared


# --- Nonsense ----------------------------------------------------------------------------------------

NONSENSE = [
    "organisation=999999", "organisation=x", "park=abc", "park=-1", "status=gone", "coverage=maybe",
    "active=2", "min_employees=abc", "min_employees=-1", "max_employees=99999999999999999999", "on=2026-13-40",
    "on=0000-00-00", "unvisited_days=0", "visited_from=2026-13-40", "stage=%00", "cluster=9223372036854775808", "min_members=1e5",
]  # fmt: skip


@pytest.mark.parametrize("query", NONSENSE)
def test_nonsense_empties_the_list_and_says_why(client, chief, query):
    make_enterprise()
    client.force_login(chief)

    response = client.get(f"{reverse('orgs:enterprise-list')}?{query}")

    assert response.status_code == 200
    assert list(response.context["page"]) == []
    assert "筛选条件“" in response.content.decode()


@pytest.mark.parametrize(
    "query",
    ["sort=x", "after=%%%", "after=W251bGwsMV0=", "before=abc", "q=%27%22--", "unknown=1", "q=" + "长" * 90],
)
@pytest.mark.parametrize("name", ["enterprise-list", "coverage-list", "should-found", "instructor-list"])
def test_odd_parameters_never_break_a_list(client, chief, name, query):
    make_enterprise(reported_members=3, employees=9)
    client.force_login(chief)

    assert client.get(f"{reverse(f'orgs:{name}')}?{query}").status_code == 200


@pytest.mark.parametrize("query", ["method=x", "covered_by=0", "expired=3"])
def test_nonsense_empties_the_ledger(client, chief, query):
    builders.cover(make_enterprise(), chief.current_appointments[0].organisation)
    client.force_login(chief)

    response = client.get(f"{reverse('orgs:coverage-list')}?{query}")

    assert list(response.context["page"]) == []


# --- Scope -------------------------------------------------------------------------------------------


def test_choices_hold_only_what_the_person_answers_for(chief):
    top = chief.current_appointments[0].organisation
    here, there = make_area(), make_area()
    committee = make_organisation(top, K.AREA_COMMITTEE, area=here)
    park, foreign_park = make_park(area=here), make_park(area=there)
    make_enterprise(park=park)
    make_enterprise(park=foreign_park)
    officer = make_user(Role.OFFICER, committee)

    found = filterset(officer)

    assert [text for _, text in found.form["park"].field.widget.choices] == ["全部", "未填园区", park.name]
    assert [text for _, text in found.form["area"].field.widget.choices] == ["全部", "未归片区", here.name]
    for kwargs in ({"park": foreign_park}, {"area": there}, {"organisation": top}, {"covered_by": top}):
        refused = filterset(officer, **kwargs)
        assert list(refused.qs) == []
        assert refused.faults


@pytest.mark.parametrize("seed", range(2))
def test_park_choices_hold_every_park_with_a_visible_enterprise(seed):
    _, organisations, *_ = random_world(seed + 20)

    for organisation in organisations:
        officer = make_user(Role.OFFICER, organisation)
        offered = set(filterset(officer).form.fields["park"].queryset.values_list("pk", flat=True))
        seen = Enterprise.objects.visible_to(officer).exclude(park=None).values_list("park", flat=True)
        assert set(seen) <= offered


def test_a_past_day_does_not_open_what_has_left(chief):
    area = make_area()
    committee = make_organisation(chief.current_appointments[0].organisation, K.AREA_COMMITTEE, area=area)
    officer = make_user(Role.OFFICER, committee)
    stayed, left = make_enterprise(park=make_park(area=area)), make_enterprise(park=make_park(area=area))
    _move(left, make_park(), None)

    assert list(filterset(officer, on=PAST.isoformat()).qs) == [stayed]


def test_with_permission_agrees_with_permitted_to(chief):
    area = make_area()
    committee = make_organisation(chief.current_appointments[0].organisation, K.AREA_COMMITTEE, area=area)
    ours, theirs = make_enterprise(park=make_park(area=area)), make_enterprise(park=make_park())
    officer = make_user(Role.OFFICER, committee)

    rows = with_permission(Enterprise.objects.all(), officer, "coverage.change", "may")

    assert dict(rows.values_list("pk", "may")) == {ours.pk: True, theirs.pk: False}


@pytest.mark.parametrize(("query", "label"), [("method=x", "覆盖方式"), ("covered_by=0", "覆盖党组织")])
def test_the_ledger_says_what_is_wrong(client, chief, query, label):
    client.force_login(chief)

    page = client.get(f"{reverse('orgs:coverage-list')}?{query}").content.decode()

    assert f"筛选条件“{label}”" in page


def test_a_filter_that_came_with_a_link_can_be_taken_off(client, chief):
    top = chief.current_appointments[0].organisation
    client.force_login(chief)

    page = client.get(
        reverse("orgs:coverage-list"), {"covered_by": top.pk, "method": "joint"}
    ).content.decode()

    assert f"覆盖党组织：{top.name}" in page
    assert f'name="covered_by" value="{top.pk}"' in page
    assert 'href="?method=joint"' in page


# --- Very many parks --------------------------------------------------------------------------------


@pytest.fixture
def many_parks(monkeypatch):
    """Three parks where two are many; two of them in one area."""
    monkeypatch.setattr(filters, "MOST_PARKS", 2)
    area, other = make_area(name="甲片区"), make_area(name="乙片区")
    return [
        make_park(area=area, name="一园"),
        make_park(area=area, name="二园"),
        make_park(area=other, name="三园"),
    ]


def offered(form, name) -> list[str]:
    return [text for _, text in form[name].field.widget.choices][2:]


@pytest.mark.parametrize(
    ("query", "parks", "first"),
    [
        ("", [], "全部（先选片区，再选园区）"),
        ("area={area}", ["一园", "二园"], "全部"),
        ("park={third}", ["三园"], "全部（先选片区，再选园区）"),
        ("area={area}&park={third}", ["一园", "二园", "三园"], "全部"),
        ("area=none", [], "全部（先选片区，再选园区）"),
        ("area=x&park=9999999999999999999999", [], "全部（先选片区，再选园区）"),
    ],
)
def test_many_parks_are_offered_by_area(chief, many_parks, query, parks, first):
    query = query.format(area=many_parks[0].area_id, third=many_parks[2].pk)
    form = filterset(chief, query).form

    assert sorted(offered(form, "park")) == sorted(parks)
    assert next(iter(form["park"].field.widget.choices))[1] == first
    assert offered(form, "area") == ["甲片区", "乙片区"]


def test_the_field_of_parks_follows_the_area_with_the_list(client, chief, many_parks):
    client.force_login(chief)
    address = f"{reverse('orgs:enterprise-list')}?area={many_parks[0].area_id}"

    again = client.get(address, headers={"HX-Request": "true"}).text
    whole = client.get(address).text

    assert 'hx-swap-oob="true"' in again
    assert "二园" in again
    assert "三园" not in again
    assert whole.count('id="id_park"') == again.count('id="id_park"') == 1
    assert "hx-swap-oob" not in whole


def test_few_parks_stay_as_they_are(client, chief):
    make_park(name="唯一园")
    client.force_login(chief)

    again = client.get(reverse("orgs:enterprise-list"), headers={"HX-Request": "true"}).text

    assert "id_park" not in again
