"""The own record: nobody else's, and what the person says is wrong in it."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from members import own, own_todos
from members.actions import own as actions
from members.actions.register import leave_register, move_member, return_to_register
from members.choices import Closing, Opening
from members.models import CorrectionRequest, CorrectionState
from orgs.models import AuditAction, AuditEvent, Post, PostTitle, Role, User
from tests import builders

pytestmark = pytest.mark.django_db
OPEN, ACCEPTED, DECLINED = CorrectionState.OPEN, CorrectionState.ACCEPTED, CorrectionState.DECLINED


@pytest.fixture
def branch():
    return builders.make_organisation(builders.make_organisation())


@pytest.fixture
def person(branch):
    return builders.make_user(Role.MEMBER, branch)


@pytest.fixture
def secretary(branch):
    return builders.make_user(Role.SECRETARY, branch)


@pytest.fixture
def member(branch, person):
    return builders.make_member(branch, name="单立新", mobile="19900001234", account=person)


def url(name, *args):
    return reverse(f"members:{name}", args=args)


def report(member, field="position", claim="总工程师"):
    return actions.report_mistake(member=member, field=field, claim=claim, by=member.account)


# --- The page -----------------------------------------------------------------------------------------


def test_the_page_shows_the_own_record_and_nobody_elses(client_for, branch, member, person):
    other = builders.make_member(branch, name="甘不同", mobile="19900005678")
    report(member, claim="本人所写")
    stranger = builders.make_user(Role.MEMBER, branch)
    builders.make_member(branch, name="易旁人", account=stranger)
    Post.objects.create(organisation=branch, title=PostTitle.SECRETARY, person_name="书继先")

    text = client_for(person).get(url("own-record")).content.decode()

    for shown in ("单立新", branch.name, "书继先", "本人所写", member.masked_identity, member.masked_mobile):
        assert shown in text
    for hidden in ("甘不同", "易旁人", other.masked_mobile, member.identity_number, "19900001234"):
        assert hidden not in text
    assert "本人所写" not in client_for(stranger).get(url("own-record")).content.decode()
    assert client_for(person).get(url("member", other.pk)).status_code == 404


def test_an_account_without_record_is_told_so(client_for, branch):
    client = client_for(builders.make_user(Role.MEMBER, branch))

    assert "还没有关联党员信息" in client.get(url("own-record")).content.decode()
    assert client.post(url("own-correction"), {"field": "other", "claim": "错"}).status_code == 403
    assert client_for(builders.make_user(Role.SECRETARY, branch)).get(url("own-record")).status_code == 403


def test_own_numbers_are_shown_by_post_and_logged(client_for, member, person):
    client = client_for(person)
    assert 'name="purpose" value="本人查看"' in client.get(url("own-record")).content.decode()

    answer = client.post(url("member-reveal", member.pk), {"field": "mobile", "purpose": "本人查看"})

    assert "19900001234" in answer.content.decode()
    event = AuditEvent.objects.get(action=AuditAction.REVEAL)
    assert (event.actor, event.detail["purpose"]) == (person, "本人查看")
    assert "19900001234" not in str(event.detail)


def test_other_apps_add_sections(client_for, monkeypatch, member, person):
    added = own.OwnSection("shared/_empty.html", {"title": f"另一节：{member}", "text": "无"})
    monkeypatch.setattr(own, "SECTIONS", [lambda member: added, lambda member: None])

    assert "另一节：单立新" in client_for(person).get(url("own-record")).content.decode()


# --- Mistakes -----------------------------------------------------------------------------------------


def test_a_mistake_goes_to_the_branch_and_its_answer_comes_back(client_for, member, person, secretary):
    page = client_for(person).post(url("own-correction"), {"field": "position", "claim": "总工程师"})
    assert page.url == url("own-record")
    asked = CorrectionRequest.objects.get()
    (to_do,) = own_todos.corrections(secretary, timezone.localdate())
    assert "1 件" in to_do.title
    assert list(own_todos.corrections(person, timezone.localdate())) == []
    office = client_for(secretary)
    assert "单立新" in office.get(to_do.url).content.decode()
    assert "总工程师" in office.get(url("correction", asked.pk)).content.decode()

    answer = office.post(url("correction", asked.pk), {"state": "accepted", "reply": "已核对"})

    assert answer.url == url("member-edit", member.pk)
    text = client_for(person).get(url("own-record")).content.decode()
    assert "已采纳" in text
    assert "已核对" in text
    assert list(own_todos.corrections(secretary, timezone.localdate())) == []
    assert "总工程师" not in str(list(AuditEvent.objects.values_list("detail", flat=True)))
    member.refresh_from_db()
    assert member.position == ""  # the branch edits the record, the request does not


def test_the_interface_takes_the_same_way(client_for, member, person, secretary):
    mine, office = client_for(person), client_for(secretary)
    json = {"content_type": "application/json"}
    asked = mine.post(reverse("api:correction-list"), {"field": "mobile", "claim": "19900009999"}, **json)
    assert (asked.status_code, asked.json()["claim"]) == (201, "******")
    address = reverse("api:correction-answer", args=[asked.json()["id"]])

    assert mine.post(address, {"state": "accepted"}, **json).status_code == 403
    refused = office.post(address, {"state": "declined"}, **json)
    assert refused.status_code == 400
    assert "请说明理由" in refused.content.decode()
    assert (
        office.post(address, {"state": "declined", "reply": "与档案一致"}, **json).json()["state"] == DECLINED
    )
    again = office.post(address, {"state": "accepted"}, **json)
    assert (again.status_code, "已答复" in again.content.decode()) == (400, True)
    assert [row["reply"] for row in mine.get(reverse("api:correction-list")).json()["results"]] == [
        "与档案一致"
    ]


def test_declining_on_the_page_needs_a_reason(client_for, member, secretary):
    asked = report(member)
    page = client_for(secretary).post(url("correction", asked.pk), {"state": "declined", "reply": " "})

    assert "请说明理由" in page.content.decode()
    asked.refresh_from_db()
    assert asked.state == OPEN


def test_one_open_request_for_each_item(client_for, member, person, secretary):
    first = report(member)
    report(member, field="title", claim="正高级")
    page = client_for(person).post(url("own-correction"), {"field": "position", "claim": "另一个"})
    assert "等待党支部答复" in page.content.decode()

    actions.answer_correction(correction=first, state=ACCEPTED, by=secretary)
    report(member)
    assert CorrectionRequest.objects.open().count() == 2


def test_who_left_reports_nothing_and_requests_stay(member, secretary):
    asked = report(member)
    leave_register(member=member, how=Closing.DIED, on=timezone.localdate(), by=secretary)

    with pytest.raises(ValidationError, match="不在册"):
        report(member, field="other")
    with pytest.raises(TypeError):
        asked.delete()
    with pytest.raises(TypeError):
        CorrectionRequest.objects.all().delete()


def test_a_number_is_revealed_for_a_purpose(client_for, branch, member, secretary):
    asked = report(member, field="mobile", claim="19900009999")
    office = client_for(secretary)
    page = office.get(url("correction", asked.pk)).content.decode()
    assert "19900009999" not in page

    shown = office.post(url("correction-reveal", asked.pk), {"purpose": "核对号码"})

    assert "19900009999" in shown.content.decode()
    assert AuditEvent.objects.get(action=AuditAction.REVEAL).detail["purpose"] == "核对号码"
    leader = client_for(builders.make_user(Role.LEADER, branch))
    assert leader.post(url("correction-reveal", asked.pk), {"purpose": "看看"}).status_code == 403


def test_other_branches_see_no_request(client_for, member):
    asked = report(member)
    stranger = builders.make_user(Role.SECRETARY, builders.make_organisation(builders.make_organisation()))

    assert client_for(stranger).get(url("correction", asked.pk)).status_code == 404
    assert list(own_todos.corrections(stranger, timezone.localdate())) == []


# --- Accounts -----------------------------------------------------------------------------------------


@pytest.fixture
def unlinked(branch):
    return builders.make_member(branch)


def test_linking_and_unlinking_by_page(client_for, branch, unlinked, secretary):
    account = builders.make_user(Role.MEMBER, branch)
    office = client_for(secretary)
    office.post(url("member-account", unlinked.pk), {"username": account.username})
    unlinked.refresh_from_db()
    assert unlinked.account == account
    assert account.username in office.get(url("member-account", unlinked.pk)).content.decode()

    office.post(url("member-unlink", unlinked.pk))
    unlinked.refresh_from_db()
    assert unlinked.account is None
    details = [event.detail for event in AuditEvent.objects.filter(object_type="member").order_by("pk")]
    assert {"account": account.username} in details
    assert {"account_unlinked": account.username} in details


def test_the_role_of_an_account_goes_with_its_member(branch):
    """The new branch looks after it; the old one no longer."""
    account = builders.make_user(Role.MEMBER, branch)
    member = builders.make_member(branch, account=account)
    new = builders.make_organisation(builders.make_organisation())
    by, today = User.objects.system(), timezone.localdate()
    move_member(member=member, organisation=new, on=today, by=by)
    assert [a.organisation for a in account.appointments.all()] == [new]
    member.refresh_from_db()
    assert member.account == account
    event = AuditEvent.objects.get(action=AuditAction.GRANT, object_label=str(account))
    assert (event.organisation_id, event.detail["from"], event.detail["to"]) == (
        new.pk,
        str(branch),
        str(new),
    )
    leave_register(member=member, how=Closing.TRANSFERRED_OUT, on=today, by=by)
    back = {"organisation": branch, "how": Opening.TRANSFERRED_IN, "on": today}
    return_to_register(member=member, by=by, **back)
    assert [a.organisation for a in account.appointments.all()] == [branch]


@pytest.mark.parametrize("case", ["unknown", "other role", "other branch", "ended", "inactive", "taken"])
def test_accounts_that_may_not_be_linked(client_for, branch, member, unlinked, secretary, case):
    today = timezone.localdate()
    elsewhere = builders.make_organisation(builders.make_organisation())
    account = {
        "unknown": lambda: builders.make_user(),
        "other role": lambda: builders.make_user(Role.LEADER, branch),
        "other branch": lambda: builders.make_user(Role.MEMBER, elsewhere),
        "ended": lambda: builders.make_user(Role.MEMBER, branch, ends_on=today - dt.timedelta(days=1)),
        "inactive": lambda: builders.make_user(Role.MEMBER, branch, is_active=False),
        "taken": lambda: member.account,
    }[case]()
    sentence = "已关联其他党员" if case == "taken" else "没有这个用户名"
    office = client_for(secretary)

    page = office.post(url("member-account", unlinked.pk), {"username": account.username})
    answer = office.post(
        reverse("api:member-account-link", args=[unlinked.pk]),
        {"username": account.username},
        content_type="application/json",
    )

    assert sentence in page.content.decode()
    assert (answer.status_code, sentence in answer.content.decode()) == (400, True)
    unlinked.refresh_from_db()
    assert unlinked.account is None


def test_an_appointment_counts_on_its_last_day(branch, unlinked, secretary):
    account = builders.make_user(Role.MEMBER, branch, ends_on=timezone.localdate())

    assert actions.link_account(member=unlinked, username=account.username, by=secretary) == account
    with pytest.raises(ValidationError, match="先解除"):
        actions.link_account(member=unlinked, username=account.username, by=secretary)
