"""Booking a station: no two at once, whoever tries; within the rules; told what is in the way."""

import datetime as dt
import threading

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from activities import tasks
from activities.actions import activities, bookings
from activities.actions import venues as venue_actions
from activities.models import Activity, BookedSlot, Booking, RestDays
from activities.models.bookings import slots_between
from activities.todos import to_dos
from activities.venues import free
from orgs import clock
from orgs.models import AuditEvent, DatedSetting, Notice, User
from orgs.workdays import Calendar
from tests import builders
from tests.activities.test_venues import DAY_AND_NIGHT, WORKING, refused, venue_of

pytestmark = pytest.mark.django_db
TOMORROW = timezone.localdate() + dt.timedelta(days=1)


def at(text, day=TOMORROW):
    hours, minutes = map(int, text.split(":"))
    return clock.moment(day, hours * 60 + minutes)


def always_open(organisation=None, **values):
    return venue_of(organisation, week=DAY_AND_NIGHT, rest_days=RestDays.OPEN, **values)


def book(venue, organisation=None, start="09:00", end="11:00", day=TOMORROW, **kw):
    values = {"title": "专题学习", "persons": 10, "by": User.objects.system()} | kw
    return bookings.book(
        venue=venue,
        organisation=organisation or venue.organisation,
        starts_at=at(start, day),
        ends_at=at(end, day),
        **values,
    )


@pytest.fixture
def top(db):
    return builders.make_organisation()


@pytest.fixture
def branch(top):
    return builders.make_organisation(top)


# --- Never two at once ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "end", "fits"),
    [
        ("08:00", "09:00", True),
        ("08:00", "09:30", False),
        ("09:30", "10:00", False),
        ("10:30", "12:00", False),
        ("08:00", "12:00", False),
        ("09:00", "11:00", False),
        ("11:00", "12:00", True),
    ],
)
def test_a_second_booking_is_told_whose_is_in_the_way_and_what_is_free(top, branch, start, end, fits):
    venue = always_open(top)
    book(venue, branch)
    if fits:
        assert book(venue, top, start, end)
        return
    with pytest.raises(ValidationError) as error:
        book(venue, top, start, end)
    said = refused(error, "starts_at")
    assert f"{TOMORROW} 09:00–11:00已由{branch.name}预订" in said
    assert "临近的空闲时间" in said
    assert Booking.objects.count() == 1


def test_near_times_are_free_of_the_same_length_and_nearest_first(top, branch):
    venue = venue_of(top, week=[[[9 * 60, 17 * 60]]] * 7, rest_days=RestDays.OPEN)
    book(venue, branch, "10:00", "12:00")
    book(venue, branch, "13:00", "16:30")
    found = free.near(venue, at("10:30"), at("12:00"))
    assert len(found) == free.NEAR
    for start, end in found:
        assert end - start == dt.timedelta(minutes=90)
        assert free.in_the_way(venue, start, end) is None
    distances = [abs(start - at("10:30")) for start, _ in found]
    assert distances == sorted(distances)


def test_the_database_itself_lets_a_half_hour_stand_once(top, branch):
    venue = always_open(top)
    booking = book(venue, branch)
    assert list(booking.slots.values_list("starts_at", flat=True)) == [
        at("09:00"), at("09:30"), at("10:00"), at("10:30"),
    ]  # fmt: skip
    with pytest.raises(IntegrityError), transaction.atomic():
        BookedSlot.objects.create(booking=booking, venue=venue, starts_at=at("10:30"))
    with pytest.raises(IntegrityError), transaction.atomic():
        Booking.objects.filter(pk=booking.pk).update(ends_at=booking.starts_at)


def test_who_gets_past_the_check_is_stopped_by_the_constraint_and_told(top, branch, monkeypatch):
    venue = always_open(top)
    book(venue, branch)
    look, answers = free.in_the_way, iter([None])
    monkeypatch.setattr(free, "in_the_way", lambda *args, **kw: next(answers, look(*args, **kw)))
    with pytest.raises(ValidationError) as error:
        book(venue, top)
    assert f"已由{branch.name}预订" in refused(error, "starts_at")
    assert Booking.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_wins_and_the_other_is_told():
    top = builders.make_organisation()
    venue, others = always_open(top), [builders.make_organisation(top) for _ in range(2)]
    start, said = threading.Barrier(2), []

    def run(organisation):
        try:
            start.wait()
            book(venue, organisation)
            said.append("booked")
        except ValidationError as error:
            said.append("".join(error.messages))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[one]) for one in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    refusal, booked = sorted(said, key=lambda words: words == "booked")
    assert (booked, "预订" in refusal) == ("booked", True)
    assert BookedSlot.objects.filter(venue=venue).count() == 4


# --- The rules -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"start": "09:15"}, "starts_at", "半小时"),
        ({"end": "10:10"}, "ends_at", "半小时"),
        ({"end": "09:00"}, "ends_at", "晚于"),
        ({"day": TOMORROW - dt.timedelta(days=2)}, "starts_at", "已经过去"),
        ({"day": TOMORROW + dt.timedelta(days=90)}, "starts_at", "最多提前90天"),
        ({"start": "06:00", "end": "18:30"}, "ends_at", "最多预订12小时"),
        ({"title": " "}, "title", "用途"),
        ({"persons": 0}, "persons", "人数"),
        ({"persons": 41}, "over_capacity", "可容纳40人"),
    ],
)
def test_what_a_booking_cannot_be(branch, values, field, words):
    with pytest.raises(ValidationError) as error:
        book(always_open(branch, capacity=40), **values)
    assert words in refused(error, field)


def test_the_limits_are_met_exactly_and_set_by_the_place(branch):
    venue = always_open(branch, capacity=40)
    assert book(venue, persons=40, start="06:00", end="18:00", day=TOMORROW + dt.timedelta(days=89))
    assert book(venue, persons=41, over_capacity=True).persons == 41
    DatedSetting.objects.create(code="venue_booking_hours", effective_on=dt.date(2026, 1, 1), value=1)
    with pytest.raises(ValidationError, match="最多预订1小时"):
        book(venue, start="14:00", end="15:30")


def working_day():
    """A Monday to come on which people work."""
    days = [TOMORROW + dt.timedelta(days=n) for n in range(60)]
    calendar = Calendar(days[0], days[-1])
    return next(day for day in days if day.weekday() == 0 and calendar.is_workday(day))


@pytest.mark.parametrize(
    ("start", "end", "fits"),
    [
        ("09:00", "12:00", True),
        ("08:30", "10:00", False),
        ("11:30", "14:00", False),
        ("16:00", "17:30", False),
    ],
)
def test_only_while_it_is_open(branch, start, end, fits):
    venue, day = venue_of(branch, week=WORKING), working_day()
    if fits:
        assert book(venue, start=start, end=end, day=day)
        return
    with pytest.raises(ValidationError, match="开放时间为09:00–12:00、13:30–17:00"):
        book(venue, start=start, end=end, day=day)


def test_over_midnight(branch):
    venue = always_open(branch)
    booking = book(venue, start="23:00", end="25:00")
    assert booking.when_words == f"{TOMORROW} 23:00–{TOMORROW + dt.timedelta(days=1)} 01:00"
    assert book(venue, start="22:00", end="23:00").slots.count() == 2
    assert book(venue, start="21:00", end="22:00").when_words.endswith("21:00–22:00")
    assert len(slots_between(booking.starts_at, booking.ends_at)) == 4


def test_neither_other_tops_nor_dissolved_branches_book(top, branch):
    venue = always_open(branch)
    with pytest.raises(ValidationError, match="同一顶层组织"):
        book(venue, builders.make_organisation())
    gone = builders.make_organisation(top)
    gone.dissolved_on = timezone.localdate()
    gone.save()
    with pytest.raises(ValidationError, match="已撤销"):
        book(always_open(top), gone)


# --- Its life ------------------------------------------------------------------------------------------


def test_a_pending_booking_holds_its_time_until_it_is_declined(top, branch):
    by, venue = User.objects.system(), always_open(top, needs_approval=True)
    booking = book(venue, branch)
    assert booking.state == "pending"
    with pytest.raises(ValidationError):
        book(venue, top)
    with pytest.raises(ValidationError, match="说明原因"):
        bookings.decline_booking(booking=booking, reason=" ", by=by)
    declined = bookings.decline_booking(booking=booking, reason="设备检修", by=by)
    assert (declined.state, declined.reason, declined.slots.count()) == ("declined", "设备检修", 0)
    other = bookings.confirm_booking(booking=book(venue, top), by=by)
    assert (other.state, other.slots.count()) == ("confirmed", 4)
    with pytest.raises(ValidationError, match="不能这样办理"):
        bookings.confirm_booking(booking=booking, by=by)
    # Moved, it has to be confirmed anew, and may stand where it stood.
    moved = bookings.change_booking(
        booking=other, starts_at=at("10:00"), ends_at=at("12:00"), title="调整", persons=5, by=by
    )
    assert (moved.state, moved.slots.count(), moved.decided_at) == ("pending", 4, None)
    assert book(venue, branch, "09:00", "10:00")
    bookings.cancel_booking(booking=moved, reason="改在企业", by=by)
    assert book(venue, branch, "10:00", "12:00")
    with pytest.raises(TypeError):
        moved.delete()


def test_what_is_over_stays_as_it_was(branch):
    venue, by = always_open(branch), User.objects.system()
    booking = book(venue)
    past = timezone.now() - dt.timedelta(days=1)
    Booking.objects.filter(pk=booking.pk).update(starts_at=past - dt.timedelta(hours=1), ends_at=past)
    with pytest.raises(ValidationError, match="已过"):
        bookings.cancel_booking(booking=booking, reason="误订", by=by)


def test_a_station_with_bookings_to_come_is_not_closed_over_them(branch):
    venue, by = always_open(branch), User.objects.system()
    booking = book(venue)
    with pytest.raises(ValidationError) as error:
        venue_actions.close_venue(venue=venue, until=TOMORROW, reason="搬迁", by=by)
    assert f"{booking.when_words}（{branch.name}）" in refused(error, "until")
    later = TOMORROW + dt.timedelta(days=1)
    assert venue_actions.close_venue(venue=venue, until=later, reason="搬迁", by=by).until == later
    with pytest.raises(ValidationError, match="未启用或已停用"):
        book(venue, day=later)


def test_changed_hours_name_the_bookings_they_shut_out(branch, client_for):
    venue = always_open(branch)
    booking = book(venue)
    client = client_for(builders.make_user("secretary", branch))
    sent = {"first": TOMORROW.isoformat(), "ranges": "", "note": "检修"}
    page = client.post(reverse("activities:venue-days", args=[venue.pk]), sent, follow=True).content.decode()
    assert f"{branch.name}预订的{booking.when_words}已不在开放时间内" in page


# --- With activities -----------------------------------------------------------------------------------


def plan(branch, start="09:00", end="10:30", **values):
    values = {"title": "主题党日", "starts_at": at(start), "ends_at": at(end)} | values
    return activities.plan_activity(
        organisation=branch, kinds=("theme_day",), values=values, by=User.objects.system()
    )


def test_a_station_is_booked_from_the_plan_and_a_moved_plan_tells(top, branch, client_for):
    venue, activity = always_open(top), plan(branch)
    client = client_for(builders.make_user("secretary", branch))
    offered = client.get(reverse("activities:activity-venues", args=[activity.pk])).content.decode()
    link = f"{reverse('activities:booking-new', args=[venue.pk])}?activity={activity.pk}"
    assert link in offered
    form = client.get(link).context["form"]
    sent = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}
    sent = sent | {"organisation": branch.pk, "persons": 12, "day": TOMORROW.isoformat()}
    assert (sent["starts_at"], sent["ends_at"]) == (540, 630)
    assert client.post(reverse("activities:booking-new", args=[venue.pk]), sent).status_code == 302
    booking = activity.bookings.get()
    activity.refresh_from_db()
    assert activity.place == venue.name
    taken = client.get(reverse("activities:activity-venues", args=[activity.pk])).content.decode()
    assert "已有预订" in taken
    edit = reverse("activities:activity-edit", args=[activity.pk])
    form = client.get(edit).context["form"]
    sent = {name: form[name].value() or "" for name in form.fields} | {
        "kinds": "theme_day",
        "starts_at": "14:00",
        "ends_at": "15:00",
        "day": TOMORROW.isoformat(),
    }
    page = client.post(edit, sent, follow=True).content.decode()
    assert f"已预订的{venue}仍为{booking.when_words}，与新的活动时间不一致" in page
    assert (
        "与活动时间不一致" in client.get(reverse("activities:activity", args=[activity.pk])).content.decode()
    )
    booking.refresh_from_db()
    assert (booking.state, booking.slots.count()) == ("confirmed", 3)


def test_a_plan_takes_a_station_that_was_booked_before(top, branch, client_for):
    venue = always_open(top)
    booking = book(venue, branch, start="14:00", end="16:00")
    client = client_for(builders.make_user("secretary", branch))
    page = client.get(reverse("activities:activity-plan"), {"place": branch.pk, "booking": booking.pk})
    form = page.context["form"]
    assert (form["day"].value(), form["place"].value(), form["booking"].value()) == (
        TOMORROW,
        venue.name,
        booking.pk,
    )
    sent = {
        "organisation": branch.pk, "kinds": "theme_day", "title": "专题学习", "day": TOMORROW.isoformat(),
        "starts_at": "10:00", "ends_at": "11:00", "booking": booking.pk,
    }  # fmt: skip
    address = reverse("activities:activity-plan")
    assert "与活动时间不一致" in client.post(address, sent).content.decode()
    assert client.post(address, sent | {"starts_at": "14:30", "ends_at": "16:00"}).status_code == 302
    booking.refresh_from_db()
    assert (booking.activity.title, booking.activity.place) == ("专题学习", venue.name)
    other = book(venue, top, start="09:00", end="10:00")
    assert "booking" in client.post(address, sent | {"booking": other.pk}).context["form"].errors


def test_another_branch_s_activity_takes_no_booking(top, branch):
    with pytest.raises(ValidationError, match="同一党组织"):
        book(always_open(top), top, activity=plan(branch))
    off = plan(branch)
    activities.cancel_activity(activity=off, reason="取消", by=User.objects.system())
    with pytest.raises(ValidationError, match="尚未召开"):
        book(always_open(top), branch, activity=off)


# --- Who -----------------------------------------------------------------------------------------------


def test_who_books_cancels_and_confirms(client_for):
    top = builders.make_organisation()
    area, other = (builders.make_organisation(top, "area_committee") for _ in range(2))
    branch, stranger = builders.make_organisation(other), builders.make_organisation(other)
    venue = always_open(area, needs_approval=True)
    clients = {
        "secretary": client_for(builders.make_user("secretary", branch)),
        "keeper": client_for(builders.make_user("officer", area)),
        "stranger": client_for(builders.make_user("secretary", stranger)),
        "reader": client_for(builders.make_user("leader", area)),
    }
    sent = {
        "organisation": branch.pk, "day": TOMORROW.isoformat(), "starts_at": 540, "ends_at": 600, "title": "机密的用途",
        "persons": 8,
    }  # fmt: skip
    assert clients["reader"].post(reverse("activities:booking-new", args=[venue.pk]), sent).status_code == 403
    assert (
        clients["stranger"].post(reverse("activities:booking-new", args=[venue.pk]), sent).status_code == 200
    )
    assert not Booking.objects.exists()  # it is not theirs to book for
    assert (
        clients["secretary"].post(reverse("activities:booking-new", args=[venue.pk]), sent).status_code == 302
    )
    booking = Booking.objects.get()
    page = {
        name: client.get(reverse("activities:booking", args=[booking.pk])).status_code
        for name, client in clients.items()
    }
    assert page == {"secretary": 200, "keeper": 200, "stranger": 404, "reader": 200}
    address = {"day": TOMORROW.isoformat()}
    week = {
        name: client.get(reverse("activities:venue-calendar", args=[venue.pk]), address).content.decode()
        for name, client in clients.items()
    }
    assert {name: ("机密的用途" in text, branch.name in text) for name, text in week.items()} == {
        "secretary": (True, True), "keeper": (True, True), "stranger": (False, True), "reader": (True, True),
    }  # fmt: skip
    for name, status in (("secretary", 403), ("reader", 403), ("stranger", 404), ("keeper", 302)):
        answer = clients[name].post(reverse("activities:booking-confirm", args=[booking.pk]))
        assert answer.status_code == status, name
    booking.refresh_from_db()
    assert booking.state == "confirmed"
    assert clients["keeper"].get(reverse("activities:booking-edit", args=[booking.pk])).status_code == 403
    secretary = booking.booked_by
    (told,) = Notice.objects.visible_to(secretary)
    assert (told.title, told.url) == (
        f"场地预订已确认：{booking}",
        reverse("activities:booking", args=[booking.pk]),
    )
    clients["keeper"].post(reverse("activities:booking-cancel", args=[booking.pk]), {"reason": "临时占用"})
    booking.refresh_from_db()
    assert (booking.state, booking.reason) == ("cancelled", "临时占用")
    assert [one.detail for one in Notice.objects.order_by("pk")] == ["", "临时占用"]


def test_what_waits_stands_on_the_home_page_of_the_keepers(top, branch):
    venue = always_open(top, needs_approval=True)
    for hour in range(8, 15):
        book(venue, branch, f"{hour}:00", f"{hour}:30")
    mine = [
        one.title
        for one in to_dos(builders.make_user("officer", top), timezone.localdate())
        if "预订" in one.title
    ]
    assert len(mine) == 6
    assert mine[-1] == "另有 2 个场地预订待确认"
    theirs = to_dos(builders.make_user("secretary", branch), timezone.localdate())
    assert not [one for one in theirs if "预订" in one.title]


def test_the_interface_books_under_the_same_rules(top, branch, client_for):
    venue = always_open(top)
    client = client_for(builders.make_user("secretary", branch))
    sent = {
        "venue": venue.pk, "organisation": branch.code, "starts_at": at("09:00").isoformat(),
        "ends_at": at("10:00").isoformat(), "title": "学习", "persons": 5,
    }  # fmt: skip

    def post(name, data, *args):
        return client.post(
            reverse(f"api:venue-booking-{name}", args=args), data, content_type="application/json"
        )

    made = post("list", sent)
    assert (made.status_code, made.json()["state"]) == (201, "confirmed")
    again = post("list", sent)
    assert (again.status_code, "预订" in again.json()["starts_at"][0]) == (400, True)
    assert post("list", sent | {"organisation": top.code}).status_code == 400
    pk = made.json()["id"]
    assert post("confirm", {}, pk).status_code == 403
    assert post("cancel", {"reason": "改期"}, pk).json()["state"] == "cancelled"
    assert len(client.get(reverse("api:venue-booking-list")).json()["results"]) == 1


def test_the_list_begins_with_one_s_own(top, branch, client_for):
    venue = always_open(top)
    own, other = book(venue, branch), book(venue, top, "14:00", "15:00")
    page = client_for(builders.make_user("officer", top)).get(
        reverse("activities:booking-list"), {"venue": venue.pk}
    )
    assert {row.pk for row in page.context["page"]} == {own.pk, other.pk}
    page = client_for(builders.make_user("secretary", branch)).get(reverse("activities:booking-list"))
    assert [row.pk for row in page.context["page"]] == [own.pk]


# --- Called off and moved ------------------------------------------------------------------------------


def notices_of(user):
    return [one.title for one in Notice.objects.filter(user=user).order_by("pk")]


def test_a_cancelled_activity_lets_its_station_go_and_those_concerned_are_told_once(top, branch):
    keeper, booker, by = (
        builders.make_user("officer", top),
        builders.make_user("secretary", branch),
        builders.make_user("secretary", branch),
    )
    venue, activity = always_open(top), plan(branch)
    booking = book(venue, branch, activity=activity, by=booker)
    other = book(venue, branch, start="14:00", end="15:00", activity=plan(branch, start="14:00", end="15:00"))

    activities.cancel_activity(activity=activity, reason="改由上级举办", by=by)

    booking.refresh_from_db()
    assert (booking.state, booking.reason, booking.decided_by, booking.slots.count()) == (
        "cancelled", "活动取消", by, 0,
    )  # fmt: skip
    other.refresh_from_db()
    assert (other.state, other.slots.count()) == ("confirmed", 2)
    event = AuditEvent.objects.filter(object_type=booking._meta.model_name, object_id=str(booking.pk)).latest(
        "pk"
    )
    assert (event.actor, event.detail["reason"]) == (by, "活动取消")
    assert book(venue, top).slots.count() == 4  # free again
    for _ in range(2):
        tasks.tell_acts()
    words = [f"活动取消，场地已放开：{booking}"]
    assert (notices_of(keeper), notices_of(booker), notices_of(by)) == (words, words, [])


def test_a_room_that_was_used_stays_booked_when_the_record_is_cancelled(top, branch):
    by, activity = User.objects.system(), plan(branch)
    booking = book(always_open(top), branch, activity=activity)
    past = timezone.now() - dt.timedelta(days=1)
    Booking.objects.filter(pk=booking.pk).update(starts_at=past - dt.timedelta(hours=1), ends_at=past)

    activities.cancel_activity(activity=activity, reason="重复", by=by)

    booking.refresh_from_db()
    assert (booking.state, booking.slots.count()) == ("confirmed", 4)
    assert tasks.tell_acts() == 0


def test_a_moved_activity_tells_the_station_unless_the_booking_still_fits_or_was_moved_too(top, branch):
    keeper, booker, by = (
        builders.make_user("officer", top),
        builders.make_user("secretary", branch),
        builders.make_user("secretary", branch),
    )
    activity = plan(branch)
    booking = book(always_open(top), branch, activity=activity, by=booker)

    activities.change_activity(activity=activity, values={"starts_at": at("09:30")}, by=by)
    assert tasks.tell_acts() == 0  # still within the booked time
    moved = {"starts_at": at("14:00"), "ends_at": at("15:00")}
    activities.change_activity(activity=activity, values=moved, by=by)
    for _ in range(2):
        tasks.tell_acts()
    words = [f"活动改期，与场地预订不一致：{booking}"]
    assert (notices_of(keeper), notices_of(booker), notices_of(by)) == (words, words, [])
    assert activity.when_words in Notice.objects.filter(user=keeper).get().detail

    activities.change_activity(activity=activity, values={"starts_at": at("14:30")}, by=by)
    bookings.change_booking(
        booking=booking, starts_at=at("14:30"), ends_at=at("15:00"), title="专题学习", persons=9, by=by
    )
    tasks.tell_acts()
    assert notices_of(keeper) == words  # settled before anybody was told


def test_a_station_still_held_for_what_was_called_off_is_let_go_from_its_page(top, branch, client_for):
    activity = plan(branch)
    booking = book(always_open(top), branch, activity=activity)
    Activity.objects.filter(pk=activity.pk).update(state="cancelled")  # before bookings went with it
    client, address = (
        client_for(builders.make_user("secretary", branch)),
        reverse("activities:booking", args=[booking.pk]),
    )

    assert "因活动取消，取消预订" in client.get(address).content.decode()
    client.post(reverse("activities:booking-cancel", args=[booking.pk]), {"reason": "活动取消"})

    booking.refresh_from_db()
    assert (booking.state, booking.reason) == ("cancelled", "活动取消")
    assert "因活动取消，取消预订" not in client.get(address).content.decode()
