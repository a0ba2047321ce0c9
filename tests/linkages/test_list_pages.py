"""The lists over the interface, their to-dos and exports; they ask as often for more rows."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from linkages import list_todos
from linkages.actions import projects
from linkages.models import Need, Project, Resource
from orgs.models import User
from tests import builders
from tests.activities.test_lists import asked

pytestmark = pytest.mark.django_db
LISTS = tuple(
    f"{space}:{which}-list" for space in ("linkages", "api") for which in ("resource", "need", "project")
)


def plant(branch, other):
    """One row more on each list, with everything a row shows, and a pair that fits."""
    partner, enterprise = builders.make_partner(branch), builders.make_enterprise()
    need = builders.make_need(branch, enterprise=enterprise)
    taken = builders.make_need(branch, enterprise=enterprise)
    resource = builders.make_resource(other, partner=partner)
    builders.make_resource(branch)
    aside = builders.make_resource(other)
    by = User.objects.system()
    projects.dismiss_match(need=need, resource=aside, reason="规格不符", by=by)
    return need, projects.take_match(need=taken, resource=resource, organisation=branch, by=by)


@pytest.fixture
def top():
    return builders.make_organisation()


@pytest.fixture
def branch(top):
    return builders.make_organisation(top)


@pytest.fixture
def other(top):
    return builders.make_organisation(top)


@pytest.mark.parametrize("role", ["officer", "secretary"])
def test_no_list_asks_more_often_for_more_rows(client_for, role, top, branch, other):
    client = client_for(builders.make_user(role, top if role == "officer" else branch))
    plant(branch, other)
    one = {name: asked(client, reverse(name))[0] for name in LISTS}
    for _ in range(2):
        plant(branch, other)
    assert {name: asked(client, reverse(name))[0] for name in LISTS} == one
    assert max(one.values()) <= 14, one


def test_the_pages_of_a_need_and_a_project_ask_as_often_for_more(client_for, branch, other):
    client = client_for(builders.make_user("secretary", branch))
    need, project = plant(branch, other)
    projects.add_note(project=project, text="已送样", by=User.objects.system())
    addresses = [
        reverse("linkages:need", args=[need.pk]),
        reverse("linkages:project", args=[project.pk]),
        reverse("api:need-matches", args=[need.pk]),
        reverse("api:project-detail", args=[project.pk]),
        reverse("portal:home"),
    ]
    few = [asked(client, address)[0] for address in addresses]
    for _ in range(3):
        plant(branch, other)
    projects.add_note(project=project, text="又进一步", by=User.objects.system())
    assert [asked(client, address)[0] for address in addresses] == few


# --- The interface ---------------------------------------------------------------------------------------


def test_over_the_interface_from_the_need_to_the_end_of_the_project(client_for, branch, other):
    client, today = client_for(builders.make_user("secretary", branch)), timezone.localdate()

    def post(name, data, *args, status=200):
        response = client.post(reverse(f"api:{name}", args=args), data, content_type="application/json")
        assert response.status_code == status, response.content.decode()
        return response.json()

    data = {
        "organisation": branch.code, "kind": "testing", "title": "光刻胶缺陷检测",
        "valid_until": str(today + dt.timedelta(days=90)), "publish": False,
    }  # fmt: skip
    need = post("need-list", data, status=201)
    assert (need["state"], need["valid_from"]) == ("draft", str(today))
    assert "手机号码" in str(post("need-list", data | {"title": "找19900001234"}, status=400))
    assert post("need-publish", {}, need["id"])["state"] == "open"
    foreign = post("need-list", data | {"organisation": other.code}, status=400)
    assert "organisation" in foreign
    offer = builders.make_resource(other, title="缺陷检测平台")
    (match,) = client.get(reverse("api:need-matches", args=[need["id"]])).json()
    assert match["resource"]["id"] == offer.pk
    assert match["reasons"] == ["类别相同：检验检测", "都提到：缺陷检测"]
    assert post("need-match", {"resource": offer.pk}, need["id"])["state"] == "matched"
    project = Project.objects.get()
    assert post("project-note", {"text": "已送样"}, project.pk)["notes"][0]["text"] == "已送样"
    assert post("project-finish", {"result": "检出两类缺陷"}, project.pk)["state"] == "done"
    post("project-give-up", {"reason": "不要了"}, project.pk, status=400)
    assert post("resource-list", data | {"title": "会议室"}, status=201)["state"] == "draft"
    found = client.get(reverse("api:need-list"), {"state": "matched"}).json()["results"]
    assert [row["id"] for row in found] == [need["id"]]


def test_a_dismissed_pair_is_proposed_no_more(client_for, branch, other):
    client = client_for(builders.make_user("secretary", branch))
    need, offer = builders.make_need(branch), builders.make_resource(other)
    address = reverse("api:need-dismiss", args=[need.pk])
    assert client.post(address, {"resource": offer.pk}, content_type="application/json").status_code == 400
    data = {"resource": offer.pk, "reason": "太远"}
    assert client.post(address, data, content_type="application/json").status_code == 200
    assert client.get(reverse("api:need-matches", args=[need.pk])).json() == []
    page = client.get(reverse("linkages:need", args=[need.pk])).content.decode()
    assert "已标为不合适的 1 条" in page
    client.post(reverse("linkages:match-restore", args=[need.dismissals.get().pk]))
    assert len(client.get(reverse("api:need-matches", args=[need.pk])).json()) == 1


def test_the_other_side_sees_what_it_has_itself(client_for, top, branch, other):
    third = builders.make_organisation(top)
    need = builders.make_need(branch)
    theirs, _ = builders.make_resource(other), builders.make_resource(third)
    client = client_for(builders.make_user("secretary", other))
    found = client.get(reverse("api:need-matches", args=[need.pk])).json()
    assert [row["resource"]["id"] for row in found] == [theirs.pk]
    data = {"resource": theirs.pk}
    client.post(reverse("api:need-match", args=[need.pk]), data, content_type="application/json")
    assert Project.objects.get().organisation == other


def test_a_match_under_an_agreement_is_booked_by_who_may_book_there(client_for, top):
    committee = builders.make_organisation(top, kind="committee")
    branch, partner = builders.make_organisation(committee), builders.make_partner(top)
    agreement = builders.make_agreement(committee, partner, signed_on=dt.date(2026, 1, 5))
    need, offer = builders.make_need(branch), builders.make_resource(branch, partner=partner)
    client = client_for(builders.make_user("secretary", branch))
    client.post(reverse("linkages:match-take", args=[need.pk, offer.pk]))
    project = Project.objects.get()
    assert project.agreement == agreement
    page, finish = (reverse(f"linkages:{name}", args=[project.pk]) for name in ("project", "project-finish"))
    data = {
        "on": timezone.localdate(), "result": "促成订单", "booked": "on", "kind": "amount", "amount": "12.5",
    }  # fmt: skip
    assert "同时登记为协议成效" not in client.get(page).content.decode()
    officer = client_for(builders.make_user("officer", committee))
    assert "同时登记为协议成效" in officer.get(page).content.decode()
    officer.post(finish, data)
    assert [str(row.amount) for row in agreement.results.all()] == ["12.50"]
    again = builders.make_need(branch)
    client.post(reverse("linkages:match-take", args=[again.pk, offer.pk]))
    second = again.projects.get()
    client.post(reverse("linkages:project-finish", args=[second.pk]), data)
    second.refresh_from_db()
    assert (second.result, agreement.results.count()) == ("促成订单", 1)


# --- Liaisons --------------------------------------------------------------------------------------------


def test_a_liaison_enters_what_the_own_unit_offers_and_sees_nothing_else(client_for, top, branch):
    partner, foreign = builders.make_partner(top), builders.make_partner(top)
    client = client_for(builders.make_liaison(partner).user)
    hidden = builders.make_resource(branch, partner=foreign)
    builders.make_need(branch)
    today = timezone.localdate()
    data = {
        "partner": partner.pk, "kind": "health", "title": "健康义诊", "valid_from": today,
        "valid_until": today + dt.timedelta(days=90),
    }  # fmt: skip
    assert client.get(reverse("linkages:resource-new")).status_code == 200
    client.post(reverse("linkages:resource-new"), data)
    own = Resource.objects.get(title="健康义诊")
    assert (own.partner, own.organisation) == (partner, top)
    assert list(client.get(reverse("linkages:resource-list")).context["page"]) == [own]
    assert list(client.get(reverse("linkages:need-list")).context["page"]) == []
    assert client.get(reverse("linkages:resource", args=[hidden.pk])).status_code == 404
    assert client.get(reverse("linkages:need-new")).status_code == 403
    client.post(reverse("linkages:resource-new"), data | {"partner": foreign.pk, "title": "冒名"})
    assert not Resource.objects.filter(title="冒名").exists()
    client.post(reverse("linkages:resource-edit", args=[own.pk]), data | {"title": "健康义诊进园区"})
    client.post(reverse("linkages:resource-withdraw", args=[own.pk]), {"reason": "医师调整"})
    own.refresh_from_db()
    assert (own.title, bool(own.withdrawn_at)) == ("健康义诊进园区", True)


# --- To-dos ----------------------------------------------------------------------------------------------


def test_the_sums_of_the_to_dos_lead_to_exactly_their_rows(client_for, branch, other):
    user, today = builders.make_user("secretary", branch), timezone.localdate()
    client, soon = client_for(user), timezone.localdate() + dt.timedelta(days=10)
    for home in (branch, other):
        for _ in range(7):
            builders.make_resource(home, valid_until=soon)
            builders.make_need(home, valid_until=soon)
        builders.make_need(home)
    long_ago = timezone.now() - dt.timedelta(days=40)
    Need.objects.filter(valid_until__gt=soon).update(published_at=long_ago)
    Need.objects.filter(valid_until=soon).update(published_at=timezone.now() - dt.timedelta(days=35))
    for _ in range(7):
        values = {"kind": "testing", "title": "试点", "deadline": soon}
        projects.start_project(organisation=branch, values=values, by=user)
    sums = {"另有 2 条需求即将到期": 7, "另有 2 条资源即将到期": 7, "另有 3 条需求满30天未对接": 8,
            "另有 2 个项目即将到期或已逾期": 7}  # fmt: skip
    found = [to_do for source in list_todos.SOURCES for to_do in source(user, today)]
    assert {to_do.title for to_do in found} >= set(sums)
    assert len(found) == 4 * 6
    for to_do in found:
        if to_do.title in sums:
            assert len(client.get(to_do.url).context["page"]) == sums[to_do.title], to_do.url


def test_nothing_is_asked_of_who_keeps_nothing(branch):
    soon = timezone.localdate() + dt.timedelta(days=10)
    builders.make_resource(branch, valid_until=soon)
    for role in ("leader", "administrator", "contact"):
        user = builders.make_user(role, branch)
        with CaptureQueriesContext(connection) as queries:
            assert [row for source in list_todos.SOURCES for row in source(user, timezone.localdate())] == []
        assert len(queries) <= 1


# --- Export ----------------------------------------------------------------------------------------------


def test_the_export_holds_the_own_rows_of_the_filter(client_for, top, branch, other, tmp_path):
    builders.make_resource(branch, title="=会议室")
    builders.make_resource(builders.make_organisation())
    client = client_for(builders.make_user("officer", top))
    for which in ("resource", "need", "project"):
        address = reverse(f"linkages:{which}-export")
        response = client.post(address, {"file_format": "xlsx", "purpose": "核对清单"})
        assert response.status_code == 200, response.content
        file = tmp_path / f"{which}.xlsx"
        file.write_bytes(b"".join(response.streaming_content))
        rows = list(load_workbook(file).active.iter_rows(values_only=True))[2:]
        assert [row[3] for row in rows] == (["=会议室"] if which == "resource" else [])
