"""Ways in which a workbook can be wrong, each a small function; a case is some of them chosen by a seed.

Cells first (`Book`), then the XML of the parts, then the bytes of the file: `damaged` applies them in this order.
"""

import gzip
import io
import random
import re
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from imports.guard import column_letters
from tests.imports.workbooks import MAIN, PACKAGE, RELATIONS, parts

FILES = Path(__file__).with_name("files")
SHEET, BOOK, STRINGS = "xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/sharedStrings.xml"
RELATED, TYPES = "xl/_rels/workbook.xml.rels", "[Content_Types].xml"
STYLES = f'<styleSheet xmlns="{MAIN}"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>'
DATE_STYLE = 1


class Cell(str):
    """The XML of a cell, with `{r}` for the attribute that says where it stands."""


@dataclass
class Book:
    """A list as rows of cells, with what else its sheet says. `header` is the index of the line of headers."""

    grid: list[list]
    header: int
    row_attributes: dict[int, str] = field(default_factory=dict)
    dimension: str = ""
    extra_rows: str = ""
    tail: str = ""
    places: Callable[[int], int] = int  # the number that a row says of itself, for where it stands
    more_sheets: list[list[list]] = field(default_factory=list)
    hidden_sheets: tuple[int, ...] = ()

    def data(self, rng: random.Random) -> list:
        """Some row below the header."""
        return rng.choice(self.grid[self.header + 1 :] or self.grid)

    def column(self, rng: random.Random) -> int:
        return rng.randrange(max(map(len, self.grid)) or 1)

    def parts(self) -> dict[str, bytes]:
        strings: dict[str, int] = {}
        sheets = [self._sheet(self.grid, strings, first=True)]
        sheets += [self._sheet(grid, strings) for grid in self.more_sheets]
        found = parts(*sheets, hidden=self.hidden_sheets)
        items = "".join(f'<si><t xml:space="preserve">{text}</t></si>' for text in strings)
        found[STRINGS] = (
            f'<sst xmlns="{MAIN}" count="{len(strings)}" uniqueCount="{len(strings)}">{items}</sst>'
        )
        found["xl/styles.xml"] = STYLES
        types, relations = "", ""
        for name in ("styles", "sharedStrings"):
            kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
            types += f'<Override PartName="/xl/{name}.xml" ContentType="{kind}.{name}+xml"/>'
            relations += f'<Relationship Id="{name}" Type="{RELATIONS}/{name}" Target="{name}.xml"/>'
        found[TYPES] = found[TYPES].replace("</Types>", f"{types}</Types>")
        found[RELATED] = found[RELATED].replace("</Relationships>", f"{relations}</Relationships>")
        return {name: text.encode("utf-8", "surrogatepass") for name, text in found.items()}

    def content(self) -> bytes:
        """The sound workbook."""
        return pack(random.Random(0), self.parts())  # noqa: S311 - nothing is left to chance but the packing

    def _sheet(self, grid, strings, *, first=False) -> str:
        rows = []
        for number, row in enumerate(grid, 1):
            place = self.places(number) if first else number
            cells = "".join(
                _cell_xml(f'r="{column_letters(index)}{place}"', value, strings)
                for index, value in enumerate(row)
                if value is not None and value != ""
            )
            attributes = self.row_attributes.get(number, "") if first else ""
            rows.append(f'<row r="{place}"{attributes}>{cells}</row>')
        return (
            f'<worksheet xmlns="{MAIN}">{self.dimension if first else ""}<sheetData>{"".join(rows)}'
            f"{self.extra_rows if first else ''}</sheetData>{self.tail if first else ''}</worksheet>"
        )


def _cell_xml(place: str, value, strings: dict[str, int]) -> str:
    if isinstance(value, Cell):
        return value.replace("{r}", place)
    if isinstance(value, bool):
        return f'<c {place} t="b"><v>{value:d}</v></c>'
    if isinstance(value, int | float):
        return f"<c {place}><v>{value!r}</v></c>"
    if hasattr(value, "toordinal"):
        return f'<c {place} s="{DATE_STYLE}"><v>{value.toordinal() - 693594}</v></c>'
    return f'<c {place} t="s"><v>{strings.setdefault(_text_xml(value), len(strings))}</v></c>'


# Escapes that a writer of XML may find in its text are left alone: `&#1;` is one of the damages.
REFERENCE = re.compile(r"&amp;(#x?[0-9a-fA-F]+;)")


def _text_xml(text: str) -> str:
    return REFERENCE.sub(r"&\1", escape(str(text)))


# --- What cells may hold -------------------------------------------------------------------------------

TEXTS = [
    " ", "　", "无", "-", "/", "?", "待定", "null", "#", "'", '"', "=1+1", "@SUM(1)", "+1", "是是", "0", "1", "١٢", "½",
    "<b>粗</b>", "<script>alert(1)</script>", "&amp;", "'; DROP TABLE 党员; --", "${jndi:ldap://x}", "{{ 7*7 }}", "%s%n",
    "../../etc/passwd", "党" * 201, "x" * 1001, "长" * 32_767, "9" * 5000, "(" * 3000, " " * 5000 + "末", "\t", "a\nb",
    "\u202e码代织组", "\u200f\u200b\u2060", "\ufeff首", "e\u0301" * 50, "𠮷野家", "👨‍👩‍👧‍👦", "\ufffe\uffff", "\u0000\u0001",
    "&#0;", "&#1;", "&#x1F;", "&#xD800;", "&#x110000;", "_x0000_", "_x0001_零一", "_xD800_", "\x7f\x85\u2028",
    "\ud800", "ﬁﬂ㎡㈱①⒈", "ｚｊ－３００１", "ZJ－０００１", "zj-0001", "ZJ-9999", "91999901MA0000001X", "999901199203200015",
    "19900001234", "199 0000 1234", "021-5555", "2026-02-30", "2026.1", "0000年0月0日", "9999-12-31", "99999999",
    "20260230", "1949-09-30", "二〇二六年", "45047", "80000", "1e308", "NaN", "Infinity", "-1", "1,2,3", "1.5人",
    "500万美元", "1" * 40 + "万元", ",", "0.00001亿元", "正式", "预备", "已覆盖", "是/否", "男女", "ZJ-1001|ZJ-1002",
    "合计", "合计：12", "注：以上", "填表人：某", "2026年11月", "单位：万元",
]  # fmt: skip
NUMBERS = [
    0, -1, 0.5, 1.0, 2021.1, 45047, 45047.99, -45047, 2958465, 2958466, 99999, 1e15, 10**15 + 1, 1e18, 1e21, 1e300, 1e308,
    5e-324, -0.0, 199900012345, 999901199203200015, 91999901, 20260230, 2**31, 2**63, 10**25,
]  # fmt: skip
ERRORS = ("#REF!", "#N/A", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#UNKNOWN!", "")
CELLS = [
    *(Cell(f'<c {{r}} t="e"><v>{text}</v></c>') for text in ERRORS),
    *(
        Cell(f"<c {{r}}><v>{text}</v></c>")
        for text in (
            "NaN",
            "INF",
            "-INF",
            "1e999",
            "-1e999",
            "0x10",
            "1,5",
            "１２",
            "党",
            "",
            " ",
            "1 2",
            "." * 40,
        )
    ),
    *(
        Cell(f'<c {{r}} t="s"><v>{text}</v></c>')
        for text in ("99999", "-1", "4294967295", "4294967296", "18446744073709551616", "1.5", "x", "")
    ),
    *(
        Cell(f'<c {{r}} s="1"><v>{text}</v></c>')
        for text in (
            "-1",
            "-1000000",
            "0",
            "60",
            "0.999999999",
            "2958465.99999999",
            "2958466",
            "1e15",
            "1e308",
            "NaN",
        )
    ),
    *(Cell(f'<c {{r}} s="{style}"><v>45047</v></c>') for style in ("99", "-1", "4294967296", "x", "")),
    *(
        Cell(f'<c {{r}} t="{kind}"><v>45047</v></c>')
        for kind in ("b", "str", "d", "n", "z", "", "inlineStr", "e")
    ),
    Cell('<c {r} t="d"><v>2026-02-30T25:61:61</v></c>'),
    Cell('<c {r} t="d"><v>+262143-12-31T23:59:59.999999999Z</v></c>'),
    Cell('<c {r} t="b"><v>2</v></c>'),
    Cell(
        '<c {r} t="inlineStr"><is><r><t>拼</t></r><rPh sb="0" eb="1"><t>pin</t></rPh><r><t>合</t></r></is></c>'
    ),
    Cell('<c {r} t="inlineStr"><is/></c>'),
    Cell("<c {r}><f>SUM(A1:A9)</f></c>"),
    Cell("<c {r}><f>SUM(A1:A9)</f><v></v></c>"),
    Cell('<c {r} t="str"><f>"甲"&amp;"乙"</f><v>甲乙</v></c>'),
    Cell('<c {r}><f t="shared" ref="A1:XFD1048576" si="4294967295">A1</f><v>1</v></c>'),
    Cell('<c {r}><f t="shared" si="7"/></c>'),
    Cell('<c {r}><f t="array" ref="B2:A1">{1,2}</f><v>7</v></c>'),
    Cell(f"<c {{r}}><f>{'(' * 8000}1{')' * 8000}</f><v>1</v></c>"),
    Cell("<c {r}><f>cmd|'/c calc'!A0</f><v>0</v></c>"),
    Cell('<c r="A1"><v>1</v></c>'),
    Cell('<c r="XFD1048576"><v>1</v></c>'),
    Cell('<c r="xfd12"><v>1</v></c>'),
    Cell('<c r="ZZZZ1"><v>1</v></c>'),
    Cell('<c r="A0"><v>1</v></c>'),
    Cell('<c r=""><v>1</v></c>'),
    Cell('<c r="A99999999999999999999"><v>1</v></c>'),
    Cell("<c><v>1</v></c>"),
    Cell("<c {r}><v>1</v><v>2</v></c>"),
    Cell("<c {r}><v><v>1</v></v></c>"),
    Cell("<c {r}><![CDATA[甲]]><v><![CDATA[1]]></v></c>"),
    Cell('<c {r} t="str"><v><!-- 注 -->甲<?pi x?></v></c>'),
    Cell('<c {r} t="str"><v>&none;</v></c>'),
    True,
    False,
]


def odd(rng: random.Random):
    """Something that no list should hold."""
    return rng.choice(rng.choice((TEXTS, TEXTS, TEXTS, NUMBERS, NUMBERS, CELLS)))


# --- Cells and rows ------------------------------------------------------------------------------------

CELL_DAMAGES: list[Callable] = []
PART_DAMAGES: list[Callable] = []
BYTE_DAMAGES: list[Callable] = []
OTHER_FILES: list[Callable] = []


def among(damages: list[Callable]):
    def add(function):
        damages.append(function)
        return function

    return add


@among(CELL_DAMAGES)
def odd_cells(rng, book):
    for _ in range(rng.randint(1, 12)):
        row = book.data(rng)
        if row:
            row[rng.randrange(len(row))] = odd(rng)


@among(CELL_DAMAGES)
def odd_header_cells(rng, book):
    row = book.grid[book.header]
    for _ in range(rng.randint(1, 4)):
        if row:
            row[rng.randrange(len(row))] = odd(rng)


@among(CELL_DAMAGES)
def odd_column(rng, book):
    index, value = book.column(rng), odd(rng)
    for row in book.grid[book.header + 1 :]:
        if index < len(row):
            row[index] = value if rng.random() < 0.9 else odd(rng)


@among(CELL_DAMAGES)
def odd_title(rng, book):
    words = (
        "截至0001年1月",
        "截至9999年12月31日",
        "截至2026年13月45日",
        "单位：亿元",
        odd(rng),
        "2026年2月30日名单" * 200,
    )
    book.grid.insert(0, [rng.choice(words)] * rng.choice((1, 1, 8)))
    book.header += 1


@among(CELL_DAMAGES)
def columns_swapped(rng, book):
    one, other = book.column(rng), book.column(rng)
    start = book.header + rng.randint(0, 1)  # with their headers, or under the wrong ones
    for row in book.grid[start:]:
        if max(one, other) < len(row):
            row[one], row[other] = row[other], row[one]


@among(CELL_DAMAGES)
def column_doubled(rng, book):
    index = book.column(rng)
    for row in book.grid:
        if index < len(row):
            row.insert(rng.randint(0, len(row)), row[index])


@among(CELL_DAMAGES)
def column_missing(rng, book):
    index = book.column(rng)
    for row in book.grid:
        if index < len(row):
            del row[index]


@among(CELL_DAMAGES)
def header_moved(rng, book):
    header = book.grid.pop(book.header)
    book.header = rng.choice((0, 3, 14, 20, 120, len(book.grid)))
    while len(book.grid) < book.header:
        book.grid.append([""])
    book.grid.insert(book.header, header)


@among(CELL_DAMAGES)
def header_missing(rng, book):
    del book.grid[book.header]
    book.header = max(book.header - 1, 0)


@among(CELL_DAMAGES)
def header_on_two_lines(rng, book):
    header = book.grid[book.header]
    cut = rng.randint(0, len(header))
    book.grid[book.header] = ["基本情况", *[""] * max(cut - 1, 0), *header[cut:]]
    book.grid.insert(book.header + 1, header[:cut])
    book.tail += '<mergeCells count="1"><mergeCell ref="A3:XFD4"/></mergeCells>'


@among(CELL_DAMAGES)
def many_empty_columns(rng, book):
    width = rng.choice((199, 201, 3000, 16_384))
    styled = Cell('<c {r} s="1"/>')
    for row in book.grid[book.header : book.header + 2]:
        row.extend([styled] * (width - len(row)))


@among(CELL_DAMAGES)
def rows_doubled(rng, book):
    for _ in range(rng.randint(1, 3)):
        twin = list(book.data(rng))
        if twin and rng.random() < 0.6:
            twin[rng.randrange(len(twin))] = odd(rng)
        book.grid.append(twin)


@among(CELL_DAMAGES)
def widths_mixed(rng, book):
    wide = {code: code + 0xFEE0 for code in range(0x21, 0x7F)} | {0x20: 0x3000}
    for row in book.grid[book.header :]:
        for index, value in enumerate(row):
            if isinstance(value, str) and not isinstance(value, Cell) and rng.random() < 0.4:
                row[index] = rng.choice((value.translate(wide), f" {value} ", " ".join(value), value.lower()))


@among(CELL_DAMAGES)
def other_types(rng, book):
    """Numbers as text, text as numbers, dates as their serial number."""
    for row in book.grid[book.header + 1 :]:
        for index, value in enumerate(row):
            if hasattr(value, "toordinal"):
                days = value.toordinal() - 693594
                row[index] = rng.choice(
                    (days, str(days), -days, days + 0.75, f"{value:%Y.%m}", f"{value:%m/%d/%Y}")
                )
            elif isinstance(value, float | int):
                row[index] = rng.choice((str(value), f"{value}人", f"约{value}", value * 1e300, -value))
            elif isinstance(value, str) and value[:1].isdigit() and value.isalnum():
                digits = "".join(filter(str.isdigit, value))
                row[index] = float(digits[:300])


@among(CELL_DAMAGES)
def cells_merged(rng, book):
    places = ("A1:C1", "A4:A9", "C4:XFD1048576", "Z9:A1", "A1", ":", "", "A4:B5:C6")
    chosen = "".join(f'<mergeCell ref="{place}"/>' for place in rng.sample(places, 3))
    book.tail += f'<mergeCells count="999999999">{chosen}</mergeCells>'
    for row in book.grid[book.header + 2 : book.header + 6]:
        if row:
            row[rng.randrange(len(row))] = ""


@among(CELL_DAMAGES)
def rows_hidden(rng, book):
    for number in range(book.header + 1, len(book.grid) + 1):
        if rng.random() < 0.5:
            book.row_attributes[number] = rng.choice((' hidden="1"', ' hidden="true"', ' hidden="x" ht="0"'))


@among(CELL_DAMAGES)
def further_sheets(rng, book):
    copies = [[], [list(row) for row in book.grid], [["说明"], ["请勿填写"]], [[odd(rng)] * 5] * 5]
    book.more_sheets = rng.sample(copies, rng.randint(1, 4))
    book.hidden_sheets = rng.choice(((), (1,), (2,), tuple(range(1, 6))))


@among(CELL_DAMAGES)
def other_rows_between(rng, book):
    kinds = (
        ["合计", "", 12],
        ["注：以上均为虚构"],
        ["填表人：某某", "", "审核人：某某"],
        [],
        [""] * 9,
        book.grid[book.header],
    )
    for _ in range(rng.randint(1, 6)):
        book.grid.insert(rng.randint(book.header, len(book.grid)), list(rng.choice(kinds)))


@among(CELL_DAMAGES)
def rows_numbered_wrongly(rng, book):
    shift = rng.choice((0, -3, 100, 99_990, 1_048_570))
    wrong = [lambda n: 1, lambda n: n + shift, lambda n: 40 - n, lambda n: n * 37, lambda n: 10**12 + n]
    book.places = rng.choice(wrong)


@among(CELL_DAMAGES)
def many_rows(rng, book):
    rows = book.grid[book.header + 1 :]
    book.grid += rows * rng.choice((10, 40))


@among(CELL_DAMAGES)
def long_cells(rng, book):
    size = rng.choice((32_768, 200_000, 1_000_000))
    text = rng.choice(("长", "a", "9", " ", "(", "\u200b", "&#10;")) * size
    row = book.data(rng)
    row[rng.randrange(len(row) or 1) if row else 0 :] = [text]


@among(CELL_DAMAGES)
def far_cells(rng, book):
    place, row = rng.choice((("XFD1048576", 1048576), ("A1048577", 1048577), ("GS5", 5), ("A100021", 100021)))
    book.extra_rows += f'<row r="{row}"><c r="{place}"><v>1</v></c></row>'


@among(CELL_DAMAGES)
def size_claimed(rng, book):
    places = (
        "A1:XFD1048576",
        "A1:P1048577",
        "A1:XFE9",
        "A1:ZZZZ9",
        "A1",
        "",
        "B2:A1",
        "A1:A99999999999",
        "A1:XFD20",
    )
    book.dimension = f'<dimension ref="{rng.choice(places)}"/>'


# --- XML of the parts ----------------------------------------------------------------------------------


def _some_part(rng, found) -> str:
    """Mostly one of those that carry the list."""
    likely = [name for name in (SHEET, BOOK, STRINGS, RELATED, TYPES) if name in found]
    return rng.choice(likely if likely and rng.random() < 0.8 else list(found) or [SHEET])


def _insert(found, name, text: str | bytes, after: bytes = b">"):
    """Put `text` behind the first `after` of a part."""
    text = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    head, sign, rest = found.get(name, b"").partition(after)
    found[name] = head + sign + text + rest


@among(PART_DAMAGES)
def part_missing(rng, found):
    found.pop(_some_part(rng, found), None)


@among(PART_DAMAGES)
def part_renamed(rng, found):
    name = _some_part(rng, found)
    ways = (
        name.upper(),
        name.replace("/", "\\"),
        f"../{name}",
        f"/{name}",
        name.replace("xl/", "x/"),
        f"{name}\0.exe",
        name[:-1],
    )
    found[rng.choice(ways)] = found.pop(name, b"")


@among(PART_DAMAGES)
def part_emptied(rng, found):
    found[_some_part(rng, found)] = rng.choice(
        (b"", b" ", b"\0" * 100, b"<", b"<a/>", b"\xff\xfe", "文字".encode())
    )


@among(PART_DAMAGES)
def parts_exchanged(rng, found):
    one, other = _some_part(rng, found), _some_part(rng, found)
    found[one], found[other] = found.get(other, b""), found.get(one, b"")


@among(PART_DAMAGES)
def xml_cut(rng, found):
    name = _some_part(rng, found)
    found[name] = found.get(name, b"")[: rng.randint(0, len(found.get(name, b"")))]


@among(PART_DAMAGES)
def xml_mangled(rng, found):
    """Some signs of the markup lost or changed."""
    name = _some_part(rng, found)
    sign = rng.choice((b">", b"<", b'"', b"/", b"=", b"</", b'="'))
    share, other = rng.choice((0.02, 0.2, 1.0)), rng.choice((b"", b" ", b"<", b"&", b"'", b"\0"))
    pieces = found.get(name, b"").split(sign)
    found[name] = b"".join(
        piece + (other if rng.random() < share else sign) for piece in pieces[:-1]
    ) + b"".join(pieces[-1:])


@among(PART_DAMAGES)
def xml_nested(rng, found):
    depth = rng.choice((500, 20_000, 150_000))
    tag = rng.choice((b"a", b"c", b"row", b"si", b"sheets", b"is"))
    closed = b"</%s>" % tag * depth if rng.random() < 0.5 else b""
    _insert(found, _some_part(rng, found), b"<%s>" % tag * depth + closed)


@among(PART_DAMAGES)
def tags_never_closed(rng, found):
    """What a pattern that looks for the end of a tag would search for again and again."""
    tag = rng.choice(
        (b"<c ", b"<row ", b'<c t="e" ', b' r="XFD1" ', b"<f", b"<dimension ", b"<c><f>", b"<row hidden=")
    )
    filler = tag * (rng.choice((1000, 200_000)) // len(tag))
    _insert(found, SHEET, b' t="e" hidden="1"><f>' + filler, after=b"<sheetData")


@among(PART_DAMAGES)
def declarations(rng, found):
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "哈"}">' for n in range(12))
    kinds = (
        '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>',
        f"<!DOCTYPE a [{entities}]>",
        '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd">',
        "<!doctype a [<!entity b 'c'>]>",
        '<?xml version="1.0" encoding="UTF-16"?>',
        '<?xml version="1.0" encoding="no-such"?>',
        '<?xml version="9.9"?>',
        '<?xml version="1.0" encoding="GB18030"?>',
        '<?xml version="1.0" encoding="UTF-7"?>',
    )
    name = _some_part(rng, found)
    found[name] = rng.choice(kinds).encode() + found.get(name, b"")


@among(PART_DAMAGES)
def part_recoded(rng, found):
    name = _some_part(rng, found)
    encoding = rng.choice(
        ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "gb18030", "big5", "utf-8-sig", "utf-7")
    )
    found[name] = found.get(name, b"").decode("utf-8", "ignore").encode(encoding, "ignore")


@among(PART_DAMAGES)
def counts_of_strings_lie(rng, found):
    count = rng.choice((b"0", b"-1", b"4294967295", b"18446744073709551615", b"x", b"1e9"))
    found[STRINGS] = re.sub(rb'(count|uniqueCount)="\d*"', rb'\1="' + count + b'"', found.get(STRINGS, b""))


@among(PART_DAMAGES)
def types_wrong(rng, found):
    kinds = (
        b"application/vnd.ms-excel.sheet.macroEnabled.main+xml",
        b"text/html",
        b"",
        b"image/png",
        b"a/b" * 9000,
    )
    found[TYPES] = re.sub(
        rb'ContentType="[^"]*"', lambda _: b'ContentType="' + rng.choice(kinds) + b'"', found.get(TYPES, b"")
    )


@among(PART_DAMAGES)
def relations_wrong(rng, found):
    targets = (
        b"http://127.0.0.1:9/a.xml", b"file:///etc/passwd", b"../../../etc/passwd", b"worksheets/none.xml", b"workbook.xml",
        b"", b"/xl/worksheets/sheet1.xml", b"worksheets/../worksheets/sheet1.xml", b"WORKSHEETS/SHEET1.XML", b"sharedStrings.xml",
    )  # fmt: skip
    found[RELATED] = re.sub(
        rb'Target="[^"]*"',
        lambda old: b'Target="' + rng.choice(targets) + b'"' if rng.random() < 0.7 else old[0],
        found.get(RELATED, b""),
    )


@among(PART_DAMAGES)
def sheets_named_oddly(rng, found):
    names = (
        b"",
        b"&#10;",
        "表".encode() * 3000,
        b"../x",
        b"&lt;b&gt;",
        b"_x0000_",
        b"'",
        "\u202e".encode(),
        b"&#0;",
        b"1990000123419900001234",
    )
    found[BOOK] = found.get(BOOK, b"").replace("表1".encode(), rng.choice(names))


@among(PART_DAMAGES)
def sheets_listed_wrongly(rng, found):
    kinds = (
        b"<sheets/>", b'<sheets><sheet name="a"/></sheets>', b'<sheets><sheet r:id="rId1" xmlns:r="x"/></sheets>',
        b"<sheets>" + b'<sheet name="a" sheetId="1" r:id="rId1"/>' * 3000 + b"</sheets>",
        b'<sheets><sheet name="a" state="veryHidden" sheetId="1" r:id="rId1"/></sheets>',
        b'<sheets><sheet name="a" state="?" sheetId="99999999999" r:id="rId1"/></sheets>',
    )  # fmt: skip
    chosen = rng.choice(kinds)
    found[BOOK] = re.sub(rb"<sheets>.*</sheets>", lambda _: chosen, found.get(BOOK, b""), flags=re.S)


@among(PART_DAMAGES)
def namespaces_wrong(rng, found):
    name = _some_part(rng, found)
    other = rng.choice((b"", b"urn:x", b"http://purl.oclc.org/ooxml/spreadsheetml/main"))
    found[name] = found.get(name, b"").replace(MAIN.encode(), other)


@among(PART_DAMAGES)
def many_attributes(rng, found):
    name = _some_part(rng, found)
    kinds = (
        b"".join(b' a%d="1"' % n for n in range(20_000)),
        b' a="1"' * 5000,
        b' a="' + b"x" * 2_000_000 + b'"',
        b" a" * 50_000,
    )
    _insert(found, name, b"<x" + rng.choice(kinds) + b"/>")


@among(PART_DAMAGES)
def properties_wrong(rng, found):
    kinds = (
        b'<workbookPr date1904="1"/>',
        b'<workbookPr date1904="x"/>',
        b'<workbookProtection lockStructure="1"/>',
    )
    _insert(found, BOOK, rng.choice(kinds))


@among(PART_DAMAGES)
def formats_wrong(rng, found):
    codes = ("yyyy" * 9000, "[" * 9000, '"', "[h]:mm:ss", "[$-804]yyyy年", "\\", "General;;;;;;")
    formats = "".join(
        f'<numFmt numFmtId="{n}" formatCode="{escape(rng.choice(codes))}"/>' for n in (14, 164, 0)
    )
    _insert(found, "xl/styles.xml", f'<numFmts count="-1">{formats}</numFmts>')


@among(PART_DAMAGES)
def bomb(rng, found):
    """Bounded: what is unpacked stays below 150 MB."""
    name = rng.choice(
        ("xl/media/image1.png", "xl/theme/theme1.xml", "docProps/app.xml", SHEET, STRINGS, BOOK)
    )
    found[name] = found.get(name, b"") + rng.choice((b" ", b"<a/>", b"\0", b"<c/>")) * rng.choice(
        (3_000_000, 30_000_000)
    )


@among(PART_DAMAGES)
def foreign_parts(rng, found):
    kinds = {
        "xl/vbaProject.bin": b"\xd0\xcf\x11\xe0" * 100, "evil.exe": b"MZ", "word/document.xml": b"<a/>", "xl/workbook.bin": b"\x83\x01\0",
        "content.xml": b"<a/>", "mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "xl/": b"", "a" * 60_000: b"",
        "xl/externalLinks/externalLink1.xml": b"<a/>", "EncryptionInfo": b"1", "\u202excel": b"", "xl/\ud800.xml": b"",
    }  # fmt: skip
    for name in rng.sample(list(kinds), 2):
        found[name] = kinds[name]


@among(PART_DAMAGES)
def many_parts(rng, found):
    found |= {f"xl/media/{number}.png": b"" for number in range(rng.choice((150, 250, 3000)))}


# --- Bytes of the file ---------------------------------------------------------------------------------


def pack(rng, found: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    how = rng.choice((zipfile.ZIP_DEFLATED, zipfile.ZIP_DEFLATED, zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED))
    with zipfile.ZipFile(stream, "w", how) as archive:
        for name, text in found.items():
            archive.writestr(zipfile.ZipInfo(name.replace("\ud800", "?"), (2026, 11, 1, 0, 0, 0)), text, how)
    return stream.getvalue()


@among(BYTE_DAMAGES)
def bytes_flipped(rng, data):
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 3, 30))):
        if changed:
            changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


@among(BYTE_DAMAGES)
def bytes_inserted(rng, data):
    at = rng.randint(0, len(data))
    return data[:at] + rng.randbytes(rng.choice((1, 2, 7, 500))) + data[at:]


@among(BYTE_DAMAGES)
def bytes_lost(rng, data):
    at = rng.randint(0, len(data))
    return data[:at] + data[at + rng.choice((1, 2, 7, 500)) :]


@among(BYTE_DAMAGES)
def cut_short(rng, data):
    return data[: rng.choice((rng.randint(0, len(data)), 4, 30, len(data) - rng.randint(1, 40)))]


@among(BYTE_DAMAGES)
def block_zeroed(rng, data):
    at = rng.randint(0, len(data))
    return data[:at] + bytes(len(data[at : at + 512])) + data[at + 512 :]


@among(BYTE_DAMAGES)
def directory_flipped(rng, data):
    """Only the directory at the end, where sizes and places of the parts stand."""
    at = data.find(b"PK\x01\x02")
    return data[:at] + bytes_flipped(rng, data[at:]) if at > 0 else data


@among(BYTE_DAMAGES)
def something_before_or_behind(rng, data):
    junk = rng.choice((b"MZ" + bytes(300), b"\0" * 70_000, b"PK\x05\x06" + bytes(18), data[:200], b"<html>"))
    return junk + data if rng.random() < 0.5 else data + junk


@among(BYTE_DAMAGES)
def twice_in_one_file(rng, data):
    return data + data


@among(BYTE_DAMAGES)
def directory_lies(rng, data):
    """One of the figures of one entry: flags, method, checksum, sizes, lengths, place."""
    changed = bytearray(data)
    entries = [
        found.start() for found in re.finditer(rb"PK\x01\x02", data) if found.start() + 46 <= len(data)
    ]
    if entries:
        at = rng.choice(entries)
        place, form = rng.choice(
            (
                (8, "<H"),
                (10, "<H"),
                (16, "<I"),
                (20, "<I"),
                (24, "<I"),
                (28, "<H"),
                (30, "<H"),
                (32, "<H"),
                (42, "<I"),
            )
        )
        top = 0xFFFF if form == "<H" else 0xFFFFFFFF
        struct.pack_into(form, changed, at + place, rng.choice((0, 1, 9, 12, 99, top, rng.randint(0, top))))
    return bytes(changed)


@among(BYTE_DAMAGES)
def part_named_twice(rng, data):
    """The name of one part put over that of another of the same length, in both places."""
    names = sorted(set(re.findall(rb"xl/\w+\.xml", data)))
    return data.replace(rng.choice(names), b"xl/workbook.xml") if names else data


# --- Files of another kind -----------------------------------------------------------------------------


def _as_text(value) -> str:
    return "" if isinstance(value, Cell) or value is None else str(value)


def _lines(rng, book) -> list[list[str]]:
    return [[_as_text(value) for value in row] for row in book.grid]


@among(OTHER_FILES)
def csv_text(rng, book):
    sign = rng.choice((",", ",", "\t", ";", "|", ", "))
    quote = rng.choice(
        (lambda text: text, lambda text: '"' + text.replace('"', '""') + '"', lambda text: f'"{text}')
    )
    text = rng.choice(("\r\n", "\n", "\r")).join(sign.join(map(quote, row)) for row in _lines(rng, book))
    if rng.random() < 0.2:
        text += "\n" + " " * 9000 + rng.choice(("\0", "\x01", "\x0b", '"', "\ud800"))
    encoding = rng.choice(
        (
            "utf-8",
            "utf-8",
            "utf-8-sig",
            "gb18030",
            "gb18030",
            "utf-16",
            "utf-16-le",
            "big5",
            "latin-1",
            "utf-7",
            "hz",
        )
    )
    errors = "surrogatepass" if encoding.startswith("utf-") and encoding != "utf-7" else "replace"
    return text.encode(encoding, errors)


@among(OTHER_FILES)
def web_page(rng, book):
    rows = "".join("<tr><td>" + "</td><td>".join(row) + "</td></tr>" for row in _lines(rng, book))
    heads = (
        "<html><body>",
        "<!DOCTYPE html>",
        '<html xmlns:x="urn:schemas-microsoft-com:office:excel">',
        "",
        "<!-- x -->",
        " \n",
    )
    return f"{rng.choice(heads)}<table>{rows}</table>".encode(
        rng.choice(("utf-8", "gb18030", "utf-16")), "replace"
    )


@among(OTHER_FILES)
def xml_of_2003(rng, book):
    rows = "".join(
        "<Row>"
        + "".join(f"<Cell><Data ss:Type='String'>{escape(text)}</Data></Cell>" for text in row)
        + "</Row>"
        for row in _lines(rng, book)
    )
    head = '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">'
    return f"{head}<Worksheet><Table>{rows}</Table></Worksheet></Workbook>".encode("utf-8", "replace")


@among(OTHER_FILES)
def ole_file(rng, book):
    """An old .xls or one with a password, whole or hurt, or nothing but the header of such a file."""
    whole = (FILES / rng.choice(("list.xls", "encrypted.xlsx"))).read_bytes()
    ways = (lambda: whole, lambda: bytes_flipped(rng, whole), lambda: bytes_flipped(rng, whole[:2048]) + whole[2048:],
            lambda: cut_short(rng, whole), lambda: whole[:8] + rng.randbytes(3000))  # fmt: skip
    return rng.choice(ways)()


@among(OTHER_FILES)
def ods_file(rng, book):
    name = "urn:oasis:names:tc:opendocument:xmlns"
    repeated = rng.choice(("1", "1", "1048576", "99999999999", "-1", "x"))
    rows = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string" table:number-columns-repeated="{repeated}">'
            f"<text:p>{escape(text)}</text:p></table:table-cell>"
            for text in row
        )
        + "</table:table-row>"
        for row in _lines(rng, book)[:20]
    )
    text = (
        f'<office:document-content xmlns:office="{name}:office:1.0" xmlns:table="{name}:table:1.0" xmlns:text="{name}:text:1.0">'
        f'<office:body><office:spreadsheet><table:table table:name="表">{rows}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    found = {
        "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
        "content.xml": text.encode("utf-8", "replace"),
    }
    found["META-INF/manifest.xml"] = b"<manifest/>"
    return pack(rng, found)


@among(OTHER_FILES)
def no_table_at_all(rng, book):
    kinds = (
        b"", b" ", b"\0", b"\r\n" * 5000, b"\xef\xbb\xbf", b"\xff\xfe", b"PK\x03\x04", b"PK\x05\x06" + bytes(18), b"%PDF-1.7\n%\xe2\xe3",
        b"\x89PNG\r\n\x1a\n", b"MZ\x90\0", b"{\"a\": [1, 2]}", "这不是表格".encode(), "甲,乙\n一,二".encode("gb18030"), b"a" * 500_000,
        gzip.compress(b"<a/>", mtime=0), b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07", rng.randbytes(4000), b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        f'<Types xmlns="{PACKAGE}/content-types"/>'.encode(), b"MIME-Version: 1.0\nContent-Type: multipart/related",
    )  # fmt: skip
    return rng.choice(kinds)


# --- A case --------------------------------------------------------------------------------------------

NAMES = [
    "名单.xlsx", "名单.xlsx", "名单.xlsx", "名单.xls", "名单.csv", "名单.XLSX", "名单", ".xlsx", "名单.xlsx.exe", "长" * 150 + ".xlsx",
    "\u202exslx.名单", "<img src=x>.xlsx", "..%2f..%2fa.xlsx", "a;b='c'.xlsx", "19900001234.xlsx", "名 单\u3000（终）.xlsx", "CON.xlsx",
]  # fmt: skip


@dataclass(frozen=True)
class Case:
    """One damaged file; `recipe` names what was done to it, in order."""

    number: int
    name: str
    content: bytes
    recipe: tuple[str, ...]

    def __str__(self):
        return f"{self.number} ({', '.join(self.recipe) or 'undamaged'})"


def damaged(seed: int, number: int, grid: list[list], header: int) -> Case:
    """The same seed, number and list give the same file."""
    rng = random.Random(f"{seed}:{number}")  # noqa: S311 - to be repeated, not to be secret
    book = Book([list(row) for row in grid], header)
    recipe = []

    def some(damages, counts):
        chosen = rng.sample(damages, rng.choice(counts))
        recipe.extend(damage.__name__ for damage in chosen)
        return chosen

    for damage in some(CELL_DAMAGES, (0, 1, 1, 1, 2, 3)):
        damage(rng, book)
    if rng.random() < 0.12:
        (other,) = some(OTHER_FILES, (1,))
        content = other(rng, book)
    else:
        found = book.parts()
        for damage in some(PART_DAMAGES, (0, 0, 0, 0, 0, 1, 1, 2)):
            damage(rng, found)
        content = pack(rng, found)
        for damage in some(BYTE_DAMAGES, (0, 0, 0, 0, 0, 0, 1, 2)):
            content = damage(rng, content)
    return Case(number, rng.choice(NAMES), content, tuple(recipe))
