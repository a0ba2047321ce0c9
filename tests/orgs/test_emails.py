"""The e-mail address of an account: confirmed by a letter, set by an administrator, nowhere in addresses, logs or the trail."""

import re

import pytest
from allauth.account.models import EmailAddress
from auditlog.models import LogEntry
from django.core import mail
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.urls import reverse

from orgs.actions import emails
from orgs.models import AuditEvent
from tests import builders

pytestmark = pytest.mark.django_db
OLD, NEW = "old@example.cn", "new@example.cn"
PAGE = "account_email"


@pytest.fixture
def top():
    return builders.make_organisation()


@pytest.fixture
def user(top):
    return builders.make_user("secretary", top, email=OLD)


@pytest.fixture(autouse=True)
def fresh_limits():
    """Wrong passwords of other tests are not these accounts', whose numbers may be the same."""
    cache.clear()


@pytest.fixture
def mailing(settings):
    settings.EMAIL_URL = "smtp://mail.example.cn"


def ask(client, email=NEW, password=builders.PASSWORD):
    return client.post(reverse(PAGE), {"email": email, "password": password})


def link() -> str:
    (found,) = re.findall(r"http://testserver(\S+)", mail.outbox[-1].body)
    return found


def everything_written() -> str:
    events = [str(event.detail) for event in AuditEvent.objects.all()]
    return " ".join(events + [str(entry.changes) for entry in LogEntry.objects.all()])


def test_a_new_address_counts_once_its_letter_was_answered(mailing, client_for, user, caplog):
    client = client_for(user)
    assert ask(client).status_code == 302
    assert mail.outbox[-1].to == [NEW]
    user.refresh_from_db()
    assert user.email == OLD
    assert NEW in client.get(reverse(PAGE)).content.decode()
    address = link()
    assert "example" not in address.replace("example.cn/", "")
    assert client.get(address).status_code == 200
    user.refresh_from_db()
    assert user.email == OLD, "whoever looks into letters opens links"
    assert client.post(address).status_code == 302
    user.refresh_from_db()
    assert user.email == NEW
    assert not EmailAddress.objects.exists()
    assert client.get(address).status_code == client.post(address).status_code == 404
    said = [
        event.detail["email"] for event in AuditEvent.objects.filter(detail__has_key="email").order_by("pk")
    ]
    assert said == ["本人申请更换，待确认", "本人更换，已由邮件确认"]
    assert not {OLD, NEW} & set(re.findall(r"\w+@[\w.]+", everything_written() + caplog.text))


def test_a_later_letter_makes_an_earlier_one_void(mailing, client_for, user):
    client = client_for(user)
    ask(client, "first@example.cn")
    first = link()
    ask(client)
    assert client.get(first).status_code == 404
    assert client.get(link()).status_code == 200


def test_a_link_serves_only_whom_it_was_sent_to(mailing, client, client_for, top, user):
    ask(client_for(user))
    other = client_for(builders.make_user("officer", top))
    assert other.get(link()).status_code == other.post(link()).status_code == 404
    assert client.get(link()).status_code == 302
    with pytest.raises(ValidationError):
        emails.confirm_email(address=emails.pending(user), by=builders.make_user("officer", top))
    user.refresh_from_db()
    assert user.email == OLD


@pytest.mark.parametrize(
    ("email", "password", "field"),
    [(NEW, "wrong", "password"), (OLD.upper(), None, "email"), ("x", None, "email")],
)
def test_what_is_refused(mailing, client_for, user, email, password, field):
    page = ask(client_for(user), email, password or builders.PASSWORD)
    assert list(page.context["form"].errors) == [field]
    assert mail.outbox == []


def test_a_mail_server_that_fails_is_told_of_without_the_address(
    mailing, client_for, user, monkeypatch, caplog
):
    def fail(*args, **kw):
        raise OSError(f"550 {NEW}")

    monkeypatch.setattr(emails, "send_mail", fail)
    page = ask(client_for(user))
    assert "邮件没有发出去" in page.content.decode()
    assert NEW not in caplog.text


def test_without_a_mail_server_an_administrator_does_it(client_for, top, user):
    page = client_for(user).get(reverse(PAGE))
    assert "联系您所在党组织的系统管理员" in page.content.decode()
    assert ask(client_for(user)).status_code == 200
    assert not EmailAddress.objects.exists()
    administrator = client_for(builders.make_user("administrator", top))
    address = reverse("orgs:account-email", args=[user.pk])
    assert administrator.post(address, {"email": NEW}).status_code == 302
    user.refresh_from_db()
    assert user.email == NEW
    assert AuditEvent.objects.filter(detail__email="管理员更换").count() == 1
    assert NEW not in everything_written()
    administrator.post(address, {"email": ""})
    user.refresh_from_db()
    assert user.email == ""


def test_nobody_changes_the_address_of_an_account_beyond_reach(client_for, top, user):
    lower = builders.make_user("administrator", builders.make_organisation(top))
    with pytest.raises(ValidationError):
        emails.set_email(user=user, email=NEW, by=lower)
    address = reverse("orgs:account-email", args=[user.pk])
    assert client_for(lower).post(address, {"email": NEW}).status_code == 404
    assert client_for(user).post(address, {"email": NEW}).status_code == 403
    user.refresh_from_db()
    assert user.email == OLD
