"""Lending an appointment: to whom, how much, how long, and when it stops counting."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from orgs import access
from orgs.actions import accounts
from orgs.models import Appointment, AuditEvent, Organisation, User
from tests import builders

pytestmark = pytest.mark.django_db


def day(offset=0):
    return timezone.localdate() + dt.timedelta(days=offset)


@pytest.fixture
def top():
    return builders.make_organisation()


@pytest.fixture
def branch(top):
    return builders.make_organisation(top)


@pytest.fixture
def officer(top):
    return builders.make_user("officer", top)


@pytest.fixture
def helper(branch):
    """Holds no data right of their own."""
    return builders.make_user("member", branch)


def lend(lender, to, organisation=None, ends_on=None, appointment=None):
    appointment = appointment or lender.appointments.get()
    return accounts.delegate(
        appointment=appointment,
        to=to,
        organisation=organisation or appointment.organisation,
        ends_on=ends_on or day(30),
        by=lender,
    )


def seen_by(user):
    return set(Organisation.objects.visible_to(User.objects.get(pk=user.pk)))


def test_a_borrowed_appointment_shows_the_lent_part_and_exports_nothing(officer, helper, top, branch):
    other = builders.make_organisation(top)
    assert seen_by(helper) == set()
    lend(officer, helper, branch)
    assert seen_by(helper) == {branch}
    assert other not in seen_by(helper)
    fresh = User.objects.get(pk=helper.pk)
    assert access.has_at(fresh, "coverage.change", branch)
    assert not access.can_export(fresh)
    assert not access.can_delegate(fresh)
    assert AuditEvent.objects.get(action="grant").detail["act"] == "授权"


def test_a_borrowed_appointment_is_not_lent_on(officer, helper, branch):
    lent = lend(officer, helper, branch)
    third = builders.make_user("member", branch)
    with pytest.raises(ValidationError, match="不能再转授"):
        lend(helper, third, appointment=lent)


def test_only_own_appointments_that_may_be_lent(officer, helper, top, branch):
    leader = builders.make_user("leader", top)
    with pytest.raises(ValidationError, match="不能授权他人代办"):
        lend(leader, helper)
    with pytest.raises(ValidationError, match="不能授权他人代办"):
        accounts.delegate(
            appointment=officer.appointments.get(), to=helper, organisation=branch, ends_on=day(9), by=leader
        )


def test_only_to_accounts_below_and_only_what_lies_below(top, branch, helper):
    secretary = builders.make_user("secretary", branch)
    beside = builders.make_organisation(top)
    with pytest.raises(ValidationError, match="其他在用账号"):
        lend(secretary, builders.make_user("member", beside))
    with pytest.raises(ValidationError, match="其他在用账号"):
        lend(secretary, secretary)
    with pytest.raises(ValidationError, match="其他在用账号"):
        lend(secretary, builders.make_user("member", branch, is_active=False))
    with pytest.raises(ValidationError, match="范围内的工作"):
        lend(secretary, helper, top)


@pytest.mark.parametrize("ends_on", [day(-1), day(366), None])
def test_an_end_within_a_year_is_required(officer, helper, ends_on):
    with pytest.raises(ValidationError, match="结束日期"):
        accounts.delegate(
            appointment=officer.appointments.get(),
            to=helper,
            organisation=officer.appointments.get().organisation,
            ends_on=ends_on,
            by=officer,
        )


def test_not_longer_than_the_own_appointment(top, helper):
    officer = builders.make_user("officer", top, ends_on=day(5))
    with pytest.raises(ValidationError, match="不能晚于本人任用"):
        lend(officer, helper, ends_on=day(6))


def test_separation_of_duties_holds_for_borrowed_rights(officer, branch):
    for role in ("auditor", "administrator"):
        with pytest.raises(ValidationError, match="兼任"):
            lend(officer, builders.make_user(role, branch))


# --- When the lender loses the right, the borrower does ----------------------------------------------


def test_stops_when_the_lenders_appointment_is_ended(officer, helper, top, branch):
    lend(officer, helper, branch)
    administrator = builders.make_user("administrator", top)
    accounts.end_appointment(appointment=officer.appointments.get(), by=administrator)
    assert seen_by(helper) == set()


def test_stops_when_the_lenders_appointment_runs_out(officer, helper, branch):
    lent = lend(officer, helper, branch, ends_on=day(20))
    officer.appointments.update(ends_on=day(10))
    assert lent in Appointment.objects.current(on=day(10))
    assert lent not in Appointment.objects.current(on=day(11))


def test_stops_while_the_lender_is_disabled(officer, helper, top, branch):
    lend(officer, helper, branch)
    administrator = builders.make_user("administrator", top)
    accounts.set_active(user=officer, active=False, by=administrator)
    assert seen_by(helper) == set()
    accounts.set_active(user=officer, active=True, by=administrator)
    assert seen_by(helper) == {branch}


def test_another_own_appointment_that_contains_it_keeps_it_alive(officer, helper, top, branch):
    lend(officer, helper, branch)
    own = officer.appointments.get()
    other = builders.make_organisation(top)
    second = Appointment.objects.create(user=officer, organisation=other, role="officer", starts_on=day(-9))
    own.delete()
    assert seen_by(helper) == set()  # a sibling does not contain it
    second.organisation = branch
    second.save()
    assert seen_by(helper) == {branch}


# --- The page ----------------------------------------------------------------------------------------


def test_lending_and_taking_back_on_the_page(client_for, officer, helper, branch):
    client, url = client_for(officer), reverse("orgs:delegation-list")
    assert client.get(url).status_code == 200
    values = {
        "appointment": officer.appointments.get().pk,
        "to": helper.username,
        "organisation": f"{branch.name}（{branch.code}）",
        "ends_on": day(7).isoformat(),
    }
    assert client.post(url, values).status_code == 302
    lent = Appointment.objects.get(delegated_by=officer)
    assert [a.pk for a in client_for(helper).get(url).context["borrowed"]] == [lent.pk]
    assert [a.pk for a in client.get(url).context["lent"]] == [lent.pk]
    client.post(reverse("orgs:delegation-end", args=[lent.pk]))
    assert seen_by(helper) == set()


def test_only_the_lender_takes_back(client_for, officer, helper, top, branch):
    lent = lend(officer, helper, branch)
    for other in (helper, builders.make_user("officer", top), builders.make_user("administrator", top)):
        response = client_for(other).post(reverse("orgs:delegation-end", args=[lent.pk]))
        assert response.status_code == 404
    assert seen_by(helper) == {branch}


def test_who_has_nothing_to_lend_gets_no_form(client_for, helper):
    client, url = client_for(helper), reverse("orgs:delegation-list")
    assert client.get(url).context["form"] is None
    assert client.post(url, {}).status_code == 403


def test_a_forged_form_lends_nothing_of_others(client_for, officer, helper, branch):
    secretary = builders.make_user("secretary", branch)
    values = {
        "appointment": officer.appointments.get().pk,
        "to": helper.username,
        "organisation": branch.code,
        "ends_on": day(7).isoformat(),
    }
    response = client_for(secretary).post(reverse("orgs:delegation-list"), values)
    assert "appointment" in response.context["form"].errors
    assert not Appointment.objects.filter(delegated_by__isnull=False).exists()
