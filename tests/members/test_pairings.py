"""Pairings: who may lead whom, contacts within their time, the rhythm, results, lists and what the page shows."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from members import pairing, pairing_todos
from members.actions import outside, pairings
from members.choices import Relation
from members.models import Pairing, PairingContact, PairingKind, PairingResult
from orgs.models import AuditEvent, DatedSetting, Role
from orgs.terms import add_months
from tests import builders

pytestmark = pytest.mark.django_db
K, TODAY = PairingKind, timezone.localdate()
DAY = dt.timedelta(days=1)
CONSENT = {"consent_on": TODAY, "consent_how": "written", "consent_scope": "结对联系"}


class World:
    def __init__(self):
        self.top = builders.make_organisation()
        self.branch, self.other = (builders.make_organisation(self.top) for _ in range(2))
        self.leader = builders.make_member(self.branch, name="单立新")
        self.led = builders.make_member(self.branch, name="周小满")
        self.secretary = builders.make_user(Role.SECRETARY, self.branch)

    def pair(self, kind=K.MENTOR, **more):
        values = {"organisation": self.branch, "leader": self.leader, "aim": "独立承担课题"}
        if not {"member", "case", "person", "outside"} & set(more):
            values["member"] = self.led
        values |= {"since": dt.date(2026, 1, 10), "by": self.secretary} | more
        return pairings.start_pairing(kind=kind, **values)

    def contact(self, row, on=TODAY, **more):
        values = {"how": "talk", "gist": "谈了近期工作", "by": self.secretary} | more
        return pairings.add_contact(pairing=row, on=on, **values)

    def person(self, **more):
        values = {"name": "欧阳学", "unit_name": "某研究所", "mobile": "19900001234", **CONSENT} | more
        return outside.enter(organisation=self.branch, values=values, by=self.secretary)


@pytest.fixture
def world():
    return World()


def fault(field, call, **values):
    with pytest.raises(ValidationError) as caught:
        call(**values)
    assert field in (caught.value.message_dict if hasattr(caught.value, "error_dict") else {None: 0}), (
        caught.value
    )


# --- Who leads whom -----------------------------------------------------------------------------------


def test_each_way_of_training_has_its_people(world):
    case = builders.make_case(world.branch)
    for kind in (K.TO_EXPERT, K.TO_MANAGER):
        fault("member", world.pair, kind=kind, case=case)
        fault("member", world.pair, kind=kind, person=world.person())
    fault("member", world.pair, kind=K.TO_MEMBER)

    assert world.pair(K.TO_MEMBER, case=case).led_name == case.name
    assert world.pair(K.TO_EXPERT).led == world.led
    assert world.pair(K.EXPERT, person=world.person()).led_name == "欧阳学"


def test_exactly_one_counted_member_leads_exactly_one(world):
    left = builders.make_member(world.branch, relation=Relation.LEFT)
    fault("leader", world.pair, leader=left)
    fault("member", world.pair, member=left)
    fault("member", world.pair, member=None)
    fault("member", world.pair, member=world.led, person=world.person())
    fault("aim", world.pair, aim=" ")
    fault("since", world.pair, since=TODAY + DAY)
    with pytest.raises(ValidationError, match="同一人"):
        world.pair(member=world.leader)
    with pytest.raises(ValidationError, match="计划结束"):
        world.pair(until=dt.date(2026, 1, 9))
    world.pair(until=dt.date(2026, 1, 10))
    with pytest.raises(ValidationError, match="已有同类"):
        world.pair()
    world.pair(K.TO_EXPERT)  # for another purpose


def test_somebody_new_outside_needs_consent(world):
    values = {"name": "欧阳学", "unit_name": "某研究所"}
    fault("consent_how", world.pair, kind=K.EXPERT, outside=values | CONSENT | {"consent_how": ""})
    fault("consent_on", world.pair, kind=K.EXPERT, outside=values | CONSENT | {"consent_on": TODAY + DAY})

    row = world.pair(K.EXPERT, outside=values | CONSENT)

    assert row.person.organisation == world.branch
    assert "欧阳学" not in str(list(AuditEvent.objects.values("object_label", "detail")))


# --- Contacts -----------------------------------------------------------------------------------------


def test_a_contact_lies_within_the_time_of_the_pairing(world):
    row = world.pair(since=dt.date(2026, 1, 10), until=dt.date(2026, 3, 31))
    for on in (dt.date(2026, 1, 9), dt.date(2026, 4, 1)):
        fault("on", world.contact, row=row, on=on)
    for on in (dt.date(2026, 1, 10), dt.date(2026, 3, 31)):
        world.contact(row, on)
    open_ended = world.pair(K.TO_EXPERT)
    fault("on", world.contact, row=open_ended, on=TODAY + DAY)
    fault("gist", world.contact, row=open_ended, gist=" ")
    world.contact(open_ended, TODAY)


def test_the_next_contact_is_due_a_quarter_after_the_last(world):
    row = world.pair(since=dt.date(2025, 11, 30))
    assert row.due_on == dt.date(2026, 2, 28)
    world.contact(row, dt.date(2026, 2, 10))
    world.contact(row, dt.date(2026, 1, 5))  # entered late: the latest day counts
    row.refresh_from_db()
    assert (row.last_contact_on, row.due_on) == (dt.date(2026, 2, 10), dt.date(2026, 5, 10))

    pairings.update_pairing(pairing=row, aim="新的目标", until=dt.date(2026, 4, 30), by=world.secretary)
    assert row.due_on == dt.date(2026, 4, 30)
    fault(
        "until",
        pairings.update_pairing,
        pairing=row,
        aim="目标",
        until=dt.date(2026, 2, 9),
        by=world.secretary,
    )


def test_the_rhythm_is_a_dated_setting_of_each_kind(world):
    DatedSetting.objects.create(code="pairing_months_mentor", value=1, effective_on=dt.date(2026, 3, 1))
    DatedSetting.objects.create(code="pairing_months_expert", value=0, effective_on=dt.date(2020, 1, 1))
    row = world.pair(since=dt.date(2026, 2, 28))
    assert row.due_on == dt.date(2026, 5, 28)  # what was in force on the day
    world.contact(row, dt.date(2026, 3, 1))
    row.refresh_from_db()
    assert row.due_on == dt.date(2026, 4, 1)
    assert world.pair(K.EXPERT).due_on is None
    assert world.pair(K.TO_EXPERT, since=dt.date(2026, 2, 28)).due_on == dt.date(2026, 5, 28)


def test_a_contact_is_withdrawn_for_a_reason_and_both_rows_stay(world):
    row = world.pair()
    first, second = world.contact(row, dt.date(2026, 2, 1)), world.contact(row, dt.date(2026, 3, 1))
    for change in (second.save, second.delete, PairingContact.objects.all().delete):
        with pytest.raises(TypeError):
            change()
    fault("reason", pairings.withdraw_contact, contact=second, reason=" ", by=world.secretary)
    pairings.withdraw_contact(contact=second, reason="记错了人", by=world.secretary)
    with pytest.raises(ValidationError, match="已撤销"):
        pairings.withdraw_contact(contact=second, reason="再撤销", by=world.secretary)

    row.refresh_from_db()
    assert (row.last_contact_on, row.contacts.count()) == (first.on, 3)
    assert list(row.contacts.effective()) == [first]


def test_the_end_has_a_result_and_closes_the_log(world):
    row = world.pair()
    contact = world.contact(row, dt.date(2026, 5, 1))
    end = {"pairing": row, "by": world.secretary}
    fault("on", pairings.end_pairing, on=dt.date(2026, 4, 30), result="achieved", **end)
    fault("on", pairings.end_pairing, on=TODAY + DAY, result="achieved", **end)
    fault("note", pairings.end_pairing, on=TODAY, result="missed", **end)
    fault("result", pairings.end_pairing, on=TODAY, result="gone", **end)
    pairings.end_pairing(on=dt.date(2026, 5, 1), result=PairingResult.MISSED, note="调离", **end)

    row.refresh_from_db()
    assert (row.due_on, row.result_note) == (None, "调离")
    for act, values in (
        (pairings.add_contact, {"pairing": row, "on": TODAY, "how": "talk", "gist": "x"}),
        (pairings.withdraw_contact, {"contact": contact, "reason": "x"}),
        (pairings.end_pairing, {"pairing": row, "on": TODAY, "result": "achieved"}),
        (pairings.update_pairing, {"pairing": row, "aim": "x"}),
    ):
        with pytest.raises(ValidationError, match="已于2026-05-01结束"):
            act(by=world.secretary, **values)
    with pytest.raises(TypeError):
        row.delete()


# --- Reminders and marks ------------------------------------------------------------------------------


def test_reminded_the_day_after_it_was_due_and_by_whom_it_concerns(world):
    row = world.pair(since=add_months(TODAY, -2))
    due = row.due_on

    def titles(user, day):
        return [to_do.title for to_do in pairing_todos.overdue(user, day)]

    assert titles(world.secretary, due) == []
    assert titles(world.secretary, due + DAY) == ["单立新与周小满的结对逾期未联系"]
    for user in (
        builders.make_user(Role.LEADER, world.branch),
        builders.make_user(Role.SECRETARY, world.other),
    ):
        assert titles(user, due + DAY) == []
    pairings.update_pairing(pairing=row, aim="目标", until=TODAY, by=world.secretary)
    assert titles(world.secretary, TODAY) == []
    assert titles(world.secretary, TODAY + DAY) == ["单立新与周小满的结对已期满，请登记结果"]
    assert pairing.mark(row, TODAY).words == "今日应联系"
    assert pairing.mark(row, TODAY + DAY).words == "已期满，待登记结果"


def test_many_overdue_are_summed_up(world, django_assert_num_queries):
    for _ in range(7):
        world.pair(member=builders.make_member(world.branch))
    list(pairing_todos.overdue(world.secretary, TODAY))  # whose appointments are read once
    with django_assert_num_queries(1):
        found = list(pairing_todos.overdue(world.secretary, TODAY))

    assert len(found) == 6
    assert found[-1].title == "另有 2 个结对逾期未联系"
    assert {to_do.tone for to_do in found} == {"urgent"}


# --- Pages --------------------------------------------------------------------------------------------


def test_two_fields_are_enough_to_note_a_contact(world, client_for):
    row, browser = world.pair(), client_for(world.secretary)
    url = reverse("members:pairing-contact", args=[row.pk])
    data = {"how": "talk", "gist": "谈了毕业论文", "on": TODAY}
    assert browser.post(url, data | {"gist": ""}).status_code == 200
    assert browser.post(url, data).status_code == 302

    page = browser.get(reverse("members:pairing", args=[row.pk])).text
    assert "谈了毕业论文" in page
    assert "周小满" in browser.get(reverse("members:member", args=[world.leader.pk])).text
    contact = row.contacts.get()
    withdraw = reverse("members:pairing-contact-withdraw", args=[contact.pk])
    browser.post(withdraw, {"reason": "记错了人"})
    page = browser.get(reverse("members:pairing", args=[row.pk])).text
    assert "记错了人" in page
    assert "谈了毕业论文" not in page
    stranger = client_for(builders.make_user(Role.SECRETARY, world.other))
    assert stranger.post(url, data).status_code == 404


def test_pairings_are_begun_from_three_pages(world, client_for):
    browser, url = client_for(world.secretary), reverse("members:pairing-new")
    data = {
        "kind": "mentor", "organisation": world.branch.code, "leader": f"单立新（{world.leader.pk}）",
        "aim": "目标", "since": TODAY,
    }  # fmt: skip
    case = builders.make_case(world.branch)
    assert browser.post(f"{url}?case={case.pk}", data).status_code == 302
    assert browser.post(f"{url}?person={world.person().pk}", data | {"kind": "expert"}).status_code == 302
    assert browser.post(url, data | {"member": "周小满"}).status_code == 302
    assert "请选择一名对象" in browser.post(url, data).text
    outside_new = {"outside_name": "司马外", "outside_unit": "外单位"} | CONSENT
    assert "请填写本人同意" in browser.post(url, data | {"outside_name": "司马外"}).text
    assert browser.post(url, data | outside_new).status_code == 302
    assert browser.get(f"{url}?member={builders.make_member(world.other).pk}").status_code == 404
    assert browser.get(f"{url}?member=x").status_code == 404
    options = browser.get(reverse("members:pairing-case-options"), {"case": case.name}).text
    assert f"（{case.pk}）" in options
    assert Pairing.objects.count() == 4


def listed(browser, **query):
    page = browser.get(reverse("members:pairing-list"), query)
    return [row.led_name for row in page.context["page"]]


def test_the_list_begins_with_what_is_due_and_finds_both_sides(world, client_for):
    browser = client_for(builders.make_user(Role.OFFICER, world.top))
    late = world.pair(since=dt.date(2026, 1, 1))
    world.pair(K.EXPERT, person=world.person(), since=add_months(TODAY, -3) + 9 * DAY)
    ended = world.pair(member=builders.make_member(world.branch, name="尉迟远"), since=dt.date(2025, 1, 1))
    pairings.end_pairing(pairing=ended, on=TODAY, result="achieved", by=world.secretary)

    assert listed(browser) == ["周小满", "欧阳学"]
    assert listed(browser, state="ended") == ["尉迟远"]
    assert listed(browser, state="all") == ["周小满", "欧阳学", "尉迟远"]
    assert listed(browser, due="overdue") == ["周小满"]
    assert listed(browser, q="zxm") == ["周小满"]
    assert listed(browser, q="ouyang") == ["欧阳学"]
    assert listed(browser, q="单立") == ["周小满", "欧阳学"]
    assert listed(browser, kind="expert") == ["欧阳学"]
    assert listed(browser, organisation=world.other.code) == []
    assert listed(client_for(builders.make_user(Role.SECRETARY, world.other))) == []
    assert late.due_on < TODAY


def test_what_was_talked_about_is_for_those_who_keep_the_pairing(world, client_for):
    row = world.pair()
    world.contact(row, gist="私下谈到的事")
    page, api = reverse("members:pairing", args=[row.pk]), reverse("api:pairing-detail", args=[row.pk])
    leader = client_for(builders.make_user(Role.LEADER, world.branch))
    for client, reads in ((client_for(world.secretary), True), (leader, False)):
        assert ("私下谈到的事" in client.get(page).content.decode()) is reads
        assert (client.get(api).json()["contacts"][0]["gist"] == "私下谈到的事") is reads


def test_a_search_for_somebody_outside_does_not_stay_in_the_trail(world, client_for):
    world.pair(K.EXPERT, person=world.person())
    browser = client_for(builders.make_user(Role.OFFICER, world.top))
    address = f"{reverse('members:pairing-export')}?q=欧阳学"
    answer = browser.post(address, {"file_format": "csv", "purpose": "汇总"})
    assert "欧阳学" in b"".join(answer.streaming_content).decode("utf-8-sig")
    told = str(list(AuditEvent.objects.filter(action="export").values_list("detail", flat=True)))
    assert "姓名" in told
    assert "欧阳学" not in told


def test_the_export_leaves_out_what_was_talked_about(world, client_for):
    row = world.pair()
    world.contact(row, gist="私下谈到的事", asked="换岗", answered="已转达")
    browser = client_for(builders.make_user(Role.OFFICER, world.top))
    answer = browser.post(reverse("members:pairing-export"), {"file_format": "csv", "purpose": "汇总"})
    text = b"".join(answer.streaming_content).decode("utf-8-sig")

    assert "周小满" in text
    assert not {"私下谈到的事", "换岗", "已转达"} & set(text.replace(",", "\n").split("\n"))
    assert AuditEvent.objects.filter(action="export").count() == 1


# --- API ----------------------------------------------------------------------------------------------


def test_the_interface_follows_the_same_rules(world, client_for):
    browser = client_for(world.secretary)

    def post(name, data, *args):
        return browser.post(reverse(f"api:pairing-{name}", args=args), data, "application/json")

    data = {
        "kind": "mentor", "organisation": world.branch.code, "leader": world.leader.pk, "aim": "目标",
        "since": "2026-01-10", "until": "2026-12-31",
    }  # fmt: skip
    assert post("list", data).json() == {"member": ["请选择一名对象：党员、发展对象或册外人员。"]}
    outside_new = {"name": "司马外", "mobile": "123", "consent_how": "written", "consent_scope": "联系"}
    assert "outside" in post("list", data | {"outside": outside_new}).json()
    pk = post("list", data | {"member": world.led.pk}).json()["id"]
    assert "on" in post("contact", {"on": "2026-01-09", "how": "talk", "gist": "x"}, pk).json()
    contact = post("contact", {"how": "talk", "gist": "x"}, pk).json()["contacts"][0]
    answer = post("withdraw-contact", {"contact": contact["id"], "reason": "记错"}, pk).json()
    assert answer["contacts"] == [contact | {"withdrawn": "记错", "gist": ""}]
    assert "contact" in post("withdraw-contact", {"contact": contact["id"] + 99, "reason": "记错"}, pk).json()
    detail = reverse("api:pairing-detail", args=[pk])
    assert browser.patch(detail, {"until": None}, "application/json").json()["until"] is None
    assert "note" in post("end", {"result": "stopped"}, pk).json()
    assert post("end", {"result": "achieved"}, pk).json()["result"] == "achieved"
    assert browser.get(detail).status_code == 200
    assert browser.delete(detail).status_code == 405
