"""Floating, abroad, graduates and the lost: what is recorded, what it makes of the relation, what is due."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from members import transfer_todos
from members.actions import absences as actions
from members.actions import exits, transfers
from members.choices import Closing, Membership, Relation
from members.models import Absence, AbsenceEnd, AbsenceKind, ContactEntry, Member
from orgs.models import AuditEvent, DatedSetting, Role
from orgs.terms import add_months, add_years
from tests import builders

pytestmark = pytest.mark.django_db
K = AbsenceKind
TODAY = timezone.localdate()


class World:
    def __init__(self):
        self.top = builders.make_organisation()
        self.branch = builders.make_organisation(self.top)
        self.host = builders.make_organisation(self.top)
        self.member = builders.make_member(self.branch)
        self.secretary = builders.make_user(Role.SECRETARY, self.branch)
        self.at_host = builders.make_user(Role.SECRETARY, self.host)

    def away(self, kind=K.FLOATING_OUT, since=TODAY, member=None, **more):
        return actions.start_absence(
            member=member or self.member, kind=kind, since=since, by=self.secretary, **more
        )

    def search(self, absence, times=1, reached=False):
        for _ in range(times):
            actions.add_contact(
                absence=absence,
                on=TODAY,
                means="phone",
                person="组织委员",
                reached=reached,
                result="关机",
                by=self.secretary,
            )


@pytest.fixture
def world():
    return World()


# --- What it makes of the relation ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "relation"),
    [
        (K.AWAY, Relation.REGISTERED),
        (K.FLOATING_OUT, Relation.FLOATING_OUT),
        (K.ABROAD, Relation.RESERVED),
        (K.GRADUATE, Relation.RESERVED),
        (K.LOST, Relation.REGISTERED),
    ],
)
def test_the_relation_follows_the_absence_and_the_member_stays_counted(world, kind, relation):
    absence = world.away(kind)
    world.member.refresh_from_db()
    assert (world.member.relation, world.member.is_counted) == (relation, True)
    actions.end_absence(absence=absence, on=TODAY, how=AbsenceEnd.RETURNED, by=world.secretary)

    world.member.refresh_from_db()
    assert (world.member.relation, world.member.organisation) == (Relation.REGISTERED, world.branch)
    with pytest.raises(ValidationError, match="已于"):
        world.search(absence)


def test_on_the_way_to_another_branch_the_relation_waits(world):
    transfer = transfers.start_transfer(
        member=world.member,
        to_organisation=world.host,
        reason="调动",
        dues_paid_until=TODAY,
        by=world.secretary,
    )
    transfers.issue_letter(transfer=transfer, by=world.secretary)
    world.away()
    world.member.refresh_from_db()
    assert world.member.relation == Relation.MOVING_OUT
    transfers.return_transfer(transfer=transfer, by=world.at_host, reason="不符")

    world.member.refresh_from_db()
    assert world.member.relation == Relation.FLOATING_OUT


def test_acceptance_elsewhere_ends_the_absence(world):
    absence = world.away()
    transfer = transfers.start_transfer(
        member=world.member,
        to_organisation=world.host,
        reason="应转尽转",
        dues_paid_until=TODAY,
        by=world.secretary,
    )
    transfers.issue_letter(transfer=transfer, by=world.secretary)
    transfers.accept_transfer(transfer=transfer, by=world.at_host)

    absence.refresh_from_db()
    assert absence.closed_how == AbsenceEnd.TRANSFERRED
    assert world.member.__class__.objects.get(pk=world.member.pk).relation == Relation.REGISTERED


def test_one_absence_at_a_time_unless_it_turns_into_another(world):
    first = world.away(K.AWAY)
    with pytest.raises(ValidationError, match="请先结束"):
        world.away(K.ABROAD)
    floating = world.away(K.FLOATING_OUT)
    world.away(K.LOST)

    first.refresh_from_db()
    floating.refresh_from_db()
    assert (first.closed_how, floating.closed_how) == (AbsenceEnd.FLOATING, AbsenceEnd.LOST)
    assert Absence.objects.open().get(member=world.member).kind == K.LOST


@pytest.mark.parametrize(
    ("since", "enough"),
    [
        (dt.date(2025, 8, 31), dt.date(2026, 2, 28)),
        (dt.date(2026, 3, 15), dt.date(2026, 9, 15)),
    ],
)
def test_floating_means_six_months_or_more(world, since, enough):
    with pytest.raises(ValidationError) as caught:
        world.away(since=since, expected_return_on=enough - dt.timedelta(days=1))
    assert "外出不足6个月" in caught.value.message_dict["expected_return_on"][0]
    world.away(since=since, expected_return_on=enough)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"since": TODAY + dt.timedelta(days=1)}, "since"),
        ({"kind": K.FLOATING_IN}, "kind"),
        ({"kind": K.AWAY, "expected_return_on": TODAY - dt.timedelta(days=1)}, "expected_return_on"),
    ],
)
def test_an_absence_that_cannot_be(world, values, field):
    with pytest.raises(ValidationError) as caught:
        world.away(**values)
    assert field in caught.value.message_dict


def test_who_left_is_not_away(world):
    exits.leave(member=world.member, how=Closing.DIED, on=TODAY, by=world.secretary)

    with pytest.raises(ValidationError, match="已离册"):
        world.away()


# --- Guests ---------------------------------------------------------------------------------------------


def test_a_host_in_the_register_sees_the_guest_and_confirms(world, client_for):
    absence = world.away(host=world.host, place="临港")
    browser, url = client_for(world.at_host), reverse("members:absence", args=[absence.pk])
    assert f"{world.member.name}流入本组织，请联系并确认报到" in titles(world.at_host)
    page = browser.get(url)
    assert world.member.name in page.text
    assert world.member.mobile not in page.text

    assert browser.post(reverse("members:absence-end", args=[absence.pk]), {}).status_code == 403
    browser.post(reverse("members:absence-report", args=[absence.pk]), {"on": TODAY})

    absence.refresh_from_db()
    assert absence.reported_on == TODAY
    assert not Member.objects.visible_to(world.at_host).exists()


def test_a_guest_from_outside_is_counted_nowhere(world, client_for):
    data = {"host": world.host.code, "guest_name": "测试来客", "home_name": "外市党支部", "since": TODAY}
    counted = Member.objects.in_register().count()
    assert client_for(world.at_host).post(reverse("members:guest-new"), data).status_code == 302

    guest = Absence.objects.get()
    assert (guest.kind, guest.member, guest.keeper) == (K.FLOATING_IN, None, world.host)
    assert Member.objects.in_register().count() == counted
    assert not Absence.objects.visible_to(world.secretary).exists()
    actions.end_absence(absence=guest, on=TODAY, how=AbsenceEnd.RETURNED, by=world.at_host)


# --- Contact and the lost -------------------------------------------------------------------------------


def test_the_log_only_grows(world):
    absence = world.away(K.LOST)
    world.search(absence)
    entry = ContactEntry.objects.get()

    with pytest.raises(TypeError):
        entry.save()
    with pytest.raises(TypeError):
        entry.delete()
    with pytest.raises(TypeError):
        ContactEntry.objects.update(result="改")
    with pytest.raises(ValidationError):
        actions.add_contact(
            absence=absence,
            on=TODAY + dt.timedelta(days=1),
            means="phone",
            person="x",
            result="x",
            by=world.secretary,
        )
    assert AuditEvent.objects.filter(object_type="absence").count() == 2


def stop(world, on=TODAY):
    return exits.leave(
        member=world.member, how=Closing.STOPPED, on=on, by=world.secretary, document_no="停〔2026〕1号"
    )


@pytest.mark.parametrize("entries", [2, 3])
@pytest.mark.parametrize("early", [0, 1])
def test_stopping_needs_six_months_and_a_search(world, entries, early):
    """Six months after the day the search began, and three entries of it."""
    since = next(d for n in range(400) if add_months(d := TODAY - dt.timedelta(days=n), 6) == TODAY)
    absence = world.away(K.LOST, since=since + dt.timedelta(days=early))
    world.search(absence, entries)

    if early == 0 and entries == 3:
        stop(world)
        world.member.refresh_from_db()
        assert (world.member.membership, world.member.left_on) == (Membership.STOPPED, TODAY)
        absence.refresh_from_db()
        assert absence.closed_how == AbsenceEnd.LEFT
    else:
        with pytest.raises(ValidationError, match="未满6个月" if early else "查找记录只有2条"):
            stop(world)
        world.member.refresh_from_db()
        assert world.member.membership == Membership.FULL


def test_stopping_needs_an_absence_of_the_right_kind(world):
    with pytest.raises(ValidationError, match="先登记失联"):
        stop(world)
    world.away(K.AWAY, since=TODAY - dt.timedelta(days=400))
    with pytest.raises(ValidationError, match="先登记失联"):
        stop(world)


def test_abroad_for_more_than_five_years(world):
    world.away(K.ABROAD, since=dt.date(2020, 2, 29))

    with pytest.raises(ValidationError, match="未超过5年"):
        stop(world, dt.date(2025, 2, 28))
    stop(world, dt.date(2025, 3, 1))


def test_removal_waits_two_years_after_stopping(world):
    world.away(K.LOST, since=dt.date(2023, 1, 1))
    DatedSetting.objects.create(code="lost_search_entries", value=0, effective_on=dt.date(2020, 1, 1))
    stop(world, dt.date(2024, 2, 29))
    values = {"member": world.member, "by": world.secretary, "document_no": "除〔2026〕1号"}

    with pytest.raises(ValidationError, match="未满2年"):
        exits.remove_stopped(on=dt.date(2026, 2, 27), **values)
    with pytest.raises(ValidationError, match="批复文号"):
        exits.remove_stopped(on=dt.date(2026, 2, 28), **values | {"document_no": ""})
    exits.remove_stopped(on=dt.date(2026, 2, 28), **values)

    assert world.member.membership == Membership.ENDED


def test_pages_and_api_refuse_stopping_too_early(world, client_for):
    absence = world.away(K.LOST, since=TODAY - dt.timedelta(days=30))
    browser = client_for(world.secretary)
    data = {"how": "stopped", "on": TODAY.isoformat(), "document_no": "停1号"}
    sentence = f"失联未满6个月（自{absence.since}起），不能停止党籍。"

    assert sentence in browser.post(reverse("members:member-leave", args=[world.member.pk]), data).text
    answer = browser.post(reverse("api:member-act-leave", args=[world.member.pk]), data, "application/json")
    assert answer.json() == {"on": [sentence]}


def test_pages_and_api_record_absences_and_contacts(world, client_for):
    browser = client_for(world.secretary)
    data = {"kind": "lost", "since": TODAY.isoformat()}
    assert browser.post(reverse("members:absence-new", args=[world.member.pk]), data).status_code == 302
    absence = Absence.objects.get()
    entry = {"on": TODAY.isoformat(), "means": "visit", "person": "书记", "result": "无人"}
    assert browser.post(reverse("members:contact-add", args=[absence.pk]), entry).status_code == 302
    api = reverse("api:absence-contact", args=[absence.pk])
    assert len(browser.post(api, entry, "application/json").json()["contacts"]) == 2
    end = {"how": "other", "on": TODAY.isoformat()}
    api = reverse("api:absence-end", args=[absence.pk])
    assert browser.post(api, end, "application/json").json() == {"note": ["请说明情况。"]}
    other = {"member": builders.make_member(world.host).pk} | data
    assert "member" in browser.post(reverse("api:absence-list"), other, "application/json").json()
    assert browser.delete(reverse("api:absence-detail", args=[absence.pk])).status_code == 405


# --- Reminders ------------------------------------------------------------------------------------------


def titles(user, today=TODAY):
    return [to_do.title for source in transfer_todos.SOURCES for to_do in source(user, today)]


SENTENCES = {
    K.AWAY: ("已连续6个月未参加组织生活，请登记流动党员或办理组织关系转接。", 6),
    K.ABROAD: ("出国（境）期间已满6个月未联系，请联系并登记。", 6),
    K.GRADUATE: ("毕业生组织关系保留已满2年，请办理转接。", 24),
    K.LOST: ("失联满6个月，请按规定研究停止党籍。", 6),
}


@pytest.mark.parametrize("kind", SENTENCES)
@pytest.mark.parametrize("since", [dt.date(2024, 2, 29), dt.date(2023, 8, 31)])
def test_rows_42_and_44_come_on_the_day(world, kind, since):
    world.away(kind, since=since)
    words, months = SENTENCES[kind]
    due = add_months(since, months)

    assert f"{world.member.name}{words}" not in titles(world.secretary, due - dt.timedelta(days=1))
    assert f"{world.member.name}{words}" in titles(world.secretary, due)
    assert titles(world.at_host, due) == []


def test_a_contact_abroad_counts_from_the_day_the_person_was_reached(world, client_for):
    absence = world.away(K.ABROAD, since=add_months(TODAY, -7))
    browser, url = client_for(world.secretary), reverse("members:absence-list")
    world.search(absence, reached=False)
    assert world.member.name in browser.get(url, {"due": "contact"}).text
    world.search(absence, reached=True)
    assert world.member.name not in browser.get(url, {"due": "contact"}).text


def test_row_44_two_years_after_stopping(world):
    member = builders.make_member(
        world.branch,
        membership=Membership.STOPPED,
        relation=Relation.LEFT,
        left_on=dt.date(2024, 2, 29),
        closed_how=Closing.STOPPED,
    )
    sentence = f"{member.name}停止党籍满2年，请按规定研究除名。"

    assert sentence not in titles(world.secretary, dt.date(2026, 2, 27))
    assert sentence in titles(world.secretary, add_years(member.left_on, 2))


def test_many_are_summed_up_in_one_line(world, django_assert_max_num_queries):
    for _ in range(7):
        world.away(K.AWAY, since=dt.date(2025, 1, 1), member=builders.make_member(world.branch))

    with django_assert_max_num_queries(8):  # the appointments of the person among them
        found = titles(world.secretary)

    assert sum("已连续6个月" in title for title in found) == 5
    assert "另有 2 名外出党员需要办理" in found


def test_the_line_that_sums_up_opens_all_of_them(world, client_for):
    for _ in range(6):
        world.away(K.LOST, since=dt.date(2025, 1, 1), member=builders.make_member(world.branch))
    world.away(K.FLOATING_OUT, member=builders.make_member(world.host), host=world.branch)

    line = next(
        one for one in transfer_todos.absences(world.secretary, TODAY) if one.title.startswith("另有")
    )
    rows = client_for(world.secretary).get(line.url).context["page"]

    assert (line.count, len(list(rows))) == (2, 7)
