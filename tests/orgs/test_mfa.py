"""Second factor: enrolment through the real pages, the secret in the database, and who must have one."""

import base64
import json

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.test import Client
from django.urls import resolve, reverse

from orgs.actions import accounts
from orgs.middleware import SecondFactorMiddleware
from orgs.models import AuditEvent
from tests import builders

pytestmark = pytest.mark.django_db


@pytest.fixture
def top():
    return builders.make_organisation()


def sign_in(user):
    client = Client()
    client.post(reverse("account_login"), {"login": user.username, "password": builders.PASSWORD})
    return client


def code_for(secret) -> str:
    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))


def confirm_password(client):
    client.post(reverse("account_reauthenticate"), {"password": builders.PASSWORD})


def enrol(client) -> str:
    """Through the page, as a person does; returns the secret."""
    confirm_password(client)
    page = client.get(reverse("mfa_activate_totp"))
    secret = page.context["form"].secret
    response = client.post(reverse("mfa_activate_totp"), {"code": code_for(secret)})
    assert response.status_code == 302
    return secret


def test_the_secret_is_not_stored_in_clear_and_signs_in(top):
    user = builders.make_user("officer", top)
    secret = enrol(sign_in(user))
    stored = json.dumps([a.data for a in Authenticator.objects.filter(user=user)])
    assert secret not in stored
    assert base64.b64encode(secret.encode()).decode() not in stored
    assert "a1:" in stored
    client = sign_in(user)
    assert client.get(reverse("portal:home")).status_code == 302  # the password alone does not suffice
    client.post(reverse("mfa_authenticate"), {"code": code_for(secret)})
    assert client.get(reverse("portal:home")).status_code == 200


def test_enrolling_and_giving_up_are_recorded(top, django_capture_on_commit_callbacks):
    user = builders.make_user("officer", top)
    client = sign_in(user)
    with django_capture_on_commit_callbacks(execute=True):
        enrol(client)
    client.post(reverse("mfa_deactivate_totp"))
    events = AuditEvent.objects.filter(actor=user, detail__type="totp").order_by("pk")
    assert [e.detail["two_factor"] for e in events] == ["启用", "停用"]


def test_an_administrator_helps_after_a_lost_phone(top):
    administrator = builders.make_user("administrator", top)
    user = builders.make_user("officer", top)
    client = sign_in(user)
    enrol(client)
    accounts.reset_second_factor(user=user, by=administrator)
    assert not Authenticator.objects.filter(user=user).exists()
    assert client.get(reverse("portal:home")).status_code == 302
    assert sign_in(user).get(reverse("portal:home")).status_code == 200


@pytest.mark.parametrize(
    ("role", "required"),
    [("administrator", True), ("officer", True), ("secretary", False), ("leader", False), ("auditor", False)],
)
def test_powerful_accounts_must_enrol_first(top, settings, role, required):
    settings.REQUIRE_MFA = True
    client = sign_in(builders.make_user(role, top))
    response = client.get(reverse("portal:my-account"))
    assert (response.status_code, response.get("Location")) == (
        (302, reverse("mfa_activate_totp")) if required else (200, None)
    )
    if required:
        enrol(client)
        assert client.get(reverse("portal:my-account")).status_code == 200


def test_the_session_reads_nothing_through_the_api_either(top, settings, rf):
    settings.REQUIRE_MFA = True
    request = rf.get("/api/anything/")
    request.user, request.resolver_match = builders.make_user("officer", top), resolve("/me/")
    response = SecondFactorMiddleware(None).process_view(request, request.resolver_match.func, (), {})
    assert response.status_code == 403
    assert "两步验证" in json.loads(response.content)["detail"]


def test_the_way_to_enrol_and_out_stays_open(top, settings):
    settings.REQUIRE_MFA = True
    client = sign_in(builders.make_user("officer", top))
    asks_for_password = client.get(reverse("mfa_activate_totp"))
    assert asks_for_password.url.startswith(reverse("account_reauthenticate"))
    assert client.get(asks_for_password.url).status_code == 200
    confirm_password(client)
    assert client.get(reverse("mfa_activate_totp")).status_code == 200
    assert client.post(reverse("account_logout")).status_code == 302


def test_where_it_is_not_required_nobody_is_sent(top, settings):
    settings.REQUIRE_MFA = False
    assert sign_in(builders.make_user("officer", top)).get(reverse("portal:my-account")).status_code == 200
