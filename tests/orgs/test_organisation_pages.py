"""Pages of organisations: what each person sees and may do, figures that equal their lists, query counts."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from orgs.kinds import Jurisdiction, OrganisationKind
from orgs.models import Affiliation, AuditEvent, Organisation, Post, Role
from orgs.outline import PER_LEVEL, level_below, outline
from orgs.views.organisation_acts import ACTS
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
PHONE = "19900001234"
HTMX = {"HTTP_HX_REQUEST": "true"}
pytestmark = pytest.mark.django_db


class Place:
    """A top with two area committees; `mine` is where the person works, `theirs` must stay hidden."""

    def __init__(self):
        self.top = make_organisation()
        self.mine = make_organisation(self.top, K.AREA_COMMITTEE, area=make_area(), contact_phone=PHONE)
        self.theirs = make_organisation(self.top, K.AREA_COMMITTEE, area=make_area(), name="外区党委")
        self.branch = make_organisation(self.mine, name="本区第一党支部")
        self.foreign_branch = make_organisation(self.theirs, name="外区第一党支部")
        self.officer = make_user(Role.OFFICER, self.mine)


@pytest.fixture
def place():
    return Place()


def url(name, *args):
    return reverse(f"orgs:{name}", args=args)


def page(organisation, tab=""):
    return url("organisation", organisation.pk) + (f"?tab={tab}" if tab else "")


def text(response) -> str:
    return response.content.decode()


def in_days(days):
    return timezone.localdate() + dt.timedelta(days=days)


# --- Who sees what -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query", ["", "?q=第一党支部", "?kind=branch", "?node={foreign}", "?q=外区", "?dissolved=on"]
)
def test_the_list_hides_the_other_area(query, place, client_for):
    query = query.format(foreign=place.foreign_branch.pk)
    response = client_for(place.officer).get(url("organisation-list") + query)
    assert response.status_code == 200
    assert "外区" not in text(response).replace('value="外区"', "")


@pytest.mark.parametrize("name", ["organisation", "organisation-children", *[f"organisation-{a}" for a in ACTS],
                                  "organisation-found", "organisation-edit"])  # fmt: skip
def test_organisations_outside_are_not_found(name, place, client_for):
    assert client_for(place.officer).get(url(name, place.theirs.pk)).status_code == 404


def test_one_of_several_roots_does_not_show_what_lies_between(place, client_for):
    third = make_organisation(place.top, K.AREA_COMMITTEE)
    user = make_user(Role.OFFICER, place.mine)
    user.appointments.create(organisation=third, role=Role.LEADER, starts_on=dt.date(2024, 1, 1))
    nodes = outline(user)
    assert [node.organisation for node in nodes] == [place.mine, third]
    response = client_for(user).get(url("organisation-list"))
    assert place.top.name not in text(response)


def test_superiors_out_of_sight_are_named_without_a_link(place, client_for):
    content = text(client_for(place.officer).get(page(place.branch)))
    assert place.top.name in content
    assert page(place.top) not in content
    assert page(place.mine) in content


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.CONTACT, Role.MEMBER])
def test_roles_without_the_register_are_refused(role, place, client_for):
    client = client_for(make_user(role, place.top))
    for name in ("organisation-list", "term-list", "organisation-tree"):
        assert client.get(url(name)).status_code == 403
    assert client.get(page(place.branch)).status_code == 404


@pytest.mark.parametrize("role", [Role.LEADER, Role.SECRETARY])
def test_readers_see_no_buttons_and_may_not_write(role, place, client_for):
    client = client_for(make_user(role, place.mine))
    content = text(client.get(page(place.branch)))
    for name in (*ACTS, "edit", "found"):
        address = url(f"organisation-{name}", place.branch.pk)
        assert address not in content
        assert client.get(address).status_code == 403
        assert client.post(address, {"on": "2026-01-01"}).status_code == 403
    place.branch.refresh_from_db()
    assert place.branch.dissolved_on is None


def test_dissolving_and_moving_are_decided_above(place, client_for):
    client = client_for(place.officer)
    own, below = text(client.get(page(place.mine))), text(client.get(page(place.branch)))
    for name in ("move", "dissolve"):
        assert url(f"organisation-{name}", place.mine.pk) not in own
        assert client.get(url(f"organisation-{name}", place.mine.pk)).status_code == 403
        assert url(f"organisation-{name}", place.branch.pk) in below
    assert url("organisation-edit", place.mine.pk) in own


# --- The tree ----------------------------------------------------------------------------------------


def test_the_tree_opens_down_to_a_node_and_counts_what_lies_below(place, client_for):
    [root] = outline(make_user(Role.OFFICER, place.top), place.branch)
    assert root.organisation.below_count == 4
    mine, theirs = root.level.nodes
    assert (mine.organisation, mine.organisation.below_count) == (place.mine, 1)
    assert [node.organisation for node in mine.level.nodes] == [place.branch]
    assert mine.level.nodes[0].is_current
    assert theirs.level is None


def test_dissolved_organisations_leave_the_tree(place):
    Organisation.objects.filter(pk=place.branch.pk).update(dissolved_on=timezone.localdate())
    [root] = outline(make_user(Role.OFFICER, place.mine))
    assert root.organisation.below_count == 0
    assert root.level is None


def test_a_level_of_many_is_continued(place, client_for, monkeypatch):
    monkeypatch.setattr("orgs.outline.PER_LEVEL", 3)
    branches = [make_organisation(place.mine) for _ in range(6)]
    client = client_for(place.officer)
    [root] = outline(place.officer, branches[-1])
    shown = [node.organisation for node in root.level.nodes]
    assert shown == [place.branch, branches[-1]]
    assert (root.level.more, root.level.skip) == (5, branches[-1].pk)
    address = url("organisation-children", place.mine.pk)
    content = text(client.get(f"{address}?after={root.level.after}&skip={root.level.skip}", **HTMX))
    assert "还有 2 个" in content
    assert branches[-1].name not in content
    level = level_below(Organisation.objects.get(pk=place.mine.pk), branches[2].pk, branches[-1].pk)
    assert [node.organisation for node in level.nodes] == branches[3:5]
    assert level.more == 0
    assert PER_LEVEL == 100


def test_without_htmx_a_level_is_the_page_opened_there(place, client_for):
    response = client_for(place.officer).get(url("organisation-children", place.branch.pk))
    assert response["Location"] == f"{url('organisation-list')}?node={place.branch.pk}"
    response = client_for(place.officer).get(url("organisation-tree"), {"node": place.branch.pk})
    assert response.status_code == 302


@pytest.mark.parametrize(
    "query", ["node=abc", "node=99999999999999999999", "kind=nonsense", "after=%%%", "sort=x"]
)
def test_nonsense_in_the_address_is_no_error(query, place, client_for):
    client = client_for(place.officer)
    assert client.get(f"{url('organisation-list')}?{query}").status_code == 200
    assert client.get(f"{url('term-list')}?{query}").status_code == 200
    assert client.get(f"{page(place.branch)}?tab={query}").status_code == 200


def test_search_by_code_shows_the_way(place, client_for):
    content = text(client_for(place.officer).get(url("organisation-list"), {"q": place.branch.code}))
    assert place.branch.name in content
    assert place.mine.name in content
    assert place.top.name not in content


# --- One organisation --------------------------------------------------------------------------------


@pytest.fixture
def covered(place):
    """Enterprises of the area: two covered by the branch, one should have its own; one of another area."""
    park = make_park(area=place.mine.area)
    joint = make_enterprise(park=park, name="联合企业")
    own = make_enterprise(park=park, name="独立企业")
    make_enterprise(park=park, name="应建企业", employees=50, reported_members=4)
    make_enterprise(park=make_park(area=place.theirs.area), name="外区企业")
    cover(joint, place.branch)
    cover(own, place.branch, "own")
    return place


def test_the_page_names_every_way_of_covering(covered, client_for):
    cover(make_enterprise(park=make_park(area=covered.mine.area)), None, "instructor", instructor_name="林某")

    context = client_for(covered.officer).get(page(covered.mine)).context

    assert [(value, count) for value, _, count in context["methods"]] == [
        ("own", 1), ("joint", 1), ("instructor", 1),
    ]  # fmt: skip
    assert (context["organisation_rate"], context["work_rate"]) == (2 / 4, 3 / 4)


def test_every_figure_equals_its_list(covered, client_for):
    client = client_for(covered.officer)
    response = client.get(page(covered.mine))
    counts = response.context["counts"]
    assert (counts.active, counts.organisation, counts.work, counts.should_found) == (3, 2, 2, 1)
    make_organisation(covered.branch, K.PARTY_GROUP)
    found = client.get(page(covered.mine)).context["organisation"]
    assert (found.below_count, found.child_count) == (2, 1)
    base = f"{url('enterprise-list')}?organisation={covered.mine.pk}"
    for query, count in (
        ("&active=1", 3),
        ("&active=1&coverage=organisation", 2),
        ("&active=1&coverage=own", 1),
        ("&active=1&coverage=joint", 1),
        ("&should_found=1", 1),
    ):
        assert (base + query).replace("&", "&amp;") in text(response)
        assert len(client.get(base + query).context["page"].items) == count


def test_covered_enterprises_and_their_list(covered, client_for):
    client = client_for(covered.officer)
    content = text(client.get(page(covered.branch, "coverage")))
    assert "联合企业" in content
    assert "独立企业" in content
    assert "应建企业" not in content
    address = f"{url('enterprise-list')}?covered_by={covered.branch.pk}"
    assert address in content
    assert len(client.get(address).context["page"].items) == 2


def test_children_tab_lists_direct_or_all(place, client_for):
    group = make_organisation(place.branch, K.PARTY_GROUP)
    client = client_for(place.officer)
    rows = client.get(page(place.mine, "children")).context["page"].items
    assert rows == [place.branch]
    rows = client.get(page(place.mine, "children&scope=all")).context["page"].items
    assert set(rows) == {place.branch, group}


def test_history_tells_moves_posts_and_changes(place, client_for):
    Post.objects.create(
        organisation=place.branch,
        title="secretary",
        person_name="林某",
        since=dt.date(2023, 5, 1),
        until=dt.date(2025, 5, 1),
    )
    events = client_for(place.officer).get(page(place.branch, "history")).context["events"]
    assert [event.text for event in events] == [
        "林某不再任书记",
        "林某任书记",
        f"隶属于{place.mine}",
        "成立",
    ]


@pytest.mark.parametrize("tab", ["", "overview", "children", "coverage", "posts", "history"])
def test_the_phone_is_masked_on_every_tab(tab, place, client_for):
    content = text(client_for(place.officer).get(page(place.mine, tab)))
    assert PHONE not in content


def test_revealing_takes_a_purpose_and_is_audited(place, client_for):
    client = client_for(place.officer)
    address = url("organisation-reveal", place.mine.pk)
    assert client.get(address).status_code == 405
    assert PHONE not in text(client.post(address, {"purpose": ""}, follow=True))
    assert not AuditEvent.objects.filter(action="reveal").exists()
    response = client.post(address, {"purpose": "换届通知"})
    assert PHONE in text(response)
    assert "no-store" in response["Cache-Control"]
    event = AuditEvent.objects.get(action="reveal")
    assert (event.object_id, event.detail["purpose"]) == (str(place.mine.pk), "换届通知")
    assert PHONE not in str(event.detail)
    assert PHONE not in text(client.get(page(place.mine)))


def test_administrators_do_not_reveal(place, client_for):
    client = client_for(make_user(Role.ADMINISTRATOR, place.top))
    response = client.post(url("organisation-reveal", place.mine.pk), {"purpose": "好奇看看"})
    assert response.status_code == 403


def test_reveal_of_a_foreign_organisation_is_not_found(place, client_for):
    response = client_for(place.officer).post(
        url("organisation-reveal", place.theirs.pk), {"purpose": "换届通知"}
    )
    assert response.status_code == 404


# --- Writing -----------------------------------------------------------------------------------------


def found_data(**kw):
    return {
        "kind": "branch",
        "code": "NEW-1",
        "name": "新党支部",
        "founded_on": "2026-11-01",
        "approval_no": "委〔2026〕1号",
        "full_members": "5",
        **kw,
    }


def test_founding_through_the_form(place, client_for):
    client = client_for(place.officer)
    address = url("organisation-found", place.mine.pk)
    response = client.post(address, found_data(full_members="2"))
    assert "正式党员不足3人，不能单独成立党支部" in text(response)
    response = client.post(address, found_data())
    new = Organisation.objects.get(code="NEW-1")
    assert response["Location"] == page(new)
    assert new.path.startswith(place.mine.path)
    assert new.affiliations.get().evidence == "委〔2026〕1号"


def test_an_area_officer_cannot_widen_what_is_seen(place, client_for):
    """Jurisdiction decides which enterprises people see: a forged form must not move it."""
    client = client_for(place.officer)
    far = make_park(area=place.theirs.area)
    forged = {"jurisdiction": "all", "area": place.theirs.area.pk, "cluster": make_cluster().pk}
    client.post(url("organisation-found", place.mine.pk), found_data(**forged))
    new = Organisation.objects.get(code="NEW-1")
    assert (new.jurisdiction, new.area, new.cluster) == (Jurisdiction.NONE, place.mine.area, None)
    client.post(url("organisation-found", place.mine.pk), found_data(code="NEW-2", park=far.pk))
    assert not Organisation.objects.filter(code="NEW-2").exists()
    client.post(
        url("organisation-edit", place.branch.pk),
        {"code": "X-1", "name": "改名", "kind": "branch", "park": far.pk, **forged},
    )
    place.branch.refresh_from_db()
    assert (place.branch.code, place.branch.jurisdiction, place.branch.park) == (
        "X-1",
        Jurisdiction.NONE,
        None,
    )


def test_a_park_organisation_founded_by_its_area_answers_for_the_park(place, client_for):
    park = make_park(area=place.mine.area)
    client_for(place.officer).post(
        url("organisation-found", place.mine.pk), found_data(kind="general_branch", park=park.pk)
    )
    new = Organisation.objects.get(code="NEW-1")
    assert (new.jurisdiction, new.park, new.area) == (Jurisdiction.PARK, park, place.mine.area)


def test_own_officers_do_not_grant_themselves_capabilities(place, client_for):
    data = {"code": place.mine.code, "name": "片区新名", "can_approve_members": "", "kind": "committee"}
    client_for(place.officer).post(url("organisation-edit", place.mine.pk), data)
    place.mine.refresh_from_db()
    assert (place.mine.name, place.mine.kind) == ("片区新名", K.AREA_COMMITTEE)
    assert place.mine.can_approve_members
    assert place.mine.contact_phone == PHONE


def test_editing_keeps_the_phone_unless_a_new_one_is_typed(place, client_for):
    client = client_for(place.officer)
    address = url("organisation-edit", place.mine.pk)
    assert PHONE not in text(client.get(address))
    data = {"code": place.mine.code, "name": place.mine.name}
    assert "格式不对" in text(client.post(address, data | {"contact_phone": "123"}))
    client.post(address, data | {"contact_phone": "199 0000 4321"})
    place.mine.refresh_from_db()
    assert place.mine.contact_phone == "19900004321"


def test_moving_offers_only_superiors_within_reach(place, client_for):
    client = client_for(place.officer)
    general = make_organisation(place.mine, K.GENERAL_BRANCH)
    address = url("organisation-move", place.branch.pk)
    data = {"on": "2026-11-01", "evidence": "委〔2026〕2号"}
    response = client.post(address, data | {"new_parent": place.theirs.code})
    assert response.status_code == 200
    assert "找不到" in text(response)
    response = client.post(address, data | {"new_parent": general.code})
    assert response.status_code == 302
    place.branch.refresh_from_db()
    general.refresh_from_db()
    assert place.branch.path.startswith(general.path)
    assert Organisation.objects.find_problems() == ([], [], [], [], [])


def test_dissolving_shows_what_is_in_the_way(covered, client_for):
    client = client_for(covered.officer)
    address = url("organisation-dissolve", covered.branch.pk)
    content = text(client.get(address))
    assert "仍有2家覆盖企业，请先调整后再撤销。" in content
    assert f"{page(covered.branch)}?tab=coverage" in content
    response = client.post(address, {"on": "2026-11-01", "reason": "合并", "approval_no": "号"})
    assert "仍有2家覆盖企业" in text(response)
    covered.branch.refresh_from_db()
    assert covered.branch.dissolved_on is None


@pytest.mark.parametrize(
    ("name", "data", "check"),
    [
        ("election", {"on": "2026-10-01"}, lambda o: o.term_ends_on == dt.date(2029, 10, 1)),
        ("extension", {"extended_to": "2027-06-01", "approval_no": "号"}, lambda o: o.extension_no == "号"),
        ("appoint", {"title": "secretary", "person_name": "林某", "since": "2026-01-01"},
         lambda o: o.posts.get().person_name == "林某"),
        ("dissolve", {"on": "2026-10-01", "reason": "合并", "approval_no": "号"},
         lambda o: o.dissolved_on == dt.date(2026, 10, 1)),
    ],
)  # fmt: skip
def test_acts_through_their_forms(name, data, check, place, client_for):
    Organisation.objects.filter(pk=place.branch.pk).update(term_ends_on=dt.date(2027, 1, 1))
    client = client_for(place.officer)
    address = url(f"organisation-{name}", place.branch.pk)
    assert client.get(address).status_code == 200
    response = client.post(address, data, follow=True)
    assert response.redirect_chain
    assert place.branch.name in text(response)
    assert check(Organisation.objects.get(pk=place.branch.pk))
    assert AuditEvent.objects.filter(object_id=str(place.branch.pk), actor=place.officer).exists()


def test_task_end_reminds_to_dissolve(place, client_for):
    branch = make_organisation(place.mine, K.TEMP_BRANCH)
    client = client_for(place.officer)
    client.post(url("organisation-task-end", branch.pk), {"on": "2026-11-01"})
    assert "临时机构已撤销，临时党支部应自然撤销，请办理。" in text(client.get(page(branch)))


def test_posts_and_functional_links_end_through_their_pages(place, client_for):
    committee = make_organisation(place.mine, K.FUNCTIONAL_ORG)
    client = client_for(place.officer)
    client.post(
        url("organisation-functional", place.branch.pk),
        {"superior": committee.code, "since": "2026-01-01"},
    )
    link = Affiliation.objects.get(line="functional")
    post = Post.objects.create(organisation=place.branch, title="secretary", person_name="林某")
    for address in (url("functional-end", link.pk), url("post-end", post.pk)):
        assert client.get(address).status_code == 200
        assert client.post(address, {"until": "2026-10-01"}).status_code == 302
    link.refresh_from_db()
    post.refresh_from_db()
    assert link.until == post.until == dt.date(2026, 10, 1)


def test_ends_of_foreign_links_are_not_found(place, client_for):
    post = Post.objects.create(organisation=place.foreign_branch, title="secretary", person_name="陈某")
    link = Affiliation.objects.create(
        organisation=place.foreign_branch, superior=place.top, line="functional", since=dt.date(2025, 1, 1)
    )
    client = client_for(place.officer)
    for address in (url("post-end", post.pk), url("functional-end", link.pk)):
        assert client.post(address, {"until": "2026-10-01"}).status_code == 404
    formal = place.branch.affiliations.get()
    assert client.get(url("functional-end", formal.pk)).status_code == 404


def test_writes_need_the_csrf_token(place):
    client = Client(enforce_csrf_checks=True)
    client.force_login(place.officer)
    response = client.post(url("organisation-election", place.branch.pk), {"on": "2026-10-01"})
    assert response.status_code == 403
    place.branch.refresh_from_db()
    assert place.branch.elected_on is None


# --- Terms -------------------------------------------------------------------------------------------


def test_terms_list_the_overdue_first_and_hide_the_other_area(place, client_for):
    late = make_organisation(place.mine, term_ends_on=in_days(-5))
    soon = make_organisation(place.mine, term_ends_on=in_days(60))
    make_organisation(place.mine, term_ends_on=in_days(400))
    make_organisation(place.theirs, term_ends_on=in_days(-5))
    client = client_for(place.officer)
    assert client.get(url("term-list")).context["page"].items == [late, soon]
    assert client.get(url("term-list"), {"state": "prepare"}).context["page"].items == [soon]
    assert client.get(url("term-list"), {"below": place.theirs.code}).context["page"].items == []
    partial = client.get(url("term-list"), **HTMX)
    assert "<html" not in text(partial)
    assert "已超期 5 天" in text(partial)
    assert "HX-Request" in partial["Vary"]


# --- Query counts ------------------------------------------------------------------------------------


def measured(client, address, django_assert_max_num_queries, most=14):
    with django_assert_max_num_queries(most) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


@pytest.mark.parametrize(
    "address",
    ["list", "node", "results", "terms", "page", "children", "coverage", "posts", "history"],
)
def test_query_counts_do_not_grow(address, place, client_for, django_assert_max_num_queries):
    addresses = {
        "list": url("organisation-list"),
        "node": f"{url('organisation-list')}?node={place.branch.pk}",
        "results": f"{url('organisation-list')}?kind=branch",
        "terms": url("term-list"),
        "page": page(place.mine),
    }
    address = addresses.get(address) or page(place.mine, address)

    def add():
        organisation = make_organisation(place.mine, term_ends_on=in_days(-5))
        Post.objects.create(organisation=organisation, title="secretary", person_name="林某")
        Post.objects.create(organisation=place.mine, title="committee_member", person_name="林某")
        cover(make_enterprise(), place.mine)
        superior = make_organisation(place.top, K.FUNCTIONAL_ORG)
        Affiliation.objects.create(organisation=place.mine, superior=superior, line="functional")

    client = client_for(place.officer)
    client.get(address)
    add()
    most = 15 if address.endswith("tab=history") else 14
    one = measured(client, address, django_assert_max_num_queries, most)
    add()
    add()
    assert measured(client, address, django_assert_max_num_queries, most) == one
