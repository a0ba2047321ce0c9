"""What a cell may hold: text, numbers, dates, choices, look-ups. One widget serves import, export and preview.

`clean` turns a cell into a value or raises `CellProblem`; `clean_column` does so for a whole column, each distinct
cell once. `dump` and `load` carry a value through the staging table, `show` is what people read.
"""

import calendar
import datetime as dt
import difflib
import re
import unicodedata
from collections.abc import Callable, Iterable
from decimal import Decimal, InvalidOperation

from django.utils import timezone
from import_export.widgets import Widget

INVISIBLE = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f\\u00ad\\u200b-\\u200f\\u2060\\ufeff]")
BLANKS = re.compile(r"\s+")
LARGEST_EXACT = 10**15  # Excel keeps 15 significant digits


class CellProblem(ValueError):
    """What is wrong with a cell (`code`) and what to do about it (`message`, Chinese, ends with a full stop)."""

    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code = code
        self.message = message


def normalise(cell) -> str:
    """Text of a cell: NFKC, no invisible characters, single blanks, no leading `'`; whole floats without “.0”."""
    if cell is None or cell == "":
        return ""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < LARGEST_EXACT else repr(cell)
    text = str(cell)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    if not text.isprintable():  # most cells are, and then the only blank is the plain one
        text = BLANKS.sub(" ", INVISIBLE.sub("", text))
    elif "  " in text:
        text = BLANKS.sub(" ", text)
    return text.strip().removeprefix("'")


class StagedWidget(Widget):
    """Base of all: text in, text out. Subclasses override `parse`, which gets normalised, non-blank text."""

    def parse(self, text: str, cell):
        return text

    def clean(self, value, row=None, **kwargs):
        text = normalise(value)
        return self.parse(text, value) if text else None

    def clean_column(self, cells: list) -> tuple[list, dict[int, CellProblem]]:
        """Values in the order of `cells` (None for blank or bad ones) and the problems by position."""
        known: dict = {}
        values, problems = [], {}
        for index, cell in enumerate(cells):
            marker = (cell.__class__, cell)
            if marker not in known:
                try:
                    known[marker] = self.clean(cell)
                except CellProblem as problem:
                    known[marker] = problem
            value = known[marker]
            if isinstance(value, CellProblem):
                problems[index] = value
                value = None
            values.append(value)
        return values, problems

    def dump(self, value):
        return value

    def load(self, dumped):
        return dumped

    def show(self, value) -> str:
        return "" if value is None else str(value)

    def mask(self, text: str) -> str:
        """What of a bad cell may be shown; sensitive widgets hide it."""
        return text

    def render(self, value, obj=None, **kwargs):
        return self.show(value)


class TextWidget(StagedWidget):
    def __init__(self, max_length: int = 200):
        self.max_length = max_length

    def parse(self, text, cell):
        if len(text) > self.max_length:
            raise CellProblem("too_long", f"超过{self.max_length}个字，请缩短。")
        return text


class CodeWidget(TextWidget):
    """Codes typed as text; a number of 16 digits or more has already lost its last ones."""

    def parse(self, text, cell):
        if isinstance(cell, int | float) and not isinstance(cell, bool) and abs(cell) >= LARGEST_EXACT:
            raise CellProblem("precision_lost", "是数字格式，末几位已失真，请将该列设为文本后重新填写。")
        if re.fullmatch(r"\d(\.\d+)?[eE]\+\d+", text):
            raise CellProblem("precision_lost", "是科学计数格式，末几位已失真，请将该列设为文本后重新填写。")
        return super().parse(text.replace(" ", ""), cell)


class IntegerWidget(StagedWidget):
    """A count; a trailing unit (人, 家 …) is dropped. `code` is the reason given for anything else."""

    def __init__(self, code: str = "integer_invalid", units: str = "人名家个"):
        self.code = code
        self.pattern = re.compile(rf"(\d{{1,9}}|\d{{1,3}}(?:,\d{{3}})+)(?:\.0+)?[{units}]?")

    def parse(self, text, cell):
        if text in ("无", "-", "—", "/"):
            return None
        found = self.pattern.fullmatch(text)
        if not found:
            raise CellProblem(self.code, "不是整数，请填写阿拉伯数字，例如 50。")
        return int(found[1].replace(",", ""))


class AmountWidget(StagedWidget):
    """Money in 万元 from “500”, “1,000万元人民币”, “50万美元”, “3亿元”; the header's unit holds for bare numbers.

    Foreign currencies cannot be converted: they give None and the resource keeps the raw text.
    """

    PATTERN = re.compile(r"(?P<number>[\d,]+(?:\.\d+)?)(?P<unit>亿|千万|百万|万|)元?(?P<currency>.*)")
    UNITS = {"亿": Decimal(10000), "千万": Decimal(1000), "百万": Decimal(100), "万": Decimal(1)}

    def parse(self, text, cell):
        text = text.replace(" ", "")
        found = self.PATTERN.fullmatch(text)
        if not found:
            raise CellProblem("amount_invalid", "不是金额，请填写数字，例如 500 或 500万元。")
        if found["currency"].strip("()") not in ("", "人民币", "RMB", "CNY", "整"):
            return None
        try:
            number = Decimal(found["number"].replace(",", ""))
        except InvalidOperation:
            raise CellProblem("amount_invalid", "不是金额，请填写数字，例如 500 或 500万元。") from None
        if found["unit"] == "" and "元" in text:
            number /= 10000
        amount = number * self.UNITS.get(found["unit"], Decimal(1))
        if amount >= 10**12:
            raise CellProblem("amount_invalid", "金额过大，请核对单位。")
        return amount.quantize(Decimal("0.0001"))

    def dump(self, value):
        return None if value is None else str(value)

    def load(self, dumped):
        return None if dumped is None else Decimal(dumped)

    def show(self, value):
        return "" if value is None else f"{Decimal(value).normalize():f}"


class MonthDate(dt.date):
    """The first of a month of which the day is not known."""


class DateWidget(StagedWidget):
    """Dates as offices write them: 2023-05-01, 2023.5.1, 20230501, 2023年5月1日, 45047; 2023年5月 is a month.

    Refused: dates that do not exist (`date_invalid`), before `earliest` (a year, or a day from which on; `date_invalid`), and, unless
    `future` is allowed, after today (`date_future`). A month typed as a number has lost its last zero:
    2021.1 may be January or October (`precision_lost`).
    """

    DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]\d{1,2}:\d{2}(?::\d{2})?)?")
    MONTH = re.compile(r"(\d{4})[-/.年](\d{1,2})月?")
    COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
    SERIAL = re.compile(r"\d{5}(\.\d+)?")  # as text too: CSV files and rows being mended know no numbers

    def __init__(self, *, future: bool = False, month: bool = False, earliest: int | dt.date = 1949):
        self.future = future
        self.month = month
        is_year = isinstance(earliest, int)
        self.earliest = dt.date(earliest, 1, 1) if is_year else earliest
        self._earliest_words = f"{earliest}年" if is_year else f"{earliest.year}年{earliest.month}月"
        self._today: dt.date | None = None

    def clean_column(self, cells):
        self._today = timezone.localdate()  # asked once for the whole column
        try:
            return super().clean_column(cells)
        finally:
            self._today = None

    def parse(self, text, cell):
        value = self._date(text, cell)
        if value < self.earliest:
            raise CellProblem("date_invalid", f"不能早于{self._earliest_words}，请核对。")
        if not self.future and value > (self._today or timezone.localdate()):
            raise CellProblem("date_future", "晚于今天，请核对。")
        return value

    def _date(self, text, cell):
        if self.SERIAL.fullmatch(text) and 15000 < float(text) < 80000:
            return dt.date(1899, 12, 30) + dt.timedelta(days=int(float(text)))  # 1900 date system
        try:
            if found := self.DAY.fullmatch(text) or self.COMPACT.fullmatch(text):
                return dt.date(*map(int, found.groups()))
            found = self.MONTH.fullmatch(text)
            month = MonthDate(int(found[1]), int(found[2]), 1) if found else None
        except ValueError:
            raise CellProblem("date_invalid", "不是真实存在的日期，请改为如 2023-05-01 的写法。") from None
        if month is None:
            raise CellProblem("date_invalid", "不是日期，请改为如 2023-05-01 的写法。")
        if not self.month:
            raise CellProblem("date_invalid", "只有年月，请补全到日。")
        if isinstance(cell, float) and found[2] == "1":
            raise CellProblem("precision_lost", "是数字格式，分不清1月和10月，请将该列设为文本后重新填写。")
        return month

    def dump(self, value):
        if value is None:
            return None
        return f"{value:%Y-%m}" if isinstance(value, MonthDate) else value.isoformat()

    def load(self, dumped):
        if dumped is None:
            return None
        parts = [int(part) for part in dumped.split("-")]
        return MonthDate(*parts, 1) if len(parts) == 2 else dt.date(*parts)

    def show(self, value):
        return "" if value is None else self.dump(value)


class MomentWidget(StagedWidget):
    """A day with its hour: 2026-05-19 15:00, 2026.5.19 15:00, 2026年5月19日 15时; without an hour it is midnight.

    Refused: what does not exist or lies before 1949 (`date_invalid`), and what has not come yet (`date_future`).
    """

    TIME = re.compile(r"(.*?\d日?)[ T]+(\d{1,2})[:时点](\d{2})?(?::\d{2})?分?")

    def __init__(self):
        self.days = DateWidget(future=True)

    def parse(self, text, cell):
        found = self.TIME.fullmatch(text)
        hour, minute = (int(found[2]), int(found[3] or 0)) if found else (0, 0)
        day = self.days.parse(found[1] if found else text, cell)
        try:
            moment = timezone.make_aware(dt.datetime.combine(day, dt.time(hour, minute)))
        except ValueError:
            raise CellProblem(
                "date_invalid", "不是真实存在的时间，请改为如 2023-05-01 15:00 的写法。"
            ) from None
        if moment > timezone.now():
            raise CellProblem("date_future", "晚于现在，请核对。")
        return moment

    def dump(self, value):
        return None if value is None else value.isoformat()

    def load(self, dumped):
        return None if dumped is None else dt.datetime.fromisoformat(dumped)

    def show(self, value):
        return "" if value is None else f"{timezone.localtime(value):%Y-%m-%d %H:%M}"


def date_in_text(text: str) -> dt.date | None:
    """The day a title speaks of (“截至2026年10月” is its last day); None when it names none."""
    found = re.search(r"(\d{4})\s*年\s*(\d{1,2})\s*月(?:\s*(\d{1,2})\s*日)?", text)
    if not found:
        return None
    year, month, day = int(found[1]), int(found[2]), found[3]
    try:
        return dt.date(year, month, int(day) if day else calendar.monthrange(year, month)[1])
    except (ValueError, calendar.IllegalMonthError):
        return None


class ChoiceWidget(StagedWidget):
    """A label of a fixed list, or of those in `only`, with the other words offices use for it."""

    def __init__(
        self,
        choices,
        synonyms: dict[str, str] | None = None,
        code: str = "choice_unknown",
        *,
        only: Iterable[str] | None = None,
    ):
        wanted = set(choices.values if only is None else only)
        self.labels = {value: str(label) for value, label in choices.choices if value in wanted}
        self.values = {label: value for value, label in self.labels.items()} | (synonyms or {})
        self.code = code

    def parse(self, text, cell):
        try:
            return self.values[text.replace(" ", "")]
        except KeyError:
            allowed = "、".join(self.labels.values())
            raise CellProblem(self.code, f"不在可选范围内，请改为：{allowed}。") from None

    def show(self, value):
        return self.labels.get(value, "")


class BooleanWidget(StagedWidget):
    VALUES = {
        **dict.fromkeys(("是", "有", "√", "Y", "YES", "TRUE", "1", "已认定"), True),
        **dict.fromkeys(("否", "无", "×", "N", "NO", "FALSE", "0", "未认定"), False),
    }

    def parse(self, text, cell):
        try:
            return self.VALUES[text.upper()]
        except KeyError:
            raise CellProblem("choice_unknown", "请填写“是”或“否”。") from None

    def show(self, value):
        return {True: "是", False: "否"}.get(value, "")


class LookupWidget(StagedWidget):
    """A name or code of something in the register; the value is its primary key.

    `load_names` returns (name, key) pairs, later ones win; it is called once, when the first cell is read, and must
    itself respect what the importer may see.
    """

    def __init__(self, load_names: Callable[[], Iterable[tuple[str, int]]], *, code: str, what: str):
        self.load_names = load_names
        self.code = code
        self.what = what
        self._keys: dict[str, int] | None = None
        self._names: dict[int, str] = {}

    def _load(self):
        if self._keys is None:
            self._keys = {}
            for name, key in self.load_names():
                self._keys[normalise(name)] = key
                self._names[key] = name

    @property
    def keys(self) -> dict[str, int]:
        self._load()
        return self._keys

    def parse(self, text, cell):
        key = self.keys.get(text)
        if key is not None:
            return key
        near = difflib.get_close_matches(text, self.keys, n=1, cutoff=0.6)
        hint = f"是否“{near[0]}”？" if near else f"请核对名称，或先登记该{self.what}。"
        raise CellProblem(self.code, f"不在{self.what}名录中，{hint}")

    def show(self, value):
        self._load()
        return self._names.get(value, "") if value is not None else ""

    def render(self, value, obj=None, **kwargs):
        return "" if value is None else str(value)
