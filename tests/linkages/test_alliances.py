"""Alliances: who belongs to one, whose turn it is, what its conferences resolved, and who sees and does what."""

import datetime as dt
import itertools
import threading

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from linkages import alliance_todos, chairs
from linkages.actions import alliances as actions
from linkages.actions import conferences, partners
from linkages.models import Alliance, AllianceMember, ChairTerm, Conference, ConferenceResolution
from orgs.models import User
from tests import builders

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
TODAY = timezone.localdate()


@pytest.fixture
def top():
    return builders.make_organisation()


@pytest.fixture
def home(top):
    return builders.make_organisation(top)


@pytest.fixture
def other(top):
    return builders.make_organisation(top)


@pytest.fixture
def unit(top):
    return builders.make_partner(top)


@pytest.fixture
def by():
    return User.objects.system()


@pytest.fixture
def alliance(home, other, unit):
    return builders.make_alliance(home, other, unit)


def side(alliance, unit) -> AllianceMember:
    return next(row for row in alliance.members.all() if row.unit == unit)


def plan(alliance, *units, starts_on=TODAY, months=6):
    members = [side(alliance, unit) for unit in units]
    return actions.plan_terms(
        alliance=alliance, members=members, months=months, starts_on=starts_on, by=User.objects.system()
    )


def held(alliance, *units, on=TODAY, **kw) -> Conference:
    by = User.objects.system()
    values = {"kind": "joint", "title": "联席会议", "on": on} | kw
    conference = conferences.call_conference(alliance=alliance, values=values, by=by)
    attending = [side(alliance, unit) for unit in units]
    return conferences.hold_conference(
        conference=conference, on=on, attending=attending, gist="议定若干事项", by=by
    )


def resolve(conference, owner, due_on=TODAY, text="开放会议室"):
    return conferences.add_resolution(
        conference=conference, text=text, owner=owner, due_on=due_on, by=User.objects.system()
    )


def refused(call, **values) -> str:
    with pytest.raises(ValidationError) as error:
        call(by=User.objects.system(), **values)
    return "".join(error.value.messages)


# --- Members -------------------------------------------------------------------------------------------


def test_the_home_is_a_member_and_one_alone_is_no_alliance(home, alliance):
    assert next(row.unit for row in alliance.members.all()) == home
    values = {"name": "独角", "founded_on": TODAY}
    assert "至少有两个" in refused(actions.found_alliance, organisation=home, values=values, units=[home])


def test_units_of_other_registers_are_refused(alliance):
    stranger = builders.make_organisation()
    for unit in (stranger, builders.make_partner(stranger)):
        assert "不在" in refused(actions.admit_member, alliance=alliance, unit=unit, on=TODAY)


def test_a_unit_joins_once_at_a_time_and_may_come_back(alliance, other, by):
    assert "已是成员" in refused(actions.admit_member, alliance=alliance, unit=other, on=TODAY)
    actions.release_member(member=side(alliance, other), on=TODAY - DAY, by=by)
    assert "已是成员" in refused(actions.admit_member, alliance=alliance, unit=other, on=TODAY - DAY)
    assert actions.admit_member(alliance=alliance, unit=other, on=TODAY, by=by).joined_on == TODAY


def test_nobody_leaves_with_something_left_to_do(alliance, home, other, unit, by):
    plan(alliance, other)
    assert "轮值任期" in refused(actions.release_member, member=side(alliance, other), on=TODAY)
    resolution = resolve(held(alliance, home, unit), side(alliance, unit))
    assert "1项议定事项" in refused(actions.release_member, member=side(alliance, unit), on=TODAY)
    conferences.close_resolution(resolution=resolution, on=TODAY, result="已开放", by=by)
    actions.release_member(member=side(alliance, unit), on=TODAY, by=by)
    assert "牵头" in refused(actions.release_member, member=side(alliance, home), on=TODAY)
    pair = builders.make_alliance(home, unit)
    assert "至少有两个" in refused(actions.release_member, member=side(pair, unit), on=TODAY)


def test_a_merged_unit_stays_a_member(top, home, alliance, unit, by):
    kept = builders.make_partner(top)
    partners.merge_partner(partner=unit, into=kept, by=by)
    assert alliance.members.get(organisation=None).partner == kept
    double = builders.make_partner(top)
    actions.admit_member(alliance=alliance, unit=double, on=TODAY, by=by)
    assert "同一联盟" in refused(partners.merge_partner, partner=double, into=kept)


# --- Whose turn it is ------------------------------------------------------------------------------------


def test_turns_follow_each_other(alliance, home, other, unit):
    first, second = plan(alliance, home, other, starts_on=dt.date(2026, 8, 31))
    assert (first.ends_on, second.starts_on) == (dt.date(2027, 2, 27), dt.date(2027, 2, 28))
    (third,) = plan(alliance, unit, starts_on=None, months=3)
    assert third.starts_on == second.ends_on + DAY


def test_moving_the_handover_moves_the_next_beginning(alliance, home, other, by):
    first, second = plan(alliance, home, other)
    actions.move_handover(term=first, ends_on=TODAY + 10 * DAY, by=by)
    second.refresh_from_db()
    assert second.starts_on == TODAY + 11 * DAY
    assert "早于下一任" in refused(actions.move_handover, term=first, ends_on=second.ends_on)
    assert "不能早于" in refused(actions.move_handover, term=first, ends_on=TODAY - DAY)
    assert "已开始" in refused(actions.drop_terms, term=first)
    actions.drop_terms(term=second, by=by)
    assert "已被取消" in refused(actions.move_handover, term=second, ends_on=TODAY + 99 * DAY)
    assert alliance.chair_terms.get() == first


def test_the_chair_must_be_a_member_all_the_while(alliance, home, other, top, by):
    late = actions.admit_member(alliance=alliance, unit=builders.make_organisation(top), on=TODAY, by=by)
    assert "不都是成员" in refused(
        actions.plan_terms, alliance=alliance, members=[late], months=6, starts_on=TODAY - DAY
    )
    stranger = builders.make_alliance(home).members.first()
    assert "不是本联盟" in refused(
        actions.plan_terms, alliance=alliance, members=[stranger], months=6, starts_on=TODAY
    )


def test_who_is_next(alliance, home, other, unit):
    def turn():
        members = alliance.members.on(TODAY)
        return chairs.next_turn(alliance.chair_terms.select_related("member"), members, TODAY)

    assert (turn().member.unit, turn().starts_on, turn().planned) == (home, None, False)
    (first,) = plan(alliance, home)
    assert (turn().member.unit, turn().starts_on, turn().planned) == (other, first.ends_on + DAY, False)
    plan(alliance, unit, starts_on=None)
    assert (turn().member.unit, turn().planned) == (unit, True)


class TermsStayWhole(TestCase):
    """Whatever is planned, moved and dropped: no gap, no overlap, the chair a member."""

    @settings(max_examples=15, deadline=None)
    @given(st.lists(st.tuples(st.sampled_from("pmd"), st.integers(0, 40), st.integers(1, 9)), max_size=12))
    def test_no_gap_and_no_overlap(self, steps):
        top = builders.make_organisation()
        alliance = builders.make_alliance(
            top, builders.make_organisation(top), builders.make_organisation(top)
        )
        members, by = list(alliance.members.all()), User.objects.system()
        for act, place, number in steps:
            terms = list(alliance.chair_terms.all())
            try:
                if act == "p":
                    chosen = [members[(place + n) % 3] for n in range(number % 3 + 1)]
                    actions.plan_terms(
                        alliance=alliance, members=chosen, months=number, starts_on=TODAY - place * DAY, by=by
                    )
                elif terms and act == "m":
                    term = terms[place % len(terms)]
                    ends_on = term.ends_on + (number - 5) * 20 * DAY
                    actions.move_handover(term=term, ends_on=ends_on, by=by)
                elif terms:
                    actions.drop_terms(term=terms[place % len(terms)], by=by)
            except ValidationError:
                pass
            terms = list(alliance.chair_terms.all())
            assert all(a.ends_on + DAY == b.starts_on for a, b in itertools.pairwise(terms))
            assert all(t.starts_on <= t.ends_on and t.member.belongs(t.starts_on, t.ends_on) for t in terms)


@pytest.mark.django_db(transaction=True)
def test_two_people_plan_at_once(top, home, other):
    """They queue up: the turns of one follow those of the other."""
    alliance = builders.make_alliance(home, other)
    members = {row.unit: row for row in alliance.members.all()}
    faults = []

    def run(unit):
        try:
            actions.plan_terms(
                alliance=alliance,
                members=[members[unit]],
                months=6,
                starts_on=TODAY,
                by=User.objects.system(),
            )
        except ValidationError as error:
            faults.append(error)
        finally:
            connection.close()

    User.objects.system()
    threads = [threading.Thread(target=run, args=[unit]) for unit in (home, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    first, second = ChairTerm.objects.all()
    assert not faults
    assert first.ends_on + DAY == second.starts_on


# --- Conferences -----------------------------------------------------------------------------------------


def test_only_members_of_the_day_attend(alliance, home, other, unit, by):
    actions.release_member(member=side(alliance, other), on=TODAY - DAY, by=by)
    conference = conferences.call_conference(
        alliance=alliance, values={"title": "园事会", "kind": "council", "on": TODAY}, by=by
    )
    members = [side(alliance, home), side(alliance, other)]
    values = {"conference": conference, "on": TODAY, "gist": "x"}
    assert "不是成员" in refused(conferences.hold_conference, attending=members, **values)
    assert "到会" in refused(conferences.hold_conference, attending=[], **values)
    assert "纪要" in refused(
        conferences.hold_conference, attending=members[:1], conference=conference, on=TODAY, gist=" "
    )
    assert "尚未登记召开" in refused(
        conferences.add_resolution, conference=conference, text="x", owner=members[0], due_on=TODAY
    )
    conferences.hold_conference(attending=members[:1], by=by, **values)
    assert "已登记召开" in refused(conferences.cancel_conference, conference=conference, reason="x")
    assert [row.unit for row in conference.attending.all()] == [home]


def test_an_alliance_ends_with_what_was_planned(alliance, home, other, unit, by):
    plan(alliance, home, other)
    conference = conferences.call_conference(
        alliance=alliance, values={"title": "沙龙", "kind": "salon", "on": TODAY}, by=by
    )
    values = {"alliance": alliance, "on": TODAY, "reason": "任务完成"}
    assert "未召开" in refused(actions.end_alliance, **values)
    conferences.cancel_conference(conference=conference, reason="并入例会", by=by)
    resolution = resolve(held(alliance, home, unit), side(alliance, unit))
    actions.end_alliance(by=by, **values)
    assert alliance.chair_terms.get().ends_on == TODAY
    assert "已于" in refused(actions.admit_member, alliance=alliance, unit=home, on=TODAY)
    conferences.close_resolution(resolution=resolution, on=TODAY, result="已开放", by=by)
    assert "已于" in refused(conferences.add_note, resolution=resolution, text="x")


# --- Who sees and does it --------------------------------------------------------------------------------


def test_every_member_reads_the_same_page_and_others_none(alliance, home, other, unit, top, client_for, by):
    url = reverse("linkages:alliance", args=[alliance.pk])
    readers = [builders.make_user("leader", organisation) for organisation in (home, other, top)]
    liaison = builders.make_liaison(unit).user
    for reader in (*readers, liaison):
        assert alliance.name in client_for(reader).get(url).text
    strangers = [
        builders.make_user("secretary", builders.make_organisation(top)),
        builders.make_liaison(builders.make_partner(top)).user,
        builders.make_user("officer", builders.make_organisation()),
    ]
    for stranger in strangers:
        assert client_for(stranger).get(url).status_code == 404
    actions.release_member(member=side(alliance, other), on=TODAY - DAY, by=by)
    assert not Alliance.objects.visible_to(User.objects.get(pk=readers[1].pk)).exists()


def test_home_and_chair_hold_conferences_owners_follow_up(alliance, home, other, unit, client_for):
    plan(alliance, unit)
    liaison = client_for(builders.make_liaison(unit).user)
    stranger = client_for(builders.make_user("secretary", other))
    new = reverse("linkages:conference-new", args=[alliance.pk])
    data = {"kind": "joint", "title": "第一次联席会议", "on": TODAY, "place": "", "agenda": ""}
    assert stranger.post(new, data).status_code == 403
    assert liaison.post(reverse("linkages:alliance-terms", args=[alliance.pk])).status_code == 403
    assert liaison.post(new, data).status_code == 302
    conference = Conference.objects.get()
    hold = {"on": TODAY, "attending": [side(alliance, other).pk], "gist": "共商停车难"}
    liaison.post(reverse("linkages:conference-hold", args=[conference.pk]), hold)
    resolution = {"text": "开放车位", "owner": side(alliance, other).pk, "due_on": TODAY}
    liaison.post(reverse("linkages:conference-resolve", args=[conference.pk]), resolution)
    kept = ConferenceResolution.objects.get()
    done = {"on": TODAY, "result": "开放30个车位"}
    close = reverse("linkages:resolution-close", args=[kept.pk])
    assert liaison.post(close, done).status_code == 403
    stranger.post(reverse("linkages:resolution-note", args=[kept.pk]), {"text": "正在划线"})
    stranger.post(close, done)
    kept.refresh_from_db()
    assert (kept.result, kept.notes.get().text) == ("开放30个车位", "正在划线")
    page = liaison.get(reverse("linkages:conference", args=[conference.pk])).text
    assert "开放30个车位" in page


def test_who_is_reminded(alliance, home, other, unit, top):
    def told(source, user):
        return [line.title for line in source(User.objects.get(pk=user.pk), TODAY)]

    officers = {place: builders.make_user("secretary", place) for place in (home, other)}
    liaison = builders.make_liaison(unit).user
    plan(alliance, other, starts_on=TODAY - 10 * DAY, months=1)
    people = (*officers.values(), liaison)
    assert [len(told(alliance_todos.handovers, user)) for user in people] == [1, 1, 0]
    plan(alliance, unit, starts_on=None)
    assert [len(told(alliance_todos.handovers, user)) for user in people] == [1, 1, 1]
    resolve(held(alliance, home), side(alliance, unit), due_on=TODAY + 7 * DAY)
    resolve(held(alliance, home), side(alliance, unit), due_on=TODAY + 8 * DAY)
    assert [len(told(alliance_todos.resolutions, user)) for user in people] == [0, 0, 1]


def test_a_chair_that_ran_out_is_missed_at_home(alliance, home, other):
    plan(alliance, home, starts_on=TODAY - 60 * DAY, months=1)
    officers = [builders.make_user("secretary", place) for place in (home, other)]
    assert [len(list(alliance_todos.vacant(user, TODAY))) for user in officers] == [1, 0]


def test_summed_reminders_lead_to_the_rows_they_counted(home, client_for):
    user = builders.make_user("secretary", home)
    for number in range(7):
        alliance = builders.make_alliance(home)
        plan(alliance, home, starts_on=TODAY - number * DAY, months=1)
        resolve(held(alliance, home), side(alliance, home))
    client = client_for(user)
    for source in (alliance_todos.handovers, alliance_todos.resolutions):
        *shown, rest = source(User.objects.get(pk=user.pk), TODAY)
        assert "另有 2" in rest.title
        assert client.get(rest.url).context["matching"] == len(shown) + 2


# --- Lists, export, interface ----------------------------------------------------------------------------


def test_lists_and_pages_ask_as_often_for_more_rows(home, other, unit, client_for):
    client = client_for(builders.make_user("officer", home))

    def plant():
        alliance = builders.make_alliance(home, other, unit)
        grow(alliance)
        return alliance

    def grow(alliance):
        plan(alliance, home, starts_on=None if alliance.chair_terms.exists() else TODAY)
        conference = held(alliance, home, unit)
        resolve(conference, side(alliance, other))
        resolution = resolve(conference, side(alliance, unit))
        conferences.add_note(resolution=resolution, text="在办", by=User.objects.system())

    first = plant()
    conference = first.conferences.get()
    names = ("linkages:alliance-list", "linkages:resolution-list", "api:alliance-list", "api:conference-list",
             "api:conference-resolution-list", "linkages:alliance-export")  # fmt: skip
    addresses = [reverse(name) for name in names]
    for name, row in (("alliance", first), ("conference", conference)):
        addresses.append(reverse(f"linkages:{name}", args=[row.pk]))
        addresses.append(reverse(f"api:{name}-detail", args=[row.pk]))

    def asked(address):
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    few = {address: asked(address) for address in addresses}
    for _ in range(2):
        plant()
        grow(first)
        resolution = resolve(conference, side(first, other))
        conferences.add_note(resolution=resolution, text="在办", by=User.objects.system())
    assert {address: asked(address) for address in addresses} == few


def test_the_export_names_members_and_chair(alliance, home, client_for):
    plan(alliance, home)
    client = client_for(builders.make_user("officer", home))
    response = client.post(reverse("linkages:alliance-export"), {"file_format": "csv", "purpose": "月度核对"})
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    assert alliance.name in text
    assert text.count(home.name) >= 3


def test_over_the_interface_from_the_founding_to_a_result(home, other, unit, client_for):
    client = client_for(builders.make_user("secretary", home))

    def post(name, data, *args, status=200):
        response = client.post(reverse(f"api:{name}", args=args), data, content_type="application/json")
        assert response.status_code == status, response.json()
        return response.json()

    data = {"organisation": home.code, "name": "健康联盟", "units": [{"partner": unit.pk}]}
    stored = post("alliance-list", data, status=201)
    key = stored["id"]
    assert post("alliance-admit", {"organisation": other.code}, key)["members"][-1]["organisation"]
    keys = [row["id"] for row in post("alliance-end", {"reason": ""}, key, status=400) and stored["members"]]
    shown = post("alliance-terms", {"members": keys, "starts_on": str(TODAY)}, key)
    assert (shown["chair"], len(shown["chair_terms"])) == (keys[0], 2)
    term = {"term": shown["chair_terms"][0]["id"], "ends_on": str(TODAY + 9 * DAY)}
    post("alliance-handover", term | {"term": 9**9}, key, status=400)
    assert post("alliance-handover", term, key)["chair_until"] == term["ends_on"]
    spare = post("alliance-call", {"title": "沙龙", "on": str(TODAY)}, key)["conferences"][0]["id"]
    assert post("conference-cancel", {"reason": "并入例会"}, spare)["cancelled_at"]
    conference = post("alliance-call", {"title": "联席会议", "on": str(TODAY)}, key)["conferences"][0]["id"]
    post("conference-hold", {"attending": [0], "gist": "x"}, conference, status=400)
    post("conference-hold", {"attending": keys, "gist": "议定一项"}, conference)
    shown = post("conference-resolve", {"text": "义诊", "owner": keys[1], "due_on": str(TODAY)}, conference)
    resolution = shown["resolutions"][0]["id"]
    post("conference-resolution-note", {"text": "已排班"}, resolution)
    closed = post("conference-resolution-close", {"result": "义诊两场"}, resolution)
    assert (closed["result"], closed["notes"][0]["text"]) == ("义诊两场", "已排班")
    assert post("alliance-release", {"member": shown["attending"][0]}, key, status=400)


def test_founding_and_changing_on_the_page(home, other, unit, client_for):
    client = client_for(builders.make_user("secretary", home))
    data = {"organisation": home.code, "name": "楼宇联盟", "founded_on": TODAY, "conferences_per_year": 2}
    answer = client.post(reverse("linkages:alliance-new"), data)
    assert "至少有两个成员" in answer.text
    client.post(reverse("linkages:alliance-new"), data | {"unit-0-partner": unit.name})
    alliance = Alliance.objects.get()
    edit = reverse("linkages:alliance-edit", args=[alliance.pk])
    seen = alliance.updated_at.isoformat()
    client.post(edit, data | {"aim": "共治", "seen_at": seen})
    alliance.refresh_from_db()
    assert alliance.aim == "共治"
    assert "已被他人修改" in client.post(edit, data | {"aim": "x", "seen_at": seen}).text
