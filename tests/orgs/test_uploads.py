"""The upload service: what is let in, what is made of it, and what a hostile file gets for an answer."""

import base64
import io
import os
import socket
import struct
import threading
import zipfile
import zlib
from contextlib import contextmanager

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from PIL import Image

from members.demo.documents import pdf
from orgs import uploads
from orgs.uploads import scanner
from orgs.uploads.kinds import KINDS

pytestmark = pytest.mark.once
CONTENT_TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
# The harmless test file that every scanner knows, in two parts so that this file is not taken for it.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STAND" + rb"ARD-ANTIVIRUS-TEST-FILE!$H+H*"
GPS = 0x8825


def accept(content, name):
    return uploads.accept(ContentFile(content, name))


def refusal(content, name) -> str:
    with pytest.raises(ValidationError) as error:
        accept(content, name)
    (sentence,) = error.value.messages
    return sentence


def picture(source="JPEG", size=(30, 20), **options) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "red").save(out, source, **options)
    return out.getvalue()


def package(main, **parts) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {"[Content_Types].xml": CONTENT_TYPES, main: "<x/>", **parts}.items():
            archive.writestr(name, text)
    return out.getvalue()


def ole(*streams) -> bytes:
    """A compound file as far as the table looks: its head, and directory entries on their grid."""
    entries = b"".join(f"{name}\0".encode("utf-16-le").ljust(128, b"\0") for name in streams)
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(512, b"\0") + entries


GOOD = {
    "决议.pdf": pdf(),
    "照片.JPG": picture(),
    "照片.jpeg": picture(),
    "扫描.png": picture("PNG"),
    "扫描.webp": picture("WEBP"),
    "记录.docx": package("word/document.xml"),
    "名单.xlsx": package("xl/workbook.xml"),
    "记录.doc": ole("Root Entry", "WordDocument"),
    "名单.xls": ole("Root Entry", "Workbook"),
}


@pytest.mark.parametrize("name", GOOD)
def test_each_kind_is_known_by_its_content(name):
    accepted = accept(GOOD[name], name)

    assert accepted.name == name
    assert name.lower().endswith(accepted.kind.extensions)
    assert accepted.kind.is_image or accepted.content == GOOD[name]


@pytest.mark.parametrize("name", GOOD)
def test_no_kind_passes_under_the_name_of_another(name):
    own = next(kind for kind in KINDS if name.lower().endswith(kind.extensions))
    for kind in KINDS:
        if kind != own:
            sentence = refusal(GOOD[name], f"改名.{kind.extensions[0]}")
            assert sentence.startswith(f"“改名.{kind.extensions[0]}”的扩展名与内容不符，内容是{own.label}")
    assert "不是可以上传的文件" in refusal(GOOD[name], "改名.exe")
    assert "不是可以上传的文件" in refusal(GOOD[name], "没有扩展名")


HOSTILE = {
    "program": (b"MZ\x90\0" + bytes(200), "a.pdf", "不是可以上传的文件"),
    "page": (b"<html><script>alert(1)</script>", "a.png", "不是可以上传的文件"),
    "drawing": (b'<svg xmlns="http://www.w3.org/2000/svg" onload="x()"/>', "a.svg", "不是可以上传的文件"),
    "gif": (picture("GIF"), "a.gif", "不是可以上传的文件"),
    "heic": (b"\0\0\0\x18ftypheic" + bytes(40), "IMG_1.heic", "兼容性最佳"),
    "plain zip": (package("evil.js"), "a.docx", "不是可以上传的文件"),
    "both at once": (
        package("word/document.xml", **{"xl/workbook.xml": "<x/>"}),
        "a.docx",
        "不是可以上传的文件",
    ),
    "way out": (package("word/document.xml", **{"../../etc/x": "x"}), "a.docx", "不是可以上传的文件"),
    "macros": (package("word/document.xml", **{"word/vbaProject.bin": "x"}), "a.docx", "含有宏"),
    "old macros": (ole("WordDocument", "VBA", "_VBA_PROJECT"), "a.doc", "含有宏"),
    "locked": (ole("EncryptionInfo", "EncryptedPackage"), "a.docx", "设有密码"),
    "installer": (ole("Root Entry", "SummaryInformation"), "a.doc", "不是可以上传的文件"),
    "pdf and zip": (pdf() + package("evil.js"), "a.pdf", "已损坏|同时是压缩包"),
    "pdf hiding a zip": (pdf() + package("e.js") + b"\n%%EOF\n", "a.pdf", "同时是压缩包"),
    "half a pdf": (pdf()[:200], "a.pdf", "已损坏"),
    "half a photo": (picture(size=(400, 400))[:900], "a.jpg", "已损坏"),
    "half a package": (package("word/document.xml")[:-30], "a.docx", "已损坏"),
    "empty": (b"", "a.pdf", "是空文件"),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_file_is_refused_in_one_sentence_with_its_name(what):
    content, name, words = HOSTILE[what]

    sentence = refusal(content, name)

    assert sentence.startswith(f"“{name}”")
    assert any(word in sentence for word in words.split("|"))
    assert sentence.count("。") == 1


def test_a_pdf_that_a_zip_reader_would_open_is_refused():
    out = io.BytesIO(pdf())
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("evil.js", "x")
        archive.comment = b"%%EOF"

    assert zipfile.is_zipfile(out)
    assert "同时是压缩包" in refusal(out.getvalue(), "a.pdf")


def test_a_zip_bomb_is_not_unpacked(monkeypatch):
    big = package("word/document.xml", **{"word/media/x": bytes(60 * 1024 * 1024)})
    assert len(big) < 100_000
    assert "解压后过大" in refusal(big, "a.docx")

    # One that declares little and holds much.
    lying = bytearray(package("word/document.xml", **{"word/x.xml": bytes(3 * 1024 * 1024)}))
    at = lying.rfind(b"PK\x01\x02")
    lying[at + 24 : at + 28] = struct.pack("<I", 10)
    assert "解压后过大" in refusal(bytes(lying), "a.docx")

    many = io.BytesIO()
    with zipfile.ZipFile(many, "w") as archive:
        for number in range(2001):
            archive.writestr(f"word/{number}", "")
    assert "解压后过大" in refusal(many.getvalue(), "a.docx")


def pixel_bomb(width, height) -> bytes:
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0"))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("side", [7746, 10_000, 60_000])
def test_a_pixel_bomb_is_not_decoded(side):
    assert "像素超过6000万" in refusal(pixel_bomb(side, side), "a.png")


def test_size_limits_on_both_sides(settings):
    settings.UPLOAD_MAX_BYTES = len(GOOD["决议.pdf"])
    assert accept(GOOD["决议.pdf"], "a.pdf").content
    settings.UPLOAD_MAX_BYTES -= 1
    assert "请压缩或拆分" in refusal(GOOD["决议.pdf"], "a.pdf")

    settings.UPLOAD_BATCH_MAX_BYTES = 20
    assert len(uploads.split_batch([ContentFile(b"12")] * 10)) == 10
    for files, words in (
        ([], "请选择"),
        ([ContentFile(b"1")] * 11, "一次最多上传10个"),
        ([ContentFile(b"123")] * 10, "合计不超过"),
    ):
        with pytest.raises(ValidationError, match=words):
            uploads.split_batch(files)


def test_a_photo_loses_its_place_and_stands_upright():
    photo = Image.new("RGB", (40, 20), "white")
    photo.putpixel((0, 0), (255, 0, 0))
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Secret Phone"  # turned by a quarter; the maker
    exif[GPS] = {1: "N", 2: (31.0, 13.0, 48.0), 3: "E", 4: (121.0, 28.0, 12.0)}
    out = io.BytesIO()
    photo.save(out, "JPEG", exif=exif, comment=b"at home", quality=95)
    hidden = out.getvalue() + b"<script>hidden()</script>"
    assert Image.open(io.BytesIO(hidden)).getexif().get_ifd(GPS)

    kept = accept(hidden, "照片.jpg").content

    image = Image.open(io.BytesIO(kept))
    assert image.size == (20, 40)
    assert dict(image.getexif()) == {}
    for secret in (b"Exif", b"Secret Phone", b"at home", b"script"):
        assert secret in hidden
        assert secret not in kept
    assert accept(hidden, "照片.jpg").sha256 == accept(hidden, "另一名称.jpg").sha256


def test_transparency_and_other_colours_survive_being_drawn_anew():
    for mode, source, name in (
        ("RGBA", "PNG", "a.png"),
        ("P", "PNG", "a.png"),
        ("CMYK", "JPEG", "a.jpg"),
        ("RGBA", "WEBP", "a.webp"),
    ):
        out = io.BytesIO()
        Image.new(mode, (9, 9)).save(out, source)
        with Image.open(io.BytesIO(accept(out.getvalue(), name).content)) as image:
            assert image.size == (9, 9)
            assert ("A" in image.mode) == ("A" in mode)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("C:\\Users\\x\\决议.pdf", "决议.pdf"),
        ("../../etc/决议.pdf", "决议.pdf"),
        ("fdp\u202e.pdf", "fdp.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie: x.pdf"),
        ("李999901199005170011（19900001234）.pdf", "李999901__________11（199____1234）.pdf"),
        ("20261126123456789012.pdf", "20261126123456789012.pdf"),
        ("长" * 300 + ".pdf", "长" * 96 + ".pdf"),
    ],
)
def test_names_are_data_without_signs_that_steer(sent, kept):
    assert uploads.intake.clean_name(sent) == kept


# --- The scanner ---------------------------------------------------------------------------------------


class Clamd(threading.Thread):
    """Speaks as much of clamd's protocol as it has for streams: zPING, zINSTREAM, its size limit."""

    def __init__(self, listener, limit=1024 * 1024, mute=False):
        super().__init__(daemon=True)
        self.listener, self.limit, self.mute, self.seen = listener, limit, mute, []

    def run(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection, connection.makefile("rb") as stream:
                connection.sendall(self.answer(stream)) if not self.mute else stream.read()

    def answer(self, stream) -> bytes:
        command = b""
        while not command.endswith(b"\0"):
            command += stream.read(1)
        if command == b"zPING\0":
            return b"PONG\0"
        assert command == b"zINSTREAM\0"
        data = b""
        while length := struct.unpack(">I", stream.read(4))[0]:
            data += stream.read(length)
            if len(data) > self.limit:
                return b"INSTREAM size limit exceeded. ERROR\0"
        self.seen.append(data)
        return b"stream: Eicar-Signature FOUND\0" if EICAR in data else b"stream: OK\0"


@contextmanager
def clamd(settings, listener, address, **options):
    listener.listen()
    server = Clamd(listener, **options)
    server.start()
    settings.UPLOAD_SCANNER = address
    try:
        yield server
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        server.join(5)


def tcp():
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    return listener, f"127.0.0.1:{listener.getsockname()[1]}"


def test_an_infected_file_is_refused_with_the_name_of_what_it_carries(settings):
    infected = pdf(EICAR.decode().replace("(", "").replace(")", "")) + EICAR + b"\n%%EOF\n"
    assert accept(infected, "a.pdf")  # nothing scans it

    with clamd(settings, *tcp()) as server:
        assert "“a.pdf”被病毒扫描程序识别为有害文件（Eicar-Signature）" in refusal(infected, "a.pdf")
        photo = picture(size=(300, 300), comment=os.urandom(60_000)) + os.urandom(100_000)
        accept(photo, "b.jpg")
        assert scanner.state()[0] == "good"

    assert server.seen == [infected, photo]  # what was sent, in several pieces, not what is kept


def test_the_scanner_may_listen_on_a_unix_socket(settings, tmp_path):
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "clamd"))
    with clamd(settings, listener, f"unix:{tmp_path}/clamd"):
        assert "有害文件" in refusal(pdf() + EICAR + b"%%EOF", "a.pdf")
        assert accept(pdf(), "a.pdf")
    assert "暂时无法进行病毒扫描" in refusal(pdf(), "a.pdf")
    assert scanner.state()[0] == "bad"


def test_nothing_is_let_in_while_the_scanner_is_silent_or_gone(settings, caplog):
    settings.UPLOAD_SCANNER_SECONDS = 0.3
    with clamd(settings, *tcp(), mute=True):
        assert "暂时无法进行病毒扫描" in refusal(pdf(), "秘密.pdf")
    assert "暂时无法进行病毒扫描" in refusal(pdf(), "秘密.pdf")  # refused connection
    with clamd(settings, *tcp(), limit=10):
        assert "暂时无法进行病毒扫描" in refusal(pdf(), "秘密.pdf")  # too large for clamd
    for no_address in ("clamav", "127.0.0.1:x", "unix:relative"):
        settings.UPLOAD_SCANNER = no_address
        assert "暂时无法进行病毒扫描" in refusal(pdf(), "秘密.pdf")
        assert scanner.state()[0] == "bad"
    assert "does not answer" in caplog.text
    assert "秘密" not in caplog.text


def test_the_sample_is_the_one_that_scanners_know():
    assert len(EICAR) == 68
    assert base64.b64encode(EICAR[:6]) == b"WDVPIVAl"
