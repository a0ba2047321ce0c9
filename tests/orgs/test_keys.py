"""Rotation of both key rings: what is stored moves to the first key, once, and nothing gets lost on the way."""

import base64
import datetime as dt
import io

import pytest
from allauth.mfa.models import Authenticator
from cryptography.exceptions import InvalidTag
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection

from imports.models import ImportRun, StagedRow
from members.actions.register import add_member
from members.models import Member
from orgs.adapters import MFA_CONTEXT, MFAAdapter
from orgs.fields import blind_indexes, seal, unseal
from orgs.keys import models_with_keys
from orgs.models import AuditAction, AuditEvent, Role
from orgs.resources.base import PhoneWidget
from tests import builders

pytestmark = pytest.mark.django_db
NUMBER = builders.identity_number(401)
MOBILE = "19900009876"


def ring(*names):
    return ",".join(f"{name}:{base64.urlsafe_b64encode(name.encode() * 16).decode()}" for name in names)


def use(settings, *names):
    settings.FIELD_KEYS = settings.INDEX_KEYS = ring(*names)


@pytest.fixture
def branch():
    return builders.make_organisation(builders.make_organisation())


@pytest.fixture
def old(settings, branch):
    """A member written while `k1` was the only key; `k2` has come first since."""
    use(settings, "k1")
    member = builders.make_member(branch, identity_number=NUMBER, mobile=MOBILE)
    use(settings, "k2", "k1")
    return member


def raw(member) -> tuple:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT identity_number, identity_hash, mobile, mobile_hash FROM members_member WHERE id = %s",
            [member.pk],
        )
        return cursor.fetchone()


def reencrypt() -> str:
    output = io.StringIO()
    call_command("reencrypt", stdout=output)
    return output.getvalue()


def test_everything_moves_to_the_first_key_and_the_old_one_can_go(old, settings):
    before = raw(old)
    first, after, second = reencrypt(), raw(old), reencrypt()

    assert "党员：已改用新密钥 1 行" in first
    assert "没有需要改动的数据" in second
    assert [e.action for e in AuditEvent.objects.filter(detail__list="轮换密钥")] == [AuditAction.SETTING] * 2
    assert raw(old) == after
    assert [text.split(":")[0] for text in before] == ["a1", "k1", "a1", "k1"]
    assert [text.split(":")[0] for text in after] == ["a1", "k2", "a1", "k2"]
    assert after[0].startswith("a1:k2:")
    use(settings, "k2")
    found = Member.objects.with_identity(NUMBER).get()
    assert (found.identity_number, found.mobile) == (NUMBER, MOBILE)
    assert Member.objects.with_mobile(MOBILE).get() == old
    for output in (first, second, str(after)):
        assert NUMBER not in output
        assert MOBILE not in output


def test_while_two_keys_live_a_number_under_the_old_one_is_found_and_refused_again(old, branch):
    officer = builders.make_user(Role.OFFICER, branch)

    assert Member.objects.with_identity(NUMBER.lower()).get() == old
    with pytest.raises(ValidationError, match="已在本组织名册中"):
        add_member(
            organisation=branch,
            values={
                "name": "测试重复",
                "identity_number": NUMBER,
                "sex": "male",
                "joined_on": dt.date(2015, 7, 1),
                "confirmed_on": dt.date(2016, 7, 1),
            },
            membership="full",
            by=officer,
        )


def test_a_double_that_slipped_in_between_two_programs_is_named_and_nothing_is_lost(old, branch):
    builders.make_member(branch, identity_number=NUMBER)
    other = builders.make_member(branch)

    with pytest.raises(
        CommandError, match=f"1 行的号码与其他行重复，请核对编号为 {old.pk} 的记录"
    ) as refusal:
        reencrypt()
    assert NUMBER not in str(refusal.value)
    assert raw(old)[1].startswith("k1:")
    assert raw(other)[1].startswith("k2:")


def test_a_text_in_another_column_is_not_readable_and_the_command_says_so(old):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE members_member SET mobile = identity_number WHERE id = %s", [old.pk])

    with pytest.raises(InvalidTag):
        Member.objects.get(pk=old.pk)
    with pytest.raises(CommandError, match="1 行无法用现有密钥解密"):
        reencrypt()
    assert raw(old)[0].startswith("a1:k1:")


def test_a_missing_key_leaves_its_rows_alone(old, settings):
    use(settings, "k3")

    with pytest.raises(CommandError, match="旧密钥仍须保留"):
        reencrypt()
    assert raw(old)[0].startswith("a1:k1:")


def test_texts_inside_json_move_too(settings, branch):
    use(settings, "k1")
    user = builders.make_user(Role.OFFICER, branch)
    run = ImportRun.objects.create(kind="members", file_name="a.xlsx", created_by=user)
    cell = seal(MOBILE, PhoneWidget.CONTEXT)
    row = StagedRow.objects.create(
        run=run, row_number=1, outcome="new", values={"mobile": cell, "name": "甲"}, raw=["甲", cell]
    )
    factor = Authenticator.objects.create(user=user, type="totp", data={"secret": MFAAdapter().encrypt("s3")})
    use(settings, "k2", "k1")

    reencrypt()
    assert "没有需要改动的数据" in reencrypt()
    use(settings, "k2")
    row.refresh_from_db()
    factor.refresh_from_db()
    assert (
        unseal(row.values["mobile"], PhoneWidget.CONTEXT) == unseal(row.raw[1], PhoneWidget.CONTEXT) == MOBILE
    )
    assert (row.values["name"], row.raw[0], row.before) == ("甲", "甲", {})
    assert unseal(factor.data["secret"], MFA_CONTEXT) == "s3"


def test_every_encrypted_column_of_the_product_is_known():
    known = {f"{model._meta.label}.{part.name}" for model, parts in models_with_keys() for part in parts}

    assert known >= {
        "orgs.Enterprise.contact_phone",
        "orgs.Organisation.contact_phone",
        "members.Member.identity_number",
        "members.Member.identity_hash",
        "members.Member.mobile_hash",
        "imports.StagedRow.values",
        "mfa.Authenticator.data",
    }


def test_hashes_are_bound_to_their_column(settings):
    use(settings, "k2", "k1")
    identity = blind_indexes(MOBILE, "members.member.identity_number")

    assert len(identity) == 2
    assert not set(identity) & set(blind_indexes(MOBILE, "members.member.mobile"))
