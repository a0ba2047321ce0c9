"""Accounts: invitation, appointments, separation of duties, sessions, and who can read a record."""

import datetime as dt
import re

import pytest
from allauth.usersessions.models import UserSession
from django.core import mail
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from knox.models import AuthToken

from orgs import readers
from orgs.actions import accounts
from orgs.kinds import Jurisdiction
from orgs.models import Appointment, AuditEvent, Enterprise, Organisation, User
from tests import builders

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate
NEW_PASSWORD = "杏林-Xinglin-2027"


@pytest.fixture
def top():
    return builders.make_organisation()


@pytest.fixture
def branch(top):
    return builders.make_organisation(top)


@pytest.fixture
def administrator(top):
    return builders.make_user("administrator", top)


def grant(by, user, role, organisation, **kw):
    return accounts.grant_appointment(user=user, role=role, organisation=organisation, by=by, **kw)


# --- From the invitation to the first sign-in --------------------------------------------------------


def create(client, organisation, **kw):
    values = {
        "username": "wang.lei",
        "display_name": "王磊",
        "role": "officer",
        "organisation": organisation.code,
        "starts_on": TODAY().isoformat(),
    }
    return client.post(reverse("orgs:account-create"), values | kw)


def link_in(response) -> str:
    return re.search(r"http://testserver(/invitation/[^\s<]+)", response.content.decode())[1]


def open_link(link):
    """Follows the redirect that takes the token out of the address bar; returns the client and the last answer."""
    client = Client()
    response = client.get(link, follow=True)
    return client, response


def set_password(link, password=NEW_PASSWORD):
    client, response = open_link(link)
    return client.post(response.redirect_chain[-1][0], {"new_password1": password, "new_password2": password})


def test_invited_person_sets_a_password_and_signs_in(client_for, administrator, branch):
    response = create(client_for(administrator), branch)
    link = link_in(response)
    user = User.objects.get(username="wang.lei")
    assert not user.has_usable_password()
    assert [a.role for a in user.appointments.all()] == ["officer"]
    client, page = open_link(link)
    assert link.split("/")[-2] not in page.redirect_chain[-1][0]
    assert set_password(link).url == reverse("account_login")
    assert (
        client.post(reverse("account_login"), {"login": "wang.lei", "password": NEW_PASSWORD}).status_code
        == 302
    )
    assert client.session["_auth_user_id"] == str(user.pk)


def test_the_link_works_once(client_for, administrator, branch):
    link = link_in(create(client_for(administrator), branch))
    set_password(link)
    _, page = open_link(link)
    assert "链接已失效" in page.content.decode()
    assert not page.redirect_chain


def test_the_link_expires(client_for, administrator, branch, settings):
    link = link_in(create(client_for(administrator), branch))
    settings.PASSWORD_RESET_TIMEOUT = -1
    assert "链接已失效" in open_link(link)[1].content.decode()


def test_a_new_link_ends_the_old_one_the_password_and_the_sessions(client_for, administrator, branch):
    user = builders.make_user("officer", branch)
    open_session = client_for(user)
    assert open_session.get(reverse("portal:my-account")).status_code == 200
    client = client_for(administrator)
    url = reverse("orgs:account-invite", args=[user.pk])
    first, second = link_in(client.post(url)), link_in(client.post(url))
    assert "链接已失效" in open_link(first)[1].content.decode()
    assert "请设置密码" in open_link(second)[1].content.decode()
    assert open_session.get(reverse("portal:my-account")).status_code == 302
    user.refresh_from_db()
    assert not user.check_password(builders.PASSWORD)


def test_a_disabled_account_cannot_use_its_link(client_for, administrator, branch):
    link = link_in(create(client_for(administrator), branch))
    user = User.objects.get(username="wang.lei")
    accounts.set_active(user=user, active=False, by=administrator)
    assert "链接已失效" in open_link(link)[1].content.decode()
    with pytest.raises(ValidationError, match="请先启用"):
        accounts.invite(user=user, by=administrator)


def test_a_long_password_is_taken_whole(client_for, client, administrator, branch):
    long = "苍耳 rowing 7 " * 10
    set_password(link_in(create(client_for(administrator), branch)), long)
    assert not client.login(username="wang.lei", password=long[:100])
    assert client.login(username="wang.lei", password=long)


@pytest.mark.parametrize("password", ["12345678901234", "short", "password1234", "wang.lei.wang"])
def test_weak_passwords_are_refused_in_chinese(client_for, administrator, branch, password):
    link = link_in(create(client_for(administrator), branch))
    response = set_password(link, password)
    assert response.status_code == 200
    errors = response.context["form"].errors["new_password2"]
    assert errors
    assert not any(re.search("[a-z]{4}", error) for error in errors)
    assert not User.objects.get(username="wang.lei").has_usable_password()


def test_the_link_is_mailed_when_a_mail_server_is_set(client_for, administrator, branch, settings):
    create(client_for(administrator), branch, username="a", email="a@example.com")
    assert mail.outbox == []
    settings.EMAIL_URL = "smtp://mail"
    response = create(client_for(administrator), branch, username="b", email="b@example.com")
    assert link_in(response) in mail.outbox[0].body
    assert mail.outbox[0].to == ["b@example.com"]


@pytest.mark.parametrize(
    ("username", "message"),
    [
        ("19900001234", "手机号码"),
        ("99990119900101123X", "手机号码"),
        ("SYSTEM", "已被使用"),
        ("Taken", "已被使用"),
    ],
)
def test_user_names_that_are_refused(client_for, administrator, branch, username, message):
    builders.make_user(username="taken")
    response = create(client_for(administrator), branch, username=username)
    assert message in response.context["form"].errors["username"][0]


def test_an_organisation_outside_the_subtree_is_not_found(client_for, top, branch):
    lower = builders.make_user("administrator", branch)
    response = create(client_for(lower), top)
    assert "找不到党组织" in response.context["form"].errors["organisation"][0]
    assert not User.objects.filter(username="wang.lei").exists()


# --- Rules of appointments ---------------------------------------------------------------------------


def test_nobody_appoints_above_or_beside_themselves(top, branch):
    lower = builders.make_user("administrator", branch)
    user = builders.make_user("member", branch)
    for elsewhere in (top, builders.make_organisation(top)):
        with pytest.raises(ValidationError, match="只能在本级及下级"):
            grant(lower, user, "officer", elsewhere)


def test_nobody_changes_own_appointments(administrator, branch):
    with pytest.raises(ValidationError, match="本人的任用"):
        grant(administrator, administrator, "leader", branch)
    with pytest.raises(ValidationError, match="本人的任用"):
        accounts.end_appointment(appointment=administrator.appointments.get(), by=administrator)


def test_an_officer_appoints_nobody(top, branch):
    officer, user = builders.make_user("officer", top), builders.make_user()
    with pytest.raises(ValidationError, match="您不管理"):
        grant(officer, user, "leader", branch)


@pytest.mark.parametrize(
    ("held", "new", "allowed"),
    [
        ("administrator", "auditor", False),
        ("auditor", "administrator", False),
        ("auditor", "officer", False),
        ("officer", "administrator", False),
        ("secretary", "auditor", False),
        ("officer", "secretary", True),
        ("administrator", "leader", True),
        ("auditor", "member", True),
    ],
)
def test_separation_of_duties(administrator, top, branch, held, new, allowed):
    user = builders.make_user(held, top)
    if allowed:
        assert grant(administrator, user, new, branch).pk
        return
    with pytest.raises(ValidationError, match="不得由同一账号兼任"):
        grant(administrator, user, new, branch)
    assert user.appointments.count() == 1


def test_duties_may_follow_one_another(administrator, top):
    user = builders.make_user("auditor", top, ends_on=TODAY() + dt.timedelta(days=9))
    with pytest.raises(ValidationError, match="兼任"):
        grant(administrator, user, "officer", top, starts_on=TODAY() + dt.timedelta(days=9))
    assert grant(administrator, user, "officer", top, starts_on=TODAY() + dt.timedelta(days=10)).pk


def test_contacts_name_an_enterprise_that_the_administrator_sees(top, branch):
    lower = builders.make_user("administrator", branch)
    user = builders.make_user()
    seen, unseen = builders.make_enterprise(), builders.make_enterprise()
    builders.cover(seen, branch)
    for enterprise, message in ((None, "必须填写"), (unseen, "不在您的管理范围")):
        with pytest.raises(ValidationError, match=message):
            grant(lower, user, "contact", branch, enterprise=enterprise)
    with pytest.raises(ValidationError, match="只有企业联系人"):
        grant(lower, user, "officer", branch, enterprise=seen)
    grant(lower, user, "contact", branch, enterprise=seen)
    assert list(Enterprise.objects.visible_to(user)) == [seen]


def test_rights_begin_today_at_the_earliest(administrator, branch):
    with pytest.raises(ValidationError, match="不能早于今天"):
        grant(administrator, builders.make_user(), "officer", branch, starts_on=builders.LONG_AGO)


def test_ending_now_ends_now_and_on_a_day_after_that_day(administrator, branch):
    user = builders.make_user("officer", branch)
    appointment = user.appointments.get()
    tomorrow = TODAY() + dt.timedelta(days=1)
    accounts.end_appointment(appointment=appointment, by=administrator, last_day=tomorrow)
    assert user.appointments.current(on=tomorrow).exists()
    assert not user.appointments.current(on=tomorrow + dt.timedelta(days=1)).exists()
    with pytest.raises(ValidationError, match="不能延后"):
        accounts.end_appointment(
            appointment=appointment, by=administrator, last_day=tomorrow + dt.timedelta(days=1)
        )
    accounts.end_appointment(appointment=appointment, by=administrator)
    assert not user.appointments.current().exists()


def test_an_appointment_of_today_that_ends_now_disappears_but_stays_in_the_trail(administrator, branch):
    appointment = grant(administrator, builders.make_user(), "officer", branch)
    accounts.end_appointment(appointment=appointment, by=administrator)
    assert not Appointment.objects.filter(user=appointment.user).exists()
    acts = AuditEvent.objects.filter(action="grant", organisation_id=branch.pk).order_by("pk")
    assert [e.detail["act"] for e in acts] == ["任用", "结束任用"]


# --- Whole accounts ----------------------------------------------------------------------------------


def test_a_lower_administrator_cannot_take_over_an_account_that_acts_further_up(client_for, top, branch):
    lower = builders.make_user("administrator", branch)
    user = builders.make_user("secretary", branch)
    Appointment.objects.create(user=user, organisation=top, role="leader", starts_on=builders.LONG_AGO)
    client = client_for(lower)
    assert client.get(reverse("orgs:account", args=[user.pk])).context["hidden"] == 1
    for name in (
        "account-invite",
        "account-set-active",
        "account-end-sessions",
        "account-reset-second-factor",
    ):
        response = client.post(reverse(f"orgs:{name}", args=[user.pk]), follow=True)
        assert "管理范围以外" in response.content.decode()
    user.refresh_from_db()
    assert user.is_active
    assert user.check_password(builders.PASSWORD)


def test_nobody_manages_a_superuser_or_themselves(administrator, branch):
    support = builders.make_user("leader", branch, is_superuser=True)
    for user in (support, administrator):
        with pytest.raises(ValidationError, match="不能管理这个账号"):
            accounts.set_active(user=user, active=False, by=administrator)


def test_disabling_ends_sessions_and_tokens_at_once(client_for, administrator, branch):
    user = builders.make_user("officer", branch)
    client = client_for(user)
    client.get(reverse("portal:my-account"))
    AuthToken.objects.create(user, expiry=dt.timedelta(days=1))
    client_for(administrator).post(reverse("orgs:account-set-active", args=[user.pk]), {"active": "0"})
    assert client.get(reverse("portal:my-account")).status_code == 302
    assert not UserSession.objects.filter(user=user).exists()
    assert not AuthToken.objects.filter(user=user).exists()


def test_a_new_password_ends_all_other_sessions(client_for, branch):
    user = builders.make_user("officer", branch, must_change_password=True)
    elsewhere, here = client_for(user), Client()
    elsewhere.get(reverse("portal:my-account"))
    here.post(reverse("account_login"), {"login": user.username, "password": builders.PASSWORD})
    response = here.post(
        reverse("account_change_password"),
        {"oldpassword": builders.PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD},
    )
    assert response.status_code == 302
    assert elsewhere.get(reverse("portal:my-account")).status_code == 302
    assert here.get(reverse("portal:my-account")).status_code == 302
    assert not UserSession.objects.filter(user=user).exists()
    user.refresh_from_db()
    assert user.check_password(NEW_PASSWORD)
    assert not user.must_change_password
    assert AuditEvent.objects.filter(actor=user, detail__password="本人修改").count() == 1


# --- Pages -------------------------------------------------------------------------------------------


def test_account_list_shows_the_subtree_only(client_for, top, branch):
    lower = builders.make_user("administrator", branch)
    ours = builders.make_user("secretary", branch)
    builders.make_user("secretary", builders.make_organisation(top))
    builders.make_user("officer", top)
    response = client_for(lower).get(reverse("orgs:account-list"))
    assert {u.pk for u in response.context["page"]} == {lower.pk, ours.pk}
    assert response.context["figures"]["total"] == 2


def test_account_page_is_404_outside_and_403_without_the_right(client_for, top, branch):
    other = builders.make_user("secretary", builders.make_organisation(top))
    url = reverse("orgs:account", args=[other.pk])
    assert client_for(builders.make_user("administrator", branch)).get(url).status_code == 404
    assert client_for(builders.make_user("officer", top)).get(url).status_code == 403


def test_account_list_filters(client_for, administrator, branch):
    secretary = builders.make_user("secretary", branch, display_name="李梅")
    disabled = builders.make_user("leader", branch, is_active=False)
    client = client_for(administrator)

    def shown(**query):
        return {u.pk for u in client.get(reverse("orgs:account-list"), query).context["page"]}

    assert shown(q="李梅") == {secretary.pk}
    assert shown(role="secretary") == {secretary.pk}
    assert shown(state="disabled") == {disabled.pk}
    assert shown(state="nonsense") == shown()


def test_account_list_answers_htmx_with_the_list_alone(client_for, administrator):
    response = client_for(administrator).get(reverse("orgs:account-list"), headers={"HX-Request": "true"})
    assert "<html" not in response.content.decode()
    assert administrator.display_name in response.content.decode()
    assert "HX-Request" in response["Vary"]


@pytest.mark.parametrize("count", [1, 3])
def test_account_list_queries_do_not_grow(
    client_for, administrator, branch, count, django_assert_max_num_queries
):
    for _ in range(count):
        builders.make_user("secretary", branch)
    client = client_for(administrator)
    client.get(reverse("orgs:account-list"))  # the first request of a session stores it
    with django_assert_max_num_queries(9):
        response = client.get(reverse("orgs:account-list"))
    assert len(response.context["page"]) == count + 1


def test_suggestions_stay_inside_the_subtree(client_for, top, branch):
    lower = builders.make_user("administrator", branch)
    client = client_for(lower)
    for url, ours, theirs in (
        ("orgs:organisation-options", branch.code, top.code),
        ("orgs:enterprise-options", None, builders.make_enterprise(name="测试隐蔽公司").name),
    ):
        text = client.get(reverse(url), {"anything": "测试"}).content.decode()
        assert theirs not in text
        assert ours is None or ours in text
        assert client.get(reverse(url), {"q": "a\0b"}).status_code == 200
    assert client.get(reverse("orgs:account-list"), {"q": "a\0b"}).status_code == 200


# --- Who can see -------------------------------------------------------------------------------------


def many_places():
    """Enterprises and organisations in every relation that makes one see the other."""
    area, cluster = builders.make_area(), builders.make_cluster()
    park = builders.make_park(area=area)
    inner = builders.make_park(area=area, parent=park)
    top = builders.make_organisation()
    beside = builders.make_organisation(kind="working_committee", jurisdiction=Jurisdiction.NONE)
    area_committee = builders.make_organisation(top, kind="area_committee", area=area)
    cluster_committee = builders.make_organisation(top, kind="cluster_committee", cluster=cluster)
    park_branch = builders.make_organisation(area_committee, kind="branch", park=park)
    branch = builders.make_organisation(cluster_committee)
    enterprises = [
        builders.make_enterprise(),
        builders.make_enterprise(park=inner),
        builders.make_enterprise(park=builders.make_park(), cluster=cluster),
        builders.make_enterprise(park=park, cluster=cluster),
    ]
    builders.cover(enterprises[0], branch)
    builders.cover(enterprises[1], branch, since=TODAY() + dt.timedelta(days=3))
    organisations = [top, beside, area_committee, cluster_committee, park_branch, branch]
    users = [
        builders.make_user(role, organisation)
        for organisation in organisations
        for role in ("officer", "auditor", "member", "administrator")
    ]
    users.append(builders.make_user("contact", branch, enterprise=enterprises[2]))
    users.append(builders.make_user("officer", top, ends_on=TODAY() - dt.timedelta(days=1)))
    return users, organisations, enterprises


def test_who_can_see_is_the_inverse_of_visible_to():
    users, organisations, enterprises = many_places()
    for enterprise in enterprises:
        expected = {u.pk for u in users if enterprise in Enterprise.objects.visible_to(u)}
        assert {a.user_id for a in readers.readers_of_enterprise(enterprise)} == expected
    for organisation in organisations:
        expected = {u.pk for u in users if organisation in Organisation.objects.visible_to(u)}
        assert {a.user_id for a in readers.readers_of_organisation(organisation)} == expected


def test_who_can_see_is_for_those_in_charge(client_for, top, branch):
    enterprise = builders.make_enterprise()
    builders.cover(enterprise, branch)
    url = reverse("orgs:who-can-see", args=["enterprise", enterprise.pk])
    assert client_for(builders.make_user("officer", branch)).get(url).status_code == 200
    assert client_for(builders.make_user("administrator", top)).get(url).status_code == 200
    assert client_for(builders.make_user("leader", branch)).get(url).status_code == 403
    assert (
        client_for(builders.make_user("officer", builders.make_organisation(top))).get(url).status_code == 404
    )
    assert client_for(builders.make_user("officer", branch)).get("/who-can-see/user/1/").status_code == 404
