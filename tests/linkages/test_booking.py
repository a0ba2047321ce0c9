"""What is booked against an agreement, what it counts for, and what the home page reminds of."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from activities.actions import activities
from linkages import promises, todos
from linkages.actions import booking
from linkages.models import Agreement
from orgs.models import Appointment, User
from tests import builders

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 20)


@pytest.fixture
def top():
    return builders.make_organisation()


@pytest.fixture
def branch(top):
    return builders.make_organisation(top)


@pytest.fixture
def by():
    return User.objects.system()


def gathering(organisation, on):
    starts_at = timezone.make_aware(dt.datetime.combine(on, dt.time(9)))
    return activities.record_activity(
        organisation=organisation,
        kinds=("linkage",),
        values={"title": f"联建{builders.next_number()}", "starts_at": starts_at},
        by=User.objects.system(),
    )


def agreed(organisation, *units, **kw):
    return builders.make_agreement(organisation, *units, signed_on=dt.date(2026, 1, 1), **kw)


def refused(call, **values):
    with pytest.raises(ValidationError) as error:
        call(**values)
    return error.value


@pytest.mark.parametrize(
    ("on", "fits"), [(dt.date(2026, 1, 31), False), (dt.date(2026, 2, 1), True), (dt.date(2026, 3, 1), True), (dt.date(2026, 3, 2), False)]
)  # fmt: skip
def test_only_within_the_term(branch, by, on, fits):
    agreement = agreed(branch, starts_on=dt.date(2026, 2, 1), ends_on=dt.date(2026, 3, 1))
    activity = gathering(branch, on)
    assert list(booking.bookable(agreement)) == [activity] * fits
    if fits:
        booking.book_activity(agreement=agreement, activity=activity, by=by)
        error = refused(booking.book_activity, agreement=agreement, activity=activity, by=by)
        assert "已登记" in error.message_dict["activity"][0]
        assert not booking.bookable(agreement).exists()
    else:
        assert (
            "activity"
            in refused(booking.book_activity, agreement=agreement, activity=activity, by=by).message_dict
        )


def test_only_what_a_party_or_one_below_it_held(top, by):
    committee = builders.make_organisation(top, "area_committee")
    below, stranger = builders.make_organisation(committee), builders.make_organisation(top)
    agreement = agreed(committee)
    own, other = gathering(below, dt.date(2026, 5, 1)), gathering(stranger, dt.date(2026, 5, 1))
    assert list(booking.bookable(agreement)) == [own]
    booking.book_activity(agreement=agreement, activity=own, by=by)
    error = refused(booking.book_activity, agreement=agreement, activity=other, by=by)
    assert "各方" in error.message_dict["activity"][0]


def test_a_withdrawn_booking_stays_and_may_be_made_again(branch, by):
    agreement, activity = agreed(branch), gathering(branch, dt.date(2026, 5, 1))
    row = booking.book_activity(agreement=agreement, activity=activity, by=by)
    assert "reason" in refused(booking.withdraw_booking, booking=row, reason="", by=by).message_dict
    booking.withdraw_booking(booking=row, reason="登错", by=by)
    booking.book_activity(agreement=agreement, activity=activity, by=by)
    assert agreement.bookings.count() == 2
    assert agreement.bookings.standing().count() == 1
    with pytest.raises(TypeError):
        row.delete()


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"kind": "people"}, "people"),
        ({"kind": "people", "people": 3, "hired": 4}, "hired"),
        ({"kind": "people", "people": 3, "members": 4}, "members"),
        ({"kind": "item"}, "party"),
        ({"kind": "amount"}, "amount"),
        ({"kind": "problem", "amount": Decimal(1)}, "amount"),
        ({"kind": "problem", "people": 1}, "people"),
        ({"kind": "amount", "amount": Decimal(0)}, "__all__"),
        ({"kind": "people", "people": 3, "hired": 3, "members": 3}, None),
    ],
)
def test_results_say_what_their_kind_needs(branch, by, values, field):
    given = {"agreement": agreed(branch), "on": dt.date(2026, 5, 1), "what": "招聘", "by": by, **values}
    if field:
        assert field in refused(booking.add_result, **given).message_dict
    else:
        assert booking.add_result(**given).members == 3


def test_nothing_is_booked_against_a_draft(branch, by):
    agreement, activity = builders.make_agreement(branch), gathering(branch, dt.date(2026, 5, 1))
    assert "签署" in refused(booking.book_activity, agreement=agreement, activity=activity, by=by).messages[0]


# --- Promises ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("today", "due"),
    [
        (dt.date(2026, 1, 1), 0),
        (dt.date(2026, 4, 2), 0),
        (dt.date(2026, 4, 3), 1),
        (dt.date(2026, 12, 31), 3),
        (dt.date(2027, 1, 1), 0),
    ],
)
def test_the_calendar_asks_for_its_share(branch, today, due):
    """Four a year, one every 91.25 days: the first is due once 92 whole days are gone."""
    agreement = agreed(branch)
    assert promises.share(agreement, 4, today) == (4, due)


def test_half_a_year_promises_half_rounded_up(branch):
    agreement = agreed(branch, starts_on=dt.date(2026, 7, 1), ends_on=dt.date(2027, 6, 30))
    assert promises.share(agreement, 3, dt.date(2026, 8, 1))[0] == 2


def test_promises_count_what_stands_each_for_its_party(branch, top, by):
    partner = builders.make_partner(top)
    agreement = agreed(branch, partner, activities_per_year=2, meetings_per_year=1, items_per_year=1)
    one = booking.book_activity(agreement=agreement, activity=gathering(branch, dt.date(2026, 5, 1)), by=by)
    booking.book_activity(
        agreement=agreement, activity=gathering(branch, dt.date(2026, 6, 1)), booked_as="meeting", by=by
    )
    booking.add_result(
        agreement=agreement, kind="item", on=dt.date(2026, 5, 1), what="义诊", beneficiary="职工",
        party=agreement.parties.get(partner=partner), by=by,
    )  # fmt: skip

    def shown():
        row = Agreement.objects.with_parties().get()
        lines = promises.promises_of([row], TODAY)[row.pk]
        return [(line.kind, line.who, line.fulfilled, line.goal, line.behind) for line in lines]

    assert shown() == [
        ("meeting", "各方", 1, 1, False),
        ("activity", "各方", 1, 2, False),
        ("item", branch.name, 0, 1, False),
        ("item", partner.name, 1, 1, False),
    ]
    booking.withdraw_booking(booking=one, reason="登错", by=by)
    assert shown()[1] == ("activity", "各方", 0, 2, True)


# --- The home page -------------------------------------------------------------------------------------


def titles(user, today):
    return [to_do.title for to_do in todos.to_dos(user, today)]


def test_reminders_name_the_other_side(branch, top):
    partner = builders.make_partner(top, name="仁心医院")
    agreed(branch, partner, ends_on=dt.date(2026, 12, 31), activities_per_year=2)
    secretary = builders.make_user("secretary", branch)
    leader = builders.make_user("leader", branch)
    day = dt.date(2026, 10, 31)
    assert titles(secretary, dt.date(2026, 6, 30)) == []
    assert titles(secretary, dt.date(2026, 7, 1)) == ["与仁心医院的共建协议已半年未开展共建活动。"]
    assert titles(secretary, day) == ["与仁心医院的共建协议已半年未开展共建活动。"]
    assert titles(secretary, dt.date(2026, 11, 1))[0] == "与仁心医院的共建协议将于2026-12-31到期。"
    assert titles(secretary, dt.date(2027, 1, 1)) == []
    assert titles(leader, day) == []


def test_promises_behind_are_said_in_the_last_quarter_only(branch, by):
    agreement = agreed(branch, activities_per_year=4)
    booking.book_activity(agreement=agreement, activity=gathering(branch, dt.date(2026, 8, 1)), by=by)
    secretary = builders.make_user("secretary", branch)
    assert titles(secretary, dt.date(2026, 9, 30)) == []
    (found,) = todos.to_dos(secretary, dt.date(2026, 10, 1))
    assert "联合活动 1/4" in found.reason


def test_a_signed_renewal_ends_the_reminder(branch, by, top):
    partner = builders.make_partner(top)
    agreement = agreed(branch, partner, ends_on=dt.date(2026, 12, 1))
    booking.add_result(agreement=agreement, kind="problem", on=dt.date(2026, 10, 1), what="班车", by=by)
    secretary = builders.make_user("secretary", branch)
    assert len(titles(secretary, dt.date(2026, 11, 1))) == 1
    renewed = builders.make_agreement(branch, partner, signed_on=dt.date(2026, 10, 2))
    Agreement.objects.filter(pk=renewed.pk).update(predecessor=agreement)
    assert [t for t in titles(secretary, dt.date(2026, 11, 1)) if "到期" in t] == []


def test_the_lines_that_sum_up_lead_to_exactly_the_rows_they_count(client_for, top, branch, by, monkeypatch):
    noon = timezone.make_aware(dt.datetime.combine(TODAY, dt.time(12)))
    monkeypatch.setattr(timezone, "now", lambda: noon)
    elsewhere = builders.make_organisation(top)
    secretary = builders.make_user("secretary", branch)
    Appointment.objects.create(
        user=secretary, role="leader", organisation=elsewhere, starts_on=TODAY
    )  # reads

    def brought(agreement, on=dt.date(2026, 10, 1)):
        booking.add_result(agreement=agreement, kind="problem", on=on, what="班车", by=by)
        return agreement

    count = todos.SHOWN + 2
    for _ in range(count):
        agreed(branch)
        brought(agreed(branch, activities_per_year=4))
        brought(agreed(branch, ends_on=dt.date(2026, 12, 31)))
    for organisation in (branch, elsewhere):  # none of these is counted
        brought(agreed(organisation))
        renewed = brought(agreed(organisation, ends_on=dt.date(2026, 12, 31)))
        renewal = brought(agreed(organisation))
        Agreement.objects.filter(pk=renewal.pk).update(predecessor=renewed)
    agreed(elsewhere)
    brought(agreed(elsewhere, activities_per_year=4))
    brought(agreed(elsewhere, ends_on=dt.date(2026, 12, 31)))

    client, lines = client_for(secretary), todos.to_dos(secretary, TODAY)
    sums = [line for line in lines if line.title.startswith("另有 2 份")]
    assert len(sums) == len((todos.ending, todos.quiet, todos.behind))
    found = [client.get(line.url).context for line in sums]
    assert [context["matching"] for context in found] == [count] * len(sums)
    shown = {line.url for line in lines} - {line.url for line in sums}
    listed = {reverse("linkages:agreement", args=[row.pk]) for context in found for row in context["page"]}
    assert len(listed) == count * len(sums)
    assert shown < listed


# --- Pages ---------------------------------------------------------------------------------------------


def test_an_activity_is_booked_from_its_own_page(client_for, branch):
    agreement, activity = agreed(branch, title="医企共建"), gathering(branch, dt.date(2026, 5, 1))
    client = client_for(builders.make_user("secretary", branch))
    page = reverse("activities:activity", args=[activity.pk])
    assert "登记到共建协议" in client.get(page).content.decode()
    client.post(
        reverse("linkages:activity-book", args=[activity.pk]),
        {"agreement": agreement.pk, "booked_as": "activity"},
    )
    assert agreement.bookings.get().activity == activity
    shown = client.get(page).content.decode()
    assert "医企共建" in shown
    assert "登记到共建协议" not in shown


def test_the_other_party_reads_the_title_and_opens_only_its_own(client_for, top, branch, by):
    other = builders.make_organisation(top)
    agreement, activity = agreed(branch, other), gathering(branch, dt.date(2026, 5, 1))
    booking.book_activity(agreement=agreement, activity=activity, by=by)
    address = reverse("linkages:agreement", args=[agreement.pk])
    link = reverse("activities:activity", args=[activity.pk])
    for organisation, opens in ((branch, True), (other, False)):
        page = client_for(builders.make_user("secretary", organisation)).get(address).content.decode()
        assert activity.title in page
        assert (f'"{link}"' in page) == opens
