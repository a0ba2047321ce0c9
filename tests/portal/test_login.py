"""Getting in and staying out: closed sign-up, lock-out, idle time, first password, second factor, devices."""

import re
import time

import pytest
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.cache import cache
from django.test import Client
from django.urls import NoReverseMatch, reverse

from orgs.middleware import LoginRequiredMiddleware
from tests.builders import PASSWORD, make_organisation, make_user

pytestmark = pytest.mark.django_db

LOGIN, CHANGE = "account_login", "account_change_password"
NEW_PASSWORD = "银杏-Yinxing-2027"


@pytest.fixture(autouse=True)
def empty_cache():
    cache.clear()


@pytest.fixture
def officer():
    return make_user("officer", make_organisation(), username="officer")


def sign_in(client, username="officer", password=PASSWORD, **headers):
    return client.post(reverse(LOGIN), {"login": username, "password": password}, **headers)


def is_signed_in(client):
    return "_auth_user_id" in client.session


def test_right_password_leads_home(client, officer):
    response = sign_in(client)
    assert (response.status_code, response.url) == (302, reverse("portal:home"))


def test_wrong_password_and_unknown_name_read_the_same(client, officer):
    texts = [
        sign_in(client, username, "wrong-one").content.decode().replace(username, "")
        for username in ("officer", "nobody-here")
    ]
    first, second = (re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", text) for text in texts)
    assert "用户名或密码不正确。连续输错5次，账号将锁定15分钟。" in first
    assert first == second


def test_five_wrong_passwords_lock_the_account_even_for_the_right_one(client, officer):
    for _ in range(5):
        assert "用户名或密码不正确" in sign_in(client, password="wrong-one").content.decode()
    response = sign_in(Client(), REMOTE_ADDR="203.0.113.9")
    assert "账号已锁定。请15分钟后再试" in response.content.decode()
    assert not is_signed_in(client)


def test_lock_counts_under_every_name_and_port_of_the_host_together(client, officer):
    """Both stand in the request: whoever guesses could change them at will."""
    for number in range(5):
        host = f"{('testserver', 'localhost')[number % 2]}:{8000 + number}"
        sign_in(client, password="wrong-one", HTTP_HOST=host)
    assert "账号已锁定" in sign_in(client, HTTP_HOST="127.0.0.1:9000").content.decode()
    assert not is_signed_in(client)


def test_lock_does_not_hit_the_colleague_in_the_same_office(client, officer):
    make_user("officer", make_organisation(), username="colleague")
    for _ in range(6):
        sign_in(client, password="wrong-one")
    sign_in(client, "colleague")
    assert is_signed_in(client)


def test_admin_has_no_sign_in_of_its_own(client, officer):
    """Its form would know no lock-out: whoever is not signed in is sent to the page that counts."""
    url = reverse("admin:login")
    for method in (client.get, client.post):
        response = method(url, {"username": "officer", "password": PASSWORD})
        assert response.status_code == 302
        assert response.url.startswith(reverse(LOGIN))
    assert not is_signed_in(client)


def test_admin_stays_closed_while_locked(client, officer):
    for _ in range(5):
        sign_in(client, password="wrong-one")
    response = client.post(
        f"{reverse(LOGIN)}?next={reverse('admin:index')}", {"login": "officer", "password": PASSWORD}
    )
    assert "账号已锁定" in response.content.decode()
    assert not is_signed_in(client)


def test_signup_is_closed(client):
    for method in (client.get, client.post):
        response = method(reverse("account_signup"), {"username": "new", "password1": PASSWORD})
        assert "不开放注册" in response.content.decode()


@pytest.mark.parametrize("name", ["account_set_password", "account_email_verification_sent"])
def test_pages_without_sense_here_do_not_exist(name):
    with pytest.raises(NoReverseMatch):
        reverse(name)


def test_forgotten_password_without_mail_server_says_whom_to_ask(client):
    assert "请联系您所在党组织的系统管理员" in client.get(reverse("account_reset_password")).content.decode()


def test_sign_in_never_leaves_the_host(client, officer):
    response = client.post(
        f"{reverse(LOGIN)}?next=https://example.com/", {"login": "officer", "password": PASSWORD}
    )
    assert response.url == reverse("portal:home")


@pytest.mark.parametrize(
    ("referer", "wanted"),
    [
        ("http://testserver/coverage/?q=1", "?next=/coverage/%3Fq%3D1"),
        ("https://elsewhere.example/coverage/", ""),
        ("", ""),
    ],
)
def test_a_form_sent_without_a_session_leads_back_to_its_page(client, db, referer, wanted):
    response = client.post(reverse("orgs:coverage-assign"), headers={"Referer": referer})
    assert response.url == f"{reverse(LOGIN)}{wanted}"


# --- Idle time -----------------------------------------------------------------------------------


def rewind(client, minutes):
    session = client.session
    session[LoginRequiredMiddleware.IDLE_KEY] = int(time.time()) - minutes * 60
    session.save()


def test_idle_session_ends_on_the_server_and_says_why(client, officer, settings):
    client.force_login(officer)
    client.get(reverse("portal:home"))
    rewind(client, settings.SESSION_IDLE_MINUTES + 1)
    response = client.get(reverse("portal:home"), follow=True)
    assert response.redirect_chain == [(f"{reverse(LOGIN)}?idle=1", 302)]
    assert "已自动退出" in response.content.decode()
    assert not is_signed_in(client)


def test_idle_session_is_nobody_to_the_api(client, officer, settings):
    client.force_login(officer)
    client.get("/api/me/")
    rewind(client, settings.SESSION_IDLE_MINUTES + 1)
    client.get("/api/me/")
    assert not is_signed_in(client)


def test_a_session_ends_after_its_hours_however_busy(client, officer, settings):
    client.force_login(officer)
    client.get(reverse("portal:home"))
    session = client.session
    session["signed_in"] -= settings.SESSION_COOKIE_AGE + 60
    session.save()
    assert client.get(reverse("portal:home")).status_code == 302
    assert not is_signed_in(client)


def test_signing_in_changes_the_key_of_the_session(client, officer):
    session = client.session
    session["before"] = True
    session.save()
    before = session.session_key
    sign_in(client)
    assert is_signed_in(client)
    assert client.session.session_key != before


def test_busy_session_lives_on(client, officer, settings):
    client.force_login(officer)
    client.get(reverse("portal:home"))
    rewind(client, settings.SESSION_IDLE_MINUTES - 1)
    assert client.get(reverse("portal:home")).status_code == 200
    assert int(time.time()) - client.session[LoginRequiredMiddleware.IDLE_KEY] < 5


def test_pages_in_quick_succession_write_nothing(client, officer, django_assert_max_num_queries):
    client.force_login(officer)
    client.get(reverse("portal:my-account"))
    with django_assert_max_num_queries(12) as captured:
        client.get(reverse("portal:my-account"))
    assert [q["sql"] for q in captured if not q["sql"].startswith("SELECT")] == []


# --- Passwords -----------------------------------------------------------------------------------


def change_password(client, old=PASSWORD, new=NEW_PASSWORD):
    return client.post(reverse(CHANGE), {"oldpassword": old, "password1": new, "password2": new})


def test_first_password_must_be_changed_before_anything_else(client, officer):
    officer.must_change_password = True
    officer.save()
    client.force_login(officer)
    assert client.get(reverse("portal:home")).url == reverse(CHANGE)
    assert "初始密码" in client.get(reverse(CHANGE)).content.decode()

    change_password(client)
    officer.refresh_from_db()
    assert not officer.must_change_password
    sign_in(client, password=NEW_PASSWORD)
    assert client.get(reverse("portal:home")).status_code == 200


@pytest.mark.parametrize("new", ["short", "officer-2026", "1234567890123"])
def test_weak_password_keeps_the_duty_to_change_it(client, officer, new):
    officer.must_change_password = True
    officer.save()
    client.force_login(officer)
    change_password(client, new=new)
    officer.refresh_from_db()
    assert officer.must_change_password
    assert officer.check_password(PASSWORD)


def test_password_link_sets_a_password_once(client, officer):
    officer.must_change_password = True
    officer.save()
    url = reverse(
        "account_reset_password_from_key",
        kwargs={"uidb36": user_pk_to_url_str(officer), "key": default_token_generator.make_token(officer)},
    )
    form = client.get(url, follow=True)
    assert "设置密码" in form.content.decode()
    response = client.post(
        form.redirect_chain[-1][0], {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}, follow=True
    )
    assert "密码已设置" in response.content.decode()
    officer.refresh_from_db()
    assert officer.check_password(NEW_PASSWORD)
    assert not officer.must_change_password
    assert "链接已失效" in Client().get(url, follow=True).content.decode()


def test_changed_password_ends_all_sessions(client, officer):
    other = Client()
    for browser in (client, other):
        sign_in(browser)
    change_password(client)
    assert other.get(reverse("portal:home")).status_code == 302
    assert client.get(reverse("portal:home")).status_code == 302


# --- Second factor, devices ----------------------------------------------------------------------


def totp(secret):
    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))


def enrol(client):
    page = client.get(reverse("mfa_activate_totp"), follow=True)
    assert "确认身份" in page.content.decode()
    page = client.post(page.redirect_chain[-1][0], {"password": PASSWORD}, follow=True)
    secret = page.context["form"].secret
    assert "data:image/svg+xml" in page.content.decode()
    return secret, client.post(reverse("mfa_activate_totp"), {"code": totp(secret)}, follow=True)


def test_second_factor_from_enrolment_to_sign_in(client, officer):
    sign_in(client)
    secret, response = enrol(client)
    assert "恢复码" in response.content.decode()

    browser = Client()
    response = sign_in(browser)
    assert response.url == reverse("mfa_authenticate")
    assert not is_signed_in(browser)
    assert "6 位数字" in browser.get(response.url).content.decode()
    assert "数字不正确" in browser.post(response.url, {"code": "000000"}).content.decode()
    cache.clear()  # a code is good for one use; the enrolment used this one
    browser.post(response.url, {"code": totp(secret)})
    assert is_signed_in(browser)


@pytest.mark.parametrize(
    "name", ["mfa_index", "mfa_view_recovery_codes", "mfa_generate_recovery_codes", "mfa_deactivate_totp"]
)
def test_pages_of_the_second_factor_speak_chinese(client, officer, name):
    sign_in(client)
    enrol(client)
    response = client.get(reverse(name))
    assert response.status_code == 200
    assert "两步验证" in response.content.decode()


def test_other_devices_can_be_signed_out(client, officer):
    other = Client(headers={"user-agent": "Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36"})
    for browser in (other, client):
        sign_in(browser)
    page = client.get(reverse("usersessions_list")).content.decode()
    assert "Chrome · Windows" in page
    client.post(reverse("usersessions_list"))
    assert other.get(reverse("portal:home")).status_code == 302
    assert client.get(reverse("portal:home")).status_code == 200


def test_sign_out_needs_a_post(client, officer):
    sign_in(client)
    assert "确定退出吗" in client.get(reverse("account_logout")).content.decode()
    assert is_signed_in(client)
    assert client.post(reverse("account_logout"))["Clear-Site-Data"] == '"cache", "storage"'
    assert not is_signed_in(client)


def test_too_many_attempts_from_one_address_meet_a_calm_page(client, settings):
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"login": "20/m/ip"}
    for _ in range(21):
        response = client.post(reverse(LOGIN), {"login": "", "password": ""})
    assert response.status_code == 429
    assert "操作过于频繁" in response.content.decode()
