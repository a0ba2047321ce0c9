"""What a file is, by its content alone: a table of our own, and nothing that is not in it is taken in."""

import io
import struct
from dataclasses import dataclass

from imports import guard

OFFICE = "application/vnd.openxmlformats-officedocument"


@dataclass(frozen=True)
class Kind:
    code: str
    label: str
    extensions: tuple[str, ...]
    content_type: str

    @property
    def is_image(self):
        return self.content_type.startswith("image/")


PDF = Kind("pdf", "PDF", ("pdf",), "application/pdf")
JPEG = Kind("jpeg", "JPG 图片", ("jpg", "jpeg"), "image/jpeg")
PNG = Kind("png", "PNG 图片", ("png",), "image/png")
WEBP = Kind("webp", "WebP 图片", ("webp",), "image/webp")
HEIC = Kind("heic", "HEIC 照片", ("heic", "heif"), "image/heic")
DOCX = Kind("docx", "Word 文档（docx）", ("docx",), f"{OFFICE}.wordprocessingml.document")
XLSX = Kind("xlsx", "Excel 工作簿（xlsx）", ("xlsx",), f"{OFFICE}.spreadsheetml.sheet")
DOC = Kind("doc", "Word 文档（doc）", ("doc",), "application/msword")
XLS = Kind("xls", "Excel 工作簿（xls）", ("xls",), "application/vnd.ms-excel")
KINDS = (PDF, JPEG, PNG, WEBP, HEIC, DOCX, XLSX, DOC, XLS)
KIND_BY_EXTENSION = {extension: kind for kind in KINDS for extension in kind.extensions}

OTHER = "不是可以上传的文件，请上传 PDF、JPG、PNG、WebP、Word（doc、docx）或 Excel（xls、xlsx）文件。"
DAMAGED = "已损坏或没有传完整，请重新生成文件后再上传。"
DISGUISED = "同时是压缩包，内容可疑，请用办公软件另存为一份新文件后再上传。"
MACROS = "含有宏，不能上传，请另存为不含宏的文档或 PDF 后再上传。"
LOCKED = "设有密码，无法检查内容，请取消密码后再上传。"
SWOLLEN = "解压后过大，疑似压缩炸弹，请另存为 PDF 或分成几个文件后再上传。"

HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")
OLE_HEAD, ZIP_END = guard.OLE_MAGIC, b"PK\x05\x06"
PACKAGE_LIMITS = guard.Limits(max_entries=2000, max_total=200 * guard.MEGABYTE)
MAIN_PARTS = {"word/document.xml": DOCX, "xl/workbook.xml": XLSX}


class Refused(Exception):
    """What is wrong with the file and the cure, to be said after its name."""


def kind_of(content: bytes) -> Kind:
    """Raises Refused for whatever is not in the table, or is something else besides."""
    head = content[:16]
    if head.startswith(b"%PDF-"):
        return _pdf(content)
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    if head[4:8] == b"ftyp" and head[8:12] in HEIC_BRANDS:
        return HEIC
    if head.startswith(b"PK\x03\x04"):
        return _package(content)
    if head.startswith(OLE_HEAD):
        return _compound(content)
    raise Refused(OTHER)


def _pdf(content) -> Kind:
    if b"%%EOF" not in content[-2048:]:
        raise Refused(DAMAGED)
    if ZIP_END in content[-65_557:]:
        raise Refused(DISGUISED)
    return PDF


def _refuse_hidden_zip(content):
    """A zip archive is read from its end, so it can hide behind any other beginning.

    A document may hold another one near its end, so only an archive that ends where the file does is meant.
    """
    at = content.rfind(ZIP_END, max(len(content) - 65_557, 0))
    if at >= 0 and at + 22 <= len(content):
        (comment,) = struct.unpack_from("<H", content, at + 20)
        if at + 22 + comment == len(content):
            raise Refused(DISGUISED)


def _compound(content) -> Kind:
    """Word and Excel before 2007: the streams are named in the directory, in UTF-16."""
    _refuse_hidden_zip(content)
    if _named(content, "EncryptedPackage"):
        raise Refused(LOCKED)
    if _named(content, "_VBA_PROJECT"):
        raise Refused(MACROS)
    if _named(content, "WordDocument"):
        return DOC
    if _named(content, "Workbook") or _named(content, "Book"):
        return XLS
    raise Refused(OTHER)


def _named(content, stream) -> bool:
    """The name as an entry of the directory begins with it, on its grid of 128 bytes."""
    name = f"{stream}\0".encode("utf-16-le")
    at = content.find(name, 512)
    while at >= 0 and at % 128:
        at = content.find(name, at + 1)
    return at >= 0


def _package(content) -> Kind:
    """Word and Excel since 2007; every part is unpacked piece by piece, so that a size cannot be a lie."""
    handle = io.BytesIO(content)
    try:
        parts = guard.parts_of(handle, len(content), PACKAGE_LIMITS)
        kind = _kind_of_package({part.filename for part in parts})
        _check_parts(parts)
        for part in parts:
            for _ in guard.inflate(handle, part):
                pass
    except guard.UnusableFile as error:
        raise Refused(SWOLLEN if error.code == "zip_bomb" else DAMAGED) from error
    return kind


def _kind_of_package(names) -> Kind:
    found = [kind for name, kind in MAIN_PARTS.items() if name in names]
    if len(found) != 1 or "[Content_Types].xml" not in names:
        raise Refused(OTHER)
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise Refused(MACROS)
    return found[0]


def _check_parts(parts):
    if any(part.flag_bits & 0x1 for part in parts):
        raise Refused(LOCKED)
    if any(guard.UNSAFE_NAME.search(part.filename) for part in parts) or parts[0].header_offset:
        raise Refused(OTHER)
    if sum(part.file_size for part in parts) > PACKAGE_LIMITS.max_total or any(map(_swollen, parts)):
        raise Refused(SWOLLEN)


def _swollen(part) -> bool:
    floor, ratio = PACKAGE_LIMITS.ratio_floor, PACKAGE_LIMITS.max_ratio
    return part.file_size > floor and part.file_size > ratio * part.compress_size
