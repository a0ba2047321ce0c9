"""Liaisons of partner units: what their accounts open, and who gives, ends and passes them on."""

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from linkages import access
from linkages.actions import liaisons, partners
from linkages.models import Agreement, PartnerLiaison
from orgs.actions import accounts
from orgs.models import AuditEvent, User
from tests import builders

pytestmark = pytest.mark.django_db


@pytest.fixture
def top():
    return builders.make_organisation()


@pytest.fixture
def branch(top):
    return builders.make_organisation(top)


@pytest.fixture
def unit(top):
    return builders.make_partner(top)


@pytest.fixture
def officer(top):
    return builders.make_user("officer", top)


def fresh(user) -> User:
    """As the next request finds the account."""
    return User.objects.get(pk=user.pk)


def appoint(unit, by, name="liaison", **kw):
    values = {"username": name, "display_name": "连伯安"} | kw
    return liaisons.appoint_liaison(partner=unit, by=by, **values)


def titles(user):
    return set(Agreement.objects.visible_to(fresh(user)).values_list("title", flat=True))


# --- What they see ---------------------------------------------------------------------------------------


def test_a_liaison_sees_the_agreements_of_the_own_unit_and_no_others(branch, unit, officer):
    ours = builders.make_agreement(branch, unit, title="医企共建")
    builders.make_agreement(branch, title="银企共建")
    liaison = appoint(unit, officer)
    assert titles(liaison.user) == {"医企共建"}
    assert not access.can_change_agreement(fresh(liaison.user), ours)
    liaisons.end_liaison(liaison=liaison, reason="换人", by=officer)
    assert titles(liaison.user) == set()


def test_the_units_are_asked_once_and_of_liaisons_only(unit, officer):
    user = fresh(appoint(unit, officer).user)
    with CaptureQueriesContext(connection) as queries:
        assert [access.partner_ids(user) for _ in range(3)] == [[unit.pk]] * 3
    assert len(queries) == 2  # appointments and units
    officer = fresh(officer)
    assert officer.current_appointments
    with CaptureQueriesContext(connection) as queries:
        assert access.partner_ids(officer) == []
    assert len(queries) == 0


def test_without_the_appointment_the_unit_counts_no_more(top, unit, officer):
    liaison = appoint(unit, officer)
    manager = builders.make_user("administrator", top)
    accounts.end_appointment(appointment=liaison.user.appointments.get(), by=manager)
    assert access.partner_ids(fresh(liaison.user)) == []
    assert not unit.liaisons.with_access().get().may_sign_in


def test_the_page_is_the_same_without_what_a_liaison_cannot_do(branch, unit, officer, client_for):
    agreement = builders.make_agreement(branch, unit, title="医企共建", signed_on=timezone.localdate())
    liaison = appoint(unit, officer)
    liaisons.name_liaison(agreement=agreement, liaison=liaison, by=officer)
    client = client_for(liaison.user)
    page = client.get(reverse("linkages:agreement", args=[agreement.pk])).text
    assert "账号：连伯安" in page
    assert page.count("<form") == 2  # to search and to sign out
    home = client.get(reverse("portal:home")).text
    assert "医企共建" in home
    listed = client.get(reverse("linkages:agreement-list")).text
    assert "共建单位</a>" not in listed
    assert "起草协议" not in listed
    for name in (
        "linkages:partner-list",
        "members:member-list",
        "activities:activity-list",
        "portal:dashboard",
    ):
        assert client.get(reverse(name)).status_code == 403


# --- Who gives them --------------------------------------------------------------------------------------


def test_who_reads_everything_of_the_register_appoints(top, branch, unit, officer, client_for):
    builders.make_agreement(branch, unit)
    values = {"username": "renxin", "display_name": "连伯安", "email": ""}
    url = reverse("linkages:liaison-appoint", args=[unit.pk])
    assert client_for(builders.make_user("secretary", branch)).post(url, values).status_code == 403
    page = client_for(officer).post(url, values).text
    assert "/invitation/" in page
    liaison = PartnerLiaison.objects.get()
    assert (liaison.partner, liaison.user.has_usable_password()) == (unit, False)
    assert liaison.user.appointments.get().organisation == top
    assert AuditEvent.objects.filter(object_type="partner", detail__account="renxin").exists()


def test_names_of_new_accounts_are_asked_for(unit, officer, client_for):
    client = client_for(officer)
    url = reverse("linkages:liaison-appoint", args=[unit.pk])
    assert "新建账号请填写" in client.post(url, {"username": "", "display_name": "连伯安"}).text
    assert "请不要用手机号码" in client.post(url, {"username": "19900001234", "display_name": "连伯安"}).text
    assert not PartnerLiaison.objects.exists()


def test_an_account_speaks_for_several_units_and_may_come_back(top, unit, officer, client_for):
    first, other = appoint(unit, officer), builders.make_partner(top)
    user = first.user
    second = liaisons.appoint_liaison(partner=other, account=user, by=officer)
    assert set(access.partner_ids(fresh(user))) == {unit.pk, other.pk}
    assert user.appointments.count() == 1
    with pytest.raises(ValidationError, match="已是本单位的联络员"):
        liaisons.appoint_liaison(partner=unit, account=user, by=officer)
    liaisons.end_liaison(liaison=first, reason="换岗", by=officer)
    assert access.partner_ids(fresh(user)) == [other.pk]
    liaisons.end_liaison(liaison=second, reason="换岗", by=officer)
    assert access.partner_ids(fresh(user)) == []
    url = reverse("linkages:liaison-appoint", args=[unit.pk])
    client_for(officer).post(url, {"account": user.pk, "username": "", "display_name": ""})
    assert access.partner_ids(fresh(user)) == [unit.pk]
    with pytest.raises(ValidationError, match="卸任"):
        liaisons.end_liaison(liaison=first, reason="再来", by=officer)


def test_accounts_of_others_are_out_of_reach(branch, unit, officer):
    stranger = builders.make_user("member", branch)
    with pytest.raises(ValidationError, match="其他共建单位的联络员"):
        liaisons.appoint_liaison(partner=unit, account=stranger, by=officer)
    liaison = appoint(unit, officer)
    builders.Appointment.objects.create(user=liaison.user, organisation=branch, role="member")
    with pytest.raises(ValidationError, match="其他任用"):
        liaisons.invite_liaison(liaison=liaison, by=officer)


def test_account_managers_neither_grant_the_role_nor_mix_it_with_duties(top, unit, officer):
    manager = builders.make_user("administrator", top)
    with pytest.raises(ValidationError, match="共建单位"):
        accounts.grant_appointment(
            user=builders.make_user("member", top), role="partner", organisation=top, by=manager
        )
    user = appoint(unit, officer).user
    with pytest.raises(ValidationError, match="外单位联络"):
        accounts.grant_appointment(user=user, role="secretary", organisation=top, by=manager)
    assert user not in User.objects.appointed_within(top)


def test_a_merged_unit_hands_its_liaisons_on(top, branch, officer):
    double, kept = builders.make_partner(top), builders.make_partner(top)
    agreement = builders.make_agreement(branch, double, title="医企共建", signed_on=timezone.localdate())
    both, one = appoint(double, officer, "both"), appoint(double, officer, "one")
    liaisons.appoint_liaison(partner=kept, account=both.user, by=officer)
    liaisons.name_liaison(agreement=agreement, liaison=both, by=officer)
    partners.merge_partner(partner=double, into=kept, by=officer)
    assert [access.partner_ids(fresh(row.user)) for row in (both, one)] == [[kept.pk]] * 2
    assert titles(one.user) == titles(both.user) == {"医企共建"}
    named = agreement.parties.get(organisation=None).liaison
    assert (named.user, named.ended_on) == (both.user, None)


def test_only_a_side_of_the_agreement_is_named(top, branch, unit, officer):
    agreement = builders.make_agreement(branch, unit, signed_on=timezone.localdate())
    other = appoint(builders.make_partner(top), officer)
    with pytest.raises(ValidationError, match="协议一方"):
        liaisons.name_liaison(agreement=agreement, liaison=other, by=officer)
    draft = builders.make_agreement(branch, unit)
    with pytest.raises(ValidationError, match="尚未登记签署"):
        liaisons.name_liaison(agreement=draft, liaison=appoint(unit, officer, "x"), by=officer)
