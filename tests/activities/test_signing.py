"""At the door: a code that changes, a ticket for one person, and a place on the waiting list."""

import datetime as dt
import re
import threading

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from activities import calendars, codes
from activities.actions import activities as actions
from activities.actions import feeds, signing, signup
from activities.models import Activity, Attendance, SignUp
from orgs.models import User
from tests import builders

pytestmark = pytest.mark.django_db
STARTS = 30  # minutes from now


def coming(branch, *, minutes=STARTS, **kw):
    starts = timezone.now() + dt.timedelta(minutes=minutes)
    values = {"title": "成果对接会", "starts_at": starts, "place": "会议中心"}
    by = User.objects.system()
    return actions.plan_activity(organisation=branch, kinds=("theme_day",), values=values, by=by, **kw)


@pytest.fixture
def branch(db):
    return builders.make_organisation(builders.make_organisation())


@pytest.fixture
def desk(branch):
    return signing.open_desk(activity=coming(branch), by=User.objects.system())


def scan(client, desk) -> str:
    """The ticket on the page that opens when the code of this moment is scanned."""
    page = client.get(reverse("activities:sign-in-code", args=[desk.public_id, codes.code_at(desk.secret)]))
    return re.search(r'name="ticket" value="([^"]+)"', page.content.decode())[1]


def send(client, desk, member, **kw):
    data = {
        "name": member.name,
        "digits": member.mobile[-4:],
        "ticket": kw.pop("ticket", None) or scan(client, desk),
    }
    return client.post(reverse("activities:sign-in", args=[desk.public_id]), data | kw)


def test_the_code_holds_for_its_half_minute_and_the_next():
    secret = codes.new_secret()
    code = codes.code_at(secret, 3000)
    for moment, valid in (
        (3000, True),
        (3029, True),
        (3030, True),
        (3059, True),
        (3060, False),
        (2999, False),
    ):
        assert codes.is_valid(secret, code, moment) is valid
    assert code != codes.code_at(secret, 3030)
    assert code != codes.code_at(codes.new_secret(), 3000)


def test_whoever_scans_signs_in_once_without_an_account(desk, branch):
    member, other = builders.make_member(branch), builders.make_member(branch)
    client = Client()
    assert "签到成功" in send(client, desk, member).content.decode()
    row = Attendance.objects.get()
    assert (row.member, row.state, row.how) == (member, "present", "code")
    assert "您已签到" in send(client, desk, member).content.decode()
    ticket = scan(client, desk)
    send(client, desk, other, ticket=ticket)
    third = builders.make_member(branch)
    assert "已为他人签到" in send(client, desk, third, ticket=ticket).content.decode()
    assert Attendance.objects.count() == 2
    # When the record is made, those who signed in are on its roll.
    Activity.objects.update(starts_at=timezone.now() - dt.timedelta(hours=1))
    held = actions.hold_activity(
        activity=desk.activity,
        roll={m.pk: ("present", "") for m in (member, other)} | {third.pk: ("leave", "出差")},
        by=User.objects.system(),
    )
    assert (held.expected, held.present, held.on_leave) == (3, 2, 1)
    assert set(Attendance.objects.filter(how="code").values_list("member", flat=True)) == {
        member.pk,
        other.pk,
    }


def test_every_refusal_reads_the_same_and_tries_are_limited(desk, branch):
    member = builders.make_member(branch)
    stranger = builders.make_member(builders.make_organisation(builders.make_organisation()))
    client, ticket = Client(), scan(Client(), desk)
    pages = [
        send(client, desk, member, digits="0000" if member.mobile[-4:] != "0000" else "1111", ticket=ticket),
        send(client, desk, member, name="查无此人", ticket=ticket),
        send(client, desk, stranger, ticket=ticket),
    ]
    assert all(signing.NOT_FOUND in page.content.decode() for page in pages)
    for _ in range(2):
        send(client, desk, member, name="查无此人", ticket=ticket)
    assert signing.TOO_MANY in send(client, desk, member, ticket=ticket).content.decode()
    assert not Attendance.objects.exists()


def test_nobody_tries_out_the_digits_of_somebody_else(desk, branch):
    member = builders.make_member(branch)
    for number in range(signing.MOST_TRIES_FOR_NAME):
        with pytest.raises(ValidationError, match="不对"):
            signing.find_person(
                desk=desk, name=member.name, digits=f"x{number:03d}", ticket=codes.issue_ticket(desk)
            )
    with pytest.raises(ValidationError, match="次数过多"):
        signing.find_person(
            desk=desk, name=member.name, digits=member.mobile[-4:], ticket=codes.issue_ticket(desk)
        )


def test_an_old_code_a_foreign_ticket_and_a_closed_desk_let_nobody_in(desk, branch):
    member, client = builders.make_member(branch), Client()
    old = client.get(
        reverse("activities:sign-in-code", args=[desk.public_id, codes.code_at(desk.secret, 3000)])
    )
    assert old.status_code == 410
    assert "成果对接会" not in old.content.decode()
    elsewhere = signing.open_desk(activity=coming(branch), by=User.objects.system())
    assert codes.STALE in send(client, desk, member, ticket=scan(client, elsewhere)).content.decode()
    ticket = scan(client, desk)
    signing.close_desk(desk=desk, by=User.objects.system())
    assert signing.CLOSED in send(client, desk, member, ticket=ticket).content.decode()
    assert not Attendance.objects.exists()


@pytest.mark.parametrize(("minutes", "opens"), [(119, True), (121, False), (-719, True), (-721, False)])
def test_a_desk_opens_near_its_time(branch, minutes, opens):
    activity = coming(branch, minutes=minutes)
    if opens:
        assert signing.open_desk(activity=activity, by=User.objects.system()).is_open
    else:
        with pytest.raises(ValidationError, match="开始前2小时"):
            signing.open_desk(activity=activity, by=User.objects.system())


def test_an_account_signs_in_with_one_tap_and_no_other_way(desk, branch, client_for):
    member = builders.make_member(branch, account=builders.make_user("member", branch))
    client = client_for(member.account)
    assert (
        f"以 {member.name} 签到"
        in client.get(
            reverse("activities:sign-in-code", args=[desk.public_id, codes.code_at(desk.secret)])
        ).content.decode()
    )
    page = client.post(
        reverse("activities:sign-in", args=[desk.public_id]), {"ticket": codes.issue_ticket(desk), "own": "1"}
    )
    assert "签到成功" in page.content.decode()
    # Without an account “own” is nobody.
    page = Client().post(
        reverse("activities:sign-in", args=[desk.public_id]), {"ticket": codes.issue_ticket(desk), "own": "1"}
    )
    assert signing.NOT_FOUND in page.content.decode()


def test_the_screen_shows_the_code_and_who_came(desk, branch, client_for):
    member = builders.make_member(branch)
    send(Client(), desk, member)
    client = client_for(builders.make_user("secretary", branch))
    pk = desk.activity_id
    page = client.get(reverse("activities:sign-in-panel", args=[pk])).content.decode()
    assert member.name in page
    image = client.get(reverse("activities:sign-in-image", args=[pk]))
    assert image["Content-Type"] == "image/svg+xml"
    client.post(reverse("activities:sign-in-close", args=[pk]))
    assert client.get(reverse("activities:sign-in-image", args=[pk])).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_a_crowd_signs_in_and_nobody_twice(settings):
    """Each of thirty people taps twice at the same moment."""
    branch = builders.make_organisation(builders.make_organisation())
    members = [builders.make_member(branch) for _ in range(30)]
    desk = signing.open_desk(activity=coming(branch), by=User.objects.system())
    errors = []

    def tap(member, ticket):
        try:
            signing.sign_in(desk=desk, member=member, ticket=ticket)
        except Exception as error:  # noqa: BLE001 - shown by the assertion
            errors.append(error)
        finally:
            connection.close()

    threads = [
        threading.Thread(target=tap, args=(member, ticket))
        for member in members
        for ticket in (codes.issue_ticket(desk), codes.issue_ticket(desk))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert sorted(Attendance.objects.values_list("member", flat=True)) == sorted(m.pk for m in members)


# --- Signing up -----------------------------------------------------------------------------------------------


def test_places_go_in_order_and_whoever_waits_longest_moves_up(branch):
    by, activity = User.objects.system(), coming(branch)
    with pytest.raises(ValidationError, match="没有开放报名"):
        signup.sign_up(activity=activity, member=builders.make_member(branch), by=by)
    until = timezone.now() + dt.timedelta(minutes=STARTS - 1)
    signup.offer_signup(activity=activity, until=until, places=1, by=by)
    first, second, third = (
        signup.sign_up(activity=activity, member=builders.make_member(branch), by=by) for _ in range(3)
    )
    assert [row.state for row in (first, second, third)] == ["going", "waiting", "waiting"]
    with pytest.raises(ValidationError, match="不必重复报名"):
        signup.sign_up(activity=activity, member=second.member, by=by)
    signup.withdraw(signup=first, by=by)
    states = dict(SignUp.objects.values_list("member", "state"))
    assert states == {first.member_id: "withdrawn", second.member_id: "going", third.member_id: "waiting"}
    assert signup.sign_up(activity=activity, member=first.member, by=by).state == "waiting"
    signup.offer_signup(activity=activity, until=until, places=2, by=by)
    assert set(SignUp.objects.filter(state="going").values_list("member", flat=True)) == {
        second.member_id,
        third.member_id,
    }
    assert {member.pk for member in signup.signed_up(activity)} == {second.member_id, third.member_id}


@pytest.mark.parametrize(("minutes", "refused"), [(STARTS - 1, False), (STARTS + 1, True), (-1, True)])
def test_signing_up_ends_before_the_beginning(branch, minutes, refused):
    activity, by = coming(branch), User.objects.system()
    until = timezone.now() + dt.timedelta(minutes=minutes)
    if refused:
        with pytest.raises(ValidationError, match="报名截止时间"):
            signup.offer_signup(activity=activity, until=until, by=by)
    else:
        assert signup.offer_signup(activity=activity, until=until, by=by).takes_signups


def test_an_event_of_a_committee_is_open_to_everybody_below_it(branch, client_for):
    committee = builders.make_organisation()
    own = builders.make_organisation(committee)
    activity, by = coming(committee), User.objects.system()
    signup.offer_signup(activity=activity, until=timezone.now() + dt.timedelta(minutes=5), by=by)
    stranger = builders.make_member(branch, account=builders.make_user("member", branch))
    with pytest.raises(ValidationError, match="不能报名"):
        signup.sign_up(activity=activity, member=stranger, by=by)
    assert (
        client_for(stranger.account).post(reverse("activities:own-signup", args=[activity.pk])).status_code
        == 404
    )
    member = builders.make_member(own, account=builders.make_user("member", own))
    client = client_for(member.account)
    assert activity.title in client.get(reverse("activities:own-activities")).content.decode()
    client.post(reverse("activities:own-signup", args=[activity.pk]))
    assert SignUp.objects.get().state == "going"
    client.post(reverse("activities:own-withdraw", args=[activity.pk]))
    assert SignUp.objects.get().state == "withdrawn"


# --- Calendars ------------------------------------------------------------------------------------------------


def test_a_calendar_is_read_by_its_secret_until_it_ends_and_names_nobody(branch, client_for):
    member = builders.make_member(branch, account=builders.make_user("member", branch))
    activity = coming(branch)
    actions.notify_activity(activity=activity, by=User.objects.system())
    coming(builders.make_organisation(builders.make_organisation()))
    coming(branch)  # a plan of which nobody was told
    client = client_for(member.account)
    page = client.post(reverse("activities:own-feed")).content.decode()
    address = re.search(r'value="http://testserver(/activities/feeds/[^"]+)"', page)[1]
    response = Client().get(address)
    events = Calendar.from_ical(response.content).walk("VEVENT")
    assert [str(event["summary"]) for event in events] == [activity.title]
    assert events[0]["dtstart"].dt == activity.starts_at.replace(microsecond=0)
    assert member.name not in response.content.decode()
    assert address.rpartition("/")[2].removesuffix(".ics") not in str(
        list(member.account.calendar_feeds.values_list("token_hash", flat=True))
    )
    client.post(reverse("activities:own-feed"), {"end": "1"})
    assert Client().get(address).status_code == 404


def test_the_committee_s_meeting_is_in_the_calendar_of_its_members(branch):
    one, other = builders.make_member(branch), builders.make_member(branch)
    branch.posts.create(title="secretary", person_name=one.name)
    values = {"title": "研究发展对象", "starts_at": timezone.now() + dt.timedelta(days=1)}
    by = User.objects.system()
    meeting = actions.plan_activity(organisation=branch, kinds=("branch_committee",), values=values, by=by)
    actions.notify_activity(activity=meeting, by=by)
    assert [list(calendars.for_member(member)) for member in (one, other)] == [[meeting], []]


def test_a_calendar_of_an_organisation_ends_with_the_appointment(branch):
    secretary = builders.make_user("secretary", branch)
    token = feeds.make_feed(by=secretary, organisation=branch)
    address = reverse("activities:feed", args=[token])
    assert Client().get(address).status_code == 200
    secretary.appointments.update(ends_on=timezone.localdate() - dt.timedelta(days=1))
    assert Client().get(address).status_code == 404


def test_who_signed_in_at_an_event_for_everybody_stays_on_its_roll(client_for):
    """A committee has no members of its own: its form shows nobody, and takes nobody off either."""
    committee = builders.make_organisation()
    member = builders.make_member(builders.make_organisation(committee))
    activity = coming(committee, minutes=-30)
    desk = signing.open_desk(activity=activity, by=User.objects.system())
    send(Client(), desk, member)
    client = client_for(builders.make_user("officer", committee))
    address = reverse("activities:activity-hold", args=[activity.pk])
    form = client.get(address).context["form"]
    data = {name: form[name].value() for name in form.fields if form[name].value() is not None}
    client.post(address, data | {"way": form.initial["way"], "circle": form.circle})
    activity.refresh_from_db()
    assert (activity.state, activity.present, activity.expected) == ("held", 1, 1)


# --- The door and the record ----------------------------------------------------------------------------------


def begun(branch, **kw):
    return signing.open_desk(activity=coming(branch, minutes=-30, **kw), by=User.objects.system())


def come(desk, member):
    return signing.sign_in(desk=desk, member=member, ticket=codes.issue_ticket(desk))[0]


def test_an_account_of_another_branch_sits_in_and_the_record_can_be_saved(branch, client_for):
    desk, member = begun(branch), builders.make_member(branch)
    guest = builders.make_member(builders.make_organisation(builders.make_organisation()))
    account = builders.make_user("member", guest.organisation)
    guest.account = account
    guest.save(update_fields=["account"])
    client = client_for(account)
    page = client.post(
        reverse("activities:sign-in", args=[desk.public_id]), {"own": "1", "ticket": scan(client, desk)}
    )
    assert "签到成功" in page.content.decode()
    assert come(desk, member).state == "present"
    officer = client_for(builders.make_user("officer", branch))
    assert officer.get(reverse("activities:sign-in-panel", args=[desk.activity_id])).context["came"] == 2
    held = actions.hold_activity(
        activity=desk.activity, roll={member.pk: ("present", "")}, by=User.objects.system()
    )
    assert (held.expected, held.present, held.guests) == (1, 1, 1)
    assert Attendance.objects.get(member=guest).state == "observer"


def test_a_roll_drawn_before_somebody_signed_in_takes_nobody_off(branch):
    """Who came while the roll was filled in stays; to note them as away is refused by name until it was seen."""
    desk, by = begun(branch), User.objects.system()
    first, late = builders.make_member(branch), builders.make_member(branch)
    come(desk, late)
    with pytest.raises(ValidationError, match=f"{late.name}已扫码签到"):
        actions.hold_activity(
            activity=desk.activity, roll={first.pk: ("present", ""), late.pk: ("absent", "")}, by=by
        )
    held = actions.hold_activity(activity=desk.activity, roll={first.pk: ("present", "")}, by=by)
    assert (held.present, held.absent) == (2, 0)
    held = actions.change_activity(
        activity=held, roll={first.pk: ("present", ""), late.pk: ("absent", "")}, signed_seen={late.pk}, by=by
    )
    assert (held.present, held.absent) == (1, 1)


def test_the_form_shows_who_signed_in_and_lets_them_be_struck_out(branch, client_for):
    desk, member = begun(branch), builders.make_member(branch)
    come(desk, member)
    client = client_for(builders.make_user("officer", branch))
    address = reverse("activities:activity-hold", args=[desk.activity_id])
    page = client.get(address)
    assert "扫码" in page.content.decode()
    form = page.context["form"]
    data = {name: form[name].value() for name in form.fields if form[name].value() is not None}
    data |= {"way": "roll", "circle": form.circle, "shown": member.pk, f"why-{member.pk}": "缺席"}
    assert "已扫码签到" in client.post(address, data).content.decode()
    client.post(address, data | {"signed": member.pk})
    assert Activity.objects.get().absent == 1


def test_a_late_scan_leaves_typed_figures_alone(branch):
    desk, member = begun(branch), builders.make_member(branch)
    counts = {"expected": 50, "present": 45, "absent": 5}
    held = actions.hold_activity(activity=desk.activity, counts=counts, by=User.objects.system())
    come(desk, member)
    held.refresh_from_db()
    assert (held.present, held.has_roster) == (45, False)
    assert Attendance.objects.get().member == member


def test_nobody_signs_in_at_a_record_that_is_under_review(branch):
    desk, member = begun(branch), builders.make_member(branch)
    by = User.objects.system()
    held = actions.hold_activity(activity=desk.activity, roll={}, by=by)
    actions.submit_activity(activity=held, by=by)
    with pytest.raises(ValidationError, match="正在审核"):
        come(desk, member)  # the desk was drawn before
    assert not Attendance.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_record_made_while_people_sign_in_counts_them_all():
    branch = builders.make_organisation(builders.make_organisation())
    members = [builders.make_member(branch) for _ in range(16)]
    desk, by = begun(branch), User.objects.system()
    errors = []

    def in_thread(act):
        try:
            act()
        except Exception as error:  # noqa: BLE001 - shown by the assertion
            errors.append(error)
        finally:
            connection.close()

    acts = [lambda member=member: come(desk, member) for member in members]
    acts.insert(8, lambda: actions.hold_activity(activity=desk.activity, roll={}, by=by))
    threads = [threading.Thread(target=in_thread, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    held = Activity.objects.get()
    assert (held.state, held.present, Attendance.objects.count()) == ("held", 16, 16)
