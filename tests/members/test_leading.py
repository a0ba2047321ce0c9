"""Posts, teams and experts, and public roles: who may lead, what ends with whom, what is due, what the pages show."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from members import leading_todos
from members.actions import exits, register
from members.actions import leading as actions
from members.choices import Closing, EventKind, Membership
from members.leading_figures import summary
from members.leading_filters import LeadingFilter, RoleFilter
from members.models import LeadingResult, LeadingService, LeadingUnit, PublicRole
from members.models.leading import RoleEnd, ServiceEnd
from orgs.actions.organisations import obstacles_to_dissolving
from orgs.models import AuditEvent, DatedSetting, Role
from tests import builders

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
DAY = dt.timedelta(days=1)
BEGUN = dt.date(2025, 3, 1)


class World:
    def __init__(self):
        self.top = builders.make_organisation()
        self.branch, self.other = (builders.make_organisation(self.top) for _ in range(2))
        self.member, self.second = (builders.make_member(self.branch) for _ in range(2))
        self.elsewhere = builders.make_member(self.other)
        self.officer = builders.make_user(Role.OFFICER, self.top)
        self.secretary = builders.make_user(Role.SECRETARY, self.branch)

    def unit(self, kind="post", organisation=None, leader=None, on=BEGUN, **more):
        more = {"name": f"测试岗{builders.next_number()}"} | more
        return actions.establish(
            organisation=organisation or self.branch,
            kind=kind,
            established_on=on,
            leader=leader,
            by=self.officer,
            **more,
        )

    def role(self, member=None, kind="people", since=BEGUN, **more):
        values = {"level": "district", "body": "区人民代表大会"} | more
        return actions.take_role(
            member=member or self.member, kind=kind, since=since, by=self.officer, **values
        )

    def leave(self, member, on=TODAY):
        exits.leave(member=member, how=Closing.DIED, on=on, by=self.officer)

    def titles(self, user=None):
        user = user or self.secretary
        return [to_do.title for source in leading_todos.SOURCES for to_do in source(user, TODAY)]


@pytest.fixture
def world():
    return World()


def serving(unit):
    return {(s.member_id, s.leads) for s in unit.services.filter(until__isnull=True)}


# --- Who may lead and serve ----------------------------------------------------------------------------


def test_only_full_members_with_all_rights_lead_others_may_take_part(world):
    probationary = builders.make_member(world.branch, membership=Membership.PROBATIONARY)
    on_trial = builders.make_member(world.branch)
    register.add_event(
        member=on_trial, kind=EventKind.ON_TRIAL, on=BEGUN, until_on=TODAY + DAY, by=world.officer
    )
    with pytest.raises(ValidationError, match="是预备党员，担任负责人的应为正式党员"):
        world.unit(leader=probationary)
    assert not LeadingUnit.objects.exists()
    unit = world.unit("shock", leader=world.member)
    for member in (probationary, on_trial):
        with pytest.raises(ValidationError, match=r"应为正式党员|留党察看"):
            actions.appoint_leader(unit=unit, member=member, on=TODAY, by=world.officer)
        actions.join(unit=unit, member=member, since=TODAY, by=world.officer)
    assert serving(unit) == {(world.member.pk, True), (probationary.pk, False), (on_trial.pk, False)}


def test_members_come_from_the_organisation_or_below_it(world):
    team = world.unit("vanguard", world.top, leader=world.member)
    actions.join(unit=team, member=world.elsewhere, since=TODAY, by=world.officer)
    with pytest.raises(ValidationError, match="跨支部的队伍请由上级党组织设立"):
        actions.join(unit=world.unit(), member=world.elsewhere, since=TODAY, by=world.officer)
    gone = builders.make_member(world.branch, relation="left")
    with pytest.raises(ValidationError, match="已离册"):
        actions.join(unit=team, member=gone, since=TODAY, by=world.officer)
    with pytest.raises(ValidationError, match="已在其中"):
        actions.join(unit=team, member=world.elsewhere, since=TODAY, by=world.officer)


def test_days_are_in_order_and_not_to_come(world):
    with pytest.raises(ValidationError, match="不能晚于今天"):
        world.unit(on=TODAY + DAY)
    unit = world.unit(on=TODAY, leader=world.member)
    with pytest.raises(ValidationError, match="不能早于设立日期"):
        actions.join(unit=unit, member=world.second, since=TODAY - DAY, by=world.officer)
    with pytest.raises(ValidationError, match="不能晚于今天"):
        actions.join(unit=unit, member=world.second, since=TODAY + DAY, by=world.officer)
    with pytest.raises(ValidationError, match="届满日期不能早于设立日期"):
        actions.update_unit(unit=unit, values={"term_ends_on": TODAY - DAY}, by=world.officer)
    assert actions.update_unit(unit=unit, values={"term_ends_on": TODAY}, by=world.officer) == [
        "term_ends_on"
    ]
    with pytest.raises(ValidationError, match="不能早于设立日期"):
        actions.add_result(unit=unit, on=TODAY - DAY, what="过早", by=world.officer)
    old = world.unit(leader=world.second, on=BEGUN)
    with pytest.raises(ValidationError, match=f"不能晚于成员的任职日期{BEGUN}"):
        actions.update_unit(unit=old, values={"established_on": BEGUN + DAY}, by=world.officer)


def test_a_name_stands_once_while_it_is_open(world):
    unit = world.unit(name="一号岗", leader=world.member)
    with pytest.raises(ValidationError, match="已有同类别、同名称"):
        world.unit(name=" 一号岗")
    actions.end_unit(unit=unit, on=TODAY, reason="岗位撤并", by=world.officer)
    world.unit(name="一号岗")


# --- Change and end ------------------------------------------------------------------------------------


def test_a_new_leader_follows_the_one_before_and_may_come_from_the_team(world):
    unit = world.unit("shock", leader=world.member)
    actions.join(unit=unit, member=world.second, since=BEGUN, by=world.officer)
    with pytest.raises(ValidationError, match="已是负责人"):
        actions.appoint_leader(unit=unit, member=world.member, on=TODAY, by=world.officer)
    actions.appoint_leader(unit=unit, member=world.second, on=TODAY, by=world.officer)
    assert serving(unit) == {(world.second.pk, True)}
    ended = unit.services.filter(until=TODAY).values_list("member", "how")
    assert set(ended) == {
        (world.member.pk, ServiceEnd.REPLACED),
        (world.second.pk, ServiceEnd.PROMOTED),
    }


def test_a_unit_ends_with_its_people_and_not_before_its_last_result(world):
    unit = world.unit(leader=world.member)
    actions.add_result(unit=unit, on=TODAY - DAY, what="按期投产", by=world.officer)
    with pytest.raises(ValidationError, match=f"日期{TODAY - DAY}"):
        actions.end_unit(unit=unit, on=TODAY - 2 * DAY, reason="撤并", by=world.officer)
    with pytest.raises(ValidationError, match="请说明撤销原因"):
        actions.end_unit(unit=unit, on=TODAY, reason=" ", by=world.officer)
    actions.end_unit(unit=unit, on=TODAY - DAY, reason="撤并", by=world.officer)
    assert (serving(unit), unit.results.count()) == (set(), 1)
    for act in (
        lambda: actions.add_result(unit=unit, on=TODAY, what="再登记", by=world.officer),
        lambda: actions.appoint_leader(unit=unit, member=world.second, on=TODAY, by=world.officer),
    ):
        with pytest.raises(ValidationError, match="撤销，不能再办理"):
            act()
    with pytest.raises(TypeError, match="不得删除"):
        unit.delete()


def test_a_result_has_its_measure_and_a_mistaken_one_counts_no_longer(world):
    unit = world.unit(leader=world.member)
    for wrong in ({"figure": Decimal(3)}, {"measure": "项"}):
        with pytest.raises(ValidationError, match="数值和单位请同时填写"):
            actions.add_result(unit=unit, on=TODAY, what="专利", by=world.officer, **wrong)
    result = actions.add_result(
        unit=unit, on=TODAY, what="专利", figure=Decimal(3), measure="项", by=world.officer
    )
    actions.void_result(result=result, reason="重复登记", by=world.officer)
    with pytest.raises(ValidationError, match="已作废"):
        actions.void_result(result=result, reason="再次", by=world.officer)
    assert summary(world.branch, TODAY.year).total.counts["results"] == 0
    assert list(LeadingResult.objects.values_list("void_reason", flat=True)) == ["重复登记"]


# --- Whoever leaves ------------------------------------------------------------------------------------


def test_whoever_leaves_the_register_leads_no_longer_and_the_branch_is_told(world):
    unit, role = world.unit(leader=world.member), world.role()
    assert not world.titles()
    world.leave(world.member)
    service = unit.services.get()
    role.refresh_from_db()
    assert (service.until, service.how) == (TODAY, ServiceEnd.LEFT)
    assert (role.ended_on, role.how) == (TODAY, RoleEnd.LEFT)
    assert world.titles() == [f"党员示范岗“{unit}”无人负责"]
    assert not world.titles(builders.make_user(Role.SECRETARY, world.other))
    actions.appoint_leader(unit=unit, member=world.second, on=TODAY, by=world.officer)
    assert not world.titles()


def test_whoever_moves_serves_on_where_the_new_home_lies_below(world):
    post, role = world.unit(leader=world.member), world.role()
    team = world.unit("vanguard", world.top, leader=world.member)
    register.move_member(member=world.member, organisation=world.other, on=TODAY, by=world.officer)
    service = post.services.get()
    assert (service.until, service.how) == (TODAY, ServiceEnd.MOVED)
    assert serving(team) == {(world.member.pk, True)}
    role.refresh_from_db()
    assert role.ended_on is None
    # The role is now seen and kept at the new home.
    at_new, at_old = (builders.make_user(Role.SECRETARY, place) for place in (world.other, world.branch))
    assert PublicRole.objects.visible_to(at_new).get() == role
    assert not PublicRole.objects.visible_to(at_old).exists()


def test_a_way_out_before_the_day_of_a_service_ends_it_on_its_first_day(world):
    unit = world.unit(leader=world.member, on=TODAY)
    world.leave(world.member, on=TODAY - DAY)
    assert unit.services.get().until == TODAY


def test_an_organisation_with_open_units_is_not_dissolved(world):
    empty = builders.make_organisation(world.top)
    unit = world.unit(organisation=empty)
    assert obstacles_to_dissolving(empty).others == ("1个先锋岗位或队伍",)
    actions.end_unit(unit=unit, on=TODAY, reason="撤并", by=world.officer)
    assert not obstacles_to_dissolving(empty)


# --- Public roles --------------------------------------------------------------------------------------


def test_delegates_of_the_party_are_full_members_others_need_only_count(world):
    probationary = builders.make_member(world.branch, membership=Membership.PROBATIONARY)
    with pytest.raises(ValidationError, match="当选党代表的应为正式党员"):
        world.role(probationary, kind="party", body="区党代会")
    world.role(probationary)
    with pytest.raises(ValidationError, match="已登记"):
        world.role(probationary)
    with pytest.raises(ValidationError, match="已离册"):
        world.role(builders.make_member(world.branch, relation="left"))
    with pytest.raises(ValidationError, match="届满日期不能早于任职日期"):
        world.role(since=TODAY, term_ends_on=TODAY - DAY)


def test_a_role_ends_once_and_the_next_term_is_a_new_one(world):
    role = world.role(since=TODAY)
    with pytest.raises(ValidationError, match="不能早于任职日期"):
        actions.end_role(role=role, on=TODAY - DAY, how="term", by=world.officer)
    with pytest.raises(ValidationError, match="请选择终止原因"):
        actions.end_role(role=role, on=TODAY, how="left", by=world.officer)
    actions.end_role(role=role, on=TODAY, how="term", by=world.officer)
    with pytest.raises(ValidationError, match="不能再办理"):
        actions.end_role(role=role, on=TODAY, how="term", by=world.officer)
    world.role(since=TODAY)
    with pytest.raises(TypeError, match="不得删除"):
        role.delete()


@pytest.mark.parametrize(
    ("left", "titles", "found"),
    [
        (61, [], []),
        (60, ["将于"], ["soon"]),
        (0, ["将于"], ["soon"]),  # the last day still belongs to the term
        (-1, ["已于"], ["over"]),
    ],
)
def test_terms_that_end_are_said_before_and_after(world, left, titles, found):
    ends = TODAY + left * DAY
    role = world.role(term_ends_on=ends)
    unit = world.unit("chief", leader=world.member, term_ends_on=ends)
    said = world.titles()
    assert said == [
        f"{words} {ends} 届满".join((f"{kind}", f"：{row}"))
        for words in titles
        for kind, row in (("党员总师", unit), ("人大代表", world.member))
    ]
    for value in ("soon", "over"):
        rows = RoleFilter({"term": value}, queryset=PublicRole.objects.all()).qs
        assert list(rows) == ([role] if value in found else [])
    DatedSetting.objects.create(code="leading_notice_days", effective_on=TODAY, value=left + 1)
    assert len(world.titles()) == 2


# --- Lists, figures, pages -----------------------------------------------------------------------------


def test_the_list_finds_names_people_pinyin_and_what_is_missing(world):
    named = builders.make_member(world.branch, name="钱学坚")
    full = world.unit(name="一号产线岗", leader=named, commitment="服务到位")
    actions.add_result(unit=full, on=TODAY, what="按期投产", by=world.officer)
    bare = world.unit("zone", name="东区责任区")

    def found(**query):
        return list(LeadingFilter(query, queryset=LeadingUnit.objects.order_by("pk")).qs)

    for text in ("产线", "yihao", "钱学", "qianxue", "qxj"):
        assert found(q=text) == [full], text
    for gap in ("leader", "commitment", "result"):
        assert found(gap=gap) == [bare]
    assert found(kind="zone") == [bare]
    actions.end_unit(unit=bare, on=TODAY, reason="撤并", by=world.officer)
    assert (found(), found(ended="1")) == ([full], [bare])
    shown = LeadingUnit.objects.for_list()
    assert [unit.gaps for unit in shown.order_by("pk")] == [[], ["身份", "承诺", "业绩"]]


def test_figures_add_up_by_what_lies_below(world):
    world.unit(leader=world.member)
    world.unit("zone", world.top)
    actions.add_result(
        unit=world.unit("volunteer", world.other, leader=world.elsewhere),
        on=TODAY,
        what="服务",
        by=world.officer,
    )
    world.role()
    world.role(world.elsewhere, kind="observer", body="营商环境观察员")
    found = summary(world.top, TODAY.year)
    assert {line.organisation: +line.counts for line in found.lines} == {
        world.top: {"zone": 1, "vacant": 1},
        world.branch: {"post": 1, "delegates": 1},
        world.other: {"volunteer": 1, "results": 1, "observer": 1},
    }
    assert sum((line.counts for line in found.lines), start=type(found.total.counts)()) == found.total.counts


def test_the_pages_lead_from_setting_up_to_the_end(world, client_for):
    client = client_for(world.secretary)
    person = f"{world.member.name} {world.branch.name}（{world.member.pk}）"
    new = {
        "organisation": world.branch.code,
        "kind": "post",
        "name": "质检示范岗",
        "established_on": BEGUN,
        "leader": person,
    }
    refused = client.post(reverse("members:leading-new"), new | {"established_on": TODAY + DAY})
    assert "日期不能晚于今天" in refused.content.decode()
    page = client.post(reverse("members:leading-new"), new, follow=True)
    unit = LeadingUnit.objects.get()
    assert page.redirect_chain[0][0] == reverse("members:leading-unit", args=[unit.pk])
    at = {
        name: reverse(f"members:leading-{name}", args=[unit.pk]) for name in ("join", "leader", "edit", "end")
    }
    assert "在您的范围内找不到" in client.post(at["join"], {"member": world.elsewhere.name}).content.decode()
    client.post(at["join"], {"member": world.second.name, "since": TODAY})
    client.post(at["leader"], {"member": world.second.pk and f"（{world.second.pk}）", "on": TODAY})
    assert serving(unit) == {(world.second.pk, True)}
    client.post(at["edit"], {"name": "质检岗", "established_on": BEGUN, "commitment": "零差错"})
    result = reverse("members:leading-result", args=[unit.pk])
    wrong = client.post(result, {"on": TODAY, "what": "检出缺陷", "figure": "3"})
    assert "数值和单位请同时填写" in wrong.content.decode()
    client.post(result, {"on": TODAY, "what": "检出缺陷", "figure": "3", "measure": "项"})
    page = client.get(reverse("members:leading-unit", args=[unit.pk])).content.decode()
    assert all(words in page for words in ("质检岗", "零差错", "检出缺陷", "3 项", "更换负责人"))
    (entry,) = unit.results.all()
    client.post(reverse("members:leading-void", args=[entry.pk]), {"reason": "重复"})
    service = LeadingService.objects.get(until=None)
    client.post(reverse("members:leading-leave", args=[service.pk]), {"on": TODAY, "how": "rotated"})
    assert serving(unit) == set()
    client.post(at["end"], {"on": TODAY, "reason": "岗位撤并"})
    unit.refresh_from_db()
    assert unit.ended_reason == "岗位撤并"
    kinds = set(AuditEvent.objects.filter(object_type="leadingunit").values_list("action", flat=True))
    assert kinds == {"create", "update"}


def test_the_member_page_tells_of_posts_and_roles(world, client_for):
    unit = world.unit(leader=world.member, name="质检示范岗")
    team = world.unit("volunteer", world.top, name="科学城志愿队", leader=world.second)
    actions.join(unit=team, member=world.member, since=BEGUN, by=world.officer)
    client = client_for(world.secretary)
    client.post(
        reverse("members:role-new") + f"?member={world.member.pk}",
        {
            "member": f"（{world.member.pk}）",
            "kind": "cppcc",
            "level": "city",
            "body": "市政协",
            "since": TODAY,
        },
    )
    page = client.get(reverse("members:member", args=[world.member.pk])).content.decode()
    assert all(words in page for words in ("质检示范岗", "科学城志愿队", "市政协", "任省市政协委员"))
    # The secretary sees the post, the team belongs to the committee above.
    assert reverse("members:leading-unit", args=[unit.pk]) in page
    assert reverse("members:leading-unit", args=[team.pk]) not in page
    role = PublicRole.objects.get()
    client.post(reverse("members:role-end", args=[role.pk]), {"on": TODAY, "how": "transferred"})
    page = client.get(reverse("members:member", args=[world.member.pk])).content.decode()
    assert "不再任省市政协委员" in page


def test_suggestions_name_readable_members_and_no_numbers(world, client_for):
    client = client_for(world.secretary)
    url = reverse("members:member-options")
    assert f"（{world.member.pk}）" in client.get(url, {"member": world.member.name}).content.decode()
    for text in (world.elsewhere.name, world.member.identity_number):
        assert "option" not in client.get(url, {"member": text}).content.decode()


def test_an_export_takes_the_filter_and_leaves_a_trace(world, client_for):
    world.unit(name="一号岗", leader=world.member)
    world.unit("zone", name="东区责任区", leader=world.second)
    client, form = client_for(world.officer), {"file_format": "csv", "purpose": "月度核对"}
    url = reverse("members:leading-export") + "?group=posts&kind=zone"
    assert "<strong>1</strong>" in client.get(url).content.decode()
    text = b"".join(client.post(url, form).streaming_content).decode()
    assert "东区责任区" in text
    assert "一号岗" not in text
    assert text.startswith("\ufeff导出人：")
    event = AuditEvent.objects.get(action="export")
    assert (event.detail["filter"], event.detail["rows"]) == (["类别：党员责任区"], 1)
    assert client.post(reverse("members:leading-export") + "?kind=x", form).status_code == 200
    assert AuditEvent.objects.filter(action="export").count() == 1


# --- The interface -------------------------------------------------------------------------------------


def test_the_interface_does_what_the_pages_do(world, client_for):
    client = client_for(world.secretary)

    def post(name, data, pk=None):
        url = reverse(f"api:{name}", args=[pk] if pk else [])
        return client.post(url, data, content_type="application/json")

    new = {"organisation": world.branch.code, "kind": "engineer", "name": "一号总师", "established_on": BEGUN}
    refused = post("leading-unit-list", new | {"leader": world.elsewhere.pk})
    assert refused.status_code == 400
    made = post("leading-unit-list", new | {"leader": world.member.pk})
    assert (made.status_code, made.json()["leader"]) == (201, world.member.pk)
    assert made.json()["gaps"] == ["承诺", "业绩"]
    pk = made.json()["id"]
    detail = reverse("api:leading-unit-detail", args=[pk])
    assert client.patch(detail, {"task": "攻关"}, content_type="application/json").json()["task"] == "攻关"
    assert post("leading-unit-join", {"member": world.second.pk, "since": TODAY}, pk).status_code == 200
    result = post("leading-unit-results", {"what": "专利", "figure": "3", "measure": "项"}, pk).json()[
        "results"
    ][0]
    assert result["figure"] == "3.00"
    void = post("leading-unit-void", {"result": result["id"], "reason": "重复"}, pk).json()
    assert void["results"][0]["void_reason"] == "重复"
    assert post("leading-unit-void", {"result": 1 << 40, "reason": "重复"}, pk).status_code == 400
    assert post("leading-unit-leave", {"member": 1 << 40, "how": "other"}, pk).status_code == 400
    post("leading-unit-leader", {"member": world.second.pk}, pk)
    left = post("leading-unit-leave", {"member": world.second.pk, "how": "rotated"}, pk).json()
    assert left["leader"] is None
    assert post("leading-unit-end", {"reason": "撤并"}, pk).json()["ended_reason"] == "撤并"
    assert client.get(reverse("api:leading-unit-list")).json()["results"] == []
    role = {"member": world.member.pk, "kind": "people", "level": "town", "body": "镇人大"}
    made = post("public-role-list", role)
    assert (made.status_code, post("public-role-list", role).status_code) == (201, 400)
    ended = post("public-role-end", {"how": "term"}, made.json()["id"]).json()
    assert ended["ended_on"] == TODAY.isoformat()
