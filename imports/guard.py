"""Decides by content, never by name, what an uploaded file is and refuses what must not reach a parser.

Nothing here interprets cell values. A workbook part is only streamed, counted and searched with a few
regular expressions, so a hostile file costs little before it is refused. The parser itself runs in a
child process (`parse_child`); what the guard cannot see, that child's limits catch.
"""

import codecs
import os
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO
from xml.etree import ElementTree

MEGABYTE = 1024 * 1024
EXCEL_ROWS, EXCEL_COLUMNS = 1_048_576, 16_384
# Title, notes, header and footer rows are allowed on top of the limit for data rows.
ROW_ALLOWANCE = 20


class UnusableFile(Exception):
    """A file that cannot be imported at all; the text is a sentence for people with the cure."""

    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Limits:
    """What one file may cost. Sizes in bytes, times in seconds; `max_ratio` counts above `ratio_floor`."""

    max_file: int = 50 * MEGABYTE
    max_entries: int = 200
    max_total: int = 200 * MEGABYTE
    max_entry: int = 100 * MEGABYTE
    max_ratio: int = 100
    ratio_floor: int = 10 * MEGABYTE
    max_rows: int = 100_000
    max_columns: int = 200
    max_cells: int = 5_000_000
    memory: int = 1024 * MEGABYTE
    cpu: int = 30
    timeout: float = 60.0


DEFAULT_LIMITS = Limits()


@dataclass
class SheetScan:
    """What the XML of one worksheet says besides values. Rows are 1-based, columns 0-based."""

    hidden_rows: set[int] = field(default_factory=set)
    error_cells: set[tuple[int, int]] = field(default_factory=set)
    formulas_without_value: set[tuple[int, int]] = field(default_factory=set)


@dataclass
class Inspection:
    """`unpacked` bounds what a parser may need; `scans` is keyed by sheet name and filled for xlsx only."""

    format: str
    unpacked: int
    encoding: str = ""
    scans: dict[str, SheetScan] = field(default_factory=dict)


def inspect(handle: BinaryIO, limits: Limits = DEFAULT_LIMITS) -> Inspection:
    """Raise UnusableFile unless the open file is a workbook or table of text within the limits."""
    size = os.fstat(handle.fileno()).st_size
    head = handle.read(8192)
    if not head:
        raise UnusableFile("empty", "文件是空的（0 字节）。请重新导出或重新下载后再上传。")
    if size > limits.max_file:
        raise UnusableFile(
            "too_large",
            f"文件有 {size / MEGABYTE:.0f} MB，超过上限 {limits.max_file // MEGABYTE} MB。"
            "请删除图片和无关工作表，或拆成几个文件分别上传。",
        )
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _inspect_zip(handle, size, limits)
    if head.startswith(OLE_MAGIC):
        return _inspect_ole(handle, size)
    _refuse_other_binary(head)
    return _inspect_text(handle, size, head, limits)


# Other kinds of file

OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
KNOWN_KINDS = {
    b"%PDF": "PDF 文件",
    b"\x89PNG": "图片",
    b"\xff\xd8\xff": "图片",
    b"GIF8": "图片",
    b"Rar!": "RAR 压缩包",
    b"7z\xbc\xaf": "7z 压缩包",
    b"\x1f\x8b": "gzip 压缩包",
    b"MZ": "程序文件",
    b"\x7fELF": "程序文件",
}
TEXT_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f]")
UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def _not_workbook(what: str) -> UnusableFile:
    return UnusableFile(
        "not_workbook",
        f"{what}，不是可以导入的表格。"
        "请用 Excel 或 WPS 打开原始表格，另存为“Excel 工作簿（*.xlsx）”后再上传。",
    )


def _refuse_other_binary(head: bytes) -> None:
    for magic, kind in KNOWN_KINDS.items():
        # "MZ" may also begin a table of text, so a short magic alone is not enough.
        if head.startswith(magic) and (len(magic) > 2 or TEXT_CONTROL.search(head)):
            raise _not_workbook(f"这是{kind}")
    if not head.startswith(UTF16_MARKS) and TEXT_CONTROL.search(head):
        raise _not_workbook("文件内容无法识别")


# Text: CSV and what web systems call .xls

MARKUP = re.compile(
    r"\s*(?:<(?:!doctype|html|head|meta|table|body|style|div|\?xml|!--|\w+:?workbook)|mime-version:)",
    re.IGNORECASE,
)


def _inspect_text(handle: BinaryIO, size: int, head: bytes, limits: Limits) -> Inspection:
    start = _first_text(head)
    if "<!entity" in start.lower():
        raise _external_entity()
    if MARKUP.match(start):
        raise UnusableFile(
            "html",
            "这个文件虽然可能叫 .xls，内容却是网页（HTML/XML）。"
            "请用 Excel 或 WPS 打开它，另存为“Excel 工作簿（*.xlsx）”后再上传。",
        )
    if not start.strip() and size <= len(head):
        raise UnusableFile("empty", "文件里只有空白，没有数据。请重新导出后再上传。")
    _refuse_plain_text_named_excel(handle, start)
    return Inspection(format="csv", unpacked=size, encoding=_text_encoding(handle, head))


def _first_text(head: bytes) -> str:
    if head.startswith(UTF16_MARKS):
        return head.decode("utf-16", "ignore")
    return head.removeprefix(codecs.BOM_UTF8).decode("utf-8", "ignore")


def _refuse_plain_text_named_excel(handle: BinaryIO, start: str) -> None:
    """Text without any separator in a file called .xlsx is not a list with one column, it is a mistake."""
    name = str(getattr(handle, "name", "")).lower()
    if name.endswith((".xlsx", ".xls", ".xlsm", ".xlsb", ".ods")) and not re.search(r"[,;\t]", start):
        raise _not_workbook("文件内容是普通文字")


def _text_encoding(handle: BinaryIO, head: bytes) -> str:
    """UTF-8 with mark, UTF-16 by its mark, UTF-8, then GB18030; the order keeps the answer predictable."""
    if head.startswith(UTF16_MARKS):
        candidates = ("utf-16",)
    elif head.startswith(codecs.BOM_UTF8):
        candidates = ("utf-8-sig",)
    else:
        candidates = ("utf-8", "gb18030")
    failures = {}
    for encoding in candidates:
        failure = _first_undecodable(handle, encoding)
        if failure is None:
            return encoding
        failures[encoding] = failure
    raise _encoding_error(handle, max(failures.values()))


def _first_undecodable(handle: BinaryIO, encoding: str) -> int | None:
    """Byte offset of the first sequence that is not valid in `encoding`, or None."""
    decoder = codecs.getincrementaldecoder(encoding)()
    handle.seek(0)
    offset = 0
    while True:
        chunk = handle.read(MEGABYTE)
        held = len(decoder.getstate()[0])
        try:
            decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            return max(offset - held + error.start, 0)
        offset += len(chunk)
        if not chunk:
            return None


def _encoding_error(handle: BinaryIO, offset: int) -> UnusableFile:
    handle.seek(0)
    line = handle.read(offset).count(b"\n") + 1
    return UnusableFile(
        "encoding",
        f"文字编码无法识别：第 {line} 行（第 {offset + 1} 个字节）既不是 UTF-8 也不是 GB18030。"
        "请用 Excel 打开，另存为“CSV UTF-8”或“Excel 工作簿（*.xlsx）”后再上传。",
    )


# OLE: .xls, and encrypted .xlsx

END_OF_CHAIN = 0xFFFFFFFA


def _inspect_ole(handle: BinaryIO, size: int) -> Inspection:
    sectors, streams = _ole_streams(handle, size)
    if streams.keys() & {"EncryptedPackage", "EncryptionInfo"}:
        raise encrypted()
    for name in ("Workbook", "Book"):
        if name in streams:
            start = streams[name]
            if start is not None and _has_password_record(sectors.read(start)):
                raise encrypted()
            return Inspection(format="xls", unpacked=size)
    if "WordDocument" in streams:
        raise _not_workbook("这是 Word 文档")
    if "PowerPoint Document" in streams:
        raise _not_workbook("这是 PowerPoint 文稿")
    raise _not_workbook("文件里没有工作簿")


def _has_password_record(stream: bytes) -> bool:
    """FILEPASS follows the opening record of the stream, at most a write protection between them."""
    at = 0
    for _ in range(3):
        if at + 4 > len(stream):
            return False
        kind, length = struct.unpack_from("<HH", stream, at)
        if kind == 0x2F:
            return True
        at += 4 + length
    return False


def encrypted() -> UnusableFile:
    return UnusableFile(
        "encrypted",
        "工作簿设了打开密码。请在 Excel 的“文件 → 信息 → 保护工作簿 → 用密码进行加密”里删去密码，"
        "保存后再上传。",
    )


def _truncated() -> UnusableFile:
    return UnusableFile(
        "truncated", "文件不完整，可能没有下载完或传输中断。请重新下载原文件，确认能在 Excel 中打开后再上传。"
    )


def damaged(detail: str = "") -> UnusableFile:
    where = f"（{detail}）" if detail else ""
    return UnusableFile(
        "damaged", f"文件已损坏，无法读取{where}。请在 Excel 或 WPS 中打开并另存为新的 *.xlsx 后再上传。"
    )


def _ole_streams(handle: BinaryIO, size: int) -> tuple["_Sectors", dict[str, int | None]]:
    """First sector of each stream in the directory of a compound file; None for a stream below 4 kB."""
    handle.seek(0)
    header = handle.read(512)
    if len(header) < 512:
        raise _truncated()
    shift = struct.unpack_from("<H", header, 30)[0]
    if shift not in (9, 12):
        raise damaged("复合文档头不合法")
    sectors = _Sectors(handle, 1 << shift, size)
    table = sectors.allocation_table(header)
    streams: dict[str, int | None] = {}
    for sector in sectors.chain(struct.unpack_from("<I", header, 48)[0], table):
        streams |= _entries(sectors.read(sector))
    return sectors, streams


def _entries(sector: bytes) -> dict[str, int | None]:
    entries = {}
    for start in range(0, len(sector), 128):
        length = struct.unpack_from("<H", sector, start + 64)[0]
        if 2 <= length <= 64:
            name = sector[start : start + length - 2].decode("utf-16-le", "replace")
            first, size = struct.unpack_from("<II", sector, start + 116)
            entries[name] = first if size >= 4096 else None
    return entries


@dataclass
class _Sectors:
    handle: BinaryIO
    size: int
    file_size: int

    def read(self, number: int) -> bytes:
        self.handle.seek((number + 1) * self.size)
        data = self.handle.read(self.size)
        if len(data) < self.size:
            raise _truncated()
        return data

    def numbers(self, sector: int) -> tuple[int, ...]:
        return struct.unpack(f"<{self.size // 4}I", self.read(sector))

    def allocation_table(self, header: bytes) -> list[int]:
        """Sector numbers that hold the allocation table, read lazily by `chain`."""
        places = list(struct.unpack_from("<109I", header, 76))
        following = struct.unpack_from("<I", header, 68)[0]
        for _ in range(self.file_size // self.size):
            if following >= END_OF_CHAIN:
                break
            *more, following = self.numbers(following)
            places.extend(more)
        return places

    def chain(self, sector: int, table: list[int]) -> Iterator[int]:
        per_sector = self.size // 4
        # A directory of more than 64 sectors is no workbook; the bound also ends a chain that loops.
        for _ in range(64):
            if sector >= END_OF_CHAIN:
                return
            yield sector
            place = sector // per_sector
            if place >= len(table) or table[place] >= END_OF_CHAIN:
                raise damaged("复合文档目录不合法")
            sector = self.numbers(table[place])[sector % per_sector]


# Zip: .xlsx, .xlsm, .xlsb, .ods

KNOWN_PARTS = re.compile(
    r"\[Content_Types\]\.xml$|\[trash\]/|mimetype$|(?:_rels|docProps|docMetadata|xl|customXml|customUI|customStorage"
    r"|userCustomization|_xmlsignatures|package|META-INF)(?:/|$)"
)
ODS_PARTS = re.compile(
    r"(?:content|styles|meta|settings|manifest)\.(?:xml|rdf)$|mimetype$|layout-cache$"
    r"|(?:META-INF|Thumbnails|Configurations2|Pictures|Object[ \d]*|ObjectReplacements|Basic|Dialogs)(?:/|$)"
)
UNSAFE_NAME = re.compile(r"^/|\\|(?:^|/)\.\.(?:/|$)|[\x00-\x1f]")
OTHER_PACKAGES = {"word/document.xml": "Word 文档", "ppt/presentation.xml": "PowerPoint 文稿"}
XML_PART = re.compile(r"\.(?:xml|rels|vml)$", re.IGNORECASE)
RELATION_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
STRICT_RELATION_ID = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"


def _inspect_zip(handle: BinaryIO, size: int, limits: Limits) -> Inspection:
    parts = parts_of(handle, size, limits)
    by_name = {part.filename: part for part in parts}
    kind = _package_kind(by_name)
    _check_parts(parts, by_name, kind, limits)
    scans = _scan_package(handle, by_name, limits) if kind == "xlsx" else _stream_package(handle, parts)
    return Inspection(format=kind, unpacked=sum(part.file_size for part in parts), scans=scans)


def parts_of(handle: BinaryIO, size: int, limits: Limits) -> list[zipfile.ZipInfo]:
    """What the directory of a zip file declares; raises UnusableFile for one that is broken or has too many parts."""
    _check_directory_size(handle, size, limits)
    try:
        with zipfile.ZipFile(handle) as archive:
            return archive.infolist()
    except zipfile.BadZipFile as error:
        raise _truncated() from error
    except (NotImplementedError, ValueError, OverflowError, struct.error, OSError, RuntimeError) as error:
        raise damaged() from error


def _check_directory_size(handle: BinaryIO, size: int, limits: Limits) -> None:
    """Refuse a huge directory before `zipfile` makes an object of each entry."""
    handle.seek(max(size - 65_557 - 76, 0))
    tail = handle.read()
    at = len(tail) - 22
    if at < 0 or tail[at : at + 4] != b"PK\x05\x06" or tail[-2:] != b"\0\0":
        at = tail.rfind(b"PK\x05\x06")
    if at < 0 or at + 22 > len(tail):
        raise _truncated()
    entries, directory = struct.unpack_from("<HI", tail, at + 10)
    if at >= 76 and tail[at - 20 : at - 16] == b"PK\x06\x07":
        entries, directory = struct.unpack_from("<QQ", tail, at - 76 + 32)
    if entries > limits.max_entries or directory > limits.max_entries * 1024:
        raise _too_many_parts(limits)


def _too_many_parts(limits: Limits) -> UnusableFile:
    return UnusableFile(
        "zip_bomb",
        f"工作簿内部的部件超过 {limits.max_entries} 个，不像正常的名单。"
        "请把需要的那张工作表复制到新工作簿，保存后再上传。",
    )


def _package_kind(by_name: dict[str, zipfile.ZipInfo]) -> str:
    if "[Content_Types].xml" in by_name:
        if any(name.lower() == "xl/workbook.bin" for name in by_name):
            return "xlsb"
        if any(name.lower() == "xl/workbook.xml" for name in by_name):
            return "xlsx"
    if "content.xml" in by_name and "mimetype" in by_name:
        return "ods"
    for name, kind in OTHER_PACKAGES.items():
        if name in by_name:
            raise _not_workbook(f"这是 {kind}")
    raise _not_workbook("这是压缩包" if by_name else "这是空的压缩包")


def _check_parts(parts: list, by_name: dict, kind: str, limits: Limits) -> None:
    if len(parts) > limits.max_entries:
        raise _too_many_parts(limits)
    if len({name.lower() for name in by_name}) < len(parts):
        raise damaged("有重复的部件")
    known = ODS_PARTS if kind == "ods" else KNOWN_PARTS
    total = 0
    for part in parts:
        _check_part(part, known, limits)
        total += part.file_size
    if total > limits.max_total:
        raise _unpacks_too_large(total)


def _check_part(part: zipfile.ZipInfo, known: re.Pattern, limits: Limits) -> None:
    if part.flag_bits & 0x1:
        raise encrypted()
    if UNSAFE_NAME.search(part.filename) or not known.match(part.filename):
        raise _not_workbook("压缩包里有不属于工作簿的内容")
    if part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise damaged("压缩方式不受支持")
    swollen = part.file_size > limits.ratio_floor and part.file_size > limits.max_ratio * part.compress_size
    if part.file_size > limits.max_entry or swollen:
        raise _unpacks_too_large(part.file_size)


def _unpacks_too_large(size: int) -> UnusableFile:
    return UnusableFile(
        "zip_bomb",
        f"文件解压后有 {size / MEGABYTE:.0f} MB 或更多，疑似压缩炸弹，已停止读取。"
        "请把数据区域复制到新工作簿，保存后再上传。",
    )


def _external_entity() -> UnusableFile:
    return UnusableFile(
        "external_entity",
        "文件里含有 DOCTYPE 或实体声明，可能用于读取外部内容，已拒绝。"
        "请在 Excel 中另存为新的 *.xlsx 后再上传。",
    )


def _stream_package(handle: BinaryIO, parts: list) -> dict[str, SheetScan]:
    """Formats whose cells the guard cannot read: only sizes and XML declarations are checked."""
    for part in parts:
        _stream_plain(handle, part)
    return {}


def _scan_package(handle: BinaryIO, by_name: dict, limits: Limits) -> dict[str, SheetScan]:
    lower = {name.lower(): name for name in by_name}
    book, relations = lower["xl/workbook.xml"], lower.get("xl/_rels/workbook.xml.rels")
    if relations is None:
        raise damaged("缺少工作表清单")
    sheet_parts = _sheet_parts(_small_xml(handle, by_name[book]), _small_xml(handle, by_name[relations]))
    scans = {name: SheetScan() for name in sheet_parts}
    by_part = {lower.get(path.lower()): scans[name] for name, path in sheet_parts.items()}
    for name, part in by_name.items():
        scan = by_part.get(name)
        if scan is not None or name.lower().startswith("xl/worksheets/sheet"):
            _scan_sheet(handle, part, scan or SheetScan(), limits)
        elif name not in (book, relations):
            _stream_plain(handle, part)
    return scans


def _small_xml(handle: BinaryIO, part: zipfile.ZipInfo) -> ElementTree.Element:
    if part.file_size > 4 * MEGABYTE:
        raise _unpacks_too_large(part.file_size)
    text = b"".join(inflate(handle, part))
    _refuse_declarations(text)
    try:
        # Declarations were refused above, so there is no entity left to expand.
        return ElementTree.fromstring(text)  # noqa: S314
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise damaged(f"{part.filename} 不合法") from error


def _sheet_parts(book: ElementTree.Element, relations: ElementTree.Element) -> dict[str, str]:
    """Sheet name → path of its part inside the package."""
    targets = {item.get("Id"): item.get("Target", "") for item in relations}
    found = {}
    for item in book.iter():
        if item.tag.rpartition("}")[2] == "sheet":
            target = targets.get(item.get(RELATION_ID) or item.get(STRICT_RELATION_ID), "")
            path = target.lstrip("/") if target.startswith("/") else f"xl/{target.removeprefix('./')}"
            name = item.get("name", "")
            # The parser would read a part again for every sheet that claims it.
            if name in found or path in found.values():
                raise damaged("工作表清单有重复")
            found[name] = path
    if not found:
        raise UnusableFile("no_sheet", "工作簿里没有工作表。请确认上传的是名单文件，另存为 *.xlsx 后再上传。")
    return found


def inflate(handle: BinaryIO, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """The part's bytes in pieces; stops as soon as there are more than the directory declared."""
    try:
        handle.seek(part.header_offset)
    except (OSError, OverflowError, ValueError) as error:  # before the beginning, or beyond any file
        raise damaged("部件位置不合法") from error
    local = handle.read(30)
    if len(local) < 30 or local[:4] != b"PK\x03\x04":
        raise damaged("部件位置不合法")
    handle.seek(sum(struct.unpack_from("<HH", local, 26)), os.SEEK_CUR)
    produced, checksum = 0, 0
    for piece in _decompress(handle, part):
        produced += len(piece)
        if produced > part.file_size:
            raise _unpacks_too_large(produced)
        checksum = zlib.crc32(piece, checksum)
        yield piece
    if produced != part.file_size or checksum != part.CRC:
        raise damaged("校验不符")


def _decompress(handle: BinaryIO, part: zipfile.ZipInfo) -> Iterator[bytes]:
    stored = part.compress_type == zipfile.ZIP_STORED
    inflater = None if stored else zlib.decompressobj(-15)
    remaining = part.compress_size
    while remaining > 0:
        raw = handle.read(min(remaining, 64 * 1024))
        if not raw:
            raise _truncated()
        remaining -= len(raw)
        if stored:
            yield raw
            continue
        try:
            while raw:
                yield inflater.decompress(raw, MEGABYTE)
                raw = inflater.unconsumed_tail
        except zlib.error as error:
            raise damaged("压缩数据不合法") from error
    if inflater:
        yield inflater.flush()


def _stream_plain(handle: BinaryIO, part: zipfile.ZipInfo) -> None:
    pieces = inflate(handle, part)
    if XML_PART.search(part.filename):
        pieces = _segments(pieces)
    for piece in pieces:
        if XML_PART.search(part.filename):
            _refuse_declarations(piece)


def _refuse_declarations(text: bytes) -> None:
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        raise _external_entity()
    # Office writes UTF-8; in any other width the searches above and below would see nothing.
    if b"\0" in text[:64] or text.startswith(UTF16_MARKS):
        raise damaged("XML 编码不受支持")


def _segments(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Join the pieces and cut them before a row, so that no cell is split between two segments."""
    pending = b""
    for piece in pieces:
        pending += piece
        if len(pending) >= MEGABYTE:
            cut = _cut(pending)
            if cut:
                yield pending[:cut]
                pending = pending[cut:]
    if pending:
        yield pending


def _cut(text: bytes) -> int:
    for mark in (b"<row", b":row"):
        at = text.rfind(mark)
        if at > 0:
            return max(text.rfind(b"<", 0, at + 1), 0)
    if len(text) < 4 * MEGABYTE and b"<c" in text:
        return 0
    at = text.rfind(b"<")
    return at if at > 0 else len(text)


# Cells of a worksheet

# What stands in a tag between its name and its end. Bounded, and never beyond the next tag: in a file whose tags do not
# end, the patterns would otherwise look from each of them to the end of the segment.
INSIDE = "[^<>]{0,500}"
CELL = rf"<(?:\w+:)?c\b({INSIDE})".encode()
POSITION = re.compile(rb"""\sr=["']([A-Z]{1,3})([0-9]{1,7})["']""")
ERROR_CELL = re.compile(CELL + rf"""(?<=["'\s])t=["']e["']{INSIDE}>""".encode())
FORMULA = re.compile(
    CELL
    + rf">\s*<(?:\w+:)?f\b(?:{INSIDE}/>|{INSIDE}>[^<]*</(?:\w+:)?f>)\s*".encode()
    + rb"(?:(?P<blank><(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)|</(?:\w+:)?c>)"
)
TEXT_RESULT = re.compile(rb"""\st=["']str["']""")
HIDDEN_ROW = re.compile(
    rf"""<(?:\w+:)?row\b(?={INSIDE}\shidden=["'](?:1|true)["']){INSIDE}?\sr=["']([0-9]{{1,7}})["']""".encode()
)
DIMENSION = re.compile(
    rf"""<(?:\w+:)?dimension\b{INSIDE}\sref=["'](?:[A-Z]+[0-9]+:)?([A-Z]+)([0-9]+)["']""".encode()
)


def _greater(text: str, low: str, high: str) -> str:
    """Regular expression for numbers of the alphabet low…high that are greater than `text`."""
    cases = [f"[{low}-{high}]{{{len(text) + 1},}}"]
    for index, char in enumerate(text):
        if char < high:
            rest = f"[{low}-{high}]{{{len(text) - index - 1}}}"
            cases.append(f"{text[:index]}[{chr(ord(char) + 1)}-{high}]{rest}")
    return "|".join(cases)


def _too_far(limits: Limits) -> re.Pattern:
    """Cells *with content* beyond the limits; styled but empty cells are common and harmless."""
    column = _greater(column_letters(limits.max_columns - 1), "A", "Z")
    row = _greater(str(limits.max_rows + ROW_ALLOWANCE), "0", "9")
    filled = rf"""(?:{INSIDE}[^/<>])?>\s*<(?!/)"""
    pattern = rf""" r=["']((?:(?:{column})[0-9]+|[A-Z]{{1,3}}(?:{row})))["']{filled}"""
    # A row may carry the number while its cells have none.
    cell = rf"<(?:\w+:)?c(?:>|\s(?!{INSIDE}\br=){INSIDE}[^/<>]>)"
    bare = rf""" r=["']({row})["'](?:{INSIDE}[^/<>])?>\s*{cell}\s*<(?!/)"""
    return re.compile(f"{pattern}|{bare}".encode())


def column_letters(index: int) -> str:
    """0 → A, 25 → Z, 26 → AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_index(letters: str) -> int:
    index = 0
    for char in letters:
        index = index * 26 + ord(char) - 64
    return index - 1


def _scan_sheet(handle: BinaryIO, part: zipfile.ZipInfo, scan: SheetScan, limits: Limits) -> None:
    too_far = _too_far(limits)
    for number, segment in enumerate(_segments(inflate(handle, part))):
        _refuse_declarations(segment)
        if number == 0:
            _check_dimension(segment)
        beyond = too_far.search(segment)
        if beyond:
            raise cell_beyond((beyond[1] or beyond[2]).decode(), limits)
        _note_cells(segment, scan)


def _check_dimension(segment: bytes) -> None:
    """A dimension is only a claim and often too wide; refuse what no honest program writes."""
    claim = DIMENSION.search(segment)
    if claim is None:
        return
    column, row = column_index(claim[1][:4].decode()) + 1, int(claim[2][:9])
    if row > EXCEL_ROWS or column > EXCEL_COLUMNS or (row, column) == (EXCEL_ROWS, EXCEL_COLUMNS):
        raise UnusableFile(
            "too_many_rows" if row >= EXCEL_ROWS else "too_many_columns",
            f"工作表声称有 {row:,} 行 × {column:,} 列，超出可以导入的范围。"
            "请只选有数据的区域，复制到新工作簿，保存后再上传。",
        )


def cell_beyond(reference: str, limits: Limits) -> UnusableFile:
    """Refusal naming the cell (or the bare row number) that lies outside the limits."""
    reference = reference[:20]  # a file may write thousands of digits
    digits = reference.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    if digits and int(digits) > limits.max_rows + ROW_ALLOWANCE:
        code, limit = "too_many_rows", f"{limits.max_rows:,} 行"
    else:
        code, limit = "too_many_columns", f"{limits.max_columns} 列"
    place = f"第 {digits} 行" if reference == digits else f"单元格 {reference} "
    return UnusableFile(
        code,
        f"{place}有内容，超出一次最多 {limit}的范围。"
        "请删除数据区域以外的内容（或把名单拆成几个文件），保存后再上传。",
    )


def _note_cells(segment: bytes, scan: SheetScan) -> None:
    if b't="e"' in segment or b"t='e'" in segment:
        scan.error_cells.update(_positions(ERROR_CELL.finditer(segment)))
    if b"<f" in segment or b":f" in segment:
        scan.formulas_without_value.update(_positions(filter(_lacks_value, FORMULA.finditer(segment))))
    if b"hidden=" in segment:
        scan.hidden_rows.update(int(match[1]) for match in HIDDEN_ROW.finditer(segment))


def _lacks_value(match: re.Match) -> bool:
    """A text formula may well yield an empty text; then the empty value element is there."""
    return match["blank"] is None or TEXT_RESULT.search(match[1]) is None


def _positions(cells) -> Iterator[tuple[int, int]]:
    for cell in cells:
        place = POSITION.search(cell[0])
        if place:
            yield int(place[2]), column_index(place[1].decode())
