"""Transfer of relations: who does what when, letters, acceptance on both sides, and what is refused."""

import datetime as dt
import io
import re
import threading

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone
from docx import Document

from members import moving, transfer_todos
from members.actions import exits, register
from members.actions import transfers as actions
from members.actions.disposal import open_disposal
from members.choices import Membership, Opening, Relation
from members.models import Member, Posting, Transfer, TransferEntry, TransferLetter, TransferState
from orgs.actions.organisations import dissolve_organisation
from orgs.kinds import OrganisationKind
from orgs.models import AuditEvent, DatedSetting, Role, User
from orgs.terms import add_months, latest_start
from tests import builders
from tests.papers import words_of_file, words_of_page

pytestmark = pytest.mark.django_db
S = TransferState
TODAY = timezone.localdate()


def day(offset):
    return TODAY + dt.timedelta(days=offset)


class World:
    """Two committees below the top, each with a branch and its people; one member in the first branch."""

    def __init__(self):
        self.top = builders.make_organisation()
        self.committee = builders.make_organisation(self.top, OrganisationKind.AREA_COMMITTEE)
        self.branch = builders.make_organisation(self.committee)
        self.other_committee = builders.make_organisation(self.top, OrganisationKind.AREA_COMMITTEE)
        self.receiver = builders.make_organisation(self.other_committee)
        self.member = builders.make_member(self.branch)
        self.secretary = builders.make_user(Role.SECRETARY, self.branch)
        self.officer = builders.make_user(Role.OFFICER, self.committee)
        self.receiving = builders.make_user(Role.SECRETARY, self.receiver)

    def start(self, member=None, **more):
        where = {"to_organisation": self.receiver} if "to_name" not in more else {}
        values = {"reason": "工作调动", "dues_paid_until": TODAY.replace(day=1)} | where | more
        return actions.start_transfer(member=member or self.member, by=self.secretary, **values)

    def on_the_way(self, issued=0, valid_days=None, **more):
        """A case whose letter was issued so many days ago (negative)."""
        transfer = self.start(**more)
        Transfer.objects.filter(pk=transfer.pk).update(started_on=day(issued))
        actions.issue_letter(transfer=transfer, on=day(issued), valid_days=valid_days, by=self.officer)
        return transfer

    def incoming(self, **more):
        values = person() | more.pop("values", {})
        return actions.register_incoming(
            **{
                "organisation": self.receiver,
                "from_name": "外市某公司党支部",
                "letter_no": "外〔2026〕12号",
                "issued_on": day(-5),
                "valid_days": 30,
                "dues_paid_until": TODAY.replace(day=1),
                "membership": Membership.FULL,
                "values": values,
                "by": self.receiving,
            }
            | more
        )


def person():
    return {
        "name": "测试来人",
        "identity_number": builders.identity_number(),
        "sex": "male",
        "born_on": dt.date(1990, 5, 17),
        "joined_on": dt.date(2015, 7, 1),
        "confirmed_on": dt.date(2016, 7, 1),
    }


@pytest.fixture
def world():
    return World()


def one_home_each():
    """The invariant of the register."""
    for member in Member.objects.all():
        homes = list(member.postings.filter(until=None).values_list("organisation", flat=True))
        assert homes == ([member.organisation_id] if member.is_counted else [])


# --- Inside ---------------------------------------------------------------------------------------------


def test_inside_from_the_beginning_to_acceptance(world):
    transfer = world.start()
    assert transfer.state == S.SENDING_REVIEW
    assert world.member.relation == Relation.REGISTERED
    actions.issue_letter(transfer=transfer, by=world.officer)
    world.member.refresh_from_db()
    assert (world.member.relation, world.member.organisation) == (Relation.MOVING_OUT, world.branch)
    one_home_each()
    actions.receive_transfer(transfer=transfer, by=world.receiving)
    actions.accept_transfer(transfer=transfer, by=world.receiving)

    world.member.refresh_from_db()
    assert (world.member.relation, world.member.organisation) == (Relation.REGISTERED, world.receiver)
    assert Posting.objects.get(member=world.member, until=None).since == TODAY
    assert transfer.receipt_no == transfer.letter_no
    done = ["发起转接", "提交审核", "开具介绍信", "开始接收审核", "接收"]
    assert [entry.what for entry in transfer.entries.all()] == done
    assert AuditEvent.objects.filter(object_type="transfer").count() == 4
    one_home_each()


def test_without_a_committee_above_the_branch_issues_its_own_letter():
    lone = builders.make_organisation(kind=OrganisationKind.COMPOSITE_COMMITTEE, can_approve_members=False)
    branch, other = builders.make_organisation(lone), builders.make_organisation(lone)
    secretary = builders.make_user(Role.SECRETARY, branch)
    transfer = actions.start_transfer(
        member=builders.make_member(branch),
        to_organisation=other,
        reason="调动",
        dues_paid_until=TODAY,
        by=secretary,
    )

    assert transfer.state == S.INITIATED
    assert actions.issue_letter(transfer=transfer, by=secretary).issuer == branch


def test_the_committee_may_ask_for_a_correction_first(world):
    transfer = world.start()
    with pytest.raises(ValidationError, match="说明原因"):
        actions.send_back(transfer=transfer, by=world.officer, reason=" ")
    actions.send_back(transfer=transfer, by=world.officer, reason="党费未交清")
    with pytest.raises(ValidationError, match="先提交"):
        actions.issue_letter(transfer=transfer, by=world.officer)
    actions.submit_transfer(transfer=transfer, by=world.secretary, reason="已补交")

    assert (transfer.state, transfer.reason) == (S.SENDING_REVIEW, "已补交")


@pytest.mark.parametrize("step", ["return", "withdraw"])
@pytest.mark.parametrize("before", [Relation.REGISTERED, Relation.FLOATING_OUT, Relation.MOVING_OUT])
def test_what_comes_to_nothing_leaves_the_relation_as_it_was(world, step, before):
    Member.objects.filter(pk=world.member.pk).update(relation=before)
    transfer = world.on_the_way()
    act = actions.return_transfer if step == "return" else actions.withdraw_transfer

    with pytest.raises(ValidationError, match="说明原因"):
        act(transfer=transfer, by=world.receiving, reason="")
    act(transfer=transfer, by=world.receiving, reason="档案不全")

    world.member.refresh_from_db()
    expected = Relation.REGISTERED if before == Relation.MOVING_OUT else before
    assert (world.member.relation, world.member.organisation) == (expected, world.branch)
    assert not transfer.is_open
    world.start()  # another one may begin
    one_home_each()


def test_one_open_case_for_each_member(world):
    world.start()

    with pytest.raises(ValidationError, match="正在办理"):
        world.start()
    with pytest.raises(IntegrityError), transaction.atomic():
        Transfer.objects.create(
            member=world.member,
            person_name="重复",
            membership="full",
            direction="out",
            from_organisation=world.branch,
            to_name="外",
            reason="x",
            dues_paid_until=TODAY,
        )


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"to_organisation": None}, "to_organisation"),
        ({"reason": " "}, "reason"),
        ({"dues_paid_until": add_months(TODAY, 1)}, "dues_paid_until"),
    ],
)
def test_a_case_that_cannot_begin(world, more, field):
    with pytest.raises(ValidationError) as caught:
        world.start(**more)
    assert field in caught.value.message_dict
    assert not Transfer.objects.exists()


def test_only_branches_that_keep_members_receive_them(world):
    for organisation in (world.branch, world.other_committee):
        with pytest.raises(ValidationError) as caught:
            world.start(to_organisation=organisation)
        assert "to_organisation" in caught.value.message_dict


# --- Letters --------------------------------------------------------------------------------------------


def test_letters_are_numbered_without_gaps_in_a_year_of_a_top(world):
    numbers = []
    for _ in range(2):
        transfer = world.on_the_way(member=builders.make_member(world.branch))
        numbers.append(transfer.letters.get().words)
    refused = world.start(member=builders.make_member(world.branch))
    with pytest.raises(ValidationError):
        actions.issue_letter(transfer=refused, valid_days=100, by=world.officer)
    actions.issue_letter(transfer=refused, by=world.officer)
    other = World()
    other.on_the_way()

    assert numbers == [f"〔{TODAY.year}〕第0001号", f"〔{TODAY.year}〕第0002号"]
    assert list(TransferLetter.objects.order_by("pk").values_list("number", flat=True)) == [1, 2, 3, 1]


@pytest.mark.parametrize(("direction", "days"), [({}, 10), ({"to_name": "外市党委"}, 30)])
def test_validity_comes_from_the_settings(world, direction, days):
    assert world.on_the_way(**direction).valid_days == days


def test_validity_follows_a_dated_setting(world):
    DatedSetting.objects.create(code="letter_days_inside", value=15, effective_on=day(-1))

    assert world.on_the_way().expires_on == day(15)


@pytest.mark.parametrize(
    ("issued", "longest"),
    [(dt.date(2026, 1, 31), 89), (dt.date(2025, 11, 30), 90), (dt.date(2026, 3, 15), 92)],
)
def test_three_months_are_the_longest_validity(db, issued, longest):
    assert moving.letter_expiry(issued, longest) == add_months(issued, 3)
    with pytest.raises(ValidationError, match="最长不超过3个月"):
        moving.letter_expiry(issued, longest + 1)


def test_the_last_day_of_a_letter_counts(world):
    today_last = world.on_the_way(issued=-10)
    late = world.on_the_way(issued=-11, member=builders.make_member(world.branch))

    actions.accept_transfer(transfer=today_last, by=world.receiving)
    with pytest.raises(ValidationError, match="失效，不能接收"):
        actions.accept_transfer(transfer=late, by=world.receiving)
    # Backdating into the validity: accepted in time, entered late.
    actions.accept_transfer(transfer=late, on=day(-1), by=world.receiving)


def test_an_expired_letter_is_replaced_with_a_statement(world):
    valid, expired = (
        world.on_the_way(issued=-10),
        world.on_the_way(issued=-11, member=builders.make_member(world.branch)),
    )

    with pytest.raises(ValidationError, match="尚未失效"):
        actions.reissue_letter(transfer=valid, by=world.officer, statement="遗失")
    with pytest.raises(ValidationError, match="说明情况"):
        actions.reissue_letter(transfer=expired, by=world.officer, statement=" ")
    actions.reissue_letter(transfer=expired, by=world.officer, statement="出差未及时报到")

    assert [letter.number for letter in expired.letters.all()] == [2, 3]
    assert (expired.state, expired.expires_on) == (S.IN_TRANSIT, day(10))
    actions.accept_transfer(transfer=expired, by=world.receiving)
    one_home_each()


@pytest.mark.parametrize(
    ("joined", "left", "flagged"),
    [
        (dt.date(2025, 11, 30), dt.date(2026, 2, 28), True),
        (dt.date(2025, 11, 30), dt.date(2026, 3, 1), False),
        (dt.date(2026, 1, 15), dt.date(2026, 4, 15), True),
        (dt.date(2026, 1, 15), dt.date(2026, 4, 16), False),
    ],
)
def test_admitted_shortly_before_moving_is_marked(joined, left, flagged):
    assert moving.is_rushed_admission(Membership.PROBATIONARY, joined, left) is flagged
    assert not moving.is_rushed_admission(Membership.FULL, joined, left)


def test_what_is_written_stays(world):
    transfer = world.on_the_way()
    entry, letter = transfer.entries.first(), transfer.letters.get()

    for row in (entry, letter):
        with pytest.raises(TypeError):
            row.save()
        with pytest.raises(TypeError):
            row.delete()
    with pytest.raises(TypeError):
        TransferEntry.objects.update(note="改")
    with pytest.raises(TypeError):
        TransferLetter.objects.all().delete()


# --- Out and in -----------------------------------------------------------------------------------------


def test_out_leaves_the_register_with_the_receipt_only(world):
    transfer = world.on_the_way(issued=-20, to_name="外市某党委")
    world.member.refresh_from_db()
    assert world.member.is_counted
    with pytest.raises(ValidationError, match="登记对方的回执"):
        actions.accept_transfer(transfer=transfer, by=world.secretary)
    for field, values in (
        ("receipt_no", {"receipt_no": " ", "on": day(-2)}),
        ("on", {"receipt_no": "1", "on": day(-21)}),
        ("receipt_on", {"receipt_no": "1", "on": day(-2), "receipt_on": day(-3)}),
        ("on", {"receipt_no": "1", "on": day(1)}),
    ):
        with pytest.raises(ValidationError) as caught:
            actions.enter_receipt(transfer=transfer, by=world.secretary, **values)
        assert field in caught.value.message_dict
    actions.enter_receipt(transfer=transfer, on=day(-2), receipt_no="外回3号", by=world.secretary)

    world.member.refresh_from_db()
    assert (world.member.relation, world.member.left_on) == (Relation.LEFT, day(-2))
    assert world.member.membership == Membership.FULL
    one_home_each()


def test_in_enters_the_register_at_acceptance(world):
    transfer = world.incoming()
    assert not Member.objects.filter(name="测试来人").exists()
    actions.accept_transfer(transfer=transfer, by=world.receiving)

    member = Member.objects.get(name="测试来人")
    assert (transfer.member, member.organisation) == (member, world.receiver)
    assert member.postings.get().opened_how == Opening.TRANSFERRED_IN
    stored = Transfer.objects.get(pk=transfer.pk)
    assert (stored.identity_number, stored.person, stored.receipt_on) == ("", "", None)
    actions.send_receipt(transfer=transfer, by=world.receiving)
    with pytest.raises(ValidationError, match="无须"):
        actions.send_receipt(transfer=transfer, by=world.receiving)
    one_home_each()


def test_who_left_comes_back_to_the_old_record(world):
    out = world.on_the_way(issued=-20, to_name="外市某党委")
    actions.enter_receipt(transfer=out, on=day(-2), receipt_no="1", by=world.secretary)
    values = {"name": world.member.name, "identity_number": world.member.identity_number}
    with pytest.raises(ValidationError) as caught:
        world.incoming(values=values | {"name": "另一姓名"})
    assert "name" in caught.value.message_dict
    back = world.incoming(values=values)
    actions.accept_transfer(transfer=back, by=world.receiving)

    world.member.refresh_from_db()
    assert world.member.is_counted
    assert (back.member_id, world.member.organisation) == (world.member.pk, world.receiver)
    one_home_each()


def test_row_41_nobody_stands_in_two_registers(world, client_for):
    values = {"identity_number": world.member.identity_number}
    sentence = "该党员组织关系在其他党组织，不能重复入册，请办理转接或登记为流动党员。"

    with pytest.raises(ValidationError) as caught:
        world.incoming(values=values)
    assert caught.value.message_dict["identity_number"] == [sentence]
    form = person() | values | letter_fields(world)
    page = client_for(world.receiving).post(reverse("members:transfer-in"), form)
    assert sentence in page.text
    answer = client_for(world.receiving).post(
        reverse("api:transfer-incoming"), form | {"organisation": world.receiver.code}, "application/json"
    )
    assert answer.json()["identity_number"] == [sentence]
    assert not Transfer.objects.exists()


def letter_fields(world):
    return {
        "organisation": world.receiver.code,
        "identity_type": "resident",
        "from_name": "外市党支部",
        "letter_no": "外1号",
        "issued_on": day(-1),
        "valid_days": 30,
        "dues_paid_until": TODAY.replace(day=1),
        "membership": "full",
    }


def test_one_open_case_for_each_person_from_outside(world):
    values = person()
    world.incoming(values=values)

    with pytest.raises(ValidationError, match="正在办理"):
        world.incoming(values=values)


def test_a_death_on_the_way_ends_the_case(world):
    transfer = world.on_the_way()
    exits.leave(member=world.member, how="died", on=TODAY, by=world.secretary)

    transfer.refresh_from_db()
    assert transfer.state == S.WITHDRAWN
    one_home_each()


def test_who_was_moved_otherwise_is_not_accepted_any_more(world):
    transfer = world.on_the_way()
    third = builders.make_organisation(world.committee)
    register.move_member(member=world.member, organisation=third, on=TODAY, by=world.officer)

    with pytest.raises(ValidationError, match="已不在转出党支部"):
        actions.accept_transfer(transfer=transfer, by=world.receiving)
    one_home_each()


# --- Who sees and who may -------------------------------------------------------------------------------


def test_the_receiver_sees_the_case_from_the_letter_on_but_not_the_member(world, client_for):
    transfer = world.start()
    browser, url = client_for(world.receiving), reverse("members:transfer", args=[transfer.pk])
    assert browser.get(url).status_code == 404
    actions.issue_letter(transfer=transfer, by=world.officer)

    page = browser.get(url)

    assert world.member.masked_identity in page.text
    assert world.member.identity_number not in page.text
    assert not Member.objects.visible_to(world.receiving).exists()
    assert transfer.person_name in browser.get(reverse("members:transfer-list")).text
    api = browser.get(reverse("api:transfer-detail", args=[transfer.pk])).json()
    assert api["identity_number"] == world.member.masked_identity


def test_each_side_takes_its_own_steps(world, client_for):
    transfer = world.start()
    url = {name: reverse(f"members:transfer-{name}", args=[transfer.pk]) for name in ("issue", "accept")}
    secretary, receiving = client_for(world.secretary), client_for(world.receiving)
    data = {"on": TODAY, "valid_days": 10}

    assert secretary.post(url["issue"], data).status_code == 403
    assert client_for(world.officer).post(url["issue"], data).status_code == 302
    assert secretary.post(url["accept"], {"on": TODAY}).status_code == 403
    assert receiving.post(url["accept"], {"on": TODAY}).status_code == 302
    transfer.refresh_from_db()
    assert transfer.state == S.ACCEPTED
    page = secretary.get(reverse("members:transfer", args=[transfer.pk]))
    assert page.context["acts"] == []
    assert "more-acts" not in page.text


def test_the_page_of_the_member_begins_a_case(world, client_for):
    form = {
        "to_organisation": world.receiver.code,  # outside what the secretary sees
        "reason": "工作调动",
        "dues_paid_until": f"{TODAY:%Y-%m}",
    }
    url = reverse("members:transfer-new", args=[world.member.pk])
    browser = client_for(world.secretary)

    assert "请填写接收党组织" in browser.post(url, form | {"to_organisation": ""}).text
    assert "找不到" in browser.post(url, form | {"to_organisation": world.receiver.name[2:]}).text
    assert browser.post(url, form).status_code == 302
    assert Transfer.objects.get().to_organisation == world.receiver


def test_the_api_takes_a_case_from_end_to_end(world, client_for):
    secretary, officer, receiving = map(client_for, (world.secretary, world.officer, world.receiving))
    body = {
        "member": world.member.pk,
        "to_organisation": world.receiver.code,
        "reason": "调动",
        "dues_paid_until": TODAY.isoformat(),
    }
    foreign = receiving.post(reverse("api:transfer-list"), body, "application/json")
    assert "member" in foreign.json()
    pk = secretary.post(reverse("api:transfer-list"), body, "application/json").json()["id"]

    def ask(browser, name, body=None):
        return browser.post(reverse(f"api:transfer-{name}", args=[pk]), body or {}, "application/json")

    assert ask(secretary, "issue").status_code == 403
    assert ask(officer, "issue").json()["state"] == "in_transit"
    assert ask(receiving, "return", {"reason": ""}).json() == {"reason": ["无正当理由不得退回，请说明原因。"]}
    Transfer.objects.update(expires_on=day(-1))
    assert "失效" in ask(receiving, "accept").json()["on"][0]
    Transfer.objects.update(expires_on=TODAY)
    assert ask(receiving, "accept").json()["state"] == "accepted"
    assert "已被他人办理" in str(ask(receiving, "accept").json())
    assert secretary.delete(reverse("api:transfer-detail", args=[pk])).status_code == 405


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_asks_a_fixed_number_of_questions(world, client_for, count, django_assert_max_num_queries):
    for _ in range(count):
        world.on_the_way(member=builders.make_member(world.branch))
    browser = client_for(world.secretary)

    with django_assert_max_num_queries(16):  # session and account among them
        page = browser.get(reverse("members:transfer-list"), {"direction": "inside", "state": "open"})

    assert len(page.context["page"]) == count


# --- The letter as a file -------------------------------------------------------------------------------


def test_the_letter_has_three_parts_and_the_whole_number_for_a_stated_purpose(world, client_for):
    transfer = world.on_the_way()
    browser = client_for(world.secretary)
    page = browser.get(reverse("members:transfer-letter", args=[transfer.pk]))
    assert world.member.identity_number not in page.text
    url = reverse("members:transfer-letter-file", args=[transfer.pk])
    assert browser.post(url).status_code == 302

    answer = browser.post(url, {"purpose": "开具组织关系介绍信"})

    content = answer.getvalue()
    text = "\n".join(p.text for p in Document(io.BytesIO(content)).paragraphs)
    for words in ("介绍信存根", "介绍信回执", "有效期10天", world.member.identity_number, transfer.letter_no):
        assert words in text
    written = re.sub("┄+（骑缝章）┄+", "", words_of_file(content))
    assert written.replace(world.member.identity_number, world.member.masked_identity) == words_of_page(
        page.text
    )
    assert AuditEvent.objects.filter(action="reveal", object_id=str(world.member.pk)).exists()
    assert client_for(world.receiving).post(url, {"purpose": "查看"}).status_code == 403


# --- Reminders ------------------------------------------------------------------------------------------


def titles(user, today=TODAY):
    return [to_do.title for source in transfer_todos.SOURCES for to_do in source(user, today)]


def test_row_40_reminds_seven_days_before_a_letter_expires(world):
    transfer = world.on_the_way(valid_days=20)
    expires = transfer.expires_on
    sentence = f"{world.member.name}的组织关系介绍信将于{expires}失效，请督促接转；接收前仍由原党组织管理。"

    assert sentence not in titles(world.secretary, expires - dt.timedelta(days=8))
    assert sentence in titles(world.secretary, expires - dt.timedelta(days=7))
    assert sentence in titles(world.officer, expires)
    late = [
        to_do
        for to_do in transfer_todos.transfers(world.secretary, expires + dt.timedelta(days=1))
        if "重新开具" in to_do.title
    ]
    assert [to_do.tone for to_do in late] == ["urgent"]


def test_cases_wait_for_whoever_decides(world):
    transfer = world.start()
    review, arrival = f"{world.member.name}的组织关系转出待审核", f"{world.member.name}的组织关系待接收"
    assert review in titles(world.officer)
    assert review not in titles(world.secretary)
    actions.issue_letter(transfer=transfer, by=world.officer)
    assert arrival in titles(world.receiving)
    assert arrival not in titles(world.secretary)


def test_the_line_that_sums_up_opens_what_waits_for_this_person(world, client_for):
    """Not the open cases that somebody else has to act on."""
    for _ in range(7):
        world.start(member=builders.make_member(world.branch))
    world.on_the_way(valid_days=60)  # which the receiving branch has to accept

    line = next(one for one in transfer_todos.transfers(world.officer, TODAY) if one.title.startswith("另有"))
    rows = client_for(world.officer).get(line.url).context["page"]
    answer = client_for(world.officer).get(reverse("api:transfer-list"), {"waiting": "1"})

    assert (line.count, len(list(rows)), len(answer.json()["results"])) == (2, 7, 7)
    assert {row.state for row in rows} == {S.SENDING_REVIEW}
    assert Transfer.objects.visible_to(world.officer).open().count() == 8


def test_the_receipt_is_due_a_month_after_acceptance(world):
    transfer = world.incoming()
    actions.accept_transfer(transfer=transfer, by=world.receiving)

    (to_do,) = [t for t in transfer_todos.transfers(world.receiving, TODAY) if "回执" in t.title]

    assert to_do.days == (add_months(TODAY, 1) - TODAY).days


@pytest.mark.parametrize(
    ("today", "months", "start"),
    [
        (dt.date(2026, 2, 28), 6, dt.date(2025, 8, 31)),
        (dt.date(2026, 3, 1), 6, dt.date(2025, 9, 1)),
        (dt.date(2025, 2, 28), 12, dt.date(2024, 2, 29)),
        (dt.date(2026, 8, 31), 6, dt.date(2026, 2, 28)),
    ],
)
def test_latest_start_is_the_reverse_of_adding_months(today, months, start):
    assert latest_start(today, months) == start
    assert add_months(start, months) <= today < add_months(start + dt.timedelta(days=1), months)


# --- Two at once ----------------------------------------------------------------------------------------


def at_once(act, arguments):
    """What was refused while `act` was called for all of `arguments` at the same time."""
    barrier, refused = threading.Barrier(len(arguments)), []

    def run(argument):
        barrier.wait()
        try:
            act(argument)
        except ValidationError as error:
            refused.append(error.messages)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[argument]) for argument in arguments]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return refused


@pytest.mark.django_db(transaction=True)
def test_nobody_enters_a_branch_that_is_being_dissolved():
    """One of the two is refused, whichever comes second."""
    branch, by = builders.make_organisation(builders.make_organisation()), User.objects.system()
    values = {"name": "测试人", "identity_number": builders.identity_number(), "sex": "male"}

    def enter():
        register.add_member(organisation=branch, values=values, membership="full", by=by)

    def dissolve():
        dissolve_organisation(organisation=branch, on=timezone.localdate(), reason="调整", by=by)

    refused = at_once(lambda act: act(), [enter, dissolve])
    branch.refresh_from_db()
    assert len(refused) == 1
    assert (branch.dissolved_on is None) == Member.objects.filter(organisation=branch).exists()


@pytest.mark.django_db(transaction=True)
def test_two_at_once():
    """Two letters take two numbers; of two who accept, one wins and the other is told."""
    world = World()
    cases = [world.start(member=builders.make_member(world.branch)) for _ in range(2)]
    assert at_once(lambda case: actions.issue_letter(transfer=case, by=world.officer), cases) == []
    assert set(TransferLetter.objects.values_list("number", flat=True)) == {1, 2}
    transfer = cases[0]
    people = [world.receiving, builders.make_user(Role.OFFICER, world.other_committee)]

    def accept(user):
        actions.accept_transfer(transfer=Transfer.objects.get(pk=transfer.pk), by=user)

    refused = at_once(accept, people)

    assert refused == [["该转接现为“已接收”，可能已被他人办理，请核对。"]]
    assert transfer.entries.filter(what="接收").count() == 1
    one_home_each()


def test_who_leaves_with_a_receipt_leaves_no_open_disposal_behind(world):
    transfer = world.on_the_way(to_name="外市党支部")
    case = open_disposal(member=world.member, kind="correction", ground="长期不交党费", by=world.secretary)
    actions.enter_receipt(transfer=transfer, on=TODAY, receipt_no="1", by=world.secretary)

    case.refresh_from_db()
    assert (case.state, case.decided_on) == ("dropped", TODAY)
