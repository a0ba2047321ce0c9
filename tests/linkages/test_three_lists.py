"""The three lists: what is entered, who finds it, how it stands, what becomes of a match."""

import datetime as dt
import threading

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, connections
from django.urls import reverse
from django.utils import timezone

from activities.actions import activities
from linkages import list_states
from linkages.actions import lists as actions
from linkages.actions import partners, projects
from linkages.models import AgreementResult, Dismissal, Need, NeedTerm, Project, Resource
from orgs.forms.actions import call
from orgs.models import AuditEvent, Notice, User
from tests import builders

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def top():
    return builders.make_organisation()


@pytest.fixture
def branch(top):
    return builders.make_organisation(top)


@pytest.fixture
def other(top):
    return builders.make_organisation(top)


@pytest.fixture
def by():
    return User.objects.system()


def refused(call, **values):
    with pytest.raises(ValidationError) as error:
        call(**values)
    return "".join(error.value.messages)


# --- Entering, changing, withdrawing ---------------------------------------------------------------------


def test_what_is_published_is_found_below_the_same_top_and_a_draft_at_home_only(branch, other):
    stranger = builders.make_organisation(builders.make_organisation())
    published, draft = builders.make_resource(branch), builders.make_resource(branch, publish=False)

    def seen(role, organisation):
        return set(Resource.objects.visible_to(builders.make_user(role, organisation)))

    assert seen("secretary", branch) == {published, draft}
    assert seen("leader", other) == {published}
    assert seen("officer", stranger) == set()
    assert seen("administrator", branch) == set()
    actions.withdraw_item(item=published, reason="设备报废", by=User.objects.system())
    assert seen("leader", other) == set()
    assert seen("secretary", branch) == {published, draft}


def test_a_unit_outside_must_be_of_the_own_register(branch, by):
    foreign = builders.make_partner(builders.make_organisation())
    partner = builders.make_partner(branch)
    assert "名录" in refused(builders.make_resource, organisation=branch, partner=foreign)
    assert builders.make_resource(branch, partner=partner).unit == partner
    enterprise = builders.make_enterprise()
    assert builders.make_need(branch, enterprise=enterprise).unit == enterprise
    assert "只填一项" in refused(
        builders.make_need, organisation=branch, enterprise=enterprise, partner=partner
    )


@pytest.mark.parametrize("text", ["联系19900001234", "电话 199 0000 1234", "证件99990119900517001X"])
def test_private_numbers_are_refused(branch, text):
    assert "手机号码或证件号码" in refused(builders.make_need, organisation=branch, description=text)


@pytest.mark.parametrize("text", ["有效期2026-01-01至2026-12-31", "统一编号20260101-0001"])
def test_other_numbers_are_not(branch, text):
    assert builders.make_need(branch, description=text).description == text


def test_a_row_names_an_agreement_of_its_own_side(top, branch, other):
    signed = builders.make_agreement(top, signed_on=dt.date(2026, 1, 5))
    assert builders.make_need(branch, agreement=signed).agreement == signed
    foreign = builders.make_agreement(other, signed_on=dt.date(2026, 1, 5))
    assert "不是该协议的一方" in refused(builders.make_need, organisation=branch, agreement=foreign)
    draft = builders.make_agreement(branch)
    assert "尚未登记签署" in refused(builders.make_need, organisation=branch, agreement=draft)


def test_a_change_refuses_what_was_overtaken(branch, by):
    need = builders.make_need(branch)
    actions.change_item(item=need, values={"title": "检测光刻胶"}, by=by, seen_at=need.updated_at)
    words = refused(actions.change_item, item=need, values={"title": "别的"}, by=by, seen_at=need.updated_at)
    assert "已被他人修改" in words
    assert set(need.terms.values_list("term", flat=True)) == {"检测", "测光", "光刻", "刻胶"}


def test_nothing_is_deleted_and_withdrawing_asks_for_the_reason(branch, by):
    need = builders.make_need(branch)
    assert "原因" in refused(actions.withdraw_item, item=need, reason=" ", by=by)
    actions.withdraw_item(item=need, reason="已自行解决", by=by)
    assert "已撤回" in refused(actions.withdraw_item, item=need, reason="再次", by=by)
    with pytest.raises(TypeError):
        need.delete()
    assert not AuditEvent.objects.filter(detail__icontains="已自行解决").exists()


def test_a_merged_partner_takes_its_rows_along(branch, by):
    old, kept = builders.make_partner(branch), builders.make_partner(branch)
    resource = builders.make_resource(branch, partner=old)
    partners.merge_partner(partner=old, into=kept, by=by)
    resource.refresh_from_db()
    assert resource.partner == kept


# --- States ----------------------------------------------------------------------------------------------


def test_states_in_the_database_are_those_of_the_rule(branch, by):
    today = timezone.localdate()
    for model, make in ((Need, builders.make_need), (Resource, builders.make_resource)):
        for days in (-1, 0, 30, 31):
            for publish in (True, False):
                row = make(
                    branch, publish=publish, valid_from=today - 9 * DAY, valid_until=today + days * DAY
                )
                if publish and days >= 0:
                    twin = make(branch, valid_from=today - 9 * DAY, valid_until=row.valid_until)
                    projects.start_project(
                        organisation=branch, by=by, values=project_values(), **{model._meta.model_name: twin}
                    )
        withdrawn = make(branch)
        actions.withdraw_item(item=withdrawn, reason="停用", by=by)
        rows = list(list_states.with_item_state(model.objects.all(), today))
        assert len({row.state for row in rows}) == len(list_states.ItemState)
        for row in rows:
            matched = row.projects.standing().exists()
            assert (row.state, row.matched) == (
                list_states.item_state(row, today, matched=matched), matched,
            )  # fmt: skip


def test_states_of_projects(branch, by):
    today = timezone.localdate()
    for days in (-1, 0, 14, 15):
        stored = projects.start_project(organisation=branch, values=project_values(), by=by)
        Project.objects.filter(pk=stored.pk).update(deadline=today + days * DAY)
    done, given_up = (
        projects.start_project(organisation=branch, values=project_values(), by=by) for _ in "12"
    )
    projects.finish_project(project=done, on=today, result="已开放", by=by)
    projects.give_up_project(project=given_up, reason="不再需要", by=by)
    rows = list(list_states.with_project_state(Project.objects.all(), today))
    assert len({row.state for row in rows}) == len(list_states.ProjectState)
    assert all(row.state == list_states.project_state(row, today) for row in rows)


def project_values(**more):
    return {"kind": "testing", "title": "共享检测平台", "deadline": timezone.localdate() + 60 * DAY} | more


# --- Projects --------------------------------------------------------------------------------------------


def test_a_taken_match_becomes_a_project_and_both_units_are_told_once(branch, other, by):
    mine, theirs = builders.make_user("secretary", branch), builders.make_user("secretary", other)
    need, resource = builders.make_need(branch), builders.make_resource(other)
    project = projects.take_match(need=need, resource=resource, organisation=branch, by=mine)
    assert (project.organisation, project.deadline) == (branch, min(need.valid_until, project.deadline))
    (told,) = Notice.objects.filter(key=f"project-{project.pk}")
    assert told.user == theirs
    assert Project.objects.visible_to(theirs).get() == project
    assert "已有对接项目" in refused(
        projects.take_match, need=need, resource=resource, organisation=branch, by=mine
    )
    assert "进行中的项目" in refused(actions.withdraw_item, item=need, reason="撤", by=by)
    projects.give_up_project(project=project, reason="时间不合适", by=mine)
    assert projects.take_match(need=need, resource=resource, organisation=branch, by=mine).pk != project.pk


def test_where_nobody_keeps_a_branch_the_body_above_is_told(top, branch, other):
    above, mine = builders.make_user("officer", top), builders.make_user("secretary", branch)
    project = projects.take_match(
        need=builders.make_need(branch), resource=builders.make_resource(other), organisation=branch, by=mine
    )
    assert Notice.objects.get(key=f"project-{project.pk}").user == above


def test_drafts_and_past_offers_are_not_taken(branch, other, by):
    need, today = builders.make_need(branch), timezone.localdate()
    draft = builders.make_resource(other, publish=False)
    past = builders.make_resource(other, valid_from=today - 9 * DAY, valid_until=today - DAY)
    for resource, words in ((draft, "草稿"), (past, "有效期已过")):
        assert words in refused(projects.take_match, need=need, resource=resource, organisation=branch, by=by)


def test_a_result_is_booked_on_the_agreement_when_asked(branch, by):
    agreement = builders.make_agreement(branch, signed_on=dt.date(2026, 1, 5))
    project = projects.start_project(organisation=branch, values=project_values(agreement=agreement), by=by)
    projects.add_note(project=project, text="签了意向书", by=by)
    today = timezone.localdate()
    booked = {"kind": "amount", "amount": 120}
    projects.finish_project(project=project, on=today, result="促成订单", booked=booked, by=by)
    result = AgreementResult.objects.get()
    assert (result.agreement, result.amount, result.what) == (agreement, 120, "促成订单")
    assert "已办结" in refused(projects.add_note, project=project, text="后来", by=by)
    alone = projects.start_project(organisation=branch, values=project_values(), by=by)
    assert "没有关联共建协议" in refused(
        projects.finish_project, project=alone, on=today, result="好", booked=booked, by=by
    )


def test_a_refused_result_leaves_the_project_under_way(branch, by):
    agreement = builders.make_agreement(branch, signed_on=dt.date(2026, 1, 5))
    project = projects.start_project(organisation=branch, values=project_values(agreement=agreement), by=by)
    today = timezone.localdate()
    words = refused(
        projects.finish_project, project=project, on=today, result="好", booked={"kind": "amount"}, by=by
    )
    assert "请填写金额" in words
    project.refresh_from_db()
    assert (project.done_on, AgreementResult.objects.count()) == (None, 0)


def test_a_pair_is_dismissed_once_and_may_come_back(branch, other, by):
    need, resource = builders.make_need(branch), builders.make_resource(other)
    pair = {"need": need, "resource": resource, "by": by}
    dismissal = projects.dismiss_match(**pair, reason="规格不符")
    assert "已标为不合适" in refused(projects.dismiss_match, **pair, reason="再次")
    projects.restore_match(dismissal=dismissal, by=by)
    assert not Dismissal.objects.standing().exists()
    projects.dismiss_match(**pair, reason="距离太远")


@pytest.mark.django_db(transaction=True)
def test_of_two_who_take_one_need_at_once_one_wins():
    top = builders.make_organisation()
    branch, other = (builders.make_organisation(top) for _ in range(2))
    need, by = builders.make_need(branch), builders.make_user("secretary", branch)
    offers, barrier, told = [builders.make_resource(other) for _ in range(2)], threading.Barrier(2), []

    def take(resource):
        try:
            barrier.wait(timeout=10)
            call(projects.take_match, need=need, resource=resource, organisation=branch, by=by)
            told.append("")
        except ValidationError as error:
            told.append("".join(error.messages))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=take, args=[resource]) for resource in offers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    connection.close()
    assert sorted(map(bool, told)) == [False, True]
    assert "已有对接项目" in "".join(told)
    assert Project.objects.count() == 1


# --- On the spot -----------------------------------------------------------------------------------------


def held(organisation, kinds=("linkage",), **more):
    values = {"title": "银企对接会", "starts_at": timezone.now() - 2 * DAY} | more
    return activities.record_activity(
        organisation=organisation, kinds=kinds, values=values, by=User.objects.system()
    )


def test_needs_and_resources_are_taken_down_on_the_page_of_a_matchmaking_meeting(client_for, top, branch):
    meeting, partner = held(branch), builders.make_partner(top, name="东湾银行")
    client = client_for(builders.make_user("secretary", branch))
    page = client.get(reverse("activities:activity", args=[meeting.pk])).content.decode()
    assert "登记到清单" in page
    assert (
        "登记到清单"
        not in client.get(
            reverse("activities:activity", args=[held(branch, ("theme_day",)).pk])
        ).content.decode()
    )
    address = reverse("linkages:take-down", args=[meeting.pk])
    entry = {"organisation": branch.pk, "kind": "finance"}
    client.post(address, entry | {"side": "need", "title": "流动资金贷款"})
    client.post(address, entry | {"side": "resource", "title": "科创信用贷", "partner": "东湾银行"})
    need, resource = Need.objects.get(), Resource.objects.get()
    assert (need.activity, need.unit, bool(need.published_at)) == (meeting, branch, True)
    assert (resource.activity, resource.unit) == (meeting, partner)
    page = client.get(reverse("activities:activity", args=[meeting.pk])).content.decode()
    assert "流动资金贷款" in page
    assert "科创信用贷" in page
    found = client.get(reverse("linkages:need-list"), {"activity": meeting.pk}).context["page"]
    assert list(found) == [need]


def test_nobody_else_takes_down_there(client_for, branch, other):
    meeting = held(branch)
    for role, organisation, status in (("leader", branch, 403), ("secretary", other, 404)):
        client = client_for(builders.make_user(role, organisation))
        assert client.post(reverse("linkages:take-down", args=[meeting.pk])).status_code == status


# --- Pages -----------------------------------------------------------------------------------------------


def test_a_need_from_the_form_to_the_project(client_for, branch, other):
    client = client_for(builders.make_user("secretary", branch))
    today = timezone.localdate()
    data = {
        "organisation": branch.pk, "kind": "testing", "title": "光刻胶缺陷检测", "description": "每月一批样品",
        "valid_from": today, "valid_until": today + 90 * DAY,
    }  # fmt: skip
    response = client.post(reverse("linkages:need-new"), data | {"draft": "1"})
    need = Need.objects.get()
    assert response.headers["Location"] == reverse("linkages:need", args=[need.pk])
    assert need.published_at is None
    client.post(reverse("linkages:need-publish", args=[need.pk]))
    offer = builders.make_resource(other, kind="testing", title="缺陷检测平台")
    page = client.get(reverse("linkages:need", args=[need.pk]))
    assert [row["other"] for row in page.context["matches"]] == [offer]
    assert "都提到：缺陷检测" in page.content.decode()
    client.post(reverse("linkages:match-take", args=[need.pk, offer.pk]))
    project = Project.objects.get()
    address = reverse("linkages:project", args=[project.pk])
    assert client.get(address).status_code == 200
    client.post(reverse("linkages:project-note", args=[project.pk]), {"text": "已送第一批"})
    assert "已送第一批" in client.get(address).content.decode()
    refusal = client.post(reverse("linkages:project-finish", args=[project.pk]), {"on": today, "result": ""})
    assert refusal.status_code == 200
    client.post(
        reverse("linkages:project-finish", args=[project.pk]), {"on": today, "result": "检出两类缺陷"}
    )
    assert "检出两类缺陷" in client.get(address).content.decode()
    shown = client.get(reverse("linkages:need-list"), {"state": "matched"}).context["page"]
    assert list(shown) == [need]


def test_the_counts_of_the_states_are_the_rows_they_open(client_for, branch, by):
    for publish in (True, True, False):
        builders.make_need(branch, publish=publish)
    actions.withdraw_item(item=builders.make_need(branch), reason="撤", by=by)
    client = client_for(builders.make_user("officer", branch))
    page = client.get(reverse("linkages:need-list"))
    assert len(page.context["page"]) == 3
    for _, count, query, _ in page.context["states"]:
        assert len(client.get(f"{reverse('linkages:need-list')}?{query}").context["page"]) == count


def test_a_leader_reads_and_keeps_nothing(client_for, branch, other):
    client = client_for(builders.make_user("leader", branch))
    need, resource = builders.make_need(branch), builders.make_resource(other)
    assert client.get(reverse("linkages:need", args=[need.pk])).status_code == 200
    assert client.get(reverse("linkages:need-new")).status_code == 403
    for name in ("match-take", "match-dismiss"):
        assert client.post(reverse(f"linkages:{name}", args=[need.pk, resource.pk])).status_code == 403


def test_terms_follow_the_text(branch):
    need = builders.make_need(branch, title="AI视觉", description="")
    assert set(NeedTerm.objects.filter(need=need).values_list("term", flat=True)) == {"ai", "视觉"}
