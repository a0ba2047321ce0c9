"""Ways out and back, discipline, disposal step by step, and what a member's past bars."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from members import transfer_todos
from members.actions import disposal as actions
from members.actions import exits, register
from members.choices import Closing, EventKind, Membership, Relation
from members.models import Disposal, DisposalStage, DisposalState, DisposalStep, Member
from members.standing import approving_committee, may_apply_on, rights_suspended, with_suspended_rights
from orgs.kinds import OrganisationKind
from orgs.models import Role
from tests import builders

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
VOTES = {"expected_votes": 9, "present_votes": 6, "yes_votes": 5}


class World:
    def __init__(self):
        self.top = builders.make_organisation()
        self.committee = builders.make_organisation(self.top, OrganisationKind.AREA_COMMITTEE)
        self.branch = builders.make_organisation(self.committee)
        self.member = builders.make_member(self.branch)
        self.secretary = builders.make_user(Role.SECRETARY, self.branch)
        self.officer = builders.make_user(Role.OFFICER, self.committee)

    def open(self, kind="removal", **more):
        values = {"ground": "连续6个月不参加组织生活", "by": self.secretary, "on": dt.date(2026, 1, 5)}
        return actions.open_disposal(member=self.member, kind=kind, **values | more)

    def go_to(self, disposal, stage, on=dt.date(2026, 2, 1)):
        """All steps before `stage`."""
        for each in DisposalStage:
            if each == stage:
                return disposal
            votes = VOTES if each == DisposalStage.MEETING else {}
            actions.record_step(disposal=disposal, stage=each, on=on, by=self.officer, **votes)
        return disposal

    def approve(self, disposal, on=dt.date(2026, 2, 28), **more):
        self.go_to(disposal, DisposalStage.APPROVED)
        values = {"document_no": "批〔2026〕1号", "by": self.officer}
        return actions.record_step(disposal=disposal, stage="approved", on=on, **values | more)


@pytest.fixture
def world():
    return World()


# --- Disposal -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "how"), [("removal", Closing.REMOVED), ("dismissal", Closing.DISMISSED)])
def test_the_approved_case_is_carried_out(world, kind, how):
    disposal = world.open(kind)
    world.approve(disposal)

    world.member.refresh_from_db()
    posting = world.member.postings.get()
    assert (posting.closed_how, posting.until) == (how, dt.date(2026, 2, 28))
    assert (world.member.membership, world.member.is_counted) == (Membership.ENDED, False)
    assert (disposal.state, disposal.decided_by) == (DisposalState.APPROVED, world.committee)


@pytest.mark.parametrize("stage", [s for s in DisposalStage if s != DisposalStage.FILED])
def test_no_step_is_skipped(world, stage):
    with pytest.raises(ValidationError) as caught:
        actions.record_step(
            disposal=world.open(), stage=stage, on=TODAY, by=world.officer, document_no="1", **VOTES
        )
    assert "下一步是“报备”" in caught.value.message_dict["stage"][0]
    assert not DisposalStep.objects.exists()


def test_steps_follow_in_time_and_stay(world):
    disposal = world.open()
    world.go_to(disposal, DisposalStage.INVESTIGATED, on=dt.date(2026, 2, 1))
    for day in (dt.date(2026, 1, 31), TODAY + dt.timedelta(days=1)):
        with pytest.raises(ValidationError) as caught:
            actions.record_step(disposal=disposal, stage="investigated", on=day, by=world.officer)
        assert "on" in caught.value.message_dict
    actions.record_step(disposal=disposal, stage="investigated", on=dt.date(2026, 2, 1), by=world.officer)
    with pytest.raises(TypeError):
        disposal.steps.first().save()
    with pytest.raises(TypeError):
        DisposalStep.objects.all().delete()


@pytest.mark.parametrize(
    ("votes", "field"),
    [
        ({"expected_votes": 10, "present_votes": 5, "yes_votes": 5}, "yes_votes"),
        ({"expected_votes": 10, "present_votes": 4, "yes_votes": 4}, "present_votes"),
        ({"expected_votes": 10, "present_votes": 6, "yes_votes": 7}, "present_votes"),
        ({}, "expected_votes"),
        ({"expected_votes": 10, "present_votes": 6, "yes_votes": 6}, None),
        ({"expected_votes": 9, "present_votes": 5, "yes_votes": 5}, None),
    ],
)
def test_the_meeting_decides_by_more_than_half_of_those_expected(world, votes, field):
    disposal = world.go_to(world.open(), DisposalStage.MEETING)

    if field is None:
        actions.record_step(disposal=disposal, stage="meeting", on=TODAY, by=world.secretary, **votes)
        return
    with pytest.raises(ValidationError) as caught:
        actions.record_step(disposal=disposal, stage="meeting", on=TODAY, by=world.secretary, **votes)
    assert field in caught.value.message_dict


def test_only_a_committee_with_authority_approves(world):
    assert approving_committee(world.branch) == world.committee
    for committee in (world.top, world.committee):
        committee.can_approve_members = False
        committee.save(update_fields=["can_approve_members"])
    assert approving_committee(world.branch) is None

    with pytest.raises(ValidationError, match="没有有审批权限的党委"):
        world.go_to(world.open(), DisposalStage.MEETING)


@pytest.mark.parametrize(
    ("until", "stored"),
    [
        (None, dt.date(2026, 8, 28)),
        (dt.date(2027, 2, 28), dt.date(2027, 2, 28)),
        (dt.date(2027, 3, 1), None),
        (dt.date(2026, 2, 28), None),
    ],
)
def test_a_correction_lasts_six_months_and_a_year_at_most(world, until, stored):
    disposal = world.open("correction")
    if stored is None:
        with pytest.raises(ValidationError) as caught:
            world.approve(disposal, correct_until=until)
        assert "correct_until" in caught.value.message_dict
        return
    world.approve(disposal, correct_until=until)

    assert disposal.correct_until == stored
    event = world.member.events.get(kind=EventKind.CORRECTION)
    assert event.until_on == stored
    world.member.refresh_from_db()
    assert world.member.is_counted
    sentence = f"{world.member.name}限期改正期满，请研究是否合格"
    assert sentence not in titles(world.secretary, stored - dt.timedelta(days=1))
    assert sentence in titles(world.secretary, stored)


def test_nobody_is_punished_twice_for_one_fact(world):
    note = {"kind": EventKind.WARNING, "on": dt.date(2025, 6, 1), "document_no": "1", "by": world.secretary}
    exits.note_event(member=world.member, until_on=dt.date(2026, 6, 1), **note)

    with pytest.raises(ValidationError, match="不重复处理"):
        world.open(on=dt.date(2026, 5, 31))
    world.open(on=dt.date(2026, 6, 1))  # no longer in force
    with pytest.raises(ValidationError, match="不重复处理"):
        exits.note_event(member=world.member, **note | {"on": TODAY})
    exits.note_event(member=world.member, is_other_fact=True, **note | {"on": TODAY})


def test_another_fact_may_be_disposed_of(world):
    exits.note_event(member=world.member, kind="warning", on=TODAY, document_no="1", by=world.secretary)

    assert world.open(on=TODAY, is_other_fact=True).is_other_fact


def test_a_case_may_be_dropped_for_a_reason(world):
    disposal = world.open()
    with pytest.raises(ValidationError, match="正在办理"):
        world.open()
    with pytest.raises(ValidationError, match="理由"):
        actions.drop_disposal(disposal=disposal, by=world.secretary, reason="")
    actions.drop_disposal(disposal=disposal, by=world.secretary, reason="查无此事")

    with pytest.raises(ValidationError, match="不能再办理"):
        actions.record_step(disposal=disposal, stage="filed", on=TODAY, by=world.secretary)
    world.open()


def test_the_branch_and_the_committee_take_their_own_steps(world, client_for):
    disposal = world.go_to(world.open(), DisposalStage.REVIEWED)
    secretary, officer = client_for(world.secretary), client_for(world.officer)
    page, api = (reverse(name, args=[disposal.pk]) for name in ("members:disposal-step", "api:disposal-step"))
    data = {"stage": "reviewed", "on": TODAY.isoformat()}

    assert secretary.post(page, data).status_code == 403
    assert secretary.post(api, data, "application/json").status_code == 403
    assert "下一步“上级审核”由" in secretary.get(reverse("members:disposal", args=[disposal.pk])).text
    assert officer.post(page, data).status_code == 302
    wrong = {"stage": "approved", "on": TODAY.isoformat()}
    assert "stage" in secretary.post(api, wrong, "application/json").json()
    few = {
        "stage": "meeting",
        "on": TODAY.isoformat(),
        "expected_votes": 10,
        "present_votes": 6,
        "yes_votes": 5,
    }
    sentence = "赞成人数未超过应到会有表决权党员的半数，不能通过。"
    assert sentence in secretary.post(page, few).text
    assert secretary.post(api, few, "application/json").json() == {"yes_votes": [sentence]}
    assert secretary.post(api, few | {"yes_votes": 6}, "application/json").json()["next_stage"] == "approved"


def test_the_ground_is_read_by_those_who_work_on_the_case(world, client_for):
    disposal = world.open(ground="只给办理人看的事由")
    url = reverse("members:disposal", args=[disposal.pk])
    leader = builders.make_user(Role.LEADER, world.committee)

    assert "只给办理人看的事由" in client_for(world.secretary).get(url).text
    assert "只给办理人看的事由" not in client_for(leader).get(url).text
    assert "事由" not in str(
        client_for(leader).get(reverse("api:disposal-detail", args=[disposal.pk])).json()
    )


# --- Ways out and back ----------------------------------------------------------------------------------


@pytest.mark.parametrize("how", [Closing.DISMISSED, Closing.REMOVED, Closing.TRANSFERRED_OUT, Closing.MOVED])
def test_ways_with_a_procedure_of_their_own_are_refused(world, client_for, how):
    browser, data = client_for(world.secretary), {"how": how, "on": TODAY.isoformat(), "document_no": "1"}

    with pytest.raises(ValidationError) as caught:
        exits.leave(member=world.member, how=how, on=TODAY, by=world.secretary, document_no="1")
    assert "how" in caught.value.message_dict
    answer = browser.post(reverse("api:member-act-leave", args=[world.member.pk]), data, "application/json")
    assert answer.json() == caught.value.message_dict
    assert browser.post(reverse("members:member-leave", args=[world.member.pk]), data).status_code == 200
    world.member.refresh_from_db()
    assert world.member.is_counted


@pytest.mark.parametrize("how", [Closing.EXPELLED, Closing.WITHDREW])
def test_a_decision_has_its_number(world, how):
    with pytest.raises(ValidationError) as caught:
        exits.leave(member=world.member, how=how, on=TODAY, by=world.secretary)
    assert "document_no" in caught.value.message_dict
    exits.leave(member=world.member, how=how, on=TODAY, by=world.secretary, document_no="决〔2026〕1号")
    assert world.member.membership == Membership.ENDED


def test_leaving_ends_what_was_running(world):
    disposal = world.open()
    exits.leave(member=world.member, how=Closing.DIED, on=TODAY, by=world.secretary)

    disposal.refresh_from_db()
    assert disposal.state == DisposalState.DROPPED
    assert transfer_todos_empty(world)


def transfer_todos_empty(world):
    return titles(world.secretary, TODAY) == []


def titles(user, today):
    return [to_do.title for source in transfer_todos.SOURCES for to_do in source(user, today)]


def test_the_committee_decides_about_expulsion_and_return(world, client_for):
    secretary, officer, args = client_for(world.secretary), client_for(world.officer), [world.member.pk]
    leave, back = reverse("members:member-leave", args=args), reverse("members:member-return", args=args)
    data = {"how": "expelled", "on": TODAY.isoformat(), "document_no": "决〔2026〕1号"}

    api = reverse("api:member-act-leave", args=args)
    assert secretary.post(api, data, "application/json").status_code == 403
    assert secretary.post(leave, data).status_code == 200
    assert "开除党籍" not in secretary.get(leave).text.replace("开除党籍请", "")
    assert secretary.get(back).status_code == 403
    assert officer.post(leave, data).status_code == 302
    assert Member.objects.get(pk=world.member.pk).membership == Membership.ENDED


def test_the_page_notes_a_way_out_and_one_back(world, client_for):
    browser, args = client_for(world.officer), [world.member.pk]
    data = {"how": "mistake", "on": TODAY, "note": "重复登记"}
    assert browser.post(reverse("members:member-leave", args=args), data).status_code == 302
    world.member.refresh_from_db()
    assert world.member.relation == Relation.LEFT
    back = {"organisation": world.branch.code, "on": TODAY.isoformat(), "document_no": ""}
    answer = browser.post(reverse("api:member-act-return", args=args), back, "application/json")
    assert answer.json() == {"document_no": ["请填写恢复党籍的批复文号。"]}
    back["document_no"] = "复〔2026〕1号"
    assert browser.post(reverse("members:member-return", args=args), back).status_code == 302

    world.member.refresh_from_db()
    assert world.member.is_counted
    assert world.member.postings.filter(until=None).count() == 1


@pytest.mark.parametrize(
    ("how", "words"), [(Closing.DIED, "登记为去世"), (Closing.TRANSFERRED_OUT, "组织关系转入")]
)
def test_not_everybody_is_restored(world, how, words):
    register.leave_register(member=world.member, how=how, on=TODAY, by=world.secretary)

    with pytest.raises(ValidationError, match=words):
        exits.come_back(
            member=world.member, organisation=world.branch, on=TODAY, by=world.secretary, document_no="1"
        )


def test_row_45_members_are_never_deleted(world, client_for):
    sentence = "党员信息不得删除，请登记去向（转出、出党、去世等）。"
    for delete in (world.member.delete, Member.objects.filter(pk=world.member.pk).delete):
        with pytest.raises(TypeError, match=sentence[:8]):
            delete()
    root = builders.make_user(is_superuser=True, is_staff=True)
    for url in (f"/api/members/{world.member.pk}/", reverse("members:member-leave", args=[world.member.pk])):
        assert client_for(root).delete(url).status_code in (404, 405)
    assert Member.objects.filter(pk=world.member.pk).exists()


# --- What the past bars ---------------------------------------------------------------------------------


@pytest.mark.parametrize("how", [Closing.DISMISSED, Closing.REMOVED, Closing.EXPELLED])
def test_five_years_without_applying_again(world, how):
    number = world.member.identity_number
    assert may_apply_on(number) is None
    register.leave_register(member=world.member, how=how, on=dt.date(2024, 2, 29), by=world.secretary)

    assert may_apply_on(number) == dt.date(2029, 2, 28)
    assert may_apply_on(builders.identity_number()) is None


def test_who_withdrew_or_moved_may_apply(world):
    register.leave_register(member=world.member, how=Closing.WITHDREW, on=TODAY, by=world.secretary)

    assert may_apply_on(world.member.identity_number) is None


@pytest.mark.parametrize(
    ("until", "refused"), [(dt.date(2026, 2, 28), False), (dt.date(2026, 3, 1), True), (None, True)]
)
def test_a_trial_lasts_two_years_at_most(world, client_for, until, refused):
    values = {"kind": EventKind.ON_TRIAL, "on": dt.date(2024, 2, 29), "document_no": "1"}
    if not refused:
        exits.note_event(member=world.member, until_on=until, by=world.secretary, **values)
        return
    with pytest.raises(ValidationError) as caught:
        exits.note_event(member=world.member, until_on=until, by=world.secretary, **values)
    data = values | {"on": "2024-02-29", "until_on": until.isoformat() if until else ""}
    page = client_for(world.secretary).post(reverse("members:event-add", args=[world.member.pk]), data)
    assert caught.value.message_dict["until_on"][0] in page.text
    data["until_on"] = data["until_on"] or None
    api = reverse("api:member-act-event", args=[world.member.pk])
    answer = client_for(world.secretary).post(api, data, "application/json")
    assert answer.json() == caught.value.message_dict


def test_rights_rest_until_they_are_restored(world):
    note = {"member": world.member, "document_no": "1", "by": world.secretary}
    with pytest.raises(ValidationError, match="没有尚未恢复"):
        exits.note_event(kind=EventKind.RIGHTS_RESTORED, on=TODAY, **note)
    exits.note_event(kind=EventKind.ON_TRIAL, on=dt.date(2025, 3, 1), until_on=dt.date(2026, 3, 1), **note)
    reminder = f"{world.member.name}留党察看期满，请研究恢复党员权利"
    assert reminder not in titles(world.secretary, dt.date(2026, 2, 28))
    assert reminder in titles(world.secretary, dt.date(2026, 3, 1))
    exits.note_event(kind=EventKind.RIGHTS_RESTORED, on=dt.date(2026, 3, 10), **note)

    days = {
        dt.date(2025, 2, 28): False,
        dt.date(2025, 3, 1): True,
        dt.date(2026, 3, 9): True,
        dt.date(2026, 3, 10): False,
    }
    assert {day: rights_suspended(world.member, day) for day in days} == days
    assert not Member.objects.filter(with_suspended_rights()).exists()
    assert reminder not in titles(world.secretary, TODAY)


def test_facts_with_a_procedure_of_their_own_are_not_noted(world):
    with pytest.raises(ValidationError, match="相应程序"):
        exits.note_event(member=world.member, kind=EventKind.CONFIRMED, on=TODAY, by=world.secretary)


def test_foreign_members_and_cases_are_not_found(world, client_for):
    disposal, stranger = world.open(), World()
    browser = client_for(stranger.secretary)

    assert browser.get(reverse("members:disposal", args=[disposal.pk])).status_code == 404
    assert browser.get(reverse("members:member-leave", args=[world.member.pk])).status_code == 404
    assert Disposal.objects.visible_to(stranger.secretary).count() == 0
