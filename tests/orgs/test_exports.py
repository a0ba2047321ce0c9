"""Exports: who may, what is in the file, and that an own export changes nothing when it comes back."""

import csv
import datetime as dt
import io
import json
from decimal import Decimal

import openpyxl
import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from orgs.kinds import OrganisationKind
from orgs.lists import enterprise_columns
from orgs.models import Appointment, AuditAction, AuditEvent, Enterprise, Role
from orgs.writers import Column, neutral, write_csv, write_xlsx
from tests import builders
from tests.builders import make_area, make_cluster, make_enterprise, make_organisation, make_park, make_user

pytestmark = pytest.mark.django_db
HEADERS = [
    "序号", "企业名称", "统一社会信用代码", "法定代表人", "注册资本", "成立日期", "登记状态", "所属行业", "产业集群",
    "所属园区", "经营地址", "从业人数", "党员人数", "联系人", "联系电话", "高新技术企业",
]  # fmt: skip
PHONE = "19900001234"
DANGEROUS = ["=1+1", "+86", "-2", "@SUM(A1)", "\tx", "\rx", "＝1", "＋1", "－1", "＠x"]


@pytest.fixture
def world():
    class World:
        pass

    w = World()
    w.top = make_organisation()
    area = make_area()
    w.committee = make_organisation(w.top, OrganisationKind.AREA_COMMITTEE, area=area)
    w.ours = make_enterprise(
        name="=cmd|公司",
        park=make_park(area=area),
        cluster=make_cluster(),
        legal_representative="张三",
        capital=Decimal("1000.5"),
        founded_on=dt.date(2020, 5, 1),
        industry="软件业",
        address="科学大道1号",
        employees=80,
        reported_members=5,
        contact_name="李四",
        contact_phone=PHONE,
        is_high_tech=True,
    )
    w.theirs = make_enterprise(park=make_park())
    w.officer = make_user(Role.OFFICER, w.committee)
    w.chief = make_user(Role.OFFICER, w.top)
    return w


def export(client, user, query="", name="enterprise-export", **kwargs):
    client.force_login(user)
    data = {"file_format": "xlsx", "purpose": "季度核对"} | kwargs
    return client.post(f"{reverse(f'orgs:{name}')}?{query}", data)


def body(response):
    return b"".join(response.streaming_content)


def rows_of(response):
    sheet = openpyxl.load_workbook(io.BytesIO(body(response))).active
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def test_workbook_has_the_watermark_the_import_headers_and_only_our_rows(client, world):
    rows = rows_of(export(client, world.officer))

    event = AuditEvent.objects.get(action=AuditAction.EXPORT)
    assert rows[0][0].startswith(f"导出人：{world.officer}　导出时间：")
    assert rows[0][0].endswith(f"用途：季度核对　编号：{event.pk}")
    assert rows[1] == HEADERS
    assert len(rows) == 3
    assert rows[2][5].date() == dt.date(2020, 5, 1)
    assert rows[2] == [
        1, "=cmd|公司", world.ours.credit_code, "张三", 1000.5, rows[2][5], "存续", "软件业",
        world.ours.cluster.name, world.ours.park.name, "科学大道1号", 80, 5, "李四", None, "是",
    ]  # fmt: skip


def test_audit_entry_holds_filter_count_and_purpose(client, world):
    body(export(client, world.officer, "status=existing&min_employees=50"))

    event = AuditEvent.objects.get(action=AuditAction.EXPORT)
    assert event.detail == {
        "list": "企业名单",
        "rows": 1,
        "format": "xlsx",
        "purpose": "季度核对",
        "filter": ["登记状态：存续", "从业人数不少于：50"],
    }
    assert event.organisation_id == world.committee.pk


def test_no_cell_is_a_formula(client, world):
    sheet = openpyxl.load_workbook(io.BytesIO(body(export(client, world.officer)))).active

    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "d"}


def test_phones_need_the_right_a_tick_and_a_reason(client, world):
    refused = export(client, world.officer, with_phones="on")
    given = export(client, world.officer, with_phones="on", phone_reason="逐家通知")

    assert "导出含敏感个人信息，须有权限并填写用途" in refused.content.decode()
    assert rows_of(given)[2][14] == PHONE
    event = AuditEvent.objects.get(action=AuditAction.EXPORT)
    assert (event.detail["phones"], event.detail["phone_reason"]) == (True, "逐家通知")
    assert PHONE not in str(event.detail)


def test_phones_are_not_offered_without_the_right(client, world):
    administrator = make_user(Role.ADMINISTRATOR, world.committee)

    response = export(client, administrator, with_phones="on", phone_reason="要")

    assert rows_of(response)[2][14] is None


@pytest.mark.parametrize("role", [Role.SECRETARY, Role.LEADER, Role.CONTACT, Role.MEMBER, Role.AUDITOR])
@pytest.mark.parametrize("name", ["enterprise-export", "coverage-export"])
def test_export_is_forbidden_without_the_right(client, world, role, name):
    assert export(client, make_user(role, world.committee), name=name).status_code == 403


@pytest.mark.parametrize(
    ("role", "lent"), [(Role.OFFICER, True), (Role.LEADER, False), (Role.SECRETARY, False)]
)
@pytest.mark.parametrize("name", ["enterprise-export", "coverage-export"])
def test_export_holds_only_the_rows_for_which_the_right_holds(client, world, role, lent, name):
    """A lent appointment never carries the right to export, a reading one has none: both only show rows."""
    for enterprise in (world.ours, world.theirs):
        builders.cover(enterprise, make_organisation(world.top))
    Appointment.objects.create(
        user=world.officer,
        role=role,
        organisation=world.top,
        starts_on=builders.LONG_AGO,
        ends_on=timezone.localdate(),
        delegated_by=world.chief if lent else None,
    )

    rows = rows_of(export(client, world.officer, name=name))

    assert Enterprise.objects.visible_to(world.officer).count() == 2
    assert [row[1] for row in rows[2:]] == [world.ours.name]


def test_export_asks_for_a_purpose(client, world):
    response = export(client, world.officer, purpose="")

    assert response.context["form"].errors["purpose"]
    assert not AuditEvent.objects.filter(action=AuditAction.EXPORT).exists()


def test_export_of_a_wrong_filter_is_refused(client, world):
    response = export(client, world.officer, "park=x")

    assert response.status_code == 200
    assert "筛选条件“园区”" in response.content.decode()


def test_csv_opens_as_text(client, world):
    text = body(export(client, world.officer, file_format="csv"))

    assert text.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(text.decode("utf-8-sig"))))
    assert rows[1] == HEADERS
    assert rows[2][1] == "'=cmd|公司"


@pytest.mark.parametrize("text", DANGEROUS)
def test_dangerous_text_is_neutralised(text):
    file = io.BytesIO()
    write_csv(file, columns=[Column("甲", lambda row: row)], rows=[text], title=text)

    cells = list(csv.reader(io.StringIO(file.getvalue().decode("utf-8-sig"), newline="")))
    assert cells[0] == cells[2] == [f"'{text}"]
    assert neutral(-5) == -5


def test_days_before_workbooks_begin_are_written_as_text():
    file = io.BytesIO()
    days = [dt.date(1899, 12, 31), dt.date(1901, 1, 1)]

    write_xlsx(file, columns=[Column("日", lambda row: row)], rows=days, title="题")

    sheet = openpyxl.load_workbook(file).active
    assert [sheet["A3"].value, sheet["A4"].value.date()] == ["1899-12-31", days[1]]


def test_writer_streams_any_list():
    file = io.BytesIO()
    columns = [Column("数", lambda row: row), Column("文", str)]

    write_xlsx(file, columns=columns, rows=iter(range(3)), title="题")

    rows = list(openpyxl.load_workbook(file).active.iter_rows(values_only=True))
    assert rows == [("题", None), ("数", "文"), (0, "0"), (1, "1"), (2, "2")]


@pytest.mark.parametrize(
    ("place", "words"),
    [("area", "片区：未归片区"), ("cluster", "产业集群：未归集群"), ("park", "园区：未填园区")],
)
def test_what_has_no_place_can_be_exported(client, world, place, words):
    client.force_login(world.chief)

    page = client.get(reverse("orgs:enterprise-export"), {place: "none"})

    assert words in page.content.decode()


def test_export_query_count_does_not_grow(client, world, django_assert_max_num_queries):
    for _ in range(12):
        make_enterprise(park=world.ours.park, cluster=world.ours.cluster, contact_phone=PHONE)
    client.force_login(world.officer)
    client.get(reverse("orgs:enterprise-export"))

    with django_assert_max_num_queries(18):
        response = export(client, world.officer, with_phones="on", phone_reason="通知")

    assert len(rows_of(response)) == 15


def test_columns_count_their_own_rows():
    first, second = enterprise_columns(with_phones=False), enterprise_columns(with_phones=False)

    assert [first[0].value(None), first[0].value(None), second[0].value(None)] == [1, 2, 1]


@pytest.mark.parametrize("file_format", ["xlsx", "csv"])
def test_own_export_comes_back_unchanged(client, world, file_format, tmp_path, capsys):
    Enterprise.objects.filter(pk=world.ours.pk).update(name="平常公司")
    make_enterprise(
        park=world.ours.park, name="年月公司", founded_on=dt.date(2019, 3, 1), founded_precision="month",
        capital_text="50万美元", is_high_tech=False,
    )  # fmt: skip
    before = list(Enterprise.objects.order_by("pk").values())
    file = tmp_path / f"export.{file_format}"
    file.write_bytes(body(export(client, world.chief, file_format=file_format)))

    call_command("import_workbook", "enterprises", str(file), "--apply", "--json")

    result = json.loads(capsys.readouterr().out)
    assert result["errors"] == {}
    assert (result["rows"], result["unchanged"]) == (3, 3)
    assert list(Enterprise.objects.order_by("pk").values()) == before


def test_coverage_export_comes_back_unchanged(client, world, tmp_path, capsys):
    branch = make_organisation(world.committee)
    builders.cover(world.ours, branch, evidence="批复1号")
    builders.cover(world.ours, None, "instructor", instructor_name="王指导", term_ends_on=dt.date(2027, 1, 1))
    file = tmp_path / "ledger.xlsx"
    file.write_bytes(body(export(client, world.chief, name="coverage-export")))

    call_command("import_workbook", "coverage", str(file), "--apply", "--json")

    result = json.loads(capsys.readouterr().out)
    assert (result["rows"], result["unchanged"], result["errors"]) == (2, 2, {})
