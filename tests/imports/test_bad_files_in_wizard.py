"""Every unusable file ends as a sentence on the page, and the page still works."""

import html
import io
import zipfile
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from imports import jobs
from imports.models import ImportRun, RunState
from orgs.models import Role
from tests import builders
from tests.imports.helpers import workbook
from tests.imports.workbooks import parts, sheet_xml, write_package, write_workbook

FILES = Path(__file__).with_name("files")
HEADERS = ("企业名称", "统一社会信用代码", "登记状态", "从业人数", "党员人数", "联系电话")
LINE = ("上海甲科技有限公司", "91999901MA0000001X", "存续", 10, 1, "19900001234")

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def client(client_for):
    return client_for(builders.make_user(Role.ADMINISTRATOR, builders.make_organisation()))


def bomb() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts(sheet_xml([HEADERS, LINE])).items():
            archive.writestr(name, text)
        archive.writestr("xl/media/large.xml", b"0" * 150_000_000)
    return stream.getvalue()


def far_cell(tmp_path) -> bytes:
    far = '<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row>'
    return write_workbook(tmp_path / "far.xlsx", sheet_xml([HEADERS, LINE], extra=far)).read_bytes()


def entity(tmp_path) -> bytes:
    contents = parts(sheet_xml([HEADERS, LINE]))
    name = "xl/worksheets/sheet1.xml"
    declaration = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    contents[name] = contents[name].replace("<worksheet", f"{declaration}<worksheet", 1)
    return write_package(tmp_path / "entity.xlsx", contents).read_bytes()


FAULTY = {
    "text that is no table": (lambda _: "这不是表格".encode(), "不是可以导入的表格"),
    "PDF": (lambda _: b"%PDF-1.7\n", "PDF"),
    "web page": (lambda _: b"<html><table><tr><td>1</td></tr></table></html>", "网页"),
    "truncated": (lambda _: workbook(HEADERS, LINE)[:-300], "不完整"),
    "encrypted": (lambda _: (FILES / "encrypted.xlsx").read_bytes(), "密码"),
    "zip bomb": (lambda _: bomb(), "再上传"),
    "cell at XFD1048576": (far_cell, "XFD1048576"),
    "external entity": (entity, "实体"),
    "header only": (lambda _: workbook(HEADERS), "没有数据行"),
}


@pytest.mark.parametrize("name", FAULTY)
def test_each_bad_file_gets_its_sentence_and_nothing_is_written(client, tmp_path, name):
    make, word = FAULTY[name]
    upload = SimpleUploadedFile("名单.xlsx", make(tmp_path))
    response = client.post(reverse("imports:upload") + "?kind=enterprises", {"file": upload})
    run = ImportRun.objects.get()

    jobs.run(run.job_id)

    run.refresh_from_db()
    assert response.status_code == 302
    assert run.state == RunState.FAILED
    page = html.unescape(client.get(reverse("imports:run", args=[run.pk])).content.decode())
    assert "这个文件不能导入" in page
    assert word in page
    assert run.error in page
    assert "换一个文件" in page
    assert run.staged.count() == 0
    assert run.file_name in client.get(reverse("imports:run-list")).content.decode()


def test_an_empty_file_is_refused_at_once(client):
    response = client.post(
        reverse("imports:upload") + "?kind=enterprises", {"file": SimpleUploadedFile("空.xlsx", b"")}
    )

    assert response.status_code == 422
    assert "文件是空的" in response.content.decode()
    assert not ImportRun.objects.exists()


def test_a_table_without_known_header_asks_which_column_is_which(client):
    content = workbook(("甲", "乙", "丙"), ("某公司", "123", "5"), title="")
    client.post(
        reverse("imports:upload") + "?kind=enterprises", {"file": SimpleUploadedFile("名单.xlsx", content)}
    )
    run = ImportRun.objects.get()
    jobs.run(run.job_id)

    page = client.get(reverse("imports:run", args=[run.pk]), follow=True).content.decode()

    assert "没有找到表头" in page
    assert 'name="column-2"' in page


def test_markup_in_names_and_cells_is_shown_as_text(client):
    attack = "<img src=x onerror=alert(1)>"
    content = workbook((*HEADERS, attack), (attack, *LINE[1:3], "很多", 1, "19900001234", attack))
    client.post(
        reverse("imports:upload") + "?kind=enterprises",
        {"file": SimpleUploadedFile(f"{attack}.xlsx", content)},
    )
    run = ImportRun.objects.get()
    jobs.run(run.job_id)

    addresses = [
        reverse("imports:run", args=[run.pk]),
        reverse("imports:run-columns", args=[run.pk]),
        reverse("imports:run-row", args=[run.pk, run.staged.get().pk]),
        reverse("imports:run-list"),
    ]
    for address in addresses:
        page = client.get(address).content.decode()
        assert "<img src=x" not in page
        assert "alert(1)" in page
