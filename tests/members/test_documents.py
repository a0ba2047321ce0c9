"""Documents of recruiting: who files, reads and withdraws, what is kept where, and what is said to be missing."""

import datetime as dt
import os
import time
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from members.actions import documents, recruiting
from members.demo.documents import pdf
from members.models import CaseDocument
from orgs import tasks, uploads
from orgs.limits import MOST_AN_HOUR
from orgs.models import AuditAction, AuditEvent, User
from orgs.uploads import sealed
from tests import builders
from tests.orgs.test_keys import reencrypt, use

pytestmark = pytest.mark.django_db
NUMBER = "999901199005170011"


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def committee():
    return builders.make_organisation()


@pytest.fixture
def branch(committee):
    return builders.make_organisation(committee)


@pytest.fixture
def case(branch):
    return builders.make_case(branch, upto=3)


def on_disk(folder) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def refused(case, **values) -> str:
    count = CaseDocument.objects.count()
    with pytest.raises(ValidationError) as error:
        builders.add_document(case, **values)
    assert CaseDocument.objects.count() == count
    return "".join(error.value.messages)


def withdraw(document, reason="传错了人"):
    return documents.withdraw_document(document=document, reason=reason, by=User.objects.system())


# --- The rules -----------------------------------------------------------------------------------------


def test_a_document_is_of_a_step_that_was_reached_and_of_a_kind_it_asks_for(case):
    assert builders.add_document(case, number=4, kind="备案报告").number == 4
    assert builders.add_document(case, number=2, kind="其他").kind == "其他"
    assert "第5步还没有开始，现在可以上传第1至4步的材料" in refused(case, number=5, kind="培养联系人登记")
    assert "第2步没有“批复”这项材料" in refused(case, number=2, kind="批复")
    assert "没有这个步骤" in refused(case, number=26, kind="其他")


def test_what_is_filed_for_a_step_that_was_sent_back_stays_and_may_be_added_to(committee, branch):
    case = builders.make_case(branch, upto=7)
    builders.add_document(case, number=8, kind="备案报告")
    recruiting.take_step(
        case=case,
        number=8,
        on=timezone.localdate(),
        outcome="failed",
        by=User.objects.system(),
        organisation=committee,
    )
    assert case.next_step == 7
    assert builders.add_document(case, number=8, kind="批复")
    assert "现在可以上传第1至8步的材料" in refused(case, number=9, kind="其他")


def test_the_same_file_is_filed_once_for_a_step_until_it_is_withdrawn(case):
    first = builders.add_document(case, content=builders.png("x"), name="甲.png")

    assert "“乙.png”与这一步已有的“甲.png”（入党申请书）内容相同" in refused(
        case, content=builders.png("x"), name="乙.png", kind="其他"
    )
    assert builders.add_document(case, number=2, kind="谈话记录", content=builders.png("x"))
    withdraw(first)
    assert builders.add_document(case, content=builders.png("x"), name="乙.png")


def test_a_document_is_withdrawn_once_for_a_reason_and_never_deleted(case, folder):
    document = builders.add_document(case)

    with pytest.raises(ValidationError, match="请说明撤回的原因"):
        withdraw(document, " ")
    withdraw(document)
    with pytest.raises(ValidationError, match="该材料已撤回"):
        withdraw(document)
    assert (document.withdrawn_reason, document.withdrawn_by) == ("传错了人", User.objects.system())
    assert len(on_disk(folder)) == 1
    assert uploads.content_of(document)
    for delete in (document.delete, CaseDocument.objects.all().delete):
        with pytest.raises(TypeError):
            delete()


def test_a_closed_case_takes_only_what_belongs_to_the_archive(branch):
    case = builders.make_case(branch, upto=24)
    early = builders.add_document(case)
    builders.add_document(case, number=25, kind="归档目录")
    recruiting.take_step(
        case=case, number=25, on=timezone.localdate(), kept_at="人才中心", by=User.objects.system()
    )
    assert case.closed_on

    late = builders.add_document(case, number=25, kind="归档目录")
    assert "已办结，只能补充第25步“材料归档”的材料" in refused(case)
    with pytest.raises(ValidationError, match="已办结"):
        withdraw(early)
    withdraw(late)


def test_a_stopped_case_takes_nothing(case):
    recruiting.stop_case(case=case, on=timezone.localdate(), reason="本人放弃", by=User.objects.system())

    assert "已终止，材料不再变动" in refused(case)
    assert "已终止，材料不再变动" in refused(case, number=25, kind="其他")


# --- What is on the disk -------------------------------------------------------------------------------


def test_the_file_lies_sealed_under_a_name_that_says_nothing(case, folder):
    content = pdf("confidential finding")
    document = builders.add_document(case, content=content, name=f"{NUMBER}.pdf")

    (path,) = on_disk(folder)
    assert path.relative_to(folder).as_posix() == document.stored_name
    assert path.name == document.public_id.hex
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_bytes().startswith(b"a1:")
    for part in (b"%PDF", b"confidential", b"EOF"):
        assert part not in path.read_bytes()
    assert uploads.content_of(document) == content
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM members_casedocument")
        assert NUMBER not in str(cursor.fetchall())
    assert NUMBER not in str(list(AuditEvent.objects.values_list("object_label", "detail")))


def test_files_that_were_exchanged_are_not_handed_out(case, folder):
    one, other = builders.add_document(case), builders.add_document(case)
    Path(folder, one.stored_name).write_bytes(Path(folder, other.stored_name).read_bytes())

    with pytest.raises(ValidationError, match="文件无法读取"):
        uploads.content_of(one)


def test_a_transaction_that_fails_leaves_no_file(case, folder, monkeypatch):
    def fail(**kwargs):
        assert on_disk(folder)
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr("members.actions.register.audit.record", fail)
        with pytest.raises(RuntimeError):
            builders.add_document(case)
    assert on_disk(folder) == []
    assert not CaseDocument.objects.exists()

    def full_disk(*args):
        raise OSError

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full_disk)
        with pytest.raises(OSError):  # noqa: PT011 - the disk is full, whatever its words
            builders.add_document(case)
    assert on_disk(folder) == []


def test_the_sweep_removes_what_an_outer_transaction_left_and_nothing_else(case, folder):
    kept = [builders.add_document(case), withdraw(builders.add_document(case))]
    with transaction.atomic():
        builders.add_document(case)
        transaction.set_rollback(True)
    beside = Path(folder, kept[0].stored_name).with_name("tmpx.part")
    beside.write_bytes(b"half")
    assert len(on_disk(folder)) == 4

    assert tasks.sweep_uploads() == 0  # it may be somebody's who has not finished
    for path in on_disk(folder):
        os.utime(path, (time.time() - 90_000,) * 2)
    assert tasks.sweep_uploads() == 2
    assert tasks.sweep_uploads() == 0
    assert [path.name for path in on_disk(folder)] == sorted(document.public_id.hex for document in kept)


def test_files_move_to_the_first_key_also_after_a_crash_half_way(branch, folder, settings, monkeypatch):
    use(settings, "k1")
    case = builders.make_case(branch)
    rows = [builders.add_document(case, content=pdf(str(number)), name="a.pdf") for number in range(3)]
    use(settings, "k2", "k1")
    heads = lambda: [Path(folder, row.stored_name).read_bytes()[:6] for row in rows]  # noqa: E731
    write, written = sealed.write, []

    def crash(name, content):
        if written:
            raise KeyboardInterrupt
        written.append(name)
        write(name, content)

    with monkeypatch.context() as patch:
        patch.setattr(sealed, "write", crash)
        with pytest.raises(KeyboardInterrupt):
            reencrypt()
    assert sorted(heads()) == [b"a1:k1:", b"a1:k1:", b"a1:k2:"]
    assert all(uploads.content_of(row) == pdf(str(number)) for number, row in enumerate(rows))

    assert "发展党员材料：已改用新密钥 2 个文件" in reencrypt()
    assert "没有需要改动的数据" in reencrypt()
    assert heads() == [b"a1:k2:"] * 3
    use(settings, "k2")
    assert all(uploads.content_of(row) == pdf(str(number)) for number, row in enumerate(rows))
    assert CaseDocument.objects.first().file_name == "a.pdf"
    assert len(on_disk(folder)) == 3

    Path(folder, rows[1].stored_name).unlink()
    with pytest.raises(CommandError, match="发展党员材料：1 个文件无法用现有密钥解密"):
        reencrypt()


# --- Pages ---------------------------------------------------------------------------------------------


def send(browser, case, number, *files, kind="入党申请书", **extra):
    url = reverse("members:case-documents", args=[case.pk, number])
    return browser.post(url, {"kind": kind, "files": list(files)}, **extra)


def said(browser, case) -> str:
    return browser.get(reverse("members:case", args=[case.pk])).content.decode()


def test_several_files_at_once_each_kept_or_refused_by_itself(client_for, branch, case):
    secretary = client_for(builders.make_user("secretary", branch))

    response = send(
        secretary,
        case,
        1,
        SimpleUploadedFile("一.png", builders.png("1")),
        SimpleUploadedFile("二.png", b"no picture"),
        SimpleUploadedFile("三.pdf", pdf()),
    )

    assert response.headers["Location"] == f"{reverse('members:case', args=[case.pk])}?documents=1"
    page = said(secretary, case)
    assert "已上传第1步的“入党申请书”2份" in page
    assert "“二.png”不是可以上传的文件" in page
    assert [document.file_name for document in case.documents.all()] == ["一.png", "三.pdf"]


def test_the_script_is_told_where_to_go_and_the_message_waits_there(client_for, branch, case):
    secretary = client_for(builders.make_user("secretary", branch))

    response = send(
        secretary, case, 1, SimpleUploadedFile("一.png", builders.png()), headers={"HX-Request": "true"}
    )

    assert response.headers["HX-Redirect"].endswith("?documents=1")
    assert "已上传第1步" in said(secretary, case)
    assert send(secretary, case, 1).status_code == 302
    assert "请选择要上传的文件" in said(secretary, case)


def test_the_branch_files_for_its_steps_and_the_superior_for_theirs(client_for, committee, branch, case):
    people = {
        role: client_for(builders.make_user(role, where))
        for role, where in (("officer", committee), ("secretary", branch), ("leader", committee))
    }
    paper = lambda: SimpleUploadedFile("a.png", builders.png(str(builders.next_number())))  # noqa: E731

    def filed(role, number, kind):
        return send(people[role], case, number, paper(), kind=kind).status_code

    assert (filed("secretary", 3, "会议记录"), filed("secretary", 4, "批复")) == (302, 403)
    assert (filed("officer", 3, "会议记录"), filed("officer", 4, "批复")) == (302, 302)
    assert (filed("leader", 3, "会议记录"), filed("leader", 4, "批复")) == (403, 403)
    assert case.documents.count() == 3


def test_a_download_is_a_file_to_save_on_record_for_those_who_may_read_findings(
    client_for, committee, branch, case
):
    content = pdf("finding")
    document = builders.add_document(case, content=content, name=f"决议{NUMBER}.pdf")
    url = reverse("members:case-document", args=[case.pk, document.public_id])
    secretary, leader = builders.make_user("secretary", branch), builders.make_user("leader", committee)
    stranger = builders.make_user("secretary", builders.make_organisation(committee))

    response = client_for(secretary).get(url)

    assert response.content == content
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["Content-Disposition"].startswith("attachment; filename*=utf-8''%E5%86%B3")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "no-store, private"
    event = AuditEvent.objects.filter(action=AuditAction.REVEAL).get()
    assert (event.actor, event.object_id) == (secretary, str(case.pk))
    assert event.detail == {"document": "下载", "step": 1, "kind": "入党申请书", "id": document.pk}
    assert client_for(leader).get(url).status_code == 403
    assert client_for(stranger).get(url).status_code == 404
    other = builders.make_case(branch)
    assert client_for(secretary).get(url.replace(f"/{case.pk}/", f"/{other.pk}/")).status_code == 404
    shown = "决议999901__________11.pdf"
    assert shown not in said(client_for(leader), case)
    assert shown in said(client_for(secretary), case)


def test_what_was_withdrawn_is_read_above_only(client_for, committee, branch, case):
    document = builders.add_document(case)
    url = reverse("members:case-document", args=[case.pk, document.public_id])
    secretary = client_for(builders.make_user("secretary", branch))
    officer = client_for(builders.make_user("officer", committee))

    response = secretary.post(f"{url}withdraw/", {"reason": "传错了人"})

    assert response.status_code == 302
    assert secretary.get(url).status_code == 403
    assert officer.get(url).content == uploads.content_of(document)
    assert "查看撤回的文件" in said(officer, case)
    page = said(secretary, case)
    assert "传错了人" in page
    assert "查看撤回的文件" not in page


def test_an_hour_allows_so_many_downloads(client_for, branch, case, monkeypatch):
    monkeypatch.setitem(MOST_AN_HOUR, AuditAction.REVEAL, 1)
    document = builders.add_document(case)
    url = reverse("members:case-document", args=[case.pk, document.public_id])
    secretary = client_for(builders.make_user("secretary", branch))

    assert secretary.get(url).status_code == 200
    assert secretary.get(url).status_code == 302
    assert "一小时内查看完整信息已满1次" in said(secretary, case)


def test_the_page_reminds_of_what_is_missing_and_lets_the_step_pass(client_for, branch):
    case = builders.make_case(branch, upto=24)
    secretary = client_for(builders.make_user("secretary", branch))
    for number, kind in ((1, "入党申请书"), (25, "归档目录")):
        builders.add_document(case, number=number, kind=kind)

    page = said(secretary, case)
    archive = secretary.get(reverse("members:case-archive", args=[case.pk])).content.decode()

    assert "已办步骤缺35项" in page
    assert "归档前还缺35项材料" in page
    assert (
        "应有 <strong>37</strong> 项，已有 <strong>2</strong> 项，还缺 <strong>35</strong> 项，共 2 份文件"
        in archive
    )
    url = reverse("members:case-step", args=[case.pk, 25])
    assert secretary.post(url, {"on": timezone.localdate(), "kept_at": "人才中心"}).status_code == 302
    case.refresh_from_db()
    assert case.closed_on
    page = said(secretary, case)
    assert page.count("data-upload") == 1  # the archive alone


def test_the_next_step_names_its_own_documents(client_for, branch):
    case = builders.make_case(branch, upto=1)
    secretary = client_for(builders.make_user("secretary", branch))

    assert "这一步应有的材料还未上传：谈话记录" in said(secretary, case)
    builders.add_document(case, number=2, kind="谈话记录")
    assert "这一步应有的材料还未上传" not in said(secretary, case)


def test_steps_on_paper_only_are_not_missing(client_for, branch):
    builders.make_member(
        branch, membership="probationary", joined_on=timezone.localdate() - dt.timedelta(days=90)
    )
    recruiting.adopt_members(members=branch.members.all(), by=User.objects.system())
    case = branch.recruitment_cases.get()
    secretary = client_for(builders.make_user("secretary", branch))

    page = secretary.get(reverse("members:case-archive", args=[case.pk])).content.decode()

    assert "应有 <strong>7</strong> 项，已有 <strong>0</strong> 项，还缺 <strong>7</strong> 项" in page
    assert "系统外办理，见纸质材料" in page


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_asks_once_for_all_documents(client_for, branch, case, count, django_assert_num_queries):
    secretary = client_for(builders.make_user("secretary", branch))
    for _ in range(count):
        builders.add_document(case)
        withdraw(builders.add_document(case))
    said(secretary, case)

    with django_assert_num_queries(6):
        secretary.get(reverse("members:case-archive", args=[case.pk]))


def test_the_administrator_sees_whether_files_are_scanned(client_for, committee, settings):
    administrator = client_for(builders.make_user("administrator", committee))

    assert (
        "未设置，上传的文件不经病毒扫描" in administrator.get(reverse("orgs:setting-list")).content.decode()
    )
    settings.UPLOAD_SCANNER = "unix:/nowhere"
    assert "已设置，但无法连接" in administrator.get(reverse("orgs:setting-list")).content.decode()


# --- API -----------------------------------------------------------------------------------------------


def test_the_api_does_the_same(client_for, committee, branch, case):
    secretary = client_for(builders.make_user("secretary", branch))
    leader = client_for(builders.make_user("leader", committee))
    url = reverse("api:case-document-list", args=[case.pk])
    post = lambda **data: secretary.post(url, {"number": 1, "kind": "入党申请书"} | data)  # noqa: E731
    file = lambda: ContentFile(pdf(), "申请书.pdf")  # noqa: E731

    created = post(file=file())
    row = created.json()

    assert created.status_code == 201
    assert (row["number"], row["kind"], row["file_name"], row["size"]) == (
        1,
        "入党申请书",
        "申请书.pdf",
        len(pdf()),
    )
    assert "内容相同" in str(post(file=file()).json())
    assert "是空文件" in post(file=ContentFile(b"", "a.pdf")).content.decode()
    assert "不是可以上传的文件" in post(file=ContentFile(b"MZ", "a.exe")).content.decode()
    assert "第1步没有“批复”" in str(post(file=file(), kind="批复").json())
    assert post(file=file(), number=4, kind="批复").status_code == 403
    assert secretary.post(url, {"number": 1}, content_type="application/json").status_code == 415

    assert [found["id"] for found in secretary.get(url).json()["results"]] == [row["id"]]
    assert leader.get(url).json()["results"][0]["file_name"] == ""
    response = secretary.get(f"{url}{row['id']}/file/")
    assert response.content == pdf()
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert leader.get(f"{url}{row['id']}/file/").status_code == 403
    withdrawn = secretary.post(
        f"{url}{row['id']}/withdraw/", {"reason": "传错"}, content_type="application/json"
    )
    assert withdrawn.json()["withdrawn_reason"] == "传错"
    assert secretary.get(f"{url}{row['id']}/file/").status_code == 403
    for wrong in ("x", "9" * 30, "²"):
        assert secretary.get(f"/api/v1/recruitment-cases/{wrong}/documents/").status_code == 404
