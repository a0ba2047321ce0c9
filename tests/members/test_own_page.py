"""The own page: one record, masked, with the own dues; and the account that opens it."""

import pytest
from django.urls import reverse

from members.actions import own
from members.models import Member
from orgs.models import AuditAction, AuditEvent
from tests import builders

pytestmark = pytest.mark.django_db
OWN = reverse("members:own-record")


@pytest.fixture
def branch():
    return builders.make_organisation(builders.make_organisation())


def test_a_member_sees_the_own_record_and_nobody_elses(client_for, branch):
    user = builders.make_user("member", branch)
    mine = builders.make_member(branch, account=user, name="本人")
    other = builders.make_member(branch, name="同支部")
    client = client_for(user)
    page = client.get(OWN).content.decode()
    assert "本人" in page
    assert "同支部" not in page
    assert mine.masked_identity in page
    assert mine.identity_number not in page
    assert "党费" in page
    assert client.get(reverse("members:member", args=[other.pk])).status_code == 404
    revealed = client.post(
        reverse("members:member-reveal", args=[mine.pk]), {"field": "mobile", "purpose": "本人查看"}
    )
    assert mine.mobile in revealed.content.decode()
    assert AuditEvent.objects.filter(action=AuditAction.REVEAL).count() == 1


def test_an_account_without_a_record_is_told_what_to_do(client_for, branch):
    assert "还没有关联党员信息" in client_for(builders.make_user("member", branch)).get(OWN).content.decode()


def test_the_branch_ties_and_unties_the_account(client_for, branch):
    secretary = client_for(builders.make_user("secretary", branch))
    user, member = builders.make_user("member", branch), builders.make_member(branch)
    url = reverse("members:member-account", args=[member.pk])
    assert secretary.post(url, {"username": user.username}).status_code == 302
    member.refresh_from_db()
    assert member.account == user
    another = builders.make_member(branch)
    page = secretary.post(reverse("members:member-account", args=[another.pk]), {"username": user.username})
    assert "已关联其他党员" in page.content.decode()
    secretary.post(url, {"username": ""})
    member.refresh_from_db()
    assert member.account is None


@pytest.mark.parametrize("role", ["secretary", "member"])
def test_only_a_member_account_of_the_branch_is_tied(client_for, branch, role):
    elsewhere = builders.make_organisation() if role == "member" else branch
    user, member = builders.make_user(role, elsewhere), builders.make_member(branch)
    secretary = client_for(builders.make_user("secretary", branch))
    page = secretary.post(reverse("members:member-account", args=[member.pk]), {"username": user.username})
    assert "不是本党支部的“党员”账号" in page.content.decode()
    assert not Member.objects.filter(account=user).exists()


def test_tying_is_on_record_once(branch):
    user, member = builders.make_user("member", branch), builders.make_member(branch)
    for _ in range(2):
        own.link_account(member=member, username=user.username, by=user)
    assert AuditEvent.objects.filter(action=AuditAction.UPDATE).count() == 1
