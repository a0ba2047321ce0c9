"""Finds the table in a workbook: which sheet, which header rows, which column is which field, which rows
are data. It knows no domain: the fields and their synonyms come from the caller.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from imports.guard import UnusableFile
from imports.reader import Sheet, Workbook

HEADER_SEARCH_ROWS = 15
ENOUGH_HEADERS = 3
SNIPPET = 60


@dataclass(frozen=True)
class FieldSpec:
    """`synonyms` in order of preference; the label counts as the first of them."""

    name: str
    label: str
    synonyms: tuple[str, ...]
    required: bool


@dataclass
class Found:
    """Rows are 1-based Excel rows, columns 0-based. `header_units` is keyed by column.

    `unit_line` is the text of a “单位：万元” row above the header; `other_sheets` names further visible
    sheets that look like the same table and were not read.
    """

    sheet_index: int
    header_rows: tuple[int, ...]
    headers: list[str]
    columns: dict[str, int]
    unmatched: list[int]
    missing: list[str]
    data: list[tuple[int, list]]
    ignored: list[tuple[int, str, str]]
    header_units: dict[int, str] = field(default_factory=dict)
    unit_line: str = ""
    other_sheets: list[str] = field(default_factory=list)


def find_table(workbook: Workbook, fields: Sequence[FieldSpec]) -> Found:
    """The best table of the workbook; raises UnusableFile("header_missing") when no row looks like a header.

    Required fields that the header lacks are reported in `missing`, to be corrected by a person.
    """
    synonyms = _Synonyms(fields)
    visible = [index for index, sheet in enumerate(workbook.sheets) if not sheet.hidden]
    hidden = [index for index, sheet in enumerate(workbook.sheets) if sheet.hidden]
    for indexes in (visible, hidden):
        headers = [
            header for index in indexes if (header := _best_header(workbook.sheets[index], index, synonyms))
        ]
        if headers:
            best = max(headers, key=lambda header: header.score)
            found = _extract(workbook.sheets[best.sheet_index], best, synonyms)
            found.other_sheets = [
                workbook.sheets[header.sheet_index].name
                for header in headers
                if header is not best and len(header.columns) == len(best.columns)
            ]
            return found
    raise _header_missing(workbook, fields)


def apply_mapping(
    workbook: Workbook,
    sheet_index: int,
    header_rows: Sequence[int],
    columns: dict[str, int],
    fields: Sequence[FieldSpec] = (),
) -> Found:
    """The same result for a sheet, header and columns that a person chose.

    `header_rows` may be empty when the file has no header; `missing` needs `fields`. Columns that the file
    does not have are left out, as a remembered mapping may be older than the file.
    """
    sheet = workbook.sheets[sheet_index] if 0 <= sheet_index < len(workbook.sheets) else Sheet("", [])
    header_rows = tuple(sorted(header_rows))
    rows = [sheet.rows[number - 1] for number in header_rows if 0 < number <= len(sheet.rows)]
    if not sheet.rows or len(rows) < len(header_rows):
        raise UnusableFile(
            "header_missing", "所选的工作表或表头行在这个文件里不存在。请重新选择表头所在的行，或换一个文件。"
        )
    width = len(sheet.rows[0])
    usable = {name: column for name, column in columns.items() if 0 <= column < width}
    texts = _joined(rows) if rows else [""] * width
    return _extract(sheet, _Header(sheet_index, header_rows, texts, usable), _Synonyms(fields))


# Texts of headers

SPACES = re.compile(r"[\s\u200b-\u200f\u2060\ufeff\u00ad]+")
MARKS = re.compile(r"[*※★☆●◆▲△#]+")
NUMBERING = re.compile(r"^(?:\d{1,2}[.、．)]|\(\d{1,2}\)|[一二三四五六七八九十]{1,2}、)(?=\D)")
UNIT = r"(?:万|亿|[百千万亿]*(?:元|美元|欧元|港元|人民币|元人民币|股|人|家|名|个|户|次|件|项|岁|年|月|天|小时|平方米|亩)|㎡|m2|%)"
BRACKETS = re.compile(r"[(\[{【〔<《]([^()\[\]{}【】〔〕<>《》]*)[)\]}】〕>》]")
UNIT_IN_BRACKETS = re.compile(rf"(?:单位[:：]?)?({UNIT})$")
UNIT_AT_END = re.compile(rf"(?:[/:：](?:单位[:：]?)?({UNIT})|(?<=.)([百千万亿]元))$")
NOTE_IN_BRACKETS = re.compile(
    r"必填|选填|可选|非必填|可不填|可为空|下拉|请|格式|文本|例|如|yyyy|\d+位|是/否|是或否|全称|按|须|截至|截止|单位:|单选|多选",
    re.IGNORECASE,
)


def normalise_header(text: object) -> str:
    """Form in which headers are compared: no width, spaces, marks, numbering, units or notes in brackets."""
    return _split_header(text)[0]


def header_unit(text: object) -> str:
    """“注册资本(万元)” → “万元”, "" when the header names none."""
    return _split_header(text)[1]


def _split_header(text: object) -> tuple[str, str]:
    plain = _squeeze(unicodedata.normalize("NFKC", str(text))).casefold()
    unit = ""

    def strip(match: re.Match) -> str:
        nonlocal unit
        inner = match[1]
        found = UNIT_IN_BRACKETS.match(inner)
        if found:
            unit = unit or found[1]
            return ""
        return "" if not inner or NOTE_IN_BRACKETS.search(inner) else match[0]

    plain = MARKS.sub("", BRACKETS.sub(strip, plain)).rstrip(":：")
    trailing = UNIT_AT_END.search(plain)
    if trailing:
        unit = unit or trailing[1] or trailing[2]
        plain = plain[: trailing.start()]
    return NUMBERING.sub("", plain), unit


def _squeeze(text: str) -> str:
    return SPACES.sub("", text)


def _without_brackets(header: str) -> str:
    return BRACKETS.sub("", header)


# Matching of headers with fields

# What may follow or precede a synonym without changing whose value it is.
NEUTRAL_ENDINGS = ("全称", "姓名", "名称", "情况", "信息", "时间", "日期", "数")
OTHER_OWNER = re.compile(
    r"(?:上级|原|曾用|旧|前|母公司|总公司|分公司|调整|变更|紧急|备用|家庭|法定代表人|负责人|联系人|推荐|介绍|转出|转入|调出)"
)
LEAST_SHARE = 0.5


class _Synonyms:
    """The known headers of one kind of table in comparable form."""

    def __init__(self, fields: Iterable[FieldSpec]):
        self.fields = tuple(fields)
        self.texts = {
            item.name: tuple(dict.fromkeys(map(normalise_header, (item.label, *item.synonyms))))
            for item in self.fields
        }
        self.required = [item.name for item in self.fields if item.required]

    def match(self, columns: Sequence[Sequence[str]]) -> tuple[dict[str, int], int]:
        """Field → column and how many of them match a synonym exactly.

        Each column comes with its texts, the most telling first; no column or field is used twice.
        """
        found = self._exact(columns)
        exact = len(found)
        if not exact:
            return {}, 0
        free = [index for index in range(len(columns)) if index not in found.values()]
        similar = [
            (-share, column, order, name)
            for order, name in enumerate(self.texts)
            if name not in found
            for column in free
            if (share := self._share(columns[column], name)) >= LEAST_SHARE
        ]
        for _, column, _, name in sorted(similar):
            if name not in found and column not in found.values():
                found[name] = column
        return found, exact

    def _exact(self, columns: Sequence[Sequence[str]]) -> dict[str, int]:
        found: dict[str, int] = {}
        for depth in range(max(map(len, columns), default=0)):
            places: dict[str, list[int]] = {}
            for index, texts in enumerate(columns):
                if depth < len(texts) and index not in found.values():
                    places.setdefault(texts[depth], []).append(index)
            for name, synonyms in self.texts.items():
                place = next((places[text][0] for text in synonyms if places.get(text)), None)
                if name not in found and place is not None and place not in found.values():
                    found[name] = place
        return found

    def _share(self, texts: Sequence[str], name: str) -> float:
        pairs = ((text, synonym) for text in texts for synonym in self.texts[name])
        return max((_similarity(text, synonym) for text, synonym in pairs), default=0.0)


def _similarity(header: str, synonym: str) -> float:
    """Share of the text both have in common, 0 when the rest may change the meaning."""
    if not header or not synonym:
        return 0.0
    if _without_brackets(header) == synonym:
        return 0.95
    if header.endswith(synonym) and len(synonym) >= 2:
        return 0.0 if OTHER_OWNER.match(header) else len(synonym) / len(header)
    if header.startswith(synonym) and header[len(synonym) :] in NEUTRAL_ENDINGS:
        return len(synonym) / len(header)
    if synonym.endswith(header) and len(header) >= 3:
        return len(header) / len(synonym)
    return 0.0


# The header of a sheet


@dataclass
class _Header:
    sheet_index: int
    rows: tuple[int, ...]
    texts: list[str]
    columns: dict[str, int]
    score: tuple = ()


def _best_header(sheet: Sheet, sheet_index: int, synonyms: _Synonyms) -> _Header | None:
    candidates = []
    searched = _first_filled_rows(sheet)
    for number in searched:
        for numbers in ((number,), (number, number + 1)):
            if numbers[-1] > searched[-1]:
                continue
            candidate = _candidate(sheet, sheet_index, numbers, synonyms)
            if candidate:
                candidates.append(candidate)
    return max(candidates, key=lambda candidate: candidate.score, default=None)


def _first_filled_rows(sheet: Sheet) -> list[int]:
    filled = [number for number, row in enumerate(sheet.rows[:100], 1) if not _is_blank(row)]
    return filled[:HEADER_SEARCH_ROWS]


def _candidate(sheet: Sheet, sheet_index: int, numbers: tuple, synonyms: _Synonyms) -> _Header | None:
    """These rows as a header, or None when too little of them is known."""
    rows = [sheet.rows[number - 1] for number in numbers]
    columns, exact = synonyms.match(_comparable(rows))
    if not _is_enough(columns, exact, synonyms):
        return None
    has_data = len(sheet.rows) > numbers[-1]
    required = sum(name in columns for name in synonyms.required)
    # A second row is only taken when it adds something; then the earlier sheet and row win.
    score = (2 * exact + (len(columns) - exact), required, has_data, -len(numbers), -sheet_index, -numbers[0])
    return _Header(sheet_index, numbers, _joined(rows), columns, score)


def _is_enough(columns: dict, exact: int, synonyms: _Synonyms) -> bool:
    if len(columns) >= ENOUGH_HEADERS and exact:
        return True
    few = 0 < len(synonyms.required) < ENOUGH_HEADERS
    return few and exact >= len(synonyms.required) and all(name in columns for name in synonyms.required)


def _joined(rows: Sequence[list]) -> list[str]:
    """Header text per column; a group header is put before the headers under it."""
    if len(rows) == 1:
        return [_label(cell) for cell in rows[0]]
    return [f"{group}{own}" for group, own in _pairs(*rows[:2])]


def _comparable(rows: Sequence[list]) -> list[list[str]]:
    if len(rows) == 1:
        return [[normalise_header(cell)] if _is_text(cell) else [] for cell in rows[0]]
    return [_texts_of_pair(group, own) for group, own in _pairs(*rows)]


def _texts_of_pair(group: str, own: str) -> list[str]:
    if group and own:
        return [normalise_header(group + own), normalise_header(own)]
    return [normalise_header(group or own)] if group or own else []


def _pairs(upper: list, lower: list) -> list[tuple[str, str]]:
    """(group, own) per column; cells right of a merged group header inherit it, where there is a lower cell.

    Without a lower cell the upper one is a header merged downwards and says nothing about its neighbours.
    """
    pairs, group = [], ""
    for above, below in zip(upper, lower, strict=True):
        own, title = _label(below), _label(above)
        if title:
            group = title if own else ""
        pairs.append((title or (group if own else ""), own))
    return pairs


def _label(cell: object) -> str:
    return _squeeze(cell) if isinstance(cell, str) else "" if cell is None else str(cell)


def _is_text(cell: object) -> bool:
    return isinstance(cell, str) and bool(cell.strip())


def _is_blank(row: list) -> bool:
    return not any(cell != "" and not (isinstance(cell, str) and not cell.strip()) for cell in row)


def _header_missing(workbook: Workbook, fields: Sequence[FieldSpec]) -> UnusableFile:
    wanted = [item for item in fields if item.required] or list(fields)
    names = "、".join(f"“{item.label}”" for item in wanted[:8])
    return UnusableFile(
        "header_missing",
        f"没有找到表头：前 {HEADER_SEARCH_ROWS} 行里应有一行写着 {names} 等列名。{_seen(workbook)}"
        "请在数据上方补一行列名（可下载模板对照），保存后再上传。",
    )


def _seen(workbook: Workbook) -> str:
    """The first filled row of the first sheet, without what may be a personal number."""
    for sheet in sorted(workbook.sheets, key=lambda sheet: sheet.hidden):
        for number in _first_filled_rows(sheet)[:1]:
            texts = [snippet(cell)[:12] for cell in sheet.rows[number - 1] if _label(cell)]
            return f"工作表“{snippet(sheet.name)}”第 {number} 行是：{'、'.join(f'“{text}”' for text in texts[:6])}。"
    return ""


LONG_NUMBER = re.compile(r"(?<![0-9])([0-9]{3})[0-9]{4,}[0-9Xx]?")


PERSONAL_NUMBER = re.compile(r"([0-9]{3})[0-9]{8,}[Xx]?")


def without_personal_numbers(text: str) -> str:
    """What may be an identity or a mobile number is cut; dates and counts are shorter and stay."""
    return PERSONAL_NUMBER.sub(r"\1…", text)


def snippet(cell: object) -> str:
    """Short text for reports; long numbers are cut because they may be identity or phone numbers."""
    return LONG_NUMBER.sub(r"\1…", " ".join(str(cell).split()))[:SNIPPET]


# Which rows are data

TOTAL = re.compile(r"^.{0,10}(?:合计|小计|总计|共计|累计|总数)(?:[:：].*|[(（]?[\d,.]+[^\W\d]{0,4}[)）]?)?$")
NOTE = re.compile(
    r"^[(（【]?(?:注|备注|附注|说明|填表说明|填报说明|填写说明|填报要求|提示)\d*[)）】]?[:：.．、]"
)
SIGNATURE = re.compile(
    r"^(?:填表|填报|制表|审核|复核|审批|经办|报送|上报|统计|联系|单位|主管|分管|部门)?"
    r"(?:人|员|负责人|领导|单位|部门|日期|时间|制表|审核|填表|填报|盖章|电话|联系电话)(?:[(（](?:签字|签章|盖章)[)）])?[:：]"
)
DATE_ONLY = re.compile(r"^\d{4}[-年./]\d{1,2}(?:[-月./](?:\d{1,2}日?)?)?$")
UNIT_LINE = re.compile(r"(?:^|[(（\s])(?:金额|计量)?单位\s*[:：]\s*(?:[百千万亿]?元|人|家|个|户|%|平方米|万)")
SENTENCE = re.compile(r"。|^[(（]?\d{1,2}[)）.．、].{10,}")
COUNT = re.compile(r"^(?:[-—/\\无]|约?[\d,.]{1,9}\s*[^\W\d]{0,3}|[\d.]+%)$")
CODE = re.compile(r"^(?=.*\d)[0-9A-Za-z-]{6,}$")
PHONE = re.compile(r"^(?:0\d{2,3}-?\d{7,8}|1\d{10}|400-?\d{3}-?\d{4})$")
COLUMN_NUMBERS = re.compile(r"^[(（]?(?:\d{1,2}|[甲乙丙丁戊己庚辛])[)）]?$")


def _extract(sheet: Sheet, header: _Header, synonyms: _Synonyms) -> Found:
    units = [header_unit(text) for text in header.texts]
    taken = set(header.columns.values())
    keys = [header.columns[name] for name in synonyms.required if name in header.columns]
    rows = _Rows(sheet, header.rows, keys or sorted(taken))
    above = sheet.rows[: rows.first - 1]
    return Found(
        sheet_index=header.sheet_index,
        header_rows=header.rows,
        headers=header.texts,
        columns=header.columns,
        unmatched=[index for index, text in enumerate(header.texts) if text and index not in taken],
        missing=[name for name in synonyms.required if name not in header.columns],
        data=rows.data,
        ignored=rows.ignored,
        header_units={index: unit for index, unit in enumerate(units) if unit},
        unit_line=next((text for row in above if (text := _unit_text(row))), ""),
    )


def _unit_text(row: list) -> str:
    return next((cell.strip() for cell in row if isinstance(cell, str) and UNIT_LINE.search(cell)), "")


class _Rows:
    """Separates the rows of a sheet into data and what is listed as ignored, each with its reason."""

    def __init__(self, sheet: Sheet, header_rows: Sequence[int], keys: Sequence[int]):
        self.keys = keys
        self.first, self.last = (header_rows[0], header_rows[-1]) if header_rows else (1, 0)
        self.header_texts = {
            _squeeze(cell) for number in header_rows for cell in sheet.rows[number - 1] if _is_text(cell)
        }
        self.titles: set[str] = set()
        self.data: list[tuple[int, list]] = []
        self.ignored: list[tuple[int, str, str]] = []
        for number, row in enumerate(sheet.rows, 1):
            if number not in header_rows:
                self._sort_in(number, row)

    def _sort_in(self, number: int, row: list) -> None:
        first = next((cell for cell in row if cell != "" and _label(cell)), "")
        above = number < self.first
        reason = self._reason_above(row, first) if above else self._reason_below(number, row, first)
        if reason:
            self.ignored.append((number, reason, snippet(first)))
        else:
            self.data.append((number, row))

    def _reason_above(self, row: list, first: object) -> str:
        if first == "":
            return "空行"
        text = _label(first)
        self.titles.add(text)
        if _unit_text(row):
            return "单位行"
        return "填表说明" if NOTE.match(text) or SENTENCE.search(text) else "标题行"

    def _reason_below(self, number: int, row: list, first: object) -> str:
        if first == "":
            return "空行"
        if self.last < number <= self.last + 2 and self._is_column_numbers(row):
            return "栏次行"
        if isinstance(first, str) and not first.isdigit():
            return self._reason_of_text(row, _squeeze(first))
        # A serial number may stand before the word for the total.
        label = next((cell for cell in row if _is_text(cell) and cell is not first), "")
        return "合计行" if TOTAL.match(_squeeze(label)) and not self._has_data(row, label) else ""

    def _reason_of_text(self, row: list, text: str) -> str:
        if text in self.header_texts and self._is_repeated_header(row):
            return "重复表头"
        if TOTAL.match(text):
            return "" if self._has_data(row, text) else "合计行"
        if text in self.titles or UNIT_LINE.search(text):
            return "" if self._filled(row) > 2 else "重复标题"
        if SIGNATURE.match(text):
            return "" if self._has_code(row) else "填表人行"
        if NOTE.match(text):
            return "" if self._has_code(row) else "填表说明"
        return self._reason_of_single(row, text)

    def _reason_of_single(self, row: list, text: str) -> str:
        """Sentences and dates that stand alone under the table."""
        if not (SENTENCE.search(text) or DATE_ONLY.match(text)) or self._filled(row) > 1:
            return ""
        return "日期行" if DATE_ONLY.match(text) else "填表说明"

    def _is_repeated_header(self, row: list) -> bool:
        texts = [_squeeze(cell) for cell in row if _is_text(cell)]
        return len(texts) >= 2 and sum(text in self.header_texts for text in texts) >= 0.6 * len(texts)

    def _is_column_numbers(self, row: list) -> bool:
        cells = [str(cell).strip() for cell in row if _label(cell)]
        return len(cells) >= 3 and len(set(cells)) == len(cells) and all(map(COLUMN_NUMBERS.match, cells))

    def _filled(self, row: list) -> int:
        return sum(1 for cell in row if _label(cell))

    def _has_data(self, row: list, label: str) -> bool:
        """A firm may be called 合计…: a key cell that is neither the label nor a count makes it data."""
        squeezed = _squeeze(label)
        key_cells = (_squeeze(row[key]) for key in self.keys if isinstance(row[key], str))
        own = [text for text in key_cells if text and text != squeezed]
        if any(not COUNT.match(text) and not SIGNATURE.match(text) for text in own):
            return True
        others = (cell for cell in row if _is_text(cell) and not COUNT.match(cell.strip()))
        return sum(1 for cell in others if not SIGNATURE.match(_squeeze(cell))) > 3

    def _has_code(self, row: list) -> bool:
        key_cells = (_squeeze(row[key]) for key in self.keys if isinstance(row[key], str))
        return any(
            CODE.match(text) and not PHONE.match(text) and not DATE_ONLY.match(text) for text in key_cells
        )
