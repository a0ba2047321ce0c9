"""What somebody finds who steals a copy of the database: no identity number and no mobile in clear, in any table."""

import base64
import datetime as dt
import json
import re
from io import StringIO

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from members.actions import absences, disposal, pairings, register, transfers
from members.models import AbsenceKind, DisposalKind
from orgs.kinds import OrganisationKind
from orgs.models import AuditAction, AuditEvent, Role
from tests import builders
from tests.imports.helpers import apply, stage, workbook
from tests.members.test_import import HEADERS, line

# Not inside a longer word, so that hashes and ciphertexts, which hold any digits, are left out.
IDENTITY = re.compile(r"(?<![\w+/])\d{17}[\dXx](?![\w+/=])")
MOBILE = re.compile(r"(?<![\w+/])1[3-9]\d{9}(?![\w+/=])")
TODAY = timezone.localdate()


class World:
    """Remembers every number it uses."""

    def __init__(self):
        self.numbers, self.mobiles = [], []
        self.top = builders.make_organisation()
        self.committee = builders.make_organisation(self.top, OrganisationKind.AREA_COMMITTEE)
        self.branch = builders.make_organisation(self.committee, code="B-1")
        self.receiver = builders.make_organisation(self.committee, code="B-2")
        self.officer = builders.make_user(Role.OFFICER, self.top)

    def number(self):
        self.numbers.append(builders.identity_number())
        return self.numbers[-1]

    def mobile(self):
        self.mobiles.append(f"1990000{8000 + len(self.mobiles)}")
        return self.mobiles[-1]

    def values(self, **more):
        return {
            "name": "测试转入",
            "identity_number": self.number(),
            "mobile": self.mobile(),
            "sex": "male",
            "joined_on": dt.date(2015, 7, 1),
            "confirmed_on": dt.date(2016, 7, 1),
        } | more

    def row(self, **more):
        return line(**{"公民身份号码": self.number(), "手机号码": self.mobile()} | more)


def fill(world, client):
    """Everything that takes a number in: pages, actions, imports in every outcome, cases, and what they leave behind."""
    client.force_login(world.officer)
    member = register.add_member(
        organisation=world.branch, values=world.values(), membership="full", by=world.officer
    )
    register.update_member(
        member=member,
        values={"mobile": world.mobile(), "identity_number": world.number(), "position": "主管"},
        by=world.officer,
    )
    register.reveal(person=member, field="identity_number", purpose="核对", by=world.officer)
    look_up(world, client)
    incoming = transfers.register_incoming(
        organisation=world.receiver, from_name="外市党支部", letter_no="7", issued_on=TODAY, valid_days=30,
        dues_paid_until=TODAY, membership="full", values=world.values(), by=world.officer,
    )  # fmt: skip
    transfers.return_transfer(transfer=incoming, reason="材料不全", by=world.officer)
    transfers.register_incoming(
        organisation=world.receiver, from_name="外省党支部", letter_no="8", issued_on=TODAY, valid_days=30,
        dues_paid_until=TODAY, membership="full", values=world.values(name="测试转入乙"), by=world.officer,
    )  # fmt: skip
    absences.register_guest(
        host=world.branch, guest_name="测试流入", home_name="外市党支部", since=TODAY, by=world.officer,
        guest_mobile=world.mobile(),
    )  # fmt: skip
    away = builders.make_member(world.branch, identity_number=world.number(), mobile=world.mobile())
    absences.start_absence(
        member=away, kind=AbsenceKind.LOST, since=dt.date(2026, 1, 5), by=world.officer, note="无法联系"
    )
    disposal.open_disposal(member=away, kind=DisposalKind.REMOVAL, ground="长期失联", by=world.officer)
    pair(world, member)
    builders.make_enterprise(contact_phone=world.mobile())
    import_rows(world, member)


SECRETS = ("谈话中的家事", "想换到研发岗位", "已向人事转达", "因家庭原因中止")


def pair(world, member):
    """Somebody outside the register, and what was talked about with them."""
    pairing = pairings.start_pairing(
        kind="expert", organisation=world.branch, leader=member, aim="联系专家", since=TODAY, by=world.officer,
        outside={
            "name": "测试专家", "mobile": world.mobile(), "consent_on": TODAY, "consent_how": "written",
            "consent_scope": "联系服务",
        },
    )  # fmt: skip
    gist, asked, answered, note = SECRETS
    pairings.add_contact(
        pairing=pairing, on=TODAY, how="talk", gist=gist, asked=asked, answered=answered, by=world.officer
    )
    pairings.end_pairing(pairing=pairing, on=TODAY, result="stopped", note=note, by=world.officer)


def look_up(world, client):
    """By a number that is posted, one that somebody put into an address, and one that is wrong."""
    page = reverse("members:member-lookup")
    for number in (world.numbers[-1], world.mobiles[-1], world.number()):
        client.post(page, {"number": number})
    client.get(reverse("members:member-list"), {"q": world.numbers[-1]})
    client.get(reverse("members:member-list"), {"q": world.mobiles[-1], "format": "json"})


def import_rows(world, member):
    first = world.row()
    apply(stage("members", workbook(HEADERS, list(first.values())), by=world.officer))
    changed = first | {"手机号码": world.mobile(), "职务": "总监"}
    wrong_number = world.numbers[-1][:17] + "Q"
    rejected = [
        world.row(所在党支部代码="无此支部"),
        world.row(姓名=""),
        world.row(公民身份号码=wrong_number),
        world.row(手机号码="1234567"),
        world.row(公民身份号码=member.identity_number, 所在党支部代码="B-2"),
    ]
    rows = [changed, world.row(姓名="测试新增"), *rejected]
    stage("members", workbook(HEADERS, *(list(row.values()) for row in rows)), by=world.officer)
    run = stage("members", workbook(HEADERS, list((changed | {"职务": "经理"}).values())), by=world.officer)
    apply(run)


def dump() -> str:
    """Every row of every table as the engine writes it."""
    if connection.vendor == "sqlite":
        return "\n".join(connection.connection.iterdump())
    with connection.cursor() as cursor:
        lines = []
        for table in connection.introspection.table_names(cursor):
            name = connection.ops.quote_name(table)
            cursor.execute(f"SELECT row::text FROM {name} AS row")  # noqa: S608
            lines += [f"{table} {row[0]}" for row in cursor.fetchall()]
        return "\n".join(lines)


def hidden_texts(text) -> str:
    """What is only wrapped, not encrypted: sessions, and whatever base64 opens to readable text."""
    opened = [json.dumps(session.get_decoded(), default=str) for session in Session.objects.all()]
    for part in set(re.findall(r"[A-Za-z0-9+/_-]{24,}={0,2}", text)):
        padded = part.translate(str.maketrans("-_", "+/")).rstrip("=")
        opened.append(base64.b64decode(padded[: len(padded) // 4 * 4]).decode("latin-1"))
    return "\n".join(opened)


@pytest.mark.django_db
def test_no_number_stands_in_clear_in_any_table(client, settings, tmp_path, caplog):
    settings.MEDIA_ROOT = tmp_path
    world = World()
    fill(world, client)
    call_command("createcachetable", stdout=StringIO())
    text = dump()
    plain = text + hidden_texts(text)

    # The dump is whole: it holds what may stand in clear.
    assert {"测试转入乙", "测试流入", "测试新增", "测试专家"} <= set(re.findall(r"测试\w+", text))
    assert AuditEvent.objects.filter(action=AuditAction.REVEAL).count() >= 3
    for number in (*world.numbers, *world.mobiles):
        assert number not in plain
        assert number not in caplog.text
        assert number[:17] not in plain
    for words in SECRETS:
        assert words not in plain
    assert not IDENTITY.findall(text)
    assert not MOBILE.findall(text)
